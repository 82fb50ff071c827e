/* What the two kinds of advisory database (a file, the built-in starter database) fill in. For this folder only. */
#ifndef SOURCE_ADVISORYDB_PRIVATE_H
#define SOURCE_ADVISORYDB_PRIVATE_H
#include "source/advisorydb/advisorydb.h"

struct advisorydb_kind {
	int (*info)(struct advisorydb *db, struct arena *a, struct advisorydb_info *ret, struct error *err);
	int (*packages_of)(struct advisorydb *db, struct arena *a, struct str id, struct advisory_vec *ret, struct str_vec *ret_ecosystems,
			   struct str_vec *ret_names, struct error *err);
	int (*find_alias)(struct advisorydb *db, struct str alias, struct arena *a, struct str *ret_id, struct error *err);
	void (*close)(struct advisorydb *db);
};
/* First member of each kind's own struct. */
struct advisorydb {
	const struct advisorydb_kind *kind;
	struct advisory_lookup lookup;
};
/* A database inside the program itself; bytes must live as long as it is open. */
int advisorydb_open_built_in(struct str bytes, struct advisorydb **ret, struct error *err);
/* Made by the build from data/starter.tsv (data/mkstarter.c): a database file as any other. */
extern const unsigned char starter_database[];
extern const size_t starter_database_size;
#endif
