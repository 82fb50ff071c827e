#include "model/package_relations.h"

#include "base/error.h"
#include "base/map.h"
#include "base/path.h"

struct place {
	struct u32_vec packages;
	bool os, needed;
};

/* What the relations of one place are looked up in. */
struct lookup {
	struct arena *arena;  /* of the tables, emptied after each place */
	struct arena *result; /* of the relations */
	const struct package *packages; /* all */
	const struct place *place;
	struct map names;     /* name, "name@version", provided names, spelled as advisories spell them -> index + 1 */
	struct map files;     /* 8 bytes of a path_hash() -> struct file_owner, of files that some package asks for by path */
	struct map manifests; /* Node: path of package.json -> index + 1 */
	struct map archives;  /* Java: "path\nnested_path" of an archive -> index + 1 */
};
struct file_owner {
	uint64_t hash;
	uint32_t package; /* index + 1 */
};

#define ANCESTORS_MAX 64 /* folders that Node looks into, archives around an archive */

/* --- names --- */

/* First package of a name wins. */
static int put_first(struct map *m, struct str key, uint32_t index)
{
	bool is_new;
	void **slot = key.p ? map_at(m, key, &is_new) : NULL;
	if (slot && is_new)
		*slot = (void *)((uintptr_t)index + 1);
	return slot ? 0 : ERR_NOMEM;
}

static int index_names(struct lookup *l)
{
	const struct u32_vec *s = &l->place->packages;
	for (size_t i = 0; i < s->n; i++) {
		const struct package *p = &l->packages[s->v[i]];
		if (put_first(&l->names, p->name.n ? package_advisory_name(l->arena, p->kind, p->name) : STR(""), s->v[i]) < 0)
			return ERR_NOMEM;
		if (l->place->os)
			continue;
		struct str both = arena_printf(l->arena, "%.*s@%.*s", STR_FMT(p->name), STR_FMT(p->version));
		if (!both.p || put_first(&l->names, package_advisory_name(l->arena, p->kind, both), s->v[i]) < 0)
			return ERR_NOMEM;
	}
	/* Real names before provided ones, whatever the order of packages. */
	for (size_t i = 0; i < s->n; i++) {
		const struct package *p = &l->packages[s->v[i]];
		for (size_t j = 0; j < p->provides.n; j++)
			if (put_first(&l->names, p->provides.v[j], s->v[i]) < 0)
				return ERR_NOMEM;
	}
	return 0;
}

static uintptr_t find_name(const struct lookup *l, const struct package *p, struct str need)
{
	struct str key = package_advisory_name(l->arena, p->kind, need);
	uintptr_t found = (uintptr_t)map_get(&l->names, key);
	size_t at = str_rfind_char(key, '@');
	/* "name@version" of a version that is not the installed one still names the package. */
	if (!found && at != STR_NOT_FOUND && at > 0)
		found = (uintptr_t)map_get(&l->names, str_sub(key, 0, at));
	return found;
}

/* --- files: rpm's "Requires: /bin/sh" --- */

static struct str hash_key(const uint64_t *hash)
{
	return str_make((const char *)hash, sizeof(*hash));
}

/* Only the few files that are asked for are kept, of the many that are installed. */
static int index_files(struct lookup *l)
{
	const struct u32_vec *s = &l->place->packages;
	for (size_t i = 0; i < s->n; i++) {
		const struct package *p = &l->packages[s->v[i]];
		for (size_t k = 0; p->kind == PKG_RPM && k < p->depends.n; k++) {
			if (!str_has_prefix(p->depends.v[k], STR("/")) || map_get(&l->names, p->depends.v[k]))
				continue;
			uint64_t hash = path_hash(p->depends.v[k]);
			if (map_get(&l->files, hash_key(&hash)))
				continue;
			struct file_owner *o = arena_new(l->arena, struct file_owner);
			if (!o)
				return ERR_NOMEM;
			o->hash = hash;
			if (map_put(&l->files, hash_key(&o->hash), o) < 0)
				return ERR_NOMEM;
		}
	}
	for (size_t i = 0; l->files.n && i < s->n; i++) {
		const struct package *p = &l->packages[s->v[i]];
		for (size_t k = 0; k < p->owned.n; k++) {
			struct file_owner *o = map_get(&l->files, hash_key(&p->owned.v[k]));
			if (o && !o->package)
				o->package = s->v[i] + 1;
		}
	}
	return 0;
}

static uintptr_t find_file(const struct lookup *l, struct str path)
{
	uint64_t hash = path_hash(path);
	const struct file_owner *o = map_get(&l->files, hash_key(&hash));
	return o ? o->package : 0;
}

