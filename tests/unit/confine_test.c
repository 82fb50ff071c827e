/* What a worker that was taken over must not be able to do to others: workers, processes, descriptors; that it ends with its parent; and that no
 * archive makes it keep a file of any size. */
#include "sys/worker/worker.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "source/layer/layer_cache.h"
#include "source/layer/walk.h"
#include "test.h"

enum { SAID = 7 };

static const struct worker_options plain = { .sandbox = { .root_fd = -1, .memory_bytes = 256 << 20, .file_bytes = 1 << 20, .cpu_s = 100 },
					     .shared_bytes = 4096 };

static void say(struct worker_side *side, const char *text)
{
	struct str s = str_c(text);
	channel_send(side->fd, SAID, &s, 1, NULL);
}

static void hear(const struct worker *w, char text[100])
{
	struct message m;
	memset(text, 0, 100);
	assert_int_equal(channel_receive(w->fd, &m, monotonic_ns() + INT64_C(20000000000), NULL), 0);
	assert_true(m.type == SAID && m.bytes < 100);
	assert_int_equal(channel_receive_bytes(w->fd, text, m.bytes, 0, NULL), 0);
}

static void do_wait(struct worker_side *side, void *ctx)
{
	struct message m;
	channel_receive(side->fd, &m, 0, NULL);
}

static void do_write_at(struct worker_side *side, void *ctx)
{
	*(volatile char *)ctx = 'x';
	say(side, "written");
}

static void do_kill_parent(struct worker_side *side, void *ctx)
{
	const pid_t *parent = ctx;
	say(side, syscall(SYS_tgkill, *parent, *parent, 0) == 0 ? "allowed" : errno == EACCES ? "EACCES" : strerrorname_np(errno));
}

static void do_abort(struct worker_side *side, void *ctx)
{
	abort();
}

static void do_use_fd(struct worker_side *side, void *ctx)
{
	char c;
	say(side, read(*(const int *)ctx, &c, 1) >= 0 ? "open" : strerrorname_np(errno));
}

static void do_spin(struct worker_side *side, void *ctx)
{
	for (volatile unsigned i = 0;; i++)
		;
}

/* The pages of one worker are not in the next one: it could change them after they were hashed. */
static void test_memory_of_others(void **state)
{
	struct worker one, two;
	struct error err = { 0 };
	assert_int_equal(worker_start(&one, &plain, do_wait, NULL, NULL), 0);
	*(char *)one.shared = 'a';
	assert_int_equal(worker_start(&two, &plain, do_write_at, one.shared, NULL), 0);
	struct message m;
	assert_int_equal(channel_receive(two.fd, &m, monotonic_ns() + INT64_C(20000000000), NULL), ERR_CRASHED);
	assert_int_equal(worker_finish(&two, false, &err), ERR_CRASHED);
	assert_int_equal(*(char *)one.shared, 'a');
	assert_int_equal(worker_finish(&one, false, &err), 0);
}

static void test_signals(void **state)
{
	struct worker w;
	struct error err = { 0 };
	char text[100];
	pid_t self = getpid();
	assert_int_equal(worker_start(&w, &plain, do_kill_parent, &self, NULL), 0);
	hear(&w, text);
	assert_string_equal(text, "EACCES");
	assert_int_equal(worker_finish(&w, false, NULL), 0);
	assert_int_equal(worker_start(&w, &plain, do_abort, NULL, NULL), 0);
	assert_int_equal(worker_finish(&w, false, &err), ERR_CRASHED);
	assert_non_null(strstr(err.text, "SIGABRT"));
}

/* On kernels and in containers without close_range. */
static void test_no_close_range(void **state)
{
	struct sock_filter prog[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_close_range, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog filter = { ARRAY_LEN(prog), prog };
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct worker w;
		char text[100] = "";
		int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
		struct message m;
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) < 0)
			_exit(77);
		if (worker_start(&w, &plain, do_use_fd, &fd, NULL) < 0 || channel_receive(w.fd, &m, 0, NULL) < 0 || m.bytes >= sizeof(text) ||
		    channel_receive_bytes(w.fd, text, m.bytes, 0, NULL) < 0)
			_exit(2);
		_exit(strcmp(text, "EBADF") == 0 ? 0 : 1);
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* A parent that is killed takes its workers along, whoever it was. */
static void test_parent_dies(void **state)
{
	int ends[2];
	char c;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct worker w;
		struct worker_options opt = plain;
		opt.fds = &ends[1];
		opt.fd_count = 1;
		if (worker_start(&w, &opt, do_spin, NULL, NULL) < 0)
			_exit(2);
		while (!__atomic_load_n(&w.status->measures, __ATOMIC_RELAXED))
			usleep(1000);
		kill(getpid(), SIGKILL);
	}
	close(ends[1]);
	struct pollfd p = { .fd = ends[0], .events = POLLIN };
	assert_int_equal(poll(&p, 1, 20000), 1);
	assert_int_equal(read(ends[0], &c, 1), 0);
	close(ends[0]);
	waitpid(pid, NULL, 0);
}

