/* Manifest.toml of Julia's Pkg (pkgdocs.julialang.org, "Project.toml and Manifest.toml"), formats 1 and 2:
 *
 *   julia_version = "1.9.0"          manifest_format = "2.0"        (format 1 has neither and no "deps." before the names)
 *   [[deps.JSON]]   uuid = "682c…"   version = "0.21.4"             deps = ["Dates"]  or  [deps.JSON.deps] Dates = "ade2…"
 *
 * An analyzer's `parse` (source/layer/analyzer.h). Packages are told apart by uuid. The standard library has no version of its own: Julia's, where
 * the file names it. Project.toml beside it (struct input's `open`), when at hand, tells what is direct ([deps]) and, of the rest, what
 * is there for tests only (reached from [extras] or not at all: `dev`). Linear time. */
#ifndef FORMAT_JULIA_H
#define FORMAT_JULIA_H
#include "base/diag.h"
#include "base/input.h"
#include "model/package.h"

int julia_parse_manifest(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err);
#endif
