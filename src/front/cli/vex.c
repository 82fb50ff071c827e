#include "base/date.h"
#include "base/path.h"
#include "format/json/json.h"
#include "format/vex/vex.h"
#include "front/cli/commands.h"
#include "front/cli/vex.h"
#include "front/report/grid.h"
#include "front/report/text.h"

#include <time.h>

#define VEX_FILE_MAX (256u << 20)

static const char *const status_choices[] = { [VEX_NOT_AFFECTED] = "not_affected", [VEX_AFFECTED] = "affected", [VEX_FIXED] = "fixed",
					      [VEX_UNDER_INVESTIGATION] = "under_investigation", NULL };
enum vex_format { VEX_TABLE, VEX_OPENVEX };
static const char *const show_choices[] = { [VEX_TABLE] = "table", [VEX_OPENVEX] = "openvex", NULL };

struct vex_command {
	struct global_options global;
	struct str vuln, justification, impact, action, author, id;
	struct str_vec products, parts, aliases;
	int status, format;
};

static int check_justification(struct str value, struct error *err)
{
	const char *name;
	for (size_t i = 0; (name = vex_justification(i)); i++)
		if (str_eq_c(value, name))
			return 0;
	return error_set(err, ERR_USAGE, "\"%.*s\" is none of component_not_present, vulnerable_code_not_present, vulnerable_code_not_in_execute_path, "
					 "vulnerable_code_cannot_be_controlled_by_adversary, inline_mitigations_already_exist", STR_FMT(value));
}

#define AT(member, type) OPTION_AT(struct vex_command, member, type)
static const struct option add_options[] = {
	{ .name = "vuln", .type = OPTION_TEXT, .offset = AT(vuln, struct str), .arg = "ID", .summary = "the vulnerability, such as CVE-2023-0286" },
	{ .name = "aliases", .type = OPTION_LIST, .offset = AT(aliases, struct str_vec), .arg = "LIST", .summary = "its other identifiers" },
	{ .name = "product", .type = OPTION_LIST, .offset = AT(products, struct str_vec), .arg = "LIST",
	  .summary = "what the statement is about: package purls (without version: every version), an image's name, digest or pkg:oci purl" },
	{ .name = "subcomponents", .type = OPTION_LIST, .offset = AT(parts, struct str_vec), .arg = "LIST", .summary = "purls of the packages in the product that are meant; none: all of it" },
	{ .name = "status", .type = OPTION_CHOICE, .offset = AT(status, int), .arg = "STATUS", .default_text = "not_affected", .choices = status_choices, .summary = "what is stated" },
	{ .name = "justification", .type = OPTION_TEXT, .offset = AT(justification, struct str), .arg = "WORD", .check = check_justification,
	  .summary = "why it is not affected: component_not_present, vulnerable_code_not_present, vulnerable_code_not_in_execute_path, "
		     "vulnerable_code_cannot_be_controlled_by_adversary, inline_mitigations_already_exist" },
	{ .name = "impact-statement", .type = OPTION_TEXT, .offset = AT(impact, struct str), .arg = "TEXT", .summary = "the same in words" },
	{ .name = "action-statement", .type = OPTION_TEXT, .offset = AT(action, struct str), .arg = "TEXT", .summary = "what users of an affected product should do" },
	{ .name = "author", .type = OPTION_TEXT, .offset = AT(author, struct str), .arg = "NAME", .shown_default = "the user's name", .summary = "who states it (of a new document)" },
	{ .name = "id", .type = OPTION_TEXT, .offset = AT(id, struct str), .arg = "IRI", .shown_default = "made from the content", .summary = "identifier of a new document" },
};
static const struct option_group add_groups[] = { { "Statement", add_options, ARRAY_LEN(add_options), 0 } };
static const struct option show_options[] = {
	{ .name = "format", .short_name = 'f', .type = OPTION_CHOICE, .offset = AT(format, int), .arg = "FORMAT", .default_text = "table", .choices = show_choices,
	  .summary = "form of the answer; openvex converts CSAF and CycloneDX" },
};
static const struct option_group show_groups[] = { { "Output", show_options, ARRAY_LEN(show_options), 0 } };

