#include "front/report/grid.h"
#include "front/report/plan_text.h"
#include "front/report/rows.h"
#include "front/report/table_licenses.h"
#include "front/report/text.h"
#include "base/path.h"

/* Three forms, by what fits: all columns (some left out); the installed version below the library's name; a list of paragraphs. */
enum { COL_LIBRARY, COL_ID, COL_SEVERITY, COL_SCORE, COL_STATUS, COL_INSTALLED, COL_FIXED, COL_EXPLOIT, COL_TITLE, COL_COUNT };
static const struct grid_column full_columns[COL_COUNT] = {
	[COL_LIBRARY] = { .title = "LIBRARY", .min = 14 },
	[COL_ID] = { .title = "VULNERABILITY ID" },
	[COL_SEVERITY] = { .title = "SEVERITY" },
	[COL_SCORE] = { .title = "SCORE", .weight = 5 }, /* only when it gives the order */
	[COL_STATUS] = { .title = "STATUS", .weight = 2 },
	[COL_INSTALLED] = { .title = "INSTALLED VERSION", .min = 12 },
	[COL_FIXED] = { .title = "FIXED VERSION", .min = 13 },
	[COL_EXPLOIT] = { .title = "EXPLOIT", .weight = 3 },
	[COL_TITLE] = { .title = "TITLE", .min = 28, .max = 72, .max_lines = 3, .weight = 4, .grows_last = true },
};
enum { NARROW_LIBRARY, NARROW_ID, NARROW_SEVERITY, NARROW_FIXED, NARROW_COUNT };
static const struct grid_column narrow_columns[NARROW_COUNT] = {
	[NARROW_LIBRARY] = { .title = "LIBRARY", .min = 11 },
	[NARROW_ID] = { .title = "ID" },
	[NARROW_SEVERITY] = { .title = "SEVERITY" },
	[NARROW_FIXED] = { .title = "FIXED IN", .min = 10 },
};
/* What is in no package: secrets, configuration, licences of files … */
enum { PLACE_WHERE, PLACE_RULE, PLACE_SEVERITY, PLACE_SCORE, PLACE_LAYER, PLACE_TITLE, PLACE_COUNT };
static const struct grid_column place_columns[PLACE_COUNT] = {
	[PLACE_WHERE] = { .title = "WHERE", .min = 16 },
	[PLACE_RULE] = { .title = "RULE", .min = 10 },
	[PLACE_SEVERITY] = { .title = "SEVERITY" },
	[PLACE_SCORE] = { .title = "SCORE", .weight = 5 },
	[PLACE_LAYER] = { .title = "LAYER", .weight = 2 },
	[PLACE_TITLE] = { .title = "TITLE", .min = 24, .max = 100, .max_lines = 4, .weight = 4, .grows_last = true },
};

struct table {
	struct arena arena;
	const struct report *r;
	const struct report_options *opt;
	struct buf *out;
	bool exploit_shown; /* the column needs its legend */
};

static enum grid_color severity_color(enum severity s)
{
	static const enum grid_color colors[SEVERITY_COUNT] = {
		[SEVERITY_UNKNOWN] = GRID_CYAN, [SEVERITY_LOW] = GRID_BLUE, [SEVERITY_MEDIUM] = GRID_YELLOW,
		[SEVERITY_HIGH] = GRID_RED, [SEVERITY_CRITICAL] = GRID_BRIGHT_RED,
	};
	return colors[s];
}

/* "axios (package.json)" where packages of many files stand in one table, as Trivy writes it. */
static struct str library_text(struct table *t, const struct report_section *s, const struct package *p)
{
	struct str name = text_clean(&t->arena, p->name), path;
	if (!s->aggregated || !name.p)
		return name;
	path = text_clean(&t->arena, path_base(p->nested_path.n ? p->nested_path : p->path));
	return path.p && path.n ? arena_printf(&t->arena, "%.*s (%.*s)", STR_FMT(name), STR_FMT(path)) : name;
}

static struct str fixed_text(struct table *t, const struct finding *f)
{
	struct str s = text_join(&t->arena, &f->fixed);
	return s.p ? text_clean(&t->arena, s) : s;
}

/* "KEV 94%": exploited for certain, and how probably in the next 30 days. */
static struct str exploit_text(struct table *t, const struct finding *f)
{
	const struct vulnerability *v = f->vulnerability;
	if (!v || (!v->kev && v->epss < 0))
		return STR("");
	if (v->epss < 0)
		return STR("KEV");
	int digits = v->epss < 0.1 ? 1 : 0;
	return arena_printf(&t->arena, "%s%.*f%%", v->kev ? "KEV " : "", digits, v->epss * 100);
}

