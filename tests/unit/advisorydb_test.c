/* The database as a whole: import small feeds of our own, look them up, damage the file. */
#include "test.h"

#include <dirent.h>
#include <fcntl.h>
#include <lmdb.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "feature/advisories/advisories.h"
#include "format/lmdb/lmdb.h"
#include "source/advisorydb/advisorydb.h"

static char dir[] = "/tmp/bulkhead-advisorydb-XXXXXX";

static struct str in_dir(struct arena *a, const char *name)
{
	return arena_printf(a, "%s/%s", dir, name);
}

static struct str write_file(struct arena *a, const char *name, struct str content)
{
	struct str path = in_dir(a, name);
	FILE *f = fopen(path.p, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(content.p, 1, content.n, f), content.n);
	fclose(f);
	return path;
}

static struct str read_file(struct arena *a, struct str path)
{
	FILE *f = fopen(path.p, "rb");
	assert_non_null(f);
	struct stat st;
	assert_int_equal(fstat(fileno(f), &st), 0);
	char *p = arena_alloc(a, (size_t)st.st_size + 1);
	assert_int_equal(fread(p, 1, (size_t)st.st_size, f), (size_t)st.st_size);
	fclose(f);
	return str_make(p, (size_t)st.st_size);
}

static const char osv[] =
	"{\"id\":\"PYSEC-2021-1\",\"aliases\":[\"CVE-2021-0001\",\"GHSA-aaaa-bbbb-cccc\"],\"summary\":\"Title one\",\"details\":\"Long text one\","
	"\"published\":\"2021-01-01T00:00:00Z\",\"modified\":\"2021-02-01T00:00:00Z\",\"references\":[{\"type\":\"WEB\",\"url\":\"https://example.org/1\"}],"
	"\"severity\":[{\"type\":\"CVSS_V3\",\"score\":\"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H\"}],"
	"\"affected\":[{\"package\":{\"ecosystem\":\"PyPI\",\"name\":\"Foo_Bar\"},\"ranges\":[{\"type\":\"GIT\",\"repo\":\"x\",\"events\":[{\"introduced\":\"0\"}]},"
	"{\"type\":\"ECOSYSTEM\",\"events\":[{\"introduced\":\"0\"},{\"fixed\":\"1.2\"},{\"introduced\":\"2.0\"},{\"fixed\":\"2.1\"}]}],\"versions\":[\"1.1\",\"0.5\",\"3.0rc1\"]}]}\n"
	"{\"id\":\"PYSEC-2021-2\",\"aliases\":[\"CVE-2021-0001\"],\"details\":\"again\",\"affected\":[{\"package\":{\"ecosystem\":\"PyPI\",\"name\":\"foo-bar\"},"
	"\"ranges\":[{\"type\":\"ECOSYSTEM\",\"events\":[{\"introduced\":\"4\"},{\"last_affected\":\"4.5\"}]}]}]}\n"
	"{\"id\":\"PYSEC-2021-3\",\"withdrawn\":\"2022-01-01T00:00:00Z\",\"affected\":[{\"package\":{\"ecosystem\":\"PyPI\",\"name\":\"foo-bar\"},\"versions\":[\"9\"]}]}\n"
	"{\"id\":\"RUSTSEC-2020-1\",\"affected\":[{\"package\":{\"ecosystem\":\"crates.io\",\"name\":\"time\"},\"ranges\":[{\"type\":\"SEMVER\",\"events\":[{\"introduced\":\"0.0.0-0\"}]}]}]}\n"
	"this is no JSON\n"
	"{\"id\":\"ALSA-2021:1\",\"summary\":\"Important: nodejs:12 security update\",\"related\":[\"CVE-2021-0002\",\"CVE-2021-0003\"],\"details\":\"erratum\","
	"\"references\":[{\"url\":\"https://example.org/CVE-2021-0002\"},{\"url\":\"https://example.org/CVE-2021-0003\"},{\"url\":\"https://example.org/ALSA\"}],"
	"\"affected\":[{\"package\":{\"ecosystem\":\"AlmaLinux:8\",\"name\":\"nodejs\"},\"ranges\":[{\"type\":\"ECOSYSTEM\",\"events\":[{\"introduced\":\"0\"},{\"fixed\":\"1:12.1-1.module_el8.5.0+1+a\"}]}]},"
	"{\"package\":{\"ecosystem\":\"AlmaLinux:8\",\"name\":\"plain\"},\"ranges\":[{\"type\":\"ECOSYSTEM\",\"events\":[{\"introduced\":\"0\"},{\"fixed\":\"1-1.el8\"}]}]}]}\n"
	"{\"id\":\"ALSA-2022:1\",\"summary\":\"Low: plain security update\",\"related\":[\"CVE-2021-0002\"],"
	"\"affected\":[{\"package\":{\"ecosystem\":\"AlmaLinux:8\",\"name\":\"plain\"},\"ranges\":[{\"type\":\"ECOSYSTEM\",\"events\":[{\"introduced\":\"0\"},{\"fixed\":\"1-2.el8\"}]}]}]}\n";

