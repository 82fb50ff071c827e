/* CVSS 4.0: specification document, section 8. Six equivalence classes (EQ1 to EQ6, tables 24 to 29) make a macro vector, whose score the
 * specification lists; within a macro vector the score falls from that towards the scores of the next lower macro vectors, by how far the
 * vector is from the highest one of its class. All in tenths and integers, so that rounding is exact. */
#include "engine/cvss/metrics.h"

enum { AV, AC, AT, PR, UI, VC, VI, VA, SC, SI, SA, E, CR, IR, AR, MAV, MAC, MAT, MPR, MUI, MVC, MVI, MVA, MSC, MSI, MSA, S, AU, R, V, RE, U, COUNT };
/* Values stand from worst to least, so that the index is the distance (section 8.3) from the worst value. "S" (safety) is a value of
 * MSI and MSA only: elsewhere '-' keeps its place. */
static const struct cvss_metric metrics[COUNT] = {
	[AV] = { "AV", "N|A|L|P", true },
	[AC] = { "AC", "L|H", true },
	[AT] = { "AT", "N|P", true },
	[PR] = { "PR", "N|L|H", true },
	[UI] = { "UI", "N|P|A", true },
	[VC] = { "VC", "H|L|N", true },
	[VI] = { "VI", "H|L|N", true },
	[VA] = { "VA", "H|L|N", true },
	[SC] = { "SC", "-|H|L|N", true },
	[SI] = { "SI", "-|H|L|N", true },
	[SA] = { "SA", "-|H|L|N", true },
	[E] = { "E", "X|A|P|U", false },
	[CR] = { "CR", "X|H|M|L", false },
	[IR] = { "IR", "X|H|M|L", false },
	[AR] = { "AR", "X|H|M|L", false },
	[MAV] = { "MAV", "X|N|A|L|P", false },
	[MAC] = { "MAC", "X|L|H", false },
	[MAT] = { "MAT", "X|N|P", false },
	[MPR] = { "MPR", "X|N|L|H", false },
	[MUI] = { "MUI", "X|N|P|A", false },
	[MVC] = { "MVC", "X|H|L|N", false },
	[MVI] = { "MVI", "X|H|L|N", false },
	[MVA] = { "MVA", "X|H|L|N", false },
	[MSC] = { "MSC", "X|-|H|L|N", false },
	[MSI] = { "MSI", "X|S|H|L|N", false },
	[MSA] = { "MSA", "X|S|H|L|N", false },
	/* Supplemental metrics do not count. */
	[S] = { "S", "X|N|P", false },
	[AU] = { "AU", "X|N|Y", false },
	[R] = { "R", "X|A|U|I", false },
	[V] = { "V", "X|D|C", false },
	[RE] = { "RE", "X|L|M|H", false },
	[U] = { "U", "X|Clear|Green|Amber|Red", false },
};
enum { V_HIGH = 0, V_NONE = 2, S_SAFETY = 0, S_HIGH = 1, S_NONE = 3 };

