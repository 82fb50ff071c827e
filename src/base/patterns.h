/* Pattern matching engines behind one door: RE2 for exact expressions (linear time, whatever the expression and the text), vectorscan for the built-in
 * rules for secrets, compiled at build time. Both are libraries that would cost every start of the program time, so they live in a module of our own
 * (modules/patterns, installed as bulkhead-patterns.so) that is loaded when a scan first needs it (sys/module) and handed on as this table.
 *
 * Threads: a compiled expression and the database may be shared; a pattern_scan belongs to one thread. Text is bytes: with PATTERN_BYTES '.' is any
 * byte and \xff is that byte; else text is UTF-8 as Go's regexp takes it.
 * Errors: only compiling fails (NULL, and the reason as text). Memory of one expression is limited (PATTERN_MEMORY). */
#ifndef BASE_PATTERNS_H
#define BASE_PATTERNS_H
#include "base/str.h"

#define PATTERNS_VERSION 1
#define PATTERNS_SYMBOL  "bulkhead_patterns_1"
#define PATTERN_MEMORY   (8 << 20)
#define PATTERN_GROUPS   32 /* that pattern_find gives at most, the whole match included */

struct pattern;      /* a compiled expression */
struct pattern_scan; /* what one thread needs for secrets_scan */
struct pattern_span {
	size_t from, to; /* from == SIZE_MAX: the group took no part */
};
enum pattern_flag { PATTERN_BYTES = 1 };

struct patterns {
	uint32_t version;
	/* RE2 syntax. NULL: `why` (cap bytes, NUL-terminated) tells. */
	struct pattern *(*compile)(const char *regex, size_t n, unsigned flags, char *why, size_t cap);
	void (*free)(struct pattern *p); /* NULL-safe */
	/* First match at or after `from` (\b, ^ see what stands before it); count groups are filled, 0 is the whole match. */
	bool (*find)(const struct pattern *p, const char *text, size_t n, size_t from, struct pattern_span *groups, size_t count);
	size_t (*group_count)(const struct pattern *p); /* without the whole match */
	int (*group_named)(const struct pattern *p, const char *name, size_t n); /* number, or -1 */
	/* The built-in rules for secrets. rules_hash and rule_count: of the table the program has (secret_rules.h). NULL: another table, a processor that
	 * is not supported, or no memory; `why` tells. */
	struct pattern_scan *(*secrets_begin)(uint64_t rules_hash, size_t rule_count, const char **why);
	void (*secrets_end)(struct pattern_scan *s);
	/* Sets the bits of the rules whose first look finds something; hits has (rule_count + 63) / 64 words, zeroed by the caller. 0 or -1 (text of 4 GiB). */
	int (*secrets_scan)(struct pattern_scan *s, const char *text, size_t n, uint64_t *hits);
};
#endif
