/* The order of work: one number a finding, 0.0 to 100.0, kept in tenths (0..1000), larger is sooner. Documented with worked examples in docs/score.md; the unit
 * test reads those examples.
 *
 *   score = (badness 0..50  +  exploitation 0..30  +  fix 0..10  +  directness 0..5  +  exposure 0..5)  ×  reach
 *
 * Badness is the CVSS base score held within the band of the severity that the report goes by, so a vendor's rating decides and CVSS orders within it.
 * What is not known adds nothing and takes nothing away, but a finding without any rating counts as MEDIUM: unrated is not harmless.
 * Integer arithmetic but for one square root, which IEEE 754 rounds exactly: the same finding has the same score on every machine. Pure functions, no allocation. */
#ifndef ENGINE_SCORE_H
#define ENGINE_SCORE_H
#include "model/finding.h"

#define SCORE_MAX 1000

enum score_answer { SCORE_UNKNOWN, SCORE_YES, SCORE_NO };
/* What is known of how the subject is used: by tracing a run, by call graphs, by a workload's configuration. All zero: nothing. */
struct score_context {
	uint8_t loaded;     /* enum score_answer: its files are opened or mapped at run time */
	uint8_t reachable;  /* the vulnerable code can be called from the application */
	uint8_t privileged; /* the container runs as root, privileged or with added capabilities */
};

/* The parts in tenths of a point, as reports explain them; total is what score_finding gives. */
struct score_parts {
	uint16_t badness, exploitation, fix, directness, exposure;
	uint16_t reach_percent; /* 100: nothing known against it */
	uint16_t total;
};
void score_parts(const struct finding *f, const struct score_context *context, struct score_parts *ret);
uint16_t score_finding(const struct finding *f, const struct score_context *context);
/* Sets finding.score of all; context may be NULL. */
void score_findings(struct finding_vec *findings, const struct score_context *context);

/* Orders that reports offer. Each is total: ties go on to the score, then to finding_sort's order (the index), so the same findings are always in the same order. */
enum finding_order {
	ORDER_PACKAGE,  /* as finding_sort: by package, worst first within */
	ORDER_SCORE,    /* highest score first */
	ORDER_SEVERITY, /* worst severity first, then highest score */
};
/* Sorts indices into findings. */
void score_order(const struct finding_vec *findings, enum finding_order order, uint32_t *indices, size_t n);
#endif
