#include "front/report/base_text.h"

#include "engine/baseimage/baseimage.h"

static const char *const evidence_names[] = {
	[BASE_UNKNOWN] = "unknown", [BASE_GUESSED] = "guessed", [BASE_LIKELY] = "likely", [BASE_STATED] = "stated", [BASE_CERTAIN] = "certain",
};
static const char *const removal_names[] = { [BASE_NOT_COMPUTED] = "not computed", [BASE_ESTIMATED] = "estimate", [BASE_EXACT] = "exact" };

/* "12 (CRITICAL 2, HIGH 10)" */
static struct str counted(struct arena *a, const size_t counts[SEVERITY_COUNT], size_t total)
{
	struct str text = arena_printf(a, "%zu", total);
	const char *before = " (";
	for (int s = SEVERITY_CRITICAL; s >= SEVERITY_UNKNOWN && text.p; s--) {
		if (!counts[s])
			continue;
		text = arena_printf(a, "%.*s%s%s %zu", STR_FMT(text), before, severity_name((enum severity)s), counts[s]);
		before = ", ";
	}
	return total && text.p ? arena_concat(a, text, STR(")")) : text;
}

static struct str base_line(struct arena *a, const struct report *r, const struct report_options *opt)
{
	const struct base_image *b = &r->base;
	struct base_counts c;
	bool hidden = false; /* what --severity does not show is not counted */
	for (int s = SEVERITY_UNKNOWN; s < SEVERITY_COUNT; s++)
		hidden |= opt->counts.hidden[s] > 0;
	base_image_count(r, &c);
	struct str name = b->name.n ? b->name : b->digest.n ? b->digest : STR("of unknown name");
	struct str base = counted(a, c.base, c.base_total), own = counted(a, c.own, c.own_total);
	if (!b->layers || !base.p || !own.p)
		return arena_printf(a, "Base image: %.*s (%s; %.*s); which layers are its cannot be told", STR_FMT(name), evidence_names[b->evidence], STR_FMT(b->why));
	return arena_printf(a, "Base image: %.*s (%s; %.*s), %u of %zu layers: %s from it %.*s, from your own layers %.*s", STR_FMT(name), evidence_names[b->evidence],
			    STR_FMT(b->why), b->layers, r->image.layers.n, hidden ? "findings shown" : "findings", STR_FMT(base), STR_FMT(own));
}

static struct str advice_line(struct arena *a, const struct base_advice *x)
{
	struct str gone = counted(a, x->gone, x->gone_total), added = counted(a, x->added, x->added_total);
	if (!gone.p || !added.p)
		return STR_NONE;
	if (x->removal == BASE_NOT_COMPUTED)
		return arena_printf(a, "Advice: %.*s: %.*s", STR_FMT(x->use), STR_FMT(x->why));
	if (x->removal == BASE_ESTIMATED)
		return arena_printf(a, "Advice: %.*s: %.*s; removes about %.*s findings with %zu packages (estimate)", STR_FMT(x->use), STR_FMT(x->why), STR_FMT(gone),
				    x->packages);
	return arena_printf(a, "Advice: %.*s: %.*s; removes %.*s findings, adds %.*s", STR_FMT(x->use), STR_FMT(x->why), STR_FMT(gone), STR_FMT(added));
}

int base_text_lines(struct arena *a, const struct report *r, const struct report_options *opt, struct str_vec *ret, struct error *err)
{
	const struct base_advice *x;
	struct str line;
	if (r->base.evidence >= BASE_LIKELY || r->base.layers) {
		line = base_line(a, r, opt);
		if (!line.p || !vec_push(a, ret, line))
			return error_nomem(err);
	}
	vec_foreach(x, &r->advice) {
		bool rest = !opt->advice && x->removal != BASE_EXACT && x > r->advice.v && r->advice.n > 1;
		line = rest ? arena_printf(a, "  and %zu more (--advice lists them)", (size_t)(r->advice.v + r->advice.n - x)) : advice_line(a, x);
		if (rest)
			x = r->advice.v + r->advice.n - 1;
		if (!line.p || !vec_push(a, ret, line))
			return error_nomem(err);
	}
	return 0;
}

static void json_counts(struct json_writer *w, struct str key, const size_t counts[SEVERITY_COUNT])
{
	json_member_object(w, key);
	for (int s = SEVERITY_UNKNOWN; s < SEVERITY_COUNT; s++)
		json_member_uint(w, str_c(severity_name((enum severity)s)), counts[s]);
	json_end_object(w);
}

void base_text_json(struct json_writer *w, const struct report *r)
{
	const struct base_image *b = &r->base;
	const struct base_advice *x;
	struct base_counts c;
	if (b->evidence == BASE_UNKNOWN)
		return;
	base_image_count(r, &c);
	json_member_object(w, STR("BaseImage"));
	json_member_string_opt(w, STR("Name"), b->name);
	json_member_string_opt(w, STR("Digest"), b->digest);
	json_member_string(w, STR("Confidence"), str_c(evidence_names[b->evidence]));
	json_member_string(w, STR("Evidence"), b->why);
	json_member_string_opt(w, STR("Family"), b->family);
	json_member_string_opt(w, STR("Version"), b->version);
	if (b->layers) {
		json_member_uint(w, STR("Layers"), b->layers);
		json_counts(w, STR("FromBase"), c.base);
		json_counts(w, STR("FromOwnLayers"), c.own);
	}
	if (r->advice.n)
		json_member_array(w, STR("Advice"));
	vec_foreach(x, &r->advice) {
		json_begin_object(w);
		json_member_string(w, STR("Use"), x->use);
		json_member_string(w, STR("Why"), x->why);
		json_member_string(w, STR("Removal"), str_c(removal_names[x->removal]));
		if (x->removal != BASE_NOT_COMPUTED) {
			json_member_uint(w, STR("Packages"), x->packages);
			json_counts(w, STR("Removes"), x->gone);
		}
		if (x->removal == BASE_EXACT)
			json_counts(w, STR("Adds"), x->added);
		json_end_object(w);
	}
	if (r->advice.n)
		json_end_array(w);
	json_end_object(w);
}
