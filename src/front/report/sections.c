#include "front/report/sections.h"

#include "model/package_relations.h"

struct str report_package_id(struct arena *a, const struct package *p)
{
	struct str version = p->version, epoch;
	switch (p->kind) {
	case PKG_PYTHON:
	case PKG_CONDA:
	case PKG_JAR:
	case PKG_PIP:
		return STR("");
	case PKG_RPM:
		if (str_find_char(version, ':') != STR_NOT_FOUND)
			str_cut(version, ':', &epoch, &version);
		return arena_printf(a, "%.*s@%.*s.%.*s", STR_FMT(p->name), STR_FMT(version), STR_FMT(p->arch));
	case PKG_POM:
	case PKG_GRADLE_LOCK:
		return arena_printf(a, "%.*s%s%.*s", STR_FMT(p->name), p->version.n ? ":" : "", STR_FMT(p->version));
	default:
		return arena_printf(a, "%.*s%s%.*s", STR_FMT(p->name), p->version.n ? "@" : "", STR_FMT(p->version));
	}
}

struct grouping {
	struct arena *arena;
	const struct report *report;
	struct report_section_vec *sections;
	struct map by_key; /* "type\ntarget" -> index + 1 */
};

static struct str os_target(struct arena *a, const struct report *r)
{
	const struct distro *d = &r->facts.distro;
	struct str family = distro_trivy_family(d);
	if (!family.n)
		return r->image.artifact_name;
	return arena_printf(a, "%.*s (%.*s%s%.*s)", STR_FMT(r->image.artifact_name), STR_FMT(family), d->version.n ? " " : "", STR_FMT(d->version));
}

/* The section a package belongs to, made on first sight; NULL: no memory. The pointer is good until the next call. */
static struct report_section *section_of(struct grouping *g, const struct package *p)
{
	const struct package_kind_info *info = package_kind_info(p->kind);
	bool aggregated = info->aggregated && info->title;
	bool is_new;
	struct report_section s = { .os = info->os, .aggregated = aggregated };
	s.type = info->os ? distro_trivy_family(&g->report->facts.distro) : str_c(info->trivy_type ? info->trivy_type : info->name);
	s.target = info->os ? STR("") : aggregated ? str_c(info->title) : p->path;
	struct str key = arena_printf(g->arena, "%.*s\n%.*s", STR_FMT(info->os ? STR("") : s.type), STR_FMT(s.target));
	void **slot = key.p ? map_at(&g->by_key, key, &is_new) : NULL;
	if (!slot)
		return NULL;
	if (!is_new)
		return &g->sections->v[(uintptr_t)*slot - 1];
	if (info->os && !(s.target = os_target(g->arena, g->report)).p)
		return NULL;
	struct report_section *added = vec_push(g->arena, g->sections, s);
	*slot = (void *)(uintptr_t)g->sections->n;
	return added;
}

static int compare_sections(const void *x, const void *y)
{
	const struct report_section *a = x, *b = y;
	int r = (int)b->os - (int)a->os;
	if (!r)
		r = str_cmp(a->type, b->type);
	return r ? r : str_cmp(a->target, b->target);
}

/* Whether a finding says that there is no advisory data for the section's packages; a baseline that accepts it changes nothing about that. */
static bool is_unjudged(const struct report *r, const struct report_section *s)
{
	const struct finding *f;
	if (!s->packages.n)
		return false;
	struct str ecosystem = s->os ? r->ecosystem : str_c(package_kind_info(r->facts.packages.v[s->packages.v[0]].kind)->ecosystem);
	vec_foreach(f, &r->findings) {
		if (f->kind != FINDING_NO_DATA)
			continue;
		if (s->os && str_eq(f->id, STR("unknown-distribution")))
			return true;
		if (ecosystem.n && str_eq(f->subject.object, ecosystem))
			return true;
	}
	return false;
}

int report_sections(struct arena *a, const struct report *r, struct report_section_vec *ret, struct error *err)
{
	struct grouping g = { .arena = a, .report = r, .sections = ret };
	struct package os = { .kind = PKG_DPKG };
	map_init(&g.by_key, a);
	/* A system without packages (distroless) is a result too: it was looked at. */
	if (r->facts.distro.known && !section_of(&g, &os))
		return error_nomem(err);
	for (size_t i = 0; i < r->facts.packages.n; i++) {
		struct report_section *s = section_of(&g, &r->facts.packages.v[i]);
		uint32_t index = (uint32_t)i;
		if (!s || !vec_push(a, &s->packages, index))
			return error_nomem(err);
	}
	for (size_t i = 0; i < r->findings.n; i++) {
		const struct finding *f = &r->findings.v[i];
		uint32_t index = (uint32_t)i;
		if (!f->subject.package || f->kind != FINDING_VULNERABILITY)
			continue;
		struct report_section *s = section_of(&g, f->subject.package);
		if (!s || !vec_push(a, f->suppressed.active ? &s->suppressed : &s->findings, index))
			return error_nomem(err);
	}
	for (size_t i = 0; i < ret->n; i++)
		ret->v[i].unjudged = is_unjudged(r, &ret->v[i]);
	if (ret->n)
		qsort(ret->v, ret->n, sizeof(ret->v[0]), compare_sections);
	return 0;
}

int report_relations(struct arena *a, const struct report *r, struct u32_vec **ret, struct error *err)
{
	if (r->facts.relations) {
		*ret = r->facts.relations;
		return 0;
	}
	return package_relations(a, &r->facts.packages, ret) < 0 ? error_nomem(err) : 0;
}
