#include "engine/overlay/overlay.h"

#include "base/map.h"
#include "base/path.h"
#include "engine/overlay/links.h"
#include "model/package_origin.h"

/* Working state of one overlay_apply call. */
struct overlay {
	struct arena *arena; /* what the result keeps */
	struct arena work;   /* the rest, gone with the call */
	const struct layer_facts *const *layers;
	size_t layer_count;
	const struct overlay_options *opt;
	struct hiding hiding;
	struct links links; /* as seen from the layers so far */
};

/* A file of a layer that is still there in the finished image. */
struct survivor {
	const struct facts_file *file;
	struct str path; /* canonical */
	struct str first_name; /* of a hard link: the canonical path that the file was read under, else empty */
	uint32_t layer;
};
VEC_DECLARE(survivor_vec, struct survivor);

/* The other names of a layer's files: each keeps its file in the image when the first name is gone. */
static int collect_hard_links(struct overlay *o, uint32_t layer, struct survivor_vec *out, struct error *err)
{
	const struct layer_facts *l = o->layers[layer];
	struct map by_path; /* path -> the first file of that path */
	bool indexed = false;
	map_init(&by_path, &o->work);
	for (size_t k = 0; k < l->links.n; k++) {
		if (!l->links.v[k].hard)
			continue;
		for (size_t i = indexed ? 0 : l->files.n; i-- > 0;)
			if (map_put(&by_path, l->files.v[i].path, &l->files.v[i]) < 0)
				return error_nomem(err);
		indexed = true;
		const struct facts_file *f = map_get(&by_path, l->links.v[k].target), *end = l->files.v + l->files.n;
		for (; f && f < end && str_eq(f->path, l->links.v[k].target); f++) {
			struct survivor s = { f, links_resolve(&o->links, l->links.v[k].path, false, NULL), links_resolve(&o->links, f->path, false, NULL), layer };
			if (!vec_push(&o->work, out, s) || hiding_ask(&o->hiding, s.path) < 0)
				return error_nomem(err);
		}
	}
	return 0;
}

/* The files of all layers under their canonical paths, and what will be asked about them. */
static int collect_files(struct overlay *o, struct survivor_vec *out, struct error *err)
{
	hiding_init(&o->hiding, &o->work);
	links_init(&o->links, o->arena, o->layers, &o->hiding);
	for (size_t i = 0; i < o->layer_count; i++) {
		const struct layer_facts *l = o->layers[i];
		if (!l)
			continue;
		if (hiding_add_removals(&o->hiding, l, i) < 0 || links_add_layer(&o->links, (uint32_t)i) < 0)
			return error_nomem(err);
		for (size_t k = 0; k < l->files.n; k++) {
			struct survivor s = { .file = &l->files.v[k], .path = links_resolve(&o->links, l->files.v[k].path, false, NULL), .layer = (uint32_t)i };
			if (!vec_push(&o->work, out, s) || (i + 1 < o->layer_count && hiding_ask(&o->hiding, s.path) < 0))
				return error_nomem(err);
		}
		if (i + 1 < o->layer_count && collect_hard_links(o, (uint32_t)i, out, err) < 0)
			return ERR_NOMEM;
		for (size_t k = 0; k < l->diags.list.n && i + 1 < o->layer_count; k++)
			if (hiding_ask(&o->hiding, l->diags.list.v[k].path) < 0)
				return error_nomem(err);
	}
	return 0;
}

/* Observations of all layers, the topmost first. The same text in the same file of several layers (a file that was changed elsewhere, or its mode) counts
 * once, where it is last. */
