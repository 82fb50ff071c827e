/* src/front/report: every format of formats.h on a report with everything in it, against golden files; what each must hold whatever the text; the list itself. */
#include "test.h"
#include "golden.h"
#include "report_fixture.h"

#include <sys/wait.h>

#include "engine/score/score.h"
#include "format/json/json.h"
#include "front/report/escape.h"
#include "front/report/formats.h"
#include "front/report/rows.h"
#include "front/report/template.h"

static void full_report(struct arena *a, struct report *r)
{
	fixture_report(a, r);
	fixture_more(a, r);
	score_findings(&r->findings, NULL);
}

static const struct gate gate = { .kind = GATE_SEVERITY, .severity = SEVERITY_CRITICAL, .text = STR_INIT("critical") };
static const struct verdict verdict = { .gate = &gate, .count = 3, .unjudged = 1 };

static struct template summary;
static struct arena templates;

static struct report_options options(enum finding_order order, bool show_suppressed)
{
	struct report_options opt = { .list_all_pkgs = true, .show_suppressed = show_suppressed, .order = order, .counts = { .suppressed = 2 }, .verdicts = &verdict, .verdict_count = 1,
				      .template = &summary };
	memset(opt.severities, 1, sizeof(opt.severities));
	return opt;
}

static void write_format(struct arena *a, enum report_format format, enum finding_order order, struct buf *out)
{
	struct report r;
	struct error err = { 0 };
	struct report_options opt = options(order, true);
	full_report(a, &r);
	buf_init(out, 16 << 20);
	if (report_formats[format].write(&r, &opt, out, &err) < 0)
		fail_msg("%s: %s", report_formats[format].name, err.text);
	assert_true(str_is_utf8(buf_str(out)));
}

/* Byte for byte, twice the same. JSON and CycloneDX have golden files of their own tests. */
static void test_golden(void **state)
{
	for (int i = 0; i < FORMAT_COUNT; i++) {
		struct arena a;
		struct buf out, again;
		char name[64];
		arena_init(&a, 0);
		write_format(&a, (enum report_format)i, ORDER_SCORE, &out);
		write_format(&a, (enum report_format)i, ORDER_SCORE, &again);
		assert_true(str_eq(buf_str(&out), buf_str(&again)));
		snprintf(name, sizeof(name), "formats/%s", report_formats[i].name);
		golden_check(name, buf_str(&out));
		buf_release(&out);
		buf_release(&again);
		arena_release(&a);
	}
}

/* --plan */
static void test_plan(void **state)
{
	static const struct {
		enum report_format format;
		unsigned width;
		const char *golden;
	} cases[] = { { FORMAT_TABLE, 0, "formats/plan-table" }, { FORMAT_TABLE, 60, "formats/plan-table-60" }, { FORMAT_MARKDOWN, 0, "formats/plan-markdown" }, { FORMAT_JSON, 0, "formats/plan-json" } };
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena a;
		struct report r;
		struct report_options opt = options(ORDER_PACKAGE, false);
		struct error err = { 0 };
		struct buf out;
		arena_init(&a, 0);
		buf_init(&out, 1 << 20);
		full_report(&a, &r);
		opt.plan = true;
		opt.list_all_pkgs = false;
		opt.style.width = cases[i].width;
		assert_int_equal(report_formats[cases[i].format].write(&r, &opt, &out, &err), 0);
		golden_check(cases[i].golden, buf_str(&out));
		buf_release(&out);
		arena_release(&a);
	}
}

/* An empty report is a whole document too. */
static void test_empty(void **state)
{
	for (int i = 0; i < FORMAT_COUNT; i++) {
		struct report r = { .image.artifact_name = STR("empty:1"), .created = STR("2023-11-14T22:13:20Z"), .db_age_days = -1 };
		struct report_options opt = { .template = &summary };
		struct error err = { 0 };
		struct buf out;
		buf_init(&out, 1 << 20);
		if (report_formats[i].write(&r, &opt, &out, &err) < 0 || (!out.n && strcmp(report_formats[i].name, "github-annotations") != 0))
			fail_msg("%s: %s", report_formats[i].name, err.text);
		buf_release(&out);
	}
}

