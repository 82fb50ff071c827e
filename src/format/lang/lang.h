/* What the readers of language package files (format/python, node, ruby, php, dotnet, java, conan …) share: reading the file as a JSON tree, lists of
 * packages without doubles, licences, lines. All strings that reach a package are copies on the arena, so the input may go before the
 * packages do. Not thread-safe: one arena per file. */
#ifndef FORMAT_LANG_H
#define FORMAT_LANG_H
#include "base/diag.h"
#include "base/input.h"
#include "base/map.h"
#include "base/value.h"
#include "model/package.h"

#define LANG_FILE_MAX (UINT64_C(128) << 20)
#define LANG_NAME_MAX 1024 /* bytes of a package's name or version; longer ones are passed over with a diagnostic */

/* The whole file; a UTF-8 byte order mark is taken off. */
int lang_read_text(struct arena *a, const struct input *in, struct str *ret, struct error *err);
/* As JSON; ill-formed UTF-8 is replaced as Go does. ERR_FORMAT when the root is no object (or no array, where `or_array`). */
int lang_read_json(struct arena *a, const struct input *in, bool or_array, struct document *ret, struct error *err);
/* As JSON with comments and trailing commas (bun.lock). */
int lang_read_jsonc(struct arena *a, const struct input *in, struct document *ret, struct error *err);

/* Packages of one file, each name and version once. */
struct lang_list {
	struct arena *arena;
	const struct input *in;
	struct package_vec *out;
	struct diags *diags;
	enum package_kind kind;
	struct map seen; /* "name\0version" -> index in out + 1 */
};
void lang_list_init(struct lang_list *l, struct arena *a, const struct input *in, enum package_kind kind, struct package_vec *out, struct diags *diags);
/* The package of that name and version, new (kind, name and version filled) or known; valid until the next call. NULL with *ret_code 0: passed over,
 * a diagnostic says why (line 0: unknown); NULL with *ret_code negative: no memory. */
struct package *lang_add(struct lang_list *l, struct str name, struct str version, uint32_t line, bool *ret_is_new, int *ret_code);
/* As lang_add, but a package whose version the file does not tell is listed without. */
struct package *lang_add_any(struct lang_list *l, struct str name, struct str version, uint32_t line, bool *ret_is_new, int *ret_code);

/* Appends a copy to a list of texts (licences, dependencies); empty ones are left out. 0 or ERR_NOMEM. */
int lang_push(struct arena *a, struct str_vec *v, struct str s);
/* "name@version" appended (name alone when the version is empty). */
int lang_push_dependency(struct arena *a, struct str_vec *v, struct str name, struct str version);
/* Licences as package.json and composer write them: "MIT", {"type": "MIT"}, or a list of these. */
int lang_push_licenses(struct arena *a, struct str_vec *v, const struct value *licenses);
/* Keys of an object as dependencies. */
int lang_push_keys(struct arena *a, struct str_vec *v, const struct value *object);

/* Line of a node, 0 unknown. */
uint32_t lang_line(struct document *doc, uint32_t pos);
/* Where the objects and arrays of a JSON source end. Made in one pass; brackets in strings are passed over. */
struct lang_spans {
	struct span {
		uint32_t open, close; /* byte offsets + 1, sorted by open */
	} *v;
	size_t n;
};
int lang_spans_init(struct lang_spans *s, struct arena *a, struct str source, struct error *err);
/* Lines of an object: from its '{' to its '}'. */
void lang_lines(const struct lang_spans *s, struct document *doc, const struct value *v, uint32_t *ret_line, uint32_t *ret_end_line);
#endif
