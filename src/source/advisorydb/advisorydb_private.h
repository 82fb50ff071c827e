/* What the two kinds of advisory database (a file, the built-in starter table) fill in. For this folder only. */
#ifndef SOURCE_ADVISORYDB_PRIVATE_H
#define SOURCE_ADVISORYDB_PRIVATE_H
#include "source/advisorydb/advisorydb.h"

struct advisorydb_kind {
	int (*info)(struct advisorydb *db, struct arena *a, struct advisorydb_info *ret, struct error *err);
	int (*packages_of)(struct advisorydb *db, struct arena *a, struct str id, struct advisory_vec *ret, struct str_vec *ret_ecosystems,
			   struct str_vec *ret_names, struct error *err);
	void (*close)(struct advisorydb *db);
};
/* First member of each kind's own struct. */
struct advisorydb {
	const struct advisorydb_kind *kind;
	struct advisory_lookup lookup;
};
#endif
