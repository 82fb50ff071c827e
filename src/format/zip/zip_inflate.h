/* Streaming raw inflate (RFC 1951) for ZIP members, on ISA-L: what zip.c and zip_deep.c share. Input is fetched in pieces of 64 KiB, so memory does not
 * depend on the member's size. One zip_inflate is about 90 KiB and comes from malloc. */
#ifndef FORMAT_ZIP_INFLATE_H
#define FORMAT_ZIP_INFLATE_H
#include "base/input.h"

struct zip_inflate;
/* Stream over [offset, offset + stored_size) of in (borrowed). */
int zip_inflate_new(const struct input *in, uint64_t offset, uint64_t stored_size, struct zip_inflate **ret, struct error *err);
void zip_inflate_free(struct zip_inflate *s);
/* Back to the start. */
void zip_inflate_restart(struct zip_inflate *s);
/* Up to n bytes to dst; *ret_n < n only at the end of the deflate data. ERR_FORMAT: damaged or cut. */
int zip_inflate_more(struct zip_inflate *s, void *dst, size_t n, size_t *ret_n, struct error *err);
/* Exactly `size` bytes to dst, and the deflate data must end there. */
int zip_inflate_all(const struct input *in, uint64_t offset, uint64_t stored_size, void *dst, uint64_t size, struct error *err);
#endif
