#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "source/advisorydb/build_private.h"

/* The record being put together: one buffer a section, then the pool. */
struct record {
	struct db_builder *b;
	uint32_t epoch;
	struct buf section[4], pool, whole;
};

struct writer {
	struct db_builder *b;
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;
	struct record record;
	uint32_t *id_rank; /* id number -> place in the id table, DB_NONE: not written */
	uint32_t *id_order;
	uint32_t id_count;
	uint64_t advisories, packages;
	size_t pending; /* bytes since the last commit */
	uint32_t kev_count;
	struct b_text **text_order;
	uint32_t text_count;
	struct error *err;
};

static int mdb_failed(struct error *err, int code, const char *what)
{
	if (code > 0)
		return error_set_errno(err, code, "%s", what);
	return error_set(err, code == MDB_MAP_FULL ? ERR_LIMIT : ERR_INTERNAL, "%s: %s", what, mdb_strerror(code));
}

/* LMDB keeps what a transaction has changed in memory: the file, which nobody else sees yet, is written in portions. Each costs it the few pages
 * of its right edge. */
#define PORTION_BYTES (4u << 20)

static int commit_portion(struct writer *w)
{
	int r = mdb_txn_commit(w->txn);
	w->txn = NULL;
	w->pending = 0;
	if (r == 0)
		r = mdb_txn_begin(w->env, NULL, 0, &w->txn);
	return r ? mdb_failed(w->err, r, "writing the database") : 0;
}

static int put(struct writer *w, struct str key, struct str value)
{
	MDB_val k = { key.n, (void *)(uintptr_t)key.p }, v = { value.n, (void *)(uintptr_t)value.p };
	int r = mdb_put(w->txn, w->dbi, &k, &v, MDB_APPEND);
	if (r)
		return mdb_failed(w->err, r, "writing the database");
	w->pending += key.n + value.n;
	return w->pending < PORTION_BYTES ? 0 : commit_portion(w);
}

static void record_begin(struct record *r)
{
	r->epoch++;
	for (unsigned i = 0; i < 4; i++)
		buf_clear(&r->section[i]);
	buf_clear(&r->pool);
	buf_clear(&r->whole);
	buf_add_bytes(&r->pool, "\0\0", 2); /* reference 0: "" */
}

/* Reference of a string in this record's pool. */
static uint32_t record_string(struct record *r, uint32_t string)
{
	struct b_string *s = &r->b->strings.v[string];
	if (string == 0)
		return 0;
	if (s->epoch != r->epoch) {
		uint16_t n = (uint16_t)s->s.n; /* at most 4096 */
		s->epoch = r->epoch;
		s->offset = (uint32_t)r->pool.n;
		buf_add_bytes(&r->pool, &n, 2);
		buf_add(&r->pool, s->s);
	}
	return s->offset;
}

static uint32_t record_list(struct record *r, unsigned section, uint32_t first, uint32_t count)
{
	uint32_t start = (uint32_t)(r->section[section].n / 4);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t ref = record_string(r, r->b->list.v[first + i]);
		buf_add_bytes(&r->section[section], &ref, 4);
	}
	return start;
}

static int record_finish(struct record *r, const void *header, size_t header_bytes, unsigned sections, struct str *ret, struct error *err)
{
	bool failed = buf_failed(&r->pool);
	buf_add_bytes(&r->whole, header, header_bytes);
	for (unsigned i = 0; i < sections; i++) {
		failed = failed || buf_failed(&r->section[i]);
		buf_add(&r->whole, buf_str(&r->section[i]));
	}
	buf_add(&r->whole, buf_str(&r->pool));
	if (failed || buf_failed(&r->whole))
		return error_nomem(err);
	*ret = buf_str(&r->whole);
	return 0;
}

#define SECTION_COUNT(r, i, type) ((uint32_t)((r)->section[i].n / sizeof(type)))

/* Numbers sorted by the string they stand for: order[i] = number at place i. */
static int compare_numbers(const void *x, const void *y, void *ctx)
{
	const struct db_builder *b = ((const void **)ctx)[0];
	const struct u32_vec *list = ((void **)ctx)[1];
	return str_cmp(b_text_of(b, list->v[*(const uint32_t *)x]), b_text_of(b, list->v[*(const uint32_t *)y]));
}

