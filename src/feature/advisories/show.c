#include "engine/matching/matching.h"
#include "engine/version/version.h"
#include "feature/advisories/advisories.h"
#include "feature/advisories/resolve.h"
#include "model/distro.h"
#include "model/package.h"
#include "source/advisorydb/advisorydb.h"

static int open_db(struct str path, struct advisorydb **ret, struct error *err)
{
	return path.n ? advisorydb_open(path, ret, err) : advisorydb_open_starter(ret, err);
}

/* ---- strings of the answer must outlive the database's map ----------------------------------------------------------- */

struct keeper {
	struct arena *a;
	bool failed;
};

static void keep(struct keeper *k, struct str *s)
{
	if (s->n == 0)
		return;
	*s = arena_str(k->a, *s);
	k->failed = k->failed || !s->p;
}

static void keep_list(struct keeper *k, struct str_vec *v)
{
	for (size_t i = 0; i < v->n; i++)
		keep(k, &v->v[i]);
}

/* Lists of an advisory may be shared with others: they are copied before their strings are. */
static void keep_advisory(struct keeper *k, struct advisory *adv)
{
	struct str_vec versions = { 0 }, fixed = { 0 };
	struct advisory_range_vec ranges = { 0 };
	keep(k, &adv->id);
	keep(k, &adv->source_id);
	keep(k, &adv->data_source);
	keep(k, &adv->arch);
	keep(k, &adv->module);
	for (size_t i = 0; i < adv->versions.n && !k->failed; i++)
		k->failed = !vec_push(k->a, &versions, adv->versions.v[i]);
	for (size_t i = 0; i < adv->fixed.n && !k->failed; i++)
		k->failed = !vec_push(k->a, &fixed, adv->fixed.v[i]);
	for (size_t i = 0; i < adv->ranges.n && !k->failed; i++) {
		struct advisory_range range = adv->ranges.v[i];
		keep(k, &range.low);
		keep(k, &range.high);
		k->failed = k->failed || !vec_push(k->a, &ranges, range);
	}
	keep_list(k, &versions);
	keep_list(k, &fixed);
	adv->versions = versions;
	adv->fixed = fixed;
	adv->ranges = ranges;
}

static void keep_vulnerability(struct keeper *k, struct vulnerability *v)
{
	struct str *single[] = { &v->id, &v->title, &v->description, &v->published, &v->modified, &v->kev_added, &v->kev_due };
	for (size_t i = 0; i < ARRAY_LEN(single); i++)
		keep(k, single[i]);
	keep_list(k, &v->aliases);
	keep_list(k, &v->references);
	keep_list(k, &v->cwes);
	for (size_t i = 0; i < v->cvss.n; i++) {
		keep(k, &v->cvss.v[i].source);
		keep(k, &v->cvss.v[i].vector);
	}
	for (size_t i = 0; i < v->severities.n; i++)
		keep(k, &v->severities.v[i].source);
}

/* ---- info ------------------------------------------------------------------------------------------------------------ */

/* Days since 1970-01-01 of "YYYY-MM-DD…" (H. Hinnant's algorithm); INT64_MIN when it is no date. */
static int64_t day_of(struct str date)
{
	uint64_t year, month, day;
	if (date.n < 10 || str_to_u64(str_sub(date, 0, 4), &year) < 0 || str_to_u64(str_sub(date, 5, 2), &month) < 0 || str_to_u64(str_sub(date, 8, 2), &day) < 0 ||
	    month < 1 || month > 12 || day < 1 || day > 31)
		return INT64_MIN;
	int64_t y = (int64_t)year - (month <= 2), era = y / 400, yoe = y - era * 400;
	int64_t doy = (153 * ((int64_t)month + (month > 2 ? -3 : 9)) + 2) / 5 + (int64_t)day - 1, doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
	return era * 146097 + doe - 719468;
}

