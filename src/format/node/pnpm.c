/* pnpm-lock.yaml. A package's key tells its name and version, and the peers it was resolved with, which are cut off:
 *
 *   lockfileVersion 5.x   packages: { /@a/b/1.0.0_react@17.0.2: { dev: true, dependencies: { c: 2.0.0 } } }
 *   lockfileVersion 6.x   packages: { /@a/b@1.0.0(react@17.0.2): { … } }
 *   lockfileVersion 9     packages: { '@a/b@1.0.0': { … } }, snapshots: { '@a/b@1.0.0(react@17.0.2)': { dependencies: { c: 2.0.0 } } }
 *
 * Since 9 nothing says what is for development: what no importer's dependencies lead to. */
#include "format/lang/lang.h"
#include "format/node/node.h"
#include "format/yaml/yaml.h"

struct entry {
	const struct value *info; /* the package's (5, 6) or the snapshot's (9) mapping */
	struct str key, name, version;
	uint32_t pos;
	bool direct, dev, reached;
	size_t package; /* index in out + 1 */
};
struct pnpm {
	struct arena *arena;
	struct document doc;
	struct lang_list list;
	int major;
	struct entry *v;
	size_t n;
	struct map by_key; /* key without a leading '/' -> index + 1 */
	struct entry **work;
	size_t work_n;
};

static struct str strip_peers(const struct pnpm *p, struct str s)
{
	size_t at = str_find_char(s, p->major >= 6 ? '(' : '_');
	return at == STR_NOT_FOUND ? s : str_sub(s, 0, at);
}

static bool starts_with_digit(struct str s)
{
	return s.n && char_is_digit(s.p[0]);
}

/* False for keys that are no registry packages ("file:…", "github.com/a/b/hash", "a@https://…"). */
static bool split_key(const struct pnpm *p, struct str key, struct str *ret_name, struct str *ret_version)
{
	size_t at;
	if (p->major < 9) {
		struct str host;
		if (!str_strip_prefix(&key, STR("/")) && str_cut(key, '/', &host, &key) && str_find_char(host, '.') == STR_NOT_FOUND)
			return false; /* not a registry's host either */
	}
	/* Peers may hold any separator: they go first. In version 5 a name may hold '_', so only after the version began. */
	if (p->major >= 6) {
		key = strip_peers(p, key);
		at = key.n ? str_find_char(str_from(key, 1), '@') : STR_NOT_FOUND;
		at = at == STR_NOT_FOUND ? at : at + 1;
	} else {
		size_t scope = key.n && key.p[0] == '@' ? str_find_char(key, '/') : 0;
		at = scope == STR_NOT_FOUND ? scope : str_find_char(str_from(key, scope + (scope > 0)), '/');
		at = at == STR_NOT_FOUND ? at : at + scope + (scope > 0);
	}
	if (at == STR_NOT_FOUND)
		return false;
	*ret_name = str_sub(key, 0, at);
	*ret_version = strip_peers(p, str_from(key, at + 1));
	return ret_name->n && starts_with_digit(*ret_version) && str_find_char(*ret_version, '/') == STR_NOT_FOUND;
}

/* Key of what a dependency "name: reference" points at: "1.0.0", "1.0.0(peer@1)", "/other@1.0.0", "other@1.0.0". */
static struct entry *find_reference(struct pnpm *p, struct str name, struct str reference)
{
	struct str key = reference;
	str_strip_prefix(&key, STR("/"));
	size_t at = (size_t)(uintptr_t)map_get(&p->by_key, key);
	if (!at) {
		key = arena_printf(p->arena, "%.*s%c%.*s", STR_FMT(name), p->major < 6 ? '/' : '@', STR_FMT(reference));
		at = (size_t)(uintptr_t)map_get(&p->by_key, key);
	}
	return at ? &p->v[at - 1] : NULL;
}

/* The reference of an importer's dependency: a text (5) or { specifier, version } (6, 9). */
static struct str reference_of(const struct value *v)
{
	return v->kind == VALUE_OBJECT ? value_text(value_get_c(v, "version")) : value_text(v);
}

