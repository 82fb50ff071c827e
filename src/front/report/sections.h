/* How reports group what was found: as Trivy's Results, so that targets, classes and types carry over.
 *
 *   os-pkgs    "my-app:1.0 (debian 11.6)"      type = distribution family     one, when a distribution or its packages were found
 *   lang-pkgs  "Node.js"                       type = node-pkg                one for each folded kind (package_kind_info.aggregated)
 *   lang-pkgs  "usr/local/bin/app"             type = gobinary                one for each file of the other kinds
 *
 * Sorted: OS first, then by type and target. Members are indices into report->facts.packages and report->findings. On the arena. */
#ifndef FRONT_SECTIONS_H
#define FRONT_SECTIONS_H
#include "base/error.h"
#include "base/map.h"
#include "model/finding.h"

struct report_section {
	struct str target, type;
	bool os;
	bool aggregated;            /* packages come from many files: each has its path */
	bool unjudged;              /* the database has no advisories for these packages: that nothing was found means nothing */
	struct u32_vec packages;
	struct u32_vec findings;    /* not suppressed */
	struct u32_vec suppressed;
};
VEC_DECLARE(report_section_vec, struct report_section);
int report_sections(struct arena *a, const struct report *r, struct report_section_vec *ret, struct error *err);

/* Trivy's package identifier: "openssl@1.1.1n-0+deb11u3", rpm with architecture and without epoch, Maven with ':'; empty for kinds that have none there. */
struct str report_package_id(struct arena *a, const struct package *p);

/* What each package needs (model/package_relations.h), or what the source of the facts said of it: ret[i] lists indices into facts.packages. */
int report_relations(struct arena *a, const struct report *r, struct u32_vec **ret, struct error *err);
#endif
