/* One import, shared by advisories_import, advisories_update and advisories_build. For this folder only. */
#ifndef FEATURE_ADVISORIES_IMPORT_PRIVATE_H
#define FEATURE_ADVISORIES_IMPORT_PRIVATE_H
#include "feature/advisories/advisories.h"
#include "feature/advisories/resolve.h"

struct import {
	struct arena *arena;
	const struct advisories_options *opt;
	struct advisories_summary *summary;
	struct feed_context context;
	struct resolver resolver;
	struct arena scratch;
};

struct import_item {
	struct str path;
	bool named;  /* the user named this file: that it is no feed is an error */
	bool whole;  /* an OSV dump is all there is of its ecosystem: records that are gone from it go from the database too */
};
VEC_DECLARE(import_item_vec, struct import_item);

/* Reads all items into a new database file beside db_path and renames it. *ret_failed (may be NULL) is the item whose content made it fail, or
 * SIZE_MAX. The folder must be locked. */
int import_run(struct arena *a, const struct import_item_vec *items, struct str db_path, const struct advisories_options *opt,
	       struct advisories_summary *ret, size_t *ret_failed, struct error *err);
/* One content of a kind, archives with their members; counts go to row. */
int import_content(struct import *im, enum feed_kind kind, struct str path, struct str content, struct advisories_file *row, struct error *err);
/* One import at a time for a folder; readers are not affected. The descriptor holds the lock. */
int import_lock(struct arena *a, struct str db_path, int *ret_fd, struct error *err);
/* RFC 3339 of `now`, SOURCE_DATE_EPOCH or the clock. */
struct str import_time(struct arena *a, struct str now);
#endif
