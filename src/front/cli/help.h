/* What people read about commands, all made from the command table: --help, the man page, shell completion,
 * docs/cli.md. Text goes to a buffer (…_write) or to standard
 * output (…_print; the exit code is returned). */
#ifndef FRONT_HELP_H
#define FRONT_HELP_H
#include "front/cli/cli.h"

/* group: "" for all commands, "db" for one group. as_error: it was no question: standard error, EXIT_CODE_USAGE. */
int help_print_overview(struct cli *c, struct str group, bool as_error);
int help_print_command(struct cli *c, const struct command *command);
/* width 0: 100 columns. */
void help_write_command(struct arena *a, const struct command *command, unsigned width, struct buf *out);
/* bulkhead.1 in man(7) macros. */
void man_write(struct buf *out);
/* The reference part of docs/cli.md. */
void markdown_write(struct buf *out);
/* "bash", "zsh", "fish"; ERR_USAGE for other shells. */
int completion_write(struct str shell, struct buf *out, struct error *err);
#endif
