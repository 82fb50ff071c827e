/* src/format/json, reader: what is accepted, what is refused and why, positions, limits, records. json_yajl_test.c compares with yajl. */
#include "json_tree.h"

#include "format/json/json.h"

static int parse(struct arena *a, struct str text, const struct json_options *opt, struct document *doc, struct error *err)
{
	error_clear(err);
	return json_parse(a, text, opt, doc, NULL, err);
}

#define FFFD "\xef\xbf\xbd"

static void test_accepted(void **state)
{
	/* The last column is the tree written without spaces. */
	static const struct {
		const char *name;
		struct str text;
		const char *tree;
	} cases[] = {
		{ "empty object", STR_INIT("{}"), "{}" },
		{ "empty array", STR_INIT(" [ ] \n"), "[]" },
		{ "string alone", STR_INIT("\"x\""), "\"x\"" },
		{ "number alone", STR_INIT("-0.5e+10 "), "-0.5e+10" },
		{ "number at the end", STR_INIT("0"), "0" },
		{ "literals", STR_INIT("[true,false,null]"), "[true,false,null]" },
		{ "literal alone", STR_INIT("true"), "true" },
		{ "numbers", STR_INIT("[0,-0,1.0,1e5,1E-5,123456789012345678901234567890,0.1e+1]"), "[0,-0,1.0,1e5,1E-5,123456789012345678901234567890,0.1e+1]" },
		{ "white space", STR_INIT("\t{ \"a\" :\r\n[ 1 ,\t2 ] , \"b\" : { } }\n\n"), "{\"a\":[1,2],\"b\":{}}" },
		{ "indented", STR_INIT("{\n                    \"a\": 1,\n\n                    \"b\": 2\n}"), "{\"a\":1,\"b\":2}" },
		{ "simple escapes", STR_INIT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""), "\"\\\"\\\\/\\b\\f\\n\\r\\t\"" },
		{ "unicode escapes", STR_INIT("\"\\u0041\\u00e9\\u20AC\""), "\"A\xc3\xa9\xe2\x82\xac\"" },
		{ "surrogate pair", STR_INIT("\"\\ud83d\\ude00\""), "\"\xf0\x9f\x98\x80\"" },
		{ "lone high surrogate", STR_INIT("\"\\ud800x\""), "\"" FFFD "x\"" },
		{ "lone low surrogate", STR_INIT("\"\\udc00\""), "\"" FFFD "\"" },
		{ "high surrogate, other escape", STR_INIT("\"\\ud800\\n\\u0041\""), "\"" FFFD "\\nA\"" },
		{ "two high surrogates and a low one", STR_INIT("\"\\ud83d\\ud83d\\ude00\""), "\"" FFFD "\xf0\x9f\x98\x80\"" },
		{ "escaped NUL", STR_INIT("[\"a\\u0000b\"]"), "[\"a\\u0000b\"]" },
		{ "UTF-8", STR_INIT("{\"\xc3\xa9\":\"\xe2\x82\xac\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf\"}"), "{\"\xc3\xa9\":\"\xe2\x82\xac\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf\"}" },
		{ "DEL", STR_INIT("\"\x7f\""), "\"\\u007f\"" },
		{ "byte order mark", STR_INIT("\xef\xbb\xbf{}"), "{}" },
		{ "duplicate keys stay", STR_INIT("{\"a\":1,\"a\":2}"), "{\"a\":1,\"a\":2}" },
		{ "empty key", STR_INIT("{\"\":0}"), "{\"\":0}" },
		{ "long string across blocks", STR_INIT("[\"0123456789abcdef0123456789abcdef0123456789abcde\",\"0123456789abcdef\\n0123456789abcdef\"]"),
		  "[\"0123456789abcdef0123456789abcdef0123456789abcde\",\"0123456789abcdef\\n0123456789abcdef\"]" },
		{ "nested", STR_INIT("[[],[[]],[{}],{\"a\":[{\"b\":[]}]}]"), "[[],[[]],[{}],{\"a\":[{\"b\":[]}]}]" },
	};
	struct arena a;
	arena_init(&a, 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct document doc;
		struct error err;
		char *copy = exact_copy(cases[i].text);
		if (parse(&a, str_make(copy, cases[i].text.n), NULL, &doc, &err) < 0)
			fail_msg("%s: %s", cases[i].name, err.text);
		struct str tree = tree_json(&a, doc.root);
		if (!str_eq_c(tree, cases[i].tree))
			fail_msg("%s: %.*s is not %s", cases[i].name, STR_FMT(tree), cases[i].tree);
		free(copy);
	}
	arena_release(&a);
}

