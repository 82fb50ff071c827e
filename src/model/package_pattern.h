/* A purl as a pattern: which packages it means. A rule's or a VEX statement's purl without a version means every version, without "arch" every
 * architecture; a namespace of an operating-system package means that distribution alone, "distro=debian-11" that release. "arch=source" (rpm: "src",
 * too) means the source package, so every binary package made from it. A purl with a subpath means less than a package, and is none.
 * Specification: Package URL (ECMA-427); OpenVEX 0.2.0, "Product"; Debian's VEX for "arch=source". Pure functions; strings on the arena. */
#ifndef MODEL_PACKAGE_PATTERN_H
#define MODEL_PACKAGE_PATTERN_H
#include "base/error.h"
#include "model/distro.h"
#include "model/package.h"

struct package_pattern {
	struct package package; /* type by kind, name, version "" = any, arch "" = any */
	struct distro distro;
	bool has_namespace;     /* of an OS package: then the distribution counts too */
};
VEC_DECLARE(package_pattern_vec, struct package_pattern);

/* ERR_FORMAT, ERR_UNSUPPORTED (a type that we have no packages of, a subpath), ERR_NOMEM. */
int package_pattern_parse(struct arena *a, struct str purl, struct package_pattern *ret, struct error *err);
/* distro: of the image, may be NULL. */
bool package_pattern_fits(const struct package_pattern *want, const struct package *p, const struct distro *distro);
#endif
