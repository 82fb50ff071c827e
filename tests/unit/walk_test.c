/* Walking layers and directories with made-up analyzers: which files reach a parser, with what bytes, in both modes; whiteouts, links, entries
 * that replace one another, large and sparse bodies, skipped paths, broken layers, and a million entries. */
#include "source/layer/walk.h"

#include <fcntl.h>
#include <ftw.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <zlib.h>

#include "base/path.h"
#include "source/layer/layer.h"
#include "sys/file/file.h"
#include "tar_maker.h"
#include "test.h"

static struct arena arena;

/* --- analyzers: a package whose version says what the parser saw --- */

static int see(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err)
{
	uint64_t sum = 0;
	for (uint64_t at = 0; at < in->size;) {
		unsigned char piece[4096];
		size_t n = (size_t)MIN_OF(in->size - at, (uint64_t)sizeof(piece));
		int r = input_read(in, piece, n, at, err);
		if (r < 0)
			return r;
		for (size_t i = 0; i < n; i++)
			sum += (at + i + 1) * piece[i];
		at += n;
	}
	struct package *p = vec_add(a, out);
	if (!p)
		return error_nomem(err);
	p->name = path_base(in->name);
	p->version = arena_printf(a, "%llu:%llx:%s", (unsigned long long)in->size, (unsigned long long)sum, in->data ? "memory" : "parts");
	return 0;
}

static int refuse(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err)
{
	diag_add(diags, DIAG_WARNING, STR_NONE, 7, 0, "odd");
	return error_set(err, ERR_FORMAT, "made to fail");
}

static int nothing(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err)
{
	return 0;
}

static bool starts_with_b(const unsigned char *head, size_t n)
{
	return n && head[0] == 'B';
}

/* --- a row that observes: counts its files, which shows that one walk has one state --- */

static int states_alive;

static void *begin_counting(const void *rules)
{
	int *n = malloc(sizeof(*n));
	assert_non_null(n);
	*n = *(const int *)rules;
	states_alive++;
	return n;
}

static void end_counting(void *state)
{
	states_alive--;
	free(state);
}

static int observe(void *state, struct arena *a, const struct input *in, struct observation_vec *out, struct diags *diags, struct error *err)
{
	struct observation *o = vec_add(a, out);
	if (!o)
		return error_nomem(err);
	*o = (struct observation){ .kind = FINDING_SECRET, .id = STR("rule"), .match = arena_printf(a, "file %d of %zu bytes", ++*(int *)state, (size_t)in->size) };
	return 0;
}
static const int first_number = 100;

static bool wants_etc(struct str path, uint32_t mode, uint64_t size)
{
	return str_has_prefix(path, STR("etc/"));
}

static const struct analyzer table[] = {
	{ .name = "text", .version = 1, .kind = FACTS_PACKAGES, .package_kind = PKG_NODE, .names = "wanted other", .parse = see, .max_bytes = 20 << 20 },
	{ .name = "big", .version = 1, .kind = FACTS_PACKAGES, .package_kind = PKG_JAR, .exts = "big", .random_access = true, .sniff = starts_with_b, .parse = see },
	{ .name = "program", .version = 1, .kind = FACTS_PACKAGES, .package_kind = PKG_GO_BINARY, .executables = true, .random_access = true,
	  .sniff = starts_with_b, .parse = nothing },
	{ .name = "broken", .version = 1, .kind = FACTS_PACKAGES, .package_kind = PKG_GEM, .names = "broken", .parse = refuse },
	{ .name = "etc", .version = 1, .kind = FACTS_PACKAGES, .package_kind = PKG_PIP, .names = "conf", .wants = wants_etc, .parse = see },
	{ .name = "watched", .version = 1, .kind = FACTS_OBSERVATIONS, .names = "watched", .rules = &first_number, .begin = begin_counting, .end = end_counting,
	  .observe = observe },
	{ .name = "small", .version = 1, .kind = FACTS_PACKAGES, .package_kind = PKG_PIP, .names = "small", .max_bytes = 100, .parse = see },
};

