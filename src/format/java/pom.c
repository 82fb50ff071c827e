#include "base/path.h"
#include "format/java/maven.h"
#include "format/lang/lang.h"
#include "format/xml/xml.h"

#define EXPANSION_DEPTH  16      /* properties inside properties */
#define EXPANSIONS_MAX   2000000 /* of one file: a large project needs thousands */
#define VALUE_MAX        4096    /* bytes of a property or version */
#define MISSING_TEXT_MAX 600     /* bytes of names in the diagnostic */

/* One file of the chain project -> parent -> its parent. */
struct pom {
	const struct xml_node *project;
	struct str path;
	struct str group, artifact, version; /* as written, or the parent element's */
};

struct managed {
	struct str version, scope; /* as written */
};

/* Dependencies without a version, for the diagnostic. */
struct missing {
	char text[MISSING_TEXT_MAX];
	size_t n, count;
	uint32_t line; /* of the first */
};

struct maven {
	struct arena *arena;
	const struct input *in;
	struct package_vec *out;
	struct diags *diags;
	struct pom chain[POM_PARENTS_MAX];
	size_t chain_n;
	struct map properties; /* name -> struct str: its text, unexpanded */
	struct map managed;    /* "group:artifact" -> struct managed */
	struct map seen;       /* "group:artifact" of what is listed */
	struct str imports;    /* the first BOM that could bring versions */
	uint32_t expansions;
	bool all_dev;          /* a test project of maven-invoker-plugin */
};

/* --- the chain of parents --- */

static void read_coordinates(struct pom *p)
{
	const struct xml_node *parent = xml_child_c(p->project, "parent");
	p->group = xml_text_c(p->project, "groupId");
	p->artifact = xml_text_c(p->project, "artifactId");
	p->version = xml_text_c(p->project, "version");
	if (!p->group.n)
		p->group = xml_text_c(parent, "groupId");
	if (!p->version.n)
		p->version = xml_text_c(parent, "version");
}

static int read_pom(struct maven *m, struct str path, struct str text, struct error *err)
{
	struct xml_node *root;
	int r = xml_parse(m->arena, text, &root, err);
	if (r < 0)
		return r;
	if (!str_eq(root->name, STR("project")))
		return error_set(err, ERR_FORMAT, "no Maven project: <%.*s>", STR_FMT(str_sub(root->name, 0, 50)));
	struct pom *p = &m->chain[m->chain_n];
	*p = (struct pom){ .project = root, .path = path };
	read_coordinates(p);
	m->chain_n++;
	return 0;
}

static bool in_chain(const struct maven *m, struct str path)
{
	for (size_t i = 0; i < m->chain_n; i++)
		if (str_eq(m->chain[i].path, path))
			return true;
	return false;
}

/* Maven takes the file at relativePath only when it is the parent that is asked for. A version may be a property (${revision}). */
static bool is_parent(const struct pom *p, const struct xml_node *parent)
{
	struct str version = xml_text_c(parent, "version");
	return str_eq(p->artifact, xml_text_c(parent, "artifactId")) && str_eq(p->group, xml_text_c(parent, "groupId")) &&
	       (str_eq(p->version, version) || str_contains(p->version, STR("${")) || str_contains(version, STR("${")));
}

/* 1: read, 0: not in this tree, negative: no memory. */
static int try_parent(struct maven *m, const struct xml_node *parent, struct str relative)
{
	struct input from = *m->in;
	struct str path, text;
	struct error why = { 0 };
	from.name = m->chain[m->chain_n - 1].path;
	int r = input_open_relative(m->arena, &from, relative, XML_FILE_MAX, &path, &text, &why);
	if (r == 0 && in_chain(m, path))
		return 0;
	if (r == 0)
		r = read_pom(m, path, text, &why);
	if (r < 0)
		return r == ERR_NOMEM ? r : 0;
	if (is_parent(&m->chain[m->chain_n - 1], parent))
		return 1;
	m->chain_n--;
	return 0;
}

static int find_parent(struct maven *m, const struct xml_node *parent)
{
	const struct xml_node *element = xml_child_c(parent, "relativePath");
	struct str relative = element ? str_trim(element->text) : STR("../pom.xml");
	if (!relative.n) /* <relativePath/>: only in a repository */
		return 0;
	int r = try_parent(m, parent, relative);
	if (r == 0 && !str_has_suffix(relative, STR(".xml"))) { /* a folder */
		struct str inside = arena_printf(m->arena, "%.*s/pom.xml", STR_FMT(relative));
		r = inside.p ? try_parent(m, parent, inside) : ERR_NOMEM;
	}
	return r;
}

