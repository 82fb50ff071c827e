#include "front/report/compare.h"
#include "base/map.h"
#include "format/json/json_write.h"
#include "front/report/escape.h"
#include "front/report/grid.h"
#include "front/report/rows.h"
#include "front/report/text.h"

#include <stdlib.h>

struct compare {
	struct arena arena;
	const struct comparison *c;
	const struct report_style *style;
	struct buf *out;
	struct map changes; /* change_key -> struct package_change */
};

static const char *const change_names[] = { [PACKAGE_ADDED] = "added", [PACKAGE_REMOVED] = "removed", [PACKAGE_CHANGED] = "changed" };

static struct str versions(struct compare *w, const struct str_vec *list)
{
	return report_join(&w->arena, list);
}

/* "openssl 1.1.1n", "etc/app.env:3" */
static struct str subject(struct compare *w, const struct finding *f)
{
	const struct package *p = f->subject.package;
	if (p)
		return arena_printf(&w->arena, "%.*s %.*s", STR_FMT(p->name), STR_FMT(p->version));
	if (f->subject.path.n && f->subject.line)
		return arena_printf(&w->arena, "%.*s:%u", STR_FMT(f->subject.path), f->subject.line);
	return f->subject.path.n ? f->subject.path : f->subject.object.n ? f->subject.object : STR("image");
}

/* A name is one package in each ecosystem only. */
static struct str change_key(struct compare *w, const struct package *p)
{
	const char *type = package_kind_info(p->kind)->purl_type;
	return arena_printf(&w->arena, "%s %.*s", type ? type : "", STR_FMT(p->name));
}

/* Of a new finding: what would fix it; of a fixed one: what did. */
static struct str remedy(struct compare *w, const struct finding *f, bool added)
{
	const struct package *p = f->subject.package;
	const struct package_change *change = p && !added ? map_get(&w->changes, change_key(w, p)) : NULL;
	if (added)
		return f->fixed.n ? versions(w, &f->fixed) : f->fix_text.n ? f->fix_text : p ? str_c(advisory_status_name(f->status)) : STR("");
	if (!change)
		return STR("");
	if (change->kind == PACKAGE_REMOVED)
		return STR("removed");
	struct str now = versions(w, &change->new_versions);
	return arena_printf(&w->arena, "now %.*s", STR_FMT(now));
}

/* Worst first, then by identifier and package. */
static int worse_first(const void *x, const void *y)
{
	const struct finding *a = *(const struct finding *const *)x, *b = *(const struct finding *const *)y;
	int r = (int)b->severity - (int)a->severity;
	if (!r)
		r = str_cmp(a->id, b->id);
	if (!r && a->subject.package && b->subject.package)
		r = str_cmp(a->subject.package->name, b->subject.package->name);
	return r ? r : str_cmp(a->subject.path, b->subject.path);
}

static const struct finding **sorted(struct compare *w, const struct finding_ref_vec *list)
{
	const struct finding **v = arena_array(&w->arena, list->n + 1, sizeof(*v));
	if (v && list->n) {
		memcpy(v, list->v, list->n * sizeof(*v));
		qsort(v, list->n, sizeof(*v), worse_first);
	}
	return v;
}

/* "2 (HIGH 1, LOW 1)" */
static struct str counted(struct compare *w, const struct finding_ref_vec *list)
{
	size_t counts[SEVERITY_COUNT] = { 0 };
	struct str text = arena_printf(&w->arena, "%zu", list->n);
	const char *before = " (";
	for (size_t i = 0; i < list->n; i++)
		counts[list->v[i]->severity]++;
	for (int s = SEVERITY_CRITICAL; s >= SEVERITY_UNKNOWN; s--) {
		if (!counts[s])
			continue;
		text = arena_printf(&w->arena, "%.*s%s%s %zu", STR_FMT(text), before, severity_name((enum severity)s), counts[s]);
		before = ", ";
	}
	return list->n ? arena_concat(&w->arena, text, STR(")")) : text;
}

