#include "front/report/report.h"
#include "front/report/base_text.h"
#include "base/date.h"
#include "base/defaults.h"

#define REMARKS_NAMED_MAX 20 /* files or identifiers that one remark names; the JSON report has all */

/* "link.cve = https://…/{id}" of data/defaults.conf, by the identifier's first part. */
struct str report_primary_url(struct arena *a, const struct finding *f)
{
	struct str family, number, before, after, pattern = STR_NONE;
	if (f->primary_url.n)
		return f->primary_url;
	if (str_cut(f->id, '-', &family, &number)) {
		struct str key = arena_printf(a, "link.%.*s", STR_FMT(family));
		key = key.p ? arena_lower(a, key) : key;
		if (!key.p)
			return STR_NONE;
		pattern = default_get(key);
	}
	if (!pattern.n)
		pattern = default_get(STR("link.other"));
	size_t at = str_find(pattern, STR("{id}"));
	before = str_sub(pattern, 0, at);
	after = at == STR_NOT_FOUND ? STR("") : str_from(pattern, at + 4);
	return arena_printf(a, "%.*s%.*s%.*s", STR_FMT(before), STR_FMT(f->id), STR_FMT(after));
}

/* Length of "T20:15:24" or "T20:15:24.267" at the beginning of s, 0 when it is neither. */
static size_t time_length(struct str s)
{
	static const char form[] = "T00:00:00";
	size_t n = sizeof(form) - 1;
	for (size_t i = 0; i < n; i++)
		if (i >= s.n || (form[i] == '0' ? !char_is_digit(s.p[i]) : s.p[i] != form[i]))
			return 0;
	if (s.n > n + 1 && s.p[n] == '.' && char_is_digit(s.p[n + 1]))
		for (n++; n < s.n && char_is_digit(s.p[n]);)
			n++;
	return n;
}

static bool is_zone(struct str s)
{
	return str_eq(s, STR("Z")) || (s.n == 6 && (s.p[0] == '+' || s.p[0] == '-') && char_is_digit(s.p[1]) && char_is_digit(s.p[2]) && s.p[3] == ':' &&
				       char_is_digit(s.p[4]) && char_is_digit(s.p[5]));
}

struct str report_timestamp(struct arena *a, struct str date)
{
	int64_t day;
	if (date_to_days(date, &day) < 0 || str_has_prefix(date, STR("000")))
		return STR("");
	struct str rest = str_from(date, 10), zone;
	size_t n = time_length(rest);
	zone = str_from(rest, n);
	if (n && is_zone(zone))
		return date;
	return arena_printf(a, "%.*s%.*sZ", 10, date.p, n ? (int)n : 9, n ? rest.p : "T00:00:00");
}

bool report_is_incomplete(const struct report *r)
{
	const struct finding *f;
	vec_foreach(f, &r->findings)
		if (!f->suppressed.active && (f->kind == FINDING_UNREADABLE || f->kind == FINDING_NO_DATA))
			return true;
	return false;
}

struct str report_people_name(const struct report *r)
{
	return r->image.repo_tags.n == 1 && !r->is_rootfs ? r->image.repo_tags.v[0] : r->image.artifact_name;
}

struct remarks {
	struct arena *arena;
	struct str_vec *out;
	bool failed;
};

