#include "base/map.h"
#include "base/path.h"
#include "format/compress/compress.h"
#include "format/tar/tar.h"
#include "source/layer/walk_internal.h"
#include "sys/file/file.h"

#define IN_PLACE_BYTES  (64u << 10) /* a body up to here is read whole at once even when its parser reads parts */
#define WANTED_LINKS_MAX 20000u

/* A hard link whose name a row wants that did not see the target. */
struct wanted_link {
	struct str path, target;
	uint32_t mode;
	bool found;
};
VEC_DECLARE(wanted_link_vec, struct wanted_link);

struct tar_walk {
	struct walk w;
	const struct walk_source *src;
	struct decompress *unpack; /* NULL in random access */
	struct tar tar;
	struct arena paths;        /* cleaned paths of the current entry */
	struct arena links;
	struct wanted_link_vec wanted;
	struct map by_target; /* second walk: target -> struct wanted_link */
};

/* --- reading a body --- */

static int tar_input_pread(void *ctx, void *dst, size_t n, uint64_t off, struct error *err)
{
	return tar_pread(ctx, dst, n, off, err);
}

static int spool_pread(void *ctx, void *dst, size_t n, uint64_t off, struct error *err)
{
	return file_pread(*(const int *)ctx, dst, n, off, err);
}

/* A body in memory of n bytes: the reused buffer, or (large) one to be freed. */
static char *body_memory(struct walk *w, uint64_t n, char **ret_own)
{
	buf_clear(&w->body);
	if (n <= WALK_KEEP_BYTES)
		return buf_reserve(&w->body, MAX_OF((size_t)n, (size_t)1));
	return *ret_own = malloc(n);
}

static int read_random(struct tar_walk *t, struct str path, const struct tar_entry *e, uint64_t rows, struct error *err)
{
	unsigned char head[WALK_HEAD_BYTES];
	size_t n = (size_t)MIN_OF(e->size, (uint64_t)sizeof(head));
	uint64_t selected = rows;
	int r = n ? tar_pread(&t->tar, head, n, 0, err) : 0;
	if (r < 0)
		return r;
	rows = walk_sniff(&t->w, path, rows, e->size, head, n);
	if (!rows)
		return walk_file(&t->w, path, selected, 0, NULL, err);
	walk_doing(&t->w, path, e->body_at);
	struct input in = { .name = path, .size = e->size };
	_cleanup_free_ char *own = NULL;
	if (e->size > IN_PLACE_BYTES && !walk_needs_memory(&t->w, rows)) {
		in.pread = tar_input_pread;
		in.ctx = &t->tar;
	} else {
		char *p = body_memory(&t->w, e->size, &own);
		if (!p)
			return error_nomem(err);
		r = tar_pread(&t->tar, p, e->size, 0, err);
		if (r < 0)
			return r;
		in.data = p;
	}
	r = walk_file(&t->w, path, selected, rows, &in, err);
	walk_doing(&t->w, STR(""), e->body_at);
	return r;
}

static int write_zeros(int fd, uint64_t from, uint64_t to, struct error *err)
{
	static const char zeros[4096];
	int r = 0;
	for (; from < to && r == 0; from += MIN_OF(to - from, (uint64_t)sizeof(zeros)))
		r = file_pwrite(fd, zeros, (size_t)MIN_OF(to - from, (uint64_t)sizeof(zeros)), from, err);
	return r;
}

/* Where a body of the stream goes: memory, or the spool file. Pieces come in order; what lies between them is a hole. */
struct sink {
	char *memory; /* NULL: spool */
	int fd;
	uint64_t at;
};

static int sink_put(struct sink *s, struct str piece, uint64_t offset, struct error *err)
{
	int r = 0;
	if (s->memory) {
		memset(s->memory + s->at, 0, (size_t)(offset - s->at));
		if (piece.n)
			memcpy(s->memory + offset, piece.p, piece.n);
	} else {
		r = write_zeros(s->fd, s->at, offset, err);
		if (r == 0)
			r = file_pwrite(s->fd, piece.p, piece.n, offset, err);
	}
	s->at = offset + piece.n;
	return r;
}

