#include "format/conan/conan.h"

#include "format/lang/lang.h"

struct conan {
	struct arena *arena;
	struct document doc;
	struct lang_spans spans;
	struct lang_list list;
	struct map nodes; /* Conan 1: number -> index of the package + 1 */
};

/* The package of a reference; NULL with *ret_code 0: no reference. */
static struct package *add(struct conan *c, struct str reference, const struct value *where, bool *ret_is_new, int *ret_code)
{
	struct str rest = reference, name, version;
	uint32_t line, end_line;
	lang_lines(&c->spans, &c->doc, where, &line, &end_line);
	str_cut(rest, '@', &rest, &version);
	str_cut(rest, '#', &rest, &version);
	str_cut(rest, '%', &rest, &version);
	*ret_code = 0;
	if (!str_cut(rest, '/', &name, &version) || str_find_char(version, '/') != STR_NOT_FOUND) {
		diag_add(c->list.diags, DIAG_WARNING, c->list.in->name, line, 0, "no \"name/version\": %.*s", STR_FMT(str_sub(reference, 0, 100)));
		return NULL;
	}
	struct package *p = lang_add(&c->list, name, version, line, ret_is_new, ret_code);
	if (p && *ret_is_new)
		p->end_line = end_line;
	return p;
}

/* Conan 2: "requires": ["zlib/1.2.11#rev%time"] */
static int read_list(struct conan *c, const char *field, bool dev)
{
	value_foreach(it, value_get(c->doc.root, str_c(field))) {
		bool is_new;
		int code;
		struct package *p = add(c, value_text(it), it, &is_new, &code);
		if (code < 0)
			return code;
		if (p)
			p->dev = dev && (is_new || p->dev);
	}
	return 0;
}

/* Conan 1: { "0": { "requires": ["1"] }, "1": { "ref": "pkga/0.1", "requires": ["2"], "context": "host" } }; "0" is the project. */
static int read_nodes(struct conan *c, const struct value *nodes)
{
	static const char *const fields[] = { "requires", "build_requires" };
	struct map direct;
	map_init(&direct, c->arena);
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		value_foreach(it, value_get(value_get_c(nodes, "0"), str_c(fields[i])))
			if (map_put(&direct, value_text(it), c) < 0)
				return ERR_NOMEM;
	value_foreach_member(m, nodes) {
		struct str ref = value_str_c(&m->value, "ref");
		bool is_new, dev = str_eq(value_str_c(&m->value, "context"), STR("build"));
		int code;
		if (!ref.n) /* the project itself */
			continue;
		struct package *p = add(c, ref, &m->value, &is_new, &code);
		if (code < 0)
			return code;
		if (!p)
			continue;
		bool indirect = !str_eq(m->key, STR("0")) && !map_get(&direct, m->key);
		p->is_root |= str_eq(m->key, STR("0"));
		p->dev = dev && (is_new || p->dev);
		p->indirect = indirect && (is_new || p->indirect);
		if (map_put(&c->nodes, m->key, (void *)(uintptr_t)(p - c->list.out->v + 1)) < 0)
			return ERR_NOMEM;
	}
	value_foreach_member(m, nodes) {
		size_t at = (size_t)(uintptr_t)map_get(&c->nodes, m->key);
		for (size_t i = 0; at && i < ARRAY_LEN(fields); i++)
			value_foreach(it, value_get(&m->value, str_c(fields[i]))) {
				size_t d = (size_t)(uintptr_t)map_get(&c->nodes, value_text(it));
				struct package *v = c->list.out->v;
				if (d && lang_push_dependency(c->arena, &v[at - 1].depends, v[d - 1].name, v[d - 1].version) < 0)
					return ERR_NOMEM;
			}
	}
	return 0;
}

int conan_parse_lock(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err)
{
	struct conan c = { .arena = a };
	int r = lang_read_json(a, in, false, &c.doc, err);
	if (r < 0 || (r = lang_spans_init(&c.spans, a, c.doc.source, err)) < 0)
		return r;
	lang_list_init(&c.list, a, in, PKG_CONAN, out, diags);
	map_init(&c.nodes, a);
	const struct value *nodes = value_path(c.doc.root, "graph_lock", "nodes", NULL);
	if (nodes)
		r = read_nodes(&c, nodes);
	else if ((r = read_list(&c, "requires", false)) == 0 && (r = read_list(&c, "build_requires", true)) == 0)
		r = read_list(&c, "python_requires", true);
	return r < 0 ? error_nomem(err) : 0;
}
