/* Bitnami's bills of materials (package_fuzz.h). */
#include "package_fuzz.h"

#include "format/bitnami/bitnami.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static package_parse_fn *const parsers[] = { bitnami_parse };
	return package_fuzz(parsers, ARRAY_LEN(parsers), data, size);
}