/* --- layers --- */

struct pieces {
	const unsigned char *p;
	size_t n;
};

static int next_piece(void *ctx, const unsigned char **ret, size_t *ret_n, struct error *err)
{
	struct pieces *s = ctx;
	*ret = s->p;
	*ret_n = s->n;
	s->n = 0;
	return 0;
}

static void put_octal(unsigned char *at, size_t n, uint64_t v)
{
	for (at[--n] = 0; n; v /= 8)
		at[--n] = (unsigned char)('0' + v % 8);
}

/* An old GNU sparse file of `size` bytes that stores none of them. */
static void sparse_header(unsigned char *b, const char *name, uint64_t size)
{
	memset(b, 0, 512);
	memcpy(b, name, strlen(name));
	put_octal(b + 100, 8, 0644);
	put_octal(b + 124, 12, 0);
	b[156] = 'S';
	memcpy(b + 257, "ustar  ", 8);
	b[483] = 0x80;
	for (int i = 0; i < 8; i++)
		b[494 - i] = (unsigned char)(size >> 8 * i);
	memset(b + 148, ' ', 8);
	unsigned sum = 0;
	for (size_t i = 0; i < 512; i++)
		sum += b[i];
	put_octal(b + 148, 7, sum);
}

static void test_sparse_of_any_size(void **state)
{
	static const struct {
		const char *name;
		uint64_t size;
	} cases[] = { { "app/package.json", UINT64_C(1) << 62 }, { "app/package.json", UINT64_C(3) << 30 }, { "opt/x.jar", UINT64_C(1) << 50 } };
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		unsigned char tar[4 * 512] = { 0 };
		struct pieces s = { tar, sizeof(tar) };
		struct facts_writer out;
		struct str got[FACTS_PIECES];
		struct error err = { 0 };
		const struct walk_source src = { .compression = COMPRESS_NONE, .size = sizeof(tar), .next = next_piece, .ctx = &s };
		const struct walk_options opt = { .table = analyzers, .count = analyzer_count, .rows_off = analyzer_rows_off(analyzers, analyzer_count, SCAN_NORMAL, false), .spool_fd = -1 };
		sparse_header(tar, cases[i].name, cases[i].size);
		facts_writer_init(&out);
		int r = walk_layer(&src, &opt, &out, &err);
		if (r < 0 || out.h.diag_count != 1 || out.h.partial)
			fail_msg("case %zu: %d %s, %u diagnostics", i, r, err.text, out.h.diag_count);
		assert_int_equal(facts_writer_finish(&out, got, &err), 0);
		assert_true(str_contains(buf_str(&out.diags), STR("more than the limit")));
		facts_writer_release(&out);
	}
}

static void header(unsigned char *b, char type, const char *name, uint64_t size)
{
	sparse_header(b, name, 0);
	put_octal(b + 124, 12, size);
	memset(b + 345, 0, 512 - 345);
	b[156] = (unsigned char)type;
	memset(b + 148, ' ', 8);
	unsigned sum = 0;
	for (size_t i = 0; i < 512; i++)
		sum += b[i];
	put_octal(b + 148, 7, sum);
}

