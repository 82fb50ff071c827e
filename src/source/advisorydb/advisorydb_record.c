#include "source/advisorydb/advisorydb_record.h"

static int corrupt(struct error *err, const char *what)
{
	return error_set(err, ERR_CORRUPT, "damaged database: %s", what);
}

/* Cuts bytes into sections of count[i] × size[i] and a pool of pool_bytes; everything must be used up exactly. */
static int cut(struct str bytes, size_t header, const size_t *sizes, unsigned sections, uint32_t pool_bytes, struct db_record *r, struct error *err)
{
	size_t at = header;
	for (unsigned s = 0; s < sections; s++) {
		size_t n = (size_t)r->count[s] * sizes[s]; /* u32 × small: no overflow in 64 bits */
		if (n > bytes.n - at)
			return corrupt(err, "record");
		r->section[s] = bytes.p + at;
		at += n;
	}
	if (pool_bytes != bytes.n - at || pool_bytes < 2)
		return corrupt(err, "record");
	r->pool = str_from(bytes, at);
	return 0;
}

int db_package_open(struct str bytes, struct db_record *ret, struct error *err)
{
	static const size_t sizes[] = { sizeof(struct db_group), sizeof(struct db_entry), sizeof(struct db_range), 4 };
	struct db_package_header h;
	if (bytes.n < sizeof(h))
		return corrupt(err, "package record");
	memcpy(&h, bytes.p, sizeof(h));
	struct db_record r = { .count = { h.group_count, h.entry_count, h.range_count, h.list_count } };
	if (cut(bytes, sizeof(h), sizes, 4, h.pool_bytes, &r, err) < 0)
		return ERR_CORRUPT;
	*ret = r;
	return 0;
}

int db_vulnerability_open(struct str bytes, struct db_record *ret, struct error *err)
{
	static const size_t sizes[] = { sizeof(struct db_part), sizeof(struct db_cvss), 4 };
	struct db_vulnerability_header h;
	if (bytes.n < sizeof(h))
		return corrupt(err, "vulnerability record");
	memcpy(&h, bytes.p, sizeof(h));
	struct db_record r = { .count = { h.part_count, h.cvss_count, h.list_count } };
	if (cut(bytes, sizeof(h), sizes, 3, h.pool_bytes, &r, err) < 0)
		return ERR_CORRUPT;
	*ret = r;
	return 0;
}

int db_meta_open(struct str bytes, struct db_meta_header *ret_header, struct db_record *ret, struct error *err)
{
	static const size_t sizes[] = { sizeof(struct db_source), sizeof(struct db_unit), sizeof(struct db_ecosystem) };
	struct db_meta_header h;
	if (bytes.n < sizeof(h))
		return corrupt(err, "meta record");
	memcpy(&h, bytes.p, sizeof(h));
	if (h.magic != DB_MAGIC)
		return error_set(err, ERR_CORRUPT, "this is not a Bulkhead advisory database");
	if (h.version != DB_FORMAT_VERSION)
		return error_set(err, ERR_CORRUPT, "the database has format %u, this program reads format %u: run `bulkhead db update` or import the feeds again",
				 h.version, DB_FORMAT_VERSION);
	if (h.source_count > UINT16_MAX || h.unit_count > UINT16_MAX || h.ecosystem_count > 1000000)
		return corrupt(err, "meta record");
	struct db_record r = { .count = { h.source_count, h.unit_count, h.ecosystem_count } };
	if (cut(bytes, sizeof(h), sizes, 3, h.pool_bytes, &r, err) < 0)
		return ERR_CORRUPT;
	*ret_header = h;
	*ret = r;
	return 0;
}

bool db_string(const struct db_record *r, uint32_t ref, struct str *ret)
{
	uint16_t n;
	if (ref > r->pool.n - 2)
		return false;
	memcpy(&n, r->pool.p + ref, 2);
	if (n > r->pool.n - 2 - ref)
		return false;
	*ret = str_make(r->pool.p + ref + 2, n);
	return true;
}

int db_string_list(const struct db_record *r, unsigned list_section, uint32_t first, uint32_t count, struct arena *a, struct str_vec *ret, struct error *err)
{
	*ret = (struct str_vec){ 0 };
	if (first > r->count[list_section] || count > r->count[list_section] - first)
		return corrupt(err, "list");
	if (count == 0)
		return 0;
	if (vec_reserve(a, ret, count) < 0)
		return error_nomem(err);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t ref;
		db_element(r, list_section, first + i, &ref);
		if (!db_string(r, ref, &ret->v[i]))
			return corrupt(err, "string");
	}
	ret->n = count;
	return 0;
}