static int collect_observations(struct overlay *o, const struct survivor_vec *files, struct observation_vec *out, struct error *err)
{
	struct map seen; /* -> layer + 1 */
	map_init(&seen, &o->work);
	for (size_t i = files->n; i-- > 0;) {
		const struct survivor *s = &files->v[i];
		if (s->file->kind != FACTS_OBSERVATIONS)
			continue;
		bool deleted = hiding_hides(&o->hiding, s->path, s->layer);
		if (s->first_name.n && (deleted || !hiding_hides(&o->hiding, s->first_name, s->layer)))
			continue; /* another name of a file that is told of under its first */
		for (size_t k = 0; k < s->file->observations.n; k++) {
			struct observation x = s->file->observations.v[k];
			bool is_new;
			x.path = s->path;
			x.layer = s->layer;
			x.deleted = deleted;
			struct str key = arena_printf(&o->work, "%d\1%.*s\1%.*s\1%.*s", (int)x.kind, STR_FMT(x.id), STR_FMT(x.path), STR_FMT(x.match));
			void **at = key.p ? map_at(&seen, key, &is_new) : NULL;
			if (!at)
				return error_nomem(err);
			if (is_new)
				*at = (void *)(uintptr_t)(s->layer + 1u);
			if ((uintptr_t)*at != s->layer + 1u)
				continue;
			if (!vec_push(o->arena, out, x))
				return error_nomem(err);
		}
	}
	return 0;
}

static int collect_survivors(struct overlay *o, struct survivor_vec *out, struct observation_vec *observations, struct error *err)
{
	size_t n = 0;
	int r = collect_files(o, out, err);
	if (r < 0)
		return r;
	if (hiding_fill(&o->hiding, o->layers, o->layer_count) < 0)
		return error_nomem(err);
	if ((r = collect_observations(o, out, observations, err)) < 0)
		return r;
	struct map through; /* canonical path -> topmost layer + 1, of files that were written through a link: no entry of their layer names it */
	map_init(&through, o->arena);
	for (size_t i = 0; i < out->n; i++)
		if (out->v[i].layer && !out->v[i].first_name.n && !str_eq(out->v[i].path, out->v[i].file->path) &&
		    map_put(&through, out->v[i].path, (void *)(uintptr_t)(out->v[i].layer + 1u)) < 0)
			return error_nomem(err);
	for (size_t i = 0; i < out->n; i++) {
		struct survivor s = out->v[i];
		if ((uintptr_t)map_get(&through, s.path) > s.layer + 1u)
			continue;
		/* one name is enough: a hard link counts when the first name does not */
		bool needed = !s.first_name.n || hiding_hides(&o->hiding, s.first_name, s.layer);
		if (needed && !hiding_hides(&o->hiding, s.path, s.layer))
			out->v[n++] = s;
	}
	out->n = n;
	return 0;
}

/* Key of one installed package: what makes it the same package in two layers or two databases. */
static struct str package_key(struct arena *a, const struct package *p)
{
	return arena_printf(a, "%d\1%.*s\1%.*s\1%.*s\1%.*s\1%.*s", (int)p->kind, STR_FMT(p->name), STR_FMT(p->version), STR_FMT(p->arch),
			    package_kind_info(p->kind)->os ? 0 : (int)p->path.n, p->path.p ? p->path.p : "", STR_FMT(p->nested_path));
}

static bool has_database(const struct layer_facts *l)
{
	for (size_t k = 0; l && k < l->files.n; k++)
		if (l->files.v[k].kind == FACTS_PACKAGES && package_kind_info(l->files.v[k].package_kind)->os)
			return true;
	return false;
}

