/* Writes small executables for tests: ELF of both sizes and byte orders, PE and thin Mach-O, with one data section of a chosen name and content
 * mapped at EXE_ADDR. They do not run; their tables are what real linkers write. */
#ifndef TESTS_EXE_MAKER_H
#define TESTS_EXE_MAKER_H
#include "base/buf.h"

#define EXE_ADDR 0x400000u

struct exe_shape {
	const char *name;
	enum { SHAPE_ELF, SHAPE_PE, SHAPE_MACHO } kind;
	bool is_64, big;
	bool no_sections; /* ELF: the section table cut off, as sstrip does */
};

static inline void em_num(const struct exe_shape *s, struct buf *b, uint64_t v, int n)
{
	for (int i = 0; i < n; i++)
		buf_add_char(b, (char)(v >> (8 * (s->big ? n - 1 - i : i))));
}

static inline void em_elf(const struct exe_shape *s, const char *section, struct str data, struct buf *b)
{
	int w = s->is_64 ? 8 : 4;
	size_t ehdr = s->is_64 ? 64 : 52, phdr = s->is_64 ? 56 : 32, shdr = s->is_64 ? 64 : 40;
	size_t data_at = 256, names_at = data_at + data.n, shoff = (names_at + 64 + 7) & ~(size_t)7;
	buf_add(b, str_make("\x7f" "ELF", 4));
	buf_add_char(b, s->is_64 ? 2 : 1);
	buf_add_char(b, s->big ? 2 : 1);
	buf_add_char(b, 1);
	buf_add_repeat(b, 0, 9);
	em_num(s, b, 2, 2);
	em_num(s, b, s->is_64 ? 62 : 3, 2);
	em_num(s, b, 1, 4);
	em_num(s, b, EXE_ADDR, w);
	em_num(s, b, ehdr, w);
	em_num(s, b, s->no_sections ? 0 : shoff, w);
	em_num(s, b, 0, 4);
	em_num(s, b, ehdr, 2);
	em_num(s, b, phdr, 2);
	em_num(s, b, 2, 2);
	em_num(s, b, shdr, 2);
	em_num(s, b, s->no_sections ? 0 : 3, 2);
	em_num(s, b, s->no_sections ? 0 : 2, 2);
	for (int i = 0; i < 2; i++) { /* code without bytes, then the data */
		em_num(s, b, 1, 4);
		if (s->is_64)
			em_num(s, b, i ? 6 : 5, 4);
		em_num(s, b, i ? data_at : 0, w);
		em_num(s, b, i ? EXE_ADDR : EXE_ADDR / 2, w);
		em_num(s, b, i ? EXE_ADDR : EXE_ADDR / 2, w);
		em_num(s, b, i ? data.n : 16, w);
		em_num(s, b, i ? data.n : 16, w);
		if (!s->is_64)
			em_num(s, b, i ? 6 : 5, 4);
		em_num(s, b, 16, w);
	}
	buf_add_repeat(b, 0, data_at - b->n);
	buf_add(b, data);
	buf_add_char(b, 0);
	size_t data_name = b->n - names_at;
	buf_add_c(b, section);
	buf_add_char(b, 0);
	size_t names_name = b->n - names_at;
	buf_add_c(b, ".shstrtab");
	buf_add_repeat(b, 0, shoff - b->n);
	struct {
		uint64_t name, type, addr, offset, size;
	} sections[3] = { { 0 }, { data_name, 1, EXE_ADDR, data_at, data.n }, { names_name, 3, 0, names_at, 64 } };
	for (int i = 0; i < 3 && !s->no_sections; i++) {
		em_num(s, b, sections[i].name, 4);
		em_num(s, b, sections[i].type, 4);
		em_num(s, b, 0, w);
		em_num(s, b, sections[i].addr, w);
		em_num(s, b, sections[i].offset, w);
		em_num(s, b, sections[i].size, w);
		buf_add_repeat(b, 0, shdr - 8 - 4 * (size_t)w);
	}
}

