/* Node packages: what is installed (package.json) and what a project asks for (package-lock.json and npm-shrinkwrap.json of lockfile versions 1
 * to 3, yarn.lock of Yarn 1 and Berry, pnpm-lock.yaml 5 to 9, bun.lock). Formats: docs.npmjs.com "package.json" and "package-lock.json", yarnpkg.com, pnpm's
 * lockfile specification. Every function is an analyzer's `parse` (source/layer/analyzer.h): packages are appended, strings are copies on the
 * arena. Names are those of the registry: aliases ("a": "npm:b@1") give b. What comes from a folder of the project (workspaces, links)
 * is listed where it has a version. */
#ifndef FORMAT_NODE_H
#define FORMAT_NODE_H
#include "base/diag.h"
#include "base/input.h"
#include "model/package.h"

/* Any package.json; nothing is appended unless it has a name and a version. */
int node_parse_package_json(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err);
/* Lock files, but not those inside node_modules (or, for Yarn, .yarn): they belong to the development of an installed package. */
bool node_wants_lock(struct str path, uint32_t mode, uint64_t size);
int node_parse_npm_lock(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err);
int node_parse_yarn_lock(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err);
int node_parse_pnpm_lock(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err);
int node_parse_bun_lock(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err);
#endif
