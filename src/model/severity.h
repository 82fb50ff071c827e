/* Severity, ordered: a larger value is worse. UNKNOWN sorts below LOW but is never ignored by a gate (see finding.h). */
#ifndef MODEL_SEVERITY_H
#define MODEL_SEVERITY_H
#include "base/str.h"

enum severity { SEVERITY_UNKNOWN, SEVERITY_LOW, SEVERITY_MEDIUM, SEVERITY_HIGH, SEVERITY_CRITICAL, SEVERITY_COUNT };
/* "UNKNOWN", "LOW", … */
const char *severity_name(enum severity s);
/* Any case; also the vendors' words: negligible, minimal, unimportant, info, none -> LOW; moderate -> MEDIUM; important -> HIGH; "" -> UNKNOWN.
 * 0 or ERR_NOT_FOUND. */
int severity_parse(struct str text, enum severity *ret);
/* CVSS qualitative rating (CVSS 3.1 section 5): 0.1-3.9 LOW, 4.0-6.9 MEDIUM, 7.0-8.9 HIGH, 9.0-10.0 CRITICAL; 0 UNKNOWN. */
enum severity severity_from_score(double score);
#endif
