/* package-lock.json. Versions 2 and 3 list every folder:  "packages": { "": root, "node_modules/a": …, "node_modules/a/node_modules/b": … };
 * a dependency is found as Node does, from the innermost node_modules outwards. Version 1 nests: "dependencies": { a: { dependencies: … } }. */
#include "base/path.h"
#include "format/lang/lang.h"
#include "format/node/node.h"

#define NESTING_MAX 64      /* node_modules inside each other that a dependency is looked up through */
#define LOOKUPS_MAX 5000000 /* of one file; a project with 2000 packages needs some 20000 */

bool node_wants_lock(struct str path, uint32_t mode, uint64_t size)
{
	struct str rest = path_dir(path), part;
	bool yarn = str_eq(path_base(path), STR("yarn.lock"));
	while (str_next(&rest, '/', &part))
		if (str_eq(part, STR("node_modules")) || (yarn && str_eq(part, STR(".yarn"))))
			return false;
	return true;
}

struct npm_lock {
	struct arena *arena;
	struct document doc;
	struct lang_spans spans;
	struct lang_list list;
	struct map by_path; /* of "packages": path -> value */
	struct map direct;  /* paths that the project or a workspace asks for itself */
	uint32_t lookups;
};

/* Counts a look-up of a dependency; false when the file has used up what it may: its packages are listed all the same. */
static bool may_look_up(struct npm_lock *l)
{
	if (l->lookups == LOOKUPS_MAX) {
		diag_add(l->list.diags, DIAG_WARNING, l->list.in->name, 0, 0, "dependencies too many and too deep to resolve them all");
		l->lookups++;
	}
	return l->lookups < LOOKUPS_MAX && ++l->lookups;
}

/* "npm:real@1.0" -> name "real", version "1.0". */
static void resolve_alias(struct str *name, struct str *version)
{
	struct str v = *version;
	if (!str_strip_prefix(&v, STR("npm:")))
		return;
	size_t at = str_rfind_char(v, '@');
	if (at != STR_NOT_FOUND && at > 0) {
		*name = str_sub(v, 0, at);
		*version = str_from(v, at + 1);
	}
}

/* Common to all versions: 1 when *ret is new, 0 when there is nothing more to do, negative: no memory. */
static int add(struct npm_lock *l, struct str name, struct str version, const struct value *v, bool indirect, struct package **ret)
{
	uint32_t line, end_line;
	bool is_new, dev = value_get_bool(v, STR("dev"), false);
	int code;
	resolve_alias(&name, &version);
	lang_lines(&l->spans, &l->doc, v, &line, &end_line);
	struct package *p = lang_add(&l->list, name, version, line, &is_new, &code);
	if (!p)
		return code;
	p->dev = dev && (is_new || p->dev);
	p->indirect = indirect && (is_new || p->indirect);
	if (!is_new)
		return 0;
	p->end_line = end_line;
	*ret = p;
	return 1;
}

/* --- lockfile versions 2 and 3 --- */

static struct str name_from_path(struct str path)
{
	static const struct str folder = STR_INIT("node_modules/");
	for (size_t from = path.n; from-- > 0;) {
		struct str rest = str_from(path, from);
		if (str_has_prefix(rest, folder) && (from == 0 || path.p[from - 1] == '/'))
			return str_from(rest, folder.n);
	}
	return STR_NONE;
}

/* The entry of a path, through a link to the folder it stands for. */
static const struct value *entry(const struct npm_lock *l, struct str path)
{
	const struct value *v = map_get(&l->by_path, path);
	return v && value_get_bool(v, STR("link"), false) ? map_get(&l->by_path, value_str_c(v, "resolved")) : v;
}

/* `name` as seen from the folder `path`; NULL when it is not installed (optional, peer). */
static const struct value *find_dependency(struct npm_lock *l, struct str path, struct str name, char *buf, size_t size)
{
	if (path.n >= size) /* no folder of a project; each look would read all of it */
		return NULL;
	for (unsigned depth = 0; depth < NESTING_MAX && may_look_up(l); depth++) {
		int n = snprintf(buf, size, "%.*s%snode_modules/%.*s", STR_FMT(path), path.n ? "/" : "", STR_FMT(name));
		const struct value *v = n > 0 && (size_t)n < size ? entry(l, str_make(buf, (size_t)n)) : NULL;
		if (v || !path.n)
			return v;
		/* up to the folder that holds this node_modules, or out of a workspace to the root */
		size_t at = path.n;
		while (at > 0 && !str_has_prefix(str_from(path, at), STR("node_modules/")))
			at--;
		path = str_sub(path, 0, at ? at - 1 : 0);
	}
	return NULL;
}

static const char *const dependency_fields[] = { "dependencies", "optionalDependencies", "peerDependencies", "devDependencies" };