int db_ids_open(struct str bytes, struct db_ids *ret, struct error *err)
{
	uint32_t count;
	if (bytes.n < 8)
		return corrupt(err, "id table");
	memcpy(&count, bytes.p, 4);
	if (((uint64_t)count + 2) * 4 > bytes.n)
		return corrupt(err, "id table");
	*ret = (struct db_ids){ .offsets = bytes.p + 4, .bytes = str_from(bytes, ((size_t)count + 2) * 4), .count = count };
	return 0;
}

bool db_id(const struct db_ids *ids, uint32_t index, struct str *ret)
{
	uint32_t range[2];
	if (index >= ids->count)
		return false;
	memcpy(range, ids->offsets + (size_t)index * 4, 8);
	if (range[1] < range[0] || range[1] > ids->bytes.n)
		return false;
	*ret = str_make(ids->bytes.p + range[0], range[1] - range[0]);
	return true;
}

uint32_t db_id_find(const struct db_ids *ids, struct str id)
{
	uint32_t low = 0, high = ids->count;
	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		struct str s;
		if (!db_id(ids, mid, &s))
			return DB_NONE;
		int c = str_cmp(s, id);
		if (c == 0)
			return mid;
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return DB_NONE;
}

/* Ranges of a record, decoded once and shared by the groups. */
static struct advisory_range *decode_ranges(const struct db_record *r, struct arena *a, struct error *err)
{
	uint32_t n = r->count[2];
	struct advisory_range *v = arena_alloc(a, (size_t)n * sizeof(*v) + 1);
	if (!v) {
		error_nomem(err);
		return NULL;
	}
	for (uint32_t i = 0; i < n; i++) {
		struct db_range range;
		db_element(r, 2, i, &range);
		if (!db_string(r, range.low, &v[i].low) || !db_string(r, range.high, &v[i].high)) {
			corrupt(err, "string");
			return NULL;
		}
		v[i].low_open = (range.flags & DB_RANGE_LOW_OPEN) != 0;
		v[i].high_closed = (range.flags & DB_RANGE_HIGH_CLOSED) != 0;
	}
	return v;
}

/* A group as an advisory without id; ranges and lists are slices of what was decoded for the whole record. */
struct group {
	struct advisory advisory;
	uint16_t unit;
	bool union_merge, ready;
};

static struct str_vec slice(struct str *list, uint32_t first, uint32_t count)
{
	return count ? (struct str_vec){ list + first, count, count } : (struct str_vec){ 0 };
}

static int decode_group(const struct db_tables *t, const struct db_record *r, uint32_t index, struct advisory_range *ranges, struct str *list,
			struct group *ret, struct error *err)
{
	struct db_group g;
	db_element(r, 0, index, &g);
	struct advisory *adv = &ret->advisory;
	uint32_t range_total = r->count[2], list_total = r->count[3];
	if (g.source >= t->source_count || g.unit >= t->unit_count || g.range_first > range_total || g.range_count > range_total - g.range_first ||
	    g.version_first > list_total || g.version_count > list_total - g.version_first || g.fixed_first > list_total ||
	    g.fixed_count > list_total - g.fixed_first)
		return corrupt(err, "group");
	*adv = (struct advisory){ .data_source = t->sources[g.source].key,
				  .status = g.status <= ADVISORY_END_OF_LIFE ? (enum advisory_status)g.status : ADVISORY_AFFECTED,
				  .severity = g.severity < SEVERITY_COUNT ? (enum severity)g.severity : SEVERITY_UNKNOWN,
				  .ranges = { ranges + g.range_first, g.range_count, g.range_count },
				  .versions = slice(list, g.version_first, g.version_count),
				  .fixed = slice(list, g.fixed_first, g.fixed_count) };
	if (!db_string(r, g.record, &adv->source_id) || !db_string(r, g.arch, &adv->arch) || !db_string(r, g.module, &adv->module))
		return corrupt(err, "string");
	ret->unit = g.unit;
	ret->union_merge = t->unit_merge[g.unit] == DB_MERGE_UNION;
	ret->ready = true;
	return 0;
}

