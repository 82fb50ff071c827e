/* Text from strangers on its way to a terminal or a page of text: package names, titles, paths, error messages. What could steer a terminal or
 * mislead a reader (control bytes, escape sequences, bidirectional overrides, invalid UTF-8) becomes '?' (model: git's usage.c); line breaks and
 * tabs become a space. Widths are terminal columns (utf8proc: wide characters 2, combining marks 0). Results are on the arena, or the input itself
 * when nothing had to change; p NULL when out of memory. Linear time. */
#ifndef FRONT_TEXT_H
#define FRONT_TEXT_H
#include "base/arena.h"
#include "base/vec.h"

struct str text_clean(struct arena *a, struct str s);
/* Columns of clean text. */
size_t text_width(struct str s);
/* At most `width` columns; what was cut shows as "…" (unicode) or "...". */
struct str text_fit(struct arena *a, struct str s, size_t width, bool unicode);
/* Lines of at most `width` (>= 1) columns, broken at spaces, after "-_/,:;.+~@" where no space is near, else anywhere. 0 or ERR_NOMEM. */
int text_wrap(struct arena *a, struct str s, size_t width, struct str_vec *ret);
/* "a, b, c". */
struct str text_join(struct arena *a, const struct str_vec *list);
#endif
