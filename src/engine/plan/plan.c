#include "engine/plan/plan.h"
#include "base/map.h"
#include "engine/version/version.h"

struct group {
	struct plan_step step;
	struct u32_vec findings;
	const struct package *package; /* first seen: kind and installed version are the group's */
	struct map members;            /* packages, by address */
};
struct planning {
	struct arena *arena;
	const struct report *r;
	struct map groups;
	uint32_t base_layers;
};

static struct str source_name(const struct package *p)
{
	return package_kind_info(p->kind)->os && p->src_name.n ? p->src_name : p->name;
}

/* The version that advisories of the kind speak of: the source package's for dpkg and apk. */
static struct str judged_version(const struct package *p)
{
	return (p->kind == PKG_DPKG || p->kind == PKG_APK) && p->src_version.n ? p->src_version : p->version;
}

static struct group *group_of(struct planning *w, const struct package *p)
{
	const struct package_kind_info *info = package_kind_info(p->kind);
	struct str place = info->os || info->aggregated ? STR("") : p->path, name = source_name(p), version = judged_version(p);
	struct str key = arena_printf(w->arena, "%d\n%.*s\n%.*s\n%.*s", p->kind, STR_FMT(place), STR_FMT(name), STR_FMT(version));
	bool is_new;
	void **slot = key.p ? map_at(&w->groups, key, &is_new) : NULL;
	if (slot && is_new)
		*slot = arena_new(w->arena, struct group);
	struct group *g = slot ? *slot : NULL;
	if (!g)
		return NULL;
	if (is_new) {
		g->package = p;
		map_init(&g->members, w->arena);
		g->step = (struct plan_step){ .kind = p->kind, .name = name, .from = version, .path = info->os ? STR("") : p->path, .indirect = true };
	}
	return g;
}

static int add_finding(struct planning *w, uint32_t index, struct error *err)
{
	const struct package *p = w->r->findings.v[index].subject.package;
	struct group *g = group_of(w, p);
	bool is_new = false;
	if (!g || !vec_push(w->arena, &g->findings, index))
		return error_nomem(err);
	struct str address = arena_str(w->arena, str_make((const char *)&p, sizeof(p)));
	if (!address.p || !map_at(&g->members, address, &is_new))
		return error_nomem(err);
	g->step.packages += is_new;
	g->step.indirect &= p->indirect;
	uint32_t layer = !w->r->is_rootfs && p->layer < w->r->image.layers.n ? p->layer + 1 : 0;
	if (layer && (!g->step.layer || layer < g->step.layer))
		g->step.layer = layer;
	return 0;
}

/* How many leading parts ("3", "2" of "3.2.5") two versions share. */
static size_t shared_parts(struct str a, struct str b)
{
	size_t parts = 0;
	for (size_t i = 0;; i++) {
		bool end_a = i >= a.n || !char_is_alnum(a.p[i]), end_b = i >= b.n || !char_is_alnum(b.p[i]);
		if (end_a != end_b || (!end_a && a.p[i] != b.p[i]))
			return parts;
		if (!end_a)
			continue;
		parts++;
		if (i >= a.n || i >= b.n)
			return parts;
	}
}

/* Whether version `to` holds a fix. Of the fixes at or below it the highest counts, when it is above what is installed; where a further branch has a fix of its own
 * above `to`, `to` must be nearer to the fix it has. */
static bool resolves(enum version_scheme scheme, struct str to, struct str installed, const struct str_vec *fixed)
{
	const struct str *f, *below = NULL, *above = NULL;
	vec_foreach(f, fixed) {
		if (version_compare(scheme, *f, to) <= 0)
			below = !below || version_compare(scheme, *f, *below) > 0 ? f : below;
		else
			above = !above || version_compare(scheme, *f, *above) < 0 ? f : above;
	}
	if (!below || version_compare(scheme, *below, installed) <= 0)
		return false;
	return !above || str_eq(*below, to) || shared_parts(to, *below) > shared_parts(to, *above);
}

static int collect_candidates(struct planning *w, const struct group *g, struct str_vec *ret, struct error *err)
{
	enum version_scheme scheme = package_kind_info(g->step.kind)->scheme;
	struct map seen;
	map_init(&seen, w->arena);
	for (size_t i = 0; i < g->findings.n; i++) {
		const struct finding *f = &w->r->findings.v[g->findings.v[i]];
		const struct str *version;
		vec_foreach(version, &f->fixed) {
			bool is_new = false;
			if (version->n && !map_at(&seen, *version, &is_new))
				return error_nomem(err);
			if (!is_new || ret->n >= PLAN_CANDIDATES_MAX || version_compare(scheme, *version, g->step.from) <= 0)
				continue;
			if (!vec_push(w->arena, ret, *version))
				return error_nomem(err);
		}
	}
	return 0;
}

struct yield {
	size_t count;
	uint32_t score;
};