static void test_refused(void **state)
{
	static const struct {
		const char *name;
		struct str text;
		const char *error;
	} cases[] = {
		{ "nothing", STR_INIT(""), "line 1, column 1: expected a value, but the input ends" },
		{ "only space", STR_INIT(" \n "), "line 2, column 2: expected a value, but the input ends" },
		{ "only a byte order mark", STR_INIT("\xef\xbb\xbf"), "line 1, column 4: expected a value, but the input ends" },
		{ "open object", STR_INIT("{"), "line 1, column 2: expected a key or '}', but the input ends" },
		{ "open array", STR_INIT("[1"), "line 1, column 3: expected ',' or ']', but the input ends" },
		{ "missing comma", STR_INIT("{\"a\":1,\n\n \"b\" 2}"), "line 3, column 6: expected ':', found '2'" },
		{ "missing comma in array", STR_INIT("[1 2]"), "line 1, column 4: expected ',' or ']', found '2'" },
		{ "trailing comma in array", STR_INIT("[1,]"), "line 1, column 4: expected a value, found ']'" },
		{ "trailing comma in object", STR_INIT("{\"a\":1,}"), "line 1, column 8: expected a key, found '}'" },
		{ "leading comma", STR_INIT("[,1]"), "line 1, column 2: expected a value, found ','" },
		{ "number as key", STR_INIT("{1:2}"), "line 1, column 2: expected a key or '}', found '1'" },
		{ "wrong bracket", STR_INIT("[1}"), "line 1, column 3: expected ',' or ']', found '}'" },
		{ "too many brackets", STR_INIT("[]]"), "line 1, column 3: expected the end of the input, found ']'" },
		{ "two values", STR_INIT("1 2"), "line 1, column 3: expected the end of the input, found '2'" },
		{ "single quotes", STR_INIT("['a']"), "line 1, column 2: expected a value, found '''" },
		{ "comment", STR_INIT("[1] // x"), "line 1, column 5: expected the end of the input, found '/'" },
		{ "NaN", STR_INIT("[NaN]"), "line 1, column 2: expected a value, found 'N'" },
		{ "upper-case literal", STR_INIT("True"), "line 1, column 1: expected a value, found 'T'" },
		{ "literal cut", STR_INIT("[tru]"), "line 1, column 2: expected a value, found 't'" },
		{ "literal with more", STR_INIT("nullx"), "line 1, column 1: expected a value, found 'n'" },
		{ "leading zero", STR_INIT("[01]"), "line 1, column 2: malformed number" },
		{ "plus", STR_INIT("[+1]"), "line 1, column 2: expected a value, found '+'" },
		{ "minus alone", STR_INIT("[-]"), "line 1, column 2: malformed number" },
		{ "no digits behind the point", STR_INIT("[1.]"), "line 1, column 2: malformed number" },
		{ "no digits before the point", STR_INIT("[.5]"), "line 1, column 2: expected a value, found '.'" },
		{ "empty exponent", STR_INIT("[1e+]"), "line 1, column 2: malformed number" },
		{ "hexadecimal", STR_INIT("[0x1]"), "line 1, column 2: malformed number" },
		{ "minus at the end", STR_INIT("-"), "line 1, column 1: malformed number" },
		{ "open string", STR_INIT("[\"abc"), "line 1, column 6: unterminated string, which starts at byte offset 1" },
		{ "open string after an escape", STR_INIT("[\"abc\\"), "line 1, column 6: unknown escape in a string" },
		{ "raw new line", STR_INIT("[\"a\nb\"]"), "line 1, column 4: control byte 0x0a in a string must be escaped" },
		{ "raw tab", STR_INIT("\"\t\""), "line 1, column 2: control byte 0x09 in a string must be escaped" },
		{ "unknown escape", STR_INIT("\"\\x41\""), "line 1, column 2: unknown escape in a string" },
		{ "short unicode escape", STR_INIT("\"\\u12\""), "line 1, column 2: \\u needs four hexadecimal digits" },
		{ "unicode escape at the end", STR_INIT("\"\\u123"), "line 1, column 2: \\u needs four hexadecimal digits" },
		{ "lone continuation byte", STR_INIT("\"\x80\""), "line 1, column 2: byte 0x80 in a string is not UTF-8" },
		{ "overlong", STR_INIT("\"\xc0\xaf\""), "line 1, column 2: byte 0xc0 in a string is not UTF-8" },
		{ "encoded surrogate", STR_INIT("\"\xed\xa0\x80\""), "line 1, column 2: byte 0xed in a string is not UTF-8" },
		{ "above U+10FFFF", STR_INIT("\"\xf4\x90\x80\x80\""), "line 1, column 2: byte 0xf4 in a string is not UTF-8" },
		{ "cut UTF-8", STR_INIT("\"\xe2\x82\""), "line 1, column 2: byte 0xe2 in a string is not UTF-8" },
		{ "NUL between tokens", STR_INIT("[1,\0 2]"), "line 1, column 4: expected a value, found byte 0x00" },
		{ "form feed as space", STR_INIT("[\f1]"), "line 1, column 2: expected a value, found byte 0x0c" },
		{ "no-break space", STR_INIT("[\xc2\xa0]"), "line 1, column 2: expected a value, found byte 0xc2" },
		{ "UTF-16", STR_INIT("\xff\xfe[\0]\0"), "line 1, column 1: expected a value, found byte 0xff" },
	};
	struct arena a;
	arena_init(&a, 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct document doc;
		struct error err;
		char *copy = exact_copy(cases[i].text);
		int r = parse(&a, str_make(copy, cases[i].text.n), NULL, &doc, &err);
		if (r != ERR_FORMAT || err.code != ERR_FORMAT)
			fail_msg("%s: result %d", cases[i].name, r);
		if (strcmp(err.text, cases[i].error) != 0)
			fail_msg("%s: \"%s\" is not \"%s\"", cases[i].name, err.text, cases[i].error);
		assert_int_equal(json_parse(&a, str_make(copy, cases[i].text.n), NULL, &doc, NULL, NULL), ERR_FORMAT);
		free(copy);
	}
	arena_release(&a);
}

