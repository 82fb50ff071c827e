#include "front/cli/verdict.h"
#include "front/cli/series.h"
#include "engine/baseimage/baseimage.h"
#include "format/yaml/yaml.h"
#include "front/report/compare.h"

#define IGNORE_FILE_MAX (16u << 20)
#define REPORT_MAX      (2048ull << 20)
#define TOLD_MAX        20 /* ignore rules told one by one */

static const char *const order_choices[] = { [ORDER_PACKAGE] = "package", [ORDER_SCORE] = "score", [ORDER_SEVERITY] = "severity", NULL };
static const char *const severity_choices[] = { "UNKNOWN", "LOW", "MEDIUM", "HIGH", "CRITICAL", NULL };

static int check_gate(struct str value, struct error *err)
{
	struct gate ignored;
	return gate_parse(value, &ignored, err);
}

static int check_report(struct str value, struct error *err)
{
	enum report_format format;
	struct str file;
	return report_parse_target(value, &format, &file, err);
}

#define AT(member, type) OPTION_AT(struct verdict_options, member, type)
const struct option report_options[] = {
	{ .name = "format", .short_name = 'f', .type = OPTION_CHOICE, .offset = AT(format, int), .arg = "FORMAT", .default_text = "table", .choices = report_format_names,
	  .summary = "form of the report" },
	{ .name = "output", .short_name = 'o', .type = OPTION_TEXT, .offset = AT(output, struct str), .arg = "FILE", .shown_default = "standard output",
	  .flags = OPTION_FILE_ARG, .summary = "file that the report is written to" },
	{ .name = "report", .type = OPTION_LIST, .offset = AT(reports, struct str_vec), .arg = "FORMAT=FILE", .check = check_report,
	  .summary = "further reports of the same scan, such as json=a.json; repeat for more" },
	{ .name = "template", .type = OPTION_TEXT, .offset = AT(template, struct str), .arg = "FILE", .flags = OPTION_FILE_ARG,
	  .summary = "template of --format template (docs/templates.md), or a built-in one: @summary, @slack, @prometheus" },
	{ .name = "sort", .type = OPTION_CHOICE, .offset = AT(sort, int), .arg = "ORDER", .default_text = "package", .choices = order_choices,
	  .summary = "order of lists for people: by package, what to do first, or the worst rating; JSON keeps its grouping" },
	{ .name = "plan", .type = OPTION_BOOL, .offset = AT(plan, bool),
	  .summary = "table and Markdown: the upgrades that remove the most, in the place of findings; JSON: beside them" },
	{ .name = "advice", .type = OPTION_BOOL, .offset = AT(advice, bool),
	  .summary = "list all that is known to be better in the place of the base image; else its first line (docs/base-image.md)" },
	{ .name = "severity", .short_name = 's', .type = OPTION_LIST, .offset = AT(severity, struct str_vec), .arg = "LIST",
	  .default_text = "UNKNOWN,LOW,MEDIUM,HIGH,CRITICAL", .choices = severity_choices, .summary = "severities that are shown" },
	{ .name = "ignore-unfixed", .alias = "only-fixed", .type = OPTION_BOOL, .offset = AT(ignore_unfixed, bool), .summary = "leave out what no version fixes; gates do not judge it either" },
	{ .name = "ignorefile", .type = OPTION_LIST, .offset = AT(ignorefile, struct str_vec), .arg = "FILE",
	  .shown_default = ".trivyignore, .trivyignore.yaml and .bulkheadignore, those that exist", .flags = OPTION_FILE_ARG,
	  .summary = "ignore rules, plain or (.yaml, .yml) in YAML" },
	{ .name = "show-suppressed", .type = OPTION_BOOL, .offset = AT(show_suppressed, bool), .summary = "also list what ignore rules, VEX and the baseline suppress: by whom, why, until when" },
	{ .name = "list-all-pkgs", .type = OPTION_BOOL, .offset = AT(list_all_pkgs, bool), .default_text = "true",
	  .summary = "leave the list of packages out of the JSON report" },
};
_Static_assert(ARRAY_LEN(report_options) == REPORT_OPTION_COUNT, "as the header says");

