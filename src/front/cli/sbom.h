/* Bills of materials as something to scan, for the commands that take images too. */
#ifndef FRONT_SBOM_H
#define FRONT_SBOM_H
#include "front/cli/image_command.h"

/* A regular file whose first bytes look like a bill of materials. */
bool sbom_is_bill(struct cli *c, struct str path);
/* Reads the bill for image_scan_options.bill; on c's arena. */
int sbom_load(struct cli *c, struct str path, const struct sbom_facts **ret, struct error *err);
/* Judges what the bill lists and reports; an exit code. */
int sbom_scan(struct cli *c, const struct option_set *set, struct image_command *o, struct str path);
#endif
