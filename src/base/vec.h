/* Vectors on an arena. Declare a type once: VEC_DECLARE(package_vec, struct package); gives
 *   struct package_vec { struct package *v; size_t n, cap; };
 * vec_push(arena, &vec, item) appends a copy: pointer to the new element or NULL (arena limit). Growth doubles. A
 * large array gives its old place back, a small one stays in the arena until that is released (arena_grow): pointers into the vector end
 * with its growth. */
#ifndef BASE_VEC_H
#define BASE_VEC_H
#include "base/arena.h"

#define VEC_DECLARE(name, type) \
	struct name {           \
		type *v;        \
		size_t n, cap;  \
	}

/* Makes room for `extra` more elements; 0 or -1. */
int vec_grow_raw(struct arena *a, void **v, size_t n, size_t *cap, size_t extra, size_t elem_size);

#define vec_reserve(a, vec, extra)                                                                      \
	((vec)->n + (extra) <= (vec)->cap                                                               \
		 ? 0                                                                                    \
		 : vec_grow_raw((a), (void **)&(vec)->v, (vec)->n, &(vec)->cap, (extra), sizeof((vec)->v[0])))

/* Pointer to a zeroed new last element, or NULL. */
#define vec_add(a, vec)                                                                                 \
	(vec_reserve((a), (vec), 1) < 0                                                                 \
		 ? NULL                                                                                 \
		 : (memset(&(vec)->v[(vec)->n], 0, sizeof((vec)->v[0])), &(vec)->v[(vec)->n++]))

#define vec_push(a, vec, item)                                                                          \
	(vec_reserve((a), (vec), 1) < 0 ? NULL : ((vec)->v[(vec)->n] = (item), &(vec)->v[(vec)->n++]))

/* An empty vector has no array, and NULL + 0 is no pointer in C: hence the first test. */
#define vec_foreach(it, vec) for ((it) = (vec)->v; (it) && (it) < (vec)->v + (vec)->n; (it)++)

VEC_DECLARE(str_vec, struct str);
VEC_DECLARE(u32_vec, uint32_t);
VEC_DECLARE(u64_vec, uint64_t);
#endif
