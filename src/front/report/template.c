#include "front/report/template.h"
#include "engine/plan/plan.h"
#include "format/json/json_write.h"
#include "front/report/escape.h"
#include "front/report/rows.h"
#include "front/report/text.h"

enum list { LIST_NONE, LIST_FINDINGS, LIST_SUPPRESSED, LIST_UPGRADES, LIST_REMARKS, LIST_GATES, LIST_COUNT };
static const char *const list_names[LIST_COUNT] = { "", "findings", "suppressed", "upgrades", "remarks", "gates" };

/* Where a name is known: LIST_NONE is the whole report, whose names are known everywhere. */
enum field {
	F_ARTIFACT, F_IMAGE_ID, F_OS, F_CREATED, F_BULKHEAD, F_DB_UPDATED, F_TOTAL, F_CRITICAL, F_HIGH, F_MEDIUM, F_LOW, F_UNKNOWN, F_FIXABLE, F_KNOWN_EXPLOITED, F_PACKAGES, F_LAYERS,
	F_FAILED, F_INCOMPLETE, F_KIND, F_ID, F_SEVERITY, F_SCORE, F_PACKAGE, F_VERSION, F_FIXED, F_STATUS, F_FIX, F_TITLE, F_DESCRIPTION, F_TARGET, F_TYPE, F_PATH, F_LINE, F_LAYER, F_LAYER_DIGEST,
	F_CVSS, F_VECTOR, F_KEV, F_EPSS, F_PURL, F_URL, F_SUBJECT, F_MESSAGE, F_FINGERPRINT, F_BY, F_REASON, F_UNTIL, F_TEXT, F_FROM, F_TO, F_GONE, F_LEFT, F_STEP_SCORE, F_WHERE,
	F_STEP_NAME, F_STEP_EXPLOITED, F_REMARK, F_GATE, F_FAILING, F_INDEX, F_FIRST, F_LAST,
};
#define IN_REPORT   1u << LIST_NONE
#define IN_FINDING  (1u << LIST_FINDINGS | 1u << LIST_SUPPRESSED)
#define IN_UPGRADE  1u << LIST_UPGRADES
#define IN_ANY_LIST ((1u << LIST_COUNT) - 2)
static const struct field_row {
	const char *name;
	enum field field;
	unsigned where; /* bits of enum list */
} fields[] = {
	{ "artifact", F_ARTIFACT, IN_REPORT }, { "image_id", F_IMAGE_ID, IN_REPORT }, { "os", F_OS, IN_REPORT }, { "created", F_CREATED, IN_REPORT },
	{ "bulkhead_version", F_BULKHEAD, IN_REPORT }, { "db_updated", F_DB_UPDATED, IN_REPORT }, { "total", F_TOTAL, IN_REPORT }, { "critical", F_CRITICAL, IN_REPORT },
	{ "high", F_HIGH, IN_REPORT }, { "medium", F_MEDIUM, IN_REPORT }, { "low", F_LOW, IN_REPORT }, { "unknown", F_UNKNOWN, IN_REPORT }, { "fixable", F_FIXABLE, IN_REPORT },
	{ "known_exploited", F_KNOWN_EXPLOITED, IN_REPORT }, { "packages", F_PACKAGES, IN_REPORT }, { "layers", F_LAYERS, IN_REPORT }, { "failed", F_FAILED, IN_REPORT },
	{ "incomplete", F_INCOMPLETE, IN_REPORT },
	{ "kind", F_KIND, IN_FINDING }, { "id", F_ID, IN_FINDING }, { "severity", F_SEVERITY, IN_FINDING }, { "score", F_SCORE, IN_FINDING }, { "package", F_PACKAGE, IN_FINDING },
	{ "version", F_VERSION, IN_FINDING }, { "fixed", F_FIXED, IN_FINDING }, { "status", F_STATUS, IN_FINDING }, { "fix", F_FIX, IN_FINDING }, { "title", F_TITLE, IN_FINDING },
	{ "description", F_DESCRIPTION, IN_FINDING }, { "target", F_TARGET, IN_FINDING }, { "type", F_TYPE, IN_FINDING }, { "path", F_PATH, IN_FINDING }, { "line", F_LINE, IN_FINDING },
	{ "layer", F_LAYER, IN_FINDING }, { "layer_digest", F_LAYER_DIGEST, IN_FINDING }, { "cvss", F_CVSS, IN_FINDING }, { "vector", F_VECTOR, IN_FINDING }, { "kev", F_KEV, IN_FINDING },
	{ "epss", F_EPSS, IN_FINDING }, { "purl", F_PURL, IN_FINDING }, { "url", F_URL, IN_FINDING }, { "subject", F_SUBJECT, IN_FINDING }, { "message", F_MESSAGE, IN_FINDING },
	{ "fingerprint", F_FINGERPRINT, IN_FINDING }, { "suppressed_by", F_BY, IN_FINDING }, { "reason", F_REASON, IN_FINDING }, { "until", F_UNTIL, IN_FINDING },
	{ "text", F_TEXT, IN_UPGRADE }, { "from", F_FROM, IN_UPGRADE }, { "to", F_TO, IN_UPGRADE }, { "gone", F_GONE, IN_UPGRADE }, { "left", F_LEFT, IN_UPGRADE },
	{ "score", F_STEP_SCORE, IN_UPGRADE }, { "where", F_WHERE, IN_UPGRADE }, { "package", F_STEP_NAME, IN_UPGRADE }, { "exploited", F_STEP_EXPLOITED, IN_UPGRADE },
	{ "text", F_REMARK, 1u << LIST_REMARKS }, { "gate", F_GATE, 1u << LIST_GATES }, { "failing", F_FAILING, 1u << LIST_GATES },
	{ "index", F_INDEX, IN_ANY_LIST }, { "first", F_FIRST, IN_ANY_LIST }, { "last", F_LAST, IN_ANY_LIST },
};

