/* Lock files of C and C++, Elixir, Dart, Swift, Julia, and the newer ones of Node, Python and .NET (package_fuzz.h). */
#include "package_fuzz.h"

#include "format/conan/conan.h"
#include "format/dart/pub.h"
#include "format/dotnet/dotnet.h"
#include "format/elixir/mix.h"
#include "format/julia/julia.h"
#include "format/node/node.h"
#include "format/python/python.h"
#include "format/swift/swift.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static package_parse_fn *const parsers[] = {
		conan_parse_lock, mix_parse_lock, pub_parse_lock, swift_parse_resolved, cocoapods_parse_lock, julia_parse_manifest,
		node_parse_bun_lock, python_parse_pylock, python_parse_conda_environment, dotnet_parse_props,
	};
	return package_fuzz(parsers, ARRAY_LEN(parsers), data, size);
}
