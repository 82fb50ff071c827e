/* Golden files: what a writer must give, byte for byte, in tests/golden/. BULKHEAD_UPDATE_GOLDEN=1 (`tools/test --update`) writes them anew; the diff is then
 * read by a human before it is committed. */
#ifndef TESTS_GOLDEN_H
#define TESTS_GOLDEN_H
#include "test.h"
#include "base/base.h"

static inline void golden_check(const char *name, struct str got)
{
	char path[4096];
	const char *top = getenv("BULKHEAD_TOP");
	snprintf(path, sizeof(path), "%s/tests/golden/%s", top ? top : ".", name);
	if (getenv("BULKHEAD_UPDATE_GOLDEN")) {
		FILE *f = fopen(path, "w");
		assert_non_null(f);
		assert_int_equal(fwrite(got.p, 1, got.n, f), got.n);
		assert_int_equal(fclose(f), 0);
		return;
	}
	FILE *f = fopen(path, "r");
	if (!f)
		fail_msg("%s: no such golden file (BULKHEAD_UPDATE_GOLDEN=1 writes it)", path);
	static char want[1 << 20];
	size_t n = fread(want, 1, sizeof(want), f);
	fclose(f);
	size_t line = 1, i = 0;
	while (i < n && i < got.n && want[i] == got.p[i])
		line += want[i++] == '\n';
	if (n != got.n || i != n)
		fail_msg("%s: differs from line %zu on:\n--- want\n%.*s\n--- got\n%.*s", name, line, (int)n, want, STR_FMT(got));
}
#endif
