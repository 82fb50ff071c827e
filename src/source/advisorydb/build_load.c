#include "source/advisorydb/build_private.h"

/* Old numbers -> new ones. Strings of a record are numbered when they are used. */
struct loader {
	struct db_builder *b;
	const struct db_map *old;
	uint32_t *unit, *source; /* DB_NONE: unit is replaced */
	uint32_t homeless;       /* unit "osv:": records that name no package any more, of whichever unit they were; DB_NONE: none came */
	struct error *err;
};

static int corrupt(struct loader *l, const char *what)
{
	return error_set(l->err, ERR_CORRUPT, "the database to go on from is damaged (%s): import all feeds into a new one", what);
}

static int take_string(struct loader *l, const struct db_record *r, uint32_t ref, uint32_t *ret)
{
	struct str s;
	return db_string(r, ref, &s) ? b_string(l->b, s, ret, l->err) : corrupt(l, "string");
}

static int take_list(struct loader *l, const struct db_record *r, unsigned section, uint32_t first, uint32_t count, uint32_t *ret_first, uint32_t *ret_count)
{
	struct db_builder *b = l->b;
	if (first > r->count[section] || count > r->count[section] - first)
		return corrupt(l, "list");
	*ret_first = (uint32_t)b->list.n;
	*ret_count = count;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t ref, s;
		db_element(r, section, first + i, &ref);
		int code = take_string(l, r, ref, &s);
		if (code < 0)
			return code;
		if (!vec_push(&b->arena, &b->list, s))
			return error_nomem(l->err);
	}
	return 0;
}

/* Whether this import has replaced the record: its whole unit, or the record itself. */
static bool superseded(const struct loader *l, uint32_t old_unit, struct str record)
{
	uint32_t unit = l->unit[old_unit];
	if (unit == DB_NONE || b_was_seen(l->b, unit, record))
		return true;
	return l->homeless != DB_NONE && str_has_prefix(b_text_of(l->b, l->b->units.v[unit].key), STR("osv:")) &&
	       b_was_seen(l->b, l->homeless, record);
}

static int load_group(struct loader *l, const struct db_record *r, const struct db_group *g, uint32_t *ret)
{
	struct db_builder *b = l->b;
	struct b_group out = { .unit = l->unit[g->unit], .source = l->source[g->source], .status = g->status, .severity = g->severity };
	int code = take_string(l, r, g->record, &out.record);
	if (code < 0 || (code = take_string(l, r, g->arch, &out.arch)) < 0 || (code = take_string(l, r, g->module, &out.module)) < 0 ||
	    (code = take_list(l, r, 3, g->version_first, g->version_count, &out.version_first, &out.version_count)) < 0 ||
	    (code = take_list(l, r, 3, g->fixed_first, g->fixed_count, &out.fixed_first, &out.fixed_count)) < 0)
		return code;
	if (g->range_first > r->count[2] || g->range_count > r->count[2] - g->range_first)
		return corrupt(l, "ranges");
	out.range_first = (uint32_t)b->ranges.n;
	out.range_count = g->range_count;
	for (uint32_t i = 0; i < g->range_count; i++) {
		struct db_range range;
		db_element(r, 2, g->range_first + i, &range);
		if ((code = take_string(l, r, range.low, &range.low)) < 0 || (code = take_string(l, r, range.high, &range.high)) < 0)
			return code;
		if (!vec_push(&b->arena, &b->ranges, range))
			return error_nomem(l->err);
	}
	if (!vec_push(&b->arena, &b->groups, out))
		return error_nomem(l->err);
	b->units.v[out.unit].used = b->sources.v[out.source].used = true;
	*ret = (uint32_t)b->groups.n - 1;
	return 0;
}

