#include "source/image/archive.h"

#include "base/path.h"
#include "source/image/archive_job.h"
#include "source/image/image_internal.h"
#include "sys/file/file.h"

#define LINKS_MAX    8
#define EXPANDED_MAX (UINT64_C(64) << 30) /* holes cost nothing to state and much to hash */

static int on_progress(void *ctx, uint64_t done, uint64_t total)
{
	const struct image_source_options *opt = ctx;
	return opt->progress ? opt->progress(opt->progress_ctx, STR("unpacking the archive"), done, total) : 0;
}

static int add_entry(struct archive *ar, struct arena *a, const struct archive_record *r, struct str path, struct str link, struct error *err)
{
	struct archive_entry *e = arena_new(a, struct archive_entry);
	if (!e)
		return error_nomem(err);
	e->path = path_clean(a, path);
	e->link = link;
	e->type = (enum tar_type)r->type;
	e->sparse = r->sparse;
	e->offset = r->offset;
	e->size = r->size;
	e->ordinal = r->ordinal;
	return e->path.p && map_put(&ar->entries, e->path, e) == 0 ? 0 : error_nomem(err);
}

/* Unpacks where needed, and lists what is inside. */
static int make_index(struct archive *ar, struct arena *a, const struct image_source_options *opt, struct error *err)
{
	struct archive_job job = { .fd = ar->fd, .size = ar->size, .out_fd = -1, .progress = on_progress, .ctx = (void *)(uintptr_t)opt };
	if (opt->registry) {
		job.secrets[0] = opt->registry->password;
		job.secrets[1] = opt->registry->registry_token;
	}
	_cleanup_close_ int tmp = -1;
	struct str records, path, link;
	struct archive_record record;
	int r = source_sniff(ar->fd, 0, ar->size, &job.kind, err);
	if (r < 0)
		return r;
	if (job.kind == COMPRESS_UNKNOWN)
		return error_set(err, ERR_UNSUPPORTED, "compressed in a way that is not read here (gzip and zstd are): decompress it first");
	if (job.kind != COMPRESS_NONE && (r = file_tmp(opt->tmp_dir, &tmp, err)) < 0)
		return r;
	job.out_fd = tmp;
	if ((r = archive_job_index(&job, a, &records, &ar->size, err)) < 0)
		return r;
	if (tmp >= 0) {
		close(ar->fd);
		ar->fd = take_fd(&tmp);
	}
	while ((r = archive_records_next(&records, ar->size, &record, &path, &link, err)) > 0)
		if ((r = add_entry(ar, a, &record, path, link, err)) < 0)
			return r;
	return r;
}

int archive_open(struct arena *a, int fd, struct str name, const struct image_source_options *opt, struct archive **ret, struct error *err)
{
	struct file_identity id;
	struct archive *ar = arena_new(a, struct archive);
	int r = ar ? file_identify(fd, &id, err) : error_nomem(err);
	if (r < 0) {
		close(fd);
		return r;
	}
	*ar = (struct archive){ .fd = fd, .size = id.size, .tmp_dir = opt->tmp_dir };
	ar->identity = (struct layer_blob){ .has_identity = true, .dev = id.dev, .ino = id.ino, .file_size = id.size, .mtime_ns = id.mtime_ns,
					    .ctime_ns = id.ctime_ns };
	map_init(&ar->entries, a);
	r = make_index(ar, a, opt, err);
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
	int r = file_pread(ar->fd, p, e->size, e->offset, err);
	if (r < 0)
		return error_wrap(err, r, "%.*s", STR_FMT(str_sub(path, 0, 200)));
	p[e->size] = 0;
	*ret = str_make(p, e->size);
	return 0;
}

int archive_expand(const struct archive *ar, const struct archive_entry *e, struct error *err)
{
	_cleanup_close_ int fd = -1;
	struct archive_job job = { .fd = ar->fd, .size = ar->size, .kind = COMPRESS_NONE };
	if (e->size > EXPANDED_MAX)
		return error_set(err, ERR_LIMIT, "a sparse file of %llu bytes, more than the limit of %llu", (unsigned long long)e->size,
				 (unsigned long long)EXPANDED_MAX);
	int r = file_tmp(ar->tmp_dir, &fd, err);
	if (r < 0)
		return r;
	job.out_fd = fd;
	r = archive_job_expand(&job, e->ordinal, err);
	if (r == 0 && ftruncate(fd, (off_t)e->size) < 0) /* a hole at the end; and never longer than announced */
		r = error_set_errno(err, errno, "temporary file");
	return r < 0 ? r : take_fd(&fd);
}
