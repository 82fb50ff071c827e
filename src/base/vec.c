#include "base/vec.h"

int vec_grow_raw(struct arena *a, void **v, size_t n, size_t *cap, size_t extra, size_t elem_size)
{
	size_t need, bytes;
	if (ADD_OVERFLOWS(n, extra, &need))
		return -1;
	size_t new_cap = *cap ? *cap : 8;
	while (new_cap < need)
		if (MUL_OVERFLOWS(new_cap, (size_t)2, &new_cap))
			return -1;
	if (MUL_OVERFLOWS(new_cap, elem_size, &bytes))
		return -1;
	void *p = arena_grow(a, *v, n * elem_size, bytes);
	if (!p)
		return -1;
	*v = p;
	*cap = new_cap;
	return 0;
}
