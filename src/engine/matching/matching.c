#include "engine/matching/matching.h"

#include "base/map.h"
#include "engine/cvss/cvss.h"
#include "engine/version/version.h"

/* Documented in docs/image.md. The advisory's own source comes before all of these; then who rates every vulnerability, then the
 * built-in table (which states NVD's ratings), then other distributions, whose words are about their own builds. */
static const char *const default_order[] = { "nvd", "ghsa", "starter", "redhat", "ubuntu", "alma", "rocky", "oracle-oval", "amazon", "suse-cvrf", "debian", "alpine", NULL };

struct matching {
	struct arena *arena;
	const struct image_facts *facts;
	const struct advisory_lookup *db;
	const struct matching_options *opt;
	struct finding_vec *out;
	struct str os_ecosystem;
	struct arena scratch; /* of the package being matched */
	size_t too_long;        /* packages whose version is longer than any order takes */
	struct str too_long_name; /* the first of them */
	struct map details; /* vulnerability id -> struct vulnerability *, so that each is decoded once */
	struct map found;   /* "ecosystem\nname" -> struct advisory_vec *: a source package has up to hundreds of binary ones */
	bool full;          /* MATCHING_FINDINGS_MAX is reached */
};

/* ---- severity ---------------------------------------------------------------------------------------------------- */

static enum severity from_cvss(const struct vulnerability *v, struct str source)
{
	double best = 0;
	uint8_t best_version = 0;
	for (size_t i = 0; i < v->cvss.n; i++) {
		const struct cvss_entry *c = &v->cvss.v[i];
		if (!str_eq(c->source, source) || c->score <= 0)
			continue;
		/* CVSS 3 is what vendors rate by today; 4.0 counts where nothing else stands, 2.0 last. */
		uint8_t rank = c->version == 31 ? 4 : c->version == 30 ? 3 : c->version == 40 ? 2 : 1;
		if (rank > best_version) {
			best_version = rank;
			best = c->score;
		}
	}
	return severity_from_score(best);
}

static enum severity from_source(const struct vulnerability *v, struct str source)
{
	for (size_t i = 0; i < v->severities.n; i++)
		if (str_eq(v->severities.v[i].source, source) && v->severities.v[i].severity != SEVERITY_UNKNOWN)
			return v->severities.v[i].severity;
	return from_cvss(v, source);
}

enum severity matching_severity(const struct advisory *adv, const struct vulnerability *vuln, const char *const *order, struct str *ret_source)
{
	enum severity s;
	*ret_source = STR_NONE;
	if (adv && adv->severity != SEVERITY_UNKNOWN) {
		*ret_source = adv->data_source;
		return adv->severity;
	}
	if (!vuln)
		return SEVERITY_UNKNOWN;
	if (adv && (s = from_source(vuln, adv->data_source)) != SEVERITY_UNKNOWN) {
		*ret_source = adv->data_source;
		return s;
	}
	for (const char *const *o = order ? order : default_order; *o; o++)
		if ((s = from_source(vuln, str_c(*o))) != SEVERITY_UNKNOWN) {
			*ret_source = str_c(*o);
			return s;
		}
	for (size_t i = 0; i < vuln->severities.n; i++)
		if (vuln->severities.v[i].severity != SEVERITY_UNKNOWN) {
			*ret_source = vuln->severities.v[i].source;
			return vuln->severities.v[i].severity;
		}
	for (size_t i = 0; i < vuln->cvss.n; i++)
		if ((s = from_cvss(vuln, vuln->cvss.v[i].source)) != SEVERITY_UNKNOWN) {
			*ret_source = vuln->cvss.v[i].source;
			return s;
		}
	return SEVERITY_UNKNOWN;
}

/* ---- which advisories speak about a package ---------------------------------------------------------------------- */

/* Debian's and Alpine's relatives, SUSE, Rocky and the rest file advisories by source package; these file them by binary package. */
static bool filed_by_binary(struct str ecosystem)
{
	static const struct str families[] = { STR_INIT("AlmaLinux"), STR_INIT("Red Hat"), STR_INIT("Oracle Linux"), STR_INIT("Amazon Linux") };
	struct str family, rest;
	str_cut(ecosystem, ':', &family, &rest);
	for (size_t i = 0; i < ARRAY_LEN(families); i++)
		if (str_eq(family, families[i]))
			return true;
	return false;
}

static struct str leading_number(struct str version)
{
	size_t colon = str_find_char(version, ':');
	if (colon != STR_NOT_FOUND)
		version = str_from(version, colon + 1);
	size_t n = 0;
	while (n < version.n && char_is_digit(version.p[n]))
		n++;
	return str_sub(version, 0, n);
}

