#include "base/input.h"

#include "base/path.h"

int input_read(const struct input *in, void *dst, size_t n, uint64_t off, struct error *err)
{
	if (off > in->size || n > in->size - off)
		return error_set(err, ERR_FORMAT, "truncated: %zu bytes wanted at offset %llu of %llu", n, (unsigned long long)off,
				 (unsigned long long)in->size);
	if (n == 0)
		return 0;
	if (in->data) {
		memcpy(dst, in->data + off, n);
		return 0;
	}
	return in->pread(in->ctx, dst, n, off, err);
}

int input_all(struct arena *a, const struct input *in, uint64_t max_bytes, struct str *ret, struct error *err)
{
	if (in->size > max_bytes)
		return error_set(err, ERR_LIMIT, "%llu bytes, more than the limit of %llu", (unsigned long long)in->size, (unsigned long long)max_bytes);
	if (in->data) {
		*ret = str_make(in->data, in->size);
		return 0;
	}
	char *p = arena_alloc(a, in->size + 1);
	if (!p)
		return error_nomem(err);
	int r = input_read(in, p, in->size, 0, err);
	if (r < 0)
		return r;
	p[in->size] = 0;
	*ret = str_make(p, in->size);
	return 0;
}

int input_open_relative(struct arena *a, const struct input *in, struct str relative, uint64_t max_bytes, struct str *ret_path, struct str *ret, struct error *err)
{
	if (!in->open)
		return error_set(err, ERR_NOT_FOUND, "other files are not at hand");
	struct str joined = path_join(a, path_dir(in->name), relative), path = joined.p ? path_clean(a, joined) : joined;
	if (!path.p)
		return error_nomem(err);
	int r = in->open(in->tree, a, path, max_bytes, ret, err);
	if (r == 0)
		*ret_path = path;
	return r;
}
