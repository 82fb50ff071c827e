/* conan.lock of Conan 1 (a graph of numbered nodes) and 2 (lists of references) (docs.conan.io, "Lockfiles"). An analyzer's `parse`
 * (source/layer/analyzer.h). A reference is name/version@user/channel#revision:package#revision%timestamp; name and version are taken. What is
 * needed to build only (build_requires, context "build") is `dev`. Linear time. */
#ifndef FORMAT_CONAN_H
#define FORMAT_CONAN_H
#include "base/diag.h"
#include "base/input.h"
#include "model/package.h"

int conan_parse_lock(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err);
#endif
