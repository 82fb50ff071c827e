#include "source/advisorydb/build_private.h"

#define STRING_MAX 4096 /* titles and the like are cut here; names and versions are refused earlier by the import */

int b_string_new(struct db_builder *b, struct str s, uint32_t *ret, struct error *err)
{
	struct b_string *e = vec_add(&b->arena, &b->strings);
	if (!e || !(e->s = arena_str(&b->arena, s)).p)
		return error_nomem(err);
	*ret = (uint32_t)b->strings.n - 1;
	return 0;
}

/* --- numbers of strings: open addressing over number + 1, at most half full --- */

static uint32_t short_hash(struct str s)
{
	uint64_t h = str_hash(s);
	return (uint32_t)(h ^ h >> 32);
}

/* The slot of the string, or the empty one where it belongs. */
static uint32_t *find_string(const struct db_builder *b, struct str s, uint32_t hash)
{
	size_t mask = b->string_slot_count - 1;
	for (size_t i = hash & mask;; i = (i + 1) & mask) {
		uint32_t *at = &b->string_slots[i];
		const struct b_string *e = *at ? &b->strings.v[*at - 1] : NULL;
		if (!e || (e->offset == hash && str_eq(e->s, s)))
			return at;
	}
}

static int grow_strings(struct db_builder *b)
{
	size_t n = b->string_slot_count ? b->string_slot_count * 2 : 4096;
	uint32_t *slots = arena_grow(&b->number_arena, b->string_slots, b->string_slot_count * sizeof(*slots), n * sizeof(*slots));
	if (!slots)
		return -1;
	memset(slots, 0, n * sizeof(*slots));
	b->string_slots = slots;
	b->string_slot_count = n;
	for (uint32_t i = 0; i < b->strings.n; i++) {
		size_t at = b->strings.v[i].offset & (n - 1);
		while (slots[at])
			at = (at + 1) & (n - 1);
		slots[at] = i + 1;
	}
	return 0;
}

int b_string(struct db_builder *b, struct str s, uint32_t *ret, struct error *err)
{
	s = str_sub(s, 0, STRING_MAX);
	uint32_t hash = short_hash(s);
	if (b->strings.n * 2 >= b->string_slot_count && grow_strings(b) < 0)
		return error_nomem(err);
	uint32_t *at = find_string(b, s, hash);
	if (!*at) {
		int r = b_string_new(b, s, ret, err);
		if (r < 0)
			return r;
		b->strings.v[*ret].offset = hash;
		*at = *ret + 1;
	}
	*ret = *at - 1;
	return 0;
}

int b_number(struct db_builder *b, struct u32_vec *numbers, struct u32_vec *list, struct str key, uint32_t *ret, struct error *err)
{
	uint32_t string;
	int r = b_string(b, key, &string, err);
	if (r < 0)
		return r;
	if (string >= numbers->n) {
		size_t more = string + 1 - numbers->n;
		if (vec_reserve(&b->number_arena, numbers, more) < 0)
			return error_nomem(err);
		memset(numbers->v + numbers->n, 0, more * sizeof(*numbers->v));
		numbers->n += more;
	}
	if (!numbers->v[string]) {
		if (!vec_push(&b->arena, list, string))
			return error_nomem(err);
		numbers->v[string] = (uint32_t)list->n;
	}
	*ret = numbers->v[string] - 1;
	return 0;
}

/* --- records that came in this run: a set of (unit, string) --- */

static uint64_t *find_seen(uint64_t *slots, size_t count, uint64_t key)
{
	for (size_t i = (key * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (count - 1);; i = (i + 1) & (count - 1))
		if (!slots[i] || slots[i] == key)
			return &slots[i];
}

static uint64_t seen_key(uint32_t unit, uint32_t string)
{
	return ((uint64_t)unit << 32 | string) + 1;
}

int b_see(struct db_builder *b, uint32_t unit, struct str record, struct error *err)
{
	uint32_t string;
	int r = b_string(b, record, &string, err);
	if (r < 0)
		return r;
	if (b->seen_n * 2 >= b->seen_slot_count) {
		size_t n = b->seen_slot_count ? b->seen_slot_count * 2 : 1024;
		uint64_t *slots = calloc(n, sizeof(*slots));
		if (!slots)
			return error_nomem(err);
		for (size_t i = 0; i < b->seen_slot_count; i++)
			if (b->seen_slots[i])
				*find_seen(slots, n, b->seen_slots[i]) = b->seen_slots[i];
		free(b->seen_slots);
		b->seen_slots = slots;
		b->seen_slot_count = n;
	}
	uint64_t key = seen_key(unit, string), *at = find_seen(b->seen_slots, b->seen_slot_count, key);
	if (*at)
		return 1;
	*at = key;
	b->seen_n++;
	return 0;
}

bool b_was_seen(const struct db_builder *b, uint32_t unit, struct str record)
{
	if (!b->seen_n)
		return false;
	record = str_sub(record, 0, STRING_MAX);
	uint32_t string = *find_string(b, record, short_hash(record));
	return string && *find_seen(b->seen_slots, b->seen_slot_count, seen_key(unit, string - 1));
}

void b_forget_numbers(struct db_builder *b)
{
	free(b->seen_slots);
	b->seen_slots = NULL;
	b->seen_slot_count = b->seen_n = 0;
	arena_release(&b->number_arena);
	map_init(&b->text_map, &b->number_arena);
	b->string_slots = NULL;
	b->string_slot_count = 0;
	b->id_numbers = b->package_numbers = (struct u32_vec){ 0 };
}