struct scope {
	enum list list;
	size_t index, count; /* of the item; 0-based */
};
struct rendering {
	struct arena arena, scratch; /* scratch: of one field */
	const struct report *r;
	const struct report_options *opt;
	struct buf *out;
	const struct template *t;
	struct report_row_vec rows;
	struct plan plan;
	struct str_vec remarks;
	size_t active, total, counts[SEVERITY_COUNT], fixable, exploited;
	struct scope scopes[TEMPLATE_DEPTH_MAX + 1];
	size_t depth;
	uint32_t steps;
	bool failed;
};

static enum list list_by_name(struct str name)
{
	for (int i = 1; i < LIST_COUNT; i++)
		if (str_eq_c(name, list_names[i]))
			return (enum list)i;
	return LIST_NONE;
}

/* The innermost list that knows the name goes first, the report last. */
static const struct field_row *find_field(struct str name, const enum list *lists, size_t depth, size_t *ret_at)
{
	for (size_t d = depth + 1; d-- > 0;)
		for (size_t i = 0; i < ARRAY_LEN(fields); i++)
			if ((fields[i].where & 1u << lists[d]) && str_eq_c(name, fields[i].name)) {
				*ret_at = d;
				return &fields[i];
			}
	return NULL;
}

int report_template_check(const struct template *t, struct error *err)
{
	enum list lists[TEMPLATE_DEPTH_MAX + 1] = { LIST_NONE };
	uint32_t ends[TEMPLATE_DEPTH_MAX + 1] = { UINT32_MAX };
	size_t depth = 0, at;
	for (size_t i = 0; i < t->nodes.n; i++) {
		const struct template_node *n = &t->nodes.v[i];
		while (depth && i >= ends[depth])
			depth--;
		if (n->kind == TEMPLATE_EACH) {
			enum list list = list_by_name(n->text);
			if (list == LIST_NONE)
				return error_set(err, ERR_FORMAT, "%.*s:%u: no list \"%.*s\"; there are findings, suppressed, upgrades, remarks, gates", STR_FMT(t->name), n->line, STR_FMT(n->text));
			/* The else part of a list is written when it is empty: the item's names are not known there. */
			lists[++depth] = list;
			ends[depth] = n->other;
		} else if (n->kind != TEMPLATE_LITERAL && !find_field(n->text, lists, depth, &at) && !(n->kind == TEMPLATE_IF && list_by_name(n->text))) {
			return error_set(err, ERR_FORMAT, "%.*s:%u: no field \"%.*s\" here (docs/templates.md)", STR_FMT(t->name), n->line, STR_FMT(n->text));
		}
	}
	return 0;
}