const struct option gate_options[] = {
	{ .name = "exit-code", .type = OPTION_INT, .offset = AT(exit_code, int64_t), .arg = "N", .max = 255, .shown_default = "1 when another gate is asked for, else no gate",
	  .summary = "exit code when a gate is not met; given alone (not 0), any finding that is shown fails, as Trivy's" },
	{ .name = "fail-on", .type = OPTION_LIST, .offset = AT(fail_on, struct str_vec), .arg = "LIST", .check = check_gate,
	  .summary = "fail on findings, also on those that --severity hides: critical, high, medium, low (this or worse), unknown (no rating), any, kev (known to be "
		     "exploited), 'epss>0.5'" },
	{ .name = "strict", .type = OPTION_BOOL, .offset = AT(strict, bool),
	  .summary = "fail when the result may be incomplete: content that could not be read, a distribution that is unknown or out of support, packages without "
		     "advisory data, findings without a rating, the starter database alone" },
	{ .name = "exit-on-eol", .type = OPTION_INT, .offset = AT(exit_on_eol, int64_t), .arg = "N", .max = 255, .implied = "1", .flags = OPTION_VALUE_OPTIONAL,
	  .summary = "fail with this code (1 when none is given) when the distribution is out of support" },
};
_Static_assert(ARRAY_LEN(gate_options) == GATE_OPTION_COUNT, "as the header says");

static bool is_yaml(struct str path)
{
	return str_has_suffix(path, STR(".yaml")) || str_has_suffix(path, STR(".yml"));
}

static int read_ignore_file(struct cli *c, struct str path, struct judging *j, struct error *err)
{
	struct str text;
	struct document doc;
	struct yaml_options opt = { .name = path };
	int r = cli_read_file(c->arena, path, IGNORE_FILE_MAX, &text, err);
	if (r < 0)
		return r;
	if (!is_yaml(path))
		return ignorefile_parse(c->arena, path, text, &j->rules, &j->rule_diags, err);
	if ((r = yaml_parse(c->arena, text, &opt, &doc, &j->rule_diags, err)) < 0)
		return error_wrap(err, r, "%.*s", STR_FMT(path));
	return ignorefile_from_document(c->arena, &doc, &j->rules, &j->rule_diags, err);
}

static int read_ignore_files(struct cli *c, struct judging *j, struct error *err)
{
	static const struct str defaults[] = { STR_INIT(".trivyignore"), STR_INIT(".trivyignore.yaml"), STR_INIT(".bulkheadignore") };
	const struct str_vec *named = &j->options->ignorefile;
	for (size_t i = 0; i < named->n; i++) {
		int r = read_ignore_file(c, named->v[i], j, err);
		if (r < 0)
			return error_wrap(err, r == ERR_SYSTEM ? ERR_USAGE : r, "ignore file");
	}
	for (size_t i = 0; i < ARRAY_LEN(defaults) && !named->n; i++) {
		int r = read_ignore_file(c, defaults[i], j, err);
		if (r == ERR_NOT_FOUND)
			error_clear(err);
		else if (r < 0)
			return error_wrap(err, r == ERR_SYSTEM ? ERR_USAGE : r, "ignore file");
	}
	return 0;
}

static int add_gate(struct cli *c, struct judging *j, struct gate gate, struct error *err)
{
	return vec_push(c->arena, &j->gates, gate) ? 0 : error_nomem(err);
}

/* Read before the scan, as everything that can be wrong. */
static int read_template(struct cli *c, struct judging *j, struct error *err)
{
	const struct verdict_options *o = j->options;
	const struct str *target;
	enum report_format format;
	struct str name = o->template, text, file;
	bool wanted = o->format == FORMAT_TEMPLATE;
	vec_foreach(target, &o->reports)
		wanted |= report_parse_target(*target, &format, &file, err) == 0 && format == FORMAT_TEMPLATE;
	if (wanted != (name.n > 0))
		return error_set(err, ERR_USAGE, "%s", wanted ? "--format template needs --template FILE or --template @NAME" :
								    "--template needs --format template or --report template=FILE");
	if (!wanted)
		return 0;
	int e = 0;
	if (name.p[0] == '@') {
		text = report_template_builtin(str_from(name, 1));
		if (!text.n)
			return error_set(err, ERR_USAGE, "there is no template %.*s; there are: %.*s", STR_FMT(name), STR_FMT(report_template_names(c->arena)));
	} else {
		e = cli_read_file(c->arena, name, TEMPLATE_BYTES_MAX, &text, err);
	}
	if (e == 0)
		e = template_parse(c->arena, name, text, &j->template, err);
	if (e == 0)
		e = report_template_check(&j->template, err);
	return e < 0 ? error_wrap(err, ERR_USAGE, "template") : 0;
}

