#include "engine/plan/plan.h"
#include "format/json/json_write.h"
#include "front/report/escape.h"
#include "front/report/html/page.h"
#include "front/report/rows.h"
#include "front/report/text.h"

/* One page that needs nothing else: style and script are in it, no address is loaded, and its Content-Security-Policy lets nothing else run. All foreign text is escaped
 * here or stands in the JSON block, where '<' is written as \u003c; the script puts it into text nodes only. Summary, charts, plan, the first rows and the remarks are
 * written as plain HTML, so that the page can be read without scripts; sorting, filtering and the rest of the rows need them. */
#define STATIC_ROWS_MAX 100 /* as the script's page */
#define PLAN_OPEN_MAX   10 /* the rest folds away */
#define PLAN_SHOWN_MAX  500
#define LAYER_TEXT_MAX  120

struct html {
	struct arena arena;
	struct buf *out;
	const struct report *r;
	const struct report_options *opt;
	struct report_row_vec rows;
	struct plan plan;
	struct str_vec remarks;
	struct map texts; /* descriptions, each once: text -> index + 1 */
	size_t active, counts[SEVERITY_COUNT], fixable, exploited, other;
	bool failed;
};

static void text(struct html *h, struct str s)
{
	escape_xml(&h->arena, h->out, s);
}

static void element(struct html *h, const char *open, struct str s, const char *close)
{
	buf_add_c(h->out, open);
	text(h, s);
	buf_add_c(h->out, close);
}

static struct str checked(struct html *h, struct str s)
{
	h->failed |= !s.p;
	return s.p ? s : STR("");
}

static struct str clean(struct html *h, struct str s)
{
	return checked(h, text_clean(&h->arena, s));
}

/* As text_clean, but keeps the line breaks. */
static struct str clean_lines(struct html *h, struct str s)
{
	struct buf b;
	struct str line;
	buf_init(&b, 1u << 24);
	while (str_next_line(&s, &line)) {
		buf_add(&b, clean(h, line));
		buf_add_char(&b, '\n');
	}
	struct str all = buf_failed(&b) ? STR_NONE : arena_str(&h->arena, str_trim(buf_str(&b)));
	buf_release(&b);
	return checked(h, all);
}

static void count_rows(struct html *h)
{
	const struct report_row *row;
	vec_foreach(row, &h->rows) {
		const struct finding *f = row->finding;
		if (f->suppressed.active)
			continue;
		h->active++;
		h->exploited += f->vulnerability && f->vulnerability->kev;
		if (judge_has_severity(f->kind)) {
			h->counts[f->severity]++;
			h->fixable += row->fix.n > 0;
		} else {
			h->other++;
		}
	}
}

static void fact(struct html *h, const char *name, struct str value)
{
	if (!value.n)
		return;
	buf_addf(h->out, "<div><dt>%s</dt><dd>", name);
	text(h, value);
	buf_add_c(h->out, "</dd></div>\n");
}

static void write_verdicts(struct html *h)
{
	bool incomplete = report_is_incomplete(h->r);
	if (!h->opt->verdict_count && !incomplete)
		return;
	buf_add_c(h->out, "<ul class=\"verdicts\">\n");
	if (incomplete)
		buf_add_c(h->out, "<li class=\"bad\"><strong>Not all was judged</strong><a href=\"#remarks\">see the remarks</a></li>\n");
	for (size_t i = 0; i < h->opt->verdict_count; i++) {
		const struct verdict *v = &h->opt->verdicts[i];
		buf_add_c(h->out, v->count ? "<li class=\"bad\"><strong>Gate not met: " : "<li class=\"good\"><strong>Gate met: ");
		text(h, v->gate->text);
		buf_add_c(h->out, "</strong>");
		if (v->count)
			buf_addf(h->out, "%zu finding%s", v->count, v->count == 1 ? "" : "s");
		if (v->unjudged)
			buf_addf(h->out, "%s%zu could not be judged", v->count ? ", " : "", v->unjudged);
		buf_add_c(h->out, "</li>\n");
	}
	buf_add_c(h->out, "</ul>\n");
}

