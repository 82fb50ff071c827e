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
#endif
