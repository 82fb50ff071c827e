/* gzip and zstd streams against zlib and libzstd's own writer: members and frames in a row, every chunk size of input, padding and garbage
 * behind, every truncation, damage, bombs and limits. */
#include "format/compress/compress.h"

#include <zlib.h>
#include <zstd.h>

#include "test.h"

struct chunks {
	struct str bytes;
	size_t at, chunk;
	bool ended; /* a source is not asked again behind its end */
};

static int next_chunk(void *ctx, const unsigned char **ret, size_t *ret_n, struct error *err)
{
	struct chunks *c = ctx;
	assert_false(c->ended);
	c->ended = c->at == c->bytes.n;
	*ret = (const unsigned char *)c->bytes.p + c->at;
	*ret_n = MIN_OF(c->chunk, c->bytes.n - c->at);
	c->at += *ret_n;
	return 0;
}

static int unpack(struct str bytes, enum compression kind, size_t chunk, const struct decompress_limits *limits, struct buf *out, uint64_t *garbage,
		  struct error *err)
{
	struct chunks c = { bytes, 0, chunk, false };
	struct decompress_source src = { next_chunk, &c };
	struct decompress *d;
	int r = decompress_open(&d, kind, &src, limits, err);
	if (r < 0)
		return r;
	for (;;) {
		const unsigned char *p;
		size_t n;
		r = decompress_next(d, &p, &n, err);
		if (r < 0 || !n)
			break;
		if (out)
			buf_add_bytes(out, p, n);
	}
	if (garbage)
		*garbage = decompress_trailing_garbage(d);
	if (r == 0 && out)
		assert_int_equal(decompress_bytes_out(d), out->n);
	decompress_close(d);
	return r;
}

/* Text with repeats near and far, and a part that does not compress. */
static void plain(struct buf *b, size_t n, unsigned seed)
{
	unsigned x = seed;
	buf_clear(b);
	while (b->n < n) {
		x = x * 1664525u + 1013904223u;
		if (b->n % 100000 < 30000)
			buf_add_char(b, (char)(x >> 24));
		else
			buf_addf(b, "line %u of %u\n", x >> 28, seed);
	}
	if (b->p)
		b->n = n;
}

static void gzip_member(struct buf *out, struct str s, int level, int strategy, const char *name)
{
	z_stream z = { 0 };
	gz_header h = { .name = (Bytef *)(uintptr_t)name, .hcrc = 1, .extra = (Bytef *)(uintptr_t) "xtra", .extra_len = 4, .comment = (Bytef *)(uintptr_t)name };
	assert_int_equal(deflateInit2(&z, level, Z_DEFLATED, 31, 8, strategy), Z_OK);
	if (name)
		deflateSetHeader(&z, &h);
	size_t bound = deflateBound(&z, s.n) + 4096;
	char *p = buf_reserve(out, bound);
	z.next_in = (Bytef *)(uintptr_t)s.p;
	z.avail_in = (uInt)s.n;
	z.next_out = (Bytef *)p;
	z.avail_out = (uInt)bound;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	out->n += bound - z.avail_out;
	deflateEnd(&z);
}

static void zstd_frame(struct buf *out, struct str s, int level, int window_log)
{
	ZSTD_CCtx *c = ZSTD_createCCtx();
	ZSTD_CCtx_setParameter(c, ZSTD_c_compressionLevel, level);
	ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1);
	ZSTD_CCtx_setParameter(c, ZSTD_c_contentSizeFlag, 0);
	if (window_log)
		assert_false(ZSTD_isError(ZSTD_CCtx_setParameter(c, ZSTD_c_windowLog, window_log)));
	char *p = buf_reserve(out, ZSTD_compressBound(s.n));
	ZSTD_inBuffer in = { s.p, s.n, 0 };
	ZSTD_outBuffer o = { p, ZSTD_compressBound(s.n), 0 };
	assert_int_equal(ZSTD_compressStream2(c, &o, &in, ZSTD_e_end), 0);
	out->n += o.pos;
	ZSTD_freeCCtx(c);
}