/* The whole body into memory or the spool file -> in. */
static int keep_body(struct tar_walk *t, const struct tar_entry *e, struct sink *s, struct input *in, struct error *err)
{
	struct str piece;
	uint64_t offset;
	int r;
	while ((r = tar_body(&t->tar, &piece, &offset, err)) > 0)
		if ((r = sink_put(s, piece, offset, err)) < 0)
			break;
	if (r == 0)
		r = sink_put(s, STR(""), e->size, err);
	in->data = s->memory;
	in->pread = s->memory ? NULL : spool_pread;
	in->ctx = &s->fd;
	return r;
}

/* The first bytes of a sparse body, before it is read: what is stored of them, the rest holes. */
static int sparse_head(struct tar_walk *t, const struct tar_entry *e, unsigned char head[WALK_HEAD_BYTES], size_t *ret_n, struct error *err)
{
	struct str stored;
	size_t n = (size_t)MIN_OF(e->size, (uint64_t)WALK_HEAD_BYTES);
	int r = tar_peek(&t->tar, n, &stored, err);
	if (r < 0)
		return r;
	memset(head, 0, WALK_HEAD_BYTES);
	for (size_t i = 0; i < t->tar.part_count && t->tar.parts[i].offset < n; i++) {
		const struct tar_part *p = &t->tar.parts[i];
		struct str bytes = str_sub(stored, (size_t)MIN_OF(p->stored_at, (uint64_t)stored.n), (size_t)MIN_OF(p->size, n - p->offset));
		if (bytes.n)
			memcpy(head + p->offset, bytes.p, bytes.n);
	}
	*ret_n = n;
	return 0;
}

static int read_stream(struct tar_walk *t, struct str path, const struct tar_entry *e, uint64_t rows, struct error *err)
{
	struct str head = STR_NONE;
	unsigned char sparse[WALK_HEAD_BYTES];
	uint64_t selected = rows;
	int r = e->sparse ? sparse_head(t, e, sparse, &head.n, err) : tar_peek(&t->tar, WALK_HEAD_BYTES, &head, err);
	if (r < 0)
		return r;
	/* Before anything is kept: a sparse file of any size costs its maker nothing. */
	rows = walk_sniff(&t->w, path, rows, e->size, e->sparse ? sparse : (const unsigned char *)head.p, head.n);
	if (!rows)
		return walk_file(&t->w, path, selected, 0, NULL, err);
	walk_doing(&t->w, path, e->body_at);
	struct input in = { .name = path, .size = e->size, .data = "" };
	struct sink s = { .fd = t->w.opt->spool_fd };
	_cleanup_free_ char *own = NULL;
	const unsigned char *win = t->tar.win + (t->tar.pos - t->tar.win_at);
	if (!e->sparse && e->size <= t->tar.win_n - (size_t)(t->tar.pos - t->tar.win_at)) {
		in.data = e->size ? (const char *)win : ""; /* whole in the window: used there */
	} else if (e->size > WALK_KEEP_BYTES && !walk_needs_memory(&t->w, rows) && s.fd < 0) {
		walk_diag(&t->w, DIAG_UNREADABLE, path, "%llu bytes, and there is no temporary file to keep them in", (unsigned long long)e->size);
		t->w.out->h.partial = 1; /* the next scan may have one: not for the cache */
		rows = 0;
	} else {
		if (e->size <= WALK_KEEP_BYTES || walk_needs_memory(&t->w, rows)) {
			s.memory = body_memory(&t->w, e->size, &own);
			if (!s.memory)
				return error_nomem(err);
		}
		r = keep_body(t, e, &s, &in, err);
	}
	if (r == 0)
		r = walk_file(&t->w, path, selected, rows, &in, err);
	walk_doing(&t->w, STR(""), e->body_at);
	return r;
}

