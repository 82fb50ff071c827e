#include "sys/process/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include "base/buf.h"

extern char **environ;

static int64_t now_ms(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* One socket is the child's standard input and output: writing to it never raises SIGPIPE here. */
static int spawn(const char *const argv[], int child_fd, pid_t *ret, struct error *err)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none;
	sigemptyset(&none);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
	int r = posix_spawn_file_actions_adddup2(&actions, child_fd, 0);
	if (r == 0)
		r = posix_spawn_file_actions_adddup2(&actions, child_fd, 1);
	if (r == 0)
		r = posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	if (r == 0)
		r = posix_spawnp(ret, argv[0], &actions, &attr, (char *const *)(uintptr_t)argv, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	return r == 0 ? 0 : error_set_errno(err, r, "%s", argv[0]);
}

/* Writes the input, then reads until the end. */
static int talk(int fd, struct str input, int64_t end, unsigned timeout_s, struct buf *out, const char *name, struct error *err)
{
	bool writing = true;
	while (true) {
		if (writing && !input.n) {
			shutdown(fd, SHUT_WR);
			writing = false;
		}
		struct pollfd p = { .fd = fd, .events = (short)(POLLIN | (writing ? POLLOUT : 0)) };
		int64_t left = end - now_ms();
		int n = left > 0 ? poll(&p, 1, (int)MIN_OF(left, (int64_t)60000)) : 0;
		if (n < 0 && errno != EINTR)
			return error_set_errno(err, errno, "%s: poll", name);
		if (left <= 0)
			return error_set(err, ERR_TIMEOUT, "%s did not answer within %u s", name, timeout_s);
		if (n <= 0)
			continue;
		if (writing && (p.revents & POLLOUT)) {
			ssize_t w = send(fd, input.p, input.n, MSG_NOSIGNAL | MSG_DONTWAIT);
			if (w < 0 && errno != EAGAIN && errno != EINTR)
				input.n = 0; /* it does not listen: its answer and status tell more */
			else if (w > 0)
				input = str_from(input, (size_t)w);
		}
		if (p.revents & (POLLIN | POLLHUP | POLLERR)) {
			char *room = buf_reserve(out, 4096);
			if (!room)
				return error_set(err, ERR_LIMIT, "%s: more than %zu bytes of output", name, out->max);
			ssize_t got = recv(fd, room, 4096, MSG_DONTWAIT);
			if (got == 0 || (got < 0 && errno == ECONNRESET))
				return 0;
			if (got < 0 && errno != EAGAIN && errno != EINTR)
				return error_set_errno(err, errno, "%s: read", name);
			out->n += got > 0 ? (size_t)got : 0;
		}
	}
}

/* How it ended. One that has closed its output may still hang: it has what is left of the time, then it is killed. */
static int reap(pid_t pid, int64_t end_ms, int *ret_status, const char *name, unsigned timeout_s, struct error *err)
{
	struct timespec pause = { .tv_nsec = 200000 };
	pid_t p;
	while ((p = waitpid(pid, ret_status, WNOHANG)) == 0 || (p < 0 && errno == EINTR)) {
		if (now_ms() >= end_ms) {
			kill(pid, SIGKILL);
			while (waitpid(pid, ret_status, 0) < 0 && errno == EINTR)
				;
			return error_set(err, ERR_TIMEOUT, "%s did not end within %u s", name, timeout_s);
		}
		nanosleep(&pause, NULL);
		pause.tv_nsec = MIN_OF(pause.tv_nsec * 2, 20000000L);
	}
	return 0;
}

int process_run(struct arena *a, const char *const argv[], struct str input, size_t max_output, unsigned timeout_s, struct str *ret_output,
		int *ret_status, struct error *err)
{
	int pair[2], status = 0;
	pid_t pid;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return error_set_errno(err, errno, "socketpair");
	int64_t end = now_ms() + (int64_t)timeout_s * 1000;
	int r = spawn(argv, pair[1], &pid, err);
	close(pair[1]);
	if (r < 0) {
		close(pair[0]);
		return r;
	}
	struct buf out;
	buf_init(&out, max_output + 4096);
	r = talk(pair[0], input, end, timeout_s, &out, argv[0], err);
	if (r == 0 && out.n > max_output)
		r = error_set(err, ERR_LIMIT, "%s: more than %zu bytes of output", argv[0], max_output);
	close(pair[0]);
	if (r == 0) {
		r = reap(pid, end, &status, argv[0], timeout_s, err);
	} else {
		kill(pid, SIGKILL);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	if (r == 0) {
		*ret_output = arena_str(a, buf_str(&out));
		if (!ret_output->p)
			r = error_nomem(err);
		*ret_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	}
	buf_release(&out);
	return r;
}
