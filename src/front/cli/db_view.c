#include "base/path.h"
#include "feature/advisories/advisories.h"
#include "format/json/json_write.h"
#include "front/cli/commands.h"
#include "front/cli/db.h"
#include "front/report/grid.h"
#include "front/report/text.h"

#include <time.h>

static const char *const db_formats[] = { [DB_TABLE] = "table", [DB_JSON] = "json", NULL };
static const struct option view_options[] = {
	{ .name = "format", .short_name = 'f', .type = OPTION_CHOICE, .offset = OPTION_AT(struct db_command, format, int), .arg = "FORMAT", .default_text = "table", .choices = db_formats, .summary = "form of the answer" },
};
static const struct option_group view_groups[] = {
	{ "Output", view_options, ARRAY_LEN(view_options), 0 },
	{ "Database", db_place_options, DB_PLACE_OPTION_COUNT, 0 },
};

static void info_json(struct buf *out, const struct advisories_info *i)
{
	struct json_writer w;
	json_writer_init(&w, out, 2, 0);
	json_begin_object(&w);
	json_member_string(&w, STR("Path"), i->path);
	json_member_bool(&w, STR("Starter"), i->starter);
	json_member_uint(&w, STR("FormatVersion"), i->format_version);
	json_member_string(&w, STR("Built"), i->built);
	json_member_string(&w, STR("NewestData"), i->newest_data);
	if (i->age_days >= 0)
		json_member_int(&w, STR("AgeDays"), i->age_days);
	json_member_uint(&w, STR("Advisories"), i->advisories);
	json_member_uint(&w, STR("Vulnerabilities"), i->vulnerabilities);
	json_member_uint(&w, STR("Packages"), i->packages);
	json_member_uint(&w, STR("KEV"), i->kev);
	json_member_uint(&w, STR("EPSS"), i->epss);
	json_member_string_opt(&w, STR("EPSSDate"), i->epss_date);
	json_member_uint(&w, STR("Bytes"), i->file_bytes);
	json_member_array(&w, STR("Sources"));
	for (size_t k = 0; k < i->source_count; k++) {
		json_begin_object(&w);
		json_member_string(&w, STR("ID"), i->sources[k].key);
		json_member_string(&w, STR("Name"), i->sources[k].name);
		json_member_string_opt(&w, STR("URL"), i->sources[k].url);
		json_member_string_opt(&w, STR("Updated"), i->sources[k].updated);
		json_end_object(&w);
	}
	json_end_array(&w);
	json_member_object(&w, STR("Ecosystems"));
	for (size_t k = 0; k < i->ecosystem_count; k++)
		json_member_uint(&w, i->ecosystems[k], i->ecosystem_advisories[k]);
	json_end_object(&w);
	json_end_object(&w);
	buf_add_char(out, '\n');
}

static const struct grid_column source_columns[] = { { .title = "SOURCE" }, { .title = "NAME", .min = 10, .grows_last = true, .weight = 1 }, { .title = "UPDATED" } };
static const struct grid_column ecosystem_columns[] = { { .title = "ECOSYSTEM" }, { .title = "ADVISORIES" } };

