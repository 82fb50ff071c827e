#include "engine/overlay/hiding.h"

#include "base/path.h"

void hiding_init(struct hiding *h, struct arena *a)
{
	*h = (struct hiding){ .arena = a, .key = map_hash_key() };
	map_init(&h->whiteouts, a);
	map_init(&h->opaque, a);
}

/* "bin", "lib" … at the root are symbolic links on systems with a merged /usr: that they are no directories hides nothing. */
bool hiding_is_merged_usr_dir(struct str path)
{
	static const struct str names[] = { STR_INIT("bin"), STR_INIT("sbin"), STR_INIT("lib"), STR_INIT("lib32"), STR_INIT("lib64"), STR_INIT("libx32") };
	str_strip_prefix(&path, STR("usr/"));
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_eq(path, names[i]))
			return true;
	return false;
}

static uint64_t hash_of(uint64_t path_hash)
{
	return path_hash ? path_hash : 1;
}

/* The slot of the hash, or the empty one where it belongs. */
static struct hiding_slot *find(uint64_t key, struct hiding_slot *slots, size_t slot_count, uint64_t hash)
{
	for (size_t i = map_spread(key, hash) & (slot_count - 1);; i = (i + 1) & (slot_count - 1))
		if (!slots[i].hash || slots[i].hash == hash)
			return &slots[i];
}

static int add(struct hiding *h, struct str path)
{
	if (h->n * 2 >= h->slot_count) {
		size_t more = h->slot_count ? h->slot_count * 2 : 256;
		struct hiding_slot *slots = arena_array(h->arena, more, sizeof(*slots));
		if (!slots)
			return ERR_NOMEM;
		for (size_t i = 0; i < h->slot_count; i++)
			if (h->slots[i].hash)
				*find(h->key, slots, more, h->slots[i].hash) = h->slots[i];
		h->slots = slots;
		h->slot_count = more;
	}
	struct hiding_slot *s = find(h->key, h->slots, h->slot_count, hash_of(path_hash(path)));
	h->n += !s->hash;
	s->hash = hash_of(path_hash(path));
	return 0;
}

int hiding_ask(struct hiding *h, struct str path)
{
	int r = 0;
	for (; path.n && r == 0; path = path_dir(path))
		r = add(h, path);
	return r;
}

int hiding_add_removals(struct hiding *h, const struct layer_facts *layer, size_t index)
{
	void *top = (void *)(uintptr_t)(index + 1);
	for (size_t k = 0; k < layer->whiteouts.n; k++)
		if (map_put(&h->whiteouts, layer->whiteouts.v[k], top) < 0)
			return ERR_NOMEM;
	for (size_t k = 0; k < layer->opaque.n; k++)
		if (map_put(&h->opaque, layer->opaque.v[k], top) < 0)
			return ERR_NOMEM;
	return 0;
}

int hiding_fill(struct hiding *h, const struct layer_facts *const *layers, size_t layer_count)
{
	for (size_t i = 0; i < layer_count; i++) {
		const struct layer_facts *l = layers[i];
		for (size_t k = 0; l && h->n && k < l->present.n; k++) {
			struct hiding_slot *file = find(h->key, h->slots, h->slot_count, hash_of(l->present.v[k]));
			struct hiding_slot *dir = find(h->key, h->slots, h->slot_count, hash_of(l->present.v[k] ^ PRESENT_DIR));
			if (file->hash)
				file->top = (uint32_t)i + 1;
			if (dir->hash)
				dir->top_dir = (uint32_t)i + 1;
		}
	}
	return 0;
}

static size_t top_of(const struct map *m, struct str path)
{
	return (size_t)(uintptr_t)map_get(m, path);
}

bool hiding_removes(const struct hiding *h, struct str path, size_t layer)
{
	size_t above = layer + 1; /* a top greater than this is of a layer above */
	if (!h->whiteouts.n && !h->opaque.n)
		return false;
	if (top_of(&h->whiteouts, path) > above)
		return true;
	for (struct str dir = path_dir(path); dir.n; dir = path_dir(dir))
		if (top_of(&h->whiteouts, dir) > above || top_of(&h->opaque, dir) > above)
			return true;
	/* The root itself. */
	return top_of(&h->whiteouts, STR("")) > above || (path.n && top_of(&h->opaque, STR("")) > above);
}

bool hiding_hides(const struct hiding *h, struct str path, size_t layer)
{
	size_t above = layer + 1;
	const struct hiding_slot *own = h->slot_count ? find(h->key, h->slots, h->slot_count, hash_of(path_hash(path))) : NULL;
	if ((own && (own->top > above || own->top_dir > above)) || hiding_removes(h, path, layer))
		return true;
	for (struct str dir = path_dir(path); dir.n; dir = path_dir(dir)) {
		const struct hiding_slot *s = h->slot_count ? find(h->key, h->slots, h->slot_count, hash_of(path_hash(dir))) : NULL;
		if (s && s->top > above && !hiding_is_merged_usr_dir(dir))
			return true;
	}
	return false;
}