static const char dsa[] = "[29 Mar 2023] DSA-5380-2 xorg-server - regression update\n"
			  "\t{CVE-2023-1393 CVE-2023-1394}\n"
			  "\t[bullseye] - xorg-server 2:1.20.11-1+deb11u6\n"
			  "[27 Mar 2023] DSA-5380-1 xorg-server - security update\n"
			  "\t{CVE-2023-1393}\n"
			  "\t[bullseye] - xorg-server 2:1.20.11-1+deb11u5\n"
			  "\t[duke] - xorg-server 2:9\n"
			  "\t[nowhere] - xorg-server 2:9\n"
			  "\tNOTE: a note\n"
			  "[26 Mar 2023] DSA-5379-1 nothing - no cve\n"
			  "\t[bullseye] - nothing 1\n"
			  "[25 Mar 2023] DSA-5378-1 marks - security update\n"
			  "\t{CVE-2023-2000}\n"
			  "\t[bullseye] - marks <end-of-life>\n"
			  "\t[buster] - marks <not-affected> (introduced later)\n"
			  "\t[bookworm] - marks 1.0 (medium)\n";
static const char dla[] = "[28 Mar 2023] DLA-1-1 xorg-server - security update\n"
			  "\t{CVE-2023-1393}\n"
			  "\t[bullseye] - xorg-server 2:1.0\n"
			  "\t[buster] - xorg-server 2:1.1\n";

struct fixture {
	struct arena arena;
	struct str feeds[3], db;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	arena_init(&f->arena, 0);
	assert_non_null(mkdtemp(dir));
	f->feeds[0] = write_file(&f->arena, "osv.jsonl", str_c(osv));
	f->feeds[1] = write_file(&f->arena, "dla.list", str_c(dla)); /* before DSA on purpose: the order of files must not matter */
	f->feeds[2] = write_file(&f->arena, "dsa.list", str_c(dsa));
	f->db = in_dir(&f->arena, "test.db");
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char command[256];
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	assert_int_equal(system(command), 0);
	arena_release(&f->arena);
	free(f);
	return 0;
}

static const struct advisories_options fresh = { .fresh = true, .now = STR_INIT("2023-04-01T00:00:00Z") };
static const struct advisories_options onto = { .now = STR_INIT("2023-04-01T00:00:00Z") };

static void import(struct fixture *f, struct str db, const struct str *paths, size_t n, const struct advisories_options *opt, struct advisories_summary *s)
{
	struct error err = { 0 };
	if (advisories_import(&f->arena, paths, n, db, opt, s, &err) < 0)
		fail_msg("import: %s", err.text);
}

