/* CVSS 2.0: "A Complete Guide to the Common Vulnerability Scoring System Version 2.0", section 3.2. */
#include "engine/cvss/metrics.h"

#include <math.h>

enum { AV, AC, AU, C, I, A, E, RL, RC, CDP, TD, CR, IR, AR, COUNT };
static const struct cvss_metric metrics[COUNT] = {
	[AV] = { "AV", "L|A|N", true },
	[AC] = { "AC", "H|M|L", true },
	[AU] = { "Au", "M|S|N", true },
	[C] = { "C", "N|P|C", true },
	[I] = { "I", "N|P|C", true },
	[A] = { "A", "N|P|C", true },
	[E] = { "E", "ND|U|POC|F|H", false },
	[RL] = { "RL", "ND|OF|TF|W|U", false },
	[RC] = { "RC", "ND|UC|UR|C", false },
	[CDP] = { "CDP", "ND|N|L|LM|MH|H", false },
	[TD] = { "TD", "ND|N|L|M|H", false },
	[CR] = { "CR", "ND|L|M|H", false },
	[IR] = { "IR", "ND|L|M|H", false },
	[AR] = { "AR", "ND|L|M|H", false },
};
static const double weights[COUNT][6] = {
	[AV] = { 0.395, 0.646, 1.0 },
	[AC] = { 0.35, 0.61, 0.71 },
	[AU] = { 0.45, 0.56, 0.704 },
	[C] = { 0, 0.275, 0.660 },
	[I] = { 0, 0.275, 0.660 },
	[A] = { 0, 0.275, 0.660 },
	[E] = { 1.0, 0.85, 0.9, 0.95, 1.0 },
	[RL] = { 1.0, 0.87, 0.90, 0.95, 1.0 },
	[RC] = { 1.0, 0.90, 0.95, 1.0 },
	[CDP] = { 0, 0, 0.1, 0.3, 0.4, 0.5 },
	[TD] = { 1.0, 0, 0.25, 0.75, 1.0 },
	[CR] = { 1.0, 0.5, 1.0, 1.51 },
	[IR] = { 1.0, 0.5, 1.0, 1.51 },
	[AR] = { 1.0, 0.5, 1.0, 1.51 },
};

/* To one decimal, halves up; the small term puts a half that binary fractions fell short of back on its side. */
static double round1(double x)
{
	return floor(x * 10 + 0.5 + 1e-9) / 10;
}

static double base_from_impact(const double *w, double impact)
{
	double exploitability = 20 * w[AV] * w[AC] * w[AU];
	return impact == 0 ? 0 : round1((0.6 * impact + 0.4 * exploitability - 1.5) * 1.176);
}

int cvss2_score(struct str text, struct cvss *ret, struct error *err)
{
	struct cvss_values m;
	double w[COUNT];
	int r = cvss_read_metrics(text, metrics, COUNT, &m, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < COUNT; i++)
		w[i] = weights[i][m.v[i]];
	double temporal_weight = w[E] * w[RL] * w[RC];
	double base = base_from_impact(w, 10.41 * (1 - (1 - w[C]) * (1 - w[I]) * (1 - w[A])));
	double overall = round1(base * temporal_weight);
	if (m.v[CDP] || m.v[TD] || m.v[CR] || m.v[IR] || m.v[AR]) {
		double impact = fmin(10, 10.41 * (1 - (1 - w[C] * w[CR]) * (1 - w[I] * w[IR]) * (1 - w[A] * w[AR])));
		double temporal = round1(base_from_impact(w, impact) * temporal_weight);
		overall = fmax(0, round1((temporal + (10 - temporal) * w[CDP]) * w[TD]));
	}
	*ret = (struct cvss){ .version = 20, .base = base, .overall = overall };
	return 0;
}
