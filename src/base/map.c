#include "base/map.h"

#include "base/error.h"

#include <sys/auxv.h>

/* From the random bytes that the kernel gives every new program: no call, no state of our own. */
uint64_t map_hash_key(void)
{
	const char *random = (const char *)getauxval(AT_RANDOM);
	uint64_t half[2] = { 0 };
	if (random)
		memcpy(half, random, sizeof(half));
	return half[0] ^ (half[1] * 0x9e3779b97f4a7c15u); /* half[0] alone is the stack protector's guard */
}

void map_init(struct map *m, struct arena *a)
{
	*m = (struct map){ .arena = a, .key = map_hash_key() };
}

static size_t probe(const struct map *m, struct str key, uint64_t hash)
{
	size_t mask = m->slot_count - 1;
	for (size_t i = hash & mask;; i = (i + 1) & mask) {
		uint32_t e = m->slots[i];
		if (!e || (m->entries[e - 1].hash == hash && str_eq(m->entries[e - 1].key, key)))
			return i;
	}
}

void *map_get(const struct map *m, struct str key)
{
	if (!m->n)
		return NULL;
	uint32_t e = m->slots[probe(m, key, str_hash_keyed(key, m->key))];
	return e ? m->entries[e - 1].value : NULL;
}

static int grow(struct map *m)
{
	size_t slots = m->slot_count ? m->slot_count * 2 : 16;
	if (slots > (1u << 31))
		return ERR_NOMEM;
	size_t cap = slots - slots / 8;
	struct map_entry *e = arena_grow(m->arena, m->entries, m->cap * sizeof(*e), cap * sizeof(*e));
	if (!e)
		return ERR_NOMEM;
	m->entries = e;
	uint32_t *s = arena_grow(m->arena, m->slots, m->slot_count * sizeof(*s), slots * sizeof(*s));
	if (!s)
		return ERR_NOMEM;
	memset(s, 0, slots * sizeof(*s));
	m->cap = cap;
	m->slots = s;
	m->slot_count = slots;
	for (size_t i = 0; i < m->n; i++) {
		size_t j = e[i].hash & (slots - 1);
		while (s[j])
			j = (j + 1) & (slots - 1);
		s[j] = (uint32_t)i + 1;
	}
	return 0;
}

void **map_at(struct map *m, struct str key, bool *ret_is_new)
{
	if (m->n == m->cap && grow(m) < 0)
		return NULL;
	uint64_t h = str_hash_keyed(key, m->key);
	size_t i = probe(m, key, h);
	bool is_new = !m->slots[i];
	if (is_new) {
		m->entries[m->n] = (struct map_entry){ .key = key, .hash = h };
		m->slots[i] = (uint32_t)++m->n;
	}
	if (ret_is_new)
		*ret_is_new = is_new;
	return &m->entries[m->slots[i] - 1].value;
}

int map_put(struct map *m, struct str key, void *value)
{
	void **v = map_at(m, key, NULL);
	if (!v)
		return ERR_NOMEM;
	*v = value;
	return 0;
}
