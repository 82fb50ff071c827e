#include "format/trivyreport/trivyreport.h"
#include "base/map.h"

struct reading {
	struct arena *a;
	struct document *doc;
	struct report *r;
	struct diags *diags;
	struct map packages;  /* key -> index + 1 */
	struct map layers;    /* diff_id -> index + 1 */
	struct u32_vec links; /* of each finding: index + 1 of its package, 0 none */
	bool failed;
};

static void tell(struct reading *rd, const struct value *at, const char *what)
{
	uint32_t line = 0, col = 0;
	document_position(rd->doc, at->pos, &line, &col);
	diag_add(rd->diags, DIAG_WARNING, rd->doc->name, line, col, "%s", what);
}

static enum package_kind kind_of_type(struct str type)
{
	for (int k = PKG_NONE + 1; k < PKG_KIND_COUNT; k++) {
		const char *name = package_kind_info((enum package_kind)k)->trivy_type;
		if (name && str_eq_c(type, name))
			return (enum package_kind)k;
	}
	return PKG_NONE;
}

/* The kind of a package of an operating system stands in its purl; in one of another type the result's type says more. */
static enum package_kind kind_of(struct reading *rd, const struct value *result, struct str purl)
{
	struct package p = { 0 };
	enum package_kind kind = str_eq(value_str_c(result, "Class"), STR("os-pkgs")) ? PKG_NONE : kind_of_type(value_str_c(result, "Type"));
	if (kind == PKG_NONE && purl.n && package_from_purl(rd->a, purl, &p, NULL, NULL) == 0)
		kind = p.kind;
	return kind;
}

/* Version, Release and Epoch as one text, as struct package keeps it. */
static struct str full_version(struct reading *rd, const struct value *p)
{
	struct str version = value_str_c(p, "Version"), release = value_str_c(p, "Release");
	int64_t epoch;
	if (release.n)
		version = arena_printf(rd->a, "%.*s-%.*s", STR_FMT(version), STR_FMT(release));
	if (value_int(value_get_c(p, "Epoch"), &epoch) == 0 && epoch > 0)
		version = arena_printf(rd->a, "%lld:%.*s", (long long)epoch, STR_FMT(version));
	rd->failed |= version.n && !version.p;
	return version;
}

static struct str purl_of(const struct value *identifier)
{
	return value_str_c(identifier, "PURL");
}

/* Index + 1 of the package, which is added when it is new; 0 when memory is out. */
static uint32_t add_package(struct reading *rd, const struct package *p)
{
	struct str key = arena_printf(rd->a, "%.*s\n%.*s\n%.*s", STR_FMT(p->name), STR_FMT(p->version), STR_FMT(p->path));
	bool is_new = false;
	void **slot = key.p ? map_at(&rd->packages, key, &is_new) : NULL;
	if (!slot || (is_new && !vec_push(rd->a, &rd->r->facts.packages, *p))) {
		rd->failed = true;
		return 0;
	}
	if (is_new)
		*slot = (void *)(uintptr_t)rd->r->facts.packages.n;
	return (uint32_t)(uintptr_t)*slot;
}

static uint32_t layer_of(struct reading *rd, const struct value *layer)
{
	uintptr_t at = (uintptr_t)map_get(&rd->layers, value_str_c(layer, "DiffID"));
	return at ? (uint32_t)(at - 1) : 0;
}

/* Results of one file (lock files, binaries) name it as their target, folded ones at each package. */
static struct str path_of(const struct value *result, struct str path)
{
	return path.n || str_eq(value_str_c(result, "Class"), STR("os-pkgs")) ? path : value_str_c(result, "Target");
}

static void read_package(struct reading *rd, const struct value *result, const struct value *p)
{
	struct package pkg = { .name = value_str_c(p, "Name"), .arch = value_str_c(p, "Arch"), .src_name = value_str_c(p, "SrcName") };
	if (!pkg.name.n) {
		tell(rd, p, "a package without a name");
		return;
	}
	pkg.kind = kind_of(rd, result, purl_of(value_get_c(p, "Identifier")));
	pkg.version = full_version(rd, p);
	pkg.path = path_of(result, value_str_c(p, "FilePath"));
	pkg.layer = layer_of(rd, value_get_c(p, "Layer"));
	pkg.dev = value_get_bool(p, STR("Dev"), false);
	add_package(rd, &pkg);
}