/* --- running --- */

struct mem {
	struct str bytes;
	size_t at, chunk;
	int rewinds;
};

static int mem_pread(void *ctx, void *dst, size_t n, uint64_t off, struct error *err)
{
	const struct mem *m = ctx;
	assert_true(off <= m->bytes.n && n <= m->bytes.n - off);
	memcpy(dst, m->bytes.p + off, n);
	return 0;
}

static int mem_next(void *ctx, const unsigned char **ret, size_t *ret_n, struct error *err)
{
	struct mem *m = ctx;
	*ret = (const unsigned char *)m->bytes.p + m->at;
	*ret_n = MIN_OF(m->chunk, m->bytes.n - m->at);
	m->at += *ret_n;
	return 0;
}

static int mem_rewind(void *ctx, struct error *err)
{
	struct mem *m = ctx;
	m->at = 0;
	m->rewinds++;
	return 0;
}

static struct walk_options options = { .table = table, .count = ARRAY_LEN(table), .spool_fd = -1 };

static int finish(int r, struct facts_writer *w, struct buf *bytes, struct layer_facts *ret, struct error *err)
{
	struct str pieces[FACTS_PIECES];
	buf_init(bytes, 256 << 20);
	if (r == 0)
		r = facts_writer_finish(w, pieces, err);
	for (size_t i = 0; r == 0 && i < FACTS_PIECES; i++)
		buf_add(bytes, pieces[i]);
	facts_writer_release(w);
	return r == 0 ? facts_decode(&arena, buf_str(bytes), ret, err) : r;
}

/* chunk 0: random access. The bytes stay with the caller, who releases them. */
static int walk_memory(struct str tar, size_t chunk, struct layer_facts *ret, struct buf *bytes, int *ret_rewinds, struct error *err)
{
	struct mem m = { tar, 0, chunk, 0 };
	struct walk_source src = { .compression = chunk ? COMPRESS_UNKNOWN : COMPRESS_NONE, .size = tar.n, .ctx = &m };
	if (chunk) {
		src.next = mem_next;
		src.rewind = mem_rewind;
	} else {
		src.pread = mem_pread;
	}
	struct facts_writer w;
	facts_writer_init(&w);
	int r = walk_layer(&src, &options, &w, err);
	if (ret_rewinds)
		*ret_rewinds = m.rewinds;
	return finish(r, &w, bytes, ret, err);
}

static void show(const struct layer_facts *f, struct buf *out)
{
	for (size_t i = 0; i < f->files.n; i++) {
		const struct facts_file *x = &f->files.v[i];
		buf_addf(out, "%.*s%s", STR_FMT(x->path), x->unreadable ? " unreadable" : "");
		for (size_t k = 0; k < x->packages.n; k++)
			buf_addf(out, " %.*s=%.*s", STR_FMT(x->packages.v[k].name), STR_FMT(x->packages.v[k].version));
		for (size_t k = 0; k < x->observations.n; k++)
			buf_addf(out, " %.*s", STR_FMT(x->observations.v[k].match));
		buf_add_c(out, "\n");
	}
	for (size_t i = 0; i < f->whiteouts.n; i++)
		buf_addf(out, "hides %.*s\n", STR_FMT(f->whiteouts.v[i]));
	for (size_t i = 0; i < f->opaque.n; i++)
		buf_addf(out, "opaque %.*s\n", STR_FMT(f->opaque.v[i]));
	for (size_t i = 0; i < f->links.n; i++)
		buf_addf(out, "%s %.*s -> %.*s\n", f->links.v[i].hard ? "hard" : "link", STR_FMT(f->links.v[i].path), STR_FMT(f->links.v[i].target));
	for (size_t i = 0; i < f->diags.list.n; i++)
		buf_addf(out, "%d %.*s: %.*s\n", f->diags.list.v[i].level, STR_FMT(f->diags.list.v[i].path), STR_FMT(f->diags.list.v[i].text));
}

