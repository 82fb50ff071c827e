/* The tar reader against libarchive on generated archives of every kind, in both modes and with chunks of every awkward size; then made-up
 * headers that writers and attackers produce; then truncation. */
#include "format/tar/tar.h"

#include <archive.h>
#include <archive_entry.h>

#include "base/path.h"
#include "tar_maker.h"
#include "test.h"

/* --- sources --- */

struct mem {
	struct str bytes;
	size_t at, chunk; /* chunk 0: random access */
};

static int mem_pread(void *ctx, void *dst, size_t n, uint64_t off, struct error *err)
{
	struct mem *m = ctx;
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

/* --- listings: one line an entry, body included as a hash of (offset, byte) of what is not zero --- */

static uint64_t body_hash(uint64_t h, struct str piece, uint64_t offset)
{
	for (size_t i = 0; i < piece.n; i++)
		if (piece.p[i])
			h += ((offset + i + 1) * UINT64_C(0x9e3779b97f4a7c15)) ^ (uint64_t)(unsigned char)piece.p[i] << 13;
	return h;
}

static int list_ours(struct str bytes, size_t chunk, bool read_bodies, struct buf *out, struct error *err)
{
	struct mem m = { bytes, 0, chunk };
	struct tar_source src = { .ctx = &m, .size = bytes.n };
	if (chunk)
		src.next = mem_next;
	else
		src.pread = mem_pread;
	struct tar t;
	struct tar_entry e;
	assert_int_equal(tar_init(&t, &src, NULL, err), 0);
	int r;
	while ((r = tar_next(&t, &e, err)) > 0) {
		static const char *const names[] = { "file", "hard", "sym", "char", "block", "dir", "fifo", "other" };
		if (e.type == TAR_OTHER)
			continue;
		uint64_t h = 0, off = 0;
		struct str piece, path = e.path;
		str_strip_suffix(&path, STR("/"));
		int b = 0;
		while (read_bodies && (b = tar_body(&t, &piece, &off, err)) > 0) {
			assert_true(off <= e.size && piece.n <= e.size - off);
			h = body_hash(h, piece, off);
		}
		if (b < 0) {
			r = b;
			break;
		}
		if (!chunk && read_bodies && e.size < (1 << 20)) { /* random access gives the same bytes */
			char *p = malloc(e.size + 1);
			if (tar_pread(&t, p, e.size, 0, NULL) == 0)
				assert_int_equal(body_hash(0, str_make(p, e.size), 0), h);
			free(p);
		}
		bool link = e.type == TAR_HARDLINK || e.type == TAR_SYMLINK;
		buf_addf(out, "%s %o %llu %.*s -> %.*s %llx\n", names[e.type], e.mode & 0777, (unsigned long long)e.size, STR_FMT(path),
			 link ? (int)e.link.n : 0, e.link.p ? e.link.p : "", (unsigned long long)h);
	}
	tar_release(&t);
	return r;
}

static void list_libarchive(struct str bytes, struct buf *out)
{
	struct archive *a = archive_read_new();
	struct archive_entry *e;
	archive_read_support_format_tar(a);
	assert_int_equal(archive_read_open_memory(a, bytes.p, bytes.n), ARCHIVE_OK);
	int r;
	while ((r = archive_read_next_header(a, &e)) == ARCHIVE_OK || r == ARCHIVE_WARN) {
		unsigned type = archive_entry_filetype(e);
		const char *hard = archive_entry_hardlink(e), *sym = archive_entry_symlink(e);
		const char *name = hard ? "hard" : type == AE_IFREG ? "file" : type == AE_IFLNK ? "sym" : type == AE_IFCHR ? "char" :
				   type == AE_IFBLK ? "block" : type == AE_IFDIR ? "dir" : type == AE_IFIFO ? "fifo" : "?";
		uint64_t h = 0;
		const void *p;
		size_t n;
		la_int64_t off;
		while (type == AE_IFREG && !hard && archive_read_data_block(a, &p, &n, &off) == ARCHIVE_OK)
			h = body_hash(h, str_make(p, n), (uint64_t)off);
		struct str path = str_c(archive_entry_pathname(e));
		str_strip_suffix(&path, STR("/"));
		buf_addf(out, "%s %o %llu %.*s -> %s %llx\n", name, (unsigned)archive_entry_perm(e) & 0777,
			 (unsigned long long)(hard || type != AE_IFREG ? 0 : archive_entry_size(e)), STR_FMT(path), hard ? hard : sym ? sym : "",
			 (unsigned long long)h);
	}
	assert_int_equal(r, ARCHIVE_EOF);
	archive_read_free(a);
}

static void compare(const char *what, struct str bytes)
{
	static const size_t chunks[] = { 0, 1, 7, 511, 512, 513, 1000, 4096, 1 << 20 };
	struct buf want, got;
	buf_init(&want, 64 << 20);
	buf_init(&got, 64 << 20);
	list_libarchive(bytes, &want);
	for (size_t i = 0; i < ARRAY_LEN(chunks); i++) {
		struct error err = { 0 };
		buf_clear(&got);
		int r = list_ours(bytes, chunks[i], true, &got, &err);
		if (r != 0 || !str_eq(buf_str(&want), buf_str(&got)))
			fail_msg("%s, chunk %zu: %d %s\nlibarchive:\n%.*s\nours:\n%.*s", what, chunks[i], r, err.text, STR_FMT(buf_str(&want)),
				 STR_FMT(buf_str(&got)));
	}
	buf_release(&want);
	buf_release(&got);
}

/* --- archives written by libarchive --- */

static la_ssize_t to_buf(struct archive *a, void *ctx, const void *p, size_t n)
{
	buf_add_bytes(ctx, p, n);
	return (la_ssize_t)n;
}

static void write_entry(struct archive *a, const char *path, unsigned type, unsigned mode, size_t size, const char *link, bool sparse)
{
	struct archive_entry *e = archive_entry_new();
	char *body = malloc(size + 1);
	for (size_t i = 0; i < size; i++)
		body[i] = (char)(i * 31 + i / 251 + strlen(path));
	archive_entry_set_pathname(e, path);
	archive_entry_set_filetype(e, type);
	archive_entry_set_perm(e, (mode_t)mode);
	archive_entry_set_mtime(e, 1700000000, 5);
	if (type == AE_IFREG && !link)
		archive_entry_set_size(e, (la_int64_t)size);
	if (link && type == AE_IFLNK)
		archive_entry_set_symlink(e, link);
	else if (link)
		archive_entry_set_hardlink(e, link);
	if (sparse)
		for (size_t at = 1000; at + 700 < size; at += 5000) {
			archive_entry_sparse_add_entry(e, (la_int64_t)at, 700);
		}
	if (archive_write_header(a, e) < ARCHIVE_WARN) { /* v7 cannot say everything */
		archive_entry_free(e);
		free(body);
		return;
	}
	if (type == AE_IFREG && !link)
		archive_write_data(a, body, size);
	archive_entry_free(e);
	free(body);
}

static void generate(int (*set_format)(struct archive *), bool sparse, struct buf *out)
{
	struct archive *a = archive_write_new();
	assert_int_equal(set_format(a), ARCHIVE_OK);
	archive_write_set_bytes_per_block(a, 512);
	archive_write_open(a, out, NULL, to_buf, NULL);
	static const size_t sizes[] = { 0, 1, 511, 512, 513, 1024, 70000 };
	char name[6000];
	write_entry(a, "usr/", AE_IFDIR, 0755, 0, NULL, false);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		snprintf(name, sizeof(name), "usr/file-%zu", sizes[i]);
		write_entry(a, name, AE_IFREG, 0644, sizes[i], NULL, false);
	}
	static const size_t lengths[] = { 99, 100, 101, 155, 156, 255, 256, 257, 1000, 5000 };
	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		memset(name, 'n', sizeof(name));
		for (size_t j = 50; j < lengths[i]; j += 51)
			name[j] = '/';
		name[lengths[i]] = 0;
		if (name[lengths[i] - 1] == '/')
			name[lengths[i] - 1] = 'x';
		write_entry(a, name, AE_IFREG, 0755, lengths[i], NULL, false);
		write_entry(a, "link/long", AE_IFLNK, 0777, 0, name, false);
		write_entry(a, name, AE_IFDIR, 0700, 0, NULL, false);
	}
	write_entry(a, "usr/bin/hard", AE_IFREG, 0755, 0, "usr/file-513", false);
	write_entry(a, "etc/\xc3\xa4\xe2\x82\xac", AE_IFREG, 0600, 77, NULL, false);
	write_entry(a, "fifo", AE_IFIFO, 0600, 0, NULL, false);
	write_entry(a, "dev", AE_IFCHR, 0600, 0, NULL, false);
	if (sparse) {
		write_entry(a, "sparse", AE_IFREG, 0644, 60000, NULL, true);
		write_entry(a, "sparse-big", AE_IFREG, 0644, 2000000, NULL, true);
	}
	write_entry(a, "last", AE_IFREG, 0644, 3, NULL, false);
	archive_write_close(a);
	archive_write_free(a);
}

