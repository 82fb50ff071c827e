#include "source/advisorydb/advisorydb.h"

#include <zstd.h>

#include "source/advisorydb/advisorydb_map.h"
#include "source/advisorydb/advisorydb_private.h"

/* The dictionary and the decompressor are made when the first text is wanted: most scans of clean images never need them. */
struct file_db {
	struct advisorydb base;
	struct db_map map;
	ZSTD_DCtx *zstd;
	ZSTD_DDict *dictionary;
};

static int file_find(void *ctx, struct str ecosystem, struct str name, struct arena *a, struct advisory_vec *out, struct error *err)
{
	struct file_db *db = ctx;
	char buffer[DB_KEY_BUFFER];
	struct str value;
	int r = db_map_get(&db->map, db_package_key(buffer, ecosystem, name), &value, err);
	if (r < 0)
		return r == ERR_NOT_FOUND ? 0 : r;
	return db_package_decode(&db->map.tables, value, DB_NONE, a, out, err);
}

static int decompress(struct file_db *db, struct str frame, struct arena *a, struct str *ret, struct error *err)
{
	unsigned long long n = ZSTD_getFrameContentSize(frame.p, frame.n);
	if (n == ZSTD_CONTENTSIZE_UNKNOWN || n == ZSTD_CONTENTSIZE_ERROR || n > DB_TEXT_MAX)
		return error_set(err, ERR_CORRUPT, "damaged database: text");
	if (!db->zstd && !(db->zstd = ZSTD_createDCtx()))
		return error_nomem(err);
	if (!db->dictionary && db->map.dictionary.n &&
	    !(db->dictionary = ZSTD_createDDict(db->map.dictionary.p, db->map.dictionary.n)))
		return error_set(err, ERR_CORRUPT, "damaged database: dictionary");
	char *p = arena_alloc(a, (size_t)n + 1);
	if (!p)
		return error_nomem(err);
	size_t got = db->dictionary ? ZSTD_decompress_usingDDict(db->zstd, p, (size_t)n, frame.p, frame.n, db->dictionary) :
				      ZSTD_decompressDCtx(db->zstd, p, (size_t)n, frame.p, frame.n);
	if (ZSTD_isError(got) || got != n)
		return error_set(err, ERR_CORRUPT, "damaged database: text");
	*ret = str_make(p, (size_t)n);
	return 0;
}

static int file_details(void *ctx, struct str id, struct arena *a, struct vulnerability *ret, struct error *err)
{
	struct file_db *db = ctx;
	char buffer[DB_KEY_BUFFER];
	struct str value;
	struct vulnerability v = { .id = id, .epss = -1, .epss_percentile = -1 };
	struct u32_vec texts = { 0 };
	bool erratum = false, known;
	int r = db_map_get(&db->map, db_vulnerability_key(buffer, id), &value, err);
	if (r < 0 && r != ERR_NOT_FOUND)
		return r;
	known = r == 0;
	if (known && (r = db_vulnerability_decode(&db->map.tables, value, a, &v, &texts, &erratum, err)) < 0)
		return r;
	for (size_t i = 0; i < texts.n; i++) {
		struct str frame, text;
		r = db_map_get(&db->map, db_text_key(buffer, texts.v[i]), &frame, err);
		if (r == ERR_NOT_FOUND)
			r = error_set(err, ERR_CORRUPT, "damaged database: a text is missing");
		if (r < 0 || (r = decompress(db, frame, a, &text, err)) < 0 || (r = db_text_decode(text, erratum && i == 0, a, &v, err)) < 0)
			return r;
	}
	if (db_epss_find(db->map.epss, id, &v.epss, &v.epss_percentile) == 0)
		known = true;
	if (!known && db_id_find(&db->map.tables.ids, id) == DB_NONE)
		return ERR_NOT_FOUND;
	*ret = v;
	return 0;
}

static bool file_has_ecosystem(void *ctx, struct str ecosystem)
{
	struct file_db *db = ctx;
	for (uint32_t i = 0; i < db->map.meta.count[2]; i++) {
		struct db_ecosystem e;
		struct str name;
		db_element(&db->map.meta, 2, i, &e);
		if (db_string(&db->map.meta, e.name, &name) && str_eq(name, ecosystem))
			return true;
	}
	return false;
}

