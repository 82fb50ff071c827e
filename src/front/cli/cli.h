/* The command line as a whole: what every command gets (streams, terminal, environment), the table entry each command is, and how a run ends.
 *
 *   cli_main: words -> command (commands.c) -> options (option.h: flags > environment > bulkhead.yaml > defaults) -> command.run -> exit code
 *
 * Only front prints. Results go to standard output, everything for people to standard error, filtered (report/text.h), each line opened by "bulkhead: ".
 * Nothing here is global: a struct cli is made by cli_main from descriptors and an environment, so tests run commands in their own process. */
#ifndef FRONT_CLI_H
#define FRONT_CLI_H
#include "base/buf.h"
#include "front/cli/exit_codes.h"
#include "front/cli/option.h"

struct global_options {
	struct str config;
	bool quiet, debug, help;
	int color; /* enum cli_color */
};
enum cli_color { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

struct cli {
	struct arena *arena;
	int out_fd, err_fd;
	char *const *env;
	bool quiet, debug;
	bool out_tty, err_tty;
	bool color;     /* on standard output */
	bool err_color;
	bool unicode;   /* the locale's characters are UTF-8 */
	unsigned width; /* of the terminal on standard output, 0: none */
	unsigned err_width;
};

struct command_example {
	const char *line, *text;
};
struct command {
	const char *name;        /* "image", "db update" */
	const char *args;        /* "REF", "" */
	const char *summary;     /* one line without a full stop */
	const char *description; /* paragraphs separated by "\n\n"; NULL: none */
	const struct option_group *groups; /* its own; the global one is added to every command */
	size_t group_count;
	const struct command_example *examples;
	size_t example_count;
	size_t values_size;      /* of the struct that options are stored in; it begins with struct global_options */
	size_t min_args, max_args;
	unsigned arg_flags;      /* OPTION_FILE_ARG, OPTION_DIR_ARG: what completion offers for arguments */
	/* Returns an enum exit_code (or the code of --exit-code). */
	int (*run)(struct cli *c, const struct option_set *set, const struct str *args, size_t n);
};
/* Every command, in the order help shows them. */
extern const struct command *const commands[];
extern const size_t command_count;
extern const struct option_group global_option_group;
/* Group i of a command, the global one last, then NULL. */
const struct option_group *command_group(const struct command *command, size_t i);

/* argv with argc words, env NULL-terminated. Returns the exit code. */
int cli_main(int argc, char *const *argv, char *const *env, int out_fd, int err_fd);

/* Value of an environment variable or empty. */
struct str cli_env(const struct cli *c, const char *name);
/* Writes all or says why not (a closed pipe too). */
int cli_write(int fd, struct str s, struct error *err);
/* Result text to standard output; an exit code. */
int cli_print(struct cli *c, struct str s);
/* Lines for people on standard error: cli_error always, cli_note unless --quiet. */
void cli_error(struct cli *c, const char *fmt, ...) ATTR_PRINTF(2, 3);
void cli_note(struct cli *c, const char *fmt, ...) ATTR_PRINTF(2, 3);
/* Prints err and gives the exit code that belongs to it. */
int cli_fail(struct cli *c, const struct error *err);
/* A wrong call: message, how to get help, EXIT_CODE_USAGE. */
int cli_usage(struct cli *c, const struct command *command, const char *fmt, ...) ATTR_PRINTF(3, 4);

/* Whole file, at most max_bytes ("-": standard input). */
int cli_read_file(struct arena *a, struct str path, size_t max_bytes, struct str *ret, struct error *err);
/* Writes a result file: a regular file appears complete or not at all (written beside and renamed). */
int cli_write_file(struct str path, struct str content, struct error *err);

/* Makes a directory and those above it (mode 0700 for what is new, it may hold what images contain). */
int cli_make_dirs(struct arena *a, struct str path, struct error *err);

/* $BULKHEAD_CACHE_DIR, $XDG_CACHE_HOME/bulkhead, ~/.cache/bulkhead; p NULL when out of memory. */
struct str cli_cache_dir(struct cli *c, struct str from_option);
/* The advisory database when --db names none: in the cache directory, else /var/lib/bulkhead when there is one. */
struct str cli_default_db(struct cli *c, struct str cache_dir);
#define CLI_DB_NAME "advisories.db"
#define CLI_SYSTEM_DB "/var/lib/bulkhead/" CLI_DB_NAME
#endif
