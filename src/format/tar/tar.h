/* Tar archives, read entry by entry: v7, POSIX ustar and pax (IEEE Std 1003.1-2017, pax, "Extended Interchange Format"), star's prefix, GNU
 * long names, base-256 numbers and sparse files (old GNU; pax 0.0, 0.1 and 1.0, GNU tar manual, "Storing Sparse Files").
 *
 * Where readers differ, this one follows Go's archive/tar, because container engines unpack layers with it: global pax headers are
 * read and not applied, GNU long names win over pax paths, entries other than files have no body whatever their size says, an
 * entry of type NUL whose name ends in '/' is a directory, two zero blocks (or the end of the input at a block's border) end the archive.
 *
 * Two kinds of input:
 *   random access   pread: headers come through a small read-ahead buffer; bodies that nobody asks for are not read at all
 *   stream          next: the decompressor's chunks one after the other; bodies are given as views into them, never copied
 *
 *   tar_init(&t, &source, &limits);
 *   while ((r = tar_next(&t, &e, err)) > 0)
 *           while ((r = tar_body(&t, &piece, &offset, err)) > 0) …        (optional)
 *   tar_release(&t);
 *
 * Ownership: path and link are valid until the next tar_next; pieces until the next call. Paths are as written, not cleaned: path_clean.
 * Errors are final: ERR_FORMAT (with the offset), ERR_LIMIT, or what the source returned. Memory: the read-ahead buffer and what the limits
 * allow for names, pax headers and sparse maps. Not thread-safe; no I/O of its own. */
#ifndef FORMAT_TAR_H
#define FORMAT_TAR_H
#include "base/buf.h"
#include "base/error.h"
#include "base/input.h"

#define TAR_BLOCK 512u

struct tar_source {
	/* Exactly one of the two is set. pread: exactly n bytes at off, never called past size. next: the following bytes, as many as there are at
	 * once, valid until the next call; n = 0 at the end. */
	int (*pread)(void *ctx, void *dst, size_t n, uint64_t off, struct error *err);
	int (*next)(void *ctx, const unsigned char **ret, size_t *ret_n, struct error *err);
	uint64_t size; /* pread only */
	void *ctx;
};

struct tar_limits { /* 0: default */
	uint64_t max_entries;      /* 50 million */
	uint32_t max_path_bytes;   /* 64 KiB, path or link */
	uint32_t max_pax_bytes;    /* 1 MiB, one extended header */
	uint32_t max_sparse_parts; /* 1 million, one file */
};

enum tar_type { TAR_FILE, TAR_HARDLINK, TAR_SYMLINK, TAR_CHAR_DEVICE, TAR_BLOCK_DEVICE, TAR_DIR, TAR_FIFO, TAR_OTHER };

/* A part of a sparse file that is stored; the rest is zeros. */
struct tar_part {
	uint64_t offset, size; /* in the file */
	uint64_t stored_at;    /* from the first stored byte */
};

struct tar_entry {
	struct str path, link;
	enum tar_type type;
	uint32_t mode;       /* permission bits with set-id and sticky: 07777 */
	uint64_t size;       /* of the file, holes included */
	uint64_t stored;     /* bytes in the archive */
	uint64_t body_at;    /* offset of the first stored byte in the archive */
	bool sparse;
};

struct tar {
	struct tar_source src;
	struct tar_limits limits;
	/* Window: the bytes of the archive from win_at. Random access: `ahead`; stream: the source's chunk. */
	const unsigned char *win;
	size_t win_n;
	uint64_t win_at;
	unsigned char *ahead;       /* read-ahead buffer, or what was put together from several chunks */
	const unsigned char *later; /* stream: rest of the chunk behind such a window */
	size_t later_n;
	uint64_t pos;               /* next header or body byte to read */
	uint64_t next_at;           /* where the next header starts */
	uint64_t last_skip;         /* size of the last body passed over: decides how far to read ahead */
	uint64_t entries;
	bool ended;
	struct tar_entry e;
	bool has_body;
	struct buf path, link, pax; /* reused from entry to entry */
	struct tar_part *parts;
	size_t part_count, part_cap, part_at;
};

int tar_init(struct tar *t, const struct tar_source *src, const struct tar_limits *limits, struct error *err);
void tar_release(struct tar *t);
/* 1 and an entry, 0 at the end, or a negative code. */
int tar_next(struct tar *t, struct tar_entry *ret, struct error *err);
/* The next stored piece of the current entry's body and its offset in the file (gaps are zeros): 1, 0 at the end, or a negative code. */
int tar_body(struct tar *t, struct str *ret, uint64_t *ret_offset, struct error *err);
/* The first stored bytes of the current entry's body, up to n (at most TAR_BLOCK), without taking them: tar_body gives them again. To be called
 * before tar_body. */
int tar_peek(struct tar *t, size_t n, struct str *ret, struct error *err);
/* Random access: n bytes at off of the current entry's file, holes filled with zeros. Does not disturb tar_next. */
int tar_pread(struct tar *t, void *dst, size_t n, uint64_t off, struct error *err);
/* Bytes of the archive passed so far. */
uint64_t tar_position(const struct tar *t);
#endif
