/* environment.yml of conda and pylock.toml. */
#include "base/path.h"
#include "format/python/python_parts.h"
#include "format/toml/toml.h"
#include "format/yaml/yaml.h"

/* --- environment.yml --- */

/* "conda-forge::numpy=1.8.1=py27_0", "numpy ==1.8.1", "numpy >=1.8" -> name; version empty unless it is one. */
static void split_match(struct str s, struct str *ret_name, struct str *ret_version)
{
	size_t n = 0, channel = str_find(s, STR("::"));
	if (channel != STR_NOT_FOUND)
		s = str_from(s, channel + 2);
	s = str_trim(s);
	while (n < s.n && !char_is_space(s.p[n]) && !char_is_one_of(s.p[n], "=<>!~["))
		n++;
	*ret_name = str_sub(s, 0, n);
	struct str rest = str_trim(str_from(s, n)), build;
	bool range = rest.n && char_is_one_of(rest.p[0], "<>!~[");
	while (str_strip_prefix(&rest, STR("=")))
		;
	str_cut(str_trim(rest), '=', &rest, &build);
	str_next_word(&rest, ret_version);
	if (range || !ret_version->n || !char_is_digit(ret_version->p[0]))
		*ret_version = STR("");
	for (size_t i = 0; i < ret_version->n; i++)
		if (char_is_one_of(ret_version->p[i], "*,|<>!~"))
			*ret_version = STR("");
}

static int add_conda(struct lang_list *list, struct document *doc, const struct value *v)
{
	struct str name, version = STR("");
	uint32_t line = lang_line(doc, v->pos);
	int code;
	split_match(value_text(v), &name, &version);
	lang_add_any(list, name, version, line, NULL, &code);
	if (code == 0 && name.n && !version.n)
		diag_add(list->diags, DIAG_NOTE, list->in->name, line, 0, "not pinned to a version: %.*s", STR_FMT(str_sub(value_text(v), 0, 100)));
	return code;
}

int python_parse_conda_environment(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err)
{
	struct document doc;
	struct lang_list conda, pip;
	struct str text;
	int r = lang_read_text(a, in, &text, err);
	if (r < 0 || (r = yaml_parse(a, text, &(struct yaml_options){ .name = in->name }, &doc, diags, err)) < 0)
		return r;
	lang_list_init(&conda, a, in, PKG_CONDA_ENV, out, diags);
	lang_list_init(&pip, a, in, PKG_PIP, out, diags);
	value_foreach(it, value_get_c(doc.root, "dependencies")) {
		if (it->kind == VALUE_STRING && add_conda(&conda, &doc, it) < 0)
			return error_nomem(err);
		value_foreach(line, value_get_c(it, "pip")) {
			uint32_t number = lang_line(&doc, line->pos);
			struct str requirement = value_text(line);
			if (requirement.n && requirement.p[0] != '-' && python_add_requirement(&pip, requirement, number, number, false) < 0)
				return error_nomem(err);
		}
	}
	return 0;
}

/* --- pylock.toml --- */

bool python_wants_pylock(struct str path, uint32_t mode, uint64_t size)
{
	struct str name = path_base(path);
	return str_eq(name, STR("pylock.toml")) || (str_strip_prefix(&name, STR("pylock.")) && str_strip_suffix(&name, STR(".toml")) && name.n &&
						   str_find_char(name, '.') == STR_NOT_FOUND);
}

/* Versions of a name: a lock for several platforms has more than one, and then a dependency must tell which. */
struct named {
	struct str version;
	bool several;
};

int python_parse_pylock(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err)
{
	struct document doc;
	struct lang_list list;
	struct map by_name;
	struct str text;
	int code, r = lang_read_text(a, in, &text, err);
	if (r < 0 || (r = toml_parse(a, text, &(struct toml_options){ .name = in->name }, &doc, err)) < 0)
		return r;
	lang_list_init(&list, a, in, PKG_PYLOCK, out, diags);
	map_init(&by_name, a);
	const struct value *packages = value_get_c(doc.root, "packages");
	value_foreach(it, packages) {
		struct str key = package_advisory_name(a, PKG_PYLOCK, value_str_c(it, "name"));
		bool is_new;
		void **slot = map_at(&by_name, key, &is_new);
		struct named *n = !slot ? NULL : is_new ? arena_new(a, struct named) : *slot;
		if (!n)
			return error_nomem(err);
		*slot = n;
		n->several = !is_new && !str_eq(n->version, value_str_c(it, "version"));
		n->version = value_str_c(it, "version");
	}
	value_foreach(it, packages) {
		bool is_new;
		/* Without a version: a folder or an archive, whose content tells it. */
		struct package *p = lang_add_any(&list, value_str_c(it, "name"), value_str_c(it, "version"), lang_line(&doc, it->pos), &is_new, &code);
		if (code < 0)
			return error_nomem(err);
		if (!p || !is_new)
			continue;
		if (!p->version.n)
			diag_add(diags, DIAG_NOTE, in->name, p->line, 0, "%.*s has no version here", STR_FMT(str_sub(p->name, 0, 100)));
		value_foreach(d, value_get_c(it, "dependencies")) {
			struct str name = value_str_c(d, "name"), version = value_str_c(d, "version");
			const struct named *n = map_get(&by_name, package_advisory_name(a, PKG_PYLOCK, name));
			if (n && lang_push_dependency(a, &p->depends, name, version.n || n->several ? version : n->version) < 0)
				return error_nomem(err);
		}
	}
	return 0;
}
