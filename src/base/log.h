/* Debug and progress messages from library code. Nothing is printed here: the front installs one callback at start; without one,
 * messages vanish. This is the project's only global state. Errors are never logged: they are returned. */
#ifndef BASE_LOG_H
#define BASE_LOG_H
#include "base/base.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };
typedef void log_fn(enum log_level level, const char *text, void *ctx);
void log_set(log_fn *fn, void *ctx, enum log_level max_level);
bool log_enabled(enum log_level level);
void log_msg(enum log_level level, const char *fmt, ...) ATTR_PRINTF(2, 3);
#define log_debug(...) (log_enabled(LOG_LEVEL_DEBUG) ? log_msg(LOG_LEVEL_DEBUG, __VA_ARGS__) : (void)0)
#define log_info(...)  log_msg(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_warn(...)  log_msg(LOG_LEVEL_WARN, __VA_ARGS__)
#endif
