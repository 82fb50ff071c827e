#include "front/cli/series.h"

#include "base/map.h"
#include "front/cli/verdict.h"
#include "front/report/escape.h"
#include "front/report/grid.h"
#include "front/report/text.h"

#define FILE_BYTES_MAX (2048ull << 20)

/* One of --format/--output and --report. */
struct target {
	enum report_format format;
	struct str file; /* empty: standard output */
	bool each;       /* a file an image */
	struct buf out;  /* of a file that holds all */
	size_t count;
};
struct row {
	struct str name, why; /* why: it could not be judged */
	size_t counts[SEVERITY_COUNT], total;
	bool incomplete; /* something could not be read or has no advisory data */
	int code;
};
VEC_DECLARE(target_vec, struct target);
VEC_DECLARE(row_vec, struct row);

struct series {
	struct cli *c;
	struct target_vec targets;
	struct row_vec rows;
	bool severities[SEVERITY_COUNT]; /* that are shown */
	struct map files;                /* written so far, where each image has its own */
};

static bool holds_several(enum report_format f)
{
	return f == FORMAT_TABLE || f == FORMAT_JSON || f == FORMAT_MARKDOWN;
}

static int add_target(struct series *s, enum report_format format, struct str file, struct error *err)
{
	struct target t = { .format = format, .file = file, .each = str_contains(file, STR("{}")) };
	if (!t.each && !holds_several(format))
		return error_set(err, ERR_USAGE, "the format %s holds one image: with several its file needs {} in its name, for the image's name: --report '%s={}.%s'",
				 report_formats[format].name, report_formats[format].name, report_formats[format].name);
	if (!vec_push(s->c->arena, &s->targets, t))
		return error_nomem(err);
	buf_init(&s->targets.v[s->targets.n - 1].out, FILE_BYTES_MAX);
	return 0;
}

int series_open(struct cli *c, const struct verdict_options *o, struct series **ret, struct error *err)
{
	struct series *s = arena_new(c->arena, struct series);
	int r = s ? 0 : error_nomem(err);
	if (r < 0)
		return r;
	s->c = c;
	map_init(&s->files, c->arena);
	for (size_t i = 0; i < o->reports.n && r == 0; i++) {
		enum report_format format;
		struct str file;
		r = report_parse_target(o->reports.v[i], &format, &file, err);
		if (r == 0)
			r = add_target(s, format, file, err);
	}
	for (size_t i = 0; i < o->severity.n; i++) {
		enum severity severity;
		if (severity_parse(o->severity.v[i], &severity) == 0)
			s->severities[severity] = true;
	}
	if (r == 0)
		r = add_target(s, (enum report_format)o->format, o->output, err);
	if (r == 0)
		*ret = s;
	return r;
}

struct series *series_release(struct series *s)
{
	for (size_t i = 0; s && i < s->targets.n; i++)
		buf_release(&s->targets.v[i].out);
	return NULL;
}

/* --- reports --- */

/* Two images whose names come out the same get different files: "a-b", "a-b-2". p NULL: no memory. */
static struct str file_of(struct series *s, const struct target *t, struct str name)
{
	struct arena *a = s->c->arena;
	/* "/srv/a.tar" is srv-a.tar: a file whose name begins with '-' looks like an option to every tool, one with '.' is hidden. */
	while (name.n && !char_is_alnum(name.p[0]))
		name = str_from(name, 1);
	if (!name.n)
		name = STR("image");
	size_t at = str_find(t->file, STR("{}")), n = MIN_OF(name.n, (size_t)200);
	char *safe = arena_cstr(a, str_from(name, name.n - n)), number[16] = "";
	struct str path = STR_NONE;
	bool is_new = false;
	for (size_t i = 0; safe && i < n; i++)
		if (!char_is_alnum(safe[i]) && (!char_is_one_of(safe[i], "._-") || (i == 0 && safe[i] == '.')))
			safe[i] = '-';
	for (unsigned i = 2; safe && !is_new; i++) {
		path = arena_printf(a, "%.*s%s%s%.*s", STR_FMT(str_sub(t->file, 0, at)), safe, number, STR_FMT(str_from(t->file, at + 2)));
		if (!path.p || !map_at(&s->files, path, &is_new))
			return STR_NONE;
		snprintf(number, sizeof(number), "-%u", i);
	}
	return path;
}

static void separate(struct series *s, struct target *t, struct str name, struct buf *out)
{
	if (t->format == FORMAT_JSON) {
		buf_add_c(out, t->count ? ",\n" : "[\n");
	} else if (t->format == FORMAT_MARKDOWN) {
		buf_add_c(out, t->count ? "\n## " : "## ");
		escape_markdown(s->c->arena, out, name);
		buf_add_c(out, "\n\n");
	} else if (t->count) {
		buf_add_c(out, "\n");
	}
}

int series_put(struct series *s, enum report_format format, struct str file, struct str name, struct str report, struct error *err)
{
	struct target *t = NULL;
	for (size_t i = 0; i < s->targets.n && !t; i++)
		if (s->targets.v[i].format == format && str_eq(s->targets.v[i].file, file))
			t = &s->targets.v[i];
	if (!t)
		return error_set(err, ERR_INTERNAL, "a report that nobody asked for");
	if (t->each) {
		struct str path = file_of(s, t, name);
		return path.p ? cli_write_file(path, report, err) : error_nomem(err);
	}
	separate(s, t, name, &t->out);
	buf_add(&t->out, format == FORMAT_JSON ? str_trim_right(report) : report);
	t->count++;
	if (buf_failed(&t->out))
		return error_set(err, ERR_LIMIT, "the reports are larger than %llu MiB together", FILE_BYTES_MAX >> 20);
	if (t->file.n)
		return 0;
	int r = cli_write(s->c->out_fd, buf_str(&t->out), err);
	buf_clear(&t->out);
	return r;
}

