#include "front/report/report.h"
#include "format/json/json.h"
#include "format/json/json_write.h"
#include "front/report/json_licenses.h"
#include "front/report/json_misconfigs.h"
#include "front/report/json_secrets.h"
#include "front/report/base_text.h"
#include "front/report/plan_text.h"
#include "front/report/rows.h"
#include "front/report/text.h"

#ifndef BULKHEAD_VERSION
#error "BULKHEAD_VERSION comes from the build"
#endif

struct json_report {
	struct json_writer w;
	struct arena arena, scratch; /* scratch: of one package or finding */
	const struct report *r;
	const struct report_options *opt;
	struct report_section_vec sections;
	struct u32_vec *relations; /* by package */
	struct str *purls;         /* by package, made on first use */
	bool failed;
};

static struct str checked(struct json_report *j, struct str s)
{
	j->failed |= !s.p;
	return s;
}

static struct str purl_of(struct json_report *j, const struct package *p)
{
	size_t i = (size_t)(p - j->r->facts.packages.v);
	bool listed = j->r->facts.packages.n && p >= j->r->facts.packages.v && i < j->r->facts.packages.n;
	if (listed && j->purls[i].p)
		return j->purls[i];
	struct str purl = checked(j, package_purl(&j->arena, p, &j->r->facts.distro));
	if (listed)
		j->purls[i] = purl;
	return purl;
}

static void write_strings(struct json_report *j, struct str key, const struct str_vec *list)
{
	const struct str *s;
	if (!list->n)
		return;
	json_member_array(&j->w, key);
	vec_foreach(s, list)
		json_string(&j->w, *s);
	json_end_array(&j->w);
}

static void write_identifier(struct json_report *j, struct str key, const struct package *p)
{
	struct str path = checked(j, package_full_path(&j->scratch, p));
	struct str uid = arena_printf(&j->scratch, "%.*s\n%.*s", STR_FMT(purl_of(j, p)), STR_FMT(path));
	json_member_object(&j->w, key);
	json_member_string(&j->w, STR("PURL"), purl_of(j, p));
	json_member_string(&j->w, STR("UID"), checked(j, arena_printf(&j->scratch, "%016llx", (unsigned long long)str_hash(checked(j, uid)))));
	json_end_object(&j->w);
}

static void write_layer(struct json_report *j, const struct package *p)
{
	const struct image_layer_vec *layers = &j->r->image.layers;
	json_member_object(&j->w, STR("Layer"));
	if (!j->r->is_rootfs && p->layer < layers->n) {
		json_member_string_opt(&j->w, STR("Digest"), layers->v[p->layer].digest);
		json_member_string_opt(&j->w, STR("DiffID"), layers->v[p->layer].diff_id);
	}
	json_end_object(&j->w);
}

static void write_os_version(struct json_report *j, const struct package *p)
{
	int64_t epoch, src_epoch;
	struct str version, release, src_version, src_release, src = p->src_version.n ? p->src_version : p->version;
	package_split_version(p, p->version, &epoch, &version, &release);
	package_split_version(p, src, &src_epoch, &src_version, &src_release);
	json_member_string_opt(&j->w, STR("Version"), version);
	json_member_string_opt(&j->w, STR("Release"), release);
	if (epoch)
		json_member_int(&j->w, STR("Epoch"), epoch);
	json_member_string_opt(&j->w, STR("Arch"), p->arch);
	json_member_string_opt(&j->w, STR("SrcName"), p->src_name.n ? p->src_name : p->name);
	json_member_string_opt(&j->w, STR("SrcVersion"), src_version);
	json_member_string_opt(&j->w, STR("SrcRelease"), src_release);
	if (src_epoch)
		json_member_int(&j->w, STR("SrcEpoch"), src_epoch);
}

