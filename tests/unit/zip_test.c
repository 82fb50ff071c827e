/* src/format/zip: against libarchive's writer and reader, and against archives that lie. */
#include "test.h"

#include <archive.h>
#include <archive_entry.h>

#include "format/zip/zip.h"
#include "zip_maker.h"

/* The same bytes through pread, so that both kinds of input are read in every case. */
static int pread_str(void *ctx, void *dst, size_t n, uint64_t off, struct error *err)
{
	const struct str *s = ctx;
	assert_true(off <= s->n && n <= s->n - off);
	memcpy(dst, s->p + off, n);
	return 0;
}
static struct input input_of(struct str *bytes, bool in_memory)
{
	return in_memory ? input_from_str(STR("t.zip"), *bytes) : (struct input){ .name = STR("t.zip"), .size = bytes->n, .pread = pread_str, .ctx = bytes };
}

/* Walks everything and reads every member; returns the number of good ones, or the error of opening or walking. */
static int read_everything(struct input *in, struct buf *names, struct error *err)
{
	struct zip z;
	struct zip_cursor c;
	struct zip_member m;
	struct zip_inflater f;
	int good = 0, r = zip_open(in, &z, err);
	if (r < 0)
		return r;
	zip_cursor_init(&c, &z);
	zip_inflater_init(&f);
	while ((r = zip_next(&c, &m, err)) == 1) {
		struct error e = { 0 };
		if (m.is_folder || m.size > (64u << 20) || zip_check_ratio(&m, &e) < 0)
			continue;
		char *p = malloc(m.size + 1);
		int x = zip_read(&f, &z, &m, p, &e);
		if (x == 0) {
			good++;
			if (names)
				buf_addf(names, "%.*s=%zu:%08lx\n", STR_FMT(m.name), (size_t)m.size, crc32(0, (const Bytef *)p, (uInt)m.size));
		}
		free(p);
	}
	zip_cursor_release(&c);
	zip_inflater_release(&f);
	return r < 0 ? r : good;
}

static struct str pattern(struct arena *a, size_t n, unsigned seed)
{
	char *p = arena_alloc(a, n + 1);
	for (size_t i = 0; i < n; i++) {
		seed = seed * 1103515245 + 12345;
		p[i] = (char)((seed >> 16) % (seed & 0x40000000 ? 251 : 7));
	}
	return str_make(p, n);
}

/* What libarchive writes, we read; what libarchive reads of it, we read the same. */
static void test_libarchive(void **state)
{
	static const struct {
		const char *name, *options;
		size_t sizes[6];
	} cases[] = {
		{ "deflate", "zip:compression=deflate", { 0, 1, 100, 70000, 3000000, 300 } },
		{ "store", "zip:compression=store", { 0, 1, 100, 70000, 3000000, 300 } },
		{ "zip64", "zip:compression=deflate,zip:zip64", { 10, 1, 100, 70000, 20, 300 } },
	};
	for (size_t k = 0; k < ARRAY_LEN(cases); k++) {
		struct arena a;
		struct buf want, got;
		arena_init(&a, 0);
		buf_init(&want, 1 << 20);
		size_t cap = 16 << 20, used = 0;
		char *mem = malloc(cap);
		struct archive *w = archive_write_new();
		archive_write_set_format_zip(w);
		assert_int_equal(archive_write_set_options(w, cases[k].options), ARCHIVE_OK);
		archive_write_open_memory(w, mem, cap, &used);
		for (size_t i = 0; i < ARRAY_LEN(cases[k].sizes); i++) {
			struct str data = pattern(&a, cases[k].sizes[i], (unsigned)i);
			struct str name = arena_printf(&a, "dir/member%zu", i);
			struct archive_entry *e = archive_entry_new();
			archive_entry_set_pathname(e, name.p);
			archive_entry_set_filetype(e, AE_IFREG);
			archive_entry_set_perm(e, 0644);
			archive_entry_set_size(e, (la_int64_t)data.n);
			archive_write_header(w, e);
			archive_write_data(w, data.p, data.n);
			archive_entry_free(e);
			buf_addf(&want, "%s=%zu:%08lx\n", name.p, data.n, crc32(0, (const Bytef *)data.p, (uInt)data.n));
		}
		archive_write_close(w);
		archive_write_free(w);
		struct str bytes = str_make(mem, used);
		for (int in_memory = 0; in_memory < 2; in_memory++) {
			struct error e = { 0 };
			struct input in = input_of(&bytes, in_memory);
			buf_init(&got, 1 << 20);
			int n = read_everything(&in, &got, &e);
			if (n != (int)ARRAY_LEN(cases[k].sizes))
				fail_msg("%s: %d members: %s", cases[k].name, n, e.text);
			if (!str_eq(buf_str(&got), buf_str(&want)))
				fail_msg("%s: got\n%.*swant\n%.*s", cases[k].name, STR_FMT(buf_str(&got)), STR_FMT(buf_str(&want)));
			buf_release(&got);
		}
		buf_release(&want);
		free(mem);
		arena_release(&a);
	}
}

