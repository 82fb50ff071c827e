#include <fcntl.h>
#include <sys/stat.h>

#include "base/defaults.h"
#include "feature/advisories/feed_file.h"
#include "feature/advisories/fetch.h"
#include "feature/advisories/import_private.h"
#include "format/feeds/feed.h"

/* ---- which sources --------------------------------------------------------------------------------------------------------- */

static int add_words(struct arena *a, struct str text, char sep, struct str_vec *out)
{
	struct str word;
	while (str_next(&text, sep, &word))
		if (str_trim(word).n && !vec_push(a, out, str_trim(word)))
			return -1;
	return 0;
}

/* All values of a key of the built-in defaults, or the user's instead. */
static int setting(struct arena *a, struct str (*get)(void *ctx, struct str key), void *ctx, struct str key, char sep, struct str_vec *out)
{
	struct str user = get ? get(ctx, key) : STR_NONE;
	if (user.n)
		return add_words(a, user, sep, out);
	for (size_t i = 0;; i++) {
		struct str value = default_value_at(key, i);
		if (value.n == 0)
			return 0;
		if (add_words(a, value, sep, out) < 0)
			return -1;
	}
}

/* NAME of "db.source.NAME.url". */
static bool source_name(struct str key, struct str *ret)
{
	return str_strip_prefix(&key, STR("db.source.")) && str_strip_suffix(&key, STR(".url")) && key.n && (*ret = key).n;
}

static int add_source(struct arena *a, struct str name, struct str (*get)(void *ctx, struct str key), void *ctx, struct advisories_source_vec *out)
{
	struct str url_key = arena_printf(a, "db.source.%.*s.url", STR_FMT(name)), values_key = arena_printf(a, "db.source.%.*s.values", STR_FMT(name));
	struct str_vec urls = { 0 }, values = { 0 };
	if (!url_key.p || !values_key.p || setting(a, get, ctx, url_key, ' ', &urls) < 0 || setting(a, get, ctx, values_key, ',', &values) < 0)
		return -1;
	for (size_t i = 0; i < urls.n; i++) {
		struct advisories_source s = { .name = name, .url = urls.v[i], .values = values, .disabled = str_eq_c(urls.v[i], "-") };
		if (!vec_push(a, out, s))
			return -1;
	}
	return 0;
}

int advisories_default_sources(struct arena *a, struct str (*get)(void *ctx, struct str key), void *ctx, struct advisories_source_vec *ret,
			       struct error *err)
{
	struct advisories_source_vec out = { 0 };
	struct str_vec names = { 0 }, more = { 0 };
	for (size_t i = 0; i < default_value_count; i++) {
		struct str name;
		bool seen = false;
		if (!source_name(default_values[i].key, &name))
			continue;
		for (size_t j = 0; j < names.n && !seen; j++)
			seen = str_eq(names.v[j], name);
		if (!seen && !vec_push(a, &names, name))
			return error_nomem(err);
	}
	if (setting(a, get, ctx, STR("db.sources"), ',', &more) < 0)
		return error_nomem(err);
	for (size_t i = 0; i < names.n; i++)
		if (add_source(a, names.v[i], get, ctx, &out) < 0)
			return error_nomem(err);
	for (size_t i = 0; i < more.n; i++)
		if (add_source(a, more.v[i], get, ctx, &out) < 0)
			return error_nomem(err);
	*ret = out;
	return 0;
}

/* ---- fetching ---------------------------------------------------------------------------------------------------------------- */

struct target {
	struct str name, url;
	bool whole;            /* the feed is everything there is of its ecosystem */
	struct fetched file;
	size_t row;            /* in the summary */
	bool ready;            /* fetched, and to be imported */
};
VEC_DECLARE(target_vec, struct target);

struct update {
	struct arena *arena;
	const struct advisories_update_options *opt;
	struct str db_path;
	struct fetch fetch;
	struct target_vec targets;
	struct advisories_summary summary;
};

#define TARGETS_MAX 10000
static int add_target(struct update *u, struct str name, struct str url, struct str value, struct error *err)
{
	size_t at = str_find(url, STR("{value}"));
	struct target t = { .name = name, .url = url, .whole = str_find_char(value, ':') == STR_NOT_FOUND };
	if (at != STR_NOT_FOUND) {
		struct str quoted = STR("");
		for (size_t i = 0; i < value.n; i++) /* "Rocky Linux" in a path */
			quoted = value.p[i] == ' ' ? arena_concat(u->arena, quoted, STR("%20")) : arena_concat(u->arena, quoted, str_sub(value, i, 1));
		t.url = arena_printf(u->arena, "%.*s%.*s%.*s", STR_FMT(str_sub(url, 0, at)), STR_FMT(quoted), STR_FMT(str_from(url, at + 7)));
		t.name = arena_printf(u->arena, "%.*s %.*s", STR_FMT(name), STR_FMT(value));
		if (!t.url.p || !t.name.p)
			return error_nomem(err);
	}
	if (u->targets.n >= TARGETS_MAX)
		return error_set(err, ERR_LIMIT, "more than %d feeds to fetch", TARGETS_MAX);
	return vec_push(u->arena, &u->targets, t) ? 0 : error_nomem(err);
}