static int file_source(void *ctx, struct str key, struct data_source *ret)
{
	struct file_db *db = ctx;
	for (uint32_t i = 0; i < db->map.tables.source_count; i++)
		if (str_eq(db->map.tables.sources[i].key, key)) {
			*ret = db->map.tables.sources[i];
			return 0;
		}
	return ERR_NOT_FOUND;
}

static int file_info(struct advisorydb *base, struct arena *a, struct advisorydb_info *ret, struct error *err)
{
	struct file_db *db = (struct file_db *)base;
	const struct db_map *m = &db->map;
	struct advisorydb_info info = { .format_version = m->header.version,
					.advisory_count = m->header.advisory_count,
					.vulnerability_count = m->header.vulnerability_count,
					.package_count = m->header.package_count,
					.file_bytes = m->file.n,
					.kev_count = m->header.kev_count,
					.epss_count = m->header.epss_count,
					.source_count = m->tables.source_count,
					.ecosystem_count = m->meta.count[2] };
	info.sources = arena_new_array(a, struct data_source, info.source_count + 1);
	info.ecosystems = arena_new_array(a, struct str, info.ecosystem_count + 1);
	info.ecosystem_counts = arena_new_array(a, uint64_t, info.ecosystem_count + 1);
	if (!info.sources || !info.ecosystems || !info.ecosystem_counts)
		return error_nomem(err);
	memcpy(info.sources, m->tables.sources, info.source_count * sizeof(*info.sources));
	bool ok = db_string(&m->meta, m->header.built, &info.built) && db_string(&m->meta, m->header.newest, &info.newest_data) &&
		  db_string(&m->meta, m->header.epss_date, &info.epss_date);
	for (uint32_t i = 0; i < info.ecosystem_count; i++) {
		struct db_ecosystem e;
		db_element(&m->meta, 2, i, &e);
		ok = ok && db_string(&m->meta, e.name, &info.ecosystems[i]);
		info.ecosystem_counts[i] = e.advisories;
	}
	if (!ok)
		return error_set(err, ERR_CORRUPT, "damaged database: meta record");
	*ret = info;
	return 0;
}

/* Whether a package record has an entry of the id, or a group of the source's id. */
static bool record_names(const struct db_record *rec, uint32_t index, struct str source_id)
{
	for (uint32_t i = 0; index != DB_NONE && i < rec->count[1]; i++) {
		struct db_entry e;
		db_element(rec, 1, i, &e);
		if (e.vulnerability == index)
			return true;
	}
	for (uint32_t i = 0; index == DB_NONE && i < rec->count[0]; i++) {
		struct db_group g;
		struct str s;
		db_element(rec, 0, i, &g);
		if (db_string(rec, g.record, &s) && str_eq(s, source_id))
			return true;
	}
	return false;
}

/* No index from ids to packages is kept, it would cost more than it is worth: this reads every package record's entries. */
static int file_packages_of(struct advisorydb *base, struct arena *a, struct str id, struct advisory_vec *ret, struct str_vec *ret_ecosystems,
			    struct str_vec *ret_names, struct error *err)
{
	struct file_db *db = (struct file_db *)base;
	uint32_t index = db_id_find(&db->map.tables.ids, id);
	struct lmdb_cursor c;
	struct str key, value;
	int r;
	if ((r = lmdb_cursor_init(&c, &db->map.lmdb, STR("A"), err)) < 0)
		return r;
	while ((r = lmdb_cursor_next(&c, &key, &value, err)) > 0 && str_has_prefix(key, STR("A"))) {
		struct db_record rec;
		struct advisory_vec found = { 0 };
		struct str ecosystem, name;
		if ((r = db_package_open(value, &rec, err)) < 0)
			return r;
		if (!record_names(&rec, index, id))
			continue;
		if ((r = db_package_decode(&db->map.tables, value, index, a, &found, err)) < 0)
			return r;
		str_cut(str_from(key, 1), 0, &ecosystem, &name);
		for (size_t i = 0; i < found.n; i++)
			if ((index != DB_NONE || str_eq(found.v[i].source_id, id)) &&
			    (!vec_push(a, ret, found.v[i]) || !vec_push(a, ret_ecosystems, ecosystem) || !vec_push(a, ret_names, name)))
				return error_nomem(err);
	}
	return r < 0 ? r : 0;
}