static uint32_t *sorted_numbers(struct db_builder *b, const struct u32_vec *list, struct error *err)
{
	uint32_t *order = arena_new_array(&b->arena, uint32_t, list->n + 1);
	const void *ctx[2] = { b, list };
	if (!order) {
		error_nomem(err);
		return NULL;
	}
	for (size_t i = 0; i < list->n; i++)
		order[i] = (uint32_t)i;
	qsort_r(order, list->n, sizeof(*order), compare_numbers, ctx);
	return order;
}

static int compare_units(const void *x, const void *y, void *ctx)
{
	const struct db_builder *b = ctx;
	const struct b_unit *p = &b->units.v[*(const uint32_t *)x], *q = &b->units.v[*(const uint32_t *)y];
	int c = (p->rank > q->rank) - (p->rank < q->rank);
	return c ? c : str_cmp(b_text_of(b, p->key), b_text_of(b, q->key));
}

/* Units sorted by rank and name; only used ones keep a place in the file. */
static uint32_t *order_units(struct db_builder *b, struct error *err)
{
	uint32_t *order = arena_new_array(&b->arena, uint32_t, b->units.n + 1);
	if (!order) {
		error_nomem(err);
		return NULL;
	}
	for (size_t i = 0; i < b->units.n; i++)
		order[i] = (uint32_t)i;
	qsort_r(order, b->units.n, sizeof(*order), compare_units, b);
	for (uint32_t i = 0, place = 0; i < b->units.n; i++)
		b->units.v[order[i]].order = b->units.v[order[i]].used ? place++ : DB_NONE;
	return order;
}

static int compare_entries(const void *x, const void *y, void *ctx)
{
	const struct b_entry *p = x, *q = y;
	const struct db_builder *b = ctx;
	if (p->order != q->order)
		return p->order < q->order ? -1 : 1;
	const struct b_group *g = &b->groups.v[p->group], *h = &b->groups.v[q->group];
	if (b->units.v[g->unit].by_record && g->record != h->record) {
		int c = str_cmp(b_text_of(b, g->record), b_text_of(b, h->record));
		if (c)
			return c;
	}
	return (p->sequence > q->sequence) - (p->sequence < q->sequence);
}

static bool same_list(const struct db_builder *b, uint32_t first, uint32_t count, uint32_t other, uint32_t other_count)
{
	return count == other_count && (count == 0 || memcmp(&b->list.v[first], &b->list.v[other], count * sizeof(uint32_t)) == 0);
}

static bool same_group(const struct db_builder *b, const struct b_group *x, const struct b_group *y)
{
	if (x->unit != y->unit || x->source != y->source || x->record != y->record || x->arch != y->arch || x->module != y->module ||
	    x->status != y->status || x->severity != y->severity || x->range_count != y->range_count)
		return false;
	for (uint32_t i = 0; i < x->range_count; i++)
		if (memcmp(&b->ranges.v[x->range_first + i], &b->ranges.v[y->range_first + i], sizeof(struct db_range)))
			return false;
	return same_list(b, x->fixed_first, x->fixed_count, y->fixed_first, y->fixed_count) &&
	       same_list(b, x->version_first, x->version_count, y->version_first, y->version_count);
}

static uint64_t group_hash(const struct db_builder *b, const struct b_group *g)
{
	uint64_t h = ((uint64_t)g->record << 32) ^ g->unit ^ ((uint64_t)g->status << 8) ^ ((uint64_t)g->severity << 16);
	uint32_t low = g->range_count ? b->ranges.v[g->range_first].low : 0, high = g->range_count ? b->ranges.v[g->range_first].high : 0;
	h = (h ^ low) * 0x9e3779b97f4a7c15u;
	h = (h ^ (h >> 29) ^ high) * 0x9e3779b97f4a7c15u;
	return h ^ (h >> 32);
}