static struct str title_text(struct table *t, const struct finding *f)
{
	struct str title = f->title.n ? f->title : f->description.n ? f->description : report_primary_url(&t->arena, f);
	return title.p ? text_clean(&t->arena, title) : title;
}

static bool same_package(const struct finding *f, const struct finding *g)
{
	const struct package *p = f->subject.package, *q = g->subject.package;
	return p == q || (str_eq(p->name, q->name) && str_eq(p->version, q->version) && str_eq(p->path, q->path) && str_eq(p->nested_path, q->nested_path));
}

static void fill_full(struct table *t, const struct report_section *s, const struct u32_vec *list, struct grid *g)
{
	const struct finding *above = NULL;
	for (size_t i = 0; i < list->n; i++) {
		const struct finding *f = &t->r->findings.v[list->v[i]];
		bool again = above && same_package(above, f);
		grid_row(g, !again);
		grid_add(g, again ? STR("") : library_text(t, s, f->subject.package), GRID_PLAIN);
		grid_add(g, text_clean(&t->arena, f->id), GRID_PLAIN);
		grid_add(g, str_c(severity_name(f->severity)), severity_color(f->severity));
		grid_add(g, arena_printf(&t->arena, "%u.%u", f->score / 10u, f->score % 10u), GRID_PLAIN);
		grid_add(g, str_c(advisory_status_name(f->status)), GRID_PLAIN);
		grid_add(g, again ? STR("") : text_clean(&t->arena, f->subject.package->version), GRID_PLAIN);
		grid_add(g, fixed_text(t, f), GRID_PLAIN);
		grid_add(g, exploit_text(t, f), f->vulnerability && f->vulnerability->kev ? GRID_BRIGHT_RED : GRID_PLAIN);
		grid_add(g, title_text(t, f), GRID_PLAIN);
		above = f;
	}
}

static void fill_narrow(struct table *t, const struct report_section *s, const struct u32_vec *list, struct grid *g)
{
	const struct finding *above = NULL;
	for (size_t i = 0; i < list->n; i++) {
		const struct finding *f = &t->r->findings.v[list->v[i]];
		bool again = above && same_package(above, f);
		struct str library = STR("");
		if (!again) {
			struct str name = library_text(t, s, f->subject.package), version = text_clean(&t->arena, f->subject.package->version);
			library = name.p && version.p ? arena_printf(&t->arena, "%.*s\n%.*s", STR_FMT(name), STR_FMT(version)) : STR_NONE;
		}
		grid_row(g, !again);
		grid_add(g, library, GRID_PLAIN);
		grid_add(g, text_clean(&t->arena, f->id), GRID_PLAIN);
		grid_add(g, str_c(severity_name(f->severity)), severity_color(f->severity));
		grid_add(g, f->fixed.n ? fixed_text(t, f) : str_c(advisory_status_name(f->status)), GRID_PLAIN);
		above = f;
	}
}

/* A line of text, folded at the terminal's width; what follows the first line is set in by two more. */
static void add_wrapped(struct table *t, struct str text, size_t indent)
{
	struct str_vec lines = { 0 };
	size_t width = t->opt->style.width, room = width > indent + 12 ? width - indent - 2 : 10;
	text = text_clean(&t->arena, text);
	/* Without memory for it the text goes out unfolded; nothing is lost. */
	if (!width || text_width(text) + indent <= width || text_wrap(&t->arena, text, room, &lines) < 0 || !lines.n) {
		lines.n = 0;
		buf_add_repeat(t->out, ' ', indent);
		buf_add(t->out, text);
		buf_add_char(t->out, '\n');
	}
	for (size_t i = 0; i < lines.n; i++) {
		buf_add_repeat(t->out, ' ', indent + (i ? 2 : 0));
		buf_add(t->out, lines.v[i]);
		buf_add_char(t->out, '\n');
	}
}

/* For terminals too narrow for any table. */
static void write_paragraphs(struct table *t, const struct report_section *s, const struct u32_vec *list)
{
	const struct finding *above = NULL;
	for (size_t i = 0; i < list->n; i++) {
		const struct finding *f = &t->r->findings.v[list->v[i]];
		if (!above || !same_package(above, f)) {
			struct str name = library_text(t, s, f->subject.package);
			if (above)
				buf_add_char(t->out, '\n');
			add_wrapped(t, arena_printf(&t->arena, "%.*s %.*s", STR_FMT(name), STR_FMT(f->subject.package->version)), 0);
		}
		struct str id = text_clean(&t->arena, f->id);
		buf_addf(t->out, "  %.*s ", STR_FMT(id));
		grid_color_on(t->out, &t->opt->style, severity_color(f->severity));
		buf_add_c(t->out, severity_name(f->severity));
		grid_color_off(t->out, &t->opt->style, severity_color(f->severity));
		buf_add_char(t->out, '\n');
		struct str fixed = fixed_text(t, f);
		add_wrapped(t, f->fixed.n ? arena_printf(&t->arena, "fixed in %.*s", STR_FMT(fixed)) : str_c(advisory_status_name(f->status)), 4);
		above = f;
	}
}

