#include "front/report/report.h"
#include "base/path.h"
#include "format/json/json_write.h"
#include "front/report/cyclonedx_words.h"
#include "front/report/sections.h"

/* The bill of materials as a graph: image -> operating system -> its packages; image -> files (lock files, binaries) -> theirs; image -> folded language
 * packages; package -> what it needs. bom-ref is the purl, with the path behind it where one purl is there twice. */
struct sbom {
	struct json_writer w;
	struct arena arena;
	const struct report *r;
	const struct report_options *opt;
	struct report_section_vec sections;
	struct u32_vec *relations;
	struct str *purls, *refs;   /* by package */
	struct str *section_refs;   /* by section: its component, or empty when its packages hang on the image */
	struct str image_ref;
	bool failed;
};

static struct str checked(struct sbom *b, struct str s)
{
	b->failed |= !s.p;
	return s;
}

static struct str uuid_of(struct sbom *b, struct str content, const char *salt)
{
	struct str x = checked(b, arena_printf(&b->arena, "1%s", salt)), y = checked(b, arena_printf(&b->arena, "2%s", salt));
	/* Version 8 (RFC 9562: custom, here our stable 64-bit hash taken twice), variant 10. */
	uint64_t h = str_hash(content), high = h ^ str_hash(x), low = str_hash(checked(b, arena_printf(&b->arena, "%.*s%016llx", STR_FMT(y), (unsigned long long)h)));
	high = (high & ~0xf000ULL) | 0x8000;
	low = (low & ~(3ULL << 62)) | 1ULL << 63;
	return checked(b, arena_printf(&b->arena, "%08x-%04x-%04x-%04x-%012llx", (unsigned)(high >> 32), (unsigned)(high >> 16 & 0xffff), (unsigned)(high & 0xffff),
				       (unsigned)(low >> 48), (unsigned long long)(low & 0xffffffffffffULL)));
}

#define TRIVY "aquasecurity:trivy:" /* what Trivy needs to judge our bills as it judges its own */
#define OURS  "bulkhead:"

static void property(struct sbom *b, const char *name, struct str value)
{
	if (!value.n)
		return;
	json_begin_object(&b->w);
	json_member_string(&b->w, STR("name"), str_c(name));
	json_member_string(&b->w, STR("value"), value);
	json_end_object(&b->w);
}

static void properties(struct sbom *b, const char *name, const struct str_vec *values)
{
	const struct str *s;
	vec_foreach(s, values)
		property(b, name, *s);
}

/* pkg:oci/debian@sha256%3A…?repository_url=docker.io%2Flibrary%2Fdebian, of "docker.io/library/debian@sha256:…". */
static struct str image_purl(struct sbom *b)
{
	const struct image_info *image = &b->r->image;
	struct str repository, digest;
	struct buf out;
	if (!image->repo_digests.n || !str_cut(image->repo_digests.v[0], '@', &repository, &digest) || !digest.n || !repository.n)
		return STR("");
	buf_init(&out, 8192);
	struct str name = checked(b, arena_lower(&b->arena, path_base(repository)));
	buf_addf(&out, "pkg:oci/%.*s@", STR_FMT(name));
	for (size_t i = 0; i < digest.n; i++)
		buf_addf(&out, digest.p[i] == ':' ? "%%3A" : "%c", digest.p[i]);
	buf_addf(&out, "?");
	if (image->architecture.n)
		buf_addf(&out, "arch=%.*s&", STR_FMT(image->architecture));
	buf_add_c(&out, "repository_url=");
	for (size_t i = 0; i < repository.n; i++) {
		char c = repository.p[i];
		buf_addf(&out, char_is_alnum(c) || char_is_one_of(c, "-._~") ? "%c" : "%%%02X", (unsigned char)c);
	}
	struct str purl = checked(b, arena_str(&b->arena, buf_str(&out)));
	b->failed |= buf_failed(&out);
	buf_release(&out);
	return purl;
}

#define REF_ATTEMPTS 100 /* a path that ends like another one's number costs one more */

