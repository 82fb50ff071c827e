#include "front/report/report.h"
#include "base/map.h"
#include "format/cyclonedx/cyclonedx.h"
#include "format/cyclonedx/words.h"
#include "format/sbom/facts.h"

/* The bill of materials (format/sbom, format/cyclonedx) with the vulnerabilities behind it. */
struct writer {
	struct json_writer *w;
	struct arena arena;
	const struct report *r;
	struct sbom sbom;
	size_t first_package;
	bool failed;
};

static struct str checked(struct writer *b, struct str s)
{
	b->failed |= !s.p;
	return s;
}

static void property(struct writer *b, const char *name, struct str value)
{
	if (!value.n)
		return;
	json_begin_object(b->w);
	json_member_string(b->w, STR("name"), str_c(name));
	json_member_string(b->w, STR("value"), value);
	json_end_object(b->w);
}

static void write_rating(struct writer *b, struct str source, const struct cvss_entry *cvss, enum severity severity)
{
	json_begin_object(b->w);
	json_member_object(b->w, STR("source"));
	json_member_string(b->w, STR("name"), source.n ? source : STR("unknown"));
	json_end_object(b->w);
	if (cvss && cvss->score > 0)
		json_member_double(b->w, STR("score"), cvss->score);
	json_member_string(b->w, STR("severity"), str_c(cyclonedx_severity(severity)));
	if (cvss) {
		json_member_string(b->w, STR("method"), str_c(cyclonedx_cvss_method(cvss->version)));
		json_member_string_opt(b->w, STR("vector"), cvss->vector);
	}
	json_end_object(b->w);
}

/* The rating that the report goes by comes first. */
static void write_ratings(struct writer *b, const struct finding *f)
{
	const struct vulnerability *v = f->vulnerability;
	json_member_array(b->w, STR("ratings"));
	write_rating(b, f->severity_source, NULL, f->severity);
	for (size_t i = 0; v && i < v->severities.n; i++)
		if (!str_eq(v->severities.v[i].source, f->severity_source))
			write_rating(b, v->severities.v[i].source, NULL, v->severities.v[i].severity);
	for (size_t i = 0; v && i < v->cvss.n; i++)
		write_rating(b, v->cvss.v[i].source, &v->cvss.v[i], severity_from_score(v->cvss.v[i].score));
	json_end_array(b->w);
}

static void write_date(struct writer *b, struct str key, struct str date)
{
	json_member_string_opt(b->w, key, checked(b, report_timestamp(&b->arena, date)));
}

static void write_details(struct writer *b, const struct vulnerability *v)
{
	const struct str *s;
	json_member_array(b->w, STR("cwes"));
	vec_foreach(s, &v->cwes) {
		struct str number = *s;
		uint64_t n;
		str_strip_prefix(&number, STR("CWE-"));
		if (str_to_u64(number, &n) == 0 && n > 0 && n < 1000000)
			json_uint(b->w, n);
	}
	json_end_array(b->w);
	json_member_array(b->w, STR("advisories"));
	vec_foreach(s, &v->references) {
		if (!str_has_prefix(*s, STR("http://")) && !str_has_prefix(*s, STR("https://")))
			continue;
		json_begin_object(b->w);
		json_member_string(b->w, STR("url"), *s);
		json_end_object(b->w);
	}
	json_end_array(b->w);
	write_date(b, STR("published"), v->published);
	write_date(b, STR("updated"), v->modified);
}

static void write_analysis(struct writer *b, const struct suppression *why)
{
	const char *state = cyclonedx_analysis_state(why->status);
	struct str detail = checked(b, arena_printf(&b->arena, "%.*s%s%.*s%s%.*s", STR_FMT(why->by), why->until.n ? ", until " : "", STR_FMT(why->until),
						    why->reason.n ? ": " : "", STR_FMT(why->reason)));
	json_member_object(b->w, STR("analysis"));
	if (state) {
		json_member_string(b->w, STR("state"), str_c(state));
	} else { /* somebody accepted the risk: no statement about the product */
		json_member_array(b->w, STR("response"));
		json_string(b->w, STR("will_not_fix"));
		json_end_array(b->w);
	}
	json_member_string(b->w, STR("detail"), detail);
	json_end_object(b->w);
}

static void write_affects(struct writer *b, const struct u32_vec *findings)
{
	json_member_array(b->w, STR("affects"));
	for (size_t i = 0; i < findings->n; i++) {
		const struct package *p = b->r->findings.v[findings->v[i]].subject.package;
		size_t index = (size_t)(p - b->r->facts.packages.v);
		if (index >= b->r->facts.packages.n)
			continue;
		json_begin_object(b->w);
		json_member_string(b->w, STR("ref"), b->sbom.components.v[b->first_package + index].ref);
		json_member_array(b->w, STR("versions"));
		json_begin_object(b->w);
		json_member_string(b->w, STR("version"), p->version);
		json_member_string(b->w, STR("status"), STR("affected"));
		json_end_object(b->w);
		json_end_array(b->w);
		json_end_object(b->w);
	}
	json_end_array(b->w);
}

/* "Upgrade openssl to 1.1.1n-0+deb11u4; upgrade libssl1.1 to …" */
static struct str recommendation(struct writer *b, const struct u32_vec *findings)
{
	struct buf text;
	buf_init(&text, b->w->out->max);
	for (size_t i = 0; i < findings->n; i++) {
		const struct finding *f = &b->r->findings.v[findings->v[i]];
		if (f->fixed.n)
			buf_addf(&text, "%s %.*s to version %.*s", text.n ? "; upgrade" : "Upgrade", STR_FMT(f->subject.package->name), STR_FMT(f->fixed.v[0]));
	}
	struct str s = checked(b, arena_str(&b->arena, buf_str(&text)));
	b->failed |= buf_failed(&text);
	buf_release(&text);
	return s;
}

