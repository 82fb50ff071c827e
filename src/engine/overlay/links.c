#include "engine/overlay/links.h"

#include "base/path.h"

#define PATH_BYTES_MAX 4096u
#define HOPS_MAX       40u

struct image_link {
	struct str target;          /* as written */
	uint32_t layer, checked_to; /* no layer after its own up to checked_to has anything else in its place */
	bool gone;
};

void links_init(struct links *l, struct arena *a, const struct layer_facts *const *layers, const struct hiding *hiding)
{
	*l = (struct links){ .arena = a, .layers = layers, .hiding = hiding };
	map_init(&l->by_path, a);
}

int links_add_layer(struct links *l, uint32_t layer)
{
	const struct facts_link_vec *all = &l->layers[layer]->links;
	size_t symbolic = 0, n = 0;
	l->layer = layer;
	for (size_t i = 0; i < all->n; i++)
		symbolic += !all->v[i].hard;
	struct image_link *made = arena_new_array(l->arena, struct image_link, symbolic);
	if (symbolic && !made)
		return ERR_NOMEM;
	for (size_t i = 0; i < all->n; i++) {
		if (all->v[i].hard)
			continue;
		made[n] = (struct image_link){ .target = all->v[i].target, .layer = layer, .checked_to = layer };
		if (map_put(&l->by_path, all->v[i].path, &made[n++]) < 0)
			return ERR_NOMEM;
	}
	return 0;
}

static bool is_present(const struct layer_facts *f, uint64_t hash)
{
	size_t low = 0, high = f ? f->present.n : 0;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (f->present.v[mid] < hash)
			low = mid + 1;
		else
			high = mid;
	}
	return f && low < f->present.n && f->present.v[low] == hash;
}

/* The link at a path, as seen from the topmost layer so far. A layer that has the same link once more has taken the entry over. */
static const struct image_link *link_at(const struct links *l, struct str path)
{
	struct image_link *k = map_get(&l->by_path, path);
	if (!k || k->gone)
		return NULL;
	uint64_t hash = path_hash(path);
	/* Hashes do not tell bin from usr/bin, so that a folder there says nothing about the link. */
	bool told = !hiding_is_merged_usr_dir(path);
	for (; told && k->checked_to < l->layer && !k->gone; k->checked_to++) {
		const struct layer_facts *f = l->layers[k->checked_to + 1];
		k->gone = is_present(f, hash ^ PRESENT_DIR) || is_present(f, hash);
	}
	k->gone |= hiding_removes(l->hiding, path, k->layer);
	return k->gone ? NULL : k;
}

/* Whether the path leads through a link at all: most do not, and nothing is copied then. */
static bool meets_link(const struct links *l, struct str path, bool last)
{
	for (size_t i = 0; i < path.n; i++)
		if (path.p[i] == '/' && link_at(l, str_sub(path, 0, i)))
			return true;
	return last && link_at(l, path);
}

struct str links_resolve(struct links *l, struct str path, bool last, bool *ret_circle)
{
	char done[PATH_BYTES_MAX];
	size_t n = 0;
	struct str rest = path;
	if (ret_circle)
		*ret_circle = false;
	if (!l->by_path.n || path.n >= sizeof(done) || !meets_link(l, path, last))
		return path;
	for (unsigned hops = 0; rest.n;) {
		struct str segment;
		size_t before = n;
		str_cut(rest, '/', &segment, &rest);
		if (!segment.n || str_eq(segment, STR(".")))
			continue;
		if (str_eq(segment, STR(".."))) {
			while (n && done[n - 1] != '/')
				n--;
			n -= n > 0;
			continue;
		}
		if (n + segment.n + 2 > sizeof(done))
			return path;
		if (n)
			done[n++] = '/';
		memcpy(done + n, segment.p, segment.n);
		n += segment.n;
		const struct image_link *k = rest.n || last ? link_at(l, str_make(done, n)) : NULL;
		if (!k)
			continue;
		if (++hops > HOPS_MAX || k->target.n + rest.n + 1 > PATH_BYTES_MAX) {
			if (ret_circle)
				*ret_circle = true;
			return path;
		}
		n = str_has_prefix(k->target, STR("/")) ? 0 : before;
		rest = rest.n ? path_join(l->arena, k->target, rest) : k->target;
		if (!rest.p)
			return path;
	}
	struct str moved = arena_str(l->arena, str_make(done, n));
	return moved.p ? moved : path;
}
