/* Compressed bytes, kind by magic, in uneven chunks; a whole-buffer run must give the same bytes. */
#include "format/compress/compress.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct mem {
	const uint8_t *p;
	size_t n, at, step;
};

static int mem_next(void *ctx, const unsigned char **ret, size_t *ret_n, struct error *err)
{
	struct mem *m = ctx;
	*ret = m->p + m->at;
	size_t step = m->step ? 1 + m->step++ % 700 : m->n;
	*ret_n = MIN_OF(m->n - m->at, step);
	m->at += *ret_n;
	return 0;
}

static int unpack(const uint8_t *data, size_t size, size_t step, uint64_t *ret_n, uint64_t *ret_hash)
{
	struct mem m = { data, size, 0, step };
	struct decompress_source src = { mem_next, &m };
	struct decompress_limits limits = { .max_bytes = 8 << 20, .ratio_floor = 1 << 20, .max_ratio = 1000000 };
	struct decompress *d;
	int r = decompress_open(&d, COMPRESS_UNKNOWN, &src, &limits, NULL);
	if (r < 0)
		return r;
	uint64_t n = 0, h = 0;
	for (;;) {
		const unsigned char *p;
		size_t k;
		r = decompress_next(d, &p, &k, NULL);
		if (r < 0 || !k)
			break;
		for (size_t i = 0; i < k; i++)
			h += ++n * p[i];
	}
	decompress_close(d);
	*ret_n = n;
	*ret_hash = h;
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t n[2] = { 0 }, h[2] = { 0 };
	int a = unpack(data, size, 0, &n[0], &h[0]), b = unpack(data, size, size + 1, &n[1], &h[1]);
	if ((a == 0) != (b == 0) || (a == 0 && (n[0] != n[1] || h[0] != h[1])))
		abort();
	return 0;
}
