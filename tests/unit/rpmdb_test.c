/* format/rpmdb: headers, the three stores, manifests. Small files are written here byte by byte (both byte orders); real ones by Berkeley DB
 * itself (through Perl's DB_File) and by rpm (rpmbuild, rpm -i, rpm -qa as oracle), where these programs are installed. */
#include "test.h"

#include <sqlite3.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/path.h"
#include "format/rpmdb/store.h"

/* --- writing headers --- */

struct maker {
	struct buf index, data;
	uint32_t count;
};

static void put32(struct buf *b, uint32_t v, bool big_endian)
{
	unsigned char c[4];
	for (unsigned i = 0; i < 4; i++)
		c[i] = (unsigned char)(v >> (big_endian ? 24 - 8 * i : 8 * i));
	buf_add_bytes(b, c, 4);
}

static void put16(struct buf *b, uint32_t v, bool big_endian)
{
	unsigned char c[2] = { (unsigned char)(big_endian ? v >> 8 : v), (unsigned char)(big_endian ? v : v >> 8) };
	buf_add_bytes(b, c, 2);
}

static void maker_init(struct maker *m)
{
	buf_init(&m->index, 64 << 20);
	buf_init(&m->data, 64 << 20);
	m->count = 0;
}

static void add_raw(struct maker *m, uint32_t tag, uint32_t type, uint32_t count, const void *p, size_t n)
{
	put32(&m->index, tag, true);
	put32(&m->index, type, true);
	put32(&m->index, (uint32_t)m->data.n, true);
	put32(&m->index, count, true);
	buf_add_bytes(&m->data, p, n);
	m->count++;
}

static void add_string(struct maker *m, uint32_t tag, const char *s)
{
	add_raw(m, tag, 6, 1, s, strlen(s) + 1);
}

/* "a|b|" is an array of two. */
static void add_array(struct maker *m, uint32_t tag, const char *list)
{
	char text[4096];
	uint32_t count = 0;
	size_t n = strlen(list);
	for (size_t i = 0; i < n; i++) {
		text[i] = list[i] == '|' ? 0 : list[i];
		count += list[i] == '|';
	}
	add_raw(m, tag, 8, count, text, n);
}

static void add_numbers(struct maker *m, uint32_t tag, const uint32_t *v, uint32_t count)
{
	struct buf b;
	buf_init(&b, 1 << 20);
	for (uint32_t i = 0; i < count; i++)
		put32(&b, v[i], true);
	add_raw(m, tag, 4, count, b.p, b.n);
	buf_release(&b);
}

/* The finished header, appended to out. */
static void maker_finish(struct maker *m, struct buf *out)
{
	put32(out, m->count, true);
	put32(out, (uint32_t)m->data.n, true);
	buf_add(out, buf_str(&m->index));
	buf_add(out, buf_str(&m->data));
	buf_release(&m->index);
	buf_release(&m->data);
}

static void make_package(struct buf *out, const char *name, size_t padding)
{
	struct maker m;
	static const uint32_t indexes[] = { 0, 1, 1 }, epoch = 2;
	maker_init(&m);
	add_raw(&m, 63, 7, 16, "0123456789abcdef", 16);
	add_raw(&m, 261, 7, 16, "\x01\x23\x45\x67\x89\xab\xcd\xef\0\x11\x22\x33\x44\x55\x66\x77", 16);
	add_string(&m, 1000, name);
	add_string(&m, 1001, "1.2");
	add_string(&m, 1002, "3.el8");
	add_numbers(&m, 1003, &epoch, 1);
	add_string(&m, 1011, "Red Hat, Inc.");
	add_string(&m, 1014, "GPLv2+");
	add_string(&m, 1022, "x86_64");
	add_string(&m, 1044, "src-name-1.2-3.el8.src.rpm");
	add_array(&m, 1047, "libx.so.1()(64bit)|libx.so.1()(64bit)|x|");
	add_array(&m, 1049, "/bin/sh|rpmlib(A)|(a if b)|libc.so.6|");
	add_numbers(&m, 1116, indexes, 3);
	add_array(&m, 1117, "a|b|c|");
	add_array(&m, 1118, "/usr/bin/|/lib/|");
	add_string(&m, 5096, "nodejs:12:82|x");
	for (size_t i = 0; i < padding; i += 1000) { /* so that the record needs several pages */
		static char text[1001];
		memset(text, 'p', 1000);
		add_string(&m, 6000, text);
	}
	maker_finish(&m, out);
}

/* --- writing stores --- */