static void ATTR_PRINTF(2, 3) remark(struct remarks *m, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	struct str text = arena_vprintf(m->arena, fmt, ap);
	va_end(ap);
	m->failed |= !text.p || !vec_push(m->arena, m->out, text);
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static void remark_facts(struct remarks *m, const struct report *r)
{
	const struct finding *f;
	const struct diag *d;
	size_t unreadable = 0, named = 0;
	vec_foreach(f, &r->findings) {
		if (f->suppressed.active)
			continue;
		if (f->kind == FINDING_END_OF_LIFE || f->kind == FINDING_NO_DATA)
			remark(m, "%.*s", STR_FMT(f->title.n ? f->title : f->id));
		unreadable += f->kind == FINDING_UNREADABLE;
	}
	if (unreadable) {
		remark(m, "%zu part%s of the image could not be read, so that the result may be incomplete:", unreadable, plural(unreadable));
		vec_foreach(f, &r->findings) {
			if (f->kind != FINDING_UNREADABLE || f->suppressed.active || named++ >= REMARKS_NAMED_MAX)
				continue;
			struct str text = f->title.n ? f->title : f->description;
			bool has_path = f->subject.path.n && !str_contains(text, f->subject.path);
			remark(m, "  %.*s%s%.*s", STR_FMT(has_path ? f->subject.path : STR("")), has_path ? ": " : "", STR_FMT(text));
		}
	} else {
		vec_foreach(d, &r->facts.diags.list)
			if (d->level == DIAG_UNREADABLE && named++ < REMARKS_NAMED_MAX)
				remark(m, "not read: %.*s%s%.*s", STR_FMT(d->path), d->path.n ? ": " : "", STR_FMT(d->text));
	}
	if (named > REMARKS_NAMED_MAX)
		remark(m, "  and %zu more (--format json names them all)", named - REMARKS_NAMED_MAX);
}

static void remark_exploited(struct remarks *m, const struct report *r)
{
	const struct finding *f;
	struct buf list;
	size_t named = 0;
	buf_init(&list, 8192);
	vec_foreach(f, &r->findings) {
		if (f->suppressed.active || !f->vulnerability || !f->vulnerability->kev || named > REMARKS_NAMED_MAX)
			continue;
		bool seen = false;
		for (const struct finding *g = r->findings.v; g < f && !seen; g++)
			seen = !g->suppressed.active && g->vulnerability && g->vulnerability->kev && str_eq(g->id, f->id);
		if (!seen && named++ < REMARKS_NAMED_MAX)
			buf_addf(&list, "%s%.*s", list.n ? ", " : "", STR_FMT(f->id));
	}
	if (list.n)
		remark(m, "Known to be exploited (CISA KEV): %.*s%s", STR_FMT(buf_str(&list)), named > REMARKS_NAMED_MAX ? ", …" : "");
	m->failed |= buf_failed(&list);
	buf_release(&list);
}

static void remark_counts(struct remarks *m, const struct report *r, const struct report_options *opt)
{
	size_t shown[SEVERITY_COUNT], hidden = 0;
	finding_count(&r->findings, FINDING_VULNERABILITY, shown);
	size_t unrated = shown[SEVERITY_UNKNOWN] + opt->counts.hidden[SEVERITY_UNKNOWN];
	if (unrated)
		remark(m, "%zu finding%s no rating (UNKNOWN)%s: a gate on a severity can't judge %s; --strict and --fail-on unknown fail on %s", unrated,
		       unrated == 1 ? " has" : "s have", opt->counts.hidden[SEVERITY_UNKNOWN] ? ", not shown here (--severity UNKNOWN shows them)" : "",
		       unrated == 1 ? "it" : "them", unrated == 1 ? "it" : "them");
	struct buf list;
	buf_init(&list, 256);
	for (int s = SEVERITY_CRITICAL; s > SEVERITY_UNKNOWN; s--) {
		hidden += opt->counts.hidden[s];
		if (opt->counts.hidden[s])
			buf_addf(&list, "%s%zu %s", list.n ? ", " : "", opt->counts.hidden[s], severity_name((enum severity)s));
	}
	if (hidden)
		remark(m, "Not shown because of --severity: %.*s", STR_FMT(buf_str(&list)));
	buf_release(&list);
	if (opt->counts.unfixed)
		remark(m, "Left out because no version fixes %s (--ignore-unfixed): %zu", opt->counts.unfixed == 1 ? "it" : "them", opt->counts.unfixed);
	if (opt->counts.suppressed)
		remark(m, "Suppressed by ignore rules, VEX or baseline: %zu%s", opt->counts.suppressed, opt->show_suppressed ? "" : " (--show-suppressed lists them)");
}

int report_remarks(struct arena *a, const struct report *r, const struct report_options *opt, struct str_vec *ret, struct error *err)
{
	struct remarks m = { .arena = a, .out = ret };
	const struct str *notice;
	if (base_text_lines(a, r, opt, ret, err) < 0)
		return ERR_NOMEM;
	remark_facts(&m, r);
	remark_exploited(&m, r);
	remark_counts(&m, r, opt);
	vec_foreach(notice, &r->notices)
		remark(&m, "%.*s", STR_FMT(*notice));
	return m.failed ? error_nomem(err) : 0;
}
