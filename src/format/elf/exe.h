/* Executables of three formats as what the readers of embedded facts need: named sections and mapped segments.
 *
 *   ELF     System V gABI chapter 4-5; 32 and 64 bit, both byte orders
 *   PE      Microsoft PE/COFF specification: section table (its sections are the segments too)
 *   Mach-O  <mach-o/loader.h>, thin files of both sizes and byte orders; of a universal file (fat.h) the slices one by one through exe_slice
 *
 * Opening costs four small reads (header, section table, section names, program headers). Nothing is mapped or relocated. Offsets and sizes come from the file: they are checked against the input when bytes are read, not before. Strings and tables live on the
 * arena or in the input. Errors: ERR_UNSUPPORTED (no executable of these formats), ERR_FORMAT (tables outside of the file, absurd counts). */
#ifndef FORMAT_EXE_H
#define FORMAT_EXE_H
#include "base/input.h"

enum exe_kind { EXE_ELF, EXE_PE, EXE_MACHO };

struct exe_section {
	struct str name;
	uint64_t addr, offset, size; /* size: bytes in the file */
};
struct exe_segment {
	uint64_t addr, offset, size; /* size: bytes in the file */
	bool writable, executable;
};

struct exe {
	const struct input *in;
	enum exe_kind kind;
	bool is_64, big_endian;
	struct exe_section *sections;
	size_t section_count;
	struct exe_segment *segments;
	size_t segment_count;
	bool packed; /* by UPX: the real program is compressed inside */
};

/* Whether a path may hold a program worth opening: any execute bit, Windows programs, and shared objects without the bit outside of the distribution's own
 * library folders (there they come from its packages, and there are very many). As struct analyzer's wants(). */
bool exe_wants(struct str path, uint32_t mode, uint64_t size);
/* Whether the first bytes (64 if the file has them) may be one of the formats: linkable objects and core dumps are not. */
bool exe_sniff(const unsigned char *head, size_t n);
int exe_open(struct arena *a, const struct input *in, struct exe *ret, struct error *err);

/* Universal Mach-O files: 1 with *ret the window of slice i, 0 when there is no such slice or the file is not universal. */
struct exe_slice {
	const struct input *parent;
	uint64_t offset;
};
int exe_slice(const struct input *in, unsigned i, struct exe_slice *slice, struct input *ret, struct error *err);

/* First section of that name, or NULL. */
const struct exe_section *exe_find(const struct exe *x, struct str name);
/* Its bytes: a view (borrowed when the input is in memory, else on the arena); ERR_LIMIT above max. */
int exe_section_bytes(struct arena *a, const struct exe *x, const struct exe_section *s, size_t max, struct str *ret, struct error *err);
/* Where the byte at a virtual address lies in the file and how many follow it in its segment; false when it is not in the file. */
bool exe_locate(const struct exe *x, uint64_t addr, uint64_t *ret_offset, uint64_t *ret_available);
/* n bytes at a file offset as a view; ERR_FORMAT past the end. */
int exe_view(struct arena *a, const struct input *in, uint64_t offset, size_t n, struct str *ret, struct error *err);
#endif
