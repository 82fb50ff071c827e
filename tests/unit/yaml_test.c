/* src/format/yaml: scalars, structure, aliases and merges, streams, positions, errors, limits. Trees are compared as compact JSON. */
#include "json_tree.h"

#include "format/json/json.h"
#include "format/yaml/yaml.h"

static void test_trees(void **state)
{
	static const struct {
		const char *name, *text, *json;
	} cases[] = {
		{ "nothing", "", "null" },
		{ "only a comment", "# x\n", "null" },
		{ "empty document", "---\n", "null" },
		{ "block", "a: 1\nb:\n  - x\n  - y: z\n", "{\"a\":1,\"b\":[\"x\",{\"y\":\"z\"}]}" },
		{ "flow", "{a: [1, {b: c}], d: , 'e': \"f\\n\"}", "{\"a\":[1,{\"b\":\"c\"}],\"d\":null,\"e\":\"f\\n\"}" },
		{ "JSON", "{\"a\":[1,-2.5e3,true,null,\"\\u00e9\\ud83d\"]}", NULL },
		{ "literal and folded", "a: |\n  x\n   y\n\nb: >-\n  x\n  y\nc: |+\n  z\n\n", "{\"a\":\"x\\n y\\n\",\"b\":\"x y\",\"c\":\"z\\n\\n\"}" },
		{ "quoted", "- 'it''s'\n- \"a\\x41\\u00e9\\n\"\n- 'two\n  lines'\n", "[\"it's\",\"aA\xc3\xa9\\n\",\"two lines\"]" },
		{ "plain over lines", "a: x\n  y\n", "{\"a\":\"x y\"}" },
		{ "integers", "[0, -1, +12, 1_000, 0x1F, -0x1f, 0o17, 0777, 0b11, -0b11, 18446744073709551615, 123456789012345678901234567890]",
		  "[0,-1,12,1000,31,-31,15,511,3,-3,18446744073709551615,123456789012345678901234567890]" },
		{ "floats", "[1.5, .5, -.5, 1., 08, 01.5, 1e3, 1.5E-3, +1.0, 1_0.5, 1.10]", "[1.5,0.5,-0.5,1,8,1.5,1e3,1.5E-3,1.0,10.5,1.10]" },
		{ "no numbers", "[1.2.3, 1:30, 0x, 0xg, 0o8, 0b2, 1e, _1, -, 1-2, 2001-01-01, 1e5x, .., +]",
		  "[\"1.2.3\",\"1:30\",\"0x\",\"0xg\",\"0o8\",\"0b2\",\"1e\",\"_1\",\"-\",\"1-2\",\"2001-01-01\",\"1e5x\",\"..\",\"+\"]" },
		{ "words", "[~, null, Null, NULL, true, True, TRUE, false, False, FALSE, nULL, tRUE]", "[null,null,null,null,true,true,true,false,false,false,\"nULL\",\"tRUE\"]" },
		{ "old booleans are strings", "[y, yes, Yes, on, ON, n, no, off]", "[\"y\",\"yes\",\"Yes\",\"on\",\"ON\",\"n\",\"no\",\"off\"]" },
		{ "quoted words are strings", "['true', \"1\", 'null', '']", "[\"true\",\"1\",\"null\",\"\"]" },
		{ "tags", "[!!str 12, !!int '3', !!float 1, !!bool yes, !!null '', !!binary aGk=, ! 12, !mine 12, !!timestamp 2001-01-01]",
		  "[\"12\",3,1,true,null,\"hi\",\"12\",\"12\",\"2001-01-01\"]" },
		{ "binary over lines", "!!binary |\n  aGVs\n  bG8=\n", "\"hello\"" },
		{ "keys", "8080: a\n1.10: b\ntrue: c\n~: d\n0x10: e\n.inf: f\n? g\n: h\nyes: i\n", "{\"8080\":\"a\",\"1.10\":\"b\",\"true\":\"c\",\"null\":\"d\",\"16\":\"e\",\".inf\":\"f\",\"g\":\"h\",\"yes\":\"i\"}" },
		{ "duplicate keys stay", "a: 1\na: 2\n", "{\"a\":1,\"a\":2}" },
		{ "aliases", "a: &x [1, &y {b: 2}]\nc: *x\nd: *y\n*y : e\n", NULL },
		{ "aliases", "a: &x [1, &y {b: 2}]\nc: *x\nd: *y\nk: &k key\n*k : e\n", "{\"a\":[1,{\"b\":2}],\"c\":[1,{\"b\":2}],\"d\":{\"b\":2},\"k\":\"key\",\"key\":\"e\"}" },
		{ "anchor defined twice", "- &a 1\n- *a\n- &a 2\n- *a\n", "[1,1,2,2]" },
		{ "merge", "a: &a {x: 1, y: 2}\nb:\n  <<: *a\n  y: 3\n", "{\"a\":{\"x\":1,\"y\":2},\"b\":{\"x\":1,\"y\":3}}" },
		{ "own keys before the merge win too", "a: &a {x: 1, y: 2}\nb:\n  y: 3\n  <<: *a\n", "{\"a\":{\"x\":1,\"y\":2},\"b\":{\"y\":3,\"x\":1}}" },
		{ "merge of a list: the earlier wins", "[&a {x: 1}, &b {x: 2, y: 2}, {<<: [*a, *b], z: 3}]", "[{\"x\":1},{\"x\":2,\"y\":2},{\"x\":1,\"y\":2,\"z\":3}]" },
		{ "merge of a merge", "- &a {x: 1}\n- &b {<<: *a, y: 2}\n- {<<: *b}\n", "[{\"x\":1},{\"x\":1,\"y\":2},{\"x\":1,\"y\":2}]" },
		{ "merge in place", "<<: {a: 1, a: 2}\nb: 3\n", "{\"a\":2,\"b\":3}" },
		{ "quoted << is a key", "'<<': {a: 1}\n", "{\"<<\":{\"a\":1}}" },
		{ "byte order mark", "\xef\xbb\xbf"
				     "a: \xc3\xa9\n",
		  "{\"a\":\"\xc3\xa9\"}" },
		{ "CRLF", "a: |\r\n  x\r\n  y\r\nb: 1\r\n", "{\"a\":\"x\\ny\\n\",\"b\":1}" },
	};
	struct arena a;
	arena_init(&a, 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct document doc;
		struct error err = { 0 };
		char *copy = exact_copy(str_c(cases[i].text));
		int r = yaml_parse(&a, str_make(copy, strlen(cases[i].text)), NULL, &doc, NULL, &err);
		if ((r < 0) != !cases[i].json)
			fail_msg("%s: %d %s", cases[i].name, r, err.text);
		if (r == 0 && !str_eq_c(tree_json(&a, doc.root), cases[i].json))
			fail_msg("%s: %.*s", cases[i].name, STR_FMT(tree_json(&a, doc.root)));
		free(copy);
	}
	arena_release(&a);
}

