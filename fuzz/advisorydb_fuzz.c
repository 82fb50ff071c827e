/* The advisory database. The first byte chooses: 0 a package record, 1 a vulnerability record, 2 the meta record, 3 a decompressed text, 4 a whole file,
 * of which everything is looked up that can be. */
#include "format/lmdb/lmdb.h"
#include "source/advisorydb/advisorydb_private.h"
#include "source/advisorydb/advisorydb_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char id_table[] = "\2\0\0\0\0\0\0\0\6\0\0\0\14\0\0\0CVE-01CVE-02";
static const struct data_source sources[] = { { STR_INIT("debian"), STR_INIT("n"), STR_INIT("u"), STR_INIT("") }, { STR_INIT("nvd"), STR_INIT("n"), STR_INIT("u"), STR_INIT("") } };
static const uint8_t merges[] = { DB_MERGE_UNION, DB_MERGE_FIRST, DB_MERGE_LAST };

static uint64_t touch(struct str s)
{
	uint64_t h = s.n;
	for (size_t i = 0; i < s.n; i++)
		h = h * 31 + (unsigned char)s.p[i];
	return h;
}

static uint64_t touch_advisories(const struct advisory_vec *v)
{
	uint64_t h = 0;
	for (size_t i = 0; i < v->n; i++) {
		const struct advisory *x = &v->v[i];
		h += touch(x->id) + touch(x->source_id) + touch(x->data_source) + touch(x->arch) + touch(x->module);
		for (size_t j = 0; j < x->ranges.n; j++)
			h += touch(x->ranges.v[j].low) + touch(x->ranges.v[j].high);
		for (size_t j = 0; j < x->versions.n; j++)
			h += touch(x->versions.v[j]);
		for (size_t j = 0; j < x->fixed.n; j++)
			h += touch(x->fixed.v[j]);
	}
	return h;
}

static void whole_file(struct arena *a, struct str file)
{
	struct advisorydb *db;
	struct advisorydb_info info;
	struct lmdb lmdb;
	struct lmdb_cursor c;
	struct str key, value;
	struct error err;
	if (advisorydb_open_built_in(file, &db, &err) < 0)
		return;
	struct advisory_lookup l = advisorydb_lookup(db);
	(void)advisorydb_info(db, a, &info, &err);
	if (lmdb_open(file, &lmdb, &err) == 0 && lmdb_cursor_init(&c, &lmdb, STR(""), &err) == 0)
		for (unsigned n = 0; n < 200 && lmdb_cursor_next(&c, &key, &value, &err) > 0; n++) {
			struct str ecosystem, name;
			struct advisory_vec v = { 0 };
			struct vulnerability vuln;
			if (str_has_prefix(key, STR("A")) && str_cut(str_from(key, 1), 0, &ecosystem, &name)) {
				(void)l.find(l.ctx, ecosystem, name, a, &v, &err);
				(void)touch_advisories(&v);
			} else if (str_has_prefix(key, STR("V"))) {
				(void)l.details(l.ctx, str_from(key, 1), a, &vuln, &err);
			}
		}
	struct advisory_vec v = { 0 };
	struct str_vec ecosystems = { 0 }, names = { 0 };
	(void)advisorydb_packages_of(db, a, STR("CVE-2021-0001"), &v, &ecosystems, &names, &err);
	(void)advisorydb_find_alias(db, STR("GHSA-aaaa-bbbb-cccc"), a, &value, &err);
	(void)l.has_ecosystem(l.ctx, STR("Debian:11"));
	advisorydb_close(db);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	struct arena a;
	struct error err;
	struct str bytes = str_make((const char *)data + 1, size - 1);
	struct db_tables tables = { .sources = sources, .source_count = 2, .unit_merge = merges, .unit_count = 3 };
	arena_init(&a, 256 << 20);
	if (db_ids_open(str_make(id_table, sizeof(id_table) - 1), &tables.ids, &err) < 0)
		abort();
	struct advisory_vec advisories = { 0 };
	struct vulnerability v = { .id = STR("CVE-01") };
	struct u32_vec texts;
	bool erratum;
	struct db_meta_header header;
	struct db_record record;
	struct db_ids ids;
	switch (data[0] % 5) {
	case 0:
		if (db_package_decode(&tables, bytes, DB_NONE, &a, &advisories, &err) == 0)
			(void)touch_advisories(&advisories);
		break;
	case 1:
		(void)db_vulnerability_decode(&tables, bytes, &a, &v, &texts, &erratum, &err);
		break;
	case 2:
		(void)db_meta_open(bytes, &header, &record, &err);
		if (db_ids_open(bytes, &ids, &err) == 0)
			(void)db_id_find(&ids, STR("CVE-2"));
		break;
	case 3:
		(void)db_text_decode(bytes, true, &a, &v, &err);
		break;
	case 4:
		whole_file(&a, bytes);
		break;
	}
	arena_release(&a);
	return 0;
}
