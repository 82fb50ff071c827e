#include "format/julia/julia.h"

#include "base/path.h"
#include "format/lang/lang.h"
#include "format/toml/toml.h"

struct entry {
	const struct value *table;
	struct str name, uuid;
	size_t package; /* index in out + 1; 0: not listed */
	bool direct, reached;
};
VEC_DECLARE(entry_vec, struct entry);

struct julia {
	struct arena *arena;
	struct document doc;
	struct lang_list list;
	struct entry_vec entries;
	struct map by_uuid, by_name; /* index of the entry + 1; by_name only the last of a name */
	struct str version;          /* of Julia */
};

static struct entry *find(const struct julia *j, const struct map *map, struct str key)
{
	size_t at = key.n ? (size_t)(uintptr_t)map_get(map, key) : 0;
	return at ? &j->entries.v[at - 1] : NULL;
}

static int read_entries(struct julia *j)
{
	const struct value *deps = value_get_c(j->doc.root, "manifest_format") ? value_get_c(j->doc.root, "deps") : j->doc.root;
	value_foreach_member(m, deps)
		value_foreach(it, &m->value) {
			struct entry e = { .table = it, .name = m->key, .uuid = value_str_c(it, "uuid") };
			if (it->kind != VALUE_OBJECT)
				continue;
			if (!vec_push(j->arena, &j->entries, e))
				return ERR_NOMEM;
			void *index = (void *)(uintptr_t)j->entries.n;
			if (map_put(&j->by_name, e.name, index) < 0 || (e.uuid.n && map_put(&j->by_uuid, e.uuid, index) < 0))
				return ERR_NOMEM;
		}
	return 0;
}

/* Calls visit for each package that e needs: a list of names, or a table of name = uuid. */
static int each_need(struct julia *j, const struct entry *e, int (*visit)(struct julia *j, void *ctx, struct entry *need), void *ctx)
{
	const struct value *deps = value_get_c(e->table, "deps");
	struct entry *need;
	value_foreach(it, deps)
		if ((need = find(j, &j->by_name, value_text(it))) && visit(j, ctx, need) < 0)
			return ERR_NOMEM;
	value_foreach_member(m, deps)
		if ((need = find(j, &j->by_uuid, value_text(&m->value))) && visit(j, ctx, need) < 0)
			return ERR_NOMEM;
	return 0;
}

static int add_packages(struct julia *j)
{
	struct entry *e;
	vec_foreach(e, &j->entries) {
		struct str version = value_str_c(e->table, "version");
		uint32_t line = lang_line(&j->doc, e->table->pos);
		bool is_new;
		int code;
		if (!version.n)
			version = j->version;
		struct package *p = lang_add_any(&j->list, e->name, version, line, &is_new, &code);
		if (code < 0)
			return code;
		if (!p)
			continue;
		if (!version.n)
			diag_add(j->list.diags, DIAG_NOTE, j->list.in->name, line, 0, "%.*s has no version here", STR_FMT(str_sub(e->name, 0, 100)));
		e->package = (size_t)(p - j->list.out->v) + 1;
		if (is_new && !(p->uuid = arena_str(j->arena, e->uuid)).p)
			return ERR_NOMEM;
	}
	return 0;
}

static int push_need(struct julia *j, void *ctx, struct entry *need)
{
	const struct package *d = need->package ? &j->list.out->v[need->package - 1] : NULL;
	return d ? lang_push_dependency(j->arena, ctx, d->name, d->version) : 0;
}

struct work_list {
	struct entry **v;
	size_t n;
};

static int reach(struct julia *j, void *ctx, struct entry *e)
{
	struct work_list *work = ctx;
	if (!e->reached) {
		e->reached = true;
		work->v[work->n++] = e; /* each entry once */
	}
	return 0;
}

/* Marks what Project.toml asks for and what that leads to. */
static int read_project(struct julia *j)
{
	struct document project;
	struct str path, text;
	struct error why = { 0 };
	struct entry *e;
	bool old_name = str_has_prefix(path_base(j->list.in->name), STR("Julia"));
	int r = input_open_relative(j->arena, j->list.in, old_name ? STR("JuliaProject.toml") : STR("Project.toml"), LANG_FILE_MAX, &path, &text, &why);
	if (r == 0)
		r = toml_parse(j->arena, text, &(struct toml_options){ .name = path }, &project, &why);
	if (r < 0) {
		if (r != ERR_NOT_FOUND && r != ERR_NOMEM)
			diag_add(j->list.diags, DIAG_WARNING, j->list.in->name, 0, 0, "what is direct is not known: %s", why.text);
		return r == ERR_NOMEM ? r : 0;
	}
	struct work_list work = { .v = arena_new_array(j->arena, struct entry *, j->entries.n + 1) };
	if (!work.v)
		return ERR_NOMEM;
	value_foreach_member(m, value_get_c(project.root, "deps"))
		if ((e = find(j, &j->by_uuid, value_text(&m->value)))) {
			e->direct = true;
			reach(j, &work, e);
		}
	for (size_t done = 0; done < work.n; done++)
		if (each_need(j, work.v[done], reach, &work) < 0)
			return ERR_NOMEM;
	value_foreach_member(m, value_get_c(project.root, "extras"))
		if ((e = find(j, &j->by_uuid, value_text(&m->value))))
			e->direct = true;
	vec_foreach(e, &j->entries) {
		struct package *p = e->package ? &j->list.out->v[e->package - 1] : NULL;
		if (p) {
			p->indirect = !e->direct;
			p->dev = !e->reached;
		}
	}
	return 0;
}

int julia_parse_manifest(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err)
{
	struct julia j = { .arena = a };
	struct str text;
	const struct entry *e;
	int r = lang_read_text(a, in, &text, err);
	if (r < 0 || (r = toml_parse(a, text, &(struct toml_options){ .name = in->name }, &j.doc, err)) < 0)
		return r;
	lang_list_init(&j.list, a, in, PKG_JULIA, out, diags);
	map_init(&j.by_uuid, a);
	map_init(&j.by_name, a);
	j.version = value_str_c(j.doc.root, "julia_version");
	if (read_entries(&j) < 0 || add_packages(&j) < 0)
		return error_nomem(err);
	vec_foreach(e, &j.entries) {
		struct str_vec depends = { 0 };
		if (!e->package || out->v[e->package - 1].depends.n)
			continue;
		if (each_need(&j, e, push_need, &depends) < 0)
			return error_nomem(err);
		out->v[e->package - 1].depends = depends;
	}
	return read_project(&j) < 0 ? error_nomem(err) : 0;
}