static void write_depends(struct json_report *j, uint32_t index)
{
	const struct u32_vec *needs = &j->relations[index];
	bool open = false;
	for (size_t i = 0; i < needs->n; i++) {
		/* Kinds without identifiers (Python, jar) can't be pointed at in this schema; the bill of materials has their relations. */
		struct str id = checked(j, report_package_id(&j->scratch, &j->r->facts.packages.v[needs->v[i]]));
		if (!id.n)
			continue;
		if (!open)
			json_member_array(&j->w, STR("DependsOn"));
		open = true;
		json_string(&j->w, id);
	}
	if (open)
		json_end_array(&j->w);
}

/* Ours: what Trivy's schema has no place for. */
static void write_package_extras(struct json_report *j, const struct package *p)
{
	if (!p->owner && !p->vendored)
		return;
	json_member_object(&j->w, STR("Bulkhead"));
	if (p->owner && p->owner <= j->r->facts.packages.n)
		json_member_string(&j->w, STR("Owner"), checked(j, report_package_id(&j->scratch, &j->r->facts.packages.v[p->owner - 1])));
	if (p->vendored)
		json_member_bool(&j->w, STR("Vendored"), true);
	json_end_object(&j->w);
}

static void write_package(struct json_report *j, const struct report_section *s, uint32_t index)
{
	const struct package *p = &j->r->facts.packages.v[index];
	arena_clear(&j->scratch);
	json_begin_object(&j->w);
	json_member_string_opt(&j->w, STR("ID"), checked(j, report_package_id(&j->scratch, p)));
	json_member_string(&j->w, STR("Name"), p->name);
	write_identifier(j, STR("Identifier"), p);
	if (s->os)
		write_os_version(j, p);
	else
		json_member_string_opt(&j->w, STR("Version"), p->version);
	if (p->dev)
		json_member_bool(&j->w, STR("Dev"), true);
	write_strings(j, STR("Licenses"), &p->licenses);
	json_member_string_opt(&j->w, STR("Maintainer"), p->vendor);
	if (p->modularity.n)
		json_member_string(&j->w, STR("Modularitylabel"), p->modularity);
	if (p->indirect)
		json_member_bool(&j->w, STR("Indirect"), true);
	if (p->is_root || p->indirect)
		json_member_string(&j->w, STR("Relationship"), p->is_root ? STR("root") : STR("indirect"));
	write_depends(j, index);
	write_layer(j, p);
	if (s->aggregated)
		json_member_string_opt(&j->w, STR("FilePath"), checked(j, package_full_path(&j->scratch, p)));
	json_member_string_opt(&j->w, STR("Digest"), p->digest);
	if (p->line) {
		json_member_array(&j->w, STR("Locations"));
		json_begin_object(&j->w);
		json_member_uint(&j->w, STR("StartLine"), p->line);
		json_member_uint(&j->w, STR("EndLine"), p->end_line ? p->end_line : p->line);
		json_end_object(&j->w);
		json_end_array(&j->w);
	}
	const struct package_kind_info *info = package_kind_info(p->kind);
	json_member_string(&j->w, STR("AnalyzedBy"), str_c(info->os || !info->trivy_type ? info->name : info->trivy_type));
	write_package_extras(j, p);
	json_end_object(&j->w);
}

/* Sources in alphabetical order, as Go writes a map. */
static int compare_severities(const void *x, const void *y)
{
	return str_cmp(((const struct source_severity *)x)->source, ((const struct source_severity *)y)->source);
}

