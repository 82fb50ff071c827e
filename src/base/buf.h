/* Growing byte buffer with a maximum (model: curl's dynbuf). A failure (maximum passed, no memory) frees the bytes and sticks:
 * later additions do nothing and buf_failed() says so, so that writers check once at the end.
 *
 *   struct buf b; buf_init(&b, 1 << 20); buf_add(&b, STR("x")); if (buf_failed(&b)) …; buf_release(&b); */
#ifndef BASE_BUF_H
#define BASE_BUF_H
#include "base/str.h"

struct buf {
	char *p;
	size_t n, cap, max;
	bool failed;
};

void buf_init(struct buf *b, size_t max_bytes);
void buf_release(struct buf *b); /* frees; usable again as after buf_init with the same maximum */
void buf_clear(struct buf *b);   /* n = 0, keeps memory, clears failure */
/* Room for n more bytes at p + n: pointer or NULL (failed). The caller then adds to b->n itself. */
char *buf_reserve(struct buf *b, size_t n);
void buf_add(struct buf *b, struct str s);
void buf_add_bytes(struct buf *b, const void *p, size_t n);
void buf_add_c(struct buf *b, const char *s);
void buf_add_char(struct buf *b, char c);
void buf_add_repeat(struct buf *b, char c, size_t count);
void buf_addf(struct buf *b, const char *fmt, ...) ATTR_PRINTF(2, 3);
void buf_vaddf(struct buf *b, const char *fmt, va_list ap) ATTR_PRINTF(2, 0);
static inline bool buf_failed(const struct buf *b)
{
	return b->failed;
}
static inline struct str buf_str(const struct buf *b)
{
	return (struct str){ b->p, b->n };
}
#endif