static void write_group(struct record *r, const struct b_group *g)
{
	struct db_builder *b = r->b;
	struct db_group out = { .unit = (uint16_t)b->units.v[g->unit].order,
				.source = (uint16_t)g->source,
				.status = g->status,
				.severity = g->severity,
				.range_count = (uint16_t)g->range_count,
				.range_first = SECTION_COUNT(r, 2, struct db_range),
				.record = record_string(r, g->record),
				.arch = record_string(r, g->arch),
				.module = record_string(r, g->module),
				.version_count = g->version_count,
				.fixed_count = g->fixed_count };
	for (uint32_t i = 0; i < g->range_count; i++) {
		struct db_range range = b->ranges.v[g->range_first + i];
		range.low = record_string(r, range.low);
		range.high = record_string(r, range.high);
		buf_add_bytes(&r->section[2], &range, sizeof(range));
	}
	out.version_first = record_list(r, 3, g->version_first, g->version_count);
	out.fixed_first = record_list(r, 3, g->fixed_first, g->fixed_count);
	buf_add_bytes(&r->section[0], &out, sizeof(out));
}

/* Marks the statements about one (package, id) that another one overrules (advisorydb_format.h, enum db_merge). Entries that can never count
 * again are dropped: later ones of a list whose order decides. */
enum { KEEP, SHADOW, DROP };
static void judge(const struct db_builder *b, const struct b_entry *e, size_t n, uint8_t *verdict)
{
	size_t first = SIZE_MAX;
	for (size_t i = 0; i < n; i++) {
		const struct b_group *g = &b->groups.v[e[i].group];
		const struct b_unit *u = &b->units.v[g->unit];
		verdict[i] = KEEP;
		if (u->merge == DB_MERGE_FIRST) {
			if (first == SIZE_MAX)
				first = i;
			else
				verdict[i] = !u->by_record && b->groups.v[e[first].group].unit == g->unit ? DROP : SHADOW;
		} else if (u->merge == DB_MERGE_LAST) {
			/* the one before it has put those before that one aside already */
			for (size_t j = i; j-- > 0;) {
				const struct b_group *h = &b->groups.v[e[j].group];
				if (h->unit != g->unit || h->module != g->module || h->arch != g->arch)
					continue;
				verdict[j] = SHADOW;
				break;
			}
		}
	}
}

struct package_scratch {
	uint8_t *verdict;
	uint32_t *table; /* open addressing over groups of the record: local number + 1 */
	uint32_t *local; /* local number -> builder's group */
	size_t cap;
};

/* Local number of a group in the record, written on first use. */
static uint32_t local_group(struct writer *w, struct package_scratch *s, size_t mask, uint32_t group, uint32_t *count)
{
	struct b_group *g = &w->b->groups.v[group];
	if (g->epoch == w->record.epoch)
		return g->local;
	size_t at = group_hash(w->b, g) & mask;
	while (s->table[at] && !same_group(w->b, &w->b->groups.v[s->local[s->table[at] - 1]], g))
		at = (at + 1) & mask;
	if (!s->table[at]) {
		s->local[*count] = group;
		s->table[at] = ++*count;
		write_group(&w->record, g);
	}
	g->epoch = w->record.epoch;
	g->local = s->table[at] - 1;
	return g->local;
}

static int scratch_reserve(struct package_scratch *s, size_t n, size_t *ret_mask, struct error *err)
{
	size_t slots = 16;
	while (slots < n * 2)
		slots *= 2;
	if (slots > s->cap) {
		free(s->verdict);
		free(s->table);
		free(s->local);
		s->cap = slots;
		s->verdict = malloc(slots);
		s->table = malloc(slots * sizeof(*s->table));
		s->local = malloc(slots * sizeof(*s->local));
		if (!s->verdict || !s->table || !s->local)
			return error_nomem(err);
	}
	memset(s->table, 0, slots * sizeof(*s->table));
	*ret_mask = slots - 1;
	return 0;
}