static const size_t lengths[] = { 0, 1, 2, 1000, 65535, 65536, 400000, 393216, 3000001 };
static const size_t chunk_sizes[] = { 1, 2, 3, 17, 4096, 65536, 1 << 24 };

static void check(const char *what, struct buf *packed, enum compression kind, struct str want, uint64_t want_garbage)
{
	for (size_t i = 0; i < ARRAY_LEN(chunk_sizes); i++) {
		if (chunk_sizes[i] < 4096 && packed->n > chunk_sizes[i] * 3000)
			continue;
		for (int guess = 0; guess < 2; guess++) {
			struct buf got;
			struct error err = { 0 };
			uint64_t garbage = 0;
			buf_init(&got, 64 << 20);
			int r = unpack(buf_str(packed), guess ? COMPRESS_UNKNOWN : kind, chunk_sizes[i], NULL, &got, &garbage, &err);
			if (r != 0 || !str_eq(buf_str(&got), want) || garbage != want_garbage)
				fail_msg("%s, %zu bytes in chunks of %zu: %d %s, %zu bytes, garbage %llu", what, want.n, chunk_sizes[i], r, err.text, got.n,
					 (unsigned long long)garbage);
			buf_release(&got);
		}
	}
}

static void test_gzip(void **state)
{
	struct buf text, packed, twice;
	buf_init(&text, 64 << 20);
	buf_init(&packed, 64 << 20);
	buf_init(&twice, 64 << 20);
	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		static const struct {
			int level, strategy;
		} kinds[] = { { 0, 0 }, { 1, 0 }, { 6, 0 }, { 9, 0 }, { 6, Z_FIXED }, { 6, Z_HUFFMAN_ONLY }, { 6, Z_RLE } };
		plain(&text, lengths[i], 7);
		for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
			buf_clear(&packed);
			gzip_member(&packed, buf_str(&text), kinds[k].level, kinds[k].strategy, k % 2 ? "name" : NULL);
			if (k == 2 || lengths[i] < 500000)
				check("one member", &packed, COMPRESS_GZIP, buf_str(&text), 0);
		}
		buf_clear(&twice);
		buf_add(&twice, buf_str(&text));
		buf_add(&twice, buf_str(&text));
		gzip_member(&packed, STR(""), 6, 0, NULL);
		gzip_member(&packed, buf_str(&text), 9, 0, "second");
		if (lengths[i] < 500000) {
			check("members", &packed, COMPRESS_GZIP, buf_str(&twice), 0);
			buf_add_repeat(&packed, 0, 700);
			check("padding", &packed, COMPRESS_GZIP, buf_str(&twice), 0);
			buf_add_c(&packed, "rubbish");
			check("garbage", &packed, COMPRESS_GZIP, buf_str(&twice), 707);
		}
	}
	buf_release(&text);
	buf_release(&packed);
	buf_release(&twice);
}

static void zstd_stream(struct buf *out, struct str s, int window_log)
{
	ZSTD_CCtx *c = ZSTD_createCCtx();
	ZSTD_CCtx_setParameter(c, ZSTD_c_windowLog, window_log);
	char *p = buf_reserve(out, ZSTD_compressBound(s.n) + 100);
	ZSTD_inBuffer in = { s.p, s.n, 0 };
	ZSTD_outBuffer o = { p, ZSTD_compressBound(s.n) + 100, 0 };
	assert_false(ZSTD_isError(ZSTD_compressStream2(c, &o, &in, ZSTD_e_continue)));
	assert_int_equal(ZSTD_compressStream2(c, &o, &in, ZSTD_e_end), 0);
	out->n += o.pos;
	ZSTD_freeCCtx(c);
}

