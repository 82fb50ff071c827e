/* Two scans side by side: what the newer one adds, what it no longer has, and how its packages changed. And the baseline: what an accepted report already
 * has is taken out of a new one.
 *
 *   struct report old, new ──compare_reports──> struct comparison      compare_baseline(new's findings, old's) ──> known ones suppressed
 *
 * Two findings are the same when kind, identifier and what they are about agree: of a vulnerability the package's name and kind (an upgrade that does
 * not fix it leaves it, a second copy of the package adds nothing), of other kinds the file or object; never the line, which moves, but
 * two of a kind in one file are two, so that a further secret in a known file is new. Suppressed findings take no part. Each list has a finding once and is in the order of its report. Pure; cost: one hash look-up a finding; memory on the arena. */
#ifndef ENGINE_COMPARE_H
#define ENGINE_COMPARE_H
#include "base/error.h"
#include "model/finding.h"

enum package_change_kind { PACKAGE_ADDED, PACKAGE_REMOVED, PACKAGE_CHANGED };
struct package_change {
	enum package_change_kind kind;
	const struct package *package;  /* of the new report; of the old one when removed */
	struct str_vec old_versions, new_versions; /* sorted, without repeats */
};
VEC_DECLARE(package_change_vec, struct package_change);
VEC_DECLARE(finding_ref_vec, const struct finding *);

struct comparison {
	const struct report *old, *new;
	struct finding_ref_vec added; /* of the new report */
	struct finding_ref_vec fixed; /* of the old report */
	struct finding_ref_vec kept;  /* of the new report */
	struct package_change_vec packages; /* sorted by name; only those that changed */
};
/* Borrows both reports. ERR_NOMEM. */
int compare_reports(struct arena *a, const struct report *old, const struct report *new, struct comparison *ret, struct error *err);

/* Suppresses (status "baseline", by: `name`) what `old` has too; *ret_gone is how many of old's findings are no more. ERR_NOMEM. */
int compare_baseline(struct arena *a, struct finding_vec *findings, const struct finding_vec *old, struct str name, size_t *ret_gone, struct error *err);
#endif
