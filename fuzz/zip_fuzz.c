/* format/zip: opens, walks, reads every member up to 1 MiB, once from memory and once through pread; then one deflated member through zip_deep. */
#include "format/zip/zip.h"

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

static void walk(const struct input *in)
{
	struct zip z;
	struct zip_cursor c;
	struct zip_member m;
	struct zip_inflater f;
	uint64_t work = 4 << 20;
	if (zip_open(in, &z, NULL) < 0)
		return;
	zip_cursor_init(&c, &z);
	zip_inflater_init(&f);
	while (zip_next(&c, &m, NULL) == 1) {
		struct input_window w;
		struct input sub;
		struct zip_deep *d;
		char tail[8];
		if (m.size <= 1 << 20 && work > m.size) {
			char *p = malloc(m.size + 1);
			work -= m.size;
			zip_read(&f, &z, &m, p, NULL);
			free(p);
		}
		if (zip_member_input(&z, &m, &w, &sub, NULL) == 0 && sub.size >= sizeof(tail))
			input_read(&sub, tail, sizeof(tail), sub.size - sizeof(tail), NULL);
		if (zip_deep_open(&z, &m, m.name, &work, &d, &sub, NULL) == 0) {
			if (sub.size >= sizeof(tail)) {
				input_read(&sub, tail, sizeof(tail), sub.size - sizeof(tail), NULL);
				input_read(&sub, tail, sizeof(tail), 0, NULL);
			}
			zip_deep_close(d);
		}
	}
	zip_cursor_release(&c);
	zip_inflater_release(&f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes b = { data, size };
	struct input mem = input_from_str(STR("f.zip"), str_make((const char *)data, size));
	struct input file = { .name = STR("f.zip"), .size = size, .pread = pread_bytes, .ctx = &b };
	walk(&mem);
	walk(&file);
	return 0;
}