static int list_targets(struct update *u, const struct advisories_source_vec *sources, struct error *err)
{
	for (size_t i = 0; i < sources->n; i++) {
		const struct advisories_source *s = &sources->v[i];
		if (s->disabled)
			continue;
		bool many = str_contains(s->url, STR("{value}"));
		size_t count = many ? s->values.n : 1;
		for (size_t j = 0; j < count; j++) {
			int r = add_target(u, s->name, s->url, many ? s->values.v[j] : STR_NONE, err);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

static int note_failure(struct update *u, size_t row, int code, const struct error *err)
{
	struct advisories_file *f = &u->summary.files.v[row];
	f->code = code;
	f->error = arena_str(u->arena, str_c(err->text));
	u->summary.failed++;
	return f->error.p ? 0 : ERR_NOMEM;
}

/* One row of the summary a target; a target that fails leaves the others alone. */
static int fetch_all(struct update *u, bool have_db, struct error *err)
{
	for (size_t i = 0; i < u->targets.n; i++) {
		struct target *t = &u->targets.v[i];
		struct advisories_file row = { .path = t->name };
		struct error bad = { 0 };
		t->row = u->summary.files.n;
		if (!vec_push(u->arena, &u->summary.files, row))
			return error_nomem(err);
		if (u->opt->base.progress && u->opt->base.progress(u->opt->base.progress_ctx, t->name, 0, 0))
			return error_set(err, ERR_CANCELLED, "cancelled");
		int r = fetch_url(&u->fetch, t->name, t->url, &t->file, &bad);
		if (r == ERR_CANCELLED || r == ERR_NOMEM)
			return error_set(err, r, "%s", bad.text);
		if (r < 0) {
			if (note_failure(u, t->row, r, &bad) < 0)
				return error_nomem(err);
			continue;
		}
		u->summary.files.v[t->row].downloaded = t->file.downloaded;
		u->summary.files.v[t->row].unchanged = t->file.unchanged;
		t->ready = !t->file.unchanged || !have_db || u->opt->force || !fetch_imported(&u->fetch, &t->file, u->db_path);
	}
	return 0;
}

/* ---- importing --------------------------------------------------------------------------------------------------------------- */

/* Imports what is ready; a feed that makes no sense is noted and left out, and the rest is imported without it, so that half of it
 * never gets into the database. */
static int import_ready(struct update *u, struct error *err)
{
	for (;;) {
		struct import_item_vec items = { 0 };
		struct u32_vec of = { 0 };
		struct advisories_summary got;
		struct error bad = { 0 };
		size_t failed = SIZE_MAX;
		for (size_t i = 0; i < u->targets.n; i++) {
			struct target *t = &u->targets.v[i];
			struct import_item item = { .path = t->file.path, .named = true, .whole = t->whole };
			if (t->ready && (!vec_push(u->arena, &items, item) || !vec_push(u->arena, &of, (uint32_t)i)))
				return error_nomem(err);
		}
		if (items.n == 0)
			return 0;
		int r = import_run(u->arena, &items, u->db_path, &u->opt->base, &got, &failed, &bad);
		if (r < 0 && failed != SIZE_MAX) {
			struct target *t = &u->targets.v[of.v[failed]];
			t->ready = false;
			if (note_failure(u, t->row, r, &bad) < 0)
				return error_nomem(err);
			continue;
		}
		if (r < 0)
			return error_set(err, r, "%s", bad.text);
		for (size_t i = 0; i < got.files.n; i++) {
			const struct advisories_file *from = &got.files.v[i];
			for (size_t j = 0; j < items.n; j++) {
				struct advisories_file *row = &u->summary.files.v[u->targets.v[of.v[j]].row];
				if (!str_eq(items.v[j].path, from->path))
					continue;
				row->kind = from->kind;
				row->records = from->records;
				row->unreadable = from->unreadable;
				row->passed_over = from->passed_over;
				row->data_date = from->data_date;
			}
		}
		for (size_t j = 0; j < items.n; j++)
			if ((r = fetch_mark(&u->fetch, &u->targets.v[of.v[j]].file, u->db_path, err)) < 0)
				return r;
		got.files = u->summary.files;
		got.failed = u->summary.failed;
		u->summary = got;
		return 0;
	}
}

/* A database that `db build` wrote, here as a file: every record is read and written anew, so that a damaged or hostile one never gets into place. */
static int take_database(struct update *u, struct str path, struct error *err)
{
	struct feed_file file;
	struct str tmp = arena_printf(u->arena, "%.*s.fetched-%ld", STR_FMT(u->db_path), (long)getpid());
	int r = tmp.p ? feed_file_open(path, &file, err) : error_nomem(err);
	if (r < 0)
		return r;
	int fd = open(tmp.p, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0) {
		r = error_set_errno(err, errno, "%s", tmp.p);
	} else {
		for (size_t done = 0; done < file.content.n && r == 0;) {
			ssize_t n = write(fd, file.content.p + done, file.content.n - done);
			if (n < 0 && errno != EINTR)
				r = error_set_errno(err, errno, "%s", tmp.p);
			done += n > 0 ? (size_t)n : 0;
		}
		close(fd);
	}
	feed_file_close(&file);
	uint64_t bytes = 0;
	if (r == 0)
		r = advisories_build(u->arena, tmp, u->db_path, &bytes, err);
	unlink(tmp.p);
	if (r < 0)
		return r;
	struct advisories_info info;
	if ((r = advisories_info(u->arena, u->db_path, 0, &info, err)) < 0)
		return r;
	u->summary.advisories = info.advisories;
	u->summary.vulnerabilities = info.vulnerabilities;
	u->summary.packages = info.packages;
	u->summary.file_bytes = info.file_bytes;
	u->summary.written = true;
	return 0;
}

static bool is_own_database(struct str path)
{
	struct feed_file file;
	static const unsigned char magic[] = { 0xDE, 0xC0, 0xEF, 0xBE }; /* LMDB's, behind the page header */
	if (feed_file_open(path, &file, NULL) < 0)
		return false;
	bool own = file.content.n > 20 && memcmp(file.content.p + 16, magic, 4) == 0;
	feed_file_close(&file);
	return own;
}

/* Ready-made: ours is taken as it is, anything else (Trivy's artifact) is imported like a feed into an empty database. */
static int update_whole(struct update *u, bool have_db, struct error *err)
{
	int r = add_target(u, STR("database"), u->opt->database, STR_NONE, err);
	if (r < 0 || (r = fetch_all(u, have_db, err)) < 0)
		return r;
	struct target *t = &u->targets.v[0];
	struct advisories_file *row = &u->summary.files.v[t->row];
	if (row->code < 0)
		return error_set(err, row->code, "%.*s", STR_FMT(row->error));
	if (!t->ready)
		return 0;
	if (!is_own_database(t->file.path)) {
		struct advisories_update_options *fresh = arena_new(u->arena, struct advisories_update_options);
		if (!fresh)
			return error_nomem(err);
		*fresh = *u->opt;
		fresh->base.fresh = true;
		u->opt = fresh;
		if ((r = import_ready(u, err)) < 0)
			return r;
		return row->code < 0 ? error_set(err, row->code, "%.*s", STR_FMT(row->error)) : 0;
	}
	row->kind = STR("Bulkhead database");
	if ((r = take_database(u, t->file.path, err)) == 0)
		u->summary.files.v[t->row].records = u->summary.advisories;
	return r < 0 ? r : fetch_mark(&u->fetch, &t->file, u->db_path, err);
}

static int update_sources(struct update *u, bool have_db, struct error *err)
{
	struct advisories_source_vec sources = u->opt->sources;
	int r = sources.n ? 0 : advisories_default_sources(u->arena, NULL, NULL, &sources, err);
	if (r < 0 || (r = list_targets(u, &sources, err)) < 0)
		return r;
	if (u->targets.n == 0)
		return error_set(err, ERR_USAGE, "no source to update from is configured");
	if ((r = fetch_all(u, have_db, err)) < 0 || (r = import_ready(u, err)) < 0)
		return r;
	if (u->summary.failed == u->targets.n) {
		const struct advisories_file *first = &u->summary.files.v[0];
		return error_set(err, first->code, "every source failed, the first so: %.*s", STR_FMT(first->error));
	}
	return 0;
}

int advisories_update(struct arena *a, struct str db_path, const struct advisories_update_options *opt, struct advisories_summary *ret, struct error *err)
{
	struct update u = { .arena = a, .opt = opt, .db_path = db_path, .fetch = { .dir_fd = -1 } };
	_cleanup_close_ int lock = -1;
	char *name = arena_cstr(a, db_path);
	if (!name)
		return error_nomem(err);
	diags_init(&u.summary.diags, a);
	int r = import_lock(a, db_path, &lock, err);
	if (r == 0 && (r = fetch_open(a, opt, &u.fetch, err)) == 0) {
		bool have_db = access(name, F_OK) == 0 && !opt->base.fresh;
		r = opt->database.n ? update_whole(&u, have_db, err) : update_sources(&u, have_db, err);
		fetch_close(&u.fetch);
	}
	if (r == 0)
		*ret = u.summary;
	return r;
}