static int read_entries(struct pnpm *p)
{
	const struct value *packages = value_get_c(p->doc.root, "packages"), *snapshots = value_get_c(p->doc.root, "snapshots");
	const struct value *source = p->major >= 9 && snapshots ? snapshots : packages;
	p->v = arena_new_array(p->arena, struct entry, value_count(source, VALUE_OBJECT) + 1);
	p->work = arena_new_array(p->arena, struct entry *, value_count(source, VALUE_OBJECT) + 1);
	map_init(&p->by_key, p->arena);
	struct map infos; /* 9: key without peers -> packages' mapping */
	map_init(&infos, p->arena);
	if (!p->v || !p->work)
		return ERR_NOMEM;
	value_foreach_member(m, packages)
		if (p->major >= 9 && map_put(&infos, m->key, (void *)(uintptr_t)&m->value) < 0)
			return ERR_NOMEM;
	value_foreach_member(m, source) {
		struct entry *e = &p->v[p->n];
		struct str key = m->key;
		const struct value *info = p->major >= 9 ? map_get(&infos, strip_peers(p, key)) : &m->value;
		*e = (struct entry){ .info = &m->value, .key = key, .pos = m->key_pos, .dev = value_get_bool(&m->value, STR("dev"), false) };
		if (!split_key(p, key, &e->name, &e->version)) {
			e->name = value_text(value_get_c(info, "name"));
			e->version = value_text(value_get_c(info, "version"));
			if (!e->name.n && e->version.n && p->major >= 9) { /* "a@https://…": the name stands in the key */
				size_t at = key.n ? str_find_char(str_from(key, 1), '@') : STR_NOT_FOUND;
				e->name = at == STR_NOT_FOUND ? STR_NONE : str_sub(key, 0, at + 1);
			}
		}
		str_strip_prefix(&key, STR("/"));
		if (map_put(&p->by_key, key, (void *)(uintptr_t)++p->n) < 0)
			return ERR_NOMEM;
	}
	return 0;
}

static void reach(struct pnpm *p, struct entry *e)
{
	if (e && !e->reached) {
		e->reached = true;
		p->work[p->work_n++] = e; /* each entry once */
	}
}

/* What an importer (or the root of a file without importers) asks for itself. */
static void read_importer(struct pnpm *p, const struct value *importer)
{
	static const struct str fields[] = { STR_INIT("dependencies"), STR_INIT("optionalDependencies"), STR_INIT("devDependencies") };
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		value_foreach_member(m, value_get(importer, fields[i])) {
			struct entry *e = find_reference(p, m->key, reference_of(&m->value));
			if (!e)
				continue; /* link:… or a package that is not there */
			e->direct = true;
			if (i < 2)
				reach(p, e);
		}
}

static const char *const dependency_fields[] = { "dependencies", "optionalDependencies" };

static void follow(struct pnpm *p)
{
	for (size_t done = 0; done < p->work_n; done++)
		for (size_t i = 0; i < ARRAY_LEN(dependency_fields); i++)
			value_foreach_member(m, value_get(p->work[done]->info, str_c(dependency_fields[i])))
				reach(p, find_reference(p, m->key, value_text(&m->value)));
}

static int add_packages(struct pnpm *p)
{
	for (size_t i = 0; i < p->n; i++) {
		struct entry *e = &p->v[i];
		uint32_t line = lang_line(&p->doc, e->pos);
		bool is_new, dev = p->major >= 9 ? !e->reached : e->dev;
		int code;
		if (!e->name.n || !e->version.n) {
			diag_add(p->list.diags, DIAG_NOTE, p->list.in->name, line, 0, "%.*s names no version", STR_FMT(str_sub(e->key, 0, 100)));
			continue;
		}
		struct package *pkg = lang_add(&p->list, e->name, e->version, line, &is_new, &code);
		if (code < 0)
			return code;
		if (!pkg)
			continue;
		pkg->dev = dev && (is_new || pkg->dev);
		pkg->indirect = !e->direct && (is_new || pkg->indirect);
		for (size_t k = 0; is_new && k < ARRAY_LEN(dependency_fields); k++)
			value_foreach_member(m, value_get(e->info, str_c(dependency_fields[k]))) {
				struct entry *d = find_reference(p, m->key, value_text(&m->value));
				if (d && d->name.n && lang_push_dependency(p->arena, &pkg->depends, d->name, d->version) < 0)
					return ERR_NOMEM;
			}
	}
	return 0;
}

int node_parse_pnpm_lock(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err)
{
	struct pnpm p = { .arena = a };
	struct str text;
	struct yaml_document_vec docs = { 0 };
	int r = lang_read_text(a, in, &text, err);
	if (r < 0 || (r = yaml_parse_stream(a, text, &(struct yaml_options){ .name = in->name }, &docs, diags, err)) < 0)
		return r;
	lang_list_init(&p.list, a, in, PKG_PNPM, out, diags);
	/* pnpm 10 may write a document about its own configuration first; the project's is the last. */
	if (!docs.n)
		return 0;
	p.doc = docs.v[docs.n - 1].doc;
	double version;
	struct str v = value_text(value_get_c(p.doc.root, "lockfileVersion"));
	if (str_to_double(v, &version) < 0 || !(version >= 5 && version < 100))
		return error_set(err, ERR_UNSUPPORTED, "lockfileVersion \"%.*s\"", STR_FMT(str_sub(v, 0, 20)));
	p.major = (int)version;
	if (read_entries(&p) < 0)
		return error_nomem(err);
	const struct value *importers = value_get_c(p.doc.root, "importers");
	if (!importers)
		read_importer(&p, p.doc.root);
	value_foreach_member(m, importers)
		read_importer(&p, &m->value);
	follow(&p);
	return add_packages(&p) < 0 ? error_nomem(err) : 0;
}
