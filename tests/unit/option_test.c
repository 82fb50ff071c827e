/* src/front/cli: option parsing, precedence, messages, configuration file, suggestions, typographic characters; dates. */
#include "test.h"

#include "base/date.h"
#include "front/cli/option.h"
#include "front/cli/suggest.h"

enum { RED, GREEN };
struct values {
	bool quiet, cache;
	struct str name, secret;
	struct str_vec list, words;
	int color;
	int64_t number, code;
	uint64_t time_ms;
};
#define AT(member, type) OPTION_AT(struct values, member, type)
static const char *const colors[] = { [RED] = "red", [GREEN] = "green", NULL };
static int check_word(struct str value, struct error *err)
{
	return value.n > 5 ? error_set(err, ERR_USAGE, "\"%.*s\" is too long", STR_FMT(value)) : 0;
}
static const struct option options[] = {
	{ .name = "quiet", .short_name = 'q', .type = OPTION_BOOL, .offset = AT(quiet, bool), .summary = "" },
	{ .name = "cache", .type = OPTION_BOOL, .offset = AT(cache, bool), .default_text = "true", .summary = "" },
	{ .name = "name", .short_name = 'n', .alias = "title", .type = OPTION_TEXT, .offset = AT(name, struct str), .arg = "TEXT", .summary = "" },
	{ .name = "pass-word", .type = OPTION_TEXT, .offset = AT(secret, struct str), .arg = "TEXT", .flags = OPTION_SECRET, .check = check_word, .summary = "" },
	{ .name = "list", .short_name = 'l', .type = OPTION_LIST, .offset = AT(list, struct str_vec), .arg = "LIST", .default_text = "a,b", .summary = "" },
	{ .name = "words", .type = OPTION_LIST, .offset = AT(words, struct str_vec), .arg = "LIST", .check = check_word, .summary = "" },
	{ .name = "color", .type = OPTION_CHOICE, .offset = AT(color, int), .arg = "COLOR", .default_text = "green", .choices = colors, .summary = "" },
	{ .name = "number", .type = OPTION_INT, .offset = AT(number, int64_t), .arg = "N", .min = -5, .max = 10, .summary = "" },
	{ .name = "exit-on-eol", .type = OPTION_INT, .offset = AT(code, int64_t), .arg = "N", .max = 255, .implied = "1", .flags = OPTION_VALUE_OPTIONAL, .summary = "" },
	{ .name = "time", .type = OPTION_DURATION, .offset = AT(time_ms, uint64_t), .arg = "TIME", .default_text = "5m", .summary = "" },
};
static const struct option_group group = { "Options", options, ARRAY_LEN(options), 0 };

/* Runs words (separated by '|') and variables; the values as text, or the error. */
static struct str run(struct arena *a, const char *words, char *const *env)
{
	struct values v = { 0 };
	struct option_set set;
	struct option_use_vec uses = { 0 };
	struct str_vec args = { 0 }, line = { 0 };
	struct error err = { 0 };
	struct str rest = str_c(words), word, text;
	while (str_next(&rest, '|', &word))
		assert_non_null(vec_push(a, &line, word));
	option_set_init(&set, a, &v);
	int r = option_set_add(&set, &group, &err);
	if (r == 0)
		r = options_read_args(&set, line.v, line.n, &uses, &args, &err);
	if (r == 0)
		r = options_store_env(&set, env, NULL, NULL, &err);
	if (r == 0)
		r = options_store_args(&set, &uses, &err);
	if (r < 0)
		return arena_printf(a, "%s", err.text);
	text = arena_printf(a, "q%d c%d n=%.*s col%d num%d eol%d t%d", v.quiet, v.cache, STR_FMT(v.name), v.color, (int)v.number, (int)v.code, (int)v.time_ms);
	for (size_t i = 0; i < v.list.n; i++)
		text = arena_printf(a, "%.*s %.*s", STR_FMT(text), STR_FMT(v.list.v[i]));
	for (size_t i = 0; i < args.n; i++)
		text = arena_printf(a, "%.*s <%.*s>", STR_FMT(text), STR_FMT(args.v[i]));
	return text;
}

