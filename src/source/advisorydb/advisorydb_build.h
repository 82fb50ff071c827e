/* The advisory database, write side: records are added in any order, then the file is written in one go: sorted, compiled, next to its place
 * and renamed over it, so that readers see the old file or the new one and a failure changes nothing.
 *
 *   db_builder_new(&b, old, now)      old: database to go on from ("" = start empty)
 *   u = db_builder_unit(b, …)         what is replaced as a whole
 *   db_builder_seen(b, u, record)     a record of it (drops what the old database has of that record)
 *   db_builder_advisory / _part / _epss
 *   db_builder_write(b, path)
 *
 * Everything given is copied. The same calls give the same bytes. Memory: about 100 bytes an advisory, plus texts (compressed once 8 MiB of them
 * have come together and a dictionary could be made). Not thread-safe. */
#ifndef SOURCE_ADVISORYDB_BUILD_H
#define SOURCE_ADVISORYDB_BUILD_H
#include "base/error.h"
#include "model/advisory.h"
#include "source/advisorydb/advisorydb_format.h"

struct db_builder;
struct db_unit_spec {
	struct str key;
	enum db_merge merge;
	uint16_t rank;  /* lower is better among DB_MERGE_FIRST units */
	bool by_record; /* records are ordered by their id, else as they come */
};

int db_builder_new(struct str old_path, struct str now, struct db_builder **ret, struct error *err);
struct db_builder *db_builder_free(struct db_builder *b);
/* Index of a unit, made on first use. */
int db_builder_unit(struct db_builder *b, const struct db_unit_spec *spec, uint32_t *ret, struct error *err);
/* Everything the old database has of this unit is dropped. */
void db_builder_replace(struct db_builder *b, uint32_t unit);
/* 0: new in this run; 1: given before. */
int db_builder_seen(struct db_builder *b, uint32_t unit, struct str record, struct error *err);
/* Newest date of a unit's data, and of its source. */
int db_builder_date(struct db_builder *b, uint32_t unit, struct str source, struct str date, struct error *err);
int db_builder_source(struct db_builder *b, struct str key, struct str name, struct str url, uint32_t *ret, struct error *err);

/* One statement about versions of a package; adv->id and data_source are not used. ids: the vulnerabilities it is about. */
int db_builder_advisory(struct db_builder *b, uint32_t unit, uint32_t source, struct str ecosystem, struct str name, const struct advisory *adv,
			const struct str *ids, size_t id_count, struct error *err);

struct db_part_spec {
	uint32_t unit, source;
	uint16_t precedence; /* lower is shown first: titles, descriptions, dates */
	struct str record;
	const struct vulnerability *v; /* title, description, aliases, references, cwes, cvss, published, modified, kev…, withdrawn; severities are other
				 * sources' words that this record passes on */
	enum severity severity;
	bool erratum; /* about several ids */
	bool notice;  /* announces a distribution's update */
};
int db_builder_part(struct db_builder *b, struct str id, const struct db_part_spec *spec, struct error *err);
/* The whole EPSS table is replaced by the rows added in this run, if there are any. Scores are kept to 5 decimals, as published. */
int db_builder_epss(struct db_builder *b, struct str id, double score, double percentile, struct error *err);
int db_builder_epss_date(struct db_builder *b, uint32_t source, struct str date, struct error *err);

struct db_builder_counts {
	uint64_t advisories, vulnerabilities, packages, texts, file_bytes;
};
int db_builder_write(struct db_builder *b, struct str path, struct db_builder_counts *ret, struct error *err);
#endif
