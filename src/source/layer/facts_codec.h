/* Facts as bytes: what a worker sends and what the cache keeps. One form for both, so that a cache hit is a read and a pass of checks.
 *
 *   struct facts_header          fixed, 96 bytes: magic and version, lengths and counts of what follows
 *   file records                 each starts at a multiple of 8: varints, strings (varint length, bytes), 64-bit arrays (count, padding to 8, raw)
 *   names                        whiteouts, opaque directories, links, diagnostics
 *   present                      sorted 64-bit hashes, aligned to 8
 *
 * Numbers are the machine's own byte order (a cache belongs to one machine; another order fails the magic). The decoder borrows strings and
 * 64-bit arrays from the bytes, which must outlive the facts; when the bytes are not aligned to 8 the arrays are copied. Everything a
 * hostile worker could send is refused with ERR_CORRUPT: lengths past the end, counts that cannot fit, unclean paths, unknown kinds,
 * unsorted `present`. Cost: about 10 ns a string; arrays cost nothing but the sortedness check.
 *
 * The writer takes facts piece by piece, so that a worker never holds a whole layer's packages as structs. Not thread-safe. */
#ifndef SOURCE_FACTS_CODEC_H
#define SOURCE_FACTS_CODEC_H
#include "base/buf.h"
#include "model/image.h"

#define FACTS_CODEC_VERSION 3
#define FACTS_MAX_BYTES     (UINT64_C(96) << 20) /* a layer's facts in bytes; more is refused on both sides */
/* What the decoder may allocate for the structs of one layer: small records must not make it fill the memory. The writer keeps account of it
 * and refuses a file that would pass it. */
#define FACTS_MAX_DECODED   (UINT64_C(256) << 20)

struct facts_header {
	char magic[8];
	uint64_t total_bytes, files_bytes, names_bytes, present_count;
	uint64_t entry_count, tar_bytes, diags_dropped;
	uint32_t file_count, whiteout_count, opaque_count, link_count, diag_count;
	uint32_t partial; /* 1: reading ended early, so these facts are shown but never cached */
	uint64_t spare2;
};
_Static_assert(sizeof(struct facts_header) == 96, "the header is written to files");

struct facts_writer {
	struct buf files, whiteouts, opaque, links, diags; /* each limited to FACTS_MAX_BYTES */
	struct buf present; /* uint64_t each, as they come */
	struct facts_header h;
	uint64_t decoded; /* bytes of structs that decoding will take */
};
void facts_writer_init(struct facts_writer *w);
void facts_writer_release(struct facts_writer *w);
/* Appends; a lack of memory is told by facts_writer_finish. Returns the record's offset in w->files, SIZE_MAX when the file is too large
 * (FACTS_MAX_DECODED; nothing is written then). A package whose path is the file's is
 * written without it and gets it back when decoded. */
size_t facts_write_file(struct facts_writer *w, const struct facts_file *f);
void facts_write_whiteout(struct facts_writer *w, struct str path, bool opaque);
void facts_write_link(struct facts_writer *w, const struct facts_link *l);
void facts_write_diag(struct facts_writer *w, const struct diag *d);
void facts_write_present(struct facts_writer *w, uint64_t hash);
/* Takes back a record that a later entry of the same layer replaced; returns its length. */
size_t facts_drop_file(struct facts_writer *w, size_t offset);
/* Sorts `present`, fills w->h. The encoded facts are then the pieces, written one after the other; they borrow from the writer. */
#define FACTS_PIECES 8
int facts_writer_finish(struct facts_writer *w, struct str ret_pieces[FACTS_PIECES], struct error *err);
#endif
