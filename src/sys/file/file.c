#include "sys/file/file.h"

#include <fcntl.h>
#include <sys/stat.h>

#define PATH_BUF 4096

/* libc's border: a NUL-terminated copy. */
static int to_cstr(struct str path, char *dst, size_t cap, struct error *err)
{
	if (path.n >= cap)
		return error_set_errno(err, ENAMETOOLONG, "%.*s…", 100, path.p);
	if (path.n && memchr(path.p, 0, path.n))
		return error_set(err, ERR_USAGE, "a path with a NUL byte");
	if (path.n)
		memcpy(dst, path.p, path.n);
	dst[path.n] = 0;
	return 0;
}

static int64_t to_ns(struct timespec t)
{
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int file_identify(int fd, struct file_identity *ret, struct error *err)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return error_set_errno(err, errno, "fstat");
	*ret = (struct file_identity){ .dev = st.st_dev, .ino = st.st_ino, .size = (uint64_t)st.st_size, .mtime_ns = to_ns(st.st_mtim),
				       .ctime_ns = to_ns(st.st_ctim) };
	return 0;
}

bool file_identity_equal(const struct file_identity *a, const struct file_identity *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size && a->mtime_ns == b->mtime_ns && a->ctime_ns == b->ctime_ns;
}

int file_open(struct str path, int *ret_fd, struct file_identity *ret_id, struct error *err)
{
	char p[PATH_BUF];
	struct stat st;
	int r = to_cstr(path, p, sizeof(p), err);
	if (r < 0)
		return r;
	/* O_NONBLOCK: opening a pipe must not wait for a writer. It means nothing for regular files. */
	_cleanup_close_ int fd = open(p, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return error_set_errno(err, errno, "%s", p);
	if (fstat(fd, &st) < 0)
		return error_set_errno(err, errno, "%s", p);
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERR_USAGE, "%s: not a regular file", p);
	if (ret_id && (r = file_identify(fd, ret_id, err)) < 0)
		return error_wrap(err, r, "%s", p);
	*ret_fd = take_fd(&fd);
	return 0;
}

ssize_t file_pread_some(int fd, void *dst, size_t n, uint64_t off, struct error *err)
{
	if (off > INT64_MAX)
		return error_set(err, ERR_FORMAT, "offset %llu is beyond any file", (unsigned long long)off);
	for (;;) {
		ssize_t r = pread(fd, dst, n, (off_t)off);
		if (r >= 0)
			return r;
		if (errno != EINTR)
			return error_set_errno(err, errno, "reading");
	}
}

int file_pread(int fd, void *dst, size_t n, uint64_t off, struct error *err)
{
	for (size_t got = 0; got < n;) {
		ssize_t r = file_pread_some(fd, (char *)dst + got, n - got, off + got, err);
		if (r < 0)
			return (int)r;
		if (r == 0)
			return error_set(err, ERR_FORMAT, "the file ends at byte %llu, %zu bytes early", (unsigned long long)(off + got), n - got);
		got += (size_t)r;
	}
	return 0;
}

int file_pwrite(int fd, const void *src, size_t n, uint64_t off, struct error *err)
{
	for (size_t done = 0; done < n;) {
		ssize_t r = pwrite(fd, (const char *)src + done, n - done, (off_t)(off + done));
		if (r < 0 && errno != EINTR)
			return error_set_errno(err, errno, "writing");
		if (r > 0)
			done += (size_t)r;
	}
	return 0;
}

int file_read_at(struct arena *a, int dir_fd, struct str path, uint64_t max_bytes, struct str *ret, struct error *err)
{
	char p[PATH_BUF];
	struct stat st;
	int r = to_cstr(path, p, sizeof(p), err);
	if (r < 0)
		return r;
	_cleanup_close_ int fd = openat(dir_fd, p, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, &st) < 0)
		return error_set_errno(err, errno, "%s", p);
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERR_USAGE, "%s: not a regular file", p);
	/* One byte more than the size, so that a file that ends there is seen to end; files of /proc state no size. */
	size_t cap = (size_t)(st.st_size > 0 ? MIN_OF((uint64_t)st.st_size, max_bytes) : 4095) + 1, n = 0;
	char *bytes = arena_alloc(a, cap);
	for (;;) {
		if (!bytes)
			return error_nomem(err);
		ssize_t k = read(fd, bytes + n, cap - n);
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return error_set_errno(err, errno, "%s", p);
		n += (size_t)k;
		if (n > max_bytes)
			return error_set(err, ERR_LIMIT, "%s: more than %llu bytes", p, (unsigned long long)max_bytes);
		if (k == 0)
			break;
		if (n == cap) {
			char *more = arena_alloc(a, cap * 2);
			if (more)
				memcpy(more, bytes, n);
			bytes = more;
			cap *= 2;
		}
	}
	bytes[n] = 0;
	*ret = str_make(bytes, n);
	return 0;
}