static struct finding *add_finding(struct reading *rd, enum finding_kind kind, const struct value *v, struct str id, uint32_t package)
{
	struct finding f = { .kind = kind, .id = id, .title = value_str_c(v, "Title"), .description = value_str_c(v, "Description"), .primary_url = value_str_c(v, "PrimaryURL") };
	if (!id.n) {
		tell(rd, v, "a finding without an identifier");
		return NULL;
	}
	if (severity_parse(value_str_c(v, "Severity"), &f.severity) < 0)
		f.severity = SEVERITY_UNKNOWN;
	if (!vec_push(rd->a, &rd->links, package) || !vec_push(rd->a, &rd->r->findings, f)) {
		rd->failed = true;
		return NULL;
	}
	return &rd->r->findings.v[rd->r->findings.n - 1];
}

static void read_vulnerability(struct reading *rd, const struct value *result, const struct value *v)
{
	struct package pkg = { .name = value_str_c(v, "PkgName"), .version = value_str_c(v, "InstalledVersion") };
	struct str fixed = value_str_c(v, "FixedVersion"), one;
	if (!pkg.name.n) {
		tell(rd, v, "a vulnerability without a package");
		return;
	}
	pkg.kind = kind_of(rd, result, purl_of(value_get_c(v, "PkgIdentifier")));
	pkg.path = path_of(result, value_str_c(v, "PkgPath"));
	pkg.layer = layer_of(rd, value_get_c(v, "Layer"));
	struct finding *f = add_finding(rd, FINDING_VULNERABILITY, v, value_str_c(v, "VulnerabilityID"), add_package(rd, &pkg));
	if (!f)
		return;
	f->subject.kind = SUBJECT_PACKAGE;
	f->severity_source = value_str_c(v, "SeveritySource");
	f->status = advisory_status_parse(value_str_c(v, "Status"));
	while (str_next(&fixed, ',', &one))
		if ((one = str_trim(one)).n)
			rd->failed |= !vec_push(rd->a, &f->fixed, one);
}

static void place(const struct value *v, const struct value *result, struct finding *f)
{
	int64_t line;
	f->subject.kind = SUBJECT_FILE;
	f->subject.path = value_str_c(result, "Target");
	if (value_int(value_get_c(v, "StartLine"), &line) == 0 && line > 0 && line <= UINT32_MAX)
		f->subject.line = (uint32_t)line;
	f->subject.layer_diff_id = value_str_c(value_get_c(v, "Layer"), "DiffID");
}

static void read_file_finding(struct reading *rd, const struct value *result, const struct value *v, enum finding_kind kind)
{
	static const char *const ids[] = { "ID", "AVDID", "RuleID", "Name" };
	struct str id = STR_NONE;
	struct finding *f;
	if (kind == FINDING_MISCONFIGURATION && str_eq(value_str_c(v, "Status"), STR("PASS")))
		return;
	for (size_t i = 0; i < ARRAY_LEN(ids) && !id.n; i++)
		id = value_get_str(v, str_c(ids[i]));
	if (!(f = add_finding(rd, kind, v, id, 0)))
		return;
	place(kind == FINDING_MISCONFIGURATION ? value_get_c(v, "CauseMetadata") : v, result, f);
	if (kind == FINDING_LICENSE) {
		f->subject.object = value_str_c(v, "PkgName");
		f->subject.path = path_of(result, value_str_c(v, "FilePath"));
	}
}

