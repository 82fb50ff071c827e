#include "format/compress/compress.h"

#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#include <zstd.h>
#include <zstd_errors.h>

/* Large enough that igzip's copies of its history (96 KiB a call) weigh little, small enough to stay in the second-level cache. */
#define GZIP_WINDOW (256u << 10)
#define ZSTD_WINDOW_LOG 25

struct decompress {
	enum compression kind;
	struct decompress_source src;
	struct decompress_limits limits;
	const unsigned char *in;
	size_t in_n;
	uint64_t bytes_in, bytes_out, garbage;
	bool ended, source_ended;
	int late;          /* an error behind bytes that were still given: told by the next call */
	struct error late_error;
	/* gzip */
	struct inflate_state *gz;
	bool in_member;
	uint64_t members;
	/* zstd */
	ZSTD_DCtx *zstd;
	size_t zstd_hint; /* last return: 0 between frames */
	bool zstd_full;   /* the last call filled the window: more may be waiting inside */
	/* output window of both */
	unsigned char *out;
	size_t out_cap;
	/* Finding the kind takes the first bytes apart: they are read from this copy, then the rest of the chunk they came from. */
	unsigned char head[8];
	const unsigned char *rest;
	size_t rest_n;
};

static const struct magic {
	struct str bytes;
	enum compression kind;
} magics[] = {
	{ STR_INIT("\x1f\x8b"), COMPRESS_GZIP },
	{ STR_INIT("\x28\xb5\x2f\xfd"), COMPRESS_ZSTD },
	{ STR_INIT("BZh"), COMPRESS_UNKNOWN },
	{ STR_INIT("\xfd" "7zXZ\0"), COMPRESS_UNKNOWN },
	{ STR_INIT("\x04\x22\x4d\x18"), COMPRESS_UNKNOWN }, /* lz4 */
};

enum compression compress_detect(const unsigned char *head, size_t n)
{
	struct str s = { (const char *)head, n };
	for (size_t i = 0; i < ARRAY_LEN(magics); i++)
		if (str_has_prefix(s, magics[i].bytes))
			return magics[i].kind;
	if (n >= 4 && (head[0] & 0xf0) == 0x50 && str_eq(str_sub(s, 1, 3), STR("\x2a\x4d\x18")))
		return COMPRESS_ZSTD; /* a skippable frame first */
	return COMPRESS_NONE;
}

/* --- input --- */

/* Makes in_n > 0 unless the source has ended. */
static int refill(struct decompress *d, struct error *err)
{
	if (d->in_n)
		return 0;
	if (d->rest_n) {
		d->in = d->rest;
		d->in_n = d->rest_n;
		d->rest_n = 0;
		return 0;
	}
	if (d->source_ended)
		return 0;
	int r = d->src.next(d->src.ctx, &d->in, &d->in_n, err);
	if (r < 0)
		d->in_n = 0;
	d->source_ended = d->in_n == 0;
	d->bytes_in += d->in_n;
	return r;
}

/* The first bytes decide the kind; the source may give them one by one. */
static int detect(struct decompress *d, struct error *err)
{
	size_t n = 0;
	while (n < 6) {
		int r = refill(d, err);
		if (r < 0)
			return r;
		if (!d->in_n)
			break;
		size_t k = MIN_OF(d->in_n, (size_t)6 - n);
		memcpy(d->head + n, d->in, k);
		n += k;
		d->in += k;
		d->in_n -= k;
	}
	d->kind = compress_detect(d->head, n);
	d->rest = d->in;
	d->rest_n = d->in_n;
	d->in = d->head;
	d->in_n = n;
	if (d->kind == COMPRESS_UNKNOWN)
		return error_set(err, ERR_UNSUPPORTED, "compressed with bzip2, xz or lz4");
	return 0;
}

/* --- life --- */

