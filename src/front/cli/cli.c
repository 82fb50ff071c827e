#include "front/cli/cli.h"
#include "front/report/text.h"

#include <fcntl.h>
#include <sys/stat.h>

#define MESSAGE_MAX 65536
#define WRITING     "writing the result"

struct str cli_env(const struct cli *c, const char *name)
{
	size_t n = strlen(name);
	for (size_t i = 0; c->env && c->env[i]; i++)
		if (strncmp(c->env[i], name, n) == 0 && c->env[i][n] == '=')
			return str_c(c->env[i] + n + 1);
	return STR("");
}

int cli_write(int fd, struct str s, struct error *err)
{
	while (s.n) {
		ssize_t n = write(fd, s.p, s.n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_set_errno(err, errno, WRITING);
		s = str_from(s, (size_t)n);
	}
	return 0;
}

int cli_print(struct cli *c, struct str s)
{
	struct error err = { 0 };
	return cli_write(c->out_fd, s, &err) < 0 ? cli_fail(c, &err) : EXIT_CODE_OK;
}

ATTR_PRINTF(3, 0) static void print_line(struct cli *c, const char *color, const char *fmt, va_list ap)
{
	struct buf text, line;
	struct error ignored = { 0 };
	struct arena a;
	arena_init(&a, 4 * MESSAGE_MAX);
	buf_init(&text, MESSAGE_MAX);
	buf_init(&line, 2 * MESSAGE_MAX);
	buf_vaddf(&text, fmt, ap);
	struct str clean = text_clean(&a, buf_str(&text)); /* one line: a file name must not be able to write a second message */
	if (c->err_color)
		buf_add_c(&line, color);
	buf_add_c(&line, "bulkhead: ");
	if (c->err_color)
		buf_add_c(&line, "\033[0m");
	buf_add(&line, clean);
	buf_add_char(&line, '\n');
	/* A message that can't be written has nowhere else to go. */
	(void)cli_write(c->err_fd, buf_str(&line), &ignored);
	buf_release(&line);
	buf_release(&text);
	arena_release(&a);
}

void cli_error(struct cli *c, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	print_line(c, "\033[1;31m", fmt, ap);
	va_end(ap);
}

void cli_note(struct cli *c, const char *fmt, ...)
{
	va_list ap;
	if (c->quiet)
		return;
	va_start(ap, fmt);
	print_line(c, "\033[2m", fmt, ap);
	va_end(ap);
}

int cli_fail(struct cli *c, const struct error *err)
{
	if (err->sys_errno == EPIPE && strncmp(err->text, WRITING, sizeof(WRITING) - 1) == 0) /* "| head": who stopped reading knows */
		return exit_code_of(err);
	cli_error(c, "%s", err->text[0] ? err->text : error_code_name(err->code));
	return exit_code_of(err);
}

int cli_usage(struct cli *c, const struct command *command, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	print_line(c, "\033[1;31m", fmt, ap);
	va_end(ap);
	cli_error(c, "try: bulkhead %s%s--help", command ? command->name : "", command ? " " : "");
	return EXIT_CODE_USAGE;
}

int cli_read_file(struct arena *a, struct str path, size_t max_bytes, struct str *ret, struct error *err)
{
	char *name = arena_cstr(a, path);
	struct buf b;
	int r = 0;
	if (!name)
		return error_nomem(err);
	bool standard_input = str_eq(path, STR("-"));
	_cleanup_close_ int fd = standard_input ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) : open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return error_set_errno(err, errno, "%s", name);
	buf_init(&b, max_bytes + 1);
	while (r == 0) {
		char *room = buf_reserve(&b, 65536 < max_bytes + 1 - b.n ? 65536 : max_bytes + 1 - b.n);
		ssize_t n = room ? read(fd, room, 65536 < max_bytes + 1 - b.n ? 65536 : max_bytes + 1 - b.n) : 0;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			r = error_set_errno(err, errno, "%s", name);
		else if (!room)
			r = error_nomem(err);
		else if (n == 0)
			break;
		else if ((b.n += (size_t)n) > max_bytes)
			r = error_set(err, ERR_LIMIT, "%s: larger than %zu bytes", name, max_bytes);
	}
	if (r == 0) {
		struct str copy = arena_str(a, buf_str(&b));
		if (copy.p)
			*ret = copy;
		else
			r = error_nomem(err);
	}
	buf_release(&b);
	return r;
}

int cli_write_file(struct str path, struct str content, struct error *err)
{
	struct arena a;
	struct stat st;
	arena_init(&a, 65536);
	char *name = arena_cstr(&a, path);
	struct str beside = arena_printf(&a, "%.*s.XXXXXX", STR_FMT(path));
	char *temporary = beside.p ? arena_cstr(&a, beside) : NULL;
	int r = 0;
	if (!name || !temporary) {
		arena_release(&a);
		return error_nomem(err);
	}
	/* A device or pipe is written as it is; anything else is replaced as a whole. */
	bool exists = stat(name, &st) == 0, in_place = exists && !S_ISREG(st.st_mode);
	int fd = in_place ? open(name, O_WRONLY | O_CLOEXEC | O_NOCTTY) : mkostemp(temporary, O_CLOEXEC);
	if (fd < 0) {
		r = error_set_errno(err, errno, "%s", name);
	} else {
		mode_t mask = umask(0);
		umask(mask);
		r = cli_write(fd, content, err);
		if (r < 0)
			r = error_wrap(err, r, "%s", name);
		if (!in_place && r == 0 && fchmod(fd, exists ? st.st_mode & 07777 : 0666 & ~mask) < 0)
			r = error_set_errno(err, errno, "%s", name);
		if (close(fd) < 0 && r == 0)
			r = error_set_errno(err, errno, "%s", name);
		if (!in_place && r == 0 && rename(temporary, name) < 0)
			r = error_set_errno(err, errno, "%s", name);
		if (!in_place && r < 0)
			unlink(temporary);
	}
	arena_release(&a);
	return r;
}

int cli_make_dirs(struct arena *a, struct str path, struct error *err)
{
	char *name = arena_cstr(a, path);
	if (!name)
		return error_nomem(err);
	for (size_t i = 1; i <= path.n; i++) {
		char kept = name[i];
		if (kept != '/' && kept != '\0')
			continue;
		name[i] = '\0';
		if (mkdir(name, 0700) < 0 && errno != EEXIST)
			return error_set_errno(err, errno, "making %s", name);
		name[i] = kept;
	}
	return 0;
}

struct str cli_cache_dir(struct cli *c, struct str from_option)
{
	struct str base;
	if (from_option.n)
		return from_option;
	if ((base = cli_env(c, "XDG_CACHE_HOME")).n && base.p[0] == '/')
		return arena_printf(c->arena, "%.*s/bulkhead", STR_FMT(base));
	if ((base = cli_env(c, "HOME")).n)
		return arena_printf(c->arena, "%.*s/.cache/bulkhead", STR_FMT(base));
	return arena_printf(c->arena, "/tmp/bulkhead-%u", (unsigned)getuid());
}

struct str cli_default_db(struct cli *c, struct str cache_dir)
{
	struct str own = arena_printf(c->arena, "%.*s/" CLI_DB_NAME, STR_FMT(cache_dir));
	char *path = own.p ? arena_cstr(c->arena, own) : NULL;
	if (path && access(path, F_OK) < 0 && access(CLI_SYSTEM_DB, R_OK) == 0)
		return STR(CLI_SYSTEM_DB);
	return own;
}
