/* Advisory feeds: bytes of a downloaded feed -> one stream of records, whatever the format. Each format has one reader of the same shape
 * (table feed_formats in feed.c); the kind of a file is recognised by its content, its name only settles what the content leaves open.
 *
 *   feed file -> feed_recognise -> reader -> sink->record(feed_record) for every advisory, sink->epss(…) for every EPSS row
 *
 * A record says what one source publishes under one id: the vulnerabilities it is about, the packages and versions they affect, and what is
 * known about them. Everything in it is borrowed until the callback returns. Readers know formats only: constraint texts ("~> 1.2.3") are
 * handed on as text, because reading them needs an ecosystem's version order.
 *
 * A record that cannot be read is a diagnostic (DIAG_UNREADABLE with file and line) and is counted in the sink; it never ends the
 * file. Only a file that makes no sense as a whole, a sink that fails, or lack of memory do. Limits: FEED_… below. */
#ifndef FORMAT_FEEDS_FEED_H
#define FORMAT_FEEDS_FEED_H
#include "base/diag.h"
#include "base/error.h"
#include "model/advisory.h"

struct feed_affected {
	struct str ecosystem;             /* as OSV spells it ("PyPI", "Debian:11") */
	struct str name;                  /* as written */
	struct advisory_range_vec ranges; /* from events */
	struct str_vec versions;          /* listed one by one */
	struct str_vec fixed;
	struct str_vec constraints;       /* affected when any of these texts (version_parse_constraint) holds the version */
	struct str_vec unaffected;        /* … or, when this list has entries: affected unless any of these holds it (RubySec) */
	bool all_versions;                /* affected whatever the version, no fix known */
	enum advisory_status status;
	enum severity severity;           /* the source's own for this package */
	struct str arch, module;
	struct str vendor_id;             /* the vendor's advisory, where it is not the record's id */
	uint32_t line;
};
VEC_DECLARE(feed_affected_vec, struct feed_affected);

struct feed_record {
	struct str id;           /* the source's own */
	struct str unit;         /* what an import replaces as a whole: "osv:PyPI", "debian:dsa" (feed_unit_… in feed.c) */
	struct str source;       /* key of feed_source_by_key */
	struct str source_name, source_url; /* for keys that are not known there */
	struct str_vec ids;      /* the vulnerabilities: CVE ids where there are any, else the own id */
	struct feed_affected_vec affected;
	struct str title, description;
	struct str_vec references, aliases, cwes;
	struct cvss_vec cvss;    /* score < 0: to be computed from the vector; source empty: the record's */
	enum severity severity;  /* stated in words */
	struct source_severity_vec ratings; /* stated by others than the source (trivy.db passes on many) */
	struct str published, modified; /* RFC 3339 or YYYY-MM-DD; "" unknown */
	bool withdrawn;
	bool kev, kev_ransomware;
	struct str kev_added, kev_due;
	uint32_t line;
};

/* When the record was last changed, as far as it tells: modified, else published, else added to KEV; else no more than the year in its own
 * id ("2026": the Go database writes year 1 into every date); "" unknown. */
struct str feed_record_date(const struct feed_record *rec);

struct feed_sink {
	void *ctx;
	int (*record)(void *ctx, const struct feed_record *rec, struct error *err);
	int (*epss)(void *ctx, struct str id, double score, double percentile, struct error *err); /* may be NULL */
	struct diags *diags;
	uint64_t records;     /* given to record() or epss() */
	uint64_t unreadable;  /* could not be read: each has a DIAG_UNREADABLE */
	uint64_t passed_over; /* understood, but no advisory (withdrawn, comments, documents of another kind) */
	struct str data_date; /* stated by the feed as a whole ("2023-03-29"), "" when not; copied to diags->arena */
};

enum feed_kind {
	FEED_UNKNOWN,
	FEED_OSV,            /* one record, an array, JSON lines */
	FEED_DEBIAN_LIST,    /* DSA, DLA, DTSA list */
	FEED_DEBIAN_CONFIG,  /* security tracker's config.json: release names */
	FEED_DEBIAN_TRACKER, /* security-tracker.debian.org/tracker/data/json */
	FEED_ALPINE,         /* secdb, native or JSON lines with key `file` */
	FEED_RUBYSEC,
	FEED_PHP,            /* FriendsOfPHP/security-advisories */
	FEED_KEV,
	FEED_EPSS,
	FEED_NVD,
	FEED_TRIVY_DB,       /* bbolt file */
	FEED_TRIVY_METADATA, /* metadata.json beside it */
	FEED_STARTER,        /* Bulkhead's own table (starter.c) */
	FEED_ZIP,            /* members are feeds themselves */
	FEED_TAR,
	FEED_KIND_COUNT
};

#define FEED_RECORD_BYTES_MAX (64u << 20)
#define FEED_IDS_MAX          5000 /* vulnerabilities of one record */
#define FEED_AFFECTED_MAX     100000

/* What readers share between files of one import: names of Debian releases. */
struct feed_context {
	struct arena *arena; /* lives as long as the import */
	struct str debian_releases; /* "bullseye 11\n…" from config.json, before the built-in table */
};

/* name: file name without compression suffix. FEED_UNKNOWN when nothing fits. */
enum feed_kind feed_recognise(struct str name, struct str content);
const char *feed_kind_name(enum feed_kind kind);
/* Reads a whole file of a kind other than zip and tar. scratch is cleared between records. */
int feed_read(enum feed_kind kind, struct feed_context *ctx, struct arena *scratch, struct str name, struct str content, struct feed_sink *sink,
	      struct error *err);

/* Who publishes: keys are Trivy's where it has one. */
struct feed_source {
	const char *key, *name, *url;
};
const struct feed_source *feed_source_by_key(struct str key); /* NULL: unknown */
extern const struct feed_source feed_sources[];
extern const size_t feed_source_count;

/* "AlmaLinux:8" -> "AlmaLinux". */
struct str feed_ecosystem_family(struct str ecosystem);
/* True for PyPI, npm, Go …: packages of a language, not of a distribution. */
bool feed_ecosystem_is_language(struct str ecosystem);
bool feed_is_cve(struct str id);
/* Readers, one file each. */
typedef int feed_reader(struct feed_context *ctx, struct arena *scratch, struct str name, struct str content, struct feed_sink *sink, struct error *err);
feed_reader feed_read_osv, feed_read_debian_list, feed_read_debian_config, feed_read_debian_tracker, feed_read_alpine, feed_read_rubysec, feed_read_php,
	feed_read_kev, feed_read_epss, feed_read_nvd, feed_read_trivy_db, feed_read_trivy_metadata, feed_read_starter;
#endif
