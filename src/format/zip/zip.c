#include "format/zip/zip.h"

#include <libdeflate.h>

#include "format/zip/zip_inflate.h"

/* End record: 22 bytes and a comment of at most 65535. */
enum { END_SIZE = 22, LOCATOR_SIZE = 20, END64_SIZE = 56, ENTRY_SIZE = 46, LOCAL_SIZE = 30 };
#define SIG_END     0x06054b50u
#define SIG_LOCATOR 0x07064b50u
#define SIG_END64   0x06064b50u
#define SIG_ENTRY   0x02014b50u
#define SIG_LOCAL   0x04034b50u
#define FLAG_ENCRYPTED 0x0001u
#define EXTRA_ZIP64    0x0001u
#define DEFLATE_MAX_RATIO 1032u /* 258 bytes from two bits */
/* Stored bytes up to this many are read at once and given to libdeflate; more are streamed. */
#define READ_AT_ONCE (2u << 20)

static uint16_t le16(const void *p)
{
	const unsigned char *b = p;
	return (uint16_t)(b[0] | b[1] << 8);
}
static uint32_t le32(const void *p)
{
	const unsigned char *b = p;
	return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}
static uint64_t le64(const void *p)
{
	return le32(p) | (uint64_t)le32((const char *)p + 4) << 32;
}

/* Finds the end record in the last bytes: the last signature whose comment fits. */
static int find_end(const struct input *in, char end[END_SIZE], uint64_t *ret_pos, struct error *err)
{
	enum { FIRST = 1024, MOST = END_SIZE + 65535 };
	char first[FIRST];
	_cleanup_free_ char *whole = NULL;
	for (int pass = 0; pass < 2; pass++) {
		size_t n = (size_t)MIN_OF(in->size, pass ? (uint64_t)MOST : (uint64_t)FIRST);
		if (n < END_SIZE)
			break;
		const char *p;
		if (in->data) {
			p = in->data + (in->size - n);
		} else {
			char *dst = first;
			if (pass && !(dst = whole = malloc(n)))
				return error_nomem(err);
			int r = input_read(in, dst, n, in->size - n, err);
			if (r < 0)
				return r;
			p = dst;
		}
		for (size_t i = n - END_SIZE + 1; i-- > 0;) {
			if (p[i] != 'P' || le32(p + i) != SIG_END || le16(p + i + 20) > n - i - END_SIZE)
				continue;
			memcpy(end, p + i, END_SIZE);
			*ret_pos = in->size - n + i;
			return 0;
		}
		if (n < FIRST)
			break;
	}
	return error_set(err, ERR_FORMAT, "no ZIP end record");
}

/* The zip64 end record, when a locator stands before the end record. Returns 1 when there is one. */
static int read_end64(const struct input *in, uint64_t end_pos, char rec[END64_SIZE], uint64_t *ret_pos, struct error *err)
{
	char loc[LOCATOR_SIZE];
	if (end_pos < LOCATOR_SIZE + END64_SIZE)
		return 0;
	int r = input_read(in, loc, sizeof(loc), end_pos - LOCATOR_SIZE, err);
	if (r < 0)
		return r;
	if (le32(loc) != SIG_LOCATOR)
		return 0;
	if (le32(loc + 4) != 0 || le32(loc + 16) > 1)
		return error_set(err, ERR_UNSUPPORTED, "ZIP archive of several disks");
	/* With prefix data the stated offset is short by the prefix: then the record stands right before the locator. */
	uint64_t tries[2] = { le64(loc + 8), end_pos - LOCATOR_SIZE - END64_SIZE };
	for (int i = 0; i < 2; i++) {
		if (tries[i] > end_pos - LOCATOR_SIZE - END64_SIZE)
			continue;
		r = input_read(in, rec, END64_SIZE, tries[i], err);
		if (r < 0)
			return r;
		if (le32(rec) == SIG_END64) {
			*ret_pos = tries[i];
			return 1;
		}
	}
	return error_set(err, ERR_FORMAT, "zip64 end record is missing");
}

static bool entry_at(const struct input *in, uint64_t off)
{
	char sig[4];
	return off <= in->size && in->size - off >= sizeof(sig) && input_read(in, sig, sizeof(sig), off, NULL) == 0 && le32(sig) == SIG_ENTRY;
}

