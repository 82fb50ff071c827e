#include "sys/worker/worker.h"

#include <linux/close_range.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>

#define STATUS_BYTES 4096 /* one page; the job's shared memory follows */
_Static_assert(sizeof(struct worker_status) <= STATUS_BYTES, "the status fits its page");
#define FDS_MAX 8
#define OPEN_FILES_MAX (1u << 20) /* the kernel's own limit for a process, fs.nr_open */

int64_t monotonic_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* --- messages --- */

static int gone(struct error *err)
{
	return error_set(err, ERR_CRASHED, "the other process is gone");
}

int channel_send(int fd, uint32_t type, const struct str *pieces, size_t piece_count, struct error *err)
{
	struct message m = { .type = type };
	struct iovec iov[16];
	size_t n = 0, first = 0;
	if (piece_count > ARRAY_LEN(iov) - 1)
		return error_set(err, ERR_INTERNAL, "a message of %zu pieces", piece_count);
	iov[n++] = (struct iovec){ &m, sizeof(m) };
	for (size_t i = 0; i < piece_count; i++) {
		m.bytes += pieces[i].n;
		if (pieces[i].n)
			iov[n++] = (struct iovec){ (void *)(uintptr_t)pieces[i].p, pieces[i].n };
	}
	while (first < n) {
		struct msghdr h = { .msg_iov = iov + first, .msg_iovlen = n - first };
		ssize_t r = sendmsg(fd, &h, MSG_NOSIGNAL);
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return errno == EPIPE || errno == ECONNRESET ? gone(err) : error_set_errno(err, errno, "sendmsg");
		size_t sent = (size_t)r;
		while (first < n && sent >= iov[first].iov_len)
			sent -= iov[first++].iov_len;
		if (first < n) {
			iov[first].iov_base = (char *)iov[first].iov_base + sent;
			iov[first].iov_len -= sent;
		}
	}
	return 0;
}

int channel_receive_bytes(int fd, void *dst, size_t n, int64_t deadline_ns, struct error *err)
{
	for (size_t got = 0; got < n;) {
		/* Most of the time the bytes are there: ask before waiting. */
		ssize_t r = recv(fd, (char *)dst + got, n - got, deadline_ns ? MSG_DONTWAIT : 0);
		if (r > 0) {
			got += (size_t)r;
			continue;
		}
		if (r == 0 || errno == ECONNRESET)
			return gone(err);
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return error_set_errno(err, errno, "recv");
		int64_t left = deadline_ns - monotonic_ns();
		if (left <= 0)
			return error_set(err, ERR_TIMEOUT, "timed out");
		struct pollfd p = { .fd = fd, .events = POLLIN };
		poll(&p, 1, (int)MIN_OF(left / 1000000 + 1, (int64_t)60000));
	}
	return 0;
}

int channel_receive(int fd, struct message *ret, int64_t deadline_ns, struct error *err)
{
	return channel_receive_bytes(fd, ret, sizeof(*ret), deadline_ns, err);
}

/* --- the worker's side --- */

void worker_doing(struct worker_side *side, struct str what)
{
	uint32_t n = (uint32_t)MIN_OF(what.n, (size_t)WORKER_DOING_MAX);
	side->status->doing_n = 0;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	if (n)
		memcpy(side->status->doing, what.p, n);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	side->status->doing_n = n;
}

/* Closes from first to last, also where close_range is not there (Linux before 5.9) or refused (old filters of container engines). */
static void close_span(unsigned first, unsigned last)
{
	struct rlimit limit;
	if (syscall(SYS_close_range, first, last, 0) == 0)
		return;
	unsigned most = getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < OPEN_FILES_MAX ? (unsigned)limit.rlim_cur : OPEN_FILES_MAX;
	for (unsigned fd = first; fd <= last && fd < most; fd++)
		close((int)fd);
}

static void close_others(const struct worker_options *opt, int channel)
{
	int keep[FDS_MAX + 3];
	size_t n = 0;
	for (size_t i = 0; i < opt->fd_count; i++)
		if (opt->fds[i] >= 0)
			keep[n++] = opt->fds[i];
	if (opt->sandbox.root_fd >= 0)
		keep[n++] = opt->sandbox.root_fd;
	keep[n++] = channel;
	if (SANDBOX_SANITIZED)
		keep[n++] = STDERR_FILENO;
	for (size_t i = 1; i < n; i++)
		for (size_t j = i; j && keep[j - 1] > keep[j]; j--) {
			int t = keep[j];
			keep[j] = keep[j - 1];
			keep[j - 1] = t;
		}
	unsigned from = 0;
	for (size_t i = 0; i < n; i++) {
		unsigned fd = (unsigned)keep[i];
		if (fd > from)
			close_span(from, fd - 1);
		from = fd + 1;
	}
	close_span(from, ~0u);
}

