/* The plan of upgrades (engine/plan) as people and scripts read it: in the place of the findings (--plan) of the table and the Markdown report, and as Bulkhead.Plan of the
 * JSON report. Text is filtered or escaped as in those. Scratch and the plan itself are on the arena. */
#ifndef FRONT_PLAN_TEXT_H
#define FRONT_PLAN_TEXT_H
#include "engine/plan/plan.h"
#include "format/json/json_write.h"
#include "front/report/report.h"

int plan_write_table(struct arena *a, const struct report *r, const struct report_options *opt, struct buf *out, struct error *err);
int plan_write_markdown(struct arena *a, const struct report *r, struct buf *out, struct error *err);
/* One object, as the value of a key that stands. */
int plan_write_json(struct arena *a, const struct report *r, struct json_writer *w, struct error *err);
#endif
