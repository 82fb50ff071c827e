/* src/model/sbom: the graph that every SBOM format is read into. */
#include "test.h"
#include "model/sbom.h"

static void add(struct arena *a, struct sbom *s, const char *ref, const char *name)
{
	struct sbom_component *c = vec_add(a, &s->components);
	assert_non_null(c);
	c->ref = str_c(ref);
	c->name = str_c(name);
}

static void test_types(void **state)
{
	for (unsigned i = 0; i < SBOM_TYPE_COUNT; i++) {
		enum sbom_type t = SBOM_TYPE_COUNT;
		assert_int_equal(sbom_type_parse(str_c(sbom_type_name((enum sbom_type)i)), &t), 0);
		assert_int_equal(t, i);
	}
	enum sbom_type t = SBOM_FILE;
	assert_int_equal(sbom_type_parse(STR("spaceship"), &t), ERR_NOT_FOUND);
	assert_int_equal(t, SBOM_FILE);
}

/* Repeated, missing and colliding refs all become unique, and edges go where they were meant. */
static void test_finish(void **state)
{
	static const struct {
		const char *from, *to;
	} edges[] = { { "a", "b" }, { "a", "c" }, { "a", "b" }, { "b", "b" }, { "a", "nobody" }, { "nobody", "a" } };
	struct arena a;
	struct sbom s;
	struct error err = { 0 };
	struct sbom_edge_vec list = { 0 };
	arena_init(&a, 0);
	sbom_init(&s, &a);
	add(&a, &s, "a", "A");
	add(&a, &s, "c", "C");
	add(&a, &s, "b", "B");
	add(&a, &s, "b", "B again");
	add(&a, &s, "", "C");
	add(&a, &s, "", "a");
	add(&a, &s, "", "");
	add(&a, &s, "b#3", "in the way");
	for (size_t i = 0; i < ARRAY_LEN(edges); i++) {
		struct sbom_edge e = { str_c(edges[i].from), str_c(edges[i].to) };
		assert_non_null(vec_push(&a, &list, e));
	}
	assert_int_equal(sbom_finish(&a, &s, &list, &err), 0);
	assert_int_equal(s.components.v[0].depends.n, 2);
	assert_int_equal(s.components.v[0].depends.v[0], 1);
	assert_int_equal(s.components.v[0].depends.v[1], 2);
	assert_int_equal(s.components.v[2].depends.n, 0);
	assert_int_equal(s.diags.list.n, 3);
	for (size_t i = 0; i < s.components.n; i++) {
		assert_true(s.components.v[i].ref.n > 0);
		for (size_t k = 0; k < i; k++)
			if (str_eq(s.components.v[i].ref, s.components.v[k].ref))
				fail_msg("components %zu and %zu are both %.*s", k, i, STR_FMT(s.components.v[i].ref));
	}
	assert_str(s.components.v[7].ref, "b#3");
	arena_release(&a);
}

static void test_uuid(void **state)
{
	struct arena a;
	arena_init(&a, 0);
	struct str one = sbom_uuid(&a, STR("content"), STR("salt")), other = sbom_uuid(&a, STR("content"), STR("pepper"));
	assert_int_equal(one.n, 36);
	assert_true(one.p[14] == '8' && char_is_one_of(one.p[19], "89ab"));
	assert_false(str_eq(one, other));
	assert_true(str_eq(one, sbom_uuid(&a, STR("content"), STR("salt"))));
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_types), cmocka_unit_test(test_finish), cmocka_unit_test(test_uuid) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