/* Every bom-ref is unique: purl, else purl#path, else with numbers. */
static void make_refs(struct sbom *b)
{
	const struct package_vec *packages = &b->r->facts.packages;
	struct map used;
	map_init(&used, &b->arena);
	for (size_t i = 0; i < packages->n && !b->failed; i++) {
		const struct package *p = &packages->v[i];
		b->purls[i] = checked(b, package_purl(&b->arena, p, &b->r->facts.distro));
		struct str path = checked(b, report_package_path(&b->arena, p));
		bool is_new = false;
		for (unsigned attempt = 0; attempt < REF_ATTEMPTS && !is_new; attempt++) {
			struct str ref = attempt == 0 ? b->purls[i]
					 : attempt == 1 ? arena_printf(&b->arena, "%.*s#%.*s", STR_FMT(b->purls[i]), STR_FMT(path))
					 : attempt == 2 ? arena_printf(&b->arena, "%.*s#%.*s#%zu", STR_FMT(b->purls[i]), STR_FMT(path), i)
							: arena_printf(&b->arena, "%.*s#%.*s#%zu#%u", STR_FMT(b->purls[i]), STR_FMT(path), i, attempt);
			b->refs[i] = checked(b, ref);
			b->failed |= !map_at(&used, ref, &is_new);
		}
	}
	for (size_t i = 0; i < b->sections.n; i++) {
		const struct report_section *s = &b->sections.v[i];
		b->section_refs[i] = s->aggregated && !s->os ? STR("") : uuid_of(b, checked(b, arena_printf(&b->arena, "%.*s\n%.*s", STR_FMT(s->type), STR_FMT(s->target))), "section");
	}
}

static void write_hashes(struct sbom *b, struct str digest)
{
	struct str name, hex;
	const char *algorithm;
	if (!str_cut(digest, ':', &name, &hex) || !(algorithm = cyclonedx_hash_name(name, hex)))
		return;
	json_member_array(&b->w, STR("hashes"));
	json_begin_object(&b->w);
	json_member_string(&b->w, STR("alg"), str_c(algorithm));
	json_member_string(&b->w, STR("content"), hex);
	json_end_object(&b->w);
	json_end_array(&b->w);
}

static void write_licenses(struct sbom *b, const struct str_vec *licenses)
{
	const struct str *l;
	if (!licenses->n)
		return;
	json_member_array(&b->w, STR("licenses"));
	vec_foreach(l, licenses) {
		const char *id = cyclonedx_spdx_id(*l);
		if (!l->n)
			continue;
		json_begin_object(&b->w);
		json_member_object(&b->w, STR("license"));
		json_member_string(&b->w, id ? STR("id") : STR("name"), id ? str_c(id) : *l);
		json_end_object(&b->w);
		json_end_object(&b->w);
	}
	json_end_array(&b->w);
}

/* Maven "group:artifact", npm "@scope/name", Composer "vendor/name": group and name apart. */
static void write_name(struct sbom *b, const struct package *p)
{
	const char *type = package_kind_info(p->kind)->purl_type;
	char separator = strcmp(type, "maven") == 0 ? ':' : strcmp(type, "npm") == 0 || strcmp(type, "composer") == 0 ? '/' : '\0';
	struct str group, name;
	if (separator && str_cut(p->name, separator, &group, &name) && group.n && name.n) {
		json_member_string(&b->w, STR("group"), group);
		json_member_string(&b->w, STR("name"), name);
		return;
	}
	json_member_string(&b->w, STR("name"), p->name);
}

/* Distributions' advisories are filed under source packages. */
static void write_source(struct sbom *b, const struct package *p)
{
	int64_t epoch;
	struct str version, release;
	report_split_version(p, p->src_version.n ? p->src_version : p->version, &epoch, &version, &release);
	property(b, TRIVY "SrcName", p->src_name.n ? p->src_name : p->name);
	property(b, TRIVY "SrcVersion", version);
	property(b, TRIVY "SrcRelease", release);
	if (epoch)
		property(b, TRIVY "SrcEpoch", checked(b, arena_printf(&b->arena, "%lld", (long long)epoch)));
}