/* Both modes, several chunk sizes, and gzip give the same listing. */
static void expect(const char *what, struct buf *tar, const char *listing)
{
	static const size_t chunks[] = { 0, 1 << 24, 4096, 700 };
	for (size_t i = 0; i < ARRAY_LEN(chunks); i++) {
		struct layer_facts f;
		struct buf bytes, text;
		struct error err = { 0 };
		buf_init(&text, 1 << 20);
		if (walk_memory(buf_str(tar), chunks[i], &f, &bytes, NULL, &err) < 0)
			fail_msg("%s: %s", what, err.text);
		show(&f, &text);
		buf_add_char(&text, 0);
		if (strcmp(text.p, listing) != 0)
			fail_msg("%s (chunk %zu):\n%s\nexpected:\n%s", what, chunks[i], text.p, listing);
		buf_release(&bytes);
		buf_release(&text);
		arena_release(&arena);
	}
	buf_clear(tar);
}

static void test_observing(void **state)
{
	struct buf t;
	buf_init(&t, 1 << 20);
	tar_add(&t, '0', 0644, "a/watched", "", STR("x"));
	tar_add(&t, '0', 0644, "b/watched", "", STR("xy"));
	tar_add(&t, '0', 0644, "a/watched", "", STR("xyz")); /* takes the first's place */
	tar_end(&t);
	expect("observing", &t, "b/watched file 102 of 2 bytes\na/watched file 103 of 3 bytes\n");
	assert_int_equal(states_alive, 0);
	buf_release(&t);
}

static void test_entries(void **state)
{
	struct buf t;
	buf_init(&t, 64 << 20);
	tar_add(&t, '5', 0755, "./", "", STR(""));
	tar_add(&t, '5', 0755, "./etc/", "", STR(""));
	tar_add(&t, '0', 0644, "./etc/conf", "", STR("ab"));
	tar_add(&t, '0', 0644, "usr/conf", "", STR("ab"));
	tar_add(&t, '0', 0644, "/abs//wanted", "", STR(""));
	tar_add(&t, '0', 0644, "../../up/wanted", "", STR("x"));
	tar_add(&t, '0', 0644, "a/broken", "", STR("x"));
	tar_add(&t, '0', 0644, "a/x.big", "", STR("Bxx"));
	tar_add(&t, '0', 0644, "a/y.big", "", STR("Cxx"));
	tar_add(&t, '2', 0777, "bin", "usr/bin", STR(""));
	tar_add(&t, '0', 0755, "usr/bin/tool", "", STR("B elf"));
	tar_add(&t, '1', 0755, "usr/bin/tool2", "usr/bin/tool", STR(""));
	tar_add(&t, '1', 0644, "other/wanted", "etc/conf", STR(""));
	tar_end(&t);
	expect("entries", &t, "etc/conf conf=2:125:memory\n"
			      "abs/wanted wanted=0:0:memory\n"
			      "up/wanted wanted=1:78:memory\n"
			      "a/broken unreadable\n"
			      "a/x.big x.big=3:29a:memory\n"
			      "other/wanted wanted=2:125:memory\n"
			      "link bin -> usr/bin\n"
			      "2 a/broken: broken: made to fail\n"
			      "1 a/broken: odd\n");

	tar_add(&t, '0', 0644, "etc/.wh.conf", "", STR(""));
	tar_add(&t, '0', 0644, ".wh.top", "", STR(""));
	tar_add(&t, '0', 0644, "dir/.wh..wh..opq", "", STR(""));
	tar_add(&t, '0', 0644, ".wh..wh..opq", "", STR(""));
	tar_add(&t, '5', 0644, ".wh..wh.plnk", "", STR(""));
	tar_add(&t, '0', 0644, ".wh.", "", STR(""));
	tar_add(&t, '0', 0644, "x/.wh...", "", STR(""));
	tar_add(&t, '2', 0644, "x/.wh.link", "y", STR(""));
	tar_end(&t);
	expect("whiteouts", &t, "hides etc/conf\nhides top\nhides x/link\nopaque dir\nopaque \n");

	tar_add(&t, '0', 0644, "a/wanted", "", STR("1"));
	tar_add(&t, '0', 0644, "b/wanted", "", STR("1"));
	tar_add(&t, '0', 0644, "c/wanted", "", STR("1"));
	tar_add(&t, '0', 0644, "lib/wanted", "", STR("1"));
	tar_add(&t, '0', 0644, "usr/lib/wanted", "", STR("2"));
	tar_add(&t, '0', 0644, "./a/wanted", "", STR("22"));
	tar_add(&t, '5', 0755, "b/wanted", "", STR(""));
	tar_add(&t, '2', 0755, "c/wanted", "x", STR(""));
	tar_end(&t);
	expect("the later entry counts", &t, "lib/wanted wanted=1:31:memory\nusr/lib/wanted wanted=1:32:memory\na/wanted wanted=2:96:memory\n"
					     "link c/wanted -> x\n");

	tar_add(&t, '0', 0644, "repo/1.file", "", STR("ab"));
	tar_add(&t, '0', 0644, "repo/2.file", "", STR("cd"));
	tar_add(&t, '1', 0644, "usr/wanted", "repo/2.file", STR(""));
	tar_add(&t, '1', 0644, "var/wanted", "lower/layer", STR(""));
	tar_add(&t, '1', 0644, "x/wanted", "repo/2.file", STR(""));
	tar_end(&t);
	/* the second name of one content is told as a link */
	expect("hard links to names nobody wants", &t,
	       "x/wanted wanted=2:12b:memory\nhard usr/wanted -> repo/2.file\nhard var/wanted -> lower/layer\n");

	tar_add(&t, '0', 0644, "small", "", STR("ab"));
	char body[101] = { 0 };
	tar_add(&t, '0', 0644, "x/small", "", str_make(body, sizeof(body)));
	tar_end(&t);
	expect("too large", &t, "small small=2:125:memory\n2 x/small: small: 101 bytes, more than the limit of 100\n");
	buf_release(&t);
}