/* A full disk is told, not hidden. */
static void test_too_large(void **state)
{
	for (int i = 0; i < FORMAT_COUNT; i++) {
		struct arena a;
		struct report r;
		struct report_options opt = options(ORDER_PACKAGE, true);
		struct error err = { 0 };
		struct buf out;
		arena_init(&a, 0);
		full_report(&a, &r);
		buf_init(&out, 100);
		assert_int_equal(report_formats[i].write(&r, &opt, &out, &err), ERR_LIMIT);
		buf_release(&out);
		arena_release(&a);
	}
}

static void test_list(void **state)
{
	static const struct {
		const char *text, *format, *file;
	} cases[] = {
		{ "csv=a.csv", "csv", "a.csv" }, { "JSON=a=b", "json", "a=b" }, { "markdown=-", "markdown", "-" }, { "csv", NULL, NULL }, { "csv=", NULL, NULL },
		{ "=a", NULL, NULL }, { "odd=a", NULL, NULL },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		enum report_format format = FORMAT_COUNT;
		struct str file = STR("");
		struct error err = { 0 };
		int e = report_parse_target(str_c(cases[i].text), &format, &file, &err);
		assert_int_equal(e, cases[i].format ? 0 : ERR_USAGE);
		if (e == 0) {
			assert_string_equal(report_formats[format].name, cases[i].format);
			assert_str(file, cases[i].file);
		}
	}
	for (int i = 0; i < FORMAT_COUNT; i++)
		assert_string_equal(report_format_names[i], report_formats[i].name);
	assert_null(report_format_names[FORMAT_COUNT]);
}

static void test_rows(void **state)
{
	struct arena a;
	struct report r;
	struct report_row_vec rows = { 0 }, other = { 0 };
	struct report_options opt = options(ORDER_SCORE, true);
	struct error err = { 0 };
	struct map seen;
	arena_init(&a, 0);
	full_report(&a, &r);
	map_init(&seen, &a);
	assert_int_equal(report_rows(&a, &r, &opt, &rows, &err), 0);
	assert_int_equal(rows.n, r.findings.n);
	bool suppressed = false;
	for (size_t i = 0; i < rows.n; i++) {
		const struct report_row *row = &rows.v[i];
		bool is_new;
		assert_true(row->id.n && row->title.n && row->message.n && row->subject.n && row->fingerprint.n && row->kind.n && row->target.n);
		assert_non_null(map_at(&seen, row->fingerprint, &is_new));
		assert_true(is_new);
		assert_true(!suppressed || row->finding->suppressed.active);
		if (i && !suppressed && !row->finding->suppressed.active)
			assert_true(rows.v[i - 1].finding->score >= row->finding->score);
		suppressed = row->finding->suppressed.active;
	}
	assert_str(rows.v[0].id, "CVE-2021-44228");
	assert_str(rows.v[0].message, "org.apache.logging.log4j:log4j-core 2.14.1: CVE-2021-44228 (CRITICAL): log4j-core: Remote code execution when an attacker controls "
				      "message parameters; upgrade org.apache.logging.log4j:log4j-core to 2.15.0");
	/* The order of a report does not change what a finding is called. */
	opt.order = ORDER_PACKAGE;
	assert_int_equal(report_rows(&a, &r, &opt, &other, &err), 0);
	for (size_t i = 0; i < rows.n; i++)
		for (size_t k = 0; k < other.n; k++)
			if (rows.v[i].finding == other.v[k].finding)
				assert_true(str_eq(rows.v[i].fingerprint, other.v[k].fingerprint));
	/* An upgrade that does not help leaves it the same finding. */
	struct str before = rows.v[0].fingerprint;
	r.facts.packages.v[4].version = STR("2.14.2");
	opt.order = ORDER_SCORE;
	assert_int_equal(report_rows(&a, &r, &opt, &other, &err), 0);
	assert_true(str_eq(other.v[0].fingerprint, before));
	arena_release(&a);
}

