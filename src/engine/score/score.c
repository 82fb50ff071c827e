#include "engine/score/score.h"

#include <math.h>

/* CVSS 3.1 section 5, in tenths: where a severity's scores lie, and what is taken when no vector says more. */
static const struct {
	unsigned low, high, typical;
} bands[SEVERITY_COUNT] = {
	[SEVERITY_UNKNOWN] = { 0, 100, 50 }, [SEVERITY_LOW] = { 1, 39, 30 },       [SEVERITY_MEDIUM] = { 40, 69, 55 },
	[SEVERITY_HIGH] = { 70, 89, 80 },    [SEVERITY_CRITICAL] = { 90, 100, 95 },
};

/* Kinds other than vulnerabilities: how likely it is used against somebody once it is there, in tenths, without KEV and EPSS to say so; and which severity
 * stands in where the kind has none by nature. */
static const struct kind_row {
	unsigned exploitation;
	enum severity instead;
	bool own_fix; /* whoever builds the image can close it without waiting for anybody */
} kinds[] = {
	[FINDING_VULNERABILITY] = { 0, SEVERITY_UNKNOWN, false },
	[FINDING_SECRET] = { 200, SEVERITY_HIGH, true }, /* reading it is using it */
	[FINDING_MISCONFIGURATION] = { 0, SEVERITY_UNKNOWN, true },
	[FINDING_LICENSE] = { 0, SEVERITY_UNKNOWN, true },
	[FINDING_NETWORK] = { 100, SEVERITY_UNKNOWN, true },
	[FINDING_RUNTIME] = { 200, SEVERITY_HIGH, true }, /* it was seen to happen */
	[FINDING_AUDIT] = { 100, SEVERITY_UNKNOWN, true },
	[FINDING_UNREADABLE] = { 0, SEVERITY_MEDIUM, true },
	[FINDING_END_OF_LIFE] = { 0, SEVERITY_HIGH, true }, /* no fix will come for anything in it */
	[FINDING_NO_DATA] = { 0, SEVERITY_MEDIUM, false },
};

/* Highest base score of the newest CVSS major version that anybody stated, in tenths; 0: none. A CVSS 2 score stands on another scale and is asked last. */
static unsigned cvss_tenths(const struct vulnerability *v)
{
	const struct cvss_entry *c;
	unsigned best = 0, best_major = 0;
	if (!v)
		return 0;
	vec_foreach(c, &v->cvss) {
		unsigned major = c->version < 30 ? 1 : 2, score = c->score > 0 && c->score <= 10 ? (unsigned)(c->score * 10 + 0.5) : 0;
		if (score && (major > best_major || (major == best_major && score > best))) {
			best = score;
			best_major = major;
		}
	}
	return best;
}

static unsigned badness(const struct finding *f, const struct kind_row *kind)
{
	enum severity s = f->severity > SEVERITY_UNKNOWN && f->severity < SEVERITY_COUNT ? f->severity : kind->instead;
	unsigned base = f->kind == FINDING_VULNERABILITY ? cvss_tenths(f->vulnerability) : 0;
	if (!base)
		base = bands[s].typical;
	base = MAX_OF(base, bands[s].low);
	return 5 * MIN_OF(base, bands[s].high);
}

static unsigned exploitation(const struct finding *f, const struct kind_row *kind)
{
	const struct vulnerability *v = f->vulnerability;
	if (f->kind != FINDING_VULNERABILITY)
		return kind->exploitation;
	if (v && v->kev)
		return 300;
	/* Most probabilities are far below 1 %: the root spreads them, so that 1 % is worth noting and 90 % nearly as much as an exploit seen. */
	return v && v->epss > 0 ? (unsigned)(250 * sqrt(MIN_OF(v->epss, 1.0)) + 0.5) : 0;
}

static unsigned reach(const struct score_context *c)
{
	if (c->reachable == SCORE_NO)
		return 40;
	return c->loaded == SCORE_NO ? 60 : 100;
}

static unsigned exposure(const struct score_context *c)
{
	unsigned points = c->reachable == SCORE_YES ? 30 : c->loaded == SCORE_YES ? 20 : 0;
	return points + (c->privileged == SCORE_YES ? 20 : 0);
}

void score_parts(const struct finding *f, const struct score_context *context, struct score_parts *ret)
{
	static const struct score_context nothing;
	const struct kind_row *kind = &kinds[(size_t)f->kind < ARRAY_LEN(kinds) ? f->kind : FINDING_VULNERABILITY];
	const struct package *p = f->subject.package;
	const struct score_context *c = context ? context : &nothing;
	struct score_parts s = {
		.badness = (uint16_t)badness(f, kind),
		.exploitation = (uint16_t)exploitation(f, kind),
		.fix = kind->own_fix || f->fixed.n ? 100 : 0,
		.directness = p && (p->indirect || p->dev || p->vendored) ? 0 : 50,
		.exposure = (uint16_t)exposure(c),
		.reach_percent = (uint16_t)reach(c),
	};
	unsigned sum = s.badness + s.exploitation + s.fix + s.directness + s.exposure;
	s.total = (uint16_t)MIN_OF((sum * s.reach_percent + 50) / 100, SCORE_MAX);
	*ret = s;
}

uint16_t score_finding(const struct finding *f, const struct score_context *context)
{
	struct score_parts parts;
	score_parts(f, context, &parts);
	return parts.total;
}

void score_findings(struct finding_vec *findings, const struct score_context *context)
{
	struct finding *f;
	vec_foreach(f, findings)
		f->score = score_finding(f, context);
}

struct ordering {
	const struct finding_vec *findings;
	enum finding_order order;
};

static int compare_indices(const void *x, const void *y, void *ctx)
{
	const struct ordering *o = ctx;
	uint32_t i = *(const uint32_t *)x, j = *(const uint32_t *)y;
	const struct finding *a = &o->findings->v[i], *b = &o->findings->v[j];
	if (o->order == ORDER_SEVERITY && a->severity != b->severity)
		return a->severity > b->severity ? -1 : 1;
	if (o->order != ORDER_PACKAGE && a->score != b->score)
		return a->score > b->score ? -1 : 1;
	return (i > j) - (i < j);
}

void score_order(const struct finding_vec *findings, enum finding_order order, uint32_t *indices, size_t n)
{
	struct ordering o = { findings, order };
	if (n > 1)
		qsort_r(indices, n, sizeof(*indices), compare_indices, &o);
}
