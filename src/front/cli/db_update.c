#include "feature/advisories/advisories.h"
#include "front/cli/commands.h"
#include "front/cli/db.h"
#include "front/cli/progress.h"
#include "front/cli/suggest.h"

#define AT(member, type) OPTION_AT(struct db_command, member, type)
static const struct option update_options[] = {
	{ .name = "source", .type = OPTION_LIST, .offset = AT(sources, struct str_vec), .arg = "LIST", .shown_default = "the public ones; db info names those that were used",
	  .summary = "NAME=URL takes a source from another address or adds one, NAME=- leaves it out, NAME.values=LIST chooses what of it is fetched (osv.values=PyPI,npm)" },
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

/* --source as pairs: "osv=-", "osv.values=PyPI", and "npm" behind it, which a comma cut off. */
struct setting {
	struct str name;  /* "osv" */
	struct str value; /* all of one name and part: addresses joined by spaces, values by commas */
	bool values;      /* of "osv.values", else of "osv" */
};
struct settings {
	struct arena *arena;
	struct setting v[64];
	size_t n;
	struct str added; /* names that no built-in source has, joined by commas */
};

static int add_setting(struct settings *s, struct str name, struct str value, bool values, struct error *err)
{
	for (size_t i = 0; i < s->n; i++) {
		if (!str_eq(s->v[i].name, name) || s->v[i].values != values)
			continue;
		s->v[i].value = arena_printf(s->arena, values ? "%.*s,%.*s" : "%.*s %.*s", STR_FMT(s->v[i].value), STR_FMT(value));
		return s->v[i].value.p ? 0 : error_nomem(err);
	}
	if (s->n == ARRAY_LEN(s->v))
		return error_set(err, ERR_USAGE, "--source: more than %zu", ARRAY_LEN(s->v));
	s->v[s->n++] = (struct setting){ name, value, values };
	return 0;
}

static int read_settings(struct arena *a, const struct str_vec *given, struct settings *ret, struct error *err)
{
	const struct str *item;
	struct setting last = { 0 };
	*ret = (struct settings){ .arena = a, .added = STR("") };
	vec_foreach(item, given) {
		struct str name, value;
		bool pair = str_cut(*item, '=', &name, &value);
		if (pair) {
			last.values = str_strip_suffix(&name, STR(".values"));
			last.name = name;
		} else if (last.values) {
			value = *item;
		}
		if (!last.name.n || !value.n || (!pair && !last.values))
			return error_set(err, ERR_USAGE, "--source: \"%.*s\" is none of NAME=URL, NAME=- and NAME.values=LIST", STR_FMT(*item));
		int r = add_setting(ret, last.name, value, last.values, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* "db.source.NAME.url", "db.source.NAME.values", "db.sources" (see data/defaults.conf). */
static struct str get_setting(void *ctx, struct str key)
{
	const struct settings *s = ctx;
	if (str_eq(key, STR("db.sources")))
		return s->added;
	if (!str_strip_prefix(&key, STR("db.source.")))
		return STR("");
	bool values = str_strip_suffix(&key, STR(".values"));
	if (!values && !str_strip_suffix(&key, STR(".url")))
		return STR("");
	for (size_t i = 0; i < s->n; i++)
		if (str_eq(s->v[i].name, key) && s->v[i].values == values)
			return s->v[i].value;
	return STR("");
}

/* Sources of the user's own; a name that is only left out or given values must be there. */
static int add_own_sources(struct settings *s, const struct advisories_source_vec *known, struct error *err)
{
	for (size_t i = 0; i < s->n; i++) {
		struct suggestion near = { .word = s->v[i].name };
		bool found = false;
		for (size_t k = 0; k < known->n; k++) {
			char *name = arena_cstr(s->arena, known->v[k].name);
			if (!name)
				return error_nomem(err);
			found |= str_eq(known->v[k].name, s->v[i].name);
			suggest_offer(&near, name);
		}
		bool has_url = get_setting(s, arena_printf(s->arena, "db.source.%.*s.url", STR_FMT(s->v[i].name))).n > 1;
		if (!found && (!has_url || near.best))
			return error_set(err, ERR_USAGE, "--source: there is no source \"%.*s\"%s%s%s", STR_FMT(s->v[i].name), near.best ? "; did you mean " : "",
					 near.best ? near.best : "", near.best ? "?" : "");
		if (found || s->v[i].values)
			continue;
		s->added = arena_printf(s->arena, "%.*s%s%.*s", STR_FMT(s->added), s->added.n ? "," : "", STR_FMT(s->v[i].name));
		if (!s->added.p)
			return error_nomem(err);
	}
	return 0;
}

static int choose_sources(struct cli *c, const struct db_command *o, struct advisories_source_vec *ret, struct error *err)
{
	struct settings settings;
	struct advisories_source_vec known = { 0 };
	int r = read_settings(c->arena, &o->sources, &settings, err);
	if (r == 0)
		r = advisories_default_sources(c->arena, NULL, NULL, &known, err);
	if (r == 0)
		r = add_own_sources(&settings, &known, err);
	return r < 0 ? r : advisories_default_sources(c->arena, get_setting, &settings, ret, err);
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
		r = choose_sources(c, o, &opt.sources, &err);
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
