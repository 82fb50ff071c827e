#include "feature/image/licenses.h"

#include "base/path.h"
#include "format/license/copyright.h"

#define RULE      "copyright"
#define DOC       "usr/share/doc/"
#define FILE_MAX  (4u << 20) /* Chromium's has 0.6 MiB */
#define NAMED_MAX 8          /* packages without a licence that the notice names */

/* --- copyright files --- */

static void *begin(const void *rules)
{
	return (void *)(uintptr_t)rules; /* nothing of its own; only not NULL */
}

static void end(void *state)
{
	(void)state;
}

static bool wants(struct str path, uint32_t mode, uint64_t size)
{
	(void)mode;
	(void)size;
	return copyright_package(path).n > 0;
}

static int observe(void *state, struct arena *a, const struct input *in, struct observation_vec *out, struct diags *diags, struct error *err)
{
	struct str_vec licenses = { 0 };
	struct str text;
	const struct str *s;
	int r = input_all(a, in, FILE_MAX, &text, err);
	(void)state;
	(void)diags;
	if (r == 0)
		r = copyright_licenses(a, text, &licenses, err);
	vec_foreach(s, &licenses) {
		struct observation o = { .kind = FINDING_LICENSE, .id = STR(RULE), .match = *s };
		if (r == 0 && !vec_push(a, out, o))
			r = error_nomem(err);
	}
	return r;
}

int image_licenses_open(struct arena *a, const struct str_vec *allow, const struct str_vec *deny, struct image_licenses *ret, struct error *err)
{
	static const char rules[] = RULE;
	*ret = (struct image_licenses){ .row = { .name = "copyright", .version = 1, .kind = FACTS_OBSERVATIONS, .max_bytes = FILE_MAX, .names = "copyright", .wants = wants,
						 .rules = rules, .begin = begin, .end = end, .observe = observe } };
	int r = license_names_init(&ret->names, a, err);
	return r < 0 ? r : license_policy_make(a, &ret->names, allow, deny, &ret->policy, err);
}

/* --- whose they are --- */

/* "usr/share/doc/libgcc-s1" or the file in it -> "gcc-12-base", by the links of the layers, the topmost first; empty: no link. */
static struct str linked_doc(struct str target)
{
	str_strip_suffix(&target, STR("/copyright"));
	str_strip_suffix(&target, STR("/"));
	struct str dir = path_dir(target);
	bool beside = !dir.n || str_eq(dir, STR("..")) || str_eq(dir, STR("../doc")) || str_has_suffix(dir, STR("/share/doc"));
	return beside ? path_base(target) : STR_NONE;
}

static int collect_links(struct arena *work, const struct layer_facts *const *layers, size_t n, struct map *ret)
{
	map_init(ret, work);
	for (size_t i = n; i-- > 0;)
		for (size_t k = 0; layers[i] && k < layers[i]->links.n; k++) {
			const struct facts_link *link = &layers[i]->links.v[k];
			struct str name = link->path, target;
			bool is_new;
			if (link->hard || !str_strip_prefix(&name, STR(DOC)))
				continue;
			str_strip_suffix(&name, STR("/copyright"));
			if (str_find_char(name, '/') != STR_NOT_FOUND || !(target = linked_doc(link->target)).n)
				continue;
			struct str *copy = arena_new(work, struct str);
			void **slot = copy ? map_at(ret, name, &is_new) : NULL;
			if (!slot)
				return ERR_NOMEM;
			*copy = target;
			if (is_new)
				*slot = copy;
		}
	return 0;
}

/* Package name -> its licences; the observations leave the list. */
static int collect_copyrights(struct arena *work, struct image_facts *facts, struct map *ret)
{
	size_t kept = 0;
	map_init(ret, work);
	for (size_t i = 0; i < facts->observations.n; i++) {
		const struct observation *o = &facts->observations.v[i];
		struct str name = o->kind == FINDING_LICENSE && str_eq(o->id, STR(RULE)) ? copyright_package(o->path) : STR_NONE;
		bool is_new;
		if (!name.n) {
			facts->observations.v[kept++] = *o;
			continue;
		}
		if (o->deleted)
			continue;
		void **slot = map_at(ret, name, &is_new);
		if (slot && is_new)
			*slot = arena_new(work, struct str_vec);
		if (!slot || !*slot || !vec_push(work, (struct str_vec *)*slot, o->match))
			return ERR_NOMEM;
	}
	facts->observations.n = kept;
	return 0;
}