/* Names of 64 KiB of folders would make all that looks at every folder slow: said and left out, what follows is read. */
static void test_paths_without_end(void **state)
{
	enum { NAME = 16000, BLOCKS = 1 + 32 + 1 + 1 + 1 + 2 };
	static unsigned char tar[BLOCKS * 512];
	static const char json[] = "{\"name\":\"x\",\"version\":\"1.0.0\"}";
	struct pieces s = { tar, sizeof(tar) };
	struct facts_writer out;
	struct error err = { 0 };
	const struct walk_source src = { .compression = COMPRESS_NONE, .size = sizeof(tar), .next = next_piece, .ctx = &s };
	const struct walk_options opt = { .table = analyzers, .count = analyzer_count, .spool_fd = -1 };
	header(tar, 'L', "././@LongLink", NAME);
	for (size_t i = 0; i < NAME; i += 2)
		memcpy(tar + 512 + i, "a/", 2);
	memcpy(tar + 512 + NAME - 12, "package.json", 12);
	header(tar + 33 * 512, '0', "a", 0);
	header(tar + 34 * 512, '0', "app/package.json", sizeof(json) - 1);
	memcpy(tar + 35 * 512, json, sizeof(json) - 1);
	facts_writer_init(&out);
	if (walk_layer(&src, &opt, &out, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(out.h.entry_count, 2);
	assert_int_equal(out.h.file_count, 1);
	assert_int_equal(out.h.diag_count, 1);
	assert_true(str_contains(buf_str(&out.diags), STR("a path of 16000 bytes")));
	facts_writer_release(&out);
}

/* Few bytes of a worker must not become many of the trusted side's. */
static void test_facts_that_grow(void **state)
{
	static const struct {
		uint32_t packages;
		int result;
	} cases[] = { { 1000, 0 }, { (uint32_t)(FACTS_MAX_DECODED / 288) + 1, ERR_CORRUPT } };
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct facts_writer w;
		struct str pieces[FACTS_PIECES];
		struct layer_facts facts;
		struct arena a;
		uint32_t n = cases[i].packages;
		arena_init(&a, 0);
		facts_writer_init(&w);
		facts_write_file(&w, &(struct facts_file){ .path = STR("x"), .kind = FACTS_PACKAGES });
		assert_int_equal(facts_writer_finish(&w, pieces, NULL), 0);
		/* The record's count of packages, its last byte but the padding, made larger, and that many packages of two zeros. */
		size_t at = sizeof(w.h) + 8 + 4 + 2, body = at - sizeof(w.h) + 5 + 2 * (size_t)n;
		size_t record = (body + 7) & ~(size_t)7, total = sizeof(w.h) + record;
		unsigned char *bytes = calloc(1, total);
		assert_non_null(bytes);
		w.h.total_bytes = total;
		w.h.files_bytes = record;
		memcpy(bytes, &w.h, sizeof(w.h));
		memcpy(bytes + sizeof(w.h), w.files.p, 8 + 4 + 2);
		memcpy(bytes + sizeof(w.h), &(uint32_t){ (uint32_t)record }, 4);
		for (int k = 0; k < 5; k++)
			bytes[at + k] = (unsigned char)((n >> 7 * k & 0x7f) | (k < 4 ? 0x80 : 0));
		int r = facts_decode(&a, str_make((char *)bytes, total), &facts, NULL);
		if (r != cases[i].result)
			fail_msg("%u packages: %d", n, r);
		if (r == 0)
			assert_int_equal(facts.files.v[0].packages.n, n);
		free(bytes);
		facts_writer_release(&w);
		arena_release(&a);
	}
}

/* Options that find different things have different keys. */
static void test_cache_keys(void **state)
{
	static const struct str a[] = { STR_INIT("files") }, b[] = { STR_INIT("files"), STR_INIT("x") };
	static const struct layer_options cases[] = {
		{ .max_unpacked_bytes = 0 },
		{ .max_unpacked_bytes = 1 },
		{ .skip_dirs = a, .skip_dirs_count = 1 },
		{ .skip_files = a, .skip_files_count = 1 },
		{ .skip_dirs = b, .skip_dirs_count = 2 },
		{ .skip_files = b, .skip_files_count = 2 },
		{ .skip_dirs = a, .skip_dirs_count = 1, .skip_files = a, .skip_files_count = 1 },
	};
	char dir[] = "/tmp/bulkhead-confine-XXXXXX", sub[64];
	uint64_t seen[ARRAY_LEN(cases)];
	assert_non_null(mkdtemp(dir));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct layer_options opt = cases[i];
		struct layer_cache c;
		opt.cache_dir = str_c(dir);
		layer_cache_open(&c, &opt);
		assert_true(c.dir_fd >= 0);
		seen[i] = c.fingerprint;
		layer_cache_close(&c);
		for (size_t k = 0; k < i; k++)
			if (seen[k] == seen[i])
				fail_msg("options %zu and %zu share a key", k, i);
	}
	snprintf(sub, sizeof(sub), "%s/layers", dir);
	rmdir(sub);
	rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory_of_others), cmocka_unit_test(test_signals),	    cmocka_unit_test(test_no_close_range),
		cmocka_unit_test(test_parent_dies),	 cmocka_unit_test(test_sparse_of_any_size), cmocka_unit_test(test_cache_keys),
		cmocka_unit_test(test_paths_without_end), cmocka_unit_test(test_facts_that_grow),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