static void write_package(struct sbom *b, uint32_t index)
{
	const struct package *p = &b->r->facts.packages.v[index];
	const struct package_kind_info *info = package_kind_info(p->kind);
	const struct image_layer_vec *layers = &b->r->image.layers;
	json_begin_object(&b->w);
	json_member_string(&b->w, STR("bom-ref"), b->refs[index]);
	json_member_string(&b->w, STR("type"), p->is_root ? STR("application") : STR("library"));
	if (info->os && p->vendor.n) {
		json_member_object(&b->w, STR("supplier"));
		json_member_string(&b->w, STR("name"), p->vendor);
		json_end_object(&b->w);
	}
	write_name(b, p);
	json_member_string_opt(&b->w, STR("version"), p->version);
	write_hashes(b, p->digest);
	write_licenses(b, &p->licenses);
	json_member_string_opt(&b->w, STR("purl"), b->purls[index]);
	json_member_array(&b->w, STR("properties"));
	property(b, TRIVY "PkgType", info->os ? distro_trivy_family(&b->r->facts.distro) : str_c(info->trivy_type ? info->trivy_type : info->name));
	if (info->os)
		write_source(b, p);
	property(b, TRIVY "Modularitylabel", p->modularity);
	property(b, TRIVY "FilePath", checked(b, report_package_path(&b->arena, p)));
	if (!b->r->is_rootfs && p->layer < layers->n) {
		property(b, TRIVY "LayerDigest", layers->v[p->layer].digest);
		property(b, TRIVY "LayerDiffID", layers->v[p->layer].diff_id);
	}
	if (p->owner && p->owner <= b->r->facts.packages.n)
		property(b, OURS "OwnedBy", b->refs[p->owner - 1]);
	property(b, OURS "Development", p->dev ? STR("true") : STR(""));
	json_end_array(&b->w);
	json_end_object(&b->w);
}

static void write_components(struct sbom *b)
{
	const struct distro *d = &b->r->facts.distro;
	json_member_array(&b->w, STR("components"));
	for (size_t i = 0; i < b->sections.n; i++) {
		const struct report_section *s = &b->sections.v[i];
		if (!b->section_refs[i].n)
			continue;
		json_begin_object(&b->w);
		json_member_string(&b->w, STR("bom-ref"), b->section_refs[i]);
		json_member_string(&b->w, STR("type"), s->os ? STR("operating-system") : STR("application"));
		json_member_string(&b->w, STR("name"), s->os ? (s->type.n ? s->type : STR("unknown")) : s->target);
		if (s->os) {
			json_member_string_opt(&b->w, STR("version"), d->version);
			json_member_string_opt(&b->w, STR("description"), d->name);
		}
		json_member_array(&b->w, STR("properties"));
		property(b, TRIVY "Class", s->os ? STR("os-pkgs") : STR("lang-pkgs"));
		property(b, TRIVY "Type", s->type);
		json_end_array(&b->w);
		json_end_object(&b->w);
	}
	for (size_t i = 0; i < b->r->facts.packages.n; i++)
		write_package(b, (uint32_t)i);
	json_end_array(&b->w);
}

static void begin_dependency(struct sbom *b, struct str ref)
{
	json_begin_object(&b->w);
	json_member_string(&b->w, STR("ref"), ref);
	json_member_array(&b->w, STR("dependsOn"));
}

static void end_dependency(struct sbom *b)
{
	json_end_array(&b->w);
	json_end_object(&b->w);
}

static void write_dependencies(struct sbom *b)
{
	json_member_array(&b->w, STR("dependencies"));
	begin_dependency(b, b->image_ref);
	for (size_t i = 0; i < b->sections.n; i++) {
		const struct report_section *s = &b->sections.v[i];
		if (b->section_refs[i].n)
			json_string(&b->w, b->section_refs[i]);
		for (size_t k = 0; !b->section_refs[i].n && k < s->packages.n; k++)
			json_string(&b->w, b->refs[s->packages.v[k]]);
	}
	end_dependency(b);
	for (size_t i = 0; i < b->sections.n; i++) {
		const struct report_section *s = &b->sections.v[i];
		if (!b->section_refs[i].n)
			continue;
		begin_dependency(b, b->section_refs[i]);
		for (size_t k = 0; k < s->packages.n; k++)
			json_string(&b->w, b->refs[s->packages.v[k]]);
		end_dependency(b);
	}
	for (size_t i = 0; i < b->r->facts.packages.n; i++) {
		begin_dependency(b, b->refs[i]);
		for (size_t k = 0; k < b->relations[i].n; k++)
			json_string(&b->w, b->refs[b->relations[i].v[k]]);
		end_dependency(b);
	}
	json_end_array(&b->w);
}

