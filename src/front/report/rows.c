#include "front/report/rows.h"
#include "engine/score/score.h"

struct str report_join(struct arena *a, const struct str_vec *list)
{
	struct buf b;
	buf_init(&b, 1u << 20);
	for (size_t i = 0; i < list->n; i++) {
		if (i)
			buf_add(&b, STR(", "));
		buf_add(&b, list->v[i]);
	}
	struct str s = buf_failed(&b) ? STR_NONE : arena_str(a, buf_str(&b));
	buf_release(&b);
	return s;
}

double report_cvss(const struct finding *f, struct str *ret_vector)
{
	const struct cvss_entry *c, *best = NULL;
	struct str source = f->severity_source;
	str_strip_prefix(&source, STR("cvss:"));
	if (ret_vector)
		*ret_vector = STR("");
	if (!f->vulnerability)
		return 0;
	vec_foreach(c, &f->vulnerability->cvss) {
		if (!(c->score > 0))
			continue;
		bool own = str_eq(c->source, source), best_own = best && str_eq(best->source, source);
		bool newer = !best || (c->version >= 30) > (best->version >= 30);
		bool same_age = best && (c->version >= 30) == (best->version >= 30);
		if (newer || (same_age && (own > best_own || (own == best_own && c->score > best->score))))
			best = c;
	}
	if (best && ret_vector)
		*ret_vector = best->vector;
	return best ? best->score : 0;
}

uint32_t report_layer(const struct report *r, const struct finding *f)
{
	const struct image_layer_vec *layers = &r->image.layers;
	const struct subject *s = &f->subject;
	if (r->is_rootfs)
		return 0;
	if (s->package)
		return s->package->layer < layers->n ? s->package->layer + 1 : 0;
	for (size_t i = 0; i < layers->n; i++)
		if ((s->layer_diff_id.n && str_eq(s->layer_diff_id, layers->v[i].diff_id)) || (s->layer_digest.n && str_eq(s->layer_digest, layers->v[i].digest)))
			return (uint32_t)i + 1;
	return 0;
}

struct rows {
	struct arena *arena;
	const struct report *r;
	const struct report_section **section_of; /* by finding; NULL: of no package */
	struct map seen;                          /* fingerprint -> how many */
	bool failed;
};

static struct str ATTR_PRINTF(2, 3) text(struct rows *w, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	struct str s = arena_vprintf(w->arena, fmt, ap);
	va_end(ap);
	w->failed |= !s.p;
	return s.p ? s : STR("");
}

static struct str or_empty(struct str s)
{
	return s.p ? s : STR("");
}

static struct str first_line(struct str s)
{
	struct str line = STR("");
	s = str_trim(s);
	str_next_line(&s, &line);
	return str_trim(line);
}

/* "secret", but "end of life" for people. */
static struct str title_of(const struct finding *f)
{
	struct str title = str_trim(f->title);
	if (!title.n)
		title = first_line(f->description);
	if (!title.n)
		title = f->id;
	return title.n ? title : str_c(finding_kind_name(f->kind));
}

static void fill_package(struct rows *w, struct report_row *row, const struct report_section *s, const struct package *p)
{
	const struct package_kind_info *info = package_kind_info(p->kind);
	row->name = or_empty(p->name);
	row->version = or_empty(p->version);
	row->target = s ? or_empty(s->target) : row->target;
	row->type = s ? or_empty(s->type) : str_c(info->name);
	row->path = or_empty(package_full_path(w->arena, p));
	row->lock_file = info->lock_file && p->path.n;
	row->line = p->line;
	row->end_line = p->end_line;
	row->purl = or_empty(package_purl(w->arena, p, &w->r->facts.distro));
	row->subject = text(w, "%.*s%s%.*s", STR_FMT(p->name), p->version.n ? " " : "", STR_FMT(p->version));
}

static void fill_place(struct rows *w, struct report_row *row, const struct subject *s)
{
	row->path = or_empty(s->path);
	row->line = s->line;
	row->col = s->col;
	row->end_line = s->end_line;
	row->end_col = s->end_col;
	if (s->path.n) {
		row->target = s->path;
		row->subject = s->line ? text(w, "%.*s:%u", STR_FMT(s->path), s->line) : s->path;
	} else {
		row->subject = s->object.n ? s->object : s->kind == SUBJECT_IMAGE ? STR("image") : row->target;
	}
}

static void fill_fix(struct rows *w, struct report_row *row)
{
	const struct finding *f = row->finding;
	struct str fixed = report_join(w->arena, &f->fixed);
	w->failed |= !fixed.p;
	row->fixed = or_empty(fixed);
	row->fix = f->fix_text.n ? f->fix_text : row->fixed.n && row->name.n ? text(w, "upgrade %.*s to %.*s", STR_FMT(row->name), STR_FMT(row->fixed)) : STR("");
}

static void fill_message(struct rows *w, struct report_row *row)
{
	const struct finding *f = row->finding;
	const char *severity = judge_has_severity(f->kind) ? severity_name(f->severity) : "";
	bool repeats = str_eq(row->title, row->id);
	row->message = text(w, "%.*s: %.*s%s%s%s%s%.*s%s%.*s", STR_FMT(row->subject), STR_FMT(row->id), *severity ? " (" : "", severity, *severity ? ")" : "",
			    repeats ? "" : ": ", STR_FMT(repeats ? STR("") : row->title), row->fix.n ? "; " : f->kind == FINDING_VULNERABILITY ? "; no fix known" : "",
			    STR_FMT(row->fix));
}

