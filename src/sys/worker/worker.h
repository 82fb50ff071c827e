/* A worker: a process of our own, forked, stripped of every right (sandbox.h) and used for one job on hostile bytes. One job a process, so that
 * bytes that take it over can falsify nothing but the answer about themselves.
 *
 *   parent                                            worker
 *   worker_start(&w, opt, fn, ctx) ──fork──> sandbox_enter; fn(&side, ctx); exit
 *   channel_receive(w.fd, …)       <──────── channel_send(side.fd, …)      framed messages over a socket pair
 *   w.shared                       <───────> side.shared                   memory both see: status, and room for the job
 *   worker_finish(&w, …)                     killed if it still runs; how it ended
 *
 * Messages: a 16-byte header (type, length) and that many bytes. The parent must take every length and byte that comes from a worker,
 * and all of the shared memory, as hostile. Calls with a deadline return ERR_TIMEOUT and may be repeated only before a message's first byte.
 * Errors: ERR_SYSTEM (fork, socket …), ERR_CRASHED (the other side is gone). Cost: 0.2 to 0.4 ms a worker. worker_start is thread-safe: fn must
 * not need locks that other threads may hold, other than malloc's. */
#ifndef SYS_WORKER_H
#define SYS_WORKER_H
#include <sys/types.h>

#include "base/error.h"
#include "sys/worker/sandbox.h"

#define WORKER_DOING_MAX 1000

/* What a worker tells about itself while it works; the parent reads it without asking. */
struct worker_status {
	uint64_t done;     /* the job's own measure of progress */
	uint32_t measures; /* enum sandbox_measure: which hold; SANDBOX_ALL normally */
	uint32_t doing_n;
	char doing[WORKER_DOING_MAX]; /* what it reads just now */
};
struct worker_side {
	int fd;
	struct worker_status *status;
	void *shared;
};
typedef void worker_fn(struct worker_side *side, void *ctx);

struct worker_options {
	struct sandbox_options sandbox;
	const int *fds;      /* descriptors that stay open under their numbers; all others are closed */
	size_t fd_count;     /* at most 8 */
	/* Passwords and tokens that the parent was given: overwritten in the worker, which is a copy of the parent, before anything else; so are the
	 * values of all environment variables but our own BULKHEAD_… (options may lie there). */
	const struct str *secrets;
	size_t secret_count;
	size_t shared_bytes; /* at w->shared, zeroed, seen by both */
};
struct worker {
	pid_t pid; /* 0: none */
	int fd;
	struct worker_status *status;
	void *shared;
	size_t map_bytes;
};
int worker_start(struct worker *w, const struct worker_options *opt, worker_fn *fn, void *ctx, struct error *err);
/* Ends it (kill: at once, else it is given the time it needs to exit by itself), releases everything. 0 when it had exited by itself,
 * ERR_CRASHED with "killed by SIGSEGV …, while reading X" otherwise (also when it was killed here). Safe on a zeroed struct. */
int worker_finish(struct worker *w, bool kill_it, struct error *err);
/* In the worker: what is being read now (shown when it dies). */
void worker_doing(struct worker_side *side, struct str what);

struct message {
	uint32_t type, spare;
	uint64_t bytes;
};
_Static_assert(sizeof(struct message) == 16, "sent between processes");
/* The pieces, one after the other, as one message. */
int channel_send(int fd, uint32_t type, const struct str *pieces, size_t piece_count, struct error *err);
/* The next header; deadline_ns on CLOCK_MONOTONIC, 0: none (then no poll). */
int channel_receive(int fd, struct message *ret, int64_t deadline_ns, struct error *err);
/* Exactly n bytes of its body. */
int channel_receive_bytes(int fd, void *dst, size_t n, int64_t deadline_ns, struct error *err);
/* CLOCK_MONOTONIC in ns. */
int64_t monotonic_ns(void);
#endif