static void write_vendor_severities(struct json_report *j, const struct vulnerability *v)
{
	struct source_severity_vec all = { 0 };
	for (size_t i = 0; i < v->severities.n; i++)
		j->failed |= !vec_push(&j->scratch, &all, v->severities.v[i]);
	for (size_t i = 0; i < v->cvss.n; i++) {
		struct source_severity s = { .source = v->cvss.v[i].source, .severity = severity_from_score(v->cvss.v[i].score) };
		j->failed |= s.severity != SEVERITY_UNKNOWN && !vec_push(&j->scratch, &all, s);
	}
	/* A word that a source states goes before what its vectors say, a newer vector before an older one. */
	size_t n = 0;
	for (size_t i = 0; i < all.n; i++) {
		size_t k = 0;
		while (k < n && !str_eq(all.v[k].source, all.v[i].source))
			k++;
		if (k == n)
			all.v[n++] = all.v[i];
	}
	if (!n || j->failed)
		return;
	qsort(all.v, n, sizeof(all.v[0]), compare_severities);
	json_member_object(&j->w, STR("VendorSeverity"));
	for (size_t i = 0; i < n; i++)
		json_member_int(&j->w, all.v[i].source, all.v[i].severity);
	json_end_object(&j->w);
}

static int compare_cvss(const void *x, const void *y)
{
	const struct cvss_entry *a = x, *b = y;
	int r = str_cmp(a->source, b->source);
	return r ? r : (int)a->version - (int)b->version;
}

static void write_cvss(struct json_report *j, const struct vulnerability *v)
{
	if (!v->cvss.n)
		return;
	struct cvss_entry *all = arena_new_array(&j->scratch, struct cvss_entry, v->cvss.n);
	if (!all) {
		j->failed = true;
		return;
	}
	memcpy(all, v->cvss.v, v->cvss.n * sizeof(*all));
	qsort(all, v->cvss.n, sizeof(*all), compare_cvss);
	json_member_object(&j->w, STR("CVSS"));
	for (size_t i = 0; i < v->cvss.n;) {
		/* One entry a field: the newest minor version of each (3.1 before 3.0). */
		const struct cvss_entry *by_major[3] = { NULL };
		size_t first = i;
		for (; i < v->cvss.n && str_eq(all[i].source, all[first].source); i++)
			by_major[all[i].version < 30 ? 0 : all[i].version < 40 ? 1 : 2] = &all[i];
		static const struct str vectors[] = { STR_INIT("V2Vector"), STR_INIT("V3Vector"), STR_INIT("V40Vector") };
		static const struct str scores[] = { STR_INIT("V2Score"), STR_INIT("V3Score"), STR_INIT("V40Score") };
		json_member_object(&j->w, all[first].source);
		for (size_t k = 0; k < 3; k++)
			if (by_major[k])
				json_member_string_opt(&j->w, vectors[k], by_major[k]->vector);
		for (size_t k = 0; k < 3; k++)
			if (by_major[k] && by_major[k]->score > 0)
				json_member_double(&j->w, scores[k], by_major[k]->score);
		json_end_object(&j->w);
	}
	json_end_object(&j->w);
}

static void write_score(struct json_report *j, const struct finding *f)
{
	json_member_double(&j->w, STR("Score"), f->score / 10.0);
}

/* Ours: the order of work and what it rests on. */
static void write_work(struct json_report *j, const struct finding *f)
{
	const struct vulnerability *v = f->vulnerability;
	json_member_object(&j->w, STR("Bulkhead"));
	write_score(j, f);
	if (v && v->kev) {
		json_member_object(&j->w, STR("KEV"));
		json_member_string_opt(&j->w, STR("DateAdded"), v->kev_added);
		json_member_string_opt(&j->w, STR("DueDate"), v->kev_due);
		json_member_bool(&j->w, STR("Ransomware"), v->kev_ransomware);
		json_end_object(&j->w);
	}
	if (v && v->epss >= 0) {
		json_member_object(&j->w, STR("EPSS"));
		json_member_double(&j->w, STR("Score"), v->epss);
		if (v->epss_percentile >= 0)
			json_member_double(&j->w, STR("Percentile"), v->epss_percentile);
		json_end_object(&j->w);
	}
	json_end_object(&j->w);
}

