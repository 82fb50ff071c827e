/* Archives inside a layer's files, walked with the rows of everything else (SCAN_DEEP): zip and its relatives, tar, tar.gz, tar.zst, one in another.
 *
 *   srv/bundle.tar.gz ── lib/app.zip ── node_modules/x/package.json     a package of srv/bundle.tar.gz, nested_path lib/app.zip/node_modules/x/package.json
 *
 * What names an installed system (release files, databases of packages, file lists) says nothing of this image here and is left out. So is what
 * another row already takes out of the same archive: jars inside jars, the metadata of an egg.
 *
 * Bombs: NESTED_DEPTH levels, and for each layer NESTED_BYTES unpacked and NESTED_ENTRIES members; what is beyond is told of once. */
#include "base/path.h"
#include "format/compress/compress.h"
#include "format/tar/tar.h"
#include "format/zip/zip.h"
#include "source/layer/walk_internal.h"

#define NESTED_DEPTH    8u
#define NESTED_BYTES    (UINT64_C(8) << 30)
#define NESTED_ENTRIES  UINT64_C(4000000)
#define HELD_BYTES      (32u << 20)  /* members up to here are unpacked into memory */
#define HELD_MORE_BYTES (256u << 20) /* members of compressed tars, which cannot be read twice; all that are held at a time together */
#define PIECE_BYTES     (64u << 10)
#define PATHS_BYTES     (1u << 20)   /* of one member */
#define TAR_MAGIC_AT    257u

enum nested_kind { NESTED_NONE, NESTED_ZIP, NESTED_TAR, NESTED_PACKED_TAR };

/* One archive being walked; the outer ones wait below it. */
struct nested {
	struct walk *w;
	const struct input *in;
	struct str outer;      /* the layer's file */
	unsigned depth;
	uint64_t rows;         /* that its members may be read by */
	struct arena paths;    /* of the current member */
	bool has_manifest, is_image;
};

static uint64_t rows_of_kind(const struct walk *w, enum package_kind kind)
{
	uint64_t rows = 0;
	for (size_t i = 0; i < w->opt->count; i++)
		if (w->opt->table[i].kind == FACTS_PACKAGES && w->opt->table[i].package_kind == kind)
			rows |= UINT64_C(1) << i;
	return rows;
}

/* Rows that make sense inside an archive. */
static uint64_t rows_inside(const struct walk *w, struct str name)
{
	uint64_t rows = 0;
	for (size_t i = 0; i < w->opt->count; i++) {
		const struct analyzer *an = &w->opt->table[i];
		bool system = an->kind == FACTS_OS_RELEASE || an->kind == FACTS_OWNED_FILES || (an->kind == FACTS_PACKAGES && package_kind_info(an->package_kind)->os);
		rows |= system ? 0 : UINT64_C(1) << i;
	}
	uint64_t jar = rows_of_kind(w, PKG_JAR);
	if (analyzer_select(&w->index, w->opt->table, name, 0, 1) & jar)
		rows &= ~(jar | rows_of_kind(w, PKG_POM));
	if (str_has_suffix(name, STR(".egg")))
		rows &= ~rows_of_kind(w, PKG_PYTHON);
	return rows;
}

static void exhausted(struct walk *w, struct str path, const char *what)
{
	if (w->nested_full)
		return;
	w->nested_full = true;
	walk_diag(w, DIAG_UNREADABLE, path, "archives inside files of this layer: more than %s; the rest of them was not read", what);
}

/* Takes n unpacked bytes off what the layer may cost. */
static bool pay(struct walk *w, struct str path, uint64_t n)
{
	if (n <= NESTED_BYTES - w->nested_bytes) {
		w->nested_bytes += n;
		return true;
	}
	w->nested_bytes = NESTED_BYTES;
	exhausted(w, path, "8 GiB unpacked");
	return false;
}

static bool count_entry(struct nested *n)
{
	if (n->w->nested_entries++ < NESTED_ENTRIES)
		return true;
	exhausted(n->w, n->in->name, "4 million members");
	return false;
}

/* --- a member --- */

