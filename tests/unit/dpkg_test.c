/* format/dpkg: status paragraphs and file lists; dpkg-query as oracle on this machine's own database. */
#include "test.h"

#include <sys/stat.h>

#include "base/path.h"
#include "format/dpkg/dpkg.h"

static int parse(struct arena *a, const char *path, struct str text, struct package_vec *out, struct diags *diags)
{
	diags_init(diags, a);
	*out = (struct package_vec){ 0 };
	/* An exact-size copy, so that sanitizers see any read past the end. */
	char *copy = malloc(text.n + !text.n);
	memcpy(copy, text.p, text.n);
	struct input in = input_from_str(str_c(path), str_make(copy, text.n));
	int r = dpkg_wants_status(in.name, 0, 1) ? dpkg_parse_status(a, &in, out, diags, NULL) : dpkg_parse_list(a, &in, out, diags, NULL);
	free(copy); /* what was read must not point into the input */
	return r;
}

static struct str join(struct arena *a, const struct str_vec *v)
{
	struct str s = STR("");
	for (size_t i = 0; i < v->n; i++)
		s = arena_printf(a, "%.*s%s%.*s", STR_FMT(s), i ? " " : "", STR_FMT(v->v[i]));
	return s;
}

static void test_paragraphs(void **state)
{
	static const struct {
		const char *name, *text;
		const char *package; /* "name version arch src_name src_version vendor|depends|provides", or NULL: none */
		size_t diags;
		uint32_t diag_line;
	} cases[] = {
		{ "plain",
		  "Package: libssl1.1\nStatus: install ok installed\nArchitecture: amd64\nMulti-Arch: same\nSource: openssl\nVersion: 1.1.1n-0\nMaintainer: A <a@b>\n"
		  "Depends: libc6 (>= 2.25), debconf (>= 0.5) | debconf-2.0\n",
		  "libssl1.1 1.1.1n-0 amd64 openssl  A <a@b>|libc6 debconf debconf-2.0|", 0, 0 },
		{ "source version", "Package: bash\nVersion: 5.2.15-2+b13\nSource: bash (5.2.15-2)\n", "bash 5.2.15-2+b13  bash 5.2.15-2 ||", 0, 0 },
		{ "folded, crlf, tabs", "Package: a\r\nVersion:\t1\r\nDepends: b,\r\n c (>= 1)\r\n\t, d:any\r\nProvides: x (= 1),\r\n y\r\n\r\n", "a 1    |b c d|x y", 0, 0 },
		{ "pre-depends first, no repeats", "Package: a\nVersion: 1\nDepends: b, c\nPre-Depends: c [amd64], d <!nocheck>\n", "a 1    |c d b|", 0, 0 },
		{ "field names are case-insensitive", "PACKAGE: a\nversion: 1\n", "a 1    ||", 0, 0 },
		{ "no status (distroless)", "Package: a\nVersion: 1", "a 1    ||", 0, 0 },
		{ "half-installed", "Package: a\nVersion: 1\nStatus: install reinstreq half-installed\n", "a 1    ||", 0, 0 },
		{ "hold", "Package: a\nVersion: 1\nStatus: hold ok installed\n", "a 1    ||", 0, 0 },
		{ "to be removed, still there", "Package: a\nVersion: 1\nStatus: deinstall ok installed\n", "a 1    ||", 0, 0 },
		{ "removed", "Package: a\nVersion: 1\nStatus: deinstall ok config-files\n", NULL, 0, 0 },
		{ "never installed", "Package: a\nStatus: unknown ok not-installed\n", NULL, 0, 0 },
		{ "odd status", "Package: a\nVersion: 1\nStatus: installed\n", "a 1    ||", 1, 1 },
		{ "no version", "\n\nPackage: a\nStatus: install ok installed\n", NULL, 1, 3 },
		{ "no name", "Version: 1\nStatus: install ok installed\n", NULL, 1, 1 },
		{ "no field", "Package: a\nwhat\nVersion: 1\n", "a 1    ||", 1, 2 },
		{ "twice", "Package: a\nVersion: 1\nVersion: 2\n", "a 1    ||", 1, 3 },
		{ "continuation of nothing", " x\nPackage: a\nVersion: 1\n", "a 1    ||", 1, 1 },
		{ "conffiles look like fields", "Package: a\nConffiles:\n /etc/x 0123\n Version: 9\nVersion: 1\n", "a 1    ||", 0, 0 },
		{ "blank line of spaces", "Package: a\nVersion: 1\n  \nFoo: b\n", "a 1    ||", 0, 0 },
		{ "not deb822", "#!/bin/sh\n", NULL, 1, 1 },
		{ "empty", "", NULL, 0, 0 },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena a;
		struct package_vec out;
		struct diags diags;
		arena_init(&a, 0);
		assert_int_equal(parse(&a, "var/lib/dpkg/status", str_c(cases[i].text), &out, &diags), 0);
		if (out.n != (cases[i].package ? 1 : 0))
			fail_msg("%s: %zu packages", cases[i].name, out.n);
		if (out.n) {
			const struct package *p = &out.v[0];
			struct str got = arena_printf(&a, "%.*s %.*s %.*s %.*s %.*s %.*s|%.*s|%.*s", STR_FMT(p->name), STR_FMT(p->version), STR_FMT(p->arch),
						      STR_FMT(p->src_name), STR_FMT(p->src_version), STR_FMT(p->vendor), STR_FMT(join(&a, &p->depends)),
						      STR_FMT(join(&a, &p->provides)));
			if (!str_eq_c(got, cases[i].package))
				fail_msg("%s: \"%.*s\"", cases[i].name, STR_FMT(got));
			assert_int_equal(p->kind, PKG_DPKG);
		}
		if (diags.list.n != cases[i].diags || (diags.list.n && diags.list.v[0].line != cases[i].diag_line))
			fail_msg("%s: %zu diagnostics, first in line %u", cases[i].name, diags.list.n, diags.list.n ? diags.list.v[0].line : 0);
		arena_release(&a);
	}
}

