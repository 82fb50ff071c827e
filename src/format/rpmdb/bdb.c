#include "format/rpmdb/store.h"

/* Berkeley DB 4 and 5, access method "hash" (Oracle Berkeley DB src/dbinc/db_page.h), in the byte order of the machine that wrote it. Pages of
 * 512 bytes to 64 KiB; page 0 describes the file:
 *
 *   8 page number   12 magic 0x061561   16 version (7..10)   20 page size   24 encryption   25 type 8   26 flags (1: checksums)
 *   32 last page    72 max_bucket       96 spares[32]
 *
 * Bucket b begins at page b + spares[ceil(log2(b + 1))]; further pages follow by number. Every other page:
 *
 *   12 previous   16 next   20 entries (u16)   22 free offset (u16; overflow pages: bytes held)   24 level   25 type
 *   26 (32 with checksums) hash pages (2, 13): u16 offsets of items, keys and values in turn; overflow pages (7): bytes
 *
 * Items fill the page from its end backwards: one ends where the one before it begins. First byte 1: bytes on the page; 3: u32 page and
 * u32 size of a chain of overflow pages. In rpm's Packages a key is the package's number (u32; 0 keeps the last number used) and the value its header.
 * Empty buckets may be pages of zeros (type 0). */
#define MAGIC 0x00061561u
#define PAGE_HEAD 26
#define PAGE_HEAD_CHECKSUM 32
#define SPARES 32
#define META_BYTES 512

enum { PAGE_EMPTY = 0, PAGE_HASH_UNSORTED = 2, PAGE_OVERFLOW = 7, PAGE_META = 8, PAGE_HASH = 13 };
enum { ITEM_BYTES = 1, ITEM_OFF_PAGE = 3 };

struct bdb {
	struct rpm_sink *sink;
	bool big_endian;
	uint32_t page_size, page_count, page_head;
	uint32_t max_bucket, spares[SPARES];
	unsigned char *page;     /* the hash page being read */
	unsigned char *overflow; /* the overflow page being read */
	unsigned char *seen;     /* bit a page: hash pages read */
};

static uint32_t get32(const struct bdb *b, const void *p)
{
	return b->big_endian ? rpm_be32(p) : rpm_le32(p);
}

static uint32_t get16(const struct bdb *b, const unsigned char *p)
{
	return b->big_endian ? (uint32_t)p[0] << 8 | p[1] : (uint32_t)p[1] << 8 | p[0];
}

static bool read_page(struct bdb *b, uint32_t number, unsigned char *page)
{
	struct rpm_sink *s = b->sink;
	if (number >= b->page_count)
		rpm_sink_problem(s, "page %u lies behind the last of %u", number, b->page_count);
	else if (input_read(s->in, page, b->page_size, (uint64_t)number * b->page_size, &s->why) < 0)
		rpm_sink_problem(s, "page %u: %s", number, s->why.text);
	else
		return true;
	return false;
}

/* Gathers the chain of overflow pages that begins at `number`. All but the last are full, so a chain has as many pages as its size needs. */
static int read_chain(struct bdb *b, uint32_t number, uint32_t size, uint32_t package, struct error *err)
{
	int r;
	uint32_t got = 0, space = b->page_size - b->page_head;
	char *room = rpm_sink_room(b->sink, size, package, &r);
	if (!room)
		return r < 0 ? error_nomem(err) : 0;
	while (got < size) {
		if (!read_page(b, number, b->overflow))
			return 0;
		uint32_t held = get16(b, b->overflow + 22), need = MIN_OF(size - got, space);
		if (b->overflow[25] != PAGE_OVERFLOW || held < need || held > space) {
			rpm_sink_problem(b->sink, "package %u: page %u is not the rest of its record", package, number);
			return 0;
		}
		memcpy(room + got, b->overflow + b->page_head, need);
		got += need;
		number = get32(b, b->overflow + 16);
	}
	return rpm_sink_take(b->sink, str_make(room, size), package, err);
}

/* The item at index i of the page in hand: its bytes, or false when it does not lie on the page. */
static bool get_item(const struct bdb *b, uint32_t i, const unsigned char **ret, uint32_t *ret_n)
{
	uint32_t from = get16(b, b->page + b->page_head + i * 2);
	uint32_t to = i ? get16(b, b->page + b->page_head + (i - 1) * 2) : b->page_size;
	if (from >= to || to > b->page_size || from < b->page_head)
		return false;
	*ret = b->page + from;
	*ret_n = to - from;
	return true;
}