static void write_data_source(struct json_report *j, struct str key)
{
	struct data_source source = { 0 };
	if (!key.n)
		return;
	if (!j->r->lookup.source || j->r->lookup.source(j->r->lookup.ctx, key, &source) < 0)
		source = (struct data_source){ .key = key, .name = key };
	json_member_object(&j->w, STR("DataSource"));
	json_member_string(&j->w, STR("ID"), key);
	json_member_string_opt(&j->w, STR("Name"), source.name);
	json_member_string_opt(&j->w, STR("URL"), source.url);
	json_end_object(&j->w);
}

static void write_vulnerability(struct json_report *j, const struct report_section *s, const struct finding *f)
{
	const struct package *p = f->subject.package;
	const struct vulnerability *v = f->vulnerability;
	arena_clear(&j->scratch);
	json_begin_object(&j->w);
	json_member_string(&j->w, STR("VulnerabilityID"), f->id);
	if (f->source_id.n && !str_eq(f->source_id, f->id)) {
		json_member_array(&j->w, STR("VendorIDs"));
		json_string(&j->w, f->source_id);
		json_end_array(&j->w);
	}
	json_member_string_opt(&j->w, STR("PkgID"), checked(j, report_package_id(&j->scratch, p)));
	json_member_string(&j->w, STR("PkgName"), p->name);
	if (s->aggregated)
		json_member_string_opt(&j->w, STR("PkgPath"), checked(j, package_full_path(&j->scratch, p)));
	write_identifier(j, STR("PkgIdentifier"), p);
	json_member_string(&j->w, STR("InstalledVersion"), p->version);
	json_member_string_opt(&j->w, STR("FixedVersion"), checked(j, text_join(&j->scratch, &f->fixed)));
	json_member_string(&j->w, STR("Status"), str_c(advisory_status_name(f->status)));
	write_layer(j, p);
	json_member_string_opt(&j->w, STR("SeveritySource"), f->severity_source);
	json_member_string(&j->w, STR("PrimaryURL"), checked(j, report_primary_url(&j->scratch, f)));
	write_data_source(j, f->data_source);
	json_member_string_opt(&j->w, STR("Title"), f->title);
	json_member_string_opt(&j->w, STR("Description"), f->description);
	json_member_string(&j->w, STR("Severity"), str_c(severity_name(f->severity)));
	if (v) {
		write_strings(j, STR("CweIDs"), &v->cwes);
		write_vendor_severities(j, v);
		write_cvss(j, v);
		write_strings(j, STR("References"), &v->references);
		json_member_string_opt(&j->w, STR("PublishedDate"), checked(j, report_timestamp(&j->scratch, v->published)));
		json_member_string_opt(&j->w, STR("LastModifiedDate"), checked(j, report_timestamp(&j->scratch, v->modified)));
	}
	write_work(j, f);
	json_end_object(&j->w);
}

/* Where Trivy puts them, too. */
static void write_suppressed(struct json_report *j, const struct report_section *s)
{
	if (!s->suppressed.n || !j->opt->show_suppressed)
		return;
	json_member_array(&j->w, STR("ExperimentalModifiedFindings"));
	for (size_t i = 0; i < s->suppressed.n; i++) {
		const struct finding *f = &j->r->findings.v[s->suppressed.v[i]];
		json_begin_object(&j->w);
		json_member_string(&j->w, STR("Type"), STR("vulnerability"));
		json_member_string(&j->w, STR("Status"), f->suppressed.status);
		json_member_string_opt(&j->w, STR("Statement"), f->suppressed.reason);
		json_member_string(&j->w, STR("Source"), f->suppressed.by);
		json_member_string_opt(&j->w, STR("Until"), f->suppressed.until);
		json_key(&j->w, STR("Finding"));
		write_vulnerability(j, s, f);
		json_end_object(&j->w);
	}
	json_end_array(&j->w);
}