/* rpm modules ship several streams of one package side by side, and a fix in one says nothing about another. Advisories that do not name
 * the stream still show ".module" in the fixed release; then only a fix of the same major version can be of the same stream. */
static bool same_stream(const struct package *p, const struct advisory *adv, struct str bound)
{
	bool modular = p->modularity.n || str_contains(p->version, STR(".module"));
	if (adv->module.n) {
		/* "nodejs:16" of the label "nodejs:16:8070020221212:…", but not "nodejs:1". */
		struct str rest = p->modularity;
		return modular && (!p->modularity.n || (str_strip_prefix(&rest, adv->module) && (!rest.n || rest.p[0] == ':')));
	}
	bool bound_modular = str_contains(bound, STR(".module"));
	if (modular != bound_modular)
		return false;
	return !modular || str_eq(leading_number(p->version), leading_number(bound));
}

static bool arch_applies(const struct advisory *adv, struct str arch)
{
	struct str rest = adv->arch, one;
	if (!adv->arch.n || !arch.n)
		return true;
	while (str_next(&rest, ',', &one))
		if (str_eq(str_trim(one), arch) || str_eq(str_trim(one), STR("all")))
			return true;
	return false;
}

static bool advisory_hits(const struct package *p, enum version_scheme scheme, struct str version, const struct advisory *adv)
{
	if (adv->status == ADVISORY_NOT_AFFECTED || !arch_applies(adv, p->arch))
		return false;
	if (scheme != VERSION_RPM)
		return version_affected(scheme, version, adv);
	if (!adv->ranges.n && !adv->versions.n)
		return version_affected(scheme, version, adv) && same_stream(p, adv, STR_NONE);
	for (size_t i = 0; i < adv->ranges.n; i++)
		if (version_in_range(scheme, version, &adv->ranges.v[i]) && same_stream(p, adv, adv->ranges.v[i].high))
			return true;
	return false;
}

/* ---- findings ---------------------------------------------------------------------------------------------------- */

static int details_of(struct matching *m, struct str id, const struct vulnerability **ret, struct error *err)
{
	bool is_new;
	void **at = map_at(&m->details, id, &is_new);
	if (!at)
		return error_nomem(err);
	if (is_new) {
		struct vulnerability *v = arena_new(m->arena, struct vulnerability);
		if (!v)
			return error_nomem(err);
		v->epss = v->epss_percentile = -1;
		int r = m->db->details ? m->db->details(m->db->ctx, id, m->arena, v, err) : ERR_NOT_FOUND;
		if (r < 0 && r != ERR_NOT_FOUND)
			return r;
		*at = r < 0 ? NULL : v;
		if (r < 0)
			error_clear(err);
	}
	*ret = *at;
	return 0;
}

static bool str_vec_has(const struct str_vec *v, struct str s)
{
	for (size_t i = 0; i < v->n; i++)
		if (str_eq(v->v[i], s))
			return true;
	return false;
}

/* Fixed versions of every record about the same id count: one record a release branch is common. */
static int add_fixed(struct matching *m, struct finding *f, const struct advisory *adv, struct error *err)
{
	for (size_t i = 0; i < adv->fixed.n; i++)
		if (adv->fixed.v[i].n && !str_vec_has(&f->fixed, adv->fixed.v[i]) && !vec_push(m->arena, &f->fixed, adv->fixed.v[i]))
			return error_nomem(err);
	return 0;
}

static int compare_versions(const void *a, const void *b, void *scheme)
{
	int r = version_compare(*(const enum version_scheme *)scheme, *(const struct str *)a, *(const struct str *)b);
	return r ? r : str_cmp(*(const struct str *)a, *(const struct str *)b);
}

/* Oldest first; of spellings of one version ("1.0", "1.0.0") one. */
static void sort_fixed(struct finding *f, enum version_scheme scheme)
{
	size_t n = 0;
	if (f->fixed.n < 2)
		return;
	qsort_r(f->fixed.v, f->fixed.n, sizeof(f->fixed.v[0]), compare_versions, &scheme);
	for (size_t i = 0; i < f->fixed.n; i++)
		if (!n || version_compare(scheme, f->fixed.v[n - 1], f->fixed.v[i]) != 0)
			f->fixed.v[n++] = f->fixed.v[i];
	f->fixed.n = n;
}