/* The path of a member as the report shows it; empty: it is not read. */
static struct str member_path(struct nested *n, struct str name)
{
	struct str clean = path_clean(&n->paths, name), path;
	if (!clean.n || n->in->name.n + clean.n + 1 >= WALK_PATH_BYTES)
		return STR_NONE;
	path = path_join(&n->paths, n->in->name, clean);
	return path.p ? path : STR_NONE;
}

static int read_member(struct nested *n, const struct input *in, uint64_t rows, struct error *err)
{
	unsigned char head[WALK_HEAD_BYTES];
	size_t k = (size_t)MIN_OF(in->size, (uint64_t)sizeof(head));
	int r = input_read(in, head, k, 0, err);
	if (r < 0)
		return r;
	for (rows = walk_sniff(n->w, in->name, rows, in->size, head, k); rows; rows &= rows - 1) {
		size_t row = (size_t)__builtin_ctzll(rows);
		if (n->w->opt->table[row].archive)
			r = walk_nested(n->w, in, n->outer, n->depth + 1, n->rows, err);
		else
			walk_row(n->w, row, in, n->outer);
		if (r < 0)
			return r;
	}
	return 0;
}

/* --- zip --- */

/* Without permissions a name without an ending may be a program's: its first bytes tell. */
static uint32_t zip_mode(struct str path)
{
	return str_find_char(path_base(path), '.') == STR_NOT_FOUND ? 0755 : 0644;
}

static int take_zip_member(struct nested *n, const struct zip *z, struct zip_inflater *f, const struct zip_member *m, struct error *err)
{
	struct str path = member_path(n, m->name);
	uint64_t rows = path.n ? walk_select(n->w, path, zip_mode(path), m->size) & n->rows : 0, work = NESTED_BYTES - n->w->nested_bytes;
	struct input in;
	struct input_window window;
	struct zip_deep *deep = NULL;
	_cleanup_free_ char *own = NULL;
	int r;
	if (!rows || !m->size)
		return 0;
	if (m->size <= HELD_BYTES) {
		if ((r = zip_check_ratio(m, err)) < 0 || !pay(n->w, path, m->size))
			return r;
		if (!(own = malloc((size_t)m->size)))
			return error_nomem(err);
		r = zip_read(f, z, m, own, err);
		in = input_from_str(path, str_make(own, (size_t)m->size));
	} else if (m->method == ZIP_STORED) {
		r = zip_member_input(z, m, &window, &in, err);
	} else {
		r = zip_deep_open(z, m, path, &work, &deep, &in, err);
	}
	if (r < 0)
		return r;
	in.name = path;
	r = read_member(n, &in, rows, err);
	if (deep) {
		uint64_t left = NESTED_BYTES - n->w->nested_bytes;
		pay(n->w, path, left > work ? left - work : 0);
	}
	zip_deep_close(deep);
	return r;
}

static void tell(struct nested *n, struct str path, const struct error *why)
{
	walk_diag(n->w, DIAG_UNREADABLE, path.n ? path : n->in->name, "inside the archive: %s", why->text[0] ? why->text : error_code_name(why->code));
}

static int walk_zip(struct nested *n, struct error *err)
{
	struct zip z;
	struct zip_cursor c;
	struct zip_inflater f;
	struct zip_member m;
	struct error why = { 0 };
	int r = zip_open(n->in, &z, &why);
	if (r < 0) {
		tell(n, STR_NONE, &why);
		return r == ERR_NOMEM ? error_nomem(err) : 0;
	}
	zip_cursor_init(&c, &z);
	zip_inflater_init(&f);
	while (!n->w->nested_full && (r = zip_next(&c, &m, &why)) > 0) {
		if (m.is_folder || !count_entry(n))
			continue;
		r = take_zip_member(n, &z, &f, &m, &why);
		if (r < 0)
			tell(n, member_path(n, m.name), &why);
		arena_clear(&n->paths);
		error_clear(&why);
		if (r == ERR_NOMEM)
			break;
	}
	if (r < 0 && r != ERR_NOMEM)
		tell(n, STR_NONE, &why);
	zip_inflater_release(&f);
	zip_cursor_release(&c);
	return r == ERR_NOMEM ? error_nomem(err) : 0;
}

/* --- tar --- */

struct reader {
	const struct input *in;
	uint64_t at;
	unsigned char piece[PIECE_BYTES];
};