/* Our maker's archives through libarchive: the maker itself is honest. */
static int libarchive_count(struct str bytes)
{
	struct archive *r = archive_read_new();
	struct archive_entry *e;
	int n = 0;
	archive_read_support_format_zip_seekable(r);
	if (archive_read_open_memory(r, bytes.p, bytes.n) == ARCHIVE_OK)
		while (archive_read_next_header(r, &e) == ARCHIVE_OK)
			n++;
	archive_read_free(r);
	return n;
}

enum trick {
	HONEST, DESCRIPTORS, COMMENT, COMMENT_LOOKS_LIKE_END, PREFIX, PREFIX_ADJUSTED, EMPTY, COUNT_TOO_HIGH, COUNT_TOO_LOW, DIR_OUTSIDE, SIZE_LIE, CRC_LIE,
	RATIO_LIE, OFFSET_LIE, ENCRYPTED, METHOD_UNKNOWN, STORED_SIZES_DIFFER, ABSURD_COUNT, GARBAGE, TINY
};

static void test_shapes(void **state)
{
	static const struct {
		const char *name;
		enum trick trick;
		int members; /* good ones, or the error */
		bool archive_agrees; /* ask libarchive too */
	} cases[] = {
		{ "honest", HONEST, 3, true },
		{ "descriptors", DESCRIPTORS, 3, true },
		{ "comment", COMMENT, 3, true },
		{ "comment with an end signature", COMMENT_LOOKS_LIKE_END, 3, false },
		{ "prefix, offsets not adjusted", PREFIX, 3, true },
		{ "prefix, offsets adjusted", PREFIX_ADJUSTED, 3, false },
		{ "empty", EMPTY, 0, true },
		{ "count too high", COUNT_TOO_HIGH, ERR_FORMAT, false },
		{ "count too low", COUNT_TOO_LOW, ERR_FORMAT, false },
		{ "directory outside", DIR_OUTSIDE, ERR_FORMAT, false },
		{ "size lie", SIZE_LIE, 2, false },
		{ "crc lie", CRC_LIE, 2, false },
		{ "ratio lie", RATIO_LIE, 2, false },
		{ "offset lie", OFFSET_LIE, 2, false },
		{ "encrypted", ENCRYPTED, 2, false },
		{ "unknown method", METHOD_UNKNOWN, 2, false },
		{ "stored sizes differ", STORED_SIZES_DIFFER, 2, false },
		{ "absurd count", ABSURD_COUNT, ERR_FORMAT, false },
		{ "garbage", GARBAGE, ERR_FORMAT, false },
		{ "tiny", TINY, ERR_FORMAT, false },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		enum trick t = cases[i].trick;
		struct zip_maker z;
		struct arena a;
		arena_init(&a, 0);
		zm_init(&z);
		z.descriptors = t == DESCRIPTORS;
		struct str big = pattern(&a, 50000, 3), bytes;
		if (t == PREFIX_ADJUSTED)
			buf_add_c(&z.out, "#!/bin/sh\nexec java -jar \"$0\"\n");
		if (t != EMPTY) {
			zm_add(&z, "a/big", big, true);
			zm_text(&z, "b", "hello");
		}
		if (t != EMPTY)
			zm_add(&z, "c", STR("stored text"), t == SIZE_LIE || t == RATIO_LIE);
		/* The lies are told in the last directory entry: 46 bytes and the name "c". */
		char *entry = t == EMPTY ? NULL : z.dir.p + z.dir.n - 47;
		switch (t) {
		case SIZE_LIE:
			entry[24]--;
			break;
		case CRC_LIE:
			entry[16] ^= 1;
			break;
		case RATIO_LIE:
			entry[27] = 3;
			break;
		case OFFSET_LIE:
			entry[45] = 0x7f;
			break;
		case ENCRYPTED:
			entry[8] |= 1;
			break;
		case METHOD_UNKNOWN:
			entry[10] = 99;
			break;
		case STORED_SIZES_DIFFER:
			entry[20]--;
			break;
		default:
			break;
		}
		switch (t) {
		case COMMENT:
			bytes = zm_end_as(&z, z.count, z.out.n, "a comment");
			break;
		case COMMENT_LOOKS_LIKE_END:
			bytes = zm_end_as(&z, z.count, z.out.n, "PK\5\6 and more text that is long enough to look at\xff\xff");
			break;
		case COUNT_TOO_HIGH:
			bytes = zm_end_as(&z, z.count + 1, z.out.n, "");
			break;
		case COUNT_TOO_LOW:
			bytes = zm_end_as(&z, z.count - 1, z.out.n, "");
			break;
		case ABSURD_COUNT:
			bytes = zm_end_as(&z, 65534, z.out.n, "");
			break;
		case DIR_OUTSIDE:
			bytes = zm_end_as(&z, z.count, 1u << 30, "");
			break;
		case GARBAGE:
			bytes = big;
			break;
		case TINY:
			bytes = STR("PK\5\6");
			break;
		default:
			bytes = zm_end(&z);
		}
		struct str whole = t == PREFIX ? arena_concat(&a, STR("MZ launcher bytes, any number"), bytes) : bytes;
		for (int in_memory = 0; in_memory < 2; in_memory++) {
			struct error e = { 0 };
			struct input in = input_of(&whole, in_memory);
			int n = read_everything(&in, NULL, &e);
			if (n != cases[i].members)
				fail_msg("%s: %d, not %d (%s)", cases[i].name, n, cases[i].members, e.text);
		}
		if (cases[i].archive_agrees && libarchive_count(whole) != cases[i].members)
			fail_msg("%s: libarchive does not agree", cases[i].name);
		zm_release(&z);
		arena_release(&a);
	}
}