static int write_package(struct writer *w, struct package_scratch *s, const struct b_entry *e, size_t n, uint64_t *ret_visible)
{
	struct record *r = &w->record;
	size_t mask;
	uint32_t groups = 0;
	uint64_t visible = 0;
	int code = scratch_reserve(s, n, &mask, w->err);
	if (code < 0)
		return code;
	for (size_t i = 0, j; i < n; i = j) {
		for (j = i + 1; j < n && e[j].vulnerability == e[i].vulnerability; j++)
			;
		judge(w->b, e + i, j - i, s->verdict + i);
	}
	record_begin(r);
	for (size_t i = 0; i < n; i++) {
		if (s->verdict[i] == DROP)
			continue;
		struct db_entry out = { .vulnerability = w->id_rank[e[i].vulnerability], .group = local_group(w, s, mask, e[i].group, &groups) };
		if (s->verdict[i] == SHADOW)
			out.group |= DB_ENTRY_SHADOWED;
		else
			visible++;
		buf_add_bytes(&r->section[1], &out, sizeof(out));
	}
	struct db_package_header h = { SECTION_COUNT(r, 0, struct db_group), SECTION_COUNT(r, 1, struct db_entry), SECTION_COUNT(r, 2, struct db_range),
				       SECTION_COUNT(r, 3, uint32_t), (uint32_t)r->pool.n };
	struct str value;
	char key[DB_KEY_BUFFER];
	if ((code = record_finish(r, &h, sizeof(h), 4, &value, w->err)) < 0)
		return code;
	struct str name = b_text_of(w->b, w->b->packages.v[e->package]);
	key[0] = 'A';
	memcpy(key + 1, name.p, name.n);
	*ret_visible = visible;
	return put(w, str_make(key, 1 + name.n), value);
}

/* Names and counts of ecosystems, in the order of package keys. */
VEC_DECLARE(ecosystem_vec, struct db_ecosystem);

static int write_packages(struct writer *w, struct ecosystem_vec *ecosystems)
{
	struct db_builder *b = w->b;
	uint32_t *package_order = sorted_numbers(b, &b->packages, w->err);
	uint32_t *rank = arena_new_array(&b->arena, uint32_t, b->packages.n + 1);
	if (!package_order || !rank)
		return error_nomem(w->err);
	if (b->packages.n >= 1u << 24 || b->ids.n >= 1u << 24)
		return error_set(w->err, ERR_LIMIT, "too many packages or vulnerabilities");
	for (uint32_t i = 0; i < b->packages.n; i++)
		rank[package_order[i]] = i;
	for (size_t i = 0; i < b->entries.n; i++) {
		struct b_entry *e = &b->entries.v[i];
		e->order = (uint64_t)rank[e->package] << 40 | (uint64_t)w->id_rank[e->vulnerability] << 16 | b->units.v[b->groups.v[e->group].unit].order;
	}
	if (b->entries.n)
		qsort_r(b->entries.v, b->entries.n, sizeof(*b->entries.v), compare_entries, b);
	struct package_scratch scratch = { 0 };
	int r = 0;
	for (size_t i = 0, j; i < b->entries.n && r == 0; i = j) {
		const struct b_entry *e = &b->entries.v[i];
		uint64_t visible = 0;
		for (j = i + 1; j < b->entries.n && b->entries.v[j].package == e->package; j++)
			;
		if ((r = write_package(w, &scratch, e, j - i, &visible)) < 0)
			break;
		struct str key = b_text_of(b, b->packages.v[e->package]), ecosystem, name;
		str_cut(key, 0, &ecosystem, &name);
		struct db_ecosystem *last = ecosystems->n ? &ecosystems->v[ecosystems->n - 1] : NULL;
		if (!last || !str_eq(b_text_of(b, last->name), ecosystem)) {
			if (!(last = vec_add(&b->arena, ecosystems))) {
				r = error_nomem(w->err);
				break;
			}
			if ((r = b_string_new(b, ecosystem, &last->name, w->err)) < 0)
				break;
		}
		last->packages++;
		last->advisories += visible;
		w->advisories += visible;
		w->packages++;
	}
	free(scratch.verdict);
	free(scratch.table);
	free(scratch.local);
	return r;
}

