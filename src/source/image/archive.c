#include "source/image/archive.h"

#include <sys/stat.h>

#include "base/path.h"
#include "format/compress/compress.h"
#include "source/image/image_internal.h"

#define ENTRIES_MAX 65536
#define LINKS_MAX   8
#define CHUNK       (256u << 10)

struct reader { /* a file read from start to end in chunks */
	int fd;
	uint64_t offset;
	unsigned char *chunk;
};

static int read_next(void *ctx, const unsigned char **ret, size_t *ret_n, struct error *err)
{
	struct reader *r = ctx;
	ssize_t n;
	do
		n = pread(r->fd, r->chunk, CHUNK, (off_t)r->offset);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return error_set_errno(err, errno, "read");
	r->offset += (uint64_t)n;
	*ret = r->chunk;
	*ret_n = (size_t)n;
	return 0;
}

static int write_all(int fd, const void *p, size_t n, uint64_t offset, struct error *err)
{
	const char *bytes = p;
	while (n) {
		ssize_t w = pwrite(fd, bytes, n, (off_t)offset);
		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return error_set_errno(err, w < 0 ? errno : EIO, "write to temporary file");
		bytes += w;
		n -= (size_t)w;
		offset += (uint64_t)w;
	}
	return 0;
}

static int unpack_to(int from, int to, uint64_t from_size, enum compression kind, const struct image_source_options *opt, uint64_t *ret_size,
		     struct error *err)
{
	_cleanup_free_ unsigned char *chunk = malloc(CHUNK);
	struct reader reader = { .fd = from, .chunk = chunk };
	const struct decompress_source source = { read_next, &reader };
	struct decompress *d = NULL;
	uint64_t offset = 0;
	if (!chunk)
		return error_nomem(err);
	int r = decompress_open(&d, kind, &source, NULL, err);
	while (r == 0) {
		const unsigned char *p;
		size_t n;
		r = decompress_next(d, &p, &n, err);
		if (r < 0 || n == 0)
			break;
		r = write_all(to, p, n, offset, err);
		offset += n;
		if (r == 0 && opt->progress && opt->progress(opt->progress_ctx, STR("unpacking the archive"), reader.offset, from_size))
			r = error_set(err, ERR_CANCELLED, "cancelled");
	}
	decompress_close(d);
	if (r == 0)
		*ret_size = offset;
	return r;
}

/* A whole compressed archive becomes a temporary file. */
static int unpack(struct archive *ar, const struct image_source_options *opt, struct error *err)
{
	enum compression kind;
	int r = source_sniff(ar->fd, 0, ar->size, &kind, err);
	if (r < 0 || kind == COMPRESS_NONE)
		return r;
	if (kind == COMPRESS_UNKNOWN)
		return error_set(err, ERR_UNSUPPORTED, "compressed in a way that is not read here (gzip and zstd are): decompress it first");
	_cleanup_close_ int fd = source_temp_file(opt->tmp_dir, err);
	uint64_t size;
	if (fd < 0)
		return fd;
	r = unpack_to(ar->fd, fd, ar->size, kind, opt, &size, err);
	if (r < 0)
		return r;
	close(ar->fd);
	ar->fd = take_fd(&fd);
	ar->size = size;
	ar->unpacked = true;
	return 0;
}

static int archive_pread(void *ctx, void *dst, size_t n, uint64_t off, struct error *err)
{
	const struct archive *ar = ctx;
	return source_pread(ar->fd, dst, n, off, err);
}

static int add_entry(struct archive *ar, struct arena *a, const struct tar_entry *t, uint64_t ordinal, struct error *err)
{
	struct archive_entry *e = arena_new(a, struct archive_entry);
	if (!e)
		return error_nomem(err);
	/* The reader's views end with the next entry; path_clean may return such a view. */
	struct str path = path_clean(a, t->path);
	e->path = path.p ? arena_str(a, path) : path;
	e->link = arena_str(a, t->link);
	e->type = t->type;
	e->sparse = t->sparse;
	e->offset = t->body_at;
	e->size = t->size;
	e->ordinal = ordinal;
	if (!e->path.p || !e->link.p || map_put(&ar->entries, e->path, e) < 0)
		return error_nomem(err);
	if (e->type == TAR_FILE && !e->sparse && (e->offset > ar->size || e->size > ar->size - e->offset))
		return error_set(err, ERR_FORMAT, "truncated: %.*s goes past the end", STR_FMT(str_sub(e->path, 0, 200)));
	return 0;
}

static int make_index(struct archive *ar, struct arena *a, struct error *err)
{
	const struct tar_source source = { .pread = archive_pread, .size = ar->size, .ctx = ar };
	const struct tar_limits limits = { .max_entries = ENTRIES_MAX, .max_path_bytes = 4096, .max_pax_bytes = 64 << 10 };
	struct tar tar;
	struct tar_entry entry;
	uint64_t ordinal = 0;
	int r = tar_init(&tar, &source, &limits, err);
	for (; r == 0 && (r = tar_next(&tar, &entry, err)) > 0; ordinal++)
		r = entry.type == TAR_DIR ? 0 : add_entry(ar, a, &entry, ordinal, err);
	tar_release(&tar);
	return r;
}