static int reader_next(void *ctx, const unsigned char **ret, size_t *ret_n, struct error *err)
{
	struct reader *rd = ctx;
	size_t n = (size_t)MIN_OF(rd->in->size - rd->at, (uint64_t)sizeof(rd->piece));
	int r = n ? input_read(rd->in, rd->piece, n, rd->at, err) : 0;
	if (r < 0)
		return r;
	rd->at += n;
	*ret = rd->piece;
	*ret_n = n;
	return 0;
}

static int unpack_next(void *ctx, const unsigned char **ret, size_t *ret_n, struct error *err)
{
	return decompress_next(ctx, ret, ret_n, err);
}

static int in_pread(void *ctx, void *dst, size_t n, uint64_t off, struct error *err)
{
	return input_read(ctx, dst, n, off, err);
}

static int tar_input_pread(void *ctx, void *dst, size_t n, uint64_t off, struct error *err)
{
	return tar_pread(ctx, dst, n, off, err);
}

/* A body of a stream, holes filled. */
static int hold_body(struct tar *t, char *to, uint64_t size, struct error *err)
{
	struct str piece;
	uint64_t offset;
	int r;
	memset(to, 0, (size_t)size);
	while ((r = tar_body(t, &piece, &offset, err)) > 0)
		memcpy(to + offset, piece.p, piece.n); /* pieces lie within the size: tar.h */
	return r;
}

/* An image kept as a file is not this image: its packages are not installed here. */
static void notice_image(struct nested *n, struct str name)
{
	n->has_manifest |= str_eq(name, STR("manifest.json")) || str_eq(name, STR("oci-layout"));
	bool part = str_eq(path_base(name), STR("layer.tar")) || str_has_prefix(name, STR("blobs/sha256/")) || str_eq(name, STR("repositories"));
	if (!n->has_manifest || !part || n->is_image)
		return;
	n->is_image = true;
	walk_diag(n->w, DIAG_WARNING, n->in->name, "holds a container image, whose operating-system packages are not judged here: scan it by itself");
}

/* A large member of a compressed tar: held only when its first bytes are what some row looks for. */
static int read_large(struct nested *n, struct tar *t, const struct tar_entry *e, struct str path, uint64_t rows, struct error *err)
{
	struct str head;
	_cleanup_free_ char *own = NULL;
	int r = e->sparse ? 0 : tar_peek(t, WALK_HEAD_BYTES, &head, err);
	if (r < 0)
		return r;
	if (!e->sparse && !walk_sniff(n->w, path, rows, e->size, (const unsigned char *)head.p, head.n))
		return 0;
	if (e->sparse || e->size > HELD_MORE_BYTES - n->w->nested_held)
		return error_set(err, ERR_LIMIT, "%llu bytes, more than the limit of %u for files in compressed archives", (unsigned long long)e->size, HELD_MORE_BYTES);
	if (!(own = malloc((size_t)e->size)))
		return error_nomem(err);
	n->w->nested_held += e->size;
	struct input in = input_from_str(path, str_make(own, (size_t)e->size));
	r = hold_body(t, own, e->size, err);
	if (r == 0)
		r = read_member(n, &in, rows, err);
	n->w->nested_held -= e->size;
	return r;
}

static int take_tar_member(struct nested *n, struct tar *t, const struct tar_entry *e, struct error *err)
{
	struct str path = e->type == TAR_FILE ? member_path(n, e->path) : STR_NONE;
	uint64_t rows = path.n && e->size ? walk_select(n->w, path, e->mode, e->size) & n->rows : 0;
	struct input in = { .name = path, .size = e->size };
	_cleanup_free_ char *own = NULL;
	int r = 0;
	notice_image(n, e->path);
	if (!rows)
		return 0;
	if (e->size <= HELD_BYTES) {
		if (!(own = malloc((size_t)e->size)))
			return error_nomem(err);
		r = t->src.pread ? tar_pread(t, own, (size_t)e->size, 0, err) : hold_body(t, own, e->size, err);
		in.data = own;
	} else if (t->src.pread) {
		in.pread = tar_input_pread;
		in.ctx = t;
	} else {
		return read_large(n, t, e, path, rows, err);
	}
	return r < 0 ? r : read_member(n, &in, rows, err);
}