static const struct {
	const char *name;
	int (*set)(struct archive *);
	bool sparse;
} formats[] = {
	{ "ustar", archive_write_set_format_ustar, false },
	{ "pax", archive_write_set_format_pax, false },
	{ "pax sparse", archive_write_set_format_pax, true },
	{ "pax restricted", archive_write_set_format_pax_restricted, false },
	{ "gnutar", archive_write_set_format_gnutar, false },
	{ "v7", archive_write_set_format_v7tar, false },
};

static void test_formats(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
		struct buf b;
		buf_init(&b, 64 << 20);
		generate(formats[i].set, formats[i].sparse, &b);
		compare(formats[i].name, buf_str(&b));
		buf_release(&b);
	}
}

/* Every truncation ends in an error or, at the borders that archives may end at, in the entries read so far; never in other entries. */
static void test_truncation(void **state)
{
	for (size_t f = 0; f < ARRAY_LEN(formats); f++) {
		struct buf b, whole, part;
		buf_init(&b, 64 << 20);
		buf_init(&whole, 64 << 20);
		buf_init(&part, 64 << 20);
		generate(formats[f].set, formats[f].sparse, &b);
		assert_int_equal(list_ours(buf_str(&b), 0, false, &whole, NULL), 0);
		size_t errors = 0;
		for (size_t n = 0; n < b.n; n += n % 512 == 511 ? 1 : n % 512 == 0 ? 1 : 510) {
			char *exact = malloc(n ? n : 1);
			memcpy(exact, b.p, n);
			for (int stream = 0; stream < 2; stream++) {
				struct error err = { 0 };
				buf_clear(&part);
				int r = list_ours(str_make(exact, n), stream ? 700 : 0, n % 3 == 0, &part, &err);
				errors += r < 0;
				assert_true(r == 0 || r == ERR_FORMAT);
				if (n % 3 != 0 && !str_has_prefix(buf_str(&whole), buf_str(&part)))
					fail_msg("%s cut at %zu: other entries", formats[f].name, n);
			}
			free(exact);
		}
		assert_true(errors > 100);
		buf_release(&b);
		buf_release(&whole);
		buf_release(&part);
	}
}

