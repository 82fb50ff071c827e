/* dpkg's status paragraphs and file lists. */
#include "format/dpkg/dpkg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct str paths[] = { STR_INIT("var/lib/dpkg/status"), STR_INIT("var/lib/dpkg/info/x.list"), STR_INIT("var/lib/dpkg/status.d/x.md5sums") };
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		struct arena a;
		struct diags diags;
		struct package_vec out = { 0 };
		arena_init(&a, 64 << 20);
		diags_init(&diags, &a);
		struct input in = input_from_str(paths[i], str_make((const char *)data, size));
		(i ? dpkg_parse_list : dpkg_parse_status)(&a, &in, &out, &diags, NULL);
		arena_release(&a);
	}
	return 0;
}
