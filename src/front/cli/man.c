#include "front/cli/help.h"
#include "base/utf8.h"

/* A character beyond ASCII by its number: troff reads bytes unless a preprocessor is at hand. Returns how many bytes follow its first. */
static size_t add_wide(struct buf *out, const char *p, const char *end)
{
	unsigned n = utf8_sequence(p, end);
	uint32_t c = (unsigned char)p[0] & (0xffu >> (n + 1));
	for (unsigned i = 1; i < n; i++)
		c = c << 6 | ((unsigned char)p[i] & 0x3fu);
	if (n < 2)
		return 0;
	buf_addf(out, "\\[u%04X]", c);
	return n - 1;
}

/* Text for troff: backslashes, hyphens and what is not ASCII are escaped, a line never begins with a control character. */
static void add_text(struct buf *out, struct str s)
{
	if (s.n && (s.p[0] == '.' || s.p[0] == '\''))
		buf_add_c(out, "\\&");
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\')
			buf_add_c(out, "\\e");
		else if (s.p[i] == '-')
			buf_add_c(out, "\\-");
		else if ((unsigned char)s.p[i] < 0x80)
			buf_add_char(out, s.p[i]);
		else
			i += add_wide(out, s.p + i, s.p + s.n);
		if (s.p[i] == '\n' && i + 1 < s.n && (s.p[i + 1] == '.' || s.p[i + 1] == '\''))
			buf_add_c(out, "\\&");
	}
}

static void add_option(struct buf *out, const struct option *o)
{
	bool negative = o->type == OPTION_BOOL && o->default_text && strcmp(o->default_text, "true") == 0;
	if (o->flags & OPTION_HIDDEN)
		return;
	buf_add_c(out, ".TP\n");
	if (o->short_name)
		buf_addf(out, "\\fB\\-%c\\fR, ", o->short_name);
	buf_add_c(out, "\\fB\\-\\-");
	add_text(out, str_c(negative ? "no-" : ""));
	add_text(out, str_c(o->name));
	buf_add_c(out, "\\fR");
	if (o->arg) {
		buf_add_c(out, o->flags & OPTION_VALUE_OPTIONAL ? "[=\\fI" : " \\fI");
		add_text(out, str_c(o->arg));
		buf_add_c(out, o->flags & OPTION_VALUE_OPTIONAL ? "\\fR]" : "\\fR");
	}
	buf_add_char(out, '\n');
	add_text(out, str_c(o->summary));
	for (size_t i = 0; o->choices && o->choices[i]; i++) {
		buf_add_c(out, i ? ", " : ": ");
		add_text(out, str_c(o->choices[i]));
	}
	const char *shown = o->shown_default ? o->shown_default : o->type == OPTION_BOOL ? NULL : o->default_text;
	if (shown) {
		buf_add_c(out, " (default: ");
		add_text(out, str_c(shown));
		buf_add_char(out, ')');
	}
	if (o->alias) {
		buf_add_c(out, ". Also \\fB\\-\\-");
		add_text(out, str_c(o->alias));
		buf_add_c(out, "\\fR");
	}
	buf_add_c(out, ".\n");
}

static void add_paragraphs(struct buf *out, struct str text)
{
	while (text.n) {
		size_t end = str_find(text, STR("\n\n"));
		buf_add_c(out, ".PP\n");
		add_text(out, end == STR_NOT_FOUND ? text : str_sub(text, 0, end));
		buf_add_char(out, '\n');
		text = end == STR_NOT_FOUND ? STR("") : str_from(text, end + 2);
	}
}

static void add_command(struct buf *out, const struct command *command)
{
	buf_add_c(out, ".SS bulkhead ");
	add_text(out, str_c(command->name));
	if (command->args[0])
		buf_addf(out, " \\fI%s\\fR", command->args);
	buf_add_char(out, '\n');
	add_text(out, str_c(command->summary));
	buf_add_c(out, ".\n");
	add_paragraphs(out, str_c(command->description));
	for (size_t g = 0; g < command->group_count; g++) {
		buf_add_c(out, ".PP\n\\fB");
		add_text(out, str_c(command->groups[g].title));
		buf_add_c(out, ":\\fR\n");
		for (size_t i = 0; i < command->groups[g].count; i++)
			add_option(out, &command->groups[g].options[i]);
	}
	for (size_t i = 0; i < command->example_count; i++) {
		buf_add_c(out, ".PP\nExample: ");
		add_text(out, str_c(command->examples[i].text));
		buf_add_c(out, ":\n.PP\n.RS 4\n.EX\n");
		add_text(out, str_c(command->examples[i].line));
		buf_add_c(out, "\n.EE\n.RE\n");
	}
}

void man_write(struct buf *out)
{
	buf_add_c(out, ".TH BULKHEAD 1 \"\" \"bulkhead " BULKHEAD_VERSION "\" \"User Commands\"\n.SH NAME\nbulkhead \\- container security in one program\n"
		       ".SH SYNOPSIS\n.B bulkhead\n\\fICOMMAND\\fR [\\fIOPTION\\fR]... [\\fIARGUMENT\\fR]...\n.SH DESCRIPTION\n"
		       "Finds known vulnerabilities, secrets and licences in container images, installed systems, source trees and bills of materials, judges them with "
		       "gates, and reports them as a table, as JSON in the schema of Trivy, as a page, in the forms of CI systems, or as a bill of materials.\n.SH COMMANDS\n");
	for (size_t i = 0; i < command_count; i++)
		add_command(out, commands[i]);
	buf_add_c(out, ".SH OPTIONS OF EVERY COMMAND\n");
	for (size_t i = 0; i < global_option_group.count; i++)
		add_option(out, &global_option_group.options[i]);
	buf_add_c(out, ".SH CONFIGURATION FILE\nKeys are option names. A mapping under the name of a command holds options for that command and goes before the same "
		       "key outside it. An unknown key is an error.\n.PP\n.RS 4\n.EX\nseverity: [HIGH, CRITICAL]\nimage:\n  ignore\\-unfixed: true\n.EE\n.RE\n"
		       ".SH ENVIRONMENT\n.TP\n.B BULKHEAD_\\fIOPTION\\fR\nEvery option, in capitals and with '_' for '\\-': BULKHEAD_IGNORE_UNFIXED=true. "
		       "An empty variable counts as unset. The command line wins over the environment, the environment over the file.\n"
		       ".TP\n.B SOURCE_DATE_EPOCH\nTime stamp for reports.\n.TP\n.B NO_COLOR\nNo colours, as \\fB\\-\\-color never\\fR.\n"
		       ".SH FILES\n.TP\n.I bulkhead.yaml\nConfiguration, from the working directory unless \\fB\\-\\-config\\fR names another.\n"
		       ".TP\n.I .trivyignore\\fR, \\fI.trivyignore.yaml\\fR, \\fI.bulkheadignore\nIgnore rules, from the working directory unless "
		       "\\fB\\-\\-ignorefile\\fR names others.\n.TP\n.I ~/.cache/bulkhead\nLayer cache and advisory database.\n"
		       ".SH EXIT STATUS\n.TP\n.B 0\nDone; without a gate whatever was found.\n.TP\n.B 1\\fR, or what \\fB\\-\\-exit\\-code\\fR says\n"
		       "A gate is not met.\n.TP\n.B 2\nWrong usage or unreadable input.\n.TP\n.B 3\nInternal failure.\n");
}