static int walk_tar(struct nested *n, struct decompress *unpack, struct error *err)
{
	struct tar_source src = { .pread = in_pread, .size = n->in->size, .ctx = (void *)(uintptr_t)n->in };
	struct tar t;
	struct tar_entry e;
	struct error why = { 0 };
	if (unpack)
		src = (struct tar_source){ .next = unpack_next, .ctx = unpack };
	uint64_t paid = 0;
	int r = tar_init(&t, &src, NULL, &why);
	while (r >= 0 && !n->w->nested_full && (r = tar_next(&t, &e, &why)) > 0) {
		if (!count_entry(n))
			break;
		r = take_tar_member(n, &t, &e, &why);
		if (r < 0 && r != ERR_NOMEM && (t.src.pread || r == ERR_LIMIT)) {
			tell(n, member_path(n, e.path), &why);
			error_clear(&why);
			r = 0;
		}
		arena_clear(&n->paths);
		uint64_t out = unpack ? decompress_bytes_out(unpack) : 0;
		if (!pay(n->w, n->in->name, out - paid))
			break;
		paid = out;
	}
	if (r < 0 && r != ERR_NOMEM)
		tell(n, STR_NONE, &why);
	tar_release(&t);
	return r == ERR_NOMEM ? error_nomem(err) : 0;
}

static int walk_packed_tar(struct nested *n, struct error *err)
{
	struct reader *rd = calloc(1, sizeof(*rd));
	struct decompress *unpack = NULL;
	struct error why = { 0 };
	struct decompress_limits limits = { .max_bytes = MAX_OF(NESTED_BYTES - n->w->nested_bytes, UINT64_C(1)), .ratio_floor = UINT64_C(256) << 20 };
	if (!rd)
		return error_nomem(err);
	rd->in = n->in;
	int r = decompress_open(&unpack, COMPRESS_UNKNOWN, &(struct decompress_source){ reader_next, rd }, &limits, &why);
	if (r == 0)
		r = walk_tar(n, unpack, err);
	else if (r != ERR_NOMEM)
		tell(n, STR_NONE, &why), r = 0;
	decompress_close(unpack);
	free(rd);
	return r;
}

/* --- any archive --- */

static enum nested_kind kind_of(const struct input *in)
{
	unsigned char head[TAR_MAGIC_AT + 5] = { 0 };
	size_t n = (size_t)MIN_OF(in->size, (uint64_t)sizeof(head));
	if (n < 6 || input_read(in, head, n, 0, NULL) < 0)
		return NESTED_NONE;
	enum compression c = compress_detect(head, n);
	if (head[0] == 'P' && head[1] == 'K' && head[2] < 9)
		return NESTED_ZIP;
	if (c == COMPRESS_GZIP || c == COMPRESS_ZSTD)
		return NESTED_PACKED_TAR;
	return memcmp(head + TAR_MAGIC_AT, "ustar", 5) == 0 ? NESTED_TAR : NESTED_NONE;
}

bool walk_nested_wants(struct str path, uint32_t mode, uint64_t size)
{
	struct str base = path_base(path);
	if (str_has_suffix(base, STR(".gz")) || str_has_suffix(base, STR(".zst")))
		return str_has_suffix(base, STR(".tar.gz")) || str_has_suffix(base, STR(".tar.zst"));
	return true;
}

bool walk_nested_sniff(const unsigned char *head, size_t n)
{
	return n && head[0];
}

int walk_nested(struct walk *w, const struct input *in, struct str outer, unsigned depth, uint64_t rows, struct error *err)
{
	struct nested n = { .w = w, .in = in, .outer = outer, .depth = depth };
	enum nested_kind kind = kind_of(in);
	if (kind == NESTED_NONE || w->nested_full)
		return 0;
	if (depth > NESTED_DEPTH) {
		walk_diag(w, DIAG_UNREADABLE, in->name, "an archive more than %u archives deep: not read", NESTED_DEPTH);
		return 0;
	}
	n.rows = rows & rows_inside(w, in->name);
	arena_init(&n.paths, PATHS_BYTES);
	int r = kind == NESTED_ZIP ? walk_zip(&n, err) : kind == NESTED_TAR ? walk_tar(&n, NULL, err) : walk_packed_tar(&n, err);
	arena_release(&n.paths);
	return r;
}
