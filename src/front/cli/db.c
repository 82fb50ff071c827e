#include "front/cli/db.h"
#include "base/path.h"
#include "feature/advisories/advisories.h"
#include "front/cli/commands.h"
#include "front/cli/progress.h"
#include "front/report/grid.h"
#include "front/report/text.h"

#define DIAGS_TOLD_MAX 20

#define AT(member, type) OPTION_AT(struct db_command, member, type)
const struct option db_place_options[] = {
	{ .name = "db", .type = OPTION_TEXT, .offset = AT(db, struct str), .arg = "FILE", .shown_default = CLI_DB_NAME " in the cache directory", .flags = OPTION_FILE_ARG,
	  .summary = "advisory database" },
	{ .name = "cache-dir", .type = OPTION_TEXT, .offset = AT(cache_dir, struct str), .arg = "DIR", .shown_default = "~/.cache/bulkhead", .flags = OPTION_DIR_ARG,
	  .summary = "directory of layer results and the database" },
};
_Static_assert(ARRAY_LEN(db_place_options) == DB_PLACE_OPTION_COUNT, "as the header says");
const struct option db_import_options[] = {
	{ .name = "fresh", .type = OPTION_BOOL, .offset = AT(fresh, bool), .summary = "start from an empty database" },
	{ .name = "strict", .type = OPTION_BOOL, .offset = AT(strict, bool), .summary = "exit 1 when a source failed or a record could not be read; the rest is imported all the same" },
	{ .name = "progress", .type = OPTION_BOOL, .offset = AT(progress, bool), .default_text = "true", .summary = "no progress on standard error" },
};
_Static_assert(ARRAY_LEN(db_import_options) == DB_IMPORT_OPTION_COUNT, "as the header says");
static const struct option_group import_groups[] = {
	{ "Import", db_import_options, DB_IMPORT_OPTION_COUNT, 0 },
	{ "Database", db_place_options, DB_PLACE_OPTION_COUNT, 0 },
};
static const struct option_group build_groups[] = { { "Database", db_place_options, DB_PLACE_OPTION_COUNT, 0 } };

int db_own(struct cli *c, const struct db_command *o, struct str *ret, struct error *err)
{
	struct str cache_dir = cli_cache_dir(c, o->cache_dir);
	struct str path = o->db.n ? o->db : cache_dir.p ? arena_printf(c->arena, "%.*s/" CLI_DB_NAME, STR_FMT(cache_dir)) : STR_NONE;
	if (!path.p)
		return error_nomem(err);
	int r = o->db.n ? 0 : cli_make_dirs(c->arena, cache_dir, err);
	if (r == 0)
		*ret = path;
	return r;
}

int db_readable(struct cli *c, const struct db_command *o, struct str *ret, struct error *err)
{
	struct str cache_dir = cli_cache_dir(c, o->cache_dir);
	struct str path = o->db.n ? o->db : cache_dir.p ? cli_default_db(c, cache_dir) : STR_NONE;
	char *name = path.p ? arena_cstr(c->arena, path) : NULL;
	if (!name)
		return error_nomem(err);
	*ret = !o->db.n && access(name, F_OK) < 0 ? STR("") : path;
	return 0;
}

const char *db_size_text(uint64_t bytes, char dst[32])
{
	if (bytes >= 1u << 20)
		snprintf(dst, 32, "%.1f MiB", (double)bytes / (1u << 20));
	else
		snprintf(dst, 32, "%.1f KiB", (double)bytes / 1024);
	return dst;
}

struct report_style db_style(const struct cli *c)
{
	return (struct report_style){ .width = c->width, .color = c->color, .unicode = c->unicode };
}

int db_print(struct cli *c, struct buf *out)
{
	struct error err = { 0 };
	int code = buf_failed(out) ? (error_nomem(&err), cli_fail(c, &err)) : cli_print(c, buf_str(out));
	buf_release(out);
	return code;
}

/* Import and update: one row a file or source. */
static const struct grid_column file_columns[] = {
	{ .title = "SOURCE", .min = 12 }, { .title = "KIND", .min = 8, .weight = 1 }, { .title = "RECORDS" }, { .title = "NEWEST", .weight = 1 }, { .title = "STATE", .min = 12, .grows_last = true },
};

static struct str file_state(struct cli *c, const struct advisories_file *f)
{
	if (f->code < 0)
		return text_clean(c->arena, arena_printf(c->arena, "failed: %.*s", STR_FMT(f->error)));
	if (f->unchanged)
		return STR("unchanged");
	if (!f->kind.n)
		return STR("no feed");
	if (f->unreadable)
		return arena_printf(c->arena, "%llu not readable", (unsigned long long)f->unreadable);
	return STR("ok");
}