/* Ids that an entry or a part names, sorted. */
static int rank_ids(struct writer *w)
{
	struct db_builder *b = w->b;
	w->id_order = sorted_numbers(b, &b->ids, w->err);
	w->id_rank = arena_new_array(&b->arena, uint32_t, b->ids.n + 1);
	if (!w->id_order || !w->id_rank)
		return error_nomem(w->err);
	for (size_t i = 0; i < b->entries.n; i++)
		w->id_rank[b->entries.v[i].vulnerability] = 1;
	for (size_t i = 0; i < b->parts.n; i++)
		w->id_rank[b->parts.v[i].vulnerability] = 1;
	for (size_t i = 0; i < b->ids.n; i++) {
		uint32_t number = w->id_order[i];
		if (w->id_rank[number])
			w->id_order[w->id_count] = number;
		w->id_rank[number] = w->id_rank[number] ? w->id_count++ : DB_NONE;
	}
	return 0;
}

static int write_ids(struct writer *w)
{
	struct buf out;
	uint32_t offset = 0;
	buf_init(&out, UINT32_MAX);
	buf_add_bytes(&out, &w->id_count, 4);
	for (uint32_t i = 0; i <= w->id_count; i++) {
		buf_add_bytes(&out, &offset, 4);
		if (i < w->id_count)
			offset += (uint32_t)b_text_of(w->b, w->b->ids.v[w->id_order[i]]).n;
	}
	for (uint32_t i = 0; i < w->id_count; i++)
		buf_add(&out, b_text_of(w->b, w->b->ids.v[w->id_order[i]]));
	int r = buf_failed(&out) ? error_nomem(w->err) : put(w, STR("I"), buf_str(&out));
	buf_release(&out);
	return r;
}

static int compare_epss(const void *x, const void *y)
{
	const struct db_epss_row *p = x, *q = y;
	return (p->id > q->id) - (p->id < q->id);
}

static int write_epss(struct writer *w)
{
	struct b_epss_vec *v = &w->b->epss;
	if (!v->n)
		return 0;
	qsort(v->v, v->n, sizeof(*v->v), compare_epss);
	size_t n = 0;
	for (size_t i = 0; i < v->n; i++)
		if (i + 1 == v->n || v->v[i + 1].id != v->v[i].id)
			v->v[n++] = v->v[i];
	v->n = n;
	return put(w, STR("E"), str_make((const char *)v->v, n * sizeof(*v->v)));
}

static int compare_parts(const void *x, const void *y, void *ctx)
{
	const struct b_part *p = x, *q = y;
	const struct db_builder *b = ctx;
	if (p->order != q->order)
		return p->order < q->order ? -1 : 1;
	int c = str_cmp(b_text_of(b, p->record), b_text_of(b, q->record));
	return c ? c : (p->sequence > q->sequence) - (p->sequence < q->sequence);
}

/* Order of parts: id, then precedence, then unit; texts are numbered along it, so that those of neighbouring ids lie together. */
static int order_parts(struct writer *w)
{
	struct db_builder *b = w->b;
	for (size_t i = 0; i < b->parts.n; i++) {
		struct b_part *p = &b->parts.v[i];
		p->order = (uint64_t)w->id_rank[p->vulnerability] << 40 | (uint64_t)p->precedence << 24 | b->units.v[p->unit].order;
	}
	if (b->parts.n)
		qsort_r(b->parts.v, b->parts.n, sizeof(*b->parts.v), compare_parts, b);
	uint32_t counted = DB_NONE;
	w->text_order = arena_new_array(&b->arena, struct b_text *, b->texts.n + 1);
	if (!w->text_order)
		return error_nomem(w->err);
	for (size_t i = 0; i < b->parts.n; i++) {
		struct b_text *t = b->parts.v[i].text == DB_NONE ? NULL : &b->texts.v[b->parts.v[i].text];
		if (t && t->index == DB_NONE) {
			t->index = w->text_count;
			w->text_order[w->text_count++] = t;
		}
		if (b->parts.v[i].flags & DB_PART_KEV && b->parts.v[i].vulnerability != counted) {
			counted = b->parts.v[i].vulnerability;
			w->kev_count++;
		}
	}
	return 0;
}

