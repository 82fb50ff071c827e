#include "front/report/table_licenses.h"

#include "base/map.h"
#include "front/report/grid.h"
#include "front/report/text.h"

#define NAMES_MAX 12

enum { COL_LICENSE, COL_CATEGORY, COL_SEVERITY, COL_COUNT_OF, COL_PACKAGES, COL_COUNT };
static const struct grid_column columns[COL_COUNT] = {
	[COL_LICENSE] = { .title = "LICENCE", .min = 12, .max = 60 },
	[COL_CATEGORY] = { .title = "CATEGORY", .min = 10, .weight = 3 },
	[COL_SEVERITY] = { .title = "SEVERITY" },
	[COL_COUNT_OF] = { .title = "COUNT", .weight = 2 },
	[COL_PACKAGES] = { .title = "PACKAGES", .min = 16, .max = 100, .max_lines = 3, .grows_last = true },
};

struct group {
	const struct finding *finding; /* the first of it */
	struct str_vec names;
	size_t n;
};
VEC_DECLARE(group_vec, struct group);

static int compare_groups(const void *x, const void *y)
{
	const struct group *a = x, *b = y;
	if (a->finding->severity != b->finding->severity)
		return a->finding->severity > b->finding->severity ? -1 : 1;
	return str_cmp(a->finding->id, b->finding->id);
}

/* The last package again (another version, another place) is not named again. */
static int add(struct arena *a, struct group *g, const struct finding *f)
{
	struct str name = f->subject.package ? f->subject.package->name : f->subject.path;
	bool again = g->names.n && str_eq(g->names.v[g->names.n - 1], name);
	g->n++;
	return again || g->names.n > NAMES_MAX || vec_push(a, &g->names, name) ? 0 : ERR_NOMEM;
}

static int collect(struct arena *a, const struct report *r, struct group_vec *out)
{
	struct map by_id;
	const struct finding *f;
	map_init(&by_id, a);
	vec_foreach(f, &r->findings) {
		bool is_new;
		if (f->kind != FINDING_LICENSE || f->suppressed.active)
			continue;
		struct str key = arena_printf(a, "%d %.*s", (int)f->severity, STR_FMT(f->id));
		void **slot = key.p ? map_at(&by_id, key, &is_new) : NULL;
		if (!slot)
			return ERR_NOMEM;
		if (is_new && !vec_push(a, out, ((struct group){ .finding = f })))
			return ERR_NOMEM;
		if (is_new)
			*slot = (void *)(uintptr_t)out->n;
		if (add(a, &out->v[(uintptr_t)*slot - 1], f) < 0)
			return ERR_NOMEM;
	}
	if (out->n)
		qsort(out->v, out->n, sizeof(out->v[0]), compare_groups);
	return 0;
}

static struct str names_text(struct arena *a, const struct group *g)
{
	struct str_vec shown = g->names;
	shown.n = MIN_OF(shown.n, (size_t)NAMES_MAX);
	struct str s = text_join(a, &shown);
	if (s.p && g->names.n > NAMES_MAX)
		s = arena_printf(a, "%.*s ...", STR_FMT(s));
	return s.p ? text_clean(a, s) : s;
}

/* "restricted, denied": with what the user's lists say. */
static struct str category_text(struct arena *a, const struct finding *f)
{
	const struct observation *o = f->observation;
	if (!o)
		return STR("");
	return o->detail.n ? text_clean(a, arena_printf(a, "%.*s, %.*s", STR_FMT(o->category), STR_FMT(o->detail))) : text_clean(a, o->category);
}

int table_licenses(struct arena *a, const struct report *r, const struct report_options *opt, struct buf *out, bool *first, struct error *err)
{
	static const enum grid_color colors[SEVERITY_COUNT] = {
		[SEVERITY_UNKNOWN] = GRID_CYAN, [SEVERITY_LOW] = GRID_BLUE, [SEVERITY_MEDIUM] = GRID_YELLOW, [SEVERITY_HIGH] = GRID_RED, [SEVERITY_CRITICAL] = GRID_BRIGHT_RED,
	};
	struct group_vec groups = { 0 };
	struct grid grid;
	if (collect(a, r, &groups) < 0)
		return error_nomem(err);
	if (!groups.n)
		return 0;
	if (!*first)
		buf_add_char(out, '\n');
	*first = false;
	grid_color_on(out, &opt->style, GRID_BOLD);
	buf_addf(out, "Licences: %zu", groups.n);
	grid_color_off(out, &opt->style, GRID_BOLD);
	buf_add_c(out, "\n\n");
	grid_init(&grid, a, columns, COL_COUNT);
	for (size_t i = 0; i < groups.n; i++) {
		const struct group *g = &groups.v[i];
		grid_row(&grid, i > 0 && g->finding->severity != groups.v[i - 1].finding->severity);
		grid_add(&grid, text_clean(a, g->finding->id), GRID_PLAIN);
		grid_add(&grid, category_text(a, g->finding), GRID_PLAIN);
		grid_add(&grid, str_c(severity_name(g->finding->severity)), colors[g->finding->severity]);
		grid_add(&grid, arena_printf(a, "%zu", g->n), GRID_PLAIN);
		grid_add(&grid, names_text(a, g), GRID_PLAIN);
	}
	if (grid_plan(&grid, &opt->style))
		return grid_write(&grid, &opt->style, out, err);
	for (size_t i = 0; i < groups.n && !grid.failed; i++) {
		struct str id = text_clean(a, groups.v[i].finding->id), names = names_text(a, &groups.v[i]);
		buf_addf(out, "%.*s %s\n  %.*s\n", STR_FMT(id), severity_name(groups.v[i].finding->severity), STR_FMT(names));
	}
	return grid.failed ? error_nomem(err) : 0;
}
