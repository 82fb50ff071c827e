/* Node files: package.json and lock files: the first byte picks the parser, the rest is the file. What packages say is read after the
 * input is gone: it must not live there. */
#include "format/node/node.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef int parse_fn(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static parse_fn *const parsers[] = { node_parse_package_json, node_parse_npm_lock, node_parse_yarn_lock, node_parse_pnpm_lock };
	if (size < 1)
		return 0;
	struct arena a;
	struct package_vec packages = { 0 };
	struct diags diags;
	char *copy = malloc(size);
	memcpy(copy, data + 1, size - 1);
	arena_init(&a, 64 << 20);
	diags_init(&diags, &a);
	struct input in = input_from_str(STR("file"), str_make(copy, size - 1));
	parsers[data[0] % ARRAY_LEN(parsers)](&a, &in, &packages, &diags, NULL);
	free(copy);
	uint64_t sum = 0;
	const struct package *p;
	const struct str *s;
	vec_foreach(p, &packages) {
		sum += str_hash(p->name) + str_hash(p->version) + str_hash(p->arch) + str_hash(p->digest);
		vec_foreach(s, &p->licenses)
			sum += str_hash(*s);
		vec_foreach(s, &p->depends)
			sum += str_hash(*s);
	}
	arena_release(&a);
	return sum == 1 ? -1 : 0;
}
