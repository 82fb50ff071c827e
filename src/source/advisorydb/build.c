#include "source/advisorydb/advisorydb_build.h"

/* Training with fixed parameters is not in the stable interface; libzstd is linked statically. */
#define ZDICT_STATIC_LINKING_ONLY
#include <zdict.h>

#include "base/buf.h"
#include "source/advisorydb/build_private.h"

#define DICTIONARY_BYTES   (64u << 10)
#define DICTIONARY_SAMPLES (8u << 20) /* raw text that has come together when the dictionary is made */
#define SAMPLE_MAX         8192
#define TEXT_LEVEL         9
#define DESCRIPTION_MAX    (256u << 10)
#define REFERENCES_BYTES_MAX (256u << 10)

int db_builder_new(struct str old_path, struct str now, struct db_builder **ret, struct error *err)
{
	struct db_builder *b = calloc(1, sizeof(*b));
	uint32_t empty;
	if (!b)
		return error_nomem(err);
	arena_init(&b->arena, ARENA_NO_LIMIT);
	arena_init(&b->raw_arena, ARENA_NO_LIMIT);
	arena_init(&b->number_arena, ARENA_NO_LIMIT);
	map_init(&b->text_map, &b->number_arena);
	int r = b_string(b, STR(""), &empty, err);
	b->now = arena_str(&b->arena, now);
	if (r == 0 && !b->now.p)
		r = error_nomem(err);
	if (r == 0 && old_path.n) {
		r = db_map_open(old_path, &b->old, err);
		b->has_old = r == 0;
	}
	if (r == 0 && !(b->zstd = ZSTD_createCCtx()))
		r = error_nomem(err);
	if (r == 0 && b->has_old) {
		b->dictionary = b->old.dictionary;
		b->dictionary_ready = true;
		if (b->dictionary.n && !(b->cdict = ZSTD_createCDict(b->dictionary.p, b->dictionary.n, TEXT_LEVEL)))
			r = error_nomem(err);
	}
	if (r < 0) {
		db_builder_free(b);
		return r;
	}
	*ret = b;
	return 0;
}

struct db_builder *db_builder_free(struct db_builder *b)
{
	if (!b)
		return NULL;
	ZSTD_freeCDict(b->cdict);
	ZSTD_freeCCtx(b->zstd);
	if (b->has_old)
		db_map_close(&b->old);
	arena_release(&b->raw_arena);
	free(b->raw);
	b_forget_numbers(b);
	arena_release(&b->arena);
	free(b);
	return NULL;
}

int db_builder_unit(struct db_builder *b, const struct db_unit_spec *spec, uint32_t *ret, struct error *err)
{
	uint32_t key;
	int r = b_string(b, spec->key, &key, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < b->units.n; i++)
		if (b->units.v[i].key == key) {
			*ret = (uint32_t)i;
			return 0;
		}
	if (b->units.n >= UINT16_MAX)
		return error_set(err, ERR_LIMIT, "more than %d feed units", UINT16_MAX);
	struct b_unit *u = vec_add(&b->arena, &b->units);
	if (!u)
		return error_nomem(err);
	u->key = key;
	u->merge = spec->merge;
	u->rank = spec->rank;
	u->by_record = spec->by_record;
	*ret = (uint32_t)b->units.n - 1;
	return 0;
}

void db_builder_replace(struct db_builder *b, uint32_t unit)
{
	b->units.v[unit].replaced = true;
}

int db_builder_seen(struct db_builder *b, uint32_t unit, struct str record, struct error *err)
{
	return b_see(b, unit, record, err);
}

static int newest(struct db_builder *b, uint32_t *date, struct str value, struct error *err)
{
	return str_cmp(value, b_text_of(b, *date)) > 0 ? b_string(b, value, date, err) : 0;
}

int db_builder_date(struct db_builder *b, uint32_t unit, struct str source, struct str date, struct error *err)
{
	int r = newest(b, &b->units.v[unit].updated, date, err);
	for (size_t i = 0; i < b->sources.n && r == 0; i++)
		if (str_eq(b_text_of(b, b->sources.v[i].key), source))
			r = newest(b, &b->sources.v[i].updated, date, err);
	return r;
}

