/* Release files: the first byte chooses the form; what was read goes through naming and merging. */
#include "format/osrelease/osrelease.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct str paths[] = { STR_INIT("etc/os-release"),	   STR_INIT("etc/lsb-release"),	   STR_INIT("etc/debian_version"),
					    STR_INIT("etc/alpine-release"), STR_INIT("etc/redhat-release"), STR_INIT("etc/SuSE-release") };
	if (!size)
		return 0;
	struct arena a;
	struct diags diags;
	struct distro d, all = { .id = STR("debian"), .version = STR("11") };
	arena_init(&a, 64 << 20);
	diags_init(&diags, &a);
	struct input in = input_from_str(paths[data[0] % ARRAY_LEN(paths)], str_make((const char *)data + 1, size - 1));
	if (osrelease_parse(&a, &in, &d, &diags, NULL) == 0) {
		distro_purl_qualifier(&a, &d);
		distro_ecosystem_fold(&a, distro_ecosystem(&a, &d));
		distro_support_at(&d, 20000, NULL);
		distro_merge(&all, &d);
	}
	distro_ecosystem_fold(&a, str_make((const char *)data, size));
	arena_release(&a);
	return 0;
}
