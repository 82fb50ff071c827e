/* TOML's lowest level: a cursor over the text, and strings, numbers and dates read from it. Private to the TOML reader. Each reader starts
 * at scan->p and leaves it behind what it read; on failure it has set the error and returns its negative code. */
#ifndef FORMAT_TOML_TOML_SCAN_H
#define FORMAT_TOML_TOML_SCAN_H
#include "base/value.h"

struct toml_scan {
	const char *start, *p, *end;
	struct arena *arena;
	struct error *err;
};

int toml_fail(struct toml_scan *s, int code, const char *at, const char *fmt, ...) ATTR_PRINTF(4, 5);
/* "expected X, found …" at s->p. */
int toml_expected(struct toml_scan *s, const char *what);

static inline uint32_t toml_pos(const struct toml_scan *s, const char *at)
{
	return (uint32_t)(at - s->start) + 1;
}
/* The byte at p, or 0 at the end (0 is no byte that TOML allows anywhere). */
static inline char toml_peek(const struct toml_scan *s)
{
	return s->p < s->end ? *s->p : 0;
}
static inline void toml_skip_blanks(struct toml_scan *s)
{
	while (s->p < s->end && (*s->p == ' ' || *s->p == '\t'))
		s->p++;
}
/* Blanks, then an optional comment, then the end of the line or of the text. */
int toml_end_of_line(struct toml_scan *s);
/* Blanks, comments and line ends in any number. */
int toml_skip_lines(struct toml_scan *s);

/* A string at its quote, of any of the four kinds, or with `key` only of the two one-line kinds. */
int toml_string(struct toml_scan *s, bool key, struct str *ret);
/* Boolean, number, date or time. */
int toml_plain(struct toml_scan *s, struct value *v);
#endif
