/* Records of the advisory database (advisorydb_format.h), bytes -> views. Pure functions over untrusted bytes, so that they can be fuzzed
 * without a file: every offset and count is checked, a record that does not hold together gives ERR_CORRUPT. Strings are views into the
 * record (the database map); arrays are on the arena. Decoding is O(record), nothing is parsed. */
#ifndef SOURCE_ADVISORYDB_RECORD_H
#define SOURCE_ADVISORYDB_RECORD_H
#include "base/error.h"
#include "model/advisory.h"
#include "source/advisorydb/advisorydb_format.h"

/* A record cut into its parts: arrays of fixed-size elements, then the string pool. */
#define DB_SECTIONS_MAX 4
struct db_record {
	const char *section[DB_SECTIONS_MAX];
	uint32_t count[DB_SECTIONS_MAX];
	struct str pool;
};
int db_package_open(struct str bytes, struct db_record *ret, struct error *err);       /* groups, entries, ranges, list */
int db_vulnerability_open(struct str bytes, struct db_record *ret, struct error *err); /* parts, cvss, list */
int db_meta_open(struct str bytes, struct db_meta_header *ret_header, struct db_record *ret, struct error *err); /* sources, units, ecosystems */
/* String by reference; false when it passes the pool. */
bool db_string(const struct db_record *r, uint32_t ref, struct str *ret);
/* Element i (not checked against count) of a section, copied out because nothing is aligned. */
#define db_element(r, s, i, ret) memcpy((ret), (r)->section[s] + (size_t)(i) * sizeof(*(ret)), sizeof(*(ret)))
/* Strings list[first .. first + count) on the arena. */
int db_string_list(const struct db_record *r, unsigned list_section, uint32_t first, uint32_t count, struct arena *a, struct str_vec *ret, struct error *err);

/* The id table. */
struct db_ids {
	const char *offsets;
	struct str bytes;
	uint32_t count;
};
int db_ids_open(struct str bytes, struct db_ids *ret, struct error *err);
bool db_id(const struct db_ids *ids, uint32_t index, struct str *ret);
/* Index of an id or DB_NONE. */
uint32_t db_id_find(const struct db_ids *ids, struct str id);

/* What package records refer to. */
struct db_tables {
	struct db_ids ids;
	const struct data_source *sources;
	uint32_t source_count;
	const uint8_t *unit_merge; /* enum db_merge of each unit */
	uint32_t unit_count;
};
/* Appends the advisories of a package record. only_id: DB_NONE for all, or the index of one id. */
int db_package_decode(const struct db_tables *t, struct str bytes, uint32_t only_id, struct arena *a, struct advisory_vec *out, struct error *err);
/* Merges what the sources say about ret->id, each source's score and severity kept. Texts stay with the caller: *ret_texts are the 'X' values to
 * read, best first: the first one's description counts, and the references of all. *ret_first_is_erratum: the first is about several ids. */
int db_vulnerability_decode(const struct db_tables *t, struct str bytes, struct arena *a, struct vulnerability *ret, struct u32_vec *ret_texts,
			    bool *ret_first_is_erratum, struct error *err);
/* 0 or ERR_NOT_FOUND. */
int db_epss_find(struct str table, struct str id, double *ret_score, double *ret_percentile);
/* (year - 1990) << 26 | number; 0 when the id is no CVE id. */
uint32_t db_epss_key(struct str id);

/* Keys, built in a buffer of DB_KEY_BUFFER bytes; empty when a name is too long to be one (nothing is filed under it then). */
#define DB_KEY_BUFFER (DB_KEY_MAX + 8)
struct str db_package_key(char buffer[DB_KEY_BUFFER], struct str ecosystem, struct str name);
struct str db_vulnerability_key(char buffer[DB_KEY_BUFFER], struct str id);
struct str db_text_key(char buffer[DB_KEY_BUFFER], uint32_t index);

/* A decompressed 'X' value: description and references (views into it); references that name another CVE than `id` are left out when
 * `erratum`. Appends references that are not there yet. */
int db_text_decode(struct str text, bool erratum, struct arena *a, struct vulnerability *v, struct error *err);
#define DB_TEXT_MAX (1u << 20) /* bytes of one decompressed text */
#endif
