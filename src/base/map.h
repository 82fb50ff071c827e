/* Hash map from struct str to void *: open addressing, linear probing, on an arena, at most 7/8 full. Keys are borrowed (not copied).
 * Iteration is in insertion order (entries are a dense array), so output made from a map is the same on every run.
 *
 *   struct map m; map_init(&m, arena); map_put(&m, key, value); p = map_get(&m, key); */
#ifndef BASE_MAP_H
#define BASE_MAP_H
#include "base/arena.h"

struct map_entry {
	struct str key;
	uint64_t hash;
	void *value;
};
struct map {
	struct arena *arena;
	struct map_entry *entries; /* insertion order; map_remove is not offered */
	size_t n, cap;
	uint32_t *slots; /* index + 1 into entries, 0 = empty */
	size_t slot_count;
	uint64_t key; /* of the hash: differs from run to run, so that no input can be made whose keys all fall together */
};

/* What this process keys its tables with (str_hash_keyed): no output may depend on it. */
uint64_t map_hash_key(void);
/* Spreads hashes that somebody else chose, such as path_hash, over a table. */
static inline uint64_t map_spread(uint64_t key, uint64_t hash)
{
	/* MurmurHash3's last step: each bit reaches all others. A factor made of the key would often be one that spreads little. */
	uint64_t x = hash ^ key;
	x = (x ^ x >> 33) * 0xff51afd7ed558ccdu;
	x = (x ^ x >> 33) * 0xc4ceb9fe1a85ec53u;
	return x ^ x >> 33;
}

void map_init(struct map *m, struct arena *a);
/* The value or NULL. */
void *map_get(const struct map *m, struct str key);
/* Pointer to the value of an existing key or of a new one (then value NULL, *ret_is_new true; may be NULL); NULL: no memory. */
void **map_at(struct map *m, struct str key, bool *ret_is_new);
/* Inserts or replaces: 0 or ERR_NOMEM. */
int map_put(struct map *m, struct str key, void *value);
#endif
