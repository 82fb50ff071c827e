#include "model/package_relations.h"

#include "base/error.h"
#include "base/map.h"

struct place {
	struct u32_vec packages;
	bool os, needed;
};

/* First package of a name wins. */
static int name_package(struct arena *a, struct map *names, struct str name, uint32_t index)
{
	bool is_new;
	if (!name.p)
		return ERR_NOMEM;
	void **slot = map_at(names, name, &is_new);
	if (slot && is_new)
		*slot = (void *)((uintptr_t)index + 1);
	return slot ? 0 : ERR_NOMEM;
}

static int index_names(struct arena *a, const struct package *packages, const struct place *place, struct map *names)
{
	const uint32_t *i;
	map_init(names, a);
	vec_foreach(i, &place->packages) {
		const struct package *p = &packages[*i];
		if (name_package(a, names, p->name.p ? p->name : STR(""), *i) < 0)
			return ERR_NOMEM;
		if (!place->os && name_package(a, names, arena_printf(a, "%.*s@%.*s", STR_FMT(p->name), STR_FMT(p->version)), *i) < 0)
			return ERR_NOMEM;
	}
	/* Real names before provided ones, whatever the order of packages. */
	vec_foreach(i, &place->packages)
		for (size_t j = 0; j < packages[*i].provides.n; j++)
			if (name_package(a, names, packages[*i].provides.v[j], *i) < 0)
				return ERR_NOMEM;
	return 0;
}

static int compare_indices(const void *x, const void *y)
{
	uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;
	return (a > b) - (a < b);
}

static int resolve(struct arena *a, const struct package *p, uint32_t self, const struct map *names, struct u32_vec *out)
{
	size_t n = 0;
	for (size_t i = 0; i < p->depends.n; i++) {
		uintptr_t found = (uintptr_t)map_get(names, p->depends.v[i]);
		struct str name = p->depends.v[i];
		/* "name@version" of a version that is not the installed one still names the package. */
		size_t at = str_rfind_char(name, '@');
		if (!found && at != STR_NOT_FOUND && at > 0)
			found = (uintptr_t)map_get(names, str_sub(name, 0, at));
		uint32_t index = (uint32_t)(found - 1);
		if (found && index != self && !vec_push(a, out, index))
			return ERR_NOMEM;
	}
	if (!out->n)
		return 0;
	qsort(out->v, out->n, sizeof(out->v[0]), compare_indices);
	for (size_t i = 0; i < out->n; i++)
		if (n == 0 || out->v[n - 1] != out->v[i])
			out->v[n++] = out->v[i];
	out->n = n;
	return 0;
}

/* The place of each package, in a map of their own. */
static int sort_into_places(struct arena *a, const struct package_vec *packages, struct map *places)
{
	map_init(places, a);
	for (size_t i = 0; i < packages->n; i++) {
		const struct package *p = &packages->v[i];
		const struct package_kind_info *info = package_kind_info(p->kind);
		uint32_t index = (uint32_t)i;
		bool is_new;
		struct str key = info->os ? STR("os") : arena_printf(a, "%d\n%.*s", (int)p->kind, STR_FMT(info->aggregated ? STR("") : p->path));
		void **slot = key.p ? map_at(places, key, &is_new) : NULL;
		if (slot && is_new)
			*slot = arena_new(a, struct place);
		struct place *place = slot ? *slot : NULL;
		if (!place || !vec_push(a, &place->packages, index))
			return ERR_NOMEM;
		place->os = info->os;
		place->needed |= p->depends.n > 0;
	}
	return 0;
}

static int relate_place(struct arena *a, struct arena *work, const struct package *packages, const struct place *place, struct u32_vec *relations)
{
	struct map names;
	const uint32_t *i;
	if (!place->needed)
		return 0;
	if (index_names(work, packages, place, &names) < 0)
		return ERR_NOMEM;
	vec_foreach(i, &place->packages)
		if (resolve(a, &packages[*i], *i, &names, &relations[*i]) < 0)
			return ERR_NOMEM;
	return 0;
}

int package_relations(struct arena *a, const struct package_vec *packages, struct u32_vec **ret)
{
	struct u32_vec *relations = arena_new_array(a, struct u32_vec, packages->n ? packages->n : 1);
	struct arena places_arena, work; /* names of one place go before those of the next */
	struct map places;
	arena_init(&places_arena, ARENA_NO_LIMIT);
	arena_init(&work, ARENA_NO_LIMIT);
	int r = relations ? sort_into_places(&places_arena, packages, &places) : ERR_NOMEM;
	for (size_t k = 0; r == 0 && k < places.n; k++) {
		r = relate_place(a, &work, packages->v, places.entries[k].value, relations);
		arena_clear(&work);
	}
	arena_release(&places_arena);
	arena_release(&work);
	if (r == 0)
		*ret = relations;
	return r;
}
