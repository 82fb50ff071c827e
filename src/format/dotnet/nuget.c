/* packages.lock.json and packages.config. */
#include "format/dotnet/dotnet.h"
#include "format/lang/lang.h"

/* One target framework: { "Name": { "type": "Direct", "resolved": "1.0", "dependencies": { "Other": "[2.0, )" } } }. */
static int parse_target(struct lang_list *list, const struct lang_spans *spans, struct document *doc, const struct value *target)
{
	struct map by_name;
	map_init(&by_name, list->arena);
	value_foreach_member(m, target)
		if (map_put(&by_name, m->key, (void *)(uintptr_t)&m->value) < 0)
			return ERR_NOMEM;
	value_foreach_member(m, target) {
		struct str type = value_str_c(&m->value, "type");
		uint32_t line, end_line;
		bool is_new;
		int code;
		if (str_eq_nocase(type, STR("Project")))
			continue;
		lang_lines(spans, doc, &m->value, &line, &end_line);
		struct package *p = lang_add(list, m->key, value_str_c(&m->value, "resolved"), line, &is_new, &code);
		if (code < 0)
			return code;
		if (!p)
			continue;
		p->indirect = !str_eq_nocase(type, STR("Direct")) && (is_new || p->indirect);
		if (!is_new)
			continue;
		p->end_line = end_line;
		value_foreach_member(d, value_get_c(&m->value, "dependencies")) {
			const struct value *found = map_get(&by_name, d->key);
			if (lang_push_dependency(list->arena, &p->depends, d->key, value_str_c(found, "resolved")) < 0)
				return ERR_NOMEM;
		}
	}
	return 0;
}

int dotnet_parse_lock(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err)
{
	struct document doc;
	struct lang_list list;
	struct lang_spans spans;
	int r = lang_read_json(a, in, false, &doc, err);
	if (r < 0 || (r = lang_spans_init(&spans, a, doc.source, err)) < 0)
		return r;
	lang_list_init(&list, a, in, PKG_NUGET_LOCK, out, diags);
	value_foreach_member(m, value_get_c(doc.root, "dependencies"))
		if (parse_target(&list, &spans, &doc, &m->value) < 0)
			return error_nomem(err);
	return 0;
}

/* packages.config is XML of one shape:  <packages><package id="x" version="1.0" developmentDependency="true" /></packages>.
 * Tags are read one by one; comments are passed over; the values are names and versions, in which no entities occur. */

/* Takes the next tag from *s, without its brackets; false at the end, with *s empty unless a tag or comment has no end. */
static bool next_tag(struct str *s, size_t *consumed, struct str *ret)
{
	for (;;) {
		size_t open = str_find_char(*s, '<');
		if (open == STR_NOT_FOUND) {
			*s = STR_NONE;
			return false;
		}
		*s = str_from(*s, open);
		*consumed += open;
		bool comment = str_has_prefix(*s, STR("<!--"));
		size_t end = comment ? str_find(*s, STR("-->")) : str_find_char(*s, '>');
		if (end == STR_NOT_FOUND)
			return false;
		if (!comment)
			*ret = str_sub(*s, 1, end - 1);
		*s = str_from(*s, end + (comment ? 3 : 1));
		*consumed += end + (comment ? 3 : 1);
		if (!comment)
			return true;
	}
}

/* The value of an attribute of `package id="x" version='1'`. */
static struct str attribute(struct str tag, struct str wanted)
{
	while (tag.n) {
		size_t n = 0;
		while (tag.n && (char_is_space(tag.p[0]) || tag.p[0] == '/'))
			tag = str_from(tag, 1);
		while (n < tag.n && tag.p[n] != '=' && !char_is_space(tag.p[n]))
			n++;
		struct str name = str_sub(tag, 0, n);
		tag = str_trim(str_from(tag, n));
		if (!str_strip_prefix(&tag, STR("=")))
			continue;
		tag = str_trim(tag);
		if (!tag.n || (tag.p[0] != '"' && tag.p[0] != '\''))
			return STR_NONE;
		size_t end = str_find_char(str_from(tag, 1), tag.p[0]);
		if (end == STR_NOT_FOUND)
			return STR_NONE;
		if (str_eq(name, wanted))
			return str_sub(tag, 1, end);
		tag = str_from(tag, end + 2);
	}
	return STR_NONE;
}

int dotnet_parse_config(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err)
{
	struct str text, tag;
	struct lang_list list;
	int code, r = lang_read_text(a, in, &text, err);
	bool any = false;
	size_t at = 0;
	if (r < 0)
		return r;
	struct document doc = { .name = in->name, .source = text, .arena = a };
	lang_list_init(&list, a, in, PKG_NUGET_CONFIG, out, diags);
	while (next_tag(&text, &at, &tag)) {
		struct str word, rest = tag;
		any |= str_has_prefix(tag, STR("packages"));
		if (!str_next_word(&rest, &word) || !str_eq(word, STR("package")))
			continue;
		if (str_eq_nocase(attribute(rest, STR("developmentDependency")), STR("true")))
			continue;
		uint32_t line = lang_line(&doc, (uint32_t)MIN_OF(at, (size_t)UINT32_MAX));
		lang_add(&list, attribute(rest, STR("id")), attribute(rest, STR("version")), line, NULL, &code);
		if (code < 0)
			return error_nomem(err);
	}
	if (text.n)
		diag_add(diags, DIAG_UNREADABLE, in->name, lang_line(&doc, (uint32_t)MIN_OF(at + 1, (size_t)UINT32_MAX)), 0, "a tag without end");
	return any ? 0 : error_set(err, ERR_FORMAT, "no <packages> element");
}