static bool any_exploit_known(const struct table *t, const struct u32_vec *list)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct vulnerability *v = t->r->findings.v[list->v[i]].vulnerability;
		if (v && (v->kev || v->epss >= 0))
			return true;
	}
	return false;
}

static int write_findings(struct table *t, const struct report_section *s, const struct u32_vec *list, struct error *err)
{
	struct grid g;
	grid_init(&g, &t->arena, full_columns, COL_COUNT);
	if (!any_exploit_known(t, list))
		g.hidden = 1u << COL_EXPLOIT;
	if (t->opt->order != ORDER_SCORE)
		g.hidden |= 1u << COL_SCORE;
	fill_full(t, s, list, &g);
	if (grid_plan(&g, &t->opt->style)) {
		t->exploit_shown |= g.width[COL_EXPLOIT] > 0;
		return grid_write(&g, &t->opt->style, t->out, err);
	}
	grid_init(&g, &t->arena, narrow_columns, NARROW_COUNT);
	fill_narrow(t, s, list, &g);
	if (grid_plan(&g, &t->opt->style))
		return grid_write(&g, &t->opt->style, t->out, err);
	write_paragraphs(t, s, list);
	return g.failed ? error_nomem(err) : 0;
}

/* People know an archive by the name in it ("my-app:1.0"), not by its file; the file's name stays where there is none or several. */
static struct str people_target(struct table *t, struct str target)
{
	struct str rest = target;
	return str_strip_prefix(&rest, t->r->image.artifact_name) ? arena_concat(&t->arena, report_people_name(t->r), rest) : target;
}

static void write_heading(struct table *t, const struct report_section *s)
{
	struct str target = text_clean(&t->arena, s->os ? people_target(t, s->target) : s->target);
	struct report_style const *style = &t->opt->style;
	if (!s->os)
		target = arena_printf(&t->arena, "%.*s (%.*s)", STR_FMT(target), STR_FMT(s->type));
	size_t width = text_width(target);
	if (style->width)
		width = MIN_OF(width, style->width);
	grid_color_on(t->out, style, GRID_BOLD);
	buf_add(t->out, target);
	grid_color_off(t->out, style, GRID_BOLD);
	buf_add_char(t->out, '\n');
	buf_add_repeat(t->out, '=', width);
	buf_add_char(t->out, '\n');
}

static void write_total(struct table *t, const struct report_section *s)
{
	size_t counts[SEVERITY_COUNT] = { 0 };
	bool first = true;
	for (size_t i = 0; i < s->findings.n; i++)
		counts[t->r->findings.v[s->findings.v[i]].severity]++;
	struct str line = arena_printf(&t->arena, "Total: %zu (", s->findings.n);
	for (int v = SEVERITY_UNKNOWN; v < SEVERITY_COUNT; v++) {
		if (!t->opt->severities[v])
			continue;
		line = arena_printf(&t->arena, "%.*s%s%s: %zu", STR_FMT(line), first ? "" : ", ", severity_name((enum severity)v), counts[v]);
		first = false;
	}
	add_wrapped(t, arena_printf(&t->arena, "%.*s)", STR_FMT(line)), 0);
}

/* --scanners without vuln: no database was opened. */
static bool nobody_asked(const struct report *r)
{
	return !r->db_path.n && !r->starter_only;
}

static int write_section(struct table *t, const struct report_section *s, struct error *err)
{
	write_heading(t, s);
	/* "Total: 0" would read as "nothing is wrong with it". */
	if (nobody_asked(t->r) && !s->findings.n)
		add_wrapped(t, arena_printf(&t->arena, "%zu package%s, not judged: --scanners leaves vulnerabilities out", s->packages.n, s->packages.n == 1 ? "" : "s"), 0);
	else if (s->unjudged && !s->findings.n)
		add_wrapped(t, arena_printf(&t->arena, "Not judged: %zu package%s without advisory data", s->packages.n, s->packages.n == 1 ? "" : "s"), 0);
	else
		write_total(t, s);
	if (!s->findings.n)
		return 0;
	score_order(&t->r->findings, t->opt->order, s->findings.v, s->findings.n);
	buf_add_char(t->out, '\n');
	return write_findings(t, s, &s->findings, err);
}