/* --- made-up headers --- */

static void expect(const char *what, struct buf *b, int code, const char *listing)
{
	for (int stream = 0; stream < 2; stream++) {
		struct buf got;
		struct error err = { 0 };
		buf_init(&got, 1 << 20);
		char *exact = malloc(b->n ? b->n : 1);
		memcpy(exact, b->p, b->n);
		int r = list_ours(str_make(exact, b->n), stream ? 333 : 0, true, &got, &err);
		buf_add_char(&got, 0);
		if (r != code || (listing && strcmp(got.p, listing) != 0))
			fail_msg("%s: %d (%s), expected %d\n%s\nexpected\n%s", what, r, err.text, code, got.p, listing ? listing : "(any)");
		free(exact);
		buf_release(&got);
	}
	buf_clear(b);
}

static void test_quirks(void **state)
{
	struct buf b, x;
	buf_init(&b, 1 << 24);
	buf_init(&x, 1 << 24);

	tar_entry_add(&b, TAR_USTAR, '0', "a", STR(""));
	tar_end(&b);
	expect("plain", &b, 0, "file 755 0 a ->  0\n");

	expect("empty input", &b, 0, "");
	tar_end(&b);
	expect("end mark alone", &b, 0, "");
	tar_entry_add(&b, TAR_V7, 0, "dir/", STR(""));
	expect("v7 folder, no end mark", &b, 0, "dir 755 0 dir ->  0\n");
	buf_add_repeat(&b, 0, 512);
	expect("one zero block", &b, 0, "");
	buf_add_repeat(&b, 0, 512);
	tar_entry_add(&b, TAR_USTAR, '0', "hidden", STR(""));
	expect("data behind one zero block", &b, ERR_FORMAT, "");
	tar_end(&b);
	buf_add_repeat(&b, 'x', 700);
	expect("anything behind the end mark", &b, 0, "");

	tar_header(&b, TAR_USTAR, '0', "a", "", "        0 ", 11);
	tar_header(&b, TAR_USTAR, '0', "b", "", "", 1);
	tar_header(&b, TAR_USTAR, '0', "c", "", "\0\0\0" "0", 5);
	tar_end(&b);
	expect("spaces, nothing, zero bytes before", &b, 0, "file 755 0 a ->  0\nfile 755 0 b ->  0\nfile 755 0 c ->  0\n");
	tar_header(&b, TAR_GNU, '0', "a", "", "\x80\0\0\0\0\0\0\0\0\0\0\x03", 12);
	buf_add_repeat(&b, 0, 512);
	tar_end(&b);
	expect("base-256", &b, 0, "file 755 3 a ->  0\n");

	static const struct {
		const char *name, *size;
		size_t n;
	} bad[] = {
		{ "negative", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12 },
		{ "larger than 63 bits", "\x80\0\0\0\x80\0\0\0\0\0\0\0", 12 },
		{ "huge", "\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff", 12 },
		{ "not octal", "00000000009", 11 },
		{ "text", "0000x000000", 11 },
	};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		tar_header(&b, TAR_USTAR, '0', "a", "", bad[i].size, bad[i].n);
		tar_end(&b);
		expect(bad[i].name, &b, ERR_FORMAT, "");
	}
	tar_header(&b, TAR_USTAR, '0', "a", "", "00000000010", 11);
	b.p[0] = 'b';
	expect("checksum", &b, ERR_FORMAT, "");
	tar_header(&b, TAR_USTAR, '5', "dir", "", "00000001000", 11);
	tar_header(&b, TAR_USTAR, '1', "hard", "dir", "00000001000", 11);
	tar_header(&b, TAR_USTAR, '2', "sym", "dir", "00000001000", 11);
	tar_entry_add(&b, TAR_USTAR, '0', "a", STR(""));
	tar_end(&b);
	expect("sizes of things without bodies", &b, 0,
	       "dir 755 0 dir ->  0\nhard 755 0 hard -> dir 0\nsym 755 0 sym -> dir 0\nfile 755 0 a ->  0\n");
	tar_entry_add(&b, TAR_USTAR, 'V', "label", STR("123"));
	tar_entry_add(&b, TAR_USTAR, '7', "contiguous", STR(""));
	tar_end(&b);
	expect("other types are passed over", &b, 0, "file 755 0 contiguous ->  0\n");

	/* pax */
	tar_record(&x, "path", STR("long/name"));
	tar_record(&x, "comment", STR("a=b\nc"));
	tar_record(&x, "path", STR("longer/name"));
	tar_entry_add(&b, TAR_USTAR, 'x', "PaxHeader/a", buf_str(&x));
	tar_entry_add(&b, TAR_USTAR, '0', "a", STR(""));
	tar_entry_add(&b, TAR_USTAR, '0', "b", STR(""));
	tar_end(&b);
	expect("pax path, the last counts, once", &b, 0, "file 755 0 longer/name ->  0\nfile 755 0 b ->  0\n");
	tar_entry_add(&b, TAR_USTAR, 'g', "pax_global_header", buf_str(&x));
	tar_entry_add(&b, TAR_USTAR, '0', "a", STR(""));
	tar_end(&b);
	expect("global headers are not applied", &b, 0, "file 755 0 a ->  0\n");
	tar_entry_add(&b, TAR_USTAR, 'x', "PaxHeader/a", buf_str(&x));
	tar_entry_add(&b, TAR_GNU, 'L', "././@LongLink", STR("gnu\0junk"));
	tar_entry_add(&b, TAR_GNU, 'K', "././@LongLink", STR("target"));
	tar_header(&b, TAR_USTAR, '2', "a", "t", "0", 1);
	tar_end(&b);
	expect("GNU long names win", &b, 0, "sym 755 0 gnu -> target 0\n");
	buf_clear(&x);
	tar_record(&x, "size", STR("3"));
	tar_entry_add(&b, TAR_USTAR, 'x', "PaxHeader/a", buf_str(&x));
	tar_header(&b, TAR_USTAR, '0', "a", "", "00000000000", 11);
	buf_add_c(&b, "\0\0\0");
	buf_add_repeat(&b, 0, 512);
	tar_end(&b);
	expect("pax size", &b, 0, "file 755 3 a ->  0\n");
	static const struct str bad_records[] = {
		STR_INIT("x"), STR_INIT("5 a=b"), STR_INIT("6 a=b\n5"), STR_INIT("99 a=b\n"), STR_INIT("3 a\n"), STR_INIT("6 =bc\n"), STR_INIT("0 a=b\n"),
		STR_INIT("11 path=a\0\n"), STR_INIT("18446744073709551615 a=b\n"), STR_INIT("-6 a=b\n"), STR_INIT("99999999999999999999999 a=b\n"),
	};
	for (size_t i = 0; i < ARRAY_LEN(bad_records); i++) {
		tar_entry_add(&b, TAR_USTAR, 'x', "PaxHeader/a", bad_records[i]);
		tar_entry_add(&b, TAR_USTAR, '0', "a", STR(""));
		expect(bad_records[i].p, &b, ERR_FORMAT, "");
	}
	tar_header(&b, TAR_USTAR, 'x', "PaxHeader/a", "", "77777777777", 11);
	expect("huge pax header", &b, ERR_LIMIT, "");
	tar_header(&b, TAR_GNU, 'L', "././@LongLink", "", "77777777777", 11);
	expect("huge long name", &b, ERR_LIMIT, "");
	tar_entry_add(&b, TAR_USTAR, 'x', "PaxHeader/a", STR(""));
	tar_end(&b);
	expect("extended header of nothing", &b, ERR_FORMAT, "");
	buf_release(&b);
	buf_release(&x);
}