/* --- places: Node's folders, Java's archives in archives --- */

static int index_places(struct lookup *l)
{
	const struct u32_vec *s = &l->place->packages;
	for (size_t i = 0; i < s->n; i++) {
		const struct package *p = &l->packages[s->v[i]];
		int r = 0;
		if (p->kind == PKG_NODE)
			r = put_first(&l->manifests, p->path.n ? p->path : STR(""), s->v[i]);
		else if (p->kind == PKG_JAR)
			r = put_first(&l->archives, arena_printf(l->arena, "%.*s\n%.*s", STR_FMT(p->path), STR_FMT(p->nested_path)), s->v[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

/* As Node resolves require("name") in the package whose manifest is at `path`. */
static uintptr_t find_module(const struct lookup *l, struct str path, struct str name)
{
	char buf[4096];
	struct str folder = path_dir(path);
	for (unsigned depth = 0; depth < ANCESTORS_MAX; depth++, folder = path_dir(folder)) {
		if (str_eq(path_base(folder), STR("node_modules")))
			continue;
		int n = snprintf(buf, sizeof(buf), "%.*s%snode_modules/%.*s/package.json", STR_FMT(folder), folder.n ? "/" : "", STR_FMT(name));
		uintptr_t found = n > 0 && (size_t)n < sizeof(buf) ? (uintptr_t)map_get(&l->manifests, str_make(buf, (size_t)n)) : 0;
		if (found || !folder.n)
			return found;
	}
	return 0;
}

/* The archive that holds an archive: of "a.war/WEB-INF/lib/x.jar" that is "a.war", or the file itself. */
static uintptr_t find_container(const struct lookup *l, const struct package *p)
{
	struct str nested = p->nested_path;
	for (unsigned depth = 0; nested.n && depth < ANCESTORS_MAX; depth++) {
		char buf[8192];
		nested = path_dir(nested);
		int n = snprintf(buf, sizeof(buf), "%.*s\n%.*s", STR_FMT(p->path), STR_FMT(nested));
		uintptr_t found = n > 0 && (size_t)n < sizeof(buf) ? (uintptr_t)map_get(&l->archives, str_make(buf, (size_t)n)) : 0;
		if (found)
			return found;
	}
	return 0;
}

/* --- all --- */

static int resolve(const struct lookup *l, uint32_t self, struct u32_vec *relations)
{
	const struct package *p = &l->packages[self];
	for (size_t i = 0; i < p->depends.n; i++) {
		struct str need = p->depends.v[i];
		uintptr_t found = p->kind == PKG_NODE ? find_module(l, p->path, need) : 0;
		if (!found)
			found = find_name(l, p, need);
		if (!found && l->files.n && str_has_prefix(need, STR("/")))
			found = find_file(l, need);
		uint32_t index = (uint32_t)(found - 1);
		if (found && index != self && !vec_push(l->result, &relations[self], index))
			return ERR_NOMEM;
	}
	uintptr_t container = p->kind == PKG_JAR ? find_container(l, p) : 0;
	if (container && container - 1 != self && !vec_push(l->result, &relations[container - 1], self))
		return ERR_NOMEM;
	return 0;
}

static int compare_indices(const void *x, const void *y)
{
	uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;
	return (a > b) - (a < b);
}

static void sort_unique(struct u32_vec *v)
{
	size_t n = 0;
	if (!v->n)
		return;
	qsort(v->v, v->n, sizeof(v->v[0]), compare_indices);
	for (size_t i = 0; i < v->n; i++)
		if (n == 0 || v->v[n - 1] != v->v[i])
			v->v[n++] = v->v[i];
	v->n = n;
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
		place->needed |= p->depends.n > 0 || (p->kind == PKG_JAR && p->nested_path.n);
	}
	return 0;
}

static int relate_place(struct arena *a, struct arena *work, const struct package *packages, const struct place *place, struct u32_vec *relations)
{
	struct lookup l = { .arena = work, .result = a, .packages = packages, .place = place };
	const uint32_t *i;
	if (!place->needed)
		return 0;
	map_init(&l.names, work);
	map_init(&l.files, work);
	map_init(&l.manifests, work);
	map_init(&l.archives, work);
	if (index_names(&l) < 0 || index_files(&l) < 0 || index_places(&l) < 0)
		return ERR_NOMEM;
	vec_foreach(i, &place->packages)
		if (resolve(&l, *i, relations) < 0)
			return ERR_NOMEM;
	vec_foreach(i, &place->packages)
		sort_unique(&relations[*i]);
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
