/* Read-only reader of bbolt files (go.etcd.io/bbolt, data format version 2): untrusted bytes -> nested buckets of key and value. Trivy's database is
 * one. Every offset is checked; a damaged file gives ERR_FORMAT at worst.
 *
 *   file   = meta page 0, meta page 1, then pages of page_size bytes (a page may be continued over `overflow` further ones)
 *   page   = id u64, flags u16 (1 branch, 2 leaf, 4 meta), count u16, overflow u32, elements
 *   leaf   = flags u32 (1: the value is a bucket), pos u32, key size u32, value size u32      pos counts from the element
 *   branch = pos u32, key size u32, page u64
 *   bucket = root page u64, sequence u64; root 0: the page stands inline behind these 16 bytes
 *   meta   = magic u32, version u32, page size u32, flags u32, root bucket, freelist u64, pages in use u64, transaction u64, FNV-1a u64
 *
 * Little-endian files. Views point into the file. Cost: finding is O(depth × log keys); no allocation. In a sound file every page and every
 * value is reached once; in a hostile one many buckets may share their pages, so that a small file holds more entries than anybody can read:
 * cursors of one `struct bbolt` together give at most BBOLT_WORK_FACTOR times the file's bytes, then ERR_FORMAT. Threads: one per struct. */
#ifndef FORMAT_BBOLT_BBOLT_H
#define FORMAT_BBOLT_BBOLT_H
#include "base/error.h"
#include "base/str.h"

#define BBOLT_DEPTH_MAX   24
#define BBOLT_WORK_FACTOR 8 /* a value of an inline bucket counts once for each bucket around it; a caller may go through some buckets twice */

struct bbolt {
	struct str file;
	size_t page_size;
	uint64_t page_count;
	uint64_t root; /* page of the root bucket */
	uint64_t work; /* bytes that cursors may still go through */
};
struct bbolt_bucket {
	struct bbolt *db;
	uint64_t root;      /* 0: inline */
	struct str page;    /* inline page */
};
/* ERR_FORMAT when this is no bbolt file or neither meta page is whole. */
int bbolt_open(struct str file, struct bbolt *ret, struct error *err);
struct bbolt_bucket bbolt_root(struct bbolt *db);
/* A bucket inside a bucket: 0, ERR_NOT_FOUND (err untouched), ERR_FORMAT. */
int bbolt_bucket(const struct bbolt_bucket *in, struct str name, struct bbolt_bucket *ret, struct error *err);
/* A value: as above. */
int bbolt_get(const struct bbolt_bucket *in, struct str key, struct str *ret, struct error *err);

/* All entries of a bucket in key order. */
struct bbolt_cursor {
	struct bbolt_bucket bucket;
	unsigned depth;
	uint64_t steps;
	struct {
		struct str page;
		uint32_t index, count;
		bool leaf;
	} level[BBOLT_DEPTH_MAX];
};
int bbolt_cursor_init(struct bbolt_cursor *c, const struct bbolt_bucket *bucket, struct error *err);
struct bbolt_entry {
	struct str key, value; /* value: STR_NONE for buckets */
	bool is_bucket;
	struct bbolt_bucket bucket;
};
/* 1: an entry; 0: the end; ERR_FORMAT. */
int bbolt_cursor_next(struct bbolt_cursor *c, struct bbolt_entry *ret, struct error *err);
#endif
