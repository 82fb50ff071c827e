/* The feeds of the shared folder, whole: imported within the size agreed on, the same bytes twice, and every match of the conformance tables found with
 * its fixed versions. Skipped, visibly, where the folder is not. */
#include "test.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include "feature/advisories/advisories.h"
#include "source/advisorydb/advisorydb.h"

#define FILE_BYTES_MAX (40u << 20)

static char dir[] = "/tmp/bulkhead-feeds-XXXXXX";
static struct arena arena;
static struct str shared, db_path;

static struct str find_shared(void)
{
	const char *named = getenv("BULKHEAD_SHARED"), *top = getenv("BULKHEAD_TOP");
	struct str path = named ? str_c(named) : arena_printf(&arena, "%s/../shared", top ? top : ".");
	struct str feeds = arena_printf(&arena, "%.*s/feeds", STR_FMT(path));
	return access(feeds.p, R_OK) == 0 ? path : STR_NONE;
}

static int setup(void **state)
{
	arena_init(&arena, 0);
	shared = find_shared();
	assert_non_null(mkdtemp(dir));
	db_path = arena_printf(&arena, "%s/a.db", dir);
	return 0;
}

static int teardown(void **state)
{
	char command[256];
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	assert_int_equal(system(command), 0);
	arena_release(&arena);
	return 0;
}

static double cpu_seconds(void)
{
	struct rusage u;
	getrusage(RUSAGE_SELF, &u);
	return (double)u.ru_utime.tv_sec + (double)u.ru_stime.tv_sec + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void import(struct str db, struct advisories_summary *sum)
{
	struct str feeds = arena_printf(&arena, "%.*s/feeds", STR_FMT(shared));
	struct advisories_options opt = { .fresh = true, .now = STR("2026-01-01T00:00:00Z") };
	struct error err = { 0 };
	if (advisories_import(&arena, &feeds, 1, db, &opt, sum, &err) < 0)
		fail_msg("%s", err.text);
}

static void skip_without_feeds(void)
{
	if (!shared.p) {
		print_message("no shared feeds here (BULKHEAD_SHARED): skipped\n");
		skip();
	}
}

static void test_import(void **state)
{
	skip_without_feeds();
	struct advisories_summary sum, again;
	double start = cpu_seconds();
	import(db_path, &sum);
	print_message("%.2f s CPU, %.1f MB, %llu advisories of %llu vulnerabilities for %llu packages\n", cpu_seconds() - start, (double)sum.file_bytes / 1e6,
		      (unsigned long long)sum.advisories, (unsigned long long)sum.vulnerabilities, (unsigned long long)sum.packages);
	assert_true(sum.file_bytes <= FILE_BYTES_MAX);
	assert_true(sum.files.n >= 16);
	assert_true(sum.unreadable <= 1); /* DSA-423 names a package where its version should be */
	assert_true(sum.advisories > 300000);
	struct str other = arena_printf(&arena, "%s/b.db", dir);
	import(other, &again);
	struct str command = arena_printf(&arena, "cmp -s %.*s %.*s", STR_FMT(db_path), STR_FMT(other));
	assert_int_equal(system(command.p), 0);
}

/* Binary packages of the tables whose source package has another name. */
static const char *const source_names[][2] = { { "libcurl4", "curl" },	  { "libexpat1", "expat" }, { "libgnutls30", "gnutls28" },  { "libkrb5-3", "krb5" },
					       { "libssl1.1", "openssl" }, { "libtiff5", "tiff" },   { "linux-libc-dev", "linux" }, { "zlib1g", "zlib" },
					       { "libc6", "glibc" },	  { "libc-bin", "glibc" } };

static struct str joined(const struct str_vec *v)
{
	struct str out = STR("");
	for (size_t i = 0; i < v->n; i++)
		out = arena_printf(&arena, "%.*s%s%.*s", STR_FMT(out), i ? "," : "", STR_FMT(v->v[i]));
	return out;
}

static void check_row(struct advisory_lookup *l, const char *table, struct str line)
{
	struct str kind, name, version, id, fixed, rest, lower = STR_NONE;
	struct advisory_vec v = { 0 };
	struct error err = { 0 };
	str_cut(line, '\t', &kind, &rest);
	str_cut(rest, '\t', &name, &rest);
	str_cut(rest, '\t', &version, &rest);
	str_cut(rest, '\t', &id, &fixed);
	bool debian = str_eq_c(kind, "debian");
	if (!debian)
		lower = arena_lower(&arena, name);
	for (size_t i = 0; debian && i < ARRAY_LEN(source_names); i++)
		if (str_eq_c(name, source_names[i][0]))
			name = str_c(source_names[i][1]);
	assert_int_equal(l->find(l->ctx, debian ? STR("Debian:11") : kind, debian ? name : lower, &arena, &v, &err), 0);
	for (size_t i = 0; i < v.n; i++)
		if (str_eq(v.v[i].id, id)) {
			struct str got = joined(&v.v[i].fixed);
			if (!str_eq(got, fixed))
				fail_msg("%s: %.*s %.*s: fixed by \"%.*s\", not \"%.*s\"", table, STR_FMT(name), STR_FMT(id), STR_FMT(fixed), STR_FMT(got));
			return;
		}
	fail_msg("%s: %.*s %.*s is not in the database", table, STR_FMT(name), STR_FMT(id));
}

static void test_oracle(void **state)
{
	static const char *const tables[] = { "oracle-debian11-many.tsv", "oracle-seed-app.tsv", "oracle-python-app.tsv", "oracle-rust-app.tsv" };
	skip_without_feeds();
	struct advisorydb *db;
	struct error err = { 0 };
	assert_int_equal(advisorydb_open(db_path, &db, &err), 0);
	struct advisory_lookup l = advisorydb_lookup(db);
	size_t rows = 0;
	for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
		struct str path = arena_printf(&arena, "%.*s/conformance/image/%s", STR_FMT(shared), tables[i]);
		char line[4096];
		FILE *f = fopen(path.p, "r");
		if (!f)
			continue;
		for (; fgets(line, sizeof(line), f); rows++)
			check_row(&l, tables[i], str_trim_right(arena_str(&arena, str_c(line))));
		fclose(f);
	}
	advisorydb_close(db);
	print_message("%zu rows\n", rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_import), cmocka_unit_test(test_oracle) };
	return cmocka_run_group_tests(tests, setup, teardown);
}