static void make_ndb(struct buf *out, size_t packages)
{
	char zeros[4096] = { 0 };
	struct buf blobs;
	uint32_t block = 4096 / 16;
	buf_init(&blobs, 64 << 20);
	buf_add_c(out, "RpmP");
	put32(out, 0, false);
	put32(out, 7, false);
	put32(out, 1, false);
	buf_add_bytes(out, zeros, 16);
	for (size_t i = 0; i < (4096 - 32) / 16; i++) {
		buf_add_c(out, "Slot");
		if (i >= packages) {
			buf_add_bytes(out, zeros, 12);
			continue;
		}
		struct buf header;
		char name[16];
		buf_init(&header, 1 << 20);
		snprintf(name, sizeof(name), "pkg%zu", i + 1);
		make_package(&header, name, i * 1000);
		uint32_t blocks = (uint32_t)((16 + header.n + 12 + 15) / 16);
		put32(out, (uint32_t)i + 1, false);
		put32(out, block, false);
		put32(out, blocks, false);
		size_t start = blobs.n;
		buf_add_c(&blobs, "BlbS");
		put32(&blobs, (uint32_t)i + 1, false);
		put32(&blobs, 1, false);
		put32(&blobs, (uint32_t)header.n, false);
		buf_add(&blobs, buf_str(&header));
		buf_add_bytes(&blobs, zeros, blocks * 16 - 12 - (blobs.n - start));
		put32(&blobs, 0, false);
		put32(&blobs, (uint32_t)header.n, false);
		buf_add_c(&blobs, "BlbE");
		block += blocks;
		buf_release(&header);
	}
	buf_add(out, buf_str(&blobs));
	buf_release(&blobs);
}

static void page_head(struct buf *out, uint32_t number, uint32_t next, uint32_t entries, uint32_t free_at, unsigned type, bool be)
{
	buf_add_repeat(out, 0, 8);
	put32(out, number, be);
	put32(out, 0, be);
	put32(out, next, be);
	put16(out, entries, be);
	put16(out, free_at, be);
	buf_add_char(out, 0);
	buf_add_char(out, (char)type);
}

static void pad_page(struct buf *out, size_t page_size)
{
	buf_add_repeat(out, 0, page_size - out->n % page_size == page_size ? 0 : page_size - out->n % page_size);
}

/* Two buckets: the first holds number 0 (a counter) and package 1 on the page, the second package 2 in a chain. Page size 2048. */
static void make_bdb(struct buf *out, bool be, unsigned page_type)
{
	const size_t size = 2048, space = size - 26;
	struct buf small, large;
	buf_init(&small, 1 << 20);
	buf_init(&large, 1 << 20);
	make_package(&small, "pkg1", 0);
	make_package(&large, "pkg2", 5000);
	uint32_t chain = (uint32_t)((large.n + space - 1) / space);
	/* page 0 */
	buf_add_repeat(out, 0, 12);
	put32(out, 0x061561, be);
	put32(out, 9, be);
	put32(out, size, be);
	buf_add_char(out, 0);
	buf_add_char(out, 8);
	buf_add_repeat(out, 0, 6);
	put32(out, 2 + chain, be);
	buf_add_repeat(out, 0, 36);
	put32(out, 1, be); /* max_bucket */
	buf_add_repeat(out, 0, 20);
	put32(out, 1, be); /* spares: bucket 0 at page 1, bucket 1 at page 2 */
	put32(out, 1, be);
	pad_page(out, size);
	/* page 1: items from the end backwards: key 0, counter, key 1, header */
	uint32_t at[4] = { size - 5, size - 10, size - 15, (uint32_t)(size - 15 - 1 - small.n) };
	page_head(out, 1, 0, 4, at[3], page_type, be);
	for (size_t i = 0; i < 4; i++)
		put16(out, at[i], be);
	buf_add_repeat(out, 0, size + at[3] - out->n);
	buf_add_char(out, 1);
	buf_add(out, buf_str(&small));
	buf_add_char(out, 1);
	put32(out, 1, be);
	buf_add_char(out, 1);
	put32(out, 2, be);
	buf_add_char(out, 1);
	put32(out, 0, be);
	/* page 2 */
	page_head(out, 2, 0, 2, (uint32_t)size - 17, page_type, be);
	put16(out, (uint32_t)size - 5, be);
	put16(out, (uint32_t)size - 17, be);
	buf_add_repeat(out, 0, 3 * size - 17 - out->n);
	buf_add_bytes(out, "\3\0\0\0", 4);
	put32(out, 3, be);
	put32(out, (uint32_t)large.n, be);
	buf_add_char(out, 1);
	put32(out, 2, be);
	/* the chain */
	for (uint32_t i = 0; i < chain; i++) {
		struct str part = str_sub(buf_str(&large), i * space, space);
		page_head(out, 3 + i, i + 1 < chain ? 4 + i : 0, 1, (uint32_t)part.n, 7, be);
		buf_add(out, part);
		pad_page(out, size);
	}
	buf_release(&small);
	buf_release(&large);
}

