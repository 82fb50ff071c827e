/* format/java: any bytes as a jar. */
#include "format/java/jar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a;
	struct package_vec out = { 0 };
	struct diags d;
	struct input in = input_from_str(STR("lib/fuzz-1.0.jar"), str_make((const char *)data, size));
	arena_init(&a, 64 << 20);
	diags_init(&d, &a);
	jar_parse(&a, &in, &out, &d, NULL);
	for (size_t i = 0; i < out.n; i++)
		if (!out.v[i].name.n || out.v[i].kind != PKG_JAR)
			abort();
	arena_release(&a);
	return 0;
}
