#include "feature/advisories/feed_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/path.h"
#include "format/compress/compress.h"

static int map_file(const char *path, struct str *ret, struct error *err)
{
	struct stat st;
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0)
		return error_set_errno(err, errno, "%s", path);
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERR_USAGE, "%s: not a regular file", path);
	*ret = STR("");
	if (st.st_size == 0)
		return 0;
	void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return error_set_errno(err, errno, "%s: mmap", path);
	*ret = str_make(p, (size_t)st.st_size);
	return 0;
}

int feed_file_open(struct str path, struct feed_file *ret, struct error *err)
{
	static const struct str suffixes[] = { STR_INIT(".gz"), STR_INIT(".zst"), STR_INIT(".zstd") };
	char name[PATH_MAX];
	struct feed_file f = { .name = path_base(path) };
	if (path.n == 0 || path.n >= sizeof(name))
		return error_set(err, ERR_USAGE, "path is empty or too long");
	memcpy(name, path.p, path.n);
	name[path.n] = 0;
	int r = map_file(name, &f.mapped, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < ARRAY_LEN(suffixes); i++)
		str_strip_suffix(&f.name, suffixes[i]);
	buf_init(&f.unpacked, FEED_FILE_BYTES_MAX);
	enum compression kind = compress_detect((const unsigned char *)f.mapped.p, MIN_OF(f.mapped.n, (size_t)6));
	f.content = f.mapped;
	if (kind == COMPRESS_UNKNOWN)
		r = error_set(err, ERR_UNSUPPORTED, "this compression is not read here (gzip and zstd are)");
	else if (kind != COMPRESS_NONE && (r = decompress_all(f.mapped, kind, &f.unpacked, err)) == 0)
		f.content = buf_str(&f.unpacked);
	if (r < 0) {
		feed_file_close(&f);
		return error_wrap(err, r, "%.*s", STR_FMT(path));
	}
	*ret = f;
	return 0;
}

void feed_file_close(struct feed_file *f)
{
	if (f->mapped.n)
		munmap((void *)(uintptr_t)f->mapped.p, f->mapped.n);
	buf_release(&f->unpacked);
	*f = (struct feed_file){ 0 };
}
