#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "base/path.h"
#include "feature/advisories/advisories.h"
#include "feature/advisories/feed_file.h"
#include "feature/advisories/resolve.h"

#define SCRATCH_BYTES_MAX (2ull << 30)

struct import {
	struct arena *arena;
	const struct advisories_options *opt;
	struct advisories_summary *summary;
	struct feed_context context;
	struct resolver resolver;
	struct arena scratch;
};

static struct str time_text(struct arena *a, struct str now)
{
	if (now.n)
		return now;
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	int64_t seconds;
	time_t t = epoch && str_to_i64(str_c(epoch), &seconds) == 0 ? (time_t)seconds : time(NULL);
	struct tm tm;
	if (!gmtime_r(&t, &tm))
		return STR("1970-01-01T00:00:00Z");
	return arena_printf(a, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* Reads one feed in memory into the builder and adds its line to the summary. */
static int read_feed(struct import *im, enum feed_kind kind, struct str path, struct str name, struct str content, struct error *err)
{
	struct feed_sink sink = { .ctx = &im->resolver, .record = resolve_record, .epss = resolve_epss, .diags = &im->summary->diags };
	im->resolver.sink = &sink;
	im->resolver.file = path;
	im->resolver.epss_dated = false;
	int r = feed_read(kind, &im->context, &im->scratch, path, content, &sink, err);
	arena_clear(&im->scratch);
	if (r < 0)
		return error_wrap(err, r, "%.*s", STR_FMT(path));
	struct advisories_file *f = vec_add(im->arena, &im->summary->files);
	if (!f)
		return error_nomem(err);
	*f = (struct advisories_file){ .path = path,
				       .kind = str_c(feed_kind_name(kind)),
				       .records = sink.records,
				       .unreadable = sink.unreadable,
				       .passed_over = sink.passed_over,
				       .data_date = sink.data_date };
	im->summary->records += sink.records;
	im->summary->unreadable += sink.unreadable;
	im->summary->passed_over += sink.passed_over;
	return 0;
}

static int import_file(struct import *im, struct str path, bool configuration, bool named, struct error *err)
{
	struct feed_file file;
	int r = 0;
	if (im->opt->progress && !configuration && im->opt->progress(im->opt->progress_ctx, path, 0, 0))
		return error_set(err, ERR_CANCELLED, "cancelled");
	if (configuration && !str_contains(path_base(path), STR("config")))
		return 0;
	if ((r = feed_file_open(path, &file, err)) < 0)
		return r;
	enum feed_kind kind = feed_recognise(file.name, file.content);
	if ((kind == FEED_DEBIAN_CONFIG) != configuration) {
		/* the other pass reads it */
	} else if (kind != FEED_UNKNOWN) {
		r = read_feed(im, kind, path, file.name, file.content, err);
	} else if (named) {
		r = error_set(err, ERR_FORMAT, "%.*s: this is no advisory feed that Bulkhead knows", STR_FMT(path));
	} else {
		diag_add(&im->summary->diags, DIAG_NOTE, path, 0, 0, "no advisory feed: passed over");
		im->summary->passed_over++;
	}
	feed_file_close(&file);
	return r;
}

static int compare_paths(const void *x, const void *y)
{
	return str_cmp(*(const struct str *)x, *(const struct str *)y);
}

#define FOLDER_DEPTH_MAX 16
#define FOLDER_FILES_MAX 2000000
/* All regular files below a folder, sorted; hidden ones and links are left out. */
static int list_folder(struct arena *a, struct str dir, unsigned depth, struct str_vec *out, struct error *err)
{
	char *name = arena_cstr(a, dir);
	if (!name)
		return error_nomem(err);
	if (depth > FOLDER_DEPTH_MAX || out->n > FOLDER_FILES_MAX)
		return error_set(err, ERR_LIMIT, "%s: folders too deep or too many files", name);
	DIR *d = opendir(name);
	if (!d)
		return error_set_errno(err, errno, "%s", name);
	int r = 0;
	for (struct dirent *e; r == 0 && (e = readdir(d));) {
		struct stat st;
		if (e->d_name[0] == '.' || fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		struct str path = arena_printf(a, "%s/%s", name, e->d_name);
		if (!path.p)
			r = error_nomem(err);
		else if (S_ISDIR(st.st_mode))
			r = list_folder(a, path, depth + 1, out, err);
		else if (S_ISREG(st.st_mode) && !vec_push(a, out, path))
			r = error_nomem(err);
	}
	closedir(d);
	return r;
}

/* Two passes: release names must be known before the lists that use them. */
static int import_paths(struct import *im, const struct str *paths, size_t count, struct error *err)
{
	for (unsigned pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < count; i++) {
			struct str_vec files = { 0 };
			struct stat st;
			char *name = arena_cstr(im->arena, paths[i]);
			if (!name)
				return error_nomem(err);
			if (stat(name, &st) < 0)
				return error_set_errno(err, errno, "%s", name);
			bool folder = S_ISDIR(st.st_mode);
			int r = folder ? list_folder(im->arena, paths[i], 0, &files, err) : vec_push(im->arena, &files, paths[i]) ? 0 : error_nomem(err);
			if (r < 0)
				return r;
			qsort(files.v, files.n, sizeof(*files.v), compare_paths);
			for (size_t j = 0; j < files.n; j++)
				if ((r = import_file(im, files.v[j], pass == 0, !folder, err)) < 0)
					return r;
		}
	return 0;
}

/* One import at a time for a folder; readers are not affected. */
static int lock_folder(struct arena *a, struct str db_path, int *ret_fd, struct error *err)
{
	struct str dir = path_dir(db_path);
	char *name = dir.n ? arena_cstr(a, dir) : arena_cstr(a, str_has_prefix(db_path, STR("/")) ? STR("/") : STR("."));
	if (!name)
		return error_nomem(err);
	int fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return error_set_errno(err, errno, "%s", name);
	if (flock(fd, LOCK_EX) < 0 && errno != ENOLCK && errno != EOPNOTSUPP) {
		int e = errno;
		close(fd);
		return error_set_errno(err, e, "%s: lock", name);
	}
	*ret_fd = fd;
	return 0;
}

static int run(struct import *im, const struct str *paths, size_t count, struct str db_path, struct error *err)
{
	char *name = arena_cstr(im->arena, db_path);
	struct db_builder_counts counts;
	struct str old = STR_NONE, now = time_text(im->arena, im->opt->now);
	if (!name || !now.p)
		return error_nomem(err);
	if (!im->opt->fresh && access(name, F_OK) == 0)
		old = db_path;
	int r = db_builder_new(old, now, &im->resolver.builder, err);
	if (r < 0)
		return r;
	r = import_paths(im, paths, count, err);
	if (r == 0)
		r = db_builder_write(im->resolver.builder, db_path, &counts, err);
	db_builder_free(im->resolver.builder);
	if (r < 0)
		return r;
	im->summary->advisories = counts.advisories;
	im->summary->vulnerabilities = counts.vulnerabilities;
	im->summary->packages = counts.packages;
	im->summary->file_bytes = counts.file_bytes;
	im->summary->written = true;
	return 0;
}

int advisories_import(struct arena *a, const struct str *paths, size_t path_count, struct str db_path, const struct advisories_options *opt,
		      struct advisories_summary *ret, struct error *err)
{
	static const struct advisories_options defaults = { 0 };
	struct advisories_summary summary = { 0 };
	struct import im = { .arena = a, .opt = opt ? opt : &defaults, .summary = &summary, .context = { .arena = a } };
	_cleanup_close_ int lock = -1;
	int r = lock_folder(a, db_path, &lock, err);
	if (r < 0)
		return r;
	diags_init(&summary.diags, a);
	arena_init(&im.scratch, SCRATCH_BYTES_MAX);
	arena_init(&im.resolver.scratch, SCRATCH_BYTES_MAX);
	r = run(&im, paths, path_count, db_path, err);
	free((void *)(uintptr_t)im.resolver.last_unit_key.p);
	arena_release(&im.resolver.scratch);
	arena_release(&im.scratch);
	if (r == 0)
		*ret = summary;
	return r;
}
