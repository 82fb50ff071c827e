#include "front/cli/image_command.h"

#include "base/date.h"
#include "base/path.h"
#include "front/cli/commands.h"
#include "front/cli/progress.h"
#include "front/cli/sbom.h"
#include "front/cli/series.h"
#include "source/layer/layer.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#define SECRET_CONFIG "trivy-secret.yaml" /* taken from the working directory, as Trivy does */

#define AT(member, type) OPTION_AT(struct image_command, member, type)
static const char *const source_choices[] = { "docker", "containerd", "podman", "remote", NULL };
const struct option image_input_options[] = {
	{ .name = "input", .type = OPTION_TEXT, .offset = AT(input, struct str), .arg = "FILE", .flags = OPTION_FILE_ARG,
	  .summary = "image archive (docker save, OCI) or OCI layout directory, in place of REF" },
	{ .name = "file", .type = OPTION_TEXT, .offset = AT(list, struct str), .arg = "LIST", .flags = OPTION_FILE_ARG,
	  .summary = "scan all images of a list, one REF a line, # for comments; - is standard input" },
	{ .name = "all-tags", .type = OPTION_BOOL, .offset = AT(all_tags, bool), .summary = "REF is a repository of a registry: scan the images of all its tags" },
	{ .name = "platform", .type = OPTION_TEXT, .offset = AT(platform, struct str), .arg = "OS/ARCH", .shown_default = "linux and this machine's",
	  .summary = "which image of a multi-platform one, such as linux/arm64/v8" },
	{ .name = "image-src", .type = OPTION_LIST, .offset = AT(sources, struct str_vec), .arg = "LIST", .default_text = "docker,containerd,podman,remote",
	  .choices = source_choices, .summary = "where REF is looked for, in this order: the engines of this machine, the registry (remote)" },
	{ .name = "namespace", .type = OPTION_TEXT, .offset = AT(namespace_, struct str), .arg = "NAME", .shown_default = "all", .summary = "namespace of containerd, such as k8s.io" },
	{ .name = "containerd-root", .type = OPTION_TEXT, .offset = AT(containerd_root, struct str), .arg = "DIR", .shown_default = "/var/lib/containerd", .flags = OPTION_DIR_ARG,
	  .summary = "where containerd keeps its data" },
	{ .name = "docker-root", .type = OPTION_TEXT, .offset = AT(docker_root, struct str), .arg = "DIR", .shown_default = "data-root in daemon.json, else /var/lib/docker",
	  .flags = OPTION_DIR_ARG, .summary = "where Docker keeps its data; the engine is then not asked" },
	{ .name = "docker-host", .type = OPTION_TEXT, .offset = AT(docker_host, struct str), .arg = "URL", .shown_default = "DOCKER_HOST, else unix:///var/run/docker.sock",
	  .summary = "address of the Docker engine" },
	{ .name = "podman-root", .type = OPTION_TEXT, .offset = AT(podman_root, struct str), .arg = "DIR", .shown_default = "storage.conf, the user's and root's containers/storage",
	  .flags = OPTION_DIR_ARG, .summary = "where Podman or CRI-O keeps images (containers-storage)" },
	{ .name = "username", .type = OPTION_TEXT, .offset = AT(username, struct str), .arg = "NAME", .summary = "registry user; without it ~/.docker/config.json decides" },
	{ .name = "password", .type = OPTION_TEXT, .offset = AT(password, struct str), .arg = "TEXT", .flags = OPTION_SECRET,
	  .summary = "registry password; BULKHEAD_PASSWORD keeps it out of the process list" },
	{ .name = "password-stdin", .type = OPTION_BOOL, .offset = AT(password_stdin, bool), .summary = "read the registry password from standard input" },
	{ .name = "registry-token", .type = OPTION_TEXT, .offset = AT(registry_token, struct str), .arg = "TEXT", .flags = OPTION_SECRET, .summary = "registry bearer token" },
	{ .name = "insecure", .type = OPTION_BOOL, .offset = AT(insecure, bool), .summary = "accept a registry's plain HTTP and unchecked certificates" },
	{ .name = "ca-file", .alias = "cacert", .type = OPTION_TEXT, .offset = AT(ca_file, struct str), .arg = "FILE", .flags = OPTION_FILE_ARG,
	  .summary = "certificates (PEM) of a private authority" },
	{ .name = "client-cert", .type = OPTION_TEXT, .offset = AT(client_cert, struct str), .arg = "FILE", .flags = OPTION_FILE_ARG,
	  .summary = "certificate (PEM) shown to a registry that asks for one" },
	{ .name = "client-key", .type = OPTION_TEXT, .offset = AT(client_key, struct str), .arg = "FILE", .flags = OPTION_FILE_ARG,
	  .shown_default = "in the --client-cert file", .summary = "its private key" },
	{ .name = "credentials", .type = OPTION_TEXT, .offset = AT(credentials, struct str), .arg = "FILE", .flags = OPTION_FILE_ARG,
	  .shown_default = "~/.docker/config.json and what Podman has", .summary = "registry credentials in Docker's config.json form" },
	{ .name = "registry-mirror", .type = OPTION_LIST, .offset = AT(mirrors, struct str_vec), .arg = "PREFIX=URL",
	  .summary = "ask URL first for images whose name begins with PREFIX, such as docker.io=https://mirror.example; repeat for more" },
	{ .name = "retries", .type = OPTION_INT, .offset = AT(retries, int64_t), .arg = "N", .default_text = "3", .max = 100,
	  .summary = "further tries after a failed request, with growing pauses" },
};
static const char *const scanner_choices[] = { "vuln", "secret", "license", "misconfig", NULL };
/* The first ones are for installed systems alone. */
#define INSTALLED_OPTION_COUNT 4
const struct option image_scan_options_table[] = {
	{ .name = "quick", .type = OPTION_BOOL, .offset = AT(quick, bool),
	  .summary = "only operating-system packages and lock files: an answer at once; modules, jars and programs that are installed are not looked at" },
	{ .name = "deep", .type = OPTION_BOOL, .offset = AT(deep, bool),
	  .summary = "everything: also lock files, secrets, licences, the configuration, programs without a package by the version text they carry, archives in archives, digests of files" },
	{ .name = "lock-files", .type = OPTION_BOOL, .offset = AT(lock_files, bool), .summary = "also judge what lock files name (package-lock.json, poetry.lock …), installed or not" },
	{ .name = "judge-owned", .type = OPTION_BOOL, .offset = AT(judge_owned, bool),
	  .summary = "judge language packages that the distribution installed by their own ecosystem's data too" },
	{ .name = "skip-dirs", .type = OPTION_LIST, .offset = AT(skip_dirs, struct str_vec), .arg = "LIST", .summary = "directories, or globs of them, that are not looked at" },
	{ .name = "skip-files", .type = OPTION_LIST, .offset = AT(skip_files, struct str_vec), .arg = "LIST", .summary = "files, or globs of them, that are not looked at" },
	{ .name = "include-dev", .alias = "include-dev-deps", .type = OPTION_BOOL, .offset = AT(include_dev, bool), .summary = "judge dependencies that only development needs too" },
	{ .name = "scanners", .type = OPTION_LIST, .offset = AT(scanners, struct str_vec), .arg = "LIST", .default_text = "vuln", .choices = scanner_choices,
	  .summary = "what to look for: known vulnerabilities, secrets in files and in the image's configuration, licences of packages, settings and files of an image that are wrong" },
	{ .name = "secret-config", .type = OPTION_TEXT, .offset = AT(secret_config, struct str), .arg = "FILE", .flags = OPTION_FILE_ARG,
	  .shown_default = "trivy-secret.yaml, when there is one", .summary = "rules of one's own for secrets, in Trivy's form" },
	{ .name = "license-allow", .type = OPTION_LIST, .offset = AT(license_allow, struct str_vec), .arg = "LIST",
	  .summary = "licences that may be used, such as MIT,BSD-*,notice: all others are HIGH (docs/licenses.md); asks for --scanners license" },
	{ .name = "license-deny", .type = OPTION_LIST, .offset = AT(license_deny, struct str_vec), .arg = "LIST",
	  .summary = "licences that may not be used, such as AGPL-*,forbidden: they are CRITICAL; asks for --scanners license" },
	{ .name = "workers", .alias = "parallel", .type = OPTION_INT, .offset = AT(workers, int64_t), .arg = "N", .max = 1024, .shown_default = "one a processor",
	  .summary = "layers that are read side by side; the result is the same for any number" },
	{ .name = "timeout", .type = OPTION_DURATION, .offset = AT(timeout_ms, uint64_t), .arg = "TIME", .default_text = "5m", .summary = "for the whole scan, such as 90s or 10m; 0: none" },
	{ .name = "progress", .type = OPTION_BOOL, .offset = AT(progress, bool), .default_text = "true", .summary = "no progress on standard error" },
};
/* A scan fetches, asks and reports nothing by itself; taken so that Trivy's command lines carry over. */
#define NOTHING_TO_SKIP(option_name) \
	{ .name = option_name, .type = OPTION_BOOL, .offset = AT(skip_db_update, bool), .flags = OPTION_HIDDEN, .summary = "taken for the sake of Trivy's command lines" }
