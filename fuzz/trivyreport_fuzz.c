/* A report in Trivy's schema, compared with itself: nothing is added or fixed then. */
#include "engine/compare/compare.h"
#include "format/json/json.h"
#include "format/trivyreport/trivyreport.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a;
	struct diags diags;
	struct document doc;
	struct report report;
	struct comparison comparison;
	struct json_options opt = { .max_nodes = 20000 };
	arena_init(&a, 64 << 20);
	diags_init(&diags, &a);
	if (json_parse(&a, str_make((const char *)data, size), &opt, &doc, NULL, NULL) == 0 && trivyreport_read(&a, &doc, &report, &diags, NULL) == 0 &&
	    compare_reports(&a, &report, &report, &comparison, NULL) == 0 && (comparison.added.n || comparison.fixed.n || comparison.packages.n))
		__builtin_trap();
	arena_release(&a);
	return 0;
}