static void write_part(struct record *r, const struct b_part *p)
{
	struct db_builder *b = r->b;
	struct db_part out = { .unit = (uint16_t)b->units.v[p->unit].order,
			       .source = (uint16_t)p->source,
			       .severity = p->severity,
			       .flags = p->flags,
			       .precedence = p->precedence,
			       .cvss_count = p->cvss_count,
			       .cvss_first = SECTION_COUNT(r, 1, struct db_cvss),
			       .record = record_string(r, p->record),
			       .title = record_string(r, p->title),
			       .published = record_string(r, p->published),
			       .modified = record_string(r, p->modified),
			       .kev_added = record_string(r, p->kev_added),
			       .kev_due = record_string(r, p->kev_due),
			       .text = p->text == DB_NONE ? DB_NONE : b->texts.v[p->text].index,
			       .alias_count = p->alias_count,
			       .cwe_count = p->cwe_count };
	for (uint32_t i = 0; i < p->cvss_count; i++) {
		struct db_cvss c = b->cvss.v[p->cvss_first + i];
		c.vector = record_string(r, c.vector);
		c.source = record_string(r, c.source);
		buf_add_bytes(&r->section[1], &c, sizeof(c));
	}
	out.alias_first = record_list(r, 2, p->alias_first, p->alias_count);
	out.cwe_first = record_list(r, 2, p->cwe_first, p->cwe_count);
	buf_add_bytes(&r->section[0], &out, sizeof(out));
}

static int write_vulnerabilities(struct writer *w)
{
	struct db_builder *b = w->b;
	struct record *r = &w->record;
	char key[DB_KEY_BUFFER];
	for (size_t i = 0, j; i < b->parts.n; i = j) {
		uint32_t id = b->parts.v[i].vulnerability;
		record_begin(r);
		for (j = i; j < b->parts.n && b->parts.v[j].vulnerability == id; j++)
			write_part(r, &b->parts.v[j]);
		struct db_vulnerability_header h = { SECTION_COUNT(r, 0, struct db_part), SECTION_COUNT(r, 1, struct db_cvss), SECTION_COUNT(r, 2, uint32_t),
						     (uint32_t)r->pool.n };
		struct str value, k = db_vulnerability_key(key, b_text_of(b, b->ids.v[id]));
		int code = record_finish(r, &h, sizeof(h), 3, &value, w->err);
		if (code < 0 || (code = put(w, k, value)) < 0)
			return code;
	}
	return 0;
}

static int write_meta(struct writer *w, const uint32_t *unit_order, const struct ecosystem_vec *ecosystems)
{
	struct db_builder *b = w->b;
	struct record *r = &w->record;
	uint32_t built, newest = 0;
	int code = b_string_new(b, b->now, &built, w->err);
	if (code < 0)
		return code;
	record_begin(r);
	for (size_t i = 0; i < b->sources.n; i++) {
		const struct b_source *s = &b->sources.v[i];
		struct db_source out = { record_string(r, s->key), record_string(r, s->name), record_string(r, s->url), record_string(r, s->updated) };
		buf_add_bytes(&r->section[0], &out, sizeof(out));
		if (s->used && str_cmp(b_text_of(b, s->updated), b_text_of(b, newest)) > 0)
			newest = s->updated;
	}
	for (size_t i = 0; i < b->units.n; i++) {
		const struct b_unit *u = &b->units.v[unit_order[i]];
		if (!u->used)
			continue;
		struct db_unit out = { .key = record_string(r, u->key),
				       .merge = (uint16_t)(u->merge | (u->by_record ? DB_UNIT_BY_RECORD : 0u)),
				       .rank = u->rank,
				       .updated = record_string(r, u->updated) };
		buf_add_bytes(&r->section[1], &out, sizeof(out));
	}
	for (size_t i = 0; i < ecosystems->n; i++) {
		struct db_ecosystem out = ecosystems->v[i];
		out.name = record_string(r, out.name);
		buf_add_bytes(&r->section[2], &out, sizeof(out));
	}
	struct db_meta_header h = { .magic = DB_MAGIC,
				    .version = DB_FORMAT_VERSION,
				    .source_count = SECTION_COUNT(r, 0, struct db_source),
				    .unit_count = SECTION_COUNT(r, 1, struct db_unit),
				    .ecosystem_count = SECTION_COUNT(r, 2, struct db_ecosystem),
				    .built = record_string(r, built),
				    .newest = record_string(r, newest),
				    .epss_date = record_string(r, b->epss_date),
				    .text_count = w->text_count,
				    .epss_count = (uint32_t)b->epss.n,
				    .kev_count = w->kev_count,
				    .advisory_count = w->advisories,
				    .vulnerability_count = w->id_count,
				    .package_count = w->packages };
	h.pool_bytes = (uint32_t)r->pool.n;
	struct str value;
	if ((code = record_finish(r, &h, sizeof(h), 3, &value, w->err)) < 0)
		return code;
	return put(w, STR("M"), value);
}