static int join_copyrights(struct arena *a, struct arena *work, const struct layer_facts *const *layers, size_t n, struct image_facts *facts)
{
	struct map copyrights, links;
	if (collect_copyrights(work, facts, &copyrights) < 0)
		return ERR_NOMEM;
	if (!copyrights.n)
		return 0;
	if (collect_links(work, layers, n, &links) < 0)
		return ERR_NOMEM;
	for (size_t i = 0; i < facts->packages.n; i++) {
		struct package *p = &facts->packages.v[i];
		const struct str *s, *other;
		if (p->kind != PKG_DPKG || p->licenses.n)
			continue;
		const struct str_vec *found = map_get(&copyrights, p->name);
		if (!found && (other = map_get(&links, p->name)))
			found = map_get(&copyrights, *other);
		if (!found)
			continue;
		vec_foreach(s, found)
			if (!vec_push(a, &p->licenses, *s))
				return ERR_NOMEM;
	}
	return 0;
}

/* --- judging --- */

/* What one text means, found once. */
struct judged {
	struct observation observation; /* of every finding of it */
	struct str id, title, fix;
	enum severity severity;
};
struct judging {
	const struct image_licenses *l;
	struct arena *arena;
	struct report *report;
	struct map by_text; /* in work */
	struct error *err;
};

static const char *const asks[LICENSE_CATEGORY_COUNT] = {
	[LICENSE_UNKNOWN] = "nobody has filed it yet: read it",
	[LICENSE_UNENCUMBERED] = "free for any use",
	[LICENSE_PERMISSIVE] = "asks for next to nothing",
	[LICENSE_NOTICE] = "its notice must be passed on",
	[LICENSE_RECIPROCAL] = "changes to its own source must be passed on",
	[LICENSE_RESTRICTED] = "the source must be offered to whoever gets the program",
	[LICENSE_FORBIDDEN] = "its terms reach beyond what is shipped: use over a network, commerce, or any use",
};
static const char *const verdicts[] = {
	[LICENSE_ALLOWED] = "allowed", [LICENSE_NO_RULE] = "", [LICENSE_NOT_ALLOWED] = "not allowed", [LICENSE_DENIED] = "denied",
};

/* NULL: no memory. */
static const struct judged *judge_text(struct judging *g, struct str text)
{
	bool is_new;
	const struct license_expr *e;
	void **slot = map_at(&g->by_text, text, &is_new);
	if (!slot || !is_new)
		return slot ? *slot : NULL;
	struct judged *j = arena_new(g->arena, struct judged);
	if (!j || license_read(&g->l->names, g->arena, text, &e, g->err) < 0)
		return NULL;
	enum license_category c = license_category_of(e);
	enum license_verdict v = license_policy_judge(&g->l->policy, e);
	j->id = license_shown(g->arena, e);
	j->severity = license_severity(c, v);
	const char *word = verdicts[v];
	j->title = arena_printf(g->arena, "%s%s%s licence: %s", word, *word ? ", " : "", license_category_name(c), asks[c]);
	j->fix = v == LICENSE_DENIED || v == LICENSE_NOT_ALLOWED ? STR("use another package, or add the licence to --license-allow") : STR("");
	j->observation = (struct observation){ .kind = FINDING_LICENSE, .severity = j->severity, .id = j->id, .category = str_c(license_category_name(c)), .title = j->title,
					       .path = STR(""), .match = j->id.p && str_eq(j->id, text) ? STR("") : str_sub(text, 0, OBSERVATION_TEXT_MAX),
					       .context = STR(""), .detail = str_c(word) };
	if (!j->id.p || !j->title.p)
		return NULL;
	return *slot = j;
}

