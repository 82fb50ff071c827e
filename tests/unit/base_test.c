/* src/base: views, arena, buffer, map, paths, globs, errors. */
#include "test.h"

#include "base/buf.h"
#include "base/map.h"
#include "base/path.h"

static void test_glob(void **state)
{
	static const struct {
		const char *pattern, *path;
		bool hit;
	} cases[] = {
		{ "a", "a", true }, { "a", "b", false }, { "*.tar", "x.tar", true }, { "*.tar", "d/x.tar", false }, { "**/*.tar", "d/e/x.tar", true },
		{ "**/*.tar", "x.tar", true }, { "usr/**", "usr/lib/x", true }, { "usr/*/x", "usr/lib/x", true }, { "usr/*/x", "usr/lib/y/x", false },
		{ "a/**/b", "a/b", true }, { "a/**/b", "a/x/y/b", true }, { "a/**/b", "ab", false }, { "[a-c]x", "bx", true }, { "[!a-c]x", "bx", false },
		{ "?", "/", false }, { "*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false }, { "", "", true }, { "*", "", true },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (str_glob(str_c(cases[i].pattern), str_c(cases[i].path)) != cases[i].hit)
			fail_msg("glob %s on %s", cases[i].pattern, cases[i].path);
}

static void test_path_clean(void **state)
{
	static const struct {
		const char *raw, *clean;
	} cases[] = {
		{ "./usr/lib", "usr/lib" }, { "/etc/passwd", "etc/passwd" }, { "../../etc/passwd", "etc/passwd" }, { "a/../b", "b" }, { "a/./b//c/", "a/b/c" },
		{ ".", "" }, { "/", "" }, { "..", "" }, { "a/b/../../..", "" }, { "a/..b/c", "a/..b/c" }, { "", "" }, { "././a", "a" }, { "a/.", "a" },
	};
	struct arena a;
	arena_init(&a, 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_str(path_clean(&a, str_c(cases[i].raw)), cases[i].clean);
	assert_true(path_hash(STR("usr/lib/x")) == path_hash(STR("/lib/x")));
	assert_false(path_hash(STR("usr/share/x")) == path_hash(STR("share/x")));
	arena_release(&a);
}

static void test_numbers(void **state)
{
	uint64_t u;
	int64_t i;
	double d;
	assert_int_equal(str_to_u64(STR("18446744073709551615"), &u), 0);
	assert_true(u == UINT64_MAX);
	assert_int_equal(str_to_u64(STR("18446744073709551616"), &u), -ERANGE);
	assert_int_equal(str_to_u64(STR(""), &u), -EINVAL);
	assert_int_equal(str_to_u64(STR("1x"), &u), -EINVAL);
	assert_int_equal(str_to_i64(STR("-9223372036854775808"), &i), 0);
	assert_true(i == INT64_MIN);
	assert_int_equal(str_to_i64(STR("9223372036854775808"), &i), -ERANGE);
	assert_int_equal(str_to_double(STR("-1.5e3"), &d), 0);
	assert_true(d == -1500);
	assert_int_equal(str_to_double(STR(" 1"), &d), -EINVAL);
}

static void test_map_and_arena(void **state)
{
	struct arena a;
	struct map m;
	arena_init(&a, 0);
	map_init(&m, &a);
	for (uintptr_t i = 1; i <= 10000; i++)
		assert_int_equal(map_put(&m, arena_printf(&a, "key%zu", (size_t)i), (void *)i), 0);
	assert_int_equal(m.n, 10000);
	assert_true(map_get(&m, STR("key777")) == (void *)777);
	assert_null(map_get(&m, STR("key0")));
	for (size_t i = 0; i < m.n; i++)
		assert_true(m.entries[i].value == (void *)(i + 1));
	arena_release(&a);

	arena_init(&a, 100000);
	assert_null(arena_alloc(&a, 200000));
	size_t got = 0;
	while (arena_alloc(&a, 100))
		got++;
	assert_true(got > 300 && got < 1000);
	assert_null(arena_array(&a, SIZE_MAX / 2, 4));
	arena_release(&a);
}

/* The author of a file can compute str_hash: 24 bytes of which the first 8 make a factor of its product zero, the next 8 are free. In a map such
 * keys must not fall together, or n of them cost n². */
/* Hashes chosen to fall into one place of a table are spread. */
static void test_spread(void **state)
{
	for (uint64_t key = 0; key < 1000; key++) { /* whatever the key: low ones, and those of a run */
		bool seen[4096] = { false };
		size_t places = 0;
		for (uint64_t i = 0; i < 4096; i++) {
			bool *at = &seen[map_spread(key % 2 ? key << 20 : map_hash_key() + key, i << 32) & 4095];
			places += !*at;
			*at = true;
		}
		assert_true(places > 2300); /* at random 2589 */
	}
}

static void test_map_of_hostile_keys(void **state)
{
	enum { KEYS = 2000 };
	const uint64_t zero_factor = 0x9e3779b97f4a7c15u ^ 0xa0761d6478bd642fu ^ 24;
	struct arena a;
	struct map m;
	size_t same = 0;
	arena_init(&a, 0);
	map_init(&m, &a);
	for (uint64_t i = 0; i < KEYS; i++) {
		uint64_t words[3] = { zero_factor, i, 7 };
		struct str key = arena_str(&a, str_make((const char *)words, sizeof(words)));
		assert_int_equal(map_put(&m, key, &m), 0);
		assert_true(str_hash(key) == str_hash(m.entries[0].key));
	}
	for (size_t i = 1; i < KEYS; i++)
		same += m.entries[i].hash == m.entries[i - 1].hash;
	assert_int_equal(m.n, KEYS);
	assert_int_equal(same, 0);
	arena_release(&a);
}

static void test_buf(void **state)
{
	struct buf b;
	buf_init(&b, 10);
	buf_add_c(&b, "12345");
	buf_addf(&b, "%d", 678);
	assert_str(buf_str(&b), "12345678");
	buf_add_c(&b, "9ab");
	assert_true(buf_failed(&b));
	buf_add_c(&b, "x");
	assert_true(buf_failed(&b) && b.p == NULL);
	buf_release(&b);
}

static void test_utf8(void **state)
{
	assert_true(str_is_utf8(STR("na\xc3\xafve \xe2\x82\xac \xf0\x9f\x98\x80")));
	assert_false(str_is_utf8(STR("\xc0\x80")));
	assert_false(str_is_utf8(STR("\xed\xa0\x80")));
	assert_false(str_is_utf8(STR("\xe2\x82")));
	assert_false(str_is_utf8(STR("\xf5\x80\x80\x80")));
}

static void test_error(void **state)
{
	struct error e = { 0 };
	assert_int_equal(error_set(&e, ERR_FORMAT, "line %d", 4), ERR_FORMAT);
	assert_int_equal(error_wrap(&e, ERR_INTERNAL, "etc/os-release"), ERR_FORMAT);
	assert_string_equal(e.text, "etc/os-release: line 4");
	for (int i = 0; i < 500; i++)
		error_wrap(&e, ERR_FORMAT, "deep context");
	assert_true(strlen(e.text) < ERROR_TEXT_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_glob), cmocka_unit_test(test_path_clean), cmocka_unit_test(test_numbers), cmocka_unit_test(test_map_and_arena), cmocka_unit_test(test_map_of_hostile_keys), cmocka_unit_test(test_spread),
		cmocka_unit_test(test_buf), cmocka_unit_test(test_utf8), cmocka_unit_test(test_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
