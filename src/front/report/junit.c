#include "front/report/escape.h"
#include "front/report/rows.h"

/* JUnit XML as CI servers read it: a suite for each target, a failed case for each finding, a passed case for a target in which nothing was found, a skipped case for
 * what is suppressed. Control bytes are cleaned away, as XML 1.0 has no way to write them. */
struct junit {
	struct arena arena;
	struct buf *out;
	const struct report *r;
	const struct report_options *opt;
	struct report_row_vec rows;
};
struct suite {
	struct str target;
	struct u32_vec rows;
	size_t failures, skipped;
};

static void attribute(struct junit *j, const char *name, struct str value)
{
	buf_addf(j->out, " %s=\"", name);
	escape_xml(&j->arena, j->out, value);
	buf_add_char(j->out, '"');
}

static void write_case(struct junit *j, const struct report_row *row)
{
	const struct finding *f = row->finding;
	const char *severity = judge_has_severity(f->kind) ? severity_name(f->severity) : "";
	buf_add_c(j->out, "    <testcase");
	attribute(j, "classname", row->subject);
	attribute(j, "name", arena_printf(&j->arena, "%s%s%s%.*s", *severity ? "[" : "", severity, *severity ? "] " : "", STR_FMT(row->id)));
	if (row->path.n && row->line) {
		attribute(j, "file", row->path);
		buf_addf(j->out, " line=\"%u\"", row->line);
	}
	buf_add_c(j->out, " time=\"0\">\n");
	if (f->suppressed.active) {
		buf_add_c(j->out, "      <skipped");
		attribute(j, "message", arena_printf(&j->arena, "%.*s%s%.*s", STR_FMT(f->suppressed.by), f->suppressed.reason.n ? ": " : "", STR_FMT(f->suppressed.reason)));
		buf_add_c(j->out, "/>\n");
	} else {
		buf_add_c(j->out, "      <failure");
		attribute(j, "message", row->title);
		attribute(j, "type", row->kind);
		buf_add_char(j->out, '>');
		escape_xml(&j->arena, j->out, row->message);
		buf_addf(j->out, " (score %.*s)", STR_FMT(row->score));
		if (row->url.n) {
			buf_add_char(j->out, ' ');
			escape_xml(&j->arena, j->out, row->url);
		}
		buf_add_c(j->out, "</failure>\n");
	}
	buf_add_c(j->out, "    </testcase>\n");
}

static void write_suite(struct junit *j, const struct suite *s)
{
	size_t tests = s->rows.n ? s->rows.n : 1;
	buf_add_c(j->out, "  <testsuite");
	attribute(j, "name", s->target);
	buf_addf(j->out, " tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\" time=\"0\"", tests, s->failures, s->skipped);
	/* The schema most readers use takes no zone. */
	if (j->r->created.n >= 19)
		attribute(j, "timestamp", str_sub(j->r->created, 0, 19));
	buf_add_c(j->out, ">\n");
	for (size_t i = 0; i < s->rows.n; i++)
		write_case(j, &j->rows.v[s->rows.v[i]]);
	if (!s->rows.n) {
		buf_add_c(j->out, "    <testcase");
		attribute(j, "classname", s->target);
		buf_add_c(j->out, " name=\"nothing found\" time=\"0\"/>\n");
	}
	buf_add_c(j->out, "  </testsuite>\n");
}

static struct suite *suite_of(struct junit *j, struct map *suites, struct str target)
{
	bool is_new;
	void **slot = map_at(suites, target, &is_new);
	if (slot && is_new)
		*slot = arena_new(&j->arena, struct suite);
	struct suite *s = slot ? *slot : NULL;
	if (s)
		s->target = target;
	return s;
}

static int write_all(struct junit *j, struct error *err)
{
	struct report_section_vec sections = { 0 };
	struct map suites;
	size_t tests = 0, failures = 0, skipped = 0;
	map_init(&suites, &j->arena);
	int e = report_sections(&j->arena, j->r, &sections, err);
	for (size_t i = 0; i < sections.n && e == 0; i++)
		if (!suite_of(j, &suites, sections.v[i].target))
			e = error_nomem(err);
	for (size_t i = 0; i < j->rows.n && e == 0; i++) {
		const struct report_row *row = &j->rows.v[i];
		bool suppressed = row->finding->suppressed.active;
		uint32_t index = (uint32_t)i;
		if (suppressed && !j->opt->show_suppressed)
			continue;
		struct suite *s = suite_of(j, &suites, row->target);
		if (!s || !vec_push(&j->arena, &s->rows, index))
			return error_nomem(err);
		s->failures += !suppressed;
		s->skipped += suppressed;
	}
	if (e < 0)
		return e;
	for (size_t i = 0; i < suites.n; i++) {
		const struct suite *s = suites.entries[i].value;
		tests += s->rows.n ? s->rows.n : 1;
		failures += s->failures;
		skipped += s->skipped;
	}
	buf_add_c(j->out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
	attribute(j, "name", j->r->image.artifact_name);
	buf_addf(j->out, " tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\" time=\"0\">\n", tests, failures, skipped);
	for (size_t i = 0; i < suites.n; i++)
		write_suite(j, suites.entries[i].value);
	buf_add_c(j->out, "</testsuites>\n");
	return 0;
}

int report_junit(const struct report *r, const struct report_options *opt, struct buf *out, struct error *err)
{
	struct junit j = { .out = out, .r = r, .opt = opt };
	arena_init(&j.arena, ARENA_NO_LIMIT);
	int e = report_rows(&j.arena, r, opt, &j.rows, err);
	if (e == 0)
		e = write_all(&j, err);
	if (e == 0 && buf_failed(out))
		e = error_set(err, ERR_LIMIT, "the report is too large");
	arena_release(&j.arena);
	return e;
}
