/* From findings to an exit code, for every command that scans: ignore files, filters and gates (engine/judge), what people are told about them, and the report
 * in the wanted format. */
#ifndef FRONT_VERDICT_H
#define FRONT_VERDICT_H
#include "front/cli/accepted.h"
#include "front/cli/cli.h"
#include "front/report/formats.h"
#include "front/report/template.h"

struct verdict_options {
	/* report */
	int format; /* enum report_format */
	struct str output;
	struct str_vec reports; /* FORMAT=FILE */
	struct str template;    /* FILE or @NAME */
	int sort;               /* enum finding_order */
	struct str_vec severity;
	bool ignore_unfixed, list_all_pkgs, show_suppressed, plan, advice;
	struct str_vec ignorefile;
	/* gates */
	int64_t exit_code, exit_on_eol;
	struct str_vec fail_on;
	bool strict;
	struct accepted_options accepted;
};
/* Tables of the options above; offset 0 is the struct's own. */
#define REPORT_OPTION_COUNT 12
#define GATE_OPTION_COUNT   4
extern const struct option report_options[REPORT_OPTION_COUNT], gate_options[GATE_OPTION_COUNT];

VEC_DECLARE(report_ref_vec, struct report *);

/* What was read before the scan, so that a mistake shows at once and not after minutes. */
struct judging {
	const struct verdict_options *options;
	const struct option_set *set;
	struct ignore_rule_vec rules;
	struct diags rule_diags;
	struct accepted accepted;
	struct gate_vec gates;
	struct template template;
	bool severities[SEVERITY_COUNT];
	struct report_ref_vec against; /* what could stand in the base image's place: judging_add_candidate */
	/* Several images in one run: reports go there, and what ignore rules matched is told at the end. NULL: one image. */
	struct series *series;
	struct str name; /* of the image, for the series */
	int failed;      /* judging_finish could not write: its code, which is no gate's */
};
int judging_prepare(struct cli *c, const struct option_set *set, const struct verdict_options *o, struct judging *ret, struct error *err);
/* Another image's report, judged likewise: what is advised in the place of the base image is compared with it. Borrowed; c's arena must outlive j. */
int judging_add_candidate(struct cli *c, struct judging *j, struct report *r, int64_t today, struct error *err);
/* Judges r (findings are changed), writes the report, tells people; the exit code. old: NULL, or the report of --compare's OLD: judged likewise, and what is
 * written in place of the report is the difference; gates judge r alone. */
int judging_finish(struct cli *c, struct judging *j, struct report *r, struct report *old, int64_t today);
/* After the last image of a series: what people are told about the ignore rules. */
void judging_end(struct cli *c, const struct judging *j);
#endif