static int read_chain(struct maven *m)
{
	for (;;) {
		const struct xml_node *parent = xml_child_c(m->chain[m->chain_n - 1].project, "parent");
		if (!parent)
			return 0;
		int r = m->chain_n < POM_PARENTS_MAX ? find_parent(m, parent) : 0;
		if (r <= 0) {
			if (r == 0)
				diag_add(m->diags, DIAG_WARNING, m->in->name, parent->line, 0, "the parent %.*s:%.*s:%.*s is not in this tree: what it adds is not known",
					 STR_FMT(xml_text_c(parent, "groupId")), STR_FMT(xml_text_c(parent, "artifactId")), STR_FMT(xml_text_c(parent, "version")));
			return r;
		}
	}
}

/* --- properties --- */

static int put_property(struct maven *m, struct str key, struct str value)
{
	struct str *copy = arena_new(m->arena, struct str);
	if (!copy)
		return ERR_NOMEM;
	*copy = value;
	return map_put(&m->properties, key, copy);
}

/* project.X, and the old spellings pom.X and X. */
static int put_project(struct maven *m, const char *name, struct str value)
{
	static const char *const prefixes[] = { "project.", "pom.", "" };
	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
		struct str key = arena_printf(m->arena, "%s%s", prefixes[i], name);
		if (!key.p || put_property(m, key, value) < 0)
			return ERR_NOMEM;
	}
	return 0;
}

/* The child's count before its parents'; the project's own coordinates before all. */
static int read_properties(struct maven *m)
{
	const struct pom *own = &m->chain[0];
	const struct xml_node *parent = xml_child_c(own->project, "parent");
	struct {
		const char *name;
		struct str value;
	} project[] = {
		{ "groupId", own->group }, { "artifactId", own->artifact }, { "version", own->version },
		{ "packaging", xml_text_c(own->project, "packaging") }, { "parent.groupId", xml_text_c(parent, "groupId") },
		{ "parent.artifactId", xml_text_c(parent, "artifactId") }, { "parent.version", xml_text_c(parent, "version") },
	};
	for (size_t i = m->chain_n; i-- > 0;)
		xml_foreach(it, xml_child_c(m->chain[i].project, "properties"))
			if (put_property(m, it->name, it->text) < 0)
				return ERR_NOMEM;
	for (size_t i = 0; i < ARRAY_LEN(project); i++)
		if (project[i].value.n && put_project(m, project[i].name, project[i].value) < 0)
			return ERR_NOMEM;
	return 0;
}

struct expansion {
	char p[LANG_NAME_MAX];
	size_t n;
};

static bool append(struct expansion *e, struct str s)
{
	if (s.n > sizeof(e->p) - e->n)
		return false;
	if (s.n)
		memcpy(e->p + e->n, s.p, s.n);
	e->n += s.n;
	return true;
}

/* False: a property that is not known, that leads to itself, or too much of it. */
static bool expand_into(struct maven *m, struct str s, struct expansion *e, unsigned depth)
{
	size_t at;
	while ((at = str_find(s, STR("${"))) != STR_NOT_FOUND) {
		size_t end = str_find_char(str_from(s, at), '}');
		if (end == STR_NOT_FOUND || depth == EXPANSION_DEPTH || m->expansions == EXPANSIONS_MAX)
			return false;
		m->expansions++;
		const struct str *value = map_get(&m->properties, str_sub(s, at + 2, end - 2));
		if (!value || value->n > VALUE_MAX || !append(e, str_sub(s, 0, at)) || !expand_into(m, str_trim(*value), e, depth + 1))
			return false;
		s = str_from(s, at + end + 1);
	}
	return append(e, s);
}

/* The text with its properties; `known` false and the text as written when one is not known. */
static int expand(struct maven *m, struct str s, struct str *ret, bool *ret_known)
{
	struct expansion e;
	*ret_known = true;
	*ret = s;
	if (s.n > VALUE_MAX) { /* no name or version; and shared ones must not be searched again and again */
		*ret_known = false;
		return 0;
	}
	if (!str_contains(s, STR("${")))
		return 0;
	e.n = 0;
	*ret_known = expand_into(m, s, &e, 0);
	if (*ret_known)
		*ret = arena_str(m->arena, str_trim(str_make(e.p, e.n)));
	return ret->p ? 0 : ERR_NOMEM;
}

