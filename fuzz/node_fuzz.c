/* Node files: package.json and lock files (package_fuzz.h). */
#include "package_fuzz.h"

#include "format/node/node.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static package_parse_fn *const parsers[] = { node_parse_package_json, node_parse_npm_lock, node_parse_yarn_lock, node_parse_pnpm_lock };
	return package_fuzz(parsers, ARRAY_LEN(parsers), data, size);
}
