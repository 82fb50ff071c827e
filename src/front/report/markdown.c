#include "front/report/escape.h"
#include "front/report/plan_text.h"
#include "front/report/rows.h"

/* For pull requests and job summaries: a line of counts, one table, what people must know. All text is escaped (escape.h). */
struct markdown {
	struct arena arena;
	struct buf *out;
	const struct report *r;
	const struct report_options *opt;
};

static void text(struct markdown *m, struct str s)
{
	escape_markdown(&m->arena, m->out, s);
}

static void cell(struct markdown *m, struct str s)
{
	buf_add_c(m->out, " ");
	text(m, s);
	buf_add_c(m->out, " |");
}

static void write_counts(struct markdown *m, const struct report_row_vec *rows)
{
	size_t counts[SEVERITY_COUNT] = { 0 }, total = 0, fixable = 0, exploited = 0;
	const struct report_row *row;
	vec_foreach(row, rows) {
		const struct finding *f = row->finding;
		if (f->suppressed.active || !judge_has_severity(f->kind))
			continue;
		total++;
		counts[f->severity]++;
		fixable += row->fix.n > 0;
		exploited += f->vulnerability && f->vulnerability->kev;
	}
	buf_addf(m->out, "**%zu finding%s**", total, total == 1 ? "" : "s");
	const char *separator = ": ";
	for (int s = SEVERITY_CRITICAL; s >= SEVERITY_UNKNOWN; s--) {
		if (!counts[s])
			continue;
		buf_addf(m->out, "%s%zu %s", separator, counts[s], severity_name((enum severity)s));
		separator = " · ";
	}
	if (total)
		buf_addf(m->out, " · %zu with a fix", fixable);
	if (exploited)
		buf_addf(m->out, " · **%zu known to be exploited**", exploited);
	if (report_is_incomplete(m->r))
		buf_add_c(m->out, " · **not all was judged**");
	buf_add_c(m->out, "\n");
}

static void write_gates(struct markdown *m)
{
	for (size_t i = 0; i < m->opt->verdict_count; i++) {
		const struct verdict *v = &m->opt->verdicts[i];
		buf_add_c(m->out, v->count ? "\n**Gate not met:** " : "\nGate met: ");
		text(m, v->gate->text);
		if (v->count)
			buf_addf(m->out, " (%zu finding%s)", v->count, v->count == 1 ? "" : "s");
		buf_add_c(m->out, "\n");
	}
}

static void write_id(struct markdown *m, const struct report_row *row)
{
	struct str url = escape_url(&m->arena, row->url);
	buf_add_c(m->out, url.n ? " [" : " ");
	text(m, row->id);
	if (url.n) {
		buf_add_c(m->out, "](");
		buf_add(m->out, url);
		buf_add_c(m->out, ")");
	}
	buf_add_c(m->out, " |");
}

static void write_row(struct markdown *m, const struct report_row *row)
{
	const struct finding *f = row->finding;
	const struct vulnerability *v = f->vulnerability;
	buf_add_c(m->out, "|");
	buf_addf(m->out, " %s |", judge_has_severity(f->kind) ? severity_name(f->severity) : "–");
	cell(m, row->score);
	write_id(m, row);
	cell(m, row->subject);
	cell(m, row->fixed.n ? row->fixed : f->fix_text.n ? f->fix_text : f->kind == FINDING_VULNERABILITY ? str_c(advisory_status_name(f->status)) : STR(""));
	buf_add_c(m->out, v && v->kev ? " **exploited** " : " ");
	text(m, row->title);
	buf_add_c(m->out, " |\n");
}

static void write_rows(struct markdown *m, const struct report_row_vec *rows, bool suppressed)
{
	const struct report_row *row;
	bool any = false;
	vec_foreach(row, rows) {
		if (row->finding->suppressed.active != suppressed)
			continue;
		if (!any)
			buf_add_c(m->out, "\n| Severity | Score | ID | Where | Fixed in | What |\n|---|--:|---|---|---|---|\n");
		any = true;
		write_row(m, row);
	}
}

static void write_suppressed(struct markdown *m, const struct report_row_vec *rows)
{
	const struct report_row *row;
	size_t n = 0;
	vec_foreach(row, rows) {
		const struct finding *f = row->finding;
		if (!f->suppressed.active)
			continue;
		if (!n++)
			buf_add_c(m->out, "\n<details><summary>Suppressed</summary>\n\n| ID | Where | By | Until | Reason |\n|---|---|---|---|---|\n");
		buf_add_c(m->out, "|");
		write_id(m, row);
		cell(m, row->subject);
		cell(m, f->suppressed.by);
		cell(m, f->suppressed.until);
		cell(m, f->suppressed.reason);
		buf_add_c(m->out, "\n");
	}
	if (n)
		buf_add_c(m->out, "\n</details>\n");
}

static int write_remarks(struct markdown *m, struct error *err)
{
	struct str_vec remarks = { 0 };
	int e = report_remarks(&m->arena, m->r, m->opt, &remarks, err);
	if (e == 0 && remarks.n)
		buf_add_c(m->out, "\n");
	for (size_t i = 0; e == 0 && i < remarks.n; i++) {
		buf_add_c(m->out, str_has_prefix(remarks.v[i], STR("  ")) ? "  - " : "- ");
		text(m, str_trim(remarks.v[i]));
		buf_add_c(m->out, "\n");
	}
	return e;
}

int report_markdown(const struct report *r, const struct report_options *opt, struct buf *out, struct error *err)
{
	struct markdown m = { .out = out, .r = r, .opt = opt };
	struct report_row_vec rows = { 0 };
	arena_init(&m.arena, ARENA_NO_LIMIT);
	int e = report_rows(&m.arena, r, opt, &rows, err);
	if (e == 0) {
		buf_add_c(out, "### ");
		text(&m, report_people_name(r));
		buf_add_c(out, "\n\n");
		write_counts(&m, &rows);
		write_gates(&m);
		if (opt->plan) {
			buf_add_c(out, "\n");
			e = plan_write_markdown(&m.arena, r, out, err);
		} else {
			write_rows(&m, &rows, false);
		}
		if (opt->show_suppressed)
			write_suppressed(&m, &rows);
		if (e == 0)
			e = write_remarks(&m, err);
	}
	if (e == 0 && buf_failed(out))
		e = error_set(err, ERR_LIMIT, "the report is too large");
	arena_release(&m.arena);
	return e;
}
