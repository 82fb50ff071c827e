#include "feature/advisories/resolve.h"

#include "engine/cvss/cvss.h"
#include "engine/version/version.h"
#include "model/distro.h"
#include "model/package.h"

/* How statements of a unit go together (advisorydb_format.h, enum db_merge), by the unit's key. Among Debian's sources the live
 * tracker knows best, then the DSA list, then DLA and DTSA, as the conformance data has it; a list's newest entry comes first. */
static const struct {
	struct str prefix;
	enum db_merge merge;
	uint16_t rank;
	bool by_record;
	bool whole;      /* a feed file replaces the whole unit */
} unit_rules[] = {
	{ STR_INIT("debian:tracker"), DB_MERGE_FIRST, 10, false, true },
	{ STR_INIT("osv:Debian"), DB_MERGE_FIRST, 20, true, false },
	{ STR_INIT("debian:dsa"), DB_MERGE_FIRST, 30, false, true },
	{ STR_INIT("debian:dla"), DB_MERGE_FIRST, 31, false, true },
	{ STR_INIT("debian:dtsa"), DB_MERGE_FIRST, 32, false, true },
	{ STR_INIT("alpine:"), DB_MERGE_FIRST, 10, false, true },
	{ STR_INIT("osv:Alpine"), DB_MERGE_FIRST, 20, true, false },
	{ STR_INIT("rubysec"), DB_MERGE_UNION, 50, true, true },
	{ STR_INIT("php"), DB_MERGE_UNION, 50, true, true },
	{ STR_INIT("kev"), DB_MERGE_UNION, 50, true, true },
	{ STR_INIT("nvd"), DB_MERGE_UNION, 50, true, false },
	{ STR_INIT("trivy:"), DB_MERGE_UNION, 60, true, true },
	{ STR_INIT("starter"), DB_MERGE_UNION, 90, true, true },
	{ STR_INIT("osv:"), DB_MERGE_UNION, 50, true, false }, /* languages; distributions get DB_MERGE_LAST */
};

/* Families whose packages are ordered by a scheme other than rpm's. */
static const struct {
	const char *family;
	enum version_scheme scheme;
} distro_schemes[] = {
	{ "Debian", VERSION_DEB }, { "Ubuntu", VERSION_DEB },     { "Echo", VERSION_DEB },    { "Alpine", VERSION_APK },
	{ "Wolfi", VERSION_APK },  { "Chainguard", VERSION_APK }, { "MinimOS", VERSION_APK }, { "Alpaquita", VERSION_APK }, { "BellSoft Hardened Containers", VERSION_APK },
};

static enum package_kind language_kind(struct str ecosystem)
{
	for (unsigned k = PKG_NONE + 1; k < PKG_KIND_COUNT; k++) {
		const char *e = package_kind_info((enum package_kind)k)->ecosystem;
		if (e && str_eq_c(ecosystem, e))
			return (enum package_kind)k;
	}
	return PKG_NONE;
}

enum version_scheme resolve_scheme(struct str ecosystem)
{
	struct str family = feed_ecosystem_family(ecosystem);
	enum package_kind kind = language_kind(family);
	if (kind != PKG_NONE)
		return package_kind_info(kind)->scheme;
	for (size_t i = 0; i < ARRAY_LEN(distro_schemes); i++)
		if (str_eq_c(family, distro_schemes[i].family))
			return distro_schemes[i].scheme;
	return feed_ecosystem_is_language(ecosystem) ? VERSION_SEMVER : VERSION_RPM;
}

struct str resolve_name(struct arena *a, struct str ecosystem, struct str name)
{
	enum package_kind kind = language_kind(feed_ecosystem_family(ecosystem));
	return kind == PKG_NONE ? name : package_advisory_name(a, kind, name);
}

struct str resolve_ecosystem(struct arena *a, struct str ecosystem)
{
	struct str family = feed_ecosystem_family(ecosystem);
	return language_kind(family) != PKG_NONE ? family : distro_ecosystem_fold(a, ecosystem);
}