static void test_zstd(void **state)
{
	struct buf text, packed, twice;
	buf_init(&text, 64 << 20);
	buf_init(&packed, 64 << 20);
	buf_init(&twice, 64 << 20);
	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		plain(&text, lengths[i], 9);
		buf_clear(&packed);
		zstd_frame(&packed, buf_str(&text), 3, 0);
		check("one frame", &packed, COMPRESS_ZSTD, buf_str(&text), 0);
		buf_add(&packed, STR("\x51\x2a\x4d\x18\x05\0\0\0hello"));
		zstd_frame(&packed, buf_str(&text), 12, 25);
		buf_clear(&twice);
		buf_add(&twice, buf_str(&text));
		buf_add(&twice, buf_str(&text));
		if (lengths[i] < 500000)
			check("frames", &packed, COMPRESS_ZSTD, buf_str(&twice), 0);
	}
	buf_release(&text);
	buf_release(&packed);
	buf_release(&twice);
}

/* The writer of a stream does not know its length, so that the frame's head states the whole window. */
static void test_zstd_windows(void **state)
{
	static const struct {
		int written;
		uint32_t limit; /* 0: default */
		int code;
	} cases[] = { { 10, 0, 0 }, { 23, 0, 0 }, { 25, 0, 0 }, { 26, 0, ERR_LIMIT }, { 27, 0, ERR_LIMIT }, { 27, ZSTD_WINDOW_LOG_ALL, 0 }, { 24, 23, ERR_LIMIT } };
	struct buf text, packed;
	buf_init(&text, 1 << 20);
	buf_init(&packed, 1 << 20);
	plain(&text, 100000, 5);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct error err = { 0 };
		struct decompress_limits limits = { .window_log = cases[i].limit };
		buf_clear(&packed);
		zstd_stream(&packed, buf_str(&text), cases[i].written);
		int r = unpack(buf_str(&packed), COMPRESS_ZSTD, 1000, &limits, NULL, NULL, &err);
		if (r != cases[i].code || (r < 0 && !strstr(err.text, "window of more than")))
			fail_msg("window of 2^%d: %d %s", cases[i].written, r, err.text);
	}
	buf_release(&text);
	buf_release(&packed);
}

static void test_plain(void **state)
{
	struct buf text, out;
	buf_init(&text, 1 << 20);
	buf_init(&out, 1 << 20);
	for (size_t n = 0; n < 20; n++) {
		plain(&text, n, 3);
		check("plain", &text, COMPRESS_NONE, buf_str(&text), 0);
	}
	plain(&text, 100000, 3);
	check("plain", &text, COMPRESS_NONE, buf_str(&text), 0);
	buf_clear(&text);
	gzip_member(&text, STR("some text"), 6, 0, NULL);
	assert_int_equal(decompress_all(buf_str(&text), COMPRESS_UNKNOWN, &out, NULL), 0);
	assert_str(buf_str(&out), "some text");
	buf_release(&text);
	buf_release(&out);
}

