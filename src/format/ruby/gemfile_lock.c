/* Gemfile.lock (bundler.io, "Gemfile.lock"): sections GIT, PATH and GEM list gems, indented by four, with what each needs, indented by six;
 * DEPENDENCIES names what the Gemfile asks for itself. "name (1.15.4-x86_64-linux)": what follows the first hyphen is the platform. */
#include "format/lang/lang.h"
#include "format/ruby/ruby.h"

struct gem {
	size_t package; /* index in out + 1 */
	uint32_t first, count; /* of its dependencies in needs */
};
VEC_DECLARE(gem_vec, struct gem);

struct gemfile_lock {
	struct arena *arena;
	struct lang_list list;
	struct map by_name; /* index of the package + 1 */
	struct gem_vec gems;
	struct str_vec needs;
	struct str section;
	bool own; /* the PATH section of the project itself */
};

static int read_gem(struct gemfile_lock *l, struct str body, uint32_t line)
{
	struct str name, version;
	bool is_new;
	int code;
	if (!str_cut(body, ' ', &name, &version) || !str_strip_prefix(&version, STR("(")) || !str_strip_suffix(&version, STR(")"))) {
		diag_add(l->list.diags, DIAG_WARNING, l->list.in->name, line, 0, "no \"name (version)\": %.*s", STR_FMT(str_sub(body, 0, 100)));
		return 0;
	}
	str_cut(version, '-', &version, &body);
	struct package *p = lang_add(&l->list, name, version, line, &is_new, &code);
	if (!p)
		return code;
	p->indirect = true; /* until DEPENDENCIES names it */
	p->is_root = l->own;
	struct gem g = { .package = (size_t)(p - l->list.out->v) + 1, .first = (uint32_t)l->needs.n };
	if (map_put(&l->by_name, p->name, (void *)(uintptr_t)g.package) < 0 || !vec_push(l->arena, &l->gems, g))
		return ERR_NOMEM;
	return 0;
}

static int read_line(struct gemfile_lock *l, struct str line, uint32_t number)
{
	size_t depth = 0;
	struct str word, rest;
	while (depth < line.n && line.p[depth] == ' ')
		depth++;
	struct str body = str_trim(line);
	if (!body.n)
		return 0;
	if (depth == 0) {
		l->section = body;
		l->own = false;
		return 0;
	}
	bool specs = str_eq(l->section, STR("GEM")) || str_eq(l->section, STR("GIT")) || str_eq(l->section, STR("PATH")) || str_eq(l->section, STR("PLUGIN SOURCE"));
	if (specs && depth == 2) {
		l->own = str_eq(l->section, STR("PATH")) && str_eq(body, STR("remote: ."));
	} else if (specs && depth == 4) {
		return read_gem(l, body, number);
	} else if (specs && depth == 6 && l->gems.n) {
		rest = body;
		if (str_next_word(&rest, &word)) {
			str_strip_suffix(&word, STR("!"));
			l->gems.v[l->gems.n - 1].count++;
			return vec_push(l->arena, &l->needs, word) ? 0 : ERR_NOMEM;
		}
	} else if (depth == 2 && str_eq(l->section, STR("DEPENDENCIES"))) {
		rest = body;
		if (str_next_word(&rest, &word)) {
			str_strip_suffix(&word, STR("!"));
			size_t at = (size_t)(uintptr_t)map_get(&l->by_name, word);
			if (at)
				l->list.out->v[at - 1].indirect = false;
		}
	}
	return 0;
}

static int add_dependencies(struct gemfile_lock *l)
{
	const struct gem *g;
	vec_foreach(g, &l->gems) {
		struct package *p = &l->list.out->v[g->package - 1];
		if (p->depends.n) /* another platform of the same gem was here */
			continue;
		for (uint32_t i = 0; i < g->count; i++) {
			size_t at = (size_t)(uintptr_t)map_get(&l->by_name, l->needs.v[g->first + i]);
			const struct package *d = at ? &l->list.out->v[at - 1] : NULL;
			if (d && lang_push_dependency(l->arena, &p->depends, d->name, d->version) < 0)
				return ERR_NOMEM;
		}
	}
	return 0;
}

int ruby_parse_gemfile_lock(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err)
{
	struct gemfile_lock l = { .arena = a };
	struct str text, line;
	int r = lang_read_text(a, in, &text, err);
	if (r < 0)
		return r;
	lang_list_init(&l.list, a, in, PKG_BUNDLER, out, diags);
	map_init(&l.by_name, a);
	for (uint32_t number = 1; str_next_line(&text, &line); number++)
		if (read_line(&l, line, number) < 0)
			return error_nomem(err);
	return add_dependencies(&l) < 0 ? error_nomem(err) : 0;
}