/* --- dependencies --- */

/* "group:artifact", empty when either is not known. */
static int dependency_name(struct maven *m, const struct xml_node *d, struct str *ret)
{
	struct str group, artifact;
	bool group_known, artifact_known;
	if (expand(m, xml_text_c(d, "groupId"), &group, &group_known) < 0 || expand(m, xml_text_c(d, "artifactId"), &artifact, &artifact_known) < 0)
		return ERR_NOMEM;
	*ret = STR("");
	if (group.n && artifact.n && group_known && artifact_known && group.n + artifact.n < LANG_NAME_MAX)
		*ret = arena_printf(m->arena, "%.*s:%.*s", STR_FMT(group), STR_FMT(artifact));
	return ret->p ? 0 : ERR_NOMEM;
}

/* What the project manages counts before what its parents do; imported BOMs lie in repositories. */
static int read_managed(struct maven *m)
{
	for (size_t i = 0; i < m->chain_n; i++)
		xml_foreach(d, xml_child_c(xml_child_c(m->chain[i].project, "dependencyManagement"), "dependencies")) {
			struct str name;
			bool is_new;
			if (!str_eq(d->name, STR("dependency")))
				continue;
			if (dependency_name(m, d, &name) < 0)
				return ERR_NOMEM;
			if (str_eq(xml_text_c(d, "scope"), STR("import"))) {
				if (!m->imports.n)
					m->imports = name;
				continue;
			}
			void **slot = name.n ? map_at(&m->managed, name, &is_new) : NULL;
			if (name.n && !slot)
				return ERR_NOMEM;
			if (!slot || !is_new)
				continue;
			struct managed *x = *slot = arena_new(m->arena, struct managed);
			if (!x)
				return ERR_NOMEM;
			*x = (struct managed){ xml_text_c(d, "version"), xml_text_c(d, "scope") };
		}
	return 0;
}

/* "[1.0]" is exactly 1.0; "1.0" is what Maven takes unless another is asked for; ranges and LATEST need a repository. */
static struct str known_version(struct str v)
{
	if (v.n > 2 && v.p[0] == '[' && v.p[v.n - 1] == ']')
		v = str_trim(str_sub(v, 1, v.n - 2));
	for (size_t i = 0; i < v.n; i++)
		if (char_is_one_of(v.p[i], ",()[]"))
			return STR("");
	return str_eq(v, STR("LATEST")) || str_eq(v, STR("RELEASE")) || v.n > LANG_NAME_MAX ? STR("") : v;
}

static struct package *add(struct maven *m, struct str name, struct str version)
{
	struct package *p = vec_add(m->arena, m->out);
	if (!p)
		return NULL;
	p->kind = PKG_POM;
	p->name = arena_str(m->arena, name);
	p->version = arena_str(m->arena, version);
	p->dev = m->all_dev;
	return p->name.p && p->version.p ? p : NULL;
}

static void note_missing(struct missing *x, struct str name, uint32_t line)
{
	if (!x->count++)
		x->line = line;
	const char *between = x->count == 1 ? "" : ", ";
	if (x->n + strlen(between) + name.n + 8 > sizeof(x->text))
		return;
	int n = snprintf(x->text + x->n, sizeof(x->text) - x->n, "%s%.*s", between, STR_FMT(name));
	x->n += n > 0 ? (size_t)n : 0;
}

/* Scopes of what is not delivered with the project. */
static bool is_dev_scope(struct str scope)
{
	return str_eq(scope, STR("test")) || str_eq(scope, STR("provided")) || str_eq(scope, STR("system"));
}

static int add_dependency(struct maven *m, const struct xml_node *d, bool inherited, struct str_vec *depends, struct missing *missing)
{
	struct str name, version, scope;
	bool is_new, known, scope_known;
	if (dependency_name(m, d, &name) < 0)
		return ERR_NOMEM;
	if (!name.n) {
		note_missing(missing, xml_text_c(d, "artifactId"), inherited ? 0 : d->line);
		return 0;
	}
	if (!map_at(&m->seen, name, &is_new))
		return ERR_NOMEM;
	if (!is_new) /* declared by a child too, which counts */
		return 0;
	const struct managed *managed = map_get(&m->managed, name);
	version = xml_text_c(d, "version");
	scope = xml_text_c(d, "scope");
	if (managed && !version.n)
		version = managed->version;
	if (managed && !scope.n)
		scope = managed->scope;
	if (expand(m, version, &version, &known) < 0 || expand(m, scope, &scope, &scope_known) < 0)
		return ERR_NOMEM;
	version = known ? known_version(version) : STR("");
	struct package *p = add(m, name, version);
	if (!p)
		return ERR_NOMEM;
	p->dev |= is_dev_scope(scope);
	if (!inherited) {
		p->line = d->line;
		p->end_line = d->end_line;
	}
	if (!version.n && !p->dev)
		note_missing(missing, name, p->line);
	return lang_push_dependency(m->arena, depends, name, version);
}