const struct option image_data_options[] = {
	{ .name = "db", .type = OPTION_TEXT, .offset = AT(db, struct str), .arg = "FILE", .shown_default = CLI_DB_NAME " in the cache directory, else in /var/lib/bulkhead",
	  .flags = OPTION_FILE_ARG, .summary = "advisory database" },
	{ .name = "cache-dir", .type = OPTION_TEXT, .offset = AT(cache_dir, struct str), .arg = "DIR", .shown_default = "~/.cache/bulkhead", .flags = OPTION_DIR_ARG,
	  .summary = "directory of layer results and the database" },
	{ .name = "cache", .type = OPTION_BOOL, .offset = AT(cache, bool), .default_text = "true", .summary = "neither read nor write layer results" },
	{ .name = "offline", .alias = "offline-scan", .type = OPTION_BOOL, .offset = AT(offline, bool), .summary = "do not use the network" },
	NOTHING_TO_SKIP("skip-db-update"),
	NOTHING_TO_SKIP("skip-java-db-update"),
	NOTHING_TO_SKIP("skip-check-update"),
	NOTHING_TO_SKIP("skip-vex-repo-update"),
	NOTHING_TO_SKIP("skip-version-check"),
	NOTHING_TO_SKIP("disable-telemetry"),
};

_Static_assert(ARRAY_LEN(image_input_options) == IMAGE_INPUT_OPTION_COUNT && ARRAY_LEN(image_scan_options_table) == IMAGE_SCAN_OPTION_COUNT &&
	       ARRAY_LEN(image_data_options) == IMAGE_DATA_OPTION_COUNT, "as the header says");

