/* The one header every other file includes first: fixed-width types, attributes, checked arithmetic, cleanup attributes
 * and the list of banned functions. Knows nothing of containers. */
#ifndef BASE_BASE_H
#define BASE_BASE_H

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ATTR_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define ATTR_MUST_USE          __attribute__((warn_unused_result))
#define ATTR_UNUSED            __attribute__((unused))
#define ATTR_MALLOC            __attribute__((malloc))
#define ATTR_CLEANUP(f)        __attribute__((cleanup(f)))
#define ATTR_HOT               __attribute__((hot))
#define ATTR_COLD              __attribute__((cold))
#define LIKELY(x)              __builtin_expect(!!(x), 1)
#define UNLIKELY(x)            __builtin_expect(!!(x), 0)
#define ARRAY_LEN(a)           (sizeof(a) / sizeof((a)[0]))
#define MIN_OF(a, b)           ((a) < (b) ? (a) : (b))
#define MAX_OF(a, b)           ((a) > (b) ? (a) : (b))

/* Checked arithmetic: true when the result does NOT fit. */
#define ADD_OVERFLOWS(a, b, ret) __builtin_add_overflow((a), (b), (ret))
#define MUL_OVERFLOWS(a, b, ret) __builtin_mul_overflow((a), (b), (ret))

/* Cleanup attributes: `_cleanup_free_ char *p = NULL;`, `_cleanup_close_ int fd = -1;` */
static inline void cleanup_free(void *p)
{
	free(*(void **)p);
}
static inline void cleanup_close(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
#define _cleanup_free_  ATTR_CLEANUP(cleanup_free)
#define _cleanup_close_ ATTR_CLEANUP(cleanup_close)

/* Moves a descriptor out of a _cleanup_close_ variable. */
static inline int take_fd(int *fd)
{
	int r = *fd;
	*fd = -1;
	return r;
}

#include "base/banned.h"
#endif