/* --- sparse files: the same file in the four forms; libarchive reads them all --- */

static void sparse_bytes(struct buf *b)
{
	for (size_t i = 0; i < 300; i++)
		buf_add_char(b, (char)(i % 250 + 1));
	buf_add_repeat(b, 0, (512 - b->n % 512) % 512);
}

static void old_gnu(struct buf *b)
{
	unsigned char h[512], *at = h + 386;
	size_t start = b->n;
	tar_header(b, TAR_GNU, 'S', "sparse", "", "00000000454", 12); /* 300 bytes */
	memcpy(h, b->p + start, 512);
	/* 30 parts of 10 bytes, 100 apart: 4 here, 21 and 5 in two more blocks */
	for (size_t i = 0; i < 4; i++, at += 24)
		snprintf((char *)at, 25, "%011zo %011o", i * 100, 10u);
	h[482] = 1;
	memcpy(h + 483, "00000010000", 12);
	memset(h + 148, ' ', 8);
	unsigned sum = 0;
	for (size_t i = 0; i < sizeof(h); i++)
		sum += h[i];
	snprintf((char *)h + 148, 8, "%06o", sum);
	memcpy(b->p + start, h, 512);
	for (size_t i = 4, block = 0; block < 2; block++) {
		unsigned char more[512] = { 0 };
		for (size_t j = 0; j < 21 && i < 30; j++, i++)
			snprintf((char *)more + j * 24, 25, "%011zo %011o", i * 100, 10u);
		more[504] = block == 0;
		buf_add_bytes(b, more, 512);
	}
	sparse_bytes(b);
}