static const struct option base_options[] = {
	{ .name = "base", .type = OPTION_LIST, .offset = AT(bases, struct str_vec), .arg = "IMAGE", .flags = OPTION_FILE_ARG,
	  .summary = "images this one may be built on (references, archives, JSON reports): the one whose layers it has is its base (docs/base-image.md)" },
	{ .name = "advise-against", .type = OPTION_LIST, .offset = AT(against, struct str_vec), .arg = "IMAGE", .flags = OPTION_FILE_ARG,
	  .summary = "images (references, archives, bills of materials, JSON reports) to use in the place of the base: tells what each would remove and add" },
};
static const struct option_group image_groups[] = {
	{ "Report", report_options, REPORT_OPTION_COUNT, offsetof(struct image_command, verdict) },
	{ "Gates", gate_options, GATE_OPTION_COUNT, offsetof(struct image_command, verdict) },
	{ "Earlier scans and statements", accepted_options, ACCEPTED_OPTION_COUNT, offsetof(struct image_command, verdict.accepted) },
	{ "Image", image_input_options, ARRAY_LEN(image_input_options), 0 },
	{ "Base image", base_options, ARRAY_LEN(base_options), 0 },
	{ "Scan", image_scan_options_table, ARRAY_LEN(image_scan_options_table), 0 },
	{ "Data", image_data_options, ARRAY_LEN(image_data_options), 0 },
};
static const struct option_group rootfs_groups[] = {
	{ "Report", report_options, REPORT_OPTION_COUNT, offsetof(struct image_command, verdict) },
	{ "Gates", gate_options, GATE_OPTION_COUNT, offsetof(struct image_command, verdict) },
	{ "Earlier scans and statements", accepted_options, ACCEPTED_OPTION_COUNT, offsetof(struct image_command, verdict.accepted) },
	{ "Scan", image_scan_options_table, ARRAY_LEN(image_scan_options_table), 0 },
	{ "Data", image_data_options, ARRAY_LEN(image_data_options), 0 },
};
static const struct option_group fs_groups[] = {
	{ "Report", report_options, REPORT_OPTION_COUNT, offsetof(struct image_command, verdict) },
	{ "Gates", gate_options, GATE_OPTION_COUNT, offsetof(struct image_command, verdict) },
	{ "Earlier scans and statements", accepted_options, ACCEPTED_OPTION_COUNT, offsetof(struct image_command, verdict.accepted) },
	{ "Scan", image_scan_options_table + INSTALLED_OPTION_COUNT, ARRAY_LEN(image_scan_options_table) - INSTALLED_OPTION_COUNT, 0 },
	{ "Data", image_data_options, ARRAY_LEN(image_data_options), 0 },
};

