/* Inside of the database builder: what build.c (intake), build_strings.c (numbers), build_load.c (reading an old database back) and build_write.c (sorting and writing)
 * share. Strings, ids, packages and groups are numbered as they come; texts are compressed frames once a dictionary exists. */
#ifndef SOURCE_ADVISORYDB_BUILD_PRIVATE_H
#define SOURCE_ADVISORYDB_BUILD_PRIVATE_H
#include <zstd.h>

#include "base/map.h"
#include "source/advisorydb/advisorydb_build.h"
#include "source/advisorydb/advisorydb_map.h"

/* Strings numbered from 0 in order of arrival; number 0 is "". */
struct b_string {
	struct str s;
	uint32_t epoch, offset; /* where it stands in the record being written; while records come in, offset is its hash */
};
VEC_DECLARE(b_string_vec, struct b_string);

struct b_source {
	uint32_t key, name, url, updated; /* strings */
	bool used;
};
VEC_DECLARE(b_source_vec, struct b_source);
struct b_unit {
	uint32_t key, updated; /* strings */
	enum db_merge merge;
	uint16_t rank;
	bool by_record, replaced, used;
	uint32_t order;        /* rank among all units, filled when writing */
	uint32_t records;
};
VEC_DECLARE(b_unit_vec, struct b_unit);
struct b_group {
	uint32_t unit, source, record, arch, module;
	uint8_t status, severity;
	uint32_t range_first, range_count, version_first, version_count, fixed_first, fixed_count;
	uint32_t epoch, local; /* number in the record being written */
};
VEC_DECLARE(b_group_vec, struct b_group);
struct b_entry {
	uint64_t order; /* filled when writing */
	uint32_t package, vulnerability, group, sequence;
};
VEC_DECLARE(b_entry_vec, struct b_entry);
struct b_part {
	uint64_t order;
	uint32_t vulnerability, unit, source, record, sequence;
	uint16_t precedence;
	uint8_t severity, flags;
	uint32_t title, published, modified, kev_added, kev_due, text; /* text: number or DB_NONE */
	uint32_t alias_first, alias_count, cwe_first, cwe_count, cvss_first, cvss_count;
};
VEC_DECLARE(b_part_vec, struct b_part);
VEC_DECLARE(b_range_vec, struct db_range); /* strings by number */
VEC_DECLARE(b_cvss_vec, struct db_cvss);
struct b_text {
	struct str bytes; /* frame, or raw while no dictionary exists */
	uint32_t index;   /* in the file; DB_NONE until assigned */
};
VEC_DECLARE(b_text_vec, struct b_text);
VEC_DECLARE(b_epss_vec, struct db_epss_row);

struct db_builder {
	struct arena arena, raw_arena;
	/* What finds numbers while records come in: slots of string numbers + 1; by string, the number + 1 of an id and of a package; what was seen. */
	struct arena number_arena;
	uint32_t *string_slots;
	size_t string_slot_count;
	struct u32_vec id_numbers, package_numbers;
	uint64_t *seen_slots;
	size_t seen_slot_count, seen_n;
	struct map text_map;
	struct str now;
	bool has_old;
	struct db_map old;
	struct b_string_vec strings;
	struct u32_vec ids, packages; /* string numbers; a package's is "ecosystem NUL name" */
	struct b_source_vec sources;
	struct b_unit_vec units;
	struct b_group_vec groups;
	struct b_entry_vec entries;
	struct b_range_vec ranges;
	struct u32_vec list; /* string numbers */
	struct b_part_vec parts;
	struct b_cvss_vec cvss;
	struct b_text_vec texts;
	char *raw; /* texts until there is a dictionary, raw_bytes of them */
	size_t raw_bytes;
	struct str dictionary;
	bool dictionary_ready;
	ZSTD_CCtx *zstd;
	ZSTD_CDict *cdict;
	struct b_epss_vec epss;
	bool epss_replaced;
	uint32_t epss_date;
};

int b_string(struct db_builder *b, struct str s, uint32_t *ret, struct error *err);
/* As b_string, under a number of its own even when it has one. */
int b_string_new(struct db_builder *b, struct str s, uint32_t *ret, struct error *err);
/* The number of a key in a list of strings of its own kind: ids, packages. */
int b_number(struct db_builder *b, struct u32_vec *numbers, struct u32_vec *list, struct str key, uint32_t *ret, struct error *err);
/* db_builder_seen; and the question alone. */
int b_see(struct db_builder *b, uint32_t unit, struct str record, struct error *err);
bool b_was_seen(const struct db_builder *b, uint32_t unit, struct str record);
int b_add_entry(struct db_builder *b, struct str package_key, struct str id, uint32_t group, struct error *err);
/* Numbers a frame that is compressed already with the builder's dictionary. */
int b_add_frame(struct db_builder *b, struct str frame, uint32_t *ret, struct error *err);
/* Makes the dictionary if there is none yet and compresses what is still raw. */
int b_finish_texts(struct db_builder *b, struct error *err);
/* All is in: strings are no longer looked up (b_string, b_number, b_add_… and b_see must not be called any more). */
void b_forget_numbers(struct db_builder *b);
/* Adds what of the old database is neither replaced nor seen again. */
int b_load_old(struct db_builder *b, struct error *err);
static inline struct str b_text_of(const struct db_builder *b, uint32_t string)
{
	return b->strings.v[string].s;
}
#endif