int series_add(struct series *s, struct str name, const struct report *r, int code, const char *why, struct error *err)
{
	struct row row = { .name = arena_str(s->c->arena, name), .why = arena_str(s->c->arena, str_c(why)), .code = code };
	const struct finding *f;
	if (r) {
		row.incomplete = report_is_incomplete(r);
		vec_foreach(f, &r->findings) {
			if (f->suppressed.active || !judge_has_severity(f->kind))
				continue;
			row.counts[f->severity]++;
			row.total++;
		}
	}
	return row.name.p && row.why.p && vec_push(s->c->arena, &s->rows, row) ? 0 : error_nomem(err);
}

/* --- summary --- */

static const struct grid_column summary_columns[] = {
	{ .title = "IMAGE", .min = 12, .max_lines = 4 }, { .title = "CRITICAL" }, { .title = "HIGH" }, { .title = "MEDIUM" }, { .title = "LOW" }, { .title = "UNKNOWN" },
	{ .title = "RESULT", .min = 10, .max = 120, .max_lines = 4, .grows_last = true },
};

static const char *result_of(const struct row *row)
{
	return row->code != EXIT_CODE_OK ? "gate not met" : row->incomplete ? "ok, but not all was judged" : "ok";
}

static void add_count(struct grid *g, struct arena *a, const struct row *row, enum severity severity)
{
	static const enum grid_color colors[] = { [SEVERITY_CRITICAL] = GRID_BRIGHT_RED, [SEVERITY_HIGH] = GRID_RED, [SEVERITY_MEDIUM] = GRID_YELLOW, [SEVERITY_LOW] = GRID_BLUE,
						  [SEVERITY_UNKNOWN] = GRID_CYAN };
	size_t n = row->counts[severity];
	if (row->why.n)
		grid_add(g, STR("-"), GRID_DIM);
	else
		grid_add(g, arena_printf(a, "%zu", n), n ? colors[severity] : GRID_DIM);
}

static int write_summary(struct series *s, const struct target *t, struct buf *out, struct error *err)
{
	struct report_style style = { 0 };
	struct arena *a = s->c->arena;
	struct grid g;
	if (!t->file.n)
		style = (struct report_style){ .width = s->c->width, .color = s->c->color, .unicode = s->c->unicode };
	grid_init(&g, a, summary_columns, ARRAY_LEN(summary_columns));
	for (unsigned i = 0; i < SEVERITY_COUNT; i++)
		if (!s->severities[SEVERITY_CRITICAL - i])
			g.hidden |= 1u << (i + 1);
	for (size_t i = 0; i < s->rows.n; i++) {
		const struct row *row = &s->rows.v[i];
		grid_row(&g, false);
		grid_add(&g, text_clean(a, row->name), GRID_BOLD);
		for (int severity = SEVERITY_CRITICAL; severity >= SEVERITY_UNKNOWN; severity--)
			add_count(&g, a, row, (enum severity)severity);
		grid_add(&g, row->why.n ? text_clean(a, row->why) : str_c(result_of(row)), row->code == EXIT_CODE_OK ? GRID_PLAIN : GRID_RED);
	}
	buf_addf(out, "\nSummary of %zu images\n\n", s->rows.n);
	if (!grid_plan(&g, &style)) { /* a terminal for which nothing fits */
		style.width = 0;
		grid_plan(&g, &style);
	}
	return grid_write(&g, &style, out, err);
}

static void summary_markdown(struct series *s, struct buf *out)
{
	buf_addf(out, "\n## Summary of %zu images\n\n| Image | Critical | High | Medium | Low | Unknown | Result |\n|---|---:|---:|---:|---:|---:|---|\n", s->rows.n);
	for (size_t i = 0; i < s->rows.n; i++) {
		const struct row *row = &s->rows.v[i];
		buf_add_c(out, "| ");
		escape_markdown(s->c->arena, out, row->name);
		for (int severity = SEVERITY_CRITICAL; severity >= SEVERITY_UNKNOWN; severity--) {
			if (row->why.n)
				buf_add_c(out, " | -");
			else
				buf_addf(out, " | %zu", row->counts[severity]);
		}
		buf_add_c(out, " | ");
		escape_markdown(s->c->arena, out, row->why.n ? row->why : str_c(result_of(row)));
		buf_add_c(out, " |\n");
	}
}

static int finish_target(struct series *s, struct target *t, struct error *err)
{
	int r = 0;
	if (t->each)
		return 0;
	if (t->format == FORMAT_JSON)
		buf_add_c(&t->out, t->count ? "\n]\n" : "[]\n");
	else if (t->format == FORMAT_MARKDOWN)
		summary_markdown(s, &t->out);
	else
		r = write_summary(s, t, &t->out, err);
	if (r == 0 && buf_failed(&t->out))
		r = error_nomem(err);
	if (r == 0)
		r = t->file.n ? cli_write_file(t->file, buf_str(&t->out), err) : cli_write(s->c->out_fd, buf_str(&t->out), err);
	return r;
}

int series_finish(struct series *s, int *ret_code, struct error *err)
{
	int code = EXIT_CODE_OK, failure = EXIT_CODE_OK, r = 0;
	for (size_t i = 0; i < s->rows.n; i++) {
		const struct row *row = &s->rows.v[i];
		if (row->why.n)
			failure = MAX_OF(failure, row->code);
		else
			code = MAX_OF(code, row->code);
	}
	for (size_t i = 0; i < s->targets.n && r == 0; i++)
		r = finish_target(s, &s->targets.v[i], err);
	if (r == 0)
		*ret_code = failure ? failure : code;
	return r;
}
