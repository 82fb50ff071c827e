#include "format/tar/tar.h"

#include "format/tar/tar_header.h"

/* Read-ahead of headers in random access: enough for a run of small files, little enough that jumping over large ones copies little. */
#define AHEAD_MAX (32u << 10)
#define AHEAD_FAR (4u << 10)   /* after a body that was larger than AHEAD_MAX */
#define BODY_MAX  (64u << 10)  /* one piece of tar_body in random access */

int tar_init(struct tar *t, const struct tar_source *src, const struct tar_limits *limits, struct error *err)
{
	struct tar_limits l = limits ? *limits : (struct tar_limits){ 0 };
	*t = (struct tar){ .src = *src, .limits = {
		.max_entries = l.max_entries ? l.max_entries : 50000000,
		.max_path_bytes = l.max_path_bytes ? l.max_path_bytes : 64u << 10,
		.max_pax_bytes = l.max_pax_bytes ? l.max_pax_bytes : 1u << 20,
		.max_sparse_parts = l.max_sparse_parts ? l.max_sparse_parts : 1000000,
	} };
	if (!src->pread == !src->next)
		return error_set(err, ERR_INTERNAL, "tar: one kind of source expected");
	size_t name_max = (size_t)t->limits.max_path_bytes + 2 * TAR_BLOCK;
	buf_init(&t->path, name_max);
	buf_init(&t->link, name_max);
	buf_init(&t->pax, t->limits.max_pax_bytes);
	t->ahead = malloc(src->pread ? BODY_MAX : TAR_BLOCK);
	return t->ahead ? 0 : error_nomem(err);
}

void tar_release(struct tar *t)
{
	free(t->ahead);
	free(t->parts);
	buf_release(&t->path);
	buf_release(&t->link);
	buf_release(&t->pax);
	*t = (struct tar){ 0 };
}

uint64_t tar_position(const struct tar *t)
{
	return t->pos;
}

/* --- the window --- */

static int truncated(const struct tar *t, struct error *err)
{
	return error_set(err, ERR_FORMAT, "truncated: the archive ends at byte %llu inside an entry", (unsigned long long)(t->win_at + t->win_n));
}

/* Makes the window hold the byte at pos, random access with up to `want` bytes. 1; 0: the input ends at or before pos. */
static int fill(struct tar *t, size_t want, struct error *err)
{
	if (t->src.pread) {
		if (t->pos - t->win_at < t->win_n)
			return 1;
		if (t->pos >= t->src.size) {
			t->win_at = t->src.size;
			t->win_n = 0;
			return 0;
		}
		size_t n = (size_t)MIN_OF((uint64_t)want, t->src.size - t->pos);
		int r = t->src.pread(t->src.ctx, t->ahead, n, t->pos, err);
		if (r < 0)
			return r;
		t->win = t->ahead;
		t->win_at = t->pos;
		t->win_n = n;
		return 1;
	}
	while (t->pos - t->win_at >= t->win_n) {
		t->win_at += t->win_n;
		t->win = t->later;
		t->win_n = t->later_n;
		t->later_n = 0;
		int r = t->win_n ? 0 : t->src.next(t->src.ctx, &t->win, &t->win_n, err);
		if (r < 0) {
			t->win_n = 0;
			return r;
		}
		if (!t->win_n)
			return 0;
	}
	return 1;
}

