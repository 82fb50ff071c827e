/* Trivy's database, layout version 2 (bbolt; aquasecurity/trivy-db pkg/types):
 *
 *   "debian 11" / "openssl" / "CVE-2023-0286"        -> advisory JSON       (operating systems: name and release)
 *   "pip::GitHub Security Advisory pip" / "django" / "CVE-…"                (languages: ecosystem and source)
 *   "Red Hat" / "bind" / "RHSA-2018:0488"            -> {"Entries": [{"FixedVersion", "Affected": [cpe index], "Arches", "Cves": [{"ID", "Severity"}]}]}
 *   "Red Hat CPE" / "cpe" / "6"                      -> "cpe:/o:redhat:enterprise_linux:8::baseos"
 *   "vulnerability" / "CVE-…"                        -> {"Title", "Description", "VendorSeverity", "CVSS", "CweIDs", "References", …}
 *   "data-source" / "debian 11"                      -> {"ID", "Name", "URL"}
 *
 * Advisory JSON: FixedVersion, or VulnerableVersions / PatchedVersions / UnaffectedVersions (constraint texts), Status and Severity as numbers,
 * VendorIDs, Arches; Entries for fixes that differ by architecture. Modular packages are named "nodejs:12::nodejs". */
#include "format/bbolt/bbolt.h"
#include "format/feeds/feed_util.h"
#include "format/json/json.h"

/* Buckets of operating systems: "alma 8" -> "AlmaLinux:8". */
static const struct {
	const char *bucket, *ecosystem;
	bool exact; /* the bucket has no release behind its name */
} systems[] = {
	{ "alma ", "AlmaLinux:", false },
	{ "alpine edge", "Alpine:edge", true },
	{ "alpine ", "Alpine:v", false },
	{ "amazon linux ", "Amazon Linux:", false },
	{ "Azure Linux ", "Azure Linux:", false },
	{ "CBL-Mariner ", "Azure Linux:", false },
	{ "chainguard", "Chainguard", true },
	{ "debian ", "Debian:", false },
	{ "echo", "Echo", true },
	{ "minimos", "MinimOS", true },
	{ "openSUSE Leap ", "openSUSE:Leap ", false },
	{ "openSUSE Tumbleweed", "openSUSE:Tumbleweed", true },
	{ "openSUSE.tumbleweed", "openSUSE:Tumbleweed", true },
	{ "Oracle Linux ", "Oracle Linux:", false },
	{ "Photon OS ", "Photon OS:", false },
	{ "rocky ", "Rocky Linux:", false },
	{ "SUSE Linux Enterprise Micro ", "SUSE:Linux Enterprise Micro ", false },
	{ "SUSE Linux Enterprise ", "SUSE:Linux Enterprise Server ", false },
	{ "ubuntu ", "Ubuntu:", false },
	{ "wolfi", "Wolfi", true },
};
/* Prefix of language buckets: "pip::…" */
static const struct {
	const char *prefix, *ecosystem;
} languages[] = {
	{ "bitnami", "Bitnami" }, { "cargo", "crates.io" }, { "cocoapods", "CocoaPods" }, { "composer", "Packagist" }, { "conan", "ConanCenter" },
	{ "erlang", "Hex" },      { "go", "Go" },           { "julia", "Julia" },         { "k8s", "Kubernetes" },    { "maven", "Maven" },
	{ "npm", "npm" },         { "nuget", "NuGet" },     { "pip", "PyPI" },            { "pub", "Pub" },           { "rubygems", "RubyGems" },
	{ "swift", "SwiftURL" },
};

#define CPE_MAX 65536
struct reader {
	struct bbolt db;
	struct arena *scratch;
	struct feed_sink *sink;
	struct str name;
	uint8_t *cpe_major; /* major release of Red Hat Enterprise Linux by CPE index, 0: another product; malloc */
	/* of the bucket being read */
	struct str ecosystem, unit, source, source_name, source_url;
	bool language, red_hat;
};

static enum severity number_severity(const struct value *v)
{
	int64_t n;
	return value_int(v, &n) == 0 && n > 0 && n < SEVERITY_COUNT ? (enum severity)n : SEVERITY_UNKNOWN;
}

