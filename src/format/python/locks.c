/* Lock files of Pipenv, Poetry (1.x and 2.x) and uv. */
#include "format/lang/lang.h"
#include "format/python/python.h"
#include "format/toml/toml.h"

static int parse_pipfile_group(struct lang_list *list, const struct lang_spans *spans, struct document *doc, const struct value *group, bool dev)
{
	value_foreach_member(m, group) {
		struct str version = value_str_c(&m->value, "version");
		uint32_t line, end_line;
		bool is_new;
		int code;
		while (str_strip_prefix(&version, STR("=")))
			;
		lang_lines(spans, doc, &m->value, &line, &end_line);
		if (!version.n) { /* {"editable": true, "path": "."}, {"git": …} */
			diag_add(list->diags, DIAG_NOTE, list->in->name, line, 0, "%.*s is not pinned to a version", STR_FMT(m->key));
			continue;
		}
		struct package *p = lang_add(list, m->key, version, line, &is_new, &code);
		if (code < 0)
			return code;
		if (p) {
			p->dev = dev && (is_new || p->dev);
			if (is_new)
				p->end_line = end_line;
		}
	}
	return 0;
}

int python_parse_pipfile_lock(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err)
{
	struct document doc;
	struct lang_list list;
	struct lang_spans spans;
	int r = lang_read_json(a, in, false, &doc, err);
	if (r < 0 || (r = lang_spans_init(&spans, a, doc.source, err)) < 0)
		return r;
	lang_list_init(&list, a, in, PKG_PIPENV, out, diags);
	if (parse_pipfile_group(&list, &spans, &doc, value_get_c(doc.root, "default"), false) < 0 ||
	    parse_pipfile_group(&list, &spans, &doc, value_get_c(doc.root, "develop"), true) < 0)
		return error_nomem(err);
	return 0;
}

/* The [[package]] tables of poetry.lock and uv.lock, by normalised name. */
struct lock {
	struct arena *arena;
	struct document doc;
	const struct value *packages;
	struct lock_package {
		const struct value *table;
		struct str name, version;
		bool several; /* another package has the same name: which one is meant needs the version */
		bool root, direct, reached;
		bool all_reached; /* on the last of a name: so are all others of it */
		uint32_t next; /* index + 1 of the one with the same name that was read before */
	} *v;
	size_t n;
	struct map by_name; /* normalised name -> index + 1 of the last */
};

static int read_lock(struct arena *a, const struct input *in, struct lock *l, struct error *err)
{
	struct str text;
	int r = lang_read_text(a, in, &text, err);
	*l = (struct lock){ .arena = a };
	if (r < 0 || (r = toml_parse(a, text, &(struct toml_options){ .name = in->name }, &l->doc, err)) < 0)
		return r;
	l->packages = value_get_c(l->doc.root, "package");
	l->v = arena_new_array(a, struct lock_package, value_count(l->packages, VALUE_ARRAY) + 1);
	map_init(&l->by_name, a);
	if (!l->v)
		return error_nomem(err);
	value_foreach(it, l->packages) {
		struct lock_package *p = &l->v[l->n];
		*p = (struct lock_package){ .table = it, .name = value_str_c(it, "name"), .version = value_str_c(it, "version") };
		struct str key = package_advisory_name(a, PKG_PYTHON, p->name);
		void **slot = key.p || !p->name.n ? map_at(&l->by_name, key, NULL) : NULL;
		if (!slot)
			return error_nomem(err);
		p->next = (uint32_t)(uintptr_t)*slot;
		if (p->next)
			p->several = l->v[p->next - 1].several = true;
		*slot = (void *)(uintptr_t)++l->n;
	}
	return 0;
}

/* The package of a name, and of a version where several have the name; NULL: not in the file, or not sure. */
static struct lock_package *find_package(const struct lock *l, struct str name, struct str version)
{
	struct str key = package_advisory_name(l->arena, PKG_PYTHON, name);
	size_t at = (size_t)(uintptr_t)map_get(&l->by_name, key);
	for (unsigned tries = 0; at && tries < 100; at = l->v[at - 1].next, tries++) {
		struct lock_package *p = &l->v[at - 1];
		if (!p->several || str_eq(p->version, version))
			return p;
	}
	return NULL;
}

/* Only where there is one version of it, because a range cannot be judged here. */
static int push_named(const struct lock *l, struct str_vec *v, struct str name, struct str version)
{
	const struct lock_package *d = find_package(l, name, version);
	if (!d)
		return map_get(&l->by_name, package_advisory_name(l->arena, PKG_PYTHON, name)) ? lang_push(l->arena, v, name) : 0;
	return lang_push_dependency(l->arena, v, d->name, d->version);
}