/* Findings that are in no package and have a severity, by kind. */
/* What it is, what stands there (a secret starred out), and whether the file is still to be seen. */
static struct str place_title(struct table *t, const struct report_row *row)
{
	const struct observation *o = row->finding->observation;
	struct str title = text_clean(&t->arena, row->title), match = o ? text_clean(&t->arena, o->match) : STR("");
	if (match.n)
		title = arena_printf(&t->arena, "%.*s\n%.*s", STR_FMT(title), STR_FMT(match));
	if (o && o->detail.n)
		title = arena_printf(&t->arena, "%.*s\n(%.*s)", STR_FMT(title), STR_FMT(text_clean(&t->arena, o->detail)));
	if (o && o->deleted)
		title = arena_printf(&t->arena, "%.*s\n(the file is removed or replaced by a later layer)", STR_FMT(title));
	return title;
}

static int write_places(struct table *t, const struct report_row_vec *rows, enum finding_kind kind, const char *title, bool *first, struct error *err)
{
	struct grid g;
	const struct report_row *row;
	size_t n = 0;
	grid_init(&g, &t->arena, place_columns, PLACE_COUNT);
	if (t->opt->order != ORDER_SCORE)
		g.hidden = 1u << PLACE_SCORE;
	if (!t->r->image.layers.n)
		g.hidden |= 1u << PLACE_LAYER;
	vec_foreach(row, rows) {
		const struct finding *f = row->finding;
		if (f->kind != kind || f->suppressed.active)
			continue;
		grid_row(&g, n++ > 0);
		grid_add(&g, text_clean(&t->arena, row->subject), GRID_PLAIN);
		grid_add(&g, text_clean(&t->arena, row->id), GRID_PLAIN);
		grid_add(&g, str_c(severity_name(f->severity)), severity_color(f->severity));
		grid_add(&g, row->score, GRID_PLAIN);
		grid_add(&g, row->layer ? arena_printf(&t->arena, "%u", row->layer) : STR(""), GRID_PLAIN);
		grid_add(&g, place_title(t, row), GRID_PLAIN);
	}
	if (!n)
		return 0;
	if (!*first)
		buf_add_char(t->out, '\n');
	*first = false;
	grid_color_on(t->out, &t->opt->style, GRID_BOLD);
	buf_addf(t->out, "%s: %zu", title, n);
	grid_color_off(t->out, &t->opt->style, GRID_BOLD);
	buf_add_c(t->out, "\n\n");
	if (grid_plan(&g, &t->opt->style))
		return grid_write(&g, &t->opt->style, t->out, err);
	vec_foreach(row, rows) {
		const struct finding *f = row->finding;
		if (f->kind == kind && !f->suppressed.active)
			add_wrapped(t, row->message, 0);
	}
	return g.failed ? error_nomem(err) : 0;
}

static int write_all_places(struct table *t, bool *first, struct error *err)
{
	static const struct {
		enum finding_kind kind;
		const char *title;
	} kinds[] = {
		{ FINDING_SECRET, "Secrets" },     { FINDING_MISCONFIGURATION, "Configuration" },
		{ FINDING_NETWORK, "Network" },    { FINDING_RUNTIME, "Run time" },                { FINDING_AUDIT, "Audit" },
	};
	struct report_row_vec rows = { 0 };
	const struct finding *f;
	bool any = false;
	vec_foreach(f, &t->r->findings)
		any |= f->kind != FINDING_VULNERABILITY && judge_has_severity(f->kind);
	int e = any ? report_rows(&t->arena, t->r, t->opt, &rows, err) : 0;
	for (size_t i = 0; i < ARRAY_LEN(kinds) && any && e == 0; i++)
		e = write_places(t, &rows, kinds[i].kind, kinds[i].title, first, err);
	if (any && e == 0)
		e = table_licenses(&t->arena, t->r, t->opt, t->out, first, err);
	return e;
}

static void write_suppressed(struct table *t, const struct report_section *s)
{
	for (size_t i = 0; i < s->suppressed.n; i++) {
		const struct finding *f = &t->r->findings.v[s->suppressed.v[i]];
		const struct suppression *why = &f->suppressed;
		struct str line = arena_printf(&t->arena, "  %.*s %.*s %.*s (%s): %.*s%s%.*s%s%.*s", STR_FMT(f->subject.package->name),
					       STR_FMT(f->subject.package->version), STR_FMT(f->id), severity_name(f->severity), STR_FMT(why->by),
					       why->until.n ? ", until " : "", STR_FMT(why->until), why->reason.n ? ": " : "", STR_FMT(why->reason));
		add_wrapped(t, line, 0);
	}
}