/* --- for people --- */

enum { COL_CHANGE, COL_ID, COL_SEVERITY, COL_WHERE, COL_FIX, COL_TITLE, COL_COUNT };
static const struct grid_column finding_columns[COL_COUNT] = {
	[COL_CHANGE] = { .title = "" },
	[COL_ID] = { .title = "ID" },
	[COL_SEVERITY] = { .title = "SEVERITY" },
	[COL_WHERE] = { .title = "WHERE", .min = 14 },
	[COL_FIX] = { .title = "FIX", .min = 10, .weight = 3 },
	[COL_TITLE] = { .title = "TITLE", .min = 20, .max = 72, .max_lines = 2, .weight = 4, .grows_last = true },
};
enum { PKG_NAME, PKG_OLD, PKG_NEW, PKG_COLUMNS };
static const struct grid_column package_columns[PKG_COLUMNS] = {
	[PKG_NAME] = { .title = "PACKAGE", .min = 12 },
	[PKG_OLD] = { .title = "OLD", .min = 8 },
	[PKG_NEW] = { .title = "NEW", .min = 8 },
};

static void add_rows(struct compare *w, struct grid *g, const struct finding_ref_vec *list, bool added)
{
	const struct finding **v = sorted(w, list);
	g->failed |= !v;
	for (size_t i = 0; v && i < list->n; i++) {
		grid_row(g, i == 0);
		grid_add(g, added ? STR("new") : STR("fixed"), added ? GRID_RED : GRID_BLUE);
		grid_add(g, text_clean(&w->arena, v[i]->id.n ? v[i]->id : str_c(finding_kind_name(v[i]->kind))), GRID_PLAIN);
		grid_add(g, judge_has_severity(v[i]->kind) ? str_c(severity_name(v[i]->severity)) : STR("-"), GRID_PLAIN);
		grid_add(g, text_clean(&w->arena, subject(w, v[i])), GRID_PLAIN);
		grid_add(g, text_clean(&w->arena, remedy(w, v[i], added)), GRID_PLAIN);
		grid_add(g, text_clean(&w->arena, v[i]->title.n ? v[i]->title : v[i]->description), GRID_PLAIN);
	}
}

/* As lines where the terminal is too narrow for a table. */
static int write_grid(struct compare *w, struct grid *g, struct error *err)
{
	if (grid_plan(g, w->style))
		return grid_write(g, w->style, w->out, err);
	for (size_t i = 0; i < g->cells.n; i++) {
		bool first = i % g->column_count == 0;
		if (g->cells.v[i].text.n)
			buf_addf(w->out, "%s%.*s\n", first ? "" : "  ", STR_FMT(g->cells.v[i].text));
	}
	return g->failed ? error_nomem(err) : 0;
}

static int write_table(struct compare *w, struct error *err)
{
	const struct comparison *c = w->c;
	struct str old = text_clean(&w->arena, c->old->image.artifact_name), new = text_clean(&w->arena, c->new->image.artifact_name);
	struct grid g;
	int r = 0;
	buf_addf(w->out, "%.*s -> %.*s\n", STR_FMT(old), STR_FMT(new));
	struct str added = counted(w, &c->added), fixed = counted(w, &c->fixed);
	buf_addf(w->out, "New: %.*s\nFixed: %.*s\nUnchanged: %zu\n", STR_FMT(added), STR_FMT(fixed), c->kept.n);
	if (c->added.n + c->fixed.n) {
		buf_add_char(w->out, '\n');
		grid_init(&g, &w->arena, finding_columns, COL_COUNT);
		add_rows(w, &g, &c->added, true);
		add_rows(w, &g, &c->fixed, false);
		r = write_grid(w, &g, err);
	}
	if (r == 0 && c->packages.n) {
		const struct package_change *p;
		buf_addf(w->out, "\nPackages that changed: %zu\n", c->packages.n);
		grid_init(&g, &w->arena, package_columns, PKG_COLUMNS);
		vec_foreach(p, &c->packages) {
			grid_row(&g, p == c->packages.v);
			grid_add(&g, text_clean(&w->arena, p->package->name), GRID_PLAIN);
			grid_add(&g, text_clean(&w->arena, versions(w, &p->old_versions)), GRID_PLAIN);
			grid_add(&g, text_clean(&w->arena, versions(w, &p->new_versions)), GRID_PLAIN);
		}
		r = write_grid(w, &g, err);
	}
	return r;
}

