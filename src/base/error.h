/* Errors: a code, an errno and one line of text that grows by context from the inside out
 * ("layer 3: etc/os-release: line 4: unterminated quote"). A function that can fail takes `struct error *err` last and returns
 * 0 or a negative `enum error_code`; on success err is untouched. err may be NULL. Nothing here allocates or prints. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H
#include "base/str.h"

enum error_code {
	ERR_NOMEM = -1,       /* allocation failed or an arena's limit was reached */
	ERR_SYSTEM = -2,      /* a system call failed; sys_errno says how */
	ERR_FORMAT = -3,      /* the input is not what it claims to be */
	ERR_LIMIT = -4,       /* a size, depth, count or ratio limit was passed */
	ERR_NOT_FOUND = -5,
	ERR_USAGE = -6,       /* the caller's (user's) request makes no sense */
	ERR_AUTH = -7,        /* credentials refused or missing */
	ERR_NETWORK = -8,     /* could not reach or finish talking to a peer */
	ERR_DIGEST = -9,      /* content does not match its digest or size */
	ERR_TIMEOUT = -10,
	ERR_UNSUPPORTED = -11,/* known format or feature variant that is not handled */
	ERR_CANCELLED = -12,
	ERR_CRASHED = -13,    /* a worker died while reading this input */
	ERR_CORRUPT = -14,    /* our own database or cache is damaged */
	ERR_INTERNAL = -15,   /* a bug */
};

#define ERROR_TEXT_MAX 1024
struct error {
	int code;      /* enum error_code, 0 = none */
	int sys_errno; /* or 0 */
	char text[ERROR_TEXT_MAX];
};

/* Sets code and text; returns code. */
int error_set(struct error *err, int code, const char *fmt, ...) ATTR_PRINTF(3, 4);
/* ERR_SYSTEM (ENOENT gives ERR_NOT_FOUND, ENOMEM gives ERR_NOMEM) with ": strerror" appended; returns the code. */
int error_set_errno(struct error *err, int sys_errno, const char *fmt, ...) ATTR_PRINTF(3, 4);
/* Puts "context: " before the text that is there; returns err's code (or `code` when err is NULL). */
int error_wrap(struct error *err, int code, const char *fmt, ...) ATTR_PRINTF(3, 4);
void error_clear(struct error *err);
int error_nomem(struct error *err);
/* Name of a code for machines: "format", "limit", … */
const char *error_code_name(int code);
#endif