/* Every truncation of an archive fails cleanly: under sanitizers this is the test for reads past the end. */
static void test_truncation(void **state)
{
	struct zip_maker z;
	zm_init(&z);
	zm_text(&z, "META-INF/MANIFEST.MF", "Manifest-Version: 1.0\r\n\r\n");
	zm_add(&z, "stored", STR("some stored text"), false);
	struct str bytes = zm_end(&z);
	for (size_t n = 0; n < bytes.n; n++) {
		char *cut = malloc(n ? n : 1);
		memcpy(cut, bytes.p, n);
		struct str s = str_make(cut, n);
		struct error e = { 0 };
		struct input in = input_of(&s, true);
		assert_int_equal(read_everything(&in, NULL, &e), ERR_FORMAT);
		free(cut);
	}
	zm_release(&z);
}

/* The inflating input gives the same bytes as memory does, whatever the order of reads; its work is counted. */
static void test_deep(void **state)
{
	struct arena a;
	struct zip_maker z;
	arena_init(&a, 0);
	zm_init(&z);
	struct str data = pattern(&a, 1500000, 9);
	zm_add(&z, "inner", data, true);
	struct str bytes = zm_end(&z);
	for (int in_memory = 0; in_memory < 2; in_memory++) {
		struct error e = { 0 };
		struct input in = input_of(&bytes, in_memory), deep;
		struct zip zip;
		struct zip_cursor c;
		struct zip_member m;
		struct zip_deep *d;
		uint64_t work = 20000000;
		assert_int_equal(zip_open(&in, &zip, &e), 0);
		zip_cursor_init(&c, &zip);
		assert_int_equal(zip_next(&c, &m, &e), 1);
		assert_int_equal(zip_deep_open(&zip, &m, m.name, &work, &d, &deep, &e), 0);
		assert_int_equal(deep.size, data.n);
		static const struct {
			size_t off, n;
		} reads[] = { { 1499000, 1000 }, { 0, 10 }, { 1300000, 150000 }, { 5, 200000 }, { 64 << 10, 1 }, { (64 << 10) - 1, 2 }, { 700000, 65536 }, { 1499999, 1 } };
		for (size_t i = 0; i < ARRAY_LEN(reads); i++) {
			char *got = malloc(reads[i].n);
			if (input_read(&deep, got, reads[i].n, reads[i].off, &e) < 0)
				fail_msg("read %zu: %s", i, e.text);
			assert_memory_equal(got, data.p + reads[i].off, reads[i].n);
			free(got);
		}
		assert_true(work < 20000000 - 1500000);
		assert_int_equal(input_read(&deep, &(char){ 0 }, 1, data.n, &e), ERR_FORMAT);
		work = 100000;
		char *all = malloc(data.n);
		assert_int_equal(input_read(&deep, all, data.n, 0, &e), ERR_LIMIT);
		free(all);
		zip_deep_close(d);
		zip_cursor_release(&c);
	}
	/* A CRC that does not match is found when the end is first reached. */
	struct zip_maker bad;
	zm_init(&bad);
	zm_add(&bad, "inner", data, true);
	bad.dir.p[16] ^= 1;
	struct str bad_bytes = zm_end(&bad);
	struct error e = { 0 };
	struct input in = input_of(&bad_bytes, true), deep;
	struct zip zip;
	struct zip_cursor c;
	struct zip_member m;
	struct zip_deep *d;
	uint64_t work = 20000000;
	assert_int_equal(zip_open(&in, &zip, &e), 0);
	zip_cursor_init(&c, &zip);
	assert_int_equal(zip_next(&c, &m, &e), 1);
	assert_int_equal(zip_deep_open(&zip, &m, m.name, &work, &d, &deep, &e), 0);
	assert_int_equal(input_read(&deep, &(char){ 0 }, 1, data.n - 1, &e), ERR_FORMAT);
	zip_deep_close(d);
	zip_cursor_release(&c);
	zm_release(&bad);
	zm_release(&z);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_libarchive), cmocka_unit_test(test_shapes), cmocka_unit_test(test_truncation), cmocka_unit_test(test_deep),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