static int write_texts(struct writer *w)
{
	char key[DB_KEY_BUFFER];
	for (uint32_t i = 0; i < w->text_count; i++) {
		int r = put(w, db_text_key(key, i), w->text_order[i]->bytes);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Sources sorted by key and numbered anew, so that the bytes do not depend on the order of import. */
static int compare_sources(const void *x, const void *y, void *ctx)
{
	const struct db_builder *b = ctx;
	return str_cmp(b_text_of(b, b->sources.v[*(const uint32_t *)x].key), b_text_of(b, b->sources.v[*(const uint32_t *)y].key));
}

static int order_sources(struct db_builder *b, struct error *err)
{
	uint32_t *order = arena_new_array(&b->arena, uint32_t, b->sources.n + 1), *place = arena_new_array(&b->arena, uint32_t, b->sources.n + 1);
	struct b_source_vec sorted = { 0 };
	if (!order || !place || vec_reserve(&b->arena, &sorted, b->sources.n + 1) < 0)
		return error_nomem(err);
	for (uint32_t i = 0; i < b->sources.n; i++)
		order[i] = i;
	qsort_r(order, b->sources.n, sizeof(*order), compare_sources, b);
	for (uint32_t i = 0; i < b->sources.n; i++)
		if (b->sources.v[order[i]].used) {
			place[order[i]] = (uint32_t)sorted.n;
			sorted.v[sorted.n++] = b->sources.v[order[i]];
		}
	b->sources = sorted;
	for (size_t i = 0; i < b->groups.n; i++)
		b->groups.v[i].source = place[b->groups.v[i].source];
	for (size_t i = 0; i < b->parts.n; i++)
		b->parts.v[i].source = place[b->parts.v[i].source];
	return 0;
}

static int write_all(struct writer *w)
{
	struct db_builder *b = w->b;
	struct ecosystem_vec ecosystems = { 0 };
	uint32_t *unit_order;
	int r;
	if ((r = order_sources(b, w->err)) < 0 || (r = rank_ids(w)) < 0)
		return r;
	if (!(unit_order = order_units(b, w->err)))
		return ERR_NOMEM;
	if ((r = order_parts(w)) < 0 || (r = write_packages(w, &ecosystems)) < 0 || (b->dictionary.n && (r = put(w, STR("D"), b->dictionary)) < 0) ||
	    (r = write_epss(w)) < 0 || (r = write_ids(w)) < 0 || (r = write_meta(w, unit_order, &ecosystems)) < 0 || (r = write_vulnerabilities(w)) < 0)
		return r;
	return write_texts(w);
}

/* Room for the map: what goes in, with LMDB's page overhead; the file itself only grows to what is used. */
static size_t map_size(const struct db_builder *b)
{
	size_t n = (size_t)64 << 20;
	for (size_t i = 0; i < b->texts.n; i++)
		n += b->texts.v[i].bytes.n + 64;
	n += b->entries.n * 128 + b->groups.n * 256 + b->parts.n * 512 + b->packages.n * 8192 + b->list.n * 64 + b->ids.n * 128;
	n += b->epss.n * sizeof(struct db_epss_row) + b->ranges.n * 64 + b->cvss.n * 256;
	return (2 * n + 0xfffff) & ~(size_t)0xfffff;
}

/* The map size that LMDB noted (two meta pages, u64 at 32) was an estimate. The file's own size takes its place, so that the same content is
 * the same file however it came together. */
static int settle_map_size(const char *path, struct error *err)
{
	struct stat st;
	uint32_t page_size;
	_cleanup_close_ int fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0 || pread(fd, &page_size, 4, 40) != 4)
		return error_set_errno(err, errno, "%s", path);
	uint64_t size = (uint64_t)st.st_size;
	if (pwrite(fd, &size, 8, 32) != 8 || pwrite(fd, &size, 8, (off_t)page_size + 32) != 8 || fsync(fd) < 0)
		return error_set_errno(err, errno, "%s", path);
	return 0;
}

/* shown: the name that people gave; path is a temporary one beside it. */
static int write_file(struct db_builder *b, const char *path, const char *shown, struct db_builder_counts *ret, struct error *err)
{
	struct writer w = { .b = b, .err = err, .record = { .b = b } };
	struct buf *bufs[] = { &w.record.section[0], &w.record.section[1], &w.record.section[2], &w.record.section[3], &w.record.pool, &w.record.whole };
	for (size_t i = 0; i < ARRAY_LEN(bufs); i++)
		buf_init(bufs[i], (size_t)1 << 31);
	int code = mdb_env_create(&w.env), r = 0;
	if (code == 0)
		code = mdb_env_set_mapsize(w.env, map_size(b));
	if (code == 0)
		code = mdb_env_open(w.env, path, MDB_NOSUBDIR | MDB_NOLOCK | MDB_NOSYNC, 0644);
	if (code == 0)
		code = mdb_txn_begin(w.env, NULL, 0, &w.txn);
	if (code == 0)
		code = mdb_dbi_open(w.txn, NULL, 0, &w.dbi);
	if (code) {
		r = mdb_failed(err, code, shown);
	} else if ((r = write_all(&w)) == 0) {
		code = mdb_txn_commit(w.txn);
		w.txn = NULL;
		r = code ? mdb_failed(err, code, shown) : 0;
	}
	if (w.txn)
		mdb_txn_abort(w.txn);
	if (w.env)
		mdb_env_close(w.env);
	if (r == 0)
		r = settle_map_size(path, err);
	for (size_t i = 0; i < ARRAY_LEN(bufs); i++)
		buf_release(bufs[i]);
	if (r == 0)
		*ret = (struct db_builder_counts){ .advisories = w.advisories, .vulnerabilities = w.id_count, .packages = w.packages, .texts = w.text_count };
	return r;
}

int db_builder_write(struct db_builder *b, struct str path, struct db_builder_counts *ret, struct error *err)
{
	char *target = arena_cstr(&b->arena, path), *dir = arena_cstr(&b->arena, path);
	struct str tmp = arena_printf(&b->arena, "%.*s.new-%ld", STR_FMT(path), (long)getpid());
	struct stat st;
	if (!target || !dir || !tmp.p)
		return error_nomem(err);
	int r;
	if ((b->has_old && (r = b_load_old(b, err)) < 0) || (r = b_finish_texts(b, err)) < 0)
		return r;
	b_forget_numbers(b);
	unlink(tmp.p);
	struct db_builder_counts counts;
	r = write_file(b, tmp.p, target, &counts, err);
	if (r == 0 && stat(tmp.p, &st) < 0)
		r = error_set_errno(err, errno, "%s", tmp.p);
	if (r == 0 && rename(tmp.p, target) < 0)
		r = error_set_errno(err, errno, "%s", target);
	if (r < 0) {
		unlink(tmp.p);
		return r;
	}
	counts.file_bytes = (uint64_t)st.st_size;
	/* make the new name as durable as the contents */
	char *slash = strrchr(dir, '/');
	if (slash)
		slash[slash == dir] = 0;
	_cleanup_close_ int fd = open(slash ? dir : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		(void)fsync(fd);
	*ret = counts;
	return 0;
}