int zip_open(const struct input *in, struct zip *ret, struct error *err)
{
	char end[END_SIZE], rec[END64_SIZE];
	uint64_t end_pos, dir_end;
	int r = find_end(in, end, &end_pos, err);
	if (r < 0)
		return r;
	if (le16(end + 4) != le16(end + 6))
		return error_set(err, ERR_UNSUPPORTED, "ZIP archive of several disks");
	struct zip z = { .in = in, .dir_size = le32(end + 12), .entry_count = le16(end + 10), .comment_offset = end_pos + END_SIZE };
	uint64_t dir_offset = le32(end + 16);
	z.comment_size = le16(end + 20);
	dir_end = end_pos;
	if (dir_offset == UINT32_MAX || z.dir_size == UINT32_MAX || z.entry_count == UINT16_MAX) {
		r = read_end64(in, end_pos, rec, &dir_end, err);
		if (r < 0)
			return r;
		if (r == 1) {
			z.entry_count = le64(rec + 32);
			z.dir_size = le64(rec + 40);
			dir_offset = le64(rec + 48);
		} else {
			dir_end = end_pos;
		}
	}
	if (z.dir_size > dir_end || dir_offset > dir_end - z.dir_size)
		return error_set(err, ERR_FORMAT, "ZIP directory lies outside of the file");
	/* What is left between the stated end of the directory and its real end is prefix data, unless the stated offset is right as it is. */
	z.base = dir_end - z.dir_size - dir_offset;
	if (z.base && entry_at(in, dir_offset) && !entry_at(in, dir_offset + z.base))
		z.base = 0;
	z.dir_offset = dir_offset + z.base;
	/* Each member takes at least ENTRY_SIZE bytes of the directory (the count of a plain archive is kept modulo 65536). */
	if (z.entry_count > z.dir_size / ENTRY_SIZE)
		return error_set(err, ERR_FORMAT, "ZIP directory of %llu bytes cannot hold %llu members", (unsigned long long)z.dir_size,
				 (unsigned long long)z.entry_count);
	*ret = z;
	return 0;
}

void zip_cursor_init(struct zip_cursor *c, const struct zip *z)
{
	*c = (struct zip_cursor){ .z = z };
}

void zip_cursor_release(struct zip_cursor *c)
{
	free(c->buf);
	*c = (struct zip_cursor){ .z = c->z };
}

/* At least `need` bytes of the directory from the cursor on, as a view; NULL with *r set when they are not there. */
static const char *peek(struct zip_cursor *c, size_t need, int *r, struct error *err)
{
	const struct zip *z = c->z;
	if (need > z->dir_size - c->pos) {
		*r = error_set(err, ERR_FORMAT, "ZIP directory is cut at member %llu", (unsigned long long)c->seen);
		return NULL;
	}
	if (z->in->data)
		return z->in->data + z->dir_offset + c->pos;
	if (c->have - c->used < need) {
		enum { CHUNK = 64 << 10, MOST = ENTRY_SIZE + 3 * 65535 + CHUNK };
		if (!c->buf) {
			c->cap = (size_t)MIN_OF(z->dir_size, (uint64_t)MOST);
			if (!(c->buf = malloc(c->cap))) {
				*r = error_nomem(err);
				return NULL;
			}
		}
		size_t rest = c->have - c->used;
		memmove(c->buf, c->buf + c->used, rest);
		c->used = 0;
		c->have = rest;
		size_t more = (size_t)MIN_OF((uint64_t)MIN_OF(MAX_OF(need, CHUNK), c->cap) - rest, z->dir_size - c->pos - rest);
		*r = input_read(z->in, c->buf + rest, more, z->dir_offset + c->pos + rest, err);
		if (*r < 0)
			return NULL;
		c->have += more;
	}
	return c->buf + c->used;
}

