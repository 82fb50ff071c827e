#include "format/lang/lang.h"
#include "format/node/node.h"

/* [@scope/]name of letters, digits, '-', '.', '_', as npm allows and Trivy checks. */
static bool is_name(struct str s)
{
	if (s.n && s.p[0] == '@') {
		struct str scope;
		if (!str_cut(str_from(s, 1), '/', &scope, &s) || !scope.n || !is_name(scope))
			return false;
	}
	for (size_t i = 0; i < s.n; i++)
		if (!char_is_alnum(s.p[i]) && s.p[i] != '-' && s.p[i] != '.' && s.p[i] != '_')
			return false;
	return s.n > 0;
}

int node_parse_package_json(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err)
{
	struct document doc;
	struct lang_list list;
	int code, r = lang_read_json(a, in, false, &doc, err);
	if (r < 0)
		return r;
	struct str name = value_str_c(doc.root, "name"), version = value_str_c(doc.root, "version");
	if (!name.n || !version.n) /* a folder's settings ({"type": "module"}), not a package */
		return 0;
	if (!is_name(name)) {
		diag_add(diags, DIAG_WARNING, in->name, 0, 0, "\"%.*s\" is no package name", STR_FMT(str_sub(name, 0, 100)));
		return 0;
	}
	lang_list_init(&list, a, in, PKG_NODE, out, diags);
	struct package *p = lang_add(&list, name, version, 0, NULL, &code);
	if (!p)
		return code < 0 ? error_nomem(err) : 0;
	const struct value *license = value_get_c(doc.root, "license");
	if ((r = lang_push_licenses(a, &p->licenses, license ? license : value_get_c(doc.root, "licenses"))) < 0 ||
	    (r = lang_push_keys(a, &p->depends, value_get_c(doc.root, "dependencies"))) < 0 ||
	    (r = lang_push_keys(a, &p->depends, value_get_c(doc.root, "optionalDependencies"))) < 0)
		return error_nomem(err);
	return 0;
}
