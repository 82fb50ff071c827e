#include "base/log.h"
#include "front/cli/cli.h"
#include "front/cli/config_file.h"
#include "front/cli/help.h"
#include "front/cli/suggest.h"
#include "front/report/text.h"

#include <signal.h>
#include <sys/ioctl.h>

#define CONFIG_FILE_MAX (1u << 20)

static unsigned terminal_width(int fd)
{
	struct winsize w = { 0 };
	return ioctl(fd, TIOCGWINSZ, &w) == 0 && w.ws_col > 0 ? w.ws_col : 80;
}

static bool locale_is_utf8(const struct cli *c)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct str v = cli_env(c, names[i]);
		if (!v.n)
			continue;
		for (size_t k = 0; k + 4 <= v.n; k++)
			if (str_eq_nocase(str_sub(v, k, 5), STR("utf-8")) || str_eq_nocase(str_sub(v, k, 4), STR("utf8")))
				return true;
		return false;
	}
	return false;
}

static void look_at_terminal(struct cli *c)
{
	bool plain = str_eq(cli_env(c, "TERM"), STR("dumb")) || cli_env(c, "NO_COLOR").n;
	c->out_tty = isatty(c->out_fd);
	c->err_tty = isatty(c->err_fd);
	c->color = c->out_tty && !plain;
	c->err_color = c->err_tty && !plain;
	c->unicode = c->out_tty && locale_is_utf8(c);
	c->width = c->out_tty ? terminal_width(c->out_fd) : 0;
	c->err_width = c->err_tty ? terminal_width(c->err_fd) : 0;
}

static void print_log(enum log_level level, const char *text, void *ctx)
{
	static const char *const names[] = { "error", "warning", "info", "debug" };
	struct cli *c = ctx;
	if (level == LOG_LEVEL_DEBUG || level == LOG_LEVEL_INFO)
		cli_note(c, "%s: %s", names[level], text);
	else
		cli_error(c, "%s: %s", names[level], text);
}

static void print_warning(void *ctx, const char *text)
{
	cli_error(ctx, "%s", text);
}

/* Options before the command ("bulkhead --quiet image …") belong to the command: moved behind its name. */
static int take_leading(struct cli *c, const struct str *words, size_t n, struct str_vec *ret_leading, bool *ret_version, struct error *err)
{
	struct global_options values = { 0 };
	struct option_set set;
	bool negated;
	size_t at = 0;
	option_set_init(&set, c->arena, &values);
	int r = option_set_add(&set, &global_option_group, err);
	while (r == 0 && at < n && ((r = typography_check(words[at], err)) == 0) && words[at].n > 1 && words[at].p[0] == '-') {
		struct str word = words[at], name;
		if (str_eq(word, STR("--version")) || str_eq(word, STR("-v"))) {
			*ret_version = true;
			at++;
			continue;
		}
		/* Unknown here: said again, with suggestions, by the command that gets it. */
		bool long_form = str_strip_prefix(&word, STR("--"));
		bool has_value = str_cut(word, '=', &name, &word);
		struct option_ref *ref = long_form ? option_find(&set, name, &negated) : name.n == 2 ? option_find_short(&set, name.p[1]) : NULL;
		bool takes_next = ref && ref->option->type != OPTION_BOOL && !has_value && at + 1 < n;
		for (int i = 0; i <= takes_next; i++)
			if (!vec_push(c->arena, ret_leading, words[at + (size_t)i]))
				return error_nomem(err);
		at += 1 + (size_t)takes_next;
	}
	return r < 0 ? r : (int)at;
}

/* The command with the longest name that the words begin with. */
static const struct command *find_command(const struct str *words, size_t n, size_t *ret_words)
{
	const struct command *best = NULL;
	*ret_words = 0;
	for (size_t i = 0; i < command_count; i++) {
		struct str rest = str_c(commands[i]->name), word;
		size_t k = 0;
		while (k < n && str_next_word(&rest, &word) && str_eq(word, words[k]))
			k++;
		if (!str_trim(rest).n && k > *ret_words && str_has_suffix(str_c(commands[i]->name), words[k - 1])) {
			best = commands[i];
			*ret_words = k;
		}
	}
	return best;
}

static int no_such_command(struct cli *c, const struct str *words, size_t n)
{
	struct suggestion near = { 0 };
	struct str first = words[0], second = n > 1 ? words[1] : STR("");
	bool group = false;
	for (size_t i = 0; i < command_count; i++) {
		struct str head, tail;
		group |= str_cut(str_c(commands[i]->name), ' ', &head, &tail) && str_eq(head, first);
	}
	near.word = group && second.n ? arena_printf(c->arena, "%.*s %.*s", STR_FMT(first), STR_FMT(second)) : first;
	for (size_t i = 0; i < command_count; i++)
		suggest_offer(&near, commands[i]->name);
	if (near.best)
		return cli_usage(c, NULL, "there is no command \"%.*s\"; did you mean: bulkhead %s?", STR_FMT(near.word), near.best);
	if (!group && (str_find_char(first, ':') != STR_NOT_FOUND || str_find_char(first, '/') != STR_NOT_FOUND))
		return cli_usage(c, NULL, "there is no command \"%.*s\"; did you mean: bulkhead image %.*s?", STR_FMT(first), STR_FMT(first));
	return cli_usage(c, NULL, "there is no command \"%.*s\"", STR_FMT(near.word));
}

/* Whether "db" alone was said: help for the group. */
static bool is_group(struct str word)
{
	for (size_t i = 0; i < command_count; i++) {
		struct str head, tail;
		if (str_cut(str_c(commands[i]->name), ' ', &head, &tail) && str_eq(head, word))
			return true;
	}
	return false;
}