/* Two texts of one meaning count once. */
static bool is_told(const struct finding_vec *findings, const struct package *p, struct str id)
{
	for (size_t i = findings->n; i-- > 0 && findings->v[i].kind == FINDING_LICENSE && findings->v[i].subject.package == p;)
		if (str_eq(findings->v[i].id, id))
			return true;
	return false;
}

static int add_finding(struct judging *g, const struct package *p, struct str text)
{
	const struct judged *j = judge_text(g, text);
	if (j && is_told(&g->report->findings, p, j->id))
		return 0;
	struct finding *f = j ? vec_add(g->arena, &g->report->findings) : NULL;
	if (!f)
		return error_nomem(g->err);
	f->kind = FINDING_LICENSE;
	f->id = j->id;
	f->severity = j->severity;
	f->title = j->title;
	f->fix_text = j->fix;
	f->observation = &j->observation;
	f->subject = (struct subject){ .kind = SUBJECT_PACKAGE, .package = p, .path = p->path };
	return 0;
}

/* Composer's list of licences is a choice (composer.json, "license"). */
static struct str choice(struct arena *a, const struct str_vec *licenses)
{
	struct str all = STR("");
	for (size_t i = 0; i < licenses->n && all.p; i++)
		all = arena_printf(a, "%.*s%s(%.*s)", STR_FMT(all), i ? " OR " : "", STR_FMT(licenses->v[i]));
	return all;
}

static int judge_package(struct judging *g, const struct package *p)
{
	bool is_choice = (p->kind == PKG_COMPOSER_INSTALLED || p->kind == PKG_COMPOSER_LOCK) && p->licenses.n > 1;
	int r = 0;
	if (is_choice) {
		struct str text = choice(g->arena, &p->licenses);
		return text.p ? add_finding(g, p, text) : error_nomem(g->err);
	}
	for (size_t i = 0; i < p->licenses.n && r == 0; i++)
		r = add_finding(g, p, p->licenses.v[i]);
	return r;
}

/* Lock files seldom name licences: nothing is said about those. */
static bool should_state(const struct package *p)
{
	return !package_kind_info(p->kind)->lock_file && p->kind != PKG_GO_BINARY && p->kind != PKG_RUST_BINARY && p->kind != PKG_DOTNET_DEPS && !p->is_root;
}

/* With a list of allowed licences what states none is not allowed; without one it is told in a line. */
static int judge_silent(struct judging *g)
{
	const struct package *p;
	struct str names = STR("");
	size_t n = 0;
	int r = 0;
	vec_foreach(p, &g->report->facts.packages) {
		if (p->licenses.n || (!g->l->policy.allow.n && !should_state(p)))
			continue;
		if (g->l->policy.allow.n && r == 0)
			r = add_finding(g, p, STR("no licence stated"));
		if (n++ < NAMED_MAX && names.p)
			names = arena_printf(g->arena, "%.*s%s%.*s", STR_FMT(names), n > 1 ? ", " : "", STR_FMT(p->name));
	}
	if (!n || g->l->policy.allow.n || r < 0)
		return r;
	struct str text = arena_printf(g->arena, "%zu package%s no licence: %.*s%s", n, n == 1 ? " states" : "s state", STR_FMT(names), n > NAMED_MAX ? " …" : "");
	return names.p && text.p && vec_push(g->arena, &g->report->notices, text) ? 0 : error_nomem(g->err);
}

int image_licenses_judge(const struct image_licenses *l, struct arena *a, const struct layer_facts *const *layers, size_t layer_count, struct report *report,
			 struct error *err)
{
	struct arena work;
	struct judging g = { .l = l, .arena = a, .report = report, .err = err };
	arena_init(&work, ARENA_NO_LIMIT);
	map_init(&g.by_text, &work);
	int r = join_copyrights(a, &work, layers, layer_count, &report->facts) < 0 ? error_nomem(err) : 0;
	for (size_t i = 0; i < report->facts.packages.n && r == 0; i++)
		r = judge_package(&g, &report->facts.packages.v[i]);
	if (r == 0)
		r = judge_silent(&g);
	arena_release(&work);
	return r;
}