static void test_args(void **state)
{
	static const struct {
		const char *words, *want;
	} cases[] = {
		{ "", "q0 c1 n= col1 num0 eol0 t300000 a b" },
		{ "--quiet|-n|x|y", "q1 c1 n=x col1 num0 eol0 t300000 a b <y>" },
		{ "--name=x=y|--no-cache|--", "q0 c0 n=x=y col1 num0 eol0 t300000 a b" },
		{ "-qn|x", "q1 c1 n=x col1 num0 eol0 t300000 a b" },
		{ "-nx|-n=y", "q0 c1 n=y col1 num0 eol0 t300000 a b" },
		{ "--title|x", "q0 c1 n=x col1 num0 eol0 t300000 a b" },
		{ "--quiet=false|--cache=no", "q0 c0 n= col1 num0 eol0 t300000 a b" },
		{ "--quiet|--no-quiet", "q0 c1 n= col1 num0 eol0 t300000 a b" },
		{ "-l|x,y|--list= z ,", "q0 c1 n= col1 num0 eol0 t300000 x y z" },
		{ "--|--quiet|-x", "q0 c1 n= col1 num0 eol0 t300000 a b <--quiet> <-x>" },
		{ "-", "q0 c1 n= col1 num0 eol0 t300000 a b <->" },
		{ "--color|RED|--number|-5", "q0 c1 n= col0 num-5 eol0 t300000 a b" },
		{ "--exit-on-eol|x", "q0 c1 n= col1 num0 eol1 t300000 a b <x>" },
		{ "--exit-on-eol|3|x", "q0 c1 n= col1 num0 eol3 t300000 a b <x>" },
		{ "--exit-on-eol=4|5", "q0 c1 n= col1 num0 eol4 t300000 a b <5>" },
		{ "--time|90s", "q0 c1 n= col1 num0 eol0 t90000 a b" },
		{ "--quiett", "there is no option --quiett; did you mean --quiet?" },
		{ "--no-cach", "there is no option --no-cach; did you mean --no-cache?" },
		{ "--zzzzzz=1", "there is no option --zzzzzz" },
		{ "-x", "there is no option -x" },
		{ "-quiet", "-quiet: long options begin with two dashes: --quiet" },
		{ "-name=x", "-name: long options begin with two dashes: --name=x" },
		{ "--name", "--name needs a value: TEXT" },
		{ "--name|--quiet", "--name needs a value (TEXT), and \"--quiet\" looks like the next option; if it is meant, write --name=--quiet" },
		{ "--name=--quiet", "q0 c1 n=--quiet col1 num0 eol0 t300000 a b" },
		{ "--no-quiet=true", "--no-quiet takes no value" },
		{ "--quiet=perhaps", "--quiet: \"perhaps\" is neither true nor false" },
		{ "--color|gren", "--color: \"gren\" is none of red, green; did you mean green?" },
		{ "--number|11", "--number: 11 is not between -5 and 10" },
		{ "--number|x", "--number: \"x\" is no whole number" },
		{ "--time|5 minutes", "--time: \"5 minutes\" is no duration, such as 90s, 5m or 1h30m" },
		{ "--words=", "--words: the list is empty" },
		{ "--words| , ", "--words: the list is empty" },
		{ "--words|abc,abcdef", "--words: \"abcdef\" is too long" },
		{ "--pass-word|hunter2", "--pass-word: its value can't be used" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena a;
		arena_init(&a, 0);
		struct str got = run(&a, cases[i].words, NULL);
		if (!str_eq_c(got, cases[i].want))
			fail_msg("%s gives: %.*s", cases[i].words, STR_FMT(got));
		arena_release(&a);
	}
}

static void test_env(void **state)
{
	static const struct {
		const char *env[3], *words, *want;
	} cases[] = {
		{ { "BULKHEAD_NAME=e", "BULKHEAD_QUIET=1" }, "", "q1 c1 n=e col1 num0 eol0 t300000 a b" },
		{ { "BULKHEAD_NAME=e" }, "--name|f", "q0 c1 n=f col1 num0 eol0 t300000 a b" },
		{ { "BULKHEAD_LIST=x,y" }, "", "q0 c1 n= col1 num0 eol0 t300000 x y" },
		{ { "BULKHEAD_LIST=x,y" }, "--list|z", "q0 c1 n= col1 num0 eol0 t300000 z" },
		{ { "BULKHEAD_NAME=" }, "", "q0 c1 n= col1 num0 eol0 t300000 a b" },
		{ { "BULKHEAD_NO_CACHE=true" }, "", "q0 c0 n= col1 num0 eol0 t300000 a b" },
		{ { "BULKHEAD_CACHE=false", "BULKHEAD_EXIT_ON_EOL=7" }, "", "q0 c0 n= col1 num0 eol7 t300000 a b" },
		{ { "BULKHEAD_COLOR=blue" }, "", "BULKHEAD_COLOR: \"blue\" is none of red, green" },
		{ { "BULKHEAD_TOP=/x", "OTHER_NAME=y" }, "", "q0 c1 n= col1 num0 eol0 t300000 a b" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena a;
		char *env[4] = { NULL };
		arena_init(&a, 0);
		for (size_t k = 0; k < 3 && cases[i].env[k]; k++)
			env[k] = arena_cstr(&a, str_c(cases[i].env[k]));
		struct str got = run(&a, cases[i].words, env);
		if (!str_eq_c(got, cases[i].want))
			fail_msg("%s gives: %.*s", cases[i].env[0], STR_FMT(got));
		arena_release(&a);
	}
}

static void test_durations(void **state)
{
	static const struct {
		const char *text;
		int64_t ms; /* -1: refused */
	} cases[] = {
		{ "90s", 90000 }, { "5m", 300000 }, { "1h30m", 5400000 }, { "500ms", 500 }, { "1.5h", 5400000 }, { "0", 0 }, { "7", 7000 }, { "5m0s", 300000 },
		{ "", -1 }, { "m", -1 }, { "5x", -1 }, { "5m7", -1 }, { "-5m", -1 }, { "5 m", -1 }, { "99999999999999h", -1 }, { "1e3s", -1 },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint64_t ms = 0;
		struct error err = { 0 };
		int r = option_parse_duration(str_c(cases[i].text), &ms, &err);
		if (cases[i].ms < 0 ? r != ERR_USAGE : (r != 0 || ms != (uint64_t)cases[i].ms))
			fail_msg("\"%s\" gives %d, %llu", cases[i].text, r, (unsigned long long)ms);
	}
}

static void test_suggestions(void **state)
{
	static const struct {
		const char *a, *b;
		size_t distance;
	} cases[] = { { "severity", "severity", 0 }, { "severty", "severity", 1 }, { "imgae", "image", 1 }, { "IMAGE", "image", 0 }, { "a_b", "a-b", 0 }, { "", "abc", 3 }, { "kitten", "sitting", 3 } };
	static const char *const words[] = { "severity", "strict", "skip-dirs" };
	static const struct {
		const char *word, *best;
	} offers[] = { { "severty", "severity" }, { "sev", "severity" }, { "stric", "strict" }, { "output", NULL }, { "x", NULL } };
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (suggest_distance(str_c(cases[i].a), str_c(cases[i].b)) != cases[i].distance)
			fail_msg("%s, %s: %zu", cases[i].a, cases[i].b, suggest_distance(str_c(cases[i].a), str_c(cases[i].b)));
	for (size_t i = 0; i < ARRAY_LEN(offers); i++) {
		struct suggestion s = { .word = str_c(offers[i].word) };
		for (size_t k = 0; k < ARRAY_LEN(words); k++)
			suggest_offer(&s, words[k]);
		assert_true(str_eq(str_c(s.best), str_c(offers[i].best)));
	}
}

static void test_typography(void **state)
{
	static const struct {
		const char *word, *message; /* NULL: nothing wrong */
	} cases[] = {
		{ "–severity", "\"–severity\" has \"–\" (U+2013 EN DASH) where plain ASCII is meant: write --severity" },
		{ "—severity", "\"—severity\" has \"—\" (U+2014 EM DASH) where plain ASCII is meant: write --severity" },
		{ "-–severity", "\"-–severity\" has \"–\" (U+2013 EN DASH) where plain ASCII is meant: write --severity" },
		{ "–f", "\"–f\" has \"–\" (U+2013 EN DASH) where plain ASCII is meant: write -f" },
		{ "−−severity=“HIGH”", "\"−−severity=“HIGH”\" has \"−\" (U+2212 MINUS SIGN), \"“\" (U+201C LEFT DOUBLE QUOTATION MARK), "
				     "\"”\" (U+201D RIGHT DOUBLE QUOTATION MARK) where plain ASCII is meant: write --severity=HIGH" },
		{ "--severity=HIGH，LOW", "\"--severity=HIGH，LOW\" has \"，\" (U+FF0C FULLWIDTH COMMA) where plain ASCII is meant: write --severity=HIGH,LOW" },
		{ "“HIGH,CRITICAL”", "\"“HIGH,CRITICAL”\" has \"“\" (U+201C LEFT DOUBLE QUOTATION MARK), \"”\" (U+201D RIGHT DOUBLE QUOTATION MARK) where plain "
				     "ASCII is meant: write HIGH,CRITICAL" },
		{ "a\xc2\xa0" "b", "\"a\xc2\xa0" "b\" has \"\xc2\xa0\" (U+00A0 NO-BREAK SPACE) where plain ASCII is meant: write 'a b' (or as separate words)" },
		{ "--severity", NULL }, { "my-app:1.0", NULL }, { "报告：1.tar", NULL }, { "a–b.tar", NULL }, { "", NULL }, { "-", NULL }, { "dir/“x”.tar", NULL },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct error err = { 0 };
		int r = typography_check(str_c(cases[i].word), &err);
		if (r != (cases[i].message ? ERR_USAGE : 0) || (cases[i].message && strcmp(err.text, cases[i].message) != 0))
			fail_msg("%s: %d %s", cases[i].word, r, err.text);
	}
}

static void test_dates(void **state)
{
	static const struct {
		const char *text;
		int64_t days; /* INT64_MIN: refused */
	} cases[] = {
		{ "1970-01-01", 0 }, { "2000-02-29", 11016 }, { "2024-10-04", 20000 }, { "1969-12-31", -1 }, { "2026-12-31T10:00:00Z", 20818 },
		{ "0000-01-01", -719528 }, { "9999-12-31", 2932896 }, { "2023-02-29", INT64_MIN }, { "2023-13-01", INT64_MIN }, { "2023-00-10", INT64_MIN },
		{ "2023-1-1", INT64_MIN }, { "2023-01-011", INT64_MIN }, { "", INT64_MIN }, { "20230101", INT64_MIN }, { "1900-02-29", INT64_MIN },
	};
	char text[DATE_TEXT_MAX];
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int64_t days = INT64_MIN;
		int r = date_to_days(str_c(cases[i].text), &days);
		if (days != cases[i].days || (r == 0) != (cases[i].days != INT64_MIN))
			fail_msg("%s: %lld", cases[i].text, (long long)days);
		if (r == 0)
			assert_true(str_eq(date_format_day(days, text), str_sub(str_c(cases[i].text), 0, 10)));
	}
	assert_str(date_format_rfc3339(1700000000, text), "2023-11-14T22:13:20Z");
	assert_str(date_format_rfc3339(-1, text), "1969-12-31T23:59:59Z");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_args), cmocka_unit_test(test_env), cmocka_unit_test(test_durations), cmocka_unit_test(test_suggestions),
		cmocka_unit_test(test_typography), cmocka_unit_test(test_dates),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
