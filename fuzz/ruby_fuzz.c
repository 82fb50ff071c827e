/* Ruby files: gem specifications and Gemfile.lock (package_fuzz.h). */
#include "package_fuzz.h"

#include "format/ruby/ruby.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static package_parse_fn *const parsers[] = { ruby_parse_gemspec, ruby_parse_gemfile_lock };
	return package_fuzz(parsers, ARRAY_LEN(parsers), data, size);
}