static int info_table(struct cli *c, struct buf *out, const struct advisories_info *i, struct error *err)
{
	struct report_style style = db_style(c);
	struct grid g;
	char size[32];
	if (i->starter)
		buf_add_c(out, "The starter database that is built into the program; bulkhead db update fetches all there is.\n");
	else
		buf_addf(out, "%.*s (%s)\n", STR_FMT(text_clean(c->arena, i->path)), db_size_text(i->file_bytes, size));
	if (i->age_days >= 0)
		buf_addf(out, "built %.*s, %lld day%s ago%s%.*s\n", STR_FMT(i->built), (long long)i->age_days, i->age_days == 1 ? "" : "s",
			 i->newest_data.n ? "; newest data " : "", STR_FMT(i->newest_data));
	buf_addf(out, "%llu advisories of %llu packages, %llu vulnerabilities, %llu known to be exploited, %llu with EPSS\n\n", (unsigned long long)i->advisories,
		 (unsigned long long)i->packages, (unsigned long long)i->vulnerabilities, (unsigned long long)i->kev, (unsigned long long)i->epss);
	grid_init(&g, c->arena, source_columns, ARRAY_LEN(source_columns));
	for (size_t k = 0; k < i->source_count; k++) {
		grid_row(&g, false);
		grid_add(&g, text_clean(c->arena, i->sources[k].key), GRID_PLAIN);
		grid_add(&g, text_clean(c->arena, i->sources[k].name), GRID_PLAIN);
		grid_add(&g, i->sources[k].updated.n ? text_clean(c->arena, str_sub(i->sources[k].updated, 0, 10)) : STR("unknown"), GRID_PLAIN);
	}
	if (!grid_plan(&g, &style)) {
		style.width = 0;
		(void)grid_plan(&g, &style);
	}
	int r = grid_write(&g, &style, out, err);
	buf_add_char(out, '\n');
	grid_init(&g, c->arena, ecosystem_columns, ARRAY_LEN(ecosystem_columns));
	for (size_t k = 0; k < i->ecosystem_count; k++) {
		grid_row(&g, false);
		grid_add(&g, text_clean(c->arena, i->ecosystems[k]), GRID_PLAIN);
		grid_add(&g, arena_printf(c->arena, "%llu", (unsigned long long)i->ecosystem_advisories[k]), GRID_PLAIN);
	}
	style.width = 0;
	(void)grid_plan(&g, &style);
	return r < 0 ? r : grid_write(&g, &style, out, err);
}

static int run_info(struct cli *c, const struct option_set *set, const struct str *args, size_t n)
{
	const struct db_command *o = set->values;
	struct advisories_info info;
	struct error err = { 0 };
	struct buf out;
	struct str db;
	if (db_readable(c, o, &db, &err) < 0 || advisories_info(c->arena, db, (int64_t)time(NULL) / 86400, &info, &err) < 0)
		return cli_fail(c, &err);
	buf_init(&out, DB_OUTPUT_MAX);
	int r = 0;
	if (o->format == DB_JSON)
		info_json(&out, &info);
	else
		r = info_table(c, &out, &info, &err);
	if (r < 0) {
		buf_release(&out);
		return cli_fail(c, &err);
	}
	return db_print(c, &out);
}

/* Affected versions for people: ">= 1.0, < 1.2.3; = 2.0". */
static struct str ranges_text(struct arena *a, const struct advisory *adv)
{
	struct buf out;
	const struct advisory_range *r;
	const struct str *v;
	buf_init(&out, 64 << 20);
	vec_foreach(r, &adv->ranges) {
		buf_add_c(&out, out.n ? "; " : "");
		if (!r->low.n && !r->high.n)
			buf_add_c(&out, "all");
		if (r->low.n)
			buf_addf(&out, "%s %.*s", r->low_open ? ">" : ">=", STR_FMT(r->low));
		if (r->high.n)
			buf_addf(&out, "%s%s %.*s", r->low.n ? ", " : "", r->high_closed ? "<=" : "<", STR_FMT(r->high));
	}
	vec_foreach(v, &adv->versions)
		buf_addf(&out, "%s= %.*s", out.n ? "; " : "", STR_FMT(*v));
	struct str s = buf_failed(&out) ? STR_NONE : arena_str(a, buf_str(&out));
	buf_release(&out);
	return text_clean(a, s);
}

static struct str join(struct arena *a, const struct str_vec *list)
{
	return text_clean(a, text_join(a, list));
}