static void test_several(void **state)
{
	struct arena a;
	struct package_vec out;
	struct diags diags;
	arena_init(&a, 0);
	assert_int_equal(parse(&a, "var/lib/dpkg/status", STR("Package: a\nVersion: 1\n\n\n\nPackage: a\nVersion: 1\nArchitecture: i386\n\nPackage: b\nVersion: 2"), &out, &diags), 0);
	assert_int_equal(out.n, 3);
	assert_str(out.v[1].arch, "i386");
	assert_str(out.v[2].name, "b");
	arena_release(&a);
}

static bool owns(const struct package *p, const char *path)
{
	for (size_t i = 0; i < p->owned.n; i++)
		if (p->owned.v[i] == path_hash(str_c(path)))
			return true;
	return false;
}

static void test_lists(void **state)
{
	static const struct {
		const char *path, *text, *name;
		size_t owned;
		const char *has, *has_not;
	} cases[] = {
		{ "var/lib/dpkg/info/libc6:amd64.list", "/.\n/lib\n/lib/x86_64-linux-gnu\n/lib/x86_64-linux-gnu/libc.so.6\n/usr/share/doc/libc6/copyright\n", "libc6:amd64", 2,
		  "usr/lib/x86_64-linux-gnu/libc.so.6", "lib" },
		{ "var/lib/dpkg/info/a.list", "/a\n/ab\n/a/b", "a", 3, "a/b", "." },
		{ "var/lib/dpkg/status.d/libc6.md5sums", "0123456789abcdef0123456789abcdef  lib/ld.so\nffffffffffffffffffffffffffffffff  usr/share/a b\n", "libc6", 2, "usr/share/a b", "lib" },
		{ "var/lib/dpkg/info/empty.list", "", "empty", 0, NULL, "x" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena a;
		struct package_vec out;
		struct diags diags;
		arena_init(&a, 0);
		assert_true(dpkg_wants_list(str_c(cases[i].path), 0, 1));
		assert_int_equal(parse(&a, cases[i].path, str_c(cases[i].text), &out, &diags), 0);
		assert_int_equal(out.n, 1);
		assert_str(out.v[0].name, cases[i].name);
		if (out.v[0].owned.n != cases[i].owned || (cases[i].has && !owns(&out.v[0], cases[i].has)) || owns(&out.v[0], cases[i].has_not))
			fail_msg("%s: %zu files", cases[i].path, out.v[0].owned.n);
		arena_release(&a);
	}
}

static void test_wants(void **state)
{
	static const struct {
		const char *path;
		bool status, list;
	} cases[] = {
		{ "var/lib/dpkg/status", true, false },	       { "var/lib/dpkg/status-old", false, false }, { "var/lib/dpkg/available", false, false },
		{ "var/lib/dpkg/status.d/libssl1.1", true, false }, { "var/lib/dpkg/status.d/libssl1.1.md5sums", false, true },
		{ "var/lib/dpkg/status.d/a/b", false, false }, { "var/lib/dpkg/status.d/a.postinst", false, false }, { "var/lib/dpkg/info/bash.list", false, true },
		{ "var/lib/dpkg/info/bash.md5sums", false, false }, { "x/var/lib/dpkg/status", false, false }, { "usr/lib/opkg/status", true, false },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (dpkg_wants_status(str_c(cases[i].path), 0, 1) != cases[i].status || dpkg_wants_list(str_c(cases[i].path), 0, 1) != cases[i].list)
			fail_msg("%s", cases[i].path);
}

/* The tests run on Debian: its own database, read by dpkg-query, is the oracle. */
static void test_against_dpkg_query(void **state)
{
	FILE *f = fopen("/var/lib/dpkg/status", "rb");
	struct stat st;
	if (!f || fstat(fileno(f), &st) < 0) {
		print_message("no dpkg database here\n");
		skip();
	}
	char *text = malloc((size_t)st.st_size);
	assert_int_equal(fread(text, 1, (size_t)st.st_size, f), st.st_size);
	fclose(f);
	struct arena a;
	struct package_vec out;
	struct diags diags;
	arena_init(&a, 0);
	assert_int_equal(parse(&a, "var/lib/dpkg/status", str_make(text, (size_t)st.st_size), &out, &diags), 0);
	free(text);
	assert_int_equal(diags.list.n, 0);
	f = popen("dpkg-query --admindir=/var/lib/dpkg -W -f '${db:Status-Status} ${Package} ${Version} ${Architecture} ${source:Package} ${source:Version}\\n'", "r");
	assert_non_null(f);
	char line[4096], expected[4096], state_word[64];
	struct str *ours = arena_new_array(&a, struct str, out.n);
	for (size_t i = 0; i < out.n; i++) {
		const struct package *p = &out.v[i];
		struct str src = p->src_name.n ? p->src_name : p->name, src_version = p->src_version.n ? p->src_version : p->version;
		ours[i] = arena_printf(&a, "%.*s %.*s %.*s %.*s %.*s", STR_FMT(p->name), STR_FMT(p->version), STR_FMT(p->arch), STR_FMT(src), STR_FMT(src_version));
	}
	size_t seen = 0;
	while (fgets(line, sizeof(line), f)) {
		assert_int_equal(sscanf(line, "%63s %4095[^\n]", state_word, expected), 2);
		if (!strcmp(state_word, "not-installed") || !strcmp(state_word, "config-files"))
			continue;
		bool found = false;
		for (size_t i = 0; i < out.n && !found; i++)
			found = str_eq_c(ours[i], expected);
		if (!found)
			fail_msg("dpkg-query lists \"%s\"", expected);
		seen++;
	}
	pclose(f);
	assert_int_equal(seen, out.n);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paragraphs), cmocka_unit_test(test_several), cmocka_unit_test(test_lists),
		cmocka_unit_test(test_wants),	   cmocka_unit_test(test_against_dpkg_query),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
