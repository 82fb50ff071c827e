/* The outer archive of an image (docker-archive, OCI archive): an index of its entries, made by reading tar headers only. A plain archive of
 * any size costs a few reads; one compressed as a whole (gzip, zstd) is unpacked first to an unlinked temporary file. A worker without rights does
 * that (archive_job.h): 0.3 ms.
 *
 * Entries are found by clean path ("blobs/sha256/…"); of entries with the same path the last counts, as when unpacking. Symbolic links (relative
 * to their folder, never above the archive's root) and hard links are followed, at most 8 deep. Limits: 65536 entries, and those of tar.h and
 * compress.h. Everything lies on the arena given to archive_open; archive_close closes the descriptor. Finding and reading are thread-safe. */
#ifndef SOURCE_IMAGE_ARCHIVE_H
#define SOURCE_IMAGE_ARCHIVE_H
#include "base/map.h"
#include "format/tar/tar.h"
#include "model/image.h"
#include "source/image/image_source.h"

struct archive_entry {
	struct str path, link;
	enum tar_type type;
	bool sparse;
	uint64_t offset, size; /* of the body in archive.fd */
	uint64_t ordinal;      /* position among all entries */
};

struct archive {
	int fd;         /* of the tar: the file itself or its unpacked copy */
	uint64_t size;
	struct layer_blob identity; /* dev, ino, file_size, times of the file itself */
	struct map entries;         /* path -> struct archive_entry */
	struct str tmp_dir;
};

/* fd of a regular file, taken over (closed also on failure). progress as in struct image_source_options. */
int archive_open(struct arena *a, int fd, struct str name, const struct image_source_options *opt, struct archive **ret, struct error *err);
struct archive *archive_close(struct archive *ar); /* NULL-safe, returns NULL */
/* A regular file by path, links followed; NULL when there is none. */
const struct archive_entry *archive_find(const struct archive *ar, struct str path);
/* A small file's content. ERR_NOT_FOUND, ERR_LIMIT. */
int archive_read(const struct archive *ar, struct arena *a, struct str path, uint64_t max_bytes, struct str *ret, struct error *err);
/* A sparse entry's content as a file of its own: an unlinked temporary file's descriptor, or a negative code. */
int archive_expand(const struct archive *ar, const struct archive_entry *e, struct error *err);
#endif