/* One line an advisory, sorted as found: "id|source id|status|severity|module|ranges|versions|fixed". */
static const char *lookup(struct fixture *f, struct str path, const char *ecosystem, const char *name)
{
	struct advisorydb *db;
	struct error err = { 0 };
	struct advisory_vec v = { 0 };
	if (advisorydb_open(path, &db, &err) < 0)
		fail_msg("%s", err.text);
	struct advisory_lookup l = advisorydb_lookup(db);
	assert_int_equal(l.find(l.ctx, str_c(ecosystem), str_c(name), &f->arena, &v, &err), 0);
	struct str out = STR("");
	for (size_t i = 0; i < v.n; i++) {
		const struct advisory *x = &v.v[i];
		out = arena_printf(&f->arena, "%.*s%.*s|%.*s|%s|%s|%.*s|", STR_FMT(out), STR_FMT(x->id), STR_FMT(x->source_id), advisory_status_name(x->status),
				   severity_name(x->severity), STR_FMT(x->module));
		for (size_t j = 0; j < x->ranges.n; j++)
			out = arena_printf(&f->arena, "%.*s[%.*s,%.*s%c", STR_FMT(out), STR_FMT(x->ranges.v[j].low), STR_FMT(x->ranges.v[j].high),
					   x->ranges.v[j].high_closed ? ']' : ')');
		out = arena_printf(&f->arena, "%.*s|", STR_FMT(out));
		for (size_t j = 0; j < x->versions.n; j++)
			out = arena_printf(&f->arena, "%.*s%.*s ", STR_FMT(out), STR_FMT(x->versions.v[j]));
		out = arena_printf(&f->arena, "%.*s|", STR_FMT(out));
		for (size_t j = 0; j < x->fixed.n; j++)
			out = arena_printf(&f->arena, "%.*s%.*s ", STR_FMT(out), STR_FMT(x->fixed.v[j]));
		out = arena_printf(&f->arena, "%.*s\n", STR_FMT(out));
	}
	advisorydb_close(db);
	return out.p;
}

static void test_lookup(void **state)
{
	static const struct {
		const char *ecosystem, *name, *expected;
	} cases[] = {
		/* name normalised, GIT range left out, listed versions inside a range left out, two records of one source joined */
		{ "PyPI", "foo-bar", "CVE-2021-0001|PYSEC-2021-1|fixed|UNKNOWN||[,1.2)[2.0,2.1)[4,4.5]|3.0rc1 |1.2 2.1 \n" },
		{ "PyPI", "Foo_Bar", "" },
		{ "crates.io", "time", "RUSTSEC-2020-1|RUSTSEC-2020-1|affected|UNKNOWN||[0.0.0-0,)||\n" },
		{ "AlmaLinux:8", "nodejs",
		  "CVE-2021-0002|ALSA-2021:1|fixed|HIGH|nodejs:12|[,1:12.1-1.module_el8.5.0+1+a)||1:12.1-1.module_el8.5.0+1+a \n"
		  "CVE-2021-0003|ALSA-2021:1|fixed|HIGH|nodejs:12|[,1:12.1-1.module_el8.5.0+1+a)||1:12.1-1.module_el8.5.0+1+a \n" },
		/* the last erratum counts */
		{ "AlmaLinux:8", "plain", "CVE-2021-0002|ALSA-2022:1|fixed|LOW||[,1-2.el8)||1-2.el8 \nCVE-2021-0003|ALSA-2021:1|fixed|HIGH||[,1-1.el8)||1-1.el8 \n" },
		/* newest DSA wins, DSA before DLA */
		{ "Debian:11", "xorg-server",
		  "CVE-2023-1393|DSA-5380-2|fixed|UNKNOWN||[,2:1.20.11-1+deb11u6)||2:1.20.11-1+deb11u6 \n"
		  "CVE-2023-1394|DSA-5380-2|fixed|UNKNOWN||[,2:1.20.11-1+deb11u6)||2:1.20.11-1+deb11u6 \n" },
		{ "Debian:10", "xorg-server", "CVE-2023-1393|DLA-1-1|fixed|UNKNOWN||[,2:1.1)||2:1.1 \n" },
		{ "Debian:15", "xorg-server", "CVE-2023-1393|DSA-5380-1|fixed|UNKNOWN||[,2:9)||2:9 \n" },
		{ "Debian:11", "nothing", "" },
		{ "Debian:11", "marks", "CVE-2023-2000|DSA-5378-1|end_of_life|UNKNOWN||[,)||\n" },
		{ "Debian:10", "marks", "" },
		{ "Debian:12", "marks", "CVE-2023-2000|DSA-5378-1|fixed|MEDIUM||[,1.0)||1.0 \n" },
	};
	struct fixture *f = *state;
	struct advisories_summary s;
	import(f, f->db, f->feeds, 3, &fresh, &s);
	assert_int_equal(s.unreadable, 2); /* the line that is no JSON, the release that nobody knows */
	assert_true(s.written);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *got = lookup(f, f->db, cases[i].ecosystem, cases[i].name);
		if (strcmp(got, cases[i].expected))
			fail_msg("%s %s:\n%sexpected\n%s", cases[i].ecosystem, cases[i].name, got, cases[i].expected);
	}
}