static void write_rating(struct sbom *b, struct str source, const struct cvss_entry *cvss, enum severity severity)
{
	json_begin_object(&b->w);
	json_member_object(&b->w, STR("source"));
	json_member_string(&b->w, STR("name"), source.n ? source : STR("unknown"));
	json_end_object(&b->w);
	if (cvss && cvss->score > 0)
		json_member_double(&b->w, STR("score"), cvss->score);
	json_member_string(&b->w, STR("severity"), str_c(cyclonedx_severity(severity)));
	if (cvss) {
		json_member_string(&b->w, STR("method"), str_c(cyclonedx_cvss_method(cvss->version)));
		json_member_string_opt(&b->w, STR("vector"), cvss->vector);
	}
	json_end_object(&b->w);
}

/* The rating that the report goes by comes first. */
static void write_ratings(struct sbom *b, const struct finding *f)
{
	const struct vulnerability *v = f->vulnerability;
	json_member_array(&b->w, STR("ratings"));
	write_rating(b, f->severity_source, NULL, f->severity);
	for (size_t i = 0; v && i < v->severities.n; i++)
		if (!str_eq(v->severities.v[i].source, f->severity_source))
			write_rating(b, v->severities.v[i].source, NULL, v->severities.v[i].severity);
	for (size_t i = 0; v && i < v->cvss.n; i++)
		write_rating(b, v->cvss.v[i].source, &v->cvss.v[i], severity_from_score(v->cvss.v[i].score));
	json_end_array(&b->w);
}

static void write_date(struct sbom *b, struct str key, struct str date)
{
	json_member_string_opt(&b->w, key, checked(b, report_timestamp(&b->arena, date)));
}

static void write_details(struct sbom *b, const struct vulnerability *v)
{
	const struct str *s;
	json_member_array(&b->w, STR("cwes"));
	vec_foreach(s, &v->cwes) {
		struct str number = *s;
		uint64_t n;
		str_strip_prefix(&number, STR("CWE-"));
		if (str_to_u64(number, &n) == 0 && n > 0 && n < 1000000)
			json_uint(&b->w, n);
	}
	json_end_array(&b->w);
	json_member_array(&b->w, STR("advisories"));
	vec_foreach(s, &v->references) {
		if (!str_has_prefix(*s, STR("http://")) && !str_has_prefix(*s, STR("https://")))
			continue;
		json_begin_object(&b->w);
		json_member_string(&b->w, STR("url"), *s);
		json_end_object(&b->w);
	}
	json_end_array(&b->w);
	write_date(b, STR("published"), v->published);
	write_date(b, STR("updated"), v->modified);
}

static void write_analysis(struct sbom *b, const struct suppression *why)
{
	const char *state = cyclonedx_analysis_state(why->status);
	struct str detail = checked(b, arena_printf(&b->arena, "%.*s%s%.*s%s%.*s", STR_FMT(why->by), why->until.n ? ", until " : "", STR_FMT(why->until),
						    why->reason.n ? ": " : "", STR_FMT(why->reason)));
	json_member_object(&b->w, STR("analysis"));
	if (state) {
		json_member_string(&b->w, STR("state"), str_c(state));
	} else { /* somebody accepted the risk: no statement about the product */
		json_member_array(&b->w, STR("response"));
		json_string(&b->w, STR("will_not_fix"));
		json_end_array(&b->w);
	}
	json_member_string(&b->w, STR("detail"), detail);
	json_end_object(&b->w);
}