int decompress_open(struct decompress **ret, enum compression kind, const struct decompress_source *src, const struct decompress_limits *limits,
		    struct error *err)
{
	struct decompress_limits l = limits ? *limits : (struct decompress_limits){ 0 };
	struct decompress *d = calloc(1, sizeof(*d));
	if (!d)
		return error_nomem(err);
	*d = (struct decompress){ .kind = kind, .src = *src, .limits = {
		.max_bytes = l.max_bytes ? l.max_bytes : UINT64_C(64) << 30,
		.ratio_floor = l.ratio_floor ? l.ratio_floor : UINT64_C(1) << 30,
		.max_ratio = l.max_ratio ? l.max_ratio : 5000,
		.window_log = l.window_log ? l.window_log : ZSTD_WINDOW_LOG,
	} };
	int r = kind == COMPRESS_UNKNOWN ? detect(d, err) : 0;
	if (r == 0 && d->kind == COMPRESS_GZIP) {
		d->gz = malloc(sizeof(*d->gz));
		d->out_cap = GZIP_WINDOW;
	} else if (r == 0 && d->kind == COMPRESS_ZSTD) {
		d->zstd = ZSTD_createDCtx();
		d->out_cap = ZSTD_DStreamOutSize();
		if (d->zstd)
			ZSTD_DCtx_setParameter(d->zstd, ZSTD_d_windowLogMax, (int)d->limits.window_log);
	}
	if (r == 0 && d->out_cap) {
		d->out = malloc(d->out_cap);
		if (!d->out || (!d->gz && !d->zstd))
			r = error_nomem(err);
	}
	if (r < 0) {
		decompress_close(d);
		return r;
	}
	*ret = d;
	return 0;
}

struct decompress *decompress_close(struct decompress *d)
{
	if (d) {
		free(d->gz);
		ZSTD_freeDCtx(d->zstd);
		free(d->out);
		free(d);
	}
	return NULL;
}

uint64_t decompress_bytes_in(const struct decompress *d)
{
	return d->bytes_in;
}

uint64_t decompress_bytes_out(const struct decompress *d)
{
	return d->bytes_out;
}

uint64_t decompress_trailing_garbage(const struct decompress *d)
{
	return d->garbage;
}

/* --- output --- */

static int check_limits(const struct decompress *d, struct error *err)
{
	if (d->bytes_out > d->limits.max_bytes)
		return error_set(err, ERR_LIMIT, "more than %llu bytes unpacked", (unsigned long long)d->limits.max_bytes);
	if (d->bytes_out > d->limits.ratio_floor && d->bytes_out / d->limits.max_ratio > d->bytes_in)
		return error_set(err, ERR_LIMIT, "%llu bytes unpack to more than %llu: a compression bomb", (unsigned long long)d->bytes_in,
				 (unsigned long long)d->bytes_out);
	return 0;
}

static int gzip_error(const struct decompress *d, int code, struct error *err)
{
	return error_set(err, ERR_FORMAT, "gzip: %s (after %llu bytes out)",
			 code == ISAL_INCORRECT_CHECKSUM ? "wrong checksum or length" : "damaged deflate data", (unsigned long long)d->bytes_out);
}

/* One byte of a member's header. 1, 0 at the end of the input, or a negative code. */
static int header_byte(struct decompress *d, uint32_t *crc, unsigned char *ret, struct error *err)
{
	int r = refill(d, err);
	if (r < 0 || !d->in_n)
		return r;
	*ret = *d->in++;
	d->in_n--;
	*crc = crc32_gzip_refl(*crc, ret, 1);
	return 1;
}

enum { GZIP_HCRC = 2, GZIP_EXTRA = 4, GZIP_NAME = 8, GZIP_COMMENT = 16, GZIP_RESERVED = 0xe0 };

/* The header behind its two magic bytes: method, flags, time, extra flags, system; then what the flags announce. Read here because
 * igzip's own reader takes a header checksum for wrong when the header comes in pieces. */
