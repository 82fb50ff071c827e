/* The command line from words to exit code, with a scan of our own in place of the real one (image_scan below gives the hand-made report): options from all four
 * places, gates and their exit codes, output files, messages. Each case runs in a fresh directory. */
#include "test.h"
#include "report_fixture.h"

#include "feature/image/image_scan.h"
#include "format/json/json.h"
#include "front/cli/cli.h"

#include <fcntl.h>
#include <ftw.h>

/* What the fake scan was asked for and gives. */
static struct image_scan_options asked;
static bool give_clean, give_starter;
static int give_error;

/* One package of a distribution that the database knows nothing of. */
static int without_data(struct arena *a, struct report *ret, struct error *err)
{
	struct package openssl = { .kind = PKG_DPKG, .name = STR("openssl"), .version = STR("3.0.11-1") };
	struct finding notice = { .kind = FINDING_NO_DATA, .id = STR("no-data"), .title = STR("the database has no advisories"), .subject = { .kind = SUBJECT_IMAGE, .object = STR("Debian:12") } };
	*ret = (struct report){ .image.artifact_name = STR("nodata"), .ecosystem = STR("Debian:12"), .db_path = STR("a.db") };
	ret->facts.distro = (struct distro){ .id = STR("debian"), .version = STR("12.5"), .known = true };
	return vec_push(a, &ret->facts.packages, openssl) && vec_push(a, &ret->findings, notice) ? 0 : error_nomem(err);
}

int image_scan(struct arena *a, const struct image_scan_options *opt, struct report *ret, struct error *err)
{
	asked = *opt;
	if (str_eq(opt->ref, STR("absent")))
		return error_set(err, ERR_NOT_FOUND, "absent is nowhere");
	if (give_error)
		return error_set(err, give_error, "no such image \"\033[31m%.*s\nbulkhead: all is well\"", STR_FMT(opt->ref));
	if (give_clean) {
		*ret = (struct report){ .image.artifact_name = opt->ref, .starter_only = give_starter };
		ret->facts.distro = (struct distro){ .id = STR("debian"), .version = STR("12.5"), .known = true };
		return 0;
	}
	fixture_report(a, ret);
	return str_eq(opt->ref, STR("nodata")) ? without_data(a, ret, err) : 0;
}

int image_scan_tags(struct arena *a, const struct image_scan_options *opt, struct str_vec *ret, size_t *ret_skipped, struct error *err)
{
	static const char *const tags[] = { "1", "2", "latest" };
	if (str_eq(opt->ref, STR("absent")))
		return error_set(err, ERR_NOT_FOUND, "absent is nowhere");
	for (size_t i = 0; i < ARRAY_LEN(tags); i++)
		if (!vec_push(a, ret, arena_printf(a, "%.*s:%s", STR_FMT(opt->ref), tags[i])))
			return error_nomem(err);
	*ret_skipped = 4;
	return 0;
}

void image_scan_release(struct report *r)
{
	r->lookup = (struct advisory_lookup){ 0 };
}

struct run {
	char out[1 << 17], err[1 << 16];
	int code;
};

static int temporary_fd(void)
{
	char path[] = "/tmp/bulkhead-cli-test.XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	unlink(path);
	return fd;
}

static void read_back(int fd, char *dst, size_t size)
{
	ssize_t n = pread(fd, dst, size - 1, 0);
	assert_true(n >= 0);
	dst[n] = '\0';
	close(fd);
}

/* words and env are separated by '|'. */
static void run_cli(struct run *r, const char *words, const char *env)
{
	struct arena a;
	char *argv[64] = { NULL }, *envp[64] = { NULL };
	int argc = 0, envc = 0;
	struct str rest = str_c(words), part;
	arena_init(&a, 0);
	argv[argc++] = arena_cstr(&a, STR("bulkhead"));
	while (str_next(&rest, '|', &part) && argc < 63)
		argv[argc++] = arena_cstr(&a, part);
	envp[envc++] = arena_cstr(&a, STR("HOME=/nonexistent"));
	envp[envc++] = arena_cstr(&a, STR("SOURCE_DATE_EPOCH=1700000000"));
	rest = str_c(env);
	while (str_next(&rest, '|', &part) && envc < 63)
		envp[envc++] = arena_cstr(&a, part);
	int out = temporary_fd(), err = temporary_fd();
	memset(&asked, 0, sizeof(asked));
	r->code = cli_main(argc, argv, envp, out, err);
	read_back(out, r->out, sizeof(r->out));
	read_back(err, r->err, sizeof(r->err));
	arena_release(&a);
}