static void test_rewinds(void **state)
{
	struct buf t, bytes;
	struct layer_facts f;
	int rewinds;
	buf_init(&t, 1 << 20);
	tar_add(&t, '0', 0755, "bin/a", "", STR("#!/bin/sh"));
	tar_add(&t, '1', 0755, "bin/b", "bin/a", STR(""));
	tar_add(&t, '0', 0644, "x/wanted", "", STR("1"));
	tar_add(&t, '1', 0644, "y/other", "x/wanted", STR(""));
	tar_end(&t);
	assert_int_equal(walk_memory(buf_str(&t), 4096, &f, &bytes, &rewinds, NULL), 0);
	assert_int_equal(rewinds, 0); /* links to what was seen do not cost a second walk */
	assert_int_equal(f.links.n, 1);
	assert_str(f.links.v[0].path, "y/other");
	buf_release(&bytes);
	buf_release(&t);
	arena_release(&arena);
}

static void test_large_bodies(void **state)
{
	static const size_t sizes[] = { 65536, 65537, 300000, 4 << 20, (4 << 20) + 1, 9 << 20 };
	struct buf t, bytes, text;
	struct layer_facts f;
	buf_init(&t, 64 << 20);
	buf_init(&text, 1 << 20);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		char *p = malloc(sizes[i]), want[128];
		uint64_t sum = 0;
		for (size_t k = 0; k < sizes[i]; k++) {
			p[k] = (char)(k ? k * 13 + k / 1000 : 'B');
			sum += (k + 1) * (unsigned char)p[k];
		}
		buf_clear(&t);
		tar_add(&t, '0', 0644, "x.big", "", str_make(p, sizes[i]));
		tar_add(&t, '0', 0644, "wanted", "", str_make(p, sizes[i]));
		tar_end(&t);
		for (int mode = 0; mode < 3; mode++) { /* random access; stream with spool; stream without */
			bool spooled = mode == 1, parts = mode == 0 ? sizes[i] > 65536 : sizes[i] > 4 << 20;
			if (spooled)
				assert_int_equal(file_tmp(STR("/tmp"), &options.spool_fd, NULL), 0);
			assert_int_equal(walk_memory(buf_str(&t), mode ? 100000 : 0, &f, &bytes, NULL, NULL), 0);
			if (spooled)
				close(options.spool_fd);
			options.spool_fd = -1;
			buf_clear(&text);
			show(&f, &text);
			buf_add_char(&text, 0);
			if (mode == 2 && parts) {
				assert_non_null(strstr(text.p, "no temporary file"));
			} else {
				snprintf(want, sizeof(want), "x.big x.big=%zu:%llx:%s\n", sizes[i], (unsigned long long)sum, parts ? "parts" : "memory");
				if (!strstr(text.p, want))
					fail_msg("%zu bytes, mode %d: %s, expected %s", sizes[i], mode, text.p, want);
			}
			snprintf(want, sizeof(want), "wanted wanted=%zu:%llx:memory\n", sizes[i], (unsigned long long)sum);
			assert_non_null(strstr(text.p, want));
			buf_release(&bytes);
			arena_release(&arena);
		}
		free(p);
	}
	buf_release(&t);
	buf_release(&text);
}

