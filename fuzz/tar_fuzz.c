/* Tar bytes as random access and as a stream in uneven chunks: both must give the same entries and the same bodies. */
#include "format/tar/tar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct mem {
	const uint8_t *p;
	size_t n, at, step;
};

static int mem_pread(void *ctx, void *dst, size_t n, uint64_t off, struct error *err)
{
	struct mem *m = ctx;
	if (off > m->n || n > m->n - off)
		abort();
	memcpy(dst, m->p + off, n);
	return 0;
}

static int mem_next(void *ctx, const unsigned char **ret, size_t *ret_n, struct error *err)
{
	struct mem *m = ctx;
	*ret = m->p + m->at;
	size_t step = 1 + m->step++ % 900;
	*ret_n = MIN_OF(m->n - m->at, step);
	m->at += *ret_n;
	return 0;
}

/* A number that stands for everything the reader said. */
static uint64_t walk(const uint8_t *data, size_t size, bool stream)
{
	struct mem m = { data, size, 0, 0 };
	struct tar_source src = { .pread = stream ? NULL : mem_pread, .next = stream ? mem_next : NULL, .size = size, .ctx = &m };
	struct tar_limits limits = { .max_entries = 100000, .max_path_bytes = 4096, .max_sparse_parts = 1000 };
	struct tar t;
	struct tar_entry e;
	struct error err = { 0 };
	uint64_t h = 0;
	if (tar_init(&t, &src, &limits, &err) < 0)
		abort();
	int r;
	while ((r = tar_next(&t, &e, &err)) > 0) {
		uint64_t body = 0, whole = 0, off;
		struct str piece;
		h = h * 31 + str_hash(e.path) + str_hash(e.link) * 3 + (uint64_t)e.type + e.size;
		int b = 0;
		while ((h & 3) && (b = tar_body(&t, &piece, &off, &err)) > 0) {
			if (off > e.size || piece.n > e.size - off)
				abort();
			for (size_t i = 0; i < piece.n; i++)
				body += (off + i + 1) * (uint8_t)piece.p[i];
		}
		if (b < 0) {
			r = b;
			break;
		}
		h = h * 31 + body;
		if (!stream && (h & 3) && e.size <= 1 << 16) {
			unsigned char *p = malloc(e.size + 1);
			if (tar_pread(&t, p, e.size, 0, &err) == 0)
				for (size_t i = 0; i < e.size; i++)
					whole += (i + 1) * p[i];
			(void)whole;
			free(p);
		}
	}
	tar_release(&t);
	return r < 0 ? 1 : h;
}

/* Gives every block a checksum that fits, so that mutations of headers get past that door. */
static void repair(uint8_t *p, size_t n)
{
	for (size_t at = 0; at + 512 <= n; at += 512) {
		uint8_t *h = p + at;
		unsigned sum = 0;
		if (!h[0])
			continue;
		memset(h + 148, ' ', 8);
		for (size_t i = 0; i < 512; i++)
			sum += h[i];
		snprintf((char *)h + 148, 8, "%06o", sum);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (walk(data, size, false) != walk(data, size, true))
		abort();
	uint8_t *copy = malloc(size ? size : 1);
	memcpy(copy, data, size);
	repair(copy, size);
	if (walk(copy, size, false) != walk(copy, size, true))
		abort();
	free(copy);
	return 0;
}
