/* Licences in the table: a row for each licence with its category, its severity and the packages that have it, worst first. Findings of one licence are equal but for the
 * package, and an image has a thousand of them: people read licences, not packages. Text is cleaned (text.h). Writes nothing when there are none. */
#ifndef FRONT_TABLE_LICENSES_H
#define FRONT_TABLE_LICENSES_H
#include "front/report/report.h"

int table_licenses(struct arena *a, const struct report *r, const struct report_options *opt, struct buf *out, bool *first, struct error *err);
#endif