int judging_prepare(struct cli *c, const struct option_set *set, const struct verdict_options *o, struct judging *ret, struct error *err)
{
	struct judging j = { .options = o, .set = set };
	int r = 0;
	diags_init(&j.rule_diags, c->arena);
	for (size_t i = 0; i < o->severity.n; i++) {
		enum severity s;
		if (severity_parse(o->severity.v[i], &s) == 0)
			j.severities[s] = true;
	}
	for (size_t i = 0; i < o->fail_on.n && r == 0; i++) {
		struct gate gate;
		r = gate_parse(o->fail_on.v[i], &gate, err);
		if (r == 0)
			r = add_gate(c, &j, gate, err);
	}
	if (r == 0 && o->strict)
		r = add_gate(c, &j, (struct gate){ .kind = GATE_STRICT, .text = STR("strict") }, err);
	if (r == 0 && o->exit_on_eol)
		r = add_gate(c, &j, (struct gate){ .kind = GATE_END_OF_LIFE, .text = STR("exit-on-eol") }, err);
	/* --exit-code alone is a gate of its own; beside --fail-on it only names the code. */
	if (r == 0 && !o->fail_on.n && option_origin_of(set, "exit-code") != ORIGIN_DEFAULT && o->exit_code)
		r = add_gate(c, &j, (struct gate){ .kind = GATE_SHOWN, .text = STR("exit-code") }, err);
	if (r == 0)
		r = read_ignore_files(c, &j, err);
	if (r == 0 && o->accepted.compare.n && !report_compares((enum report_format)o->format))
		r = error_set(err, ERR_USAGE, "--compare writes --format table, markdown or json");
	if (r == 0)
		r = accepted_prepare(c, &o->accepted, &j.accepted, err);
	if (r == 0)
		r = read_template(c, &j, err);
	if (r == 0)
		*ret = j;
	return r;
}

static void tell_rules(struct cli *c, const struct judging *j)
{
	const struct ignore_rule *rule;
	const struct diag *d;
	size_t told = 0;
	vec_foreach(d, &j->rule_diags.list)
		cli_note(c, "%.*s:%u: %.*s", STR_FMT(d->path), d->line, STR_FMT(d->text));
	vec_foreach(rule, &j->rules) {
		if ((!rule->expired && rule->hits) || told++ >= TOLD_MAX)
			continue;
		if (rule->expired)
			cli_note(c, "ignore rule %.*s (%.*s:%u) expired on %.*s and no longer applies", STR_FMT(rule->id), STR_FMT(rule->file), rule->line,
				 STR_FMT(rule->until));
		else
			cli_note(c, "ignore rule %.*s (%.*s:%u) matched nothing", STR_FMT(rule->id), STR_FMT(rule->file), rule->line);
	}
	if (told > TOLD_MAX)
		cli_note(c, "%zu more ignore rules expired or matched nothing (--format json names them all)", told - TOLD_MAX);
}

static void tell_strict(struct cli *c, const struct verdict *v)
{
	const struct {
		size_t n;
		const char *one, *many;
	} parts[] = {
		{ v->strict.unreadable, "part could not be read", "parts could not be read" },
		{ v->strict.no_data, "distribution or ecosystem is without advisory data", "distributions or ecosystems are without advisory data" },
		{ v->strict.end_of_life, "distribution is out of support", "distributions are out of support" },
		{ v->strict.unrated, "finding has no rating", "findings have no rating" },
	};
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		if (parts[i].n)
			cli_note(c, "  --strict: %zu %s", parts[i].n, parts[i].n == 1 ? parts[i].one : parts[i].many);
	if (v->strict.starter_only)
		cli_note(c, "  --strict: only the starter database was used (bulkhead db update)");
}

