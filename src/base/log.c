#include "base/log.h"

static log_fn *sink;
static void *sink_ctx;
static enum log_level max_level = LOG_LEVEL_ERROR;

void log_set(log_fn *fn, void *ctx, enum log_level max)
{
	sink = fn;
	sink_ctx = ctx;
	max_level = max;
}

bool log_enabled(enum log_level level)
{
	return sink && level <= max_level;
}

void log_msg(enum log_level level, const char *fmt, ...)
{
	if (!log_enabled(level))
		return;
	char text[2048];
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n >= 0)
		sink(level, text, sink_ctx);
}