static void test_details(void **state)
{
	struct fixture *f = *state;
	struct advisories_summary s;
	struct advisorydb *db;
	struct error err = { 0 };
	struct vulnerability v;
	import(f, f->db, f->feeds, 3, &fresh, &s);
	assert_int_equal(advisorydb_open(f->db, &db, &err), 0);
	struct advisory_lookup l = advisorydb_lookup(db);
	assert_int_equal(l.details(l.ctx, STR("CVE-2021-0001"), &f->arena, &v, &err), 0);
	assert_str(v.title, "Title one");
	assert_str(v.description, "Long text one");
	assert_str(v.published, "2021-01-01T00:00:00Z");
	assert_int_equal(v.references.n, 1);
	assert_int_equal(v.cvss.n, 1);
	assert_str(v.cvss.v[0].source, "osv-pypi");
	assert_true(v.epss < 0);
	assert_str(v.title_notice, "");
	assert_int_equal(l.details(l.ctx, STR("CVE-2021-0002"), &f->arena, &v, &err), 0);
	assert_str(v.title, "Low: plain security update");
	assert_str(v.title_notice, "alma");
	/* of an erratum's references, only those that do not belong to another CVE */
	assert_int_equal(l.details(l.ctx, STR("CVE-2021-0003"), &f->arena, &v, &err), 0);
	assert_int_equal(v.references.n, 2);
	assert_str(v.references.v[0], "https://example.org/CVE-2021-0003");
	/* the text of an update is marked as such, also that of an update with one id only (ALSA-2022:1) */
	assert_str(v.title, "Important: nodejs:12 security update");
	assert_str(v.title_notice, "alma");
	assert_str(v.description_notice, "alma");
	assert_int_equal(v.severities.n, 1);
	/* known, but nothing more is said */
	assert_int_equal(l.details(l.ctx, STR("CVE-2023-1393"), &f->arena, &v, &err), 0);
	assert_str(v.title, "");
	assert_int_equal(l.details(l.ctx, STR("CVE-1999-0001"), &f->arena, &v, &err), ERR_NOT_FOUND);
	assert_true(l.has_ecosystem(l.ctx, STR("Debian:11")));
	assert_false(l.has_ecosystem(l.ctx, STR("Debian:1")));
	struct data_source source;
	assert_int_equal(l.source(l.ctx, STR("debian"), &source), 0);
	assert_str(source.name, "Debian Security Tracker");
	assert_str(source.updated, "2023-03-29");
	assert_int_equal(l.source(l.ctx, STR("nobody"), &source), ERR_NOT_FOUND);
	struct advisorydb_info info;
	assert_int_equal(advisorydb_info(db, &f->arena, &info, &err), 0);
	assert_str(info.built, "2023-04-01T00:00:00Z");
	assert_false(info.starter);
	assert_int_equal(info.ecosystem_count, 7);
	struct advisory_vec advisories = { 0 };
	struct str_vec ecosystems = { 0 }, names = { 0 };
	assert_int_equal(advisorydb_packages_of(db, &f->arena, STR("CVE-2021-0002"), &advisories, &ecosystems, &names, &err), 0);
	assert_int_equal(advisories.n, 2);
	assert_str(ecosystems.v[0], "AlmaLinux:8");
	assert_str(names.v[1], "plain");
	advisorydb_close(db);
}