static void test_kubernetes_booleans(void **state)
{
	struct arena a;
	struct document doc;
	struct error err = { 0 };
	const struct yaml_options opt = { .resolve = YAML_RESOLVE_KUBERNETES };
	arena_init(&a, 0);
	assert_int_equal(yaml_parse(&a, STR("[y, Y, yes, Yes, YES, on, On, ON, n, N, no, No, NO, off, Off, OFF, 'y', yEs, {on: x}]"), &opt, &doc, NULL, &err), 0);
	assert_str(tree_json(&a, doc.root), "[true,true,true,true,true,true,true,true,false,false,false,false,false,false,false,false,\"y\",\"yEs\",{\"true\":\"x\"}]");
	arena_release(&a);
}

static void test_errors(void **state)
{
	static const struct {
		const char *name;
		struct str text;
		const char *error;
	} cases[] = {
		{ "open list", STR_INIT("a: 1\nb: [1,\n  2\nc: 3\n"), "line 4, column 2: did not find expected ',' or ']' (while parsing a flow sequence that starts on line 2)" },
		{ "tab", STR_INIT("a:\n\t- b\n"), "line 2, column 1: found character that cannot start any token (while scanning for the next token)" },
		{ "column in bytes", STR_INIT("\xc3\xa9: \xe2\x82\xac\n\xc3\xa9\xc3\xa9: @\n"), "line 2, column 7: found character that cannot start any token (while scanning for the next token)" },
		{ "bad UTF-8", STR_INIT("a: b\nc: \xff\n"), "line 2, column 4: invalid leading UTF-8 octet" },
		{ "control byte", STR_INIT("a: b\nc: \x01\n"), "line 2, column 4: control characters are not allowed" },
		{ "UTF-16", STR_INIT("\xff\xfe"
				     "a\0"),
		  "line 1, column 1: the text is UTF-16, not UTF-8" },
		{ "unknown anchor", STR_INIT("- a\n- *b\n"), "line 2, column 3: unknown anchor 'b'" },
		{ "cycle", STR_INIT("&a [1, *a]"), "line 1, column 8: anchor 'a' contains itself" },
		{ "list as key", STR_INIT("a: 1\n? [b]\n: c\n"), "line 2, column 3: a sequence or mapping cannot be a key" },
		{ "alias of a list as key", STR_INIT("- &a [b]\n- *a : c\n"), "line 2, column 3: a sequence or mapping cannot be a key" },
		{ "merge of a scalar", STR_INIT("a: 1\n<<: 2\n"), "line 2, column 1: a merge (<<) needs a mapping or a sequence of mappings" },
		{ "merge of a list of scalars", STR_INIT("<<: [a]\n"), "line 1, column 1: a merge (<<) needs a mapping or a sequence of mappings" },
		{ "tag that does not fit", STR_INIT("- !!int x\n"), "line 1, column 3: 'x' cannot be read as tag:yaml.org,2002:int" },
		{ "float as int", STR_INIT("- !!int 1.5\n"), "line 1, column 3: '1.5' cannot be read as tag:yaml.org,2002:int" },
		{ "bad base64", STR_INIT("- !!binary a\n"), "line 1, column 3: 'a' cannot be read as tag:yaml.org,2002:binary" },
	};
	struct arena a;
	arena_init(&a, 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct document doc;
		struct error err = { 0 };
		char *copy = exact_copy(cases[i].text);
		if (yaml_parse(&a, str_make(copy, cases[i].text.n), NULL, &doc, NULL, &err) != ERR_FORMAT || strcmp(err.text, cases[i].error) != 0)
			fail_msg("%s: \"%s\" is not \"%s\"", cases[i].name, err.text, cases[i].error);
		free(copy);
	}
	arena_release(&a);
}