/* A sparse file (pax 0.1) of 6 MiB with two parts: in memory or in parts the holes are zeros, also when an earlier spooled body was larger. */
static void test_sparse(void **state)
{
	for (int mode = 0; mode < 3; mode++) {
		struct buf t, x, bytes, text;
		struct layer_facts f;
		bool large = mode > 0;
		buf_init(&t, 64 << 20);
		buf_init(&x, 1 << 16);
		buf_init(&text, 1 << 16);
		char *junk = malloc(7 << 20);
		memset(junk, 'B', 7 << 20);
		tar_add(&t, '0', 0644, "first.big", "", str_make(junk, 7 << 20));
		tar_record(&x, "GNU.sparse.size", large ? STR("6000000") : STR("60000"));
		tar_record(&x, "GNU.sparse.map", large ? STR("0,2,5999998,1") : STR("0,2,59998,1"));
		tar_entry_add(&t, TAR_USTAR, 'x', "PaxHeader/s", buf_str(&x));
		tar_add(&t, '0', 0644, "s.big", "", STR("BBB"));
		tar_end(&t);
		assert_int_equal(file_tmp(STR("/tmp"), &options.spool_fd, NULL), 0);
		assert_int_equal(walk_memory(buf_str(&t), mode == 1 ? 0 : 5000, &f, &bytes, NULL, NULL), 0);
		show(&f, &text);
		buf_add_char(&text, 0);
		char want[128];
		uint64_t last = large ? 5999999 : 59999;
		snprintf(want, sizeof(want), "s.big s.big=%llu:%llx:%s\n", (unsigned long long)last + 1, (unsigned long long)(66 + 2 * 66 + last * 66),
			 large ? "parts" : "memory");
		if (!strstr(text.p, want))
			fail_msg("mode %d: %s, expected %s", mode, text.p, want);
		close(options.spool_fd);
		options.spool_fd = -1;
		free(junk);
		buf_release(&t);
		buf_release(&x);
		buf_release(&bytes);
		buf_release(&text);
		arena_release(&arena);
	}
}