/* Makes the window hold n bytes (at most TAR_BLOCK) from pos: how many it holds then (fewer only at the end of the input), or a negative code. */
static int gather(struct tar *t, size_t n, size_t ahead, struct error *err)
{
	/* A window that ends too early: in random access it is simply read anew from here. */
	if (t->src.pread && t->pos >= t->win_at && t->win_at + t->win_n - t->pos < n)
		t->win_n = 0;
	int r = fill(t, ahead, err);
	if (r <= 0)
		return r;
	size_t at = (size_t)(t->pos - t->win_at), have = t->win_n - at;
	if (LIKELY(have >= n) || t->src.pread)
		return (int)MIN_OF(have, n);
	/* Across chunks: put together in the scratch block; the rest of the last chunk comes later. */
	memmove(t->ahead, t->win + at, have);
	t->win_at = t->pos;
	t->win = t->ahead;
	t->win_n = have;
	while (have < n) {
		if (!t->later_n) {
			r = t->src.next(t->src.ctx, &t->later, &t->later_n, err);
			if (r < 0) {
				t->later_n = 0;
				return r;
			}
			if (!t->later_n)
				break;
		}
		size_t k = MIN_OF(n - have, t->later_n);
		memcpy(t->ahead + have, t->later, k);
		t->later += k;
		t->later_n -= k;
		t->win_n = have += k;
	}
	return (int)have;
}

/* The block at pos, which moves behind it. 1; 0: the input ends before its first byte; ERR_FORMAT inside. */
static int take_block(struct tar *t, const unsigned char **ret, struct error *err)
{
	int r = gather(t, TAR_BLOCK, t->last_skip > AHEAD_MAX ? AHEAD_FAR : AHEAD_MAX, err);
	if (r <= 0)
		return r;
	if (r < (int)TAR_BLOCK)
		return truncated(t, err);
	*ret = t->win + (t->pos - t->win_at);
	t->pos += TAR_BLOCK;
	return 1;
}

/* Reads the rest of a meta entry (names, pax records) into b: n bytes and their padding. */
static int take_bytes(struct tar *t, uint64_t n, uint32_t limit, struct buf *b, const char *what, struct error *err)
{
	buf_clear(b);
	if (n > limit)
		return error_set(err, ERR_LIMIT, "%s of %llu bytes at byte %llu (limit %u)", what, (unsigned long long)n,
				 (unsigned long long)(t->pos - TAR_BLOCK), limit);
	for (uint64_t left = n; left;) {
		const unsigned char *block;
		int r = take_block(t, &block, err);
		if (r <= 0)
			return r < 0 ? r : truncated(t, err);
		size_t k = (size_t)MIN_OF(left, (uint64_t)TAR_BLOCK);
		buf_add_bytes(b, block, k);
		left -= k;
	}
	return buf_failed(b) ? error_nomem(err) : 0;
}

/* --- sparse maps --- */

static int add_part(struct tar *t, uint64_t offset, uint64_t size, struct error *err)
{
	if (t->part_count >= t->limits.max_sparse_parts)
		return error_set(err, ERR_LIMIT, "a sparse file of more than %u parts", t->limits.max_sparse_parts);
	if (t->part_count == t->part_cap) {
		size_t cap = t->part_cap ? t->part_cap * 2 : 32;
		struct tar_part *p = reallocarray(t->parts, cap, sizeof(*p));
		if (!p)
			return error_nomem(err);
		t->parts = p;
		t->part_cap = cap;
	}
	t->parts[t->part_count++] = (struct tar_part){ .offset = offset, .size = size };
	return 0;
}

static int bad_sparse(const struct tar *t, struct error *err)
{
	return error_set(err, ERR_FORMAT, "bad sparse map before byte %llu", (unsigned long long)t->pos);
}

/* Parts must be in order, apart, inside the file, and all their bytes stored. */
static int check_parts(struct tar *t, struct error *err)
{
	uint64_t end = 0, stored = 0;
	for (size_t i = 0; i < t->part_count; i++) {
		struct tar_part *p = &t->parts[i];
		uint64_t part_end;
		if (p->offset < end || ADD_OVERFLOWS(p->offset, p->size, &part_end) || part_end > t->e.size || p->size > t->e.stored - stored)
			return bad_sparse(t, err);
		p->stored_at = stored;
		stored += p->size;
		end = part_end;
	}
	return 0;
}

