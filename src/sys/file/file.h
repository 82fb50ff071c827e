/* Files: opening, reading at offsets, replacing atomically, unlinked temporary files. Descriptors are close-on-exec and belong to the caller.
 * Paths are views and need no NUL. Errors: ERR_NOT_FOUND, ERR_SYSTEM with errno, ERR_LIMIT (larger than allowed), ERR_FORMAT (shorter than
 * promised), the path named. Thread-safe. */
#ifndef SYS_FILE_H
#define SYS_FILE_H
#include "base/arena.h"
#include "base/error.h"

/* What tells one state of a file from another; ctime cannot be set back by whoever owns the file. */
struct file_identity {
	uint64_t dev, ino, size;
	int64_t mtime_ns, ctime_ns;
};

/* Regular files only (ERR_USAGE for others). ret_id may be NULL. */
int file_open(struct str path, int *ret_fd, struct file_identity *ret_id, struct error *err);
int file_identify(int fd, struct file_identity *ret, struct error *err);
bool file_identity_equal(const struct file_identity *a, const struct file_identity *b);
/* Exactly n bytes at off: ERR_FORMAT when the file ends before. */
int file_pread(int fd, void *dst, size_t n, uint64_t off, struct error *err);
int file_pwrite(int fd, const void *src, size_t n, uint64_t off, struct error *err);
/* Up to n bytes at off, 0 at the end: count or a negative code. */
ssize_t file_pread_some(int fd, void *dst, size_t n, uint64_t off, struct error *err);
/* Whole file on the arena, aligned to 16; ERR_LIMIT above max_bytes. Also for files whose size is not known beforehand (/proc). */
int file_read(struct arena *a, struct str path, uint64_t max_bytes, struct str *ret, struct error *err);
int file_read_at(struct arena *a, int dir_fd, struct str path, uint64_t max_bytes, struct str *ret, struct error *err);

/* Replaces dir_fd/name with the pieces in order: written to a temporary file beside it and renamed, so that readers see the old or the
 * new content, never a part, and two writers do not disturb each other. durable: fsync before the rename. */
int file_replace_at(int dir_fd, struct str name, const struct str *pieces, size_t piece_count, uint32_t mode, bool durable, struct error *err);
/* A file without a name in dir (empty: see file_tmp_dir). */
int file_tmp(struct str dir, int *ret_fd, struct error *err);
/* $TMPDIR when set and absolute, else /var/tmp (on disk, where /tmp may be memory). Borrowed. */
struct str file_tmp_dir(void);
/* Makes the directory and those above it; opens it (O_RDONLY | O_DIRECTORY). Directories made get `mode`. */
int file_open_dir(struct str path, bool make, uint32_t mode, int *ret_fd, struct error *err);
#endif