static void write_section(struct json_report *j, const struct report_section *s)
{
	json_begin_object(&j->w);
	json_member_string(&j->w, STR("Target"), s->target);
	json_member_string(&j->w, STR("Class"), s->os ? STR("os-pkgs") : STR("lang-pkgs"));
	json_member_string(&j->w, STR("Type"), s->type);
	if (j->opt->list_all_pkgs && s->packages.n) {
		json_member_array(&j->w, STR("Packages"));
		for (size_t i = 0; i < s->packages.n; i++)
			write_package(j, s, s->packages.v[i]);
		json_end_array(&j->w);
	}
	if (s->findings.n) {
		json_member_array(&j->w, STR("Vulnerabilities"));
		for (size_t i = 0; i < s->findings.n; i++)
			write_vulnerability(j, s, &j->r->findings.v[s->findings.v[i]]);
		json_end_array(&j->w);
	}
	write_suppressed(j, s);
	json_end_object(&j->w);
}

static void write_image_config(struct json_report *j)
{
	struct document doc;
	struct error ignored = { 0 };
	if (!j->r->image.config_json.n || json_parse(&j->arena, j->r->image.config_json, NULL, &doc, NULL, &ignored) < 0)
		return;
	json_key(&j->w, STR("ImageConfig"));
	json_write_value(&j->w, doc.root);
}

static void write_metadata(struct json_report *j)
{
	const struct image_info *image = &j->r->image;
	const struct distro *d = &j->r->facts.distro;
	const struct image_layer *layer;
	const struct finding *f;
	bool dead = false;
	vec_foreach(f, &j->r->findings)
		dead |= f->kind == FINDING_END_OF_LIFE;
	json_member_object(&j->w, STR("Metadata"));
	if (image->size)
		json_member_uint(&j->w, STR("Size"), image->size);
	if (d->known) {
		json_member_object(&j->w, STR("OS"));
		json_member_string(&j->w, STR("Family"), distro_trivy_family(d));
		json_member_string(&j->w, STR("Name"), d->version);
		if (dead)
			json_member_bool(&j->w, STR("EOSL"), true);
		json_end_object(&j->w);
	}
	if (!j->r->is_rootfs) {
		json_member_string_opt(&j->w, STR("ImageID"), image->id);
		if (image->layers.n) {
			json_member_array(&j->w, STR("DiffIDs"));
			vec_foreach(layer, &image->layers)
				json_string(&j->w, layer->diff_id);
			json_end_array(&j->w);
		}
		write_strings(j, STR("RepoTags"), &image->repo_tags);
		write_strings(j, STR("RepoDigests"), &image->repo_digests);
		json_member_string_opt(&j->w, STR("Reference"), image->repo_tags.n ? image->repo_tags.v[0] : STR_NONE);
		write_image_config(j);
		json_member_array(&j->w, STR("Layers"));
		vec_foreach(layer, &image->layers) {
			json_begin_object(&j->w);
			if (layer->size)
				json_member_uint(&j->w, STR("Size"), layer->size);
			json_member_string_opt(&j->w, STR("Digest"), layer->digest);
			json_member_string_opt(&j->w, STR("DiffID"), layer->diff_id);
			json_end_object(&j->w);
		}
		json_end_array(&j->w);
	}
	json_end_object(&j->w);
}

static void write_counts(struct json_report *j)
{
	size_t shown[SEVERITY_COUNT];
	finding_count(&j->r->findings, FINDING_VULNERABILITY, shown);
	json_member_object(&j->w, STR("Counts"));
	for (int i = 0; i < 2; i++) {
		json_member_object(&j->w, i ? STR("HiddenBySeverity") : STR("Shown"));
		for (int s = SEVERITY_UNKNOWN; s < SEVERITY_COUNT; s++)
			json_member_uint(&j->w, str_c(severity_name((enum severity)s)), i ? j->opt->counts.hidden[s] : shown[s]);
		json_end_object(&j->w);
	}
	json_member_uint(&j->w, STR("Unfixed"), j->opt->counts.unfixed);
	json_member_uint(&j->w, STR("Suppressed"), j->opt->counts.suppressed);
	json_end_object(&j->w);
}