static int read_header(struct decompress *d, struct error *err)
{
	unsigned char fixed[8], c = 0, extra[2];
	uint32_t crc = crc32_gzip_refl(0, (const unsigned char *)"\x1f\x8b", 2);
	int r = 1;
	for (size_t i = 0; i < sizeof(fixed) && r > 0; i++)
		r = header_byte(d, &crc, &fixed[i], err);
	if (r > 0 && fixed[0] != 8)
		return error_set(err, ERR_FORMAT, "gzip: unknown compression method %u", fixed[0]);
	if (r > 0 && (fixed[1] & GZIP_RESERVED))
		return error_set(err, ERR_FORMAT, "gzip: reserved flags are set");
	if (r > 0 && (fixed[1] & GZIP_EXTRA)) {
		for (size_t i = 0; i < 2 && r > 0; i++)
			r = header_byte(d, &crc, &extra[i], err);
		for (unsigned n = r > 0 ? extra[0] | (unsigned)extra[1] << 8 : 0; n && r > 0; n--)
			r = header_byte(d, &crc, &c, err);
	}
	for (unsigned flag = GZIP_NAME; flag <= GZIP_COMMENT; flag <<= 1) {
		if (!(fixed[1] & flag))
			continue;
		for (c = 1; c && r > 0;)
			r = header_byte(d, &crc, &c, err);
	}
	if (r > 0 && (fixed[1] & GZIP_HCRC)) {
		uint32_t want = crc & 0xffff, ignored = 0;
		for (size_t i = 0; i < 2 && r > 0; i++)
			r = header_byte(d, &ignored, &extra[i], err);
		if (r > 0 && want != (extra[0] | (unsigned)extra[1] << 8))
			return error_set(err, ERR_FORMAT, "gzip: wrong header checksum");
	}
	return r == 0 ? error_set(err, ERR_FORMAT, "gzip: truncated header") : r < 0 ? r : 0;
}

/* Between members: another header, padding, garbage or the end. 1: a member begins; 0: the end. */
static int next_member(struct decompress *d, struct error *err)
{
	unsigned char magic[2];
	uint32_t ignored = 0;
	size_t n = 0;
	int r = 1;
	while (n < 2 && r > 0) {
		r = header_byte(d, &ignored, &magic[n], err);
		n += r > 0;
	}
	if (r < 0)
		return r;
	if (n == 2 && magic[0] == 0x1f && magic[1] == 0x8b) {
		r = read_header(d, err);
		if (r < 0)
			return r;
		isal_inflate_init(d->gz);
		d->gz->crc_flag = ISAL_GZIP_NO_HDR_VER;
		d->in_member = true;
		d->members++;
		return 1;
	}
	if (!d->members)
		return error_set(err, ERR_FORMAT, n ? "gzip: no gzip header" : "gzip: empty");
	bool zeros = (n < 1 || !magic[0]) && (n < 2 || !magic[1]);
	d->garbage = n;
	while ((r = refill(d, err)) == 0 && d->in_n) {
		for (size_t i = 0; i < d->in_n && zeros; i++)
			zeros = d->in[i] == 0;
		d->garbage += d->in_n;
		d->in_n = 0;
	}
	if (zeros)
		d->garbage = 0;
	return r;
}

/* Fills the window from got on; *ret_got also counts when it ends in an error. */
static int next_gzip(struct decompress *d, size_t *ret_got, struct error *err)
{
	struct inflate_state *s = d->gz;
	while (*ret_got < d->out_cap) {
		int r = d->in_member ? 1 : next_member(d, err);
		if (r <= 0) {
			d->ended = r == 0;
			return r;
		}
		r = refill(d, err);
		if (r < 0)
			return r;
		uint32_t in_n = (uint32_t)MIN_OF(d->in_n, (size_t)1 << 30);
		s->next_in = (uint8_t *)(uintptr_t)d->in; /* igzip does not write to it */
		s->avail_in = in_n;
		s->next_out = d->out + *ret_got;
		s->avail_out = (uint32_t)(d->out_cap - *ret_got);
		r = isal_inflate(s);
		d->in += in_n - s->avail_in;
		d->in_n -= in_n - s->avail_in;
		size_t now = d->out_cap - *ret_got - s->avail_out;
		*ret_got += now;
		d->bytes_out += now;
		if (r < 0)
			return gzip_error(d, r, err);
		if (r == ISAL_NEED_DICT)
			return error_set(err, ERR_FORMAT, "gzip: a dictionary is asked for");
		if (s->block_state == ISAL_BLOCK_FINISH)
			d->in_member = false;
		else if (!now && !in_n)
			return error_set(err, ERR_FORMAT, "gzip: truncated (after %llu bytes out)", (unsigned long long)d->bytes_out);
	}
	return check_limits(d, err);
}

