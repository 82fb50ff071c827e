/* Java build files: pom.xml (its parent is the same file again) and lock files of Gradle and sbt (package_fuzz.h). */
#include "package_fuzz.h"

#include "format/java/maven.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static package_parse_fn *const parsers[] = { maven_parse_pom, gradle_parse_lock, sbt_parse_lock };
	return package_fuzz(parsers, ARRAY_LEN(parsers), data, size);
}
