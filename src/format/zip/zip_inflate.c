#include "format/zip/zip_inflate.h"

#include <isa-l/igzip_lib.h>

enum { PIECE = 64 << 10 };

struct zip_inflate {
	const struct input *in;
	uint64_t offset, stored_size;
	uint64_t fetched; /* of stored_size */
	struct inflate_state state;
	uint8_t piece[PIECE];
};

void zip_inflate_restart(struct zip_inflate *s)
{
	isal_inflate_init(&s->state);
	s->state.crc_flag = ISAL_DEFLATE;
	s->fetched = 0;
}

int zip_inflate_new(const struct input *in, uint64_t offset, uint64_t stored_size, struct zip_inflate **ret, struct error *err)
{
	struct zip_inflate *s = malloc(sizeof(*s));
	if (!s)
		return error_nomem(err);
	s->in = in;
	s->offset = offset;
	s->stored_size = stored_size;
	zip_inflate_restart(s);
	*ret = s;
	return 0;
}

void zip_inflate_free(struct zip_inflate *s)
{
	free(s);
}

int zip_inflate_more(struct zip_inflate *s, void *dst, size_t n, size_t *ret_n, struct error *err)
{
	size_t done = 0;
	while (done < n) {
		uint32_t room = (uint32_t)MIN_OF(n - done, (size_t)1 << 30);
		if (s->state.avail_in == 0 && s->fetched < s->stored_size) {
			size_t want = (size_t)MIN_OF(s->stored_size - s->fetched, (uint64_t)PIECE);
			int r = input_read(s->in, s->piece, want, s->offset + s->fetched, err);
			if (r < 0)
				return r;
			s->fetched += want;
			s->state.next_in = s->piece;
			s->state.avail_in = (uint32_t)want;
		}
		s->state.next_out = (uint8_t *)dst + done;
		s->state.avail_out = room;
		uint32_t had_in = s->state.avail_in;
		int r = isal_inflate(&s->state);
		size_t got = room - s->state.avail_out;
		done += got;
		if (r != ISAL_DECOMP_OK && r != ISAL_END_INPUT && r != ISAL_OUT_OVERFLOW)
			return error_set(err, ERR_FORMAT, "damaged deflate data");
		if (s->state.block_state == ISAL_BLOCK_FINISH && got == 0)
			break;
		if (got == 0 && s->state.avail_in == had_in)
			return error_set(err, ERR_FORMAT, "deflate data is cut");
	}
	*ret_n = done;
	return 0;
}

int zip_inflate_all(const struct input *in, uint64_t offset, uint64_t stored_size, void *dst, uint64_t size, struct error *err)
{
	struct zip_inflate *s;
	size_t n;
	char past;
	int r = zip_inflate_new(in, offset, stored_size, &s, err);
	if (r < 0)
		return r;
	r = zip_inflate_more(s, dst, size, &n, err);
	if (r == 0 && n == size) {
		size_t extra;
		r = zip_inflate_more(s, &past, 1, &extra, err);
		if (r == 0 && extra)
			n++;
	}
	if (r == 0 && n != size)
		r = error_set(err, ERR_FORMAT, "unpacked size is not the stated %llu", (unsigned long long)size);
	zip_inflate_free(s);
	return r;
}