static void make_sqlite(struct buf *out, const char *create, const char *insert, size_t packages)
{
	sqlite3 *db;
	sqlite3_stmt *stmt;
	sqlite3_int64 n = 0;
	assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "PRAGMA page_size=512", NULL, NULL, NULL), SQLITE_OK);
	if (sqlite3_exec(db, create, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s", sqlite3_errmsg(db));
	for (size_t i = 0; insert && i < packages; i++) {
		struct buf header;
		char name[32];
		buf_init(&header, 1 << 20);
		snprintf(name, sizeof(name), "pkg%zu", i + 1);
		make_package(&header, name, i * 1000);
		assert_int_equal(sqlite3_prepare_v2(db, insert, -1, &stmt, NULL), SQLITE_OK);
		sqlite3_bind_blob(stmt, 1, header.p, (int)header.n, SQLITE_STATIC);
		assert_int_equal(sqlite3_step(stmt), SQLITE_DONE);
		sqlite3_finalize(stmt);
		buf_release(&header);
	}
	unsigned char *bytes = sqlite3_serialize(db, "main", &n, 0);
	buf_add_bytes(out, bytes, (size_t)n);
	sqlite3_free(bytes);
	sqlite3_close(db);
}

/* --- reading --- */

struct result {
	struct arena arena;
	struct package_vec out;
	struct diags diags;
	struct error err;
	int r;
};

static int read_memory(void *ctx, void *dst, size_t n, uint64_t off, struct error *err)
{
	memcpy(dst, (const char *)ctx + off, n);
	return 0;
}

/* Parses an exact-size copy: in memory, or piece by piece through pread. */
static void parse(struct result *x, struct str bytes, bool pieces)
{
	char *copy = malloc(bytes.n + !bytes.n);
	if (bytes.n)
		memcpy(copy, bytes.p, bytes.n);
	arena_init(&x->arena, 0);
	diags_init(&x->diags, &x->arena);
	x->out = (struct package_vec){ 0 };
	x->err = (struct error){ 0 };
	struct input in = { .name = STR("var/lib/rpm/Packages"), .size = bytes.n, .data = pieces ? NULL : copy, .pread = read_memory, .ctx = copy };
	x->r = rpmdb_parse(&x->arena, &in, &x->out, &x->diags, &x->err);
	free(copy); /* what was read must not point into the input */
}

static bool owns(const struct package *p, const char *path)
{
	for (size_t i = 0; i < p->owned.n; i++)
		if (p->owned.v[i] == path_hash(str_c(path)))
			return true;
	return false;
}

static void check_package(const struct package *p, const char *name)
{
	assert_int_equal(p->kind, PKG_RPM);
	assert_str(p->name, name);
	assert_str(p->version, "2:1.2-3.el8");
	assert_str(p->arch, "x86_64");
	assert_str(p->src_name, "src-name");
	assert_str(p->src_version, "2:1.2-3.el8");
	assert_str(p->vendor, "Red Hat, Inc.");
	assert_str(p->modularity, "nodejs:12:82|x");
	assert_str(p->digest, "md5:0123456789abcdef0011223344556677");
	assert_int_equal(p->licenses.n, 1);
	assert_str(p->licenses.v[0], "GPLv2+");
	assert_int_equal(p->provides.n, 2);
	assert_str(p->provides.v[0], "libx.so.1()(64bit)");
	assert_int_equal(p->depends.n, 2);
	assert_str(p->depends.v[0], "/bin/sh");
	assert_str(p->depends.v[1], "libc.so.6");
	assert_int_equal(p->owned.n, 3);
	assert_true(owns(p, "usr/bin/a") && owns(p, "lib/b") && owns(p, "usr/lib/c"));
}

static void make_store(size_t kind, struct buf *out)
{
	buf_init(out, 64 << 20);
	if (kind == 0)
		make_ndb(out, 2);
	else if (kind < 4)
		make_bdb(out, kind == 2, kind == 3 ? 2 : 13);
	else
		make_sqlite(out, "CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)", "INSERT INTO Packages(blob) VALUES(?)", 2);
}
static const char *const store_names[] = { "ndb", "bdb little-endian", "bdb big-endian", "bdb unsorted pages", "sqlite" };

static void test_stores(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(store_names); i++)
		for (int pieces = 0; pieces < 2; pieces++) {
			struct buf bytes;
			struct result x;
			make_store(i, &bytes);
			parse(&x, buf_str(&bytes), pieces);
			if (x.r != 0 || x.out.n != 2 || x.diags.list.n)
				fail_msg("%s: %d \"%s\", %zu packages, %zu diagnostics", store_names[i], x.r, x.err.text, x.out.n, x.diags.list.n);
			check_package(&x.out.v[0], "pkg1");
			check_package(&x.out.v[1], "pkg2");
			arena_release(&x.arena);
			buf_release(&bytes);
		}
}

/* Cut at every length, a store gives all packages, or says that something is missing. */
static void test_truncated(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(store_names); i++) {
		struct buf bytes;
		make_store(i, &bytes);
		for (size_t n = 0; n < bytes.n; n += n < 600 ? 1 : 37) {
			struct result x;
			parse(&x, str_make(bytes.p, n), false);
			if (x.r == 0 && x.out.n < 2 && !x.diags.list.n)
				fail_msg("%s cut to %zu bytes: %zu packages and no word", store_names[i], n, x.out.n);
			for (size_t j = 0; j < x.out.n; j++)
				assert_true(x.out.v[j].name.n && x.out.v[j].version.n);
			arena_release(&x.arena);
		}
		buf_release(&bytes);
	}
}

