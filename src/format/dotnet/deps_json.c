#include "format/dotnet/dotnet.h"
#include "format/lang/lang.h"

bool dotnet_wants_deps(struct str path, uint32_t mode, uint64_t size)
{
	return str_has_suffix(path, STR(".deps.json"));
}

struct deps {
	struct arena *arena;
	struct document doc;
	struct lang_spans spans;
	struct lang_list list;
	struct map targets; /* "Name/1.0" -> its entry in the target that is run; empty when the file has no such target */
	struct map added;   /* "Name/1.0" -> index of the package + 1 */
};

static bool not_empty(const struct value *v)
{
	return v && (v->kind == VALUE_OBJECT || v->kind == VALUE_ARRAY) && v->count;
}

/* A package without files to run only matters while building; one that the target does not speak of is kept. */
static bool is_run(const struct deps *d, struct str key)
{
	const struct value *t = map_get(&d->targets, key);
	return !t || not_empty(value_get_c(t, "runtime")) || not_empty(value_get_c(t, "runtimeTargets")) || not_empty(value_get_c(t, "native"));
}

static int add_library(struct deps *d, const struct value_member *m, bool *has_root)
{
	struct str name, version, type = value_str_c(&m->value, "type");
	bool project = str_eq_nocase(type, STR("project")), is_new;
	uint32_t line, end_line;
	int code;
	lang_lines(&d->spans, &d->doc, &m->value, &line, &end_line);
	if (!project && !str_eq_nocase(type, STR("package")))
		return 0;
	if (!str_cut(m->key, '/', &name, &version)) {
		diag_add(d->list.diags, DIAG_WARNING, d->list.in->name, line, 0, "no \"name/version\": %.*s", STR_FMT(str_sub(m->key, 0, 100)));
		return 0;
	}
	if (!is_run(d, m->key))
		return 0;
	struct package *p = lang_add(&d->list, name, version, line, &is_new, &code);
	if (!p)
		return code;
	p->end_line = end_line;
	if (project && !*has_root)
		p->is_root = *has_root = true;
	return map_put(&d->added, m->key, (void *)(uintptr_t)(p - d->list.out->v + 1));
}

static size_t find_added(const struct deps *d, struct str name, struct str version)
{
	struct str key = arena_printf(d->arena, "%.*s/%.*s", STR_FMT(name), STR_FMT(version));
	return (size_t)(uintptr_t)map_get(&d->added, key);
}

static int add_dependencies(struct deps *d)
{
	const struct package *root = NULL;
	const struct value *root_dependencies = NULL;
	for (size_t i = 0; i < d->added.n; i++) {
		struct package *p = &d->list.out->v[(uintptr_t)d->added.entries[i].value - 1];
		const struct value *t = map_get(&d->targets, d->added.entries[i].key);
		if (p->is_root) {
			root = p;
			root_dependencies = value_get_c(t, "dependencies");
		}
		value_foreach_member(m, value_get_c(t, "dependencies")) {
			size_t at = find_added(d, m->key, value_text(&m->value));
			if (at && lang_push_dependency(d->arena, &p->depends, d->list.out->v[at - 1].name, d->list.out->v[at - 1].version) < 0)
				return ERR_NOMEM;
		}
	}
	if (!root || !not_empty(root_dependencies))
		return 0;
	for (size_t i = 0; i < d->added.n; i++) {
		struct package *p = &d->list.out->v[(uintptr_t)d->added.entries[i].value - 1];
		p->indirect = p != root;
	}
	value_foreach_member(m, root_dependencies) {
		size_t at = find_added(d, m->key, value_text(&m->value));
		if (at)
			d->list.out->v[at - 1].indirect = false;
	}
	return 0;
}

int dotnet_parse_deps(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err)
{
	struct deps d = { .arena = a };
	bool has_root = false;
	int r = lang_read_json(a, in, false, &d.doc, err);
	if (r < 0 || (r = lang_spans_init(&d.spans, a, d.doc.source, err)) < 0)
		return r;
	lang_list_init(&d.list, a, in, PKG_DOTNET_DEPS, out, diags);
	map_init(&d.targets, a);
	map_init(&d.added, a);
	struct str target = value_str_c(value_get_c(d.doc.root, "runtimeTarget"), "name");
	value_foreach_member(m, value_get(value_get_c(d.doc.root, "targets"), target))
		if (map_put(&d.targets, m->key, (void *)(uintptr_t)&m->value) < 0)
			return error_nomem(err);
	value_foreach_member(m, value_get_c(d.doc.root, "libraries"))
		if (add_library(&d, m, &has_root) < 0)
			return error_nomem(err);
	return add_dependencies(&d) < 0 ? error_nomem(err) : 0;
}