/* Appends; shared slices have cap == n, so that growing always copies and never writes into what others see. */
static int join_strings(struct arena *a, struct str_vec *dst, const struct str_vec *src, bool unique)
{
	if (vec_reserve(a, dst, src->n) < 0)
		return -1;
	for (size_t i = 0; i < src->n; i++) {
		bool seen = false;
		for (size_t j = 0; unique && j < dst->n && !seen; j++)
			seen = str_eq(dst->v[j], src->v[i]);
		if (!seen)
			dst->v[dst->n++] = src->v[i];
	}
	return 0;
}

/* Two records of one language feed about the same id: affected when either says so, fixed by what both name. */
#define JOIN_MAX 1000
static int join_advisories(struct arena *a, struct advisory *dst, const struct advisory *src)
{
	if (dst->ranges.n + src->ranges.n > JOIN_MAX || dst->fixed.n + src->fixed.n > JOIN_MAX)
		return 1; /* stays a separate advisory */
	if (vec_reserve(a, &dst->ranges, src->ranges.n) < 0)
		return -1;
	if (src->ranges.n)
		memcpy(dst->ranges.v + dst->ranges.n, src->ranges.v, src->ranges.n * sizeof(*src->ranges.v));
	dst->ranges.n += src->ranges.n;
	if (dst->severity < src->severity)
		dst->severity = src->severity;
	if (dst->status == ADVISORY_AFFECTED)
		dst->status = src->status;
	return join_strings(a, &dst->versions, &src->versions, false) < 0 || join_strings(a, &dst->fixed, &src->fixed, true) < 0 ? -1 : 0;
}

int db_package_decode(const struct db_tables *t, struct str bytes, uint32_t only_id, struct arena *a, struct advisory_vec *out, struct error *err)
{
	struct db_record r;
	if (db_package_open(bytes, &r, err) < 0)
		return ERR_CORRUPT;
	struct advisory_range *ranges = decode_ranges(&r, a, err);
	struct str_vec list;
	if (!ranges)
		return err ? err->code : ERR_CORRUPT;
	int code = db_string_list(&r, 3, 0, r.count[3], a, &list, err);
	if (code < 0)
		return code;
	struct group *groups = arena_array(a, (size_t)r.count[0] + 1, sizeof(*groups));
	if (!groups || vec_reserve(a, out, only_id == DB_NONE ? r.count[1] : 1) < 0)
		return error_nomem(err);
	size_t start = out->n;
	uint32_t last_unit = DB_NONE; /* of the last advisory, when its unit joins */
	for (uint32_t i = 0; i < r.count[1]; i++) {
		struct db_entry e;
		struct str id;
		db_element(&r, 1, i, &e);
		if ((e.group & DB_ENTRY_SHADOWED) || (only_id != DB_NONE && e.vulnerability != only_id))
			continue;
		if (e.group >= r.count[0] || !db_id(&t->ids, e.vulnerability, &id))
			return corrupt(err, "entry");
		struct group *g = &groups[e.group];
		if (!g->ready && (code = decode_group(t, &r, e.group, ranges, list.v, g, err)) < 0)
			return code;
		struct advisory *last = out->n > start ? &out->v[out->n - 1] : NULL;
		if (last && g->union_merge && last_unit == g->unit && str_eq(last->id, id)) {
			int joined = join_advisories(a, last, &g->advisory);
			if (joined < 0)
				return error_nomem(err);
			if (joined == 0)
				continue;
		}
		struct advisory *adv = vec_push(a, out, g->advisory);
		if (!adv)
			return error_nomem(err);
		adv->id = id;
		if (adv->source_id.n == 0)
			adv->source_id = id;
		last_unit = g->union_merge ? g->unit : DB_NONE;
	}
	return 0;
}

/* Adds the strings that are not there yet. */
#define LIST_MAX 256
static int add_unique(const struct db_record *r, uint32_t first, uint32_t count, struct str not_this, struct arena *a, struct str_vec *out, struct error *err)
{
	if (first > r->count[2] || count > r->count[2] - first)
		return corrupt(err, "list");
	for (uint32_t i = 0; i < count && out->n < LIST_MAX; i++) {
		uint32_t ref;
		struct str s;
		db_element(r, 2, first + i, &ref);
		if (!db_string(r, ref, &s))
			return corrupt(err, "string");
		bool seen = str_eq(s, not_this);
		for (size_t j = 0; j < out->n && !seen; j++)
			seen = str_eq(out->v[j], s);
		if (!seen && !vec_push(a, out, s))
			return error_nomem(err);
	}
	return 0;
}