int db_builder_source(struct db_builder *b, struct str key, struct str name, struct str url, uint32_t *ret, struct error *err)
{
	struct b_source s = { 0 };
	int r = b_string(b, key, &s.key, err);
	if (r < 0 || (r = b_string(b, name, &s.name, err)) < 0 || (r = b_string(b, url, &s.url, err)) < 0)
		return r;
	for (size_t i = 0; i < b->sources.n; i++)
		if (b->sources.v[i].key == s.key) {
			*ret = (uint32_t)i;
			return 0;
		}
	if (b->sources.n >= UINT16_MAX)
		return error_set(err, ERR_LIMIT, "more than %d data sources", UINT16_MAX);
	if (!vec_push(&b->arena, &b->sources, s))
		return error_nomem(err);
	*ret = (uint32_t)b->sources.n - 1;
	return 0;
}

int b_add_entry(struct db_builder *b, struct str package_key, struct str id, uint32_t group, struct error *err)
{
	struct b_entry e = { .group = group, .sequence = (uint32_t)b->entries.n };
	int r = b_number(b, &b->package_numbers, &b->packages, package_key, &e.package, err);
	if (r < 0 || (r = b_number(b, &b->id_numbers, &b->ids, id, &e.vulnerability, err)) < 0)
		return r;
	if (b->entries.n >= UINT32_MAX)
		return error_set(err, ERR_LIMIT, "too many advisories");
	return vec_push(&b->arena, &b->entries, e) ? 0 : error_nomem(err);
}

static int add_list(struct db_builder *b, const struct str_vec *strings, uint32_t *ret_first, uint32_t *ret_count, struct error *err)
{
	*ret_first = (uint32_t)b->list.n;
	*ret_count = (uint32_t)strings->n;
	if (b->list.n + strings->n > UINT32_MAX)
		return error_set(err, ERR_LIMIT, "too many strings");
	for (size_t i = 0; i < strings->n; i++) {
		uint32_t s;
		int r = b_string(b, strings->v[i], &s, err);
		if (r < 0)
			return r;
		if (!vec_push(&b->arena, &b->list, s))
			return error_nomem(err);
	}
	return 0;
}

int db_builder_advisory(struct db_builder *b, uint32_t unit, uint32_t source, struct str ecosystem, struct str name, const struct advisory *adv,
			const struct str *ids, size_t id_count, struct error *err)
{
	struct b_group g = { .unit = unit, .source = source, .status = (uint8_t)adv->status, .severity = (uint8_t)adv->severity };
	char key[DB_KEY_BUFFER];
	struct str package = db_package_key(key, ecosystem, name);
	if (package.n == 0 || adv->ranges.n > UINT16_MAX)
		return error_set(err, ERR_LIMIT, "package name or list of ranges is too long");
	package = str_from(package, 1);
	bool own_id = id_count == 1 && str_eq(ids[0], adv->source_id);
	int r = own_id ? 0 : b_string(b, adv->source_id, &g.record, err);
	if (r < 0 || (r = b_string(b, adv->arch, &g.arch, err)) < 0 || (r = b_string(b, adv->module, &g.module, err)) < 0 ||
	    (r = add_list(b, &adv->versions, &g.version_first, &g.version_count, err)) < 0 ||
	    (r = add_list(b, &adv->fixed, &g.fixed_first, &g.fixed_count, err)) < 0)
		return r;
	g.range_first = (uint32_t)b->ranges.n;
	g.range_count = (uint32_t)adv->ranges.n;
	for (size_t i = 0; i < adv->ranges.n; i++) {
		const struct advisory_range *from = &adv->ranges.v[i];
		struct db_range range = { .flags = (from->low_open ? DB_RANGE_LOW_OPEN : 0) | (from->high_closed ? DB_RANGE_HIGH_CLOSED : 0) };
		if ((r = b_string(b, from->low, &range.low, err)) < 0 || (r = b_string(b, from->high, &range.high, err)) < 0)
			return r;
		if (!vec_push(&b->arena, &b->ranges, range))
			return error_nomem(err);
	}
	if (!vec_push(&b->arena, &b->groups, g))
		return error_nomem(err);
	b->units.v[unit].used = b->sources.v[source].used = true;
	for (size_t i = 0; i < id_count; i++)
		if ((r = b_add_entry(b, package, ids[i], (uint32_t)b->groups.n - 1, err)) < 0)
			return r;
	return 0;
}