static int unit_of(struct resolver *r, const struct feed_record *rec, uint32_t *ret, struct error *err)
{
	if (r->last_unit_key.n && str_eq(r->last_unit_key, rec->unit)) {
		*ret = r->last_unit;
		return 0;
	}
	struct db_unit_spec spec = { .key = rec->unit, .merge = DB_MERGE_UNION, .rank = 100, .by_record = true };
	bool whole = false;
	for (size_t i = 0; i < ARRAY_LEN(unit_rules); i++)
		if (str_has_prefix(rec->unit, unit_rules[i].prefix)) {
			spec.merge = unit_rules[i].merge;
			spec.rank = unit_rules[i].rank;
			spec.by_record = unit_rules[i].by_record;
			whole = unit_rules[i].whole;
			break;
		}
	struct str family = rec->unit;
	if (spec.merge == DB_MERGE_UNION && str_strip_prefix(&family, STR("osv:")) && !feed_ecosystem_is_language(family))
		spec.merge = DB_MERGE_LAST;
	if (spec.merge == DB_MERGE_UNION && str_strip_prefix(&family, STR("trivy:")) && !feed_ecosystem_is_language(family))
		spec.merge = str_has_prefix(family, STR("Debian")) || str_has_prefix(family, STR("Alpine")) ? DB_MERGE_FIRST : DB_MERGE_LAST;
	int code = db_builder_unit(r->builder, &spec, ret, err);
	if (code < 0)
		return code;
	if (whole)
		db_builder_replace(r->builder, *ret);
	char *copy = realloc((void *)(uintptr_t)r->last_unit_key.p, rec->unit.n + 1);
	if (!copy)
		return error_nomem(err);
	memcpy(copy, rec->unit.p, rec->unit.n);
	r->last_unit_key = str_make(copy, rec->unit.n);
	r->last_unit = *ret;
	return 0;
}

static int source_of(struct resolver *r, const struct feed_record *rec, uint32_t *ret, struct error *err)
{
	const struct feed_source *s = feed_source_by_key(rec->source);
	struct str name = s ? str_c(s->name) : rec->source_name.n ? rec->source_name : rec->source;
	return db_builder_source(r->builder, rec->source, name, s ? str_c(s->url) : rec->source_url, ret, err);
}

/* What is wrong with one statement is a diagnostic: the record's other statements stay. */
static void passed(struct resolver *r, const struct feed_record *rec, const struct feed_affected *f, const char *why, struct str what)
{
	diag_add(r->sink->diags, DIAG_UNREADABLE, r->file, f->line ? f->line : rec->line, 0, "%.*s: %.*s: %s: %.*s", STR_FMT(rec->id),
		 STR_FMT(str_sub(f->name, 0, 100)), why, STR_FMT(str_sub(what, 0, 200)));
	r->sink->unreadable++;
}

/* Constraint texts -> ranges. 1: done; 0: this statement can't be judged (diagnostic given). */
static int read_constraints(struct resolver *r, const struct feed_record *rec, const struct feed_affected *f, enum version_scheme scheme,
			    struct advisory_range_vec *ranges, struct error *err)
{
	struct error bad;
	for (size_t i = 0; i < f->constraints.n; i++) {
		int code = version_parse_constraint(&r->scratch, scheme, f->constraints.v[i], ranges, &bad);
		if (code == ERR_NOMEM)
			return error_nomem(err);
		if (code < 0)
			passed(r, rec, f, bad.text, f->constraints.v[i]);
	}
	if (!f->unaffected.n)
		return 1;
	struct advisory_range_vec not_affected = { 0 };
	for (size_t i = 0; i < f->unaffected.n; i++) {
		int code = version_parse_constraint(&r->scratch, scheme, f->unaffected.v[i], &not_affected, &bad);
		if (code == ERR_NOMEM)
			return error_nomem(err);
		if (code < 0)
			passed(r, rec, f, bad.text, f->unaffected.v[i]);
	}
	int code = version_complement(&r->scratch, scheme, &not_affected, ranges, &bad);
	if (code == ERR_NOMEM)
		return error_nomem(err);
	if (code < 0) {
		passed(r, rec, f, bad.text, STR("unaffected versions"));
		return 0;
	}
	return 1;
}

#define VERSIONS_MAX   65536
#define RANGES_MAX     10000
#define STATEMENTS_MAX 1000000 /* of one record, vulnerabilities × packages; a kernel update of SUSE has some 100,000 */
#define VERSION_BYTES  1024

#define COMPARISONS_MAX 20000000 /* of one statement, versions × ranges; real ones have some thousands */