static void pax_sparse(struct buf *b, int version)
{
	struct buf x, map, body;
	buf_init(&x, 1 << 20);
	buf_init(&map, 1 << 20);
	buf_init(&body, 1 << 20);
	if (version == 0)
		tar_record(&x, "GNU.sparse.size", STR("4096"));
	else
		tar_record(&x, version == 1 ? "GNU.sparse.size" : "GNU.sparse.realsize", STR("4096"));
	if (version < 2)
		tar_record(&x, "GNU.sparse.numblocks", STR("30"));
	if (version > 0)
		tar_record(&x, "GNU.sparse.name", STR("sparse"));
	if (version == 2)
		buf_add_c(&body, "30\n");
	for (size_t i = 0; i < 30; i++) {
		char off[24];
		snprintf(off, sizeof(off), "%zu", i * 100);
		if (version == 0) {
			tar_record(&x, "GNU.sparse.offset", str_c(off));
			tar_record(&x, "GNU.sparse.numbytes", STR("10"));
		}
		buf_addf(&map, "%s%s,10", i ? "," : "", off);
		if (version == 2)
			buf_addf(&body, "%s\n10\n", off);
	}
	if (version == 1)
		tar_record(&x, "GNU.sparse.map", buf_str(&map));
	if (version == 2) {
		tar_record(&x, "GNU.sparse.major", STR("1"));
		tar_record(&x, "GNU.sparse.minor", STR("0"));
		buf_add_repeat(&body, 0, (512 - body.n % 512) % 512);
	}
	struct str name = version ? STR("GNUSparseFile.1/sparse") : STR("sparse");
	sparse_bytes(&body);
	body.n -= 212; /* stored size is 300, without the padding */
	tar_entry_add(b, TAR_USTAR, 'x', "PaxHeader/sparse", buf_str(&x));
	tar_entry_add(b, TAR_USTAR, '0', name.p, buf_str(&body));
	buf_release(&x);
	buf_release(&map);
	buf_release(&body);
}

