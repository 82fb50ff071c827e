/* The distribution an image is made from, and what is known about each family: names in reports and package URLs, advisory ecosystem,
 * releases and how long they are maintained. The facts are data/distros.tsv, compiled in (distro_table.h); this file reads it.
 *
 *   etc/os-release ──> struct distro (id "debian", version "11") ── merged with etc/debian_version ("11.6") ──> "Debian:11", "debian-11.6"
 *
 * Strings are borrowed from whoever filled the struct, or live on the arena given, or are static. Pure functions, no failure but memory. */
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

/* Our spelling of an os-release ID: lower case, other names of the same distribution replaced ("sl-micro" -> "sle-micro",
 * "rhel-atomic" -> "rhel"). Static or borrowed from id when nothing had to change; on the arena (p NULL: no memory) otherwise. */
struct str distro_normalize_id(struct arena *a, struct str id);
/* Adds what `from`, a file of lower priority, tells: fills empty fields, and takes a version that is the same but more exact ("11" -> "11.6").
 * A file that names another distribution adds nothing (Ubuntu has a debian_version, Oracle Linux a redhat-release). */
void distro_merge(struct distro *into, const struct distro *from);

/* Trivy's family word for reports ("debian", "redhat", "alma", "rocky", "amazon", "suse linux enterprise server", "cbl-mariner", …). */
struct str distro_trivy_family(const struct distro *d);
/* The other way round: our ID of that word ("redhat" -> "rhel"); empty when no family is called so. */
struct str distro_from_trivy_family(struct str word);
/* purl namespace and the "distro" qualifier ("debian-11.6"). */
struct str distro_purl_namespace(const struct distro *d);
struct str distro_purl_qualifier(struct arena *a, const struct distro *d);
/* Advisory ecosystem in OSV's spelling: "Debian:11", "Alpine:v3.10", "AlmaLinux:8", "Ubuntu:22.04", "Rocky Linux:9", "Wolfi", "SUSE:…",
 * "Red Hat:8", "Oracle Linux:8", "Amazon Linux:2", "Azure Linux:2", "Photon OS:4.0", … Empty: the family is unknown to advisory sources. */
struct str distro_ecosystem(struct arena *a, const struct distro *d);
/* The name under which advisories that a feed files under `osv` are kept, so that what is looked up is what was stored: several of OSV's
 * products are one release here. "Ubuntu:22.04:LTS" and "Ubuntu:Pro:22.04:LTS" -> "Ubuntu:22.04", "Red Hat:enterprise_linux:8::appstream" ->
 * "Red Hat:8", "SUSE:Linux Enterprise Module for Basesystem 15 SP3" and "SUSE:Linux Enterprise Server 15 SP3-LTSS" ->
 * "SUSE:Linux Enterprise Server 15 SP3", "Alpine:v3.10" and every language ecosystem as they are. Products with versions of their own
 * (RHEL EUS, Ubuntu FIPS) stay apart. On the arena or borrowed from osv; p NULL: no memory. Importers call it once a record. */
struct str distro_ecosystem_fold(struct arena *a, struct str osv);
/* "bullseye" -> "11" for Debian and Ubuntu; empty when unknown. Static. */
struct str distro_release_of_codename(struct str id, struct str codename);

enum distro_support {
	DISTRO_SUPPORT_UNKNOWN,
	DISTRO_SUPPORTED,
	DISTRO_EXTENDED,    /* standard support is over, long-term support is open to everybody (Debian LTS) */
	DISTRO_PAID_ONLY,   /* over but for customers with a contract (Ubuntu Pro, RHEL ELS, SUSE LTSS): end of life for all others, as in Trivy */
	DISTRO_END_OF_LIFE, /* so `>= DISTRO_PAID_ONLY` is "end of life" */
};
/* Support at a date (days since 1970-01-01, UTC); *ret_eol_day (may be NULL) gets the day standard support ended or ends, 0 = unknown
 * or not announced. */
enum distro_support distro_support_at(const struct distro *d, int64_t day, int64_t *ret_eol_day);
#endif
