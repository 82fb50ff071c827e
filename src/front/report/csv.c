#include "front/report/escape.h"
#include "front/report/rows.h"

/* RFC 4180: a header, CRLF. Cells come from strangers and end up in spreadsheets: see escape_csv. */
static const char header[] = "Kind,ID,Severity,Score,Package,Version,Fixed,Status,Title,Target,Type,Path,Line,Layer,LayerDigest,CVSS,KEV,EPSS,DirectDependency,PURL,URL,"
			     "Suppressed,Reason,Until,Fingerprint\r\n";

struct csv {
	struct arena arena;
	struct buf *out;
	bool first;
};

static void cell(struct csv *w, struct str s)
{
	if (!w->first)
		buf_add_char(w->out, ',');
	w->first = false;
	escape_csv(&w->arena, w->out, s);
}

static void number(struct csv *w, double n, int digits)
{
	char dst[64];
	snprintf(dst, sizeof(dst), "%.*f", digits, n);
	cell(w, str_c(dst));
}

static void number_if(struct csv *w, bool known, double n, int digits)
{
	if (known)
		number(w, n, digits);
	else
		cell(w, STR(""));
}

static void write_row(struct csv *w, const struct report_row *row)
{
	const struct finding *f = row->finding;
	const struct vulnerability *v = f->vulnerability;
	const struct package *p = f->subject.package;
	double cvss = report_cvss(f, NULL);
	bool vulnerability = f->kind == FINDING_VULNERABILITY;
	w->first = true;
	cell(w, row->kind);
	cell(w, row->id);
	cell(w, judge_has_severity(f->kind) ? str_c(severity_name(f->severity)) : STR(""));
	cell(w, row->score);
	cell(w, row->name);
	cell(w, row->version);
	cell(w, row->fixed);
	cell(w, vulnerability ? str_c(advisory_status_name(f->status)) : STR(""));
	cell(w, row->title);
	cell(w, row->target);
	cell(w, row->type);
	cell(w, row->path);
	number_if(w, row->line, row->line, 0);
	number_if(w, row->layer, row->layer, 0);
	cell(w, row->layer_digest);
	number_if(w, cvss > 0, cvss, 1);
	cell(w, vulnerability ? (v && v->kev ? STR("yes") : STR("no")) : STR(""));
	number_if(w, v && v->epss >= 0, v ? v->epss : 0, 5);
	cell(w, !p || package_kind_info(p->kind)->os ? STR("") : p->indirect ? STR("no") : STR("yes"));
	cell(w, row->purl);
	cell(w, row->url);
	cell(w, f->suppressed.active ? f->suppressed.status.n ? f->suppressed.status : STR("yes") : STR(""));
	cell(w, f->suppressed.reason);
	cell(w, f->suppressed.until);
	cell(w, row->fingerprint);
	buf_add_c(w->out, "\r\n");
}

int report_csv(const struct report *r, const struct report_options *opt, struct buf *out, struct error *err)
{
	struct csv w = { .out = out };
	struct report_row_vec rows = { 0 };
	const struct report_row *row;
	arena_init(&w.arena, ARENA_NO_LIMIT);
	int e = report_rows(&w.arena, r, opt, &rows, err);
	buf_add_c(out, header);
	if (e == 0)
		vec_foreach(row, &rows)
			if (!row->finding->suppressed.active || opt->show_suppressed)
				write_row(&w, row);
	if (e == 0 && buf_failed(out))
		e = error_set(err, ERR_LIMIT, "the report is too large");
	arena_release(&w.arena);
	return e;
}