/* Every byte of the small files flipped: no crash, no runaway; sanitizers look on. */
static void test_flipped(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(store_names); i++) {
		struct buf bytes;
		make_store(i, &bytes);
		for (size_t n = 0; n < bytes.n; n += n < 600 ? 1 : 29)
			for (size_t k = 0; k < 3; k++) {
				static const unsigned char masks[] = { 0xff, 0x01, 0x80 };
				struct result x;
				bytes.p[n] = (char)(bytes.p[n] ^ masks[k]);
				parse(&x, buf_str(&bytes), false);
				bytes.p[n] = (char)(bytes.p[n] ^ masks[k]);
				arena_release(&x.arena);
			}
		buf_release(&bytes);
	}
}

static void test_headers(void **state)
{
	/* Each case spoils one thing of a minimal header. */
	static const struct {
		const char *name;
		uint32_t tag, type, count;
		const char *data;
		size_t n;
		int r;
	} cases[] = {
		{ "nothing more", 9999, 6, 1, "", 1, 0 },
		{ "string without end", 1011, 6, 1, "abc", 3, ERR_FORMAT },
		{ "string of no elements", 1011, 6, 0, "abc", 4, ERR_FORMAT },
		{ "number for a string", 1011, 4, 1, "abcd", 4, ERR_FORMAT },
		{ "string for a number", 1003, 6, 1, "1", 2, ERR_FORMAT },
		{ "number cut short", 1003, 4, 1, "12", 2, ERR_FORMAT },
		{ "list ends early", 1047, 8, 3, "a\0b", 4, ERR_FORMAT },
		{ "list too long", 1047, 8, 0xffffffff, "a\0b", 4, ERR_LIMIT },
		{ "files without folders", 1117, 8, 1, "a", 2, ERR_FORMAT },
		{ "old file names", 1027, 8, 2, "/a/b\0/c", 8, 0 },
		{ "old file names, lying count", 1027, 8, 0x7fffffff, "/a/b\0/c", 8, ERR_FORMAT },
		{ "digest of another size", 261, 7, 4, "abcd", 4, 0 },
		{ "no name after all", 1000, 6, 1, "", 1, ERR_FORMAT },
		{ "no version after all", 1001, 6, 1, "", 1, ERR_FORMAT },
		{ "license in several languages", 1014, 9, 2, "MIT\0Lizenz", 11, 0 },
		{ "source of no form", 1044, 6, 1, "(none)", 7, 0 },
		{ "source of odd form", 1044, 6, 1, "x", 2, 0 },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena a;
		struct maker m;
		struct buf bytes;
		struct package p;
		struct error err = { 0 };
		struct rpm_scratch scratch = { 0 };
		arena_init(&a, 0);
		maker_init(&m);
		buf_init(&bytes, 1 << 20);
		add_string(&m, 1000, "n");
		add_string(&m, 1001, "1");
		add_raw(&m, cases[i].tag, cases[i].type, cases[i].count, cases[i].data, cases[i].n);
		maker_finish(&m, &bytes);
		int r = rpm_header_read(&a, buf_str(&bytes), &scratch, &p, &err);
		if (r != cases[i].r)
			fail_msg("%s: %d \"%s\"", cases[i].name, r, err.text);
		if (r == 0) {
			assert_str(p.version, "1");
			assert_int_equal(p.src_name.n, 0);
		}
		/* the header's own numbers */
		static const char *const heads[] = { "", "\0\0\0\0\0\0\0\0", "\xff\xff\xff\xff\xff\xff\xff\xff", "\x0f\xff\xff\xff\0\0\0\0" };
		for (size_t j = 0; j < ARRAY_LEN(heads); j++)
			assert_int_equal(rpm_header_read(&a, str_make(heads[j], j ? 8 : 0), &scratch, &p, &err), ERR_FORMAT);
		buf_release(&bytes);
		arena_release(&a);
	}
}

/* Many names in one folder of nearly a path's length: refused before it becomes work. */
static void test_amplification(void **state)
{
	struct maker m;
	struct buf header, names;
	struct arena a;
	struct package p;
	struct rpm_scratch scratch = { 0 };
	char folder[4002];
	enum { FILES = 100000 };
	arena_init(&a, 0);
	buf_init(&header, 64 << 20);
	buf_init(&names, 64 << 20);
	memset(folder, 'd', 4000);
	folder[4000] = '|';
	folder[4001] = 0;
	maker_init(&m);
	add_string(&m, 1000, "n");
	add_string(&m, 1001, "1");
	buf_add_repeat(&names, 0, FILES * 4);
	add_raw(&m, 1116, 4, FILES, names.p, FILES * 4);
	add_raw(&m, 1117, 8, FILES, names.p, FILES);
	add_array(&m, 1118, folder);
	maker_finish(&m, &header);
	assert_int_equal(rpm_header_read(&a, buf_str(&header), &scratch, &p, NULL), ERR_FORMAT);
	buf_release(&header);
	buf_release(&names);
	arena_release(&a);
}

