#include "format/elixir/mix.h"

#include "format/lang/lang.h"

struct entry {
	struct str needs; /* what stands behind the version */
	size_t package;   /* index in out + 1 */
};
VEC_DECLARE(entry_vec, struct entry);

struct mix {
	struct arena *arena;
	struct lang_list list;
	struct map by_app; /* name of the application -> index of the package + 1 */
	struct entry_vec entries;
};

/* Takes `"text"` from the front. */
static bool take_string(struct str *s, struct str *ret)
{
	*s = str_trim(*s);
	if (!s->n || s->p[0] != '"')
		return false;
	size_t end = str_find_char(str_from(*s, 1), '"');
	if (end == STR_NOT_FOUND)
		return false;
	*ret = str_sub(*s, 1, end);
	*s = str_trim(str_from(*s, end + 2));
	return true;
}

/* Takes `:atom` or `:"atom"` from the front. */
static bool take_atom(struct str *s, struct str *ret)
{
	*s = str_trim(*s);
	if (!str_strip_prefix(s, STR(":")))
		return false;
	if (s->n && s->p[0] == '"')
		return take_string(s, ret);
	size_t n = 0;
	while (n < s->n && (char_is_alnum(s->p[n]) || s->p[n] == '_' || s->p[n] == '@'))
		n++;
	*ret = str_sub(*s, 0, n);
	*s = str_trim(str_from(*s, n));
	return n > 0;
}

static int read_line(struct mix *x, struct str line, uint32_t number)
{
	struct str app, source, name, version, rest = line;
	bool is_new;
	int code;
	if (!take_string(&rest, &app)) /* %{ and } */
		return 0;
	bool tuple = str_strip_prefix(&rest, STR(":")) || str_strip_prefix(&rest, STR("=>"));
	rest = str_trim(rest);
	if (!tuple || !str_strip_prefix(&rest, STR("{")) || !take_atom(&rest, &source)) {
		diag_add(x->list.diags, DIAG_UNREADABLE, x->list.in->name, number, 0, "no dependency: %.*s", STR_FMT(str_sub(line, 0, 100)));
		return 0;
	}
	if (!str_eq(source, STR("hex"))) {
		diag_add(x->list.diags, DIAG_NOTE, x->list.in->name, number, 0, "%.*s comes from %.*s and has no version", STR_FMT(str_sub(app, 0, 100)),
			 STR_FMT(str_sub(source, 0, 20)));
		return 0;
	}
	if (!str_strip_prefix(&rest, STR(",")) || !take_atom(&rest, &name) || !str_strip_prefix(&rest, STR(",")) || !take_string(&rest, &version)) {
		diag_add(x->list.diags, DIAG_UNREADABLE, x->list.in->name, number, 0, "no package and version: %.*s", STR_FMT(str_sub(line, 0, 100)));
		return 0;
	}
	struct package *p = lang_add(&x->list, name, version, number, &is_new, &code);
	if (!p)
		return code;
	struct entry e = { rest, (size_t)(p - x->list.out->v) + 1 };
	return map_put(&x->by_app, app, (void *)(uintptr_t)e.package) < 0 || !vec_push(x->arena, &x->entries, e) ? ERR_NOMEM : 0;
}

/* Each `{:app, …` behind the version is a dependency; optional ones that are not in the file are not used. */
static int add_dependencies(struct mix *x)
{
	const struct entry *e;
	vec_foreach(e, &x->entries) {
		struct package *v = x->list.out->v, *p = &v[e->package - 1];
		struct str rest = e->needs, app;
		size_t at;
		if (p->depends.n)
			continue;
		while ((at = str_find(rest, STR("{:"))) != STR_NOT_FOUND) {
			rest = str_from(rest, at + 1);
			size_t d = take_atom(&rest, &app) ? (size_t)(uintptr_t)map_get(&x->by_app, app) : 0;
			if (d && lang_push_dependency(x->arena, &p->depends, v[d - 1].name, v[d - 1].version) < 0)
				return ERR_NOMEM;
		}
	}
	return 0;
}

int mix_parse_lock(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err)
{
	struct mix x = { .arena = a };
	struct str text, line;
	int r = lang_read_text(a, in, &text, err);
	if (r < 0)
		return r;
	lang_list_init(&x.list, a, in, PKG_HEX, out, diags);
	map_init(&x.by_app, a);
	for (uint32_t number = 1; str_next_line(&text, &line); number++)
		if (read_line(&x, line, number) < 0)
			return error_nomem(err);
	return add_dependencies(&x) < 0 ? error_nomem(err) : 0;
}