int file_read(struct arena *a, struct str path, uint64_t max_bytes, struct str *ret, struct error *err)
{
	return file_read_at(a, AT_FDCWD, path, max_bytes, ret, err);
}

static int write_pieces(int fd, const struct str *pieces, size_t count, struct error *err)
{
	for (size_t i = 0; i < count; i++)
		for (size_t done = 0; done < pieces[i].n;) {
			ssize_t r = write(fd, pieces[i].p + done, pieces[i].n - done);
			if (r < 0 && errno != EINTR)
				return error_set_errno(err, errno, "writing");
			if (r > 0)
				done += (size_t)r;
		}
	return 0;
}

int file_replace_at(int dir_fd, struct str name, const struct str *pieces, size_t piece_count, uint32_t mode, bool durable, struct error *err)
{
	char final[PATH_BUF], tmp[PATH_BUF + 64];
	int r = to_cstr(name, final, sizeof(final), err);
	if (r < 0)
		return r;
	int fd = -1;
	for (unsigned i = 0; fd < 0 && i < 100; i++) {
		snprintf(tmp, sizeof(tmp), "%s.%ld.%u.tmp", final, (long)gettid(), i);
		fd = openat(dir_fd, tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, (mode_t)mode);
		if (fd < 0 && errno != EEXIST)
			return error_set_errno(err, errno, "%s", tmp);
	}
	if (fd < 0)
		return error_set_errno(err, EEXIST, "%s", tmp);
	r = write_pieces(fd, pieces, piece_count, err);
	if (r == 0 && durable && fsync(fd) < 0)
		r = error_set_errno(err, errno, "fsync");
	if (close(fd) < 0 && r == 0)
		r = error_set_errno(err, errno, "close");
	if (r == 0 && renameat(dir_fd, tmp, dir_fd, final) < 0)
		r = error_set_errno(err, errno, "rename");
	if (r < 0) {
		unlinkat(dir_fd, tmp, 0);
		return error_wrap(err, r, "%s", final);
	}
	return 0;
}

struct str file_tmp_dir(void)
{
	struct str dir = str_c(getenv("TMPDIR"));
	return dir.n && dir.p[0] == '/' ? dir : STR("/var/tmp");
}

int file_tmp(struct str dir, int *ret_fd, struct error *err)
{
	char p[PATH_BUF], name[PATH_BUF + 32];
	int r = to_cstr(dir.n ? dir : file_tmp_dir(), p, sizeof(p), err);
	if (r < 0)
		return r;
	int fd = open(p, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) { /* a file system without such files */
		snprintf(name, sizeof(name), "%s/bulkhead.XXXXXX", p);
		fd = mkostemp(name, O_CLOEXEC);
		if (fd >= 0)
			unlink(name);
	}
	if (fd < 0)
		return error_set_errno(err, errno, "temporary file in %s", p);
	*ret_fd = fd;
	return 0;
}

int file_open_dir(struct str path, bool make, uint32_t mode, int *ret_fd, struct error *err)
{
	char p[PATH_BUF];
	int r = to_cstr(path, p, sizeof(p), err);
	if (r < 0)
		return r;
	int fd = open(p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT && make) {
		for (size_t i = 1; i <= path.n; i++) {
			if (i < path.n && p[i] != '/')
				continue;
			char c = p[i];
			p[i] = 0;
			if (mkdir(p, (mode_t)mode) < 0 && errno != EEXIST)
				return error_set_errno(err, errno, "%s", p);
			p[i] = c;
		}
		fd = open(p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	if (fd < 0)
		return error_set_errno(err, errno, "%s", p);
	*ret_fd = fd;
	return 0;
}
