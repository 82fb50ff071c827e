/* CVSS scoring from vectors: 2.0 (FIRST CVSS v2 guide, section 3.2), 3.0 and 3.1 (specification section 7, including the 3.1 Roundup),
 * 4.0 (specification section 8, macro vectors and interpolation). Base, temporal/threat and environmental metrics that stand in the vector count. */
#ifndef ENGINE_CVSS_H
#define ENGINE_CVSS_H
#include "base/error.h"
#include "model/severity.h"

struct cvss {
	uint8_t version; /* 20, 30, 31, 40 */
	double base;     /* 0.0-10.0, base metrics only (v4: CVSS-B) */
	double overall;  /* with all metrics given */
};
/* Accepts "CVSS:3.1/AV:…", "CVSS:4.0/…", "AV:N/AC:L/Au:N/…" (2.0, also in parentheses). 0 or ERR_FORMAT with the offending metric named. */
int cvss_parse(struct str vector, struct cvss *ret, struct error *err);
#endif
