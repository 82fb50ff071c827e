#include "base/date.h"
#include "engine/baseimage/base_internal.h"
#include "engine/baseimage/baseimage.h"
#include "engine/compare/compare.h"
#include "engine/version/version.h"
#include "model/package_relations.h"

#define SOON_DAYS 90 /* an end of support that is nearer than this is told */

struct advising {
	struct arena *arena;
	const struct report *r;
	const struct base_family *family;
	const struct base_cycle *cycle; /* the base's; NULL: not in the table */
	struct str version;             /* that variants are advised of */
	struct str version_cycle;
	int64_t today;
	struct base_advice_vec *out;
};

static bool of_base(const struct report *r, const struct package *p)
{
	return !r->base.layers || p->layer < r->base.layers;
}

static bool counts(const struct finding *f)
{
	return f->kind == FINDING_VULNERABILITY && !f->suppressed.active && f->subject.package;
}

static int add(struct advising *w, struct base_advice x, struct error *err)
{
	return x.use.p && x.why.p && vec_push(w->arena, w->out, x) ? 0 : error_nomem(err);
}

/* --- another image, scanned --- */

/* The part of a report that is the base's. */
static int base_part(struct advising *w, struct report *ret, struct error *err)
{
	const struct finding *f;
	const struct package *p;
	*ret = *w->r;
	ret->findings = (struct finding_vec){ 0 };
	ret->facts.packages = (struct package_vec){ 0 };
	vec_foreach(f, &w->r->findings)
		if (counts(f) && of_base(w->r, f->subject.package) && !vec_push(w->arena, &ret->findings, *f))
			return error_nomem(err);
	vec_foreach(p, &w->r->facts.packages)
		if (of_base(w->r, p) && !vec_push(w->arena, &ret->facts.packages, *p))
			return error_nomem(err);
	return 0;
}

static size_t count_severities(const struct finding_ref_vec *list, size_t ret[SEVERITY_COUNT])
{
	size_t n = 0;
	for (size_t i = 0; i < list->n; i++) {
		if (!counts(list->v[i]))
			continue;
		ret[list->v[i]->severity < SEVERITY_COUNT ? list->v[i]->severity : SEVERITY_UNKNOWN]++;
		n++;
	}
	return n;
}

static int against(struct advising *w, const struct report *part, const struct report *candidate, struct error *err)
{
	struct comparison c;
	const struct package_change *p;
	struct base_advice x = { .use = candidate->image.artifact_name, .removal = BASE_EXACT };
	int r = compare_reports(w->arena, part, candidate, &c, err);
	if (r < 0)
		return r;
	x.why = w->r->base.layers ? STR("compared with the base's layers of this image, same data") : STR("compared with all of this image, same data");
	x.gone_total = count_severities(&c.fixed, x.gone);
	x.added_total = count_severities(&c.added, x.added);
	vec_foreach(p, &c.packages)
		x.packages += p->kind == PACKAGE_REMOVED;
	return add(w, x, err);
}

/* --- another release --- */

static struct str date_text(struct advising *w, int64_t day)
{
	char text[DATE_TEXT_MAX];
	return arena_str(w->arena, date_format_day(day, text));
}

static const struct base_cycle *find_cycle(const struct base_family *f, struct str version)
{
	struct str cycle = base_cycle_of(f, version);
	for (size_t i = 0; i < f->cycle_count; i++)
		if (str_eq_c(cycle, f->cycles[i].version))
			return &f->cycles[i];
	return NULL;
}

static bool is_maintained(const struct base_cycle *c, int64_t day)
{
	return c->released_day <= day && (!c->eol_day || c->eol_day >= day);
}

/* The newest that is meant to be stayed on. */
static const struct base_cycle *best_cycle(const struct advising *w)
{
	const struct base_family *f = w->family;
	for (size_t i = 0; i < f->cycle_count; i++)
		if (f->cycles[i].lts && is_maintained(&f->cycles[i], w->today + SOON_DAYS) && f->cycles[i].released_day <= w->today)
			return &f->cycles[i];
	return NULL;
}

static struct str suffix(const struct base_image *b)
{
	static const struct str known[] = { { "-slim", 5 }, { "-alpine", 7 } };
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (str_contains(b->name, known[i]))
			return known[i];
	return STR("");
}