static void write_vulnerability(struct writer *b, const struct u32_vec *findings)
{
	const struct finding *f = &b->r->findings.v[findings->v[0]];
	const struct vulnerability *v = f->vulnerability;
	struct data_source source = { 0 };
	json_begin_object(b->w);
	json_member_string(b->w, STR("id"), f->id);
	if (b->r->lookup.source && f->data_source.n && b->r->lookup.source(b->r->lookup.ctx, f->data_source, &source) == 0 && source.name.n) {
		json_member_object(b->w, STR("source"));
		json_member_string(b->w, STR("name"), source.name);
		json_member_string_opt(b->w, STR("url"), source.url);
		json_end_object(b->w);
	}
	write_ratings(b, f);
	json_member_string_opt(b->w, STR("description"), f->title.n ? f->title : f->description);
	if (f->title.n)
		json_member_string_opt(b->w, STR("detail"), f->description);
	json_member_string_opt(b->w, STR("recommendation"), recommendation(b, findings));
	if (v)
		write_details(b, v);
	if (f->suppressed.active)
		write_analysis(b, &f->suppressed);
	write_affects(b, findings);
	json_member_array(b->w, STR("properties"));
	property(b, SBOM_OURS "PrimaryURL", checked(b, report_primary_url(&b->arena, f)));
	property(b, SBOM_OURS "VendorID", str_eq(f->source_id, f->id) ? STR("") : f->source_id);
	if (v && v->kev)
		property(b, SBOM_OURS "KEV", v->kev_added.n ? v->kev_added : STR("true"));
	if (v && v->epss >= 0)
		property(b, SBOM_OURS "EPSS", checked(b, arena_printf(&b->arena, "%.5f", v->epss)));
	json_end_array(b->w);
	json_end_object(b->w);
}

/* One entry an identifier, with all that it affects; what is suppressed is an entry of its own, because the analysis is the entry's. */
static void write_vulnerabilities(void *ctx, struct json_writer *w)
{
	struct writer *b = ctx;
	struct map groups;
	b->w = w;
	map_init(&groups, &b->arena);
	for (size_t i = 0; i < b->r->findings.n; i++) {
		const struct finding *f = &b->r->findings.v[i];
		uint32_t index = (uint32_t)i;
		bool is_new;
		if (f->kind != FINDING_VULNERABILITY || !f->subject.package)
			continue;
		struct str key = checked(b, arena_printf(&b->arena, "%.*s\n%.*s", STR_FMT(f->id), STR_FMT(f->suppressed.by)));
		void **slot = map_at(&groups, key, &is_new);
		if (slot && is_new)
			*slot = arena_new(&b->arena, struct u32_vec);
		struct u32_vec *list = slot ? *slot : NULL;
		b->failed |= !list || !vec_push(&b->arena, list, index);
		if (b->failed)
			return;
	}
	json_member_array(b->w, STR("vulnerabilities"));
	for (size_t i = 0; i < groups.n; i++)
		write_vulnerability(b, groups.entries[i].value);
	json_end_array(b->w);
}

/* What people are told beside the findings: end of life, no data, unreadable parts, age of the database. */
static int add_remarks(struct writer *b, const struct report_options *opt, struct error *err)
{
	struct str_vec remarks = { 0 };
	const struct str *s;
	int r = report_remarks(&b->arena, b->r, opt, &remarks, err);
	if (r < 0)
		return r;
	vec_foreach(s, &remarks)
		if (sbom_property_add(&b->arena, &b->sbom.properties, STR(SBOM_P_NOTICE), *s) < 0)
			return error_nomem(err);
	return 0;
}

int report_sbom(struct arena *a, const struct report *r, struct sbom *ret, size_t *ret_first_package, struct error *err)
{
	struct sbom_facts facts = { .image = r->image, .facts = r->facts, .is_rootfs = r->is_rootfs };
	struct sbom_tool tool = { .name = STR("bulkhead"), .version = STR(BULKHEAD_VERSION) };
	const struct finding *f;
	vec_foreach(f, &r->findings) {
		struct sbom_gap gap = { .path = f->subject.path, .diff_id = f->subject.layer_diff_id, .text = f->title, .line = f->subject.line };
		if (f->kind == FINDING_UNREADABLE && !vec_push(a, &facts.gaps, gap))
			return error_nomem(err);
	}
	int e = sbom_from_facts(a, &facts, ret, ret_first_package, err);
	if (e < 0)
		return e;
	ret->created = r->created;
	return vec_push(a, &ret->tools, tool) ? 0 : error_nomem(err);
}

int report_cyclonedx(const struct report *r, const struct report_options *opt, struct buf *out, struct error *err)
{
	struct writer b = { .r = r };
	arena_init(&b.arena, ARENA_NO_LIMIT);
	int e = report_sbom(&b.arena, r, &b.sbom, &b.first_package, err);
	if (e == 0)
		e = add_remarks(&b, opt, err);
	if (e == 0)
		e = cyclonedx_write_json_with(&b.sbom, write_vulnerabilities, &b, out, err);
	if (e == 0 && b.failed)
		e = error_nomem(err);
	arena_release(&b.arena);
	return e;
}
