/* Programs and libraries by their version text: the first byte picks a file name (so that every sort of rule is reached), the rest is the file. */
#include "base/diag.h"
#include "base/path.h"
#include "format/binary/binary.h"
#include "format/binary/rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a;
	struct package_vec packages = { 0 };
	struct diags diags;
	if (size < 1)
		return 0;
	struct str rest = str_c(binary_rules[data[0] % binary_rule_count].files), name;
	char *copy = malloc(size);
	memcpy(copy, data + 1, size - 1);
	arena_init(&a, 64 << 20);
	diags_init(&diags, &a);
	str_next(&rest, ' ', &name);
	if (str_strip_suffix(&name, STR("*")))
		name = arena_printf(&a, "%.*s3.11", STR_FMT(name));
	struct input in = input_from_str(name, str_make(copy, size - 1));
	if (!binary_wants(name, 0755, in.size))
		__builtin_trap();
	if (binary_sniff((const unsigned char *)copy, MIN_OF(size - 1, (size_t)64)))
		binary_parse(&a, &in, &packages, &diags, NULL);
	free(copy);
	uint64_t sum = 0;
	for (size_t i = 0; i < packages.n; i++)
		sum += str_hash(packages.v[i].name) + str_hash(packages.v[i].version);
	arena_release(&a);
	return sum == 1;
}
