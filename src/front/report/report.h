/* Reports: struct report -> text for people or machines. Each writer appends to a buffer and never prints. */
#ifndef FRONT_REPORT_H
#define FRONT_REPORT_H
#include "base/buf.h"
#include "base/error.h"
#include "model/finding.h"

struct report_style {
	unsigned width;  /* columns; 0: no limit (piped) */
	bool color;
	bool unicode;    /* box-drawing lines; else +-| */
};
struct report_options {
	struct report_style style;
	bool list_all_pkgs;    /* JSON: Results[].Packages */
	bool show_suppressed;
	const enum severity *severities; /* filter already applied to findings; shown in the total line in this order */
	size_t severity_count;
};
int report_table(const struct report *r, const struct report_options *opt, struct buf *out, struct error *err);
int report_json(const struct report *r, const struct report_options *opt, struct buf *out, struct error *err);      /* Trivy SchemaVersion 2 */
int report_cyclonedx(const struct report *r, const struct report_options *opt, struct buf *out, struct error *err); /* CycloneDX 1.6 JSON */
#endif
