#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "base/path.h"
#include "feature/advisories/feed_file.h"
#include "feature/advisories/import_private.h"

#define SCRATCH_BYTES_MAX (2ull << 30)

struct str import_time(struct arena *a, struct str now)
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

static int import_file(struct import *im, const struct import_item *item, bool configuration, struct error *err)
{
	struct str path = item->path;
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
		struct advisories_file row = { .path = path };
		im->resolver.tally_count = 0;
		r = import_content(im, kind, path, file.content, &row, err);
		if (r == 0 && item->whole)
			resolve_whole(&im->resolver);
		im->summary->records += row.records;
		im->summary->unreadable += row.unreadable;
		im->summary->passed_over += row.passed_over;
		if (r == 0 && !vec_push(im->arena, &im->summary->files, row))
			r = error_nomem(err);
	} else if (item->named) {
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

/* Folders become the files in them. */
static int expand(struct arena *a, const struct str *paths, size_t count, struct import_item_vec *out, struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		struct str_vec files = { 0 };
		struct stat st;
		char *name = arena_cstr(a, paths[i]);
		if (!name)
			return error_nomem(err);
		if (stat(name, &st) < 0)
			return error_set_errno(err, errno, "%s", name);
		bool folder = S_ISDIR(st.st_mode);
		int r = folder ? list_folder(a, paths[i], 0, &files, err) : vec_push(a, &files, paths[i]) ? 0 : error_nomem(err);
		if (r < 0)
			return r;
		if (files.n)
			qsort(files.v, files.n, sizeof(*files.v), compare_paths);
		for (size_t j = 0; j < files.n; j++) {
			struct import_item item = { .path = files.v[j], .named = !folder };
			if (!vec_push(a, out, item))
				return error_nomem(err);
		}
	}
	return 0;
}

/* What killed imports left beside the database. Only called with the lock held, so nobody is writing there. */
static void remove_leftovers(int dir_fd, struct str base)
{
	static const struct str marks[] = { STR_INIT(".new-"), STR_INIT(".fetched-"), STR_INIT(".plain-") };
	int fd = dup(dir_fd);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	for (struct dirent *e; d && (e = readdir(d));) {
		struct str name = str_c(e->d_name);
		for (size_t i = 0; base.n && i < ARRAY_LEN(marks); i++) {
			struct str rest = name;
			uint64_t pid;
			if (str_strip_prefix(&rest, base) && str_strip_prefix(&rest, marks[i]) && str_to_u64(rest, &pid) == 0)
				(void)unlinkat(dir_fd, e->d_name, 0);
		}
	}
	if (d)
		closedir(d);
	else if (fd >= 0)
		close(fd);
}

int import_lock(struct arena *a, struct str db_path, int *ret_fd, struct error *err)
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
	remove_leftovers(fd, path_base(db_path));
	*ret_fd = fd;
	return 0;
}

/* Two passes: release names must be known before the lists that use them. */
static int read_items(struct import *im, const struct import_item_vec *items, size_t *ret_failed, struct error *err)
{
	for (unsigned pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < items->n; i++) {
			int r = import_file(im, &items->v[i], pass == 0, err);
			if (r < 0) {
				*ret_failed = r == ERR_NOMEM || r == ERR_CANCELLED ? SIZE_MAX : i;
				return r;
			}
		}
	return 0;
}

static int build(struct import *im, const struct import_item_vec *items, struct str db_path, size_t *ret_failed, struct error *err)
{
	char *name = arena_cstr(im->arena, db_path);
	struct db_builder_counts counts;
	struct str old = STR_NONE, now = import_time(im->arena, im->opt->now);
	if (!name || !now.p)
		return error_nomem(err);
	if (!im->opt->fresh && access(name, F_OK) == 0)
		old = db_path;
	int r = db_builder_new(old, now, &im->resolver.builder, err);
	if (r < 0)
		return r;
	r = read_items(im, items, ret_failed, err);
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

int import_run(struct arena *a, const struct import_item_vec *items, struct str db_path, const struct advisories_options *opt,
	       struct advisories_summary *ret, size_t *ret_failed, struct error *err)
{
	static const struct advisories_options defaults = { 0 };
	struct advisories_summary summary = { 0 };
	struct import im = { .arena = a, .opt = opt ? opt : &defaults, .summary = &summary, .context = { .arena = a } };
	size_t failed = SIZE_MAX;
	diags_init(&summary.diags, a);
	arena_init(&im.scratch, SCRATCH_BYTES_MAX);
	arena_init(&im.resolver.scratch, SCRATCH_BYTES_MAX);
	int r = build(&im, items, db_path, &failed, err);
	free((void *)(uintptr_t)im.resolver.last_unit_key.p);
	arena_release(&im.resolver.scratch);
	arena_release(&im.scratch);
	if (r == 0)
		*ret = summary;
	else if (ret_failed)
		*ret_failed = failed;
	return r;
}

int advisories_import(struct arena *a, const struct str *paths, size_t path_count, struct str db_path, const struct advisories_options *opt,
		      struct advisories_summary *ret, struct error *err)
{
	struct import_item_vec items = { 0 };
	_cleanup_close_ int lock = -1;
	int r = expand(a, paths, path_count, &items, err);
	if (r < 0 || (r = import_lock(a, db_path, &lock, err)) < 0)
		return r;
	return import_run(a, &items, db_path, opt, ret, NULL, err);
}
