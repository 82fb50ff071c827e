/* Workers that misbehave in every way: each must end as an error while the parent goes on; and one that behaves. */
#include "sys/worker/worker.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "test.h"

enum { SAID = 7 };

static void say(struct worker_side *side, const char *text)
{
	struct str s = str_c(text);
	channel_send(side->fd, SAID, &s, 1, NULL);
}

static struct worker_options options(void)
{
	return (struct worker_options){ .sandbox = { .root_fd = -1, .memory_bytes = 256 << 20, .file_bytes = 1 << 20, .cpu_s = 100 } };
}

/* --- what they do; those that get through what is forbidden say so --- */

static void do_segv(struct worker_side *side, void *ctx)
{
	worker_doing(side, STR("usr/lib/evil.jar"));
	volatile char *volatile nowhere = NULL;
	*nowhere = 1;
}

static void do_spin(struct worker_side *side, void *ctx)
{
	for (volatile unsigned i = 0;; i++)
		;
}

static void do_allocate(struct worker_side *side, void *ctx)
{
	for (size_t total = 0; total < (size_t)2 << 30; total += 1 << 20) {
		char *p = malloc(1 << 20);
		if (!p)
			abort();
		memset(p, 1, 1 << 20);
		__asm__ volatile("" : : "r"(p) : "memory");
	}
	say(side, "allowed");
}

static void do_abort(struct worker_side *side, void *ctx)
{
	abort();
}

static void do_exit(struct worker_side *side, void *ctx)
{
	_exit(3);
}

static void do_open(struct worker_side *side, void *ctx)
{
	int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
	say(side, fd >= 0 ? "allowed" : errno == EACCES ? "EACCES" : "refused");
}

static void do_create(struct worker_side *side, void *ctx)
{
	say(side, open("/tmp/bulkhead-worker-test", O_WRONLY | O_CREAT | O_CLOEXEC, 0600) >= 0 ? "allowed" : "refused");
}

static void do_connect(struct worker_side *side, void *ctx)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0)
		connect(fd, (struct sockaddr *)&to, sizeof(to));
	say(side, fd >= 0 ? "allowed" : "refused");
}

static void do_fork(struct worker_side *side, void *ctx)
{
	pid_t p = fork();
	if (p == 0)
		_exit(0);
	say(side, p > 0 ? "allowed" : "refused");
}

static void do_kill(struct worker_side *side, void *ctx)
{
	say(side, kill(getppid(), 0) == 0 ? "allowed" : "refused");
}

static void do_exec(struct worker_side *side, void *ctx)
{
	execl("/bin/true", "true", (char *)NULL);
	say(side, "refused");
}

static void do_map_code(struct worker_side *side, void *ctx)
{
	say(side, mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED ? "allowed" : "refused");
}

static void do_read_foreign(struct worker_side *side, void *ctx)
{
	char c;
	say(side, read(*(const int *)ctx, &c, 1) == 1 ? "allowed" : "refused");
}

static void do_identity(struct worker_side *side, void *ctx)
{
	/* getuid is not in the table: ask through a file descriptor's credentials instead, that is, try what only root can */
	say(side, syscall(SYS_setresuid, 0, 0, 0) == 0 ? "allowed" : "refused");
}

/* A small part of SIGSYS deaths would be missed if the filter were gone: the sanitizer build answers EPERM instead of killing. */
static const struct {
	const char *name;
	worker_fn *fn;
	const char *died; /* text that the error must have when it died; NULL: any */
	bool must_die;
} cases[] = {
	{ "segfault", do_segv, "usr/lib/evil.jar", true },
	{ "allocate", do_allocate, NULL, true },
	{ "abort", do_abort, NULL, true },
	{ "exit", do_exit, "code 3", true },
	{ "open", do_open, NULL, false },
	{ "create", do_create, NULL, false },
	{ "connect", do_connect, NULL, false },
	{ "fork", do_fork, NULL, false },
	{ "kill", do_kill, NULL, false },
	{ "exec", do_exec, NULL, false },
	{ "executable memory", do_map_code, NULL, false },
	{ "identity", do_identity, NULL, false },
};

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED true
#endif
#endif
#ifndef SANITIZED
#define SANITIZED false
#endif

