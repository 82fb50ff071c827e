/* src/engine/judge and src/format/ignorefile: ignore rules of both forms, expiry, filters, gates. */
#include "test.h"
#include "report_fixture.h"

#include "engine/judge/judge.h"
#include "format/yaml/yaml.h"

#define TODAY 20000 /* 2024-10-04 */

static void read_rules(struct arena *a, const char *text, bool yaml, struct ignore_rule_vec *rules, struct diags *diags)
{
	struct error err = { 0 };
	struct document doc;
	struct yaml_options opt = { .name = STR("rules.yaml") };
	int r;
	diags_init(diags, a);
	if (!yaml)
		r = ignorefile_parse(a, STR("rules"), str_c(text), rules, diags, &err);
	else if ((r = yaml_parse(a, str_c(text), &opt, &doc, diags, &err)) == 0)
		r = ignorefile_from_document(a, &doc, rules, diags, &err);
	if (r < 0)
		fail_msg("%s", err.text);
}

static const struct {
	const char *name, *text;
	bool yaml;
	const char *suppressed; /* ids of the fixture's findings, in its order, with the one that is suppressed there already */
	size_t warnings, unused, expired;
} ignores[] = {
	{ "nothing", "# only a comment\n\n", false, "CVE-2023-22490", 0, 0, 0 },
	{ "plain", "CVE-2023-0286\n  CVE-2022-99999   # glibc\n", false, "CVE-2023-0286 CVE-2022-99999 CVE-2023-22490", 0, 0, 0 },
	{ "crlf and bom", "\xef\xbb\xbf" "CVE-2023-0286\r\nCVE-2023-0215\r\n", false, "CVE-2023-0286 CVE-2023-0215 CVE-2023-22490", 0, 0, 0 },
	{ "still good", "CVE-2023-0286 exp:2024-10-05", false, "CVE-2023-0286 CVE-2023-22490", 0, 0, 0 },
	{ "expired today", "CVE-2023-0286 exp:2024-10-04", false, "CVE-2023-22490", 0, 0, 1 },
	{ "no date", "CVE-2023-0286 exp:tomorrow", false, "CVE-2023-22490", 1, 0, 0 },
	{ "no such day", "CVE-2023-0286 exp:2030-02-30", false, "CVE-2023-22490", 1, 0, 0 },
	{ "unused", "CVE-1999-0001\nCVE-2023-0286", false, "CVE-2023-0286 CVE-2023-22490", 0, 1, 0 },
	{ "twice", "CVE-2023-0286\nCVE-2023-0286", false, "CVE-2023-0286 CVE-2023-22490", 0, 1, 0 },
	{ "vendor id", "DSA-5343-1", false, "CVE-2023-0286 CVE-2023-22490", 0, 0, 0 },
	{ "vendor id, as Trivy's AVD writes it", "AVD-DSA-5343-1\nAVD-", false, "CVE-2023-0286 CVE-2023-22490", 0, 1, 0 },
	{ "prefix is no match", "CVE-2023-028\nCVE-2023-02866", false, "CVE-2023-22490", 0, 2, 0 },
	{ "other kinds", "end-of-life", false, "CVE-2023-22490 end-of-life", 0, 0, 0 },
	{ "yaml", "vulnerabilities:\n  - id: CVE-2023-0286\n    statement: why\n", true, "CVE-2023-0286 CVE-2023-22490", 0, 0, 0 },
	{ "yaml, date", "vulnerabilities:\n  - id: CVE-2023-0286\n    expired_at: 2024-10-03\n", true, "CVE-2023-22490", 0, 0, 1 },
	{ "yaml, unknown key", "vulnerabilities:\n  - id: CVE-2023-0286\n    expird_at: 2024-10-03\n", true, "CVE-2023-22490", 1, 0, 0 },
	{ "yaml, no id", "vulnerabilities:\n  - statement: x\n", true, "CVE-2023-22490", 1, 0, 0 },
	{ "yaml, other section", "misconfigurations:\n  - id: CVE-2023-0286\nsecrets:\nlicenses: []\n", true, "CVE-2023-22490", 0, 1, 0 },
	{ "yaml, path", "vulnerabilities:\n  - id: CVE-2021-44228\n    paths: ['app/*.jar']\n", true, "CVE-2023-22490 CVE-2021-44228", 0, 0, 0 },
	{ "yaml, nested path", "vulnerabilities:\n  - id: CVE-2021-44228\n    paths: ['**/log4j-core-*.jar']\n", true, "CVE-2023-22490 CVE-2021-44228", 0, 0, 0 },
	{ "yaml, other path", "vulnerabilities:\n  - id: CVE-2021-44228\n    paths: ['usr/**']\n", true, "CVE-2023-22490", 0, 1, 0 },
	{ "yaml, purl", "vulnerabilities:\n  - id: CVE-2023-0286\n    purls: ['pkg:deb/debian/openssl']\n", true, "CVE-2023-0286 CVE-2023-22490", 0, 0, 0 },
	{ "yaml, purl with version", "vulnerabilities:\n  - id: CVE-2023-0286\n    purls: ['pkg:deb/debian/openssl@1.1.1n-0%2Bdeb11u3']\n", true,
	  "CVE-2023-0286 CVE-2023-22490", 0, 0, 0 },
	{ "yaml, purl of another version", "vulnerabilities:\n  - id: CVE-2023-0286\n    purls: ['pkg:deb/debian/openssl@3.0']\n", true, "CVE-2023-22490", 0, 1, 0 },
	{ "yaml, purl of another distribution", "vulnerabilities:\n  - id: CVE-2023-0286\n    purls: ['pkg:deb/ubuntu/openssl']\n", true, "CVE-2023-22490", 0, 1, 0 },
	{ "yaml, purl of another type", "vulnerabilities:\n  - id: CVE-2021-35042\n    purls: ['pkg:npm/django']\n", true, "CVE-2023-22490", 0, 1, 0 },
	{ "yaml, purl by folded name", "vulnerabilities:\n  - id: CVE-2021-35042\n    purls: ['pkg:pypi/django@3.2']\n", true, "CVE-2023-22490 CVE-2021-35042", 0, 0, 0 },
	{ "yaml, no purl", "vulnerabilities:\n  - id: CVE-2021-35042\n    purls: ['django']\n", true, "CVE-2023-22490", 1, 0, 0 },
	{ "empty yaml", "", true, "CVE-2023-22490", 0, 0, 0 },
};

