/* src/format/toml: values, tables, redefinitions, positions, errors, limits. Trees are compared as compact JSON. */
#include <time.h>

#include "json_tree.h"

#include "format/toml/toml.h"

static void test_trees(void **state)
{
	static const struct {
		const char *name, *text, *json;
	} cases[] = {
		{ "nothing", "", "{}" },
		{ "comments", "# x\n\n  # y", "{}" },
		{ "lock file", "version = 3\n[[package]]\nname = \"a\"\n[[package]]\nname = 'b' # last\n", "{\"version\":3,\"package\":[{\"name\":\"a\"},{\"name\":\"b\"}]}" },
		{ "dotted keys", "a.b = 1\na.c = {x.y = [1, 2,\n3,]}\n", "{\"a\":{\"b\":1,\"c\":{\"x\":{\"y\":[1,2,3]}}}}" },
		{ "keys", "a-b_1 = 1\n\"q \\u00e9\" = 2\n'l\\' = 3\n\"\" = 4\n1.2 = 5\n", "{\"a-b_1\":1,\"q \xc3\xa9\":2,\"l\\\\\":3,\"\":4,\"1\":{\"2\":5}}" },
		{ "blanks around dots", "a . \"b\" .\tc = 1\n[ d . e ]\n[[ f ]]", "{\"a\":{\"b\":{\"c\":1}},\"d\":{\"e\":{}},\"f\":[{}]}" },
		{ "basic strings", "a = \"\\b\\t\\n\\f\\r\\\"\\\\\\u00e9\\U0001F600\"\nb = \"\"\nc = \"it's #1\"", "{\"a\":\"\\b\\t\\n\\f\\r\\\"\\\\\xc3\xa9\xf0\x9f\x98\x80\",\"b\":\"\",\"c\":\"it's #1\"}" },
		{ "literal strings", "a = 'C:\\x\\n'\nb = ''", "{\"a\":\"C:\\\\x\\\\n\",\"b\":\"\"}" },
		{ "multi-line", "a = \"\"\"\none\n\\n two \\\n\n   three\"\"\"\nb = '''\n\\x\n'''", "{\"a\":\"one\\n\\n two three\",\"b\":\"\\\\x\\n\"}" },
		{ "quotes at the end", "a = \"\"\"\"\"x\"\"\"\"\"\nb = ''''x'''''\nc = \"\"\"\\u0041\"\"\"\"\"", "{\"a\":\"\\\"\\\"x\\\"\\\"\",\"b\":\"'x''\",\"c\":\"A\\\"\\\"\"}" },
		{ "integers", "a = [0, -0, +1, 1_000, 0xdead_BEEF, 0o17, 0b1_1, 9223372036854775807, 123456789012345678901234567890]",
		  "{\"a\":[0,-0,1,1000,3735928559,15,3,9223372036854775807,123456789012345678901234567890]}" },
		{ "floats", "a = [1.5, -0.0, +1.0, 1e5, 1E-0_3, 6.6_6e+2, inf, -inf, +nan]", "{\"a\":[1.5,-0.0,1.0,1e5,1E-03,6.66e+2,null,null,null]}" },
		{ "booleans", "a = true\nb=false", "{\"a\":true,\"b\":false}" },
		{ "dates", "a = [1979-05-27T07:32:00Z, 1979-05-27 07:32:00.5-07:00, 1979-05-27t07:32:00, 2024-02-29, 07:32:00.25]",
		  "{\"a\":[\"1979-05-27T07:32:00Z\",\"1979-05-27 07:32:00.5-07:00\",\"1979-05-27t07:32:00\",\"2024-02-29\",\"07:32:00.25\"]}" },
		{ "arrays", "a = []\nb = [ # c\n 1, # d\n [\"x\", {y = 1}] # e\n , ]", "{\"a\":[],\"b\":[1,[\"x\",{\"y\":1}]]}" },
		{ "inline tables", "a = {}\nb = { x = 1, y.z = 2, 'q' = [1] }", "{\"a\":{},\"b\":{\"x\":1,\"y\":{\"z\":2},\"q\":[1]}}" },
		{ "tables", "[a.b]\nx = 1\n[a]\ny = 2\n[a.c]\n[d]", "{\"a\":{\"b\":{\"x\":1},\"y\":2,\"c\":{}},\"d\":{}}" },
		{ "tables below arrays of tables", "[[a]]\nx = 1\n[a.b]\ny = 2\n[[a.c]]\n[[a.c]]\nz = 3\n[[a]]\n[a.b]\n", "{\"a\":[{\"x\":1,\"b\":{\"y\":2},\"c\":[{},{\"z\":3}]},{\"b\":{}}]}" },
		{ "header below a dotted table", "[fruit]\napple.color = 1\n[fruit.apple.taste]\nsweet = true", "{\"fruit\":{\"apple\":{\"color\":1,\"taste\":{\"sweet\":true}}}}" },
		{ "dotted key into an implicit table", "[a.b.c]\nz = 1\n[a]\nb.d = 2", "{\"a\":{\"b\":{\"c\":{\"z\":1},\"d\":2}}}" },
		{ "CRLF and byte order mark", "\xef\xbb\xbf"
					      "a = 1\r\n\r\nb = '''\r\nx\r\n'''\r\n",
		  "{\"a\":1,\"b\":\"x\\r\\n\"}" },
		{ "UTF-8", "a = \"\xc3\xa9\" # \xe2\x82\xac\n", "{\"a\":\"\xc3\xa9\"}" },
	};
	struct arena a;
	arena_init(&a, 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct document doc;
		struct error err = { 0 };
		char *copy = exact_copy(str_c(cases[i].text));
		if (toml_parse(&a, str_make(copy, strlen(cases[i].text)), NULL, &doc, &err) < 0)
			fail_msg("%s: %s", cases[i].name, err.text);
		if (!str_eq_c(tree_json(&a, doc.root), cases[i].json))
			fail_msg("%s: %.*s", cases[i].name, STR_FMT(tree_json(&a, doc.root)));
		free(copy);
	}
	arena_release(&a);
}

