/* bun.lock (bun.sh/docs/install/lockfile), JSON with trailing commas:
 *
 *   "workspaces": { "": { "name": …, "dependencies": { "a": "^1" }, "devDependencies": … }, "packages/x": { … } }
 *   "packages": { "a": ["a@1.0.0", "", { "dependencies": { "b": "^2" } }, "sha512-…"], "a/b": ["b@2.1.0", …] }
 *
 * A key is the way to the package: "a/b" is the b that only a sees. Nothing says what is for development: what no dependencies of the
 * workspaces but devDependencies lead to. */
#include "format/lang/lang.h"
#include "format/node/node.h"

struct entry {
	const struct value *info; /* the object among the items; of a workspace its own */
	struct str key, name, version;
	bool direct, reached;
	size_t package; /* index in out + 1 */
};
struct bun {
	struct arena *arena;
	struct document doc;
	struct lang_spans spans;
	struct lang_list list;
	struct entry *v;
	size_t n;
	struct map by_key; /* index + 1 */
	struct map workspaces; /* folder -> its object */
	struct entry **work;
	size_t work_n;
	uint32_t lookups;
};

#define KEY_MAX     1024
#define LOOKUPS_MAX 5000000 /* of one file; a project with 2000 packages needs some 20000 */

/* From a folder or from the project itself: nothing that advisories speak of. */
static const struct str local_protocols[] = { STR_INIT("file:"), STR_INIT("link:"), STR_INIT("root:") };

static bool is_local(struct str version)
{
	for (size_t i = 0; i < ARRAY_LEN(local_protocols); i++)
		if (str_has_prefix(version, local_protocols[i]))
			return true;
	return false;
}

/* "@a/b@npm:1.0.0" is no form of bun's: the identifier is name@version, name@workspace:path, name@github:…, name@https://… */
static bool split_identifier(struct str id, struct str *ret_name, struct str *ret_version)
{
	size_t at = id.n ? str_find_char(str_from(id, 1), '@') : STR_NOT_FOUND;
	if (at == STR_NOT_FOUND)
		return false;
	*ret_name = str_sub(id, 0, at + 1);
	*ret_version = str_from(id, at + 2);
	return true;
}

/* A key without its last name: "a/@b/c" -> "a", "@b/c" -> "". */
static struct str outer(struct str key)
{
	size_t slash = str_rfind_char(key, '/');
	if (slash == STR_NOT_FOUND)
		return STR("");
	key = str_sub(key, 0, slash);
	slash = str_rfind_char(key, '/');
	struct str last = slash == STR_NOT_FOUND ? key : str_from(key, slash + 1);
	if (last.n && last.p[0] == '@') /* the scope of the name that was taken off */
		return str_sub(key, 0, slash == STR_NOT_FOUND ? 0 : slash);
	return key;
}

/* `name` as the package at `key` sees it, from the innermost outwards. */
static struct entry *find_dependency(struct bun *b, struct str key, struct str name)
{
	char buf[2 * KEY_MAX];
	if (key.n > KEY_MAX || name.n >= KEY_MAX)
		return NULL;
	for (;; key = outer(key)) {
		if (b->lookups == LOOKUPS_MAX) {
			diag_add(b->list.diags, DIAG_WARNING, b->list.in->name, 0, 0, "dependencies too many and too deep to resolve them all");
			b->lookups++;
		}
		if (b->lookups > LOOKUPS_MAX)
			return NULL;
		b->lookups++;
		int n = snprintf(buf, sizeof(buf), "%.*s%s%.*s", STR_FMT(key), key.n ? "/" : "", STR_FMT(name));
		size_t at = n > 0 && (size_t)n < sizeof(buf) ? (size_t)(uintptr_t)map_get(&b->by_key, str_make(buf, (size_t)n)) : 0;
		if (at || !key.n)
			return at ? &b->v[at - 1] : NULL;
	}
}

static int read_entries(struct bun *b)
{
	const struct value *packages = value_get_c(b->doc.root, "packages"), *workspaces = value_get_c(b->doc.root, "workspaces");
	b->v = arena_new_array(b->arena, struct entry, value_count(packages, VALUE_OBJECT) + 1);
	b->work = arena_new_array(b->arena, struct entry *, value_count(packages, VALUE_OBJECT) + 1);
	if (!b->v || !b->work)
		return ERR_NOMEM;
	map_init(&b->workspaces, b->arena);
	value_foreach_member(m, workspaces)
		if (map_put(&b->workspaces, m->key, (void *)(uintptr_t)&m->value) < 0)
			return ERR_NOMEM;
	value_foreach_member(m, packages) {
		struct entry *e = &b->v[b->n];
		*e = (struct entry){ .key = m->key };
		value_foreach(it, &m->value)
			if (it->kind == VALUE_OBJECT && !e->info)
				e->info = it;
		if (!split_identifier(value_text(value_at(&m->value, 0)), &e->name, &e->version))
			diag_add(b->list.diags, DIAG_WARNING, b->list.in->name, lang_line(&b->doc, m->key_pos), 0, "no \"name@version\" for %.*s", STR_FMT(str_sub(m->key, 0, 100)));
		struct str folder = e->version;
		if (str_strip_prefix(&folder, STR("workspace:"))) /* what a part of the project needs stands there */
			e->info = map_get(&b->workspaces, folder);
		if (map_put(&b->by_key, e->key, (void *)(uintptr_t)++b->n) < 0)
			return ERR_NOMEM;
	}
	return 0;
}