static void write_head(struct html *h)
{
	const struct image_info *image = &h->r->image;
	const struct distro *d = &h->r->facts.distro;
	element(h, "<div class=\"lead\"><div><h1>", report_people_name(h->r), "</h1>\n<dl class=\"facts\">\n");
	if (d->known)
		fact(h, "System", checked(h, arena_printf(&h->arena, "%.*s %.*s", STR_FMT(distro_trivy_family(d)), STR_FMT(d->version))));
	fact(h, "Platform", image->architecture.n ? checked(h, arena_printf(&h->arena, "%.*s/%.*s", STR_FMT(image->os.n ? image->os : STR("linux")), STR_FMT(image->architecture))) : STR(""));
	fact(h, "Packages", checked(h, arena_printf(&h->arena, "%zu", h->r->facts.packages.n)));
	if (image->layers.n)
		fact(h, "Layers", checked(h, arena_printf(&h->arena, "%zu", image->layers.n)));
	fact(h, "Scanned", h->r->created);
	fact(h, "Advisories of", str_sub(h->r->db_updated, 0, 10));
	fact(h, "Image", image->id.n > 19 ? checked(h, arena_printf(&h->arena, "%.*s…", 19, image->id.p)) : image->id);
	buf_add_c(h->out, "</dl></div>\n");
	write_verdicts(h);
	buf_add_c(h->out, "</div>\n");
}

static void write_cards(struct html *h)
{
	static const char *const words[SEVERITY_COUNT] = { "unknown", "low", "medium", "high", "critical" };
	buf_add_c(h->out, "<ul class=\"cards\">\n");
	for (int s = SEVERITY_CRITICAL; s >= SEVERITY_UNKNOWN; s--)
		if (h->counts[s] || s > SEVERITY_UNKNOWN)
			buf_addf(h->out, "<li class=\"c%d\"><b>%zu</b><span>%s</span></li>\n", s, h->counts[s], words[s]);
	buf_addf(h->out, "<li><b>%zu</b><span>with a fix</span></li>\n<li%s><b>%zu</b><span>known to be exploited</span></li>\n</ul>\n", h->fixable,
		 h->exploited ? " class=\"c4\"" : "", h->exploited);
}

/* A bar of 1000 units for the largest total. */
static void write_bar(struct html *h, const size_t counts[SEVERITY_COUNT], size_t largest)
{
	double x = 0;
	buf_add_c(h->out, "<svg viewBox=\"0 0 1000 16\" preserveAspectRatio=\"none\" aria-hidden=\"true\" focusable=\"false\">");
	for (int s = SEVERITY_CRITICAL; s >= SEVERITY_UNKNOWN; s--) {
		double w = largest ? 1000.0 * (double)counts[s] / (double)largest : 0;
		if (counts[s])
			buf_addf(h->out, "<rect class=\"f%d\" x=\"%.1f\" y=\"0\" width=\"%.1f\" height=\"16\"/>", s, x, MAX_OF(w, 4.0));
		x += counts[s] ? MAX_OF(w, 4.0) : 0;
	}
	buf_add_c(h->out, "</svg>");
}

static void write_severity_chart(struct html *h)
{
	size_t largest = 0;
	for (int s = 0; s < SEVERITY_COUNT; s++)
		largest = MAX_OF(largest, h->counts[s]);
	buf_add_c(h->out, "<section><h2>By severity</h2>\n<dl class=\"bars\">\n");
	for (int s = SEVERITY_CRITICAL; s >= SEVERITY_UNKNOWN; s--) {
		size_t only[SEVERITY_COUNT] = { 0 };
		only[s] = h->counts[s];
		buf_addf(h->out, "<dt>%s</dt><dd>", severity_name((enum severity)s));
		write_bar(h, only, largest);
		buf_addf(h->out, "</dd><dd class=\"n\">%zu</dd>\n", h->counts[s]);
	}
	buf_add_c(h->out, "</dl></section>\n");
}

/* "RUN apt-get update" of "/bin/sh -c apt-get update # buildkit". */
static struct str layer_command(struct html *h, struct str by)
{
	by = str_trim(by);
	str_strip_prefix(&by, STR("/bin/sh -c "));
	by = str_trim(by);
	str_strip_prefix(&by, STR("#(nop) "));
	str_strip_suffix(&by, STR("# buildkit"));
	return checked(h, text_fit(&h->arena, clean(h, str_trim(by)), LAYER_TEXT_MAX, true));
}

