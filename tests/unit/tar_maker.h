/* Writes tar archives for tests, byte by byte, so that they can also be wrong. */
#ifndef TESTS_TAR_MAKER_H
#define TESTS_TAR_MAKER_H
#include "base/buf.h"

static inline void tar_header(struct buf *b, const char *magic, char flag, const char *name, const char *link, const char *size_field, size_t size_n)
{
	unsigned char h[512] = { 0 };
	memcpy(h, name, MIN_OF(strlen(name), (size_t)100));
	memcpy(h + 100, "0000755", 8);
	memcpy(h + 124, size_field, size_n);
	h[156] = (unsigned char)flag;
	memcpy(h + 157, link, MIN_OF(strlen(link), (size_t)100));
	memcpy(h + 257, magic, 8);
	memset(h + 148, ' ', 8);
	unsigned sum = 0;
	for (size_t i = 0; i < sizeof(h); i++)
		sum += h[i];
	snprintf((char *)h + 148, 8, "%06o", sum);
	buf_add_bytes(b, h, sizeof(h));
}
#define TAR_USTAR "ustar\0" "00"
#define TAR_GNU   "ustar  \0"
#define TAR_V7    "\0\0\0\0\0\0\0\0"

static inline void tar_entry_add(struct buf *b, const char *magic, char flag, const char *name, struct str body)
{
	char size[24];
	snprintf(size, sizeof(size), "%011zo", body.n);
	tar_header(b, magic, flag, name, "", size, 12);
	buf_add(b, body);
	buf_add_repeat(b, 0, (512 - body.n % 512) % 512);
}

static inline void tar_record(struct buf *b, const char *key, struct str value)
{
	size_t body = 3 + strlen(key) + value.n, n = body;
	for (int i = 0; i < 3; i++) {
		char tmp[24];
		n = body + (size_t)snprintf(tmp, sizeof(tmp), "%zu", n);
	}
	buf_addf(b, "%zu %s=", n, key);
	buf_add(b, value);
	buf_add_char(b, '\n');
}

/* ustar with a mode and a link; sums the header again. */
static inline void tar_add(struct buf *b, char flag, unsigned mode, const char *name, const char *link, struct str body)
{
	size_t start = b->n;
	char size[24], octal[16];
	snprintf(size, sizeof(size), "%011zo", body.n);
	snprintf(octal, sizeof(octal), "%07o", mode);
	tar_header(b, TAR_USTAR, flag, name, link, size, 12);
	unsigned char *h = (unsigned char *)b->p + start;
	memcpy(h + 100, octal, 8);
	memset(h + 148, ' ', 8);
	unsigned sum = 0;
	for (size_t i = 0; i < 512; i++)
		sum += h[i];
	snprintf((char *)h + 148, 8, "%06o", sum);
	buf_add(b, body);
	buf_add_repeat(b, 0, (512 - body.n % 512) % 512);
}

static inline void tar_end(struct buf *b)
{
	buf_add_repeat(b, 0, 1024);
}
#endif
