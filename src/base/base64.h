/* Base64 (RFC 4648, section 4 and, for reading, section 5's URL alphabet too). Padding is optional when reading; anything else that does not
 * belong is an error. Results lie on the arena, NUL-terminated past their end. */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H
#include "base/arena.h"

/* p NULL: no memory. */
struct str base64_encode(struct arena *a, struct str bytes);
/* 0, -EINVAL (malformed) or -ENOMEM. */
int base64_decode(struct arena *a, struct str text, struct str *ret);
#endif