static int file_find_alias(struct advisorydb *base, struct str alias, struct arena *a, struct str *ret_id, struct error *err)
{
	struct file_db *db = (struct file_db *)base;
	struct lmdb_cursor c;
	struct str key, value;
	int r = lmdb_cursor_init(&c, &db->map.lmdb, STR("V"), err);
	while (r >= 0 && (r = lmdb_cursor_next(&c, &key, &value, err)) > 0 && str_has_prefix(key, STR("V"))) {
		struct db_record rec;
		if ((r = db_vulnerability_open(value, &rec, err)) < 0)
			return r;
		for (uint32_t i = 0; i < rec.count[0]; i++) {
			struct db_part p;
			struct str_vec aliases;
			db_element(&rec, 0, i, &p);
			if (!p.alias_count)
				continue;
			if ((r = db_string_list(&rec, 2, p.alias_first, p.alias_count, a, &aliases, err)) < 0)
				return r;
			for (size_t j = 0; j < aliases.n; j++)
				if (str_eq(aliases.v[j], alias)) {
					*ret_id = str_from(key, 1);
					return 0;
				}
		}
	}
	return r < 0 ? r : ERR_NOT_FOUND;
}

static void file_close(struct advisorydb *base)
{
	struct file_db *db = (struct file_db *)base;
	ZSTD_freeDDict(db->dictionary);
	ZSTD_freeDCtx(db->zstd);
	db_map_close(&db->map);
	free(db);
}

static int starter_info(struct advisorydb *base, struct arena *a, struct advisorydb_info *ret, struct error *err)
{
	int r = file_info(base, a, ret, err);
	if (r == 0)
		ret->starter = true;
	return r;
}

static const struct advisorydb_kind file_kind = { file_info, file_packages_of, file_find_alias, file_close };
static const struct advisorydb_kind starter_kind = { starter_info, file_packages_of, file_find_alias, file_close };

static int open_db(struct str path, struct str memory, struct advisorydb **ret, struct error *err)
{
	struct file_db *db = calloc(1, sizeof(*db));
	if (!db)
		return error_nomem(err);
	int r = memory.p ? db_map_open_memory(memory, path, &db->map, err) : db_map_open(path, &db->map, err);
	if (r < 0) {
		free(db);
		return r;
	}
	db->base.kind = memory.p ? &starter_kind : &file_kind;
	db->base.lookup = (struct advisory_lookup){ db, file_find, file_details, file_has_ecosystem, file_source };
	*ret = &db->base;
	return 0;
}

int advisorydb_open(struct str path, struct advisorydb **ret, struct error *err)
{
	return open_db(path, STR_NONE, ret, err);
}

int advisorydb_open_built_in(struct str bytes, struct advisorydb **ret, struct error *err)
{
	return open_db(STR("built-in starter database"), bytes, ret, err);
}

struct advisorydb *advisorydb_close(struct advisorydb *db)
{
	if (db)
		db->kind->close(db);
	return NULL;
}

struct advisory_lookup advisorydb_lookup(struct advisorydb *db)
{
	return db->lookup;
}

int advisorydb_info(struct advisorydb *db, struct arena *a, struct advisorydb_info *ret, struct error *err)
{
	return db->kind->info(db, a, ret, err);
}

int advisorydb_packages_of(struct advisorydb *db, struct arena *a, struct str id, struct advisory_vec *ret, struct str_vec *ret_ecosystems,
			   struct str_vec *ret_names, struct error *err)
{
	return db->kind->packages_of(db, a, id, ret, ret_ecosystems, ret_names, err);
}

int advisorydb_find_alias(struct advisorydb *db, struct str alias, struct arena *a, struct str *ret_id, struct error *err)
{
	return db->kind->find_alias(db, alias, a, ret_id, err);
}
