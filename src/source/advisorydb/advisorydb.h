/* The advisory database, read side: one LMDB file, memory-mapped, opened read-only (no lock file, no write), compiled ahead so that a lookup
 * parses nothing. Layout and field tables: advisorydb_format.h. */
#ifndef SOURCE_ADVISORYDB_H
#define SOURCE_ADVISORYDB_H
#include "base/error.h"
#include "model/advisory.h"

struct advisorydb;
struct advisorydb_info {
	uint32_t format_version;
	struct str built;             /* RFC 3339 */
	struct str newest_data;       /* newest record or import date, RFC 3339 */
	bool starter;                 /* the built-in table, not a file */
	uint64_t advisory_count, vulnerability_count, package_count, file_bytes;
	uint64_t kev_count, epss_count; /* ids in CISA's catalogue, ids with an EPSS score */
	struct str epss_date;           /* of the scores, "" unknown */
	struct data_source *sources;
	size_t source_count;
	struct str *ecosystems;
	uint64_t *ecosystem_counts;
	size_t ecosystem_count;
};
/* ERR_NOT_FOUND when there is no file, ERR_CORRUPT when it is damaged or of another version (the text says what to do). */
int advisorydb_open(struct str path, struct advisorydb **ret, struct error *err);
/* The built-in starter database (data/starter.tsv compiled in). */
int advisorydb_open_starter(struct advisorydb **ret, struct error *err);
struct advisorydb *advisorydb_close(struct advisorydb *db); /* returns NULL */
struct advisory_lookup advisorydb_lookup(struct advisorydb *db);
int advisorydb_info(struct advisorydb *db, struct arena *a, struct advisorydb_info *ret, struct error *err);
/* Every (ecosystem, package) that names a vulnerability id, or else a source's own id ("DSA-5343-1"): for `db show`. Reads the whole database. */
int advisorydb_packages_of(struct advisorydb *db, struct arena *a, struct str id, struct advisory_vec *ret, struct str_vec *ret_ecosystems,
			   struct str_vec *ret_names, struct error *err);
/* The id under which an alias ("GHSA-…") is kept: 0, ERR_NOT_FOUND, ERR_CORRUPT. Reads all vulnerability records. */
int advisorydb_find_alias(struct advisorydb *db, struct str alias, struct arena *a, struct str *ret_id, struct error *err);
#endif
