#include "base/error.h"

ATTR_PRINTF(2, 0) static void set_text(struct error *err, const char *fmt, va_list ap)
{
	int n = vsnprintf(err->text, sizeof(err->text), fmt, ap);
	if (n < 0)
		err->text[0] = 0;
}

int error_set(struct error *err, int code, const char *fmt, ...)
{
	if (err) {
		va_list ap;
		va_start(ap, fmt);
		set_text(err, fmt, ap);
		va_end(ap);
		err->code = code;
		err->sys_errno = 0;
	}
	return code;
}

int error_set_errno(struct error *err, int sys_errno, const char *fmt, ...)
{
	int code = sys_errno == ENOENT ? ERR_NOT_FOUND : sys_errno == ENOMEM ? ERR_NOMEM : ERR_SYSTEM;
	if (err) {
		va_list ap;
		va_start(ap, fmt);
		set_text(err, fmt, ap);
		va_end(ap);
		size_t n = strlen(err->text);
		char tmp[128];
		const char *why = strerror_r(sys_errno, tmp, sizeof(tmp)); /* GNU variant */
		snprintf(err->text + n, sizeof(err->text) - n, ": %s", why);
		err->code = code;
		err->sys_errno = sys_errno;
	}
	return code;
}

int error_wrap(struct error *err, int code, const char *fmt, ...)
{
	if (!err)
		return code;
	char tmp[ERROR_TEXT_MAX];
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(tmp, sizeof(tmp), fmt, ap);
	va_end(ap);
	if (n < 0)
		return err->code ? err->code : code;
	size_t have = MIN_OF((size_t)n, sizeof(tmp) - 1);
	/* Too long a chain loses its innermost end. */
	snprintf(tmp + have, sizeof(tmp) - have, ": %.*s", (int)(sizeof(tmp) - have), err->text);
	memcpy(err->text, tmp, sizeof(tmp));
	if (!err->code)
		err->code = code;
	return err->code;
}

void error_clear(struct error *err)
{
	if (err) {
		err->code = 0;
		err->sys_errno = 0;
		err->text[0] = 0;
	}
}

int error_nomem(struct error *err)
{
	return error_set(err, ERR_NOMEM, "out of memory (or a memory limit was reached)");
}

const char *error_code_name(int code)
{
	static const char *const names[] = { "none", "no-memory", "system", "format", "limit", "not-found", "usage", "auth", "network",
					     "digest", "timeout", "unsupported", "cancelled", "crashed", "corrupt", "internal" };
	return code <= 0 && (size_t)-code < ARRAY_LEN(names) ? names[-code] : "unknown";
}
