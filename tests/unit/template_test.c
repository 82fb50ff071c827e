/* src/format/template and src/front/report/template: the language, its errors, escaping, limits, the built-in templates, the names that docs/templates.md tells. */
#include "test.h"
#include "golden.h"
#include "report_fixture.h"

#include "engine/score/score.h"
#include "format/json/json.h"
#include "front/report/formats.h"
#include "front/report/template.h"

static const struct gate gate = { .kind = GATE_SEVERITY, .severity = SEVERITY_CRITICAL, .text = STR_INIT("critical") };
static const struct verdict verdict = { .gate = &gate, .count = 3 };

static int render(struct arena *a, struct str text, struct buf *out, struct error *err)
{
	struct template t;
	struct report r;
	struct report_options opt = { .template = &t, .verdicts = &verdict, .verdict_count = 1, .order = ORDER_SCORE };
	fixture_report(a, &r);
	fixture_more(a, &r);
	score_findings(&r.findings, NULL);
	int e = template_parse(a, STR("t"), text, &t, err);
	return e < 0 ? e : report_template(&r, &opt, out, err);
}

static void test_language(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "", "" },
		{ "plain { text } }}", "plain { text } }}" },
		{ "{{artifact}} {{ total }}", "my-app:1.0 14" },
		{ "{{critical}},{{high}},{{medium}},{{low}},{{unknown}}", "6,5,1,1,1" },
		{ "{{#if failed}}bad{{else}}good{{/if}}", "bad" },
		{ "{{#if total = \"14\"}}a{{/if}}{{#if total != \"14\"}}b{{/if}}{{#if os = \"debian 11.6\"}}c{{/if}}", "ac" },
		{ "{{#each gates}}{{gate}}: {{failing}}{{/each}}", "critical: 3" },
		{ "{{#each findings}}{{#if first}}{{id}}{{/if}}{{#if last}} {{index}}{{/if}}{{/each}}", "CVE-2021-44228 17" },
		{ "{{#each upgrades}}{{#if first}}{{text}}{{/if}}{{/each}}", "upgrade openssl to 1.1.1n-0+deb11u4: 2 findings gone" },
		{ "{{#each suppressed}}{{id}} {{suppressed_by}} {{until}};{{/each}}", "private-key vex.json ;CVE-2023-22490 .trivyignore.yaml:2 2030-01-01;" },
		{ "{{! a comment }}x{{! {{ }}y", "xy" },
		{ "a\n  {{#if total}}\nb\n  {{/if}}\nc\n", "a\nb\nc\n" },
		{ "a\n{{! gone }}\nb {{! stays }}\n", "a\nb \n" },
		{ "{{#if total}}\r\nx\r\n{{/if}}\r\n", "x\r\n" },
		{ "{{#each findings}}{{#if id = \"CVE-2020-8203\"}}{{title|html}}{{/if}}{{/each}}",
		  "&lt;/script&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;quotes&quot; | pipes, @team #1 `code` [link](javascript:1) www.evil.example" },
		{ "{{!escape csv}}{{#each findings}}{{#if id = \"CVE-2021-44906\"}}{{title}}{{/if}}{{/each}}", "\"'=cmd|'/c calc'!A1\"" },
		{ "{{#each findings}}{{#if id = \"CVE-2022-99999\"}}{{#if title}}{{version|url}}{{/if}}{{/if}}{{/each}}", "2.31-13%2Bdeb11u5" },
		{ "{{#if findings}}some{{/if}}{{#if remarks}}more{{/if}}", "somemore" },
		/* the innermost list's name wins */
		{ "{{#each upgrades}}{{#if first}}{{#each findings}}{{#if first}}{{package}}{{/if}}{{/each}} {{package}}{{/if}}{{/each}}", "org.apache.logging.log4j:log4j-core openssl" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena a;
		struct buf out;
		struct error err = { 0 };
		arena_init(&a, 0);
		buf_init(&out, 1 << 20);
		if (render(&a, str_c(cases[i].text), &out, &err) < 0)
			fail_msg("%s: %s", cases[i].text, err.text);
		if (!str_eq_c(buf_str(&out), cases[i].want))
			fail_msg("%s: \"%.*s\", not \"%s\"", cases[i].text, STR_FMT(buf_str(&out)), cases[i].want);
		buf_release(&out);
		arena_release(&a);
	}
}