static void write_affects(struct sbom *b, const struct u32_vec *findings)
{
	json_member_array(&b->w, STR("affects"));
	for (size_t i = 0; i < findings->n; i++) {
		const struct package *p = b->r->findings.v[findings->v[i]].subject.package;
		size_t index = (size_t)(p - b->r->facts.packages.v);
		if (index >= b->r->facts.packages.n)
			continue;
		json_begin_object(&b->w);
		json_member_string(&b->w, STR("ref"), b->refs[index]);
		json_member_array(&b->w, STR("versions"));
		json_begin_object(&b->w);
		json_member_string(&b->w, STR("version"), p->version);
		json_member_string(&b->w, STR("status"), STR("affected"));
		json_end_object(&b->w);
		json_end_array(&b->w);
		json_end_object(&b->w);
	}
	json_end_array(&b->w);
}

/* "Upgrade openssl to 1.1.1n-0+deb11u4; upgrade libssl1.1 to …" */
static struct str recommendation(struct sbom *b, const struct u32_vec *findings)
{
	struct buf text;
	buf_init(&text, b->w.out->max);
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

static void write_vulnerability(struct sbom *b, const struct u32_vec *findings)
{
	const struct finding *f = &b->r->findings.v[findings->v[0]];
	const struct vulnerability *v = f->vulnerability;
	struct data_source source = { 0 };
	json_begin_object(&b->w);
	json_member_string(&b->w, STR("id"), f->id);
	if (b->r->lookup.source && f->data_source.n && b->r->lookup.source(b->r->lookup.ctx, f->data_source, &source) == 0 && source.name.n) {
		json_member_object(&b->w, STR("source"));
		json_member_string(&b->w, STR("name"), source.name);
		json_member_string_opt(&b->w, STR("url"), source.url);
		json_end_object(&b->w);
	}
	write_ratings(b, f);
	json_member_string_opt(&b->w, STR("description"), f->title.n ? f->title : f->description);
	if (f->title.n)
		json_member_string_opt(&b->w, STR("detail"), f->description);
	json_member_string_opt(&b->w, STR("recommendation"), recommendation(b, findings));
	if (v)
		write_details(b, v);
	if (f->suppressed.active)
		write_analysis(b, &f->suppressed);
	write_affects(b, findings);
	json_member_array(&b->w, STR("properties"));
	property(b, OURS "PrimaryURL", checked(b, report_primary_url(&b->arena, f)));
	property(b, OURS "VendorID", str_eq(f->source_id, f->id) ? STR("") : f->source_id);
	if (v && v->kev)
		property(b, OURS "KEV", v->kev_added.n ? v->kev_added : STR("true"));
	if (v && v->epss >= 0)
		property(b, OURS "EPSS", checked(b, arena_printf(&b->arena, "%.5f", v->epss)));
	json_end_array(&b->w);
	json_end_object(&b->w);
}

/* One entry an identifier, with all that it affects; what is suppressed is an entry of its own, because the analysis is the entry's. */
static void write_vulnerabilities(struct sbom *b)
{
	struct map groups;
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
	json_member_array(&b->w, STR("vulnerabilities"));
	for (size_t i = 0; i < groups.n; i++)
		write_vulnerability(b, groups.entries[i].value);
	json_end_array(&b->w);
}

/* What people are told beside the findings: end of life, no data, unreadable parts, age of the database. */
static void write_remarks(struct sbom *b)
{
	struct str_vec remarks = { 0 };
	struct error ignored = { 0 };
	b->failed |= report_remarks(&b->arena, b->r, b->opt, &remarks, &ignored) < 0;
	json_member_array(&b->w, STR("properties"));
	properties(b, OURS "Notice", &remarks);
	json_end_array(&b->w);
}

static void write_metadata(struct sbom *b)
{
	const struct image_info *image = &b->r->image;
	const struct image_layer *layer;
	json_member_object(&b->w, STR("metadata"));
	json_member_string_opt(&b->w, STR("timestamp"), b->r->created);
	json_member_object(&b->w, STR("tools"));
	json_member_array(&b->w, STR("components"));
	json_begin_object(&b->w);
	json_member_string(&b->w, STR("type"), STR("application"));
	json_member_string(&b->w, STR("name"), STR("bulkhead"));
	json_member_string(&b->w, STR("version"), STR(BULKHEAD_VERSION));
	json_end_object(&b->w);
	json_end_array(&b->w);
	json_end_object(&b->w);
	json_member_object(&b->w, STR("component"));
	json_member_string(&b->w, STR("bom-ref"), b->image_ref);
	json_member_string(&b->w, STR("type"), b->r->is_rootfs ? STR("platform") : STR("container"));
	json_member_string(&b->w, STR("name"), image->artifact_name);
	json_member_string_opt(&b->w, STR("version"), image->digest);
	json_member_string_opt(&b->w, STR("purl"), image_purl(b));
	json_member_array(&b->w, STR("properties"));
	property(b, TRIVY "ImageID", image->id);
	properties(b, TRIVY "RepoTag", &image->repo_tags);
	properties(b, TRIVY "RepoDigest", &image->repo_digests);
	vec_foreach(layer, &image->layers)
		property(b, TRIVY "DiffID", layer->diff_id);
	json_end_array(&b->w);
	json_end_object(&b->w);
	write_remarks(b);
	json_end_object(&b->w);
}

/* A bill that may lack parts says so in CycloneDX's own word. */
static void write_completeness(struct sbom *b)
{
	const struct finding *f;
	bool unreadable = false;
	vec_foreach(f, &b->r->findings)
		unreadable |= f->kind == FINDING_UNREADABLE;
	json_member_array(&b->w, STR("compositions"));
	json_begin_object(&b->w);
	json_member_string(&b->w, STR("aggregate"), unreadable ? STR("incomplete") : STR("unknown"));
	json_member_array(&b->w, STR("assemblies"));
	json_string(&b->w, b->image_ref);
	json_end_array(&b->w);
	json_end_object(&b->w);
	json_end_array(&b->w);
}

static void write_body(struct sbom *b)
{
	write_metadata(b);
	write_components(b);
	write_dependencies(b);
	write_completeness(b);
	write_vulnerabilities(b);
}

/* The serial number is made of the content, so the content is written first, to a buffer of its own. */
static int write_bom(struct sbom *b, struct buf *out, struct error *err)
{
	struct buf body;
	buf_init(&body, out->max);
	json_writer_init(&b->w, &body, 2, 0);
	json_begin_object(&b->w);
	write_body(b);
	json_end_object(&b->w);
	if (buf_failed(&body) || b->failed) {
		buf_release(&body);
		return b->failed ? error_nomem(err) : error_set(err, ERR_LIMIT, "the report is too large");
	}
	struct str uuid = uuid_of(b, buf_str(&body), "serial");
	buf_add_c(out, "{\n  \"$schema\": \"http://cyclonedx.org/schema/bom-1.6.schema.json\",\n  \"bomFormat\": \"CycloneDX\",\n  \"specVersion\": \"1.6\",\n");
	buf_addf(out, "  \"serialNumber\": \"urn:uuid:%.*s\",\n  \"version\": 1,", STR_FMT(uuid));
	buf_add(out, str_from(buf_str(&body), 1));
	buf_add_char(out, '\n');
	buf_release(&body);
	return b->failed ? error_nomem(err) : 0;
}

int report_cyclonedx(const struct report *r, const struct report_options *opt, struct buf *out, struct error *err)
{
	struct sbom b = { .r = r, .opt = opt };
	size_t n = r->facts.packages.n ? r->facts.packages.n : 1;
	arena_init(&b.arena, ARENA_NO_LIMIT);
	b.purls = arena_new_array(&b.arena, struct str, n);
	b.refs = arena_new_array(&b.arena, struct str, n);
	int e = b.purls && b.refs ? report_sections(&b.arena, r, &b.sections, err) : error_nomem(err);
	if (e == 0)
		e = report_relations(&b.arena, r, &b.sections, &b.relations, err);
	if (e == 0 && !(b.section_refs = arena_new_array(&b.arena, struct str, b.sections.n ? b.sections.n : 1)))
		e = error_nomem(err);
	if (e == 0) {
		b.image_ref = uuid_of(&b, r->image.id.n ? r->image.id : r->image.artifact_name, "image");
		make_refs(&b);
		e = write_bom(&b, out, err);
	}
	if (e == 0 && buf_failed(out))
		e = error_set(err, ERR_LIMIT, "the report is too large");
	arena_release(&b.arena);
	return e;
}