static void write_layer_chart(struct html *h)
{
	const struct image_layer_vec *layers = &h->r->image.layers;
	size_t largest = 0, n = layers->n, (*counts)[SEVERITY_COUNT] = arena_array(&h->arena, n + 1, sizeof(*counts)), *totals = arena_array(&h->arena, n + 1, sizeof(*totals));
	const struct report_row *row;
	if (!counts || !totals) {
		h->failed = true;
		return;
	}
	vec_foreach(row, &h->rows) {
		if (row->finding->suppressed.active || !row->layer || !judge_has_severity(row->finding->kind))
			continue;
		counts[row->layer][row->finding->severity]++;
		totals[row->layer]++;
		largest = MAX_OF(largest, totals[row->layer]);
	}
	if (!n)
		return;
	size_t empty = 0;
	buf_add_c(h->out, "<section><h2>By layer</h2>\n");
	buf_add_c(h->out, "<dl class=\"bars layers\">\n");
	for (size_t i = 1; i <= n; i++) {
		struct str command = layer_command(h, layers->v[i - 1].created_by);
		if (!totals[i]) {
			empty++;
			continue;
		}
		buf_addf(h->out, "<dt><b>%s%zu</b> ", i <= h->plan.base_layers ? "Base image, layer " : "Layer ", i);
		if (command.n)
			element(h, "<code>", command, "</code>");
		buf_add_c(h->out, "</dt><dd>");
		write_bar(h, counts[i], largest);
		buf_addf(h->out, "</dd><dd class=\"n\">%zu</dd>\n", totals[i]);
	}
	buf_add_c(h->out, "</dl>\n");
	if (empty)
		buf_addf(h->out, "<p class=\"sub\">Nothing in %zu other layer%s.</p>\n", empty, empty == 1 ? "" : "s");
	buf_add_c(h->out, "</section>\n");
}

static void write_steps(struct html *h, size_t from, size_t to)
{
	buf_add_c(h->out, "<div class=\"scroll\"><table>\n<thead><tr><th scope=\"col\">Package</th><th scope=\"col\">To version</th><th scope=\"col\" class=\"number\">Gone</th>"
			  "<th scope=\"col\" class=\"number\">Score removed</th><th scope=\"col\">Where</th></tr></thead>\n<tbody>\n");
	for (size_t i = from; i < to; i++) {
		const struct plan_step *s = &h->plan.steps.v[i];
		element(h, "<tr><td>", s->name, "");
		if (s->exploited)
			buf_add_c(h->out, " <span class=\"pill kev\">exploited</span>");
		element(h, "<span class=\"place\">", s->from, "</span></td>");
		element(h, "<td data-label=\"to\">", s->to, "</td>");
		buf_addf(h->out, "<td class=\"number\" data-label=\"gone\">%zu</td><td class=\"number\" data-label=\"score removed\">%u.%u</td>", s->gone.n, s->score / 10, s->score % 10);
		element(h, "<td>", checked(h, plan_step_place(&h->arena, s)), "</td></tr>\n");
	}
	buf_add_c(h->out, "</tbody></table></div>\n");
}

static void write_plan(struct html *h)
{
	const struct plan *p = &h->plan;
	size_t n = MIN_OF(p->steps.n, PLAN_SHOWN_MAX), open = MIN_OF(n, PLAN_OPEN_MAX);
	if (!n)
		return;
	buf_add_c(h->out, "<section class=\"plan\" aria-labelledby=\"plan-title\"><h2 id=\"plan-title\">Upgrade these first</h2>\n");
	buf_addf(h->out, "<p class=\"sub\">%zu upgrade%s remove%s %zu of %zu vulnerabilities; %zu ha%s no fix yet.</p>\n", p->steps.n, p->steps.n == 1 ? "" : "s",
		 p->steps.n == 1 ? "s" : "", p->gone, p->findings, p->unfixed, p->unfixed == 1 ? "s" : "ve");
	write_steps(h, 0, open);
	if (n > open) {
		buf_addf(h->out, "<details><summary>%zu more</summary>\n", n - open);
		write_steps(h, open, n);
		if (p->steps.n > n)
			buf_addf(h->out, "<p class=\"sub\">and %zu further ones; --plan lists all.</p>\n", p->steps.n - n);
		buf_add_c(h->out, "</details>\n");
	}
	buf_add_c(h->out, "</section>\n");
}

static struct str status_text(const struct report_row *row)
{
	return row->finding->kind == FINDING_VULNERABILITY ? str_c(advisory_status_name(row->finding->status)) : STR("");
}

