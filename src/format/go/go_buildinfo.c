#include "base/vec.h"
#include "format/go/go_parts.h"

enum { MAGIC_SIZE = 14, HEADER_SIZE = 32, ALIGN = 16, FRAME = 16 };
static const char magic[MAGIC_SIZE + 1] = "\xff Go buildinf:";
#define SCAN_MAX (64u << 20) /* bytes of data segments looked through when no section points to it */
#define TEXT_MAX (16u << 20) /* of module text */
#define FLAG_BIG_ENDIAN 1
#define FLAG_INLINE     2

/* Offset of the magic in n bytes at `offset`, which is `addr` in memory (alignment counts there); UINT64_MAX when absent. `budget`: bytes
 * that may still be looked through. */
static uint64_t scan(const struct exe *x, uint64_t offset, uint64_t addr, uint64_t n, uint64_t *budget)
{
	enum { PIECE = 64 << 10 };
	uint64_t skip = (ALIGN - addr % ALIGN) % ALIGN;
	_cleanup_free_ char *buf = NULL;
	if (offset >= x->in->size || n <= skip)
		return UINT64_MAX;
	n = MIN_OF(n, x->in->size - offset);
	n = MIN_OF(n, MIN_OF(*budget, (uint64_t)SCAN_MAX));
	*budget -= n;
	for (uint64_t at = skip; at + HEADER_SIZE <= n; at += PIECE) {
		size_t have = (size_t)MIN_OF(n - at, (uint64_t)PIECE);
		const char *p;
		if (x->in->data) {
			p = x->in->data + offset + at;
		} else {
			if (!buf && !(buf = malloc(PIECE)))
				return UINT64_MAX;
			if (input_read(x->in, buf, have, offset + at, NULL) < 0)
				return UINT64_MAX;
			p = buf;
		}
		/* Pieces are a multiple of the alignment, so the magic never crosses from one into the next. */
		for (size_t i = 0; i + MAGIC_SIZE <= have; i += ALIGN)
			if (p[i] == magic[0] && memcmp(p + i, magic, MAGIC_SIZE) == 0)
				return offset + at + i;
	}
	return UINT64_MAX;
}

/* File offset of the header, or UINT64_MAX. */
static uint64_t find_header(const struct exe *x)
{
	/* Segments of a program lie apart, so together they are no larger than the file; thousands that overlap are a trick. */
	uint64_t budget = x->in->size;
	const struct exe_section *s = exe_find(x, x->kind == EXE_MACHO ? STR("__go_buildinfo") : STR(".go.buildinfo"));
	if (s)
		return scan(x, s->offset, s->addr, s->size, &budget);
	/* Go's linker names the section in every ELF and Mach-O file; only where the section table was cut off, and in PE files, the data must be
	 * searched. Writable data first, then other data (the section moved between releases). */
	if (x->kind != EXE_PE && x->section_count)
		return UINT64_MAX;
	for (int writable = 1; writable >= 0; writable--)
		for (size_t i = 0; i < x->segment_count; i++) {
			const struct exe_segment *g = &x->segments[i];
			if (g->executable || g->writable != (bool)writable)
				continue;
			uint64_t at = scan(x, g->offset, g->addr, g->size, &budget);
			if (at != UINT64_MAX)
				return at;
		}
	return UINT64_MAX;
}

/* Unsigned LEB128 at *at; false when cut or too long. */
static bool take_varint(const struct input *in, uint64_t *at, uint64_t *ret)
{
	uint64_t v = 0;
	for (unsigned shift = 0; shift < 63; shift += 7) {
		unsigned char c;
		if (input_read(in, &c, 1, *at, NULL) < 0)
			return false;
		(*at)++;
		v |= (uint64_t)(c & 0x7f) << shift;
		if (!(c & 0x80)) {
			*ret = v;
			return true;
		}
	}
	return false;
}

static int inline_string(struct arena *a, const struct exe *x, uint64_t *at, struct str *ret, struct error *err)
{
	uint64_t n;
	if (!take_varint(x->in, at, &n))
		return error_set(err, ERR_FORMAT, "Go build information: string length is cut");
	if (n > TEXT_MAX)
		return error_set(err, ERR_LIMIT, "Go build information of %llu bytes", (unsigned long long)n);
	int r = exe_view(a, x->in, *at, n, ret, err);
	*at += n;
	return r;
}

/* Numbers of the program's own byte order and pointer size. */
static uint64_t number(const char *p, size_t size, bool big)
{
	uint64_t v = 0;
	for (size_t i = 0; i < size; i++)
		v = v << 8 | (unsigned char)p[big ? i : size - 1 - i];
	return v;
}

/* The Go string {data, length} whose header lies at a virtual address. */
static int pointed_string(struct arena *a, const struct exe *x, uint64_t addr, size_t ptr, bool big, struct str *ret, struct error *err)
{
	uint64_t offset, room;
	struct str h;
	*ret = STR_NONE;
	if (!addr)
		return 0;
	if (!exe_locate(x, addr, &offset, &room) || room < 2 * ptr)
		return error_set(err, ERR_FORMAT, "Go build information: string header is not in the file");
	int r = exe_view(a, x->in, offset, 2 * ptr, &h, err);
	if (r < 0)
		return r;
	uint64_t data = number(h.p, ptr, big), n = number(h.p + ptr, ptr, big);
	if (!n)
		return 0;
	if (n > TEXT_MAX || !exe_locate(x, data, &offset, &room) || room < n)
		return error_set(err, ERR_FORMAT, "Go build information: string is not in the file");
	return exe_view(a, x->in, offset, n, ret, err);
}

int go_buildinfo_find(struct arena *a, const struct exe *x, struct str *ret_version, struct str *ret_modules, struct error *err)
{
	struct str h, version, text;
	uint64_t at = find_header(x);
	if (at == UINT64_MAX)
		return 0;
	int r = exe_view(a, x->in, at, HEADER_SIZE, &h, err);
	if (r < 0)
		return r;
	size_t ptr = (unsigned char)h.p[MAGIC_SIZE];
	unsigned flags = (unsigned char)h.p[MAGIC_SIZE + 1];
	if (flags & FLAG_INLINE) {
		at += HEADER_SIZE;
		if ((r = inline_string(a, x, &at, &version, err)) < 0 || (r = inline_string(a, x, &at, &text, err)) < 0)
			return r;
	} else {
		bool big = flags & FLAG_BIG_ENDIAN;
		if (ptr != 4 && ptr != 8)
			return error_set(err, ERR_FORMAT, "Go build information: pointers of %zu bytes", ptr);
		if ((r = pointed_string(a, x, number(h.p + 16, ptr, big), ptr, big, &version, err)) < 0 ||
		    (r = pointed_string(a, x, number(h.p + 16 + ptr, ptr, big), ptr, big, &text, err)) < 0)
			return r;
	}
	if (!version.n)
		return error_set(err, ERR_FORMAT, "Go build information without a version");
	/* The text stands between two sentinels of 16 bytes; without them there are no modules. */
	if (text.n >= 2 * FRAME + 1 && text.p[text.n - FRAME - 1] == '\n')
		text = str_sub(text, FRAME, text.n - 2 * FRAME);
	else
		text = STR_NONE;
	*ret_version = version;
	*ret_modules = text;
	return 1;
}