static void test_same_bytes(void **state)
{
	struct fixture *f = *state;
	struct advisories_summary s;
	struct str a = in_dir(&f->arena, "a.db"), b = in_dir(&f->arena, "b.db");
	struct str turned[3] = { f->feeds[2], f->feeds[0], f->feeds[1] };
	import(f, a, f->feeds, 3, &fresh, &s);
	import(f, b, turned, 3, &fresh, &s);
	assert_true(str_eq(read_file(&f->arena, a), read_file(&f->arena, b)));
	/* again onto itself */
	import(f, b, f->feeds, 3, &onto, &s);
	assert_true(str_eq(read_file(&f->arena, a), read_file(&f->arena, b)));
	/* one feed after the other */
	import(f, b, f->feeds, 1, &fresh, &s);
	import(f, b, f->feeds + 1, 1, &onto, &s);
	import(f, b, f->feeds + 2, 1, &onto, &s);
	assert_string_equal(lookup(f, a, "Debian:11", "xorg-server"), lookup(f, b, "Debian:11", "xorg-server"));
	assert_string_equal(lookup(f, a, "PyPI", "foo-bar"), lookup(f, b, "PyPI", "foo-bar"));
	assert_string_equal(lookup(f, a, "AlmaLinux:8", "plain"), lookup(f, b, "AlmaLinux:8", "plain"));
}

static void test_replace(void **state)
{
	struct fixture *f = *state;
	struct advisories_summary s;
	import(f, f->db, f->feeds, 3, &fresh, &s);
	/* an OSV record that names no package any more leaves none behind */
	struct str stripped = write_file(&f->arena, "stripped.json", STR("{\"id\":\"RUSTSEC-2020-1\",\"summary\":\"moved\"}"));
	import(f, f->db, &stripped, 1, &onto, &s);
	assert_string_equal(lookup(f, f->db, "crates.io", "time"), "");
	import(f, f->db, f->feeds, 3, &fresh, &s);
	/* a newer DSA list without DSA-5380: the DLA entry comes out from its shadow; OSV records are replaced one by one */
	struct str newer[2] = { write_file(&f->arena, "dsa2.list", STR("[30 Mar 2023] DSA-5378-1 marks - security update\n\t{CVE-2023-2000}\n\t[bullseye] - marks 3.0\n")),
				write_file(&f->arena, "one.json", STR("{\"id\":\"PYSEC-2021-2\",\"withdrawn\":\"2023-01-01T00:00:00Z\",\"affected\":[{\"package\":{\"ecosystem\":\"PyPI\",\"name\":\"foo-bar\"}}]}")) };
	import(f, f->db, newer, 2, &onto, &s);
	assert_string_equal(lookup(f, f->db, "Debian:11", "xorg-server"), "CVE-2023-1393|DLA-1-1|fixed|UNKNOWN||[,2:1.0)||2:1.0 \n");
	assert_string_equal(lookup(f, f->db, "Debian:11", "marks"), "CVE-2023-2000|DSA-5378-1|fixed|UNKNOWN||[,3.0)||3.0 \n");
	assert_string_equal(lookup(f, f->db, "Debian:15", "xorg-server"), "");
	assert_string_equal(lookup(f, f->db, "PyPI", "foo-bar"), "CVE-2021-0001|PYSEC-2021-1|fixed|UNKNOWN||[,1.2)[2.0,2.1)|3.0rc1 |1.2 2.1 \n");
}

static void test_failure_keeps_old(void **state)
{
	struct fixture *f = *state;
	struct advisories_summary s;
	struct error err = { 0 };
	import(f, f->db, f->feeds, 3, &fresh, &s);
	struct str before = read_file(&f->arena, f->db);
	struct str bad[2] = { f->feeds[0], write_file(&f->arena, "no-feed.txt", STR("nothing of use\n")) };
	assert_int_equal(advisories_import(&f->arena, bad, 2, f->db, &onto, &s, &err), ERR_FORMAT);
	struct str missing[2] = { f->feeds[0], in_dir(&f->arena, "missing.json") };
	assert_int_equal(advisories_import(&f->arena, missing, 2, f->db, &onto, &s, &err), ERR_NOT_FOUND);
	assert_true(str_eq(before, read_file(&f->arena, f->db)));
	/* the write itself fails: no room for a file of this size */
	struct str nowhere = in_dir(&f->arena, "no/such/folder/x.db");
	assert_true(advisories_import(&f->arena, f->feeds, 3, nowhere, &fresh, &s, &err) < 0);
}

