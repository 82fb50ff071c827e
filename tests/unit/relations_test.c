/* src/model/package_relations.c: which packages what a package needs stands for. */
#include "test.h"

#include "base/path.h"
#include "model/package_relations.h"

/* One package a line: kind, "name version", path, nested path, what it needs, what it provides or (rpm, "/…") installed; `expected` lists indices. */
static const struct row {
	enum package_kind kind;
	const char *name, *version, *path, *nested, *depends, *provides, *expected;
} rows[] = {
	/* 0: an rpm capability, a file, itself, nothing */
	{ PKG_RPM, "bash", "5.1", "rpmdb", "", "libc.so.6()(64bit) /usr/bin/sed bash /no/such", "/usr/bin/bash /bin/sh", "1 2" },
	{ PKG_RPM, "glibc", "2.34", "rpmdb", "", "/bin/sh", "libc.so.6()(64bit)", "0" },
	{ PKG_RPM, "sed", "4.8", "rpmdb", "", "glibc glibc", "/bin/sed", "1" },
	/* 3: two versions of one module */
	{ PKG_NODE, "app", "1.0", "app/package.json", "", "a b", "", "4 5" },
	{ PKG_NODE, "a", "1.0", "app/node_modules/a/package.json", "", "b", "", "6" },
	{ PKG_NODE, "b", "1.0", "app/node_modules/b/package.json", "", "a c", "", "4" },
	{ PKG_NODE, "b", "2.0", "app/node_modules/a/node_modules/b/package.json", "", "a @s/c", "", "4 7" },
	{ PKG_NODE, "@s/c", "2.0", "app/node_modules/@s/c/package.json", "", "b", "", "5" },
	/* 8: archives inside archives */
	{ PKG_JAR, "g:ear", "1", "x/a.ear", "", "", "", "9" },
	{ PKG_JAR, "g:war", "1", "x/a.ear", "a.war", "", "", "10" },
	{ PKG_JAR, "g:lib", "1", "x/a.ear", "a.war/WEB-INF/lib/x.jar", "", "", "" },
	/* 11: a lock file's exact versions */
	{ PKG_NPM_LOCK, "d", "1.0", "package-lock.json", "", "e@2.0 f@9", "", "13 14" },
	{ PKG_NPM_LOCK, "e", "1.0", "package-lock.json", "", "", "", "" },
	{ PKG_NPM_LOCK, "e", "2.0", "package-lock.json", "", "", "", "" },
	{ PKG_NPM_LOCK, "f", "1.0", "package-lock.json", "", "", "", "" },
	/* 15: another file's packages are not meant; PyPI's spelling */
	{ PKG_NPM_LOCK, "e", "2.0", "other/package-lock.json", "", "f@1.0", "", "" },
	{ PKG_PYTHON, "Zope.Interface", "5.4", "a/METADATA", "", "Jinja2", "", "17" },
	{ PKG_PYTHON, "jinja2", "3.0", "b/METADATA", "", "zope-interface", "", "16" },
};

static void fill(struct arena *a, struct package *p, const struct row *row)
{
	struct str rest, word;
	*p = (struct package){ .kind = row->kind, .name = str_c(row->name), .version = str_c(row->version), .path = str_c(row->path), .nested_path = str_c(row->nested) };
	for (rest = str_c(row->depends); str_next_word(&rest, &word);)
		assert_non_null(vec_push(a, &p->depends, word));
	for (rest = str_c(row->provides); str_next_word(&rest, &word);) {
		if (word.p[0] == '/')
			assert_non_null(vec_push(a, &p->owned, path_hash(word)));
		else
			assert_non_null(vec_push(a, &p->provides, word));
	}
}

static void test_relations(void **state)
{
	struct arena a;
	struct package_vec packages = { 0 };
	struct u32_vec *relations;
	arena_init(&a, 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		fill(&a, vec_add(&a, &packages), &rows[i]);
	assert_int_equal(package_relations(&a, &packages, &relations), 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char text[100] = "";
		for (size_t k = 0, n = 0; k < relations[i].n; k++)
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%u", k ? " " : "", relations[i].v[k]);
		if (strcmp(text, rows[i].expected) != 0)
			fail_msg("%s %s needs \"%s\", not \"%s\"", rows[i].name, rows[i].version, text, rows[i].expected);
	}
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_relations) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
