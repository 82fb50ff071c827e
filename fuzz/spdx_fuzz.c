/* SPDX in its three notations: what is read is written in each, read back and written again until nothing is lost any more: the second and the third
 * text must be the same bytes. */
#include "format/sbom/formats.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ROUNDS 3

/* Text of the bill, on the arena; p NULL: a limit was passed. */
static struct str text_of(struct arena *a, enum sbom_format f, const struct sbom *s)
{
	struct buf out;
	struct error err = { 0 };
	struct str text = STR_NONE;
	buf_init(&out, 16 << 20);
	int r = sbom_write(f, s, &out, &err);
	if (r == 0)
		text = arena_str(a, buf_str(&out));
	else if (r != ERR_NOMEM && r != ERR_LIMIT)
		__builtin_trap();
	buf_release(&out);
	return text;
}

static void go_round(struct arena *a, enum sbom_format f, const struct sbom *s)
{
	struct sbom bills[ROUNDS + 1] = { *s };
	struct str texts[ROUNDS];
	struct error err = { 0 };
	for (size_t i = 0; i < ROUNDS; i++) {
		texts[i] = text_of(a, f, &bills[i]);
		int r = texts[i].p ? sbom_read(a, texts[i], STR("again"), &bills[i + 1], &err) : ERR_LIMIT;
		if (r == ERR_NOMEM || r == ERR_LIMIT)
			return;
		if (r < 0)
			__builtin_trap();
	}
	if (!str_eq(texts[ROUNDS - 2], texts[ROUNDS - 1]))
		__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum sbom_format formats[] = { SBOM_SPDX_JSON, SBOM_SPDX_TAG_VALUE, SBOM_SPDX3_JSON };
	struct arena a;
	struct sbom s;
	struct error err = { 0 };
	arena_init(&a, 64 << 20);
	if (sbom_read(&a, str_make((const char *)data, size), STR("input"), &s, &err) == 0)
		for (size_t i = 0; i < ARRAY_LEN(formats); i++)
			go_round(&a, formats[i], &s);
	arena_release(&a);
	return 0;
}