static int add_cvss(const struct db_tables *t, const struct db_record *r, const struct db_part *p, struct arena *a, struct vulnerability *v, struct error *err)
{
	if (p->cvss_first > r->count[1] || p->cvss_count > r->count[1] - p->cvss_first)
		return corrupt(err, "cvss list");
	for (uint32_t i = 0; i < p->cvss_count; i++) {
		struct db_cvss c;
		struct cvss_entry e = { 0 };
		db_element(r, 1, p->cvss_first + i, &c);
		if (!db_string(r, c.vector, &e.vector) || !db_string(r, c.source, &e.source))
			return corrupt(err, "string");
		if (e.source.n == 0)
			e.source = t->sources[p->source].key;
		if (c.version == DB_CVSS_RATING) {
			struct source_severity s = { e.source, (enum severity)c.score_bits };
			if (c.score_bits < SEVERITY_COUNT && !vec_push(a, &v->severities, s))
				return error_nomem(err);
			continue;
		}
		memcpy(&e.score, &c.score_bits, sizeof(e.score));
		if (!(e.score >= 0 && e.score <= 10))
			e.score = 0;
		e.version = (uint8_t)c.version;
		if (!vec_push(a, &v->cvss, e))
			return error_nomem(err);
	}
	return 0;
}

int db_vulnerability_decode(const struct db_tables *t, struct str bytes, struct arena *a, struct vulnerability *ret, struct u32_vec *ret_texts,
			    bool *ret_first_is_erratum, struct error *err)
{
	struct db_record r;
	if (db_vulnerability_open(bytes, &r, err) < 0)
		return ERR_CORRUPT;
	struct vulnerability v = { .id = ret->id, .epss = -1, .epss_percentile = -1 };
	struct u32_vec texts = { 0 };
	bool erratum_first = false, all_withdrawn = r.count[0] > 0;
	struct source_severity bound = { .severity = SEVERITY_UNKNOWN };
	int code;
	for (uint32_t i = 0; i < r.count[0]; i++) {
		struct db_part p;
		db_element(&r, 0, i, &p);
		struct str title, published, modified, added, due;
		if (p.source >= t->source_count || !db_string(&r, p.title, &title) || !db_string(&r, p.published, &published) ||
		    !db_string(&r, p.modified, &modified) || !db_string(&r, p.kev_added, &added) || !db_string(&r, p.kev_due, &due))
			return corrupt(err, "part");
		struct str notice = p.flags & DB_PART_NOTICE ? t->sources[p.source].key : STR_NONE;
		if (v.title.n == 0) {
			v.title = title;
			v.title_notice = title.n ? notice : STR_NONE;
		}
		/* an erratum's dates are its own, not the vulnerability's: used only when nothing better is known */
		bool erratum = (p.flags & DB_PART_ERRATUM) != 0;
		if (v.published.n == 0)
			v.published = published;
		if (v.modified.n == 0)
			v.modified = modified;
		if (p.flags & DB_PART_KEV) {
			v.kev = true;
			v.kev_added = added;
			v.kev_due = due;
			v.kev_ransomware = (p.flags & DB_PART_KEV_RANSOMWARE) != 0;
		}
		all_withdrawn = all_withdrawn && (p.flags & DB_PART_WITHDRAWN);
		if (p.text != DB_NONE && (texts.n == 0 || !erratum)) {
			if (texts.n == 0) {
				erratum_first = erratum;
				v.description_notice = notice;
			}
			if (texts.n < 16 && !vec_push(a, &texts, p.text))
				return error_nomem(err);
		}
		if (erratum && p.severity > SEVERITY_UNKNOWN && (!bound.severity || p.severity < (uint8_t)bound.severity)) {
			bound = (struct source_severity){ t->sources[p.source].key, (enum severity)p.severity };
		} else if (!erratum && p.severity > SEVERITY_UNKNOWN && p.severity < SEVERITY_COUNT) {
			struct source_severity s = { t->sources[p.source].key, (enum severity)p.severity };
			if (!vec_push(a, &v.severities, s))
				return error_nomem(err);
		}
		if ((code = add_unique(&r, p.alias_first, p.alias_count, v.id, a, &v.aliases, err)) < 0 ||
		    (code = add_unique(&r, p.cwe_first, p.cwe_count, STR_NONE, a, &v.cwes, err)) < 0 || (code = add_cvss(t, &r, &p, a, &v, err)) < 0)
			return code;
	}
	/* An erratum's rating is that of the worst of its ids: no source of its own, but better than nothing, the lowest of them most of all. */
	if (!v.severities.n && !v.cvss.n && bound.severity > SEVERITY_UNKNOWN && bound.severity < SEVERITY_COUNT && !vec_push(a, &v.severities, bound))
		return error_nomem(err);
	v.withdrawn = all_withdrawn;
	*ret = v;
	*ret_texts = texts;
	*ret_first_is_erratum = erratum_first;
	return 0;
}