/* What no gate but --strict can judge, told beside gates so that a passed one is not read as more than it says. */
static void tell_unjudged(struct cli *c, const struct report *r)
{
	const struct finding *f;
	size_t no_data = 0, unreadable = 0;
	vec_foreach(f, &r->findings) {
		no_data += f->kind == FINDING_NO_DATA && !f->suppressed.active;
		unreadable += f->kind == FINDING_UNREADABLE && !f->suppressed.active;
	}
	if (no_data)
		cli_note(c, "the gates say nothing about packages without advisory data (--strict fails on such)");
	if (unreadable)
		cli_note(c, "the gates say nothing about what could not be read (--strict fails on it)");
}

/* Tells how each gate came out; the exit code. Of several that are not met the end of life's code goes first, as Trivy's. */
static int tell_gates(struct cli *c, const struct judging *j, const struct report *r, const struct verdict *verdicts, size_t n)
{
	bool named = option_origin_of(j->set, "exit-code") != ORIGIN_DEFAULT;
	int code = EXIT_CODE_OK, gate_code = named ? (int)j->options->exit_code : EXIT_CODE_GATE;
	for (size_t i = 0; i < n; i++) {
		const struct verdict *v = &verdicts[i];
		bool dead = v->gate->kind == GATE_END_OF_LIFE;
		if (v->count) {
			cli_note(c, "gate not met: %.*s: %zu %s%s", STR_FMT(v->gate->text), v->count, v->gate->kind == GATE_STRICT ? "reason" : "finding", v->count == 1 ? "" : "s");
			if (v->gate->kind == GATE_STRICT)
				tell_strict(c, v);
			if (dead)
				code = (int)j->options->exit_on_eol;
			else if (code == EXIT_CODE_OK)
				code = gate_code;
		}
		if (v->unjudged)
			cli_note(c, "gate %.*s could not judge %zu finding%s without %s", STR_FMT(v->gate->text), v->unjudged, v->unjudged == 1 ? "" : "s",
				 v->gate->kind == GATE_EPSS ? "an EPSS value" : "a rating (--strict and --fail-on unknown fail on such)");
	}
	if (n && !j->options->strict)
		tell_unjudged(c, r);
	return code;
}

static int write_one(struct cli *c, const struct judging *j, enum report_format format, struct str file, const struct report *r, struct report_options opt, struct error *err)
{
	struct buf out;
	buf_init(&out, REPORT_MAX);
	if (!file.n)
		opt.style = (struct report_style){ .width = c->width, .color = c->color, .unicode = c->unicode };
	int e = report_formats[format].write(r, &opt, &out, err);
	if (e == 0 && j->series)
		e = series_put(j->series, format, file, j->name, buf_str(&out), err);
	else if (e == 0)
		e = file.n ? cli_write_file(file, buf_str(&out), err) : cli_write(c->out_fd, buf_str(&out), err);
	buf_release(&out);
	return e;
}

static int write_comparison(struct cli *c, const struct judging *j, const struct report *old, const struct report *r, struct error *err)
{
	const struct verdict_options *o = j->options;
	struct report_style style = { 0 };
	struct comparison comparison;
	struct buf out;
	buf_init(&out, REPORT_MAX);
	if (!o->output.n)
		style = (struct report_style){ .width = c->width, .color = c->color, .unicode = c->unicode };
	int e = compare_reports(c->arena, old, r, &comparison, err);
	if (e == 0)
		e = report_compare(&comparison, (enum report_format)o->format, &style, &out, err);
	if (e == 0)
		e = o->output.n ? cli_write_file(o->output, buf_str(&out), err) : cli_write(c->out_fd, buf_str(&out), err);
	buf_release(&out);
	return e;
}

/* The files first: when the reader of standard output goes away, they are there. */
static int write_reports(struct cli *c, const struct judging *j, const struct report *r, const struct report *old, const struct report_options *opt,
			 struct error *err)
{
	const struct str *target;
	enum report_format format;
	struct str file;
	vec_foreach(target, &j->options->reports) {
		int e = report_parse_target(*target, &format, &file, err);
		if (e < 0 || (e = write_one(c, j, format, file, r, *opt, err)) < 0)
			return error_wrap(err, e, "--report %.*s", STR_FMT(*target));
	}
	return old ? write_comparison(c, j, old, r, err) : write_one(c, j, (enum report_format)j->options->format, j->options->output, r, *opt, err);
}

