#include "format/go/go.h"

#include "format/go/go_parts.h"

#define DEVEL STR("(devel)")

static bool is_local(struct str path)
{
	return path.n && (path.p[0] == '.' || path.p[0] == '/' || (path.n > 1 && path.p[1] == ':'));
}

/* Name and version after replacement. A replacement by a folder keeps the module's name: its content is the module's, of no known version. */
static struct go_module resolve(const struct go_module *m)
{
	struct go_module r = { .path = m->path, .version = m->version };
	if (m->has_replace) {
		r.version = m->replace_version;
		if (m->replace_path.n && !is_local(m->replace_path))
			r.path = m->replace_path;
	}
	if (str_eq(r.version, DEVEL))
		r.version = STR_NONE;
	return r;
}

static struct package *add(struct arena *a, struct package_vec *out, struct str name, struct str version)
{
	struct package *p = vec_add(a, out);
	if (p)
		*p = (struct package){ .kind = PKG_GO_BINARY, .name = name, .version = version };
	return p;
}

static struct str with_version(struct arena *a, const struct package *p)
{
	return p->version.n ? arena_printf(a, "%.*s@%.*s", STR_FMT(p->name), STR_FMT(p->version)) : p->name;
}

/* `go build file.go` calls the main module "command-line-arguments"; the real one then stands among the dependencies as "(devel)". */
static const struct go_module *find_main(const struct go_modules *m)
{
	const struct go_module *only = NULL;
	if (m->main.path.n && !str_eq(m->main.path, STR("command-line-arguments")))
		return &m->main;
	for (size_t i = 0; i < m->deps.n; i++) {
		if (!m->deps.v[i].path.n || !str_eq(m->deps.v[i].version, DEVEL))
			continue;
		if (only)
			return NULL;
		only = &m->deps.v[i];
	}
	return only;
}

static int add_modules(struct arena *a, struct package_vec *out, const struct go_modules *m, struct str stdlib)
{
	const struct go_module *main_module = find_main(m);
	size_t first = out->n;
	if (!add(a, out, STR("stdlib"), stdlib))
		return ERR_NOMEM;
	for (size_t i = 0; i < m->deps.n; i++) {
		const struct go_module *d = &m->deps.v[i];
		/* Old toolchains list the main module, or an empty one, among its dependencies. */
		if (d == main_module || !d->path.n || (main_module && str_eq(d->path, main_module->path) && str_eq(d->version, main_module->version)))
			continue;
		struct go_module r = resolve(d);
		if (!add(a, out, r.path, r.version))
			return ERR_NOMEM;
	}
	struct go_module root = main_module ? resolve(main_module) : (struct go_module){ .path = m->path };
	if (!root.path.n || str_eq(root.path, STR("command-line-arguments")))
		return 0;
	if (!root.version.n || go_is_pseudo_version(root.version)) {
		struct str flag = go_ldflags_version(a, root.path, m->ldflags);
		if (flag.n)
			root.version = flag;
	}
	struct package *p = add(a, out, root.path, root.version);
	if (!p)
		return ERR_NOMEM;
	p->is_root = true;
	for (size_t i = first; i + 1 < out->n; i++)
		if (!vec_push(a, &p->depends, with_version(a, &out->v[i])))
			return ERR_NOMEM;
	return 0;
}

static int parse_one(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err)
{
	struct exe x;
	struct str version, text;
	struct go_modules m;
	struct error e = { 0 };
	int r = exe_open(a, in, &x, &e);
	if (r == ERR_NOMEM)
		return error_nomem(err);
	if (r < 0) {
		if (r != ERR_UNSUPPORTED)
			diag_add(diags, DIAG_NOTE, in->name, 0, 0, "damaged executable: %s", e.text);
		return 0;
	}
	r = go_buildinfo_find(a, &x, &version, &text, err);
	if (r == 0 && x.packed)
		diag_add(diags, DIAG_UNREADABLE, in->name, 0, 0, "packed with UPX: the modules of the program inside cannot be read");
	if (r <= 0)
		return r;
	r = go_modules_parse(a, text, &m, err);
	if (r < 0)
		return r;
	struct str stdlib = go_stdlib_version(a, version);
	if (!stdlib.n)
		diag_add(diags, DIAG_WARNING, in->name, 0, 0, "Go version \"%.*s\" is no release: the standard library cannot be judged", STR_FMT(str_sub(version, 0, 100)));
	r = add_modules(a, out, &m, stdlib);
	return r < 0 ? error_nomem(err) : 0;
}

int go_binary_parse(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err)
{
	struct exe_slice slice;
	struct input part;
	size_t before = out->n;
	int r = exe_slice(in, 0, &slice, &part, err);
	if (r <= 0)
		return r < 0 ? r : parse_one(a, in, out, diags, err);
	/* A universal file holds one program for several machines: the first slice with modules tells. */
	for (unsigned i = 0; out->n == before && (r = exe_slice(in, i, &slice, &part, err)) == 1; i++)
		if ((r = parse_one(a, &part, out, diags, err)) < 0)
			break;
	return r < 0 ? r : 0;
}