static const char sample[] = "{\"id\":\"CVE-1\",\"list\":[1, 22 ,{\"a\":null}],\n \"t\":true,\"u\":\"a\\u00e9\\ud83d\\ude00\\ud800x\\n\",\"e\":{},\"f\":-1.5e3,\"id\":\"last\"}";

static void test_lookups_and_positions(void **state)
{
	struct arena a;
	arena_init(&a, 0);
	struct document doc;
	struct error err;
	assert_int_equal(parse(&a, str_c(sample), NULL, &doc, &err), 0);
	assert_str(value_str_c(doc.root, "id"), "last");
	assert_int_equal(doc.root->count, 7);
	assert_str(value_str_c(doc.root, "u"), "a\xc3\xa9\xf0\x9f\x98\x80" FFFD "x\n");
	const struct value *list = value_get_c(doc.root, "list");
	assert_int_equal(value_count(list, VALUE_ARRAY), 3);
	assert_str(value_text(value_at(list, 1)), "22");
	assert_int_equal(value_get_c(value_at(list, 2), "a")->kind, VALUE_NULL);
	assert_true(value_get_bool(doc.root, STR("t"), false));
	double d;
	assert_int_equal(value_double(value_get_c(doc.root, "f"), &d), 0);
	assert_true(d == -1500);
	/* Each position is that of the first byte; views point into the source. */
	static const char first_of[] = { [VALUE_NULL] = 'n', [VALUE_BOOL] = 't', [VALUE_NUMBER] = 0, [VALUE_STRING] = '"', [VALUE_ARRAY] = '[', [VALUE_OBJECT] = '{' };
	assert_int_equal(doc.root->pos, 1);
	value_foreach_member(m, doc.root) {
		assert_int_equal(sample[m->key_pos - 1], '"');
		assert_memory_equal(sample + m->key_pos, m->key.p, m->key.n);
		if (first_of[m->value.kind])
			assert_int_equal(sample[m->value.pos - 1], first_of[m->value.kind]);
		else
			assert_ptr_equal(doc.source.p + m->value.pos - 1, m->value.text);
	}
	uint32_t line, col;
	document_position(&doc, value_get_c(doc.root, "t")->pos, &line, &col);
	assert_int_equal(line, 2);
	assert_int_equal(col, 6);
	arena_release(&a);
}

/* Every proper prefix is refused, and nothing behind it is read (under AddressSanitizer). With white space at the end the other variant
 * of the reader runs. */
static void test_truncation(void **state)
{
	struct arena a;
	arena_init(&a, 0);
	for (size_t n = 0; n < sizeof(sample) - 1; n++) {
		for (int spaces = 0; spaces < 2; spaces++) {
			struct document doc;
			struct error err;
			char *copy = malloc(n + 1);
			memcpy(copy, sample, n);
			copy[n] = '\n';
			if (spaces == 0) {
				free(copy);
				copy = exact_copy(str_make(sample, n));
			}
			if (parse(&a, str_make(copy, n + (size_t)spaces), NULL, &doc, &err) != ERR_FORMAT)
				fail_msg("%zu bytes are accepted", n);
			free(copy);
			arena_clear(&a);
		}
	}
	arena_release(&a);
}

