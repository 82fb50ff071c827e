/* format/apk: blocks of lib/apk/db/installed. */
#include "test.h"

#include "base/path.h"
#include "format/apk/apk.h"

static struct str join(struct arena *a, const struct str_vec *v)
{
	struct str s = STR("");
	for (size_t i = 0; i < v->n; i++)
		s = arena_printf(a, "%.*s%s%.*s", STR_FMT(s), i ? " " : "", STR_FMT(v->v[i]));
	return s;
}

static void parse(struct arena *a, const char *text, struct package_vec *out, struct diags *diags)
{
	diags_init(diags, a);
	*out = (struct package_vec){ 0 };
	char *copy = strdup(text);
	struct input in = input_from_str(STR("lib/apk/db/installed"), str_c(copy));
	assert_int_equal(apk_parse(a, &in, out, diags, NULL), 0);
	free(copy); /* what was read must not point into the input */
}

static void test_blocks(void **state)
{
	static const struct {
		const char *name, *text;
		const char *package; /* "name version arch src vendor digest licenses|depends|provides", or NULL: none */
		size_t diags;
		uint32_t diag_line;
	} cases[] = {
		{ "all", "C:Q1YSqUdA/DX2a9yN8c0zu6RvTZ2ho=\nP:ssl_client\nV:1.30.1-r3\nA:x86_64\nS:1\nI:2\nT:d: e\nU:u\nL:GPL-2.0-only\no:busybox\nm:A <a@b>\nt:1\nc:2\n"
			 "D:so:libc.musl-x86_64.so.1 !uclibc libtls>=2.9 a~1 b@edge /bin/sh\np:cmd:ssl_client=1 so:x.so.1=1\nr:busybox\n\n",
		  "ssl_client 1.30.1-r3 x86_64 busybox A <a@b> sha1:612a94740fc35f66bdc8df1cd33bba46f4d9da1a GPL-2.0-only|so:libc.musl-x86_64.so.1 libtls a b /bin/sh|cmd:ssl_client so:x.so.1",
		  0, 0 },
		{ "no blank line at the end", "P:a\nV:1", "a 1     ||", 0, 0 },
		{ "crlf", "P:a\r\nV:1\r\n\r\n", "a 1     ||", 0, 0 },
		{ "checksum too short", "C:Q1AAAA\nP:a\nV:1\n", "a 1     ||", 0, 0 },
		{ "checksum too long", "C:Q1YSqUdA/DX2a9yN8c0zu6RvTZ2hoAAAAAAAA=\nP:a\nV:1\n", "a 1     ||", 0, 0 },
		{ "checksum of a kind unknown", "C:Q9YSqUdA\nP:a\nV:1\n", "a 1     ||", 0, 0 },
		{ "no version", "\n\nP:a\n\n", NULL, 1, 3 },
		{ "no name", "V:1\n", NULL, 1, 1 },
		{ "no key", "P:a\nwhat\nV:1\n", "a 1     ||", 1, 2 },
		{ "empty", "", NULL, 0, 0 },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena a;
		struct package_vec out;
		struct diags diags;
		arena_init(&a, 0);
		parse(&a, cases[i].text, &out, &diags);
		if (out.n != (cases[i].package ? 1 : 0))
			fail_msg("%s: %zu packages", cases[i].name, out.n);
		if (out.n) {
			const struct package *p = &out.v[0];
			struct str got = arena_printf(&a, "%.*s %.*s %.*s %.*s %.*s %.*s %.*s|%.*s|%.*s", STR_FMT(p->name), STR_FMT(p->version), STR_FMT(p->arch),
						      STR_FMT(p->src_name), STR_FMT(p->vendor), STR_FMT(p->digest), STR_FMT(join(&a, &p->licenses)),
						      STR_FMT(join(&a, &p->depends)), STR_FMT(join(&a, &p->provides)));
			if (!str_eq_c(got, cases[i].package))
				fail_msg("%s: \"%.*s\"", cases[i].name, STR_FMT(got));
			assert_int_equal(p->kind, PKG_APK);
		}
		if (diags.list.n != cases[i].diags || (diags.list.n && diags.list.v[0].line != cases[i].diag_line))
			fail_msg("%s: %zu diagnostics, first in line %u", cases[i].name, diags.list.n, diags.list.n ? diags.list.v[0].line : 0);
		arena_release(&a);
	}
}

static void test_files(void **state)
{
	static const char *const owned[] = { "lib/ld-musl-x86_64.so.1", "usr/bin/ldd", "top" };
	char text[PATH_MAX + 5200] = "P:a\nV:1\nF:\nR:top\nF:lib\nM:0:0:755\nR:ld-musl-x86_64.so.1\na:0:0:755\nZ:Q1x\nF:usr/bin\nR:ldd\nR:";
	size_t n = strlen(text);
	memset(text + n, 'x', 5000); /* a path no system has is passed over with a word */
	snprintf(text + n + 5000, 32, "\n\nP:b\nV:2\nR:only\n");
	struct arena a;
	struct package_vec out;
	struct diags diags;
	arena_init(&a, 0);
	parse(&a, text, &out, &diags);
	assert_int_equal(out.n, 2);
	assert_int_equal(diags.list.n, 1);
	assert_int_equal(out.v[0].owned.n, ARRAY_LEN(owned));
	for (size_t i = 0; i < ARRAY_LEN(owned); i++) {
		bool found = false;
		for (size_t j = 0; j < out.v[0].owned.n; j++)
			found |= out.v[0].owned.v[j] == path_hash(str_c(owned[i]));
		if (!found)
			fail_msg("%s", owned[i]);
	}
	/* the folder of one package is not the next one's */
	assert_int_equal(out.v[1].owned.n, 1);
	assert_true(out.v[1].owned.v[0] == path_hash(STR("only")));
	arena_release(&a);
}

static void test_wants(void **state)
{
	assert_true(apk_wants(STR("lib/apk/db/installed"), 0, 1));
	assert_true(apk_wants(STR("usr/lib/apk/db/installed"), 0, 1));
	assert_false(apk_wants(STR("x/lib/apk/db/installed"), 0, 1));
	assert_false(apk_wants(STR("lib/apk/db/triggers"), 0, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_blocks), cmocka_unit_test(test_files), cmocka_unit_test(test_wants) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