static void reset_signals(void)
{
	sigset_t none;
	struct sigaction dfl = { .sa_handler = SIG_DFL }, ign = { .sa_handler = SIG_IGN };
	for (int s = 1; s < 32; s++)
		sigaction(s, s == SIGPIPE || s == SIGXFSZ ? &ign : &dfl, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void wipe(const struct worker_options *opt)
{
	for (size_t i = 0; i < opt->secret_count; i++)
		if (opt->secrets[i].n)
			explicit_bzero((void *)(uintptr_t)opt->secrets[i].p, opt->secrets[i].n);
	for (char **e = environ; e && *e; e++) {
		char *value = strchr(*e, '=');
		if (value && strncmp(*e, "BULKHEAD_", 9) != 0)
			explicit_bzero(value + 1, strlen(value + 1));
	}
}

static void run(const struct worker_options *opt, struct worker_side *side, pid_t parent, worker_fn *fn, void *ctx)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1); /* the parent died before the line above */
	prctl(PR_SET_NAME, "bulkhead-worker");
	wipe(opt);
	reset_signals();
	close_others(opt, side->fd);
	side->status->measures = sandbox_enter(&opt->sandbox);
	fn(side, ctx);
	_exit(0);
}

/* --- the parent's side --- */

static int start(struct worker *w, const struct worker_options *opt, worker_fn *fn, void *ctx, struct error *err)
{
	int pair[2];
	*w = (struct worker){ .fd = -1 };
	if (opt->fd_count > FDS_MAX)
		return error_set(err, ERR_INTERNAL, "a worker with %zu descriptors", opt->fd_count);
	size_t bytes = STATUS_BYTES + opt->shared_bytes;
	void *map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (map == MAP_FAILED)
		return error_set_errno(err, errno, "mmap");
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
		munmap(map, bytes);
		return error_set_errno(err, errno, "socketpair");
	}
	w->status = map;
	w->shared = (char *)map + STATUS_BYTES;
	w->map_bytes = bytes;
	struct worker_side side = { .fd = pair[1], .status = w->status, .shared = w->shared };
	pid_t parent = getpid();
	w->pid = fork();
	if (w->pid == 0)
		run(opt, &side, parent, fn, ctx);
	madvise(map, bytes, MADV_DONTFORK);
	close(pair[1]);
	w->fd = pair[0];
	if (w->pid < 0) {
		w->pid = 0;
		error_set_errno(err, errno, "fork");
		worker_finish(w, false, NULL);
		return ERR_SYSTEM;
	}
	return 0;
}

/* Between making a worker's shared memory and keeping it from later forks no other worker may be forked: it would see what another one reads,
 * and could change it behind the trusted side's back. */
static pthread_mutex_t start_lock = PTHREAD_MUTEX_INITIALIZER;

int worker_start(struct worker *w, const struct worker_options *opt, worker_fn *fn, void *ctx, struct error *err)
{
	pthread_mutex_lock(&start_lock);
	int r = start(w, opt, fn, ctx, err);
	pthread_mutex_unlock(&start_lock);
	return r;
}

static int describe(const struct worker *w, int status, struct error *err)
{
	char doing[WORKER_DOING_MAX];
	uint32_t n = w->status->doing_n; /* the worker may write there while we read: taken once, bounded, and shown as text only */
	n = n > WORKER_DOING_MAX ? 0 : n;
	memcpy(doing, w->status->doing, n);
	for (uint32_t i = 0; i < n; i++)
		if ((unsigned char)doing[i] < ' ' || doing[i] == 127)
			doing[i] = '?';
	const char *before = n ? ", while reading " : "";
	if (WIFEXITED(status))
		return WEXITSTATUS(status) == 0 ? 0 : error_set(err, ERR_CRASHED, "the worker ended with code %d%s%.*s", WEXITSTATUS(status), before, (int)n, doing);
	int sig = WTERMSIG(status);
	const char *name = sigabbrev_np(sig);
	return error_set(err, ERR_CRASHED, "the worker was killed by SIG%s%s%s%.*s", name ? name : "?", sig == SIGSYS ? " (a forbidden system call)" :
			 sig == SIGXCPU ? " (processor time)" : "", before, (int)n, doing);
}

int worker_finish(struct worker *w, bool kill_it, struct error *err)
{
	int status = 0, r = 0;
	if (w->fd >= 0 && w->map_bytes)
		close(w->fd); /* a worker that still waits for a message sees the end */
	if (w->pid > 0) {
		if (kill_it)
			kill(w->pid, SIGKILL);
		pid_t p;
		while ((p = waitpid(w->pid, &status, 0)) < 0 && errno == EINTR)
			;
		/* Where SIGCHLD is ignored nothing can be learnt. */
		r = p == w->pid ? describe(w, status, err) : 0;
	}
	if (w->map_bytes)
		munmap(w->status, w->map_bytes);
	*w = (struct worker){ .fd = -1 };
	return r;
}
