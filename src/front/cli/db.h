/* What the commands of `bulkhead db` share: their options' values, which database they mean, and how they print. Each command stores into one struct db_command;
 * options it does not offer keep their zero. */
#ifndef FRONT_DB_H
#define FRONT_DB_H
#include "front/cli/cli.h"
#include "front/report/report.h"

struct db_command {
	struct global_options global;
	struct str db, cache_dir;
	/* import, update */
	bool fresh, progress, strict;
	/* update */
	struct str_vec sources;
	struct str database, mirror, username, password, registry_token, ca_file;
	bool force, offline, insecure;
	/* info, show */
	int format; /* enum db_format */
};
enum db_format { DB_TABLE, DB_JSON };
#define DB_PLACE_OPTION_COUNT 2
#define DB_IMPORT_OPTION_COUNT 3
extern const struct option db_place_options[DB_PLACE_OPTION_COUNT];   /* --db, --cache-dir */
extern const struct option db_import_options[DB_IMPORT_OPTION_COUNT]; /* of import and update */

struct advisories_summary;
/* Tells what an import or update did; an exit code. */
int db_finish_import(struct cli *c, const struct db_command *o, struct str db, const struct advisories_summary *s);

/* The database to write: named, else the user's own in the cache directory, which is made when missing. */
int db_own(struct cli *c, const struct db_command *o, struct str *ret, struct error *err);
/* The database to read: as a scan would choose it; empty: there is none, the starter database answers. */
int db_readable(struct cli *c, const struct db_command *o, struct str *ret, struct error *err);
/* "23.1 MiB" */
const char *db_size_text(uint64_t bytes, char dst[32]);
struct report_style db_style(const struct cli *c);
/* Prints and releases; an exit code. */
int db_print(struct cli *c, struct buf *out);
#define DB_OUTPUT_MAX (256u << 20)
#endif
