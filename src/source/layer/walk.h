/* One layer's bytes (or a directory's files) -> facts, piece by piece into a facts_writer: the worker's whole job. No rights needed but reading
 * what it is given: a function to read the layer, and a descriptor to spool large bodies to.
 *
 *   random access (walk_source.pread: an uncompressed layer in a file)   headers are read, bodies nobody wants are jumped over, large wanted
 *                                                                        ones are read in place
 *   stream (walk_source.next: stored bytes, unpacked here)               bodies are views of the unpacked window; wanted ones are used there
 *                                                                        when they lie whole in it, else copied, above 4 MiB spooled
 *
 * A file is read at most once: candidates by the analyzers' keys, then wants(), then sniff() on the first 64 bytes, then parse() on an arena of
 * its own. Of two entries of one name the later counts. A hard link whose own name is wanted by an analyzer that did not see its target
 * (ostree's objects) costs a second walk, which looks for the targets only.
 *
 * Errors: a layer that breaks off gives the facts up to there, a diagnostic (DIAG_UNREADABLE, path empty) and h.partial; only when nothing at
 * all was read, or memory or the source failed, it is an error. Memory: the writer's buffers, one file's arena, 4 MiB for a body. */
#ifndef SOURCE_WALK_H
#define SOURCE_WALK_H
#include "source/layer/analyzer.h"
#include "source/layer/facts_codec.h"
#include "source/layer/layer.h"

struct walk_source {
	enum compression compression;
	uint64_t size; /* stored bytes, pread only */
	int (*pread)(void *ctx, void *dst, size_t n, uint64_t off, struct error *err);
	int (*next)(void *ctx, const unsigned char **ret, size_t *ret_n, struct error *err);
	int (*rewind)(void *ctx, struct error *err); /* next: start again at the first byte (second walk) */
	void *ctx;
};
struct walk_options {
	const struct analyzer *table;
	size_t count;
	uint64_t rows_off;           /* rows that this walk leaves out */
	const struct str *skip_dirs, *skip_files; /* globs */
	size_t skip_dirs_count, skip_files_count;
	bool layered;                /* the directory is one of an engine's layers (overlayfs): walk_directory */
	const struct walk_alias *aliases; /* layer.h */
	size_t alias_count;
	uint64_t max_unpacked_bytes; /* 0: default of decompress.h; also the largest uncompressed layer */
	bool file_digests;           /* packages that are a file (jars) get its SHA-1: the whole file is read for it */
	int spool_fd;                /* -1: bodies above 4 MiB of a stream are DIAG_UNREADABLE */
	/* What is being read now ("" between files), bytes passed; may be NULL. */
	void (*doing)(void *ctx, struct str path, uint64_t done);
	void *ctx;
};
int walk_layer(const struct walk_source *src, const struct walk_options *opt, struct facts_writer *out, struct error *err);
/* The tree below a directory descriptor, in the order of names, symbolic links not followed, file systems of the kernel (proc, sysfs …) left out.
 * Layered: character devices 0:0 and the ".wh." names of aufs and fuse-overlayfs are whiteouts, and every path is written down as present, as for a
 * tar. Folders marked opaque (an extended attribute that takes a right no worker has) are the caller's to find: opaque.h. */
int walk_directory(int dir_fd, const struct walk_options *opt, struct facts_writer *out, struct error *err);
#endif