static void write_static_rows(struct html *h)
{
	size_t n = 0;
	const struct report_row *row;
	vec_foreach(row, &h->rows) {
		const struct finding *f = row->finding;
		struct str url = escape_url(&h->arena, row->url);
		bool rated = judge_has_severity(f->kind);
		if (f->suppressed.active || n++ >= STATIC_ROWS_MAX)
			continue;
		buf_addf(h->out, "<tr><td class=\"first\"><span class=\"pill p%d\">%s</span></td><td class=\"number second\" data-label=\"score\">%.*s</td>", rated ? f->severity : 0,
			 rated ? severity_name(f->severity) : "–", STR_FMT(row->score));
		buf_add_c(h->out, "<td>");
		if (url.n)
			element(h, "<a rel=\"noopener noreferrer\" href=\"", url, "\">");
		text(h, row->id);
		buf_add_c(h->out, url.n ? "</a></td>" : "</td>");
		element(h, "<td>", row->name.n ? row->name : row->subject, "</td>");
		element(h, "<td data-label=\"installed\">", row->version, "</td>");
		element(h, "<td data-label=\"fixed in\">", row->fixed.n ? row->fixed : status_text(row), "</td><td class=\"what\">");
		if (f->vulnerability && f->vulnerability->kev)
			buf_add_c(h->out, "<span class=\"pill kev\">exploited</span>");
		text(h, row->title);
		buf_add_c(h->out, "</td></tr>\n");
	}
}

static void write_count(struct html *h)
{
	buf_addf(h->out, "%zu finding%s", h->active, h->active == 1 ? "" : "s");
	if (h->active > STATIC_ROWS_MAX)
		buf_addf(h->out, "; the first %d are shown here, all of them with scripts turned on", STATIC_ROWS_MAX);
}

static void write_suppressed(struct html *h)
{
	size_t n = 0;
	const struct report_row *row;
	vec_foreach(row, &h->rows) {
		const struct suppression *why = &row->finding->suppressed;
		if (!why->active || !h->opt->show_suppressed)
			continue;
		if (!n++)
			buf_add_c(h->out, "<section><details><summary>Suppressed</summary>\n<table><thead><tr><th scope=\"col\">ID</th><th scope=\"col\">Package or place</th>"
					  "<th scope=\"col\">By</th><th scope=\"col\">Until</th><th scope=\"col\">Reason</th></tr></thead><tbody>\n");
		element(h, "<tr><td>", row->id, "</td>");
		element(h, "<td>", row->subject, "</td>");
		element(h, "<td data-label=\"by\">", why->by, "</td>");
		element(h, "<td data-label=\"until\">", why->until, "</td>");
		element(h, "<td>", why->reason, "</td></tr>\n");
	}
	if (n)
		buf_add_c(h->out, "</tbody></table></details></section>\n");
}

static void write_notes(struct html *h)
{
	if (!h->remarks.n)
		return;
	buf_add_c(h->out, "<section id=\"remarks\"><h2>Worth knowing</h2>\n<ul class=\"notes\">\n");
	for (size_t i = 0; i < h->remarks.n; i++)
		element(h, "<li>", str_trim(h->remarks.v[i]), "</li>\n");
	buf_add_c(h->out, "</ul></section>\n");
}

static void member(struct html *h, struct json_writer *w, struct str key, struct str value)
{
	json_member_string_opt(w, key, clean(h, value));
}

static int text_index(struct html *h, struct str s, int64_t *ret)
{
	bool is_new;
	void **slot = map_at(&h->texts, s, &is_new);
	if (!slot)
		return ERR_NOMEM;
	if (is_new)
		*slot = (void *)(uintptr_t)h->texts.n;
	*ret = (int64_t)(uintptr_t)*slot - 1;
	return 0;
}

static void write_details(struct html *h, struct json_writer *w, const struct report_row *row)
{
	const struct finding *f = row->finding;
	const struct vulnerability *v = f->vulnerability;
	struct str vector, cwes = v ? report_join(&h->arena, &v->cwes) : STR("");
	double cvss = report_cvss(f, &vector);
	int64_t index;
	if (f->description.n) {
		if (text_index(h, f->description, &index) < 0)
			h->failed = true;
		else
			json_member_int(w, STR("d"), index);
	}
	if (v && v->kev)
		json_member_int(w, STR("K"), 1);
	if (v && v->kev)
		member(h, w, STR("D"), v->kev_due);
	if (v && v->epss >= 0)
		json_member_double(w, STR("e"), v->epss);
	if (cvss > 0) {
		json_member_double(w, STR("V"), cvss);
		member(h, w, STR("W"), vector);
	}
	member(h, w, STR("w"), checked(h, cwes));
	member(h, w, STR("b"), f->severity_source);
}

