#include "front/cli/help.h"

/* Options by command as "name\n" lists keep the scripts short: what is completed is decided by tables here, the scripts only look up. */
static bool is_visible(const struct option *o)
{
	return !(o->flags & OPTION_HIDDEN);
}

static bool negative_form(const struct option *o)
{
	return o->type == OPTION_BOOL && o->default_text && strcmp(o->default_text, "true") == 0;
}

/* First words of commands ("db" of "db update"), each once: commands of a group stand together. */
static void add_first_words(struct buf *out)
{
	struct str before = STR("");
	for (size_t i = 0; i < command_count; i++) {
		struct str head, tail;
		str_cut(str_c(commands[i]->name), ' ', &head, &tail);
		if (!str_eq(head, before))
			buf_addf(out, " %.*s", STR_FMT(head));
		before = head;
	}
}

typedef void option_fn(struct buf *out, const struct command *command, const struct option *o);

static void each_option(struct buf *out, const struct command *command, option_fn *fn)
{
	const struct option_group *group;
	for (size_t g = 0; (group = command_group(command, g)); g++)
		for (size_t i = 0; i < group->count; i++)
			if (is_visible(&group->options[i]))
				fn(out, command, &group->options[i]);
}

static void add_choices(struct buf *out, const struct option *o)
{
	for (size_t i = 0; o->choices[i]; i++)
		buf_addf(out, "%s%s", i ? " " : "", o->choices[i]);
}

/* Inside single quotes of any of the three shells. */
static void add_quoted(struct buf *out, const char *text, const char *drop)
{
	for (; *text; text++) {
		if (*text == '\'')
			buf_add_c(out, "'\\''");
		else if (!strchr(drop, *text))
			buf_add_char(out, *text);
	}
}

static void bash_option(struct buf *out, const struct command *command, const struct option *o)
{
	buf_addf(out, "--%s%s ", negative_form(o) ? "no-" : "", o->name);
}

static void bash_value(struct buf *out, const struct command *command, const struct option *o)
{
	if (!o->choices && !(o->flags & (OPTION_FILE_ARG | OPTION_DIR_ARG)))
		return;
	buf_addf(out, "\t'%s:--%s'", command->name, o->name);
	if (o->short_name)
		buf_addf(out, "|'%s:-%c'", command->name, o->short_name);
	buf_add_c(out, ") ");
	if (o->choices) {
		buf_add_c(out, "COMPREPLY=($(compgen -W '");
		add_choices(out, o);
		buf_add_c(out, "' -- \"$cur\"))");
	} else {
		buf_addf(out, "COMPREPLY=($(compgen -%c -- \"$cur\"))", o->flags & OPTION_DIR_ARG ? 'd' : 'f');
	}
	buf_add_c(out, "; return ;;\n");
}

static void write_bash(struct buf *out)
{
	buf_add_c(out, "# bash completion for bulkhead; made by `bulkhead completion bash`\n_bulkhead() {\n"
		       "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} cmd= i\n"
		       "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n\t\tcase ${COMP_WORDS[i]} in -*) ;; *) case \"$cmd ${COMP_WORDS[i]}\" in\n\t\t");
	for (size_t i = 0; i < command_count; i++) {
		struct str head, tail;
		bool sub = str_cut(str_c(commands[i]->name), ' ', &head, &tail);
		if (sub)
			buf_addf(out, "' %.*s') cmd='%.*s' ;; ", STR_FMT(head), STR_FMT(head));
		buf_addf(out, "'%s%s') cmd='%s' ;; ", sub ? "" : " ", commands[i]->name, commands[i]->name);
	}
	buf_add_c(out, "\n\t\tesac ;; esac\n\tdone\n\tcase \"$cmd:$prev\" in\n");
	for (size_t i = 0; i < command_count; i++)
		each_option(out, commands[i], bash_value);
	buf_add_c(out, "\tesac\n\tcase \"$cmd\" in\n\t'') COMPREPLY=($(compgen -W '--help --version");
	add_first_words(out);
	buf_add_c(out, "' -- \"$cur\")) ;;\n");
	for (size_t i = 0; i < command_count; i++) {
		struct str head, tail, before = STR("");
		bool sub = str_cut(str_c(commands[i]->name), ' ', &head, &tail);
		if (i)
			str_cut(str_c(commands[i - 1]->name), ' ', &before, &tail);
		if (sub && !str_eq(before, head)) {
			buf_addf(out, "\t'%.*s') COMPREPLY=($(compgen -W '--help", STR_FMT(head));
			for (size_t k = i; k < command_count; k++) {
				str_cut(str_c(commands[k]->name), ' ', &before, &tail);
				if (str_eq(before, head))
					buf_addf(out, " %.*s", STR_FMT(tail));
			}
			buf_add_c(out, "' -- \"$cur\")) ;;\n");
		}
		buf_addf(out, "\t'%s') if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W '", commands[i]->name);
		each_option(out, commands[i], bash_option);
		buf_add_c(out, "' -- \"$cur\")); else ");
		buf_add_c(out, commands[i]->arg_flags ? "COMPREPLY=($(compgen -f -- \"$cur\"))" : ":");
		buf_add_c(out, "; fi ;;\n");
	}
	buf_add_c(out, "\tesac\n}\ncomplete -o filenames -o bashdefault -F _bulkhead bulkhead\n");
}

