/* Layers through workers, from real image files: the same facts however they are packed and by however many workers; digests that do not fit,
 * layers that break, parsers that crash, spin and fill memory: always an error of that layer, never of the scan; and what the cache may and
 * may not hold. */
#include "source/layer/layer.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <zlib.h>
#include <zstd.h>

#include "format/oci/digest.h"
#include "source/layer/analyzer.h"
#include "source/layer/layer_job.h"
#include "sys/file/file.h"
#include "sys/worker/worker.h"
#include "tar_maker.h"
#include "test.h"

static struct arena arena;
static char base[64]; /* folder of this test run */

/* --- making images --- */

enum packing { PLAIN, GZIP, ZSTD };

static void pack(struct str tar, enum packing how, struct buf *out)
{
	if (how == PLAIN) {
		buf_add(out, tar);
	} else if (how == GZIP) {
		z_stream z = { 0 };
		deflateInit2(&z, 6, Z_DEFLATED, 31, 8, 0);
		size_t n = deflateBound(&z, tar.n) + 64;
		z.next_in = (Bytef *)(uintptr_t)tar.p;
		z.avail_in = (uInt)tar.n;
		z.next_out = (Bytef *)buf_reserve(out, n);
		z.avail_out = (uInt)n;
		assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
		out->n += n - z.avail_out;
		deflateEnd(&z);
	} else {
		size_t n = ZSTD_compressBound(tar.n), k = ZSTD_compress(buf_reserve(out, n), n, tar.p, tar.n, 3);
		assert_false(ZSTD_isError(k));
		out->n += k;
	}
}

static const char *in_base(const char *name)
{
	static char path[8][160];
	static unsigned turn;
	char *p = path[turn++ % 8];
	snprintf(p, sizeof(path[0]), "%s/%s", base, name);
	return p;
}

static void put(const char *path, struct str bytes)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes.p, bytes.n), bytes.n);
	close(fd);
}

static struct str put_blob(const char *layout, struct str bytes)
{
	struct str digest = oci_digest_of(&arena, bytes);
	char path[300];
	snprintf(path, sizeof(path), "%s/blobs/sha256/%.*s", layout, STR_FMT(oci_digest_hex(digest)));
	put(path, bytes);
	return digest;
}

struct layout {
	const char *path;
	struct str digests[16]; /* of the layers */
};

static struct layout make_oci(const char *name, const struct str *tars, size_t n, enum packing how)
{
	static const char *const types[] = { "tar", "tar+gzip", "tar+zstd" };
	struct layout l = { .path = in_base(name) };
	char path[300];
	struct buf manifest, config, index;
	buf_init(&manifest, 1 << 20);
	buf_init(&config, 1 << 20);
	buf_init(&index, 1 << 20);
	mkdir(l.path, 0755);
	snprintf(path, sizeof(path), "%s/blobs", l.path);
	mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/blobs/sha256", l.path);
	mkdir(path, 0755);
	buf_addf(&config, "{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[");
	for (size_t i = 0; i < n; i++)
		buf_addf(&config, "%s\"%.*s\"", i ? "," : "", STR_FMT(oci_digest_of(&arena, tars[i])));
	buf_add_c(&config, "]}}");
	buf_addf(&manifest, "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"config\":{\"mediaType\":"
			    "\"application/vnd.oci.image.config.v1+json\",\"digest\":\"%.*s\",\"size\":%zu},\"layers\":[",
		 STR_FMT(put_blob(l.path, buf_str(&config))), config.n);
	for (size_t i = 0; i < n; i++) {
		struct buf packed;
		buf_init(&packed, 64 << 20);
		pack(tars[i], how, &packed);
		l.digests[i] = put_blob(l.path, buf_str(&packed));
		buf_addf(&manifest, "%s{\"mediaType\":\"application/vnd.oci.image.layer.v1.%s\",\"digest\":\"%.*s\",\"size\":%zu}", i ? "," : "", types[how],
			 STR_FMT(l.digests[i]), packed.n);
		buf_release(&packed);
	}
	buf_add_c(&manifest, "]}");
	buf_addf(&index, "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"digest\":\"%.*s\",\"size\":%zu}]}",
		 STR_FMT(put_blob(l.path, buf_str(&manifest))), manifest.n);
	snprintf(path, sizeof(path), "%s/index.json", l.path);
	put(path, buf_str(&index));
	snprintf(path, sizeof(path), "%s/oci-layout", l.path);
	put(path, STR("{\"imageLayoutVersion\":\"1.0.0\"}"));
	buf_release(&manifest);
	buf_release(&config);
	buf_release(&index);
	return l;
}

