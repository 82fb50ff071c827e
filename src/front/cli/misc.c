#include "front/cli/commands.h"
#include "front/cli/help.h"

struct help_command {
	struct global_options global;
	bool man, markdown;
};
static const struct option help_options[] = {
	{ .name = "man", .type = OPTION_BOOL, .offset = OPTION_AT(struct help_command, man, bool), .flags = OPTION_HIDDEN | OPTION_NO_FILE | OPTION_NO_ENV,
	  .summary = "the manual page, as troff source" },
	{ .name = "markdown", .type = OPTION_BOOL, .offset = OPTION_AT(struct help_command, markdown, bool), .flags = OPTION_HIDDEN | OPTION_NO_FILE | OPTION_NO_ENV,
	  .summary = "the reference part of docs/cli.md" },
};
static const struct option_group help_groups[] = { { "Options", help_options, ARRAY_LEN(help_options), 0 } };

static int print_buf(struct cli *c, struct buf *out)
{
	struct error err = { 0 };
	int code = buf_failed(out) ? (error_nomem(&err), cli_fail(c, &err)) : cli_print(c, buf_str(out));
	buf_release(out);
	return code;
}

static int run_help(struct cli *c, const struct option_set *set, const struct str *args, size_t n)
{
	const struct help_command *o = set->values;
	struct buf out;
	if (o->man || o->markdown) {
		buf_init(&out, 4 << 20);
		(o->man ? man_write : markdown_write)(&out);
		return print_buf(c, &out);
	}
	if (!n)
		return help_print_overview(c, STR(""), false);
	struct str name = n > 1 ? arena_printf(c->arena, "%.*s %.*s", STR_FMT(args[0]), STR_FMT(args[1])) : args[0];
	for (size_t i = 0; i < command_count; i++)
		if (str_eq_c(name, commands[i]->name))
			return help_print_command(c, commands[i]);
	for (size_t i = 0; i < command_count; i++) {
		struct str head, tail;
		if (n == 1 && str_cut(str_c(commands[i]->name), ' ', &head, &tail) && str_eq(head, name))
			return help_print_overview(c, name, false);
	}
	return cli_usage(c, NULL, "there is no command \"%.*s\"", STR_FMT(name));
}

const struct command command_help = {
	.name = "help", .args = "[COMMAND]", .summary = "Tell what commands there are, or the options of one",
	.groups = help_groups, .group_count = ARRAY_LEN(help_groups), .values_size = sizeof(struct help_command), .max_args = 2, .run = run_help,
};

static int run_version(struct cli *c, const struct option_set *set, const struct str *args, size_t n)
{
	return cli_print(c, STR("bulkhead " BULKHEAD_VERSION "\n"));
}

const struct command command_version = {
	.name = "version", .args = "", .summary = "Print the version", .values_size = sizeof(struct global_options), .run = run_version,
};

static int run_completion(struct cli *c, const struct option_set *set, const struct str *args, size_t n)
{
	struct error err = { 0 };
	struct buf out;
	buf_init(&out, 4 << 20);
	if (completion_write(args[0], &out, &err) < 0) {
		buf_release(&out);
		return cli_usage(c, &command_completion, "%s", err.text);
	}
	return print_buf(c, &out);
}

static const struct command_example completion_examples[] = { { "source <(bulkhead completion bash)", "for this shell only" } };
const struct command command_completion = {
	.name = "completion", .args = "bash|zsh|fish", .summary = "Print a completion script for a shell", .values_size = sizeof(struct global_options),
	.min_args = 1, .max_args = 1, .examples = completion_examples, .example_count = ARRAY_LEN(completion_examples), .run = run_completion,
};