static void write_gates(struct json_report *j)
{
	if (!j->opt->verdict_count)
		return;
	json_member_array(&j->w, STR("Gates"));
	for (size_t i = 0; i < j->opt->verdict_count; i++) {
		const struct verdict *v = &j->opt->verdicts[i];
		json_begin_object(&j->w);
		json_member_string(&j->w, STR("Gate"), v->gate->text);
		json_member_bool(&j->w, STR("Met"), v->count == 0);
		json_member_uint(&j->w, STR("Failing"), v->count);
		json_member_uint(&j->w, STR("NotJudged"), v->unjudged);
		json_end_object(&j->w);
	}
	json_end_array(&j->w);
}

static void write_other_findings(struct json_report *j)
{
	const struct finding *f;
	json_member_array(&j->w, STR("Findings"));
	vec_foreach(f, &j->r->findings) {
		if ((f->kind == FINDING_VULNERABILITY && f->subject.package) || (f->kind == FINDING_SECRET && f->observation) || (f->kind == FINDING_MISCONFIGURATION && f->observation) ||
		    (f->kind == FINDING_LICENSE && f->subject.package))
			continue; /* in Results */
		json_begin_object(&j->w);
		json_member_string(&j->w, STR("Kind"), str_c(finding_kind_name(f->kind)));
		json_member_string_opt(&j->w, STR("ID"), f->id);
		if (judge_has_severity(f->kind))
			json_member_string(&j->w, STR("Severity"), str_c(severity_name(f->severity)));
		write_score(j, f);
		json_member_string_opt(&j->w, STR("Title"), f->title);
		json_member_string_opt(&j->w, STR("Description"), f->description);
		if (f->subject.package)
			json_member_string_opt(&j->w, STR("PkgID"), checked(j, report_package_id(&j->arena, f->subject.package)));
		if (f->subject.package)
			write_identifier(j, STR("PkgIdentifier"), f->subject.package);
		json_member_string_opt(&j->w, STR("Path"), f->subject.path);
		json_member_string_opt(&j->w, STR("Object"), f->subject.object);
		if (f->subject.line)
			json_member_uint(&j->w, STR("Line"), f->subject.line);
		if (report_layer(j->r, f))
			json_member_uint(&j->w, STR("Layer"), report_layer(j->r, f));
		json_member_string_opt(&j->w, STR("Fix"), f->fix_text);
		if (f->suppressed.active)
			json_member_string(&j->w, STR("SuppressedBy"), f->suppressed.by);
		json_end_object(&j->w);
	}
	json_end_array(&j->w);
}

static void write_diagnostics(struct json_report *j)
{
	static const char *const names[] = { [DIAG_NOTE] = "note", [DIAG_WARNING] = "warning", [DIAG_UNREADABLE] = "unreadable" };
	const struct diags *diags = &j->r->facts.diags;
	const struct diag *d;
	json_member_array(&j->w, STR("Diagnostics"));
	vec_foreach(d, &diags->list) {
		if (d->level == DIAG_NOTE)
			continue;
		json_begin_object(&j->w);
		json_member_string(&j->w, STR("Level"), str_c(names[d->level]));
		json_member_string_opt(&j->w, STR("Path"), d->path);
		if (d->line)
			json_member_uint(&j->w, STR("Line"), d->line);
		json_member_string(&j->w, STR("Text"), d->text);
		json_end_object(&j->w);
	}
	json_end_array(&j->w);
	if (diags->dropped)
		json_member_uint(&j->w, STR("DiagnosticsDropped"), diags->dropped);
}

static void write_rules(struct json_report *j, struct str key, bool expired)
{
	const struct ignore_rule *rule;
	json_member_array(&j->w, key);
	vec_foreach(rule, j->opt->rules) {
		if (rule->expired != expired || (!expired && rule->hits))
			continue;
		json_begin_object(&j->w);
		json_member_string(&j->w, STR("ID"), rule->id);
		json_member_string(&j->w, STR("File"), rule->file);
		json_member_uint(&j->w, STR("Line"), rule->line);
		json_member_string_opt(&j->w, STR("Until"), rule->until);
		json_end_object(&j->w);
	}
	json_end_array(&j->w);
}

