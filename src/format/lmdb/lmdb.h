/* Reader of LMDB database files (liblmdb 0.9, data format version 1): untrusted bytes -> values by key. liblmdb itself trusts its
 * file: a flipped bit in a page pointer makes it abort or read outside the map. This reader follows the same pages with every offset
 * checked, so that a damaged or hostile file gives ERR_CORRUPT at worst, and opening costs two page reads instead of an environment.
 *
 *   file   = meta page 0, meta page 1, then pages of `page_size` bytes, numbered from 0
 *   page   = pgno u64, pad u16, flags u16, lower u16, upper u16, then node offsets (u16) and nodes   (overflow: page count u32 for lower/upper)
 *   branch = child page (48 bits), key size u16, key          leaf = data size u32, flags u16, key size u16, key, data (or overflow pgno u64)
 *
 * Only the main database, without MDB_DUPSORT or named databases, on little-endian 64-bit files (what our writer makes). Keys are
 * ordered by bytes, shorter first. Views point into `file`, which the caller keeps mapped. Threads: read-only, no state. Cost of a
 * lookup: depth × log2(keys in a page) comparisons, no allocation. Source: liblmdb mdb.c, struct MDB_page, MDB_node, MDB_meta. */
#ifndef FORMAT_LMDB_LMDB_H
#define FORMAT_LMDB_LMDB_H
#include "base/error.h"
#include "base/str.h"

#define LMDB_DEPTH_MAX 16

struct lmdb {
	struct str file;
	size_t page_size;
	uint64_t page_count; /* pages in use, meta pages included */
	uint64_t root;       /* UINT64_MAX: empty */
	uint64_t entries;    /* as the file states */
	unsigned depth;
};

/* ERR_CORRUPT when this is no LMDB file or it is shorter than it says. Reads the two meta pages only. */
int lmdb_open(struct str file, struct lmdb *ret, struct error *err);
/* 0, ERR_NOT_FOUND (err untouched), ERR_CORRUPT. */
int lmdb_get(const struct lmdb *db, struct str key, struct str *ret_value, struct error *err);

/* All entries from the first key >= `from` on, in key order.
 *   lmdb_cursor_init(&c, &db, from, &err); while ((r = lmdb_cursor_next(&c, &key, &value, &err)) > 0) … */
struct lmdb_cursor {
	const struct lmdb *db;
	unsigned depth;
	uint64_t steps; /* pages visited: a cycle between pages ends with ERR_CORRUPT */
	struct {
		const unsigned char *page;
		unsigned index, count;
	} level[LMDB_DEPTH_MAX];
};
int lmdb_cursor_init(struct lmdb_cursor *c, const struct lmdb *db, struct str from, struct error *err);
/* 1: an entry; 0: the end; negative: ERR_CORRUPT. */
int lmdb_cursor_next(struct lmdb_cursor *c, struct str *ret_key, struct str *ret_value, struct error *err);
#endif