static void write_text(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static char start_dir[4096];
static int enter_directory(void **state)
{
	static char dir[64];
	snprintf(dir, sizeof(dir), "/tmp/bulkhead-cli-test.XXXXXX");
	give_clean = give_starter = false;
	give_error = 0;
	assert_non_null(getcwd(start_dir, sizeof(start_dir)));
	assert_non_null(mkdtemp(dir));
	*state = dir;
	return chdir(dir);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	return remove(path);
}

static int leave_directory(void **state)
{
	if (chdir(start_dir) < 0)
		return -1;
	return nftw(*state, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static const struct {
	const char *words, *env;
	int code;
	const char *out, *err; /* what must be in them; NULL: nothing at all */
} cases[] = {
	/* usage */
	{ "", "", 2, NULL, "Usage: bulkhead COMMAND" },
	{ "--help", "", 0, "Usage: bulkhead COMMAND", NULL },
	{ "--version", "", 0, "bulkhead " BULKHEAD_VERSION "\n", NULL },
	{ "version", "", 0, "bulkhead " BULKHEAD_VERSION "\n", NULL },
	{ "help|image", "", 0, "--severity LIST", NULL },
	{ "image|--help", "", 0, "--severity LIST", NULL },
	{ "imgae|x", "", 2, NULL, "did you mean: bulkhead image?" },
	{ "my-app:1.0", "", 2, NULL, "did you mean: bulkhead image my-app:1.0?" },
	{ "image", "", 2, NULL, "which image?" },
	{ "rootfs|a|b", "", 2, NULL, "\"b\" is one argument too many" },
	{ "image|–severity|HIGH,CRITICAL|my-app:1.0", "", 2, NULL,
	  "\"–severity\" has \"–\" (U+2013 EN DASH) where plain ASCII is meant: write --severity" },
	{ "image|--severity|HIGH,CRITICLA|x", "", 2, NULL, "did you mean CRITICAL?" },
	{ "image|--fail-on|everything|x", "", 2, NULL, "--fail-on: \"everything\" is no gate" },
	{ "image|--input|a|b", "", 2, NULL, "exclude each other" },
	{ "image|--username|u|x", "", 2, NULL, "--username needs a password" },
	{ "image|x", "SOURCE_DATE_EPOCH=x", 0, "Total:", "" }, /* the first one in the environment counts */
	{ "completion|tcsh", "", 2, NULL, "none of bash, zsh, fish" },
	{ "completion|bash", "", 0, "complete -o filenames", NULL },
	{ "help|--man", "", 0, ".TH BULKHEAD 1", NULL },
	{ "image|x", "BULKHEAD_SEVERTY=HIGH", 0, "Total:", "did you mean BULKHEAD_SEVERITY?" },
	/* database */
	{ "db", "", 2, NULL, "Usage: bulkhead db COMMAND" },
	{ "db|--help", "", 0, "db update", NULL },
	{ "db|impotr|x", "", 2, NULL, "did you mean: bulkhead db import?" },
	{ "db|import", "", 2, NULL, "db import needs an argument" },
	{ "db|import|--db|x.db|absent", "", 2, NULL, "absent" },
	{ "db|build|--cache-dir|c|x.db", "", 2, NULL, "there is no database yet" },
	{ "db|info|--cache-dir|c", "", 0, "starter database", NULL },
	{ "db|info|--cache-dir|c|-f|json", "", 0, "\"Starter\": true", NULL },
	{ "db|show|--cache-dir|c|CVE-2021-44228", "", 0, "log4j-core", "only the starter database was asked" },
	{ "db|show|--cache-dir|c|CVE-1900-1", "", 2, NULL, "neither a vulnerability nor a package" },
	{ "db|update|--cache-dir|c|--source|nosuch=-", "", 2, NULL, "there is no source \"nosuch\"" },
	{ "db|update|--cache-dir|c|--source|debain=http://x", "", 2, NULL, "did you mean debian?" },
	{ "db|update|--cache-dir|c|--source|osv", "", 2, NULL, "\"osv\" is none of NAME=URL" },
	{ "db|update|--cache-dir|c|--offline", "", 2, NULL, "every source failed" },
	{ "clean|--cache-dir|c", "", 0, NULL, "removed" },
	{ "clean|--cache-dir|absent|--all", "", 0, NULL, "0 files removed" },
	/* scans, filters, formats */
	{ "image|x", "", 0, "Total: 4 (UNKNOWN: 1, LOW: 0, MEDIUM: 0", "" },
	{ "image|--severity|HIGH,CRITICAL|my-app:1.0", "", 0, "Total: 3 (HIGH: 2, CRITICAL: 1)", "" },
	{ "--quiet|image|x", "", 0, "Total:", NULL },
	{ "image|x|--format|json", "", 0, "\"SchemaVersion\": 2", "out of support" },
	{ "image|x|-f|cyclonedx", "", 0, "\"specVersion\": \"1.6\"", "" },
	{ "image|x|--format|json|--no-list-all-pkgs", "", 0, "\"Vulnerabilities\"", "" },
	{ "rootfs|/", "", 0, "Total:", "" },
	{ "image|x", "BULKHEAD_SEVERITY=critical", 0, "Total: 1 (CRITICAL: 1)", "" },
	{ "image|x|--severity|LOW", "BULKHEAD_SEVERITY=critical", 0, "Total: 1 (LOW: 1)", "" },
	{ "image|x|--ignore-unfixed", "", 0, "Left out because no version fixes it (--ignore-unfixed): 1", "" },
	/* gates */
	{ "image|x|--exit-code|0", "", 0, "Total:", "" },
	{ "image|x|--exit-code|5", "", 5, "Total:", "gate not met: exit-code" },
	{ "image|x|--exit-code|5|--severity|LOW", "", 5, "Total:", "gate not met: exit-code: 1 finding" },
	{ "image|x|--fail-on|critical", "", 1, "Total:", "gate not met: critical: 3 findings" },
	{ "image|x|--fail-on|critical|--severity|LOW", "", 1, "Total:", "gate not met: critical: 3 findings" },
	{ "image|x|--fail-on|critical|--exit-code|7", "", 7, "Total:", "gate not met: critical" },
	{ "image|x|--fail-on|kev,unknown", "", 1, "Total:", "gate not met: kev: 1 finding" },
	{ "image|x|--fail-on|epss>0.99", "", 0, "Total:", "could not judge 5 findings without an EPSS value" },
	{ "image|x|--fail-on|unknown|--ignore-unfixed", "", 0, "Total:", "" },
	{ "image|nodata|--fail-on|critical", "", 0, "Not judged: 1 package without advisory data", "the gates say nothing about packages without advisory data" },
	{ "image|nodata|a", "", 0, "| ok, but not all was judged", "" },
	{ "image|x|--strict", "", 1, "Total:", "--strict: 1 distribution is out of support" },
	{ "image|x|--exit-on-eol", "", 1, "Total:", "gate not met: exit-on-eol" },
	{ "image|--exit-on-eol|4|x|--fail-on|critical", "", 4, "Total:", "gate not met: critical" },
	{ "image|x|--fail-on|critical|-q", "", 1, "Total:", NULL },
	/* several images */
	{ "image|a|b", "", 0, "Summary of 2 images", "image b" },
	{ "image|a|absent|b", "", 2, "Summary of 3 images", "absent is nowhere" },
	{ "image|a|absent|b", "", 2, "| absent is nowhere", "" },
	{ "image|a|b|--exit-code|9", "", 9, "| gate not met", "gate not met: exit-code" },
	{ "image|a|absent|--exit-code|9", "", 2, "Summary", "" },
	{ "image|absent|--file|absent", "", 2, NULL, "--file" },
	{ "image|--all-tags|app", "", 0, "Summary of 3 images", "4 tags of signatures" },
	{ "image|--all-tags|absent", "", 2, NULL, "absent is nowhere" },
	{ "image|--input|a|--all-tags", "", 2, NULL, "--input names one archive" },
	{ "image|a|b|-f|json", "", 0, "[\n{", "" },
	{ "image|a|b|-f|cyclonedx", "", 2, NULL, "holds one image: with several its file needs {}" },
	/* an unset variable of a script is no value */
	{ "image|x|--db=", "", 2, NULL, "--db: the value is empty" },
	{ "image|x|--baseline=", "", 2, NULL, "--baseline: the value is empty" },
	{ "image|x|--fail-on=", "", 2, NULL, "--fail-on: the list is empty" },
	{ "image|x", "BULKHEAD_DB=", 0, "Total:", "" },
	{ "--frob", "", 2, NULL, "which command?" },
	{ "image|a|b|-f|markdown", "", 0, "## Summary of 2 images", "" },
	{ "image|a|b|--severity|CRITICAL", "", 0, "Summary of 2 images", "" },
};

static void test_cases(void **state)
{
	static struct run r;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		run_cli(&r, cases[i].words, cases[i].env);
		bool out = cases[i].out ? strstr(r.out, cases[i].out) != NULL : r.out[0] == '\0';
		bool err = cases[i].err ? strstr(r.err, cases[i].err) != NULL : r.err[0] == '\0';
		if (r.code != cases[i].code || !out || !err)
			fail_msg("bulkhead %s (%s): exit %d\n--- out\n%s--- err\n%s", cases[i].words, cases[i].env, r.code, r.out, r.err);
	}
}

static void test_clean_image(void **state)
{
	static struct run r;
	give_clean = true;
	run_cli(&r, "image|x|--strict|--fail-on|any|--exit-on-eol", "");
	assert_int_equal(r.code, 0);
	assert_string_equal(r.err, "");
	give_starter = true;
	run_cli(&r, "image|x|--strict", "");
	assert_int_equal(r.code, 1);
	assert_non_null(strstr(r.err, "starter database"));
}

static void test_scan_options(void **state)
{
	static struct run r;
	run_cli(&r,
		"image|--input|a.tar|--platform|linux/arm64|--offline|--skip-dirs|/usr/share,opt|--skip-files|**/*.md|--db|x.db|--cache-dir|c|--timeout|90s|--workers|3|"
		"--lock-files|--judge-owned|--include-dev-deps|--username|u|--registry-token|t|--insecure|--cacert|ca.pem",
		"BULKHEAD_PASSWORD=secret");
	assert_int_equal(r.code, 0);
	assert_true(asked.input && asked.offline && asked.lock_files && asked.judge_owned && asked.include_dev && asked.insecure && asked.db_required && !asked.is_rootfs);
	assert_int_equal(asked.timeout_ms, 90000);
	assert_int_equal(asked.workers, 3);
	assert_int_equal(asked.skip_dirs.n, 2);
	assert_true(asked.today > 20000);
	run_cli(&r, "image|x|--no-cache", "BULKHEAD_CACHE_DIR=/c");
	assert_int_equal(asked.cache_dir.n, 0);
	assert_false(asked.db_required);
	run_cli(&r, "rootfs|dir", "");
	assert_true(asked.is_rootfs);
}

static void test_scan_failures(void **state)
{
	static const struct {
		int error, code;
	} errors[] = {
		{ ERR_NOT_FOUND, 2 }, { ERR_USAGE, 2 }, { ERR_FORMAT, 2 }, { ERR_DIGEST, 2 }, { ERR_AUTH, 2 }, { ERR_NETWORK, 2 }, { ERR_TIMEOUT, 2 }, { ERR_CORRUPT, 2 },
		{ ERR_LIMIT, 2 }, { ERR_NOMEM, 3 }, { ERR_SYSTEM, 3 }, { ERR_INTERNAL, 3 },
	};
	static struct run r;
	for (size_t i = 0; i < ARRAY_LEN(errors); i++) {
		give_error = errors[i].error;
		run_cli(&r, "image|x|--format|json", "");
		if (r.code != errors[i].code)
			fail_msg("error %d exits %d", errors[i].error, r.code);
		assert_string_equal(r.out, "");
		assert_string_equal(r.err, "bulkhead: no such image \"?[31mx bulkhead: all is well\"\n"); /* no escape sequence, no second message */
	}
}

static void test_config_file(void **state)
{
	static const struct {
		const char *yaml, *words, *env;
		int code;
		const char *out, *err;
	} files[] = {
		{ "severity: [LOW]\n", "image|x", "", 0, "Total: 1 (LOW: 1)", "" },
		{ "severity: HIGH,CRITICAL\n", "image|x", "", 0, "(HIGH: 2, CRITICAL: 1)", "" },
		{ "severity: [LOW]\nimage:\n  severity: [CRITICAL]\n", "image|x", "", 0, "Total: 1 (CRITICAL: 1)", "" },
		{ "rootfs:\n  severity: [CRITICAL]\n", "image|x", "", 0, "Total: 4 (UNKNOWN: 1", "" },
		{ "severity: [LOW]\n", "image|x", "BULKHEAD_SEVERITY=CRITICAL", 0, "Total: 1 (CRITICAL: 1)", "" },
		{ "severity: [LOW]\n", "image|x|-s|HIGH", "BULKHEAD_SEVERITY=CRITICAL", 0, "Total: 2 (HIGH: 2)", "" },
		{ "image:\n  exit-code: 9\n", "image|x", "", 9, "Total:", "gate not met" },
		{ "quiet: true\n", "image|x|--fail-on|any", "", 1, "Total:", NULL },
		{ "no-progress: true\ncache: no\n", "image|x", "", 0, "Total:", "" },
		{ "serverity: [LOW]\n", "image|x", "", 2, NULL, "bulkhead.yaml:1: serverity: there is no such option; did you mean severity?" },
		{ "\nimage:\n  severity: [LOWW]\n", "image|x", "", 2, NULL, "bulkhead.yaml:3: image: severity: \"LOWW\" is none of" },
		{ "imgae:\n  severity: [LOW]\n", "image|x", "", 2, NULL, "bulkhead.yaml:1: there is no command \"imgae\"; did you mean image?" },
		{ "image:\n  man: true\n", "image|x", "", 2, NULL, "there is no such option for this command" },
		{ "severity: LOW\nseverity: HIGH\n", "image|x", "", 2, NULL, "bulkhead.yaml:2:" },
		{ "severity: {LOW: 1}\n", "image|x", "", 2, NULL, "there is no command \"severity\"" },
		{ "strict: [a]\n", "image|x", "", 2, NULL, "one value is meant" },
		{ "severity: [LOW\n", "image|x", "", 2, NULL, "bulkhead.yaml: line" },
		{ "- a\n", "image|x", "", 2, NULL, "mapping" },
		{ "# nothing\n", "image|x", "", 0, "Total:", "" },
	};
	static struct run r;
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		write_text("bulkhead.yaml", files[i].yaml);
		run_cli(&r, files[i].words, files[i].env);
		bool out = files[i].out ? strstr(r.out, files[i].out) != NULL : r.out[0] == '\0';
		bool err = files[i].err ? strstr(r.err, files[i].err) != NULL : r.err[0] == '\0';
		if (r.code != files[i].code || !out || !err)
			fail_msg("%s bulkhead %s (%s): exit %d\n--- out\n%s--- err\n%s", files[i].yaml, files[i].words, files[i].env, r.code, r.out, r.err);
	}
	unlink("bulkhead.yaml");
	run_cli(&r, "image|x|--config|other.yaml", "");
	assert_int_equal(r.code, 2);
	write_text("other.yaml", "severity: LOW\n");
	run_cli(&r, "image|x|--config|other.yaml", "");
	assert_non_null(strstr(r.out, "Total: 1 (LOW: 1)"));
	run_cli(&r, "--config|other.yaml|image|x", "");
	assert_non_null(strstr(r.out, "Total: 1 (LOW: 1)"));
	run_cli(&r, "image|x", "BULKHEAD_CONFIG=other.yaml");
	assert_non_null(strstr(r.out, "Total: 1 (LOW: 1)"));
}

static void test_ignore_files(void **state)
{
	static struct run r;
	write_text(".trivyignore", "CVE-2023-0286 # accepted\nCVE-1999-0001\nCVE-2023-0215 exp:2020-01-01\nCVE-2023-0464 exp:soon\n");
	run_cli(&r, "image|x|--fail-on|critical", "");
	assert_int_equal(r.code, 1);
	assert_non_null(strstr(r.err, "critical: 2 findings"));
	assert_non_null(strstr(r.err, "ignore rule CVE-1999-0001 (.trivyignore:2) matched nothing"));
	assert_non_null(strstr(r.err, "ignore rule CVE-2023-0215 (.trivyignore:3) expired on 2020-01-01"));
	assert_non_null(strstr(r.err, ".trivyignore:4: \"exp:soon\" is no date"));
	assert_non_null(strstr(r.out, "Suppressed by ignore rules, VEX or baseline: 2"));
	assert_null(strstr(r.out, "CVE-2023-0286"));
	run_cli(&r, "image|x|--show-suppressed", "");
	assert_non_null(strstr(r.out, "CVE-2023-0286 (CRITICAL): .trivyignore:1: accepted"));
	/* A named file goes in place of the default ones; it must be there. */
	write_text("mine.yaml", "vulnerabilities:\n  - id: CVE-2021-44228\n    statement: offline\n");
	run_cli(&r, "image|x|--ignorefile|mine.yaml|--format|json", "");
	assert_non_null(strstr(r.out, "CVE-2023-0286"));
	assert_null(strstr(r.out, "\"VulnerabilityID\": \"CVE-2021-44228\""));
	run_cli(&r, "image|x|--ignorefile|absent", "");
	assert_int_equal(r.code, 2);
	write_text("mine.yaml", "vulns: []\n");
	run_cli(&r, "image|x|--ignorefile|mine.yaml", "");
	assert_int_equal(r.code, 2);
	assert_non_null(strstr(r.err, "mine.yaml:1: unknown section"));
}

static void test_output_file(void **state)
{
	static struct run r;
	char text[64];
	run_cli(&r, "image|x|-o|report.json|--format|json", "");
	assert_int_equal(r.code, 0);
	assert_string_equal(r.out, "");
	int fd = open("report.json", O_RDONLY);
	assert_true(fd >= 0);
	read_back(fd, text, sizeof(text));
	assert_non_null(strstr(text, "SchemaVersion"));
	run_cli(&r, "image|x|-o|no/such/dir/report.json", "");
	assert_int_equal(r.code, 2);
	assert_non_null(strstr(r.err, "no/such/dir/report.json: No such file or directory"));
}

/* A list, a file for all, a file an image, names that come out the same. */
static void test_series(void **state)
{
	static struct run r;
	static char text[1 << 18];
	FILE *f = fopen("list", "w");
	assert_non_null(f);
	fputs("# mine\r\n\nteam/app:1\r\n  team/app:1  \n", f);
	fclose(f);
	run_cli(&r, "image|--file|list|-f|json|-o|all.json|--report|cyclonedx=out-{}.json|--report|csv=out-{}.csv", "");
	assert_int_equal(r.code, 0);
	assert_string_equal(r.out, "");
	int fd = open("all.json", O_RDONLY);
	assert_true(fd >= 0);
	read_back(fd, text, sizeof(text));
	struct arena a;
	struct document doc;
	struct error err = { 0 };
	arena_init(&a, 0);
	if (json_parse(&a, str_c(text), NULL, &doc, NULL, &err) < 0)
		fail_msg("all.json: %s", err.text);
	assert_int_equal(value_count(doc.root, VALUE_ARRAY), 2);
	assert_true(value_get_c(value_at(doc.root, 1), "SchemaVersion") != NULL);
	arena_release(&a);
	struct str name = STR("my-app-1.0"); /* the fixture's own */
	for (int i = 0; i < 4; i++) {
		char path[128];
		snprintf(path, sizeof(path), "out-%.*s%s.%s", STR_FMT(name), i & 1 ? "-2" : "", i & 2 ? "csv" : "json");
		if (access(path, R_OK) < 0)
			fail_msg("%s is not there\n%s", path, r.err);
	}
}

/* docs/cli.md tells what the program does (tools/gen-docs). */
static void test_reference(void **state)
{
	static struct run r;
	static char docs[1 << 17];
	char path[4096];
	const char *top = getenv("BULKHEAD_TOP");
	snprintf(path, sizeof(path), "%s/docs/cli.md", top ? top : ".");
	int fd = open(path, O_RDONLY);
	assert_true(fd >= 0);
	read_back(fd, docs, sizeof(docs));
	run_cli(&r, "help|--markdown", "");
	const char *reference = strstr(docs, "\n### ");
	if (!reference || strcmp(reference + 1, r.out) != 0)
		fail_msg("docs/cli.md is not what bulkhead help --markdown says; run tools/gen-docs");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_cases, enter_directory, leave_directory),
		cmocka_unit_test_setup_teardown(test_clean_image, enter_directory, leave_directory),
		cmocka_unit_test_setup_teardown(test_scan_options, enter_directory, leave_directory),
		cmocka_unit_test_setup_teardown(test_scan_failures, enter_directory, leave_directory),
		cmocka_unit_test_setup_teardown(test_config_file, enter_directory, leave_directory),
		cmocka_unit_test_setup_teardown(test_ignore_files, enter_directory, leave_directory),
		cmocka_unit_test_setup_teardown(test_output_file, enter_directory, leave_directory),
		cmocka_unit_test_setup_teardown(test_series, enter_directory, leave_directory),
		cmocka_unit_test(test_reference),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