/* Listed versions that a range holds anyway are left out: most of PyPI's 140,000 are. */
static int keep_versions(struct resolver *r, const struct feed_affected *f, enum version_scheme scheme, const struct advisory_range_vec *ranges,
			 struct str_vec *out)
{
	bool compare = f->versions.n * ranges->n <= COMPARISONS_MAX;
	for (size_t i = 0; i < f->versions.n; i++) {
		bool held = false;
		for (size_t j = 0; compare && j < ranges->n && !held; j++)
			held = version_in_range(scheme, f->versions.v[i], &ranges->v[j]);
		if (!held && !vec_push(&r->scratch, out, f->versions.v[i]))
			return -1;
	}
	return 0;
}

/* secdb names every build that fixed a part of an id: fixed is what the highest holds. */
static void keep_highest(struct advisory *adv)
{
	for (size_t i = 1; i < adv->ranges.n; i++)
		if (version_compare(VERSION_APK, adv->ranges.v[i].high, adv->ranges.v[0].high) > 0)
			adv->ranges.v[0] = adv->ranges.v[i];
	for (size_t i = 1; i < adv->fixed.n; i++)
		if (version_compare(VERSION_APK, adv->fixed.v[i], adv->fixed.v[0]) > 0)
			adv->fixed.v[0] = adv->fixed.v[i];
	adv->ranges.n = MIN_OF(adv->ranges.n, (size_t)1);
	adv->fixed.n = MIN_OF(adv->fixed.n, (size_t)1);
}

/* ">=2.1, <2.2" says that the whole branch is affected, not that 2.2 fixes it: where the bound is affected itself it is no fix. */
static int drop_affected_fixes(struct resolver *r, enum version_scheme scheme, struct advisory *adv)
{
	struct str_vec out = { 0 };
	if (adv->fixed.n * adv->ranges.n > COMPARISONS_MAX)
		return 0;
	for (size_t i = 0; i < adv->fixed.n; i++) {
		bool affected = false;
		for (size_t j = 0; j < adv->ranges.n && !affected; j++)
			affected = version_in_range(scheme, adv->fixed.v[i], &adv->ranges.v[j]);
		if (!affected && !vec_push(&r->scratch, &out, adv->fixed.v[i]))
			return -1;
	}
	adv->fixed = out;
	adv->status = out.n ? ADVISORY_FIXED : ADVISORY_AFFECTED;
	return 0;
}

static bool too_long(const struct str_vec *v)
{
	for (size_t i = 0; i < v->n; i++)
		if (v->v[i].n > VERSION_BYTES)
			return true;
	return false;
}

static int add_affected(struct resolver *r, const struct feed_record *rec, const struct feed_affected *f, uint32_t unit, uint32_t source,
			struct error *err)
{
	struct str ecosystem = resolve_ecosystem(&r->scratch, f->ecosystem), name = resolve_name(&r->scratch, f->ecosystem, f->name);
	if (!ecosystem.p || !name.p)
		return error_nomem(err);
	if (ecosystem.n + name.n > 400 || name.n == 0 || str_find_char(name, 0) != STR_NOT_FOUND || str_find_char(ecosystem, 0) != STR_NOT_FOUND) {
		passed(r, rec, f, "unusable package name", f->ecosystem);
		return 0;
	}
	enum version_scheme scheme = resolve_scheme(ecosystem);
	struct advisory adv = { .source_id = f->vendor_id.n ? f->vendor_id : rec->id, .status = f->status, .severity = f->severity, .arch = f->arch, .module = f->module };
	adv.ranges.n = 0;
	for (size_t i = 0; i < f->ranges.n; i++)
		if (f->ranges.v[i].low.n > VERSION_BYTES || f->ranges.v[i].high.n > VERSION_BYTES || f->ranges.n > RANGES_MAX) {
			passed(r, rec, f, "version too long or too many ranges", STR(""));
			return 0;
		}
	if (too_long(&f->versions) || too_long(&f->fixed) || too_long(&f->constraints) || too_long(&f->unaffected)) {
		passed(r, rec, f, "version too long", STR(""));
		return 0;
	}
	for (size_t i = 0; i < f->ranges.n; i++)
		if (!vec_push(&r->scratch, &adv.ranges, f->ranges.v[i]))
			return error_nomem(err);
	struct advisory_range everything = { 0 };
	if (f->all_versions && !vec_push(&r->scratch, &adv.ranges, everything))
		return error_nomem(err);
	int code = read_constraints(r, rec, f, scheme, &adv.ranges, err);
	if (code <= 0)
		return code;
	if (keep_versions(r, f, scheme, &adv.ranges, &adv.versions) < 0)
		return error_nomem(err);
	if (adv.ranges.n > RANGES_MAX || adv.versions.n > VERSIONS_MAX) {
		passed(r, rec, f, "too many versions or ranges", STR(""));
		return 0;
	}
	if (adv.ranges.n == 0 && adv.versions.n == 0) {
		diag_add(r->sink->diags, DIAG_WARNING, r->file, f->line ? f->line : rec->line, 0, "%.*s: %.*s: its constraints hold no version", STR_FMT(rec->id),
			 STR_FMT(name));
		return 0;
	}
	adv.fixed = f->fixed;
	if (adv.fixed.n > VERSIONS_MAX)
		adv.fixed.n = VERSIONS_MAX;
	if (scheme == VERSION_APK)
		keep_highest(&adv);
	if (f->constraints.n && str_eq_c(rec->unit, "php") && drop_affected_fixes(r, scheme, &adv) < 0)
		return error_nomem(err);
	return db_builder_advisory(r->builder, unit, source, ecosystem, name, &adv, rec->ids.v, rec->ids.n, err);
}