static int read_file(struct tar_walk *t, struct str path, const struct tar_entry *e, uint64_t rows, struct error *err)
{
	return t->unpack ? read_stream(t, path, e, rows, err) : read_random(t, path, e, rows, err);
}

/* --- entries --- */

static int take_hardlink(struct tar_walk *t, struct str path, const struct tar_entry *e, struct error *err)
{
	struct str target = path_clean(&t->paths, e->link);
	if (!target.p)
		return error_nomem(err);
	uint64_t rows = walk_select(&t->w, path, e->mode, 0);
	const struct walk_looked *seen = walk_find_looked(&t->w, target);
	if (rows & ~(seen ? seen->rows : 0)) {
		struct wanted_link l = { arena_str(&t->links, path), arena_str(&t->links, target), e->mode, false };
		if (t->wanted.n < WANTED_LINKS_MAX && l.path.p && l.target.p && vec_push(&t->links, &t->wanted, l))
			return 0;
		walk_diag(&t->w, DIAG_UNREADABLE, path, "a hard link too many: its content was not read");
	} else if (seen && seen->from < seen->to) {
		walk_link(&t->w, path, target, true);
	}
	return 0;
}

static int take_entry(struct tar_walk *t, const struct tar_entry *e, struct error *err)
{
	struct str path = path_clean(&t->paths, e->path);
	if (!path.p)
		return error_nomem(err);
	if (path.n >= WALK_PATH_BYTES) {
		walk_diag(&t->w, DIAG_UNREADABLE, str_sub(path, 0, 200), "a path of %zu bytes, which no system opens", path.n);
		return 0;
	}
	if (!path.n || walk_take_whiteout(&t->w, &t->paths, path))
		return 0;
	walk_replaced(&t->w, path);
	walk_present(&t->w, path, e->type == TAR_DIR);
	if (UNLIKELY(t->w.lookers) && (e->type == TAR_DIR || e->type == TAR_FILE)) {
		int r = walk_look(&t->w, path, &(struct analyzer_entry){ .mode = e->mode, .is_dir = e->type == TAR_DIR, .size = e->size }, err);
		if (r < 0)
			return r;
	}
	if (e->type == TAR_SYMLINK) {
		walk_link(&t->w, path, e->link, false);
	} else if (e->type == TAR_HARDLINK) {
		return take_hardlink(t, path, e, err);
	} else if (e->type == TAR_FILE) {
		uint64_t rows = walk_select(&t->w, path, e->mode, e->size);
		if (rows)
			return read_file(t, path, e, rows, err);
	}
	return 0;
}

/* Second walk: an entry that a hard link wanted. One body serves one link here: another name for it would give the same facts again. */
static int take_target(struct tar_walk *t, const struct tar_entry *e, struct error *err)
{
	struct str path = e->type == TAR_FILE ? path_clean(&t->paths, e->path) : STR_NONE;
	struct wanted_link *l = path.p ? map_get(&t->by_target, path) : NULL;
	if (!l || l->found)
		return 0;
	l->found = true;
	uint64_t rows = walk_select(&t->w, l->path, l->mode, e->size);
	return rows ? read_file(t, l->path, e, rows, err) : 0;
}

/* --- a whole walk --- */

static int stream_next(void *ctx, const unsigned char **ret, size_t *ret_n, struct error *err)
{
	return decompress_next(ctx, ret, ret_n, err);
}

static int open_tar(struct tar_walk *t, struct error *err)
{
	struct tar_source ts = { .pread = t->src->pread, .size = t->src->size, .ctx = t->src->ctx };
	uint64_t max = t->w.opt->max_unpacked_bytes;
	if (t->src->next) {
		struct decompress_source ds = { t->src->next, t->src->ctx };
		struct decompress_limits limits = { .max_bytes = max };
		int r = decompress_open(&t->unpack, t->src->compression, &ds, &limits, err);
		if (r < 0)
			return r;
		ts = (struct tar_source){ .next = stream_next, .ctx = t->unpack };
	} else if (max && t->src->size > max) {
		return error_set(err, ERR_LIMIT, "%llu bytes, more than the limit of %llu", (unsigned long long)t->src->size, (unsigned long long)max);
	}
	return tar_init(&t->tar, &ts, NULL, err);
}