/* Paths inside the image are relative; people write them both ways. */
static int clean_globs(struct cli *c, const struct str_vec *given, struct str_vec *ret, struct error *err)
{
	const struct str *glob;
	vec_foreach(glob, given) {
		struct str s = path_clean(c->arena, *glob);
		if (!s.p || !vec_push(c->arena, ret, s))
			return error_nomem(err);
	}
	return 0;
}

static int check_depth(const struct image_command *o, struct error *err)
{
	return o->quick && o->deep ? error_set(err, ERR_USAGE, "--quick and --deep exclude each other") : 0;
}

static int read_password(struct cli *c, struct image_command *o, struct error *err)
{
	struct str text;
	if (!o->password_stdin)
		return 0;
	if (o->password.n)
		return error_set(err, ERR_USAGE, "--password-stdin and --password exclude each other");
	int r = cli_read_file(c->arena, STR("-"), 65536, &text, err);
	if (r == 0)
		o->password = str_trim_right(text);
	return r;
}

/* SOURCE_DATE_EPOCH dates the report, so that it can be made again to the byte; what is expired or out of support is judged by the clock. */
static int set_dates(struct cli *c, struct image_scan_options *scan, struct error *err)
{
	char text[DATE_TEXT_MAX];
	int64_t now = (int64_t)time(NULL), epoch;
	struct str given = cli_env(c, "SOURCE_DATE_EPOCH");
	scan->today = now / 86400;
	if (given.n && str_to_i64(given, &epoch) < 0)
		return error_set(err, ERR_USAGE, "SOURCE_DATE_EPOCH: \"%.*s\" is no number of seconds", STR_FMT(given));
	scan->created = arena_str(c->arena, date_format_rfc3339(given.n ? epoch : now, text));
	return scan->created.p ? 0 : error_nomem(err);
}

static unsigned scanner_set(const struct str_vec *names)
{
	static const unsigned bits[] = { IMAGE_SCAN_VULN, IMAGE_SCAN_SECRET, IMAGE_SCAN_LICENSE, IMAGE_SCAN_MISCONFIG };
	const struct str *name;
	unsigned set = 0;
	vec_foreach(name, names)
		for (size_t i = 0; i < ARRAY_LEN(bits); i++)
			if (str_eq_c(*name, scanner_choices[i]))
				set |= bits[i];
	return set;
}

