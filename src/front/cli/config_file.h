/* The configuration file, bulkhead.yaml: keys are option names; a mapping under a command's name holds options for that command alone and goes before
 * the same key outside it.
 *
 *   severity: [HIGH, CRITICAL]     every command that has the option
 *   quiet: true
 *   image:
 *     ignore-unfixed: true         bulkhead image
 *   db:
 *     update:
 *       offline: true              bulkhead db update
 *
 * A key that no command knows, a section of no command, a key given twice, a value of the wrong kind: ERR_USAGE with file:line and the nearest right
 * spelling; a document that is no YAML: ERR_FORMAT. */
#ifndef FRONT_CONFIG_FILE_H
#define FRONT_CONFIG_FILE_H
#include "front/cli/cli.h"

#define CONFIG_FILE_NAME "bulkhead.yaml"
/* Stores what the text says for `command` (ORIGIN_FILE). name: of the file, for messages. */
int config_store(struct option_set *set, const struct command *command, struct str name, struct str text, struct error *err);
#endif
