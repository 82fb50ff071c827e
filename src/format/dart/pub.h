/* pubspec.lock of Dart's pub (dart.dev/tools/pub, "pubspec.lock"), YAML:  packages: { http: { dependency: "direct main", description: { sha256: … },
 * source: hosted, version: "1.1.0" } }. An analyzer's `parse` (source/layer/analyzer.h). "direct dev" is not `dev`: what such a package needs
 * is "transitive" like everything else, and it may be needed by the project's own dependencies too. Linear time. */
#ifndef FORMAT_PUB_H
#define FORMAT_PUB_H
#include "base/diag.h"
#include "base/input.h"
#include "model/package.h"

int pub_parse_lock(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err);
#endif
