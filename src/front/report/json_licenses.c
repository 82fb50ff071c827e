#include "front/report/json_licenses.h"

#include "format/json/json_write.h"

static int write_license(struct json_writer *w, struct arena *a, const struct report_section *s, const struct finding *f)
{
	const struct observation *o = f->observation;
	const struct package *p = f->subject.package;
	struct str path = s->os ? STR("") : package_full_path(a, p);
	json_begin_object(w);
	json_member_string(w, STR("Severity"), str_c(severity_name(f->severity)));
	json_member_string(w, STR("Category"), o ? o->category : STR("unknown"));
	json_member_string(w, STR("PkgName"), p->name);
	json_member_string(w, STR("FilePath"), path);
	json_member_string(w, STR("Name"), f->id);
	json_member_int(w, STR("Confidence"), 1);
	json_member_string(w, STR("Link"), STR(""));
	if (o && (o->match.n || o->detail.n)) {
		json_member_object(w, STR("Bulkhead"));
		json_member_string_opt(w, STR("Written"), o->match);
		json_member_string_opt(w, STR("Policy"), o->detail);
		json_end_object(w);
	}
	json_end_object(w);
	return path.p ? 0 : ERR_NOMEM;
}

static int write_suppressed(struct json_writer *w, struct arena *a, const struct report_section *s, const struct finding *f)
{
	json_begin_object(w);
	json_member_string(w, STR("Type"), STR("license"));
	json_member_string(w, STR("Status"), f->suppressed.status);
	json_member_string_opt(w, STR("Statement"), f->suppressed.reason);
	json_member_string(w, STR("Source"), f->suppressed.by);
	json_member_string_opt(w, STR("Until"), f->suppressed.until);
	json_key(w, STR("Finding"));
	int r = write_license(w, a, s, f);
	json_end_object(w);
	return r;
}

static int write_section(struct json_writer *w, struct arena *a, const struct report *r, const struct report_section *s, const struct u32_vec *list, const struct u32_vec *suppressed)
{
	int e = 0;
	json_begin_object(w);
	json_member_string(w, STR("Target"), s->os ? STR("OS Packages") : s->target);
	json_member_string(w, STR("Class"), STR("license"));
	if (list->n) {
		json_member_array(w, STR("Licenses"));
		for (size_t i = 0; i < list->n && e == 0; i++)
			e = write_license(w, a, s, &r->findings.v[list->v[i]]);
		json_end_array(w);
	}
	if (suppressed->n) {
		json_member_array(w, STR("ExperimentalModifiedFindings"));
		for (size_t i = 0; i < suppressed->n && e == 0; i++)
			e = write_suppressed(w, a, s, &r->findings.v[suppressed->v[i]]);
		json_end_array(w);
	}
	json_end_object(w);
	return e;
}

struct lists {
	struct u32_vec shown, suppressed;
};

int json_write_licenses(struct json_writer *w, struct arena *a, const struct report *r, const struct report_options *opt, const struct report_section_vec *sections)
{
	const struct package *packages = r->facts.packages.v;
	bool any = false;
	for (size_t i = 0; i < r->findings.n && !any; i++)
		any = r->findings.v[i].kind == FINDING_LICENSE && r->findings.v[i].subject.package;
	if (!any)
		return 0;
	uint32_t *section_of = arena_new_array(a, uint32_t, r->facts.packages.n + 1); /* number + 1 */
	struct lists *lists = arena_new_array(a, struct lists, sections->n + 1);
	if (!section_of || !lists)
		return ERR_NOMEM;
	for (size_t i = 0; i < sections->n; i++)
		for (size_t k = 0; k < sections->v[i].packages.n; k++)
			section_of[sections->v[i].packages.v[k]] = (uint32_t)i + 1;
	for (size_t i = 0; i < r->findings.n; i++) {
		const struct finding *f = &r->findings.v[i];
		uint32_t index = (uint32_t)i;
		if (f->kind != FINDING_LICENSE || f->subject.package < packages || f->subject.package >= packages + r->facts.packages.n)
			continue;
		uint32_t s = section_of[f->subject.package - packages];
		if (!s || (f->suppressed.active && !opt->show_suppressed))
			continue;
		if (!vec_push(a, f->suppressed.active ? &lists[s - 1].suppressed : &lists[s - 1].shown, index))
			return ERR_NOMEM;
	}
	int e = 0;
	for (size_t i = 0; i < sections->n && e == 0; i++)
		if (lists[i].shown.n || lists[i].suppressed.n)
			e = write_section(w, a, r, &sections->v[i], &lists[i].shown, &lists[i].suppressed);
	return e;
}
