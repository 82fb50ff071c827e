#include <fcntl.h>
#include <libdeflate.h>
#include <sys/stat.h>
#include <zstd.h>

#include "feature/advisories/feed_file.h"
#include "feature/advisories/import_private.h"
#include "source/advisorydb/advisorydb_map.h"

#define ZSTD_LEVEL 12
#define GZIP_LEVEL 9

static int write_whole(const char *path, const char *p, size_t n, struct error *err)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return error_set_errno(err, errno, "%s", path);
	for (size_t done = 0; done < n;) {
		ssize_t k = write(fd, p + done, n - done);
		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return error_set_errno(err, k < 0 ? errno : ENOSPC, "%s", path);
		done += (size_t)k;
	}
	return fsync(fd) < 0 ? error_set_errno(err, errno, "%s", path) : 0;
}

/* plain -> compressed, one after the other in memory: databases are tens of megabytes. */
static int compress_file(struct str plain, const char *out, bool zstd, struct error *err)
{
	struct feed_file f;
	int r = feed_file_open(plain, &f, err);
	if (r < 0)
		return r;
	struct libdeflate_compressor *gzip = zstd ? NULL : libdeflate_alloc_compressor(GZIP_LEVEL);
	size_t bound = zstd ? ZSTD_compressBound(f.content.n) : gzip ? libdeflate_gzip_compress_bound(gzip, f.content.n) : 0;
	char *p = bound ? malloc(bound) : NULL;
	if (!p) {
		r = error_nomem(err);
	} else {
		size_t n = zstd ? ZSTD_compress(p, bound, f.content.p, f.content.n, ZSTD_LEVEL) :
				  libdeflate_gzip_compress(gzip, f.content.p, f.content.n, p, bound);
		if (zstd ? ZSTD_isError(n) : n == 0)
			r = error_set(err, ERR_INTERNAL, "compressing the database failed");
		else
			r = write_whole(out, p, n, err);
	}
	free(p);
	libdeflate_free_compressor(gzip);
	feed_file_close(&f);
	return r;
}

/* The date of building stays the old database's: a copy is no newer than what it was made from. */
static int rewrite(struct arena *a, struct str db_path, struct str out, struct error *err)
{
	struct db_map old;
	struct db_builder *b;
	struct db_builder_counts counts;
	struct str built;
	int r = db_map_open(db_path, &old, err);
	if (r < 0)
		return r;
	if (!db_string(&old.meta, old.header.built, &built) || !(built = arena_str(a, built)).p)
		r = error_set(err, ERR_CORRUPT, "damaged database: meta record");
	db_map_close(&old);
	if (r < 0 || (r = db_builder_new(db_path, built, &b, err)) < 0)
		return r;
	r = db_builder_write(b, out, &counts, err);
	db_builder_free(b);
	return r;
}

int advisories_build(struct arena *a, struct str db_path, struct str out, uint64_t *ret_bytes, struct error *err)
{
	bool zstd = str_has_suffix(out, STR(".zst")), gzip = str_has_suffix(out, STR(".gz"));
	struct str plain = arena_printf(a, "%.*s.plain-%ld", STR_FMT(out), (long)getpid()), packed = arena_printf(a, "%.*s.new-%ld", STR_FMT(out), (long)getpid());
	char *target = arena_cstr(a, out);
	struct stat st;
	if (!plain.p || !packed.p || !target)
		return error_nomem(err);
	int r = rewrite(a, db_path, zstd || gzip ? plain : out, err);
	if (r == 0 && (zstd || gzip)) {
		if ((r = compress_file(plain, packed.p, zstd, err)) == 0 && rename(packed.p, target) < 0)
			r = error_set_errno(err, errno, "%s", target);
		unlink(plain.p);
		if (r < 0)
			unlink(packed.p);
	}
	if (r == 0 && stat(target, &st) < 0)
		r = error_set_errno(err, errno, "%s", target);
	if (r == 0)
		*ret_bytes = (uint64_t)st.st_size;
	return r;
}