int advisories_info(struct arena *a, struct str db_path, int64_t today, struct advisories_info *ret, struct error *err)
{
	struct advisorydb *db;
	struct advisorydb_info from;
	struct keeper k = { .a = a };
	int r = open_db(db_path, &db, err);
	if (r < 0)
		return r;
	if ((r = advisorydb_info(db, a, &from, err)) == 0) {
		struct advisories_info info = { .path = db_path,
						.starter = from.starter,
						.format_version = from.format_version,
						.built = from.built,
						.newest_data = from.newest_data,
						.age_days = -1,
						.advisories = from.advisory_count,
						.vulnerabilities = from.vulnerability_count,
						.packages = from.package_count,
						.kev = from.kev_count,
						.epss = from.epss_count,
						.file_bytes = from.file_bytes,
						.epss_date = from.epss_date,
						.sources = from.sources,
						.source_count = from.source_count,
						.ecosystems = from.ecosystems,
						.ecosystem_advisories = from.ecosystem_counts,
						.ecosystem_count = from.ecosystem_count };
		keep(&k, &info.built);
		keep(&k, &info.newest_data);
		keep(&k, &info.epss_date);
		for (size_t i = 0; i < info.source_count; i++) {
			keep(&k, &info.sources[i].key);
			keep(&k, &info.sources[i].name);
			keep(&k, &info.sources[i].url);
			keep(&k, &info.sources[i].updated);
		}
		for (size_t i = 0; i < info.ecosystem_count; i++)
			keep(&k, &info.ecosystems[i]);
		int64_t built = day_of(info.built);
		if (built != INT64_MIN && today >= built)
			info.age_days = today - built;
		if (k.failed)
			r = error_nomem(err);
		else
			*ret = info;
	}
	advisorydb_close(db);
	return r;
}

/* ---- show ------------------------------------------------------------------------------------------------------------ */

struct show {
	struct arena *a;
	struct advisorydb *db, *starter; /* starter: NULL when db is it */
	struct advisory_lookup lookup;
	struct keeper keeper;
	struct advisories_show out;
};

/* Details as a scan has them: what the file does not say about severity, the starter table may. */
static int details(struct show *s, struct str id, struct vulnerability *ret, struct error *err)
{
	struct vulnerability v = { .id = id, .epss = -1, .epss_percentile = -1 }, more = v;
	int r = s->lookup.details(s->lookup.ctx, id, s->a, &v, err), known = r;
	if (r < 0 && r != ERR_NOT_FOUND)
		return r;
	if (s->starter) {
		struct advisory_lookup starter = advisorydb_lookup(s->starter);
		r = starter.details(starter.ctx, id, s->a, &more, err);
		if (r < 0 && r != ERR_NOT_FOUND)
			return r;
	}
	if (r == 0 && s->starter) {
		for (size_t i = 0; i < more.severities.n; i++)
			if (!vec_push(s->a, &v.severities, more.severities.v[i]))
				return error_nomem(err);
		for (size_t i = 0; i < more.cvss.n; i++)
			if (!vec_push(s->a, &v.cvss, more.cvss.v[i]))
				return error_nomem(err);
		if (more.title.n && (!v.title.n || v.title_notice.n))
			v.title = more.title;
		v.kev = v.kev || more.kev;
	}
	*ret = v;
	return known < 0 && r < 0 ? ERR_NOT_FOUND : 0;
}

static int add_row(struct show *s, struct str ecosystem, struct str package, const struct advisory *adv, const struct vulnerability *known, struct error *err)
{
	struct advisories_row row = { .ecosystem = ecosystem, .package = package, .advisory = *adv };
	struct vulnerability v = { .epss = -1 };
	if (!known) {
		int r = details(s, adv->id, &v, err);
		if (r < 0 && r != ERR_NOT_FOUND)
			return r;
	}
	row.severity = matching_severity(adv, known ? known : &v, NULL, &row.severity_source);
	keep(&s->keeper, &row.ecosystem);
	keep(&s->keeper, &row.package);
	keep(&s->keeper, &row.severity_source);
	keep_advisory(&s->keeper, &row.advisory);
	return vec_push(s->a, &s->out.rows, row) ? 0 : error_nomem(err);
}

/* Rows of one package in one ecosystem; version empty: all of its advisories, else those that hit it. */
static int show_package(struct show *s, struct str ecosystem, struct str name, struct str version, struct error *err)
{
	struct advisory_vec found = { 0 };
	struct str normal = resolve_name(s->a, ecosystem, name);
	if (!normal.p)
		return error_nomem(err);
	int r = s->lookup.find(s->lookup.ctx, ecosystem, normal, s->a, &found, err);
	for (size_t i = 0; i < found.n && r == 0; i++)
		if (!version.n || version_affected(resolve_scheme(ecosystem), version, &found.v[i]))
			r = add_row(s, ecosystem, normal, &found.v[i], NULL, err);
	return r;
}

