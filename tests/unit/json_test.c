/* src/format/json: what is accepted, what is refused and why, positions, limits, records. */
#include "test.h"

#include "format/json/json.h"

static int parse(struct arena *a, struct str text, const struct json_options *opt, struct document *doc, struct error *err)
{
	error_clear(err);
	return json_parse(a, text, opt, doc, NULL, err);
}

static void test_accepted(void **state)
{
	static const struct {
		const char *name;
		struct str text;
	} cases[] = {
		{ "y_object_empty", STR_INIT("{}") },
		{ "y_array_empty", STR_INIT(" [ ] \n") },
		{ "y_string_root", STR_INIT("\"x\"") },
		{ "y_number_root", STR_INIT("-0.5e+10 ") },
	};
	struct arena a;
	arena_init(&a, 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct document doc;
		struct error err;
		if (parse(&a, cases[i].text, NULL, &doc, &err) < 0)
			fail_msg("%s: %s", cases[i].name, err.text);
	}
	arena_release(&a);
}

static void test_members(void **state)
{
	struct arena a;
	arena_init(&a, 0);
	struct document doc;
	struct error err;
	struct str text = STR("{\"id\":\"CVE-1\",\"list\":[1, 22 ,{\"a\":null}],\n \"t\":true,\"u\":\"a\\u00e9\\ud83d\\ude00\\ud800x\\n\",\"id\":\"last\"}");
	assert_int_equal(parse(&a, text, NULL, &doc, &err), 0);
	assert_str(value_str_c(doc.root, "id"), "last");
	assert_int_equal(doc.root->count, 5);
	assert_str(value_str_c(doc.root, "u"), "a\xc3\xa9\xf0\x9f\x98\x80\xef\xbf\xbdx\n");
	const struct value *list = value_get_c(doc.root, "list");
	assert_int_equal(value_count(list, VALUE_ARRAY), 3);
	assert_str(value_text(value_at(list, 1)), "22");
	assert_int_equal(value_get_c(value_at(list, 2), "a")->kind, VALUE_NULL);
	assert_true(value_get_bool(doc.root, STR("t"), false));
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_members),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