static void show_vulnerability(struct cli *c, struct buf *out, const struct vulnerability *v)
{
	struct str_vec lines = { 0 };
	const struct cvss_entry *e;
	buf_addf(out, "%.*s  %.*s\n", STR_FMT(text_clean(c->arena, v->id)), STR_FMT(text_clean(c->arena, v->title)));
	if (v->aliases.n)
		buf_addf(out, "also: %.*s\n", STR_FMT(join(c->arena, &v->aliases)));
	vec_foreach(e, &v->cvss)
		buf_addf(out, "%.*s: %.1f %.*s\n", STR_FMT(text_clean(c->arena, e->source)), e->score, STR_FMT(text_clean(c->arena, e->vector)));
	if (v->kev)
		buf_addf(out, "known to be exploited (CISA KEV)%s%.*s%s\n", v->kev_added.n ? " since " : "", STR_FMT(text_clean(c->arena, v->kev_added)), v->kev_ransomware ? ", also by ransomware" : "");
	if (v->epss >= 0)
		buf_addf(out, "EPSS %.2f%%: probability of exploitation within 30 days\n", v->epss * 100);
	if (v->published.n)
		buf_addf(out, "published %.*s, modified %.*s\n", STR_FMT(text_clean(c->arena, str_sub(v->published, 0, 10))), STR_FMT(text_clean(c->arena, str_sub(v->modified, 0, 10))));
	if (v->withdrawn)
		buf_add_c(out, "withdrawn\n");
	if (v->description.n && text_wrap(c->arena, text_clean(c->arena, v->description), c->width ? c->width : 100, &lines) == 0) {
		buf_add_char(out, '\n');
		for (size_t i = 0; i < lines.n; i++)
			buf_addf(out, "%.*s\n", STR_FMT(lines.v[i]));
	}
	if (v->references.n)
		buf_add_char(out, '\n');
	for (size_t i = 0; i < v->references.n; i++)
		buf_addf(out, "%.*s\n", STR_FMT(text_clean(c->arena, v->references.v[i])));
	buf_add_char(out, '\n');
}

static const struct grid_column row_columns[] = {
	{ .title = "ECOSYSTEM", .min = 10 }, { .title = "PACKAGE", .min = 10 }, { .title = "ID", .min = 14 }, { .title = "SEVERITY" }, { .title = "STATUS", .weight = 2 },
	{ .title = "AFFECTED", .min = 14, .max = 60, .max_lines = 4, .weight = 3, .grows_last = true }, { .title = "FIXED", .min = 10, .max = 60 },
};

static int show_table(struct cli *c, struct buf *out, const struct advisories_show *show, struct error *err)
{
	struct report_style style = db_style(c);
	const struct advisories_row *row;
	struct grid g;
	if (!show->is_package)
		show_vulnerability(c, out, &show->vulnerability);
	grid_init(&g, c->arena, row_columns, ARRAY_LEN(row_columns));
	vec_foreach(row, &show->rows) {
		const struct advisory *adv = &row->advisory;
		bool other = adv->source_id.n && !str_eq(adv->source_id, adv->id);
		grid_row(&g, false);
		grid_add(&g, text_clean(c->arena, row->ecosystem), GRID_PLAIN);
		grid_add(&g, text_clean(c->arena, row->package), GRID_PLAIN);
		grid_add(&g, text_clean(c->arena, show->is_package || !other ? adv->id : adv->source_id), GRID_PLAIN);
		grid_add(&g, str_c(severity_name(row->severity)), GRID_PLAIN);
		grid_add(&g, str_c(advisory_status_name(adv->status)), GRID_PLAIN);
		grid_add(&g, ranges_text(c->arena, adv), GRID_PLAIN);
		grid_add(&g, join(c->arena, &adv->fixed), GRID_PLAIN);
	}
	if (!grid_plan(&g, &style)) {
		style.width = 0;
		(void)grid_plan(&g, &style);
	}
	return show->rows.n ? grid_write(&g, &style, out, err) : 0;
}

static void strings_json(struct json_writer *w, struct str key, const struct str_vec *list)
{
	json_member_array(w, key);
	for (size_t i = 0; i < list->n; i++)
		json_string(w, list->v[i]);
	json_end_array(w);
}