static enum advisory_status number_status(const struct value *v)
{
	static const enum advisory_status statuses[] = { ADVISORY_AFFECTED,	       ADVISORY_NOT_AFFECTED, ADVISORY_AFFECTED,     ADVISORY_FIXED,
							 ADVISORY_UNDER_INVESTIGATION, ADVISORY_WILL_NOT_FIX, ADVISORY_FIX_DEFERRED, ADVISORY_END_OF_LIFE };
	int64_t n;
	return value_int(v, &n) == 0 && n >= 0 && n < (int64_t)ARRAY_LEN(statuses) ? statuses[n] : ADVISORY_AFFECTED;
}

static struct str join(struct arena *a, const struct value *list)
{
	struct str out = STR_NONE;
	value_foreach(v, list) {
		struct str text = value_text(v);
		out = out.n ? arena_printf(a, "%.*s,%.*s", STR_FMT(out), STR_FMT(text)) : text;
		if (out.n > 2000)
			break;
	}
	return out;
}

/* "=1.2.3" alone names one version; everything else is a constraint. */
static int add_constraint(struct arena *a, struct str text, struct feed_affected *f)
{
	struct str version = str_trim(text);
	if (str_strip_prefix(&version, STR("=")) && !str_has_prefix(version, STR("=")) && str_find_char(version, ',') == STR_NOT_FOUND &&
	    str_find_char(version, ' ') == STR_NOT_FOUND && str_find_char(version, '|') == STR_NOT_FOUND)
		return vec_push(a, &f->versions, version) ? 0 : -1;
	return vec_push(a, &f->constraints, text) ? 0 : -1;
}

static int add_language(struct arena *a, const struct value *adv, struct feed_affected *f)
{
	value_foreach(v, value_get_c(adv, "VulnerableVersions")) {
		if (value_text(v).n && add_constraint(a, value_text(v), f) < 0)
			return -1;
	}
	const struct value *patched = value_get_c(adv, "PatchedVersions");
	if (feed_add_strings(a, &f->fixed, patched, 10000) < 0)
		return -1;
	if (!f->constraints.n && !f->versions.n &&
	    (feed_add_strings(a, &f->unaffected, patched, 10000) < 0 || feed_add_strings(a, &f->unaffected, value_get_c(adv, "UnaffectedVersions"), 10000) < 0))
		return -1;
	return 0;
}

/* The statement of an advisory (or of one of its Entries) about an operating-system package. */
static int add_system(struct arena *a, const struct value *adv, struct feed_affected *f)
{
	struct str fixed = value_str_c(adv, "FixedVersion");
	struct advisory_range range = { .high = fixed };
	f->arch = join(a, value_get_c(adv, "Arches"));
	struct str id = value_text(value_at(value_get_c(adv, "VendorIDs"), 0));
	if (id.n)
		f->vendor_id = id;
	if (number_severity(value_get_c(adv, "Severity")))
		f->severity = number_severity(value_get_c(adv, "Severity"));
	if (str_eq_c(fixed, "0"))
		return 1; /* never affected */
	if (!fixed.n) {
		f->status = number_status(value_get_c(adv, "Status"));
		f->all_versions = true;
		return 0;
	}
	f->status = ADVISORY_FIXED;
	return vec_push(a, &f->ranges, range) && vec_push(a, &f->fixed, fixed) ? 0 : -1;
}

static void split_module(struct feed_affected *f)
{
	size_t at = str_find(f->name, STR("::"));
	if (at != STR_NOT_FOUND && at && at + 2 < f->name.n) {
		f->module = str_sub(f->name, 0, at);
		f->name = str_from(f->name, at + 2);
	}
}

static struct feed_record new_record(const struct reader *r, struct str id)
{
	return (struct feed_record){ .id = id, .unit = r->unit, .source = r->source, .source_name = r->source_name, .source_url = r->source_url };
}

static int read_advisory(struct reader *r, struct str package, struct str id, const struct value *adv, struct error *err)
{
	struct arena *a = r->scratch;
	struct feed_record rec = new_record(r, id);
	const struct feed_affected blank = { .ecosystem = r->ecosystem, .name = package, .status = ADVISORY_AFFECTED };
	const struct value *entries = r->language ? NULL : value_get_c(adv, "Entries");
	size_t count = value_count(entries, VALUE_ARRAY);
	if (count > FEED_AFFECTED_MAX)
		return feed_unreadable(r->sink, r->name, 0, "%.*s %.*s: more than %d entries", STR_FMT(str_sub(package, 0, 100)), STR_FMT(str_sub(id, 0, 100)),
				       FEED_AFFECTED_MAX);
	if (!vec_push(a, &rec.ids, id))
		return error_nomem(err);
	for (size_t i = 0; i < MAX_OF(count, (size_t)1); i++) {
		struct feed_affected f = blank;
		int code;
		if (r->language) {
			code = add_language(a, adv, &f);
			f.status = f.fixed.n ? ADVISORY_FIXED : ADVISORY_AFFECTED;
		} else {
			split_module(&f);
			code = add_system(a, count ? value_at(entries, i) : adv, &f);
		}
		if (code < 0 || (code == 0 && !vec_push(a, &rec.affected, f)))
			return error_nomem(err);
	}
	return rec.affected.n ? feed_emit(r->sink, &rec, err) : 0;
}