static void write_extension(struct json_report *j)
{
	const struct report *r = j->r;
	struct str_vec remarks = { 0 };
	struct error ignored = { 0 };
	j->failed |= report_remarks(&j->arena, r, j->opt, &remarks, &ignored) < 0;
	json_member_object(&j->w, STR("Bulkhead"));
	json_member_string(&j->w, STR("Version"), STR(BULKHEAD_VERSION));
	json_member_object(&j->w, STR("Database"));
	json_member_string_opt(&j->w, STR("Path"), r->db_path);
	json_member_string_opt(&j->w, STR("Updated"), r->db_updated);
	if (r->db_age_days >= 0)
		json_member_int(&j->w, STR("AgeDays"), r->db_age_days);
	json_member_bool(&j->w, STR("StarterOnly"), r->starter_only);
	json_end_object(&j->w);
	json_member_string_opt(&j->w, STR("Ecosystem"), r->ecosystem);
	write_counts(j);
	write_gates(j);
	if (j->opt->plan) {
		json_key(&j->w, STR("Plan"));
		j->failed |= plan_write_json(&j->arena, r, &j->w, &ignored) < 0;
	}
	base_text_json(&j->w, r);
	write_other_findings(j);
	write_diagnostics(j);
	if (j->opt->rules) {
		write_rules(j, STR("UnusedIgnoreRules"), false);
		write_rules(j, STR("ExpiredIgnoreRules"), true);
	}
	json_member_array(&j->w, STR("Notices"));
	for (size_t i = 0; i < remarks.n; i++)
		json_string(&j->w, remarks.v[i]);
	json_end_array(&j->w);
	json_end_object(&j->w);
}

static void write_report(struct json_report *j)
{
	const struct report_section *s;
	json_begin_object(&j->w);
	json_member_int(&j->w, STR("SchemaVersion"), 2);
	json_member_string_opt(&j->w, STR("CreatedAt"), j->r->created);
	json_member_string(&j->w, STR("ArtifactName"), j->r->image.artifact_name);
	json_member_string(&j->w, STR("ArtifactType"), j->r->is_rootfs ? STR("filesystem") : STR("container_image"));
	write_metadata(j);
	json_member_array(&j->w, STR("Results"));
	vec_foreach(s, &j->sections)
		write_section(j, s);
	json_write_misconfigs(&j->w, j->r, j->opt);
	json_write_secrets(&j->w, j->r, j->opt);
	j->failed |= json_write_licenses(&j->w, &j->arena, j->r, j->opt, &j->sections) < 0;
	json_end_array(&j->w);
	write_extension(j);
	json_end_object(&j->w);
	buf_add_char(j->w.out, '\n');
}

int report_json(const struct report *r, const struct report_options *opt, struct buf *out, struct error *err)
{
	struct json_report j = { .r = r, .opt = opt };
	size_t n = r->facts.packages.n ? r->facts.packages.n : 1;
	arena_init(&j.arena, ARENA_NO_LIMIT);
	arena_init(&j.scratch, ARENA_NO_LIMIT);
	json_writer_init(&j.w, out, 2, 0);
	j.purls = arena_new_array(&j.arena, struct str, n);
	int e = j.purls ? report_sections(&j.arena, r, &j.sections, err) : error_nomem(err);
	if (e == 0)
		e = report_relations(&j.arena, r, &j.relations, err);
	if (e == 0)
		write_report(&j);
	if (e == 0 && j.failed)
		e = error_nomem(err);
	if (e == 0 && buf_failed(out))
		e = error_set(err, ERR_LIMIT, "the report is too large");
	arena_release(&j.scratch);
	arena_release(&j.arena);
	return e;
}