int image_command_fill(struct cli *c, const struct option_set *set, struct image_command *o, struct image_scan_options *scan, struct error *err)
{
	struct str cache_dir = cli_cache_dir(c, o->cache_dir);
	int r = cache_dir.p ? read_password(c, o, err) : error_nomem(err);
	if (r == 0)
		r = check_depth(o, err);
	if (r == 0 && o->username.n && !o->password.n)
		r = error_set(err, ERR_USAGE, "--username needs a password (BULKHEAD_PASSWORD, --password-stdin or --password)");
	if (r == 0)
		r = clean_globs(c, &o->skip_dirs, &scan->skip_dirs, err);
	if (r == 0)
		r = clean_globs(c, &o->skip_files, &scan->skip_files, err);
	if (r == 0)
		r = set_dates(c, scan, err);
	scan->platform = o->platform;
	scan->sources = o->sources;
	scan->containerd_root = o->containerd_root;
	scan->containerd_namespace = o->namespace_;
	scan->docker_root = o->docker_root;
	scan->docker_host = o->docker_host;
	scan->podman_root = o->podman_root;
	scan->offline = o->offline;
	scan->username = o->username;
	scan->password = o->password;
	scan->registry_token = o->registry_token;
	scan->insecure = o->insecure;
	scan->ca_file = o->ca_file;
	scan->client_cert = o->client_cert;
	scan->client_key = o->client_key;
	scan->credentials_file = o->credentials;
	scan->mirrors = o->mirrors;
	scan->retries = (unsigned)o->retries;
	scan->scanners = scanner_set(&o->scanners) | (o->license_allow.n || o->license_deny.n ? IMAGE_SCAN_LICENSE : 0);
	scan->license_allow = o->license_allow;
	scan->license_deny = o->license_deny;
	scan->secret_config = o->secret_config.n || access(SECRET_CONFIG, R_OK) < 0 ? o->secret_config : STR(SECRET_CONFIG);
	scan->depth = o->quick ? SCAN_QUICK : o->deep ? SCAN_DEEP : SCAN_NORMAL;
	if (o->deep && option_origin_of(set, "scanners") == ORIGIN_DEFAULT)
		scan->scanners |= IMAGE_SCAN_SECRET | IMAGE_SCAN_LICENSE | IMAGE_SCAN_MISCONFIG;
	scan->bases = o->bases;
	scan->lock_files = o->lock_files;
	scan->judge_owned = o->judge_owned;
	scan->include_dev = o->include_dev;
	scan->db_required = option_origin_of(set, "db") != ORIGIN_DEFAULT;
	scan->db_path = scan->db_required ? o->db : cli_default_db(c, cache_dir);
	scan->cache_dir = o->cache ? cache_dir : STR_NONE;
	scan->workers = (unsigned)o->workers;
	scan->timeout_ms = o->timeout_ms;
	return r;
}

/* --compare's OLD, --advise-against's IMAGE: a bill of materials, a report (JSON), else another image or directory, which is scanned like the new one. */
static int other_report(struct cli *c, struct str path, const struct image_scan_options *scan, struct report *ret, struct error *err)
{
	struct image_scan_options other = *scan;
	struct str head;
	int fd = open(arena_cstr(c->arena, path), O_RDONLY | O_CLOEXEC);
	char first[64];
	ssize_t n = fd >= 0 ? read(fd, first, sizeof(first)) : -1;
	if (fd >= 0)
		close(fd);
	head = str_trim(str_make(first, n > 0 ? (size_t)n : 0));
	other.ref = path;
	other.credentials_for = scan->ref;
	other.input = scan->is_rootfs;
	other.bill = NULL;
	other.bases = (struct str_vec){ 0 };
	int r = str_has_prefix(head, STR("{")) ? cli_read_report(c, path, ret, err) : ERR_FORMAT;
	if (r != ERR_FORMAT)
		return r;
	if (sbom_is_bill(c, path)) {
		error_clear(err);
		r = sbom_load(c, path, &other.bill, err);
		return r < 0 ? r : image_scan(c->arena, &other, ret, err);
	}
	return str_has_prefix(head, STR("{")) ? r : image_scan(c->arena, &other, ret, err);
}

/* --advise-against: into judging->against, released by release_candidates. */
static int read_candidates(struct cli *c, const struct image_command *o, const struct image_scan_options *scan, struct judging *judging, struct error *err)
{
	const struct str *name;
	vec_foreach(name, &o->against) {
		struct report *r = arena_new(c->arena, struct report);
		int e = r ? other_report(c, *name, scan, r, err) : error_nomem(err);
		if (e < 0)
			return error_wrap(err, e == ERR_NOT_FOUND ? ERR_USAGE : e, "--advise-against %.*s", STR_FMT(*name));
		if ((e = judging_add_candidate(c, judging, r, scan->today, err)) < 0) {
			image_scan_release(r);
			return e;
		}
	}
	return 0;
}

static void release_candidates(struct judging *judging)
{
	for (size_t i = 0; i < judging->against.n; i++)
		image_scan_release(judging->against.v[i]);
	judging->against.n = 0;
}