/* Which major releases an entry is about: EUS, AUS and other products have fixes of their own and are left out. */
static unsigned red_hat_majors(const struct reader *r, const struct value *indices)
{
	unsigned majors = 0;
	value_foreach(v, indices) {
		int64_t i;
		if (value_int(v, &i) == 0 && i >= 0 && i < CPE_MAX && r->cpe_major[i])
			majors |= 1u << r->cpe_major[i];
	}
	return majors;
}

static int read_red_hat(struct reader *r, struct str package, struct str id, const struct value *adv, struct error *err)
{
	struct arena *a = r->scratch;
	value_foreach(entry, value_get_c(adv, "Entries")) {
		unsigned majors = red_hat_majors(r, value_get_c(entry, "Affected"));
		value_foreach(cve, value_get_c(entry, "Cves")) {
			struct str cve_id = value_str_c(cve, "ID");
			struct feed_record rec = new_record(r, id);
			if (!vec_push(a, &rec.ids, cve_id.n ? cve_id : id))
				return error_nomem(err);
			for (unsigned major = 1; major < 16; major++) {
				struct feed_affected f = { .ecosystem = arena_printf(a, "Red Hat:%u", major), .name = package, .severity = number_severity(value_get_c(cve, "Severity")) };
				if (!(majors & 1u << major))
					continue;
				split_module(&f);
				int code = f.ecosystem.p ? add_system(a, entry, &f) : -1;
				if (code < 0 || (code == 0 && !vec_push(a, &rec.affected, f)))
					return error_nomem(err);
			}
			int code = rec.affected.n ? feed_emit(r->sink, &rec, err) : 0;
			if (code < 0)
				return code;
		}
	}
	return 0;
}

static int read_cvss(struct arena *a, const struct value *all, struct feed_record *rec)
{
	static const struct {
		struct str vector, score;
		uint8_t version;
	} kinds[] = { { STR_INIT("V40Vector"), STR_INIT("V40Score"), 40 }, { STR_INIT("V3Vector"), STR_INIT("V3Score"), 31 }, { STR_INIT("V2Vector"), STR_INIT("V2Score"), 20 } };
	value_foreach_member(m, all) {
		for (size_t i = 0; i < ARRAY_LEN(kinds) && rec->cvss.n < 64; i++) {
			struct cvss_entry e = { .source = m->key, .vector = value_get_str(&m->value, kinds[i].vector), .score = -1, .version = kinds[i].version };
			double score;
			if (value_double(value_get(&m->value, kinds[i].score), &score) == 0)
				e.score = score;
			if ((e.vector.n || e.score > 0) && e.vector.n < 400 && !vec_push(a, &rec->cvss, e))
				return -1;
		}
	}
	return 0;
}

static int read_vulnerability(struct reader *r, struct str id, const struct value *v, struct error *err)
{
	struct arena *a = r->scratch;
	struct feed_record rec = { .id = id, .unit = STR("trivy:vulnerability"), .source = STR("trivy-db"), .title = value_str_c(v, "Title"),
				   .description = value_str_c(v, "Description"), .published = value_str_c(v, "PublishedDate"),
				   .modified = value_str_c(v, "LastModifiedDate") };
	enum severity word;
	if (severity_parse(value_str_c(v, "Severity"), &word) == 0)
		rec.severity = word;
	value_foreach_member(m, value_get_c(v, "VendorSeverity")) {
		struct source_severity s = { m->key, number_severity(&m->value) };
		if (s.severity && rec.ratings.n < 64 && !vec_push(a, &rec.ratings, s))
			return error_nomem(err);
	}
	if (!vec_push(a, &rec.ids, id) || read_cvss(a, value_get_c(v, "CVSS"), &rec) < 0 ||
	    feed_add_strings(a, &rec.references, value_get_c(v, "References"), 500) < 0 || feed_add_strings(a, &rec.cwes, value_get_c(v, "CweIDs"), 100) < 0)
		return error_nomem(err);
	return feed_emit(r->sink, &rec, err);
}

