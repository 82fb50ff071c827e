#include "front/cli/progress.h"
#include "front/report/text.h"

#include <time.h>

#define SILENT_MS   1000
#define TERMINAL_MS 100
#define LINE_MS     5000

static uint64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

void progress_init(struct progress *p, struct cli *c, bool on)
{
	*p = (struct progress){ .cli = c, .on = on && !c->quiet, .started_ms = now_ms() };
}

static void add_size(struct buf *b, uint64_t bytes)
{
	if (bytes >= 1u << 30)
		buf_addf(b, "%.1f GiB", (double)bytes / (1u << 30));
	else if (bytes >= 1u << 20)
		buf_addf(b, "%.1f MiB", (double)bytes / (1u << 20));
	else
		buf_addf(b, "%.0f KiB", (double)bytes / 1024);
}

int progress_update(void *ctx, struct str what, uint64_t done, uint64_t total)
{
	struct progress *p = ctx;
	if (!p->on || (!what.n && !done)) /* a call that only asks whether to go on */
		return 0;
	uint64_t now = now_ms(), wait = p->cli->err_tty ? TERMINAL_MS : LINE_MS;
	if (now - p->started_ms < SILENT_MS || (p->shown_ms && now - p->shown_ms < wait))
		return 0;
	struct buf text;
	struct arena a;
	struct error ignored = { 0 };
	p->shown_ms = now;
	arena_init(&a, 65536);
	buf_init(&text, 8192);
	buf_addf(&text, "%.*s", STR_FMT(what));
	if (done || total) {
		buf_add_c(&text, ": ");
		add_size(&text, done);
		if (total) {
			buf_add_c(&text, " of ");
			add_size(&text, total);
		}
	}
	struct str line = text_clean(&a, buf_str(&text));
	if (p->cli->err_tty) {
		line = text_fit(&a, line, p->cli->err_width > 1 ? p->cli->err_width - 1 : 79, false);
		buf_clear(&text);
		struct buf out;
		buf_init(&out, 16384);
		buf_addf(&out, "\r\033[K%.*s", STR_FMT(line));
		(void)cli_write(p->cli->err_fd, buf_str(&out), &ignored);
		buf_release(&out);
		p->line_open = true;
	} else {
		cli_note(p->cli, "%.*s", STR_FMT(line));
	}
	buf_release(&text);
	arena_release(&a);
	return 0;
}

void progress_end(struct progress *p)
{
	struct error ignored = { 0 };
	if (p->line_open)
		(void)cli_write(p->cli->err_fd, STR("\r\033[K"), &ignored);
	p->line_open = false;
}
