/* Packages of Apple's platforms: Package.resolved of Swift Package Manager (versions 1 to 3, JSON) and Podfile.lock of CocoaPods (YAML;
 * guides.cocoapods.org). Each function is an analyzer's `parse` (source/layer/analyzer.h).
 *
 * A Swift package is called as its repository, without scheme and ".git" ("github.com/apple/swift-nio"), which is how advisories call it; a pin to a
 * branch has the branch for a version. A pod keeps its subspec ("AppCenter/Core"). Linear time. */
#ifndef FORMAT_SWIFT_H
#define FORMAT_SWIFT_H
#include "base/diag.h"
#include "base/input.h"
#include "model/package.h"

int swift_parse_resolved(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err);
int cocoapods_parse_lock(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err);
#endif