/* An import killed at any time leaves the database whole: the old one or the new one, and the next import clears up behind it. */
static void test_kill(void **state)
{
	struct fixture *f = *state;
	struct advisories_summary s;
	struct str path = in_dir(&f->arena, "killed.db");
	import(f, path, f->feeds + 1, 1, &fresh, &s);
	const char *before = lookup(f, path, "Debian:11", "xorg-server");
	size_t old = 0, new = 0;
	for (unsigned i = 0; i < 60; i++) {
		pid_t pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			struct error err;
			struct arena a;
			arena_init(&a, 0);
			(void)advisories_import(&a, f->feeds + 2, 1, path, &onto, &s, &err);
			_exit(0);
		}
		usleep(i * 100);
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		if (strcmp(lookup(f, path, "Debian:11", "xorg-server"), before) == 0)
			old++;
		else
			new++;
		assert_string_equal(lookup(f, path, "Debian:10", "xorg-server"), "CVE-2023-1393|DLA-1-1|fixed|UNKNOWN||[,2:1.1)||2:1.1 \n");
	}
	assert_true(old + new == 60);
	import(f, path, f->feeds + 2, 1, &onto, &s);
	DIR *d = opendir(dir);
	for (struct dirent *e; (e = readdir(d));)
		assert_null(strstr(e->d_name, ".new-"));
	closedir(d);
}

/* Opens a damaged copy and uses everything: it may fail, it must not crash (sanitizers watch). Returns whether opening worked. */
static bool use(struct fixture *f, struct str path)
{
	static const char *const packages[][2] = { { "PyPI", "foo-bar" }, { "Debian:11", "xorg-server" }, { "AlmaLinux:8", "nodejs" }, { "Debian:11", "absent" } };
	static const char *const ids[] = { "CVE-2021-0001", "CVE-2021-0002", "RUSTSEC-2020-1" };
	struct advisorydb *db;
	struct error err = { 0 };
	struct arena a;
	arena_init(&a, 64 << 20);
	int r = advisorydb_open(path, &db, &err);
	if (r < 0) {
		assert_true(r == ERR_CORRUPT);
		arena_release(&a);
		return false;
	}
	struct advisory_lookup l = advisorydb_lookup(db);
	struct advisory_vec v = { 0 }, of = { 0 };
	struct str_vec ecosystems = { 0 }, names = { 0 };
	struct advisorydb_info info;
	for (size_t i = 0; i < ARRAY_LEN(packages); i++)
		(void)l.find(l.ctx, str_c(packages[i][0]), str_c(packages[i][1]), &a, &v, &err);
	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		struct vulnerability vuln;
		(void)l.details(l.ctx, str_c(ids[i]), &a, &vuln, &err);
	}
	(void)l.has_ecosystem(l.ctx, STR("Debian:99"));
	(void)advisorydb_info(db, &a, &info, &err);
	(void)advisorydb_packages_of(db, &a, STR("CVE-2021-0002"), &of, &ecosystems, &names, &err);
	advisorydb_close(db);
	arena_release(&a);
	(void)f;
	return true;
}

static void test_damage(void **state)
{
	struct fixture *f = *state;
	struct advisories_summary s;
	struct error err = { 0 };
	struct advisorydb *db;
	import(f, f->db, f->feeds, 3, &fresh, &s);
	struct str whole = read_file(&f->arena, f->db), path = in_dir(&f->arena, "bad.db");
	char *bytes = malloc(whole.n);
	size_t opened = 0;
	memcpy(bytes, whole.p, whole.n);
	for (size_t n = 0; n < whole.n; n += whole.n / 97 + 1) {
		write_file(&f->arena, "bad.db", str_make(bytes, n));
		assert_false(use(f, path));
	}
	/* each byte that is in use, inverted, in a file that is otherwise whole */
	write_file(&f->arena, "bad.db", whole);
	int fd = open(path.p, O_RDWR);
	for (size_t i = 0; i < whole.n; i++) {
		char flipped = (char)~bytes[i];
		if (bytes[i] == 0 && i % 61)
			continue;
		assert_int_equal(pwrite(fd, &flipped, 1, (off_t)i), 1);
		opened += use(f, path);
		assert_int_equal(pwrite(fd, &bytes[i], 1, (off_t)i), 1);
	}
	close(fd);
	assert_true(opened > 0);
	free(bytes);
	write_file(&f->arena, "bad.db", STR("This is a text file that somebody took for a database. It is long enough to have meta pages, if it were one. ...............\n"));
	assert_int_equal(advisorydb_open(path, &db, &err), ERR_CORRUPT);
	assert_int_equal(advisorydb_open(in_dir(&f->arena, "none.db"), &db, &err), ERR_NOT_FOUND);
}