static void read_result(struct reading *rd, const struct value *result)
{
	static const struct {
		const char *member;
		enum finding_kind kind;
	} others[] = { { "Misconfigurations", FINDING_MISCONFIGURATION }, { "Secrets", FINDING_SECRET }, { "Licenses", FINDING_LICENSE } };
	if (result->kind != VALUE_OBJECT) {
		tell(rd, result, "a result that is no object");
		return;
	}
	value_foreach(p, value_get_c(result, "Packages"))
		read_package(rd, result, p);
	value_foreach(v, value_get_c(result, "Vulnerabilities"))
		read_vulnerability(rd, result, v);
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		value_foreach(v, value_get(result, str_c(others[i].member)))
			read_file_finding(rd, result, v, others[i].kind);
}

/* Our addition: what has no place in Trivy's results. */
static void read_other(struct reading *rd, const struct value *v)
{
	static const enum finding_kind kinds[] = { FINDING_UNREADABLE, FINDING_END_OF_LIFE, FINDING_NO_DATA };
	struct str word = value_str_c(v, "Kind");
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		struct finding *f = str_eq_c(word, finding_kind_name(kinds[i])) ? add_finding(rd, kinds[i], v, value_str_c(v, "ID"), 0) : NULL;
		if (f)
			f->subject = (struct subject){ .kind = SUBJECT_FILE, .path = value_str_c(v, "Path"), .object = value_str_c(v, "Object") };
	}
}

static void read_metadata(struct reading *rd, const struct value *root)
{
	const struct value *m = value_get_c(root, "Metadata"), *os = value_get_c(m, "OS");
	struct report *r = rd->r;
	r->image.artifact_name = r->image.reference = value_str_c(root, "ArtifactName");
	r->is_rootfs = !str_eq(value_str_c(root, "ArtifactType"), STR("container_image"));
	r->image.id = value_str_c(m, "ImageID");
	r->facts.distro = (struct distro){ .id = distro_normalize_id(rd->a, value_str_c(os, "Family")), .version = value_str_c(os, "Name"), .known = os != NULL };
	value_foreach(tag, value_get_c(m, "RepoTags"))
		rd->failed |= !vec_push(rd->a, &r->image.repo_tags, value_text(tag));
	map_init(&rd->layers, rd->a);
	value_foreach(id, value_get_c(m, "DiffIDs")) {
		bool is_new = false;
		void **slot = map_at(&rd->layers, value_text(id), &is_new);
		rd->failed |= !slot || !vec_push(rd->a, &r->image.layers, ((struct image_layer){ .diff_id = value_text(id) }));
		if (slot && is_new)
			*slot = (void *)(uintptr_t)r->image.layers.n;
	}
}

int trivyreport_read(struct arena *a, struct document *doc, struct report *ret, struct diags *diags, struct error *err)
{
	struct report r = { .db_age_days = -1 };
	struct reading rd = { .a = a, .doc = doc, .r = &r, .diags = diags };
	const struct value *results = value_get_c(doc->root, "Results");
	int64_t schema;
	if (value_int(value_get_c(doc->root, "SchemaVersion"), &schema) < 0 || !value_get_c(doc->root, "ArtifactName"))
		return error_set(err, ERR_FORMAT, "no report in Trivy's JSON schema (SchemaVersion and ArtifactName are missing)");
	if (schema != 2)
		return error_set(err, ERR_UNSUPPORTED, "a report of schema version %lld; 2 is read", (long long)schema);
	if (results && results->kind != VALUE_ARRAY && results->kind != VALUE_NULL)
		return error_set(err, ERR_FORMAT, "Results is no array");
	diags_init(&r.facts.diags, a);
	map_init(&rd.packages, a);
	read_metadata(&rd, doc->root);
	value_foreach(result, results)
		read_result(&rd, result);
	value_foreach(v, value_path(doc->root, "Bulkhead", "Findings", NULL))
		read_other(&rd, v);
	if (rd.failed)
		return error_nomem(err);
	for (size_t i = 0; i < r.findings.n; i++)
		if (rd.links.v[i])
			r.findings.v[i].subject.package = &r.facts.packages.v[rd.links.v[i] - 1];
	*ret = r;
	return 0;
}
