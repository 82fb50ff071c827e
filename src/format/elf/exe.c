#include "format/elf/exe.h"

#include "format/elf/exe_parts.h"

#define FAT_MAGIC    0xcafebabeu
#define FAT_MAGIC_64 0xcafebabfu
#define FAT_MAX      32u /* Java class files begin alike; their "count" is 45 and more */

int exe_view(struct arena *a, const struct input *in, uint64_t offset, size_t n, struct str *ret, struct error *err)
{
	if (offset > in->size || n > in->size - offset)
		return error_set(err, ERR_FORMAT, "%zu bytes at offset %llu lie outside of the file", n, (unsigned long long)offset);
	if (in->data) {
		*ret = str_make(in->data + offset, n);
		return 0;
	}
	char *p = arena_alloc_aligned(a, n ? n : 1, 1);
	if (!p)
		return error_nomem(err);
	int r = input_read(in, p, n, offset, err);
	if (r == 0)
		*ret = str_make(p, n);
	return r;
}

enum magic { MAGIC_NONE, MAGIC_ELF, MAGIC_PE, MAGIC_MACHO, MAGIC_FAT };

static enum magic magic_of(const unsigned char *h, size_t n)
{
	if (n < 20)
		return MAGIC_NONE;
	struct exe_num big = { (const char *)h, 0, true };
	uint32_t m = exe_u32(&big, 0);
	if (m == 0x7f454c46u)
		return MAGIC_ELF;
	if (h[0] == 'M' && h[1] == 'Z')
		return MAGIC_PE;
	if (m == 0xfeedfaceu || m == 0xfeedfacfu || m == 0xcefaedfeu || m == 0xcffaedfeu)
		return MAGIC_MACHO;
	if ((m == FAT_MAGIC || m == FAT_MAGIC_64) && exe_u32(&big, 4) > 0 && exe_u32(&big, 4) <= FAT_MAX)
		return MAGIC_FAT;
	return MAGIC_NONE;
}

bool exe_sniff(const unsigned char *head, size_t n)
{
	enum magic m = magic_of(head, n);
	if (m != MAGIC_ELF)
		return m != MAGIC_NONE;
	struct exe_num x = { (const char *)head, 0, head[5] == 2 };
	uint16_t type = exe_u16(&x, 16);
	return type == 2 || type == 3; /* ET_EXEC, ET_DYN */
}

bool exe_wants(struct str path, uint32_t mode, uint64_t size)
{
	static const struct str system_folders[] = { STR_INIT("lib/"), STR_INIT("lib64/"), STR_INIT("usr/lib/"), STR_INIT("usr/lib64/") };
	if ((mode & 0111) || !str_has_suffix(path, STR(".so")))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(system_folders); i++)
		if (str_has_prefix(path, system_folders[i]))
			return str_contains(path, STR("/site-packages/"));
	return true;
}

int exe_open(struct arena *a, const struct input *in, struct exe *ret, struct error *err)
{
	unsigned char head[64] = { 0 };
	size_t n = (size_t)MIN_OF(in->size, (uint64_t)sizeof(head));
	int r = input_read(in, head, n, 0, err);
	if (r < 0)
		return r;
	*ret = (struct exe){ .in = in };
	switch (magic_of(head, n)) {
	case MAGIC_ELF:
		return exe_open_elf(a, in, (const char *)head, n, ret, err);
	case MAGIC_PE:
		return exe_open_pe(a, in, (const char *)head, n, ret, err);
	case MAGIC_MACHO:
		return exe_open_macho(a, in, (const char *)head, n, ret, err);
	default:
		return error_set(err, ERR_UNSUPPORTED, "no executable");
	}
}

static int slice_pread(void *ctx, void *dst, size_t n, uint64_t off, struct error *err)
{
	const struct exe_slice *s = ctx;
	return input_read(s->parent, dst, n, s->offset + off, err);
}

int exe_slice(const struct input *in, unsigned i, struct exe_slice *slice, struct input *ret, struct error *err)
{
	unsigned char head[20];
	char arch[32];
	if (in->size < sizeof(head))
		return 0;
	int r = input_read(in, head, sizeof(head), 0, err);
	if (r < 0)
		return r;
	if (magic_of(head, sizeof(head)) != MAGIC_FAT)
		return 0;
	struct exe_num h = { (const char *)head, 0, true }, x = { arch, 0, true };
	if (i >= exe_u32(&h, 4))
		return 0;
	bool wide = exe_u32(&h, 0) == FAT_MAGIC_64;
	size_t entry = wide ? 32 : 20;
	if ((r = input_read(in, arch, entry, 8 + (uint64_t)i * entry, err)) < 0)
		return r;
	uint64_t offset = wide ? exe_u64(&x, 8) : exe_u32(&x, 8), size = wide ? exe_u64(&x, 16) : exe_u32(&x, 12);
	if (offset > in->size || size > in->size - offset)
		return error_set(err, ERR_FORMAT, "slice %u of a universal file lies outside of it", i);
	*slice = (struct exe_slice){ in, offset };
	*ret = (struct input){ .name = in->name, .size = size, .data = in->data ? in->data + offset : NULL, .pread = slice_pread, .ctx = slice };
	return 1;
}

const struct exe_section *exe_find(const struct exe *x, struct str name)
{
	for (size_t i = 0; i < x->section_count; i++)
		if (str_eq(x->sections[i].name, name))
			return &x->sections[i];
	return NULL;
}

int exe_section_bytes(struct arena *a, const struct exe *x, const struct exe_section *s, size_t max, struct str *ret, struct error *err)
{
	if (s->size > max)
		return error_set(err, ERR_LIMIT, "section of %llu bytes, more than the limit of %zu", (unsigned long long)s->size, max);
	return exe_view(a, x->in, s->offset, s->size, ret, err);
}

bool exe_locate(const struct exe *x, uint64_t addr, uint64_t *ret_offset, uint64_t *ret_available)
{
	for (size_t i = 0; i < x->segment_count; i++) {
		const struct exe_segment *s = &x->segments[i];
		if (addr < s->addr || addr - s->addr >= s->size)
			continue;
		uint64_t in = addr - s->addr, offset;
		if (ADD_OVERFLOWS(s->offset, in, &offset) || offset >= x->in->size)
			return false;
		*ret_offset = offset;
		*ret_available = MIN_OF(s->size - in, x->in->size - offset);
		return true;
	}
	return false;
}
