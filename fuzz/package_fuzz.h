/* What the fuzz targets of package parsers share: the first byte of the input picks the parser, the rest is the file. What packages say is
 * read after the input is gone: it must not live there. */
#ifndef FUZZ_PACKAGE_FUZZ_H
#define FUZZ_PACKAGE_FUZZ_H
#include "base/diag.h"
#include "base/input.h"
#include "model/package.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef int package_parse_fn(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err);

/* Whatever other file a parser asks for is this one again. */
static inline int package_fuzz_open(void *tree, struct arena *a, struct str path, uint64_t max_bytes, struct str *ret, struct error *err)
{
	const struct input *in = tree;
	*ret = arena_str(a, str_make(in->data, (size_t)in->size));
	return ret->p ? 0 : error_nomem(err);
}

static inline int package_fuzz(package_parse_fn *const *parsers, size_t count, const uint8_t *data, size_t size)
{
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
	struct input tree = in;
	in.open = package_fuzz_open;
	in.tree = &tree;
	parsers[data[0] % count](&a, &in, &packages, &diags, NULL);
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
#endif