static void test_positions_and_flags(void **state)
{
	static const char text[] = "\xc3\xa9: &a [x, \"y\"]\n# \xe2\x82\xac comment\nkey:\n  - |\n    z\n  - *a\n  - {\xc3\xa9\xc3\xa9: 'q'}\nn: 12\n";
	struct arena a;
	struct document doc;
	struct error err = { 0 };
	arena_init(&a, 0);
	assert_int_equal(yaml_parse(&a, str_c(text), NULL, &doc, NULL, &err), 0);
	const struct value *first = &doc.root->members[0].value, *list = value_get_c(doc.root, "key"), *map = value_at(list, 2);
	const struct {
		const char *name;
		uint32_t pos;
		const char *at; /* what the source says there */
		unsigned flags, wanted;
	} cases[] = {
		{ "root", doc.root->pos, "\xc3\xa9: &a", doc.root->flags, 0 },
		{ "first key", doc.root->members[0].key_pos, "\xc3\xa9: &a", 0, 0 },
		{ "flow list", first->pos, "&a [x", first->flags, VALUE_FLAG_FLOW },
		{ "plain", first->items[0].pos, "x, ", first->items[0].flags, 0 },
		{ "quoted", first->items[1].pos, "\"y\"", first->items[1].flags, VALUE_FLAG_QUOTED },
		{ "second key", doc.root->members[1].key_pos, "key:", 0, 0 },
		{ "block list", list->pos, "- |", list->flags, 0 },
		{ "literal", list->items[0].pos, "|\n", list->items[0].flags, VALUE_FLAG_BLOCK },
		{ "alias", list->items[1].pos, "*a", list->items[1].flags, VALUE_FLAG_FLOW | VALUE_FLAG_ALIAS },
		{ "flow map", map->pos, "{\xc3\xa9", map->flags, VALUE_FLAG_FLOW },
		{ "key in it", map->members[0].key_pos, "\xc3\xa9\xc3\xa9: ", 0, 0 },
		{ "value in it", map->members[0].value.pos, "'q'", map->members[0].value.flags, VALUE_FLAG_QUOTED },
		{ "number", value_get_c(doc.root, "n")->pos, "12\n", 0, 0 },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		if (cases[i].pos == 0 || !str_has_prefix(str_from(doc.source, cases[i].pos - 1), str_c(cases[i].at)))
			fail_msg("%s: position %u", cases[i].name, cases[i].pos);
		if (cases[i].flags != cases[i].wanted)
			fail_msg("%s: flags %u", cases[i].name, cases[i].flags);
	}
	/* Scalars that stand in the source as they are are views of it. */
	assert_ptr_equal(first->items[1].text, doc.source.p + first->items[1].pos);
	uint32_t line, col;
	document_position(&doc, map->members[0].value.pos, &line, &col);
	assert_int_equal(line, 7);
	assert_int_equal(col, 12);
	arena_release(&a);
}

