/* What is done with an outer archive's hostile bytes, done in a worker without rights (sys/worker): unpacking what is compressed as a whole,
 * walking the tar, putting sparse members together. The worker has two descriptors, the archive and an empty file, and answers with bytes that
 * are checked here.
 *
 * Records, one an entry other than a directory, in the archive's order: struct archive_record, then the path and the link's target. */
#ifndef SOURCE_IMAGE_ARCHIVE_JOB_H
#define SOURCE_IMAGE_ARCHIVE_JOB_H
#include "base/arena.h"
#include "base/error.h"
#include "format/tar/tar.h"
#include "model/image.h"

#define ARCHIVE_ENTRIES_MAX 65536u

struct archive_record {
	uint64_t offset, size; /* of the body; within the archive, checked */
	uint64_t ordinal;      /* among all entries */
	uint16_t path_n, link_n;
	uint8_t type;          /* enum tar_type, checked */
	uint8_t sparse;
	uint8_t spare[2];
};
_Static_assert(sizeof(struct archive_record) == 32, "sent between processes");

struct archive_job {
	int fd;                    /* of the archive */
	uint64_t size;
	enum compression kind;     /* of the archive as a whole */
	int out_fd;                /* an empty file to write to; -1 when nothing is written */
	struct str secrets[2];     /* worker.h */
	int (*progress)(void *ctx, uint64_t done, uint64_t total); /* may be NULL; non-zero cancels */
	void *ctx;
};
/* Unpacks to out_fd when kind is not COMPRESS_NONE, and walks. *ret_records (arena) are for archive_records_next; *ret_size: of the tar. */
int archive_job_index(const struct archive_job *job, struct arena *a, struct str *ret_records, uint64_t *ret_size, struct error *err);
/* Writes the content of the (sparse) entry number `ordinal` of an uncompressed archive to out_fd. */
int archive_job_expand(const struct archive_job *job, uint64_t ordinal, struct error *err);
/* Takes the next record: 1, 0 at the end, ERR_CRASHED when they are damaged. tar_size: bodies that are not sparse lie within it. Paths are views. */
int archive_records_next(struct str *records, uint64_t tar_size, struct archive_record *ret, struct str *ret_path, struct str *ret_link, struct error *err);
#endif