/* Whose titles, descriptions and dates are shown first: NVD writes about the vulnerability itself, language databases about the package, errata
 * about a whole update. */
static uint16_t precedence_of(const struct feed_record *rec)
{
	static const struct {
		const char *source;
		uint16_t precedence;
	} known[] = { { "nvd", 10 }, { "ghsa", 20 }, { "kev", 40 }, { "trivy-db", 45 }, { "debian", 50 } };
	if (rec->ids.n > 1)
		return 80;
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (str_eq_c(rec->source, known[i].source))
			return known[i].precedence;
	return str_has_prefix(rec->unit, STR("osv:")) && !feed_ecosystem_is_language(str_from(rec->unit, 4)) ? 60 : 30;
}

/* Whether a record announces a distribution's update (ALSA-…, USN-…); not what a distribution says of one vulnerability (DEBIAN-CVE-…). */
static bool is_notice(const struct feed_record *rec)
{
	bool of_distribution = str_has_prefix(rec->unit, STR("osv:")) && !feed_ecosystem_is_language(str_from(rec->unit, 4));
	return of_distribution && !(rec->ids.n == 1 && str_has_suffix(rec->id, rec->ids.v[0]));
}

/* Scores computed from their vectors; a vector that does not parse keeps what its source stated. */
static int score(struct resolver *r, struct cvss_vec *v, struct error *err)
{
	struct cvss_vec out = { 0 };
	if (vec_reserve(&r->scratch, &out, v->n) < 0)
		return error_nomem(err);
	for (size_t i = 0; i < v->n; i++) {
		struct cvss_entry e = v->v[i];
		struct cvss parsed;
		struct error bad;
		if (e.vector.n && cvss_parse(e.vector, &parsed, &bad) == 0) {
			e.score = parsed.base;
			e.version = parsed.version;
		} else if (e.score < 0) {
			diag_add(r->sink->diags, DIAG_WARNING, r->file, 0, 0, "CVSS vector not understood: %.*s", STR_FMT(str_sub(e.vector, 0, 120)));
			e.score = 0;
		}
		out.v[out.n++] = e;
	}
	*v = out;
	return 0;
}

