/* A feed file in memory: mapped, and unpacked when it is gzip or zstd. For this folder only. */
#ifndef FEATURE_FEED_FILE_H
#define FEATURE_FEED_FILE_H
#include "base/buf.h"
#include "base/error.h"

#define FEED_FILE_BYTES_MAX (8ull << 30)

struct feed_file {
	struct str content; /* unpacked */
	struct str name;    /* base name without .gz, .zst, .zstd; view into path */
	struct str mapped;
	struct buf unpacked;
};
int feed_file_open(struct str path, struct feed_file *ret, struct error *err);
void feed_file_close(struct feed_file *f);
#endif
