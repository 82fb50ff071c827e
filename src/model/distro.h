/* The distribution an image is made from, and what is known about each family: release names, end of life, advisory ecosystem. */
#ifndef MODEL_DISTRO_H
#define MODEL_DISTRO_H
#include "base/vec.h"

struct distro {
	struct str id;        /* os-release ID, normalised: "debian", "alpine", "rhel", "almalinux", "amzn", "sles", "opensuse-leap", "mariner", … */
	struct str version;   /* most exact known: Debian "11.6" (etc/debian_version), Alpine "3.10.4", else VERSION_ID; "" = rolling/unknown */
	struct str version_id;/* os-release VERSION_ID as written */
	struct str codename;  /* "bullseye" */
	struct str name;      /* PRETTY_NAME or NAME */
	struct str id_like;
	bool known;           /* false: no os-release and nothing else that tells */
};

/* Trivy's family word for reports ("debian", "redhat", "alma", "rocky", "amazon", "suse linux enterprise server", "cbl-mariner", …). */
struct str distro_trivy_family(const struct distro *d);
/* purl namespace and the "distro" qualifier ("debian-11.6"). */
struct str distro_purl_namespace(const struct distro *d);
struct str distro_purl_qualifier(struct arena *a, const struct distro *d);
/* Advisory ecosystem in OSV's spelling: "Debian:11", "Alpine:v3.10", "AlmaLinux:8", "Ubuntu:22.04", "Rocky Linux:9", "Wolfi", "SUSE:…",
 * "Red Hat:8", "Oracle Linux:8", "Amazon Linux:2", "Azure Linux:2", "Photon OS:4.0", … Empty: the family is unknown to advisory sources. */
struct str distro_ecosystem(struct arena *a, const struct distro *d);

enum distro_support { DISTRO_SUPPORT_UNKNOWN, DISTRO_SUPPORTED, DISTRO_EXTENDED, DISTRO_END_OF_LIFE };
/* Support at a date (days since 1970-01-01, UTC); *ret_eol_day (may be NULL) gets the day standard support ended or ends, 0 = unknown.
 * From data/distros.tsv, compiled in. */
enum distro_support distro_support_at(const struct distro *d, int64_t day, int64_t *ret_eol_day);
#endif