static void test_sparse(void **state)
{
	struct buf b, first;
	buf_init(&b, 1 << 20);
	buf_init(&first, 1 << 20);
	for (int kind = -1; kind < 3; kind++) {
		struct buf got;
		buf_init(&got, 1 << 20);
		if (kind < 0)
			old_gnu(&b);
		else
			pax_sparse(&b, kind);
		tar_entry_add(&b, TAR_USTAR, '0', "after", STR("abc"));
		tar_end(&b);
		compare("sparse", buf_str(&b));
		assert_int_equal(list_ours(buf_str(&b), 0, true, &got, NULL), 0);
		if (kind < 0)
			buf_add(&first, buf_str(&got));
		assert_true(str_has_prefix(buf_str(&got), STR("file 755 4096 sparse -> ")));
		assert_true(str_eq(buf_str(&got), buf_str(&first)));
		/* random access in the middle of holes and parts */
		struct mem m = { buf_str(&b), 0, 0 };
		struct tar_source src = { .pread = mem_pread, .ctx = &m, .size = b.n };
		struct tar t;
		struct tar_entry e;
		assert_int_equal(tar_init(&t, &src, NULL, NULL), 0);
		assert_int_equal(tar_next(&t, &e, NULL), 1);
		for (size_t off = 0; off < 4096; off += 3)
			for (size_t n = 1; n < 260 && off + n <= 4096; n += 83) {
				unsigned char p[300];
				assert_int_equal(tar_pread(&t, p, n, off, NULL), 0);
				for (size_t i = 0; i < n; i++) {
					size_t at = off + i, in = at % 100;
					unsigned want = in < 10 && at < 3000 ? (at / 100 * 10 + in) % 250 + 1 : 0;
					assert_int_equal(p[i], want);
				}
			}
		tar_release(&t);
		buf_clear(&b);
		buf_release(&got);
	}
	/* maps that lie */
	static const struct {
		const char *name, *map, *size;
		int code;
	} bad[] = {
		{ "out of order", "100,10,0,10", "4096", ERR_FORMAT },
		{ "overlap", "0,10,5,10", "4096", ERR_FORMAT },
		{ "past the end", "0,10,4090,10", "4096", ERR_FORMAT },
		{ "more than stored", "0,400", "4096", ERR_FORMAT },
		{ "overflow", "18446744073709551615,10", "4096", ERR_FORMAT },
		{ "no size of a part", "0,10,20", "4096", ERR_FORMAT },
		{ "text", "0,x", "4096", ERR_FORMAT },
		{ "size of 64 bits", "0,10", "18446744073709551615", ERR_FORMAT },
		{ "fine", "0,10,20,290", "4096", 0 },
	};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct buf x;
		buf_init(&x, 1 << 16);
		tar_record(&x, "GNU.sparse.size", str_c(bad[i].size));
		tar_record(&x, "GNU.sparse.map", str_c(bad[i].map));
		tar_entry_add(&b, TAR_USTAR, 'x', "PaxHeader/sparse", buf_str(&x));
		char body[300];
		memset(body, 'z', sizeof(body));
		tar_entry_add(&b, TAR_USTAR, '0', "sparse", str_make(body, sizeof(body)));
		tar_end(&b);
		expect(bad[i].name, &b, bad[i].code, NULL);
		buf_release(&x);
	}
	buf_release(&b);
	buf_release(&first);
}