int image_command_scan(struct cli *c, const struct image_command *o, struct image_scan_options *scan, struct report *ret, struct error *err)
{
	struct progress progress;
	progress_init(&progress, c, o->progress);
	scan->progress = progress_update;
	scan->progress_ctx = &progress;
	int r = image_scan(c->arena, scan, ret, err);
	progress_end(&progress);
	return r;
}

int image_command_judge(struct cli *c, const struct option_set *set, struct image_command *o, struct image_scan_options *scan)
{
	struct error err = { 0 };
	struct judging judging;
	struct report report = { 0 }, old = { 0 };
	struct progress progress;
	bool compare = o->verdict.accepted.compare.n > 0;
	if (image_command_fill(c, set, o, scan, &err) < 0 || judging_prepare(c, set, &o->verdict, &judging, &err) < 0)
		return cli_fail(c, &err);
	progress_init(&progress, c, o->progress);
	scan->progress = progress_update;
	scan->progress_ctx = &progress;
	int r = image_scan(c->arena, scan, &report, &err);
	if (r == 0 && compare && (r = other_report(c, o->verdict.accepted.compare, scan, &old, &err)) < 0)
		r = error_wrap(&err, r == ERR_NOT_FOUND ? ERR_USAGE : r, "--compare");
	if (r == 0)
		r = read_candidates(c, o, scan, &judging, &err);
	progress_end(&progress);
	int code = r < 0 ? cli_fail(c, &err) : judging_finish(c, &judging, &report, compare ? &old : NULL, scan->today);
	release_candidates(&judging);
	image_scan_release(&old);
	image_scan_release(&report);
	return code;
}

/* --- several images --- */

#define LIST_MAX_BYTES (16u << 20)
#define IMAGES_MAX     10000u

static int add_ref(struct cli *c, struct str_vec *refs, struct str ref, struct error *err)
{
	if (refs->n == IMAGES_MAX)
		return error_set(err, ERR_LIMIT, "more than %u images in one run", IMAGES_MAX);
	return vec_push(c->arena, refs, ref) ? 0 : error_nomem(err);
}

static int read_list(struct cli *c, struct str path, struct str_vec *refs, struct error *err)
{
	struct str text, line;
	int r = cli_read_file(c->arena, path, LIST_MAX_BYTES, &text, err);
	if (r < 0)
		return error_wrap(err, r, "--file");
	while (r == 0 && str_next_line(&text, &line)) {
		line = str_trim(line);
		if (line.n && line.p[0] != '#')
			r = add_ref(c, refs, line, err);
	}
	return r;
}

/* What the arguments name, with --all-tags the tags of each of them. */
static int collect_refs(struct cli *c, const struct image_command *o, const struct image_scan_options *scan, const struct str *args, size_t n, struct str_vec *ret,
			struct error *err)
{
	struct str_vec named = { 0 };
	int r = 0;
	for (size_t i = 0; i < n && r == 0; i++)
		r = add_ref(c, &named, args[i], err);
	if (r == 0 && o->list.n)
		r = read_list(c, o->list, &named, err);
	if (r < 0 || !o->all_tags) {
		*ret = named;
		return r;
	}
	for (size_t i = 0; i < named.n && r == 0; i++) {
		struct image_scan_options one = *scan;
		struct str_vec tags = { 0 };
		size_t skipped = 0;
		one.ref = named.v[i];
		r = image_scan_tags(c->arena, &one, &tags, &skipped, err);
		if (r == 0 && skipped)
			cli_note(c, "%.*s: %zu tags of signatures and the like left out", STR_FMT(named.v[i]), skipped);
		for (size_t k = 0; k < tags.n && r == 0; k++)
			r = add_ref(c, ret, tags.v[k], err);
	}
	return r;
}

