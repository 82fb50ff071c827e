/* ZIP archives (PKWARE APPNOTE.TXT 6.3.10) read through their central directory, over any struct input:
 *
 *   [prefix] (local header, name, extra, stored bytes, [data descriptor])* central directory [zip64 records] end record, comment
 *
 * zip_open finds the end record and the directory (zip64, comment and prefix data such as the shell script of a self-executing jar are
 * handled); a cursor walks the directory in its order without keeping it, so memory does not grow with the number of members. A member's bytes
 * are reached three ways: zip_member_input (stored members, a window on the archive: no copy), zip_read (whole, checked by CRC-32, into the
 * caller's buffer) and zip_deep (deflated members too large for memory: an input that inflates forward as it is asked, in bounded memory).
 * Sizes are in bytes. Views (names) live until the next zip_next. Nothing is trusted: every offset is checked against the input, a size that deflate
 * cannot reach is refused before memory is taken. Not thread-safe: one struct per thread. Errors: ERR_FORMAT (damaged, or no archive at all),
 * ERR_UNSUPPORTED (encrypted, another method, several disks), ERR_LIMIT. */
#ifndef FORMAT_ZIP_H
#define FORMAT_ZIP_H
#include "base/input.h"

struct zip {
	const struct input *in;
	uint64_t base;        /* offset in the input of what the archive calls 0 (prefix data) */
	uint64_t dir_offset;  /* of the central directory, in the input */
	uint64_t dir_size;
	uint64_t entry_count; /* as claimed; zip_next checks it */
	uint64_t comment_offset;
	uint16_t comment_size;
};

enum { ZIP_STORED = 0, ZIP_DEFLATED = 8 };
struct zip_member {
	struct str name;        /* as written: bytes, '/' between folders, may be hostile ("../x") */
	uint64_t size;          /* unpacked, as the directory claims */
	uint64_t stored_size;
	uint64_t header_offset; /* of the local header, in the input */
	uint32_t crc;
	uint16_t method, flags;
	bool is_folder;
};

/* ret->in is borrowed. ERR_FORMAT when there is no end record (then it is no ZIP file, or a cut one). */
int zip_open(const struct input *in, struct zip *ret, struct error *err);

struct zip_cursor {
	const struct zip *z;
	uint64_t pos;  /* bytes of the directory already handed out */
	uint64_t seen; /* members handed out */
	char *buf;     /* only when the input is not in memory */
	size_t have, used, cap;
};
void zip_cursor_init(struct zip_cursor *c, const struct zip *z);
void zip_cursor_release(struct zip_cursor *c);
/* 1: *ret is the next member; 0: end; negative: the directory is damaged here (members before it were good). */
int zip_next(struct zip_cursor *c, struct zip_member *ret, struct error *err);

/* Where the member's stored bytes begin (reads and checks its local header) and that they lie inside the input. */
int zip_member_offset(const struct zip *z, const struct zip_member *m, uint64_t *ret_offset, struct error *err);

/* An input over a window of another one; `parent` is borrowed and must outlive it. */
struct input_window {
	const struct input *parent;
	uint64_t offset;
};
void input_window_init(struct input_window *w, const struct input *parent, uint64_t offset, uint64_t size, struct str name, struct input *ret);
/* A stored member as an input; ERR_UNSUPPORTED when it is not stored. The CRC is not checked. */
int zip_member_input(const struct zip *z, const struct zip_member *m, struct input_window *w, struct input *ret, struct error *err);

/* Working memory of zip_read, kept between calls. */
struct zip_inflater {
	struct libdeflate_decompressor *fast;
	char *stored; /* compressed bytes when the input is not in memory */
	size_t cap;
};
void zip_inflater_init(struct zip_inflater *f);
void zip_inflater_release(struct zip_inflater *f);
/* All m->size bytes into dst, which the caller sized after checking m->size against its own limit. CRC-32 checked. */
int zip_read(struct zip_inflater *f, const struct zip *z, const struct zip_member *m, void *dst, struct error *err);
/* ERR_FORMAT when stored_size bytes cannot become size bytes (deflate grows at most 1032 times): call before allocating. */
int zip_check_ratio(const struct zip_member *m, struct error *err);

/* Random access to a deflated member without holding it: reads in rising order cost one inflation of the member, going back starts over.
 * The last ZIP_DEEP_TAIL bytes are kept once seen, so that a nested archive's directory is read without a second pass.
 * *work is lowered by every byte inflated; when it is used up, reads fail with ERR_LIMIT. The CRC is checked when the end is first reached. */
#define ZIP_DEEP_TAIL (256u << 10)
struct zip_deep;
int zip_deep_open(const struct zip *z, const struct zip_member *m, struct str name, uint64_t *work, struct zip_deep **ret, struct input *ret_input,
		  struct error *err);
void zip_deep_close(struct zip_deep *d);
#endif