static const char *make_archive(const char *name, const struct str *tars, size_t n)
{
	const char *path = in_base(name);
	struct buf out, manifest, config;
	buf_init(&out, 64 << 20);
	buf_init(&manifest, 1 << 20);
	buf_init(&config, 1 << 20);
	buf_add_c(&config, "{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[");
	buf_add_c(&manifest, "[{\"Config\":\"config.json\",\"RepoTags\":[\"t:1\"],\"Layers\":[");
	for (size_t i = 0; i < n; i++) {
		char file[32];
		snprintf(file, sizeof(file), "%zu/layer.tar", i);
		buf_addf(&config, "%s\"%.*s\"", i ? "," : "", STR_FMT(oci_digest_of(&arena, tars[i])));
		buf_addf(&manifest, "%s\"%s\"", i ? "," : "", file);
		tar_add(&out, '0', 0644, file, "", tars[i]);
	}
	buf_add_c(&config, "]}}");
	buf_add_c(&manifest, "]}]");
	tar_add(&out, '0', 0644, "config.json", "", buf_str(&config));
	tar_add(&out, '0', 0644, "manifest.json", "", buf_str(&manifest));
	tar_end(&out);
	put(path, buf_str(&out));
	buf_release(&out);
	buf_release(&manifest);
	buf_release(&config);
	return path;
}

#define OS_RELEASE "ID=debian\nVERSION_ID=\"12\"\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n"
#define STATUS(n)                                                                                                                          \
	"Package: pkg" n "\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.0-" n "\nMaintainer: M <m@example.org>\nDescription: x\n\n"

static struct str tars[5];

static void make_tars(void)
{
	static struct buf b[5];
	static const char *const status[] = { STATUS("0"), STATUS("0") STATUS("1"), STATUS("2"), STATUS("3"), STATUS("4") };
	for (size_t i = 0; i < ARRAY_LEN(tars); i++) {
		buf_init(&b[i], 64 << 20);
		tar_add(&b[i], '0', 0644, "etc/os-release", "", STR(OS_RELEASE));
		tar_add(&b[i], '0', 0644, "var/lib/dpkg/status", "", str_c(status[i]));
		tar_add(&b[i], '2', 0777, "bin", "usr/bin", STR(""));
		tar_add(&b[i], '0', 0644, "etc/.wh.gone", "", STR(""));
		char *junk = malloc(900000);
		for (size_t k = 0; k < 900000; k++)
			junk[k] = (char)(k * k >> 7);
		tar_add(&b[i], '0', 0644, "data", "", str_make(junk, 900000));
		free(junk);
		tar_end(&b[i]);
		tars[i] = buf_str(&b[i]);
	}
}

/* --- analysing --- */

struct outcome {
	size_t n;
	const struct layer_facts *facts[16];
	struct error errors[16];
	struct error err;
	int r;
};

static void analyze(const char *path, const struct layer_options *opt, struct outcome *o)
{
	struct image_source *src;
	struct image_source_options so = { .force_file = true, .platform = STR_INIT("linux/amd64") };
	*o = (struct outcome){ 0 };
	o->r = image_source_open(str_c(path), &so, &src, &o->err);
	if (o->r < 0)
		fail_msg("%s: %s", path, o->err.text);
	o->n = image_source_layer_count(src);
	assert_true(o->n <= 16);
	o->r = layers_analyze(&arena, src, opt, o->facts, o->errors, &o->err);
	image_source_free(src);
}

