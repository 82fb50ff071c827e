/* format/elf with its readers: any bytes as an executable, through the Go and the Rust parser, from memory and through pread. */
#include "format/go/go.h"
#include "format/rust/rust.h"

struct bytes {
	const uint8_t *p;
	size_t n;
};

static int pread_bytes(void *ctx, void *dst, size_t n, uint64_t off, struct error *err)
{
	const struct bytes *b = ctx;
	if (off > b->n || n > b->n - off)
		abort();
	memcpy(dst, b->p + off, n);
	return 0;
}

static void run(const struct input *in)
{
	struct arena a;
	struct package_vec out = { 0 };
	struct diags d;
	arena_init(&a, 64 << 20);
	diags_init(&d, &a);
	go_binary_parse(&a, in, &out, &d, NULL);
	rust_binary_parse(&a, in, &out, &d, NULL);
	for (size_t i = 0; i < out.n; i++)
		if (!out.v[i].name.n)
			abort();
	arena_release(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes b = { data, size };
	struct input mem = input_from_str(STR("usr/bin/x"), str_make((const char *)data, size));
	struct input file = { .name = STR("usr/bin/x"), .size = size, .pread = pread_bytes, .ctx = &b };
	run(&mem);
	run(&file);
	return 0;
}