int archive_open(struct arena *a, int fd, struct str name, const struct image_source_options *opt, struct archive **ret, struct error *err)
{
	struct stat st;
	struct archive *ar = arena_new(a, struct archive);
	if (!ar || fstat(fd, &st) < 0) {
		close(fd);
		return ar ? error_set_errno(err, errno, "%.*s", STR_FMT(name)) : error_nomem(err);
	}
	ar->fd = fd;
	ar->size = (uint64_t)st.st_size;
	ar->tmp_dir = opt->tmp_dir;
	ar->identity = (struct layer_blob){
		.has_identity = true,
		.dev = (uint64_t)st.st_dev,
		.ino = (uint64_t)st.st_ino,
		.file_size = (uint64_t)st.st_size,
		.mtime_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec,
		.ctime_ns = (int64_t)st.st_ctim.tv_sec * 1000000000 + st.st_ctim.tv_nsec,
	};
	map_init(&ar->entries, a);
	int r = unpack(ar, opt, err);
	if (r == 0)
		r = make_index(ar, a, err);
	if (r < 0) {
		archive_close(ar);
		return error_wrap(err, r, "%.*s", STR_FMT(name));
	}
	*ret = ar;
	return 0;
}

struct archive *archive_close(struct archive *ar)
{
	if (ar && ar->fd >= 0) {
		close(ar->fd);
		ar->fd = -1;
	}
	return NULL;
}

const struct archive_entry *archive_find(const struct archive *ar, struct str path)
{
	struct arena a; /* for the paths that links give */
	const struct archive_entry *e = NULL;
	arena_init(&a, 1 << 20);
	path = path_clean(&a, path);
	for (int depth = 0; depth <= LINKS_MAX && path.p; depth++) {
		e = map_get(&ar->entries, path);
		if (!e || (e->type != TAR_SYMLINK && e->type != TAR_HARDLINK))
			break;
		/* Hard links count from the archive's root, symbolic ones from their folder. */
		bool relative = e->type == TAR_SYMLINK && !str_has_prefix(e->link, STR("/"));
		struct str target = relative ? path_join(&a, path_dir(e->path), e->link) : e->link;
		path = target.p ? path_clean(&a, target) : target;
	}
	arena_release(&a);
	return e && e->type == TAR_FILE ? e : NULL;
}

int archive_read(const struct archive *ar, struct arena *a, struct str path, uint64_t max_bytes, struct str *ret, struct error *err)
{
	const struct archive_entry *e = archive_find(ar, path);
	if (!e)
		return error_set(err, ERR_NOT_FOUND, "%.*s is not in the archive", STR_FMT(str_sub(path, 0, 200)));
	if (e->size > max_bytes)
		return error_set(err, ERR_LIMIT, "%.*s: %llu bytes, more than the limit of %llu", STR_FMT(str_sub(path, 0, 200)), (unsigned long long)e->size,
				 (unsigned long long)max_bytes);
	if (e->sparse)
		return error_set(err, ERR_UNSUPPORTED, "%.*s is stored as a sparse file", STR_FMT(str_sub(path, 0, 200)));
	char *p = arena_alloc_aligned(a, e->size + 1, 1);
	if (!p)
		return error_nomem(err);
	int r = source_pread(ar->fd, p, e->size, e->offset, err);
	if (r < 0)
		return error_wrap(err, r, "%.*s", STR_FMT(str_sub(path, 0, 200)));
	p[e->size] = 0;
	*ret = str_make(p, e->size);
	return 0;
}

int archive_expand(const struct archive *ar, const struct archive_entry *e, struct error *err)
{
	const struct tar_source source = { .pread = archive_pread, .size = ar->size, .ctx = (void *)(uintptr_t)ar };
	const struct tar_limits limits = { .max_entries = ENTRIES_MAX };
	_cleanup_close_ int fd = source_temp_file(ar->tmp_dir, err);
	struct tar_entry found;
	struct tar tar;
	struct str piece;
	uint64_t offset;
	if (fd < 0)
		return fd;
	int r = tar_init(&tar, &source, &limits, err);
	for (uint64_t i = 0; r == 0 && i <= e->ordinal; i++) {
		r = tar_next(&tar, &found, err);
		r = r < 0 ? r : r > 0 ? 0 : error_set(err, ERR_FORMAT, "the archive has changed");
	}
	while (r == 0 && (r = tar_body(&tar, &piece, &offset, err)) > 0)
		r = write_all(fd, piece.p, piece.n, offset, err);
	tar_release(&tar);
	if (r == 0 && ftruncate(fd, (off_t)e->size) < 0)
		r = error_set_errno(err, errno, "temporary file");
	return r < 0 ? r : take_fd(&fd);
}