static void test_misbehaviour(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		if (SANITIZED && (cases[i].fn == do_allocate || cases[i].fn == do_segv))
			continue; /* limits and signals belong to the sanitizer there */
		struct worker w;
		struct worker_options opt = options();
		struct error err = { 0 };
		struct message m;
		char text[64] = "";
		assert_int_equal(worker_start(&w, &opt, cases[i].fn, NULL, &err), 0);
		int r = channel_receive(w.fd, &m, monotonic_ns() + INT64_C(20000000000), &err);
		if (r == 0) {
			assert_true(m.bytes < sizeof(text));
			assert_int_equal(channel_receive_bytes(w.fd, text, (size_t)m.bytes, 0, NULL), 0);
			if (cases[i].must_die || strcmp(text, "allowed") == 0)
				fail_msg("%s: %s", cases[i].name, text);
			if (cases[i].fn == do_open)
				assert_string_equal(text, "EACCES");
			worker_finish(&w, true, NULL);
			continue;
		}
		assert_int_equal(r, ERR_CRASHED);
		r = worker_finish(&w, true, &err);
		if (r != ERR_CRASHED || (cases[i].died && !strstr(err.text, cases[i].died)))
			fail_msg("%s: %d %s", cases[i].name, r, err.text);
	}
}

static void test_spinning(void **state)
{
	struct worker w;
	struct worker_options opt = options();
	struct error err = { 0 };
	struct message m;
	assert_int_equal(worker_start(&w, &opt, do_spin, NULL, &err), 0);
	assert_int_equal(channel_receive(w.fd, &m, monotonic_ns() + 50000000, &err), ERR_TIMEOUT);
	assert_int_equal(worker_finish(&w, true, &err), ERR_CRASHED);
	assert_non_null(strstr(err.text, "SIGKILL"));
	/* its own limit of processor time ends it too */
	opt.sandbox.cpu_s = 1;
	assert_int_equal(worker_start(&w, &opt, do_spin, NULL, &err), 0);
	assert_int_equal(channel_receive(w.fd, &m, monotonic_ns() + INT64_C(60000000000), &err), ERR_CRASHED);
	assert_int_equal(worker_finish(&w, false, &err), ERR_CRASHED);
}

static void test_descriptors(void **state)
{
	struct worker w;
	struct worker_options opt = options();
	struct message m;
	char text[16] = "";
	int foreign = open("/dev/zero", O_RDONLY | O_CLOEXEC), listed = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	opt.fds = &listed;
	opt.fd_count = 1;
	for (int i = 0; i < 2; i++) {
		memset(text, 0, sizeof(text));
		assert_int_equal(worker_start(&w, &opt, do_read_foreign, i ? &listed : &foreign, NULL), 0);
		assert_int_equal(channel_receive(w.fd, &m, 0, NULL), 0);
		assert_int_equal(channel_receive_bytes(w.fd, text, (size_t)m.bytes, 0, NULL), 0);
		assert_string_equal(text, i ? "allowed" : "refused");
		worker_finish(&w, true, NULL);
	}
	close(foreign);
	close(listed);
}

/* --- one that behaves: echoes a large message and shows its progress --- */

static void do_tell(struct worker_side *side, void *ctx)
{
	const char *const *texts = ctx;
	struct str all[] = { { texts[0], 6 }, { texts[1], 6 }, { texts[2], 6 } };
	channel_send(side->fd, SAID, all, 3, NULL);
}

/* What the worker has no use for is not in its copy of the parent's memory. */
static void test_secrets(void **state)
{
	struct worker w;
	struct worker_options opt = options();
	struct message m;
	char password[] = "hunter", said[18];
	setenv("BULKHEAD_X", "option", 1);
	setenv("CI_TOKEN", "123456", 1);
	const char *texts[] = { password, getenv("CI_TOKEN"), getenv("BULKHEAD_X") };
	const struct str secret = { password, 6 };
	opt.secrets = &secret;
	opt.secret_count = 1;
	assert_int_equal(worker_start(&w, &opt, do_tell, texts, NULL), 0);
	assert_int_equal(channel_receive(w.fd, &m, 0, NULL), 0);
	assert_int_equal(m.bytes, sizeof(said));
	assert_int_equal(channel_receive_bytes(w.fd, said, sizeof(said), 0, NULL), 0);
	assert_memory_equal(said, "\0\0\0\0\0\0\0\0\0\0\0\0option", sizeof(said));
	worker_finish(&w, true, NULL);
	assert_string_equal(password, "hunter"); /* the parent still has it */
	assert_string_equal(getenv("CI_TOKEN"), "123456");
}