static void test_ignore(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(ignores); i++) {
		struct arena a;
		struct report r;
		struct ignore_rule_vec rules = { 0 };
		struct diags diags;
		struct error err = { 0 };
		struct str got = STR("");
		size_t unused = 0, expired = 0;
		arena_init(&a, 0);
		fixture_report(&a, &r);
		read_rules(&a, ignores[i].text, ignores[i].yaml, &rules, &diags);
		assert_int_equal(judge_ignore(&a, &r.findings, &r.facts.distro, &rules, TODAY, &err), 0);
		for (size_t k = 0; k < r.findings.n; k++)
			if (r.findings.v[k].suppressed.active)
				got = arena_printf(&a, "%.*s%s%.*s", STR_FMT(got), got.n ? " " : "", STR_FMT(r.findings.v[k].id));
		for (size_t k = 0; k < rules.n; k++) {
			expired += rules.v[k].expired;
			unused += !rules.v[k].expired && !rules.v[k].hits;
		}
		if (!str_eq_c(got, ignores[i].suppressed) || diags.list.n != ignores[i].warnings || unused != ignores[i].unused || expired != ignores[i].expired)
			fail_msg("%s: suppressed %.*s, %zu warnings, %zu unused, %zu expired", ignores[i].name, STR_FMT(got), diags.list.n, unused, expired);
		arena_release(&a);
	}
}

static void test_rule_parts(void **state)
{
	struct arena a;
	struct report r;
	struct ignore_rule_vec rules = { 0 };
	struct diags diags;
	struct error err = { 0 };
	arena_init(&a, 0);
	fixture_report(&a, &r);
	read_rules(&a, "\nCVE-2023-0286 exp:2030-01-01 only the client is used\nCVE-2023-0215 # never called\n", false, &rules, &diags);
	assert_int_equal(judge_ignore(&a, &r.findings, &r.facts.distro, &rules, TODAY, &err), 0);
	const struct suppression *s = &r.findings.v[0].suppressed;
	assert_str(s->by, "rules:2");
	assert_str(s->reason, "only the client is used");
	assert_str(s->until, "2030-01-01");
	assert_str(s->status, "ignored");
	assert_str(r.findings.v[1].suppressed.reason, "never called");
	arena_release(&a);
}