static void close_tar(struct tar_walk *t)
{
	tar_release(&t->tar);
	t->unpack = decompress_close(t->unpack);
}

static int walk_entries(struct tar_walk *t, int (*take)(struct tar_walk *, const struct tar_entry *, struct error *), uint64_t *ret_count, struct error *err)
{
	struct tar_entry e;
	int r;
	while ((r = tar_next(&t->tar, &e, err)) > 0) {
		*ret_count += 1;
		if ((*ret_count & 1023) == 0)
			walk_doing(&t->w, STR(""), tar_position(&t->tar));
		r = take(t, &e, err);
		if (t->paths.blocks)
			arena_clear(&t->paths);
		if (r < 0)
			break;
	}
	return r;
}

/* What stands behind the archive's end mark is unpacked too, so that checksums are checked to the end. */
static int drain(struct tar_walk *t, struct error *err)
{
	const unsigned char *p;
	size_t n = 1;
	int r = 0;
	while (t->unpack && n && r == 0)
		r = decompress_next(t->unpack, &p, &n, err);
	uint64_t garbage = t->unpack && r == 0 ? decompress_trailing_garbage(t->unpack) : 0;
	if (garbage)
		walk_diag(&t->w, DIAG_WARNING, STR(""), "%llu bytes behind the gzip stream were ignored", (unsigned long long)garbage);
	return r;
}

static int walk_wanted_links(struct tar_walk *t, struct error *err)
{
	uint64_t ignored = 0;
	bool inside = false;
	int r = 0;
	map_init(&t->by_target, &t->links);
	for (size_t i = 0; i < t->wanted.n; i++) {
		struct wanted_link *l = &t->wanted.v[i];
		inside |= !walk_find_looked(&t->w, l->path);
		if (map_put(&t->by_target, l->target, l) < 0)
			return error_nomem(err);
	}
	if (inside) {
		close_tar(t);
		r = t->src->rewind ? t->src->rewind(t->src->ctx, err) : 0;
		if (r == 0)
			r = open_tar(t, err);
		if (r == 0)
			r = walk_entries(t, take_target, &ignored, err);
		if (r == 0)
			r = drain(t, err);
	}
	/* What is not in this layer may be in one below. */
	for (size_t i = 0; i < t->wanted.n; i++)
		if (!t->wanted.v[i].found)
			walk_link(&t->w, t->wanted.v[i].path, t->wanted.v[i].target, true);
	return r;
}

int walk_layer(const struct walk_source *src, const struct walk_options *opt, struct facts_writer *out, struct error *err)
{
	struct tar_walk t = { .src = src };
	struct error why = { 0 };
	int r = walk_init(&t.w, opt, out, err);
	if (r < 0)
		return r;
	arena_init(&t.paths, 16 << 20);
	arena_init(&t.links, 64 << 20);
	r = open_tar(&t, &why);
	if (r == 0) {
		r = walk_entries(&t, take_entry, &out->h.entry_count, &why);
		out->h.tar_bytes = tar_position(&t.tar);
	}
	if (r == 0)
		r = drain(&t, &why);
	if (r == 0 && t.wanted.n)
		r = walk_wanted_links(&t, &why);
	if ((r == ERR_FORMAT || r == ERR_LIMIT) && out->h.entry_count) {
		out->h.partial = 1;
		walk_diag(&t.w, DIAG_UNREADABLE, STR(""), "the layer was read only in part: %s", why.text);
		r = 0;
	}
	if (r == 0)
		walk_last(&t.w);
	if (r < 0 && err)
		*err = why;
	close_tar(&t);
	arena_release(&t.paths);
	arena_release(&t.links);
	walk_release(&t.w);
	return r;
}