static void do_echo(struct worker_side *side, void *ctx)
{
	struct message m;
	if (channel_receive(side->fd, &m, 0, NULL) < 0)
		return;
	char *p = malloc((size_t)m.bytes);
	if (!p || channel_receive_bytes(side->fd, p, (size_t)m.bytes, 0, NULL) < 0)
		return;
	((char *)side->shared)[0] = 'x';
	side->status->done = m.bytes;
	struct str halves[] = { { p, 1000 }, { p + 1000, (size_t)m.bytes - 1000 } };
	channel_send(side->fd, m.type + 1, halves, 2, NULL);
	free(p);
}

static void test_messages(void **state)
{
	struct worker w;
	struct worker_options opt = options();
	struct error err = { 0 };
	struct message m;
	size_t n = 10 << 20;
	char *out = malloc(n), *in = malloc(n);
	for (size_t i = 0; i < n; i++)
		out[i] = (char)(i * 7 + i / 4096);
	opt.shared_bytes = 100000;
	assert_int_equal(worker_start(&w, &opt, do_echo, NULL, &err), 0);
	struct str s = { out, n };
	assert_int_equal(channel_send(w.fd, 1, &s, 1, &err), 0);
	assert_int_equal(channel_receive(w.fd, &m, monotonic_ns() + INT64_C(20000000000), &err), 0);
	assert_int_equal(m.type, 2);
	assert_int_equal(m.bytes, n);
	assert_int_equal(channel_receive_bytes(w.fd, in, n, monotonic_ns() + INT64_C(20000000000), &err), 0);
	assert_memory_equal(in, out, n);
	assert_int_equal(((char *)w.shared)[0], 'x');
	assert_true(w.status->done == n);
	if (w.status->measures != SANDBOX_ALL)
		print_message("not all measures hold on this machine: %x of %x\n", w.status->measures, SANDBOX_ALL);
	assert_int_equal(channel_receive(w.fd, &m, 0, NULL), ERR_CRASHED); /* it has ended */
	assert_int_equal(worker_finish(&w, false, &err), 0);
	free(out);
	free(in);
}

/* --- a worker with a root directory --- */

static void do_root(struct worker_side *side, void *ctx)
{
	int dir = *(const int *)ctx;
	char c;
	int fd = openat(dir, "inside", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, &c, 1) != 1 || c != 'i')
		return say(side, "cannot read inside");
	if (openat(dir, "inside", O_RDWR | O_CLOEXEC) >= 0 || openat(dir, "new", O_RDONLY | O_CREAT | O_CLOEXEC, 0600) >= 0)
		return say(side, "can write");
	if (open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0)
		return say(side, "can read outside");
	if (openat(dir, "../outside", O_RDONLY | O_CLOEXEC) >= 0)
		return say(side, "can read above");
	if (openat(dir, "link", O_RDONLY | O_CLOEXEC) >= 0)
		return say(side, "can follow a link out");
	say(side, "good");
}

static void test_root(void **state)
{
	char base[] = "/tmp/bulkhead-worker-XXXXXX", path[64], text[64] = "";
	struct worker w;
	struct message m;
	struct worker_options opt = options();
	assert_non_null(mkdtemp(base));
	int top = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(mkdirat(top, "root", 0755), 0);
	int dir = openat(top, "root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int fd = openat(dir, "inside", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, "i", 1), 1);
	close(fd);
	close(openat(top, "outside", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	assert_int_equal(symlinkat("../outside", dir, "link"), 0);
	opt.sandbox.root_fd = dir;
	assert_int_equal(worker_start(&w, &opt, do_root, &dir, NULL), 0);
	assert_int_equal(channel_receive(w.fd, &m, 0, NULL), 0);
	assert_true(m.bytes < sizeof(text));
	assert_int_equal(channel_receive_bytes(w.fd, text, (size_t)m.bytes, 0, NULL), 0);
	bool confined = (w.status->measures & SANDBOX_LANDLOCK) || geteuid() == 0;
	if (confined || strcmp(text, "can read outside") != 0)
		assert_string_equal(text, "good");
	worker_finish(&w, true, NULL);
	close(dir);
	close(top);
	static const char *const names[] = { "root/inside", "root/link", "outside" };
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", base, names[i]);
		unlink(path);
	}
	snprintf(path, sizeof(path), "%s/root", base);
	rmdir(path);
	rmdir(base);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_misbehaviour), cmocka_unit_test(test_spinning), cmocka_unit_test(test_descriptors),
		cmocka_unit_test(test_messages),     cmocka_unit_test(test_root), cmocka_unit_test(test_secrets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
