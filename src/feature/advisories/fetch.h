/* Fetching one feed into the state folder. For this folder only.
 *
 *   STATE/NAME-HASH        the last whole download (HASH: of the URL)
 *   STATE/NAME-HASH.part   a download that broke off; resumed when the server still has the same ETag
 *   STATE/NAME-HASH.meta   "key value" lines: url, etag, modified, part-etag, imported (database into which it went)
 *
 * The whole file is only replaced by a whole file. http(s) goes by ETag and If-Modified-Since, oci:// by the manifest's digest, local
 * files by identity. One update at a time for a folder. */
#ifndef FEATURE_ADVISORIES_FETCH_H
#define FEATURE_ADVISORIES_FETCH_H
#include "feature/advisories/advisories.h"
#include "source/image/registry.h"

struct fetch {
	struct arena *arena;
	const struct advisories_update_options *opt;
	int dir_fd;
	struct str dir;
	struct http_client *http; /* made on first use */
	struct registry_options registry;
	struct http_tls tls;
	struct str what;          /* being fetched, for progress */
	struct str silent_host;   /* did not answer at all, however often it was asked: of its other addresses each is tried once */
};
struct fetched {
	struct str path;     /* of the whole file */
	struct str key;      /* "osv-0123456789abcdef": names its meta data */
	bool unchanged;      /* same as last time */
	uint64_t downloaded;
};

int fetch_open(struct arena *a, const struct advisories_update_options *opt, struct fetch *ret, struct error *err);
void fetch_close(struct fetch *f);
int fetch_url(struct fetch *f, struct str name, struct str url, struct fetched *ret, struct error *err);
/* Whether the file went into this database already; fetch_mark says so. */
bool fetch_imported(struct fetch *f, const struct fetched *file, struct str db_path);
int fetch_mark(struct fetch *f, const struct fetched *file, struct str db_path, struct error *err);
#endif