static void test_hostile_sqlite(void **state)
{
	static const struct {
		const char *name, *create, *insert;
	} cases[] = {
		{ "no table", "CREATE TABLE Other (x)", NULL },
		{ "a view", "CREATE TABLE t (hnum, blob); CREATE VIEW Packages AS SELECT 1 AS hnum, 'x' AS blob", NULL },
		{ "an endless view", "CREATE VIEW Packages AS WITH RECURSIVE c(hnum, blob) AS (SELECT 1, 'x' UNION ALL SELECT hnum + 1, 'x' FROM c) SELECT * FROM c", NULL },
		{ "a virtual table", "CREATE VIRTUAL TABLE Packages USING rtree(hnum, blob, x)", NULL },
		{ "other columns", "CREATE TABLE Packages (a, b)", NULL },
		{ "records that are no headers", "CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob); INSERT INTO Packages VALUES (1, 'x'), (2, 3.5), (3, NULL), (4, zeroblob(100000))", NULL },
		{ "computed records", "CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob AS (zeroblob(hnum))); INSERT INTO Packages(hnum) VALUES (100000000), (100000001)", NULL },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct buf bytes;
		struct result x;
		sqlite3 *db;
		sqlite3_open(":memory:", &db);
		bool possible = sqlite3_exec(db, cases[i].create, NULL, NULL, NULL) == SQLITE_OK;
		sqlite3_close(db);
		if (!possible) { /* an SQLite without rtree */
			print_message("%s: not possible here\n", cases[i].name);
			continue;
		}
		buf_init(&bytes, 64 << 20);
		make_sqlite(&bytes, cases[i].create, cases[i].insert, 0);
		parse(&x, buf_str(&bytes), false);
		if (x.out.n || (x.r == 0 && !x.diags.list.n))
			fail_msg("%s: %d, %zu packages", cases[i].name, x.r, x.out.n);
		arena_release(&x.arena);
		buf_release(&bytes);
	}
}

static void test_foreign(void **state)
{
	static const struct {
		const char *name, *bytes;
		size_t n;
		int r;
	} cases[] = {
		{ "empty", "", 0, ERR_FORMAT },
		{ "text", "This is no database, but a text of some length.", 40, ERR_FORMAT },
		{ "ndb of another version", "RpmP\1\0\0\0\0\0\0\0\1\0\0\0aaaaaaaaaaaaaaaa", 32, ERR_UNSUPPORTED },
		{ "sqlite's first bytes", "SQLite format 3\0\0\0\0\0\0\0\0", 24, ERR_FORMAT },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct result x;
		parse(&x, str_make(cases[i].bytes, cases[i].n), false);
		if (x.r != cases[i].r || !x.err.text[0])
			fail_msg("%s: %d \"%s\"", cases[i].name, x.r, x.err.text);
		arena_release(&x.arena);
	}
}

static void test_manifest(void **state)
{
	struct arena a;
	struct diags diags;
	struct package_vec out = { 0 };
	arena_init(&a, 0);
	diags_init(&diags, &a);
	struct input in = input_from_str(STR("var/lib/rpmmanifest/container-manifest-2"),
					 STR("mariner-release\t2.0-12.cm2\t1653816591\t1653753130\tMicrosoft Corporation\t(none)\t580\tnoarch\t0\tmariner-release-2.0-12.cm2.src.rpm\n"
					     "openssl-libs\t1.1.1k-7\t1\t2\tx\t1\t9\tx86_64\t1\topenssl-1.1.1k-7.src.rpm\n"
					     "\n"
					     "broken\t1-2\n"));
	assert_true(rpmdb_wants_manifest(in.name, 0, 1));
	assert_int_equal(rpmdb_parse_manifest(&a, &in, &out, &diags, NULL), 0);
	assert_int_equal(out.n, 2);
	assert_str(out.v[0].version, "2.0-12.cm2");
	assert_str(out.v[0].vendor, "Microsoft Corporation");
	assert_str(out.v[1].version, "1:1.1.1k-7");
	assert_str(out.v[1].src_name, "openssl");
	assert_str(out.v[1].src_version, "1:1.1.1k-7");
	assert_str(out.v[1].arch, "x86_64");
	assert_int_equal(diags.list.n, 1);
	assert_int_equal(diags.list.v[0].line, 4);
	arena_release(&a);
}

