/* src/engine/cvss: the vectors of tests/data/cvss.txt, refused vectors, bounds. */
#include "test.h"

#include "engine/cvss/cvss.h"

static void test_vectors(void **state)
{
	char path[4096];
	size_t count = 0;
	snprintf(path, sizeof(path), "%s/tests/data/cvss.txt", getenv("BULKHEAD_TOP"));
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	for (char line[1024]; fgets(line, sizeof(line), f);) {
		struct str rest = str_trim(str_c(line)), vector, word;
		struct cvss c;
		struct error err = { 0 };
		double base = -1, overall = -1;
		if (!rest.n || rest.p[0] == '#')
			continue;
		assert_true(str_next_word(&rest, &vector));
		assert_true(str_next_word(&rest, &word) && str_to_double(word, &base) == 0);
		assert_true(str_next_word(&rest, &word) && str_to_double(word, &overall) == 0);
		if (cvss_parse(vector, &c, &err) != 0)
			fail_msg("%.*s: %s", STR_FMT(vector), err.text);
		if (c.base != base || c.overall != overall)
			fail_msg("%.*s: base %.17g, overall %.17g", STR_FMT(vector), c.base, c.overall);
		int version = str_has_prefix(vector, STR("CVSS:3.1")) ? 31 : str_has_prefix(vector, STR("CVSS:3.0")) ? 30 : str_has_prefix(vector, STR("CVSS:4")) ? 40 : 20;
		assert_int_equal(c.version, version);
		count++;
	}
	fclose(f);
	assert_true(count >= 150);
}

static void test_refused(void **state)
{
	static const struct {
		const char *vector, *text; /* part of the message */
	} cases[] = {
		{ "", "AV is missing" },
		{ "CVSS:3.1/", "AV is missing" },
		{ "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H", "A is missing" },
		{ "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/A:H", "A stands twice" },
		{ "CVSS:3.1/AV:Q/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "AV has no value \"Q\"" },
		{ "CVSS:3.1/AV:N/XX:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "\"XX\" is not known" },
		{ "CVSS:3.2/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "version" },
		{ "AV:N/AC:L/Au:N/C:P/I:P", "A is missing" },
		{ "AV:N/AC:L/Au:N/C:H/I:P/A:P", "C has no value" },
		{ "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:S/SA:H", "SI has no value \"S\"" },
		{ "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:-/SI:H/SA:H", "SC has no value \"-\"" },
		{ "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H/MSC:-", "MSC has no value \"-\"" },
		{ "CVSS:4.0/AV:N", "AC is missing" },
		{ "garbage", "\"garbage\" is not known" },
		{ "(", "not known" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct cvss c = { .version = 99 };
		struct error err = { 0 };
		if (cvss_parse(str_c(cases[i].vector), &c, &err) != ERR_FORMAT || !strstr(err.text, cases[i].text) || c.version != 99)
			fail_msg("%s: \"%s\"", cases[i].vector, err.text);
	}
}

/* Supplemental metrics and a trailing slash change nothing; every base vector of 4.0 scores within bounds and never above a worse one. */
static void test_laws(void **state)
{
	struct cvss c, worse;
	assert_int_equal(cvss_parse(STR("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/S:P/AU:Y/R:I/V:C/RE:H/U:Amber"), &c, NULL), 0);
	assert_true(c.base == 9.3 && c.overall == 9.3);
	assert_int_equal(cvss_parse(STR("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/"), &c, NULL), 0);
	assert_true(c.base == 9.8);
	static const char *const values[11] = { "NALP", "LH", "NP", "NLH", "NPA", "HLN", "HLN", "HLN", "HLN", "HLN", "HLN" };
	unsigned v[11] = { 0 };
	for (size_t n = 0;; n++) {
		char text[2][128];
		for (int side = 0; side < 2; side++) {
			unsigned w[11];
			memcpy(w, v, sizeof(w));
			unsigned better = (unsigned)(n % 11);
			if (side && values[better][w[better] + 1])
				w[better]++;
			snprintf(text[side], sizeof(text[side]), "CVSS:4.0/AV:%c/AC:%c/AT:%c/PR:%c/UI:%c/VC:%c/VI:%c/VA:%c/SC:%c/SI:%c/SA:%c", values[0][w[0]], values[1][w[1]],
				 values[2][w[2]], values[3][w[3]], values[4][w[4]], values[5][w[5]], values[6][w[6]], values[7][w[7]], values[8][w[8]], values[9][w[9]],
				 values[10][w[10]]);
		}
		assert_int_equal(cvss_parse(str_c(text[0]), &worse, NULL), 0);
		assert_int_equal(cvss_parse(str_c(text[1]), &c, NULL), 0);
		if (c.base < 0 || worse.base > 10 || c.base > worse.base)
			fail_msg("%s %.1f, %s %.1f", text[0], worse.base, text[1], c.base);
		size_t i = 0;
		while (i < 11 && !values[i][++v[i]])
			v[i++] = 0;
		if (i == 11)
			break;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_vectors), cmocka_unit_test(test_refused), cmocka_unit_test(test_laws) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
