#include "front/cli/help.h"
#include "front/report/text.h"

#define HELP_WIDTH 100

static void add_wrapped(struct arena *a, struct buf *out, struct str text, size_t indent, size_t first, unsigned width)
{
	struct str_vec lines = { 0 };
	if (text_wrap(a, text, width > indent + 20 ? width - indent : 20, &lines) < 0)
		return;
	for (size_t i = 0; i < lines.n; i++) {
		buf_add_repeat(out, ' ', i ? indent : first);
		buf_add(out, lines.v[i]);
		buf_add_char(out, '\n');
	}
}

/* "-s, --severity LIST" */
static struct str option_head(struct arena *a, const struct option *o)
{
	bool negative = o->type == OPTION_BOOL && o->default_text && strcmp(o->default_text, "true") == 0;
	bool optional = o->flags & OPTION_VALUE_OPTIONAL;
	struct str head = o->short_name ? arena_printf(a, "-%c, ", o->short_name) : STR("    ");
	return arena_printf(a, "%.*s--%s%s%s%s%s", STR_FMT(head), negative ? "no-" : "", o->name, o->arg ? (optional ? "[=" : " ") : "", o->arg ? o->arg : "",
			    optional ? "]" : "");
}

static struct str option_text(struct arena *a, const struct option *o)
{
	struct str text = str_c(o->summary);
	for (size_t i = 0; o->choices && o->choices[i]; i++)
		text = arena_printf(a, "%.*s%s%s", STR_FMT(text), i ? ", " : ": ", o->choices[i]);
	const char *shown = o->shown_default ? o->shown_default : o->type == OPTION_BOOL ? NULL : o->default_text;
	if (shown)
		text = arena_printf(a, "%.*s (default: %s)", STR_FMT(text), shown);
	return text;
}

static void write_group(struct arena *a, const struct option_group *group, unsigned width, struct buf *out)
{
	const size_t column = 30;
	buf_addf(out, "\n%s:\n", group->title);
	for (size_t i = 0; i < group->count; i++) {
		const struct option *o = &group->options[i];
		if (o->flags & OPTION_HIDDEN)
			continue;
		struct str head = option_head(a, o);
		buf_addf(out, "  %.*s", STR_FMT(head));
		size_t used = head.n + 2;
		if (used + 2 > column) {
			buf_add_char(out, '\n');
			used = 0;
		}
		add_wrapped(a, out, option_text(a, o), column, column - used, width);
	}
}

void help_write_command(struct arena *a, const struct command *command, unsigned width, struct buf *out)
{
	struct str rest = str_c(command->description), paragraph;
	width = width ? MIN_OF(width, HELP_WIDTH) : HELP_WIDTH;
	buf_addf(out, "Usage: bulkhead %s [OPTION…]%s%s\n\n", command->name, command->args[0] ? " " : "", command->args);
	add_wrapped(a, out, arena_printf(a, "%s.", command->summary), 0, 0, width);
	while (rest.n) {
		size_t end = str_find(rest, STR("\n\n"));
		paragraph = end == STR_NOT_FOUND ? rest : str_sub(rest, 0, end);
		rest = end == STR_NOT_FOUND ? STR("") : str_from(rest, end + 2);
		buf_add_char(out, '\n');
		add_wrapped(a, out, paragraph, 0, 0, width);
	}
	const struct option_group *group;
	for (size_t i = 0; (group = command_group(command, i)); i++)
		write_group(a, group, width, out);
	if (command->example_count)
		buf_add_c(out, "\nExamples:\n");
	for (size_t i = 0; i < command->example_count; i++)
		buf_addf(out, "  # %s\n  %s\n", command->examples[i].text, command->examples[i].line);
}

static int print_buf(struct cli *c, struct buf *out, int fd, int code)
{
	struct error err = { 0 };
	int r = buf_failed(out) ? error_nomem(&err) : cli_write(fd, buf_str(out), &err);
	buf_release(out);
	return r < 0 ? cli_fail(c, &err) : code;
}

int help_print_command(struct cli *c, const struct command *command)
{
	struct buf out;
	buf_init(&out, 1 << 20);
	help_write_command(c->arena, command, c->width, &out);
	return print_buf(c, &out, c->out_fd, EXIT_CODE_OK);
}

int help_print_overview(struct cli *c, struct str group, bool as_error)
{
	struct buf out;
	unsigned width = c->width ? MIN_OF(c->width, HELP_WIDTH) : HELP_WIDTH;
	buf_init(&out, 1 << 20);
	buf_addf(&out, "Usage: bulkhead %.*s%sCOMMAND [OPTION…] [ARGUMENT…]\n", STR_FMT(group), group.n ? " " : "");
	if (!group.n)
		buf_add_c(&out, "\nContainer security in one program: finds the breach before it ships.\n");
	buf_add_c(&out, "\nCommands:\n");
	for (size_t i = 0; i < command_count; i++) {
		struct str head, tail;
		str_cut(str_c(commands[i]->name), ' ', &head, &tail);
		if (group.n && !str_eq(head, group))
			continue;
		struct str call = arena_printf(c->arena, "%s %s", commands[i]->name, commands[i]->args);
		buf_addf(&out, "  %.*s", STR_FMT(call));
		size_t columns = text_width(call);
		add_wrapped(c->arena, &out, str_c(commands[i]->summary), 28, columns < 25 ? 26 - columns : 1, width);
	}
	static const char *const endings[] = {
		"bulkhead help COMMAND (or COMMAND --help) tells the options; bulkhead --version the version.",
		("Every option may also stand in bulkhead.yaml (--config FILE) or in a variable BULKHEAD_OPTION; the command line wins over the environment, "
		 "the environment over the file."),
		"Exit codes: 0 done; 1, or what --exit-code says, a gate is not met; 2 wrong usage or unreadable input; 3 internal failure.",
	};
	buf_add_char(&out, '\n');
	for (size_t i = 0; i < ARRAY_LEN(endings); i++)
		add_wrapped(c->arena, &out, str_c(endings[i]), 0, 0, width);
	return print_buf(c, &out, as_error ? c->err_fd : c->out_fd, as_error ? EXIT_CODE_USAGE : EXIT_CODE_OK);
}