static void test_skipped(void **state)
{
	static const struct str dirs[] = { STR_INIT("opt/*") }, files[] = { STR_INIT("**/secret/wanted") };
	struct buf t;
	buf_init(&t, 1 << 20);
	tar_add(&t, '0', 0644, "opt/x/deep/wanted", "", STR("1"));
	tar_add(&t, '0', 0644, "opt/wanted", "", STR("1"));
	tar_add(&t, '0', 0644, "a/secret/wanted", "", STR("1"));
	tar_add(&t, '0', 0644, "b/wanted", "", STR("1"));
	tar_end(&t);
	options.skip_dirs = dirs;
	options.skip_dirs_count = 1;
	options.skip_files = files;
	options.skip_files_count = 1;
	expect("skipped", &t, "opt/wanted wanted=1:31:memory\nb/wanted wanted=1:31:memory\n");
	options.skip_dirs_count = options.skip_files_count = 0;
	buf_release(&t);
}

/* Archives only, and only when asked; whether in memory or read in parts. */
static void test_file_digests(void **state)
{
	struct buf t, bytes;
	struct layer_facts f;
	buf_init(&t, 1 << 20);
	tar_add(&t, '0', 0644, "x.big", "", STR("Babc"));
	tar_add(&t, '0', 0644, "wanted", "", STR("Babc"));
	tar_end(&t);
	for (int on = 0; on <= 1; on++)
		for (size_t chunk = 0; chunk <= 700; chunk += 700) {
			options.file_digests = on;
			assert_int_equal(walk_memory(buf_str(&t), chunk, &f, &bytes, NULL, NULL), 0);
			assert_int_equal(f.files.n, 2);
			assert_str(f.files.v[0].packages.v[0].digest, on ? "sha1:a5c6be1b63857b1b1c314d41628195be2dac0171" : "");
			assert_str(f.files.v[1].packages.v[0].digest, "");
			buf_release(&bytes);
			arena_release(&arena);
		}
	options.file_digests = false;
	buf_release(&t);
}

static void test_present(void **state)
{
	struct buf t, bytes;
	struct layer_facts f;
	buf_init(&t, 1 << 20);
	tar_add(&t, '5', 0755, "dir/", "", STR(""));
	tar_add(&t, '0', 0644, "dir/file", "", STR("x"));
	tar_add(&t, '2', 0644, "usr/lib/link", "x", STR(""));
	tar_add(&t, '0', 0644, "dir/.wh.gone", "", STR(""));
	tar_end(&t);
	assert_int_equal(walk_memory(buf_str(&t), 0, &f, &bytes, NULL, NULL), 0);
	uint64_t want[] = { path_hash(STR("dir")) ^ PRESENT_DIR, path_hash(STR("dir/file")), path_hash(STR("lib/link")) };
	assert_int_equal(f.present.n, ARRAY_LEN(want));
	for (size_t i = 0; i < ARRAY_LEN(want); i++)
		assert_true(f.present.v[0] == want[i] || f.present.v[1] == want[i] || f.present.v[2] == want[i]);
	assert_int_equal(f.entry_count, 4);
	buf_release(&t);
	buf_release(&bytes);
	arena_release(&arena);
}

