/* A database file, mapped and checked as far as opening needs: what the read side (advisorydb.c) and the import, which reads a database
 * back to replace a part of it, have in common. */
#ifndef SOURCE_ADVISORYDB_MAP_H
#define SOURCE_ADVISORYDB_MAP_H
#include "format/lmdb/lmdb.h"
#include "source/advisorydb/advisorydb_record.h"

struct db_map {
	struct str file; /* mapped, or borrowed */
	bool borrowed;
	struct lmdb lmdb;
	struct db_meta_header header;
	struct db_record meta;
	struct db_tables tables; /* arrays on the arena */
	struct arena arena;
	struct str dictionary, epss;
};
/* ERR_NOT_FOUND: no such file. On success the map must be closed. */
int db_map_open(struct str path, struct db_map *ret, struct error *err);
/* A database that is in memory already: `file` is borrowed and must live as long as the map; `name` is for messages. */
int db_map_open_memory(struct str file, struct str name, struct db_map *ret, struct error *err);
void db_map_close(struct db_map *m);
/* Value of a key: 0, ERR_NOT_FOUND, ERR_CORRUPT. */
int db_map_get(const struct db_map *m, struct str key, struct str *ret, struct error *err);
#endif