/* Facts as text that can be compared. */
static struct str facts_text(const struct outcome *o)
{
	struct buf b;
	buf_init(&b, 64 << 20);
	for (size_t i = 0; i < o->n; i++) {
		if (!o->facts[i])
			buf_addf(&b, "error %d\n", o->errors[i].code);
		else
			assert_int_equal(facts_encode(o->facts[i], &b, NULL), 0);
	}
	struct str s = arena_str(&arena, buf_str(&b));
	buf_release(&b);
	return s;
}

static void assert_good(const struct outcome *o, const char *what)
{
	if (o->r < 0)
		fail_msg("%s: %s", what, o->err.text);
	for (size_t i = 0; i < o->n; i++)
		if (!o->facts[i])
			fail_msg("%s: layer %zu: %s", what, i, o->errors[i].text);
}

static void test_same_facts(void **state)
{
	const char *paths[] = { make_archive("same.tar", tars, 5), make_oci("same-plain", tars, 5, PLAIN).path, make_oci("same-gzip", tars, 5, GZIP).path,
				make_oci("same-zstd", tars, 5, ZSTD).path };
	struct str first = STR_NONE;
	for (size_t p = 0; p < ARRAY_LEN(paths); p++)
		for (unsigned workers = 0; workers < 8; workers += workers ? 3 : 1) {
			struct outcome o;
			struct layer_options opt = { .workers = workers, .no_sandbox = workers == 7 };
			analyze(paths[p], &opt, &o);
			assert_good(&o, paths[p]);
			assert_int_equal(o.facts[1]->files.n, 2);
			assert_int_equal(o.facts[1]->files.v[1].packages.n, 2);
			assert_str(o.facts[1]->files.v[1].packages.v[1].name, "pkg1");
			assert_str(o.facts[1]->files.v[0].distro.id, "debian");
			assert_str(o.facts[1]->whiteouts.v[0], "etc/gone");
			struct str text = facts_text(&o);
			if (!first.p)
				first = text;
			if (!str_eq(first, text))
				fail_msg("%s, %u workers: other facts", paths[p], workers);
		}
}

/* --- digests and the cache --- */

static size_t count_entries(const char *cache, const char *prefix)
{
	char path[300];
	size_t n = 0;
	snprintf(path, sizeof(path), "%s/layers", cache);
	DIR *d = opendir(path);
	for (struct dirent *e; d && (e = readdir(d));)
		n += strncmp(e->d_name, prefix, strlen(prefix)) == 0;
	if (d)
		closedir(d);
	return n;
}

static void corrupt_blob(const struct layout *l, size_t i, off_t at)
{
	char path[300], c;
	snprintf(path, sizeof(path), "%s/blobs/sha256/%.*s", l->path, STR_FMT(oci_digest_hex(l->digests[i])));
	int fd = open(path, O_RDWR | O_CLOEXEC);
	struct stat st;
	assert_int_equal(fstat(fd, &st), 0);
	at = at < 0 ? st.st_size + at : at;
	assert_int_equal(pread(fd, &c, 1, at), 1);
	c ^= 1;
	assert_int_equal(pwrite(fd, &c, 1, at), 1);
	close(fd);
}

static void test_digest_mismatch(void **state)
{
	for (int how = PLAIN; how <= ZSTD; how++) {
		char name[32];
		snprintf(name, sizeof(name), "mismatch-%d", how);
		struct layout l = make_oci(name, tars, 3, (enum packing)how);
		const char *cache = in_base("cache-mismatch");
		struct outcome o;
		struct layer_options opt = { .cache_dir = str_c(cache) };
		/* in the first layer a byte of a body, in the last one behind everything that matters to a tar */
		corrupt_blob(&l, 0, 600);
		corrupt_blob(&l, 2, -1);
		for (int again = 0; again < 2; again++) {
			analyze(l.path, &opt, &o);
			assert_int_equal(o.r, 0);
			assert_null(o.facts[0]);
			assert_int_equal(o.errors[0].code, ERR_DIGEST);
			assert_non_null(o.facts[1]);
			assert_null(o.facts[2]);
			assert_int_equal(o.errors[2].code, ERR_DIGEST);
		}
		assert_int_equal(count_entries(cache, "sha256"), how + 1); /* the good layer of each */
		assert_int_equal(count_entries(cache, "file"), 0);
	}
}