static size_t list_count(const struct rendering *w, enum list list)
{
	switch (list) {
	case LIST_FINDINGS:
		return w->active;
	case LIST_SUPPRESSED:
		return w->rows.n - w->active;
	case LIST_UPGRADES:
		return w->plan.steps.n;
	case LIST_REMARKS:
		return w->remarks.n;
	case LIST_GATES:
		return w->opt->verdict_count;
	case LIST_NONE:
	case LIST_COUNT:
		break;
	}
	return 0;
}

static struct str number(struct rendering *w, size_t n)
{
	return arena_printf(&w->scratch, "%zu", n);
}

static struct str number_if(struct rendering *w, size_t n)
{
	return n ? number(w, n) : STR("");
}

static struct str yes(bool b)
{
	return b ? STR("yes") : STR("");
}

static struct str row_field(struct rendering *w, const struct report_row *row, enum field field)
{
	const struct finding *f = row->finding;
	const struct vulnerability *v = f->vulnerability;
	struct str vector;
	double cvss;
	switch (field) {
	case F_KIND:
		return row->kind;
	case F_ID:
		return row->id;
	case F_SEVERITY:
		return judge_has_severity(f->kind) ? str_c(severity_name(f->severity)) : STR("");
	case F_SCORE:
		return row->score;
	case F_PACKAGE:
		return row->name;
	case F_VERSION:
		return row->version;
	case F_FIXED:
		return row->fixed;
	case F_STATUS:
		return f->kind == FINDING_VULNERABILITY ? str_c(advisory_status_name(f->status)) : STR("");
	case F_FIX:
		return row->fix;
	case F_TITLE:
		return row->title;
	case F_DESCRIPTION:
		return f->description;
	case F_TARGET:
		return row->target;
	case F_TYPE:
		return row->type;
	case F_PATH:
		return row->path;
	case F_LINE:
		return number_if(w, row->line);
	case F_LAYER:
		return number_if(w, row->layer);
	case F_LAYER_DIGEST:
		return row->layer_digest;
	case F_CVSS:
		cvss = report_cvss(f, &vector);
		return cvss > 0 ? arena_printf(&w->scratch, "%.1f", cvss) : STR("");
	case F_VECTOR:
		report_cvss(f, &vector);
		return vector;
	case F_KEV:
		return yes(v && v->kev);
	case F_EPSS:
		return v && v->epss >= 0 ? arena_printf(&w->scratch, "%.5f", v->epss) : STR("");
	case F_PURL:
		return row->purl;
	case F_URL:
		return escape_url(&w->scratch, row->url);
	case F_SUBJECT:
		return row->subject;
	case F_MESSAGE:
		return row->message;
	case F_FINGERPRINT:
		return row->fingerprint;
	case F_BY:
		return f->suppressed.by;
	case F_REASON:
		return f->suppressed.reason;
	case F_UNTIL:
		return f->suppressed.until;
	default:
		return STR("");
	}
}

static struct str step_field(struct rendering *w, const struct plan_step *s, enum field field)
{
	switch (field) {
	case F_TEXT:
		return plan_step_text(&w->scratch, s);
	case F_FROM:
		return s->from;
	case F_TO:
		return s->to;
	case F_GONE:
		return number(w, s->gone.n);
	case F_LEFT:
		return number(w, s->left);
	case F_STEP_SCORE:
		return arena_printf(&w->scratch, "%u.%u", s->score / 10, s->score % 10);
	case F_WHERE:
		return plan_step_place(&w->scratch, s);
	case F_STEP_NAME:
		return s->name;
	case F_STEP_EXPLOITED:
		return yes(s->exploited);
	default:
		return STR("");
	}
}