static int show_purl(struct show *s, struct str query, struct error *err)
{
	struct package p;
	struct distro d = { 0 };
	int r = package_from_purl(s->a, query, &p, &d, err);
	if (r < 0)
		return r;
	const struct package_kind_info *info = package_kind_info(p.kind);
	struct str ecosystem = info->os ? distro_ecosystem(s->a, &d) : str_c(info->ecosystem);
	if (ecosystem.n == 0)
		return error_set(err, ERR_UNSUPPORTED, "this purl does not tell which distribution and release it is of");
	return show_package(s, ecosystem, p.src_name.n ? p.src_name : p.name, p.version, err);
}

/* Longest "ecosystem/" at the start of the query that the database has; ecosystems hold no '/', names may. */
static int show_name(struct show *s, struct str query, struct error *err)
{
	struct advisorydb_info info;
	struct str ecosystem, name;
	int r = advisorydb_info(s->db, s->a, &info, err);
	if (r < 0)
		return r;
	if (str_cut(query, '/', &ecosystem, &name) && name.n && s->lookup.has_ecosystem(s->lookup.ctx, ecosystem))
		return show_package(s, ecosystem, name, STR_NONE, err);
	for (size_t i = 0; i < info.ecosystem_count && r == 0; i++)
		r = show_package(s, info.ecosystems[i], query, STR_NONE, err);
	return r;
}

static int show_id(struct show *s, struct str id, struct error *err)
{
	struct advisory_vec found = { 0 };
	struct str_vec ecosystems = { 0 }, names = { 0 };
	struct vulnerability v = { .id = id, .epss = -1, .epss_percentile = -1 };
	int r = details(s, id, &v, err);
	bool known = r == 0;
	if (r == ERR_NOT_FOUND && (r = advisorydb_find_alias(s->db, id, s->a, &id, err)) == 0) {
		r = details(s, id, &v, err);
		known = true;
	}
	if (r < 0 && r != ERR_NOT_FOUND)
		return r;
	if ((r = advisorydb_packages_of(s->db, s->a, id, &found, &ecosystems, &names, err)) < 0)
		return r;
	if (!known && !found.n)
		return ERR_NOT_FOUND;
	for (size_t i = 0; i < found.n && r == 0; i++)
		r = add_row(s, ecosystems.v[i], names.v[i], &found.v[i], known ? &v : NULL, err);
	v.id = id;
	keep_vulnerability(&s->keeper, &v);
	s->out.vulnerability = v;
	return r;
}

static int compare_rows(const void *x, const void *y)
{
	const struct advisories_row *p = x, *q = y;
	int c = str_cmp(p->ecosystem, q->ecosystem);
	c = c ? c : str_cmp(p->package, q->package);
	c = c ? c : str_cmp(p->advisory.id, q->advisory.id);
	return c ? c : str_cmp(p->advisory.source_id, q->advisory.source_id);
}

int advisories_show(struct arena *a, struct str db_path, struct str query, struct advisories_show *ret, struct error *err)
{
	struct show s = { .a = a, .keeper = { .a = a } };
	query = str_trim(query);
	if (query.n == 0)
		return error_set(err, ERR_USAGE, "nothing was asked for: name a vulnerability or a package");
	int r = open_db(db_path, &s.db, err);
	if (r < 0)
		return r;
	s.lookup = advisorydb_lookup(s.db);
	if (db_path.n && (r = advisorydb_open_starter(&s.starter, err)) < 0) {
		advisorydb_close(s.db);
		return r;
	}
	bool purl = str_has_prefix(query, STR("pkg:"));
	r = purl ? ERR_NOT_FOUND : show_id(&s, query, err);
	if (r == ERR_NOT_FOUND) {
		s.out.is_package = true;
		r = purl ? show_purl(&s, query, err) : show_name(&s, query, err);
		if (r == 0 && !s.out.rows.n)
			r = error_set(err, ERR_NOT_FOUND, "the database has neither a vulnerability nor a package \"%.*s\"", STR_FMT(str_sub(query, 0, 200)));
	}
	if (r == 0 && s.keeper.failed)
		r = error_nomem(err);
	if (r == 0) {
		if (s.out.rows.n)
			qsort(s.out.rows.v, s.out.rows.n, sizeof(*s.out.rows.v), compare_rows);
		*ret = s.out;
	}
	advisorydb_close(s.starter);
	advisorydb_close(s.db);
	return r;
}