static int load_package(struct loader *l, struct str key, struct str value)
{
	struct db_builder *b = l->b;
	struct db_record r;
	if (db_package_open(value, &r, l->err) < 0)
		return corrupt(l, "package");
	uint32_t *numbers = malloc(((size_t)r.count[0] + 1) * sizeof(*numbers)); /* old group -> new group + 1 */
	if (!numbers)
		return error_nomem(l->err);
	memset(numbers, 0, ((size_t)r.count[0] + 1) * sizeof(*numbers));
	int code = 0;
	for (uint32_t i = 0; i < r.count[1] && code == 0; i++) {
		struct db_entry e;
		struct db_group g;
		struct str id, record;
		db_element(&r, 1, i, &e);
		uint32_t group = e.group & ~DB_ENTRY_SHADOWED, number = 0;
		if (group >= r.count[0] || !db_id(&l->old->tables.ids, e.vulnerability, &id)) {
			code = corrupt(l, "entry");
			break;
		}
		db_element(&r, 0, group, &g);
		if (g.unit >= l->old->tables.unit_count || g.source >= l->old->tables.source_count || !db_string(&r, g.record, &record)) {
			code = corrupt(l, "group");
			break;
		}
		if (superseded(l, g.unit, record.n ? record : id))
			continue;
		if (!numbers[group]) {
			if ((code = load_group(l, &r, &g, &number)) < 0)
				break;
			numbers[group] = number + 1;
		}
		code = b_add_entry(b, str_from(key, 1), id, numbers[group] - 1, l->err);
	}
	free(numbers);
	return code;
}

static int load_cvss(struct loader *l, const struct db_record *r, const struct db_part *p, struct b_part *out)
{
	struct db_builder *b = l->b;
	if (p->cvss_first > r->count[1] || p->cvss_count > r->count[1] - p->cvss_first)
		return corrupt(l, "cvss");
	out->cvss_first = (uint32_t)b->cvss.n;
	out->cvss_count = p->cvss_count;
	for (uint32_t i = 0; i < p->cvss_count; i++) {
		struct db_cvss c;
		db_element(r, 1, p->cvss_first + i, &c);
		int code = take_string(l, r, c.vector, &c.vector);
		if (code < 0 || (code = take_string(l, r, c.source, &c.source)) < 0)
			return code;
		if (!vec_push(&b->arena, &b->cvss, c))
			return error_nomem(l->err);
	}
	return 0;
}

static int load_text(struct loader *l, uint32_t index, uint32_t *ret)
{
	char key[DB_KEY_BUFFER];
	struct str frame;
	*ret = DB_NONE;
	if (index == DB_NONE)
		return 0;
	int r = db_map_get(l->old, db_text_key(key, index), &frame, l->err);
	return r == ERR_NOT_FOUND ? corrupt(l, "text") : r < 0 ? r : b_add_frame(l->b, frame, ret, l->err);
}

static int load_vulnerability(struct loader *l, struct str id, struct str value)
{
	struct db_builder *b = l->b;
	struct db_record r;
	if (db_vulnerability_open(value, &r, l->err) < 0)
		return corrupt(l, "vulnerability");
	for (uint32_t i = 0; i < r.count[0]; i++) {
		struct db_part p;
		struct str record;
		db_element(&r, 0, i, &p);
		if (p.unit >= l->old->tables.unit_count || p.source >= l->old->tables.source_count || !db_string(&r, p.record, &record))
			return corrupt(l, "part");
		if (superseded(l, p.unit, record.n ? record : id))
			continue;
		struct b_part out = { .unit = l->unit[p.unit],
				      .source = l->source[p.source],
				      .precedence = p.precedence,
				      .severity = p.severity,
				      .flags = p.flags,
				      .sequence = (uint32_t)b->parts.n };
		int code = b_number(b, &b->id_numbers, &b->ids, id, &out.vulnerability, l->err);
		if (code < 0 || (code = take_string(l, &r, p.record, &out.record)) < 0 || (code = take_string(l, &r, p.title, &out.title)) < 0 ||
		    (code = take_string(l, &r, p.published, &out.published)) < 0 || (code = take_string(l, &r, p.modified, &out.modified)) < 0 ||
		    (code = take_string(l, &r, p.kev_added, &out.kev_added)) < 0 || (code = take_string(l, &r, p.kev_due, &out.kev_due)) < 0 ||
		    (code = take_list(l, &r, 2, p.alias_first, p.alias_count, &out.alias_first, &out.alias_count)) < 0 ||
		    (code = take_list(l, &r, 2, p.cwe_first, p.cwe_count, &out.cwe_first, &out.cwe_count)) < 0 ||
		    (code = load_cvss(l, &r, &p, &out)) < 0 || (code = load_text(l, p.text, &out.text)) < 0)
			return code;
		if (!vec_push(&b->arena, &b->parts, out))
			return error_nomem(l->err);
		b->units.v[out.unit].used = b->sources.v[out.source].used = true;
	}
	return 0;
}

