/* CVSS 3.0 and 3.1: specification documents, section 7 and 8 (equations) and 3.1's appendix A (rounding). */
#include "engine/cvss/metrics.h"

#include <math.h>

enum { AV, AC, PR, UI, S, C, I, A, E, RL, RC, CR, IR, AR, MAV, MAC, MPR, MUI, MS, MC, MI, MA, COUNT };
/* The modified metrics have the values of the base metrics after "not defined", so that value n + 1 of one is value n of the other. */
static const struct cvss_metric metrics[COUNT] = {
	[AV] = { "AV", "N|A|L|P", true },
	[AC] = { "AC", "L|H", true },
	[PR] = { "PR", "N|L|H", true },
	[UI] = { "UI", "N|R", true },
	[S] = { "S", "U|C", true },
	[C] = { "C", "N|L|H", true },
	[I] = { "I", "N|L|H", true },
	[A] = { "A", "N|L|H", true },
	[E] = { "E", "X|U|P|F|H", false },
	[RL] = { "RL", "X|O|T|W|U", false },
	[RC] = { "RC", "X|U|R|C", false },
	[CR] = { "CR", "X|L|M|H", false },
	[IR] = { "IR", "X|L|M|H", false },
	[AR] = { "AR", "X|L|M|H", false },
	[MAV] = { "MAV", "X|N|A|L|P", false },
	[MAC] = { "MAC", "X|L|H", false },
	[MPR] = { "MPR", "X|N|L|H", false },
	[MUI] = { "MUI", "X|N|R", false },
	[MS] = { "MS", "X|U|C", false },
	[MC] = { "MC", "X|N|L|H", false },
	[MI] = { "MI", "X|N|L|H", false },
	[MA] = { "MA", "X|N|L|H", false },
};
static const double weights[][5] = {
	[AV] = { 0.85, 0.62, 0.55, 0.2 },
	[AC] = { 0.77, 0.44 },
	[PR] = { 0.85, 0.62, 0.27 },
	[UI] = { 0.85, 0.62 },
	[C] = { 0, 0.22, 0.56 },
	[I] = { 0, 0.22, 0.56 },
	[A] = { 0, 0.22, 0.56 },
	[E] = { 1, 0.91, 0.94, 0.97, 1 },
	[RL] = { 1, 0.95, 0.96, 0.97, 1 },
	[RC] = { 1, 0.92, 0.96, 1 },
	[CR] = { 1, 0.5, 1, 1.5 },
	[IR] = { 1, 0.5, 1, 1.5 },
	[AR] = { 1, 0.5, 1, 1.5 },
};
static const double privileges_changed_scope[] = { 0.85, 0.68, 0.5 };

/* The smallest number with one decimal that is not below x. 3.1 defines it on integers; 3.0 means the same without saying how exact. */
static double roundup(double x, unsigned minor)
{
	if (x <= 0)
		return 0;
	if (minor == 0)
		return ceil(x * 10 - 1e-9) / 10;
	long n = lround(x * 100000);
	return (double)(n % 10000 ? n / 10000 + 1 : n / 10000) / 10;
}

static double exploitability(const uint8_t *base)
{
	double pr = base[S] ? privileges_changed_scope[base[PR]] : weights[PR][base[PR]];
	return 8.22 * weights[AV][base[AV]] * weights[AC][base[AC]] * pr * weights[UI][base[UI]];
}

static double base_score(const uint8_t *v, unsigned minor)
{
	double iss = 1 - (1 - weights[C][v[C]]) * (1 - weights[I][v[I]]) * (1 - weights[A][v[A]]);
	double impact = v[S] ? 7.52 * (iss - 0.029) - 3.25 * pow(iss - 0.02, 15) : 6.42 * iss;
	if (impact <= 0)
		return 0;
	return roundup(fmin((v[S] ? 1.08 : 1) * (impact + exploitability(v)), 10), minor);
}

static double environmental_score(const uint8_t *v, double temporal_weight, unsigned minor)
{
	uint8_t m[A + 1];
	for (size_t i = AV; i <= A; i++)
		m[i] = v[MAV + i] ? (uint8_t)(v[MAV + i] - 1) : v[i];
	double miss = 1 - (1 - weights[C][m[C]] * weights[CR][v[CR]]) * (1 - weights[I][m[I]] * weights[IR][v[IR]]) *
				  (1 - weights[A][m[A]] * weights[AR][v[AR]]);
	miss = fmin(miss, 0.915);
	double impact = 6.42 * miss;
	if (m[S])
		impact = 7.52 * (miss - 0.029) - 3.25 * (minor ? pow(miss * 0.9731 - 0.02, 13) : pow(miss - 0.02, 15));
	if (impact <= 0)
		return 0;
	return roundup(roundup(fmin((m[S] ? 1.08 : 1) * (impact + exploitability(m)), 10), minor) * temporal_weight, minor);
}

int cvss3_score(struct str text, unsigned minor, struct cvss *ret, struct error *err)
{
	struct cvss_values m;
	int r = cvss_read_metrics(text, metrics, COUNT, &m, err);
	if (r < 0)
		return r;
	double temporal_weight = weights[E][m.v[E]] * weights[RL][m.v[RL]] * weights[RC][m.v[RC]];
	bool environment = false;
	for (size_t i = CR; i < COUNT; i++)
		environment |= m.v[i] != 0;
	double base = base_score(m.v, minor);
	double overall = environment ? environmental_score(m.v, temporal_weight, minor) : roundup(base * temporal_weight, minor);
	*ret = (struct cvss){ .version = (uint8_t)(30 + minor), .base = base, .overall = overall };
	return 0;
}
