/* Reports by template: the fields and lists of docs/templates.md over a report. A template is checked before the scan, so that a wrong name shows at once.
 *
 *   template_parse (format/template) ──template_check──> report_template(report_options.template)
 *
 * Every value is escaped by its mode; there is no way to write a foreign text as it is. Work is limited by REPORT_TEMPLATE_STEPS_MAX parts, so loops within loops end. */
#ifndef FRONT_TEMPLATE_H
#define FRONT_TEMPLATE_H
#include "format/template/template.h"
#include "front/report/report.h"

#define REPORT_TEMPLATE_STEPS_MAX 50000000u

/* 0, or ERR_FORMAT naming the line, the name and what there is. */
int report_template_check(const struct template *t, struct error *err);
/* The text of a built-in template ("summary"); empty: there is none. The names, joined by ", ". */
struct str report_template_builtin(struct str name);
struct str report_template_names(struct arena *a);

struct builtin_template {
	const char *name;
	struct str text;
};
extern const struct builtin_template builtin_templates[];
extern const size_t builtin_template_count;
#endif