/* What is no ignore file at all is refused with its place. */
static void test_bad_documents(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{ "- a\n", "rules.yaml: an ignore file is a mapping" },
		{ "vulnerabilities: {}\nx: []\n", "rules.yaml:1: no list of rules in \"vulnerabilities\"" },
		{ "vulnerabilities: []\nvulns: []\n", "rules.yaml:2: unknown section \"vulns\"" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena a;
		struct document doc;
		struct diags diags;
		struct error err = { 0 };
		struct ignore_rule_vec rules = { 0 };
		struct yaml_options opt = { .name = STR("rules.yaml") };
		arena_init(&a, 0);
		diags_init(&diags, &a);
		assert_int_equal(yaml_parse(&a, str_c(cases[i].text), &opt, &doc, &diags, &err), 0);
		assert_int_equal(ignorefile_from_document(&a, &doc, &rules, &diags, &err), ERR_FORMAT);
		if (!str_has_prefix(str_c(err.text), str_c(cases[i].message)))
			fail_msg("%s", err.text);
		arena_release(&a);
	}
}

static void test_gates(void **state)
{
	static const struct {
		const char *gate;
		size_t count, unjudged;
	} cases[] = {
		{ "critical", 3, 1 }, { "HIGH", 5, 1 }, { "medium", 5, 1 }, { "low", 6, 1 }, { "unknown", 1, 0 }, { "any", 7, 0 }, { "kev", 1, 0 },
		{ "epss>0.5", 2, 5 }, { "epss>0.9", 1, 5 }, { "epss > 97%", 1, 5 }, { "epss>=0.97565", 1, 5 }, { "epss>0.97565", 0, 5 }, { "EPSS>1", 0, 5 },
	};
	static const char *const bad[] = { "", "criticall", "epss", "epss>", "epss>x", "epss>1.5", "epss<0.5", "kev>1", "epss>-0.1" };
	struct arena a;
	struct report r;
	struct gate gate;
	struct verdict v;
	struct error err = { 0 };
	arena_init(&a, 0);
	fixture_report(&a, &r);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		if (gate_parse(str_c(cases[i].gate), &gate, &err) < 0)
			fail_msg("%s: %s", cases[i].gate, err.text);
		judge_gate(&r, &gate, &v);
		if (v.count != cases[i].count || v.unjudged != cases[i].unjudged)
			fail_msg("%s: %zu fail, %zu not judged", cases[i].gate, v.count, v.unjudged);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (gate_parse(str_c(bad[i]), &gate, &err) != ERR_USAGE)
			fail_msg("\"%s\" is taken", bad[i]);
	gate = (struct gate){ .kind = GATE_STRICT };
	judge_gate(&r, &gate, &v);
	assert_int_equal(v.strict.unreadable, 1); /* told twice, counted once */
	assert_int_equal(v.strict.end_of_life, 1);
	assert_int_equal(v.strict.unrated, 1);
	assert_int_equal(v.count, 3);
	gate.kind = GATE_END_OF_LIFE;
	judge_gate(&r, &gate, &v);
	assert_int_equal(v.count, 1);
	arena_release(&a);
}

static void test_filters(void **state)
{
	static const bool high[SEVERITY_COUNT] = { [SEVERITY_HIGH] = true, [SEVERITY_CRITICAL] = true };
	struct arena a;
	struct report r;
	struct judge_counts counts = { 0 };
	struct gate shown = { .kind = GATE_SHOWN };
	struct verdict v;
	arena_init(&a, 0);
	fixture_report(&a, &r);
	judge_unfixed(&r.findings, &counts);
	assert_int_equal(counts.unfixed, 1);
	judge_filter_severity(&r.findings, high, &counts);
	assert_int_equal(counts.hidden[SEVERITY_LOW], 1);
	assert_int_equal(counts.hidden[SEVERITY_MEDIUM], 0); /* suppressed: counts as that */
	assert_int_equal(counts.hidden[SEVERITY_UNKNOWN], 0);
	assert_int_equal(r.findings.n, 7);
	judge_gate(&r, &shown, &v);
	assert_int_equal(v.count, 5);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ignore), cmocka_unit_test(test_rule_parts), cmocka_unit_test(test_bad_documents), cmocka_unit_test(test_gates),
		cmocka_unit_test(test_filters),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