static int read_config(struct cli *c, struct option_set *set, const struct command *command, const struct option_use_vec *uses, struct error *err)
{
	struct str path = cli_env(c, "BULKHEAD_CONFIG"), text;
	const struct option_use *use;
	vec_foreach(use, uses)
		if (strcmp(use->ref->option->name, "config") == 0)
			path = use->value;
	bool named = path.n > 0;
	if (!named)
		path = STR(CONFIG_FILE_NAME);
	int r = cli_read_file(c->arena, path, CONFIG_FILE_MAX, &text, err);
	if (r == ERR_NOT_FOUND && !named) {
		error_clear(err);
		return 0;
	}
	if (r < 0)
		return error_wrap(err, r == ERR_SYSTEM ? ERR_USAGE : r, "configuration file");
	return config_store(set, command, path, text, err);
}

static void apply_globals(struct cli *c, const struct global_options *g)
{
	c->quiet = g->quiet;
	c->debug = g->debug;
	if (g->color == COLOR_ALWAYS || g->color == COLOR_NEVER)
		c->color = c->err_color = g->color == COLOR_ALWAYS;
	log_set(print_log, c, g->debug ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARN);
}

static bool asks_for_help(const struct option_use_vec *uses)
{
	const struct option_use *use;
	vec_foreach(use, uses)
		if (strcmp(use->ref->option->name, "help") == 0 && !use->negated)
			return true;
	return false;
}

static int run_command(struct cli *c, const struct command *command, const struct str *words, size_t n)
{
	struct error err = { 0 };
	struct option_set set;
	struct option_use_vec uses = { 0 };
	struct str_vec args = { 0 };
	void *values = arena_zalloc(c->arena, command->values_size);
	const struct option_group *group;
	int r = values ? 0 : error_nomem(&err);
	option_set_init(&set, c->arena, values);
	for (size_t i = 0; r == 0 && (group = command_group(command, i)); i++)
		r = option_set_add(&set, group, &err);
	if (r < 0)
		return cli_fail(c, &err);
	if ((r = options_read_args(&set, words, n, &uses, &args, &err)) < 0)
		return r == ERR_USAGE ? cli_usage(c, command, "%s", err.text) : cli_fail(c, &err);
	if (asks_for_help(&uses))
		return help_print_command(c, command);
	if ((r = read_config(c, &set, command, &uses, &err)) < 0 || (r = options_store_env(&set, c->env, print_warning, c, &err)) < 0)
		return cli_fail(c, &err);
	if ((r = options_store_args(&set, &uses, &err)) < 0)
		return r == ERR_USAGE ? cli_usage(c, command, "%s", err.text) : cli_fail(c, &err);
	apply_globals(c, values);
	if (args.n < command->min_args)
		return cli_usage(c, command, "%s needs an argument: bulkhead %s %s", command->name, command->name, command->args);
	if (args.n > command->max_args)
		return cli_usage(c, command, "\"%.*s\" is one argument too many: bulkhead %s %s", STR_FMT(args.v[command->max_args]), command->name, command->args);
	return command->run(c, &set, args.v, args.n);
}

static int run_words(struct cli *c, const struct str *words, size_t n)
{
	struct error err = { 0 };
	struct str_vec line = { 0 };
	bool version = false;
	size_t used = 0;
	int leading = take_leading(c, words, n, &line, &version, &err);
	if (leading < 0)
		return leading == ERR_USAGE ? cli_usage(c, NULL, "%s", err.text) : cli_fail(c, &err);
	words += leading;
	n -= (size_t)leading;
	if (version)
		return cli_print(c, STR("bulkhead " BULKHEAD_VERSION "\n"));
	bool help = false;
	for (size_t i = 0; i < line.n; i++)
		help |= str_eq(line.v[i], STR("--help")) || str_eq(line.v[i], STR("-h"));
	if (!n && (help || !line.n))
		return help ? help_print_overview(c, STR(""), false) : help_print_overview(c, STR(""), true);
	if (!n)
		return cli_usage(c, NULL, "which command? (options stand behind it: bulkhead image %.*s …)", STR_FMT(line.v[0]));
	const struct command *command = find_command(words, n, &used);
	if (!command && is_group(words[0])) {
		bool asks = n > 1 && (str_eq(words[1], STR("--help")) || str_eq(words[1], STR("-h")));
		if (n == 1 || asks || help)
			return help_print_overview(c, words[0], !asks && !help);
	}
	if (!command)
		return no_such_command(c, words, n);
	for (size_t i = used; i < n; i++)
		if (!vec_push(c->arena, &line, words[i])) {
			error_nomem(&err);
			return cli_fail(c, &err);
		}
	return run_command(c, command, line.v, line.n);
}

int cli_main(int argc, char *const *argv, char *const *env, int out_fd, int err_fd)
{
	struct arena arena;
	struct cli c = { .arena = &arena, .out_fd = out_fd, .err_fd = err_fd, .env = env };
	struct str_vec words = { 0 };
	arena_init(&arena, ARENA_NO_LIMIT);
	/* A reader that went away (`bulkhead image x | head`) shows as a failed write, not as a signal. */
	signal(SIGPIPE, SIG_IGN);
	look_at_terminal(&c);
	for (int i = 1; i < argc; i++) {
		struct str word = str_c(argv[i]);
		if (!vec_push(&arena, &words, word)) {
			arena_release(&arena);
			return EXIT_CODE_INTERNAL;
		}
	}
	int code = run_words(&c, words.v, words.n);
	log_set(NULL, NULL, LOG_LEVEL_ERROR);
	arena_release(&arena);
	return code;
}
