/* src/format/yaml: scalars, structure, aliases and merges, positions, errors, limits. Trees are compared as compact JSON. */
#include "json_tree.h"

#include "format/yaml/yaml.h"


static void test_trees(void **state)
{
	static const struct {
		const char *name, *text, *json;
	} cases[] = {
		{ "block", "a: 1\nb:\n  - x\n  - y: z\n", "{\"a\":1,\"b\":[\"x\",{\"y\":\"z\"}]}" },
		{ "merge", "a: &a {x: 1, y: 2}\nb:\n  <<: *a\n  y: 3\n", "{\"a\":{\"x\":1,\"y\":2},\"b\":{\"x\":1,\"y\":3}}" },
		{ "numbers", "[0x1F, 0o17, 0777, -0b11, 1_000, +12, .5, 1., 08, 1e3]", "[31,15,511,-3,1000,12,0.5,1,8,1e3]" },
	};
	struct arena a;
	arena_init(&a, 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct document doc;
		struct error err = { 0 };
		if (yaml_parse(&a, str_c(cases[i].text), NULL, &doc, NULL, &err) < 0)
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