static char *nested(size_t depth, struct str *ret)
{
	char *p = malloc(depth * 2);
	assert_non_null(p);
	memset(p, '[', depth);
	memset(p + depth, ']', depth);
	*ret = str_make(p, depth * 2);
	return p;
}

static void test_limits(void **state)
{
	struct arena a;
	struct document doc;
	struct error err;
	struct str text;
	arena_init(&a, 0);
	/* Depth: exactly the limit passes; far more costs neither time nor C stack. */
	char *p = nested(JSON_DEPTH_DEFAULT, &text);
	assert_int_equal(parse(&a, text, NULL, &doc, &err), 0);
	free(p);
	p = nested(JSON_DEPTH_DEFAULT + 1, &text);
	assert_int_equal(parse(&a, text, NULL, &doc, &err), ERR_LIMIT);
	assert_string_equal(err.text, "line 1, column 201: nested deeper than 200");
	free(p);
	p = nested(2000000, &text);
	assert_int_equal(parse(&a, text, NULL, &doc, &err), ERR_LIMIT);
	assert_int_equal(parse(&a, text, &(struct json_options){ .max_depth = 2000000 }, &doc, &err), 0);
	free(p);
	/* Bytes. The length alone decides: nothing is read. */
	assert_int_equal(parse(&a, str_make("[]", (size_t)JSON_BYTES_MAX + 1), NULL, &doc, &err), ERR_LIMIT);
	assert_int_equal(parse(&a, STR("[1]"), &(struct json_options){ .max_bytes = 2 }, &doc, &err), ERR_LIMIT);
	assert_int_equal(parse(&a, STR("[1]"), &(struct json_options){ .max_bytes = 3 }, &doc, &err), 0);
	/* Values: the root counts. */
	assert_int_equal(parse(&a, STR("[1,2,{\"a\":3}]"), &(struct json_options){ .max_nodes = 5 }, &doc, &err), 0);
	assert_int_equal(parse(&a, STR("[1,2,{\"a\":3}]"), &(struct json_options){ .max_nodes = 4 }, &doc, &err), ERR_LIMIT);
	arena_release(&a);
	/* Memory: an arena that is too small fails cleanly, also in the middle of a long string. */
	size_t n = 3 << 20;
	p = malloc(n);
	for (size_t i = 0; i < n; i++)
		p[i] = i == 0 ? '[' : i % 2 ? '1' : ',';
	p[n - 1] = ']';
	arena_init(&a, 4 << 20);
	assert_int_equal(parse(&a, str_make(p, n), NULL, &doc, &err), ERR_NOMEM);
	memset(p, 'x', n);
	p[0] = p[n - 1] = '"';
	memcpy(p + 1, "\\n", 2);
	assert_int_equal(parse(&a, str_make(p, n), NULL, &doc, &err), 0);
	arena_release(&a);
	arena_init(&a, 2 << 20);
	assert_int_equal(parse(&a, str_make(p, n), NULL, &doc, &err), ERR_NOMEM);
	arena_release(&a);
	free(p);
}

/* Many members in a container that is open: the reader's own stack has to grow, with containers inside containers on it. */
static void test_wide(void **state)
{
	struct arena a;
	struct buf b;
	struct document doc;
	struct error err;
	arena_init(&a, 0);
	buf_init(&b, 64 << 20);
	buf_add(&b, STR("{\"list\":["));
	for (int i = 0; i < 20000; i++)
		buf_addf(&b, "%s{\"n\":%d,\"s\":[\"x%d\",\"\\u0041%d\"]}", i ? "," : "", i, i, i);
	buf_add(&b, STR("],\"end\":true}"));
	assert_int_equal(parse(&a, buf_str(&b), NULL, &doc, &err), 0);
	const struct value *list = value_get_c(doc.root, "list");
	assert_int_equal(value_count(list, VALUE_ARRAY), 20000);
	for (int i = 0; i < 20000; i++) {
		int64_t n;
		char text[32];
		assert_int_equal(value_int(value_get_c(value_at(list, (size_t)i), "n"), &n), 0);
		assert_int_equal(n, i);
		snprintf(text, sizeof(text), "A%d", i);
		assert_str(value_text(value_at(value_get_c(value_at(list, (size_t)i), "s"), 1)), text);
	}
	assert_true(value_get_bool(doc.root, STR("end"), false));
	buf_release(&b);
	arena_release(&a);
}