/* A layer that breaks off gives what stands before and says so; one that is no tar at all is an error. */
static void test_broken(void **state)
{
	struct buf t, gz, bytes;
	struct layer_facts f;
	struct error err = { 0 };
	buf_init(&t, 1 << 20);
	buf_init(&gz, 1 << 20);
	tar_add(&t, '0', 0644, "a/wanted", "", STR("1"));
	char body[5000] = "x";
	tar_add(&t, '0', 0644, "b/wanted", "", str_make(body, sizeof(body)));
	for (int mode = 0; mode < 3; mode++) {
		struct str cut = str_sub(buf_str(&t), 0, 3000);
		if (mode == 2) {
			uLongf n = compressBound(t.n);
			z_stream z = { 0 };
			char *p = buf_reserve(&gz, n + 100);
			deflateInit2(&z, 6, Z_DEFLATED, 31, 8, 0);
			z.next_in = (Bytef *)t.p;
			z.avail_in = 3000;
			z.next_out = (Bytef *)p;
			z.avail_out = (uInt)n + 100;
			deflate(&z, Z_SYNC_FLUSH);
			cut = str_make(p, n + 100 - z.avail_out); /* no trailer: a truncated download */
			deflateEnd(&z);
		}
		assert_int_equal(walk_memory(cut, mode ? 512 : 0, &f, &bytes, NULL, &err), 0);
		assert_int_equal(f.files.n, 1);
		assert_str(f.files.v[0].path, "a/wanted");
		assert_int_equal(f.diags.list.n, 1);
		assert_int_equal(f.diags.list.v[0].level, DIAG_UNREADABLE);
		struct facts_header h;
		memcpy(&h, bytes.p, sizeof(h));
		assert_int_equal(h.partial, 1);
		buf_release(&bytes);
		arena_release(&arena);
		memset(body, 'z', sizeof(body));
		assert_int_equal(walk_memory(str_make(body, sizeof(body)), mode ? 512 : 0, &f, &bytes, NULL, &err), ERR_FORMAT);
		buf_release(&bytes);
	}
	assert_int_equal(walk_memory(STR(""), 0, &f, &bytes, NULL, &err), 0); /* an empty layer */
	assert_int_equal(f.entry_count, 0);
	buf_release(&bytes);
	buf_release(&t);
	buf_release(&gz);
}

/* --- very many entries, made while they are read --- */

struct many {
	struct buf block;
	uint64_t count;
};

static int many_pread(void *ctx, void *dst, size_t n, uint64_t off, struct error *err)
{
	struct many *m = ctx;
	for (size_t done = 0; done < n; done += 512) {
		uint64_t i = (off + done) / 512;
		char name[101];
		unsigned char *h = (unsigned char *)dst + done;
		assert_true(off % 512 == 0 && n % 512 == 0);
		if (i >= m->count) {
			memset(h, 0, 512);
			continue;
		}
		memcpy(h, m->block.p, 512);
		snprintf(name, sizeof(name), "usr/share/very/many/files/in/folder-%05llu/file-%012llu", (unsigned long long)(i >> 8), (unsigned long long)i);
		memcpy(h, name, strlen(name));
		unsigned sum = 0;
		memset(h + 148, ' ', 8);
		for (size_t k = 0; k < 512; k++)
			sum += h[k];
		snprintf((char *)h + 148, 8, "%06o", sum);
	}
	return 0;
}

static void test_many_entries(void **state)
{
	struct many m = { .count = 1000000 };
	const char *more = getenv("BULKHEAD_TEST_ENTRIES");
	if (more)
		m.count = strtoull(more, NULL, 10);
	buf_init(&m.block, 4096);
	tar_add(&m.block, '0', 0644, "", "", STR(""));
	struct walk_source src = { .compression = COMPRESS_NONE, .size = (m.count + 2) * 512, .pread = many_pread, .ctx = &m };
	struct facts_writer w;
	struct layer_facts f;
	struct buf bytes;
	struct error err = { 0 };
	clock_t start = clock();
	facts_writer_init(&w);
	int r = finish(walk_layer(&src, &options, &w, &err), &w, &bytes, &f, &err);
	if (r < 0)
		fail_msg("%s", err.text);
	assert_true(f.entry_count == m.count);
	if (m.count <= 3000000)
		assert_int_equal(f.present.n, m.count);
	else
		assert_int_equal(f.diags.list.n, 1);
	struct rusage u;
	getrusage(RUSAGE_SELF, &u);
	print_message("%llu entries: %.2f s (the made-up headers included), %ld MB\n", (unsigned long long)m.count,
		      (double)(clock() - start) / CLOCKS_PER_SEC, u.ru_maxrss / 1024);
	buf_release(&m.block);
	buf_release(&bytes);
	arena_release(&arena);
}

/* --- directories --- */

static void put_file(int dir, const char *path, const char *body, mode_t mode)
{
	int fd = openat(dir, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, body, strlen(body)), strlen(body));
	fchmod(fd, mode);
	close(fd);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

