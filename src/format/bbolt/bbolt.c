#include "format/bbolt/bbolt.h"

enum {
	PAGE_HEADER = 16,
	ELEMENT = 16,
	BUCKET_HEADER = 16,
	META_BYTES = 64,
	FLAG_BRANCH = 1,
	FLAG_LEAF = 2,
	FLAG_META = 4,
	LEAF_BUCKET = 1,
};
#define MAGIC   0xED0CDAEDu
#define VERSION 2u

static uint32_t u32_at(const char *p)
{
	uint32_t v;
	memcpy(&v, p, sizeof(v));
	return v;
}

static uint64_t u64_at(const char *p)
{
	uint64_t v;
	memcpy(&v, p, sizeof(v));
	return v;
}

static uint16_t u16_at(const char *p)
{
	uint16_t v;
	memcpy(&v, p, sizeof(v));
	return v;
}

static int damaged(struct error *err, const char *what)
{
	return error_set(err, ERR_FORMAT, "damaged bbolt file: %s", what);
}

static uint64_t fnv1a(const char *p, size_t n)
{
	uint64_t h = 0xcbf29ce484222325u;
	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)p[i]) * 0x100000001b3u;
	return h;
}

/* The meta page at a file offset; false when it is not whole. */
static bool read_meta(struct str file, size_t at, struct bbolt *ret, uint64_t *ret_txn)
{
	if (at > file.n || file.n - at < PAGE_HEADER + META_BYTES)
		return false;
	const char *meta = file.p + at + PAGE_HEADER;
	uint32_t page_size = u32_at(meta + 8);
	if (u32_at(meta) != MAGIC || u32_at(meta + 4) != VERSION || page_size < 512 || page_size > (1u << 20) || (page_size & (page_size - 1)) ||
	    u64_at(meta + 56) != fnv1a(meta, 56))
		return false;
	*ret = (struct bbolt){ .file = file, .page_size = page_size, .root = u64_at(meta + 16), .page_count = u64_at(meta + 40) };
	*ret_txn = u64_at(meta + 48);
	return true;
}

int bbolt_open(struct str file, struct bbolt *ret, struct error *err)
{
	struct bbolt first, second;
	uint64_t txn0 = 0, txn1 = 0;
	bool have0 = read_meta(file, 0, &first, &txn0), have1 = false;
	/* a broken first page hides the page size: then the usual ones are tried */
	for (size_t size = have0 ? first.page_size : 1024; size <= 65536 && !have1; size *= 2) {
		have1 = read_meta(file, size, &second, &txn1) && second.page_size == size;
		if (have0)
			break;
	}
	if (!have0 && !have1)
		return error_set(err, ERR_FORMAT, "this is no bbolt file, or both of its meta pages are damaged");
	struct bbolt use = !have0 || (have1 && txn1 > txn0) ? second : first;
	use.page_count = MIN_OF(use.page_count, (uint64_t)(file.n / use.page_size));
	if (use.root >= use.page_count)
		return damaged(err, "root page");
	use.work = BBOLT_WORK_FACTOR * (uint64_t)file.n;
	*ret = use;
	return 0;
}

struct bbolt_bucket bbolt_root(struct bbolt *db)
{
	return (struct bbolt_bucket){ .db = db, .root = db->root };
}

/* A page with its continuation; the count of elements is checked against it. */
static int load_page(const struct bbolt_bucket *b, uint64_t id, struct str *ret, bool *ret_leaf, uint32_t *ret_count, struct error *err)
{
	const struct bbolt *db = b->db;
	struct str page = b->page;
	if (id) {
		if (id >= db->page_count)
			return damaged(err, "page number");
		const char *p = db->file.p + id * db->page_size;
		uint64_t pages = (uint64_t)u32_at(p + 12) + 1;
		if (u64_at(p) != id || pages > db->page_count - id)
			return damaged(err, "page header");
		page = str_make(p, pages * db->page_size);
	}
	if (page.n < PAGE_HEADER)
		return damaged(err, "page");
	unsigned flags = u16_at(page.p + 8), count = u16_at(page.p + 10);
	if ((flags != FLAG_LEAF && flags != FLAG_BRANCH) || count > (page.n - PAGE_HEADER) / ELEMENT)
		return damaged(err, "page");
	*ret = page;
	*ret_leaf = flags == FLAG_LEAF;
	*ret_count = count;
	return 0;
}

static bool element_key(struct str page, uint32_t i, bool leaf, struct str *ret_key, size_t *ret_end)
{
	size_t at = PAGE_HEADER + (size_t)i * ELEMENT;
	const char *e = page.p + at;
	uint32_t pos = u32_at(leaf ? e + 4 : e), size = u32_at(leaf ? e + 8 : e + 4);
	if (pos > page.n - at || size > page.n - at - pos)
		return false;
	*ret_key = str_make(e + pos, size);
	*ret_end = at + pos + size;
	return true;
}