/* {v}, {c} of a pattern. */
static struct str fill_in(struct advising *w, const char *pattern, struct str version, struct str cycle)
{
	struct str rest = str_c(pattern), out = STR("");
	while (rest.n) {
		size_t at = str_find_char(rest, '{');
		struct str head = str_sub(rest, 0, at == STR_NOT_FOUND ? rest.n : at), tail = str_from(rest, head.n), hole = STR("");
		if (str_strip_prefix(&tail, STR("{v}")))
			hole = version;
		else if (str_strip_prefix(&tail, STR("{c}")))
			hole = cycle;
		out = arena_printf(w->arena, "%.*s%.*s%.*s", STR_FMT(out), STR_FMT(head), STR_FMT(hole));
		if (!out.p || tail.n == rest.n)
			return out;
		rest = tail;
	}
	return out;
}

/* Whether long-term support that is open to everybody goes on. */
static bool is_extended(const struct advising *w)
{
	const struct distro *d = &w->r->facts.distro;
	return w->family->distro[0] && str_eq_c(d->id, w->family->distro) && distro_support_at(d, w->today, NULL) == DISTRO_EXTENDED;
}

static int release(struct advising *w, struct error *err)
{
	const struct base_cycle *c = w->cycle, *best = best_cycle(w);
	const struct base_family *f = w->family;
	struct str suf = suffix(&w->r->base), repository;
	struct base_advice x = { 0 };
	if (!c || !f->repository[0])
		return 0;
	bool ends = c->eol_day && c->eol_day < w->today + SOON_DAYS;
	if (ends && best && best->released_day > c->released_day) {
		struct str until = best->eol_day ? arena_printf(w->arena, ", %s is maintained until %.*s", best->version, STR_FMT(date_text(w, best->eol_day))) : STR("");
		repository = fill_in(w, f->repository, str_c(best->version), str_c(best->version));
		x.use = arena_printf(w->arena, "%.*s:%s%.*s", STR_FMT(repository), best->version, STR_FMT(suf));
		x.why = arena_printf(w->arena, "%s %s %s %.*s%.*s", f->id, c->version, is_extended(w) ? "has only long-term support since" : c->eol_day < w->today ? "is out of support since" : "is supported only until",
				     STR_FMT(date_text(w, c->eol_day)), STR_FMT(until));
		w->version = w->version_cycle = str_c(best->version);
		return add(w, x, err);
	}
	/* A distribution's point release says little: its image is made anew every few weeks. */
	if (f->distro[0] || !c->latest[0] || str_eq(w->r->base.version, w->version_cycle) ||
	    version_compare(VERSION_DEB, str_c(c->latest), w->r->base.version) <= 0)
		return 0;
	repository = fill_in(w, f->repository, str_c(c->latest), w->version_cycle);
	x.use = arena_printf(w->arena, "%.*s:%s%.*s", STR_FMT(repository), c->latest, STR_FMT(suf));
	x.why = arena_printf(w->arena, "newer than %.*s, of the same release (%s: the newest on %s)", STR_FMT(w->r->base.version), c->latest, base_table_date);
	w->version = str_c(c->latest);
	return add(w, x, err);
}

/* --- a smaller variant --- */

/* What goes with the packages that a variant does not carry: those that only they need. Of those by name the ones stay that something else needs. */
static int drop_dependencies(struct advising *w, bool *drop, struct error *err)
{
	const struct package_vec *packages = &w->r->facts.packages;
	struct u32_vec *needs = w->r->facts.relations, *needed_by = arena_new_array(w->arena, struct u32_vec, packages->n + 1), work = { 0 };
	if (!needed_by || (!needs && package_relations(w->arena, packages, &needs) < 0))
		return error_nomem(err);
	for (size_t i = 0; i < packages->n; i++)
		for (size_t k = 0; k < needs[i].n; k++) {
			uint32_t by = (uint32_t)i;
			if (!vec_push(w->arena, &needed_by[needs[i].v[k]], by))
				return error_nomem(err);
		}
	/* back: what a package that stays needs */
	for (size_t i = 0; i < packages->n; i++) {
		uint32_t index = (uint32_t)i;
		if (!drop[i] && package_kind_info(packages->v[i].kind)->os && !vec_push(w->arena, &work, index))
			return error_nomem(err);
	}
	while (work.n) {
		uint32_t i = work.v[--work.n];
		for (size_t k = 0; k < needs[i].n; k++) {
			uint32_t j = needs[i].v[k];
			if (drop[j]) {
				drop[j] = false;
				if (!vec_push(w->arena, &work, j))
					return error_nomem(err);
			}
		}
	}
	/* forth: what nothing but dropped packages needs */
	for (size_t i = 0; i < packages->n; i++) {
		uint32_t index = (uint32_t)i;
		if (drop[i] && !vec_push(w->arena, &work, index))
			return error_nomem(err);
	}
	size_t *left = arena_new_array(w->arena, size_t, packages->n + 1);
	if (!left)
		return error_nomem(err);
	for (size_t i = 0; i < packages->n; i++)
		left[i] = needed_by[i].n;
	while (work.n) {
		uint32_t i = work.v[--work.n];
		for (size_t k = 0; k < needs[i].n; k++) {
			uint32_t j = needs[i].v[k];
			if (--left[j] || drop[j] || !of_base(w->r, &packages->v[j]))
				continue;
			drop[j] = true;
			if (!vec_push(w->arena, &work, j))
				return error_nomem(err);
		}
	}
	return 0;
}

