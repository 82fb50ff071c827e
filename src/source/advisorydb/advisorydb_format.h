/* Layout of the advisory database, format version 1. One LMDB file with one unnamed database; the first byte of a key says what it holds:
 *
 *   'A' ecosystem NUL name   package record: every advisory of one package ("ADebian:11\0openssl")
 *   'D'                      zstd dictionary for 'X' values (may be absent)
 *   'E'                      EPSS table: epss_row[], sorted by key
 *   'I'                      id table: u32 count, u32 offset[count + 1], bytes: all vulnerability ids, sorted; records name them by index
 *   'M'                      meta record
 *   'V' id                   vulnerability record: what each source says about one id
 *   'X' index (u32, big endian)   zstd frame: u32 description bytes, description, references separated by '\n'
 *
 * Numbers are little-endian, at any alignment (LMDB aligns to 2). A record is: header, arrays in the order of the header's counts, u32 list
 * (elements of string lists and the like), string pool. A string reference is an offset into the pool, where u16 length and bytes stand;
 * 0 is the empty string. Keys are at most DB_KEY_MAX bytes (LMDB takes 511): what has a longer name is refused by the import.
 * Every reader checks every offset and count against the record: the file may be damaged or hostile.
 *
 * Entries of a package record are sorted by id, then by rank and name of their unit, then by order in the feed; groups are shared
 * by the entries that say the same. A unit is what one import replaces as a whole ("debian:dsa", "osv:PyPI"). */
#ifndef SOURCE_ADVISORYDB_FORMAT_H
#define SOURCE_ADVISORYDB_FORMAT_H
#include "base/base.h"

#define DB_FORMAT_VERSION 1u
#define DB_MAGIC          0x31444b42u /* "BKD1" */
#define DB_KEY_MAX        480
#define DB_NONE           UINT32_MAX

struct db_package_header { /* then groups, entries, ranges, list, pool */
	uint32_t group_count, entry_count, range_count, list_count, pool_bytes;
};
struct db_group {
	uint16_t unit, source;             /* indexes into the meta record's tables */
	uint8_t status, severity;          /* enum advisory_status, enum severity */
	uint16_t range_count;
	uint32_t range_first;
	uint32_t version_first, version_count; /* in list: string references */
	uint32_t fixed_first;              /* in list: string references */
	uint32_t fixed_count;
	uint32_t record;                   /* string: the source's own id; empty: same as the vulnerability's */
	uint32_t arch, module;             /* strings */
};
struct db_entry {
	uint32_t vulnerability;            /* index into 'I' */
	uint32_t group;                    /* index, and DB_ENTRY_SHADOWED */
};
#define DB_ENTRY_SHADOWED 0x80000000u  /* another source of the same family says it better: kept for later imports, not shown */
struct db_range {
	uint32_t low, high;                /* strings */
	uint32_t flags;
};
#define DB_RANGE_LOW_OPEN    1u
#define DB_RANGE_HIGH_CLOSED 2u

struct db_vulnerability_header { /* then parts, cvss, list, pool */
	uint32_t part_count, cvss_count, list_count, pool_bytes;
};
struct db_part { /* what one record of one unit says */
	uint16_t unit, source;
	uint8_t severity, flags;
	uint16_t precedence;               /* lower comes first */
	uint32_t cvss_first, cvss_count;
	uint32_t record, title, published, modified; /* strings */
	uint32_t kev_added, kev_due;       /* strings */
	uint32_t text;                     /* index of an 'X' value or DB_NONE */
	uint32_t alias_first, alias_count, cwe_first, cwe_count; /* in list: string references */
};
#define DB_PART_WITHDRAWN      1u
#define DB_PART_KEV            2u
#define DB_PART_KEV_RANSOMWARE 4u
#define DB_PART_ERRATUM        8u  /* the record is about several ids: its text and references are not about this one alone */
#define DB_PART_NOTICE         16u /* the record announces a distribution's update: so does its text */
struct db_cvss {
	uint32_t vector;                   /* string */
	uint32_t version;                  /* 20, 30, 31, 40, or DB_CVSS_RATING: another source's word, without a vector */
	uint64_t score_bits;               /* IEEE 754 double; of a rating enum severity */
	uint32_t source;                   /* string: who rated, empty: the part's source */
	uint32_t spare;
};

#define DB_CVSS_RATING 0u
struct db_epss_row {
	uint32_t id;                       /* (year - 1990) << 26 | number */
	uint32_t score, percentile;        /* × 100000 */
};

struct db_meta_header { /* then sources, units, ecosystems, pool */
	uint32_t magic, version;
	uint32_t source_count, unit_count, ecosystem_count, pool_bytes;
	uint32_t built, newest, epss_date; /* strings */
	uint32_t text_count, epss_count, kev_count;
	uint64_t advisory_count, vulnerability_count, package_count;
};
struct db_source {
	uint32_t key, name, url, updated;  /* strings */
};
struct db_unit {
	uint32_t key;                      /* string */
	uint16_t merge, rank;              /* enum db_merge, and DB_UNIT_BY_RECORD */
	uint32_t updated;                  /* string */
	uint32_t spare;
};
#define DB_UNIT_BY_RECORD 0x100u   /* records are ordered by id, not by their place in the feed */
struct db_ecosystem {
	uint32_t name;                     /* string */
	uint32_t packages;
	uint64_t advisories;
};
_Static_assert(sizeof(struct db_package_header) == 20 && sizeof(struct db_group) == 40 && sizeof(struct db_entry) == 8 && sizeof(struct db_range) == 12,
	       "package record layout");
_Static_assert(sizeof(struct db_vulnerability_header) == 16 && sizeof(struct db_part) == 60 && sizeof(struct db_cvss) == 24, "vulnerability record layout");
_Static_assert(sizeof(struct db_meta_header) == 72 && sizeof(struct db_source) == 16 && sizeof(struct db_unit) == 16 && sizeof(struct db_ecosystem) == 16,
	       "meta record layout");
_Static_assert(sizeof(struct db_epss_row) == 12, "EPSS row layout");
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the database is read and written in place: little-endian machines only"
#endif

/* How several statements about the same (package, id) go together. */
enum db_merge {
	DB_MERGE_UNION, /* language feeds: affected when any says so; ranges and fixed versions are joined */
	DB_MERGE_FIRST, /* newest-first lists: the first statement of the best-ranked unit of the family holds */
	DB_MERGE_LAST,  /* errata: the last record (by id) of the same module stream and architecture holds */
};
#endif
