/* Matching: packages + advisories -> findings. No I/O: advisories come through struct advisory_lookup. The same packages and the same
 * database always give the same findings in the same order.
 *
 * Operating-system packages are looked up by what the family's advisories name (Debian, Ubuntu, Alpine: source package and its version;
 * rpm families: binary package, with module streams kept apart); language packages by ecosystem and normalised name.
 * A language package that an OS package installed is judged by the distribution's data alone unless `judge_owned`. */
#ifndef ENGINE_MATCHING_H
#define ENGINE_MATCHING_H
#include "base/diag.h"
#include "model/finding.h"

/* An image of many thousand packages that all claim one much-reported source would fill the machine; past this number a finding says so. */
#define MATCHING_FINDINGS_MAX 100000

struct matching_options {
	bool judge_owned;     /* also match language packages that an OS package owns */
	bool include_dev;     /* development-only dependencies too */
	int64_t today;        /* days since 1970, for end of life; 0: no end-of-life finding */
	/* Severity sources in order of preference, NULL-terminated keys; NULL: the documented default (vendor's own first). */
	const char *const *severity_order;
};

/* Appends findings (vulnerabilities, end of life, no data for an ecosystem). Strings on the arena or borrowed from the database. */
int matching_run(struct arena *a, const struct image_facts *facts, const struct advisory_lookup *db, const struct matching_options *opt,
		 struct finding_vec *out, struct error *err);
/* Chooses severity and its source for one vulnerability as matching_run does (also used by reports and `db show`). */
enum severity matching_severity(const struct advisory *adv, const struct vulnerability *vuln, const char *const *order, struct str *ret_source);
#endif
