#include "front/report/sections.h"

struct str report_package_path(struct arena *a, const struct package *p)
{
	if (!p->nested_path.n)
		return p->path.n ? p->path : STR("");
	return arena_printf(a, "%.*s/%.*s", STR_FMT(p->path), STR_FMT(p->nested_path));
}

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

void report_split_version(const struct package *p, struct str full, int64_t *ret_epoch, struct str *ret_version, struct str *ret_release)
{
	*ret_epoch = 0;
	*ret_version = full;
	*ret_release = STR_NONE;
	if (p->kind != PKG_DPKG && p->kind != PKG_RPM)
		return;
	size_t colon = str_find_char(full, ':'), dash;
	if (colon != STR_NOT_FOUND && str_to_i64(str_sub(full, 0, colon), ret_epoch) == 0)
		*ret_version = full = str_from(full, colon + 1);
	dash = str_rfind_char(full, '-');
	if (dash != STR_NOT_FOUND) {
		*ret_version = str_sub(full, 0, dash);
		*ret_release = str_from(full, dash + 1);
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
	if (ret->n)
		qsort(ret->v, ret->n, sizeof(ret->v[0]), compare_sections);
	return 0;
}

/* First package of a name wins; an exact "name@version" is found as such. */
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

static int index_names(struct arena *a, const struct report *r, const struct report_section *s, struct map *names)
{
	const struct package *packages = r->facts.packages.v;
	map_init(names, a);
	for (size_t i = 0; i < s->packages.n; i++) {
		const struct package *p = &packages[s->packages.v[i]];
		if (name_package(a, names, p->name, s->packages.v[i]) < 0)
			return ERR_NOMEM;
		if (!s->os && name_package(a, names, arena_printf(a, "%.*s@%.*s", STR_FMT(p->name), STR_FMT(p->version)), s->packages.v[i]) < 0)
			return ERR_NOMEM;
	}
	/* Real names before provided ones, whatever the order of packages. */
	for (size_t i = 0; i < s->packages.n; i++) {
		const struct package *p = &packages[s->packages.v[i]];
		for (size_t j = 0; j < p->provides.n; j++)
			if (name_package(a, names, p->provides.v[j], s->packages.v[i]) < 0)
				return ERR_NOMEM;
	}
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

static int relate_section(struct arena *a, struct arena *work, const struct report *r, const struct report_section *s, struct u32_vec *relations)
{
	struct map names;
	bool needed = false;
	for (size_t i = 0; i < s->packages.n && !needed; i++)
		needed = r->facts.packages.v[s->packages.v[i]].depends.n > 0;
	if (!needed)
		return 0;
	if (index_names(work, r, s, &names) < 0)
		return ERR_NOMEM;
	for (size_t i = 0; i < s->packages.n; i++) {
		uint32_t index = s->packages.v[i];
		if (resolve(a, &r->facts.packages.v[index], index, &names, &relations[index]) < 0)
			return ERR_NOMEM;
	}
	return 0;
}

int report_relations(struct arena *a, const struct report *r, const struct report_section_vec *sections, struct u32_vec **ret, struct error *err)
{
	size_t n = r->facts.packages.n;
	struct u32_vec *relations = arena_new_array(a, struct u32_vec, n ? n : 1);
	struct arena work;
	int e = relations ? 0 : ERR_NOMEM;
	arena_init(&work, ARENA_NO_LIMIT);
	for (size_t i = 0; i < sections->n && e == 0; i++) {
		e = relate_section(a, &work, r, &sections->v[i], relations);
		arena_clear(&work);
	}
	arena_release(&work);
	if (e < 0)
		return error_nomem(err);
	*ret = relations;
	return 0;
}
