#include "engine/compare/compare.h"
#include "base/map.h"

#include <stdlib.h>

/* Lock files and installed packages of one ecosystem are told apart by kind in a report, not here: a package is what its purl type says. */
static const char *ecosystem_of(const struct package *p)
{
	const char *type = package_kind_info(p->kind)->purl_type;
	return type ? type : "";
}

static struct str key_of(struct arena *a, const struct finding *f)
{
	const struct package *p = f->subject.package;
	if (p)
		return arena_printf(a, "%d %.*s %s %.*s", (int)f->kind, STR_FMT(f->id), ecosystem_of(p), STR_FMT(p->name));
	return arena_printf(a, "%d %.*s %.*s %.*s", (int)f->kind, STR_FMT(f->id), STR_FMT(f->subject.path), STR_FMT(f->subject.object));
}

/* Of a package one finding stands for all its copies; of a file each counts, so that a second secret in a known file is new. times: how often each was met.
 * p NULL: no memory. */
static struct str next_key(struct arena *a, const struct finding *f, struct map *times)
{
	struct str key = key_of(a, f);
	void **slot = key.p && !f->subject.package ? map_at(times, key, NULL) : NULL;
	if (!key.p || f->subject.package)
		return key;
	if (!slot)
		return STR_NONE;
	uintptr_t n = (uintptr_t)*slot + 1;
	*slot = (void *)n;
	return n == 1 ? key : arena_printf(a, "%.*s\n%zu", STR_FMT(key), (size_t)n);
}

/* Key -> first finding that has it. */
static int index_findings(struct arena *a, const struct finding_vec *list, struct map *ret, struct error *err)
{
	const struct finding *f;
	struct map times;
	map_init(ret, a);
	map_init(&times, a);
	vec_foreach(f, list) {
		if (f->suppressed.active)
			continue;
		struct str key = next_key(a, f, &times);
		void **slot = key.p ? map_at(ret, key, NULL) : NULL;
		if (!slot)
			return error_nomem(err);
		if (!*slot)
			*slot = (void *)(uintptr_t)f;
	}
	return 0;
}

/* What stands in `list` and, as `also` says, stands in `other` too or does not. */
static int pick(struct arena *a, const struct map *list, const struct map *other, bool also, struct finding_ref_vec *ret, struct error *err)
{
	for (size_t i = 0; i < list->n; i++)
		if (!!map_get(other, list->entries[i].key) == also && !vec_push(a, ret, (const struct finding *)list->entries[i].value))
			return error_nomem(err);
	return 0;
}

static int compare_strs(const void *x, const void *y)
{
	return str_cmp(*(const struct str *)x, *(const struct str *)y);
}

static void sort_unique(struct str_vec *v)
{
	size_t n = 0;
	if (v->n)
		qsort(v->v, v->n, sizeof(v->v[0]), compare_strs);
	for (size_t i = 0; i < v->n; i++)
		if (!n || !str_eq(v->v[n - 1], v->v[i]))
			v->v[n++] = v->v[i];
	v->n = n;
}

static int gather_packages(struct arena *a, const struct package_vec *list, bool is_new, struct map *all, struct error *err)
{
	const struct package *p;
	vec_foreach(p, list) {
		struct str key = arena_printf(a, "%.*s %s", STR_FMT(p->name), ecosystem_of(p));
		bool first = false;
		void **slot = key.p ? map_at(all, key, &first) : NULL;
		if (slot && first)
			*slot = arena_new(a, struct package_change);
		struct package_change *c = slot ? *slot : NULL;
		if (!c || !vec_push(a, is_new ? &c->new_versions : &c->old_versions, p->version))
			return error_nomem(err);
		if (is_new || !c->package)
			c->package = p;
	}
	return 0;
}

static bool same_versions(const struct str_vec *x, const struct str_vec *y)
{
	bool same = x->n == y->n;
	for (size_t i = 0; i < x->n && same; i++)
		same = str_eq(x->v[i], y->v[i]);
	return same;
}

static int compare_changes(const void *x, const void *y)
{
	const struct package_change *a = x, *b = y;
	int r = str_cmp(a->package->name, b->package->name);
	return r ? r : (int)a->package->kind - (int)b->package->kind;
}

static int compare_packages(struct arena *a, struct comparison *c, struct error *err)
{
	struct map all;
	map_init(&all, a);
	int r = gather_packages(a, &c->old->facts.packages, false, &all, err);
	if (r == 0)
		r = gather_packages(a, &c->new->facts.packages, true, &all, err);
	for (size_t i = 0; i < all.n && r == 0; i++) {
		struct package_change *p = all.entries[i].value;
		sort_unique(&p->old_versions);
		sort_unique(&p->new_versions);
		if (same_versions(&p->old_versions, &p->new_versions))
			continue;
		p->kind = !p->old_versions.n ? PACKAGE_ADDED : !p->new_versions.n ? PACKAGE_REMOVED : PACKAGE_CHANGED;
		if (!vec_push(a, &c->packages, *p))
			r = error_nomem(err);
	}
	if (c->packages.n)
		qsort(c->packages.v, c->packages.n, sizeof(c->packages.v[0]), compare_changes);
	return r;
}

int compare_reports(struct arena *a, const struct report *old, const struct report *new, struct comparison *ret, struct error *err)
{
	struct comparison c = { .old = old, .new = new };
	struct map before, after;
	int r = index_findings(a, &old->findings, &before, err);
	if (r == 0)
		r = index_findings(a, &new->findings, &after, err);
	if (r == 0)
		r = pick(a, &after, &before, false, &c.added, err);
	if (r == 0)
		r = pick(a, &after, &before, true, &c.kept, err);
	if (r == 0)
		r = pick(a, &before, &after, false, &c.fixed, err);
	if (r == 0)
		r = compare_packages(a, &c, err);
	if (r == 0)
		*ret = c;
	return r;
}

int compare_baseline(struct arena *a, struct finding_vec *findings, const struct finding_vec *old, struct str name, size_t *ret_gone, struct error *err)
{
	struct map known, seen, times;
	struct finding *f;
	int r = index_findings(a, old, &known, err);
	map_init(&seen, a);
	map_init(&times, a);
	vec_foreach(f, findings) {
		struct str key = r < 0 ? STR_NONE : f->suppressed.active ? key_of(a, f) : next_key(a, f, &times);
		if (r == 0 && (!key.p || !map_at(&seen, key, NULL)))
			r = error_nomem(err);
		if (r == 0 && !f->suppressed.active && map_get(&known, key))
			f->suppressed = (struct suppression){ .active = true, .by = name, .reason = STR("in the baseline"), .status = STR("baseline") };
	}
	if (r < 0)
		return r;
	size_t gone = 0;
	for (size_t i = 0; i < known.n; i++) {
		bool is_new = false;
		if (!map_at(&seen, known.entries[i].key, &is_new))
			return error_nomem(err);
		gone += is_new;
	}
	*ret_gone = gone;
	return 0;
}