/* Bodies that nobody asks for are not read in random access. */
static size_t bytes_read;
static int counting_pread(void *ctx, void *dst, size_t n, uint64_t off, struct error *err)
{
	bytes_read += n;
	return mem_pread(ctx, dst, n, off, err);
}

static void test_skipping(void **state)
{
	struct buf b;
	buf_init(&b, 256 << 20);
	char *body = calloc(1, 1 << 20);
	for (int i = 0; i < 20; i++)
		tar_entry_add(&b, TAR_USTAR, '0', "big", str_make(body, 1 << 20));
	tar_end(&b);
	struct mem m = { buf_str(&b), 0, 0 };
	struct tar_source src = { .pread = counting_pread, .ctx = &m, .size = b.n };
	struct tar t;
	struct tar_entry e;
	size_t n = 0;
	bytes_read = 0;
	assert_int_equal(tar_init(&t, &src, NULL, NULL), 0);
	while (tar_next(&t, &e, NULL) > 0)
		n++;
	assert_int_equal(n, 20);
	assert_true(bytes_read < 300000);
	tar_release(&t);
	free(body);
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_formats), cmocka_unit_test(test_quirks),	 cmocka_unit_test(test_sparse),
		cmocka_unit_test(test_skipping), cmocka_unit_test(test_truncation),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
