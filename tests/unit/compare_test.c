/* src/format/trivyreport and src/engine/compare: our own report read back is the scan it was made from; what a new scan adds, keeps and fixes; the baseline. */
#include "test.h"
#include "report_fixture.h"

#include "engine/compare/compare.h"
#include "format/json/json.h"
#include "format/trivyreport/trivyreport.h"
#include "front/report/compare.h"
#include "front/report/report.h"

static int read_text(struct arena *a, const char *text, struct report *ret, struct diags *diags, struct error *err)
{
	struct document doc;
	struct json_options opt = { .name = STR("report.json") };
	diags_init(diags, a);
	int r = json_parse(a, str_c(text), &opt, &doc, NULL, err);
	return r < 0 ? r : trivyreport_read(a, &doc, ret, diags, err);
}

static void test_own_report(void **state)
{
	struct arena a;
	struct buf out;
	struct report r, back;
	struct diags diags;
	struct error err = { 0 };
	struct comparison c;
	(void)state;
	arena_init(&a, 0);
	buf_init(&out, 1 << 20);
	fixture_report(&a, &r);
	struct report_options opt = { .list_all_pkgs = true };
	assert_int_equal(report_json(&r, &opt, &out, &err), 0);
	struct str text = arena_str(&a, buf_str(&out));
	if (read_text(&a, text.p, &back, &diags, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(diags.list.n, 0);
	assert_str(back.image.artifact_name, "my-app:1.0");
	assert_str(back.facts.distro.version, "11.6");
	assert_int_equal(back.facts.packages.n, r.facts.packages.n);
	assert_int_equal(compare_reports(&a, &r, &back, &c, &err), 0);
	assert_int_equal(c.added.n, 0);
	assert_int_equal(c.fixed.n, 0);
	assert_int_equal(c.packages.n, 0);
	assert_true(c.kept.n > 5);
	buf_release(&out);
	arena_release(&a);
}

#define HEAD "{\"SchemaVersion\":2,\"ArtifactName\":\"a\",\"Results\":["
#define OS   "{\"Target\":\"a (debian 11)\",\"Class\":\"os-pkgs\",\"Type\":\"debian\","
#define DEB(name, version) "{\"Name\":\"" name "\",\"Version\":\"" version "\",\"Identifier\":{\"PURL\":\"pkg:deb/debian/" name "@" version "\"}}"
#define VULN(id, name, version, extra)                                                                                                                         \
	"{\"VulnerabilityID\":\"" id "\",\"PkgName\":\"" name "\",\"InstalledVersion\":\"" version "\",\"Severity\":\"HIGH\",\"PkgIdentifier\":{\"PURL\":\"pkg:deb/" \
	"debian/" name "@" version "\"}" extra "}"
#define SECRET(path, id, line) "{\"Target\":\"" path "\",\"Class\":\"secret\",\"Secrets\":[{\"RuleID\":\"" id "\",\"Severity\":\"HIGH\",\"StartLine\":" line "}]}"

static const struct {
	const char *name, *old, *new;
	const char *added, *fixed, *kept, *packages;
} comparisons[] = {
	{ "nothing at all", HEAD "]}", HEAD "]}", "", "", "", "" },
	{ "an upgrade that fixes", HEAD OS "\"Vulnerabilities\":[" VULN("CVE-1", "ssl", "1.0", "") "]}]}", HEAD OS "\"Packages\":[" DEB("ssl", "1.1") "]}]}", "", "CVE-1", "",
	  "ssl 1.0 -> 1.1" },
	{ "an upgrade that does not", HEAD OS "\"Vulnerabilities\":[" VULN("CVE-1", "ssl", "1.0", "") "]}]}",
	  HEAD OS "\"Vulnerabilities\":[" VULN("CVE-1", "ssl", "1.1", "") "]}]}", "", "", "CVE-1", "ssl 1.0 -> 1.1" },
	{ "another package of the same vulnerability", HEAD OS "\"Vulnerabilities\":[" VULN("CVE-1", "ssl", "1.0", "") "]}]}",
	  HEAD OS "\"Vulnerabilities\":[" VULN("CVE-1", "ssl", "1.0", "") "," VULN("CVE-1", "libssl", "1.0", "") "]}]}", "CVE-1", "", "CVE-1", "libssl -> 1.0" },
	{ "a second copy adds nothing", HEAD OS "\"Vulnerabilities\":[" VULN("CVE-1", "ssl", "1.0", "") "]}]}",
	  HEAD OS "\"Vulnerabilities\":[" VULN("CVE-1", "ssl", "1.0", "") "," VULN("CVE-1", "ssl", "2.0", "") "]}]}", "", "", "CVE-1", "ssl 1.0 -> 1.0 2.0" },
	{ "a removed package", HEAD OS "\"Packages\":[" DEB("a", "1") "," DEB("b", "2") "]}]}", HEAD OS "\"Packages\":[" DEB("b", "2") "]}]}", "", "", "", "a 1 ->" },
	{ "a secret that moved by a line", HEAD SECRET(".env", "aws", "3") "]}", HEAD SECRET(".env", "aws", "9") "]}", "", "", "aws", "" },
	{ "a secret of another file", HEAD SECRET(".env", "aws", "3") "]}", HEAD SECRET("x/.env", "aws", "3") "]}", "aws", "aws", "", "" },
	{ "a second secret in a known file", HEAD SECRET(".env", "aws", "3") "]}", HEAD SECRET(".env", "aws", "3") "," SECRET(".env", "aws", "9") "]}", "aws", "", "aws", "" },
	{ "one of two secrets is gone", HEAD SECRET(".env", "aws", "3") "," SECRET(".env", "aws", "9") "]}", HEAD SECRET(".env", "aws", "9") "]}", "", "aws", "aws", "" },
	{ "a check that passes now", HEAD "{\"Target\":\"f\",\"Misconfigurations\":[{\"ID\":\"DS002\",\"Status\":\"FAIL\"}]}]}",
	  HEAD "{\"Target\":\"f\",\"Misconfigurations\":[{\"ID\":\"DS002\",\"Status\":\"PASS\"}]}]}", "", "DS002", "", "" },
	{ "an unreadable file", HEAD "]}", HEAD "],\"Bulkhead\":{\"Findings\":[{\"Kind\":\"unreadable\",\"ID\":\"unreadable\",\"Path\":\"x\"}]}}", "unreadable", "", "", "" },
};

static struct str ids(struct arena *a, const struct finding_ref_vec *list)
{
	struct str s = STR("");
	for (size_t i = 0; i < list->n; i++)
		s = arena_printf(a, "%.*s%s%.*s", STR_FMT(s), i ? " " : "", STR_FMT(list->v[i]->id));
	return s;
}

static struct str versions(struct arena *a, struct str s, const struct str_vec *list)
{
	for (size_t i = 0; i < list->n; i++)
		s = arena_printf(a, "%.*s %.*s", STR_FMT(s), STR_FMT(list->v[i]));
	return s;
}

static struct str changes(struct arena *a, const struct package_change_vec *list)
{
	struct str s = STR("");
	for (size_t i = 0; i < list->n; i++) {
		s = arena_printf(a, "%.*s%s%.*s", STR_FMT(s), i ? "; " : "", STR_FMT(list->v[i].package->name));
		s = versions(a, s, &list->v[i].old_versions);
		s = versions(a, arena_printf(a, "%.*s ->", STR_FMT(s)), &list->v[i].new_versions);
	}
	return s;
}

static void check(const char *name, const char *what, struct str have, const char *want)
{
	if (!str_eq_c(have, want))
		fail_msg("%s: %s: \"%.*s\" is not \"%s\"", name, what, STR_FMT(have), want);
}

static void test_compare(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(comparisons); i++) {
		struct arena a;
		struct report old, new;
		struct diags diags;
		struct error err = { 0 };
		struct comparison c;
		size_t gone;
		const char *name = comparisons[i].name;
		arena_init(&a, 0);
		if (read_text(&a, comparisons[i].old, &old, &diags, &err) < 0 || read_text(&a, comparisons[i].new, &new, &diags, &err) < 0 ||
		    compare_reports(&a, &old, &new, &c, &err) < 0)
			fail_msg("%s: %s", name, err.text);
		check(name, "added", ids(&a, &c.added), comparisons[i].added);
		check(name, "fixed", ids(&a, &c.fixed), comparisons[i].fixed);
		check(name, "kept", ids(&a, &c.kept), comparisons[i].kept);
		check(name, "packages", changes(&a, &c.packages), comparisons[i].packages);
		/* The baseline leaves exactly what is added. */
		assert_int_equal(compare_baseline(&a, &new.findings, &old.findings, STR("old.json"), &gone, &err), 0);
		assert_int_equal(gone, c.fixed.n);
		struct finding_ref_vec left = { 0 };
		for (size_t k = 0; k < new.findings.n; k++)
			if (!new.findings.v[k].suppressed.active)
				assert_true(vec_push(&a, &left, (const struct finding *)&new.findings.v[k]));
			else
				assert_str(new.findings.v[k].suppressed.by, "old.json");
		check(name, "left by the baseline", ids(&a, &left), comparisons[i].added);
		arena_release(&a);
	}
}

/* One name in two ecosystems: what became of the one is not told of the other. */
static void test_remedy(void **state)
{
#define NPM(version) "{\"Target\":\"Node.js\",\"Class\":\"lang-pkgs\",\"Type\":\"node-pkg\",\"Packages\":[{\"Name\":\"tar\",\"Version\":\"" version "\"}]}"
	struct arena a;
	struct report old, new;
	struct diags diags;
	struct error err = { 0 };
	struct comparison c;
	struct report_style style = { 0 };
	struct buf out;
	(void)state;
	arena_init(&a, 0);
	buf_init(&out, 1 << 20);
	assert_int_equal(read_text(&a, HEAD OS "\"Vulnerabilities\":[" VULN("CVE-1", "tar", "1.0", "") "]}," NPM("4.0") "]}", &old, &diags, &err), 0);
	assert_int_equal(read_text(&a, HEAD OS "\"Packages\":[" DEB("tar", "1.1") "]}," NPM("6.0") "]}", &new, &diags, &err), 0);
	assert_int_equal(compare_reports(&a, &old, &new, &c, &err), 0);
	assert_int_equal(report_compare(&c, FORMAT_MARKDOWN, &style, &out, &err), 0);
	struct str text = buf_str(&out);
	if (!str_contains(text, STR("| now 1.1 |")) || str_contains(text, STR("now 6.0")))
		fail_msg("%.*s", STR_FMT(text));
	assert_int_equal(report_compare(&c, FORMAT_SARIF, &style, &out, &err), ERR_USAGE);
	buf_release(&out);
	arena_release(&a);
}

static void test_bad(void **state)
{
	static const struct {
		const char *name, *text;
		int code;         /* of trivyreport_read */
		size_t warnings;  /* when it is 0 */
	} cases[] = {
		{ "no report", "{\"a\":1}", ERR_FORMAT, 0 },
		{ "an array", "[]", ERR_FORMAT, 0 },
		{ "schema 1", "{\"SchemaVersion\":1,\"ArtifactName\":\"a\"}", ERR_UNSUPPORTED, 0 },
		{ "results of the wrong kind", "{\"SchemaVersion\":2,\"ArtifactName\":\"a\",\"Results\":{}}", ERR_FORMAT, 0 },
		{ "no results", "{\"SchemaVersion\":2,\"ArtifactName\":\"a\",\"Results\":null}", 0, 0 },
		{ "a result of the wrong kind", HEAD "7]}", 0, 1 },
		{ "no identifier", HEAD "{\"Target\":\"a\",\"Vulnerabilities\":[{\"PkgName\":\"a\"}]}]}", 0, 1 },
		{ "no package", HEAD "{\"Target\":\"a\",\"Vulnerabilities\":[{\"VulnerabilityID\":\"CVE-1\"}]}]}", 0, 1 },
		{ "a package without a name", HEAD "{\"Target\":\"a\",\"Packages\":[{}]}]}", 0, 1 },
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena a;
		struct report r;
		struct diags diags;
		struct error err = { 0 };
		arena_init(&a, 0);
		int code = read_text(&a, cases[i].text, &r, &diags, &err);
		if (code != cases[i].code || (code == 0 && diags.list.n != cases[i].warnings))
			fail_msg("%s: code %d (%s), %zu warnings", cases[i].name, code, err.text, diags.list.n);
		arena_release(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_own_report), cmocka_unit_test(test_compare), cmocka_unit_test(test_remedy), cmocka_unit_test(test_bad) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