static void test_stream(void **state)
{
	static const char text[] = "# licence\na: 1\n--- # path/two.yaml\nb: 2\n...\n%YAML 1.1\n--- |\n  three\n---\n--- #\nfive: \xc3\xa9\n--- {six: 6} # not a path\n";
	static const struct {
		uint32_t line;
		const char *json, *comment;
	} expected[] = { { 2, "{\"a\":1}", "" }, { 3, "{\"b\":2}", "path/two.yaml" }, { 6, "\"three\\n\"", "" }, { 9, "null", "" }, { 10, "{\"five\":\"\xc3\xa9\"}", "" }, { 12, "{\"six\":6}", "" } };
	struct arena a;
	struct yaml_document_vec docs;
	struct error err = { 0 };
	arena_init(&a, 0);
	assert_int_equal(yaml_parse_stream(&a, str_c(text), NULL, &docs, NULL, &err), 0);
	assert_int_equal(docs.n, ARRAY_LEN(expected));
	for (size_t i = 0; i < docs.n; i++) {
		assert_str(tree_json(&a, docs.v[i].doc.root), expected[i].json);
		assert_str(docs.v[i].comment, expected[i].comment);
		assert_int_equal(docs.v[i].line, expected[i].line);
	}
	assert_int_equal(docs.v[4].doc.root->members[0].key_pos, strstr(text, "five") - text + 1);
	/* One document of several. */
	struct diags diags;
	struct document doc;
	diags_init(&diags, &a);
	assert_int_equal(yaml_parse(&a, str_c(text), NULL, &doc, &diags, &err), 0);
	assert_str(tree_json(&a, doc.root), "{\"a\":1}");
	assert_int_equal(diags.list.n, 1);
	assert_int_equal(yaml_parse(&a, STR("a: 1\n---\n[\n"), NULL, &doc, &diags, &err), 0); /* what follows is not looked at */
	/* Too many. */
	assert_int_equal(yaml_parse_stream(&a, str_c(text), &(struct yaml_options){ .max_documents = 5 }, &docs, NULL, &err), ERR_LIMIT);
	assert_int_equal(yaml_parse_stream(&a, str_c(text), &(struct yaml_options){ .max_documents = 6 }, &docs, NULL, &err), 0);
	assert_int_equal(yaml_parse_stream(&a, STR("# nothing\n"), NULL, &docs, NULL, &err), 0);
	assert_int_equal(docs.n, 0);
	arena_release(&a);
}

