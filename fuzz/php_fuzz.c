/* Composer files (package_fuzz.h). */
#include "package_fuzz.h"

#include "format/php/php.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static package_parse_fn *const parsers[] = { php_parse_installed, php_parse_lock };
	return package_fuzz(parsers, ARRAY_LEN(parsers), data, size);
}