static int old_gnu_entries(struct tar *t, const unsigned char *p, size_t count, bool *ret_end, struct error *err)
{
	*ret_end = false;
	for (size_t i = 0; i < count; i++, p += 24) {
		uint64_t offset, size;
		if (!p[0]) {
			*ret_end = true;
			return 0;
		}
		if (tar_number(p, 12, &offset) < 0 || tar_number(p + 12, 12, &size) < 0)
			return bad_sparse(t, err);
		int r = add_part(t, offset, size, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Old GNU: four parts in the header at 386, more in blocks of 21 that follow while a flag says so; the real size at 483. */
static int read_old_gnu_map(struct tar *t, const unsigned char *block, struct error *err)
{
	bool end, more = block[482] != 0;
	if (tar_number(block + 483, 12, &t->e.size) < 0)
		return bad_sparse(t, err);
	t->part_count = 0;
	int r = old_gnu_entries(t, block + 386, 4, &end, err);
	while (r == 0 && more) {
		r = take_block(t, &block, err);
		if (r <= 0)
			return r < 0 ? r : truncated(t, err);
		more = block[504] != 0;
		r = old_gnu_entries(t, block, 21, &end, err);
	}
	return r;
}

/* pax 0.1: "offset,size,offset,size,…" */
static int read_text_map(struct tar *t, struct str map, struct error *err)
{
	struct str offset, size;
	t->part_count = 0;
	while (str_next(&map, ',', &offset)) {
		uint64_t o, s;
		if (!str_next(&map, ',', &size) || str_to_u64(offset, &o) < 0 || str_to_u64(size, &s) < 0)
			return bad_sparse(t, err);
		int r = add_part(t, o, s, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* pax 1.0: at the head of the body, decimal lines: count, then offset and size of each part; padded to a block. */
static int read_body_map(struct tar *t, struct error *err)
{
	uint64_t start = t->pos, number = 0, count = 0, seen = 0, offset = 0;
	bool digits = false;
	t->part_count = 0;
	for (bool done = false; !done;) {
		const unsigned char *block;
		if (t->pos - start >= t->e.stored)
			return bad_sparse(t, err);
		int r = take_block(t, &block, err);
		if (r <= 0)
			return r < 0 ? r : truncated(t, err);
		for (size_t i = 0; i < TAR_BLOCK && !done; i++) {
			if (block[i] >= '0' && block[i] <= '9') {
				if (MUL_OVERFLOWS(number, (uint64_t)10, &number) || ADD_OVERFLOWS(number, (uint64_t)(block[i] - '0'), &number))
					return bad_sparse(t, err);
				digits = true;
				continue;
			}
			if (block[i] != '\n' || !digits)
				return bad_sparse(t, err);
			if (seen == 0)
				count = number;
			else if (seen % 2)
				offset = number;
			else if ((r = add_part(t, offset, number, err)) < 0)
				return r;
			if (count > t->limits.max_sparse_parts)
				return error_set(err, ERR_LIMIT, "a sparse file of more than %u parts", t->limits.max_sparse_parts);
			done = seen == 2 * count;
			seen++;
			number = 0;
			digits = false;
		}
	}
	uint64_t map = t->pos - start;
	if (map > t->e.stored)
		return bad_sparse(t, err);
	t->e.stored -= map;
	return 0;
}

static int read_sparse(struct tar *t, const unsigned char *block, char flag, const struct tar_pax *x, struct error *err)
{
	bool v0 = x->sparse_major.n ? str_eq(x->sparse_major, STR("0")) : !x->sparse_minor.n && (x->sparse_map.n || x->sparse_pairs);
	bool v1 = str_eq(x->sparse_major, STR("1")) && str_eq(x->sparse_minor, STR("0"));
	int r;
	if (flag == 'S') {
		r = read_old_gnu_map(t, block, err);
	} else if (v0 || v1) {
		struct str size = x->sparse_size.n ? x->sparse_size : x->sparse_realsize;
		if (size.n && (str_to_u64(size, &t->e.size) < 0 || t->e.size > INT64_MAX))
			return bad_sparse(t, err);
		r = v1 ? read_body_map(t, err) : x->sparse_pairs ? 0 : read_text_map(t, x->sparse_map, err);
		if (x->sparse_name.n)
			t->e.path = x->sparse_name;
	} else {
		return 0;
	}
	t->e.sparse = true;
	if (r < 0)
		return r;
	if (!t->has_body)
		return bad_sparse(t, err);
	return check_parts(t, err);
}

/* --- entries --- */

static int add_pax_part(void *ctx, uint64_t offset, uint64_t size, struct error *err)
{
	return add_part(ctx, offset, size, err);
}

static const enum tar_type types[] = { ['0' - '0'] = TAR_FILE, TAR_HARDLINK, TAR_SYMLINK, TAR_CHAR_DEVICE, TAR_BLOCK_DEVICE, TAR_DIR, TAR_FIFO, TAR_FILE };

static enum tar_type type_of(char flag, struct str path)
{
	enum tar_type type = flag >= '0' && flag <= '7' ? types[flag - '0'] : flag == 0 || flag == 'S' ? TAR_FILE : TAR_OTHER;
	return flag == 0 && str_has_suffix(path, STR("/")) ? TAR_DIR : type;
}

/* Header, long names and pax records together -> t->e. `block` is the entry's own header. */
static int make_entry(struct tar *t, const unsigned char *block, const struct tar_pax *x, bool long_path, bool long_link, struct error *err)
{
	unsigned char copy[TAR_BLOCK];
	memcpy(copy, block, sizeof(copy)); /* the window moves when a sparse map is read */
	char flag = (char)copy[156];
	uint64_t size = 0, mode = 0, at = t->pos - TAR_BLOCK, end;
	if (tar_number(copy + 124, 12, &size) < 0)
		return error_set(err, ERR_FORMAT, "bad size in the header at byte %llu", (unsigned long long)at);
	tar_number(copy + 100, 8, &mode);
	if (!long_path)
		tar_header_path(copy, &t->path);
	if (!long_link)
		tar_header_link(copy, &t->link);
	if (buf_failed(&t->path) || buf_failed(&t->link))
		return error_nomem(err);
	t->e = (struct tar_entry){ .path = buf_str(&t->path), .link = buf_str(&t->link), .mode = (uint32_t)mode & 07777 };
	if (x->path.n && !long_path)
		t->e.path = x->path;
	if (x->link.n && !long_link)
		t->e.link = x->link;
	if (x->size.n && (str_to_u64(x->size, &size) < 0 || size > INT64_MAX))
		return error_set(err, ERR_FORMAT, "bad size in the extended header before byte %llu", (unsigned long long)at);
	t->e.type = type_of(flag, t->e.path);
	/* As Go: links, devices, folders and pipes have no body, whatever their size field says. */
	t->has_body = t->e.type == TAR_FILE || t->e.type == TAR_OTHER;
	t->e.size = t->e.stored = t->has_body ? size : 0;
	uint64_t body_at = t->pos, stored = t->e.stored;
	if (t->e.type == TAR_FILE || x->sparse_major.n || x->sparse_map.n) {
		int r = read_sparse(t, copy, flag, x, err);
		if (r < 0)
			return r;
		/* Blocks of an old GNU map stand before the body and are not counted in its size; a 1.0 map is part of it. */
		if (flag == 'S')
			body_at = t->pos;
	}
	if (t->e.path.n > t->limits.max_path_bytes || t->e.link.n > t->limits.max_path_bytes)
		return error_set(err, ERR_LIMIT, "a path of %zu bytes at byte %llu", MAX_OF(t->e.path.n, t->e.link.n), (unsigned long long)at);
	if (ADD_OVERFLOWS(body_at, stored, &end) || end > INT64_MAX - TAR_BLOCK)
		return error_set(err, ERR_FORMAT, "an impossible size in the header at byte %llu", (unsigned long long)at);
	t->e.body_at = t->pos;
	t->next_at = body_at + ((stored + TAR_BLOCK - 1) & ~(uint64_t)(TAR_BLOCK - 1));
	t->last_skip = stored;
	t->part_at = 0;
	return 0;
}

/* Moves to the next header. The padding behind the last body may be missing, the body may not. */
static int skip_body(struct tar *t, struct error *err)
{
	uint64_t body_end = t->has_body ? t->e.body_at + t->e.stored : t->pos;
	if (t->pos < body_end) {
		t->pos = body_end - 1;
		int r = fill(t, AHEAD_FAR, err);
		if (r <= 0)
			return r < 0 ? r : truncated(t, err);
	}
	t->pos = t->next_at;
	return 0;
}

static int read_pax(struct tar *t, uint64_t size, struct tar_pax *x, struct error *err)
{
	uint64_t at = t->pos - TAR_BLOCK;
	int r = take_bytes(t, size, t->limits.max_pax_bytes, &t->pax, "an extended header", err);
	if (r < 0)
		return r;
	*x = (struct tar_pax){ 0 }; /* of two in a row the last counts */
	t->part_count = 0;
	r = tar_pax_parse(buf_str(&t->pax), x, add_pax_part, t, err);
	return r < 0 ? error_wrap(err, r, "extended header at byte %llu", (unsigned long long)at) : 0;
}

static int read_long_name(struct tar *t, uint64_t size, struct buf *b, struct error *err)
{
	int r = take_bytes(t, size, t->limits.max_path_bytes, b, "a long name", err);
	if (r < 0)
		return r;
	const char *nul = b->n ? memchr(b->p, 0, b->n) : NULL;
	if (nul)
		b->n = (size_t)(nul - b->p);
	return 0;
}

/* The end mark is two blocks of zeros; one alone followed by something is how content is hidden from some readers. */
static int read_end(struct tar *t, struct error *err)
{
	const unsigned char *block;
	int r = take_block(t, &block, err);
	if (r > 0 && !tar_block_is_zero(block))
		return error_set(err, ERR_FORMAT, "data behind a single zero block at byte %llu", (unsigned long long)(t->pos - TAR_BLOCK));
	if (r == ERR_FORMAT)
		r = 0; /* a partial block behind the first zero block */
	t->ended = r >= 0;
	return r < 0 ? r : 0;
}

int tar_next(struct tar *t, struct tar_entry *ret, struct error *err)
{
	struct tar_pax x = { 0 };
	bool long_path = false, long_link = false, meta = false;
	if (t->ended)
		return 0;
	int r = t->entries ? skip_body(t, err) : 0;
	while (r >= 0) {
		const unsigned char *block;
		r = take_block(t, &block, err);
		if (r == 0 && meta)
			return truncated(t, err);
		if (r <= 0) {
			t->ended = true;
			return r;
		}
		uint64_t at = t->pos - TAR_BLOCK, size = 0;
		if (!block[0] && tar_block_is_zero(block))
			return meta ? error_set(err, ERR_FORMAT, "an end mark at byte %llu behind an extended header", (unsigned long long)at)
				    : read_end(t, err);
		if (!tar_checksum_fits(block))
			return error_set(err, ERR_FORMAT, "no tar header at byte %llu (checksum)", (unsigned long long)at);
		if (t->entries++ >= t->limits.max_entries)
			return error_set(err, ERR_LIMIT, "more than %llu entries", (unsigned long long)t->limits.max_entries);
		char flag = (char)block[156];
		if (flag != 'x' && flag != 'g' && flag != 'L' && flag != 'K') {
			r = make_entry(t, block, &x, long_path, long_link, err);
			break;
		}
		if (tar_number(block + 124, 12, &size) < 0)
			return error_set(err, ERR_FORMAT, "bad size in the header at byte %llu", (unsigned long long)at);
		meta |= flag != 'g';
		t->last_skip = 0;
		if (flag == 'x') {
			r = read_pax(t, size, &x, err);
		} else if (flag == 'g') {
			struct tar_pax ignored;
			struct buf body;
			buf_init(&body, t->limits.max_pax_bytes);
			r = take_bytes(t, size, t->limits.max_pax_bytes, &body, "a global extended header", err);
			if (r == 0)
				r = tar_pax_parse(buf_str(&body), &ignored, NULL, NULL, err);
			buf_release(&body);
		} else {
			*(flag == 'L' ? &long_path : &long_link) = true;
			r = read_long_name(t, size, flag == 'L' ? &t->path : &t->link, err);
		}
	}
	if (r < 0) {
		t->ended = true;
		return r;
	}
	*ret = t->e;
	return 1;
}

/* --- bodies --- */

int tar_body(struct tar *t, struct str *ret, uint64_t *ret_offset, struct error *err)
{
	if (t->ended || !t->has_body)
		return 0;
	uint64_t done = t->pos - t->e.body_at, left = t->e.stored - done, offset = done;
	if (t->e.sparse) {
		while (t->part_at < t->part_count && done >= t->parts[t->part_at].stored_at + t->parts[t->part_at].size)
			t->part_at++;
		if (t->part_at == t->part_count)
			return 0;
		const struct tar_part *p = &t->parts[t->part_at];
		offset = p->offset + (done - p->stored_at);
		left = p->stored_at + p->size - done;
	}
	if (!left)
		return 0;
	int r = fill(t, (size_t)MIN_OF(left, (uint64_t)BODY_MAX), err);
	if (r <= 0)
		return r < 0 ? r : truncated(t, err);
	size_t at = (size_t)(t->pos - t->win_at), n = (size_t)MIN_OF(left, (uint64_t)(t->win_n - at));
	*ret = str_make((const char *)t->win + at, n);
	*ret_offset = offset;
	t->pos += n;
	return 1;
}

int tar_peek(struct tar *t, size_t n, struct str *ret, struct error *err)
{
	n = (size_t)MIN_OF((uint64_t)MIN_OF(n, (size_t)TAR_BLOCK), t->has_body ? t->e.stored : 0);
	*ret = STR_NONE;
	if (!n)
		return 0;
	int r = gather(t, n, AHEAD_FAR, err);
	if (r < 0 || r < (int)n)
		return r < 0 ? r : truncated(t, err);
	*ret = str_make((const char *)t->win + (t->pos - t->win_at), n);
	return 0;
}

/* n stored bytes at `at` of the archive. */
static int read_stored(struct tar *t, void *dst, size_t n, uint64_t at, struct error *err)
{
	if (at >= t->win_at && at - t->win_at < t->win_n && n <= t->win_n - (at - t->win_at)) {
		memcpy(dst, t->win + (at - t->win_at), n);
		return 0;
	}
	if (at > t->src.size || n > t->src.size - at)
		return error_set(err, ERR_FORMAT, "truncated: the archive ends at byte %llu inside an entry", (unsigned long long)t->src.size);
	return t->src.pread(t->src.ctx, dst, n, at, err);
}

int tar_pread(struct tar *t, void *dst, size_t n, uint64_t off, struct error *err)
{
	if (!t->src.pread || off > t->e.size || n > t->e.size - off)
		return error_set(err, ERR_INTERNAL, "tar: read past the end of an entry");
	if (!t->e.sparse)
		return read_stored(t, dst, n, t->e.body_at + off, err);
	memset(dst, 0, n);
	size_t lo = 0, hi = t->part_count;
	while (lo < hi) { /* the first part that ends behind off */
		size_t mid = lo + (hi - lo) / 2;
		if (t->parts[mid].offset + t->parts[mid].size <= off)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < t->part_count && t->parts[lo].offset < off + n; lo++) {
		const struct tar_part *p = &t->parts[lo];
		uint64_t from = MAX_OF(p->offset, off), to = MIN_OF(p->offset + p->size, off + n);
		if (from >= to)
			continue;
		int r = read_stored(t, (char *)dst + (from - off), (size_t)(to - from), t->e.body_at + p->stored_at + (from - p->offset), err);
		if (r < 0)
			return r;
	}
	return 0;
}
