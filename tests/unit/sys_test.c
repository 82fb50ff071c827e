/* Files and processors. */
#include "sys/cpu/cpu.h"
#include "sys/file/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>

#include "test.h"

static struct arena arena;

static void test_cpu(void **state)
{
	static const struct {
		const char *text;
		unsigned n;
	} quotas[] = {
		{ "max 100000\n", 0 }, { "100000 100000\n", 1 }, { "150000 100000", 2 }, { "50000 100000", 1 }, { "-1 100000", 0 },
		{ "", 0 },	       { "200000", 0 },		 { "1 0", 0 },		 { "99999999999999 1", 4096 },
	};
	static const struct {
		const char *text, *path;
		bool v2;
	} groups[] = {
		{ "0::/user.slice/x\n", "/user.slice/x", true },
		{ "12:cpu,cpuacct:/docker/abc\n0::/x\n", "/docker/abc", false },
		{ "3:cpuset:/a\n2:memory:/b\n", "", false },
		{ "", "", false },
		{ "junk\n1:\n0::/\n", "/", true },
	};
	for (size_t i = 0; i < ARRAY_LEN(quotas); i++)
		if (cpu_from_quota(str_c(quotas[i].text)) != quotas[i].n)
			fail_msg("quota \"%s\"", quotas[i].text);
	for (size_t i = 0; i < ARRAY_LEN(groups); i++) {
		bool v2;
		struct str path = cpu_cgroup_path(str_c(groups[i].text), &v2);
		if (!str_eq_c(path, groups[i].path) || v2 != groups[i].v2)
			fail_msg("group \"%s\": \"%.*s\"", groups[i].text, STR_FMT(path));
	}
	assert_true(cpu_allowed_count() >= 1);
}

static char base[] = "/tmp/bulkhead-sys-XXXXXX";
static int dir;

static void test_read(void **state)
{
	struct str s;
	struct error err = { 0 };
	struct file_identity id, again;
	char path[100];
	int fd;
	snprintf(path, sizeof(path), "%s/f", base);
	struct str pieces[] = { STR_INIT("hello "), STR_INIT(""), STR_INIT("world") };
	assert_int_equal(file_replace_at(dir, STR("f"), pieces, 3, 0640, true, &err), 0);
	struct stat st;
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_int_equal(file_read(&arena, str_c(path), 100, &s, &err), 0);
	assert_str(s, "hello world");
	assert_int_equal(file_read(&arena, str_c(path), 11, &s, &err), 0);
	assert_int_equal(file_read(&arena, str_c(path), 10, &s, &err), ERR_LIMIT);
	assert_int_equal(file_read(&arena, STR("/proc/self/status"), 1 << 20, &s, &err), 0); /* states no size */
	assert_true(s.n > 100);
	assert_int_equal(file_read(&arena, STR("/tmp"), 100, &s, &err), ERR_USAGE);
	assert_int_equal(file_read(&arena, STR("/nowhere/at/all"), 100, &s, &err), ERR_NOT_FOUND);
	assert_int_equal(file_read(&arena, STR("a\0b"), 100, &s, &err), ERR_USAGE);
	assert_int_equal(file_open(str_c(path), &fd, &id, &err), 0);
	char p[20] = "";
	assert_int_equal(file_pread(fd, p, 5, 6, &err), 0);
	assert_string_equal(p, "world");
	assert_int_equal(file_pread(fd, p, 6, 6, &err), ERR_FORMAT);
	assert_int_equal(file_pread(fd, p, 1, UINT64_MAX, &err), ERR_FORMAT);
	assert_int_equal(file_pread_some(fd, p, 20, 9, &err), 2);
	assert_int_equal(file_pread_some(fd, p, 20, 11, &err), 0);
	assert_int_equal(file_identify(fd, &again, &err), 0);
	assert_true(file_identity_equal(&id, &again));
	again.ctime_ns++;
	assert_false(file_identity_equal(&id, &again));
	assert_int_equal(id.size, 11);
	close(fd);
	/* a pipe is no file, and opening it does not wait */
	assert_int_equal(mkfifoat(dir, "pipe", 0600), 0);
	snprintf(path, sizeof(path), "%s/pipe", base);
	assert_int_equal(file_open(str_c(path), &fd, NULL, &err), ERR_USAGE);
	assert_int_equal(file_read(&arena, str_c(path), 100, &s, &err), ERR_USAGE);
}

static void *replace_often(void *ctx)
{
	char *text = malloc(100000);
	memset(text, *(const char *)ctx, 100000);
	struct str piece = { text, 100000 };
	for (int i = 0; i < 100; i++)
		assert_int_equal(file_replace_at(dir, STR("shared"), &piece, 1, 0600, false, NULL), 0);
	free(text);
	return NULL;
}

/* Two writers and a reader: the reader sees one or the other, whole; nothing is left over. */
static void test_replace(void **state)
{
	pthread_t a, b;
	struct error err = { 0 };
	assert_int_equal(file_replace_at(dir, STR("shared"), NULL, 0, 0600, false, &err), 0);
	pthread_create(&a, NULL, replace_often, (void *)(uintptr_t) "a");
	pthread_create(&b, NULL, replace_often, (void *)(uintptr_t) "b");
	for (int i = 0; i < 200; i++) {
		struct str s;
		assert_int_equal(file_read_at(&arena, dir, STR("shared"), 1 << 20, &s, &err), 0);
		assert_true(s.n == 0 || s.n == 100000);
		for (size_t k = 1; k < s.n; k += 997)
			assert_true(s.p[k] == s.p[0]);
		arena_clear(&arena);
	}
	pthread_join(a, NULL);
	pthread_join(b, NULL);
	DIR *d = fdopendir(dup(dir));
	for (struct dirent *e; (e = readdir(d));)
		assert_null(strstr(e->d_name, ".tmp"));
	closedir(d);
	assert_int_equal(file_replace_at(dir, STR("no/such"), NULL, 0, 0600, false, &err), ERR_NOT_FOUND);
}

static void test_tmp(void **state)
{
	int fd, deep;
	char path[100];
	struct error err = { 0 };
	assert_int_equal(file_tmp(str_c(base), &fd, &err), 0);
	assert_int_equal(file_pwrite(fd, "xyz", 3, 5, &err), 0);
	char p[8];
	assert_int_equal(file_pread(fd, p, 8, 0, &err), 0);
	assert_memory_equal(p, "\0\0\0\0\0xyz", 8);
	close(fd);
	assert_int_equal(file_tmp(STR("/nowhere"), &fd, &err), ERR_NOT_FOUND);
	snprintf(path, sizeof(path), "%s/a/b/c", base);
	assert_int_equal(file_open_dir(str_c(path), false, 0700, &deep, &err), ERR_NOT_FOUND);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(file_open_dir(str_c(path), true, 0700, &deep, &err), 0);
		close(deep);
	}
	snprintf(path, sizeof(path), "%s/f/c", base);
	assert_int_equal(file_open_dir(str_c(path), true, 0700, &deep, &err), ERR_SYSTEM);
	static const char *const rm[] = { "a/b/c", "a/b", "a", "f", "pipe", "shared" };
	for (size_t i = 0; i < ARRAY_LEN(rm); i++) {
		snprintf(path, sizeof(path), "%s/%s", base, rm[i]);
		assert_int_equal(remove(path), 0);
	}
	assert_int_equal(rmdir(base), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_cpu), cmocka_unit_test(test_read), cmocka_unit_test(test_replace), cmocka_unit_test(test_tmp) };
	arena_init(&arena, ARENA_NO_LIMIT);
	if (!mkdtemp(base) || (dir = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
