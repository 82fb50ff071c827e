/* src/format/json, writer: escapes, layout, numbers, trees. */
#include "json_tree.h"

#include "format/json/json.h"

static void test_strings(void **state)
{
	static const struct {
		const char *name;
		struct str text;
		unsigned flags;
		const char *json;
	} cases[] = {
		{ "empty", STR_INIT(""), 0, "\"\"" },
		{ "plain", STR_INIT("a b/c"), 0, "\"a b/c\"" },
		{ "quotes", STR_INIT("\"\\"), 0, "\"\\\"\\\\\"" },
		{ "short escapes", STR_INIT("\b\f\n\r\t"), 0, "\"\\b\\f\\n\\r\\t\"" },
		{ "control bytes", STR_INIT("\x01\x1b[31m\0\x7f"), 0, "\"\\u0001\\u001b[31m\\u0000\\u007f\"" },
		{ "C1 control", STR_INIT("a\xc2\x9b"
					 "b"),
		  0, "\"a\\u009bb\"" },
		{ "UTF-8", STR_INIT("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xc2\xa0"), 0, "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xc2\xa0\"" },
		{ "bad bytes", STR_INIT("a\xff\xe2\x82"
					"b\xed\xa0\x80"),
		  0, "\"a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
		     "b\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "cut at the end", STR_INIT("\xf0\x9f\x98"), 0, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "HTML left alone", STR_INIT("</script>&\xe2\x80\xa8"), 0, "\"</script>&\xe2\x80\xa8\"" },
		{ "HTML", STR_INIT("</script>&\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa"), JSON_WRITE_HTML_SAFE, "\"\\u003c/script\\u003e\\u0026\\u2028\\u2029\xe2\x80\xaa\"" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct buf b;
		buf_init(&b, 1000);
		json_add_string(&b, cases[i].text, cases[i].flags);
		if (!str_eq_c(buf_str(&b), cases[i].json))
			fail_msg("%s: %.*s", cases[i].name, STR_FMT(buf_str(&b)));
		buf_release(&b);
	}
	/* Any bytes come out as valid UTF-8, and read back as themselves where they were valid. */
	struct arena a;
	arena_init(&a, 0);
	for (unsigned i = 0; i < 65536; i++) {
		const char bytes[2] = { (char)(i >> 8), (char)i };
		struct buf b;
		struct document doc;
		struct error err = { 0 };
		buf_init(&b, 100);
		json_add_string(&b, str_make(bytes, 2), i & 1 ? JSON_WRITE_HTML_SAFE : 0);
		assert_true(str_is_utf8(buf_str(&b)));
		assert_int_equal(json_parse(&a, buf_str(&b), NULL, &doc, NULL, &err), 0);
		if (str_is_utf8(str_make(bytes, 2)))
			assert_true(str_eq(value_text(doc.root), str_make(bytes, 2)));
		buf_release(&b);
		arena_clear(&a);
	}
	arena_release(&a);
}

static void emit(struct json_writer *w)
{
	json_begin_object(w);
	json_member_string(w, STR("s"), STR("x"));
	json_member_string_opt(w, STR("left out"), STR(""));
	json_member_array(w, STR("a"));
	json_int(w, -1);
	json_uint(w, UINT64_MAX);
	json_int(w, INT64_MIN);
	json_begin_object(w);
	json_end_object(w);
	json_begin_array(w);
	json_end_array(w);
	json_null(w);
	json_end_array(w);
	json_member_object(w, STR("o"));
	json_member_bool(w, STR("b"), true);
	json_member_double(w, STR("d"), 7.5);
	json_end_object(w);
	json_end_object(w);
}

static void test_layout(void **state)
{
	static const char compact[] = "{\"s\":\"x\",\"a\":[-1,18446744073709551615,-9223372036854775808,{},[],null],\"o\":{\"b\":true,\"d\":7.5}}";
	static const char indented[] = "{\n  \"s\": \"x\",\n  \"a\": [\n    -1,\n    18446744073709551615,\n    -9223372036854775808,\n    {},\n    [],\n    null\n  ],\n"
				       "  \"o\": {\n    \"b\": true,\n    \"d\": 7.5\n  }\n}";
	struct buf b;
	struct json_writer w;
	buf_init(&b, 1000);
	json_writer_init(&w, &b, 0, 0);
	emit(&w);
	assert_str(buf_str(&b), compact);
	buf_clear(&b);
	json_writer_init(&w, &b, 2, 0);
	emit(&w);
	assert_str(buf_str(&b), indented);
	/* A tree gives the same. */
	struct arena a;
	struct document doc;
	struct error err = { 0 };
	arena_init(&a, 0);
	assert_int_equal(json_parse(&a, str_c(compact), NULL, &doc, NULL, &err), 0);
	buf_clear(&b);
	json_writer_init(&w, &b, 2, 0);
	json_write_value(&w, doc.root);
	assert_str(buf_str(&b), indented);
	buf_release(&b);
	/* A full buffer fails and stays so. */
	buf_init(&b, 20);
	json_writer_init(&w, &b, 0, 0);
	emit(&w);
	assert_true(buf_failed(&b));
	buf_release(&b);
	arena_release(&a);
}

static void test_doubles(void **state)
{
	static const struct {
		double d;
		const char *text;
	} cases[] = { { 0, "0" }, { 10, "10" }, { 9.8, "9.8" }, { 0.1, "0.1" }, { 0.00042, "0.00042" }, { 1.0 / 3, "0.3333333333333333" }, { 1e300, "1e+300" },
		      { -2.5, "-2.5" }, { 1 / 0.0, "null" }, { 0 / 0.0, "null" } };
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct buf b;
		struct json_writer w;
		buf_init(&b, 100);
		json_writer_init(&w, &b, 0, 0);
		json_double(&w, cases[i].d);
		assert_str(buf_str(&b), cases[i].text);
		buf_release(&b);
	}
}

static void test_deep_tree(void **state)
{
	struct arena a;
	struct buf b;
	struct json_writer w;
	arena_init(&a, 0);
	struct value *v = arena_new(&a, struct value);
	for (int i = 0; i < JSON_WRITE_DEPTH_MAX + 1; i++) {
		struct value *up = arena_new(&a, struct value);
		*up = (struct value){ .kind = VALUE_ARRAY, .count = 1, .items = v };
		v = up;
	}
	buf_init(&b, 1 << 20);
	json_writer_init(&w, &b, 0, 0);
	json_write_value(&w, v->items);
	assert_false(buf_failed(&b));
	json_write_value(&w, v);
	assert_true(buf_failed(&b));
	buf_release(&b);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_layout),
		cmocka_unit_test(test_doubles),
		cmocka_unit_test(test_deep_tree),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
