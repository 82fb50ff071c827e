/* What exe.c and the readers of the three formats share: numbers of either byte order, and the readers' entry points. `head` is the file's first bytes
 * (n of at most 64, zeroes behind). Internal to src/format/elf. */
#ifndef FORMAT_EXE_PARTS_H
#define FORMAT_EXE_PARTS_H
#include "format/elf/exe.h"

#define EXE_SECTIONS_MAX 65536u
#define EXE_SEGMENTS_MAX 4096u
#define EXE_NAMES_MAX    (4u << 20)
#define EXE_NAME_MAX     256u /* bytes of a name that count: many sections may share one long name */

/* Numbers at p + at + offset; the caller has checked the range. */
struct exe_num {
	const char *p;
	size_t at;
	bool big_endian;
};
static inline uint16_t exe_u16(const struct exe_num *x, size_t off)
{
	const unsigned char *b = (const unsigned char *)x->p + x->at + off;
	return (uint16_t)(x->big_endian ? b[0] << 8 | b[1] : b[1] << 8 | b[0]);
}
static inline uint32_t exe_u32(const struct exe_num *x, size_t off)
{
	uint32_t a = exe_u16(x, off), b = exe_u16(x, off + 2);
	return x->big_endian ? a << 16 | b : b << 16 | a;
}
static inline uint64_t exe_u64(const struct exe_num *x, size_t off)
{
	uint64_t a = exe_u32(x, off), b = exe_u32(x, off + 4);
	return x->big_endian ? a << 32 | b : b << 32 | a;
}
/* The name in a fixed field that zeroes fill up. */
static inline struct str exe_field(const char *p, size_t n)
{
	return str_make(p, strnlen(p, n));
}

int exe_open_elf(struct arena *a, const struct input *in, const char *head, size_t n, struct exe *x, struct error *err);
int exe_open_pe(struct arena *a, const struct input *in, const char *head, size_t n, struct exe *x, struct error *err);
int exe_open_macho(struct arena *a, const struct input *in, const char *head, size_t n, struct exe *x, struct error *err);
#endif
