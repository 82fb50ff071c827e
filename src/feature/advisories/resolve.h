/* Feed records -> database statements: units, names as packages are looked up by, versions as ranges. For this folder only. */
#ifndef FEATURE_ADVISORIES_RESOLVE_H
#define FEATURE_ADVISORIES_RESOLVE_H
#include "format/feeds/feed.h"
#include "source/advisorydb/advisorydb_build.h"

struct resolver {
	struct db_builder *builder;
	struct arena scratch; /* cleared for each record */
	struct feed_sink *sink;
	struct str file;      /* for diagnostics */
	uint32_t last_unit;   /* cache: records of a file mostly share it */
	struct str last_unit_key;
	struct {
		uint32_t unit;
		uint64_t records;
	} tally[32];          /* records by unit, of one file (import.c resets tally_count) */
	size_t tally_count;
	bool epss_dated;      /* the EPSS table's date was told (for one file: import.c resets it) */
};
/* For feed_sink.record and .epss; ctx is a struct resolver. */
int resolve_record(void *ctx, const struct feed_record *rec, struct error *err);
int resolve_epss(void *ctx, struct str id, double probability, double percentile, struct error *err);

/* The file just read holds its ecosystem whole: the unit of most of its records is replaced rather than added to. */
void resolve_whole(struct resolver *r);

/* Name under which scans look an ecosystem up (distro_ecosystem_fold), its version order, and a package's normalised name. */
struct str resolve_ecosystem(struct arena *a, struct str ecosystem);
enum version_scheme resolve_scheme(struct str ecosystem);
struct str resolve_name(struct arena *a, struct str ecosystem, struct str name);
#endif
