/* Bills of materials, any format: recognised, read, turned into packages, merged with itself, and written in every format and read back: what we write
 * we must be able to read. */
#include "format/sbom/facts.h"
#include "format/sbom/formats.h"
#include "format/sbom/merge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_and_read(struct arena *a, const struct sbom *s)
{
	for (unsigned f = 0; f < SBOM_FORMAT_COUNT; f++) {
		struct buf out;
		struct sbom back;
		struct error err = { 0 };
		buf_init(&out, 16 << 20);
		if (sbom_write((enum sbom_format)f, s, &out, &err) == 0 && sbom_read(a, buf_str(&out), STR("again"), &back, &err) < 0 && err.code != ERR_NOMEM && err.code != ERR_LIMIT)
			__builtin_trap();
		buf_release(&out);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a;
	struct sbom s;
	struct sbom_facts facts;
	struct error err = { 0 };
	arena_init(&a, 64 << 20);
	struct str text = str_make((const char *)data, size);
	sbom_may_be(text);
	if (sbom_read(&a, text, STR("input"), &s, &err) == 0) {
		struct sbom both, pair[] = { s, s };
		sbom_to_facts(&a, &s, &facts, &err);
		write_and_read(&a, &s);
		if (sbom_merge(&a, pair, 2, &both, &err) == 0)
			write_and_read(&a, &both);
	}
	arena_release(&a);
	return 0;
}
