/* One tar header block and one set of pax records, as pure functions: the parts of tar.c that know byte positions. IEEE Std 1003.1-2017,
 * pax: "ustar Interchange Format" (offsets below), "pax Extended Header"; GNU tar manual, "Basic Tar Format".
 *
 *   0 name 100 | 100 mode 8 | 108 uid 8 | 116 gid 8 | 124 size 12 | 136 mtime 12 | 148 checksum 8 | 156 type 1 | 157 link 100
 *   257 magic 6 | 263 version 2 | 265 uname 32 | 297 gname 32 | 329 devmajor 8 | 337 devminor 8 | 345 prefix 155 (star: 131)
 *
 * Views point into the bytes given. No allocation but in the buffers passed. */
#ifndef FORMAT_TAR_HEADER_H
#define FORMAT_TAR_HEADER_H
#include "base/buf.h"
#include "base/error.h"

/* Octal (spaces and NULs around it; empty is 0) or base-256 (first bit set). 0, or ERR_FORMAT: other text, negative, above INT64_MAX. */
int tar_number(const unsigned char *p, size_t n, uint64_t *ret);
bool tar_block_is_zero(const unsigned char *block);
/* Sum of all bytes with the checksum field as spaces, unsigned or (old writers) signed. */
bool tar_checksum_fits(const unsigned char *block);
/* Name with its prefix, link target. */
void tar_header_path(const unsigned char *block, struct buf *ret);
void tar_header_link(const unsigned char *block, struct buf *ret);

struct tar_pax {
	struct str path, link, size;
	struct str sparse_major, sparse_minor, sparse_name, sparse_size, sparse_realsize, sparse_map;
	bool sparse_pairs; /* version 0.0: its pairs went to add_part */
};
/* Parses "length key=value\n" records. add_part (may be NULL) gets GNU.sparse.offset / numbytes pairs in order. */
int tar_pax_parse(struct str records, struct tar_pax *ret, int (*add_part)(void *ctx, uint64_t offset, uint64_t size, struct error *err), void *ctx,
		  struct error *err);
#endif
