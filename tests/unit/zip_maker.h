/* Writes ZIP archives byte by byte for tests: honest ones, and ones whose fields lie. Members are stored or deflated (zlib, so that the
 * reader under test meets another library's output). */
#ifndef TESTS_ZIP_MAKER_H
#define TESTS_ZIP_MAKER_H
#include <zlib.h>

#include "base/buf.h"

struct zip_maker {
	struct buf out, dir;
	unsigned count;
	bool descriptors; /* sizes after the data, flag bit 3 */
};

static inline void zm_le(struct buf *b, uint64_t v, int n)
{
	for (int i = 0; i < n; i++)
		buf_add_char(b, (char)(v >> (8 * i)));
}

static inline void zm_init(struct zip_maker *z)
{
	*z = (struct zip_maker){ 0 };
	buf_init(&z->out, 256u << 20);
	buf_init(&z->dir, 256u << 20);
}

static inline void zm_release(struct zip_maker *z)
{
	buf_release(&z->out);
	buf_release(&z->dir);
}

/* The directory entry alone: a lie, or the second name of a member. */
static inline void zm_entry(struct zip_maker *z, struct str name, int method, uint32_t crc, uint64_t stored, uint64_t size, uint64_t offset, int flags)
{
	buf_add_c(&z->dir, "PK\1\2");
	zm_le(&z->dir, 20 | 3 << 8, 2);
	zm_le(&z->dir, 20, 2);
	zm_le(&z->dir, (uint64_t)flags, 2);
	zm_le(&z->dir, (uint64_t)method, 2);
	zm_le(&z->dir, 0x58210000, 4);
	zm_le(&z->dir, crc, 4);
	zm_le(&z->dir, stored, 4);
	zm_le(&z->dir, size, 4);
	zm_le(&z->dir, name.n, 2);
	zm_le(&z->dir, 0, 8);
	zm_le(&z->dir, 0100644u << 16, 4);
	zm_le(&z->dir, offset, 4);
	buf_add(&z->dir, name);
	z->count++;
}

static inline struct str zm_deflate(struct buf *b, struct str data)
{
	z_stream s = { 0 };
	deflateInit2(&s, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
	size_t bound = deflateBound(&s, data.n);
	char *p = buf_reserve(b, bound);
	s.next_in = (Bytef *)(uintptr_t)data.p;
	s.avail_in = (uInt)data.n;
	s.next_out = (Bytef *)p;
	s.avail_out = (uInt)bound;
	deflate(&s, Z_FINISH);
	size_t n = bound - s.avail_out;
	deflateEnd(&s);
	b->n += n;
	return str_make(p, n);
}

static inline void zm_add(struct zip_maker *z, const char *name, struct str data, bool deflated)
{
	uint64_t at = z->out.n;
	uint32_t crc = (uint32_t)crc32(0, (const Bytef *)data.p, (uInt)data.n);
	struct buf packed;
	buf_init(&packed, 256u << 20);
	struct str bytes = deflated ? zm_deflate(&packed, data) : data;
	bool later = z->descriptors;
	buf_add_c(&z->out, "PK\3\4");
	zm_le(&z->out, 20, 2);
	zm_le(&z->out, later ? 8 : 0, 2);
	zm_le(&z->out, deflated ? 8 : 0, 2);
	zm_le(&z->out, 0x58210000, 4);
	zm_le(&z->out, later ? 0 : crc, 4);
	zm_le(&z->out, later ? 0 : bytes.n, 4);
	zm_le(&z->out, later ? 0 : data.n, 4);
	zm_le(&z->out, strlen(name), 2);
	zm_le(&z->out, 0, 2);
	buf_add_c(&z->out, name);
	buf_add(&z->out, bytes);
	if (later) {
		buf_add_c(&z->out, "PK\7\x8");
		zm_le(&z->out, crc, 4);
		zm_le(&z->out, bytes.n, 4);
		zm_le(&z->out, data.n, 4);
	}
	zm_entry(z, str_c(name), deflated ? 8 : 0, crc, bytes.n, data.n, at, later ? 8 : 0);
	buf_release(&packed);
}

static inline void zm_text(struct zip_maker *z, const char *name, const char *text)
{
	zm_add(z, name, str_c(text), true);
}

/* The directory and the end record; the archive is z->out. */
static inline struct str zm_end_as(struct zip_maker *z, unsigned count, uint64_t dir_offset, const char *comment)
{
	uint64_t size = z->dir.n;
	buf_add(&z->out, buf_str(&z->dir));
	buf_add(&z->out, str_make("PK\5\6\0\0\0\0", 8));
	zm_le(&z->out, count, 2);
	zm_le(&z->out, count, 2);
	zm_le(&z->out, size, 4);
	zm_le(&z->out, dir_offset, 4);
	zm_le(&z->out, strlen(comment), 2);
	buf_add_c(&z->out, comment);
	return buf_str(&z->out);
}
static inline struct str zm_end(struct zip_maker *z)
{
	return zm_end_as(z, z->count, z->out.n, "");
}
#endif