static void write_suppressed_places(struct table *t)
{
	const struct finding *f;
	vec_foreach(f, &t->r->findings) {
		const struct suppression *why = &f->suppressed;
		if (!why->active || (f->kind == FINDING_VULNERABILITY && f->subject.package))
			continue;
		struct str where = f->subject.package ? f->subject.package->name : f->subject.path.n ? f->subject.path : f->subject.object;
		add_wrapped(t, arena_printf(&t->arena, "  %.*s%s%.*s: %.*s%s%.*s%s%.*s", STR_FMT(where), where.n ? " " : "", STR_FMT(f->id), STR_FMT(why->by),
					    why->until.n ? ", until " : "", STR_FMT(why->until), why->reason.n ? ": " : "", STR_FMT(why->reason)), 0);
	}
}

/* One line for all targets that hold nothing, so that nobody wonders whether they were looked at. */
static void write_clean_targets(struct table *t, const struct report_section_vec *sections)
{
	const struct report_section *s;
	struct str line = STR("");
	size_t n = 0;
	vec_foreach(s, sections) {
		if (s->os || s->findings.n)
			continue;
		if (++n <= 10)
			line = arena_printf(&t->arena, "%.*s%s%.*s (%zu package%s%s)", STR_FMT(line), n > 1 ? ", " : "", STR_FMT(s->target), s->packages.n,
					    s->packages.n == 1 ? "" : "s", s->unjudged ? ", not judged" : "");
	}
	if (!n)
		return;
	if (n > 10)
		line = arena_printf(&t->arena, "%.*s and %zu more", STR_FMT(line), n - 10);
	buf_add_char(t->out, '\n');
	add_wrapped(t, arena_printf(&t->arena, "%s: %.*s", nobody_asked(t->r) ? "Not judged, as --scanners leaves vulnerabilities out" : "Nothing to show in", STR_FMT(line)), 0);
}

static int write_footer(struct table *t, struct error *err)
{
	struct str_vec remarks = { 0 };
	int e = report_remarks(&t->arena, t->r, t->opt, &remarks, err);
	if (e < 0)
		return e;
	if (remarks.n || t->exploit_shown)
		buf_add_char(t->out, '\n');
	for (size_t i = 0; i < remarks.n; i++) {
		size_t indent = 0;
		while (indent < remarks.v[i].n && remarks.v[i].p[indent] == ' ')
			indent++;
		add_wrapped(t, str_from(remarks.v[i], indent), indent);
	}
	if (t->exploit_shown)
		add_wrapped(t, STR("EXPLOIT: KEV = known to be exploited (CISA); N% = EPSS, probability of exploitation within 30 days"), 0);
	return 0;
}

static int write_all(struct table *t, struct error *err)
{
	struct report_section_vec sections = { 0 };
	const struct report_section *s;
	const struct finding *f;
	bool first = true, any_suppressed = false;
	int e = report_sections(&t->arena, t->r, &sections, err);
	if (e < 0)
		return e;
	if (!sections.n || !sections.v[0].os) {
		struct report_section none = { .os = true, .target = t->r->image.artifact_name };
		write_heading(t, &none);
		buf_add_c(t->out, sections.n ? "No operating system packages.\n" : "No packages found.\n");
		first = false;
	}
	vec_foreach(s, &sections) {
		if (!s->os && !s->findings.n)
			continue;
		if (!first)
			buf_add_char(t->out, '\n');
		first = false;
		if ((e = write_section(t, s, err)) < 0)
			return e;
	}
	if ((e = write_all_places(t, &first, err)) < 0)
		return e;
	write_clean_targets(t, &sections);
	vec_foreach(f, &t->r->findings)
		any_suppressed |= f->suppressed.active;
	if (any_suppressed && t->opt->show_suppressed) {
		buf_add_c(t->out, "\nSuppressed:\n");
		vec_foreach(s, &sections)
			write_suppressed(t, s);
		write_suppressed_places(t);
	}
	return write_footer(t, err);
}

int report_table(const struct report *r, const struct report_options *opt, struct buf *out, struct error *err)
{
	struct table t = { .r = r, .opt = opt, .out = out };
	arena_init(&t.arena, ARENA_NO_LIMIT);
	int e = opt->plan ? plan_write_table(&t.arena, r, opt, out, err) : write_all(&t, err);
	if (e == 0 && opt->plan)
		e = write_footer(&t, err);
	if (e == 0 && buf_failed(out))
		e = error_set(err, ERR_LIMIT, "the report is too large");
	arena_release(&t.arena);
	return e;
}