static int add_root(struct maven *m, size_t *ret_index)
{
	struct str group, artifact, version;
	bool known[3];
	const struct pom *own = &m->chain[0];
	if (expand(m, own->group, &group, &known[0]) < 0 || expand(m, own->artifact, &artifact, &known[1]) < 0 || expand(m, own->version, &version, &known[2]) < 0)
		return ERR_NOMEM;
	*ret_index = SIZE_MAX;
	if (!group.n || !artifact.n || !known[0] || !known[1] || group.n + artifact.n >= LANG_NAME_MAX) {
		diag_add(m->diags, DIAG_WARNING, m->in->name, own->project->line, 0, "a project without groupId or artifactId");
		return 0;
	}
	struct str name = arena_printf(m->arena, "%.*s:%.*s", STR_FMT(group), STR_FMT(artifact));
	if (!name.p || map_put(&m->seen, name, m) < 0)
		return ERR_NOMEM;
	struct package *p = add(m, name, known[2] ? known_version(version) : STR(""));
	if (!p)
		return ERR_NOMEM;
	p->is_root = true;
	*ret_index = (size_t)(p - m->out->v);
	for (size_t i = 0; i < m->chain_n && !p->licenses.n; i++) /* inherited when it states none */
		xml_foreach(it, xml_child_c(m->chain[i].project, "licenses"))
			if (lang_push(m->arena, &p->licenses, xml_text_c(it, "name")) < 0)
				return ERR_NOMEM;
	return 0;
}

static int add_dependencies(struct maven *m)
{
	struct str_vec depends = { 0 };
	struct missing missing = { 0 };
	size_t root;
	if (add_root(m, &root) < 0)
		return ERR_NOMEM;
	for (size_t i = 0; i < m->chain_n; i++)
		xml_foreach(d, xml_child_c(m->chain[i].project, "dependencies"))
			if (str_eq(d->name, STR("dependency")) && add_dependency(m, d, i > 0, &depends, &missing) < 0)
				return ERR_NOMEM;
	if (root != SIZE_MAX)
		m->out->v[root].depends = depends;
	if (missing.count)
		diag_add(m->diags, DIAG_UNREADABLE, m->in->name, missing.line, 0, "%zu dependencies without a version that is known offline%s%.*s: %.*s%s", missing.count,
			 m->imports.n ? ", it may be one of " : "", STR_FMT(m->imports), (int)missing.n, missing.text, missing.n + 20 > sizeof(missing.text) ? " …" : "");
	if (m->expansions == EXPANSIONS_MAX)
		diag_add(m->diags, DIAG_UNREADABLE, m->in->name, 0, 0, "too many properties to follow");
	return 0;
}

/* …/src/it/NAME/pom.xml, …/target/it/NAME/pom.xml: projects that a plugin's tests build. */
static bool is_integration_test(struct str path)
{
	struct str it = path_dir(path_dir(path)), above = path_base(path_dir(it));
	return str_eq(path_base(it), STR("it")) && (str_eq(above, STR("src")) || str_eq(above, STR("target")));
}

int maven_parse_pom(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err)
{
	struct str text;
	struct maven *m = arena_new(a, struct maven);
	if (!m)
		return error_nomem(err);
	*m = (struct maven){ .arena = a, .in = in, .out = out, .diags = diags, .all_dev = is_integration_test(in->name) };
	map_init(&m->properties, a);
	map_init(&m->managed, a);
	map_init(&m->seen, a);
	int r = input_all(a, in, XML_FILE_MAX, &text, err);
	if (r < 0 || (r = read_pom(m, in->name, text, err)) < 0)
		return r;
	if (read_chain(m) < 0 || read_properties(m) < 0 || read_managed(m) < 0 || add_dependencies(m) < 0)
		return error_nomem(err);
	return 0;
}