static void test_errors(void **state)
{
	static const struct {
		const char *name;
		struct str text;
		const char *error;
	} cases[] = {
		{ "no value", STR_INIT("a = 1\nb =\n"), "line 2, column 4: expected a value, but the line ends" },
		{ "no value at the end", STR_INIT("b ="), "line 1, column 4: expected a value, but the input ends" },
		{ "no key", STR_INIT("= 1"), "line 1, column 1: expected a key, found '='" },
		{ "no equals", STR_INIT("a\n"), "line 1, column 2: expected '=', but the line ends" },
		{ "two on a line", STR_INIT("a = 1 b = 2"), "line 1, column 7: expected the end of the line, found 'b'" },
		{ "key twice", STR_INIT("a = 1\n\"a\" = 2"), "line 2, column 1: key 'a' is already defined on line 1" },
		{ "table twice", STR_INIT("[a]\n[b]\n[a]"), "line 3, column 2: key 'a' is already defined on line 1" },
		{ "table over a value", STR_INIT("a = 1\n[a.b]"), "line 2, column 2: key 'a' is no table that can be added to: it is defined on line 1" },
		{ "key over a table", STR_INIT("[a.b]\n[a]\nb = 1"), "line 3, column 1: key 'b' is already defined on line 1" },
		{ "table over a dotted table", STR_INIT("a.b = 1\n[a]"), "line 2, column 2: key 'a' is already defined on line 1" },
		{ "dotted key into a table", STR_INIT("[a.b]\n[a]\nb.c = 1"), "line 3, column 1: key 'b' cannot be extended by a dotted key: its table is defined on line 1" },
		{ "dotted key into an array of tables", STR_INIT("[[a.b]]\n[a]\nb.c = 1"), "line 3, column 1: key 'b' cannot be extended by a dotted key: its table is defined on line 1" },
		{ "into an inline table", STR_INIT("a = {}\n[a.b]"), "line 2, column 2: key 'a' is no table that can be added to: it is defined on line 1" },
		{ "inline table twice", STR_INIT("a = {x = 1, x = 2}"), "line 1, column 13: key 'x' is already defined on line 1" },
		{ "array of tables over an array", STR_INIT("a = []\n[[a]]"), "line 2, column 3: key 'a' is no array of tables: it is defined on line 1" },
		{ "array of tables over a table", STR_INIT("[a]\n[[a]]"), "line 2, column 3: key 'a' is no array of tables: it is defined on line 1" },
		{ "table over an array of tables", STR_INIT("[[a]]\n[a]"), "line 2, column 2: key 'a' is already defined on line 1" },
		{ "open header", STR_INIT("[a\n"), "line 1, column 3: expected ']', but the line ends" },
		{ "half an array header", STR_INIT("[[a]\n"), "line 1, column 5: expected ']]', but the line ends" },
		{ "empty header", STR_INIT("[]"), "line 1, column 2: expected a key, found ']'" },
		{ "key ends in a dot", STR_INIT("a. = 1"), "line 1, column 4: expected a key, found '='" },
		{ "multi-line key", STR_INIT("\"\"\"a\"\"\" = 1"), "line 1, column 1: a multi-line string cannot be a key" },
		{ "open string", STR_INIT("a = \"x\nb = 1"), "line 1, column 5: the string does not end on its line" },
		{ "open multi-line string", STR_INIT("a = \"\"\"x\n"), "line 1, column 5: the string does not end" },
		{ "unknown escape", STR_INIT("a = \"\\x41\""), "line 1, column 6: unknown escape in a string" },
		{ "surrogate", STR_INIT("a = \"\\ud800\""), "line 1, column 6: the escape is no Unicode scalar value" },
		{ "short escape", STR_INIT("a = \"\\u12\""), "line 1, column 10: expected a hexadecimal digit, found '\"'" },
		{ "backslash and text", STR_INIT("a = \"\"\"x \\ y\"\"\""), "line 1, column 10: unknown escape in a string" },
		{ "control byte", STR_INIT("a = \"x\x01\""), "line 1, column 7: control byte 0x01 is not allowed here" },
		{ "control byte in a comment", STR_INIT("# \x7f"), "line 1, column 3: control byte 0x7f is not allowed here" },
		{ "bare CR", STR_INIT("a = '''x\ry'''"), "line 1, column 9: control byte 0x0d is not allowed here" },
		{ "bad UTF-8", STR_INIT("a = '\xff'"), "line 1, column 6: byte 0xff is not UTF-8" },
		{ "leading zero", STR_INIT("a = 01"), "line 1, column 5: '01' is no value" },
		{ "underscore at the end", STR_INIT("a = 1_"), "line 1, column 5: '1_' is no value" },
		{ "two underscores", STR_INIT("a = 1__0"), "line 1, column 5: '1__0' is no value" },
		{ "point at the end", STR_INIT("a = 1."), "line 1, column 5: '1.' is no value" },
		{ "signed hexadecimal", STR_INIT("a = +0x1"), "line 1, column 5: '+0x1' is no value" },
		{ "too large", STR_INIT("a = 0x1_0000_0000_0000_0000"), "line 1, column 5: the integer does not fit in 64 bits" },
		{ "no such day", STR_INIT("a = 2023-02-29"), "line 1, column 5: '2023-02-29' is no value" },
		{ "no such hour", STR_INIT("a = 24:00:00"), "line 1, column 5: '24:00:00' is no value" },
		{ "no seconds", STR_INIT("a = 1979-05-27T07:32Z"), "line 1, column 5: '1979-05-27T07:32Z' is no value" },
		{ "bare word", STR_INIT("a = yes"), "line 1, column 5: 'yes' is no value" },
		{ "array without comma", STR_INIT("a = [1 2]"), "line 1, column 8: expected ',' or ']', found '2'" },
		{ "open array", STR_INIT("a = [1,\n"), "line 2, column 1: expected a value, but the input ends" },
		{ "inline table over lines", STR_INIT("a = {b = 1,\nc = 2}"), "line 1, column 12: expected a key, but the line ends" },
		{ "comma at the end of an inline table", STR_INIT("a = {b = 1,}"), "line 1, column 12: expected a key, found '}'" },
		{ "NUL", STR_INIT("a = 1\0"), "line 1, column 6: expected the end of the line, found byte 0x00" },
	};
	struct arena a;
	arena_init(&a, 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct document doc;
		struct error err = { 0 };
		char *copy = exact_copy(cases[i].text);
		if (toml_parse(&a, str_make(copy, cases[i].text.n), NULL, &doc, &err) != ERR_FORMAT || strcmp(err.text, cases[i].error) != 0)
			fail_msg("%s: \"%s\" is not \"%s\"", cases[i].name, err.text, cases[i].error);
		assert_int_equal(toml_parse(&a, str_make(copy, cases[i].text.n), NULL, &doc, NULL), ERR_FORMAT);
		free(copy);
	}
	arena_release(&a);
}

