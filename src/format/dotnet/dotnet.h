/* .NET packages: what an application was published with (*.deps.json; github.com/dotnet/cli, "runtime-configuration-file"), packages.lock.json
 * and packages.config (learn.microsoft.com, NuGet). Each function is an analyzer's `parse` (source/layer/analyzer.h): packages are appended,
 * strings are copies on the arena. Linear time. */
#ifndef FORMAT_DOTNET_H
#define FORMAT_DOTNET_H
#include "base/diag.h"
#include "base/input.h"
#include "model/package.h"

/* Of "libraries": packages that bring something to run (runtime, runtimeTargets or native files), as Trivy; the project itself is the root. */
bool dotnet_wants_deps(struct str path, uint32_t mode, uint64_t size);
int dotnet_parse_deps(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err);
int dotnet_parse_lock(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err);
int dotnet_parse_config(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err);
/* *packages.props, any case. Properties of the same file are followed; other variables leave a package without version. */
bool dotnet_wants_props(struct str path, uint32_t mode, uint64_t size);
int dotnet_parse_props(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err);
#endif