static struct str report_field(struct rendering *w, enum field field)
{
	const struct distro *d = &w->r->facts.distro;
	size_t failing = 0;
	switch (field) {
	case F_ARTIFACT:
		return w->r->image.artifact_name;
	case F_IMAGE_ID:
		return w->r->image.id;
	case F_OS:
		return d->known ? arena_printf(&w->scratch, "%.*s %.*s", STR_FMT(distro_trivy_family(d)), STR_FMT(d->version)) : STR("");
	case F_CREATED:
		return w->r->created;
	case F_BULKHEAD:
		return STR(BULKHEAD_VERSION);
	case F_DB_UPDATED:
		return w->r->db_updated;
	case F_TOTAL:
		return number(w, w->total);
	case F_CRITICAL:
	case F_HIGH:
	case F_MEDIUM:
	case F_LOW:
	case F_UNKNOWN:
		return number(w, w->counts[SEVERITY_CRITICAL - (int)(field - F_CRITICAL)]);
	case F_FIXABLE:
		return number(w, w->fixable);
	case F_KNOWN_EXPLOITED:
		return number(w, w->exploited);
	case F_PACKAGES:
		return number(w, w->r->facts.packages.n);
	case F_LAYERS:
		return number(w, w->r->image.layers.n);
	case F_INCOMPLETE:
		return yes(report_is_incomplete(w->r));
	case F_FAILED:
		for (size_t i = 0; i < w->opt->verdict_count; i++)
			failing += w->opt->verdicts[i].count > 0;
		return yes(failing);
	default:
		return STR("");
	}
}

static struct str value_of(struct rendering *w, struct str name)
{
	enum list lists[TEMPLATE_DEPTH_MAX + 1];
	size_t at = 0;
	for (size_t i = 0; i <= w->depth; i++)
		lists[i] = w->scopes[i].list;
	const struct field_row *row = find_field(name, lists, w->depth, &at);
	const struct scope *s = &w->scopes[at];
	if (!row) /* a list, in a condition */
		return number_if(w, list_count(w, list_by_name(name)));
	switch (row->field) {
	case F_INDEX:
		return number(w, s->index + 1);
	case F_FIRST:
		return yes(s->index == 0);
	case F_LAST:
		return yes(s->index + 1 == s->count);
	case F_REMARK:
		return str_trim(w->remarks.v[s->index]);
	case F_GATE:
		return w->opt->verdicts[s->index].gate->text;
	case F_FAILING:
		return number(w, w->opt->verdicts[s->index].count);
	default:
		break;
	}
	switch (s->list) {
	case LIST_FINDINGS:
		return row_field(w, &w->rows.v[s->index], row->field);
	case LIST_SUPPRESSED:
		return row_field(w, &w->rows.v[w->active + s->index], row->field);
	case LIST_UPGRADES:
		return step_field(w, &w->plan.steps.v[s->index], row->field);
	default:
		return report_field(w, row->field);
	}
}

static void add_url(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (char_is_alnum(s.p[i]) || char_is_one_of(s.p[i], "-._~"))
			buf_add_char(out, s.p[i]);
		else
			buf_addf(out, "%%%02X", (unsigned char)s.p[i]);
	}
}

static void add_json(struct rendering *w, struct str s)
{
	struct buf b;
	buf_init(&b, 1u << 28);
	json_add_string(&b, s, JSON_WRITE_HTML_SAFE);
	if (buf_failed(&b) || b.n < 2)
		w->failed = true;
	else
		buf_add(w->out, str_sub(buf_str(&b), 1, b.n - 2));
	buf_release(&b);
}

static void add_value(struct rendering *w, struct str value, enum template_mode mode)
{
	struct str clean = value.p || !value.n ? text_clean(&w->scratch, value) : STR_NONE;
	w->failed |= !clean.p;
	if (!clean.p)
		return;
	switch (mode) {
	case TEMPLATE_HTML:
		escape_xml(&w->scratch, w->out, clean);
		break;
	case TEMPLATE_JSON:
		add_json(w, clean);
		break;
	case TEMPLATE_CSV:
		escape_csv(&w->scratch, w->out, clean);
		break;
	case TEMPLATE_MARKDOWN:
		escape_markdown(&w->scratch, w->out, clean);
		break;
	case TEMPLATE_URL:
		add_url(w->out, clean);
		break;
	case TEMPLATE_TEXT:
	case TEMPLATE_MODE_COUNT:
		buf_add(w->out, clean);
		break;
	}
}

static bool holds(struct rendering *w, const struct template_node *n)
{
	struct str value = value_of(w, n->text);
	if (n->test == TEMPLATE_SET)
		return value.n && !str_eq(value, STR("0")) && !str_eq(value, STR("no"));
	return str_eq(value, n->compare) == (n->test == TEMPLATE_EQUAL);
}