static int add_finding(struct matching *m, const struct package *p, const struct advisory *adv, struct error *err)
{
	const struct vulnerability *vuln = NULL;
	int r = details_of(m, adv->id, &vuln, err);
	if (r < 0)
		return r;
	if (vuln && vuln->withdrawn)
		return 0;
	if (m->out->n >= MATCHING_FINDINGS_MAX) {
		m->full = true;
		return 0;
	}
	struct finding *f = vec_add(m->arena, m->out);
	if (!f)
		return error_nomem(err);
	f->kind = FINDING_VULNERABILITY;
	f->id = adv->id;
	f->vulnerability = vuln;
	f->severity = matching_severity(adv, vuln, m->opt->severity_order, &f->severity_source);
	/* Another distribution's announcement of an update says nothing about this package. */
	if (vuln && (!vuln->title_notice.n || str_eq(vuln->title_notice, adv->data_source)))
		f->title = vuln->title;
	if (vuln && (!vuln->description_notice.n || str_eq(vuln->description_notice, adv->data_source)))
		f->description = vuln->description;
	f->subject = (struct subject){ .kind = SUBJECT_PACKAGE, .package = p, .path = p->path, .line = p->line, .end_line = p->end_line };
	f->status = adv->status;
	f->data_source = adv->data_source;
	f->source_id = adv->source_id;
	return 0;
}

static int find_advisories(struct matching *m, struct str ecosystem, struct str name, struct advisory_vec **ret, struct error *err)
{
	bool is_new;
	struct str key = arena_printf(&m->scratch, "%.*s\n%.*s", STR_FMT(ecosystem), STR_FMT(name));
	void **at = key.p ? map_at(&m->found, key, &is_new) : NULL;
	if (!at)
		return error_nomem(err);
	if (is_new) {
		struct advisory_vec *v = arena_new(m->arena, struct advisory_vec);
		m->found.entries[m->found.n - 1].key = arena_str(m->arena, key);
		if (!v || !m->found.entries[m->found.n - 1].key.p)
			return error_nomem(err);
		*at = v;
		int r = m->db->find(m->db->ctx, ecosystem, name, m->arena, v, err);
		if (r < 0)
			return r;
	}
	*ret = *at;
	return 0;
}

/* All advisories of one package, one finding an id. */
static int match_package(struct matching *m, const struct package *p, struct str ecosystem, struct str name, struct str version, struct error *err)
{
	const struct package_kind_info *info = package_kind_info(p->kind);
	struct advisory_vec *found = NULL;
	size_t first = m->out->n;
	if (m->full)
		return 0;
	arena_clear(&m->scratch);
	int r = find_advisories(m, ecosystem, name, &found, err);
	if (r == ERR_NOT_FOUND)
		return 0;
	if (r < 0)
		return r;
	if (!found->n)
		return 0;
	const struct advisory_vec advs = *found;
	struct map by_id; /* id -> index in m->out, + 1; a kernel has thousands */
	map_init(&by_id, &m->scratch);
	for (size_t i = 0; i < advs.n; i++) {
		if (!advisory_hits(p, info->scheme, version, &advs.v[i]) || map_get(&by_id, advs.v[i].id))
			continue;
		size_t before = m->out->n;
		if ((r = add_finding(m, p, &advs.v[i], err)) < 0)
			return r;
		if (m->out->n > before && map_put(&by_id, advs.v[i].id, (void *)(uintptr_t)m->out->n) < 0)
			return error_nomem(err);
	}
	for (size_t i = 0; i < advs.n && m->out->n > first; i++) {
		uintptr_t at = (uintptr_t)map_get(&by_id, advs.v[i].id);
		struct finding *f = at ? &m->out->v[at - 1] : NULL;
		if (!f || !str_eq(f->data_source, advs.v[i].data_source))
			continue;
		if (info->scheme == VERSION_RPM && !same_stream(p, &advs.v[i], advs.v[i].fixed.n ? advs.v[i].fixed.v[0] : STR_NONE))
			continue;
		if ((r = add_fixed(m, f, &advs.v[i], err)) < 0)
			return r;
	}
	for (size_t k = first; k < m->out->n; k++) {
		sort_fixed(&m->out->v[k], info->scheme);
		if (m->out->v[k].fixed.n && m->out->v[k].status == ADVISORY_AFFECTED)
			m->out->v[k].status = ADVISORY_FIXED;
	}
	return 0;
}

/* Beyond the longest text that the orders take there is no judgement, only a finding that says so. */
static bool is_judgeable(struct matching *m, const struct package *p, struct str version)
{
	if (version.n <= VERSION_TEXT_MAX)
		return version.n > 0;
	if (!m->too_long++)
		m->too_long_name = str_sub(p->name, 0, 100);
	return false;
}