static void reach(struct bun *b, struct entry *e)
{
	if (e && !e->reached) {
		e->reached = true;
		b->work[b->work_n++] = e; /* each entry once */
	}
}

static const char *const fields[] = { "dependencies", "optionalDependencies", "peerDependencies", "devDependencies" };
#define FIELDS_USED 3 /* of them count for what is delivered */

static void read_workspace(struct bun *b, const struct value *workspace, bool is_root)
{
	struct str scope = is_root ? STR("") : value_str_c(workspace, "name");
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		value_foreach_member(m, value_get(workspace, str_c(fields[i]))) {
			struct entry *e = find_dependency(b, scope, m->key);
			if (!e)
				continue;
			e->direct = true;
			if (i < FIELDS_USED)
				reach(b, e);
		}
}

static void follow(struct bun *b)
{
	for (size_t done = 0; done < b->work_n; done++)
		for (size_t i = 0; i < FIELDS_USED; i++)
			value_foreach_member(m, value_get(b->work[done]->info, str_c(fields[i])))
				reach(b, find_dependency(b, b->work[done]->key, m->key));
}

static int add_packages(struct bun *b)
{
	const struct value *packages = value_get_c(b->doc.root, "packages");
	for (size_t i = 0; i < b->n; i++) {
		struct entry *e = &b->v[i];
		struct str version = e->version;
		uint32_t line, end_line;
		bool is_new, workspace = str_strip_prefix(&version, STR("workspace:"));
		int code;
		if (!e->name.n || is_local(version))
			continue;
		if (workspace) { /* the path of a part of the project: listed when it has a version */
			version = value_str_c(e->info, "version");
			if (!version.n)
				continue;
		}
		lang_lines(&b->spans, &b->doc, &packages->members[i].value, &line, &end_line);
		struct package *p = lang_add(&b->list, e->name, version, line, &is_new, &code);
		if (code < 0)
			return code;
		if (!p)
			continue;
		e->version = p->version;
		e->package = (size_t)(p - b->list.out->v) + 1;
		bool dev = !e->reached && !workspace, indirect = !e->direct && !workspace;
		p->dev = dev && (is_new || p->dev);
		p->indirect = indirect && (is_new || p->indirect);
		if (is_new)
			p->end_line = end_line;
	}
	return 0;
}

static int add_dependencies(struct bun *b)
{
	for (size_t i = 0; i < b->n; i++) {
		struct package *p = b->v[i].package ? &b->list.out->v[b->v[i].package - 1] : NULL;
		if (!p || p->depends.n) /* the same package at another place was here */
			continue;
		for (size_t k = 0; k < FIELDS_USED; k++)
			value_foreach_member(m, value_get(b->v[i].info, str_c(fields[k]))) {
				const struct entry *d = find_dependency(b, b->v[i].key, m->key);
				if (d && d->package && lang_push_dependency(b->arena, &p->depends, d->name, d->version) < 0)
					return ERR_NOMEM;
			}
	}
	return 0;
}

int node_parse_bun_lock(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err)
{
	struct bun b = { .arena = a };
	int r = lang_read_jsonc(a, in, &b.doc, err);
	if (r < 0 || (r = lang_spans_init(&b.spans, a, b.doc.source, err)) < 0)
		return r;
	lang_list_init(&b.list, a, in, PKG_BUN, out, diags);
	map_init(&b.by_key, a);
	if (read_entries(&b) < 0)
		return error_nomem(err);
	value_foreach_member(m, value_get_c(b.doc.root, "workspaces"))
		read_workspace(&b, &m->value, !m->key.n);
	/* Parts of the project are delivered. */
	for (size_t i = 0; i < b.n; i++)
		if (str_has_prefix(b.v[i].version, STR("workspace:")))
			reach(&b, &b.v[i]);
	follow(&b);
	return add_packages(&b) < 0 || add_dependencies(&b) < 0 ? error_nomem(err) : 0;
}