static void show_json(struct buf *out, const struct advisories_show *show)
{
	const struct vulnerability *v = &show->vulnerability;
	const struct advisories_row *row;
	struct json_writer w;
	json_writer_init(&w, out, 2, 0);
	json_begin_object(&w);
	if (!show->is_package) {
		json_member_string(&w, STR("ID"), v->id);
		json_member_string_opt(&w, STR("Title"), v->title);
		json_member_string_opt(&w, STR("Description"), v->description);
		strings_json(&w, STR("Aliases"), &v->aliases);
		strings_json(&w, STR("References"), &v->references);
		strings_json(&w, STR("CweIDs"), &v->cwes);
		json_member_string_opt(&w, STR("PublishedDate"), v->published);
		json_member_string_opt(&w, STR("LastModifiedDate"), v->modified);
		json_member_bool(&w, STR("KEV"), v->kev);
		if (v->epss >= 0)
			json_member_double(&w, STR("EPSS"), v->epss);
		json_member_array(&w, STR("CVSS"));
		for (size_t i = 0; i < v->cvss.n; i++) {
			json_begin_object(&w);
			json_member_string(&w, STR("Source"), v->cvss.v[i].source);
			json_member_string(&w, STR("Vector"), v->cvss.v[i].vector);
			json_member_double(&w, STR("Score"), v->cvss.v[i].score);
			json_end_object(&w);
		}
		json_end_array(&w);
	}
	json_member_array(&w, STR("Advisories"));
	vec_foreach(row, &show->rows) {
		const struct advisory *adv = &row->advisory;
		const struct advisory_range *range;
		json_begin_object(&w);
		json_member_string(&w, STR("Ecosystem"), row->ecosystem);
		json_member_string(&w, STR("Package"), row->package);
		json_member_string(&w, STR("ID"), adv->id);
		json_member_string(&w, STR("SourceID"), adv->source_id);
		json_member_string(&w, STR("DataSource"), adv->data_source);
		json_member_string(&w, STR("Severity"), str_c(severity_name(row->severity)));
		json_member_string_opt(&w, STR("SeveritySource"), row->severity_source);
		json_member_string(&w, STR("Status"), str_c(advisory_status_name(adv->status)));
		json_member_array(&w, STR("Ranges"));
		vec_foreach(range, &adv->ranges) {
			json_begin_object(&w);
			json_member_string_opt(&w, range->low_open ? STR("After") : STR("From"), range->low);
			json_member_string_opt(&w, range->high_closed ? STR("UpTo") : STR("Before"), range->high);
			json_end_object(&w);
		}
		json_end_array(&w);
		strings_json(&w, STR("Versions"), &adv->versions);
		strings_json(&w, STR("Fixed"), &adv->fixed);
		json_end_object(&w);
	}
	json_end_array(&w);
	json_end_object(&w);
	buf_add_char(out, '\n');
}

static int run_show(struct cli *c, const struct option_set *set, const struct str *args, size_t n)
{
	const struct db_command *o = set->values;
	struct advisories_show show;
	struct error err = { 0 };
	struct buf out;
	struct str db;
	if (db_readable(c, o, &db, &err) < 0 || advisories_show(c->arena, db, args[0], &show, &err) < 0)
		return cli_fail(c, &err);
	if (!db.n)
		cli_note(c, "only the starter database was asked (bulkhead db update fetches all there is)");
	buf_init(&out, DB_OUTPUT_MAX);
	int r = 0;
	if (o->format == DB_JSON)
		show_json(&out, &show);
	else
		r = show_table(c, &out, &show, &err);
	if (r < 0) {
		buf_release(&out);
		return cli_fail(c, &err);
	}
	return db_print(c, &out);
}

const struct command command_db_info = {
	.name = "db info", .args = "", .summary = "Tell what is in the advisory database and how old it is",
	.groups = view_groups, .group_count = ARRAY_LEN(view_groups), .values_size = sizeof(struct db_command), .run = run_info,
};
static const struct command_example show_examples[] = {
	{ "bulkhead db show CVE-2023-0286", "one vulnerability and all that it affects" },
	{ "bulkhead db show Debian:11/openssl", "all advisories of one package" },
};
const struct command command_db_show = {
	.name = "db show", .args = "ID|PACKAGE|PURL", .summary = "Show what the database knows of a vulnerability or a package",
	.groups = view_groups, .group_count = ARRAY_LEN(view_groups), .examples = show_examples, .example_count = ARRAY_LEN(show_examples),
	.values_size = sizeof(struct db_command), .min_args = 1, .max_args = 1, .run = run_show,
};
