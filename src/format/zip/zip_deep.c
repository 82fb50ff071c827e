#include <libdeflate.h>

#include "format/zip/zip.h"
#include "format/zip/zip_inflate.h"

enum { WINDOW = 64 << 10 };

/*   0 ……… window_at [window, window_n bytes] at ……… tail_at [tail] size
 * `at` is how far the stream has come; the window holds the bytes just before it. */
struct zip_deep {
	struct zip_inflate *stream;
	uint64_t size, at, window_at;
	size_t window_n;
	uint64_t tail_at;
	char *tail;
	bool tail_ready;  /* the end was reached once: tail is whole, CRC was checked */
	int failed;       /* a read failed: every later one does, with the same code */
	bool first_pass;  /* no restart yet: `crc` covers [0, at) */
	uint32_t crc, crc_wanted;
	uint64_t *work;
	char window[WINDOW];
};

static int advance(struct zip_deep *d, struct error *err)
{
	size_t want = (size_t)MIN_OF(d->size - d->at, (uint64_t)WINDOW), got;
	if (*d->work < want)
		return error_set(err, ERR_LIMIT, "too much to unpack");
	*d->work -= want;
	int r = zip_inflate_more(d->stream, d->window, want, &got, err);
	if (r < 0)
		return r;
	if (got < want)
		return error_set(err, ERR_FORMAT, "unpacked size is not the stated %llu", (unsigned long long)d->size);
	d->window_at = d->at;
	d->window_n = got;
	d->at += got;
	if (!d->tail_ready && d->at > d->tail_at) {
		uint64_t from = MAX_OF(d->window_at, d->tail_at);
		memcpy(d->tail + (from - d->tail_at), d->window + (from - d->window_at), d->at - from);
	}
	if (d->first_pass)
		d->crc = libdeflate_crc32(d->crc, d->window, got);
	if (d->at == d->size) {
		if (d->first_pass && d->crc != d->crc_wanted)
			return error_set(err, ERR_FORMAT, "CRC-32 does not match");
		d->tail_ready = true;
	}
	return 0;
}

static int fail(struct zip_deep *d, int r)
{
	d->failed = r;
	return r;
}

static int deep_pread(void *ctx, void *dst, size_t n, uint64_t off, struct error *err)
{
	struct zip_deep *d = ctx;
	if (d->failed)
		return error_set(err, d->failed, "an earlier part of it could not be unpacked");
	if (d->tail_ready && off >= d->tail_at) {
		memcpy(dst, d->tail + (off - d->tail_at), n);
		return 0;
	}
	if (off < d->window_at) {
		zip_inflate_restart(d->stream);
		d->at = d->window_at = 0;
		d->window_n = 0;
		d->first_pass = false;
	}
	for (char *out = dst; n;) {
		if (off >= d->at) {
			int r = advance(d, err);
			if (r < 0)
				return fail(d, r);
			continue;
		}
		size_t k = (size_t)MIN_OF((uint64_t)n, d->at - off);
		memcpy(out, d->window + (off - d->window_at), k);
		out += k;
		off += k;
		n -= k;
	}
	return 0;
}

int zip_deep_open(const struct zip *z, const struct zip_member *m, struct str name, uint64_t *work, struct zip_deep **ret, struct input *ret_input,
		  struct error *err)
{
	uint64_t off;
	if (m->method != ZIP_DEFLATED)
		return error_set(err, ERR_UNSUPPORTED, "compression method %u", m->method);
	int r = zip_check_ratio(m, err);
	if (r < 0 || (r = zip_member_offset(z, m, &off, err)) < 0)
		return r;
	size_t tail_n = (size_t)MIN_OF(m->size, (uint64_t)ZIP_DEEP_TAIL);
	struct zip_deep *d = calloc(1, sizeof(*d));
	if (!d)
		return error_nomem(err);
	*d = (struct zip_deep){ .size = m->size, .tail_at = m->size - tail_n, .first_pass = true, .crc_wanted = m->crc, .work = work };
	d->tail = malloc(tail_n ? tail_n : 1);
	r = d->tail ? zip_inflate_new(z->in, off, m->stored_size, &d->stream, err) : error_nomem(err);
	if (r < 0) {
		zip_deep_close(d);
		return r;
	}
	*ret = d;
	*ret_input = (struct input){ .name = name, .size = m->size, .pread = deep_pread, .ctx = d };
	return 0;
}

void zip_deep_close(struct zip_deep *d)
{
	if (!d)
		return;
	zip_inflate_free(d->stream);
	free(d->tail);
	free(d);
}