int b_add_frame(struct db_builder *b, struct str frame, uint32_t *ret, struct error *err)
{
	bool is_new;
	void **value = map_at(&b->text_map, frame, &is_new);
	if (!value)
		return error_nomem(err);
	if (is_new) {
		struct b_text t = { .bytes = arena_str(&b->arena, frame), .index = DB_NONE };
		if (!t.bytes.p || !vec_push(&b->arena, &b->texts, t))
			return error_nomem(err);
		b->text_map.entries[b->text_map.n - 1].key = t.bytes;
		*value = (void *)(uintptr_t)b->texts.n;
	}
	*ret = (uint32_t)(uintptr_t)*value - 1;
	return 0;
}

/* The frame is in *room (malloc, reused). */
static int compress(struct db_builder *b, struct str raw, struct buf *room, struct str *ret, struct error *err)
{
	size_t bound = ZSTD_compressBound(raw.n);
	buf_clear(room);
	char *p = buf_reserve(room, bound);
	if (!p)
		return error_nomem(err);
	size_t n = b->cdict ? ZSTD_compress_usingCDict(b->zstd, p, bound, raw.p, raw.n, b->cdict) :
			      ZSTD_compressCCtx(b->zstd, p, bound, raw.p, raw.n, TEXT_LEVEL);
	if (ZSTD_isError(n))
		return error_set(err, ERR_INTERNAL, "zstd: %s", ZSTD_getErrorName(n));
	*ret = str_make(p, n);
	return 0;
}

/* The raw texts lie one behind the other, as the trainer wants its samples. Long ones are moved out and leave their head, so that one huge text
 * does not fill the dictionary. Returns the number of samples. */
static size_t make_samples(struct db_builder *b, size_t *sizes, struct error *err)
{
	size_t total = 0, count = 0;
	for (; count < b->texts.n; count++) {
		struct str *t = &b->texts.v[count].bytes, whole = *t;
		if (t->n > SAMPLE_MAX && !(whole = arena_str(&b->raw_arena, *t)).p) {
			error_nomem(err);
			return SIZE_MAX;
		}
		sizes[count] = MIN_OF(t->n, (size_t)SAMPLE_MAX);
		memmove(b->raw + total, t->p, sizes[count]);
		*t = whole.n > SAMPLE_MAX ? whole : str_make(b->raw + total, whole.n);
		total += sizes[count];
	}
	return count;
}

/* Too few samples, or too much alike, make no dictionary: then texts are compressed without one. */
static int make_dictionary(struct db_builder *b, struct error *err)
{
	size_t *sizes = calloc(b->texts.n + 1, sizeof(*sizes));
	char *dictionary = arena_alloc(&b->arena, DICTIONARY_BYTES);
	size_t count = sizes && dictionary ? make_samples(b, sizes, err) : SIZE_MAX;
	if (count == SIZE_MAX) {
		free(sizes);
		return error_nomem(err);
	}
	/* Segment length and the like as ZDICT_trainFromBuffer ends up with on these feeds; trying others out costs it 0.3 s. */
	const ZDICT_fastCover_params_t parameters = { .k = 1024, .d = 8, .f = 20, .accel = 1, .zParams = { .compressionLevel = TEXT_LEVEL } };
	size_t n = ZDICT_trainFromBuffer_fastCover(dictionary, DICTIONARY_BYTES, b->raw ? b->raw : "", sizes, (unsigned)count, parameters);
	free(sizes);
	if (!ZDICT_isError(n))
		b->dictionary = str_make(dictionary, n);
	if (b->dictionary.n && !(b->cdict = ZSTD_createCDict(b->dictionary.p, b->dictionary.n, TEXT_LEVEL)))
		return error_nomem(err);
	b->dictionary_ready = true;
	return 0;
}

