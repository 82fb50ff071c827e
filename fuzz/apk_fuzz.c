/* apk's database of installed packages. */
#include "format/apk/apk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a;
	struct diags diags;
	struct package_vec out = { 0 };
	arena_init(&a, 64 << 20);
	diags_init(&diags, &a);
	struct input in = input_from_str(STR("lib/apk/db/installed"), str_make((const char *)data, size));
	apk_parse(&a, &in, &out, &diags, NULL);
	arena_release(&a);
	return 0;
}
