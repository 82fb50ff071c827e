#include "feature/advisories/advisories.h"
#include "front/cli/commands.h"
#include "front/cli/db.h"
#include "front/cli/progress.h"

#define AT(member, type) OPTION_AT(struct db_command, member, type)
static const struct option update_options[] = {
	{ .name = "source", .type = OPTION_LIST, .offset = AT(sources, struct str_vec), .arg = "LIST", .shown_default = "the public ones; db info names those that were used",
	  .summary = "NAME=URL takes a source from another address, NAME=- leaves it out" },
	{ .name = "mirror", .type = OPTION_TEXT, .offset = AT(mirror, struct str), .arg = "URL", .summary = "every source's http(s) address becomes URL/HOST/PATH" },
	{ .name = "database", .type = OPTION_TEXT, .offset = AT(database, struct str), .arg = "URL",
	  .summary = "take this ready-made database (an address, a file of db build, oci://REGISTRY/REPOSITORY:TAG) in place of all sources" },
	{ .name = "force", .type = OPTION_BOOL, .offset = AT(force, bool), .summary = "fetch and import also what has not changed" },
	{ .name = "offline", .type = OPTION_BOOL, .offset = AT(offline, bool), .summary = "import only what was fetched before" },
	{ .name = "username", .type = OPTION_TEXT, .offset = AT(username, struct str), .arg = "NAME", .summary = "registry user, for oci://" },
	{ .name = "password", .type = OPTION_TEXT, .offset = AT(password, struct str), .arg = "TEXT", .flags = OPTION_SECRET,
	  .summary = "registry password; BULKHEAD_PASSWORD keeps it out of the process list" },
	{ .name = "registry-token", .type = OPTION_TEXT, .offset = AT(registry_token, struct str), .arg = "TEXT", .flags = OPTION_SECRET, .summary = "registry bearer token" },
	{ .name = "insecure", .type = OPTION_BOOL, .offset = AT(insecure, bool), .summary = "accept plain HTTP and unchecked certificates" },
	{ .name = "ca-file", .alias = "cacert", .type = OPTION_TEXT, .offset = AT(ca_file, struct str), .arg = "FILE", .flags = OPTION_FILE_ARG,
	  .summary = "certificates (PEM) of a private authority" },
};
static const struct option_group update_groups[] = {
	{ "Sources", update_options, ARRAY_LEN(update_options), 0 },
	{ "Import", db_import_options, DB_IMPORT_OPTION_COUNT, 0 },
	{ "Database", db_place_options, DB_PLACE_OPTION_COUNT, 0 },
};

/* "db.source.NAME.url" from --source NAME=URL. */
static struct str source_setting(void *ctx, struct str key)
{
	const struct db_command *o = ctx;
	const struct str *s;
	if (!str_strip_prefix(&key, STR("db.source.")) || !str_strip_suffix(&key, STR(".url")))
		return STR("");
	vec_foreach(s, &o->sources) {
		struct str name, url;
		if (str_cut(*s, '=', &name, &url) && str_eq(name, key))
			return url;
	}
	return STR("");
}

/* A name that no source has would be passed over. */
static int check_sources(const struct db_command *o, const struct advisories_source_vec *known, struct error *err)
{
	const struct str *s;
	vec_foreach(s, &o->sources) {
		struct str name, url;
		bool found = false;
		if (!str_cut(*s, '=', &name, &url) || !url.n)
			return error_set(err, ERR_USAGE, "--source: \"%.*s\" is not NAME=URL or NAME=-", STR_FMT(*s));
		for (size_t i = 0; i < known->n; i++)
			found |= str_eq(known->v[i].name, name);
		if (!found)
			return error_set(err, ERR_USAGE, "--source: there is no source \"%.*s\"", STR_FMT(name));
	}
	return 0;
}

static int run_update(struct cli *c, const struct option_set *set, const struct str *args, size_t n)
{
	struct db_command *o = set->values;
	struct error err = { 0 };
	struct progress progress;
	struct advisories_summary summary = { 0 };
	struct advisories_update_options opt = { .base = { .fresh = o->fresh, .progress = progress_update, .progress_ctx = &progress }, .database = o->database,
						 .mirror = o->mirror, .force = o->force, .offline = o->offline, .username = o->username, .password = o->password,
						 .registry_token = o->registry_token, .ca_file = o->ca_file, .insecure = o->insecure };
	struct str db, cache_dir = cli_cache_dir(c, o->cache_dir);
	opt.state_dir = cache_dir.p ? arena_printf(c->arena, "%.*s/feeds", STR_FMT(cache_dir)) : STR_NONE;
	int r = opt.state_dir.p ? db_own(c, o, &db, &err) : error_nomem(&err);
	if (r == 0)
		r = cli_make_dirs(c->arena, opt.state_dir, &err);
	if (r == 0)
		r = advisories_default_sources(c->arena, source_setting, o, &opt.sources, &err);
	if (r == 0)
		r = check_sources(o, &opt.sources, &err);
	if (r < 0)
		return cli_fail(c, &err);
	progress_init(&progress, c, o->progress);
	r = advisories_update(c->arena, db, &opt, &summary, &err);
	progress_end(&progress);
	return r < 0 ? cli_fail(c, &err) : db_finish_import(c, o, db, &summary);
}

static const struct command_example update_examples[] = {
	{ "bulkhead db update", "fetch what is new from the public sources" },
	{ "bulkhead db update --mirror https://mirror.example/feeds", "through a company's mirror" },
	{ "bulkhead db update --database oci://registry.example/security/bulkhead-db:1", "a database that somebody else built" },
};
const struct command command_db_update = {
	.name = "db update", .args = "", .summary = "Fetch advisories from the configured sources and import them",
	.description = "Only what is new is fetched; a download that broke off goes on where it stopped. A source that fails does not keep the others from being "
		       "imported, and no failure breaks the database that is there.",
	.groups = update_groups, .group_count = ARRAY_LEN(update_groups), .examples = update_examples, .example_count = ARRAY_LEN(update_examples),
	.values_size = sizeof(struct db_command), .run = run_update,
};