static void test_options(void **state)
{
	struct arena a;
	struct document doc;
	struct error err = { 0 };
	struct diags diags;
	arena_init(&a, 0);
	diags_init(&diags, &a);
	const struct json_options opt = { .name = STR("x.json"), .utf8 = JSON_UTF8_REPLACE, .report_duplicates = true };
	struct str text = STR("{\"a\":\"\xff\xe2\x82z\",\n\"b\":{\"c\":1,\"c\":2},\"a\":0,\"a\":\"long enough to need a block \x80\"}");
	assert_int_equal(json_parse(&a, text, &opt, &doc, &diags, &err), 0);
	assert_str(value_text(&doc.root->members[0].value), FFFD FFFD FFFD "z");
	assert_str(value_str_c(doc.root, "a"), "long enough to need a block " FFFD);
	assert_str(doc.name, "x.json");
	assert_int_equal(diags.list.n, 3);
	static const struct {
		uint32_t line, col;
		const char *text;
	} expected[] = { { 2, 12, "duplicate key \"c\"; the last one counts" }, { 2, 19, "duplicate key \"a\"; the last one counts" }, { 2, 25, "duplicate key \"a\"; the last one counts" } };
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(diags.list.v[i].level, DIAG_WARNING);
		assert_int_equal(diags.list.v[i].line, expected[i].line);
		assert_int_equal(diags.list.v[i].col, expected[i].col);
		assert_str(diags.list.v[i].text, expected[i].text);
	}
	arena_release(&a);
}

static void test_lines(void **state)
{
	static const char text[] = "\xef\xbb\xbf{\"n\":1}\n\n{\"n\":2}{\"n\":\n3}\n{\"n\":x}\n  \n[4\n{\"n\":5} \"s\" 6\ntrue";
	static const struct {
		int result;
		const char *tree; /* or the error */
	} expected[] = {
		{ 1, "{\"n\":1}" }, { 1, "{\"n\":2}" }, { 1, "{\"n\":3}" }, { ERR_FORMAT, "line 5, column 6: expected a value, found 'x'" },
		{ ERR_FORMAT, "line 8, column 1: expected ',' or ']', found '{'" }, { 1, "true" }, { 0, "" },
	};
	struct arena a;
	struct json_lines it;
	arena_init(&a, 0);
	char *copy = exact_copy(str_c(text));
	json_lines_init(&it, str_make(copy, sizeof(text) - 1), NULL);
	for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
		struct document doc;
		struct error err = { 0 };
		int r = json_lines_next(&it, &a, &doc, NULL, &err);
		if (r != expected[i].result)
			fail_msg("record %zu: %d %s", i, r, err.text);
		if (r < 0)
			assert_string_equal(err.text, expected[i].tree);
		if (r > 0) {
			assert_str(tree_json(&a, doc.root), expected[i].tree);
			assert_ptr_equal(doc.source.p, copy + it.start);
			assert_int_equal(doc.root->pos, 1);
		}
		arena_clear(&a);
	}
	assert_int_equal(it.count, 4);
	free(copy);
	/* Values on one line, and a record that is too long. */
	struct document doc;
	struct error err = { 0 };
	const struct json_options opt = { .max_bytes = 8 };
	json_lines_init(&it, STR("[1][2] \"s\" 6\n[\"0123456789\"]\n7"), &opt);
	static const int results[] = { 1, 1, 1, 1, ERR_LIMIT, 1, 0 };
	for (size_t i = 0; i < ARRAY_LEN(results); i++)
		if (json_lines_next(&it, &a, &doc, NULL, &err) != results[i])
			fail_msg("short record %zu", i);
	arena_release(&a);
}

/* A feed of nothing but bad lines takes linear time: line numbers are not counted from the start for each. */
static void test_many_bad_lines(void **state)
{
	struct arena a;
	struct buf b;
	struct json_lines it;
	struct error err = { 0 };
	struct document doc;
	size_t bad = 0;
	arena_init(&a, 0);
	buf_init(&b, 64 << 20);
	for (int i = 0; i < 200000; i++)
		buf_add(&b, STR("{\"a\":1,}\n"));
	json_lines_init(&it, buf_str(&b), NULL);
	while (json_lines_next(&it, &a, &doc, NULL, &err) < 0)
		bad++;
	assert_int_equal(bad, 200000);
	assert_string_equal(err.text, "line 200000, column 8: expected a key, found '}'");
	buf_release(&b);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepted),   cmocka_unit_test(test_refused), cmocka_unit_test(test_lookups_and_positions),
		cmocka_unit_test(test_truncation), cmocka_unit_test(test_limits),  cmocka_unit_test(test_wide),
		cmocka_unit_test(test_options),    cmocka_unit_test(test_lines),   cmocka_unit_test(test_many_bad_lines),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
