#include "format/json/json_write.h"
#include "front/report/escape.h"
#include "front/report/rows.h"
#include "front/report/text.h"

/* What GitLab's artifacts:reports take: the container scanning report (security-report-schemas 15) and the code quality report (a subset of CodeClimate's). */
#define SCHEMA_VERSION "15.0.7"
#define NAME_MAX_COLUMNS 250 /* the schema's limit is 255 characters */

struct gitlab {
	struct json_writer w;
	struct arena arena;
	const struct report *r;
	const struct report_options *opt;
	bool failed;
};

static struct str checked(struct gitlab *g, struct str s)
{
	g->failed |= !s.p;
	return s.p ? s : STR("");
}

static struct str clean(struct gitlab *g, struct str s)
{
	return checked(g, text_clean(&g->arena, s));
}

static struct str or_unknown(struct str s)
{
	return s.n ? s : STR("unknown");
}

static void write_tool(struct gitlab *g, struct str key)
{
	json_member_object(&g->w, key);
	json_member_string(&g->w, STR("id"), STR("bulkhead"));
	json_member_string(&g->w, STR("name"), STR("Bulkhead"));
	json_member_string(&g->w, STR("version"), STR(BULKHEAD_VERSION));
	json_member_object(&g->w, STR("vendor"));
	json_member_string(&g->w, STR("name"), STR("Bulkhead"));
	json_end_object(&g->w);
	json_end_object(&g->w);
}

static void write_scan(struct gitlab *g)
{
	/* Without a zone, by the schema. */
	struct str at = g->r->created.n >= 19 ? str_sub(g->r->created, 0, 19) : STR("1970-01-01T00:00:00");
	json_member_object(&g->w, STR("scan"));
	write_tool(g, STR("analyzer"));
	write_tool(g, STR("scanner"));
	json_member_string(&g->w, STR("start_time"), at);
	json_member_string(&g->w, STR("end_time"), at);
	json_member_string(&g->w, STR("status"), STR("success"));
	json_member_string(&g->w, STR("type"), STR("container_scanning"));
	json_end_object(&g->w);
}

/* "cve" for "CVE-2023-0286": the identifier's first part names its kind. */
static struct str identifier_type(struct gitlab *g, const struct report_row *row)
{
	struct str family, rest;
	if (row->finding->kind == FINDING_VULNERABILITY && str_cut(row->id, '-', &family, &rest) && family.n && family.n < 16)
		return clean(g, checked(g, arena_lower(&g->arena, family)));
	return checked(g, arena_printf(&g->arena, "bulkhead_%.*s", STR_FMT(row->kind)));
}

static const char *severity_word(const struct finding *f)
{
	static const char *const words[SEVERITY_COUNT] = { "Unknown", "Low", "Medium", "High", "Critical" };
	return judge_has_severity(f->kind) ? words[f->severity] : "Info";
}

static void write_location(struct gitlab *g, const struct report_row *row)
{
	const struct distro *d = &g->r->facts.distro;
	const struct package *p = row->finding->subject.package;
	struct str os = d->known ? checked(g, arena_printf(&g->arena, "%.*s %.*s", STR_FMT(distro_trivy_family(d)), STR_FMT(d->version))) : STR("unknown");
	json_member_object(&g->w, STR("location"));
	json_member_object(&g->w, STR("dependency"));
	json_member_object(&g->w, STR("package"));
	json_member_string(&g->w, STR("name"), or_unknown(clean(g, row->name.n ? row->name : row->subject)));
	json_end_object(&g->w);
	json_member_string(&g->w, STR("version"), or_unknown(clean(g, row->version)));
	if (p && !package_kind_info(p->kind)->os)
		json_member_bool(&g->w, STR("direct"), !p->indirect);
	json_end_object(&g->w);
	json_member_string(&g->w, STR("operating_system"), or_unknown(clean(g, str_trim(os))));
	json_member_string(&g->w, STR("image"), or_unknown(clean(g, g->r->image.artifact_name)));
	json_end_object(&g->w);
}