static struct yield yield_of(const struct planning *w, const struct group *g, struct str to)
{
	enum version_scheme scheme = package_kind_info(g->step.kind)->scheme;
	struct yield y = { 0 };
	for (size_t i = 0; i < g->findings.n; i++) {
		const struct finding *f = &w->r->findings.v[g->findings.v[i]];
		if (resolves(scheme, to, g->step.from, &f->fixed)) {
			y.count++;
			y.score += f->score;
		}
	}
	return y;
}

/* More score, then more findings, then a release before a pre-release, then the lower version. */
static bool is_better(enum version_scheme scheme, struct str a, struct yield ya, struct str b, struct yield yb)
{
	if (ya.score != yb.score)
		return ya.score > yb.score;
	if (ya.count != yb.count)
		return ya.count > yb.count;
	bool pa = version_is_prerelease(scheme, a), pb = version_is_prerelease(scheme, b);
	return pa != pb ? pb : version_compare(scheme, a, b) < 0;
}

static int choose(struct planning *w, struct group *g, struct error *err)
{
	enum version_scheme scheme = package_kind_info(g->step.kind)->scheme;
	struct str_vec candidates = { 0 };
	struct yield best = { 0 };
	int e = collect_candidates(w, g, &candidates, err);
	for (size_t i = 0; i < candidates.n && e == 0; i++) {
		struct yield y = yield_of(w, g, candidates.v[i]);
		if (y.count && (!best.count || is_better(scheme, candidates.v[i], y, g->step.to, best))) {
			best = y;
			g->step.to = candidates.v[i];
		}
	}
	for (size_t i = 0; i < g->findings.n && e == 0; i++) {
		const struct finding *f = &w->r->findings.v[g->findings.v[i]];
		if (!best.count || !resolves(scheme, g->step.to, g->step.from, &f->fixed)) {
			g->step.left++;
			continue;
		}
		if (!vec_push(w->arena, &g->step.gone, g->findings.v[i]))
			return error_nomem(err);
		g->step.by_severity[f->severity < SEVERITY_COUNT ? f->severity : SEVERITY_UNKNOWN]++;
		g->step.exploited |= f->vulnerability && f->vulnerability->kev;
	}
	g->step.score = best.score;
	g->step.base = g->step.layer && g->step.layer <= w->base_layers;
	return e;
}

static int compare_steps(const void *x, const void *y)
{
	const struct plan_step *a = x, *b = y;
	int r;
	if (a->score != b->score)
		return a->score > b->score ? -1 : 1;
	if (a->gone.n != b->gone.n)
		return a->gone.n > b->gone.n ? -1 : 1;
	if ((r = str_cmp(a->name, b->name)) || (r = str_cmp(a->from, b->from)))
		return r;
	return (r = (int)a->kind - (int)b->kind) ? r : str_cmp(a->path, b->path);
}

int plan_make(struct arena *a, const struct report *r, struct plan *ret, struct error *err)
{
	struct planning w = { .arena = a, .r = r, .base_layers = r->base.layers };
	struct plan plan = { .base_layers = w.base_layers };
	int e = 0;
	map_init(&w.groups, a);
	for (size_t i = 0; i < r->findings.n && e == 0; i++) {
		const struct finding *f = &r->findings.v[i];
		if (f->kind != FINDING_VULNERABILITY || !f->subject.package || f->suppressed.active)
			continue;
		plan.findings++;
		plan.unfixed += f->fixed.n == 0;
		e = add_finding(&w, (uint32_t)i, err);
	}
	for (size_t i = 0; i < w.groups.n && e == 0; i++) {
		struct group *g = w.groups.entries[i].value;
		e = choose(&w, g, err);
		plan.gone += g->step.gone.n;
		if (e == 0 && g->step.gone.n && !vec_push(a, &plan.steps, g->step))
			return error_nomem(err);
	}
	if (e < 0)
		return e;
	if (plan.steps.n)
		qsort(plan.steps.v, plan.steps.n, sizeof(plan.steps.v[0]), compare_steps);
	*ret = plan;
	return 0;
}

struct str plan_step_text(struct arena *a, const struct plan_step *s)
{
	bool binary = s->kind == PKG_GO_BINARY || s->kind == PKG_RUST_BINARY, go = binary && str_eq(s->name, STR("stdlib"));
	/* What is compiled in can't be upgraded in place. */
	return arena_printf(a, "%s%.*s%s%.*s: %zu finding%s gone", binary ? "rebuild with " : "upgrade ", STR_FMT(go ? STR("Go") : s->name), binary ? " " : " to ", STR_FMT(s->to), s->gone.n,
			    s->gone.n == 1 ? "" : "s");
}

struct str plan_step_place(struct arena *a, const struct plan_step *s)
{
	struct str layer = s->layer ? arena_printf(a, "in %slayer %u", s->base ? "base image " : "", s->layer) : STR("");
	if (!s->path.n || !layer.p)
		return layer;
	struct str more = s->packages > 1 ? arena_printf(a, " and %zu more", s->packages - 1) : STR("");
	return arena_printf(a, "%.*s%.*s%s%.*s", STR_FMT(s->path), STR_FMT(more), layer.n ? ", " : "", STR_FMT(layer));
}
