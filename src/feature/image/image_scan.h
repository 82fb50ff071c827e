/* The scan of a container image or an installed system, whole: source -> layers -> packages -> matching -> report.
 *
 *   ref ──image_source──> layers ──analyzers──> image_facts ──matching(database)──> struct report
 *
 * The report holds EVERYTHING that was found: ignore rules, the severity filter and gates are the caller's (engine/judge), so that they are
 * the same for every feature. What is end of life, unknown, unreadable or without data is a finding (FINDING_END_OF_LIFE, _NO_DATA,
 * _UNREADABLE), never a reason to fail; a scan fails only when there is nothing to judge (the reference can't be read, no memory,
 * timeout, a database that was asked for by name is missing or damaged).
 *
 * Ownership: strings of the report lie on the arena or in the database's map: image_scan_release after the report was written, before
 * arena_release. Not thread-safe for one arena; several scans on several arenas may run side by side.
 * Errors: ERR_USAGE (no such reference, platform …), ERR_NOT_FOUND, ERR_FORMAT, ERR_LIMIT, ERR_DIGEST, ERR_AUTH, ERR_NETWORK, ERR_CORRUPT, ERR_TIMEOUT,
 * ERR_CANCELLED; ERR_NOMEM, ERR_SYSTEM, ERR_INTERNAL are failures of our own. */
#ifndef FEATURE_IMAGE_SCAN_H
#define FEATURE_IMAGE_SCAN_H
#include "base/error.h"
#include "format/sbom/facts.h"
#include "model/finding.h"

/* What is looked for; a set. */
enum image_scanner {
	IMAGE_SCAN_VULN = 1,
	IMAGE_SCAN_SECRET = 2,
	IMAGE_SCAN_LICENSE = 4,
	IMAGE_SCAN_MISCONFIG = 8,
};
struct image_scan_options {
	/* what */
	struct str ref;              /* image reference, file or directory */
	bool input;                  /* --input: ref is a file or directory, whatever it looks like */
	const struct sbom_facts *bill; /* judge what this bill of materials lists, read beforehand, instead of reading ref; borrowed as long as the report */
	bool is_rootfs;              /* ref is the root directory of an installed system (bulkhead rootfs) */
	struct str platform;         /* "linux/arm64/v8"; empty: this machine's */
	struct str_vec sources;      /* "docker", "containerd", "podman", "remote": where a reference without a prefix is looked for, in order; none: "remote" */
	struct str containerd_root, containerd_namespace, docker_root, docker_host, podman_root; /* empty: the usual places (image_source.h) */
	/* reaching it */
	bool offline;                /* refuse to use the network */
	struct str username, password, registry_token; /* empty: ~/.docker/config.json decides */
	struct str credentials_for;  /* the image they are for: no other registry gets them; empty: ref, when that is no file */
	bool insecure;               /* plain HTTP and unchecked certificates are accepted */
	struct str ca_file;          /* PEM file of a private CA; empty: the system's */
	struct str client_cert, client_key; /* PEM files for registries that ask for a certificate; key empty: in client_cert */
	struct str credentials_file; /* Docker's config.json form; empty: the usual places */
	struct str_vec mirrors;      /* "PREFIX=URL" */
	unsigned retries;            /* further tries after a failed request */
	/* what to look at, and for */
	unsigned scanners;           /* set of enum image_scanner; without IMAGE_SCAN_VULN no database is opened */
	struct str_vec skip_dirs, skip_files; /* globs (str_glob) of paths inside the image; no leading '/' */
	enum scan_depth depth;       /* all but SCAN_NORMAL read lock files too, whatever lock_files says */
	bool file_digests;           /* SHA-1 of each jar (package.digest): reads them whole, for a deep look or a bill of materials */
	bool lock_files;             /* read lock files too (package_kind_info.lock_file) */
	struct str_vec bases;        /* images that this one may be built on: references, archives, JSON reports; only their layers' identities are read */
	struct str secret_config;    /* IMAGE_SCAN_SECRET: file of further rules (format/secretfile); empty: none */
	struct str_vec license_allow, license_deny; /* IMAGE_SCAN_LICENSE: items of engine/license */
	/* how to judge */
	struct str db_path;          /* database file */
	bool db_required;            /* db_path was asked for by name: ERR_NOT_FOUND when it is missing; else the starter database is used then */
	bool judge_owned;            /* language packages owned by an OS package are also matched with their own ecosystem */
	bool include_dev;            /* development-only dependencies too */
	int64_t today;               /* days since 1970-01-01 UTC: end of life, age of the database */
	struct str created;          /* RFC 3339, becomes report.created */
	const char *const *severity_order; /* as matching_options; NULL: default */
	/* means */
	struct str cache_dir;        /* layer cache; empty: none (--no-cache) */
	struct layer_memory *memory; /* layers shared with the other images of this run (source/layer/layer.h); NULL: none */
	unsigned workers;            /* 0: as many as the cgroup's processors allow */
	uint64_t timeout_ms;         /* for the whole scan, 0: none */
	/* Called now and then, also from other threads (one call at a time): what is done (a layer's name …), bytes done and total (0 unknown).
	 * Non-zero cancels (ERR_CANCELLED). May be NULL. */
	int (*progress)(void *ctx, struct str what, uint64_t done, uint64_t total);
	void *progress_ctx;
};

/* Findings are sorted (finding_sort) and none is suppressed yet; diagnostics are in ret->facts.diags; ret->notices says what people must know
 * of the data used (stale or starter database). */
int image_scan(struct arena *a, const struct image_scan_options *opt, struct report *ret, struct error *err);
/* References of all tags of a registry's repository, opt->ref; *ret_skipped: tags that are no images but signatures and the like. */
int image_scan_tags(struct arena *a, const struct image_scan_options *opt, struct str_vec *ret, size_t *ret_skipped, struct error *err);
/* Closes the database a report reads from. Safe on a zeroed report. */
void image_scan_release(struct report *r);
#endif