static int print_files(struct cli *c, const struct advisories_summary *s)
{
	struct grid g;
	struct buf out;
	struct error err = { 0 };
	struct report_style style = db_style(c);
	const struct advisories_file *f;
	grid_init(&g, c->arena, file_columns, ARRAY_LEN(file_columns));
	vec_foreach(f, &s->files) {
		grid_row(&g, false);
		grid_add(&g, text_clean(c->arena, c->width ? path_base(f->path) : f->path), GRID_PLAIN);
		grid_add(&g, text_clean(c->arena, f->kind), GRID_PLAIN);
		grid_add(&g, arena_printf(c->arena, "%llu", (unsigned long long)f->records), GRID_PLAIN);
		grid_add(&g, text_clean(c->arena, str_sub(f->data_date, 0, 10)), GRID_PLAIN);
		grid_add(&g, file_state(c, f), f->code < 0 ? GRID_RED : f->unreadable ? GRID_YELLOW : GRID_PLAIN);
	}
	buf_init(&out, DB_OUTPUT_MAX);
	if (!grid_plan(&g, &style)) {
		style.width = 0;
		(void)grid_plan(&g, &style);
	}
	int r = grid_write(&g, &style, &out, &err);
	if (r < 0) {
		buf_release(&out);
		return cli_fail(c, &err);
	}
	return db_print(c, &out);
}

int db_finish_import(struct cli *c, const struct db_command *o, struct str db, const struct advisories_summary *s)
{
	const struct diag *d;
	size_t told = 0;
	char size[32];
	vec_foreach(d, &s->diags.list) {
		if (d->level == DIAG_NOTE || ++told > DIAGS_TOLD_MAX)
			continue;
		if (d->line)
			cli_note(c, "%.*s:%u: %.*s", STR_FMT(d->path), d->line, STR_FMT(d->text));
		else
			cli_note(c, "%.*s: %.*s", STR_FMT(d->path), STR_FMT(d->text));
	}
	if (told + s->diags.dropped > DIAGS_TOLD_MAX)
		cli_note(c, "and %llu more", (unsigned long long)(told + s->diags.dropped - DIAGS_TOLD_MAX));
	int code = c->quiet ? EXIT_CODE_OK : print_files(c, s);
	struct str line = s->written ? arena_printf(c->arena, "%.*s: %llu advisories of %llu packages, %llu vulnerabilities, %s\n", STR_FMT(text_clean(c->arena, db)),
						    (unsigned long long)s->advisories, (unsigned long long)s->packages, (unsigned long long)s->vulnerabilities,
						    db_size_text(s->file_bytes, size))
				     : arena_printf(c->arena, "%.*s: nothing new, left as it is\n", STR_FMT(text_clean(c->arena, db)));
	if (code == EXIT_CODE_OK && !c->quiet)
		code = cli_print(c, line);
	if (s->failed)
		cli_error(c, "%llu source(s) could not be fetched; what was known of them before is still in the database", (unsigned long long)s->failed);
	return code == EXIT_CODE_OK && o->strict && (s->failed || s->unreadable) ? EXIT_CODE_GATE : code;
}

static int run_import(struct cli *c, const struct option_set *set, const struct str *args, size_t n)
{
	const struct db_command *o = set->values;
	struct error err = { 0 };
	struct progress progress;
	struct advisories_summary summary = { 0 };
	struct advisories_options opt = { .fresh = o->fresh, .progress = progress_update, .progress_ctx = &progress };
	struct str db;
	if (db_own(c, o, &db, &err) < 0)
		return cli_fail(c, &err);
	progress_init(&progress, c, o->progress);
	int r = advisories_import(c->arena, args, n, db, &opt, &summary, &err);
	progress_end(&progress);
	return r < 0 ? cli_fail(c, &err) : db_finish_import(c, o, db, &summary);
}

static int run_build(struct cli *c, const struct option_set *set, const struct str *args, size_t n)
{
	struct error err = { 0 };
	struct str db;
	uint64_t bytes;
	char size[32];
	if (db_readable(c, set->values, &db, &err) < 0)
		return cli_fail(c, &err);
	if (!db.n)
		return cli_usage(c, &command_db_build, "there is no database yet: bulkhead db update or db import makes one");
	if (advisories_build(c->arena, db, args[0], &bytes, &err) < 0)
		return cli_fail(c, &err);
	cli_note(c, "%.*s: %s", STR_FMT(args[0]), db_size_text(bytes, size));
	return EXIT_CODE_OK;
}

static const struct command_example import_examples[] = { { "bulkhead db import --db company.db feeds/", "every feed found below a folder" } };
const struct command command_db_import = {
	.name = "db import", .args = "FEED…", .summary = "Import advisory feeds from files or folders",
	.description = "Plain, .gz, .zst or zip: OSV (JSON, JSON lines, dumps), Debian security tracker (JSON and the DSA, DLA and DTSA lists), Alpine secdb, RubySec and "
		       "FriendsOfPHP YAML, CISA KEV, EPSS CSV, NVD 2.0, trivy.db. Which one a file is shows its content.",
	.groups = import_groups, .group_count = ARRAY_LEN(import_groups), .examples = import_examples, .example_count = ARRAY_LEN(import_examples),
	.values_size = sizeof(struct db_command), .min_args = 1, .max_args = SIZE_MAX, .arg_flags = OPTION_FILE_ARG, .run = run_import,
};
static const struct command_example build_examples[] = { { "bulkhead db build advisories.db.zst", "one compressed file for a web server or registry" } };
const struct command command_db_build = {
	.name = "db build", .args = "FILE", .summary = "Write the database as one compact file that others can fetch",
	.description = "FILE ending in .zst or .gz is compressed. db update --database takes such a file.",
	.groups = build_groups, .group_count = ARRAY_LEN(build_groups), .examples = build_examples, .example_count = ARRAY_LEN(build_examples),
	.values_size = sizeof(struct db_command), .min_args = 1, .max_args = 1, .arg_flags = OPTION_FILE_ARG, .run = run_build,
};
