/* src/engine/score: the worked examples of docs/score.md, the parts, and the orders. */
#include "test.h"
#include "base/base.h"
#include "engine/score/score.h"

enum { NAME, KIND, SEVERITY, CVSS, KEV, EPSS, FIX, TRANSITIVE, LOADED, REACHABLE, PRIVILEGED, SCORE, COLUMNS };

static uint8_t answer(struct str s)
{
	return str_eq_c(s, "yes") ? SCORE_YES : str_eq_c(s, "no") ? SCORE_NO : SCORE_UNKNOWN;
}

static enum finding_kind kind_by_name(struct str name)
{
	for (int k = 0; k <= FINDING_NO_DATA; k++)
		if (str_eq_c(name, finding_kind_name((enum finding_kind)k)))
			return (enum finding_kind)k;
	fail_msg("no such kind: %.*s", STR_FMT(name));
	return FINDING_VULNERABILITY;
}

static void check_example(const struct str cell[COLUMNS])
{
	struct cvss_entry cvss = { .version = 31 };
	struct vulnerability v = { .epss = -1, .kev = str_eq_c(cell[KEV], "yes") };
	struct package p = { .kind = PKG_NPM_LOCK, .indirect = str_eq_c(cell[TRANSITIVE], "yes") };
	struct str version = STR("1");
	struct finding f = { .kind = kind_by_name(cell[KIND]), .vulnerability = &v };
	struct score_context context = { answer(cell[LOADED]), answer(cell[REACHABLE]), answer(cell[PRIVILEGED]) };
	char got[16];
	assert_int_equal(severity_parse(cell[SEVERITY], &f.severity), 0);
	if (cell[CVSS].n) {
		assert_int_equal(str_to_double(cell[CVSS], &cvss.score), 0);
		v.cvss = (struct cvss_vec){ &cvss, 1, 1 };
	}
	if (cell[EPSS].n)
		assert_int_equal(str_to_double(cell[EPSS], &v.epss), 0);
	if (str_eq_c(cell[FIX], "yes"))
		f.fixed = (struct str_vec){ &version, 1, 1 };
	if (f.kind == FINDING_VULNERABILITY)
		f.subject = (struct subject){ .kind = SUBJECT_PACKAGE, .package = &p };
	unsigned score = score_finding(&f, &context);
	snprintf(got, sizeof(got), "%u.%u", score / 10, score % 10);
	if (!str_eq_c(cell[SCORE], got))
		fail_msg("docs/score.md: %.*s: documented %.*s, computed %s", STR_FMT(cell[NAME]), STR_FMT(cell[SCORE]), got);
}

static void test_documented_examples(void **state)
{
	char path[4096];
	static char text[1 << 16];
	const char *top = getenv("BULKHEAD_TOP");
	size_t examples = 0;
	bool in_table = false;
	snprintf(path, sizeof(path), "%s/docs/score.md", top ? top : ".");
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	struct str rest = { text, fread(text, 1, sizeof(text), file) }, line;
	fclose(file);
	while (str_next_line(&rest, &line)) {
		struct str cell[COLUMNS], field;
		size_t n = 0;
		if (!in_table || !str_strip_prefix(&line, STR("| "))) {
			in_table |= str_has_prefix(line, STR("| example |"));
			continue;
		}
		while (n < COLUMNS && str_next(&line, '|', &field))
			cell[n++] = str_trim(field);
		assert_int_equal(n, COLUMNS);
		check_example(cell);
		examples++;
	}
	assert_true(examples >= 12);
}

/* More of anything bad is never less urgent. */
static void test_monotone(void **state)
{
	struct cvss_entry cvss = { .version = 31 };
	struct vulnerability v = { .cvss = { &cvss, 1, 1 } };
	struct finding f = { .vulnerability = &v };
	unsigned before = 0;
	for (int s = SEVERITY_LOW; s < SEVERITY_COUNT; s++)
		for (int c = 1; c <= 100; c++) {
			f.severity = (enum severity)s;
			cvss.score = c / 10.0;
			v.epss = -1;
			unsigned score = score_finding(&f, NULL);
			assert_true(score >= before);
			before = score;
		}
	before = 0;
	for (int e = 0; e <= 1000; e++) {
		v.epss = e / 1000.0;
		unsigned score = score_finding(&f, NULL);
		assert_true(score >= before && score <= SCORE_MAX);
		before = score;
	}
	v.kev = true;
	assert_true(score_finding(&f, NULL) >= before);
	v.epss = 1e300;
	cvss.score = -5;
	assert_true(score_finding(&f, NULL) <= SCORE_MAX);
}

static void test_newer_cvss_first(void **state)
{
	struct cvss_entry both[] = { { .version = 2, .score = 8.9 }, { .version = 31, .score = 7.1 } };
	struct vulnerability v = { .cvss = { both, 2, 2 }, .epss = -1 };
	struct finding f = { .severity = SEVERITY_HIGH, .vulnerability = &v };
	struct score_parts parts;
	score_parts(&f, NULL, &parts);
	assert_int_equal(parts.badness, 355);
	v.cvss.n = 1;
	score_parts(&f, NULL, &parts);
	assert_int_equal(parts.badness, 445);
	assert_int_equal(parts.reach_percent, 100);
}

static void test_orders(void **state)
{
	struct finding all[] = {
		{ .severity = SEVERITY_LOW, .score = 300 }, { .severity = SEVERITY_HIGH, .score = 300 }, { .severity = SEVERITY_HIGH, .score = 500 },
		{ .severity = SEVERITY_CRITICAL, .score = 400 }, { .severity = SEVERITY_LOW, .score = 300 },
	};
	static const struct {
		enum finding_order order;
		uint32_t want[5];
	} cases[] = { { ORDER_PACKAGE, { 0, 1, 2, 3, 4 } }, { ORDER_SCORE, { 2, 3, 0, 1, 4 } }, { ORDER_SEVERITY, { 3, 2, 1, 0, 4 } } };
	struct finding_vec findings = { all, ARRAY_LEN(all), ARRAY_LEN(all) };
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint32_t indices[] = { 4, 2, 0, 1, 3 };
		score_order(&findings, cases[i].order, indices, 5);
		assert_memory_equal(indices, cases[i].want, sizeof(indices));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_documented_examples), cmocka_unit_test(test_monotone), cmocka_unit_test(test_newer_cvss_first), cmocka_unit_test(test_orders),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