static bool has_text(const struct value *array, struct str text)
{
	value_foreach(it, array)
		if (str_eq(value_text(it), text))
			return true;
	return false;
}

/* --- poetry.lock: what the project asks for stands in the pyproject.toml beside it --- */

static struct lock_package *find_any(const struct lock *l, struct str name)
{
	size_t at = (size_t)(uintptr_t)map_get(&l->by_name, package_advisory_name(l->arena, PKG_PYTHON, name));
	return at ? &l->v[at - 1] : NULL;
}

/* All versions of a name are meant: which one depends on the platform. */
static void reach_name(struct lock *l, struct str name, bool direct, bool delivered, struct lock_package **work, size_t *work_n)
{
	for (struct lock_package *p = find_any(l, name); p; p = p->next ? &l->v[p->next - 1] : NULL) {
		if ((p->direct || !direct) && (p->reached || !delivered))
			return; /* so are the others */
		p->direct |= direct;
		if (delivered && !p->reached) {
			p->reached = true;
			work[(*work_n)++] = p; /* each package once */
		}
	}
}

/* "requests[socks] (>=2.0)" -> "requests" */
static struct str requirement_name(struct str s)
{
	size_t n = 0;
	s = str_trim(s);
	while (n < s.n && (char_is_alnum(s.p[n]) || char_is_one_of(s.p[n], "-_.")))
		n++;
	return str_sub(s, 0, n);
}

/* Marks what is direct and what is reached from what is delivered: 1, 0 when the project does not tell, negative: no memory. */
static int read_project(struct lock *l, const struct input *in, struct diags *diags)
{
	struct document doc;
	struct str path, text;
	struct error why = { 0 };
	size_t work_n = 0;
	int r = input_open_relative(l->arena, in, STR("pyproject.toml"), LANG_FILE_MAX, &path, &text, &why);
	if (r == 0)
		r = toml_parse(l->arena, text, &(struct toml_options){ .name = path }, &doc, &why);
	if (r < 0) {
		if (r != ERR_NOT_FOUND && r != ERR_NOMEM)
			diag_add(diags, DIAG_WARNING, in->name, 0, 0, "what is direct is not known: %s", why.text);
		return r == ERR_NOMEM ? r : 0;
	}
	struct lock_package **work = arena_new_array(l->arena, struct lock_package *, l->n + 1);
	if (!work)
		return ERR_NOMEM;
	const struct value *poetry = value_path(doc.root, "tool", "poetry", NULL), *project = value_get_c(doc.root, "project");
	const struct value *main_table = value_get_c(poetry, "dependencies"), *main_list = value_get_c(project, "dependencies");
	if (!main_table && !main_list)
		return 0;
	value_foreach_member(m, main_table)
		reach_name(l, m->key, true, true, work, &work_n);
	value_foreach(it, main_list)
		reach_name(l, requirement_name(value_text(it)), true, true, work, &work_n);
	value_foreach_member(extra, value_get_c(project, "optional-dependencies"))
		value_foreach(it, &extra->value)
			reach_name(l, requirement_name(value_text(it)), true, true, work, &work_n);
	value_foreach_member(m, value_get_c(poetry, "dev-dependencies"))
		reach_name(l, m->key, true, false, work, &work_n);
	value_foreach_member(group, value_get_c(poetry, "group"))
		value_foreach_member(m, value_get_c(&group->value, "dependencies"))
			reach_name(l, m->key, true, false, work, &work_n);
	value_foreach_member(group, value_get_c(doc.root, "dependency-groups"))
		value_foreach(it, &group->value)
			reach_name(l, requirement_name(value_text(it)), true, false, work, &work_n);
	for (size_t done = 0; done < work_n; done++)
		value_foreach_member(m, value_get_c(work[done]->table, "dependencies"))
			reach_name(l, m->key, false, true, work, &work_n);
	return 1;
}

int python_parse_poetry_lock(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err)
{
	struct lock l;
	struct lang_list list;
	int r = read_lock(a, in, &l, err), code;
	if (r < 0)
		return r;
	int project = read_project(&l, in, diags);
	if (project < 0)
		return error_nomem(err);
	lang_list_init(&list, a, in, PKG_POETRY, out, diags);
	for (size_t i = 0; i < l.n; i++) {
		const struct value *t = l.v[i].table, *groups = value_get_c(t, "groups");
		bool is_new;
		struct package *p = lang_add(&list, l.v[i].name, l.v[i].version, lang_line(&l.doc, t->pos), &is_new, &code);
		if (code < 0)
			return error_nomem(err);
		if (!p || !is_new)
			continue;
		p->indirect = project && !l.v[i].direct;
		/* Poetry before 1.5: category; since 2.0: groups; in between only pyproject.toml tells. */
		bool tells = value_get_c(t, "category") || groups;
		p->dev = !tells && project ? !l.v[i].reached : str_eq(value_str_c(t, "category"), STR("dev")) || (value_count(groups, VALUE_ARRAY) && !has_text(groups, STR("main")));
		value_foreach_member(m, value_get_c(t, "dependencies"))
			if (push_named(&l, &p->depends, m->key, STR_NONE) < 0)
				return error_nomem(err);
	}
	return 0;
}

