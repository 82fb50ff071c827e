// bench/json only: one call that parses a line to simdjson's DOM, as bulkhead's reader does to its own.
#include <simdjson.h>

extern "C" bool simdjson_read_line(const char *line, size_t n)
{
	static simdjson::dom::parser parser;
	simdjson::dom::element doc;
	// No copy: behind the line come the next lines, and SIMDJSON_PADDING bytes at the end of the buffer.
	return parser.parse(line, n, false).get(doc) == simdjson::SUCCESS;
}