/* --- for a pull request --- */

static void cell(struct compare *w, struct str s)
{
	buf_add_char(w->out, ' ');
	escape_markdown(&w->arena, w->out, s);
	buf_add_c(w->out, " |");
}

static int markdown_rows(struct compare *w, const struct finding_ref_vec *list, bool added, struct error *err)
{
	const struct finding **v = sorted(w, list);
	if (!v)
		return error_nomem(err);
	for (size_t i = 0; i < list->n; i++) {
		struct str url = v[i]->kind == FINDING_VULNERABILITY ? report_primary_url(&w->arena, v[i]) : STR("");
		if (i == 0)
			buf_addf(w->out, "\n#### %s\n\n| Severity | ID | Where | %s | What |\n|---|---|---|---|---|\n", added ? "New" : "Fixed", added ? "Fixed in" : "By");
		url = escape_url(&w->arena, url);
		buf_addf(w->out, "| %s | ", judge_has_severity(v[i]->kind) ? severity_name(v[i]->severity) : "–");
		if (url.n)
			buf_add_char(w->out, '[');
		escape_markdown(&w->arena, w->out, v[i]->id.n ? v[i]->id : str_c(finding_kind_name(v[i]->kind)));
		if (url.n)
			buf_addf(w->out, "](%.*s)", STR_FMT(url));
		buf_add_c(w->out, " |");
		cell(w, subject(w, v[i]));
		cell(w, remedy(w, v[i], added));
		cell(w, v[i]->title.n ? v[i]->title : v[i]->description);
		buf_add_char(w->out, '\n');
	}
	return 0;
}

static int write_markdown(struct compare *w, struct error *err)
{
	const struct comparison *c = w->c;
	const struct package_change *p;
	buf_add_c(w->out, "### ");
	escape_markdown(&w->arena, w->out, c->old->image.artifact_name);
	buf_add_c(w->out, " → ");
	escape_markdown(&w->arena, w->out, c->new->image.artifact_name);
	struct str added = counted(w, &c->added), fixed = counted(w, &c->fixed);
	buf_addf(w->out, "\n\n**%.*s new** · **%.*s fixed** · %zu unchanged\n", STR_FMT(added), STR_FMT(fixed), c->kept.n);
	int r = markdown_rows(w, &c->added, true, err);
	if (r == 0)
		r = markdown_rows(w, &c->fixed, false, err);
	if (r == 0 && c->packages.n) {
		buf_addf(w->out, "\n<details><summary>%zu package%s changed</summary>\n\n| Package | Old | New |\n|---|---|---|\n", c->packages.n, c->packages.n == 1 ? "" : "s");
		vec_foreach(p, &c->packages) {
			buf_add_char(w->out, '|');
			cell(w, p->package->name);
			cell(w, versions(w, &p->old_versions));
			cell(w, versions(w, &p->new_versions));
			buf_add_char(w->out, '\n');
		}
		buf_add_c(w->out, "\n</details>\n");
	}
	return r;
}

/* --- for machines --- */

static void json_side(struct json_writer *w, struct str key, const struct report *r)
{
	size_t counts[SEVERITY_COUNT];
	finding_count(&r->findings, FINDING_VULNERABILITY, counts);
	json_member_object(w, key);
	json_member_string(w, STR("ArtifactName"), r->image.artifact_name);
	json_member_string_opt(w, STR("ImageID"), r->image.id);
	json_member_object(w, STR("Vulnerabilities"));
	for (int s = SEVERITY_UNKNOWN; s < SEVERITY_COUNT; s++)
		json_member_uint(w, str_c(severity_name((enum severity)s)), counts[s]);
	json_end_object(w);
	json_end_object(w);
}

