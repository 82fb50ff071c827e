/* Judging findings, written once for every feature: ignore rules, the severity filter, gates. No I/O, no clock: today comes in.
 *
 *   findings ──judge_ignore──> some suppressed (by, reason, until) ──judge_gates──> verdicts ──judge_filter──> what is shown
 *
 * Order matters and is documented in docs/cli.md: what ignore rules (and --ignore-unfixed) take away is not judged at all; --fail-on judges
 * everything that is left, also what --severity does not show; the gate of --exit-code, as Trivy's, judges what is shown.
 * A gate on a severity never quietly passes over what has no rating: `unrated` counts those findings, `unknown` and --strict fail them.
 * Cost: one hash lookup an identifier and finding. Strings are borrowed from the rules and findings, new ones on the arena. */
#ifndef ENGINE_JUDGE_H
#define ENGINE_JUDGE_H
#include "base/error.h"
#include "format/ignorefile/ignorefile.h"
#include "model/finding.h"
#include "model/vex.h"

/* Marks what a rule covers (first rule in file order wins), counts each rule's hits, marks expired rules, which cover nothing. A rule's id is
 * compared with the finding's id, the vendor's own id and the aliases of the vulnerability. */
int judge_ignore(struct arena *a, struct finding_vec *findings, const struct distro *distro, struct ignore_rule_vec *rules, int64_t today,
		 struct error *err);

/* Suppresses the vulnerabilities that a VEX document's latest fitting statement says are not_affected or fixed (by: file:line and author; reason:
 * justification and impact). A statement fits when one of its vulnerabilities is the finding's id, vendor's id or an alias, and one of its products is
 *   the package itself; the image (name, tag, digest, id, pkg:oci, the distribution's CPE) with no parts or with the package as a part; or another package with the
 *   package as a part, when the vulnerable package is in the image through that product alone.
 * affected and under_investigation suppress nothing but stand against older statements that would. *ret_hits: findings that a statement is about. */
int judge_vex(struct arena *a, struct report *r, const struct vex_document_vec *docs, size_t *ret_hits, struct error *err);

enum gate_kind {
	GATE_SEVERITY, /* this severity or worse */
	GATE_UNKNOWN,  /* no rating */
	GATE_ANY,      /* any finding of a kind that has a severity */
	GATE_KEV,      /* in CISA's catalogue of exploited vulnerabilities */
	GATE_EPSS,     /* probability of exploitation above a threshold */
	GATE_SHOWN,    /* --exit-code alone: any finding that is shown (after the filter) */
	GATE_STRICT,   /* unreadable content, no data, unknown or dead distribution, no rating, starter data only */
	GATE_END_OF_LIFE,
};
struct gate {
	enum gate_kind kind;
	enum severity severity;
	double threshold;
	bool or_equal;
	struct str text; /* as given */
};
VEC_DECLARE(gate_vec, struct gate);
/* "critical", "kev", "epss>0.5", "epss>=50%", "any", "unknown", … ERR_USAGE with the list of what there is. */
int gate_parse(struct str text, struct gate *ret, struct error *err);

struct verdict {
	const struct gate *gate;
	size_t count;     /* findings (or facts, for GATE_STRICT) that fail it; 0: met */
	size_t unjudged;  /* findings that it could not judge: no rating, no EPSS value */
	struct {
		size_t unreadable, no_data, end_of_life, unrated;
		bool starter_only;
	} strict;         /* GATE_STRICT: what count is made of */
};
/* Judges what is not suppressed. GATE_SHOWN needs the filter to have run. */
void judge_gate(const struct report *r, const struct gate *gate, struct verdict *ret);

/* What filters took away, for the footer. */
struct judge_counts {
	size_t unfixed;                      /* by judge_unfixed */
	size_t suppressed;                   /* by ignore rules */
	size_t hidden[SEVERITY_COUNT];       /* by severity */
};
bool judge_has_severity(enum finding_kind kind);
/* Takes vulnerabilities without a fix away. Before gates. */
void judge_unfixed(struct finding_vec *findings, struct judge_counts *counts);
/* Takes away what is of another severity; findings that have none by nature (end of life, unreadable, no data) stay. After gates. */
void judge_filter_severity(struct finding_vec *findings, const bool severities[SEVERITY_COUNT], struct judge_counts *counts);
#endif