/* A package database is rewritten as a whole by every layer that installs something: a package belongs to the first layer that had it. */
static int first_layers(struct overlay *o, struct package_vec *pkgs, struct error *err)
{
	struct map first;
	size_t with_database = 0;
	for (size_t i = 0; i < o->layer_count; i++)
		with_database += has_database(o->layers[i]);
	if (with_database < 2)
		return 0;
	struct arena scratch; /* every layer with a database names all its packages again */
	map_init(&first, &o->work);
	arena_init(&scratch, ARENA_NO_LIMIT);
	for (size_t i = 0; i < o->layer_count; i++) {
		const struct layer_facts *l = o->layers[i];
		for (size_t k = 0; l && k < l->files.n; k++) {
			const struct facts_file *f = &l->files.v[k];
			if (f->kind != FACTS_PACKAGES || !package_kind_info(f->package_kind)->os)
				continue;
			for (size_t p = 0; p < f->packages.n; p++) {
				arena_clear(&scratch);
				struct str key = package_key(&scratch, &f->packages.v[p]);
				if (key.p && map_get(&first, key))
					continue;
				key = key.p ? arena_str(&o->work, key) : key;
				if (!key.p || map_put(&first, key, (void *)(uintptr_t)(i + 1)) < 0) {
					arena_release(&scratch);
					return error_nomem(err);
				}
			}
		}
	}
	for (size_t p = 0; p < pkgs->n; p++) {
		if (!package_kind_info(pkgs->v[p].kind)->os)
			continue;
		arena_clear(&scratch);
		struct str key = package_key(&scratch, &pkgs->v[p]);
		uintptr_t layer = key.p ? (uintptr_t)map_get(&first, key) : 0;
		if (layer)
			pkgs->v[p].layer = (uint32_t)(layer - 1);
	}
	arena_release(&scratch);
	return 0;
}

/* Cargo.lock in an image counts as installed: Rust binaries rarely carry their own list, and Trivy reads it too. */
static bool keep_kind(const struct overlay *o, enum package_kind kind)
{
	return !package_kind_info(kind)->lock_file || kind == PKG_CARGO_LOCK || o->opt->lock_files;
}

/* As collected: `owner` is the place in line, so that of equal packages the first stays. */
static int compare_collected(const void *va, const void *vb)
{
	const struct package *a = va, *b = vb;
	int r = package_compare(a, b);
	return r ? r : (a->owner > b->owner) - (a->owner < b->owner);
}

static int collect_packages(struct overlay *o, const struct survivor_vec *files, struct package_vec *out, struct error *err)
{
	size_t total = 0, n = 0;
	for (size_t i = 0; i < files->n; i++)
		total += files->v[i].file->kind == FACTS_PACKAGES ? files->v[i].file->packages.n : 0;
	if (total >= UINT32_MAX || vec_reserve(o->arena, out, total) < 0)
		return error_nomem(err);
	for (size_t i = 0; i < files->n; i++) {
		const struct facts_file *f = files->v[i].file;
		if (f->kind != FACTS_PACKAGES)
			continue;
		for (size_t k = 0; k < f->packages.n; k++) {
			if (!keep_kind(o, f->packages.v[k].kind))
				continue;
			struct package *p = &out->v[out->n];
			*p = f->packages.v[k];
			p->layer = files->v[i].layer;
			p->path = files->v[i].path;
			p->owner = (uint32_t)out->n++;
		}
	}
	if (out->n)
		qsort(out->v, out->n, sizeof(out->v[0]), compare_collected);
	for (size_t i = 0; i < out->n; i++)
		if (!n || package_compare(&out->v[n - 1], &out->v[i]) != 0) {
			out->v[n] = out->v[i];
			out->v[n++].owner = 0;
		}
	out->n = n;
	return first_layers(o, out, err);
}

/* dpkg's lists are named "package" or "package:arch"; their hashes go to the package they belong to. */
static int join_owned(struct overlay *o, const struct survivor_vec *files, struct package_vec *pkgs, struct error *err)
{
	struct map by_name;
	bool any = false;
	for (size_t i = 0; i < files->n && !any; i++)
		any = files->v[i].file->kind == FACTS_OWNED_FILES && files->v[i].file->packages.n;
	if (!any)
		return 0;
	map_init(&by_name, &o->work);
	for (size_t i = 0; i < pkgs->n; i++) {
		struct package *p = &pkgs->v[i];
		if (p->kind != PKG_DPKG)
			continue;
		struct str full = arena_printf(&o->work, "%.*s:%.*s", STR_FMT(p->name), STR_FMT(p->arch));
		if (!full.p || map_put(&by_name, full, p) < 0 || map_put(&by_name, p->name, p) < 0)
			return error_nomem(err);
	}
	for (size_t i = 0; i < files->n; i++) {
		const struct facts_file *f = files->v[i].file;
		if (f->kind != FACTS_OWNED_FILES || !f->packages.n)
			continue;
		struct package *p = map_get(&by_name, f->packages.v[0].name);
		if (p && p->owned.n < f->packages.v[0].owned.n)
			p->owned = f->packages.v[0].owned;
	}
	return 0;
}

