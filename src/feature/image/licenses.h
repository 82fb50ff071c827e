/* What `--scanners license` adds to a scan: a row that reads Debian's copyright files (other formats name their licences themselves), and a finding for each
 * licence of each package, judged by its category or by the user's lists (engine/license).
 *
 *   copyright files ──row──> observations ──┐
 *   struct package.licenses ────────────────┴──> findings (kind license, subject package, observation: category and the text as written)
 *
 * The names are hashed when a scan asks for licences, not otherwise. Not thread-safe. */
#ifndef FEATURE_IMAGE_LICENSES_H
#define FEATURE_IMAGE_LICENSES_H
#include "engine/license/license_policy.h"
#include "model/finding.h"
#include "source/layer/analyzer.h"

struct image_licenses {
	struct license_names names;
	struct license_policy policy;
	struct analyzer row;
};
/* allow, deny: items of license_policy.h. Errors: ERR_USAGE of an item, ERR_NOMEM. */
int image_licenses_open(struct arena *a, const struct str_vec *allow, const struct str_vec *deny, struct image_licenses *ret, struct error *err);
/* Takes the row's observations out of report->facts, gives dpkg's packages what they say, and appends the findings; a notice names packages without a licence.
 * Folders of usr/share/doc that are links (layers' facts) lead to the copyright file of another package. */
int image_licenses_judge(const struct image_licenses *l, struct arena *a, const struct layer_facts *const *layers, size_t layer_count, struct report *report,
			 struct error *err);
#endif
