/* rpm's databases: the first byte chooses a whole file (form by content), a single header, or a manifest. */
#include "format/rpmdb/store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	struct arena a;
	struct diags diags;
	struct package_vec out = { 0 };
	struct package p;
	struct rpm_scratch scratch = { 0 };
	struct str bytes = str_make((const char *)data + 1, size - 1);
	struct input in = input_from_str(STR("var/lib/rpm/Packages"), bytes);
	arena_init(&a, 64 << 20);
	diags_init(&diags, &a);
	switch (data[0] % 3) {
	case 0:
		rpmdb_parse(&a, &in, &out, &diags, NULL);
		break;
	case 1:
		rpm_header_read(&a, bytes, &scratch, &p, NULL);
		break;
	default:
		rpmdb_parse_manifest(&a, &in, &out, &diags, NULL);
	}
	arena_release(&a);
	return 0;
}