uint32_t db_epss_key(struct str id)
{
	struct str year;
	uint64_t y, number;
	if (!str_strip_prefix(&id, STR("CVE-")) || !str_cut(id, '-', &year, &id) || id.n > 8 || year.n != 4 || str_to_u64(year, &y) < 0 ||
	    str_to_u64(id, &number) < 0 || y < 1990 || y > 1990 + 63 || number >= 1u << 26)
		return 0;
	return (uint32_t)((y - 1990) << 26 | number);
}

int db_epss_find(struct str table, struct str id, double *ret_score, double *ret_percentile)
{
	uint32_t key = db_epss_key(id);
	size_t low = 0, high = table.n / sizeof(struct db_epss_row);
	while (key && low < high) {
		size_t mid = low + (high - low) / 2;
		struct db_epss_row row;
		memcpy(&row, table.p + mid * sizeof(row), sizeof(row));
		if (row.id == key) {
			*ret_score = row.score / 100000.0;
			*ret_percentile = row.percentile / 100000.0;
			return 0;
		}
		if (row.id < key)
			low = mid + 1;
		else
			high = mid;
	}
	return ERR_NOT_FOUND;
}

struct str db_package_key(char buffer[DB_KEY_BUFFER], struct str ecosystem, struct str name)
{
	if (ecosystem.n > DB_KEY_MAX || name.n > DB_KEY_MAX || ecosystem.n + name.n + 2 > DB_KEY_MAX || str_find_char(ecosystem, 0) != STR_NOT_FOUND)
		return STR_NONE;
	int n = snprintf(buffer, DB_KEY_BUFFER, "A%.*s", STR_FMT(ecosystem));
	buffer[n++] = 0;
	if (name.n)
		memcpy(buffer + n, name.p, name.n);
	return str_make(buffer, (size_t)n + name.n);
}

struct str db_vulnerability_key(char buffer[DB_KEY_BUFFER], struct str id)
{
	if (id.n >= DB_KEY_MAX)
		return STR_NONE;
	buffer[0] = 'V';
	if (id.n)
		memcpy(buffer + 1, id.p, id.n);
	return str_make(buffer, 1 + id.n);
}

struct str db_text_key(char buffer[DB_KEY_BUFFER], uint32_t index)
{
	buffer[0] = 'X';
	for (unsigned i = 0; i < 4; i++)
		buffer[1 + i] = (char)(index >> (24 - 8 * i));
	return str_make(buffer, 5);
}

/* True when the text names a CVE, and not this one. */
static bool names_another_cve(struct str s, struct str id)
{
	return str_contains(s, STR("CVE-")) && !str_contains(s, id);
}

#define REFERENCES_MAX 300
int db_text_decode(struct str text, bool erratum, struct arena *a, struct vulnerability *v, struct error *err)
{
	uint32_t n;
	if (text.n < 4)
		return corrupt(err, "text");
	memcpy(&n, text.p, 4);
	if (n > text.n - 4)
		return corrupt(err, "text");
	if (v->description.n == 0)
		v->description = str_sub(text, 4, n);
	struct str rest = str_from(text, 4 + (size_t)n), line;
	while (str_next(&rest, '\n', &line) && v->references.n < REFERENCES_MAX) {
		bool seen = line.n == 0 || (erratum && names_another_cve(line, v->id));
		for (size_t j = 0; j < v->references.n && !seen; j++)
			seen = str_eq(v->references.v[j], line);
		if (!seen && !vec_push(a, &v->references, line))
			return error_nomem(err);
	}
	return 0;
}