/* A tar whose configuration claims another layer's digest: nothing may ever be found under that digest because of it. */
static void test_poisoning(void **state)
{
	const char *cache = in_base("cache-poison"), *archive = make_archive("poison.tar", tars, 1);
	struct layer_options opt = { .cache_dir = str_c(cache) };
	struct outcome o, clean;
	usleep(150000); /* a file that was just written is not cached */
	analyze(archive, &opt, &o);
	assert_good(&o, archive);
	assert_int_equal(count_entries(cache, "sha256"), 0);
	assert_int_equal(count_entries(cache, "file"), 1);
	/* the honest image of that digest is read itself */
	struct layout l = make_oci("poison-honest", tars, 1, PLAIN);
	analyze(l.path, &opt, &o);
	assert_good(&o, l.path);
	assert_int_equal(count_entries(cache, "sha256"), 1);
	/* the archive's file gets another content under the same name */
	make_archive("poison.tar", tars + 1, 1);
	analyze(archive, &opt, &o);
	analyze(archive, &(struct layer_options){ 0 }, &clean);
	assert_good(&o, archive);
	assert_true(str_eq(facts_text(&o), facts_text(&clean)));
	assert_int_equal(o.facts[0]->files.v[1].packages.n, 2);
}

static void test_cache(void **state)
{
	const char *cache = in_base("cache-use");
	struct layout l = make_oci("cache-image", tars, 4, GZIP);
	struct layer_options opt = { .cache_dir = str_c(cache) };
	struct outcome o, first;
	char path[300];
	struct stat st;
	analyze(l.path, &opt, &first);
	assert_good(&first, "cold");
	assert_int_equal(count_entries(cache, "sha256"), 4);
	snprintf(path, sizeof(path), "%s/layers", cache);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	/* a second scan needs no blob at all */
	snprintf(path, sizeof(path), "%s/blobs/sha256/%.*s", l.path, STR_FMT(oci_digest_hex(l.digests[0])));
	char hidden[320];
	snprintf(hidden, sizeof(hidden), "%s.away", path);
	assert_int_equal(rename(path, hidden), 0);
	analyze(l.path, &opt, &o);
	assert_good(&o, "warm");
	assert_true(str_eq(facts_text(&first), facts_text(&o)));
	assert_int_equal(rename(hidden, path), 0);
	/* other options are other keys */
	static const struct str skip[] = { STR_INIT("var/lib/dpkg") };
	struct layer_options skipping = { .cache_dir = str_c(cache), .skip_dirs = skip, .skip_dirs_count = 1 };
	analyze(l.path, &skipping, &o);
	assert_good(&o, "skipping");
	assert_int_equal(o.facts[0]->files.n, 1);
	assert_int_equal(count_entries(cache, "sha256"), 8);
	/* so is a row more: the caches of scans that look for different things do not mix */
	const struct analyzer watcher = { .name = "watcher", .version = 1, .kind = FACTS_OBSERVATIONS, .names = "no such file", .fingerprint = 1 };
	struct layer_options watching = { .cache_dir = str_c(cache), .scanners = &watcher, .scanner_count = 1 };
	analyze(l.path, &watching, &o);
	assert_good(&o, "watching");
	assert_int_equal(count_entries(cache, "sha256"), 12);
	/* damaged entries, at every kind of place, are read past and replaced */
	char dir[300];
	snprintf(dir, sizeof(dir), "%s/layers", cache);
	static const off_t places[] = { 0, 9, 20, 40, 60, 200, 300, -1, -300 };
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		DIR *d = opendir(dir);
		for (struct dirent *e; (e = readdir(d));) {
			char c, entry[600];
			if (strncmp(e->d_name, "sha256", 6) != 0)
				continue;
			snprintf(entry, sizeof(entry), "%s/%s", dir, e->d_name);
			int fd = open(entry, O_RDWR | O_CLOEXEC);
			assert_int_equal(fstat(fd, &st), 0);
			off_t at = places[i] < 0 ? st.st_size + places[i] : places[i];
			if (pread(fd, &c, 1, at) != 1) { /* cut in an earlier round and not asked for since */
				close(fd);
				continue;
			}
			c ^= 0x10;
			assert_int_equal(pwrite(fd, &c, 1, at), 1);
			if (i == 3)
				assert_int_equal(ftruncate(fd, 10), 0);
			close(fd);
		}
		closedir(d);
		analyze(l.path, &opt, &o);
		assert_good(&o, "damaged");
		assert_true(str_eq(facts_text(&first), facts_text(&o)));
	}
	analyze(l.path, &opt, &o);
	assert_true(str_eq(facts_text(&first), facts_text(&o)));
	/* a folder that others may write to is not believed */
	assert_int_equal(chmod(dir, 0777), 0);
	assert_int_equal(rename(path, hidden), 0);
	analyze(l.path, &opt, &o);
	assert_null(o.facts[0]);
	assert_int_equal(rename(hidden, path), 0);
	/* a cache that cannot be made is done without */
	opt.cache_dir = STR("/proc/nowhere");
	analyze(l.path, &opt, &o);
	assert_good(&o, "no cache");
}