/* A program and its libraries carry one version: it is listed once, where it is first, and not where Bitnami's own bill tells of it. 1, 0, or negative: no memory. */
static int is_new_program(struct overlay *o, struct map *programs, const struct package *p)
{
	bool is_new;
	struct str key = arena_printf(&o->work, "%.*s\1%.*s", STR_FMT(package_advisory_name(&o->work, PKG_BINARY, p->name)), STR_FMT(package_judged_version(p)));
	return key.p && map_at(programs, key, &is_new) ? is_new : ERR_NOMEM;
}

/* Which OS package installed the file that a language package was read from. The few language paths are the set; the many owned
 * hashes stream past it. Programs known by their version text only (PKG_BINARY) that any OS package installed are dropped: they are listed as that. */
static int find_owners(struct overlay *o, struct package_vec *pkgs, struct error *err)
{
	const uint64_t key = o->hiding.key;
	size_t lang = 0, slots = 16, n = 0;
	struct map programs;
	map_init(&programs, &o->work);
	for (size_t i = 0; i < pkgs->n; i++)
		lang += !package_kind_info(pkgs->v[i].kind)->os;
	if (!lang)
		return 0;
	while (slots < lang * 2)
		slots *= 2;
	struct slot {
		uint64_t hash;
		uint32_t owner; /* index + 1 */
		bool used, any; /* any: some package has it, a third party's too */
	} *table = arena_array(&o->work, slots, sizeof(*table));
	if (!table)
		return error_nomem(err);
	for (size_t i = 0; i < pkgs->n; i++) {
		if (package_kind_info(pkgs->v[i].kind)->os)
			continue;
		uint64_t h = path_hash(pkgs->v[i].path);
		size_t at = map_spread(key, h) & (slots - 1);
		while (table[at].used && table[at].hash != h)
			at = (at + 1) & (slots - 1);
		table[at] = (struct slot){ .hash = h, .used = true };
	}
	for (size_t i = 0; i < pkgs->n; i++) {
		if (!package_kind_info(pkgs->v[i].kind)->os)
			continue;
		bool third_party = package_is_third_party(&pkgs->v[i]);
		for (size_t k = 0; k < pkgs->v[i].owned.n; k++) {
			uint64_t h = pkgs->v[i].owned.v[k];
			for (size_t at = map_spread(key, h) & (slots - 1); table[at].used; at = (at + 1) & (slots - 1)) {
				if (table[at].hash != h)
					continue;
				table[at].any = true;
				if (!table[at].owner && !third_party)
					table[at].owner = (uint32_t)i + 1;
				break;
			}
		}
	}
	for (size_t i = 0; i < pkgs->n; i++) {
		if (package_kind_info(pkgs->v[i].kind)->os) {
			pkgs->v[n++] = pkgs->v[i];
			continue;
		}
		uint64_t h = path_hash(pkgs->v[i].path);
		size_t at = map_spread(key, h) & (slots - 1);
		while (table[at].hash != h)
			at = (at + 1) & (slots - 1);
		pkgs->v[i].owner = table[at].owner;
		int is_new = pkgs->v[i].kind == PKG_BITNAMI ? is_new_program(o, &programs, &pkgs->v[i]) : pkgs->v[i].kind != PKG_BINARY ? 1 : table[at].any ? 0 : is_new_program(o, &programs, &pkgs->v[i]);
		if (is_new < 0)
			return error_nomem(err);
		if (!is_new && pkgs->v[i].kind == PKG_BINARY)
			continue;
		pkgs->v[n++] = pkgs->v[i];
	}
	pkgs->n = n;
	return 0;
}

static void pick_distro(const struct survivor_vec *files, struct distro *ret)
{
	*ret = (struct distro){ 0 };
	for (unsigned prio = 0; prio < 256; prio++)
		for (size_t i = 0; i < files->n; i++)
			if (files->v[i].file->kind == FACTS_OS_RELEASE && files->v[i].file->priority == prio)
				distro_merge(ret, &files->v[i].file->distro);
}