static inline void em_pe(const struct exe_shape *s, const char *section, struct str data, struct buf *b)
{
	size_t opt = s->is_64 ? 240 : 224, data_at = 512;
	buf_add_c(b, "MZ");
	buf_add_repeat(b, 0, 58);
	em_num(s, b, 128, 4);
	buf_add_repeat(b, 0, 64);
	buf_add(b, str_make("PE\0\0", 4));
	em_num(s, b, s->is_64 ? 0x8664 : 0x14c, 2);
	em_num(s, b, 1, 2);
	em_num(s, b, 0, 8);
	em_num(s, b, 0, 4);
	em_num(s, b, opt, 2);
	em_num(s, b, 2, 2);
	em_num(s, b, s->is_64 ? 0x20b : 0x10b, 2);
	buf_add_repeat(b, 0, s->is_64 ? 22 : 26);
	em_num(s, b, EXE_ADDR - 0x1000, s->is_64 ? 8 : 4);
	buf_add_repeat(b, 0, opt - 32);
	char name[9] = { 0 };
	snprintf(name, sizeof(name), "%s", section);
	buf_add_bytes(b, name, 8);
	em_num(s, b, data.n, 4);
	em_num(s, b, 0x1000, 4);
	em_num(s, b, data.n, 4);
	em_num(s, b, data_at, 4);
	em_num(s, b, 0, 8);
	em_num(s, b, 0, 4);
	em_num(s, b, 0xc0000040u, 4);
	buf_add_repeat(b, 0, data_at - b->n);
	buf_add(b, data);
}

static inline void em_macho(const struct exe_shape *s, const char *section, struct str data, struct buf *b)
{
	int w = s->is_64 ? 8 : 4;
	size_t header = s->is_64 ? 32 : 28, command = s->is_64 ? 72 + 80 : 56 + 68, data_at = 512;
	char name[17] = { 0 };
	em_num(s, b, s->is_64 ? 0xfeedfacfu : 0xfeedfaceu, 4);
	em_num(s, b, s->is_64 ? 0x1000007 : 7, 4);
	em_num(s, b, 3, 4);
	em_num(s, b, 2, 4);
	em_num(s, b, 2, 4);
	em_num(s, b, command + 16, 4);
	buf_add_repeat(b, 0, header - 24);
	em_num(s, b, 0x1b, 4); /* LC_UUID-like command to be passed over */
	em_num(s, b, 16, 4);
	buf_add_repeat(b, 0, 8);
	em_num(s, b, s->is_64 ? 0x19 : 1, 4);
	em_num(s, b, command, 4);
	buf_add_bytes(b, "__DATA\0\0\0\0\0\0\0\0\0", 16);
	em_num(s, b, EXE_ADDR, w);
	em_num(s, b, data.n, w);
	em_num(s, b, data_at, w);
	em_num(s, b, data.n, w);
	em_num(s, b, 3, 4);
	em_num(s, b, 3, 4);
	em_num(s, b, 1, 4);
	em_num(s, b, 0, 4);
	snprintf(name, sizeof(name), "%s", section);
	buf_add_bytes(b, name, 16);
	buf_add_bytes(b, "__DATA\0\0\0\0\0\0\0\0\0", 16);
	em_num(s, b, EXE_ADDR, w);
	em_num(s, b, data.n, w);
	em_num(s, b, data_at, 4);
	buf_add_repeat(b, 0, data_at - b->n);
	buf_add(b, data);
}

/* Appends to b. */
static inline void exe_make(const struct exe_shape *s, const char *section, struct str data, struct buf *b)
{
	struct buf one;
	buf_init(&one, 64u << 20);
	switch (s->kind) {
	case SHAPE_ELF:
		em_elf(s, section, data, &one);
		break;
	case SHAPE_PE:
		em_pe(s, section, data, &one);
		break;
	case SHAPE_MACHO:
		em_macho(s, section, data, &one);
		break;
	}
	buf_add(b, buf_str(&one));
	buf_release(&one);
}

static const struct exe_shape exe_shapes[] = {
	{ "elf64", SHAPE_ELF, true, false, false },     { "elf64 big", SHAPE_ELF, true, true, false },
	{ "elf32", SHAPE_ELF, false, false, false },    { "elf32 big", SHAPE_ELF, false, true, false },
	{ "pe64", SHAPE_PE, true, false, false },       { "pe32", SHAPE_PE, false, false, false },
	{ "macho64", SHAPE_MACHO, true, false, false }, { "macho32", SHAPE_MACHO, false, false, false },
	{ "macho32 big", SHAPE_MACHO, false, true, false },
};
#endif