static int parse_file(struct cli *c, struct str path, struct document *doc, struct error *err)
{
	struct str text;
	struct json_options opt = { .name = path };
	int r = cli_read_file(c->arena, path, VEX_FILE_MAX, &text, err);
	if (r == 0 && (r = json_parse(c->arena, text, &opt, doc, NULL, err)) < 0)
		r = error_wrap(err, r, "%.*s", STR_FMT(path));
	return r;
}

int cli_read_vex(struct cli *c, struct str path, struct vex_document *ret, struct error *err)
{
	struct document doc;
	struct diags diags;
	const struct diag *d;
	diags_init(&diags, c->arena);
	int r = parse_file(c, path, &doc, err);
	if (r < 0)
		return r;
	if ((r = vex_read(c->arena, &doc, ret, &diags, err)) < 0)
		return error_wrap(err, r, "%.*s", STR_FMT(path));
	vec_foreach(d, &diags.list)
		cli_note(c, "%.*s:%u: %.*s", STR_FMT(d->path), d->line, STR_FMT(d->text));
	return 0;
}

static int now_text(struct cli *c, struct str *ret, struct error *err)
{
	char text[DATE_TEXT_MAX];
	int64_t now = (int64_t)time(NULL);
	struct str given = cli_env(c, "SOURCE_DATE_EPOCH");
	if (given.n && str_to_i64(given, &now) < 0)
		return error_set(err, ERR_USAGE, "SOURCE_DATE_EPOCH: \"%.*s\" is no number of seconds", STR_FMT(given));
	*ret = arena_str(c->arena, date_format_rfc3339(now, text));
	return ret->p ? 0 : error_nomem(err);
}

static int fill_statement(struct cli *c, const struct vex_command *o, struct vex_statement *s, struct error *err)
{
	const struct str *text;
	*s = (struct vex_statement){ .status = (enum vex_status)o->status, .justification = o->justification, .detail = o->impact, .action = o->action };
	if (!o->vuln.n || !o->products.n)
		return error_set(err, ERR_USAGE, "--vuln and --product are needed");
	if (s->status == VEX_NOT_AFFECTED && !o->justification.n && !o->impact.n)
		return error_set(err, ERR_USAGE, "not_affected needs a reason: --justification or --impact-statement");
	if (s->status != VEX_NOT_AFFECTED && o->justification.n)
		return error_set(err, ERR_USAGE, "--justification goes with --status not_affected only");
	if (s->status == VEX_AFFECTED && !o->action.n)
		return error_set(err, ERR_USAGE, "affected needs --action-statement: what should users do?");
	bool ok = vec_push(c->arena, &s->ids, o->vuln) != NULL;
	vec_foreach(text, &o->aliases)
		ok = ok && vec_push(c->arena, &s->ids, *text);
	for (size_t i = 0; ok && i < o->products.n; i++) {
		struct vex_product p = { 0 };
		struct vex_ref ref;
		int r = vex_ref_parse(c->arena, o->products.v[i], &ref, err);
		if (r < 0)
			return r;
		ok = vec_push(c->arena, &p.names, ref) != NULL;
		vec_foreach(text, &o->parts) {
			if (!ok || (r = vex_ref_parse(c->arena, *text, &ref, err)) < 0)
				break;
			if (ref.kind != VEX_REF_PACKAGE)
				return error_set(err, ERR_USAGE, "--subcomponents %.*s: a package purl is meant", STR_FMT(*text));
			ok = vec_push(c->arena, &p.parts, ref) != NULL;
		}
		ok = ok && vec_push(c->arena, &s->products, p);
	}
	return ok ? now_text(c, &s->time, err) : error_nomem(err);
}

