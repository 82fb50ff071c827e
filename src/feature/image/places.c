#include "feature/image/places.h"

int places_list(struct arena *a, struct str_vec *ret, struct error *err)
{
	for (size_t i = 0; i < analyzer_count; i++) {
		struct str rest = str_c(analyzers[i].places), word;
		while (str_next_word(&rest, &word))
			if (!vec_push(a, ret, word))
				return error_nomem(err);
	}
	return 0;
}

/* Path of a file as wants() takes it: of a folder some file in it. */
static bool wants_at(const struct analyzer *row, struct str path)
{
	char file[4096];
	if (!str_has_suffix(path, STR("/")))
		return row->wants(path, 0644, 1);
	int n = snprintf(file, sizeof(file), "%.*sx.list", STR_FMT(path));
	return n > 0 && (size_t)n < sizeof(file) && row->wants(str_make(file, (size_t)n), 0644, 1);
}

/* The row whose place it is; also a file of a folder. */
static const struct analyzer *row_of(struct str place)
{
	for (size_t i = 0; i < analyzer_count; i++) {
		struct str rest = str_c(analyzers[i].places), word, tail = place;
		while (str_next_word(&rest, &word))
			if (str_eq(word, place) || (str_has_suffix(word, STR("/")) && str_strip_prefix(&tail, word)))
				return &analyzers[i];
	}
	return NULL;
}

static bool is_looked_at(struct str real)
{
	for (size_t i = 0; i < analyzer_count; i++)
		if (analyzers[i].places && wants_at(&analyzers[i], real))
			return true;
	return false;
}

/* The best release file of all layers, by its row's priority. */
static unsigned best_release(const struct layer_facts *const *layers, size_t layer_count)
{
	unsigned best = 256;
	for (size_t i = 0; i < layer_count; i++)
		for (size_t k = 0; layers[i] && k < layers[i]->files.n; k++)
			if (layers[i]->files.v[k].kind == FACTS_OS_RELEASE && layers[i]->files.v[k].priority < best)
				best = layers[i]->files.v[k].priority;
	return best;
}

int places_aliases(struct arena *a, const struct overlay_redirect_vec *redirects, const struct layer_facts *const *layers, size_t layer_count,
		   struct walk_alias_vec *ret, struct diags *diags, struct error *err)
{
	const struct overlay_redirect *r;
	bool told[PKG_KIND_COUNT] = { false };
	unsigned best = redirects->n ? best_release(layers, layer_count) : 0;
	vec_foreach(r, redirects) {
		const struct analyzer *row = row_of(r->place);
		if (!row || (row->kind == FACTS_OS_RELEASE && best < row->priority))
			continue;
		if (r->circle) {
			if (!told[row->package_kind])
				diag_add(diags, DIAG_UNREADABLE, r->place, 0, 0, "%s: symbolic links lead in a circle", row->name);
			told[row->package_kind] = true;
			continue;
		}
		if (is_looked_at(r->real))
			continue;
		if (!vec_push(a, ret, ((struct walk_alias){ .place = r->place, .real = r->real })))
			return error_nomem(err);
	}
	return 0;
}

static bool has_file(const struct layer_facts *const *layers, size_t layer_count, const struct analyzer *row, struct str path)
{
	for (size_t i = 0; i < layer_count; i++)
		for (size_t k = 0; layers[i] && k < layers[i]->files.n; k++) {
			const struct facts_file *f = &layers[i]->files.v[k];
			if (f->kind == row->kind && f->package_kind == row->package_kind && (!path.n || str_eq(f->path, path)))
				return true;
		}
	return false;
}

static bool has_packages(const struct layer_facts *const *layers, size_t layer_count)
{
	for (size_t i = 0; i < analyzer_count; i++)
		if (analyzers[i].places && analyzers[i].kind == FACTS_PACKAGES && has_file(layers, layer_count, &analyzers[i], STR("")))
			return true;
	return false;
}

/* Whether only a folder above the database's own seems to be the link ("/var/lib" -> "/data/lib"): that leads the places of all kinds away, also of
 * those the system does not use. */
static bool is_parents_link(const struct walk_alias *alias)
{
	static const struct str parents[] = { STR_INIT("var/lib/"), STR_INIT("usr/lib/sysimage/"), STR_INIT("usr/lib/"), STR_INIT("usr/share/"), STR_INIT("lib/"),
					      STR_INIT("etc/") };
	struct str tail = alias->place, before = alias->real;
	for (size_t i = 0; i < ARRAY_LEN(parents); i++)
		if (str_strip_prefix(&tail, parents[i]))
			break;
	return str_strip_suffix(&before, tail) && (!before.n || str_has_suffix(before, STR("/")));
}

void places_report(const struct walk_alias_vec *aliases, const struct layer_facts *const *layers, size_t layer_count, struct diags *diags)
{
	bool told[PKG_KIND_COUNT] = { false }, packages = has_packages(layers, layer_count);
	const struct walk_alias *alias;
	vec_foreach(alias, aliases) {
		const struct analyzer *row = row_of(alias->place);
		if (!row || row->kind == FACTS_OWNED_FILES || told[row->package_kind] || (row->kind == FACTS_PACKAGES && packages && is_parents_link(alias)))
			continue;
		/* Any database of the kind will do: of the names that rpm's had over the years a system has one. */
		if (has_file(layers, layer_count, row, row->kind == FACTS_OS_RELEASE ? alias->real : STR("")))
			continue;
		told[row->package_kind] = true;
		packages |= is_parents_link(alias);
		diag_add(diags, DIAG_UNREADABLE, alias->place, 0, 0, "%s: symbolic links lead to /%.*s, where nothing readable was found", row->name,
			 STR_FMT(str_sub(alias->real, 0, 300)));
	}
}