static void test_keep_going(void **state)
{
	/* Also: a bad byte that libyaml sees while it still reads the document before it. */
	static const char text[] = "a: 1\n---\nb: [1\n---\nc: 3\n--- # d\nd: \"\xff\"\n---\ne: 5\n--- # f\nf: *x\n---\ng: 7\ng: 8\n";
	static const struct {
		uint32_t line, col;
		enum diag_level level;
		const char *text;
	} expected[] = {
		{ 4, 1, DIAG_UNREADABLE, "did not find expected ',' or ']' (while parsing a flow sequence that starts on line 2)" },
		{ 7, 5, DIAG_UNREADABLE, "invalid leading UTF-8 octet" },
		{ 11, 4, DIAG_UNREADABLE, "unknown anchor 'x'" },
		{ 14, 1, DIAG_WARNING, "duplicate key \"g\"; the last one counts" },
	};
	struct arena a;
	struct yaml_document_vec docs;
	struct diags diags;
	struct error err = { 0 };
	const struct yaml_options opt = { .name = STR("feed.yaml"), .keep_going = true, .report_duplicates = true };
	arena_init(&a, 0);
	diags_init(&diags, &a);
	assert_int_equal(yaml_parse_stream(&a, str_c(text), &opt, &docs, &diags, &err), 0);
	assert_int_equal(docs.n, 4);
	assert_str(tree_json(&a, docs.v[0].doc.root), "{\"a\":1}");
	assert_str(tree_json(&a, docs.v[1].doc.root), "{\"c\":3}");
	assert_str(tree_json(&a, docs.v[2].doc.root), "{\"e\":5}");
	assert_str(tree_json(&a, docs.v[3].doc.root), "{\"g\":7,\"g\":8}");
	assert_int_equal(docs.v[3].line, 12);
	assert_int_equal(diags.list.n, ARRAY_LEN(expected));
	for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
		const struct diag *d = &diags.list.v[i];
		if (d->line != expected[i].line || d->col != expected[i].col || d->level != expected[i].level)
			fail_msg("%zu: %u:%u", i, d->line, d->col);
		assert_str(d->text, expected[i].text);
		assert_str(d->path, "feed.yaml");
	}
	/* What stands behind a document and belongs to none is reported, and not taken for a document; behind "..." it is one. */
	struct diags more;
	diags_init(&more, &a);
	assert_int_equal(yaml_parse_stream(&a, STR("'x'\n'y'\n---\nb: 2\n...\nc: 3\n---\nd: \xff\n"), &opt, &docs, &more, &err), 0);
	assert_int_equal(docs.n, 3);
	assert_str(tree_json(&a, docs.v[1].doc.root), "{\"b\":2}");
	assert_str(tree_json(&a, docs.v[2].doc.root), "{\"c\":3}");
	assert_int_equal(more.list.n, 2);
	assert_int_equal(more.list.v[0].line, 2);
	assert_int_equal(more.list.v[1].line, 8);
	/* Without it the first error ends the reading. */
	assert_int_equal(yaml_parse_stream(&a, str_c(text), NULL, &docs, NULL, &err), ERR_FORMAT);
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
	/* Depth. */
	buf_add_repeat(&b, '[', YAML_DEPTH_DEFAULT);
	buf_add_repeat(&b, ']', YAML_DEPTH_DEFAULT);
	assert_int_equal(yaml_parse(&a, buf_str(&b), NULL, &doc, NULL, &err), 0);
	buf_clear(&b);
	buf_add_repeat(&b, '[', 100000);
	assert_int_equal(yaml_parse(&a, buf_str(&b), NULL, &doc, NULL, &err), ERR_LIMIT);
	assert_string_equal(err.text, "line 1, column 201: nested deeper than 200");
	buf_clear(&b);
	for (int i = 0; i < 100000; i++)
		buf_add(&b, STR("- "));
	assert_int_equal(yaml_parse(&a, buf_str(&b), NULL, &doc, NULL, &err), ERR_LIMIT);
	/* Depth through aliases: each anchor is 2 deep, the last 300. */
	buf_clear(&b);
	buf_add(&b, STR("- &a0 [x]\n"));
	for (int i = 1; i < 300; i++)
		buf_addf(&b, "- &a%d [*a%d]\n", i, i - 1);
	assert_int_equal(yaml_parse(&a, buf_str(&b), NULL, &doc, NULL, &err), ERR_LIMIT);
	assert_string_equal(err.text, "line 200, column 10: nested deeper than 200 when aliases are followed");
	/* Billion laughs: ten levels of nine. */
	buf_clear(&b);
	buf_add(&b, STR("a0: &a0 [lol,lol,lol,lol,lol,lol,lol,lol,lol]\n"));
	for (int i = 1; i < 10; i++) {
		buf_addf(&b, "a%d: &a%d [", i, i);
		for (int j = 0; j < 9; j++)
			buf_addf(&b, "%s*a%d", j ? "," : "", i - 1);
		buf_add(&b, STR("]\n"));
	}
	assert_int_equal(yaml_parse(&a, buf_str(&b), NULL, &doc, NULL, &err), ERR_LIMIT);
	assert_string_equal(err.text, "line 7, column 10: aliases stand for more than 1000000 values");
	/* The same through merge keys, which copy members. */
	buf_clear(&b);
	buf_add(&b, STR("- &a {"));
	for (int i = 0; i < 2000; i++)
		buf_addf(&b, "k%d: v, ", i);
	buf_add(&b, STR("}\n"));
	for (int i = 0; i < 2000; i++)
		buf_add(&b, STR("- {<<: *a}\n"));
	assert_int_equal(yaml_parse(&a, buf_str(&b), NULL, &doc, NULL, &err), ERR_LIMIT);
	/* Values, bytes, memory. */
	assert_int_equal(yaml_parse(&a, STR("[1, 2, {a: 3}]"), &(struct yaml_options){ .max_nodes = 6 }, &doc, NULL, &err), 0); /* keys count */
	assert_int_equal(yaml_parse(&a, STR("[1, 2, {a: 3}]"), &(struct yaml_options){ .max_nodes = 5 }, &doc, NULL, &err), ERR_LIMIT);
	assert_int_equal(yaml_parse(&a, STR("abcd"), &(struct yaml_options){ .max_bytes = 3 }, &doc, NULL, &err), ERR_LIMIT);
	assert_int_equal(yaml_parse(&a, str_make("x", (size_t)YAML_BYTES_MAX + 1), NULL, &doc, NULL, &err), ERR_LIMIT);
	arena_release(&a);
	arena_init(&a, 1 << 20);
	buf_clear(&b);
	for (int i = 0; i < 100000; i++)
		buf_add(&b, STR("- x\n"));
	assert_int_equal(yaml_parse(&a, buf_str(&b), NULL, &doc, NULL, &err), ERR_NOMEM);
	arena_release(&a);
	buf_release(&b);
}

