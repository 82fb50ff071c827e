#include "base/buf.h"

void buf_init(struct buf *b, size_t max_bytes)
{
	*b = (struct buf){ .max = max_bytes };
}

void buf_release(struct buf *b)
{
	free(b->p);
	buf_init(b, b->max);
}

void buf_clear(struct buf *b)
{
	b->n = 0;
	b->failed = false;
}

static char *fail(struct buf *b)
{
	free(b->p);
	b->p = NULL;
	b->n = b->cap = 0;
	b->failed = true;
	return NULL;
}

char *buf_reserve(struct buf *b, size_t n)
{
	if (b->failed)
		return NULL;
	if (b->p && n <= b->cap - b->n)
		return b->p + b->n;
	size_t need;
	if (ADD_OVERFLOWS(b->n, n, &need) || need > b->max)
		return fail(b);
	size_t cap = b->cap ? b->cap : 256;
	while (cap < need)
		cap = cap > SIZE_MAX / 2 ? need : cap * 2;
	if (cap > b->max)
		cap = b->max ? b->max : 1;
	char *p = realloc(b->p, cap);
	if (!p)
		return fail(b);
	b->p = p;
	b->cap = cap;
	return b->p + b->n;
}

void buf_add_bytes(struct buf *b, const void *p, size_t n)
{
	char *at = n ? buf_reserve(b, n) : NULL;
	if (at) {
		memcpy(at, p, n);
		b->n += n;
	}
}

void buf_add(struct buf *b, struct str s)
{
	buf_add_bytes(b, s.p, s.n);
}

void buf_add_c(struct buf *b, const char *s)
{
	buf_add(b, str_c(s));
}

void buf_add_char(struct buf *b, char c)
{
	buf_add_bytes(b, &c, 1);
}

void buf_add_repeat(struct buf *b, char c, size_t count)
{
	char *at = count ? buf_reserve(b, count) : NULL;
	if (at) {
		memset(at, c, count);
		b->n += count;
	}
}

void buf_vaddf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, ap);
	char *at = n < 0 ? fail(b) : buf_reserve(b, (size_t)n + 1);
	if (at) {
		vsnprintf(at, (size_t)n + 1, fmt, again);
		b->n += (size_t)n;
	}
	va_end(again);
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	buf_vaddf(b, fmt, ap);
	va_end(ap);
}