/* Sizes and offset that did not fit in 32 bits stand in the zip64 extra field, in this order, each only when its field is all ones. */
static int apply_zip64(struct zip_member *m, uint64_t *offset, const char *extra, size_t n, struct error *err)
{
	uint64_t *fields[3] = { &m->size, &m->stored_size, offset };
	if (m->size != UINT32_MAX && m->stored_size != UINT32_MAX && *offset != UINT32_MAX)
		return 0;
	while (n >= 4) {
		size_t tag = le16(extra), len = le16(extra + 2);
		extra += 4;
		n -= 4;
		if (len > n)
			break;
		if (tag == EXTRA_ZIP64) {
			for (int i = 0; i < 3; i++) {
				if (*fields[i] != UINT32_MAX)
					continue;
				if (len < 8)
					return i == 0 || i == 1 ? error_set(err, ERR_FORMAT, "zip64 field is cut") : 0;
				*fields[i] = le64(extra);
				extra += 8;
				len -= 8;
			}
			return 0;
		}
		extra += len;
		n -= len;
	}
	return 0; /* 0xffffffff itself is a legal value of a plain archive */
}

int zip_next(struct zip_cursor *c, struct zip_member *ret, struct error *err)
{
	const struct zip *z = c->z;
	int r = 0;
	if (c->pos >= z->dir_size) {
		if ((uint16_t)c->seen != (uint16_t)z->entry_count)
			return error_set(err, ERR_FORMAT, "ZIP directory holds %llu members, not %llu", (unsigned long long)c->seen,
					 (unsigned long long)z->entry_count);
		return 0;
	}
	const char *p = peek(c, ENTRY_SIZE, &r, err);
	if (!p)
		return r;
	if (le32(p) != SIG_ENTRY) {
		/* A digital signature record (or padding) may follow the last member. */
		if ((uint16_t)c->seen == (uint16_t)z->entry_count) {
			c->pos = z->dir_size;
			return 0;
		}
		return error_set(err, ERR_FORMAT, "ZIP directory is damaged at member %llu", (unsigned long long)c->seen);
	}
	size_t name_n = le16(p + 28), extra_n = le16(p + 30), comment_n = le16(p + 32), total = ENTRY_SIZE + name_n + extra_n + comment_n;
	if (!(p = peek(c, total, &r, err)))
		return r;
	struct zip_member m = { .name = { p + ENTRY_SIZE, name_n }, .flags = le16(p + 8), .method = le16(p + 10), .crc = le32(p + 16),
				.stored_size = le32(p + 20), .size = le32(p + 24) };
	uint64_t offset = le32(p + 42);
	r = apply_zip64(&m, &offset, p + ENTRY_SIZE + name_n, extra_n, err);
	if (r < 0)
		return r;
	c->pos += total;
	if (!z->in->data)
		c->used += total;
	c->seen++;
	if (ADD_OVERFLOWS(offset, z->base, &m.header_offset))
		m.header_offset = UINT64_MAX; /* found out of bounds when it is read */
	m.is_folder = name_n && m.name.p[name_n - 1] == '/';
	*ret = m;
	return 1;
}

int zip_member_offset(const struct zip *z, const struct zip_member *m, uint64_t *ret_offset, struct error *err)
{
	char h[LOCAL_SIZE];
	if (m->flags & FLAG_ENCRYPTED)
		return error_set(err, ERR_UNSUPPORTED, "encrypted");
	if (m->header_offset > z->dir_offset)
		return error_set(err, ERR_FORMAT, "member lies outside of the archive");
	int r = input_read(z->in, h, sizeof(h), m->header_offset, err);
	if (r < 0)
		return r;
	if (le32(h) != SIG_LOCAL)
		return error_set(err, ERR_FORMAT, "no local header at offset %llu", (unsigned long long)m->header_offset);
	uint64_t off = m->header_offset + LOCAL_SIZE + le16(h + 26) + le16(h + 28);
	if (off > z->in->size || m->stored_size > z->in->size - off)
		return error_set(err, ERR_FORMAT, "member passes the end of the archive");
	*ret_offset = off;
	return 0;
}

static int window_pread(void *ctx, void *dst, size_t n, uint64_t off, struct error *err)
{
	const struct input_window *w = ctx;
	return input_read(w->parent, dst, n, w->offset + off, err);
}