static const char sample[] = "title = \"x\"\n\n[owner]\nb.c = 1979-05-27\n[[p]] # one\nn = 'q'\nk = \"\\u0041\"\n[[p]]\nd = {e = [1, \"\"\"\nz\"\"\"]}\n";

static void test_positions(void **state)
{
	struct arena a;
	struct document doc;
	struct error err = { 0 };
	arena_init(&a, 0);
	assert_int_equal(toml_parse(&a, str_c(sample), NULL, &doc, &err), 0);
	const struct value *owner = value_get_c(doc.root, "owner"), *p = value_get_c(doc.root, "p"), *d = value_path(value_at(p, 1), "d", NULL);
	const struct {
		const char *name;
		uint32_t pos;
		const char *at;
		unsigned flags, wanted;
	} cases[] = {
		{ "key", doc.root->members[0].key_pos, "title", 0, 0 },
		{ "string", doc.root->members[0].value.pos, "\"x\"", doc.root->members[0].value.flags, VALUE_FLAG_QUOTED },
		{ "table", owner->pos, "[owner]", owner->flags, 0 },
		{ "key of the table", doc.root->members[1].key_pos, "owner]", 0, 0 },
		{ "dotted table", value_get_c(owner, "b")->pos, "b.c", 0, 0 },
		{ "dotted key", value_get_c(owner, "b")->members[0].key_pos, "c = ", 0, 0 },
		{ "date", value_path(owner, "b", "c", NULL)->pos, "1979", value_path(owner, "b", "c", NULL)->flags, 0 },
		{ "array of tables", p->pos, "[[p]] # one", 0, 0 },
		{ "second element", value_at(p, 1)->pos, "[[p]]\nd", 0, 0 },
		{ "inline table", d->pos, "{e", d->flags, VALUE_FLAG_FLOW },
		{ "array", d->members[0].value.pos, "[1, ", d->members[0].value.flags, VALUE_FLAG_FLOW },
		{ "multi-line string", value_at(&d->members[0].value, 1)->pos, "\"\"\"\nz", 0, 0 },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		if (cases[i].pos == 0 || !str_has_prefix(str_from(doc.source, cases[i].pos - 1), str_c(cases[i].at)))
			fail_msg("%s: position %u", cases[i].name, cases[i].pos);
		if (cases[i].flags != cases[i].wanted)
			fail_msg("%s: flags %u", cases[i].name, cases[i].flags);
	}
	assert_ptr_equal(value_get_c(value_at(p, 0), "n")->text, strchr(sample, 'q'));
	arena_release(&a);
}

