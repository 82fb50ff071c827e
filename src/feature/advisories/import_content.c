#include "base/path.h"
#include "feature/advisories/import_private.h"
#include "format/tar/tar.h"
#include "format/zip/zip.h"

/* Reads one feed in memory into the builder; counts go to `row`. */
static int read_feed(struct import *im, enum feed_kind kind, struct str path, struct str content, struct advisories_file *row, struct error *err)
{
	struct feed_sink sink = { .ctx = &im->resolver, .record = resolve_record, .epss = resolve_epss, .diags = &im->summary->diags, .data_date = row->data_date };
	im->resolver.sink = &sink;
	im->resolver.file = path;
	im->resolver.epss_dated = false;
	int r = feed_read(kind, &im->context, &im->scratch, path, content, &sink, err);
	arena_clear(&im->scratch);
	if (!row->kind.n || sink.records)
		row->kind = str_c(feed_kind_name(kind));
	row->records += sink.records;
	row->unreadable += sink.unreadable;
	row->passed_over += sink.passed_over;
	row->data_date = sink.data_date;
	return r < 0 ? error_wrap(err, r, "%.*s", STR_FMT(path)) : 0;
}

/* One file of an archive. What is no feed (a README) is passed over; a damaged member is unreadable, the others are read. */
static int read_member(struct import *im, struct str archive, struct str name, struct str content, struct advisories_file *row, struct error *err)
{
	char path[1024];
	int n = snprintf(path, sizeof(path), "%.*s/%.*s", STR_FMT(archive), STR_FMT(name));
	struct str shown = str_make(path, MIN_OF((size_t)n, sizeof(path) - 1));
	enum feed_kind kind = feed_recognise(path_base(name), content);
	if (kind == FEED_UNKNOWN || kind == FEED_ZIP || kind == FEED_TAR || kind == FEED_DEBIAN_CONFIG) {
		row->passed_over++;
		return 0;
	}
	struct error bad;
	int r = read_feed(im, kind, shown, content, row, &bad);
	if (r == ERR_NOMEM || r == ERR_SYSTEM || r == ERR_INTERNAL || r == ERR_CANCELLED)
		return error_set(err, r, "%s", bad.text);
	if (r < 0) {
		diag_add(&im->summary->diags, DIAG_UNREADABLE, shown, 0, 0, "%s", bad.text);
		row->unreadable++;
	}
	return 0;
}

#define MEMBER_BYTES_MAX  (4ull << 30)
#define ARCHIVE_BYTES_MAX (32ull << 30) /* of all members of one archive */

static int read_zip(struct import *im, struct str path, struct str content, struct advisories_file *row, struct error *err)
{
	struct input in = input_from_str(path, content);
	struct zip zip;
	struct zip_cursor c;
	struct zip_inflater inflater;
	struct zip_member m;
	struct buf body;
	uint64_t total = 0;
	int r = zip_open(&in, &zip, err);
	if (r < 0)
		return error_wrap(err, r, "%.*s", STR_FMT(path));
	zip_cursor_init(&c, &zip);
	zip_inflater_init(&inflater);
	buf_init(&body, MEMBER_BYTES_MAX);
	while ((r = zip_next(&c, &m, err)) > 0) {
		struct error bad;
		if (m.is_folder)
			continue;
		if (m.size > MEMBER_BYTES_MAX || (total += m.size) > ARCHIVE_BYTES_MAX) {
			r = error_set(err, ERR_LIMIT, "%.*s: members are too large", STR_FMT(path));
			break;
		}
		buf_clear(&body);
		r = zip_check_ratio(&m, &bad);
		char *p = r < 0 ? NULL : buf_reserve(&body, (size_t)m.size + 1);
		if (r == 0 && !p) {
			r = error_nomem(err);
			break;
		}
		if (r < 0 || (r = zip_read(&inflater, &zip, &m, p, &bad)) < 0) {
			diag_add(&im->summary->diags, DIAG_UNREADABLE, path, 0, 0, "%.*s: %s", STR_FMT(m.name), bad.text);
			row->unreadable++;
			continue;
		}
		if ((r = read_member(im, path, m.name, str_make(p, (size_t)m.size), row, err)) < 0)
			break;
	}
	buf_release(&body);
	zip_inflater_release(&inflater);
	zip_cursor_release(&c);
	return r;
}

static int content_pread(void *ctx, void *dst, size_t n, uint64_t off, struct error *err)
{
	memcpy(dst, ((struct str *)ctx)->p + off, n);
	return 0;
}

static int read_tar(struct import *im, struct str path, struct str content, struct advisories_file *row, struct error *err)
{
	struct tar_source source = { .pread = content_pread, .size = content.n, .ctx = &content };
	struct tar tar;
	struct tar_entry e;
	int r = tar_init(&tar, &source, NULL, err);
	if (r < 0)
		return r;
	while ((r = tar_next(&tar, &e, err)) > 0) {
		if (e.type != TAR_FILE || e.sparse || e.body_at > content.n || e.size > content.n - e.body_at)
			continue;
		if ((r = read_member(im, path, e.path, str_sub(content, (size_t)e.body_at, (size_t)e.size), row, err)) < 0)
			break;
	}
	tar_release(&tar);
	return r < 0 ? error_wrap(err, r, "%.*s", STR_FMT(path)) : 0;
}

int import_content(struct import *im, enum feed_kind kind, struct str path, struct str content, struct advisories_file *row, struct error *err)
{
	switch (kind) {
	case FEED_ZIP:
		return read_zip(im, path, content, row, err);
	case FEED_TAR:
		return read_tar(im, path, content, row, err);
	default:
		return read_feed(im, kind, path, content, row, err);
	}
}