static void tell_remarks(struct cli *c, const struct judging *j, const struct report *r, const struct report_options *opt)
{
	struct str_vec remarks = { 0 };
	struct error ignored = { 0 };
	bool seen = j->options->format == FORMAT_TABLE && !j->options->output.n && !j->options->accepted.compare.n;
	if (seen || report_remarks(c->arena, r, opt, &remarks, &ignored) < 0)
		return;
	for (size_t i = 0; i < remarks.n; i++)
		cli_note(c, "%.*s", STR_FMT(remarks.v[i]));
}

/* The older scan is seen through the same rules; that it hits one must not hide that the new one does not. */
static int judge_old(struct cli *c, struct judging *j, struct report *old, int64_t today, struct error *err)
{
	struct ignore_rule_vec rules = { 0 };
	struct judge_counts ignored = { 0 };
	const struct ignore_rule *rule;
	vec_foreach(rule, &j->rules)
		if (!vec_push(c->arena, &rules, *rule))
			return error_nomem(err);
	int e = judge_ignore(c->arena, &old->findings, &old->facts.distro, &rules, today, err);
	if (e == 0)
		e = accepted_apply(c, &j->accepted, old, err);
	if (e == 0 && j->options->ignore_unfixed)
		judge_unfixed(&old->findings, &ignored);
	if (e == 0)
		judge_filter_severity(&old->findings, j->severities, &ignored);
	return e;
}

int judging_add_candidate(struct cli *c, struct judging *j, struct report *r, int64_t today, struct error *err)
{
	int e = judge_old(c, j, r, today, err);
	return e < 0 || vec_push(c->arena, &j->against, r) ? e : error_nomem(err);
}

int judging_finish(struct cli *c, struct judging *j, struct report *r, struct report *old, int64_t today)
{
	const struct verdict_options *o = j->options;
	struct error err = { 0 };
	struct verdict *verdicts = arena_new_array(c->arena, struct verdict, j->gates.n + 1);
	struct report_options opt = { .list_all_pkgs = o->list_all_pkgs, .show_suppressed = o->show_suppressed, .rules = &j->rules,
				      .order = (enum finding_order)o->sort, .plan = o->plan, .advice = o->advice, .template = o->template.n ? &j->template : NULL,
				      .ci = { .sha = cli_env(c, "GITHUB_SHA"), .ref = cli_env(c, "GITHUB_REF"), .workflow = cli_env(c, "GITHUB_WORKFLOW"),
					      .job = cli_env(c, "GITHUB_JOB"), .run_id = cli_env(c, "GITHUB_RUN_ID") } };
	const struct finding *f;
	int e = verdicts ? judge_ignore(c->arena, &r->findings, &r->facts.distro, &j->rules, today, &err) : error_nomem(&err);
	if (e == 0)
		e = accepted_apply(c, &j->accepted, r, &err);
	if (e == 0 && old)
		e = judge_old(c, j, old, today, &err);
	if (e < 0)
		goto failed;
	if (o->ignore_unfixed)
		judge_unfixed(&r->findings, &opt.counts);
	vec_foreach(f, &r->findings)
		opt.counts.suppressed += f->suppressed.active;
	for (size_t i = 0; i < j->gates.n; i++)
		if (j->gates.v[i].kind != GATE_SHOWN)
			judge_gate(r, &j->gates.v[i], &verdicts[i]);
	judge_filter_severity(&r->findings, j->severities, &opt.counts);
	for (size_t i = 0; i < j->gates.n; i++)
		if (j->gates.v[i].kind == GATE_SHOWN)
			judge_gate(r, &j->gates.v[i], &verdicts[i]);
	memcpy(opt.severities, j->severities, sizeof(opt.severities));
	opt.verdicts = verdicts;
	opt.verdict_count = j->gates.n;
	score_findings(&r->findings, NULL);
	if (base_image_advise(c->arena, r, (const struct report *const *)j->against.v, j->against.n, today, &r->advice, &err) < 0)
		goto failed;
	if (write_reports(c, j, r, old, &opt, &err) < 0)
		goto failed;
	tell_remarks(c, j, r, &opt);
	if (!j->series)
		tell_rules(c, j);
	return tell_gates(c, j, r, verdicts, j->gates.n);
failed:
	return j->failed = cli_fail(c, &err);
}

void judging_end(struct cli *c, const struct judging *j)
{
	tell_rules(c, j);
}
