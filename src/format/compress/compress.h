/* Compressed streams read piece by piece: gzip (RFC 1952, through ISA-L's igzip), zstd (RFC 8878, through libzstd) and plain bytes, behind one
 * call. Input comes from a callback, output is a view of a window that the next call reuses, so memory does not depend on the stream:
 * about 350 KiB for gzip, the frame's window for zstd. That is 8 MiB or less from zstd's levels to 19 and from today's container tools, 32 MiB
 * from older ones at their best level and from zstd -20: the limit. --ultra -21, -22 and --long write 64 and 128 MiB; RFC 8878 (3.1.1.1.2) asks
 * readers for 8.
 *
 * gzip: members are concatenated; CRC and length of each are checked; behind the last one, zeros are padding and anything else that is no
 * gzip header is ignored and counted (trailing_garbage), as gzip(1) does. zstd: frames are concatenated, skippable frames skipped,
 * checksums checked; other bytes behind a frame are an error, as zstd(1) has it. An empty gzip or zstd stream (no member) is an error.
 *
 * Limits are told as ERR_LIMIT: bytes out, the ratio of bytes out to bytes in (only past a floor: small files of zeros are common), and
 * zstd windows. Other errors: ERR_FORMAT (damaged, truncated), ERR_UNSUPPORTED (bzip2, xz …), or what the callback returned; all final.
 * Not thread-safe. Cost: see STYLE.md part C. */
#ifndef FORMAT_COMPRESS_H
#define FORMAT_COMPRESS_H
#include "base/buf.h"
#include "base/error.h"
#include "model/image.h"

struct decompress_source {
	/* The following bytes, as many as there are at once, valid until the next call; n = 0 at the end. */
	int (*next)(void *ctx, const unsigned char **ret, size_t *ret_n, struct error *err);
	void *ctx;
};
struct decompress_limits { /* 0: default */
	uint64_t max_bytes;    /* 64 GiB */
	uint64_t ratio_floor;  /* 1 GiB: no ratio check below so many bytes out */
	uint32_t max_ratio;    /* 5000 */
	uint32_t window_log;   /* of zstd windows: 25 */
};

#define ZSTD_WINDOW_LOG_ALL 27 /* all that the zstd program reads without being asked to */

struct decompress;
/* COMPRESS_UNKNOWN looks at the first bytes. */
int decompress_open(struct decompress **ret, enum compression kind, const struct decompress_source *src, const struct decompress_limits *limits,
		    struct error *err);
/* The following bytes, valid until the next call; n = 0 at the end. */
int decompress_next(struct decompress *d, const unsigned char **ret, size_t *ret_n, struct error *err);
struct decompress *decompress_close(struct decompress *d); /* NULL-safe, returns NULL */
/* Bytes taken and given so far; ignored bytes behind the last gzip member. */
uint64_t decompress_bytes_in(const struct decompress *d);
uint64_t decompress_bytes_out(const struct decompress *d);
uint64_t decompress_trailing_garbage(const struct decompress *d);

/* Kind by magic bytes (6 are enough); COMPRESS_NONE when they are no compressed format's, COMPRESS_UNKNOWN for one that is not read here. */
enum compression compress_detect(const unsigned char *head, size_t n);
/* Whole stream in memory -> appended to out, whose maximum limits it; windows up to ZSTD_WINDOW_LOG_ALL. */
int decompress_all(struct str bytes, enum compression kind, struct buf *out, struct error *err);
#endif
