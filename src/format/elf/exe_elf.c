#include "format/elf/exe_parts.h"

/* Field offsets of the 32- and 64-bit forms (gABI figures 4-3, 4-8, 5-1). */
static const struct elf_form {
	size_t header, phoff, shoff, phentsize, phnum, shentsize, shnum, shstrndx;
	size_t sh_size_min, sh_type, sh_addr, sh_offset, sh_size, sh_link;
	size_t ph_size_min, ph_flags, ph_offset, ph_vaddr, ph_filesz;
} forms[2] = {
	{ 52, 28, 32, 42, 44, 46, 48, 50, 40, 4, 12, 16, 20, 24, 32, 24, 4, 8, 16 },
	{ 64, 32, 40, 54, 56, 58, 60, 62, 64, 4, 16, 24, 32, 40, 56, 4, 8, 16, 32 },
};
#define SHT_NOBITS 8u
#define SHN_XINDEX 0xffffu
#define PT_LOAD    1u
#define PF_X       1u
#define PF_W       2u

static uint64_t word(const struct exe *x, const struct exe_num *v, size_t off)
{
	return x->is_64 ? exe_u64(v, off) : exe_u32(v, off);
}

static int read_sections(struct arena *a, const struct elf_form *f, const struct exe_num *h, struct exe *x, struct error *err)
{
	uint64_t shoff = word(x, h, f->shoff), count = exe_u16(h, f->shnum), names_at = exe_u16(h, f->shstrndx);
	size_t entry = exe_u16(h, f->shentsize);
	struct str table, names;
	if (!shoff)
		return 0;
	if (entry < f->sh_size_min)
		return error_set(err, ERR_FORMAT, "section headers of %zu bytes", entry);
	if (!count || names_at == SHN_XINDEX) { /* more than the header's field holds: the first section header tells */
		int r = exe_view(a, x->in, shoff, entry, &table, err);
		if (r < 0)
			return r;
		struct exe_num first = { table.p, 0, x->big_endian };
		if (!count)
			count = word(x, &first, f->sh_size);
		if (names_at == SHN_XINDEX)
			names_at = exe_u32(&first, f->sh_link);
	}
	if (count > EXE_SECTIONS_MAX)
		return error_set(err, ERR_FORMAT, "%llu sections", (unsigned long long)count);
	if (names_at >= count)
		return 0; /* sections without names are of no use here */
	int r = exe_view(a, x->in, shoff, count * entry, &table, err);
	if (r < 0)
		return r;
	struct exe_num s = { table.p, names_at * entry, x->big_endian };
	uint64_t names_size = word(x, &s, f->sh_size);
	if (names_size > EXE_NAMES_MAX)
		return error_set(err, ERR_FORMAT, "section names of %llu bytes", (unsigned long long)names_size);
	if ((r = exe_view(a, x->in, word(x, &s, f->sh_offset), names_size, &names, err)) < 0)
		return r;
	if (!(x->sections = arena_new_array(a, struct exe_section, count)))
		return error_nomem(err);
	for (size_t i = 0; i < count; i++) {
		s.at = i * entry;
		uint32_t name = exe_u32(&s, 0);
		struct exe_section *out = &x->sections[x->section_count++];
		if (name < names.n)
			out->name = exe_field(names.p + name, MIN_OF(names.n - name, (size_t)EXE_NAME_MAX));
		out->addr = word(x, &s, f->sh_addr);
		out->offset = word(x, &s, f->sh_offset);
		out->size = exe_u32(&s, f->sh_type) == SHT_NOBITS ? 0 : word(x, &s, f->sh_size);
	}
	return 0;
}

static int read_segments(struct arena *a, const struct elf_form *f, const struct exe_num *h, struct exe *x, struct error *err)
{
	uint64_t phoff = word(x, h, f->phoff);
	size_t count = exe_u16(h, f->phnum), entry = exe_u16(h, f->phentsize);
	struct str table, after;
	if (!phoff || !count)
		return 0;
	if (entry < f->ph_size_min || count > EXE_SEGMENTS_MAX)
		return error_set(err, ERR_FORMAT, "%zu program headers of %zu bytes", count, entry);
	int r = exe_view(a, x->in, phoff, count * entry, &table, err);
	if (r < 0)
		return r;
	if (!(x->segments = arena_new_array(a, struct exe_segment, count)))
		return error_nomem(err);
	for (size_t i = 0; i < count; i++) {
		struct exe_num s = { table.p, i * entry, x->big_endian };
		if (exe_u32(&s, 0) != PT_LOAD)
			continue;
		uint32_t flags = exe_u32(&s, f->ph_flags);
		x->segments[x->segment_count++] = (struct exe_segment){ .addr = word(x, &s, f->ph_vaddr), .offset = word(x, &s, f->ph_offset),
			.size = word(x, &s, f->ph_filesz), .writable = flags & PF_W, .executable = flags & PF_X };
	}
	/* UPX leaves no sections; its l_info (checksum, "UPX!") stands behind the program headers. */
	if (!x->section_count && exe_view(a, x->in, phoff + count * entry, 8, &after, NULL) == 0)
		x->packed = memcmp(after.p + 4, "UPX!", 4) == 0;
	return 0;
}

int exe_open_elf(struct arena *a, const struct input *in, const char *head, size_t n, struct exe *x, struct error *err)
{
	x->kind = EXE_ELF;
	if ((head[4] != 1 && head[4] != 2) || (head[5] != 1 && head[5] != 2))
		return error_set(err, ERR_FORMAT, "unknown ELF class or byte order");
	x->is_64 = head[4] == 2;
	x->big_endian = head[5] == 2;
	const struct elf_form *f = &forms[x->is_64];
	if (n < f->header)
		return error_set(err, ERR_FORMAT, "truncated ELF header");
	struct exe_num h = { head, 0, x->big_endian };
	struct error sections = { 0 };
	/* Tools that cut off the section table leave a program that runs: the segments then tell alone. */
	int r = read_sections(a, f, &h, x, &sections);
	if (r == ERR_NOMEM)
		return error_nomem(err);
	int r2 = read_segments(a, f, &h, x, err);
	if (r2 < 0)
		return r2;
	return r < 0 && !x->segment_count ? error_set(err, r, "%s", sections.text) : 0;
}
