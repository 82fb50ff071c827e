/* Built-in default addresses and names: data/defaults.conf, turned into this table by the build (data/defaults.py). Pairs of key and value
 * in the file's order; a key that stands several times is a list. Read-only, lives as long as the program. */
#ifndef BASE_DEFAULTS_H
#define BASE_DEFAULTS_H
#include "base/str.h"

struct default_value {
	struct str key, value;
};
extern const struct default_value default_values[];
extern const size_t default_value_count;

/* Value number `i` (from 0) of a key; the empty view when there is none. */
struct str default_value_at(struct str key, size_t i);
static inline struct str default_get(struct str key)
{
	return default_value_at(key, 0);
}
#endif