static void test_truncation(void **state)
{
	struct arena a;
	size_t good = 0;
	arena_init(&a, 0);
	for (size_t n = 0; n < sizeof(sample); n++) {
		struct document doc;
		struct error err = { 0 };
		char *copy = exact_copy(str_make(sample, n));
		int r = toml_parse(&a, str_make(copy, n), NULL, &doc, &err);
		assert_true(r == 0 || (r == ERR_FORMAT && err.text[0]));
		good += r == 0;
		free(copy);
		arena_clear(&a);
	}
	assert_true(good > 10 && good < sizeof(sample) / 2);
	arena_release(&a);
}

static void test_limits(void **state)
{
	struct arena a;
	struct buf b;
	struct document doc;
	struct error err = { 0 };
	arena_init(&a, 0);
	buf_init(&b, 64 << 20);
	/* Depth: of arrays, of inline tables, of dotted keys, of headers; the root is level 1. */
	static const struct {
		const char *first, *repeat, *last, *closing;
		int levels_at_limit;
	} depths[] = {
		{ "a = ", "[", "", "]", TOML_DEPTH_DEFAULT - 1 }, { "a = ", "{b = ", "1", "}", TOML_DEPTH_DEFAULT - 1 },
		{ "", "b.", "b = 1", "", TOML_DEPTH_DEFAULT - 1 }, { "[", "b.", "b]", "", TOML_DEPTH_DEFAULT - 2 },
	};
	for (size_t i = 0; i < ARRAY_LEN(depths); i++)
		for (int over = 0; over < 3; over++) {
			int levels = over == 2 ? 500000 : depths[i].levels_at_limit + over;
			buf_clear(&b);
			buf_add_c(&b, depths[i].first);
			for (int j = 0; j < levels; j++)
				buf_add_c(&b, depths[i].repeat);
			buf_add_c(&b, depths[i].last);
			for (int j = 0; j < levels; j++)
				buf_add_c(&b, depths[i].closing);
			int r = toml_parse(&a, buf_str(&b), NULL, &doc, &err);
			if (r != (over ? ERR_LIMIT : 0))
				fail_msg("depth case %zu, %d levels: %d %s", i, levels, r, err.text);
		}
	assert_int_equal(toml_parse(&a, STR("a = [1, 2]\n[b]\n"), &(struct toml_options){ .max_nodes = 4 }, &doc, &err), 0);
	assert_int_equal(toml_parse(&a, STR("a = [1, 2]\n[b]\n"), &(struct toml_options){ .max_nodes = 3 }, &doc, &err), ERR_LIMIT);
	assert_int_equal(toml_parse(&a, STR("a = 1"), &(struct toml_options){ .max_bytes = 4 }, &doc, &err), ERR_LIMIT);
	assert_int_equal(toml_parse(&a, str_make("a", (size_t)TOML_BYTES_MAX + 1), NULL, &doc, &err), ERR_LIMIT);
	arena_release(&a);
	arena_init(&a, 1 << 20);
	buf_clear(&b);
	for (int i = 0; i < 50000; i++)
		buf_addf(&b, "k%d = [%d]\n", i, i);
	assert_int_equal(toml_parse(&a, buf_str(&b), NULL, &doc, &err), ERR_NOMEM);
	arena_release(&a);
	/* Large tables and many tables are not quadratic: 200000 keys in one, 100000 elements with a table below each. */
	for (int i = 50000; i < 200000; i++)
		buf_addf(&b, "k%d = %d\n", i, i);
	for (int i = 0; i < 100000; i++)
		buf_addf(&b, "[[p]]\nn = \"\\u0041%d\"\n[p.x]\n", i);
	clock_t t0 = clock();
	assert_int_equal(toml_parse(&a, buf_str(&b), NULL, &doc, &err), ERR_NOMEM);
	a.limit_bytes = ARENA_NO_LIMIT;
	assert_int_equal(toml_parse(&a, buf_str(&b), NULL, &doc, &err), 0);
	assert_int_equal(doc.root->count, 200001);
	assert_int_equal(value_get_c(doc.root, "p")->count, 100000);
	assert_str(value_str_c(value_at(value_get_c(doc.root, "p"), 77777), "n"), "A77777");
	assert_true((double)(clock() - t0) / CLOCKS_PER_SEC < 20);
	arena_release(&a);
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trees),      cmocka_unit_test(test_errors), cmocka_unit_test(test_positions),
		cmocka_unit_test(test_truncation), cmocka_unit_test(test_limits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