static int estimate(struct advising *w, const struct base_variant *v, struct base_advice *x, struct error *err)
{
	const struct package_vec *packages = &w->r->facts.packages;
	const struct finding *f;
	bool *drop = arena_new_array(w->arena, bool, packages->n + 1);
	if (!drop)
		return error_nomem(err);
	for (size_t i = 0; i < packages->n; i++) {
		const struct package *p = &packages->v[i];
		if (package_kind_info(p->kind)->os && of_base(w->r, p))
			drop[i] = base_glob_any(v->globs, p->name) == (v->rule == BASE_RULE_DROPS);
	}
	int r = v->rule == BASE_RULE_DROPS ? drop_dependencies(w, drop, err) : 0;
	if (r < 0)
		return r;
	x->removal = BASE_ESTIMATED;
	for (size_t i = 0; i < packages->n; i++)
		x->packages += drop[i];
	vec_foreach(f, &w->r->findings) {
		const struct package *p = f->subject.package;
		/* a finding's package may be of another list (a bill of materials) */
		if (!counts(f) || p < packages->v || p >= packages->v + packages->n || !drop[p - packages->v])
			continue;
		x->gone[f->severity < SEVERITY_COUNT ? f->severity : SEVERITY_UNKNOWN]++;
		x->gone_total++;
	}
	return 0;
}

static bool applies(const struct advising *w, const struct base_variant *v)
{
	struct str id = w->r->facts.distro.id, name = w->r->base.name;
	if (v->distro[0] && !str_eq_c(id, v->distro))
		return false;
	if (v->release[0] && !str_eq_c(w->version_cycle, v->release))
		return false;
	/* already one */
	return !str_contains(name, arena_printf(w->arena, "-%s", v->name)) && !str_contains(name, STR("distroless"));
}

static int variants(struct advising *w, struct error *err)
{
	const struct base_family *f = w->family;
	int r = 0;
	for (size_t i = 0; i < f->variant_count && r == 0; i++) {
		const struct base_variant *v = &f->variants[i];
		struct base_advice x = { 0 };
		if (!applies(w, v))
			continue;
		x.use = fill_in(w, v->use, w->version, w->version_cycle);
		x.why = str_c(v->why);
		if (v->rule != BASE_RULE_NONE && (r = estimate(w, v, &x, err)) < 0)
			break;
		if (v->rule == BASE_RULE_NONE || x.gone_total)
			r = add(w, x, err);
	}
	return r;
}

int base_image_advise(struct arena *a, const struct report *r, const struct report *const *candidates, size_t candidate_count, int64_t today,
		      struct base_advice_vec *ret, struct error *err)
{
	struct base_advice_vec out = { 0 };
	struct advising w = { .arena = a, .r = r, .today = today, .out = &out };
	struct base_counts found;
	struct report part;
	int e = candidate_count ? base_part(&w, &part, err) : 0;
	for (size_t i = 0; i < candidate_count && e == 0; i++)
		e = against(&w, &part, candidates[i], err);
	w.family = r->base.evidence != BASE_UNKNOWN ? base_family_find(r->base.family) : NULL;
	if (e == 0 && w.family && r->base.version.n && (r->base.evidence > BASE_GUESSED || r->base.layers)) {
		w.cycle = find_cycle(w.family, r->base.version);
		w.version = r->base.version;
		w.version_cycle = base_cycle_of(w.family, r->base.version);
		base_image_count(r, &found);
		e = release(&w, err);
		if (e == 0 && found.base_total)
			e = variants(&w, err);
	}
	if (e == 0)
		*ret = out;
	return e;
}
