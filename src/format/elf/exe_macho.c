#include "format/elf/exe_parts.h"

#define LC_SEGMENT    0x1u
#define LC_SEGMENT_64 0x19u
#define COMMANDS_MAX  (1u << 20)

/* Field offsets of segment commands and their sections (mach-o/loader.h). */
static const struct macho_form {
	size_t header, command, segment, vmaddr, fileoff, filesize, initprot, nsects;
	size_t section, addr, size, offset;
} forms[2] = {
	{ 28, LC_SEGMENT, 56, 24, 32, 36, 44, 48, 68, 32, 36, 40 },
	{ 32, LC_SEGMENT_64, 72, 24, 40, 48, 60, 64, 80, 32, 40, 48 },
};

static uint64_t word(const struct exe *x, const struct exe_num *v, size_t off)
{
	return x->is_64 ? exe_u64(v, off) : exe_u32(v, off);
}

static int read_segment(struct arena *a, const struct macho_form *f, const char *p, size_t n, struct exe *x, size_t section_cap, struct error *err)
{
	struct exe_num c = { p, 0, x->big_endian };
	if (n < f->segment)
		return error_set(err, ERR_FORMAT, "truncated segment command");
	uint32_t prot = exe_u32(&c, f->initprot);
	size_t count = exe_u32(&c, f->nsects);
	if (count > (n - f->segment) / f->section || count > section_cap - x->section_count)
		return error_set(err, ERR_FORMAT, "segment command is too short for its sections");
	x->segments[x->segment_count++] = (struct exe_segment){ .addr = word(x, &c, f->vmaddr), .offset = word(x, &c, f->fileoff),
		.size = word(x, &c, f->filesize), .writable = prot & 2, .executable = prot & 4 };
	for (size_t i = 0; i < count; i++) {
		struct exe_num s = { p, f->segment + i * f->section, x->big_endian };
		x->sections[x->section_count++] = (struct exe_section){ .name = exe_field(p + s.at, 16), .addr = word(x, &s, f->addr),
			.size = word(x, &s, f->size), .offset = exe_u32(&s, f->offset) };
	}
	return 0;
}

int exe_open_macho(struct arena *a, const struct input *in, const char *head, size_t n, struct exe *x, struct error *err)
{
	struct str commands;
	x->kind = EXE_MACHO;
	x->big_endian = (unsigned char)head[0] == 0xfe;
	x->is_64 = (unsigned char)(x->big_endian ? head[3] : head[0]) == 0xcf;
	const struct macho_form *f = &forms[x->is_64];
	if (n < f->header)
		return error_set(err, ERR_FORMAT, "truncated Mach-O header");
	struct exe_num h = { head, 0, x->big_endian };
	size_t count = exe_u32(&h, 16), bytes = exe_u32(&h, 20);
	if (bytes > COMMANDS_MAX || count > bytes / 8)
		return error_set(err, ERR_FORMAT, "%zu load commands in %zu bytes", count, bytes);
	int r = exe_view(a, in, f->header, bytes, &commands, err);
	if (r < 0)
		return r;
	size_t section_cap = bytes / f->section + 1;
	x->sections = arena_new_array(a, struct exe_section, section_cap);
	x->segments = arena_new_array(a, struct exe_segment, bytes / f->segment + 1);
	if (!x->sections || !x->segments)
		return error_nomem(err);
	for (size_t i = 0, at = 0; i < count; i++) {
		struct exe_num c = { commands.p, at, x->big_endian };
		if (commands.n - at < 8)
			return error_set(err, ERR_FORMAT, "load commands are cut");
		uint32_t size = exe_u32(&c, 4);
		if (size < 8 || size > commands.n - at)
			return error_set(err, ERR_FORMAT, "load command %zu of %u bytes", i, size);
		if (exe_u32(&c, 0) == f->command && (r = read_segment(a, f, commands.p + at, size, x, section_cap, err)) < 0)
			return r;
		at += size;
	}
	return 0;
}
