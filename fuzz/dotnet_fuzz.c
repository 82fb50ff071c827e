/* .NET files (package_fuzz.h). */
#include "package_fuzz.h"

#include "format/dotnet/dotnet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static package_parse_fn *const parsers[] = { dotnet_parse_deps, dotnet_parse_lock, dotnet_parse_config };
	return package_fuzz(parsers, ARRAY_LEN(parsers), data, size);
}
