/* Arena: many small allocations that die together. Blocks come from malloc, grow from 4 KiB to 1 MiB, and are all freed by
 * arena_release. A limit in bytes makes hostile input fail instead of filling the machine: past it (or when malloc fails)
 * every allocation returns NULL, and the caller returns ERR_NOMEM / ERR_LIMIT. Not thread-safe: one arena per thread of work.
 *
 *   struct arena a; arena_init(&a, 64 << 20); … arena_release(&a);
 *
 * Alignment is 16 bytes unless asked otherwise. Cost: a pointer bump. Built with AddressSanitizer, what is not allocated is poisoned and each allocation
 * has a red zone behind it, so that an overrun inside a block is found like one of malloc's. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H
#include "base/str.h"

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_POISONED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISONED 1
#endif
#endif
#ifdef ARENA_POISONED
#include <sanitizer/asan_interface.h>
#define ARENA_RED_ZONE         16u
#define ARENA_RED_ZONE_FITS(n) ((n) >= ARENA_RED_ZONE)
#define ARENA_POISON(p, n)     __asan_poison_memory_region((p), (n))
#define ARENA_UNPOISON(p, n)   __asan_unpoison_memory_region((p), (n))
#else
#define ARENA_RED_ZONE         0u
#define ARENA_RED_ZONE_FITS(n) true
#define ARENA_POISON(p, n)     ((void)(p), (void)(n))
#define ARENA_UNPOISON(p, n)   ((void)(p), (void)(n))
#endif

struct arena_block;
struct arena {
	char *cur, *end;
	struct arena_block *blocks;
	size_t next_size;
	size_t used_bytes;  /* total taken from malloc */
	size_t limit_bytes; /* 0 = none */
};

#define ARENA_NO_LIMIT 0
void arena_init(struct arena *a, size_t limit_bytes);
/* Frees all; the arena can be used again as after arena_init with the same limit. NULL-safe. */
void arena_release(struct arena *a);
/* Forgets all allocations but keeps the largest block for reuse. */
void arena_clear(struct arena *a);
void *arena_alloc_slow(struct arena *a, size_t n, size_t align);

static inline void *arena_alloc_aligned(struct arena *a, size_t n, size_t align)
{
	uintptr_t p = ((uintptr_t)a->cur + (align - 1)) & ~(uintptr_t)(align - 1);
	if (LIKELY(a->cur && p <= (uintptr_t)a->end && n <= (uintptr_t)a->end - p && ARENA_RED_ZONE_FITS((uintptr_t)a->end - p - n))) {
		a->cur = (char *)p + n + ARENA_RED_ZONE;
		ARENA_UNPOISON((void *)p, n);
		return (void *)p;
	}
	return arena_alloc_slow(a, n, align);
}
/* The free rest of the current block, from a->cur (any alignment; both NULL: no block) to the returned end, to be written to before the next allocation:
 * for who can't say beforehand how long a text gets. arena_keep_tail makes what stands before `end` an allocation. */
static inline char *arena_lend_tail(struct arena *a)
{
	char *end = a->end;
#ifdef ARENA_POISONED
	if (end - a->cur > 4096) /* poison costs time by the byte */
		end = a->cur + 4096;
#endif
	ARENA_UNPOISON(a->cur, (size_t)(end - a->cur));
	return end;
}
static inline void arena_keep_tail(struct arena *a, char *end)
{
	a->cur = end;
#ifdef ARENA_POISONED
	ARENA_POISON(end, (size_t)MIN_OF(a->end - end, 4096));
	a->cur += MIN_OF(a->end - end, (ptrdiff_t)ARENA_RED_ZONE);
#endif
}
static inline ATTR_MUST_USE void *arena_alloc(struct arena *a, size_t n)
{
	return arena_alloc_aligned(a, n, 16);
}
/* Zeroed. */
ATTR_MUST_USE void *arena_zalloc(struct arena *a, size_t n);
/* The allocation p of old_n bytes (NULL when old_n is 0), made larger: its bytes move along, the new ones are not set. A large one gives its old place
 * back, so that what grows by doubling leaves nothing behind; a small one stays in the arena. p must not be used any more; NULL: as arena_alloc,
 * and p is still good. */
ATTR_MUST_USE void *arena_grow(struct arena *a, void *p, size_t old_n, size_t n);
/* count × size with overflow check, zeroed. */
ATTR_MUST_USE void *arena_array(struct arena *a, size_t count, size_t size);
#define arena_new(a, type)           ((type *)arena_zalloc((a), sizeof(type)))
#define arena_new_array(a, type, n)  ((type *)arena_array((a), (n), sizeof(type)))

/* Copy of a view, NUL-terminated past its end. Check with str_dup_failed: on failure p is NULL (also for n == 0 the copy has p != NULL). */
struct str arena_str(struct arena *a, struct str s);
/* NUL-terminated copy or NULL. */
char *arena_cstr(struct arena *a, struct str s);
/* Formatted text, NUL-terminated past its end; p is NULL on failure. */
struct str arena_printf(struct arena *a, const char *fmt, ...) ATTR_PRINTF(2, 3);
struct str arena_vprintf(struct arena *a, const char *fmt, va_list ap) ATTR_PRINTF(2, 0);
/* a + b (+ c) joined. */
struct str arena_concat(struct arena *a, struct str x, struct str y);
/* Lower-cased (ASCII) copy. */
struct str arena_lower(struct arena *a, struct str s);
#endif