static int match_os_package(struct matching *m, const struct package *p, struct error *err)
{
	/* Keys of repositories are listed as packages by rpm; nothing is installed. */
	if (p->kind == PKG_RPM && str_eq(p->name, STR("gpg-pubkey")))
		return 0;
	bool binary = filed_by_binary(m->os_ecosystem);
	struct str name = !binary && p->src_name.n ? p->src_name : p->name;
	struct str version = !binary && p->src_version.n ? p->src_version : p->version;
	return is_judgeable(m, p, version) ? match_package(m, p, m->os_ecosystem, name, version, err) : 0;
}

static int match_language_package(struct matching *m, const struct package *p, struct error *err)
{
	if (!package_kind_info(p->kind)->ecosystem) /* from a bill of materials: see judge_unknown_kinds */
		return 0;
	if ((p->owner && !m->opt->judge_owned) || (p->dev && !m->opt->include_dev) || !is_judgeable(m, p, p->version))
		return 0;
	struct str name = package_advisory_name(m->arena, p->kind, p->name);
	if (!name.p)
		return error_nomem(err);
	return match_package(m, p, str_c(package_kind_info(p->kind)->ecosystem), name, package_judged_version(p), err);
}

/* ---- what could not be judged ------------------------------------------------------------------------------------ */

/* object: the ecosystem that it is about, which tells two notices of one kind apart (baselines) and the report where to show it. */
static int add_notice(struct matching *m, enum finding_kind kind, struct str id, struct str object, struct str title, struct str fix, struct error *err)
{
	struct finding *f = title.p ? vec_add(m->arena, m->out) : NULL;
	if (!f)
		return error_nomem(err);
	f->kind = kind;
	f->id = id;
	f->title = title;
	f->fix_text = fix;
	f->subject.kind = SUBJECT_IMAGE;
	f->subject.object = object;
	return 0;
}

static struct str format_day(struct arena *a, int64_t day)
{
	/* Days to civil date, proleptic Gregorian calendar (H. Hinnant's algorithm). */
	int64_t z = day + 719468, era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t doe = z - era * 146097, yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
	int64_t d = doy - (153 * mp + 2) / 5 + 1, mon = mp < 10 ? mp + 3 : mp - 9;
	return arena_printf(a, "%04lld-%02lld-%02lld", (long long)(yoe + era * 400 + (mon <= 2)), (long long)mon, (long long)d);
}

static int judge_distribution(struct matching *m, size_t os_packages, struct error *err)
{
	const struct distro *d = &m->facts->distro;
	struct arena *a = m->arena;
	if (os_packages && !m->os_ecosystem.n) {
		struct str title = d->known ? arena_printf(a, "no advisory source is known for the distribution %.*s %.*s: its %zu packages were not judged",
							   STR_FMT(d->id), STR_FMT(d->version), os_packages)
					    : arena_printf(a, "the distribution is unknown (no os-release): %zu operating-system packages were not judged", os_packages);
		int r = add_notice(m, FINDING_NO_DATA, STR("unknown-distribution"), STR_NONE, title, STR_NONE, err);
		if (r < 0)
			return r;
	} else if (os_packages && !m->db->has_ecosystem(m->db->ctx, m->os_ecosystem)) {
		int r = add_notice(m, FINDING_NO_DATA, STR("no-data"), m->os_ecosystem,
				   arena_printf(a, "the database has no advisories for %.*s: its %zu packages were not judged", STR_FMT(m->os_ecosystem), os_packages),
				   STR("bulkhead db update"), err);
		if (r < 0)
			return r;
	}
	int64_t day = 0;
	enum distro_support support = m->opt->today && d->known ? distro_support_at(d, m->opt->today, &day) : DISTRO_SUPPORT_UNKNOWN;
	if (support >= DISTRO_PAID_ONLY)
		return add_notice(m, FINDING_END_OF_LIFE, STR("end-of-life"), STR_NONE,
				  arena_printf(a, "%.*s %.*s is past its end of life (%.*s): %s", STR_FMT(d->id), STR_FMT(d->version), STR_FMT(format_day(a, day)),
					       support == DISTRO_PAID_ONLY ? "further security fixes need a contract with its vendor"
									   : "no further security fixes are published for it"),
				  STR_NONE, err);
	return 0;
}