static void write_row_data(struct html *h, struct json_writer *w, const struct report_row *row)
{
	const struct finding *f = row->finding;
	const struct package *p = f->subject.package;
	json_begin_object(w);
	member(h, w, STR("k"), row->kind);
	member(h, w, STR("i"), row->id);
	if (judge_has_severity(f->kind))
		json_member_int(w, STR("s"), f->severity);
	json_member_int(w, STR("c"), f->score);
	member(h, w, STR("n"), row->name);
	if (!row->name.n)
		member(h, w, STR("o"), row->subject);
	member(h, w, STR("v"), row->version);
	member(h, w, STR("f"), row->fixed);
	if (!row->fixed.n)
		member(h, w, STR("st"), status_text(row));
	if (f->fix_text.n || !row->fixed.n)
		member(h, w, STR("x"), row->fix);
	member(h, w, STR("t"), row->title);
	member(h, w, STR("u"), escape_url(&h->arena, row->url));
	member(h, w, STR("g"), row->target);
	member(h, w, STR("p"), row->path);
	if (p && package_kind_info(p->kind)->os)
		json_member_int(w, STR("os"), 1);
	if (row->line)
		json_member_uint(w, STR("l"), row->line);
	if (row->layer)
		json_member_uint(w, STR("y"), row->layer);
	member(h, w, STR("P"), row->purl);
	write_details(h, w, row);
	json_end_object(w);
}

static void write_data(struct html *h)
{
	struct json_writer w;
	const struct report_row *row;
	const struct image_layer *layer;
	json_writer_init(&w, h->out, 0, JSON_WRITE_HTML_SAFE);
	json_begin_object(&w);
	json_member_array(&w, STR("findings"));
	vec_foreach(row, &h->rows)
		if (!row->finding->suppressed.active)
			write_row_data(h, &w, row);
	json_end_array(&w);
	json_member_array(&w, STR("texts"));
	for (size_t i = 0; i < h->texts.n; i++)
		json_string(&w, clean_lines(h, h->texts.entries[i].key));
	json_end_array(&w);
	json_member_array(&w, STR("layers"));
	vec_foreach(layer, &h->r->image.layers)
		json_string(&w, layer_command(h, layer->created_by));
	json_end_array(&w);
	json_end_object(&w);
}

static void fill(struct html *h, enum html_mark mark)
{
	switch (mark) {
	case HTML_TITLE:
		text(h, report_people_name(h->r));
		buf_add_c(h->out, " – Bulkhead");
		break;
	case HTML_HEAD:
		write_head(h);
		break;
	case HTML_CARDS:
		write_cards(h);
		break;
	case HTML_CHARTS:
		write_severity_chart(h);
		write_layer_chart(h);
		break;
	case HTML_PLAN:
		write_plan(h);
		break;
	case HTML_COUNT:
		write_count(h);
		break;
	case HTML_ROWS:
		write_static_rows(h);
		break;
	case HTML_SUPPRESSED:
		write_suppressed(h);
		break;
	case HTML_NOTES:
		write_notes(h);
		break;
	case HTML_FOOTER:
		buf_add_c(h->out, "Made by Bulkhead " BULKHEAD_VERSION ". The score orders work: severity and CVSS, known exploitation, whether a fix is there, direct or transitive.");
		break;
	case HTML_DATA:
		write_data(h);
		break;
	case HTML_END:
		break;
	}
}

int report_html(const struct report *r, const struct report_options *opt, struct buf *out, struct error *err)
{
	struct html h = { .out = out, .r = r, .opt = opt };
	/* The page opens with what to do first, whatever the order of other lists. */
	struct report_options by_score = *opt;
	by_score.order = ORDER_SCORE;
	arena_init(&h.arena, ARENA_NO_LIMIT);
	map_init(&h.texts, &h.arena);
	int e = report_rows(&h.arena, r, &by_score, &h.rows, err);
	if (e == 0)
		e = plan_make(&h.arena, r, &h.plan, err);
	if (e == 0)
		e = report_remarks(&h.arena, r, opt, &h.remarks, err);
	if (e == 0) {
		count_rows(&h);
		for (size_t i = 0; i < html_piece_count; i++) {
			buf_add(out, html_pieces[i].text);
			fill(&h, html_pieces[i].then);
		}
	}
	if (e == 0 && h.failed)
		e = error_nomem(err);
	if (e == 0 && buf_failed(out))
		e = error_set(err, ERR_LIMIT, "the report is too large");
	arena_release(&h.arena);
	return e;
}