/* One image of the series. What it alone is the cause of ends in its row; negative: the whole run ends. */
static int scan_of_series(struct cli *c, struct image_command *o, const struct image_scan_options *scan, struct judging *judging, struct error *err)
{
	struct error why = { 0 };
	struct report report = { 0 };
	struct progress progress;
	struct image_scan_options one = *scan;
	struct arena arena; /* what an image leaves behind goes with it */
	struct cli own = *c;
	arena_init(&arena, ARENA_NO_LIMIT);
	own.arena = &arena;
	progress_init(&progress, &own, o->progress);
	one.progress = progress_update;
	one.progress_ctx = &progress;
	int r = sbom_is_bill(&own, one.ref) ? sbom_load(&own, one.ref, &one.bill, &why) : 0;
	if (r == 0)
		r = image_scan(&arena, &one, &report, &why);
	progress_end(&progress);
	cli_note(c, "image %.*s", STR_FMT(scan->ref));
	if (r < 0 && r != ERR_CANCELLED) {
		int code = cli_fail(c, &why);
		r = series_add(judging->series, scan->ref, NULL, code, why.text, err);
	} else if (r < 0) {
		*err = why;
	} else {
		judging->name = report.image.artifact_name;
		int code = judging_finish(&own, judging, &report, NULL, scan->today);
		r = judging->failed ? error_set(err, ERR_SYSTEM, "the reports could not be written") : series_add(judging->series, judging->name, &report, code, "", err);
		image_scan_release(&report);
	}
	arena_release(&arena);
	return r;
}

static int scan_all(struct cli *c, struct image_command *o, struct image_scan_options *scan, struct judging *judging, const struct str_vec *refs, int *ret_code,
		    struct error *err)
{
	int r = layer_memory_new(&scan->memory, err);
	if (r == 0)
		r = series_open(c, &o->verdict, &judging->series, err);
	if (r == 0)
		r = read_candidates(c, o, scan, judging, err);
	for (size_t i = 0; i < refs->n && r == 0; i++) {
		scan->ref = refs->v[i];
		r = scan_of_series(c, o, scan, judging, err);
	}
	if (r == 0)
		r = series_finish(judging->series, ret_code, err);
	if (r == 0)
		judging_end(c, judging);
	release_candidates(judging);
	series_release(judging->series);
	layer_memory_free(scan->memory);
	return r;
}

static int run_several(struct cli *c, const struct option_set *set, struct image_command *o, const struct str *args, size_t n)
{
	struct error err = { 0 };
	struct judging judging;
	struct image_scan_options scan = { 0 };
	struct str_vec refs = { 0 };
	int code = EXIT_CODE_OK;
	if (o->verdict.accepted.compare.n)
		return cli_usage(c, &command_image, "--compare puts one image beside another: it does not go with several");
	if (image_command_fill(c, set, o, &scan, &err) < 0 || judging_prepare(c, set, &o->verdict, &judging, &err) < 0 || collect_refs(c, o, &scan, args, n, &refs, &err) < 0)
		return cli_fail(c, &err);
	if (!refs.n)
		return cli_usage(c, &command_image, "the list %.*s names no image", STR_FMT(o->list));
	return scan_all(c, o, &scan, &judging, &refs, &code, &err) < 0 ? judging.failed ? judging.failed : cli_fail(c, &err) : code;
}

static int run_image(struct cli *c, const struct option_set *set, const struct str *args, size_t n)
{
	struct image_command *o = set->values;
	struct image_scan_options scan = { .ref = o->input.n ? o->input : n ? args[0] : STR_NONE, .input = o->input.n > 0 };
	if (o->input.n && n)
		return cli_usage(c, &command_image, "--input %.*s and the image %.*s exclude each other", STR_FMT(o->input), STR_FMT(args[0]));
	if (o->input.n && (o->list.n || o->all_tags))
		return cli_usage(c, &command_image, "--input names one archive: --file and --all-tags do not go with it");
	if (o->list.n && str_eq(o->list, STR("-")) && o->password_stdin)
		return cli_usage(c, &command_image, "--file - and --password-stdin both want standard input");
	if (!scan.ref.n && !o->list.n)
		return cli_usage(c, &command_image, "which image? bulkhead image REF, or --input FILE");
	if (n > 1 || o->list.n || o->all_tags)
		return run_several(c, set, o, args, n);
	return sbom_is_bill(c, scan.ref) ? sbom_scan(c, set, o, scan.ref) : image_command_judge(c, set, o, &scan);
}

static int run_rootfs(struct cli *c, const struct option_set *set, const struct str *args, size_t n)
{
	struct image_scan_options scan = { .ref = args[0], .input = true, .is_rootfs = true };
	return image_command_judge(c, set, set->values, &scan);
}

