/* What Bitnami's images say of the programs below /opt/bitnami: a bill of materials beside each, opt/bitnami/redis/.spdx-redis.spdx (SPDX 2.3, JSON)
 * -> packages. The program itself has a package URL "pkg:bitnami/redis@7.2.4-1?arch=amd64&distro=debian-12": kind PKG_BITNAMI, whose version ends in
 * Bitnami's revision of the packaging. What else the bill names by a package URL of a language is listed as that.
 *
 * The uniform parser shape of source/layer/analyzer.h; any form of a bill that format/sbom knows is read. Limits: those of model/sbom.h, and the file's 32 MiB. */
#ifndef FORMAT_BITNAMI_H
#define FORMAT_BITNAMI_H
#include "base/diag.h"
#include "base/input.h"
#include "model/package.h"

bool bitnami_wants(struct str path, uint32_t mode, uint64_t size);
int bitnami_parse(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err);
#endif