static int read_pair(struct bdb *b, uint32_t page_number, uint32_t i, struct error *err)
{
	const unsigned char *key, *value;
	uint32_t key_n, value_n;
	if (!get_item(b, i, &key, &key_n) || !get_item(b, i + 1, &value, &value_n)) {
		rpm_sink_problem(b->sink, "page %u: entry %u lies outside", page_number, i);
		return 0;
	}
	/* The number is written in the byte order of the machine, which is the file's. */
	uint32_t package = key_n == 5 && key[0] == ITEM_BYTES ? get32(b, key + 1) : 0;
	if (!package)
		return 0;
	if (value[0] == ITEM_OFF_PAGE && value_n >= 12)
		return read_chain(b, get32(b, value + 4), get32(b, value + 8), package, err);
	if (value[0] == ITEM_BYTES)
		return rpm_sink_take(b->sink, str_make((const char *)value + 1, value_n - 1), package, err);
	rpm_sink_problem(b->sink, "package %u: value of kind %u", package, value[0]);
	return 0;
}

static int read_bucket(struct bdb *b, uint32_t number, struct error *err)
{
	do {
		if (!read_page(b, number, b->page))
			return 0;
		if (b->seen[number / 8] & 1u << number % 8) {
			rpm_sink_problem(b->sink, "page %u belongs to two buckets", number);
			return 0;
		}
		b->seen[number / 8] |= (unsigned char)(1u << number % 8);
		uint32_t entries = get16(b, b->page + 20), type = b->page[25];
		if (type == PAGE_EMPTY && !entries)
			return 0;
		if ((type != PAGE_HASH && type != PAGE_HASH_UNSORTED) || entries > (b->page_size - b->page_head) / 2) {
			rpm_sink_problem(b->sink, "page %u of type %u with %u entries in a bucket", number, type, entries);
			return 0;
		}
		for (uint32_t i = 0; i + 1 < entries; i += 2) {
			int r = read_pair(b, number, i, err);
			if (r < 0)
				return r;
		}
		number = get32(b, b->page + 16);
	} while (number);
	return 0;
}

static int read_meta(struct bdb *b, struct error *err)
{
	unsigned char m[META_BYTES];
	const struct input *in = b->sink->in;
	int r = input_read(in, m, sizeof(m), 0, err);
	if (r < 0)
		return r;
	if (rpm_be32(m + 12) == MAGIC)
		b->big_endian = true;
	else if (rpm_le32(m + 12) != MAGIC)
		return error_set(err, ERR_FORMAT, "no rpm database: neither SQLite, nor ndb, nor a Berkeley DB hash file");
	uint32_t version = get32(b, m + 16);
	b->page_size = get32(b, m + 20);
	if (version < 7 || version > 10 || m[24] || m[25] != PAGE_META)
		return error_set(err, ERR_UNSUPPORTED, "Berkeley DB hash file of version %u%s", version, m[24] ? ", encrypted" : "");
	if (b->page_size < 512 || b->page_size > 65536 || (b->page_size & (b->page_size - 1)))
		return error_set(err, ERR_FORMAT, "Berkeley DB file with pages of %u bytes", b->page_size);
	b->page_head = m[26] & 1 ? PAGE_HEAD_CHECKSUM : PAGE_HEAD;
	uint64_t pages = in->size / b->page_size;
	b->page_count = pages > UINT32_MAX ? UINT32_MAX : (uint32_t)pages;
	b->max_bucket = get32(b, m + 72);
	for (size_t i = 0; i < SPARES; i++)
		b->spares[i] = get32(b, m + 96 + i * 4);
	return 0;
}

int rpm_read_bdb(struct rpm_sink *s, struct error *err)
{
	struct bdb b = { .sink = s };
	int r = read_meta(&b, err);
	if (r < 0)
		return r;
	b.page = arena_alloc(s->arena, b.page_size);
	b.overflow = arena_alloc(s->arena, b.page_size);
	b.seen = arena_zalloc(s->arena, (size_t)b.page_count / 8 + 1);
	if (!b.page || !b.overflow || !b.seen)
		return error_nomem(err);
	for (uint64_t bucket = 0; r == 0 && bucket <= b.max_bucket; bucket++) {
		unsigned power = 0;
		while ((UINT64_C(1) << power) < bucket + 1)
			power++;
		uint64_t number = power < SPARES ? bucket + b.spares[power] : UINT64_MAX;
		if (number >= b.page_count) {
			rpm_sink_problem(s, "bucket %llu of %llu lies behind the end of the file", (unsigned long long)bucket, (unsigned long long)b.max_bucket + 1);
			break;
		}
		r = read_bucket(&b, (uint32_t)number, err);
	}
	return r;
}
