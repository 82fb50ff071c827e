/* Layers -> facts. A layer's bytes are decompressed, walked as tar and handed to the analyzers (analyzer.c: one table of path patterns and
 * parsers) inside a worker process without privileges; the trusted side hashes the same bytes when a digest is stated, and looks into
 * and fills the cache. Several layers are worked on side by side. */
#ifndef SOURCE_LAYER_H
#define SOURCE_LAYER_H
#include "base/error.h"
#include "model/image.h"
#include "source/image/image_source.h"
#include "source/layer/analyzer.h"

/* The file (folder, when both end in '/') at `real` is also what rows with places want at `place`: symbolic links of the image lead there. */
struct walk_alias {
	struct str place, real;
};
VEC_DECLARE(walk_alias_vec, struct walk_alias);

struct layer_memory;
struct layer_options {
	struct str cache_dir;         /* empty: no cache */
	struct layer_memory *memory;  /* what further images of this run share; NULL: none */
	unsigned workers;             /* 0: as many as processors the cgroup allows, at most the number of layers */
	const struct str *skip_dirs;  /* globs (str_glob) of paths that are not looked at */
	size_t skip_dirs_count;
	const struct str *skip_files;
	size_t skip_files_count;
	enum scan_depth depth;
	bool lock_files;              /* SCAN_NORMAL: lock files too; what is wrong in one is told only then */
	const struct analyzer *scanners; /* further rows beside those of analyzer.c: FACTS_OBSERVATIONS (analyzer.h) */
	size_t scanner_count;
	const struct walk_alias *aliases; /* files that are read as if they lay elsewhere */
	size_t alias_count;
	const struct str *secrets; /* passwords and tokens: not in the workers' memory */
	size_t secret_count;
	bool file_digests;            /* SHA-1 of archives into package.digest; costs a read of each whole archive */
	bool no_sandbox;              /* debugging only: analyse in this process */
	uint64_t max_unpacked_bytes;  /* per layer, 0: default */
	unsigned timeout_s;           /* for the whole call, 0: none */
	int (*progress)(void *ctx, struct str what, uint64_t done, uint64_t total);
	void *progress_ctx;
};

/* Reads every layer. ret_facts[i] (arena) is NULL when layer i could not be read at all; errors[i] then says why (an "unreadable" finding, not
 * the end of the scan). Returns negative only for failures of our own (no memory, no worker could be started, timeout, cancelled). */
int layers_analyze(struct arena *a, struct image_source *src, const struct layer_options *opt, const struct layer_facts **ret_facts,
		   struct error *errors, struct error *err);
/* A directory tree as one layer (bulkhead rootfs / fs). Symbolic links are not followed out of the root; other file systems are entered. */
int rootfs_analyze(struct arena *a, struct str dir, const struct layer_options *opt, const struct layer_facts **ret, struct error *err);

/* Layers that several images of one run have in common are read once: facts by the same keys as in the cache directory, for as long as this lives; what is kept on disk
 * is not kept here. Folders of engines are known by their identity here, and only here: within a run a store counts as unchanged. Facts that layers_analyze gives
 * may point into it. At most 512 MiB, then it takes no more. Thread-safe. */
int layer_memory_new(struct layer_memory **ret, struct error *err);
struct layer_memory *layer_memory_free(struct layer_memory *m); /* NULL-safe, returns NULL */

/* Facts as bytes: the worker's answer and the cache entry (facts_codec.c, versioned). Decoding checks every length and count. */
struct buf;
int facts_encode(const struct layer_facts *f, struct buf *out, struct error *err);
int facts_decode(struct arena *a, struct str bytes, struct layer_facts *ret, struct error *err);
#endif
