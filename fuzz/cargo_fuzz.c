/* format/rust: any bytes as a Cargo.lock. */
#include "format/rust/rust.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a;
	struct package_vec out = { 0 };
	struct diags d;
	struct input in = input_from_str(STR("app/Cargo.lock"), str_make((const char *)data, size));
	arena_init(&a, 64 << 20);
	diags_init(&d, &a);
	cargo_lock_parse(&a, &in, &out, &d, NULL);
	for (size_t i = 0; i < out.n; i++)
		if (!out.v[i].name.n || out.v[i].end_line < out.v[i].line)
			abort();
	arena_release(&a);
	return 0;
}
