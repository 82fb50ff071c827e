/* The advisory database as people handle it: import feeds, update from the network, write a copy to host, say what is in it. This is the whole
 * interface behind `bulkhead db import|update|build|info|show`; nothing here prints.
 *
 *   feed files ──recognise, read──> records ──resolve versions and names──> builder ──> FILE.new ──rename──> FILE
 *
 * An import goes on from the database that is there (unless `fresh`) and replaces what the feeds given now contain: whole-file feeds (Debian
 * lists and tracker, one secdb release, RubySec, FriendsOfPHP, KEV, EPSS, trivy.db) replace their unit, OSV and NVD records
 * replace the record of the same id. The file is written beside its place and renamed: any failure leaves the last good database as it
 * was. The same feeds into the same database give the same bytes (the date comes from `now`). One import at a time: others wait
 * on a lock of the folder. Ownership: results are on the arena. Not thread-safe for one arena.
 * Errors: ERR_NOT_FOUND (a feed or database is missing), ERR_FORMAT (a named file is no feed, or senseless as a whole), ERR_CORRUPT (the
 * database to go on from is damaged: `fresh` starts over), ERR_NETWORK, ERR_LIMIT, ERR_SYSTEM, ERR_NOMEM.
 * Cost: about 1.5 s CPU for 40 MB of feeds. */
#ifndef FEATURE_ADVISORIES_H
#define FEATURE_ADVISORIES_H
#include "base/diag.h"
#include "base/error.h"
#include "model/finding.h"

struct advisories_options {
	bool fresh;     /* start from an empty database */
	struct str now; /* RFC 3339, the date of building; empty: SOURCE_DATE_EPOCH, else the clock */
	/* Called before each file or source; non-zero cancels. May be NULL. */
	int (*progress)(void *ctx, struct str what, uint64_t done, uint64_t total);
	void *progress_ctx;
};

/* What one feed file (or update source) gave. */
struct advisories_file {
	struct str path;       /* "…/all.zip", a source's name for updates */
	struct str kind;       /* "OSV", "Debian advisory list" … ; "" when it was no feed (only files found in folders) */
	uint64_t records;      /* read */
	uint64_t unreadable;   /* records that could not be read; diags say where */
	uint64_t passed_over;  /* withdrawn, or no advisory */
	struct str data_date;  /* newest date in it, "" unknown */
	/* updates only */
	bool unchanged;        /* the server says nothing is new, or the same bytes came */
	int code;              /* 0, or why this source failed; the others went on */
	struct str error;      /* text of that failure */
	uint64_t downloaded;   /* bytes */
};
VEC_DECLARE(advisories_file_vec, struct advisories_file);

struct advisories_summary {
	struct advisories_file_vec files;
	struct diags diags;    /* notes, warnings, unreadable records with file and line */
	uint64_t records, unreadable, passed_over;
	uint64_t advisories, vulnerabilities, packages; /* in the database now */
	uint64_t file_bytes;
	uint64_t failed;       /* update sources that failed */
	bool written;          /* a new database is in place */
};

/* Paths are files (plain, .gz, .zst; zip dumps; tar with trivy.db) or folders, which are searched for feeds; "-" is not special. */
int advisories_import(struct arena *a, const struct str *paths, size_t path_count, struct str db_path, const struct advisories_options *opt,
		      struct advisories_summary *ret, struct error *err);

/* ---- update: fetch what is configured, then import it -------------------------------------------------------------------------------- */

/* One configured source (keys `db.source.NAME.url`, data/defaults.conf has the public ones). */
struct advisories_source {
	struct str name;      /* "osv", "debian", "kev" …: shown in the summary, names its files in the state folder */
	struct str url;       /* http(s)://…, file://… or a path, oci://REGISTRY/REPOSITORY:TAG (a database artifact, ours or Trivy's).
				 "{value}" in it stands for each of `values` in turn */
	struct str_vec values;
	bool disabled;
};
VEC_DECLARE(advisories_source_vec, struct advisories_source);

struct advisories_update_options {
	struct advisories_options base;       /* fresh: forget the database that is there (downloads are kept) */
	struct advisories_source_vec sources; /* empty: the built-in ones (advisories_default_sources) */
	struct str database;    /* a ready-made database to take instead of all sources: URL or path of a file that `db build` wrote
				   (plain, .zst, .gz), or oci://… */
	struct str mirror;      /* "https://mirror.example/feeds": every http(s) source URL becomes MIRROR/HOST/PATH. Empty: none */
	struct str state_dir;   /* downloads, half-done ones too, and their ETags; kept between runs */
	bool force;             /* fetch and import even what the server says has not changed */
	bool offline;           /* only import what is in the state folder already */
	struct str username, password, registry_token; /* for oci://; empty: ~/.docker/config.json */
	struct str ca_file;     /* PEM file of a private CA; empty: the system's */
	bool insecure;          /* plain HTTP and unchecked certificates are accepted */
};
/* Fails (and leaves the database alone) only when nothing at all could be fetched or imported; sources that failed alone are in
 * ret->files[i].code and .error, and ret->failed counts them. Unchanged sources are not imported again. */
int advisories_update(struct arena *a, struct str db_path, const struct advisories_update_options *opt, struct advisories_summary *ret, struct error *err);
/* The sources of data/defaults.conf; overridden per key by the caller's own settings: get(ctx, "db.source.osv.url") returns the user's value or
 * an empty string ("-" disables a source). get may be NULL. */
int advisories_default_sources(struct arena *a, struct str (*get)(void *ctx, struct str key), void *ctx, struct advisories_source_vec *ret,
			       struct error *err);

/* ---- build, info, show --------------------------------------------------------------------------------------------------------------- */

/* Writes a checked, compact copy for hosting: every record is read and written anew. `out` ending in .zst or .gz is compressed. Same
 * database, same bytes. *ret_bytes is the size of the result. */
int advisories_build(struct arena *a, struct str db_path, struct str out, uint64_t *ret_bytes, struct error *err);

struct advisories_info {
	struct str path;         /* "" for the starter database */
	bool starter;
	uint32_t format_version;
	struct str built;        /* RFC 3339 */
	struct str newest_data;
	int64_t age_days;        /* of `built` at `today`; -1 unknown */
	uint64_t advisories, vulnerabilities, packages, kev, epss, file_bytes;
	struct str epss_date;
	struct data_source *sources;   /* sorted by key */
	size_t source_count;
	struct str *ecosystems;        /* sorted */
	uint64_t *ecosystem_advisories;
	size_t ecosystem_count;
};
/* today: days since 1970-01-01. An empty db_path means the built-in starter database. */
int advisories_info(struct arena *a, struct str db_path, int64_t today, struct advisories_info *ret, struct error *err);

struct advisories_row {
	struct str ecosystem, package;
	struct advisory advisory;
	enum severity severity;        /* as a scan would show it, and which source said so */
	struct str severity_source;
};
VEC_DECLARE(advisories_row_vec, struct advisories_row);
struct advisories_show {
	bool is_package;               /* the query named a package: rows are its advisories; else one vulnerability */
	struct vulnerability vulnerability; /* when !is_package */
	struct advisories_row_vec rows;/* sorted by ecosystem, package, id */
};
/* query: an id ("CVE-2023-0286", "GHSA-…"), a package name in any ecosystem ("openssl"), ecosystem and name ("Debian:11/openssl", "npm/@scope/x"), or a
 * purl with or without version (with one: only advisories that hit it). ERR_NOT_FOUND when the database has neither. */
int advisories_show(struct arena *a, struct str db_path, struct str query, struct advisories_show *ret, struct error *err);
#endif