int b_finish_texts(struct db_builder *b, struct error *err)
{
	if (b->dictionary_ready)
		return 0;
	int r = make_dictionary(b, err);
	if (r < 0)
		return r;
	struct buf room;
	buf_init(&room, 2 * (size_t)DB_TEXT_MAX);
	map_init(&b->text_map, &b->number_arena);
	for (size_t i = 0; i < b->texts.n && r == 0; i++) {
		struct str frame;
		bool is_new;
		if ((r = compress(b, b->texts.v[i].bytes, &room, &frame, err)) < 0)
			break;
		b->texts.v[i].bytes = arena_str(&b->arena, frame);
		void **value = b->texts.v[i].bytes.p ? map_at(&b->text_map, b->texts.v[i].bytes, &is_new) : NULL;
		if (!value)
			r = error_nomem(err);
		else
			*value = (void *)(uintptr_t)(i + 1);
	}
	buf_release(&room);
	arena_release(&b->raw_arena);
	free(b->raw);
	b->raw = NULL;
	return r;
}

static struct str cut_utf8(struct str s, size_t max)
{
	if (s.n <= max)
		return s;
	s.n = max;
	while (s.n && ((unsigned char)s.p[s.n] & 0xc0) == 0x80)
		s.n--;
	return s;
}

/* Copied behind the others. There is room: below DICTIONARY_SAMPLES before, and a text is no longer than DB_TEXT_MAX. */
static struct str keep_raw(struct db_builder *b, struct str text)
{
	if (!b->raw && !(b->raw = malloc(DICTIONARY_SAMPLES + (size_t)DB_TEXT_MAX)))
		return STR_NONE;
	memcpy(b->raw + b->raw_bytes, text.p, text.n);
	return str_make(b->raw + b->raw_bytes, text.n);
}

static int add_text(struct db_builder *b, const struct vulnerability *v, uint32_t *ret, struct error *err)
{
	*ret = DB_NONE;
	if (v->description.n == 0 && v->references.n == 0)
		return 0;
	struct buf raw, room;
	buf_init(&raw, DB_TEXT_MAX);
	buf_init(&room, 2 * (size_t)DB_TEXT_MAX);
	struct str description = cut_utf8(v->description, DESCRIPTION_MAX);
	uint32_t n = (uint32_t)description.n;
	buf_add_bytes(&raw, &n, 4);
	buf_add(&raw, description);
	size_t references = 0;
	for (size_t i = 0; i < v->references.n; i++) {
		struct str ref = v->references.v[i];
		if (ref.n == 0 || str_find_char(ref, '\n') != STR_NOT_FOUND || (references += ref.n + 1) > REFERENCES_BYTES_MAX)
			continue;
		buf_add(&raw, ref);
		buf_add_char(&raw, '\n');
	}
	int r = buf_failed(&raw) ? error_nomem(err) : 0;
	if (r == 0 && b->dictionary_ready) {
		struct str frame;
		r = compress(b, buf_str(&raw), &room, &frame, err);
		r = r < 0 ? r : b_add_frame(b, frame, ret, err);
	} else if (r == 0) {
		bool is_new;
		void **value = map_at(&b->text_map, buf_str(&raw), &is_new);
		if (value && is_new) {
			struct b_text t = { .bytes = keep_raw(b, buf_str(&raw)), .index = DB_NONE };
			value = t.bytes.p && vec_push(&b->arena, &b->texts, t) ? value : NULL;
			if (value) {
				b->text_map.entries[b->text_map.n - 1].key = t.bytes;
				*value = (void *)(uintptr_t)b->texts.n;
				b->raw_bytes += raw.n;
			}
		}
		if (!value)
			r = error_nomem(err);
		else
			*ret = (uint32_t)(uintptr_t)*value - 1;
		if (r == 0 && b->raw_bytes >= DICTIONARY_SAMPLES)
			r = b_finish_texts(b, err);
	}
	buf_release(&raw);
	buf_release(&room);
	return r;
}