static void fill_fingerprint(struct rows *w, struct report_row *row)
{
	const struct finding *f = row->finding;
	const struct package *p = f->subject.package;
	struct str key = text(w, "%.*s\n%.*s\n%.*s\n%.*s\n%.*s", STR_FMT(row->kind), STR_FMT(row->id), STR_FMT(p ? str_c(package_kind_info(p->kind)->name) : STR("")),
			      STR_FMT(p ? p->name : f->subject.object), STR_FMT(p && package_kind_info(p->kind)->os ? p->arch : row->path));
	struct str print = text(w, "%016llx", (unsigned long long)str_hash(key));
	void **count = map_at(&w->seen, print, NULL);
	if (!count) {
		w->failed = true;
		return;
	}
	*count = (void *)((uintptr_t)*count + 1);
	row->fingerprint = (uintptr_t)*count == 1 ? print : text(w, "%.*s-%zu", STR_FMT(print), (size_t)(uintptr_t)*count);
}

static void fill_row(struct rows *w, struct report_row *row, uint32_t index)
{
	const struct finding *f = &w->r->findings.v[index];
	*row = (struct report_row){ .finding = f, .kind = str_c(finding_kind_name(f->kind)), .target = or_empty(w->r->image.artifact_name), .name = STR(""), .version = STR(""),
				    .path = STR(""), .layer_digest = STR(""), .created_by = STR(""), .purl = STR(""), .url = STR("") };
	row->id = f->id.n ? f->id : row->kind;
	row->type = row->kind;
	row->title = title_of(f);
	if (f->subject.package)
		fill_package(w, row, w->section_of[index], f->subject.package);
	else
		fill_place(w, row, &f->subject);
	row->layer = report_layer(w->r, f);
	if (row->layer) {
		const struct image_layer *layer = &w->r->image.layers.v[row->layer - 1];
		row->layer_digest = or_empty(layer->diff_id.n ? layer->diff_id : layer->digest);
		row->created_by = or_empty(layer->created_by);
	} else {
		row->layer_digest = or_empty(f->subject.layer_diff_id.n ? f->subject.layer_diff_id : f->subject.layer_digest);
	}
	row->url = f->kind == FINDING_VULNERABILITY && f->id.n ? report_primary_url(w->arena, f) : or_empty(f->primary_url);
	w->failed |= !row->url.p;
	row->score = text(w, "%u.%u", f->score / 10u, f->score % 10u);
	fill_fix(w, row);
	fill_message(w, row);
}

static int index_sections(struct rows *w, struct error *err)
{
	struct report_section_vec sections = { 0 };
	size_t n = w->r->findings.n;
	int e = report_sections(w->arena, w->r, &sections, err);
	w->section_of = arena_array(w->arena, n ? n : 1, sizeof(*w->section_of));
	if (e < 0 || !w->section_of)
		return e < 0 ? e : error_nomem(err);
	for (size_t i = 0; i < sections.n; i++) {
		const struct report_section *s = &sections.v[i];
		for (size_t k = 0; k < s->findings.n; k++)
			w->section_of[s->findings.v[k]] = s;
		for (size_t k = 0; k < s->suppressed.n; k++)
			w->section_of[s->suppressed.v[k]] = s;
	}
	return 0;
}

int report_rows(struct arena *a, const struct report *r, const struct report_options *opt, struct report_row_vec *ret, struct error *err)
{
	struct rows w = { .arena = a, .r = r };
	size_t n = r->findings.n, active = 0, at = 0;
	int e = index_sections(&w, err);
	uint32_t *order = arena_new_array(a, uint32_t, n ? n : 1);
	struct report_row *all = arena_new_array(a, struct report_row, n ? n : 1);
	map_init(&w.seen, a);
	if (e < 0 || !order || !all)
		return e < 0 ? e : error_nomem(err);
	for (size_t i = 0; i < n; i++)
		if (!r->findings.v[i].suppressed.active)
			order[active++] = (uint32_t)i;
	for (size_t i = 0; i < n; i++)
		if (r->findings.v[i].suppressed.active)
			order[active + at++] = (uint32_t)i;
	score_order(&r->findings, opt->order, order, active);
	score_order(&r->findings, opt->order, order + active, n - active);
	for (size_t i = 0; i < n && !w.failed; i++)
		fill_row(&w, &all[i], order[i]);
	/* In the order of the findings, so that asking for another order does not change who is the second of two alike. */
	struct report_row **by_index = arena_array(a, n ? n : 1, sizeof(*by_index));
	if (!by_index || w.failed)
		return error_nomem(err);
	for (size_t i = 0; i < n; i++)
		by_index[order[i]] = &all[i];
	for (size_t i = 0; i < n; i++)
		fill_fingerprint(&w, by_index[i]);
	if (w.failed)
		return error_nomem(err);
	*ret = (struct report_row_vec){ all, n, n };
	return 0;
}
