/* Python files: metadata, eggs, conda, requirements and lock files (package_fuzz.h). */
#include "package_fuzz.h"

#include "format/python/python.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static package_parse_fn *const parsers[] = { python_parse_metadata, python_parse_egg, python_parse_conda, python_parse_requirements, python_parse_pipfile_lock, python_parse_poetry_lock, python_parse_uv_lock };
	return package_fuzz(parsers, ARRAY_LEN(parsers), data, size);
}