/* Entries that no scan has used for months go, at most once a day; those in use stay. */
static void test_cache_cleaning(void **state)
{
	const char *cache = in_base("cache-clean");
	struct layer_options opt = { .cache_dir = str_c(cache) };
	struct outcome o;
	char dir[300], path[400];
	struct timespec old[2] = { { .tv_sec = time(NULL) - 61 * 86400 }, { .tv_sec = time(NULL) - 61 * 86400 } };
	struct layout l = make_oci("clean-1", tars, 1, GZIP);
	analyze(l.path, &opt, &o);
	snprintf(dir, sizeof(dir), "%s/layers", cache);
	snprintf(path, sizeof(path), "%s/left-over", dir);
	put(path, STR("x"));
	assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
	/* the same day nothing is looked for */
	analyze(make_oci("clean-2", tars + 1, 1, GZIP).path, &opt, &o);
	assert_int_equal(count_entries(cache, "left-over"), 1);
	DIR *d = opendir(dir);
	for (struct dirent *e; (e = readdir(d));)
		if (e->d_name[0] != '.')
			assert_int_equal(utimensat(dirfd(d), e->d_name, old, 0), 0);
	closedir(d);
	analyze(l.path, &opt, &o); /* used: its time is renewed */
	analyze(make_oci("clean-3", tars + 2, 1, GZIP).path, &opt, &o);
	assert_int_equal(count_entries(cache, "left-over"), 0);
	assert_int_equal(count_entries(cache, "sha256"), 2);
}

/* Layers that end early or are bombs: shown, said, not cached. */
static void test_broken_layers(void **state)
{
	const char *cache = in_base("cache-broken");
	struct layer_options opt = { .cache_dir = str_c(cache) };
	struct outcome o;
	struct str cut[] = { str_sub(tars[0], 0, 4000), str_sub(tars[0], 0, 100), tars[1] };
	for (int how = PLAIN; how <= ZSTD; how++) {
		char name[32];
		snprintf(name, sizeof(name), "cut-%d", how);
		struct layout l = make_oci(name, cut, 3, (enum packing)how);
		analyze(l.path, &opt, &o);
		assert_int_equal(o.r, 0);
		assert_non_null(o.facts[0]);
		assert_int_equal(o.facts[0]->diags.list.n, 1);
		assert_int_equal(o.facts[0]->diags.list.v[0].level, DIAG_UNREADABLE);
		assert_null(o.facts[1]);
		assert_int_equal(o.errors[1].code, ERR_FORMAT);
		assert_non_null(o.facts[2]);
		assert_int_equal(count_entries(cache, "sha256"), how + 1);
	}
	opt = (struct layer_options){ .max_unpacked_bytes = 500000 };
	struct layout l = make_oci("bomb", tars, 1, GZIP);
	analyze(l.path, &opt, &o);
	assert_int_equal(o.r, 0);
	assert_true(!o.facts[0] || o.facts[0]->diags.list.n == 1);
	analyze(make_archive("large.tar", tars, 1), &opt, &o);
	assert_null(o.facts[0]);
	assert_int_equal(o.errors[0].code, ERR_LIMIT);
}

