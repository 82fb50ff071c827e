#include "front/report/json_misconfigs.h"

#include "engine/imageconfig/image_checks.h"
#include "format/json/json_write.h"

static void write_layer(struct json_writer *w, const struct report *r, const struct finding *f)
{
	json_member_object(w, STR("Layer"));
	json_member_string_opt(w, STR("Digest"), f->subject.layer_digest);
	json_member_string_opt(w, STR("DiffID"), f->subject.layer_diff_id);
	if (f->subject.layer_diff_id.n && f->observation->layer < r->image.layers.n)
		json_member_string_opt(w, STR("CreatedBy"), r->image.layers.v[f->observation->layer].created_by);
	json_end_object(w);
}

static void write_misconfig(struct json_writer *w, const struct report *r, const struct finding *f)
{
	const struct observation *o = f->observation;
	char avd[64];
	int n = snprintf(avd, sizeof(avd), "AVD-%.*s", STR_FMT(str_sub(f->source_id, 0, 40)));
	json_begin_object(w);
	json_member_string(w, STR("Type"), STR("Image configuration check"));
	json_member_string(w, STR("ID"), f->id);
	if (f->source_id.n)
		json_member_string(w, STR("AVDID"), str_make(avd, (size_t)n));
	json_member_string(w, STR("Title"), f->title);
	json_member_string(w, STR("Description"), f->description);
	json_member_string(w, STR("Message"), o->match);
	json_member_string(w, STR("Resolution"), f->fix_text);
	json_member_string(w, STR("Severity"), str_c(severity_name(f->severity)));
	json_member_string(w, STR("PrimaryURL"), f->primary_url);
	json_member_array(w, STR("References"));
	json_string(w, f->primary_url);
	json_end_array(w);
	json_member_string(w, STR("Status"), STR("FAIL"));
	write_layer(w, r, f);
	json_member_object(w, STR("CauseMetadata"));
	json_member_string_opt(w, STR("Resource"), f->subject.path);
	json_member_string(w, STR("Provider"), STR("Dockerfile"));
	json_member_string(w, STR("Service"), STR("general"));
	json_end_object(w);
	if (f->subject.path.n) {
		json_member_object(w, STR("Bulkhead"));
		json_member_string(w, STR("Path"), f->subject.path);
		json_end_object(w);
	}
	json_end_object(w);
}

static bool is_misconfig(const struct finding *f)
{
	return f->kind == FINDING_MISCONFIGURATION && f->observation;
}

static void write_suppressed(struct json_writer *w, const struct report *r)
{
	const struct finding *f;
	json_member_array(w, STR("ExperimentalModifiedFindings"));
	vec_foreach(f, &r->findings) {
		if (!is_misconfig(f) || !f->suppressed.active)
			continue;
		json_begin_object(w);
		json_member_string(w, STR("Type"), STR("misconfiguration"));
		json_member_string(w, STR("Status"), f->suppressed.status);
		json_member_string_opt(w, STR("Statement"), f->suppressed.reason);
		json_member_string(w, STR("Source"), f->suppressed.by);
		json_member_string_opt(w, STR("Until"), f->suppressed.until);
		json_key(w, STR("Finding"));
		write_misconfig(w, r, f);
		json_end_object(w);
	}
	json_end_array(w);
}

/* Checks that found nothing. */
static size_t met(const struct report *r)
{
	const struct finding *f;
	size_t n = 0;
	for (size_t i = 0; i < IMAGE_CHECK_COUNT; i++) {
		bool failed = false;
		vec_foreach(f, &r->findings)
			failed |= is_misconfig(f) && !f->suppressed.active && str_eq_c(f->id, image_checks[i].id);
		n += !failed;
	}
	return n;
}

void json_write_misconfigs(struct json_writer *w, const struct report *r, const struct report_options *opt)
{
	const struct finding *f;
	size_t shown = 0, suppressed = 0;
	vec_foreach(f, &r->findings)
		if (is_misconfig(f))
			*(f->suppressed.active ? &suppressed : &shown) += 1;
	if (!shown && !(suppressed && opt->show_suppressed))
		return;
	json_begin_object(w);
	json_member_string(w, STR("Target"), r->image.artifact_name);
	json_member_string(w, STR("Class"), STR("config"));
	json_member_string(w, STR("Type"), STR("dockerfile"));
	json_member_object(w, STR("MisconfSummary"));
	json_member_uint(w, STR("Successes"), met(r));
	json_member_uint(w, STR("Failures"), shown);
	json_end_object(w);
	if (shown) {
		json_member_array(w, STR("Misconfigurations"));
		vec_foreach(f, &r->findings)
			if (is_misconfig(f) && !f->suppressed.active)
				write_misconfig(w, r, f);
		json_end_array(w);
	}
	if (suppressed && opt->show_suppressed)
		write_suppressed(w, r);
	json_end_object(w);
}