/* Parses one JSON value; 0 with *ret NULL when it is unreadable (diagnostic given). */
static int parse(struct reader *r, struct str key, struct str text, struct document *doc, const struct value **ret, struct error *err)
{
	struct json_options opt = { .name = r->name, .max_bytes = FEED_RECORD_BYTES_MAX, .utf8 = JSON_UTF8_REPLACE };
	struct error bad;
	arena_clear(r->scratch);
	*ret = NULL;
	int code = json_parse(r->scratch, text, &opt, doc, NULL, &bad);
	if (code == ERR_NOMEM)
		return error_nomem(err);
	if (code < 0)
		return feed_unreadable(r->sink, r->name, 0, "%.*s: %s", STR_FMT(str_sub(key, 0, 100)), bad.text);
	*ret = doc->root;
	return 0;
}

static int read_package(struct reader *r, const struct bbolt_entry *package, struct error *err)
{
	struct bbolt_cursor c;
	struct bbolt_entry e;
	struct document doc;
	const struct value *root;
	int code = bbolt_cursor_init(&c, &package->bucket, err);
	while (code >= 0 && (code = bbolt_cursor_next(&c, &e, err)) > 0) {
		if (e.is_bucket)
			continue;
		code = parse(r, e.key, e.value, &doc, &root, err);
		if (code == 0 && root)
			code = r->red_hat ? read_red_hat(r, package->key, e.key, root, err) : read_advisory(r, package->key, e.key, root, err);
	}
	return code;
}

/* Which ecosystem a top-level bucket is; false: none that holds advisories. Strings go to `keep`. */
static bool bucket_ecosystem(struct reader *r, struct arena *keep, struct str bucket)
{
	size_t colons = str_find(bucket, STR("::"));
	r->language = r->red_hat = false;
	for (size_t i = 0; i < ARRAY_LEN(languages) && colons != STR_NOT_FOUND; i++)
		if (str_eq_c(str_sub(bucket, 0, colons), languages[i].prefix)) {
			r->language = true;
			r->ecosystem = str_c(languages[i].ecosystem);
			return true;
		}
	if (str_eq_c(bucket, "Red Hat") || str_eq_c(bucket, "redhat")) {
		r->red_hat = true;
		r->ecosystem = STR("Red Hat");
		return true;
	}
	for (size_t i = 0; i < ARRAY_LEN(systems); i++) {
		struct str rest = bucket;
		if (systems[i].exact ? str_eq_c(bucket, systems[i].bucket) : str_strip_prefix(&rest, str_c(systems[i].bucket)) && rest.n) {
			r->ecosystem = systems[i].exact ? str_c(systems[i].ecosystem) : arena_printf(keep, "%s%.*s", systems[i].ecosystem, STR_FMT(rest));
			return r->ecosystem.p != NULL;
		}
	}
	return false;
}

static int read_source(struct reader *r, struct arena *keep, struct str bucket, struct error *err)
{
	struct bbolt_bucket root = bbolt_root(&r->db), sources;
	struct str text;
	struct document doc;
	const struct value *v = NULL;
	r->source = STR("trivy-db");
	r->source_name = r->source_url = STR_NONE;
	int code = bbolt_bucket(&root, STR("data-source"), &sources, err);
	if (code == 0)
		code = bbolt_get(&sources, bucket, &text, err);
	if (code == 0 && (code = parse(r, bucket, text, &doc, &v, err)) == 0 && v) {
		struct str id = value_str_c(v, "ID");
		if (id.n && id.n < 100)
			r->source = arena_str(keep, id);
		r->source_name = arena_str(keep, str_sub(value_str_c(v, "Name"), 0, 200));
		r->source_url = arena_str(keep, str_sub(value_str_c(v, "URL"), 0, 500));
		if (!r->source.p || !r->source_name.p || !r->source_url.p)
			return error_nomem(err);
	}
	return code == ERR_NOT_FOUND ? 0 : code;
}

