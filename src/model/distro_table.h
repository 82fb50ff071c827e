/* The table of distributions as the build makes it from data/distros.tsv (its comments say what each column means and where the
 * dates come from). Read-only; only model/distro.c reads it, through distro.h. Days count from 1970-01-01; 0: not announced or none. */
#ifndef MODEL_DISTRO_TABLE_H
#define MODEL_DISTRO_TABLE_H
#include "base/base.h"

struct distro_release {
	const char *version, *codename; /* codename NULL: none */
	int32_t eol_day, extended_day, paid_day;
};
struct distro_family {
	const char *id, *trivy, *purl_namespace;
	const char *qualifier, *ecosystem; /* patterns; ecosystem NULL: no advisories */
	uint8_t parts;                     /* of a version that name a release */
	bool rolling;
	const struct distro_release *releases; /* by version */
	size_t release_count;
};
struct distro_alias {
	const char *id, *family;
};
extern const struct distro_family distro_families[];
extern const size_t distro_family_count;
extern const struct distro_alias distro_aliases[];
extern const size_t distro_alias_count;
#endif