static int cancel(void *ctx, struct str what, uint64_t done, uint64_t total)
{
	*(int *)ctx += 1;
	return 1;
}

static void test_cancel(void **state)
{
	struct layout l = make_oci("cancel", tars, 5, GZIP);
	struct outcome o;
	int calls = 0;
	struct layer_options opt = { .progress = cancel, .progress_ctx = &calls, .workers = 2 };
	analyze(l.path, &opt, &o);
	assert_int_equal(o.r, ERR_CANCELLED);
	assert_true(calls > 0);
}

/* --- parsers that misbehave --- */

static int crash(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err)
{
	volatile char *volatile nowhere = NULL;
	*nowhere = 1;
	return 0;
}
static int spin(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err)
{
	for (volatile unsigned i = 0;; i++)
		;
	return 0;
}
static int allocate(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err)
{
	while (arena_alloc(a, 1 << 16))
		;
	return error_nomem(err);
}
static int allocate_without_arena(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err)
{
	for (size_t i = 0; i < 64; i++) {
		char *p = malloc(64 << 20);
		if (!p)
			abort();
		p[0] = 1;
		__asm__ volatile("" : : "r"(p) : "memory");
	}
	return 0;
}
static int open_file(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err)
{
	int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
	return fd >= 0 ? 0 : error_set_errno(err, errno, "open");
}
static int connect_out(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return fd >= 0 ? 0 : error_set_errno(err, errno, "socket");
}

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED true
#endif
#endif
#ifndef SANITIZED
#define SANITIZED false
#endif

static void *job_alloc(void *ctx, size_t n)
{
	return arena_alloc(&arena, n);
}

static int job_tick(void *ctx, uint64_t done)
{
	return 0;
}