static void write_vulnerability(struct gitlab *g, const struct report_row *row)
{
	const struct finding *f = row->finding;
	struct str url = escape_url(&g->arena, row->url);
	/* A UUID's shape, version 8 (RFC 9562): made of the fingerprint, so it is the same in every scan. */
	uint64_t a = str_hash(row->fingerprint), b = str_hash(checked(g, arena_concat(&g->arena, row->fingerprint, STR("#"))));
	json_begin_object(&g->w);
	json_member_string(&g->w, STR("id"), checked(g, arena_printf(&g->arena, "%08x-%04x-8%03x-%04x-%012llx", (unsigned)(a >> 32), (unsigned)(a >> 16) & 0xffff, (unsigned)a & 0xfff,
								      ((unsigned)(b >> 48) & 0x3fff) | 0x8000, (unsigned long long)b & 0xffffffffffffULL)));
	json_member_string(&g->w, STR("name"), checked(g, text_fit(&g->arena, clean(g, checked(g, arena_printf(&g->arena, "%.*s in %.*s", STR_FMT(row->id), STR_FMT(row->subject)))),
								    NAME_MAX_COLUMNS, false)));
	json_member_string(&g->w, STR("description"), clean(g, f->description.n ? f->description : row->title));
	json_member_string(&g->w, STR("severity"), str_c(severity_word(f)));
	json_member_string_opt(&g->w, STR("solution"), checked(g, text_fit(&g->arena, clean(g, row->fix), 6000, false)));
	json_member_array(&g->w, STR("identifiers"));
	json_begin_object(&g->w);
	json_member_string(&g->w, STR("type"), identifier_type(g, row));
	json_member_string(&g->w, STR("name"), clean(g, row->id));
	json_member_string(&g->w, STR("value"), clean(g, row->id));
	json_member_string_opt(&g->w, STR("url"), url);
	json_end_object(&g->w);
	json_end_array(&g->w);
	if (url.n) {
		json_member_array(&g->w, STR("links"));
		json_begin_object(&g->w);
		json_member_string(&g->w, STR("url"), url);
		json_end_object(&g->w);
		json_end_array(&g->w);
	}
	write_location(g, row);
	json_end_object(&g->w);
}

static void write_container(struct gitlab *g, const struct report_row_vec *rows)
{
	const struct report_row *row;
	json_begin_object(&g->w);
	json_member_string(&g->w, STR("version"), STR(SCHEMA_VERSION));
	write_scan(g);
	json_member_array(&g->w, STR("vulnerabilities"));
	vec_foreach(row, rows)
		if (!row->finding->suppressed.active)
			write_vulnerability(g, row);
	json_end_array(&g->w);
	json_member_array(&g->w, STR("remediations"));
	json_end_array(&g->w);
	json_end_object(&g->w);
}

static void write_issue(struct gitlab *g, const struct report_row *row)
{
	static const char *const words[SEVERITY_COUNT] = { "info", "minor", "major", "critical", "blocker" };
	const struct finding *f = row->finding;
	struct str path = row->path.n ? row->path : row->target;
	while (str_strip_prefix(&path, STR("/"))) /* paths are relative to the repository */
		;
	json_begin_object(&g->w);
	json_member_string(&g->w, STR("type"), STR("issue"));
	json_member_string(&g->w, STR("check_name"), clean(g, row->id));
	json_member_string(&g->w, STR("description"), clean(g, row->message));
	json_member_array(&g->w, STR("categories"));
	json_string(&g->w, STR("Security"));
	json_end_array(&g->w);
	json_member_string(&g->w, STR("fingerprint"), row->fingerprint);
	json_member_string(&g->w, STR("severity"), str_c(judge_has_severity(f->kind) ? words[f->severity] : "info"));
	json_member_object(&g->w, STR("location"));
	json_member_string(&g->w, STR("path"), clean(g, or_unknown(path)));
	json_member_object(&g->w, STR("lines"));
	json_member_uint(&g->w, STR("begin"), row->line ? row->line : 1);
	if (row->line && row->end_line > row->line)
		json_member_uint(&g->w, STR("end"), row->end_line);
	json_end_object(&g->w);
	json_end_object(&g->w);
	json_end_object(&g->w);
}

static void write_quality(struct gitlab *g, const struct report_row_vec *rows)
{
	const struct report_row *row;
	json_begin_array(&g->w);
	vec_foreach(row, rows)
		if (!row->finding->suppressed.active)
			write_issue(g, row);
	json_end_array(&g->w);
}

static int write_with(void (*write)(struct gitlab *, const struct report_row_vec *), const struct report *r, const struct report_options *opt, struct buf *out,
		      struct error *err)
{
	struct gitlab g = { .r = r, .opt = opt };
	struct report_row_vec rows = { 0 };
	arena_init(&g.arena, ARENA_NO_LIMIT);
	json_writer_init(&g.w, out, 2, 0);
	int e = report_rows(&g.arena, r, opt, &rows, err);
	if (e == 0) {
		write(&g, &rows);
		buf_add_char(out, '\n');
	}
	if (e == 0 && g.failed)
		e = error_nomem(err);
	if (e == 0 && buf_failed(out))
		e = error_set(err, ERR_LIMIT, "the report is too large");
	arena_release(&g.arena);
	return e;
}

int report_gitlab(const struct report *r, const struct report_options *opt, struct buf *out, struct error *err)
{
	return write_with(write_container, r, opt, out, err);
}

int report_gitlab_quality(const struct report *r, const struct report_options *opt, struct buf *out, struct error *err)
{
	return write_with(write_quality, r, opt, out, err);
}
