/* Two databases as one: the file that people update, and the built-in starter database behind it, which knows severities and exploitation
 * of the best-known vulnerabilities. Advisories (which versions are affected) come from the file alone; what the file's sources do not say of
 * an id (Debian's lists carry no severity) the starter adds, under its own name. The starter is opened when first asked. Not thread-safe. */
#ifndef FEATURE_IMAGE_LOOKUP_H
#define FEATURE_IMAGE_LOOKUP_H
#include "source/advisorydb/advisorydb.h"

struct layered_lookup {
	struct advisorydb *file, *starter;
	bool starter_failed;
};
/* Takes db (closed by layered_lookup_release); db may itself be the starter. */
void layered_lookup_init(struct layered_lookup *l, struct advisorydb *db, bool db_is_starter);
struct advisory_lookup layered_lookup_callbacks(struct layered_lookup *l);
void layered_lookup_release(struct layered_lookup *l);
#endif