static int add_parts(struct resolver *r, const struct feed_record *rec, uint32_t unit, uint32_t source, struct error *err)
{
	struct vulnerability v = { .title = rec->title,
				   .description = rec->description,
				   .aliases = rec->aliases,
				   .references = rec->references,
				   .cwes = rec->cwes,
				   .cvss = rec->cvss,
				   .severities = rec->ratings,
				   .published = str_cmp(rec->published, STR("1990")) > 0 ? rec->published : STR_NONE,
				   .modified = str_cmp(rec->modified, STR("1990")) > 0 ? rec->modified : STR_NONE,
				   .kev = rec->kev,
				   .kev_ransomware = rec->kev_ransomware,
				   .kev_added = rec->kev_added,
				   .kev_due = rec->kev_due,
				   .withdrawn = rec->withdrawn };
	if (score(r, &v.cvss, err) < 0)
		return ERR_NOMEM;
	if (v.title.n + v.description.n + v.references.n + v.cvss.n + v.cwes.n + v.severities.n == 0 && !v.kev && rec->severity == SEVERITY_UNKNOWN)
		return 0;
	struct db_part_spec spec = { .unit = unit,
				     .source = source,
				     .precedence = precedence_of(rec),
				     .record = rec->id,
				     .v = &v,
				     .severity = rec->severity,
				     .erratum = rec->ids.n > 1,
				     .notice = is_notice(rec) };
	for (size_t i = 0; i < rec->ids.n; i++) {
		int code = db_builder_part(r->builder, rec->ids.v[i], &spec, err);
		if (code < 0)
			return code;
	}
	return 0;
}

static void count_record(struct resolver *r, uint32_t unit)
{
	size_t i = 0;
	while (i < r->tally_count && r->tally[i].unit != unit)
		i++;
	if (i == ARRAY_LEN(r->tally))
		return;
	if (i == r->tally_count) {
		r->tally[i].unit = unit;
		r->tally[i].records = 0;
		r->tally_count++;
	}
	r->tally[i].records++;
}

void resolve_whole(struct resolver *r)
{
	uint64_t total = 0;
	for (size_t i = 0; i < r->tally_count; i++)
		total += r->tally[i].records;
	for (size_t i = 0; i < r->tally_count; i++)
		if (r->tally[i].records > total / 2)
			db_builder_replace(r->builder, r->tally[i].unit);
}

int resolve_record(void *ctx, const struct feed_record *rec, struct error *err)
{
	struct resolver *r = ctx;
	uint32_t unit, source;
	arena_clear(&r->scratch);
	for (size_t i = 0; i < rec->ids.n; i++)
		if (rec->ids.v[i].n == 0 || rec->ids.v[i].n > 200 || str_find_char(rec->ids.v[i], 0) != STR_NOT_FOUND) {
			diag_add(r->sink->diags, DIAG_UNREADABLE, r->file, rec->line, 0, "%.*s: unusable vulnerability id", STR_FMT(str_sub(rec->id, 0, 100)));
			r->sink->unreadable++;
			return 0;
		}
	if (rec->ids.n * rec->affected.n > STATEMENTS_MAX) {
		diag_add(r->sink->diags, DIAG_UNREADABLE, r->file, rec->line, 0, "%.*s: %zu vulnerabilities of %zu packages are too many for one record",
			 STR_FMT(str_sub(rec->id, 0, 100)), rec->ids.n, rec->affected.n);
		r->sink->unreadable++;
		return 0;
	}
	int code = unit_of(r, rec, &unit, err), again;
	if (code < 0 || (code = source_of(r, rec, &source, err)) < 0 || (code = again = db_builder_seen(r->builder, unit, rec->id, err)) < 0)
		return code;
	count_record(r, unit);
	/* dumps of several releases hold the same record */
	if (again && (str_has_prefix(rec->unit, STR("osv:")) || str_eq_c(rec->unit, "nvd")))
		return 0;
	struct str date = feed_record_date(rec);
	if (date.n && (code = db_builder_date(r->builder, unit, rec->source, date, err)) < 0)
		return code;
	if (rec->withdrawn && !rec->affected.n && !rec->kev && str_has_prefix(rec->unit, STR("osv:")))
		return 0;
	for (size_t i = 0; i < rec->affected.n; i++)
		if ((code = add_affected(r, rec, &rec->affected.v[i], unit, source, err)) < 0)
			return code;
	/* the tracker tells about an id once for each package */
	return again && str_eq_c(rec->unit, "debian:tracker") ? 0 : add_parts(r, rec, unit, source, err);
}

int resolve_epss(void *ctx, struct str id, double probability, double percentile, struct error *err)
{
	struct resolver *r = ctx;
	uint32_t source;
	if (!r->epss_dated) {
		struct feed_record rec = { .source = STR("epss") };
		int code = source_of(r, &rec, &source, err);
		if (code < 0 || (code = db_builder_epss_date(r->builder, source, r->sink->data_date, err)) < 0)
			return code;
		r->epss_dated = true;
	}
	return db_builder_epss(r->builder, id, probability, percentile, err);
}