void input_window_init(struct input_window *w, const struct input *parent, uint64_t offset, uint64_t size, struct str name, struct input *ret)
{
	*w = (struct input_window){ parent, offset };
	*ret = (struct input){ .name = name, .size = size, .pread = window_pread, .ctx = w };
	if (parent->data)
		ret->data = parent->data + offset;
}

int zip_member_input(const struct zip *z, const struct zip_member *m, struct input_window *w, struct input *ret, struct error *err)
{
	uint64_t off;
	if (m->method != ZIP_STORED)
		return error_set(err, ERR_UNSUPPORTED, "member is not stored");
	if (m->size != m->stored_size)
		return error_set(err, ERR_FORMAT, "stored member states two sizes");
	int r = zip_member_offset(z, m, &off, err);
	if (r < 0)
		return r;
	input_window_init(w, z->in, off, m->size, m->name, ret);
	return 0;
}

void zip_inflater_init(struct zip_inflater *f)
{
	*f = (struct zip_inflater){ 0 };
}

void zip_inflater_release(struct zip_inflater *f)
{
	libdeflate_free_decompressor(f->fast);
	free(f->stored);
	zip_inflater_init(f);
}

int zip_check_ratio(const struct zip_member *m, struct error *err)
{
	if (m->method == ZIP_DEFLATED && m->size / DEFLATE_MAX_RATIO > m->stored_size)
		return error_set(err, ERR_FORMAT, "%llu bytes cannot unpack to %llu", (unsigned long long)m->stored_size, (unsigned long long)m->size);
	return 0;
}

/* The stored bytes as a view when they are few or in memory; ret->p NULL otherwise. */
static int stored_view(struct zip_inflater *f, const struct zip *z, const struct zip_member *m, uint64_t off, struct str *ret, struct error *err)
{
	*ret = STR_NONE;
	if (z->in->data) {
		*ret = str_make(z->in->data + off, m->stored_size);
		return 0;
	}
	if (m->stored_size > READ_AT_ONCE)
		return 0;
	if (f->cap < m->stored_size || !f->stored) {
		size_t cap = MAX_OF((size_t)m->stored_size, (size_t)4096);
		free(f->stored);
		f->cap = 0;
		if (!(f->stored = malloc(cap)))
			return error_nomem(err);
		f->cap = cap;
	}
	int r = input_read(z->in, f->stored, m->stored_size, off, err);
	if (r < 0)
		return r;
	*ret = str_make(f->stored, m->stored_size);
	return 0;
}

static int inflate_view(struct zip_inflater *f, struct str packed, const struct zip_member *m, void *dst, struct error *err)
{
	if (!f->fast && !(f->fast = libdeflate_alloc_decompressor()))
		return error_nomem(err);
	/* With NULL for the actual size the output must fill dst exactly. */
	enum libdeflate_result x = libdeflate_deflate_decompress(f->fast, packed.p, packed.n, dst, m->size, NULL);
	if (x != LIBDEFLATE_SUCCESS)
		return error_set(err, ERR_FORMAT, x == LIBDEFLATE_BAD_DATA ? "damaged deflate data" : "unpacked size is not the stated %llu",
				 (unsigned long long)m->size);
	return 0;
}

int zip_read(struct zip_inflater *f, const struct zip *z, const struct zip_member *m, void *dst, struct error *err)
{
	uint64_t off;
	struct str packed;
	int r = zip_member_offset(z, m, &off, err);
	if (r < 0)
		return r;
	switch (m->method) {
	case ZIP_STORED:
		if (m->size != m->stored_size)
			return error_set(err, ERR_FORMAT, "stored member states two sizes");
		r = input_read(z->in, dst, m->size, off, err);
		break;
	case ZIP_DEFLATED:
		if ((r = zip_check_ratio(m, err)) < 0 || (r = stored_view(f, z, m, off, &packed, err)) < 0)
			return r;
		r = packed.p ? inflate_view(f, packed, m, dst, err) : zip_inflate_all(z->in, off, m->stored_size, dst, m->size, err);
		break;
	default:
		return error_set(err, ERR_UNSUPPORTED, "compression method %u", m->method);
	}
	if (r < 0)
		return r;
	if (libdeflate_crc32(0, dst, m->size) != m->crc)
		return error_set(err, ERR_FORMAT, "CRC-32 does not match");
	return 0;
}
