/* A whole layer with the real analyzers, as a worker reads it: unpacked or not, in random access and as a stream. What is written down must
 * always decode, and both ways must find the same. */
#include "source/layer/walk.h"

#include "source/layer/layer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct mem {
	const uint8_t *p;
	size_t n, at;
};

static int mem_pread(void *ctx, void *dst, size_t n, uint64_t off, struct error *err)
{
	const struct mem *m = ctx;
	if (off > m->n || n > m->n - off)
		abort();
	memcpy(dst, m->p + off, n);
	return 0;
}

static int mem_next(void *ctx, const unsigned char **ret, size_t *ret_n, struct error *err)
{
	struct mem *m = ctx;
	*ret = m->p + m->at;
	*ret_n = MIN_OF(m->n - m->at, (size_t)3000);
	m->at += *ret_n;
	return 0;
}

static int mem_rewind(void *ctx, struct error *err)
{
	((struct mem *)ctx)->at = 0;
	return 0;
}

/* 0 and the facts as bytes, or the layer's error. */
static int walk(struct mem m, enum compression kind, bool stream, struct buf *out)
{
	struct walk_options opt = { .table = analyzers, .count = analyzer_count, .spool_fd = -1, .max_unpacked_bytes = 8 << 20 };
	struct walk_source src = { .compression = kind, .size = m.n, .ctx = &m };
	struct facts_writer w;
	struct str pieces[FACTS_PIECES];
	if (stream) {
		src.next = mem_next;
		src.rewind = mem_rewind;
	} else {
		src.pread = mem_pread;
	}
	facts_writer_init(&w);
	int r = walk_layer(&src, &opt, &w, NULL);
	if (r == 0 && facts_writer_finish(&w, pieces, NULL) < 0)
		abort();
	for (size_t i = 0; r == 0 && i < FACTS_PIECES; i++)
		buf_add(out, pieces[i]);
	facts_writer_release(&w);
	struct arena a;
	struct layer_facts f;
	arena_init(&a, 0);
	if (r == 0 && facts_decode(&a, buf_str(out), &f, NULL) < 0)
		abort();
	arena_release(&a);
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mem m = { data, size, 0 };
	struct buf random, plain, guessed;
	buf_init(&random, 64 << 20);
	buf_init(&plain, 64 << 20);
	buf_init(&guessed, 64 << 20);
	int a = walk(m, COMPRESS_NONE, false, &random), b = walk(m, COMPRESS_NONE, true, &plain);
	/* A broken layer may tell another offset and count, but both ways agree on what is a layer and on what a whole one holds. */
	struct facts_header h = { 0 };
	if (a == 0)
		memcpy(&h, random.p, sizeof(h));
	if (a != b || (a == 0 && !h.partial && !str_eq(buf_str(&random), buf_str(&plain))))
		abort();
	walk(m, COMPRESS_UNKNOWN, true, &guessed);
	buf_release(&random);
	buf_release(&plain);
	buf_release(&guessed);
	return 0;
}
