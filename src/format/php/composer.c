#include "base/path.h"
#include "format/lang/lang.h"
#include "format/php/php.h"

bool php_wants_lock(struct str path, uint32_t mode, uint64_t size)
{
	struct str rest = path_dir(path), part;
	while (str_next(&rest, '/', &part))
		if (str_eq(part, STR("vendor")))
			return false;
	return true;
}

struct composer {
	struct arena *arena;
	struct document doc;
	struct lang_spans spans;
	struct lang_list list;
	struct map by_name;   /* name -> index of the package + 1 */
	struct map dev_names; /* of installed.json */
};

static int add_packages(struct composer *c, const struct value *packages, bool dev)
{
	value_foreach(it, packages) {
		struct str name = value_str_c(it, "name"), version = value_str_c(it, "version");
		uint32_t line, end_line;
		bool is_new;
		int code;
		lang_lines(&c->spans, &c->doc, it, &line, &end_line);
		struct package *p = lang_add(&c->list, name, version, line, &is_new, &code);
		if (code < 0)
			return code;
		if (!p || !is_new)
			continue;
		p->end_line = end_line;
		p->dev = dev || map_get(&c->dev_names, name);
		if (map_put(&c->by_name, p->name, (void *)(uintptr_t)(p - c->list.out->v + 1)) < 0 ||
		    lang_push_licenses(c->arena, &p->licenses, value_get_c(it, "license")) < 0)
			return ERR_NOMEM;
	}
	return 0;
}

/* Second pass, when all versions are known. */
static int add_dependencies(struct composer *c, const struct value *packages)
{
	value_foreach(it, packages) {
		size_t at = (size_t)(uintptr_t)map_get(&c->by_name, value_str_c(it, "name"));
		struct package *p = at ? &c->list.out->v[at - 1] : NULL;
		if (!p || p->depends.n)
			continue;
		value_foreach_member(m, value_get_c(it, "require")) {
			size_t d = (size_t)(uintptr_t)map_get(&c->by_name, m->key);
			if (d && lang_push_dependency(c->arena, &p->depends, c->list.out->v[d - 1].name, c->list.out->v[d - 1].version) < 0)
				return ERR_NOMEM;
		}
	}
	return 0;
}

static int open_file(struct composer *c, struct arena *a, const struct input *in, enum package_kind kind, bool or_array, struct package_vec *out,
		     struct diags *diags, struct error *err)
{
	*c = (struct composer){ .arena = a };
	int r = lang_read_json(a, in, or_array, &c->doc, err);
	if (r < 0 || (r = lang_spans_init(&c->spans, a, c->doc.source, err)) < 0)
		return r;
	lang_list_init(&c->list, a, in, kind, out, diags);
	map_init(&c->by_name, a);
	map_init(&c->dev_names, a);
	return 0;
}

int php_parse_installed(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err)
{
	struct composer c;
	int r = open_file(&c, a, in, PKG_COMPOSER_INSTALLED, true, out, diags, err);
	if (r < 0)
		return r;
	const struct value *packages = c.doc.root->kind == VALUE_ARRAY ? c.doc.root : value_get_c(c.doc.root, "packages");
	value_foreach(it, value_get_c(c.doc.root, "dev-package-names"))
		if (map_put(&c.dev_names, value_text(it), &c) < 0)
			return error_nomem(err);
	return add_packages(&c, packages, false) < 0 || add_dependencies(&c, packages) < 0 ? error_nomem(err) : 0;
}

int php_parse_lock(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err)
{
	struct composer c;
	int r = open_file(&c, a, in, PKG_COMPOSER_LOCK, false, out, diags, err);
	if (r < 0)
		return r;
	const struct value *packages = value_get_c(c.doc.root, "packages"), *dev = value_get_c(c.doc.root, "packages-dev");
	if (add_packages(&c, packages, false) < 0 || add_packages(&c, dev, true) < 0 || add_dependencies(&c, packages) < 0 || add_dependencies(&c, dev) < 0)
		return error_nomem(err);
	return 0;
}
