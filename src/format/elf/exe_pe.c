#include "format/elf/exe_parts.h"

enum { COFF_HEADER = 24, SECTION = 40 }; /* COFF header with the "PE\0\0" before it */
#define MEM_EXECUTE 0x20000000u
#define MEM_WRITE   0x80000000u

int exe_open_pe(struct arena *a, const struct input *in, const char *head, size_t n, struct exe *x, struct error *err)
{
	struct exe_num h = { head, 0, false };
	struct str coff, opt, table;
	x->kind = EXE_PE;
	if (n < 64)
		return error_set(err, ERR_UNSUPPORTED, "no executable"); /* any text may begin with MZ */
	uint64_t at = exe_u32(&h, 60);
	int r = exe_view(a, in, at, COFF_HEADER, &coff, NULL);
	if (r == ERR_NOMEM)
		return error_nomem(err);
	if (r < 0 || memcmp(coff.p, "PE\0\0", 4) != 0)
		return error_set(err, ERR_UNSUPPORTED, "no PE header");
	struct exe_num c = { coff.p, 0, false };
	size_t count = exe_u16(&c, 6), opt_size = exe_u16(&c, 20);
	uint64_t base = 0;
	if (opt_size >= 32) {
		if ((r = exe_view(a, in, at + COFF_HEADER, 32, &opt, err)) < 0)
			return r;
		struct exe_num o = { opt.p, 0, false };
		x->is_64 = exe_u16(&o, 0) == 0x20b;
		base = x->is_64 ? exe_u64(&o, 24) : exe_u32(&o, 28);
	}
	if ((r = exe_view(a, in, at + COFF_HEADER + opt_size, count * SECTION, &table, err)) < 0)
		return r;
	x->sections = arena_new_array(a, struct exe_section, count);
	x->segments = arena_new_array(a, struct exe_segment, count);
	if (!x->sections || !x->segments)
		return error_nomem(err);
	for (size_t i = 0; i < count; i++) {
		struct exe_num s = { table.p, i * SECTION, false };
		uint32_t flags = exe_u32(&s, 36);
		struct exe_section *out = &x->sections[x->section_count++];
		*out = (struct exe_section){ .name = exe_field(table.p + i * SECTION, 8), .addr = base + exe_u32(&s, 12), .size = exe_u32(&s, 16), .offset = exe_u32(&s, 20) };
		x->segments[x->segment_count++] = (struct exe_segment){ .addr = out->addr, .offset = out->offset, .size = out->size,
			.writable = flags & MEM_WRITE, .executable = flags & MEM_EXECUTE };
		x->packed |= str_eq(out->name, STR("UPX0"));
	}
	return 0;
}
