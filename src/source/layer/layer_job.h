/* One layer (or directory) through one worker: the conversation between the trusted side and the process that reads hostile bytes.
 *
 *   direct   uncompressed bytes that need no hash: the worker reads the file itself, and only the parts it wants
 *   fed      all else: the trusted side reads each piece once, hashes it, and shows it to the worker in shared memory; so what was hashed is
 *            what was analysed, whatever happens to the file meanwhile
 *
 *   trusted                         worker
 *   DATA slot, length   ───────>    reads it in place           (length 0: the end)
 *                       <───────    FREE slot
 *                       <───────    REWIND; RESTART ───────>    (second walk: everything again, hashed again)
 *                       <───────    FACTS bytes | FAILED code, text
 *
 * The bytes of FACTS are checked by facts_decode; any other nonsense ends the worker. */
#ifndef SOURCE_LAYER_JOB_H
#define SOURCE_LAYER_JOB_H
#include "source/image/image_source.h"
#include "source/layer/layer.h"
#include "source/layer/walk.h"

struct layer_job {
	const struct layer_blob *blob;   /* NULL: a directory */
	int dir_fd;                      /* of the directory */
	struct walk_options walk;
	bool in_process;                 /* no worker (layer_options.no_sandbox) */
	struct str spool_dir;
	const struct str *secrets;       /* worker.h */
	size_t secret_count;
	int64_t deadline_ns;             /* CLOCK_MONOTONIC, 0: none */
	/* Bytes of the layer (entries of the directory) so far; non-zero cancels. May be NULL. */
	int (*tick)(void *ctx, uint64_t done);
	/* Room for the answer. NULL: no memory. */
	void *(*alloc)(void *ctx, size_t n);
	void *ctx;
};
struct layer_answer {
	struct str facts;  /* encoded, not yet checked */
	bool hashed;       /* the stored bytes were hashed here and are what blob->expect_digest says */
	unsigned measures; /* of the worker's confinement that held (enum sandbox_measure) */
};
/* Errors: of the layer (ERR_FORMAT, ERR_LIMIT, ERR_CRASHED, ERR_DIGEST …), or ERR_TIMEOUT, ERR_CANCELLED; *ret_own is set for failures of
 * our own (no worker, no memory). */
int layer_job_run(const struct layer_job *job, struct layer_answer *ret, bool *ret_own, struct error *err);
#endif