/* RFC 4180 read back by a reader of our own: as many cells in each line as in the header, no cell that a spreadsheet computes. */
static void test_csv(void **state)
{
	struct arena a;
	struct buf out;
	arena_init(&a, 0);
	write_format(&a, FORMAT_CSV, ORDER_PACKAGE, &out);
	size_t cells = 0, columns = 0, lines = 0;
	bool quoted = false, at_start = true;
	for (size_t i = 0; i < out.n; i++) {
		char c = out.p[i];
		if (at_start && !quoted) {
			char first = c == '"' && i + 1 < out.n ? out.p[i + 1] : c;
			if (char_is_one_of(first, "=+-@\t"))
				fail_msg("a cell begins with %c", first);
			at_start = false;
		}
		if (c == '"') {
			quoted = !quoted;
		} else if (!quoted && c == ',') {
			cells++;
			at_start = true;
		} else if (!quoted && c == '\n') {
			assert_true(i && out.p[i - 1] == '\r');
			columns = columns ? columns : cells;
			assert_int_equal(cells, columns);
			cells = 0;
			lines++;
			at_start = true;
		} else {
			assert_true((unsigned char)c >= 0x20 || c == '\r');
		}
	}
	struct report r;
	full_report(&a, &r);
	assert_int_equal(lines, r.findings.n + 1);
	assert_false(quoted);
	buf_release(&out);
	arena_release(&a);
}

static void test_escape(void **state)
{
	static const struct {
		const char *raw, *xml, *markdown;
	} cases[] = {
		{ "plain 1.0", "plain 1.0", "plain 1.0" },
		{ "<a href=\"x\">'&", "&lt;a href=&quot;x&quot;&gt;&#39;&amp;", "&lt;a href=\"x\"&gt;'&amp;" },
		{ "a|b\\", "a|b\\", "a\\|b\\\\" },
		{ "@team #1", "@team #1", "@<!-- -->team \\#<!-- -->1" },
		{ "[x](javascript:1) `c` *b*", "[x](javascript:1) `c` *b*", "\\[x\\]\\(javascript:1\\) \\`c\\` \\*b\\*" },
		{ "https://evil.example www.evil.example", "https://evil.example www.evil.example", "https<!-- -->://evil.example www<!-- -->.evil.example" },
		{ "a\nb\033[0m\xff", "a b?[0m?", "a b?\\[0m?" },
	};
	static const struct {
		const char *url, *want;
	} urls[] = {
		{ "https://a.example/b?c=d&e=f#g", "https://a.example/b?c=d&e=f#g" }, { "javascript:alert(1)", "" }, { "", "" }, { "data:text/html,x", "" },
		{ "https://a.example/\"><script>", "https://a.example/%22%3E%3Cscript%3E" }, { "https://a.example/(x) y\n", "https://a.example/%28x%29%20y%0A" }, { "//a.example", "" },
	};
	struct arena a;
	struct buf out;
	arena_init(&a, 0);
	buf_init(&out, 1 << 16);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		buf_clear(&out);
		escape_xml(&a, &out, str_c(cases[i].raw));
		assert_str(buf_str(&out), cases[i].xml);
		buf_clear(&out);
		escape_markdown(&a, &out, str_c(cases[i].raw));
		assert_str(buf_str(&out), cases[i].markdown);
	}
	for (size_t i = 0; i < ARRAY_LEN(urls); i++)
		assert_str(escape_url(&a, str_c(urls[i].url)), urls[i].want);
	buf_release(&out);
	arena_release(&a);
}

static void test_sarif_schema(void **state)
{
	char command[8192];
	const char *top = getenv("BULKHEAD_TOP");
	snprintf(command, sizeof(command), "'%s/tools/check-sarif' '%s/tests/golden/formats/sarif'", top ? top : ".", top ? top : ".");
	int status = system(command);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(status, 0);
}

/* The documentation names every format of the list. */
static void test_documented(void **state)
{
	char path[4096];
	static char text[1 << 18];
	const char *top = getenv("BULKHEAD_TOP");
	snprintf(path, sizeof(path), "%s/docs/report.md", top ? top : ".");
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	struct str docs = { text, fread(text, 1, sizeof(text), file) };
	fclose(file);
	for (int i = 0; i < FORMAT_COUNT; i++) {
		char row[128];
		snprintf(row, sizeof(row), "\n| `%s` |", report_formats[i].name);
		if (!str_contains(docs, str_c(row)))
			fail_msg("docs/report.md has no row for --format %s", report_formats[i].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden), cmocka_unit_test(test_plan), cmocka_unit_test(test_empty), cmocka_unit_test(test_too_large), cmocka_unit_test(test_list),    cmocka_unit_test(test_rows),
		cmocka_unit_test(test_csv),    cmocka_unit_test(test_escape), cmocka_unit_test(test_documented), cmocka_unit_test(test_sarif_schema),
	};
	arena_init(&templates, 0);
	if (template_parse(&templates, STR("@summary"), report_template_builtin(STR("summary")), &summary, NULL) < 0)
		return 1;
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_release(&templates);
	return failed;
}
