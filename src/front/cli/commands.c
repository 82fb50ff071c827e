#include "front/cli/commands.h"

const struct command *const commands[] = {
	&command_image,   &command_rootfs, &command_fs,  &command_sbom,      &command_sbom_scan, &command_sbom_convert, &command_sbom_merge,
	&command_db_update, &command_db_import,  &command_db_build, &command_db_info,
	&command_db_show, &command_vex_add, &command_vex_show, &command_clean,   &command_help,      &command_version,    &command_completion,
};
const size_t command_count = ARRAY_LEN(commands);

static const char *const color_choices[] = { [COLOR_AUTO] = "auto", [COLOR_ALWAYS] = "always", [COLOR_NEVER] = "never", NULL };
#define AT(member, type) OPTION_AT(struct global_options, member, type)
static const struct option global_options[] = {
	{ .name = "config", .short_name = 'c', .type = OPTION_TEXT, .offset = AT(config, struct str), .arg = "FILE", .shown_default = "bulkhead.yaml, if there is one",
	  .flags = OPTION_NO_FILE | OPTION_FILE_ARG, .summary = "configuration file" },
	{ .name = "quiet", .short_name = 'q', .type = OPTION_BOOL, .offset = AT(quiet, bool), .summary = "no progress and no remarks on standard error" },
	{ .name = "debug", .short_name = 'd', .type = OPTION_BOOL, .offset = AT(debug, bool), .summary = "tell on standard error what is done" },
	{ .name = "color", .type = OPTION_CHOICE, .offset = AT(color, int), .arg = "WHEN", .default_text = "auto", .choices = color_choices, .summary = "colours" },
	{ .name = "help", .short_name = 'h', .type = OPTION_BOOL, .offset = AT(help, bool), .flags = OPTION_NO_FILE | OPTION_NO_ENV, .summary = "this text" },
};
const struct option_group global_option_group = { "Options of every command", global_options, ARRAY_LEN(global_options), 0 };

const struct option_group *command_group(const struct command *command, size_t i)
{
	return i < command->group_count ? &command->groups[i] : i == command->group_count ? &global_option_group : NULL;
}