/* Calls visit for each dependency of a uv package: dependencies, optional-dependencies.*, and dev-dependencies.* when `dev`. */
static int each_uv_dependency(struct lock *l, const struct value *table, bool dev, int (*visit)(struct lock *l, void *ctx, const struct value *dependency), void *ctx)
{
	const struct value *groups[] = { value_get_c(table, "optional-dependencies"), dev ? value_get_c(table, "dev-dependencies") : NULL };
	int r = 0;
	value_foreach(it, value_get_c(table, "dependencies"))
		if (r == 0)
			r = visit(l, ctx, it);
	for (size_t i = 0; i < ARRAY_LEN(groups); i++)
		value_foreach_member(m, groups[i])
			value_foreach(it, &m->value)
				if (r == 0)
					r = visit(l, ctx, it);
	return r;
}

static int push_uv_dependency(struct lock *l, void *ctx, const struct value *dependency)
{
	return push_named(l, ctx, value_str_c(dependency, "name"), value_str_c(dependency, "version"));
}

static int mark_direct(struct lock *l, void *ctx, const struct value *dependency)
{
	struct lock_package *p = find_package(l, value_str_c(dependency, "name"), value_str_c(dependency, "version"));
	if (p)
		p->direct = true;
	return 0;
}

struct work_list {
	struct lock_package **v;
	size_t n;
};

static int reach(struct lock *l, void *ctx, const struct value *dependency)
{
	struct work_list *work = ctx;
	struct str name = value_str_c(dependency, "name"), key = package_advisory_name(l->arena, PKG_PYTHON, name);
	struct lock_package *p = find_package(l, name, value_str_c(dependency, "version"));
	/* Not sure which of several is meant: all of them are needed. */
	size_t at = p ? (size_t)(p - l->v) + 1 : (size_t)(uintptr_t)map_get(&l->by_name, key);
	if (!p && at) {
		if (l->v[at - 1].all_reached)
			return 0;
		l->v[at - 1].all_reached = true;
	}
	for (; at; at = p ? 0 : l->v[at - 1].next) {
		if (l->v[at - 1].reached)
			continue;
		l->v[at - 1].reached = true;
		work->v[work->n++] = &l->v[at - 1]; /* each package at most once */
	}
	return 0;
}

/* The project itself or a member of its workspace: source = { editable = "." } or { virtual = "." }. */
static bool is_uv_root(const struct value *table)
{
	const struct value *source = value_get_c(table, "source");
	return value_get_c(source, "editable") || value_get_c(source, "virtual");
}

int python_parse_uv_lock(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err)
{
	struct lock l;
	struct lang_list list;
	bool any_root = false;
	int r = read_lock(a, in, &l, err), code;
	struct work_list work = { .v = r < 0 ? NULL : arena_new_array(a, struct lock_package *, l.n + 1) };
	if (r < 0 || !work.v)
		return r < 0 ? r : error_nomem(err);
	for (size_t i = 0; i < l.n; i++)
		if ((l.v[i].root = is_uv_root(l.v[i].table))) {
			any_root = l.v[i].reached = true;
			work.v[work.n++] = &l.v[i];
			each_uv_dependency(&l, l.v[i].table, true, mark_direct, NULL);
		}
	for (size_t done = 0; done < work.n; done++)
		each_uv_dependency(&l, work.v[done]->table, false, reach, &work);
	lang_list_init(&list, a, in, PKG_UV, out, diags);
	for (size_t i = 0; i < l.n; i++) {
		bool is_new;
		const struct lock_package *lp = &l.v[i];
		if (lp->root && !lp->version.n) /* a virtual root has no version: it is no package */
			continue;
		struct package *p = lang_add(&list, lp->name, lp->version, lang_line(&l.doc, lp->table->pos), &is_new, &code);
		if (code < 0)
			return error_nomem(err);
		if (!p || !is_new)
			continue;
		p->is_root = lp->root;
		p->indirect = any_root && !lp->root && !lp->direct;
		p->dev = any_root && !lp->reached;
		if (each_uv_dependency(&l, lp->table, true, push_uv_dependency, &p->depends) < 0)
			return error_nomem(err);
	}
	return 0;
}