static void test_directory(void **state)
{
	static const struct str dirs[] = { STR_INIT("skip") };
	char base[] = "/tmp/bulkhead-walk-XXXXXX";
	assert_non_null(mkdtemp(base));
	int dir = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	static const char *const folders[] = { "etc", "b", "b/deep", "skip", "loop" };
	for (size_t i = 0; i < ARRAY_LEN(folders); i++)
		assert_int_equal(mkdirat(dir, folders[i], 0755), 0);
	put_file(dir, "etc/conf", "ab", 0644);
	put_file(dir, "b/deep/wanted", "1", 0644);
	put_file(dir, "a.big", "Bxx", 0644);
	put_file(dir, "broken", "x", 0644);
	put_file(dir, "skip/wanted", "1", 0644);
	assert_int_equal(linkat(dir, "b/deep/wanted", dir, "b/other", 0), 0); /* read once, under the name that comes first */
	assert_int_equal(symlinkat("/etc", dir, "loop/abs"), 0);
	assert_int_equal(symlinkat("..", dir, "loop/up"), 0);
	assert_int_equal(symlinkat("wanted", dir, "loop/wanted"), 0);
	assert_int_equal(mkfifoat(dir, "b/wanted", 0600), 0); /* must not block */
	struct facts_writer w;
	struct layer_facts f;
	struct buf bytes, text;
	struct error err = { 0 };
	options.skip_dirs = dirs;
	options.skip_dirs_count = 1;
	facts_writer_init(&w);
	buf_init(&text, 1 << 20);
	assert_int_equal(finish(walk_directory(dir, &options, &w, &err), &w, &bytes, &f, &err), 0);
	options.skip_dirs_count = 0;
	show(&f, &text);
	buf_add_char(&text, 0);
	assert_string_equal(text.p, "a.big a.big=3:29a:memory\n"
				    "b/deep/wanted wanted=1:31:memory\n"
				    "broken unreadable\n"
				    "etc/conf conf=2:125:memory\n"
				    "link loop/abs -> /etc\n"
				    "link loop/up -> ..\n"
				    "link loop/wanted -> wanted\n"
				    "2 broken: broken: made to fail\n"
				    "1 broken: odd\n");
	buf_release(&bytes);
	buf_release(&text);
	arena_release(&arena);
	/* the kernel's own file systems are passed over, not walked */
	int root = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	close(root);
	close(dir);
	nftw(base, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Deeper than descriptors would last: what lies below is told as unread. */
static void test_deep_directory(void **state)
{
	char base[] = "/tmp/bulkhead-deep-XXXXXX";
	assert_non_null(mkdtemp(base));
	int dir = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC), at = dup(dir);
	for (int i = 0; i < 300; i++) {
		assert_int_equal(mkdirat(at, "d", 0755), 0);
		int next = openat(at, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		close(at);
		at = next;
	}
	close(at);
	struct facts_writer w;
	struct layer_facts f;
	struct buf bytes;
	struct error err = { 0 };
	facts_writer_init(&w);
	assert_int_equal(finish(walk_directory(dir, &options, &w, &err), &w, &bytes, &f, &err), 0);
	assert_int_equal(f.diags.list.n, 1);
	assert_int_equal(f.diags.list.v[0].level, DIAG_UNREADABLE);
	buf_release(&bytes);
	arena_release(&arena);
	close(dir);
	nftw(base, remove_one, 400, FTW_DEPTH | FTW_PHYS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_observing), cmocka_unit_test(test_entries),	 cmocka_unit_test(test_rewinds),      cmocka_unit_test(test_large_bodies), cmocka_unit_test(test_sparse),
		cmocka_unit_test(test_skipped),	 cmocka_unit_test(test_file_digests),	 cmocka_unit_test(test_present),      cmocka_unit_test(test_broken),	   cmocka_unit_test(test_many_entries),
		cmocka_unit_test(test_directory), cmocka_unit_test(test_deep_directory),
	};
	arena_init(&arena, ARENA_NO_LIMIT);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
