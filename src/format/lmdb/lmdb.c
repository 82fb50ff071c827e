#include "format/lmdb/lmdb.h"

enum {
	PAGE_HEADER = 16,
	NODE_HEADER = 8,
	META_SIZE = 136,
	PAGE_BRANCH = 0x01,
	PAGE_LEAF = 0x02,
	PAGE_OVERFLOW = 0x04,
	PAGE_META = 0x08,
	NODE_BIG = 0x01, /* data is the number of an overflow page */
};
#define LMDB_MAGIC   0xBEEFC0DEu
#define LMDB_VERSION 1u
#define NO_PAGE      UINT64_MAX

static uint16_t u16_at(const unsigned char *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t u32_at(const unsigned char *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint64_t u64_at(const unsigned char *p)
{
	return u32_at(p) | (uint64_t)u32_at(p + 4) << 32;
}

static int corrupt(struct error *err, const char *what)
{
	return error_set(err, ERR_CORRUPT, "damaged database: %s", what);
}

/* Meta page: header, magic u32, version u32, address u64, map size u64, free db 48 bytes (page size in its first u32), main db 48 bytes,
 * last page u64, transaction u64. */
struct meta {
	uint32_t page_size, depth, flags;
	uint64_t entries, root, last_page, txn;
};

static bool read_meta(const unsigned char *p, struct meta *m)
{
	if (!(u16_at(p + 10) & PAGE_META) || u32_at(p + 16) != LMDB_MAGIC || u32_at(p + 20) != LMDB_VERSION)
		return false;
	const unsigned char *main_db = p + 88;
	*m = (struct meta){ .page_size = u32_at(p + 40),
			    .flags = u16_at(main_db + 4),
			    .depth = u16_at(main_db + 6),
			    .entries = u64_at(main_db + 32),
			    .root = u64_at(main_db + 40),
			    .last_page = u64_at(p + 136),
			    .txn = u64_at(p + 144) };
	return true;
}

int lmdb_open(struct str file, struct lmdb *ret, struct error *err)
{
	const unsigned char *p = (const unsigned char *)file.p;
	struct meta m[2];
	if (file.n < PAGE_HEADER + META_SIZE || !read_meta(p, &m[0]))
		return error_set(err, ERR_CORRUPT, "this is not an LMDB file");
	size_t page_size = m[0].page_size;
	if (page_size < 512 || page_size > 65536 || (page_size & (page_size - 1)))
		return corrupt(err, "page size");
	if (file.n < 2 * page_size || !read_meta(p + page_size, &m[1]))
		return corrupt(err, "second meta page");
	const struct meta *use = m[1].txn > m[0].txn ? &m[1] : &m[0];
	if (use->flags != 0)
		return corrupt(err, "unexpected kind of main database");
	if (use->last_page >= file.n / page_size)
		return corrupt(err, "the file is shorter than it says");
	if (use->depth > LMDB_DEPTH_MAX || (use->root != NO_PAGE && use->root > use->last_page))
		return corrupt(err, "root page");
	*ret = (struct lmdb){ .file = file,
			      .page_size = page_size,
			      .page_count = use->last_page + 1,
			      .root = use->root,
			      .entries = use->entries,
			      .depth = use->depth };
	return 0;
}

/* A branch or leaf page with its node count checked against the page. */
static const unsigned char *page_at(const struct lmdb *db, uint64_t pgno, unsigned *ret_count, bool *ret_leaf)
{
	if (pgno >= db->page_count)
		return NULL;
	const unsigned char *p = (const unsigned char *)db->file.p + pgno * db->page_size;
	unsigned flags = u16_at(p + 10), lower = u16_at(p + 12);
	if (u64_at(p) != pgno || lower < PAGE_HEADER || lower > db->page_size)
		return NULL;
	if ((flags & (PAGE_BRANCH | PAGE_LEAF | PAGE_OVERFLOW | PAGE_META)) == PAGE_BRANCH)
		*ret_leaf = false;
	else if ((flags & (PAGE_BRANCH | PAGE_LEAF | PAGE_OVERFLOW | PAGE_META)) == PAGE_LEAF)
		*ret_leaf = true;
	else
		return NULL;
	*ret_count = (lower - PAGE_HEADER) / 2;
	return *ret_count ? p : NULL;
}

/* Node i of a page (i is below its count): NULL when header or key pass the page. */
static const unsigned char *node_at(const struct lmdb *db, const unsigned char *page, unsigned i, struct str *ret_key)
{
	size_t at = u16_at(page + PAGE_HEADER + 2 * i);
	if (at < PAGE_HEADER || at + NODE_HEADER > db->page_size)
		return NULL;
	size_t key_size = u16_at(page + at + 6);
	if (key_size > db->page_size - at - NODE_HEADER)
		return NULL;
	*ret_key = str_make((const char *)page + at + NODE_HEADER, key_size);
	return page + at;
}

static int leaf_value(const struct lmdb *db, const unsigned char *page, const unsigned char *node, struct str key, struct str *ret, struct error *err)
{
	size_t size = u16_at(node) | (size_t)u16_at(node + 2) << 16;
	size_t at = (size_t)(node - page) + NODE_HEADER + key.n;
	unsigned flags = u16_at(node + 4);
	if (flags & ~(unsigned)NODE_BIG)
		return corrupt(err, "unexpected kind of value");
	if (!(flags & NODE_BIG)) {
		if (size > db->page_size - at)
			return corrupt(err, "value passes its page");
		*ret = str_make((const char *)page + at, size);
		return 0;
	}
	if (db->page_size - at < 8)
		return corrupt(err, "value passes its page");
	uint64_t pgno = u64_at(page + at);
	if (pgno >= db->page_count)
		return corrupt(err, "overflow page");
	const unsigned char *p = (const unsigned char *)db->file.p + pgno * db->page_size;
	if (u64_at(p) != pgno || !(u16_at(p + 10) & PAGE_OVERFLOW) || size > (db->page_count - pgno) * db->page_size - PAGE_HEADER)
		return corrupt(err, "overflow page");
	*ret = str_make((const char *)p + PAGE_HEADER, size);
	return 0;
}

/* Index of the first node whose key is >= key (leaf), or of the child that covers key (branch: its first key counts as the lowest). */
static int search(const struct lmdb *db, const unsigned char *page, unsigned count, bool leaf, struct str key, unsigned *ret, bool *ret_exact)
{
	unsigned low = leaf ? 0 : 1, high = count;
	*ret_exact = false;
	while (low < high) {
		unsigned mid = low + (high - low) / 2;
		struct str k;
		if (!node_at(db, page, mid, &k))
			return ERR_CORRUPT;
		int c = str_cmp(k, key);
		if (c == 0) {
			*ret_exact = true;
			*ret = mid;
			return 0;
		}
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	*ret = leaf ? low : low - 1;
	return 0;
}

static uint64_t branch_child(const unsigned char *node)
{
	return u16_at(node) | (uint64_t)u16_at(node + 2) << 16 | (uint64_t)u16_at(node + 4) << 32;
}

int lmdb_get(const struct lmdb *db, struct str key, struct str *ret_value, struct error *err)
{
	uint64_t pgno = db->root;
	for (unsigned depth = 0; pgno != NO_PAGE && depth < LMDB_DEPTH_MAX; depth++) {
		unsigned count, i;
		bool leaf, exact;
		const unsigned char *page = page_at(db, pgno, &count, &leaf);
		if (!page || search(db, page, count, leaf, key, &i, &exact) < 0)
			return corrupt(err, "page");
		struct str k;
		if (leaf) {
			const unsigned char *node = exact ? node_at(db, page, i, &k) : NULL;
			return node ? leaf_value(db, page, node, k, ret_value, err) : ERR_NOT_FOUND;
		}
		const unsigned char *node = node_at(db, page, i, &k);
		if (!node)
			return corrupt(err, "branch page");
		pgno = branch_child(node);
	}
	return pgno == NO_PAGE ? ERR_NOT_FOUND : corrupt(err, "too deep");
}

/* Pushes pages from pgno down to a leaf; `from` NULL means the lowest key. */
static int descend(struct lmdb_cursor *c, uint64_t pgno, const struct str *from, struct error *err)
{
	for (;;) {
		unsigned count, index = 0;
		bool leaf, exact;
		if (c->depth >= LMDB_DEPTH_MAX || c->steps++ > c->db->page_count)
			return corrupt(err, "pages form a circle");
		const unsigned char *page = page_at(c->db, pgno, &count, &leaf);
		if (!page || (from && search(c->db, page, count, leaf, *from, &index, &exact) < 0))
			return corrupt(err, "page");
		c->level[c->depth].page = page;
		c->level[c->depth].count = count;
		c->level[c->depth].index = index;
		c->depth++;
		if (leaf)
			return 0;
		struct str k;
		const unsigned char *node = node_at(c->db, page, index, &k);
		if (!node)
			return corrupt(err, "branch page");
		pgno = branch_child(node);
	}
}

int lmdb_cursor_init(struct lmdb_cursor *c, const struct lmdb *db, struct str from, struct error *err)
{
	*c = (struct lmdb_cursor){ .db = db };
	return db->root == NO_PAGE ? 0 : descend(c, db->root, &from, err);
}

int lmdb_cursor_next(struct lmdb_cursor *c, struct str *ret_key, struct str *ret_value, struct error *err)
{
	while (c->depth) {
		unsigned top = c->depth - 1, i = c->level[top].index;
		const unsigned char *page = c->level[top].page;
		if (i >= c->level[top].count) {
			/* leaf or branch used up: step on in the page above */
			c->depth--;
			if (c->depth)
				c->level[c->depth - 1].index++;
			continue;
		}
		struct str k;
		const unsigned char *node = node_at(c->db, page, i, &k);
		if (!node)
			return corrupt(err, "page");
		if (u16_at(page + 10) & PAGE_LEAF) {
			int r = leaf_value(c->db, page, node, k, ret_value, err);
			if (r < 0)
				return r;
			*ret_key = k;
			c->level[top].index++;
			return 1;
		}
		int r = descend(c, branch_child(node), NULL, err);
		if (r < 0)
			return r;
	}
	return 0;
}