/* Scores of the macro vectors in tenths: [EQ1][EQ2][EQ3 and EQ6 together][EQ4][EQ5]. */
enum { EQ36_00, EQ36_01, EQ36_10, EQ36_11, EQ36_21, EQ36_COUNT };
static const uint8_t scores[3][2][EQ36_COUNT][3][3] = {
	{
		{
			{ { 100, 98, 95 }, { 100, 93, 91 }, { 93, 89, 81 } },
			{ { 99, 95, 92 }, { 96, 87, 81 }, { 90, 80, 68 } },
			{ { 98, 95, 90 }, { 93, 89, 81 }, { 88, 78, 69 } },
			{ { 95, 92, 84 }, { 92, 81, 65 }, { 80, 70, 48 } },
			{ { 92, 82, 72 }, { 79, 69, 50 }, { 69, 55, 27 } },
		},
		{
			{ { 99, 95, 92 }, { 95, 90, 84 }, { 92, 82, 72 } },
			{ { 97, 92, 85 }, { 91, 83, 71 }, { 81, 71, 53 } },
			{ { 95, 92, 85 }, { 92, 80, 70 }, { 84, 71, 50 } },
			{ { 93, 85, 73 }, { 82, 72, 59 }, { 70, 52, 30 } },
			{ { 86, 75, 52 }, { 71, 52, 29 }, { 63, 29, 17 } },
		},
	},
	{
		{
			{ { 98, 94, 91 }, { 94, 86, 77 }, { 87, 74, 63 } },
			{ { 95, 87, 81 }, { 89, 74, 64 }, { 75, 63, 49 } },
			{ { 94, 88, 76 }, { 86, 74, 59 }, { 72, 57, 52 } },
			{ { 89, 77, 67 }, { 76, 58, 50 }, { 57, 52, 25 } },
			{ { 83, 70, 54 }, { 65, 58, 26 }, { 53, 21, 13 } },
		},
		{
			{ { 95, 88, 76 }, { 90, 75, 61 }, { 77, 68, 52 } },
			{ { 90, 76, 70 }, { 77, 62, 53 }, { 66, 59, 30 } },
			{ { 89, 76, 62 }, { 74, 57, 47 }, { 61, 57, 24 } },
			{ { 78, 67, 58 }, { 59, 57, 23 }, { 52, 29, 16 } },
			{ { 71, 59, 30 }, { 58, 26, 15 }, { 23, 13, 6 } },
		},
	},
	{
		{
			{ { 93, 86, 75 }, { 86, 74, 56 }, { 70, 52, 40 } },
			{ { 87, 72, 58 }, { 74, 61, 34 }, { 54, 40, 22 } },
			{ { 85, 74, 62 }, { 72, 55, 46 }, { 53, 34, 19 } },
			{ { 75, 55, 51 }, { 57, 41, 19 }, { 36, 19, 8 } },
			{ { 64, 51, 20 }, { 47, 21, 11 }, { 24, 9, 4 } },
		},
		{
			{ { 88, 73, 60 }, { 73, 59, 41 }, { 54, 45, 20 } },
			{ { 75, 53, 50 }, { 55, 40, 20 }, { 43, 22, 11 } },
			{ { 75, 58, 40 }, { 61, 48, 20 }, { 46, 17, 8 } },
			{ { 55, 45, 21 }, { 51, 18, 9 }, { 18, 7, 2 } },
			{ { 53, 24, 14 }, { 24, 12, 5 }, { 10, 3, 1 } },
		},
	},
};

/* Depth of each class: how many steps its vectors can be below the highest one (table 30). */
static const int depth1[3] = { 1, 4, 5 }, depth2[2] = { 1, 2 }, depth36[EQ36_COUNT] = { 7, 6, 8, 8, 10 }, depth4[3] = { 6, 5, 4 };

/* The highest vectors of each class, as the values of the metrics it is made of. */
struct highest {
	int8_t v[6];
};
static const struct highest highest1[3][3] = { /* AV PR UI */
	{ { { 0, 0, 0 } } },
	{ { { 1, 0, 0 } }, { { 0, 1, 0 } }, { { 0, 0, 1 } } },
	{ { { 3, 0, 0 } }, { { 1, 1, 1 } } },
};
static const struct highest highest2[2][2] = { /* AC AT */
	{ { { 0, 0 } } },
	{ { { 1, 0 } }, { { 0, 1 } } },
};
static const struct highest highest36[EQ36_COUNT][5] = { /* VC VI VA CR IR AR */
	{ { { 0, 0, 0, 0, 0, 0 } } },
	{ { { 0, 0, 1, 1, 1, 0 } }, { { 0, 0, 0, 1, 1, 1 } } },
	{ { { 1, 0, 0, 0, 0, 0 } }, { { 0, 1, 0, 0, 0, 0 } } },
	{ { { 1, 0, 1, 0, 1, 0 } }, { { 1, 0, 0, 0, 1, 1 } }, { { 0, 1, 0, 1, 0, 1 } }, { { 0, 1, 1, 1, 0, 0 } }, { { 1, 1, 0, 0, 0, 1 } } },
	{ { { 1, 1, 1, 0, 0, 0 } } },
};
static const size_t count1[3] = { 1, 3, 2 }, count2[2] = { 1, 2 }, count36[EQ36_COUNT] = { 1, 2, 2, 5, 1 };

/* Effective metrics: modified values over base values, "not defined" at its worst (section 3 and 4). */
struct effective {
	int v[AR + 1];
};

static struct effective effective_values(const struct cvss_values *m, bool base_only)
{
	struct effective r = { 0 };
	for (size_t i = AV; i <= SA; i++)
		r.v[i] = !base_only && m->v[MAV + i] ? m->v[MAV + i] - 1 : m->v[i];
	for (size_t i = E; i <= AR && !base_only; i++)
		r.v[i] = m->v[i] ? m->v[i] - 1 : 0;
	return r;
}

