#include "front/cli/accepted.h"
#include "engine/compare/compare.h"
#include "engine/judge/judge.h"
#include "format/json/json.h"
#include "format/trivyreport/trivyreport.h"
#include "front/cli/vex.h"

#define REPORT_FILE_MAX (1024u << 20)
#define TOLD_MAX        20

#define AT(member, type) OPTION_AT(struct accepted_options, member, type)
const struct option accepted_options[] = {
	{ .name = "vex", .type = OPTION_LIST, .offset = AT(vex, struct str_vec), .arg = "FILE", .flags = OPTION_FILE_ARG,
	  .summary = "VEX documents (OpenVEX, CSAF, CycloneDX): what they say is not_affected or fixed is suppressed" },
	{ .name = "baseline", .type = OPTION_TEXT, .offset = AT(baseline, struct str), .arg = "REPORT", .flags = OPTION_FILE_ARG,
	  .summary = "an earlier JSON report (ours or Trivy's): what it has is suppressed, gates judge only what is new" },
	{ .name = "compare", .type = OPTION_TEXT, .offset = AT(compare, struct str), .arg = "OLD", .flags = OPTION_FILE_ARG,
	  .summary = "in place of the report tell what is new and what is fixed against OLD, a JSON report, a bill of materials or another image (table, markdown, json)" },
};
_Static_assert(ARRAY_LEN(accepted_options) == ACCEPTED_OPTION_COUNT, "as the header says");

int cli_read_report(struct cli *c, struct str path, struct report *ret, struct error *err)
{
	struct str text;
	struct document doc;
	struct diags diags;
	const struct diag *d;
	size_t told = 0;
	struct json_options opt = { .name = path };
	diags_init(&diags, c->arena);
	int r = cli_read_file(c->arena, path, REPORT_FILE_MAX, &text, err);
	if (r < 0)
		return r;
	if ((r = json_parse(c->arena, text, &opt, &doc, NULL, err)) == 0)
		r = trivyreport_read(c->arena, &doc, ret, &diags, err);
	if (r < 0)
		return error_wrap(err, r, "%.*s", STR_FMT(path));
	vec_foreach(d, &diags.list)
		if (told++ < TOLD_MAX)
			cli_note(c, "%.*s:%u: %.*s", STR_FMT(d->path), d->line, STR_FMT(d->text));
	if (told > TOLD_MAX)
		cli_note(c, "%.*s: %zu more entries that were not understood", STR_FMT(path), told - TOLD_MAX);
	return 0;
}

int accepted_prepare(struct cli *c, const struct accepted_options *o, struct accepted *ret, struct error *err)
{
	struct accepted x = { .baseline_name = o->baseline };
	const struct str *path;
	int r = 0;
	vec_foreach(path, &o->vex) {
		struct vex_document *doc = vec_add(c->arena, &x.vex);
		r = doc ? cli_read_vex(c, *path, doc, err) : error_nomem(err);
		if (r < 0)
			return error_wrap(err, r == ERR_SYSTEM || r == ERR_NOT_FOUND ? ERR_USAGE : r, "--vex");
	}
	if (o->baseline.n && (r = cli_read_report(c, o->baseline, &x.baseline, err)) < 0)
		return error_wrap(err, r == ERR_SYSTEM || r == ERR_NOT_FOUND ? ERR_USAGE : r, "--baseline");
	*ret = x;
	return 0;
}

int accepted_apply(struct cli *c, const struct accepted *x, struct report *r, struct error *err)
{
	size_t hits = 0, gone = 0, statements = 0;
	const struct vex_document *doc;
	int e = x->vex.n ? judge_vex(c->arena, r, &x->vex, &hits, err) : 0;
	vec_foreach(doc, &x->vex)
		statements += doc->statements.n;
	if (e == 0 && statements && !hits)
		cli_note(c, "VEX: none of the %zu statement%s is about a finding of this scan", statements, statements == 1 ? "" : "s");
	if (e == 0 && x->baseline_name.n) {
		e = compare_baseline(c->arena, &r->findings, &x->baseline.findings, x->baseline_name, &gone, err);
		if (e == 0 && gone)
			cli_note(c, "baseline: %zu of its findings %s no more; write it anew to keep it so", gone, gone == 1 ? "is" : "are");
	}
	return e;
}