static void test_wal(void **state)
{
	static const struct {
		const char *name, *bytes;
		size_t n, diags;
	} cases[] = {
		{ "empty", "", 0, 0 },
		{ "header only", "\x37\x7f\x06\x82............................", 32, 0 },
		{ "a frame", "\x37\x7f\x06\x83............................................", 48, 1 },
		{ "something else", "................................................", 48, 0 },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena a;
		struct diags diags;
		struct package_vec out = { 0 };
		arena_init(&a, 0);
		diags_init(&diags, &a);
		struct input in = input_from_str(STR("var/lib/rpm/rpmdb.sqlite-wal"), str_make(cases[i].bytes, cases[i].n));
		assert_true(rpmdb_wants_wal(in.name, 0, 1));
		if (rpmdb_parse_wal(&a, &in, &out, &diags, NULL) != 0 || out.n || diags.list.n != cases[i].diags)
			fail_msg("%s: %zu diagnostics", cases[i].name, diags.list.n);
		arena_release(&a);
	}
}

static struct str read_whole(struct arena *a, const char *path)
{
	FILE *f = fopen(path, "rb");
	char *p = arena_alloc(a, 1 << 20);
	assert_true(f && p);
	size_t n = fread(p, 1, 1 << 20, f);
	fclose(f);
	return str_make(p, n);
}

static void insert_package(sqlite3 *db, const char *name)
{
	sqlite3_stmt *stmt;
	struct buf header;
	buf_init(&header, 1 << 20);
	make_package(&header, name, 1000);
	assert_int_equal(sqlite3_prepare_v2(db, "INSERT INTO Packages(blob) VALUES(?)", -1, &stmt, NULL), SQLITE_OK);
	sqlite3_bind_blob(stmt, 1, header.p, (int)header.n, SQLITE_STATIC);
	assert_int_equal(sqlite3_step(stmt), SQLITE_DONE);
	sqlite3_finalize(stmt);
	buf_release(&header);
}

static int open_log(void *tree, struct arena *a, struct str path, uint64_t max_bytes, struct str *ret, struct error *err)
{
	assert_str(path, "var/lib/rpm/rpmdb.sqlite-wal");
	const struct str *wal = tree;
	if (!wal->p)
		return error_set(err, ERR_NOT_FOUND, "none");
	*ret = *wal;
	return 0;
}

/* SQLite's own log of a process that is still at work: a package more, one less. */
static void test_replayed_wal(void **state)
{
	char folder[] = "/tmp/rpmdb-wal-XXXXXX", path[64], wal_path[64];
	struct arena files;
	sqlite3 *db;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/db", folder);
	snprintf(wal_path, sizeof(wal_path), "%s/db-wal", folder);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "PRAGMA page_size=512; PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0;"
				      "CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)", NULL, NULL, NULL), SQLITE_OK);
	insert_package(db, "one");
	insert_package(db, "two");
	assert_int_equal(sqlite3_exec(db, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL), SQLITE_OK);
	insert_package(db, "three");
	assert_int_equal(sqlite3_exec(db, "DELETE FROM Packages WHERE hnum = 1", NULL, NULL, NULL), SQLITE_OK);
	arena_init(&files, 0);
	struct str bytes = read_whole(&files, path), wal = read_whole(&files, wal_path), none = STR_NONE;
	sqlite3_close(db);
	unlink(path);
	unlink(wal_path);
	snprintf(wal_path, sizeof(wal_path), "%s/db-shm", folder);
	unlink(wal_path);
	assert_int_equal(rmdir(folder), 0);
	assert_true(wal.n > 1000);
	struct str torn = str_sub(wal, 0, wal.n - 100); /* the last transaction, the deletion, is not whole */
	struct str garbage = STR("not a log, but more than the 32 bytes of its header");
	struct {
		const char *what;
		struct str *wal;
		const char *names[3];
	} cases[] = {
		{ "no log", &none, { "one", "two" } }, { "log", &wal, { "two", "three" } }, { "torn log", &torn, { "one", "two", "three" } },
		{ "garbage", &garbage, { "one", "two" } },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena a;
		struct diags diags;
		struct package_vec out = { 0 };
		struct error err = { 0 };
		size_t count = 0;
		arena_init(&a, 0);
		diags_init(&diags, &a);
		struct input in = input_from_str(STR("var/lib/rpm/rpmdb.sqlite"), bytes);
		in.open = open_log;
		in.tree = cases[i].wal;
		if (rpmdb_parse(&a, &in, &out, &diags, &err) != 0 || diags.list.n)
			fail_msg("%s: %s %.*s", cases[i].what, err.text, STR_FMT(diags.list.n ? diags.list.v[0].text : STR_NONE));
		while (count < 3 && cases[i].names[count])
			count++;
		if (out.n != count)
			fail_msg("%s: %zu packages", cases[i].what, out.n);
		for (size_t k = 0; k < count; k++)
			assert_str(out.v[k].name, cases[i].names[k]);
		/* Where other files are at hand, the log is no news. */
		in.name = STR("var/lib/rpm/rpmdb.sqlite-wal");
		assert_int_equal(rpmdb_parse_wal(&a, &in, &out, &diags, NULL), 0);
		assert_int_equal(diags.list.n, 0);
		arena_release(&a);
	}
	arena_release(&files);
}

