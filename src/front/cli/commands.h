/* The commands' table entries; each file of this folder that has commands defines its own (image.c, db.c, misc.c). */
#ifndef FRONT_COMMANDS_H
#define FRONT_COMMANDS_H
#include "front/cli/cli.h"

extern const struct command command_image, command_rootfs, command_fs;
extern const struct command command_db_update, command_db_import, command_db_build, command_db_info, command_db_show;
extern const struct command command_vex_add, command_vex_show;
extern const struct command command_sbom, command_sbom_scan, command_sbom_convert, command_sbom_merge;
extern const struct command command_clean, command_help, command_version, command_completion;
#endif
