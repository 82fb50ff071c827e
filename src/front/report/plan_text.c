#include "front/report/plan_text.h"
#include "front/report/escape.h"
#include "front/report/grid.h"
#include "front/report/text.h"

enum { PLAN_STEP, PLAN_SCORE, PLAN_FROM, PLAN_WHERE, PLAN_COUNT };
static const struct grid_column columns[PLAN_COUNT] = {
	[PLAN_STEP] = { .title = "UPGRADE", .min = 24 },
	[PLAN_SCORE] = { .title = "SCORE", .weight = 2 },
	[PLAN_FROM] = { .title = "INSTALLED", .min = 10, .weight = 3 },
	[PLAN_WHERE] = { .title = "WHERE", .min = 14, .weight = 4 },
};

static struct str summary(struct arena *a, const struct plan *p)
{
	struct str unfixed = p->unfixed ? arena_printf(a, "; %zu ha%s no fix yet", p->unfixed, p->unfixed == 1 ? "s" : "ve") : STR("");
	if (!p->findings || !unfixed.p)
		return p->findings ? STR_NONE : STR("Nothing to upgrade: no vulnerabilities");
	return arena_printf(a, "%zu upgrade%s remove%s %zu of %zu vulnerabilities%.*s", p->steps.n, p->steps.n == 1 ? "" : "s", p->steps.n == 1 ? "s" : "", p->gone, p->findings,
			    STR_FMT(unfixed));
}

/* "upgrade minimist to 1.2.6: 1 finding gone, 1 exploited; 2 stay" */
static struct str step_line(struct arena *a, const struct plan_step *s)
{
	struct str text = plan_step_text(a, s), left = s->left ? arena_printf(a, "; %zu stay%s", s->left, s->left == 1 ? "s" : "") : STR("");
	if (!text.p || !left.p)
		return STR_NONE;
	return arena_printf(a, "%.*s%s%.*s%s", STR_FMT(text), s->exploited ? " (exploited)" : "", STR_FMT(left), s->indirect ? " (another dependency needs it)" : "");
}

static struct str score_text(struct arena *a, const struct plan_step *s)
{
	return arena_printf(a, "%u.%u", s->score / 10, s->score % 10);
}

static struct str cleaned(struct arena *a, struct str s)
{
	return s.p ? text_clean(a, s) : s;
}

int plan_write_table(struct arena *a, const struct report *r, const struct report_options *opt, struct buf *out, struct error *err)
{
	struct plan plan;
	struct grid g;
	const struct plan_step *s;
	int e = plan_make(a, r, &plan, err);
	if (e < 0)
		return e;
	struct str head = cleaned(a, report_people_name(r)), line = summary(a, &plan);
	if (!head.p || !line.p)
		return error_nomem(err);
	buf_addf(out, "%.*s\n", STR_FMT(head));
	buf_add_repeat(out, '=', opt->style.width ? MIN_OF(text_width(head), opt->style.width) : text_width(head));
	buf_addf(out, "\n%.*s\n", STR_FMT(line));
	if (!plan.steps.n)
		return 0;
	buf_add_char(out, '\n');
	grid_init(&g, a, columns, PLAN_COUNT);
	vec_foreach(s, &plan.steps) {
		grid_row(&g, false);
		grid_add(&g, cleaned(a, step_line(a, s)), s->exploited ? GRID_BRIGHT_RED : GRID_PLAIN);
		grid_add(&g, score_text(a, s), GRID_PLAIN);
		grid_add(&g, cleaned(a, s->from), GRID_PLAIN);
		grid_add(&g, cleaned(a, plan_step_place(a, s)), GRID_PLAIN);
	}
	if (grid_plan(&g, &opt->style))
		return grid_write(&g, &opt->style, out, err);
	vec_foreach(s, &plan.steps) {
		struct str_vec lines = { 0 };
		struct str text = cleaned(a, step_line(a, s));
		if (!text.p || text_wrap(a, text, opt->style.width > 4 ? opt->style.width - 2 : 2, &lines) < 0)
			return error_nomem(err);
		for (size_t i = 0; i < lines.n; i++)
			buf_addf(out, "%s%.*s\n", i ? "  " : "", STR_FMT(lines.v[i]));
	}
	return 0;
}

static void cell(struct arena *a, struct buf *out, struct str s)
{
	buf_add_char(out, ' ');
	escape_markdown(a, out, s.p ? s : STR(""));
	buf_add_c(out, " |");
}

int plan_write_markdown(struct arena *a, const struct report *r, struct buf *out, struct error *err)
{
	struct plan plan;
	const struct plan_step *s;
	int e = plan_make(a, r, &plan, err);
	if (e < 0)
		return e;
	escape_markdown(a, out, summary(a, &plan));
	buf_add_c(out, "\n");
	if (plan.steps.n)
		buf_add_c(out, "\n| Upgrade | Score | Installed | Where |\n|---|--:|---|---|\n");
	vec_foreach(s, &plan.steps) {
		struct str line = step_line(a, s);
		if (!line.p)
			return error_nomem(err);
		buf_add_c(out, "|");
		cell(a, out, line);
		cell(a, out, score_text(a, s));
		cell(a, out, s->from);
		cell(a, out, plan_step_place(a, s));
		buf_add_c(out, "\n");
	}
	return 0;
}

static void write_step(struct arena *a, const struct report *r, const struct plan_step *s, struct json_writer *w)
{
	struct str text = plan_step_text(a, s);
	json_begin_object(w);
	json_member_string(w, STR("Text"), text.p ? text : STR(""));
	json_member_string(w, STR("Type"), str_c(package_kind_info(s->kind)->name));
	json_member_string(w, STR("Package"), s->name);
	json_member_string(w, STR("InstalledVersion"), s->from);
	json_member_string(w, STR("Version"), s->to);
	json_member_string_opt(w, STR("Path"), s->path);
	json_member_uint(w, STR("Packages"), s->packages);
	if (s->layer)
		json_member_uint(w, STR("Layer"), s->layer);
	json_member_bool(w, STR("BaseImage"), s->base);
	json_member_bool(w, STR("Indirect"), s->indirect);
	json_member_bool(w, STR("Exploited"), s->exploited);
	json_member_double(w, STR("Score"), s->score / 10.0);
	json_member_uint(w, STR("Left"), s->left);
	json_member_array(w, STR("Gone"));
	for (size_t i = 0; i < s->gone.n; i++)
		json_string(w, r->findings.v[s->gone.v[i]].id);
	json_end_array(w);
	json_end_object(w);
}

int plan_write_json(struct arena *a, const struct report *r, struct json_writer *w, struct error *err)
{
	struct plan plan;
	const struct plan_step *s;
	int e = plan_make(a, r, &plan, err);
	if (e < 0)
		return e;
	json_begin_object(w);
	json_member_uint(w, STR("Findings"), plan.findings);
	json_member_uint(w, STR("Gone"), plan.gone);
	json_member_uint(w, STR("Unfixed"), plan.unfixed);
	json_member_array(w, STR("Upgrades"));
	vec_foreach(s, &plan.steps)
		write_step(a, r, s, w);
	json_end_array(w);
	json_end_object(w);
	return 0;
}
