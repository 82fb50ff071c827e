#include "base/arena.h"

struct arena_block {
	struct arena_block *next;
	size_t size : 63; /* of the data after this header */
	size_t own : 1;   /* holds one large allocation and nothing else, so that arena_grow may move it */
	char data[] __attribute__((aligned(16)));
};

#define FIRST_BLOCK 4096u
#define LARGEST_BLOCK (1u << 20)
#define MOVABLE_BYTES (128u << 10) /* from here on an allocation gets a block of its own: what malloc maps, and moves without copying */

void arena_init(struct arena *a, size_t limit_bytes)
{
	*a = (struct arena){ .next_size = FIRST_BLOCK, .limit_bytes = limit_bytes };
}

void arena_release(struct arena *a)
{
	if (!a)
		return;
	for (struct arena_block *b = a->blocks, *next; b; b = next) {
		next = b->next;
		free(b);
	}
	arena_init(a, a->limit_bytes);
}

void arena_clear(struct arena *a)
{
	struct arena_block *keep = NULL;
	for (struct arena_block *b = a->blocks, *next; b; b = next) {
		next = b->next;
		if (!keep || b->size > keep->size) {
			free(keep);
			keep = b;
		} else {
			free(b);
		}
	}
	size_t limit = a->limit_bytes;
	arena_init(a, limit);
	if (keep) {
		keep->next = NULL;
		keep->own = 0;
		a->blocks = keep;
		a->cur = keep->data;
		a->end = keep->data + keep->size;
		ARENA_POISON(keep->data, keep->size);
		a->used_bytes = keep->size + sizeof(*keep);
		a->next_size = MIN_OF(keep->size * 2, (size_t)LARGEST_BLOCK);
	}
}

void *arena_alloc_slow(struct arena *a, size_t n, size_t align)
{
	if (!a->next_size)
		a->next_size = FIRST_BLOCK;
	size_t need, total;
	if (ADD_OVERFLOWS(n, align + ARENA_RED_ZONE, &need))
		return NULL;
	/* A large request gets a block of its own behind the current one, so the rest of the current one stays in use. */
	bool own = n >= MOVABLE_BYTES || (need > a->next_size / 2 && a->cur && need > 1024);
	size_t size = own ? need : MAX_OF(need, a->next_size);
	if (ADD_OVERFLOWS(size, sizeof(struct arena_block), &total))
		return NULL;
	if (a->limit_bytes && (total > a->limit_bytes || a->used_bytes > a->limit_bytes - total))
		return NULL;
	struct arena_block *b = malloc(total);
	if (!b)
		return NULL;
	b->size = size;
	b->own = n >= MOVABLE_BYTES && align <= 16;
	a->used_bytes += total;
	if (own) {
		struct arena_block **at = a->cur && a->blocks ? &a->blocks->next : &a->blocks;
		b->next = *at;
		*at = b;
		uintptr_t p = ((uintptr_t)b->data + (align - 1)) & ~(uintptr_t)(align - 1);
		ARENA_POISON((char *)p + n, (size_t)(b->data + size - (char *)p) - n);
		return (void *)p;
	}
	b->next = a->blocks;
	a->blocks = b;
	a->cur = b->data;
	a->end = b->data + size;
	a->next_size = MIN_OF(a->next_size * 2, (size_t)LARGEST_BLOCK);
	uintptr_t p = ((uintptr_t)a->cur + (align - 1)) & ~(uintptr_t)(align - 1);
	a->cur = (char *)p + n + ARENA_RED_ZONE;
	ARENA_POISON((char *)p + n, (size_t)(a->end - (char *)p) - n);
	return (void *)p;
}

/* The block of its own that starts with p, as a place in the list; NULL when there is none. */
static struct arena_block **own_block(struct arena *a, const void *p)
{
	for (struct arena_block **at = &a->blocks; *at; at = &(*at)->next)
		if ((*at)->data == (const char *)p)
			return (*at)->own ? at : NULL;
	return NULL;
}

void *arena_grow(struct arena *a, void *p, size_t old_n, size_t n)
{
	struct arena_block **at = old_n >= MOVABLE_BYTES ? own_block(a, p) : NULL;
	if (!at) {
		void *fresh = arena_alloc(a, n);
		if (fresh && old_n)
			memcpy(fresh, p, MIN_OF(old_n, n));
		return fresh;
	}
	size_t total, had = (*at)->size + sizeof(struct arena_block);
	if (ADD_OVERFLOWS(n, sizeof(struct arena_block), &total) || n >> 62)
		return NULL;
	ARENA_UNPOISON(p, MIN_OF(n, (*at)->size));
	if (total <= had)
		return p;
	if (a->limit_bytes && (total - had > a->limit_bytes || a->used_bytes > a->limit_bytes - (total - had)))
		return NULL;
	struct arena_block *b = realloc(*at, total);
	if (!b)
		return NULL;
	b->size = n;
	a->used_bytes += total - had;
	*at = b;
	return b->data;
}

void *arena_zalloc(struct arena *a, size_t n)
{
	void *p = arena_alloc(a, n);
	return p ? memset(p, 0, n) : NULL;
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
	size_t n;
	if (MUL_OVERFLOWS(count, size, &n))
		return NULL;
	return arena_zalloc(a, n);
}


char *arena_cstr(struct arena *a, struct str s)
{
	char *p = s.n == SIZE_MAX ? NULL : arena_alloc_aligned(a, s.n + 1, 1);
	if (!p)
		return NULL;
	if (s.n)
		memcpy(p, s.p, s.n);
	p[s.n] = 0;
	return p;
}

struct str arena_str(struct arena *a, struct str s)
{
	char *p = arena_cstr(a, s);
	return p ? (struct str){ p, s.n } : STR_NONE;
}

struct str arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
	va_list again;
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, ap);
	char *p = n < 0 ? NULL : arena_alloc_aligned(a, (size_t)n + 1, 1);
	if (p)
		vsnprintf(p, (size_t)n + 1, fmt, again);
	va_end(again);
	return p ? (struct str){ p, (size_t)n } : STR_NONE;
}

struct str arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	struct str s = arena_vprintf(a, fmt, ap);
	va_end(ap);
	return s;
}

struct str arena_concat(struct arena *a, struct str x, struct str y)
{
	size_t n;
	char *p = ADD_OVERFLOWS(x.n, y.n, &n) || n == SIZE_MAX ? NULL : arena_alloc_aligned(a, n + 1, 1);
	if (!p)
		return STR_NONE;
	if (x.n)
		memcpy(p, x.p, x.n);
	if (y.n)
		memcpy(p + x.n, y.p, y.n);
	p[n] = 0;
	return (struct str){ p, n };
}

struct str arena_lower(struct arena *a, struct str s)
{
	char *p = arena_cstr(a, s);
	for (size_t i = 0; p && i < s.n; i++)
		p[i] = char_lower(p[i]);
	return p ? (struct str){ p, s.n } : STR_NONE;
}
