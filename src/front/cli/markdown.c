#include "front/cli/help.h"

static void add_cell(struct buf *out, const char *text)
{
	for (; text && *text; text++) {
		if (*text == '|')
			buf_add_char(out, '\\');
		buf_add_char(out, *text);
	}
}

static void add_option(struct buf *out, const struct option *o)
{
	bool negative = o->type == OPTION_BOOL && o->default_text && strcmp(o->default_text, "true") == 0;
	bool optional = o->flags & OPTION_VALUE_OPTIONAL;
	if (o->flags & OPTION_HIDDEN)
		return;
	buf_add_c(out, "| `");
	if (o->short_name)
		buf_addf(out, "-%c`, `", o->short_name);
	buf_addf(out, "--%s%s", negative ? "no-" : "", o->name);
	if (o->arg)
		buf_addf(out, optional ? "[=%s]" : " %s", o->arg);
	buf_add_c(out, "` | ");
	add_cell(out, o->summary);
	for (size_t i = 0; o->choices && o->choices[i]; i++)
		buf_addf(out, "%s`%s`", i ? ", " : ": ", o->choices[i]);
	if (o->alias)
		buf_addf(out, " (also `--%s`)", o->alias);
	buf_add_c(out, " | ");
	const char *shown = o->shown_default ? o->shown_default : o->type == OPTION_BOOL ? NULL : o->default_text;
	add_cell(out, shown ? shown : "");
	buf_add_c(out, " |\n");
}

static void add_group(struct buf *out, const struct option_group *group)
{
	buf_addf(out, "\n%s:\n\n| option | what it does | default |\n|---|---|---|\n", group->title);
	for (size_t i = 0; i < group->count; i++)
		add_option(out, &group->options[i]);
}

void markdown_write(struct buf *out)
{
	for (size_t c = 0; c < command_count; c++) {
		const struct command *command = commands[c];
		buf_addf(out, "### bulkhead %s%s%s\n\n%s.\n", command->name, command->args[0] ? " " : "", command->args, command->summary);
		if (command->description)
			buf_addf(out, "\n%s\n", command->description);
		for (size_t i = 0; i < command->group_count; i++)
			if (command->groups[i].count && !(command->groups[i].options[0].flags & OPTION_HIDDEN))
				add_group(out, &command->groups[i]);
		if (command->example_count)
			buf_add_c(out, "\n```sh\n");
		for (size_t i = 0; i < command->example_count; i++)
			buf_addf(out, "%s   # %s\n", command->examples[i].line, command->examples[i].text);
		if (command->example_count)
			buf_add_c(out, "```\n");
		buf_add_char(out, '\n');
	}
	buf_add_c(out, "### Every command\n");
	add_group(out, &global_option_group);
}
