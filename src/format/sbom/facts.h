/* What a bill of materials means for a scan, both ways: image and packages -> graph, graph -> image and packages.
 *
 *   struct image_info + struct image_facts ──sbom_from_facts──> struct sbom ──(any format, and back)──> sbom_to_facts ──> the same again
 *
 * sbom_to_facts also reads the graphs of others: Trivy's (groups, aquasecurity:trivy:* properties), Syft's (syft:* properties), and any whose
 * components have package URLs. Per package it takes, in this order: our properties, Trivy's, Syft's, the purl, the component's own fields.
 * A component that is neither subject, group, operating system nor file, and whose purl is of a type without advisories (or missing), is a package of
 * kind PKG_NONE: it is listed and counted as not judged, never dropped. A purl that can't be read is a DIAG_UNREADABLE.
 * Errors: ERR_NOMEM, ERR_LIMIT (more than SBOM_COMPONENTS_MAX). Strings are borrowed from the input or on the arena. Linear but for sorting. */
#ifndef FORMAT_SBOM_FACTS_H
#define FORMAT_SBOM_FACTS_H
#include "model/image.h"
#include "model/sbom.h"

/* Content that could not be read when the bill was made: scanning the bill must say so too. */
struct sbom_gap {
	struct str path, diff_id, text;
	uint32_t line;
};
VEC_DECLARE(sbom_gap_vec, struct sbom_gap);

/* The packages of one operating system of a (merged) bill: facts.packages[first .. first + count). */
struct sbom_part {
	struct distro distro;
	size_t first, count;
};
VEC_DECLARE(sbom_part_vec, struct sbom_part);

struct sbom_facts {
	struct image_info image;    /* of the first subject; artifact_name names them all */
	struct image_facts facts;   /* packages in package_compare's order within each part; distro: the first part's; relations filled */
	struct sbom_part_vec parts; /* never empty; together they are all packages */
	struct sbom_gap_vec gaps;
	bool is_rootfs;             /* the subject is no container image */
};

/* from: parts are not looked at, facts.relations may be NULL. Component i + *ret_first_package is facts.packages.v[i] (may be NULL). */
int sbom_from_facts(struct arena *a, const struct sbom_facts *from, struct sbom *ret, size_t *ret_first_package, struct error *err);
int sbom_to_facts(struct arena *a, const struct sbom *s, struct sbom_facts *ret, struct error *err);
#endif
