/* Licences in the JSON report, in Trivy's schema: a result of class "license" for the operating system's packages ("OS Packages") and for each section of language
 * packages that states some: Severity, Category, PkgName, FilePath, Name, Confidence, Link. Ours in "Bulkhead": the text as written, and what the user's lists say.
 * Only writes. */
#ifndef FRONT_JSON_LICENSES_H
#define FRONT_JSON_LICENSES_H
#include "front/report/report.h"
#include "front/report/sections.h"

struct json_writer;
/* 0 or ERR_NOMEM. `a` is scratch. */
int json_write_licenses(struct json_writer *w, struct arena *a, const struct report *r, const struct report_options *opt, const struct report_section_vec *sections);
#endif