int db_builder_part(struct db_builder *b, struct str id, const struct db_part_spec *spec, struct error *err)
{
	const struct vulnerability *v = spec->v;
	struct b_part p = { .unit = spec->unit,
			    .source = spec->source,
			    .precedence = spec->precedence,
			    .severity = (uint8_t)spec->severity,
			    .sequence = (uint32_t)b->parts.n,
			    .flags = (uint8_t)((v->withdrawn ? DB_PART_WITHDRAWN : 0) | (v->kev ? DB_PART_KEV : 0) |
					       (v->kev_ransomware ? DB_PART_KEV_RANSOMWARE : 0) | (spec->erratum ? DB_PART_ERRATUM : 0) |
					       (spec->notice ? DB_PART_NOTICE : 0)) };
	int r = b_number(b, &b->id_numbers, &b->ids, id, &p.vulnerability, err);
	if (r < 0 || (r = str_eq(spec->record, id) ? 0 : b_string(b, spec->record, &p.record, err)) < 0 ||
	    (r = b_string(b, cut_utf8(v->title, 400), &p.title, err)) < 0 || (r = b_string(b, v->published, &p.published, err)) < 0 ||
	    (r = b_string(b, v->modified, &p.modified, err)) < 0 || (r = b_string(b, v->kev_added, &p.kev_added, err)) < 0 ||
	    (r = b_string(b, v->kev_due, &p.kev_due, err)) < 0 || (r = add_list(b, &v->aliases, &p.alias_first, &p.alias_count, err)) < 0 ||
	    (r = add_list(b, &v->cwes, &p.cwe_first, &p.cwe_count, err)) < 0 || (r = add_text(b, v, &p.text, err)) < 0)
		return r;
	p.cvss_first = (uint32_t)b->cvss.n;
	p.cvss_count = (uint32_t)MIN_OF(v->cvss.n, (size_t)64);
	for (uint32_t i = 0; i < p.cvss_count; i++) {
		const struct cvss_entry *e = &v->cvss.v[i];
		struct db_cvss c = { .version = e->version };
		memcpy(&c.score_bits, &e->score, sizeof(c.score_bits));
		if ((r = b_string(b, e->vector, &c.vector, err)) < 0 || (r = b_string(b, e->source, &c.source, err)) < 0)
			return r;
		if (!vec_push(&b->arena, &b->cvss, c))
			return error_nomem(err);
	}
	for (size_t i = 0; i < v->severities.n && p.cvss_count < 128; i++, p.cvss_count++) {
		struct db_cvss c = { .version = DB_CVSS_RATING, .score_bits = v->severities.v[i].severity };
		if ((r = b_string(b, v->severities.v[i].source, &c.source, err)) < 0)
			return r;
		if (!vec_push(&b->arena, &b->cvss, c))
			return error_nomem(err);
	}
	b->units.v[p.unit].used = b->sources.v[p.source].used = true;
	return vec_push(&b->arena, &b->parts, p) ? 0 : error_nomem(err);
}

int db_builder_epss(struct db_builder *b, struct str id, double score, double percentile, struct error *err)
{
	struct db_epss_row row = { .id = db_epss_key(id), .score = (uint32_t)(score * 100000 + 0.5), .percentile = (uint32_t)(percentile * 100000 + 0.5) };
	b->epss_replaced = true;
	if (!row.id || row.score > 100000 || row.percentile > 100000)
		return error_set(err, ERR_FORMAT, "no EPSS row: id or score out of range");
	return vec_push(&b->arena, &b->epss, row) ? 0 : error_nomem(err);
}

int db_builder_epss_date(struct db_builder *b, uint32_t source, struct str date, struct error *err)
{
	b->sources.v[source].used = true;
	int r = newest(b, &b->sources.v[source].updated, date, err);
	return r < 0 ? r : b_string(b, date, &b->epss_date, err);
}