/* What a source tree holds that nobody means to be scanned is left out. */
static int run_fs(struct cli *c, const struct option_set *set, const struct str *args, size_t n)
{
	struct image_command *o = set->values;
	struct image_scan_options scan = { .ref = args[0], .input = true, .is_rootfs = true };
	struct error err = { 0 };
	o->quick = true;
	if ((option_origin_of(set, "scanners") == ORIGIN_DEFAULT && !vec_push(c->arena, &o->scanners, STR("secret"))) || !vec_push(c->arena, &o->skip_dirs, STR("**/.git"))) {
		error_nomem(&err);
		return cli_fail(c, &err);
	}
	return image_command_judge(c, set, o, &scan);
}

static const struct command_example image_examples[] = {
	{ "bulkhead image --severity HIGH,CRITICAL my-app:1.0", "what is known to be bad in an image of a registry" },
	{ "bulkhead image --input my-app.tar", "an archive that docker save or podman save wrote" },
	{ "bulkhead image my-app:1.0 --fail-on critical,kev && deploy", "deploy only what has no critical and no exploited vulnerability" },
	{ "bulkhead image --format json --output result.json my-app:1.0", "a report in Trivy's JSON schema" },
	{ "bulkhead image --file images.txt --fail-on critical", "all images of a list, and a summary" },
	{ "bulkhead image --format cyclonedx --output sbom.json my-app:1.0", "a CycloneDX bill of materials with its vulnerabilities" },
};
const struct command command_image = {
	.name = "image", .args = "REF…", .summary = "Scan container images: known vulnerabilities, secrets, licences, configuration",
	.description = "REF is looked up in this order: a path that exists (archive, OCI layout or bill of materials); an explicit oci:, docker-archive:, oci-archive:, containerd:, docker:, "
		       "podman: (containers-storage:) or registry: prefix; the stores of Docker, containerd and Podman on this machine, by name or id; a registry.\n\n"
		       "Several images: layers they share are read once, also with --no-cache; reports follow one another and the table ends with a summary; JSON is one "
		       "array; formats that hold one image need {} in the name of their file, for the image's name. An image that cannot be scanned does not stop the "
		       "others; the exit code is the worst. --timeout is for each.\n\n"
		       "Gates: what ignore rules or --ignore-unfixed take away is not judged. --fail-on and --strict judge all the rest, also what --severity does not "
		       "show; --exit-code without --fail-on judges what is shown. Without a gate a scan that worked exits 0 whatever it found.",
	.groups = image_groups, .group_count = ARRAY_LEN(image_groups), .examples = image_examples, .example_count = ARRAY_LEN(image_examples),
	.values_size = sizeof(struct image_command), .max_args = SIZE_MAX, .arg_flags = OPTION_FILE_ARG, .run = run_image,
};
static const struct command_example rootfs_examples[] = { { "bulkhead rootfs /", "this machine" } };
const struct command command_rootfs = {
	.name = "rootfs", .args = "DIR", .summary = "Scan an installed system, given its root directory",
	.description = "Symbolic links are not followed out of DIR.",
	.groups = rootfs_groups, .group_count = ARRAY_LEN(rootfs_groups), .examples = rootfs_examples, .example_count = ARRAY_LEN(rootfs_examples),
	.values_size = sizeof(struct image_command), .min_args = 1, .max_args = 1, .arg_flags = OPTION_DIR_ARG, .run = run_rootfs,
};
static const struct command_example fs_examples[] = {
	{ "bulkhead fs .", "what the lock files of this folder name, and secrets in its files" },
	{ "bulkhead fs --fail-on high --report sarif=bulkhead.sarif .", "a gate on a pull request, with marks at the lines of the lock files" },
};
const struct command command_fs = {
	.name = "fs", .args = "DIR", .summary = "Find known vulnerabilities and secrets in a source tree",
	.description = "Reads lock files, operating-system packages and text files below DIR; what is installed (modules, jars, programs) is for image and rootfs. Symbolic "
		       "links are not followed; .git folders are left out. Without --scanners it looks for vulnerabilities and secrets.",
	.groups = fs_groups, .group_count = ARRAY_LEN(fs_groups), .examples = fs_examples, .example_count = ARRAY_LEN(fs_examples),
	.values_size = sizeof(struct image_command), .min_args = 1, .max_args = 1, .arg_flags = OPTION_DIR_ARG, .run = run_fs,
};
