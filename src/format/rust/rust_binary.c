#include <libdeflate.h>

#include "format/elf/exe.h"
#include "format/json/json.h"
#include "format/rust/rust.h"

#define SECTION_MAX  (8u << 20)
#define JSON_MAX     (32u << 20)
#define PACKAGES_MAX 100000u

/* Unpacks a zlib stream of unknown size; the deflate ratio bounds the first guess, JSON_MAX the last. */
static int unpack(struct arena *a, struct str packed, struct str *ret, struct error *err)
{
	struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
	char *p = NULL;
	int r = d ? 0 : error_nomem(err);
	for (size_t cap = MIN_OF(packed.n * 8 + 4096, (size_t)JSON_MAX); r == 0; cap = MIN_OF(cap * 4, (size_t)JSON_MAX)) {
		size_t n;
		free(p);
		if (!(p = malloc(cap))) {
			r = error_nomem(err);
			break;
		}
		enum libdeflate_result x = libdeflate_zlib_decompress(d, packed.p, packed.n, p, cap, &n);
		if (x == LIBDEFLATE_SUCCESS) {
			*ret = arena_str(a, str_make(p, n));
			r = ret->p ? 0 : error_nomem(err);
			break;
		}
		if (x != LIBDEFLATE_INSUFFICIENT_SPACE)
			r = error_set(err, ERR_FORMAT, "dependency list: damaged zlib data");
		else if (cap == JSON_MAX)
			r = error_set(err, ERR_LIMIT, "dependency list unpacks to more than %u bytes", JSON_MAX);
	}
	free(p);
	libdeflate_free_decompressor(d);
	return r;
}

static bool is_runtime(const struct value *p)
{
	struct str kind = value_str_c(p, "kind");
	return !kind.n || str_eq(kind, STR("runtime"));
}

static int add_package(struct arena *a, const struct value *list, const struct value *v, struct package_vec *out, struct diags *diags, struct str path)
{
	struct package p = { .kind = PKG_RUST_BINARY, .name = value_str_c(v, "name"), .version = value_str_c(v, "version"),
			     .is_root = value_get_bool(v, STR("root"), false) };
	if (!p.name.n || !p.version.n) {
		diag_add(diags, DIAG_UNREADABLE, path, 0, 0, "dependency list: entry %zu has no name or version", (size_t)(v - list->items));
		return 0;
	}
	value_foreach(i, value_get_c(v, "dependencies")) {
		int64_t index;
		const struct value *d = value_int(i, &index) == 0 && index >= 0 ? value_at(list, (size_t)index) : NULL;
		if (!d) {
			diag_add(diags, DIAG_WARNING, path, 0, 0, "dependency list: %.*s needs an entry that does not exist", STR_FMT(p.name));
			continue;
		}
		if (!is_runtime(d))
			continue;
		struct str name = value_str_c(d, "name"), version = value_str_c(d, "version"), both = arena_printf(a, "%.*s@%.*s", STR_FMT(name), STR_FMT(version));
		if (!both.p || !vec_push(a, &p.depends, both))
			return ERR_NOMEM;
	}
	return vec_push(a, out, p) ? 0 : ERR_NOMEM;
}

/* The section by its name today, or by one of the first release (which depended on the format). */
static const struct exe_section *find_section(const struct exe *x)
{
	static const struct str old[] = { [EXE_ELF] = STR_INIT(".rust-deps-v0"), [EXE_PE] = STR_INIT("rdep-v0"), [EXE_MACHO] = STR_INIT("rust-deps-v0") };
	const struct exe_section *s = exe_find(x, STR(".dep-v0"));
	return s ? s : exe_find(x, old[x->kind]);
}

static int parse_one(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err)
{
	struct exe x;
	struct str packed, text;
	struct document doc;
	int r = exe_open(a, in, &x, NULL);
	if (r < 0)
		return r == ERR_NOMEM ? error_nomem(err) : 0; /* the reader of Go programs notes damaged executables */
	const struct exe_section *s = find_section(&x);
	if (!s)
		return 0;
	struct json_options opt = { .max_nodes = 2000000, .utf8 = JSON_UTF8_REPLACE };
	if ((r = exe_section_bytes(a, &x, s, SECTION_MAX, &packed, err)) < 0 || (r = unpack(a, packed, &text, err)) < 0 ||
	    (r = json_parse(a, text, &opt, &doc, NULL, err)) < 0)
		return r;
	const struct value *list = value_get_c(doc.root, "packages");
	if (!list || list->kind != VALUE_ARRAY || list->count > PACKAGES_MAX)
		return error_set(err, ERR_FORMAT, "dependency list without packages");
	value_foreach(v, list)
		if (is_runtime(v) && add_package(a, list, v, out, diags, in->name) < 0)
			return error_nomem(err);
	return 0;
}

int rust_binary_parse(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err)
{
	struct exe_slice slice;
	struct input part;
	size_t before = out->n;
	int r = exe_slice(in, 0, &slice, &part, err);
	if (r <= 0)
		return r < 0 ? r : parse_one(a, in, out, diags, err);
	for (unsigned i = 0; out->n == before && (r = exe_slice(in, i, &slice, &part, err)) == 1; i++)
		if ((r = parse_one(a, &part, out, diags, err)) < 0)
			break;
	return r < 0 ? r : 0;
}
