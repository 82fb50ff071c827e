/* What a team has looked at and accepted: VEX documents (--vex) and a baseline (--baseline), read before a scan and applied to its findings; and the older scan
 * that a new one is compared with (--compare). Ignore files are verdict.h's. */
#ifndef FRONT_ACCEPTED_H
#define FRONT_ACCEPTED_H
#include "front/cli/cli.h"
#include "model/finding.h"
#include "model/vex.h"

struct accepted_options {
	struct str_vec vex;
	struct str baseline;
	struct str compare;
};
#define ACCEPTED_OPTION_COUNT 3
extern const struct option accepted_options[ACCEPTED_OPTION_COUNT]; /* offset 0 is struct accepted_options */

struct accepted {
	struct vex_document_vec vex;
	struct report baseline;
	struct str baseline_name; /* empty: none */
};
/* Reads a report in Trivy's JSON schema (ours or Trivy's); what it has that is not understood is told. Errors name the file. */
int cli_read_report(struct cli *c, struct str path, struct report *ret, struct error *err);
int accepted_prepare(struct cli *c, const struct accepted_options *o, struct accepted *ret, struct error *err);
/* Suppresses in r what the documents and then the baseline take away, and tells how much of them still applies. */
int accepted_apply(struct cli *c, const struct accepted *x, struct report *r, struct error *err);
#endif
