#include "front/report/json_secrets.h"

#include "format/json/json_write.h"

static void write_layer(struct json_writer *w, const struct report *r, const struct finding *f)
{
	const struct observation *o = f->observation;
	json_member_object(w, STR("Layer"));
	json_member_string_opt(w, STR("Digest"), f->subject.layer_digest);
	json_member_string_opt(w, STR("DiffID"), f->subject.layer_diff_id);
	if (f->subject.path.n && o->layer < r->image.layers.n)
		json_member_string_opt(w, STR("CreatedBy"), r->image.layers.v[o->layer].created_by);
	json_end_object(w);
}

/* The lines around the secret, as Trivy writes them. */
static void write_code(struct json_writer *w, const struct observation *o)
{
	struct str rest = o->context, line;
	uint32_t number = o->context_line;
	json_member_object(w, STR("Code"));
	json_member_array(w, STR("Lines"));
	while (str_next(&rest, '\n', &line)) {
		json_begin_object(w);
		json_member_uint(w, STR("Number"), number);
		json_member_string(w, STR("Content"), line);
		json_member_bool(w, STR("IsCause"), number >= o->line && number <= o->end_line);
		json_member_string(w, STR("Annotation"), STR(""));
		json_member_bool(w, STR("Truncated"), false);
		json_member_string(w, STR("Highlighted"), line);
		json_member_bool(w, STR("FirstCause"), number == o->line);
		json_member_bool(w, STR("LastCause"), number == o->end_line);
		json_end_object(w);
		number++;
	}
	json_end_array(w);
	json_end_object(w);
}

static void write_secret(struct json_writer *w, const struct report *r, const struct finding *f)
{
	const struct observation *o = f->observation;
	json_begin_object(w);
	json_member_string(w, STR("RuleID"), f->id);
	json_member_string(w, STR("Category"), o->category);
	json_member_string(w, STR("Severity"), str_c(severity_name(f->severity)));
	json_member_string(w, STR("Title"), f->title);
	json_member_uint(w, STR("StartLine"), o->line);
	json_member_uint(w, STR("EndLine"), o->end_line);
	write_code(w, o);
	json_member_string(w, STR("Match"), o->match);
	write_layer(w, r, f);
	if (o->deleted || o->detail.n) {
		json_member_object(w, STR("Bulkhead"));
		json_member_string_opt(w, STR("Where"), o->detail);
		json_member_bool(w, STR("Deleted"), o->deleted);
		json_end_object(w);
	}
	json_end_object(w);
}

static void write_suppressed(struct json_writer *w, const struct report *r, const struct finding *f)
{
	json_begin_object(w);
	json_member_string(w, STR("Type"), STR("secret"));
	json_member_string(w, STR("Status"), f->suppressed.status);
	json_member_string_opt(w, STR("Statement"), f->suppressed.reason);
	json_member_string(w, STR("Source"), f->suppressed.by);
	json_member_string_opt(w, STR("Until"), f->suppressed.until);
	json_key(w, STR("Finding"));
	write_secret(w, r, f);
	json_end_object(w);
}

static bool is_secret(const struct finding *f)
{
	return f->kind == FINDING_SECRET && f->observation;
}

/* One result: the findings from i on that are of the same file; the index behind them. */
static size_t write_target(struct json_writer *w, const struct report *r, const struct report_options *opt, size_t i)
{
	const struct finding *v = r->findings.v;
	size_t end = i, shown = 0, suppressed = 0;
	for (; end < r->findings.n && is_secret(&v[end]) && str_eq(v[end].subject.path, v[i].subject.path); end++)
		*(v[end].suppressed.active ? &suppressed : &shown) += 1;
	if (!shown && !(suppressed && opt->show_suppressed))
		return end;
	json_begin_object(w);
	json_member_string(w, STR("Target"), v[i].subject.path.n ? v[i].subject.path : r->image.artifact_name);
	json_member_string(w, STR("Class"), STR("secret"));
	if (shown) {
		json_member_array(w, STR("Secrets"));
		for (size_t k = i; k < end; k++)
			if (!v[k].suppressed.active)
				write_secret(w, r, &v[k]);
		json_end_array(w);
	}
	if (suppressed && opt->show_suppressed) {
		json_member_array(w, STR("ExperimentalModifiedFindings"));
		for (size_t k = i; k < end; k++)
			if (v[k].suppressed.active)
				write_suppressed(w, r, &v[k]);
		json_end_array(w);
	}
	json_end_object(w);
	return end;
}

void json_write_secrets(struct json_writer *w, const struct report *r, const struct report_options *opt)
{
	for (size_t i = 0; i < r->findings.n;)
		i = is_secret(&r->findings.v[i]) ? write_target(w, r, opt, i) : i + 1;
}
