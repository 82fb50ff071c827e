#include "format/tar/tar_header.h"

#define BLOCK 512u

int tar_number(const unsigned char *p, size_t n, uint64_t *ret)
{
	uint64_t v = 0;
	if (p[0] & 0x80) {
		if (p[0] & 0x40) /* negative */
			return ERR_FORMAT;
		for (size_t i = 0; i < n; i++) {
			if (v >> 55)
				return ERR_FORMAT;
			v = v << 8 | (i ? p[i] : p[i] & 0x7f);
		}
		*ret = v;
		return 0;
	}
	size_t i = 0;
	while (i < n && (p[i] == ' ' || p[i] == 0))
		i++;
	for (; i < n && p[i] >= '0' && p[i] <= '7'; i++) {
		if (v >> 60)
			return ERR_FORMAT;
		v = v << 3 | (uint64_t)(p[i] - '0');
	}
	if (i < n && p[i] != ' ' && p[i] != 0)
		return ERR_FORMAT;
	*ret = v;
	return 0;
}

bool tar_block_is_zero(const unsigned char *block)
{
	uint64_t any = 0;
	for (size_t i = 0; i < BLOCK; i += 8) {
		uint64_t w;
		memcpy(&w, block + i, sizeof(w));
		any |= w;
	}
	return any == 0;
}

bool tar_checksum_fits(const unsigned char *block)
{
	uint64_t want;
	if (tar_number(block + 148, 8, &want) < 0)
		return false;
	uint32_t sum = 0;
	for (size_t i = 0; i < BLOCK; i++)
		sum += block[i];
	for (size_t i = 148; i < 156; i++)
		sum += ' ' - (uint32_t)block[i];
	if (LIKELY(sum == want))
		return true;
	int32_t signed_sum = 0;
	for (size_t i = 0; i < BLOCK; i++)
		signed_sum += i >= 148 && i < 156 ? ' ' : (signed char)block[i];
	return signed_sum >= 0 && (uint32_t)signed_sum == want;
}

/* A field's text up to its first NUL. */
static struct str field(const unsigned char *p, size_t n)
{
	return str_make((const char *)p, strnlen((const char *)p, n));
}

void tar_header_path(const unsigned char *block, struct buf *ret)
{
	buf_clear(ret);
	if (memcmp(block + 257, "ustar", 6) == 0) {
		bool star = memcmp(block + 508, "tar", 4) == 0;
		struct str prefix = field(block + 345, star ? 131 : 155);
		if (prefix.n) {
			buf_add(ret, prefix);
			buf_add_char(ret, '/');
		}
	}
	buf_add(ret, field(block, 100));
}

void tar_header_link(const unsigned char *block, struct buf *ret)
{
	buf_clear(ret);
	buf_add(ret, field(block + 157, 100));
}

/* Keys that matter here and where their values go. */
static const struct pax_key {
	struct str key;
	uint16_t offset;
} pax_keys[] = {
	{ STR_INIT("path"), offsetof(struct tar_pax, path) },
	{ STR_INIT("linkpath"), offsetof(struct tar_pax, link) },
	{ STR_INIT("size"), offsetof(struct tar_pax, size) },
	{ STR_INIT("GNU.sparse.major"), offsetof(struct tar_pax, sparse_major) },
	{ STR_INIT("GNU.sparse.minor"), offsetof(struct tar_pax, sparse_minor) },
	{ STR_INIT("GNU.sparse.name"), offsetof(struct tar_pax, sparse_name) },
	{ STR_INIT("GNU.sparse.size"), offsetof(struct tar_pax, sparse_size) },
	{ STR_INIT("GNU.sparse.realsize"), offsetof(struct tar_pax, sparse_realsize) },
	{ STR_INIT("GNU.sparse.map"), offsetof(struct tar_pax, sparse_map) },
};

static int bad_record(struct error *err)
{
	return error_set(err, ERR_FORMAT, "bad record");
}

int tar_pax_parse(struct str records, struct tar_pax *ret, int (*add_part)(void *ctx, uint64_t offset, uint64_t size, struct error *err), void *ctx,
		  struct error *err)
{
	uint64_t offset = 0;
	bool have_offset = false;
	*ret = (struct tar_pax){ 0 };
	while (records.n) {
		struct str length, rest, key, value;
		uint64_t n;
		if (!str_cut(str_sub(records, 0, 21), ' ', &length, &rest) || str_to_u64(length, &n) < 0 || n > records.n || n < length.n + 3)
			return bad_record(err);
		struct str record = str_sub(records, length.n + 1, n - length.n - 1);
		records = str_from(records, n);
		if (!str_strip_suffix(&record, STR("\n")) || !str_cut(record, '=', &key, &value) || !key.n)
			return bad_record(err);
		if (add_part && str_eq(key, STR("GNU.sparse.offset"))) {
			if (have_offset || str_to_u64(value, &offset) < 0)
				return bad_record(err);
			have_offset = true;
		} else if (add_part && str_eq(key, STR("GNU.sparse.numbytes"))) {
			uint64_t size;
			if (!have_offset || str_to_u64(value, &size) < 0)
				return bad_record(err);
			int r = add_part(ctx, offset, size, err);
			if (r < 0)
				return r;
			have_offset = false;
			ret->sparse_pairs = true;
		}
		for (size_t i = 0; i < ARRAY_LEN(pax_keys); i++) {
			if (!str_eq(key, pax_keys[i].key))
				continue;
			if (value.n && memchr(value.p, 0, value.n))
				return bad_record(err);
			*(struct str *)((char *)ret + pax_keys[i].offset) = value;
		}
	}
	return have_offset ? bad_record(err) : 0;
}