static int map_tables(struct loader *l)
{
	struct db_builder *b = l->b;
	const struct db_map *old = l->old;
	l->unit = arena_new_array(&b->arena, uint32_t, old->tables.unit_count + 1);
	l->source = arena_new_array(&b->arena, uint32_t, old->tables.source_count + 1);
	if (!l->unit || !l->source)
		return error_nomem(l->err);
	for (uint32_t i = 0; i < old->tables.unit_count; i++) {
		struct db_unit u;
		struct str key, updated;
		db_element(&old->meta, 1, i, &u);
		if (!db_string(&old->meta, u.key, &key) || !db_string(&old->meta, u.updated, &updated))
			return corrupt(l, "unit");
		struct db_unit_spec spec = { key, (enum db_merge)MIN_OF(u.merge & 0xffu, (unsigned)DB_MERGE_LAST), u.rank, (u.merge & DB_UNIT_BY_RECORD) != 0 };
		uint32_t unit;
		int r = db_builder_unit(b, &spec, &unit, l->err);
		if (r < 0)
			return r;
		l->unit[i] = b->units.v[unit].replaced ? DB_NONE : unit;
		if (!b->units.v[unit].replaced && (r = db_builder_date(b, unit, STR_NONE, updated, l->err)) < 0)
			return r;
	}
	for (uint32_t i = 0; i < old->tables.source_count; i++) {
		const struct data_source *s = &old->tables.sources[i];
		int r = db_builder_source(b, s->key, s->name, s->url, &l->source[i], l->err);
		uint32_t *updated = &b->sources.v[l->source[i]].updated;
		if (r == 0 && str_cmp(s->updated, b_text_of(b, *updated)) > 0)
			r = b_string(b, s->updated, updated, l->err);
		if (r < 0)
			return r;
	}
	/* the EPSS table's source has no records that would show it is in use */
	for (size_t i = 0; i < b->sources.n; i++)
		if (!b->epss_replaced && old->epss.n && str_eq_c(b_text_of(b, b->sources.v[i].key), "epss"))
			b->sources.v[i].used = true;
	return 0;
}

int b_load_old(struct db_builder *b, struct error *err)
{
	struct loader l = { .b = b, .old = &b->old, .err = err, .homeless = DB_NONE };
	for (uint32_t i = 0; i < b->units.n; i++)
		if (str_eq_c(b_text_of(b, b->units.v[i].key), "osv:"))
			l.homeless = i;
	struct lmdb_cursor c;
	struct str key, value;
	int r = map_tables(&l);
	if (r < 0 || (r = lmdb_cursor_init(&c, &b->old.lmdb, STR(""), err)) < 0)
		return r;
	while ((r = lmdb_cursor_next(&c, &key, &value, err)) > 0) {
		if (str_has_prefix(key, STR("A")))
			r = load_package(&l, key, value);
		else if (str_has_prefix(key, STR("V")))
			r = load_vulnerability(&l, str_from(key, 1), value);
		if (r < 0)
			return r;
	}
	if (r < 0)
		return r;
	if (!b->epss_replaced) {
		struct str date;
		size_t n = b->old.epss.n / sizeof(struct db_epss_row);
		if (vec_reserve(&b->arena, &b->epss, n) < 0)
			return error_nomem(err);
		if (n)
			memcpy(b->epss.v, b->old.epss.p, n * sizeof(struct db_epss_row));
		b->epss.n = n;
		if (!db_string(&b->old.meta, b->old.header.epss_date, &date))
			return corrupt(&l, "meta record");
		r = b_string(b, date, &b->epss_date, err);
	}
	return r;
}