/* Every prefix of a stream is an error (or nothing more than the first members); every flipped byte too, or the same text (a flag byte). */
static void test_damage(void **state)
{
	struct buf text, packed[2];
	buf_init(&text, 1 << 20);
	plain(&text, 9000, 5);
	for (int z = 0; z < 2; z++) {
		buf_init(&packed[z], 1 << 20);
		if (z)
			zstd_frame(&packed[z], buf_str(&text), 3, 0);
		else
			gzip_member(&packed[z], buf_str(&text), 6, 0, "name");
		enum compression kind = z ? COMPRESS_ZSTD : COMPRESS_GZIP;
		for (size_t n = 0; n < packed[z].n; n++) {
			char *exact = malloc(n ? n : 1);
			struct error err = { 0 };
			memcpy(exact, packed[z].p, n);
			int r = unpack(str_make(exact, n), kind, 64, NULL, NULL, NULL, &err);
			if (r != ERR_FORMAT)
				fail_msg("%s cut at %zu: %d", z ? "zstd" : "gzip", n, r);
			free(exact);
		}
		for (size_t i = 0; i < packed[z].n; i++) {
			struct buf got;
			buf_init(&got, 1 << 20);
			packed[z].p[i] ^= 0x20;
			int r = unpack(buf_str(&packed[z]), kind, 4096, NULL, &got, NULL, NULL);
			if (r == 0 && !str_eq(buf_str(&got), buf_str(&text)))
				fail_msg("%s, byte %zu: damage was not seen", z ? "zstd" : "gzip", i);
			packed[z].p[i] ^= 0x20;
			buf_release(&got);
		}
	}
	static const struct {
		const char *name;
		struct str bytes;
		enum compression kind;
		int code;
	} cases[] = {
		{ "empty gzip", STR_INIT(""), COMPRESS_GZIP, ERR_FORMAT },
		{ "empty zstd", STR_INIT(""), COMPRESS_ZSTD, ERR_FORMAT },
		{ "no gzip", STR_INIT("hello"), COMPRESS_GZIP, ERR_FORMAT },
		{ "one byte", STR_INIT("\x1f"), COMPRESS_GZIP, ERR_FORMAT },
		{ "no zstd", STR_INIT("hello there"), COMPRESS_ZSTD, ERR_FORMAT },
		{ "bzip2", STR_INIT("BZh91AY&SY"), COMPRESS_UNKNOWN, ERR_UNSUPPORTED },
		{ "xz", STR_INIT("\xfd" "7zXZ\0\0\4"), COMPRESS_UNKNOWN, ERR_UNSUPPORTED },
		{ "other method", STR_INIT("\x1f\x8b\x09\0\0\0\0\0\0\3aaaaaaaaaaaaaaaa"), COMPRESS_GZIP, ERR_FORMAT },
		/* a frame header that asks for a window of 2 GiB */
		{ "zstd window", STR_INIT("\x28\xb5\x2f\xfd\x00\xa8\x01\0\0\0\0\0\0\0\0\0\0"), COMPRESS_ZSTD, ERR_LIMIT },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct error err = { 0 };
		int r = unpack(cases[i].bytes, cases[i].kind, 3, NULL, NULL, NULL, &err);
		if (r != cases[i].code)
			fail_msg("%s: %d %s", cases[i].name, r, err.text);
	}
	buf_release(&text);
	buf_release(&packed[0]);
	buf_release(&packed[1]);
}

static void test_bombs(void **state)
{
	struct buf zeros, packed;
	buf_init(&zeros, 64 << 20);
	buf_init(&packed, 64 << 20);
	buf_add_repeat(&zeros, 0, 32 << 20);
	for (int z = 0; z < 2; z++) {
		enum compression kind = z ? COMPRESS_ZSTD : COMPRESS_GZIP;
		struct decompress_limits few = { .max_bytes = 1 << 20 }, ratio = { .ratio_floor = 1 << 20, .max_ratio = 100 }, high = { .ratio_floor = 1 << 20 };
		buf_clear(&packed);
		if (z)
			zstd_frame(&packed, buf_str(&zeros), 3, 0);
		else
			gzip_member(&packed, buf_str(&zeros), 9, 0, NULL);
		assert_int_equal(unpack(buf_str(&packed), kind, 4096, &few, NULL, NULL, NULL), ERR_LIMIT);
		assert_int_equal(unpack(buf_str(&packed), kind, 4096, &ratio, NULL, NULL, NULL), ERR_LIMIT);
		assert_int_equal(unpack(buf_str(&packed), kind, 4096, &high, NULL, NULL, NULL), z ? ERR_LIMIT : 0);
		assert_int_equal(unpack(buf_str(&packed), kind, 4096, NULL, NULL, NULL, NULL), 0);
	}
	buf_release(&zeros);
	buf_release(&packed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain), cmocka_unit_test(test_gzip), cmocka_unit_test(test_zstd), cmocka_unit_test(test_zstd_windows), cmocka_unit_test(test_damage), cmocka_unit_test(test_bombs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