static int judge_ecosystems(struct matching *m, struct error *err)
{
	size_t counts[PKG_KIND_COUNT] = { 0 };
	for (size_t i = 0; i < m->facts->packages.n; i++) {
		const struct package *p = &m->facts->packages.v[i];
		if (!package_kind_info(p->kind)->os && (!p->owner || m->opt->judge_owned))
			counts[p->kind]++;
	}
	for (unsigned k = 0; k < PKG_KIND_COUNT; k++) {
		struct str eco = str_c(package_kind_info(k)->ecosystem);
		if (!counts[k] || !eco.n || m->db->has_ecosystem(m->db->ctx, eco))
			continue;
		size_t total = 0;
		bool first = true;
		for (unsigned j = 0; j < PKG_KIND_COUNT; j++)
			if (str_eq(str_c(package_kind_info(j)->ecosystem), eco)) {
				total += counts[j];
				first &= j >= k || !counts[j];
			}
		if (!first)
			continue;
		int r = add_notice(m, FINDING_NO_DATA, STR("no-data"), eco,
				   arena_printf(m->arena, "the database has no advisories for %.*s: %zu packages were not judged", STR_FMT(eco), total),
				   STR("bulkhead db update"), err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Packages of a bill of materials that are of no kind we know: one notice a package URL type. */
static int judge_unknown_kinds(struct matching *m, struct error *err)
{
	struct map counts; /* type -> number */
	map_init(&counts, m->arena);
	for (size_t i = 0; i < m->facts->packages.n; i++) {
		const struct package *p = &m->facts->packages.v[i];
		struct str rest = p->purl, type = STR_NONE;
		if (p->kind != PKG_NONE)
			continue;
		if (str_strip_prefix(&rest, STR("pkg:")))
			str_cut(rest, '/', &type, &rest);
		type = str_sub(type, 0, 40);
		void **slot = map_at(&counts, type.n ? type : STR("?"), NULL);
		if (!slot)
			return error_nomem(err);
		*slot = (void *)((uintptr_t)*slot + 1);
	}
	for (size_t i = 0; i < counts.n; i++) {
		struct str type = counts.entries[i].key;
		unsigned long long n = (uintptr_t)counts.entries[i].value;
		const char *s = n == 1 ? "" : "s";
		bool none = str_eq(type, STR("?"));
		struct str title = none ? arena_printf(m->arena, "%llu component%s without a package URL: not judged", n, s)
					: arena_printf(m->arena, "no advisory source is known for package URLs of type \"%.*s\": %llu package%s not judged", STR_FMT(type), n, s);
		int r = add_notice(m, FINDING_NO_DATA, STR("no-data"), none ? STR_NONE : arena_printf(m->arena, "pkg:%.*s", STR_FMT(type)), title, STR_NONE, err);
		if (r < 0)
			return r;
	}
	return 0;
}

int matching_run(struct arena *a, const struct image_facts *facts, const struct advisory_lookup *db, const struct matching_options *opt,
		 struct finding_vec *out, struct error *err)
{
	struct matching m = { .arena = a, .facts = facts, .db = db, .opt = opt, .out = out };
	size_t os_packages = 0;
	int r = 0;
	map_init(&m.details, a);
	map_init(&m.found, a);
	arena_init(&m.scratch, ARENA_NO_LIMIT);
	m.os_ecosystem = facts->distro.known ? distro_ecosystem(a, &facts->distro) : STR_NONE;
	for (size_t i = 0; i < facts->packages.n && r == 0; i++) {
		const struct package *p = &facts->packages.v[i];
		bool os = package_kind_info(p->kind)->os;
		os_packages += os;
		if (!os)
			r = match_language_package(&m, p, err);
		else if (m.os_ecosystem.n)
			r = match_os_package(&m, p, err);
	}
	arena_release(&m.scratch);
	if (r == 0 && m.full)
		r = add_notice(&m, FINDING_UNREADABLE, STR("too-many-findings"), STR_NONE,
			       arena_printf(a, "more than %d findings: what else the packages have is not in the report", MATCHING_FINDINGS_MAX), STR_NONE, err);
	if (r == 0 && m.too_long)
		r = add_notice(&m, FINDING_UNREADABLE, STR("unreadable"), STR_NONE,
			       arena_printf(a, "%zu package%s not judged, the version is longer than %d bytes (%.*s%s)", m.too_long, m.too_long == 1 ? " was" : "s were",
					    VERSION_TEXT_MAX, STR_FMT(m.too_long_name), m.too_long == 1 ? "" : " …"), STR_NONE, err);
	if (r == 0)
		r = judge_distribution(&m, os_packages, err);
	if (r == 0)
		r = judge_ecosystems(&m, err);
	if (r == 0)
		r = judge_unknown_kinds(&m, err);
	return r;
}