/* JSON is YAML: both readers give the same tree. */
static void test_against_json(void **state)
{
	static const char text[] = "{\"a\": [1, -0.5, 1e3, \"x\\n\\\"\\u00e9\", true, false, null], \"b\": {\"\": {}, \"c d\": []}, \"n\": 123456789012345678901234567890}";
	struct arena a;
	struct document yaml, json;
	struct error err = { 0 };
	arena_init(&a, 0);
	assert_int_equal(yaml_parse(&a, str_c(text), NULL, &yaml, NULL, &err), 0);
	assert_int_equal(json_parse(&a, str_c(text), NULL, &json, NULL, &err), 0);
	assert_true(str_eq(tree_json(&a, yaml.root), tree_json(&a, json.root)));
	value_foreach_member(m, json.root)
		assert_int_equal(value_get(yaml.root, m->key)->pos, m->value.pos);
	arena_release(&a);
}

static void test_truncation(void **state)
{
	static const char text[] = "--- # p\na: &a {x: 1, y: \"\\u00e9\xc3\xa9\"}\nb:\n  - <<: *a\n    z: |\n      lit\n  - !!binary aGk=\n---\n[1, 'two']\n";
	struct arena a;
	arena_init(&a, 0);
	size_t good = 0;
	for (size_t n = 0; n <= sizeof(text) - 1; n++) {
		struct yaml_document_vec docs = { 0 };
		struct error err = { 0 };
		char *copy = exact_copy(str_make(text, n));
		int r = yaml_parse_stream(&a, str_make(copy, n), NULL, &docs, NULL, &err);
		assert_true(r == 0 || (r == ERR_FORMAT && err.text[0]));
		good += r == 0;
		free(copy);
		arena_clear(&a);
	}
	assert_true(good > 20 && good < sizeof(text) - 20);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trees),  cmocka_unit_test(test_kubernetes_booleans), cmocka_unit_test(test_errors), cmocka_unit_test(test_positions_and_flags),
		cmocka_unit_test(test_stream), cmocka_unit_test(test_keep_going),          cmocka_unit_test(test_limits), cmocka_unit_test(test_against_json),
		cmocka_unit_test(test_truncation),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