static void test_wants(void **state)
{
	static const struct {
		const char *path;
		bool wanted;
	} cases[] = {
		{ "var/lib/rpm/Packages", true },	   { "var/lib/rpm/Packages.db", true },		{ "var/lib/rpm/rpmdb.sqlite", true },
		{ "usr/lib/sysimage/rpm/Packages.db", true }, { "usr/share/rpm/rpmdb.sqlite", true },	{ "var/lib/rpm/Name", false },
		{ "x/var/lib/rpm/Packages", false },	   { "var/lib/rpm/rpmdb.sqlite-wal", false },	{ "Packages", false },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (rpmdb_wants(str_c(cases[i].path), 0, 1) != cases[i].wanted)
			fail_msg("%s", cases[i].path);
}

static void test_source_names(void **state)
{
	static const struct {
		const char *file, *name, *version;
	} cases[] = {
		{ "openssl-1.1.1k-7.el8_6.src.rpm", "openssl", "1.1.1k-7.el8_6" },
		{ "python-pip-9.0.3-5.nosrc.rpm", "python-pip", "9.0.3-5" },
		{ "x", "", "" }, { "a-b", "", "" }, { "a.b", "", "" }, { "1-2.src.rpm", "", "" }, { "-1-2.src.rpm", "", "" }, { "", "", "" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct str name = STR(""), version = STR("");
		if (rpm_split_source(str_c(cases[i].file), &name, &version) != (cases[i].name[0] != 0))
			fail_msg("%s", cases[i].file);
		assert_str(name, cases[i].name);
		assert_str(version, cases[i].version);
	}
}

/* --- real writers --- */

static char folder[64];

static bool ATTR_PRINTF(1, 2) run(const char *fmt, ...)
{
	char command[8192];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(command, sizeof(command), fmt, ap);
	va_end(ap);
	return system(command) == 0;
}

static int make_folder(void **state)
{
	snprintf(folder, sizeof(folder), "/tmp/bulkhead-rpmdb-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	return run("rm -rf '%s'", folder) ? 0 : -1;
}

static struct str load(const char *name)
{
	char path[256];
	struct stat st;
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *f = fopen(path, "rb");
	if (!f || fstat(fileno(f), &st) < 0)
		return STR_NONE;
	char *bytes = malloc((size_t)st.st_size + 1);
	size_t n = fread(bytes, 1, (size_t)st.st_size, f);
	fclose(f);
	return str_make(bytes, n);
}

/* 400 records of many sizes, written by Berkeley DB: buckets split, chains, both byte orders, three page sizes. */
static void test_berkeley_db(void **state)
{
	static const struct {
		int order, page;
	} cases[] = { { 1234, 4096 }, { 4321, 4096 }, { 1234, 512 }, { 4321, 8192 } };
	enum { RECORDS = 400 };
	if (!run("perl -MDB_File -e 1 2>/dev/null")) {
		print_message("no Perl with DB_File here\n");
		skip();
	}
	for (size_t i = 0; i < RECORDS; i++) {
		char path[256], name[16];
		struct buf header;
		buf_init(&header, 1 << 20);
		snprintf(name, sizeof(name), "pkg%zu", i + 1);
		make_package(&header, name, i * 61 % 40000);
		snprintf(path, sizeof(path), "%s/header%zu", folder, i + 1);
		FILE *f = fopen(path, "wb");
		assert_non_null(f);
		assert_int_equal(fwrite(header.p, 1, header.n, f), header.n);
		fclose(f);
		buf_release(&header);
	}
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct result x;
		bool seen[RECORDS + 1] = { false };
		assert_true(run("cd '%s' && rm -f Packages && perl -MDB_File -e '$h = new DB_File::HASHINFO; $h->{lorder} = %d; $h->{bsize} = %d; "
				"tie %%x, \"DB_File\", \"Packages\", O_RDWR|O_CREAT, 0644, $h or die; $t = %d == 4321 ? \"N\" : \"V\"; $x{pack($t, 0)} = pack($t, %d); undef $/; "
				"for (1..%d) { open F, \"<:raw\", \"header$_\" or die; $x{pack($t, $_)} = <F>; } untie %%x'",
				folder, cases[i].order, cases[i].page, cases[i].order, RECORDS, RECORDS));
		struct str bytes = load("Packages");
		parse(&x, bytes, i % 2);
		if (x.r != 0 || x.out.n != RECORDS || x.diags.list.n)
			fail_msg("order %d, pages of %d: %d \"%s\", %zu packages, %zu diagnostics", cases[i].order, cases[i].page, x.r, x.err.text, x.out.n, x.diags.list.n);
		for (size_t j = 0; j < x.out.n; j++) {
			uint64_t number = 0;
			assert_int_equal(str_to_u64(str_from(x.out.v[j].name, 3), &number), 0);
			assert_true(number >= 1 && number <= RECORDS && !seen[number]);
			seen[number] = true;
			check_package(&x.out.v[j], arena_cstr(&x.arena, x.out.v[j].name));
		}
		arena_release(&x.arena);
		free((void *)(uintptr_t)bytes.p);
	}
}

static const char spec[] = "Name: demo\nVersion: 1.0\nRelease: 3\nEpoch: 7\nSummary: s\nLicense: MIT and BSD\nVendor: Somebody\nBuildArch: noarch\n"
			   "Provides: other = 2, demo(x)\nRequires: /bin/sh, libc.so.6 >= 2\nRequires: libc.so.6\n%description\nd\n%package sub\nSummary: s\n%description sub\nd\n"
			   "%install\nmkdir -p %{buildroot}/usr/lib/demo %{buildroot}/etc\ntouch %{buildroot}/usr/lib/demo/file %{buildroot}/etc/demo.conf\n"
			   "%files\n/usr/lib/demo/file\n/etc/demo.conf\n%files sub\n";

/* A package built, registered and listed by rpm. */
static void test_rpm(void **state)
{
	char path[256], line[1024];
	struct result x;
	if (!run("command -v rpmbuild >/dev/null && command -v rpm >/dev/null")) {
		print_message("no rpmbuild here\n");
		skip();
	}
	snprintf(path, sizeof(path), "%s/demo.spec", folder);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(spec, f);
	fclose(f);
	assert_true(run("cd '%s' && rpmbuild -bb --quiet --define '_topdir %s/top' --define '_rpmdir %s/rpms' demo.spec >/dev/null 2>&1", folder, folder, folder));
	assert_true(run("cd '%s' && rpm --dbpath '%s/db' --define '_db_backend sqlite' -i --justdb --nodeps --noscripts rpms/noarch/*.rpm >/dev/null 2>&1", folder, folder));
	struct str bytes = load("db/rpmdb.sqlite");
	assert_non_null(bytes.p);
	parse(&x, bytes, true);
	free((void *)(uintptr_t)bytes.p);
	assert_int_equal(x.r, 0);
	assert_int_equal(x.diags.list.n, 0);
	snprintf(path, sizeof(path),
		 "rpm --dbpath '%.40s/db' --define '_db_backend sqlite' -qa --qf '%%{NAME} %%{EPOCHNUM}:%%{VERSION}-%%{RELEASE} %%{ARCH} %%{VENDOR} %%{LICENSE} md5:%%{SIGMD5}\\n'", folder);
	f = popen(path, "r");
	size_t n = 0;
	for (; fgets(line, sizeof(line), f); n++) {
		bool found = false;
		for (size_t i = 0; i < x.out.n; i++) {
			const struct package *p = &x.out.v[i];
			struct str digest = p->digest.n ? p->digest : STR("md5:(none)");
			found |= str_eq(arena_printf(&x.arena, "%.*s %.*s %.*s %.*s %.*s %.*s\n", STR_FMT(p->name), STR_FMT(p->version), STR_FMT(p->arch), STR_FMT(p->vendor),
						     STR_FMT(p->licenses.v[0]), STR_FMT(digest)),
					str_c(line));
		}
		if (!found)
			fail_msg("rpm -qa lists \"%s\"", line);
	}
	pclose(f);
	assert_int_equal(n, 2);
	assert_int_equal(x.out.n, 2);
	const struct package *demo = str_eq(x.out.v[0].name, STR("demo")) ? &x.out.v[0] : &x.out.v[1];
	assert_str(demo->version, "7:1.0-3");
	assert_str(demo->src_name, "demo");
	assert_int_equal(demo->owned.n, 2);
	assert_true(owns(demo, "usr/lib/demo/file") && owns(demo, "etc/demo.conf"));
	bool requires = false, provides = false;
	for (size_t i = 0; i < demo->depends.n; i++) {
		requires |= str_eq(demo->depends.v[i], STR("libc.so.6"));
		assert_false(str_has_prefix(demo->depends.v[i], STR("rpmlib(")));
	}
	for (size_t i = 0; i < demo->provides.n; i++)
		provides |= str_eq(demo->provides.v[i], STR("demo(x)"));
	assert_true(requires && provides);
	arena_release(&x.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stores),	      cmocka_unit_test(test_truncated),	 cmocka_unit_test(test_flipped),   cmocka_unit_test(test_headers),
		cmocka_unit_test(test_amplification), cmocka_unit_test(test_hostile_sqlite), cmocka_unit_test(test_foreign), cmocka_unit_test(test_manifest), cmocka_unit_test(test_wal), cmocka_unit_test(test_replayed_wal),
		cmocka_unit_test(test_wants),	      cmocka_unit_test(test_source_names), cmocka_unit_test(test_berkeley_db), cmocka_unit_test(test_rpm),
	};
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