static int push_dependencies(struct npm_lock *l, struct str path, const struct value *v, struct str_vec *out)
{
	char buf[2 * LANG_NAME_MAX];
	for (size_t i = 0; i < 3; i++)
		value_foreach_member(m, value_get(v, str_c(dependency_fields[i]))) {
			const struct value *d = find_dependency(l, path, m->key, buf, sizeof(buf));
			struct str real = d ? value_str_c(d, "name") : STR_NONE;
			if (d && lang_push_dependency(l->arena, out, real.n ? real : m->key, value_str_c(d, "version")) < 0)
				return ERR_NOMEM;
		}
	return 0;
}

/* Marks what the root ("") or a workspace asks for as direct. */
static int mark_direct(struct npm_lock *l, struct str path, const struct value *v)
{
	for (size_t i = 0; i < ARRAY_LEN(dependency_fields); i++)
		value_foreach_member(m, value_get(v, str_c(dependency_fields[i]))) {
			struct str own = arena_printf(l->arena, "%.*s%snode_modules/%.*s", STR_FMT(path), path.n ? "/" : "", STR_FMT(m->key));
			struct str top = path.n ? arena_printf(l->arena, "node_modules/%.*s", STR_FMT(m->key)) : own;
			if (!own.p || !top.p)
				return ERR_NOMEM;
			struct str found = map_get(&l->by_path, own) ? own : top;
			if (map_put(&l->direct, found, l) < 0)
				return ERR_NOMEM;
		}
	return 0;
}

static int parse_packages(struct npm_lock *l, const struct value *packages)
{
	map_init(&l->by_path, l->arena);
	map_init(&l->direct, l->arena);
	value_foreach_member(m, packages)
		if (map_put(&l->by_path, m->key, (void *)(uintptr_t)&m->value) < 0)
			return ERR_NOMEM;
	value_foreach_member(m, packages)
		if (!str_contains(m->key, STR("node_modules/")) && mark_direct(l, m->key, &m->value) < 0)
			return ERR_NOMEM;
	value_foreach_member(m, packages) {
		struct str folder = name_from_path(m->key), path = m->key;
		const struct value *v = &m->value;
		bool link = value_get_bool(v, STR("link"), false);
		if (!folder.n) /* the root, or a workspace: that comes through its link */
			continue;
		if (link) {
			path = value_str_c(v, "resolved");
			v = map_get(&l->by_path, path);
			if (!v || !value_str_c(v, "version").n) /* private workspaces need no version */
				continue;
		}
		struct package *p;
		struct str name = value_str_c(v, "name");
		int r = add(l, name.n ? name : folder, value_str_c(v, "version"), v, !link && !map_get(&l->direct, m->key), &p);
		if (r < 0)
			return r;
		if (r && (lang_push_licenses(l->arena, &p->licenses, value_get_c(v, "license")) < 0 || push_dependencies(l, path, v, &p->depends) < 0))
			return ERR_NOMEM;
	}
	return 0;
}

/* --- lockfile version 1 --- */

struct scope {
	struct map by_name; /* "dependencies" of this level */
	const struct scope *outer;
};

static int push_requires(struct npm_lock *l, const struct value *v, const struct scope *scope, struct str_vec *out)
{
	value_foreach_member(m, value_get_c(v, "requires")) {
		const struct value *found = value_get(value_get_c(v, "dependencies"), m->key);
		unsigned depth = 0;
		for (const struct scope *s = scope; !found && s && depth < NESTING_MAX && may_look_up(l); s = s->outer, depth++)
			found = map_get(&s->by_name, m->key);
		struct str name = m->key, version = value_str_c(found, "version");
		resolve_alias(&name, &version);
		if (found && lang_push_dependency(l->arena, out, name, version) < 0)
			return ERR_NOMEM;
	}
	return 0;
}

/* The depth is bounded by that of the JSON reader. */
static int parse_nested(struct npm_lock *l, const struct value *dependencies, const struct scope *outer)
{
	struct scope scope = { .outer = outer };
	if (!value_count(dependencies, VALUE_OBJECT))
		return 0;
	map_init(&scope.by_name, l->arena);
	value_foreach_member(m, dependencies)
		if (map_put(&scope.by_name, m->key, (void *)(uintptr_t)&m->value) < 0)
			return ERR_NOMEM;
	value_foreach_member(m, dependencies) {
		struct package *p;
		int r = add(l, m->key, value_str_c(&m->value, "version"), &m->value, false, &p);
		if (r < 0 || (r && push_requires(l, &m->value, &scope, &p->depends) < 0) || parse_nested(l, value_get_c(&m->value, "dependencies"), &scope) < 0)
			return ERR_NOMEM;
	}
	return 0;
}

int node_parse_npm_lock(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err)
{
	struct npm_lock l = { .arena = a };
	int r = lang_read_json(a, in, false, &l.doc, err);
	if (r < 0 || (r = lang_spans_init(&l.spans, a, l.doc.source, err)) < 0)
		return r;
	lang_list_init(&l.list, a, in, PKG_NPM_LOCK, out, diags);
	const struct value *packages = value_get_c(l.doc.root, "packages");
	r = packages ? parse_packages(&l, packages) : parse_nested(&l, value_get_c(l.doc.root, "dependencies"), NULL);
	return r < 0 ? error_nomem(err) : 0;
}
