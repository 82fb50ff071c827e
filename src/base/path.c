#include "base/path.h"

static bool is_clean(struct str s)
{
	if (s.n && (s.p[0] == '/' || s.p[s.n - 1] == '/'))
		return false;
	for (size_t i = 0, start = 0; i <= s.n; i++) {
		if (i < s.n && s.p[i] != '/')
			continue;
		size_t len = i - start;
		if ((len == 0 && s.n) || (len == 1 && s.p[start] == '.') || (len == 2 && s.p[start] == '.' && s.p[start + 1] == '.'))
			return false;
		start = i + 1;
	}
	return true;
}

struct str path_clean(struct arena *a, struct str raw)
{
	while (str_strip_prefix(&raw, STR("./")) || str_strip_prefix(&raw, STR("/")))
		;
	str_strip_suffix(&raw, STR("/"));
	if (is_clean(raw))
		return raw.p ? raw : STR("");
	char *out = arena_alloc_aligned(a, raw.n + 1, 1);
	if (!out)
		return STR_NONE;
	size_t n = 0;
	struct str rest = raw, seg;
	while (str_next(&rest, '/', &seg)) {
		if (seg.n == 0 || str_eq(seg, STR(".")))
			continue;
		if (str_eq(seg, STR(".."))) {
			while (n && out[n - 1] != '/')
				n--;
			if (n)
				n--;
			continue;
		}
		if (n)
			out[n++] = '/';
		memcpy(out + n, seg.p, seg.n);
		n += seg.n;
	}
	out[n] = 0;
	return (struct str){ out, n };
}

struct str path_base(struct str path)
{
	size_t i = str_rfind_char(path, '/');
	return i == STR_NOT_FOUND ? path : str_from(path, i + 1);
}

struct str path_dir(struct str path)
{
	size_t i = str_rfind_char(path, '/');
	return str_sub(path, 0, i == STR_NOT_FOUND ? 0 : i);
}

struct str path_ext(struct str path)
{
	struct str base = path_base(path);
	size_t i = str_rfind_char(base, '.');
	return i == STR_NOT_FOUND ? str_from(base, base.n) : str_from(base, i);
}

struct str path_join(struct arena *a, struct str dir, struct str name)
{
	if (!dir.n)
		return arena_str(a, name);
	char *p = arena_alloc_aligned(a, dir.n + name.n + 2, 1);
	if (!p)
		return STR_NONE;
	memcpy(p, dir.p, dir.n);
	p[dir.n] = '/';
	if (name.n)
		memcpy(p + dir.n + 1, name.p, name.n);
	p[dir.n + 1 + name.n] = 0;
	return (struct str){ p, dir.n + 1 + name.n };
}

uint64_t path_hash(struct str path)
{
	static const struct str merged[] = { STR_INIT("bin"), STR_INIT("sbin"), STR_INIT("lib"), STR_INIT("lib32"), STR_INIT("lib64"), STR_INIT("libx32") };
	str_strip_prefix(&path, STR("/"));
	if (str_has_prefix(path, STR("usr/"))) {
		struct str rest = str_from(path, 4), head, tail;
		str_cut(rest, '/', &head, &tail);
		for (size_t i = 0; i < ARRAY_LEN(merged); i++)
			if (str_eq(head, merged[i]))
				return str_hash(rest);
	}
	return str_hash(path);
}