static void test_misbehaving_parsers(void **state)
{
	static const struct {
		const char *name;
		int (*parse)(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err);
		int code;         /* of the layer */
		const char *text; /* in the error, or in the diagnostic when code is 0 */
	} cases[] = {
		{ "crash", crash, ERR_CRASHED, "SIGSEGV, while reading var/lib/dpkg/status" },
		{ "spin", spin, ERR_TIMEOUT, "timed out" },
		{ "arena", allocate, 0, "memory" },
		{ "malloc", allocate_without_arena, ERR_CRASHED, "SIGABRT" },
		{ "open", open_file, 0, "Permission denied" },
		{ "connect", connect_out, ERR_CRASHED, "forbidden system call" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		for (int fed = 0; fed < 2; fed++) {
			if (SANITIZED && cases[i].code == ERR_CRASHED)
				continue;
			struct analyzer table = { .name = "bad", .version = 1, .kind = FACTS_PACKAGES, .package_kind = PKG_DPKG, .names = "status", .parse = cases[i].parse };
			struct buf packed;
			buf_init(&packed, 64 << 20);
			pack(tars[0], fed ? GZIP : PLAIN, &packed);
			put(in_base("bad-layer"), buf_str(&packed));
			struct layer_blob blob = { .size = packed.n, .expect_digest = fed ? oci_digest_of(&arena, buf_str(&packed)) : STR_NONE };
			blob.fd = open(in_base("bad-layer"), O_RDONLY | O_CLOEXEC);
			struct layer_job job = { .blob = &blob, .walk = { .table = &table, .count = 1, .spool_fd = -1 }, .tick = job_tick, .alloc = job_alloc,
						 .deadline_ns = monotonic_ns() + (cases[i].code == ERR_TIMEOUT ? 300000000 : INT64_C(60000000000)) };
			struct layer_answer answer;
			struct layer_facts f;
			struct error err = { 0 };
			bool own = false;
			int r = layer_job_run(&job, &answer, &own, &err);
			assert_false(own);
			if (r != cases[i].code || (r < 0 && !strstr(err.text, cases[i].text)))
				fail_msg("%s: %d %s", cases[i].name, r, err.text);
			if (r == 0) {
				assert_int_equal(facts_decode(&arena, answer.facts, &f, &err), 0);
				assert_int_equal(f.diags.list.n, 1);
				assert_true(str_contains(f.diags.list.v[0].text, str_c(cases[i].text)));
			}
			close(blob.fd);
			buf_release(&packed);
		}
}

/* A parser that tells lies about itself: the table's parser writes nonsense to the channel, which has the highest number below the layer's. */
static int write_nonsense(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err)
{
	static const char junk[] = "\5\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff nonsense";
	for (int fd = 0; fd < 64; fd++)
		send(fd, junk, sizeof(junk), MSG_NOSIGNAL | MSG_DONTWAIT);
	return 0;
}

static void test_nonsense(void **state)
{
	struct analyzer table = { .name = "bad", .version = 1, .kind = FACTS_PACKAGES, .names = "status", .parse = write_nonsense };
	put(in_base("bad-layer"), tars[0]);
	struct layer_blob blob = { .size = tars[0].n, .fd = open(in_base("bad-layer"), O_RDONLY | O_CLOEXEC) };
	struct layer_job job = { .blob = &blob, .walk = { .table = &table, .count = 1, .spool_fd = -1 }, .tick = job_tick, .alloc = job_alloc };
	struct layer_answer answer;
	struct error err = { 0 };
	bool own;
	assert_int_equal(layer_job_run(&job, &answer, &own, &err), ERR_CRASHED);
	assert_non_null(strstr(err.text, "no sense"));
	close(blob.fd);
}

/* --- directories --- */

static void test_rootfs(void **state)
{
	const struct layer_facts *f, *g;
	struct error err = { 0 };
	struct layer_options opt = { 0 };
	mkdir(in_base("root"), 0755);
	mkdir(in_base("root/etc"), 0755);
	put(in_base("root/etc/os-release"), STR(OS_RELEASE));
	assert_int_equal(symlink("/etc/passwd", in_base("root/etc/debian_version")), 0);
	if (rootfs_analyze(&arena, str_c(in_base("root")), &opt, &f, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(f->files.n, 1);
	assert_str(f->files.v[0].distro.id, "debian");
	assert_int_equal(f->links.n, 1);
	opt.no_sandbox = true;
	assert_int_equal(rootfs_analyze(&arena, str_c(in_base("root")), &opt, &g, &err), 0);
	assert_int_equal(g->files.n, 1);
	assert_int_equal(rootfs_analyze(&arena, str_c(in_base("absent")), &opt, &g, &err), ERR_NOT_FOUND);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_facts),     cmocka_unit_test(test_digest_mismatch),	   cmocka_unit_test(test_poisoning),
		cmocka_unit_test(test_cache),	       cmocka_unit_test(test_cache_cleaning),   cmocka_unit_test(test_broken_layers),	   cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_misbehaving_parsers), cmocka_unit_test(test_nonsense),	   cmocka_unit_test(test_rootfs),
	};
	arena_init(&arena, ARENA_NO_LIMIT);
	snprintf(base, sizeof(base), "/tmp/bulkhead-layer-XXXXXX");
	if (!mkdtemp(base))
		return 1;
	make_tars();
	int r = cmocka_run_group_tests(tests, NULL, NULL);
	nftw(base, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return r;
}