static void zsh_option(struct buf *out, const struct command *command, const struct option *o)
{
	buf_add_c(out, "\t\t\t'");
	if (o->type == OPTION_LIST)
		buf_add_char(out, '*');
	else if (o->short_name)
		buf_addf(out, "(-%c --%s)", o->short_name, o->name); /* one or the other */
	if (o->short_name)
		buf_addf(out, "'{-%c%s,--%s%s}'[", o->short_name, o->arg ? "+" : "", o->name, o->arg ? "=" : "");
	else
		buf_addf(out, "--%s%s%s[", negative_form(o) ? "no-" : "", o->name, o->arg ? (o->flags & OPTION_VALUE_OPTIONAL ? "=-" : "=") : "");
	add_quoted(out, o->summary, "[]:");
	buf_add_char(out, ']');
	if (o->arg) {
		buf_addf(out, "%s:%s:", o->flags & OPTION_VALUE_OPTIONAL ? ":" : "", o->arg);
		if (o->choices) {
			buf_add_char(out, '(');
			add_choices(out, o);
			buf_add_char(out, ')');
		} else if (o->flags & OPTION_DIR_ARG) {
			buf_add_c(out, "_files -/");
		} else if (o->flags & OPTION_FILE_ARG) {
			buf_add_c(out, "_files");
		}
	}
	buf_add_c(out, "' \\\n");
}

static void write_zsh(struct buf *out)
{
	buf_add_c(out, "#compdef bulkhead\n# zsh completion for bulkhead; made by `bulkhead completion zsh`\n_bulkhead() {\n\tlocal name=${words[2]}\n"
		       "\tif (( CURRENT == 2 )); then\n\t\tcompadd -- --help --version");
	add_first_words(out);
	buf_add_c(out, "\n\t\treturn\n\tfi\n");
	for (size_t i = 0; i < command_count; i++) {
		struct str head, tail;
		if (str_cut(str_c(commands[i]->name), ' ', &head, &tail))
			buf_addf(out, "\tif [[ $name == %.*s ]] && (( CURRENT == 3 )); then compadd -- %.*s; fi\n", STR_FMT(head), STR_FMT(tail));
	}
	buf_add_c(out, "\tcase $name in\n");
	for (size_t i = 0; i < command_count; i++) {
		struct str head, tail;
		if (str_cut(str_c(commands[i]->name), ' ', &head, &tail))
			buf_addf(out, "\t%.*s) [[ ${words[3]} == %.*s ]] && _arguments -s -S ", STR_FMT(head), STR_FMT(tail));
		else
			buf_addf(out, "\t%s) _arguments -s -S ", commands[i]->name);
		buf_add_c(out, "\\\n");
		each_option(out, commands[i], zsh_option);
		buf_addf(out, "\t\t\t'*:argument:%s' %s\n", commands[i]->arg_flags ? "_files" : " ",
			 str_cut(str_c(commands[i]->name), ' ', &head, &tail) ? ";|" : ";;");
	}
	buf_add_c(out, "\tesac\n}\n_bulkhead \"$@\"\n");
}

static void fish_option(struct buf *out, const struct command *command, const struct option *o)
{
	struct str head, tail;
	bool sub = str_cut(str_c(command->name), ' ', &head, &tail);
	buf_addf(out, "complete -c bulkhead -n '__fish_seen_subcommand_from %.*s", STR_FMT(head));
	if (sub)
		buf_addf(out, "; and __fish_seen_subcommand_from %.*s", STR_FMT(tail));
	buf_addf(out, "' -l %s%s", negative_form(o) ? "no-" : "", o->name);
	if (o->short_name)
		buf_addf(out, " -s %c", o->short_name);
	if (o->choices) {
		buf_add_c(out, " -x -a '");
		add_choices(out, o);
		buf_add_char(out, '\'');
	} else if (o->flags & (OPTION_FILE_ARG | OPTION_DIR_ARG)) {
		buf_add_c(out, " -r -F");
	} else if (o->arg && !(o->flags & OPTION_VALUE_OPTIONAL)) {
		buf_add_c(out, " -x");
	}
	buf_add_c(out, " -d '");
	add_quoted(out, o->summary, "");
	buf_add_c(out, "'\n");
}

static void write_fish(struct buf *out)
{
	buf_add_c(out, "# fish completion for bulkhead; made by `bulkhead completion fish`\n");
	for (size_t i = 0; i < command_count; i++) {
		struct str head, tail;
		if (str_cut(str_c(commands[i]->name), ' ', &head, &tail))
			buf_addf(out, "complete -c bulkhead -f -n __fish_use_subcommand -a %.*s\ncomplete -c bulkhead -f -n '__fish_seen_subcommand_from %.*s' -a %.*s -d '",
				 STR_FMT(head), STR_FMT(head), STR_FMT(tail));
		else
			buf_addf(out, "complete -c bulkhead %s-n __fish_use_subcommand -a %s -d '", "-f ", commands[i]->name);
		add_quoted(out, commands[i]->summary, "");
		buf_add_c(out, "'\n");
		each_option(out, commands[i], fish_option);
	}
}

int completion_write(struct str shell, struct buf *out, struct error *err)
{
	if (str_eq(shell, STR("bash")))
		write_bash(out);
	else if (str_eq(shell, STR("zsh")))
		write_zsh(out);
	else if (str_eq(shell, STR("fish")))
		write_fish(out);
	else
		return error_set(err, ERR_USAGE, "\"%.*s\" is none of bash, zsh, fish", STR_FMT(shell));
	return 0;
}