static int add_to(struct cli *c, struct str path, const struct vex_command *o, struct error *err)
{
	struct document old;
	struct vex_statement s;
	struct vex_document doc = { .author = o->author, .id = o->id };
	struct buf out;
	int r = fill_statement(c, o, &s, err);
	if (r < 0)
		return r;
	int have = parse_file(c, path, &old, err);
	if (have == ERR_NOT_FOUND)
		error_clear(err);
	else if (have < 0)
		return have;
	else if (!str_has_prefix(value_str_c(old.root, "@context"), STR("https://openvex.dev/ns")))
		return error_set(err, ERR_USAGE, "%.*s is no OpenVEX document; statements are added to that form only (vex show --format openvex converts)", STR_FMT(path));
	doc.time = s.time;
	if (!doc.author.n)
		doc.author = cli_env(c, "USER").n ? cli_env(c, "USER") : STR("unknown");
	if (!doc.id.n) {
		struct str seed = arena_printf(c->arena, "%.*s %.*s %.*s %.*s", STR_FMT(path), STR_FMT(o->vuln), STR_FMT(s.time), STR_FMT(doc.author));
		doc.id = arena_printf(c->arena, "https://openvex.dev/docs/public/vex-%016llx", (unsigned long long)str_hash(seed));
	}
	if (!doc.id.p || !vec_push(c->arena, &doc.statements, s))
		return error_nomem(err);
	buf_init(&out, VEX_FILE_MAX);
	r = vex_write_openvex(&doc, have == 0 ? old.root : NULL, &out, err);
	if (r == 0)
		r = str_eq(path, STR("-")) ? cli_write(c->out_fd, buf_str(&out), err) : cli_write_file(path, buf_str(&out), err);
	buf_release(&out);
	return r;
}

static int run_add(struct cli *c, const struct option_set *set, const struct str *args, size_t n)
{
	struct error err = { 0 };
	(void)n;
	if (add_to(c, args[0], set->values, &err) < 0)
		return cli_fail(c, &err);
	return EXIT_CODE_OK;
}

enum { COL_ID, COL_STATUS, COL_PRODUCT, COL_WHY, COL_TIME, COL_COUNT };
static const struct grid_column columns[COL_COUNT] = {
	[COL_ID] = { .title = "VULNERABILITY ID" },
	[COL_STATUS] = { .title = "STATUS" },
	[COL_PRODUCT] = { .title = "PRODUCT", .min = 20 },
	[COL_WHY] = { .title = "WHY", .min = 16, .weight = 4, .grows_last = true },
	[COL_TIME] = { .title = "SINCE", .weight = 2 },
};

static struct str joined(struct arena *a, struct str s, struct str more, const char *between)
{
	more = text_clean(a, more);
	return !more.n ? s : s.n ? arena_printf(a, "%.*s%s%.*s", STR_FMT(s), between, STR_FMT(more)) : more;
}

static struct str products_text(struct arena *a, const struct vex_statement *s)
{
	struct str text = STR("");
	const struct vex_product *p;
	const struct vex_ref *part;
	vec_foreach(p, &s->products) {
		text = joined(a, text, p->names.n ? p->names.v[0].text : STR("?"), "\n");
		vec_foreach(part, &p->parts)
			text = joined(a, text, part->text, "\n  ");
	}
	return text;
}

