#include "format/swift/swift.h"

#include "format/lang/lang.h"
#include "format/yaml/yaml.h"

/* --- Package.resolved --- */

/* "https://github.com/apple/swift-nio.git", "git@github.com:apple/swift-nio.git" -> "github.com/apple/swift-nio" */
static int repository_name(struct arena *a, struct str url, struct str *ret)
{
	static const struct str schemes[] = { STR_INIT("https://"), STR_INIT("http://"), STR_INIT("ssh://"), STR_INIT("git://") };
	struct str name = str_trim(url), user, rest;
	bool scheme = false;
	for (size_t i = 0; i < ARRAY_LEN(schemes) && !scheme; i++)
		scheme = str_strip_prefix(&name, schemes[i]);
	str_strip_suffix(&name, STR("/"));
	str_strip_suffix(&name, STR(".git"));
	size_t slash = str_find_char(name, '/');
	if (str_cut(str_sub(name, 0, slash), '@', &user, &rest))
		name = str_from(name, user.n + 1);
	struct str host, path;
	if (!scheme && str_cut(name, ':', &host, &path) && host.n && str_find_char(host, '/') == STR_NOT_FOUND)
		name = arena_printf(a, "%.*s/%.*s", STR_FMT(host), STR_FMT(path));
	*ret = name;
	return url.n && !name.p ? ERR_NOMEM : 0;
}

int swift_parse_resolved(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err)
{
	struct document doc;
	struct lang_list list;
	struct lang_spans spans;
	int r = lang_read_json(a, in, false, &doc, err);
	if (r < 0 || (r = lang_spans_init(&spans, a, doc.source, err)) < 0)
		return r;
	lang_list_init(&list, a, in, PKG_SWIFT, out, diags);
	const struct value *pins = value_get_c(doc.root, "pins");
	bool first = !pins; /* version 1 of the file */
	if (first)
		pins = value_path(doc.root, "object", "pins", NULL);
	value_foreach(it, pins) {
		const struct value *state = value_get_c(it, "state");
		struct str version = value_str_c(state, "version"), url = first ? value_str_c(it, "repositoryURL") : value_str_c(it, "location"), name;
		uint32_t line, end_line;
		bool is_new;
		int code;
		if (repository_name(a, url, &name) < 0)
			return error_nomem(err);
		if (!name.n) /* a registry's package has no location */
			name = value_str_c(it, "identity");
		if (!version.n)
			version = value_str_c(state, "branch");
		lang_lines(&spans, &doc, it, &line, &end_line);
		struct package *p = lang_add(&list, name, version, line, &is_new, &code);
		if (code < 0)
			return error_nomem(err);
		if (p && is_new)
			p->end_line = end_line;
	}
	return 0;
}

/* --- Podfile.lock --- */

/* "AppCenter/Core (4.2.0)", "AppCenter/Core (= 4.2.0)", "AppCenter" -> name and what stands in brackets. */
static void split_pod(struct str s, struct str *ret_name, struct str *ret_version)
{
	*ret_version = STR("");
	size_t at = str_find(s, STR(" ("));
	*ret_name = str_trim(str_sub(s, 0, at));
	if (at == STR_NOT_FOUND)
		return;
	*ret_version = str_trim(str_from(s, at + 2));
	str_strip_suffix(ret_version, STR(")"));
}

struct pods {
	struct arena *arena;
	struct document doc;
	struct lang_list list;
	struct map by_name; /* index of the package + 1 */
};

static int add_pod(struct pods *p, struct str text, uint32_t pos)
{
	struct str name, version;
	int code;
	split_pod(text, &name, &version);
	struct package *pod = lang_add(&p->list, name, version, lang_line(&p->doc, pos), NULL, &code);
	if (!pod)
		return code;
	pod->indirect = true; /* until DEPENDENCIES names it */
	return map_put(&p->by_name, pod->name, (void *)(uintptr_t)(pod - p->list.out->v + 1));
}

static struct package *find_pod(const struct pods *p, struct str text)
{
	struct str name, version;
	split_pod(text, &name, &version);
	size_t at = (size_t)(uintptr_t)map_get(&p->by_name, name);
	return at ? &p->list.out->v[at - 1] : NULL;
}

int cocoapods_parse_lock(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err)
{
	struct pods p = { .arena = a };
	struct str text;
	int r = lang_read_text(a, in, &text, err);
	if (r < 0 || (r = yaml_parse(a, text, &(struct yaml_options){ .name = in->name }, &p.doc, diags, err)) < 0)
		return r;
	lang_list_init(&p.list, a, in, PKG_COCOAPODS, out, diags);
	map_init(&p.by_name, a);
	const struct value *pods = value_get_c(p.doc.root, "PODS");
	/* An item is "Name (version)" or { "Name (version)": ["Other (= version)", …] }. */
	value_foreach(it, pods) {
		if (it->kind == VALUE_STRING && add_pod(&p, value_text(it), it->pos) < 0)
			return error_nomem(err);
		value_foreach_member(m, it)
			if (add_pod(&p, m->key, m->key_pos) < 0)
				return error_nomem(err);
	}
	value_foreach(it, pods)
		value_foreach_member(m, it) {
			struct package *pod = find_pod(&p, m->key);
			value_foreach(need, &m->value) {
				const struct package *other = pod ? find_pod(&p, value_text(need)) : NULL;
				if (other && lang_push_dependency(a, &pod->depends, other->name, other->version) < 0)
					return error_nomem(err);
			}
		}
	value_foreach(it, value_get_c(p.doc.root, "DEPENDENCIES")) {
		struct package *pod = find_pod(&p, value_text(it));
		if (pod)
			pod->indirect = false;
	}
	return 0;
}
