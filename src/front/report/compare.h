/* What a new scan adds and fixes against an older one (engine/compare), for people, for a pull request, for machines.
 *
 *   struct comparison ──report_compare──> struct buf      table, markdown (GitHub), json
 *
 * The JSON form is ours: {"Old", "New": {"ArtifactName", "Counts"}, "Added", "Fixed": [{"ID", "Kind", "Severity", "Package", "Version", "FixedVersion", "Path", "Title"}], "Unchanged": n,
 * "Packages": [{"Name", "Change", "Old": [], "New": []}]}. All foreign text is escaped. ERR_NOMEM, ERR_LIMIT; ERR_USAGE for another format. */
#ifndef FRONT_REPORT_COMPARE_H
#define FRONT_REPORT_COMPARE_H
#include "engine/compare/compare.h"
#include "front/report/formats.h"

bool report_compares(enum report_format format);
int report_compare(const struct comparison *c, enum report_format format, const struct report_style *style, struct buf *out, struct error *err);
#endif