static int show_table(struct cli *c, const struct vex_document *doc, struct buf *out, struct error *err)
{
	struct report_style style = { .width = c->width, .color = c->color, .unicode = c->unicode };
	struct arena a;
	struct grid g;
	const struct vex_statement *s;
	arena_init(&a, ARENA_NO_LIMIT);
	struct str file = text_clean(&a, doc->file), author = text_clean(&a, doc->author.n ? doc->author : STR("unknown"));
	buf_addf(out, "%.*s: %.*s by %.*s, %zu statement%s\n", STR_FMT(file), STR_FMT(doc->format), STR_FMT(author), doc->statements.n, doc->statements.n == 1 ? "" : "s");
	grid_init(&g, &a, columns, COL_COUNT);
	vec_foreach(s, &doc->statements) {
		bool hides = s->status == VEX_NOT_AFFECTED || s->status == VEX_FIXED;
		struct str why = joined(&a, joined(&a, text_clean(&a, s->justification), s->detail, s->justification.n && s->detail.n ? ": " : ""), s->action, s->detail.n || s->justification.n ? "; " : "");
		grid_row(&g, true);
		grid_add(&g, text_clean(&a, s->ids.v[0]), GRID_PLAIN);
		grid_add(&g, str_c(vex_status_name(s->status)), hides ? GRID_DIM : GRID_YELLOW);
		grid_add(&g, products_text(&a, s), GRID_PLAIN);
		grid_add(&g, why, GRID_PLAIN);
		grid_add(&g, text_clean(&a, str_sub(s->time, 0, 10)), GRID_PLAIN);
	}
	int r = 0;
	if (doc->statements.n && grid_plan(&g, &style))
		r = grid_write(&g, &style, out, err);
	else
		vec_foreach(s, &doc->statements) {
			struct str id = text_clean(&a, s->ids.v[0]), what = products_text(&a, s);
			buf_addf(out, "%.*s %s\n%.*s\n", STR_FMT(id), vex_status_name(s->status), STR_FMT(what));
		}
	if (g.failed)
		r = error_nomem(err);
	arena_release(&a);
	return r;
}

static int run_show(struct cli *c, const struct option_set *set, const struct str *args, size_t n)
{
	const struct vex_command *o = set->values;
	struct error err = { 0 };
	struct vex_document doc;
	struct buf out;
	int r = 0, code;
	if (o->format == VEX_OPENVEX && n > 1)
		return cli_usage(c, &command_vex_show, "--format openvex converts one file at a time");
	buf_init(&out, VEX_FILE_MAX);
	for (size_t i = 0; i < n && r == 0; i++) {
		r = cli_read_vex(c, args[i], &doc, &err);
		if (r == 0)
			r = o->format == VEX_OPENVEX ? vex_write_openvex(&doc, NULL, &out, &err) : show_table(c, &doc, &out, &err);
	}
	code = r < 0 ? cli_fail(c, &err) : cli_print(c, buf_str(&out));
	buf_release(&out);
	return code;
}

static const struct command_example add_examples[] = {
	{ "bulkhead vex add app.vex.json --vuln CVE-2023-0286 --product pkg:deb/debian/openssl --justification vulnerable_code_not_in_execute_path",
	  "openssl is there, but nothing in this product verifies certificates with it" },
	{ "bulkhead image my-app:1.0 --vex app.vex.json --show-suppressed", "what the statements take away" },
};
const struct command command_vex_add = {
	.name = "vex add", .args = "FILE", .summary = "State what a vulnerability means for a product, in an OpenVEX document",
	.description = "FILE is made when it is not there; else the statement is added behind those it has and the document's version goes up.\n\n"
		       "Scans take such documents with --vex: not_affected and fixed suppress a finding, affected and under_investigation take back what an older statement "
		       "suppressed.",
	.groups = add_groups, .group_count = ARRAY_LEN(add_groups), .examples = add_examples, .example_count = ARRAY_LEN(add_examples),
	.values_size = sizeof(struct vex_command), .min_args = 1, .max_args = 1, .arg_flags = OPTION_FILE_ARG, .run = run_add,
};
const struct command command_vex_show = {
	.name = "vex show", .args = "FILE…", .summary = "Tell what VEX documents state (OpenVEX, CSAF, CycloneDX), or convert one to OpenVEX",
	.groups = show_groups, .group_count = ARRAY_LEN(show_groups),
	.values_size = sizeof(struct vex_command), .min_args = 1, .max_args = SIZE_MAX, .arg_flags = OPTION_FILE_ARG, .run = run_show,
};
