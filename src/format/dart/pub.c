#include "format/dart/pub.h"

#include "format/lang/lang.h"
#include "format/yaml/yaml.h"

static bool is_sha256(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!char_is_digit(s.p[i]) && !(s.p[i] >= 'a' && s.p[i] <= 'f'))
			return false;
	return s.n == 64;
}

int pub_parse_lock(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err)
{
	struct document doc;
	struct lang_list list;
	struct str text;
	int r = lang_read_text(a, in, &text, err);
	if (r < 0 || (r = yaml_parse(a, text, &(struct yaml_options){ .name = in->name }, &doc, diags, err)) < 0)
		return r;
	lang_list_init(&list, a, in, PKG_PUB, out, diags);
	value_foreach_member(m, value_get_c(doc.root, "packages")) {
		struct str sha256 = value_str_c(value_get_c(&m->value, "description"), "sha256");
		bool is_new;
		int code;
		struct package *p = lang_add(&list, m->key, value_text(value_get_c(&m->value, "version")), lang_line(&doc, m->key_pos), &is_new, &code);
		if (code < 0)
			return error_nomem(err);
		if (!p || !is_new)
			continue;
		p->indirect = str_eq(value_str_c(&m->value, "dependency"), STR("transitive"));
		if (is_sha256(sha256) && !(p->digest = arena_concat(a, STR("sha256:"), sha256)).p)
			return error_nomem(err);
	}
	return 0;
}
