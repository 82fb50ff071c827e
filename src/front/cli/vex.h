/* VEX documents on the command line: `bulkhead vex`, and --vex of every scan. */
#ifndef FRONT_VEX_H
#define FRONT_VEX_H
#include "front/cli/cli.h"
#include "model/vex.h"

/* Reads a document of any of the formats; tells the statements that could not be understood. Errors name the file. */
int cli_read_vex(struct cli *c, struct str path, struct vex_document *ret, struct error *err);
#endif