/* Steps below the first of the highest vectors that is not lower than v in any metric. */
static int distance(const int *v, size_t count, const struct highest *highest, size_t choices)
{
	for (size_t c = 0; c < choices; c++) {
		int sum = 0;
		size_t i = 0;
		for (; i < count && v[i] >= highest[c].v[i]; i++)
			sum += v[i] - highest[c].v[i];
		if (i == count)
			return sum;
	}
	return 0;
}

static unsigned class1(const int *v)
{
	unsigned worst = (v[AV] == 0) + (v[PR] == 0) + (v[UI] == 0);
	return worst == 3 ? 0 : worst > 0 && v[AV] != 3 ? 1 : 2;
}

static unsigned class36(const int *v)
{
	bool c = v[VC] == V_HIGH, i = v[VI] == V_HIGH, a = v[VA] == V_HIGH;
	bool wanted = (v[CR] == 0 && c) || (v[IR] == 0 && i) || (v[AR] == 0 && a); /* EQ6 level 0 */
	if (c && i)
		return wanted ? EQ36_00 : EQ36_01;
	if (c || i || a)
		return wanted ? EQ36_10 : EQ36_11;
	return EQ36_21;
}

static double score(const int *v)
{
	if (v[VC] == V_NONE && v[VI] == V_NONE && v[VA] == V_NONE && v[SC] == S_NONE && v[SI] == S_NONE && v[SA] == S_NONE)
		return 0;
	unsigned e1 = class1(v), e2 = v[AC] || v[AT], e36 = class36(v), e5 = (unsigned)v[E];
	unsigned e4 = v[SI] == S_SAFETY || v[SA] == S_SAFETY ? 0 : v[SC] == S_HIGH || v[SI] == S_HIGH || v[SA] == S_HIGH ? 1 : 2;
	int top = scores[e1][e2][e36][e4][e5];

	/* Steps below the highest vector of each class, and the next lower macro vector's score; -1 where there is none. */
	const int m1[] = { v[AV], v[PR], v[UI] }, m2[] = { v[AC], v[AT] }, m36[] = { v[VC], v[VI], v[VA], v[CR], v[IR], v[AR] };
	const int floor4 = e4 == 0 ? S_SAFETY : e4 == 1 ? S_HIGH : S_HIGH + 1; /* of SI and SA; SC begins at high */
	int next36 = -1;
	if (e36 == EQ36_00)
		next36 = MAX_OF(scores[e1][e2][EQ36_01][e4][e5], scores[e1][e2][EQ36_10][e4][e5]);
	else if (e36 != EQ36_21)
		next36 = scores[e1][e2][e36 == EQ36_11 ? EQ36_21 : EQ36_11][e4][e5];
	const struct {
		int next, steps, depth;
	} classes[] = {
		{ e1 < 2 ? scores[e1 + 1][e2][e36][e4][e5] : -1, distance(m1, 3, highest1[e1], count1[e1]), depth1[e1] },
		{ e2 < 1 ? scores[e1][e2 + 1][e36][e4][e5] : -1, distance(m2, 2, highest2[e2], count2[e2]), depth2[e2] },
		{ next36, distance(m36, 6, highest36[e36], count36[e36]), depth36[e36] },
		{ e4 < 2 ? scores[e1][e2][e36][e4 + 1][e5] : -1, v[SC] - MAX_OF(floor4, (int)S_HIGH) + v[SI] - floor4 + v[SA] - floor4, depth4[e4] },
		{ e5 < 2 ? scores[e1][e2][e36][e4][e5 + 1] : -1, 0, 1 },
	};

	/* The mean over the classes of (top - next) × steps / depth is taken off, here in 1/840 of a tenth: 840 is divisible by every depth. */
	int sum = 0, n = 0;
	for (size_t i = 0; i < ARRAY_LEN(classes); i++)
		if (classes[i].next >= 0) {
			sum += (top - classes[i].next) * classes[i].steps * (840 / classes[i].depth);
			n++;
		}
	int scale = 840 * MAX_OF(n, 1), value = top * scale - sum;
	if (value < 0)
		value = 0;
	return (double)((2 * value + scale) / (2 * scale)) / 10; /* halves up */
}

int cvss4_score(struct str text, struct cvss *ret, struct error *err)
{
	struct cvss_values m;
	int r = cvss_read_metrics(text, metrics, COUNT, &m, err);
	if (r < 0)
		return r;
	struct effective base = effective_values(&m, true), all = effective_values(&m, false);
	*ret = (struct cvss){ .version = 40, .base = score(base.v), .overall = score(all.v) };
	return 0;
}
