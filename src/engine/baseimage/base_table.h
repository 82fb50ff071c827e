/* The table of base images as the build makes it from data/baseimages.tsv (its comments say what each column means and where the facts
 * come from). Read-only. Days count from 1970-01-01; 0: not announced. Texts are never NULL, empty where the table has "-". */
#ifndef ENGINE_BASE_TABLE_H
#define ENGINE_BASE_TABLE_H
#include "base/base.h"

struct base_cycle {
	const char *version;  /* "3.11" */
	const char *latest;   /* newest of it when the table was made: "3.11.16" */
	int32_t released_day, eol_day;
	bool lts;             /* meant to be stayed on */
};
enum base_rule { BASE_RULE_NONE, BASE_RULE_DROPS, BASE_RULE_KEEPS };
struct base_variant {
	const char *name;     /* "slim" */
	const char *use;      /* pattern of its reference */
	const char *distro;   /* what the base must be made of, as "debian/12" or "debian"; empty: anything */
	const char *release;  /* of the family it must be; empty: any */
	enum base_rule rule;  /* what is known of its packages */
	const char *const *globs; /* names of binary packages that it drops, or keeps; NULL-terminated */
	const char *why;
};
struct base_family {
	const char *id;
	const char *repository; /* "python"; empty: the family is only recognised */
	const char *const *versions; /* "PYTHON_VERSION={v}": assignments that name its version; NULL-terminated */
	const char *const *last;     /* texts of the last instruction of its Dockerfile; NULL-terminated */
	const char *distro;     /* os-release ID when the family is a distribution; empty: a program */
	uint8_t parts;          /* of a version that name a cycle */
	const struct base_cycle *cycles; /* newest first */
	size_t cycle_count;
	const struct base_variant *variants;
	size_t variant_count;
};
extern const struct base_family base_families[];
extern const size_t base_family_count;
extern const char base_table_date[]; /* when the facts were collected: YYYY-MM-DD */
#endif