static void collect_diags(struct overlay *o, struct diags *out)
{
	for (size_t i = 0; i < o->layer_count; i++) {
		if (!o->layers[i])
			continue;
		const struct diags *d = &o->layers[i]->diags;
		for (size_t k = 0; k < d->list.n; k++) {
			if (!d->list.v[k].path.n || !hiding_hides(&o->hiding, d->list.v[k].path, i))
				diag_add(out, d->list.v[k].level, d->list.v[k].path, d->list.v[k].line, d->list.v[k].col, "%.*s", STR_FMT(d->list.v[k].text));
		}
		out->dropped += d->dropped;
	}
}

static int add_redirect(struct overlay *o, struct str place, const char *end, struct error *err)
{
	bool circle;
	struct str real = links_resolve(&o->links, place, true, &circle);
	if (!circle && str_eq(real, place))
		return 0;
	struct overlay_redirect r = { arena_printf(o->arena, "%.*s%s", STR_FMT(place), end), arena_printf(o->arena, "%.*s%s", STR_FMT(real), end), circle };
	return r.place.p && r.real.p && vec_push(o->arena, o->opt->redirects, r) ? 0 : error_nomem(err);
}

/* Single files of a folder that are links. */
static int redirects_in(struct overlay *o, struct str folder, struct error *err)
{
	struct str real = links_resolve(&o->links, folder, true, NULL);
	int r = 0;
	for (size_t i = 0; i < o->links.by_path.n && r == 0; i++) {
		struct str name = o->links.by_path.entries[i].key;
		if (!str_strip_prefix(&name, real) || !str_strip_prefix(&name, STR("/")) || str_find_char(name, '/') != STR_NOT_FOUND)
			continue;
		bool circle;
		struct str at = o->links.by_path.entries[i].key, target = links_resolve(&o->links, at, true, &circle);
		struct overlay_redirect x = { arena_printf(o->arena, "%.*s/%.*s", STR_FMT(folder), STR_FMT(name)), target, circle };
		if ((circle || !str_eq(at, target)) && (!x.place.p || !vec_push(o->arena, o->opt->redirects, x)))
			r = error_nomem(err);
	}
	return r;
}

static int find_redirects(struct overlay *o, struct error *err)
{
	int r = 0;
	for (size_t i = 0; i < o->opt->place_count && o->links.by_path.n && r == 0; i++) {
		struct str place = o->opt->places[i];
		bool folder = str_strip_suffix(&place, STR("/"));
		r = add_redirect(o, place, folder ? "/" : "", err);
		if (r == 0 && folder)
			r = redirects_in(o, place, err);
	}
	return r;
}

static int apply(struct overlay *o, struct image_facts *ret, struct error *err)
{
	struct survivor_vec files = { 0 };
	int r = collect_survivors(o, &files, &ret->observations, err);
	if (r == 0 && o->opt->redirects)
		r = find_redirects(o, err);
	if (r < 0)
		return r;
	diags_init(&ret->diags, o->arena);
	pick_distro(&files, &ret->distro);
	r = collect_packages(o, &files, &ret->packages, err);
	if (r == 0)
		r = join_owned(o, &files, &ret->packages, err);
	if (r == 0)
		r = find_owners(o, &ret->packages, err);
	if (r == 0)
		collect_diags(o, &ret->diags);
	return r;
}

int overlay_apply(struct arena *a, const struct layer_facts *const *layers, size_t layer_count, const struct overlay_options *opt,
		  struct image_facts *ret, struct error *err)
{
	struct overlay o = { .arena = a, .layers = layers, .layer_count = layer_count, .opt = opt };
	struct image_facts facts = { 0 };
	arena_init(&o.work, ARENA_NO_LIMIT);
	int r = apply(&o, &facts, err);
	arena_release(&o.work);
	if (r == 0)
		*ret = facts;
	return r;
}