static int json_findings(struct compare *w, struct json_writer *j, struct str key, const struct finding_ref_vec *list, struct error *err)
{
	const struct finding **v = sorted(w, list);
	if (!v)
		return error_nomem(err);
	json_member_array(j, key);
	for (size_t i = 0; i < list->n; i++) {
		const struct finding *f = v[i];
		const struct package *p = f->subject.package;
		json_begin_object(j);
		json_member_string(j, STR("ID"), f->id);
		json_member_string(j, STR("Kind"), str_c(finding_kind_name(f->kind)));
		json_member_string(j, STR("Severity"), str_c(severity_name(f->severity)));
		if (p) {
			json_member_string(j, STR("Package"), p->name);
			json_member_string(j, STR("Version"), p->version);
		}
		json_member_string_opt(j, STR("FixedVersion"), versions(w, &f->fixed));
		json_member_string_opt(j, STR("Path"), !p ? f->subject.path : package_kind_info(p->kind)->os ? STR_NONE : p->path);
		json_member_string_opt(j, STR("Title"), f->title);
		json_end_object(j);
	}
	json_end_array(j);
	return 0;
}

static void json_versions(struct json_writer *j, struct str key, const struct str_vec *list)
{
	const struct str *s;
	json_member_array(j, key);
	vec_foreach(s, list)
		json_string(j, *s);
	json_end_array(j);
}

static int write_json(struct compare *w, struct error *err)
{
	const struct comparison *c = w->c;
	const struct package_change *p;
	struct json_writer j;
	json_writer_init(&j, w->out, 2, 0);
	json_begin_object(&j);
	json_side(&j, STR("Old"), c->old);
	json_side(&j, STR("New"), c->new);
	int r = json_findings(w, &j, STR("Added"), &c->added, err);
	if (r == 0)
		r = json_findings(w, &j, STR("Fixed"), &c->fixed, err);
	json_member_uint(&j, STR("Unchanged"), c->kept.n);
	json_member_array(&j, STR("Packages"));
	vec_foreach(p, &c->packages) {
		json_begin_object(&j);
		json_member_string(&j, STR("Name"), p->package->name);
		json_member_string(&j, STR("Change"), str_c(change_names[p->kind]));
		json_versions(&j, STR("Old"), &p->old_versions);
		json_versions(&j, STR("New"), &p->new_versions);
		json_end_object(&j);
	}
	json_end_array(&j);
	json_end_object(&j);
	buf_add_char(w->out, '\n');
	return r;
}

bool report_compares(enum report_format format)
{
	return format == FORMAT_TABLE || format == FORMAT_MARKDOWN || format == FORMAT_JSON;
}

int report_compare(const struct comparison *c, enum report_format format, const struct report_style *style, struct buf *out, struct error *err)
{
	struct compare w = { .c = c, .style = style, .out = out };
	const struct package_change *p;
	int r = 0;
	if (!report_compares(format))
		return error_set(err, ERR_USAGE, "a comparison is written as table, markdown or json");
	arena_init(&w.arena, ARENA_NO_LIMIT);
	map_init(&w.changes, &w.arena);
	vec_foreach(p, &c->packages)
		if (r == 0) {
			struct str key = change_key(&w, p->package);
			if (!key.p || map_put(&w.changes, key, (void *)(uintptr_t)p) < 0)
				r = error_nomem(err);
		}
	if (r == 0)
		r = format == FORMAT_TABLE ? write_table(&w, err) : format == FORMAT_MARKDOWN ? write_markdown(&w, err) : write_json(&w, err);
	if (r == 0 && buf_failed(out))
		r = error_set(err, ERR_LIMIT, "the comparison is too large");
	arena_release(&w.arena);
	return r;
}
