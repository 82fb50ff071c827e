/* src/front/report: the table at several widths against golden files, the text filter, columns. */
#include "test.h"
#include "golden.h"
#include "report_fixture.h"

#include "front/report/report.h"
#include "front/report/text.h"

static void test_text(void **state)
{
	static const struct {
		const char *raw, *clean;
		size_t width;
	} cases[] = {
		{ "plain", "plain", 5 }, { "a\033[31mb", "a?[31mb", 7 }, { "a\nb\tc", "a b c", 5 }, { "\xff\xfe", "??", 2 }, { "caf\xc3\xa9", "caf\xc3\xa9", 4 },
		{ "\xe6\x97\xa5\xe6\x9c\xac", "\xe6\x97\xa5\xe6\x9c\xac", 4 }, { "e\xcc\x81", "e\xcc\x81", 1 }, { "a\xe2\x80\xae" "b", "a?b", 3 },
		{ "\xc2\x9b" "31m", "?31m", 4 }, { "\xed\xa0\x80", "???", 3 }, { "\xe2\x80\x8b", "?", 1 }, { "", "", 0 }, { "a\r\n\nb", "a b", 3 },
	};
	struct arena a;
	arena_init(&a, 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_str(text_clean(&a, str_c(cases[i].raw)), cases[i].clean);
		if (text_width(str_c(cases[i].clean)) != cases[i].width)
			fail_msg("width of \"%s\" is %zu", cases[i].clean, text_width(str_c(cases[i].clean)));
	}
	assert_str(text_fit(&a, STR("abcdefgh"), 5, true), "abcd…");
	assert_str(text_fit(&a, STR("abcdefgh"), 5, false), "ab...");
	assert_str(text_fit(&a, STR("abcde"), 5, false), "abcde");
	arena_release(&a);
}

static void test_wrap(void **state)
{
	static const struct {
		const char *text;
		size_t width;
		const char *lines; /* joined by '|' */
	} cases[] = {
		{ "one two three", 7, "one two|three" }, { "1.1.1n-0+deb11u4", 10, "1.1.1n-0+|deb11u4" }, { "abcdefghij", 4, "abcd|efgh|ij" }, { "", 5, "" },
		{ "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e", 1, "\xe6\x97\xa5|\xe6\x9c\xac|\xe8\xaa\x9e" }, { "a    b", 3, "a|b" }, { "exactly ten", 7, "exactly|ten" },
	};
	struct arena a;
	arena_init(&a, 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct str_vec lines = { 0 };
		struct str joined = STR("");
		assert_int_equal(text_wrap(&a, str_c(cases[i].text), cases[i].width, &lines), 0);
		for (size_t k = 0; k < lines.n; k++)
			joined = arena_printf(&a, "%.*s%s%.*s", STR_FMT(joined), k ? "|" : "", STR_FMT(lines.v[k]));
		assert_str(joined, cases[i].lines);
	}
	arena_release(&a);
}

static const struct {
	const char *golden;
	struct report_style style;
	bool show_suppressed;
} tables[] = {
	{ "table-30.txt", { .width = 30 }, false },
	{ "table-60.txt", { .width = 60, .unicode = true }, false },
	{ "table-80.txt", { .width = 80, .color = true }, false },
	{ "table-120.txt", { .width = 120 }, true },
	{ "table-200.txt", { .width = 200, .unicode = true }, false },
	{ "table-piped.txt", { .width = 0 }, false },
};

static void test_tables(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
		struct arena a;
		struct report r;
		struct buf out;
		struct error err = { 0 };
		struct report_options opt = { .style = tables[i].style, .show_suppressed = tables[i].show_suppressed, .counts = { .suppressed = 1 } };
		memset(opt.severities, 1, sizeof(opt.severities));
		arena_init(&a, 0);
		buf_init(&out, 1 << 20);
		fixture_report(&a, &r);
		assert_int_equal(report_table(&r, &opt, &out, &err), 0);
		golden_check(tables[i].golden, buf_str(&out));
		/* No line is wider than the terminal, no control byte gets through. */
		struct str rest = buf_str(&out), line;
		while (str_next(&rest, '\n', &line)) {
			struct str bare = line;
			if (!tables[i].style.color) {
				for (size_t k = 0; k < line.n; k++)
					assert_true((unsigned char)line.p[k] >= 0x20);
				if (tables[i].style.width && text_width(bare) > tables[i].style.width)
					fail_msg("%s: a line of %zu columns: %.*s", tables[i].golden, text_width(bare), STR_FMT(line));
			}
		}
		buf_release(&out);
		arena_release(&a);
	}
}

/* An image in which nothing was found still says what was looked at. */
static void test_empty(void **state)
{
	struct arena a;
	struct buf out;
	struct error err = { 0 };
	struct report r = { .image.artifact_name = STR("empty:1") };
	struct report_options opt = { .severities[SEVERITY_HIGH] = true, .severities[SEVERITY_CRITICAL] = true };
	arena_init(&a, 0);
	buf_init(&out, 1 << 20);
	assert_int_equal(report_table(&r, &opt, &out, &err), 0);
	assert_str(buf_str(&out), "empty:1\n=======\nNo packages found.\n");
	buf_clear(&out);
	r.facts.distro = (struct distro){ .id = STR("debian"), .version = STR("12.5"), .known = true };
	assert_int_equal(report_table(&r, &opt, &out, &err), 0);
	assert_str(buf_str(&out), "empty:1 (debian 12.5)\n=====================\n0 packages, not judged: --scanners leaves vulnerabilities out\n");
	buf_clear(&out);
	r.db_path = STR("advisories.db");
	assert_int_equal(report_table(&r, &opt, &out, &err), 0);
	assert_str(buf_str(&out), "empty:1 (debian 12.5)\n=====================\nTotal: 0 (HIGH: 0, CRITICAL: 0)\n");
	buf_release(&out);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text), cmocka_unit_test(test_wrap), cmocka_unit_test(test_tables), cmocka_unit_test(test_empty),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