static int leaf_entry(const struct bbolt_bucket *b, struct str page, uint32_t i, struct bbolt_entry *ret, struct error *err)
{
	const char *e = page.p + PAGE_HEADER + (size_t)i * ELEMENT;
	uint32_t size = u32_at(e + 12);
	size_t end;
	struct bbolt_entry out = { 0 };
	if (!element_key(page, i, true, &out.key, &end) || size > page.n - end)
		return damaged(err, "leaf element");
	struct str value = str_make(page.p + end, size);
	if (!(u32_at(e) & LEAF_BUCKET)) {
		out.value = value;
	} else {
		if (value.n < BUCKET_HEADER)
			return damaged(err, "bucket");
		out.is_bucket = true;
		out.bucket = (struct bbolt_bucket){ .db = b->db, .root = u64_at(value.p) };
		if (out.bucket.root == 0)
			out.bucket.page = str_from(value, BUCKET_HEADER);
	}
	*ret = out;
	return 0;
}

/* First element with a key >= key; for branches the child that covers it. */
static int search(struct str page, bool leaf, uint32_t count, struct str key, uint32_t *ret, bool *ret_exact, struct error *err)
{
	uint32_t low = 0, high = count;
	*ret_exact = false;
	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		struct str k;
		size_t end;
		if (!element_key(page, mid, leaf, &k, &end))
			return damaged(err, "element");
		int c = str_cmp(k, key);
		if (c == 0) {
			*ret = mid;
			*ret_exact = true;
			return 0;
		}
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	*ret = leaf || low == 0 ? low : low - 1;
	return 0;
}

static int find(const struct bbolt_bucket *b, struct str key, struct bbolt_entry *ret, struct error *err)
{
	uint64_t id = b->root;
	for (unsigned depth = 0; depth < BBOLT_DEPTH_MAX; depth++) {
		struct str page;
		bool leaf, exact;
		uint32_t count, i = 0;
		int r = load_page(b, id, &page, &leaf, &count, err);
		if (r < 0 || (r = search(page, leaf, count, key, &i, &exact, err)) < 0)
			return r;
		if (leaf)
			return exact ? leaf_entry(b, page, i, ret, err) : ERR_NOT_FOUND;
		if (i >= count)
			return damaged(err, "empty branch page");
		id = u64_at(page.p + PAGE_HEADER + (size_t)i * ELEMENT + 8);
		if (id == 0)
			return damaged(err, "page number");
	}
	return damaged(err, "too deep");
}

int bbolt_bucket(const struct bbolt_bucket *in, struct str name, struct bbolt_bucket *ret, struct error *err)
{
	struct bbolt_entry e;
	int r = find(in, name, &e, err);
	if (r == 0 && !e.is_bucket)
		return ERR_NOT_FOUND;
	if (r == 0)
		*ret = e.bucket;
	return r;
}

int bbolt_get(const struct bbolt_bucket *in, struct str key, struct str *ret, struct error *err)
{
	struct bbolt_entry e;
	int r = find(in, key, &e, err);
	if (r == 0 && e.is_bucket)
		return ERR_NOT_FOUND;
	if (r == 0)
		*ret = e.value;
	return r;
}

static int charge(struct bbolt *db, uint64_t bytes, struct error *err)
{
	if (bytes > db->work)
		return damaged(err, "pages or values are used more than once");
	db->work -= bytes;
	return 0;
}

/* Pushes pages down to a leaf. */
static int descend(struct bbolt_cursor *c, uint64_t id, struct error *err)
{
	for (;;) {
		if (c->depth >= BBOLT_DEPTH_MAX || c->steps++ > c->bucket.db->page_count)
			return damaged(err, "pages form a circle");
		struct str page;
		bool leaf;
		uint32_t count;
		int r = charge(c->bucket.db, PAGE_HEADER, err);
		if (r < 0 || (r = load_page(&c->bucket, id, &page, &leaf, &count, err)) < 0)
			return r;
		c->level[c->depth].page = page;
		c->level[c->depth].index = 0;
		c->level[c->depth].count = count;
		c->level[c->depth].leaf = leaf;
		c->depth++;
		if (leaf || count == 0)
			return 0;
		id = u64_at(page.p + PAGE_HEADER + 8);
		if (id == 0)
			return damaged(err, "page number");
	}
}

int bbolt_cursor_init(struct bbolt_cursor *c, const struct bbolt_bucket *bucket, struct error *err)
{
	*c = (struct bbolt_cursor){ .bucket = *bucket };
	return descend(c, bucket->root, err);
}

int bbolt_cursor_next(struct bbolt_cursor *c, struct bbolt_entry *ret, struct error *err)
{
	while (c->depth) {
		unsigned top = c->depth - 1;
		uint32_t i = c->level[top].index;
		if (i >= c->level[top].count) {
			c->depth--;
			if (c->depth)
				c->level[c->depth - 1].index++;
			continue;
		}
		if (c->level[top].leaf) {
			int r = leaf_entry(&c->bucket, c->level[top].page, i, ret, err);
			if (r < 0 || (r = charge(c->bucket.db, ELEMENT + ret->key.n + (ret->is_bucket ? ret->bucket.page.n : ret->value.n), err)) < 0)
				return r;
			c->level[top].index++;
			return 1;
		}
		uint64_t id = u64_at(c->level[top].page.p + PAGE_HEADER + (size_t)i * ELEMENT + 8);
		if (id == 0)
			return damaged(err, "page number");
		int r = descend(c, id, err);
		if (r < 0)
			return r;
	}
	return 0;
}