/* The page reader against liblmdb: every key and value of a file that liblmdb wrote, small and large values, hits and misses. */
static void test_lmdb_oracle(void **state)
{
	struct fixture *f = *state;
	struct str path = in_dir(&f->arena, "oracle.lmdb");
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;
	struct error err = { 0 };
	enum { COUNT = 20000 };
	assert_int_equal(mdb_env_create(&env), 0);
	assert_int_equal(mdb_env_set_mapsize(env, 256u << 20), 0);
	assert_int_equal(mdb_env_open(env, path.p, MDB_NOSUBDIR | MDB_NOLOCK | MDB_NOSYNC, 0600), 0);
	assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
	assert_int_equal(mdb_dbi_open(txn, NULL, 0, &dbi), 0);
	char *value = calloc(1, 20000);
	for (unsigned i = 0; i < COUNT; i++) {
		char key[64];
		int n = snprintf(key, sizeof(key), "%08x-key", i * 2654435761u);
		MDB_val k = { (size_t)n, key }, v = { i % 7 ? i % 300 : i % 20000, value };
		memset(value, (int)i, v.mv_size);
		assert_int_equal(mdb_put(txn, dbi, &k, &v, 0), 0);
	}
	for (unsigned i = 0; i < COUNT; i += 3) { /* holes and merged pages */
		char key[64];
		int n = snprintf(key, sizeof(key), "%08x-key", i * 2654435761u);
		MDB_val k = { (size_t)n, key };
		assert_int_equal(mdb_del(txn, dbi, &k, NULL), 0);
	}
	assert_int_equal(mdb_txn_commit(txn), 0);
	struct str bytes = read_file(&f->arena, path);
	struct lmdb db;
	assert_int_equal(lmdb_open(bytes, &db, &err), 0);
	assert_int_equal(mdb_txn_begin(env, NULL, MDB_RDONLY, &txn), 0);
	MDB_cursor *cursor;
	MDB_val k, v;
	struct lmdb_cursor c;
	struct str key, got;
	assert_int_equal(mdb_cursor_open(txn, dbi, &cursor), 0);
	assert_int_equal(lmdb_cursor_init(&c, &db, STR(""), &err), 0);
	size_t n = 0;
	while (mdb_cursor_get(cursor, &k, &v, MDB_NEXT) == 0) {
		assert_int_equal(lmdb_cursor_next(&c, &key, &got, &err), 1);
		assert_true(str_eq(key, str_make(k.mv_data, k.mv_size)) && str_eq(got, str_make(v.mv_data, v.mv_size)));
		assert_int_equal(lmdb_get(&db, key, &got, &err), 0);
		assert_true(str_eq(got, str_make(v.mv_data, v.mv_size)));
		n++;
	}
	assert_int_equal(lmdb_cursor_next(&c, &key, &got, &err), 0);
	assert_int_equal(n, db.entries);
	for (unsigned i = 0; i < 256; i++) { /* cursors from a key that is not there */
		char text[16];
		snprintf(text, sizeof(text), "%02x", i);
		MDB_val from = { 2, text };
		int mdb = mdb_cursor_get(cursor, &from, &v, MDB_SET_RANGE);
		assert_int_equal(lmdb_get(&db, str_c(text), &got, &err), ERR_NOT_FOUND);
		assert_int_equal(lmdb_cursor_init(&c, &db, str_c(text), &err), 0);
		assert_int_equal(lmdb_cursor_next(&c, &key, &got, &err), mdb == 0);
		if (mdb == 0)
			assert_true(str_eq(key, str_make(from.mv_data, from.mv_size)));
	}
	mdb_cursor_close(cursor);
	mdb_txn_abort(txn);
	mdb_env_close(env);
	free(value);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lookup),	       cmocka_unit_test(test_details), cmocka_unit_test(test_same_bytes), cmocka_unit_test(test_replace),
		cmocka_unit_test(test_failure_keeps_old), cmocka_unit_test(test_kill), cmocka_unit_test(test_damage),  cmocka_unit_test(test_lmdb_oracle),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