static int next_zstd(struct decompress *d, size_t *ret_got, struct error *err)
{
	ZSTD_outBuffer out = { d->out, d->out_cap, 0 };
	for (; out.pos < out.size; *ret_got = out.pos) {
		if (!d->zstd_full) {
			int r = refill(d, err);
			if (r < 0)
				return r;
			if (!d->in_n) {
				if (d->zstd_hint || !d->members)
					return error_set(err, ERR_FORMAT, d->bytes_in ? "zstd: truncated (after %llu bytes out)" : "zstd: empty",
							 (unsigned long long)d->bytes_out);
				d->ended = true;
				break;
			}
		}
		ZSTD_inBuffer in = { d->in, d->in_n, 0 };
		size_t before = out.pos, r = ZSTD_decompressStream(d->zstd, &out, &in);
		d->bytes_out += out.pos - before;
		d->in += in.pos;
		d->in_n -= in.pos;
		if (ZSTD_isError(r)) {
			bool window = ZSTD_getErrorCode(r) == ZSTD_error_frameParameter_windowTooLarge;
			if (window)
				return error_set(err, ERR_LIMIT, "zstd: written with a window of more than %u MiB (zstd --long or --ultra): compress it again with a usual level",
						 1u << (d->limits.window_log - 20));
			return error_set(err, ZSTD_getErrorCode(r) == ZSTD_error_memory_allocation ? ERR_NOMEM : ERR_FORMAT,
					 "zstd: %s (after %llu bytes out)", ZSTD_getErrorName(r),
					 (unsigned long long)d->bytes_out);
		}
		d->zstd_hint = r;
		d->zstd_full = out.pos == out.size && r != 0;
		d->members += r == 0;
	}
	return check_limits(d, err);
}

static int next_plain(struct decompress *d, const unsigned char **ret, size_t *ret_n, struct error *err)
{
	int r = refill(d, err);
	if (r < 0)
		return r;
	*ret = d->in;
	*ret_n = d->in_n;
	d->bytes_out += d->in_n;
	d->in_n = 0;
	d->ended = *ret_n == 0;
	return check_limits(d, err);
}

int decompress_next(struct decompress *d, const unsigned char **ret, size_t *ret_n, struct error *err)
{
	size_t n = 0;
	int r = d->late;
	*ret = d->out;
	if (r < 0 && err)
		*err = d->late_error;
	d->late = 0;
	if (!d->ended) {
		struct error why = { 0 };
		r = d->kind == COMPRESS_GZIP ? next_gzip(d, &n, &why) : d->kind == COMPRESS_ZSTD ? next_zstd(d, &n, &why) : next_plain(d, ret, &n, &why);
		d->ended |= r < 0;
		if (r < 0 && n && r != ERR_LIMIT) { /* what came out before the damage is of use */
			d->late = r;
			d->late_error = why;
			r = 0;
		} else if (r < 0 && err) {
			*err = why;
		}
	}
	if (r == 0)
		*ret_n = n;
	return r;
}

/* --- whole streams --- */

struct memory_source {
	struct str bytes;
	bool given;
};

static int next_memory(void *ctx, const unsigned char **ret, size_t *ret_n, struct error *err)
{
	struct memory_source *m = ctx;
	*ret = (const unsigned char *)m->bytes.p;
	*ret_n = m->given ? 0 : m->bytes.n;
	m->given = true;
	return 0;
}

int decompress_all(struct str bytes, enum compression kind, struct buf *out, struct error *err)
{
	struct memory_source m = { bytes, false };
	struct decompress_source src = { next_memory, &m };
	struct decompress_limits limits = { .max_bytes = out->max - MIN_OF(out->n, out->max), .ratio_floor = UINT64_MAX, .window_log = ZSTD_WINDOW_LOG_ALL };
	struct decompress *d;
	if (!limits.max_bytes)
		return error_set(err, ERR_LIMIT, "no room to unpack to");
	int r = decompress_open(&d, kind, &src, &limits, err);
	if (r < 0)
		return r;
	for (;;) {
		const unsigned char *p;
		size_t n;
		r = decompress_next(d, &p, &n, err);
		if (r < 0 || !n)
			break;
		buf_add_bytes(out, p, n);
	}
	decompress_close(d);
	return r == 0 && buf_failed(out) ? error_nomem(err) : r;
}