static int read_cpes(struct reader *r, struct error *err)
{
	struct bbolt_bucket root = bbolt_root(&r->db), red_hat, cpe;
	struct bbolt_cursor c;
	struct bbolt_entry e;
	r->cpe_major = calloc(CPE_MAX, 1);
	if (!r->cpe_major)
		return error_nomem(err);
	int code = bbolt_bucket(&root, STR("Red Hat CPE"), &red_hat, err);
	if (code == 0)
		code = bbolt_bucket(&red_hat, STR("cpe"), &cpe, err);
	if (code < 0)
		return code == ERR_NOT_FOUND ? 0 : code;
	code = bbolt_cursor_init(&c, &cpe, err);
	while (code >= 0 && (code = bbolt_cursor_next(&c, &e, err)) > 0) {
		uint64_t index, major;
		struct str text = e.value, rest;
		size_t at = str_find(text, STR(":redhat:enterprise_linux:"));
		if (e.is_bucket || at == STR_NOT_FOUND || str_to_u64(e.key, &index) < 0 || index >= CPE_MAX)
			continue;
		text = str_from(text, at + sizeof(":redhat:enterprise_linux:") - 1);
		size_t n = 0;
		while (n < text.n && char_is_digit(text.p[n]))
			n++;
		rest = str_sub(text, 0, n);
		if (str_to_u64(rest, &major) == 0 && major < 16)
			r->cpe_major[index] = (uint8_t)major;
	}
	return code;
}

static int read_bucket(struct reader *r, struct arena *keep, const struct bbolt_entry *bucket, struct error *err)
{
	struct bbolt_cursor c;
	struct bbolt_entry e;
	bool vulnerabilities = str_eq_c(bucket->key, "vulnerability");
	static const char *const known[] = { "data-source", "vulnerability-id", "vulnerability-detail", "advisory-detail", "Red Hat CPE" };
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (str_eq_c(bucket->key, known[i]))
			return 0;
	if (!vulnerabilities) {
		if (!bucket_ecosystem(r, keep, bucket->key)) {
			feed_passed_over(r->sink, r->name, 0, "bucket \"%.*s\" is of an ecosystem that is not known here", STR_FMT(str_sub(bucket->key, 0, 100)));
			return 0;
		}
		r->unit = arena_printf(keep, "trivy:%.*s", STR_FMT(r->ecosystem));
		int code = r->unit.p ? read_source(r, keep, bucket->key, err) : error_nomem(err);
		if (code < 0)
			return code;
	}
	int code = bbolt_cursor_init(&c, &bucket->bucket, err);
	while (code >= 0 && (code = bbolt_cursor_next(&c, &e, err)) > 0) {
		struct document doc;
		const struct value *v = NULL;
		if (vulnerabilities && !e.is_bucket) {
			code = parse(r, e.key, e.value, &doc, &v, err);
			if (code == 0 && v)
				code = read_vulnerability(r, e.key, v, err);
		} else if (!vulnerabilities && e.is_bucket) {
			code = read_package(r, &e, err);
		}
	}
	return code;
}

int feed_read_trivy_db(struct feed_context *ctx, struct arena *scratch, struct str name, struct str content, struct feed_sink *sink, struct error *err)
{
	struct reader r = { .scratch = scratch, .sink = sink, .name = name };
	struct bbolt_cursor c;
	struct bbolt_entry e;
	struct arena keep;
	int code = bbolt_open(content, &r.db, err);
	if (code < 0)
		return code;
	arena_init(&keep, 64 << 20);
	struct bbolt_bucket root = bbolt_root(&r.db);
	if ((code = read_cpes(&r, err)) >= 0)
		code = bbolt_cursor_init(&c, &root, err);
	while (code >= 0 && (code = bbolt_cursor_next(&c, &e, err)) > 0)
		if (e.is_bucket)
			code = read_bucket(&r, &keep, &e, err);
	free(r.cpe_major);
	arena_release(&keep);
	return code;
}

/* {"Version": 2, "NextUpdate": …, "UpdatedAt": …, "DownloadedAt": …} beside trivy.db: only its date is of use. */
int feed_read_trivy_metadata(struct feed_context *ctx, struct arena *scratch, struct str name, struct str content, struct feed_sink *sink, struct error *err)
{
	struct document doc;
	struct json_options opt = { .name = name, .max_bytes = 1 << 20 };
	int r = json_parse(scratch, content, &opt, &doc, NULL, err);
	if (r < 0)
		return r;
	int64_t version;
	if (value_int(value_get_c(doc.root, "Version"), &version) == 0 && version != 2)
		return error_set(err, ERR_UNSUPPORTED, "trivy.db of layout version %lld; version 2 is read here", (long long)version);
	sink->passed_over++;
	return feed_note_date(sink, value_str_c(doc.root, "UpdatedAt"), err);
}
