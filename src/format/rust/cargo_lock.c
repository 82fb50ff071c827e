#include "base/map.h"
#include "format/rust/rust.h"
#include "format/toml/toml.h"

#define CARGO_LOCK_MAX (64u << 20)

struct lock_file {
	struct arena *a;
	struct document doc;
	const struct value *list; /* [[package]] */
	struct map versions;      /* name -> its struct value, of the last one with that name */
	struct map needed;        /* "name@version" that something depends on */
	size_t to_read;           /* bytes that end_line may still look at: tables lie apart, so the file's once */
};

/* Last line of the table that starts at `pos`: the one before an empty line, the next header or the end. */
static uint32_t end_line(struct lock_file *f, uint32_t pos, uint32_t start)
{
	struct str rest = str_sub(f->doc.source, pos ? pos - 1 : 0, f->to_read), line;
	uint32_t n = start;
	for (bool first = true; str_next_line(&rest, &line); n++, first = false) {
		f->to_read -= MIN_OF(f->to_read, line.n + 1);
		if (!first && (!str_trim(line).n || line.p[0] == '['))
			break;
	}
	return n > start ? n - 1 : start;
}

/* "name", "name version" or "name version (source)" -> "name@version"; empty when the name alone stands for nothing in the file. */
static struct str dependency(struct lock_file *f, struct str text)
{
	struct str rest = text, name, version;
	if (!str_next_word(&rest, &name))
		return STR_NONE;
	if (!str_next_word(&rest, &version)) {
		const struct value *v = map_get(&f->versions, name);
		if (!v)
			return STR_NONE;
		version = value_str_c(v, "version");
	}
	return arena_printf(f->a, "%.*s@%.*s", STR_FMT(name), STR_FMT(version));
}

static int add_package(struct lock_file *f, const struct value *v, struct package_vec *out, struct diags *diags)
{
	struct package p = { .kind = PKG_CARGO_LOCK, .name = value_str_c(v, "name"), .version = value_str_c(v, "version") };
	uint32_t col;
	document_position(&f->doc, v->pos, &p.line, &col);
	if (!p.name.n || !p.version.n) {
		diag_add(diags, DIAG_UNREADABLE, f->doc.name, p.line, col, "package without name or version");
		return 0;
	}
	if (p.line)
		p.end_line = end_line(f, v->pos, p.line);
	value_foreach(d, value_get_c(v, "dependencies")) {
		struct str both = dependency(f, value_text(d));
		if (!both.n) {
			diag_add(diags, DIAG_WARNING, f->doc.name, p.line, 0, "%.*s needs \"%.*s\", which the file does not have", STR_FMT(p.name), STR_FMT(value_text(d)));
			continue;
		}
		if (!vec_push(f->a, &p.depends, both) || map_put(&f->needed, both, f) < 0)
			return ERR_NOMEM;
	}
	p.is_root = !value_str_c(v, "source").n; /* and nothing needs it: see below */
	return vec_push(f->a, out, p) ? 0 : ERR_NOMEM;
}

int cargo_lock_parse(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err)
{
	struct lock_file f = { .a = a };
	struct toml_options opt = { .name = in->name };
	struct str text;
	size_t first = out->n;
	int r = input_all(a, in, CARGO_LOCK_MAX, &text, err);
	if (r < 0 || (r = toml_parse(a, text, &opt, &f.doc, err)) < 0)
		return r;
	f.to_read = text.n * 2 + 4096; /* headers are seen twice */
	map_init(&f.versions, a);
	map_init(&f.needed, a);
	f.list = value_get_c(f.doc.root, "package");
	value_foreach(v, f.list)
		if (map_put(&f.versions, value_str_c(v, "name"), (void *)(uintptr_t)v) < 0)
			return error_nomem(err);
	value_foreach(v, f.list)
		if (add_package(&f, v, out, diags) < 0)
			return error_nomem(err);
	const struct value *root = value_get_c(f.doc.root, "root"); /* the first form of the file kept the project apart */
	if (root && root->kind == VALUE_OBJECT && add_package(&f, root, out, diags) < 0)
		return error_nomem(err);
	for (size_t i = first; i < out->n; i++) {
		struct package *p = &out->v[i];
		if (!p->is_root)
			continue;
		struct str both = arena_printf(a, "%.*s@%.*s", STR_FMT(p->name), STR_FMT(p->version));
		if (!both.p)
			return error_nomem(err);
		p->is_root = !map_get(&f.needed, both);
	}
	return 0;
}
