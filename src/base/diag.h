/* Diagnostics: what a reader could not read or found odd, beside what it returned. A broken package file does not fail a scan and
 * is never silent: every diagnostic ends in the report. At most DIAG_MAX are kept; `dropped` counts the rest. */
#ifndef BASE_DIAG_H
#define BASE_DIAG_H
#include "base/vec.h"

enum diag_level {
	DIAG_NOTE,       /* for --debug */
	DIAG_WARNING,    /* something was passed over that does not change the result's completeness */
	DIAG_UNREADABLE, /* content that could not be read: the result may be incomplete (fails --strict) */
};
struct diag {
	enum diag_level level;
	struct str path;     /* file inside the image, feed or document; may be empty */
	uint32_t line, col;  /* 1-based, 0 = unknown */
	struct str text;
};
#define DIAG_MAX 1000
VEC_DECLARE(diag_vec, struct diag);
struct diags {
	struct arena *arena;
	struct diag_vec list;
	uint64_t dropped;
};
void diags_init(struct diags *d, struct arena *a);
/* path is copied; d may be NULL (then nothing is kept). */
void diag_add(struct diags *d, enum diag_level level, struct str path, uint32_t line, uint32_t col, const char *fmt, ...) ATTR_PRINTF(6, 7);
#endif