/* Nodes from `from` up to `to`. Recursion is as deep as blocks are (TEMPLATE_DEPTH_MAX). */
static void render(struct rendering *w, uint32_t from, uint32_t to)
{
	for (uint32_t i = from; i < to && !w->failed && !buf_failed(w->out);) {
		const struct template_node *n = &w->t->nodes.v[i];
		if (++w->steps > REPORT_TEMPLATE_STEPS_MAX)
			return;
		if (n->kind == TEMPLATE_LITERAL) {
			buf_add(w->out, n->text);
		} else if (n->kind == TEMPLATE_FIELD) {
			add_value(w, value_of(w, n->text), n->mode);
		} else if (n->kind == TEMPLATE_IF) {
			bool yes_part = holds(w, n);
			render(w, yes_part ? i + 1 : n->other, yes_part ? n->other : n->next);
		} else {
			struct scope scope = { .list = list_by_name(n->text) };
			scope.count = list_count(w, scope.list);
			for (; scope.index < scope.count && w->steps <= REPORT_TEMPLATE_STEPS_MAX && !w->failed && !buf_failed(w->out); scope.index++) {
				w->scopes[++w->depth] = scope;
				render(w, i + 1, n->other);
				w->depth--;
				w->steps++;
			}
			if (!scope.count)
				render(w, n->other, n->next);
		}
		if (w->scratch.used_bytes > 1u << 20)
			arena_clear(&w->scratch);
		i = n->kind == TEMPLATE_IF || n->kind == TEMPLATE_EACH ? n->next : i + 1;
	}
}

static void count_rows(struct rendering *w)
{
	const struct report_row *row;
	vec_foreach(row, &w->rows) {
		const struct finding *f = row->finding;
		/* What has no severity (end of life, unreadable, no data) stands in remarks: the total is the sum of its parts. */
		if (f->suppressed.active)
			continue;
		w->active++;
		if (!judge_has_severity(f->kind))
			continue;
		w->total++;
		w->fixable += row->fix.n > 0;
		w->exploited += f->vulnerability && f->vulnerability->kev;
		w->counts[f->severity]++;
	}
}

int report_template(const struct report *r, const struct report_options *opt, struct buf *out, struct error *err)
{
	struct rendering w = { .r = r, .opt = opt, .out = out, .t = opt->template };
	if (!opt->template)
		return error_set(err, ERR_USAGE, "--format template needs --template FILE or --template @NAME");
	arena_init(&w.arena, ARENA_NO_LIMIT);
	arena_init(&w.scratch, ARENA_NO_LIMIT);
	int e = report_template_check(opt->template, err);
	if (e == 0)
		e = report_rows(&w.arena, r, opt, &w.rows, err);
	if (e == 0)
		e = plan_make(&w.arena, r, &w.plan, err);
	if (e == 0)
		e = report_remarks(&w.arena, r, opt, &w.remarks, err);
	if (e == 0) {
		count_rows(&w);
		render(&w, 0, (uint32_t)w.t->nodes.n);
	}
	if (e == 0 && w.failed)
		e = error_nomem(err);
	if (e == 0 && w.steps > REPORT_TEMPLATE_STEPS_MAX)
		e = error_set(err, ERR_LIMIT, "%.*s: more than %u parts are written: loops within loops", STR_FMT(w.t->name), REPORT_TEMPLATE_STEPS_MAX);
	if (e == 0 && buf_failed(out))
		e = error_set(err, ERR_LIMIT, "the report is too large");
	arena_release(&w.scratch);
	arena_release(&w.arena);
	return e;
}

struct str report_template_builtin(struct str name)
{
	for (size_t i = 0; i < builtin_template_count; i++)
		if (str_eq_c(name, builtin_templates[i].name))
			return builtin_templates[i].text;
	return STR("");
}

struct str report_template_names(struct arena *a)
{
	struct str s = STR("");
	for (size_t i = 0; i < builtin_template_count && s.p; i++)
		s = arena_printf(a, "%.*s%s@%s", STR_FMT(s), i ? ", " : "", builtin_templates[i].name);
	return s.p ? s : STR("");
}