static void test_errors(void **state)
{
	static const struct {
		const char *text, *part;
	} cases[] = {
		{ "a\n{{", "t:2: never closed" }, { "{{}}", "empty tag" }, { "{{a b}}", "not a field" }, { "{{nothing}}", "no field \"nothing\"" }, { "{{id}}", "no field \"id\" here" },
		{ "\n\n{{#each nothing}}{{/each}}", "t:3: no list \"nothing\"" }, { "{{#each findings}}", "{{#each}} is never closed" }, { "{{#if total}}{{/each}}", "closes nothing" },
		{ "{{/if}}", "closes nothing" }, { "{{else}}", "closes nothing" }, { "{{#if total}}{{else}}{{else}}{{/if}}", "second else" }, { "{{total|raw}}", "escaping" },
		{ "{{!escape none}}", "escaping" }, { "{{#if total = x}}{{/if}}", "not a condition" }, { "{{#while x}}{{/while}}", "no such block" },
		{ "{{#each findings}}{{else}}{{id}}{{/each}}", "no field \"id\" here" }, { "{{#each findings}}{{/each}}{{id}}", "no field \"id\" here" }, { "{{#each total}}{{/each}}", "no list" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena a;
		struct buf out;
		struct error err = { 0 };
		arena_init(&a, 0);
		buf_init(&out, 1 << 20);
		assert_int_equal(render(&a, str_c(cases[i].text), &out, &err), ERR_FORMAT);
		if (!str_contains(str_c(err.text), str_c(cases[i].part)))
			fail_msg("%s: %s", cases[i].text, err.text);
		buf_release(&out);
		arena_release(&a);
	}
}

static void test_limits(void **state)
{
	struct arena a;
	struct buf out, text;
	struct error err = { 0 };
	arena_init(&a, 0);
	buf_init(&out, 1u << 30);
	buf_init(&text, 1 << 22);
	for (int i = 0; i < 17; i++)
		buf_add_c(&text, "{{#if total}}");
	assert_int_equal(render(&a, buf_str(&text), &out, &err), ERR_LIMIT);
	buf_clear(&text);
	for (int i = 0; i < 12; i++)
		buf_add_c(&text, "{{#each findings}}");
	buf_add_c(&text, "{{#if first = \"x\"}}{{/if}}");
	for (int i = 0; i < 12; i++)
		buf_add_c(&text, "{{/each}}");
	assert_int_equal(render(&a, buf_str(&text), &out, &err), ERR_LIMIT);
	buf_clear(&text);
	for (int i = 0; i < TEMPLATE_NODES_MAX + 1; i++)
		buf_add_c(&text, "{{os}}");
	assert_int_equal(render(&a, buf_str(&text), &out, &err), ERR_LIMIT);
	buf_release(&text);
	buf_release(&out);
	arena_release(&a);
}

static void test_builtin(void **state)
{
	assert_true(builtin_template_count >= 3);
	assert_int_equal(report_template_builtin(STR("nothing")).n, 0);
	for (size_t i = 0; i < builtin_template_count; i++) {
		struct arena a;
		struct buf out;
		struct document doc;
		struct error err = { 0 };
		char name[64];
		arena_init(&a, 0);
		buf_init(&out, 1 << 20);
		if (render(&a, report_template_builtin(str_c(builtin_templates[i].name)), &out, &err) < 0)
			fail_msg("@%s: %s", builtin_templates[i].name, err.text);
		if (strcmp(builtin_templates[i].name, "slack") == 0)
			assert_int_equal(json_parse(&a, buf_str(&out), NULL, &doc, NULL, &err), 0);
		snprintf(name, sizeof(name), "formats/template-%s", builtin_templates[i].name);
		golden_check(name, buf_str(&out));
		buf_release(&out);
		arena_release(&a);
	}
}

/* Each name that docs/templates.md has in backquotes and a table of lists is known, by rendering it. */
static void test_documented(void **state)
{
	char path[4096];
	static char text[1 << 16];
	const char *top = getenv("BULKHEAD_TOP");
	size_t names = 0;
	snprintf(path, sizeof(path), "%s/docs/templates.md", top ? top : ".");
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	struct str rest = { text, fread(text, 1, sizeof(text), file) }, line;
	fclose(file);
	while (str_next_line(&rest, &line)) {
		static const char *const lists[] = { "findings", "upgrades", "remarks", "gates" };
		const char *list = NULL;
		for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
			char start[32];
			snprintf(start, sizeof(start), "| `%s`", lists[i]);
			list = str_has_prefix(line, str_c(start)) ? lists[i] : list;
		}
		struct str cells, name, ignored;
		if (!list || !str_strip_prefix(&line, STR("| ")) || !str_cut(line, '|', &ignored, &cells))
			continue;
		while (str_cut(cells, '`', &ignored, &cells) && str_cut(cells, '`', &name, &cells)) {
			struct arena a;
			struct buf out;
			struct error err = { 0 };
			if (str_eq(name, STR("yes")) || str_eq(name, STR("0")))
				continue;
			arena_init(&a, 0);
			buf_init(&out, 1 << 20);
			struct str t = arena_printf(&a, "{{#each %s}}{{%.*s}}{{/each}}", list, STR_FMT(name));
			if (render(&a, t, &out, &err) < 0)
				fail_msg("%s", err.text);
			names++;
			buf_release(&out);
			arena_release(&a);
		}
	}
	assert_true(names >= 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_language), cmocka_unit_test(test_errors), cmocka_unit_test(test_limits), cmocka_unit_test(test_builtin), cmocka_unit_test(test_documented),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
