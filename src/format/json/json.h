/* JSON reader: untrusted bytes -> document tree (base/value.h). RFC 8259, strict: no comments, no trailing commas, no NaN.
 *
 *   struct document doc;
 *   if (json_parse(&arena, text, NULL, &doc, diags, &err) < 0) …;   "line 3, column 7: expected ',' or '}'"
 *   value_str_c(doc.root, "id");
 *
 * Ownership: nodes are on the arena; strings without escapes and all numbers are views INTO THE INPUT, which must outlive the
 * tree. Strings with escapes are decoded onto the arena. Nothing is NUL-terminated.
 * Strings: UTF-8 is checked. \u escapes: surrogate pairs become one code point; a lone surrogate becomes U+FFFD, as in Go's
 * encoding/json. \u0000 is a NUL byte inside the view. A byte order mark at the start is skipped.
 * Numbers: the grammar is checked and the exact text kept, however long. Duplicate keys: all members are kept in source
 * order, lookups give the last one; report_duplicates names them in `diags`.
 * Positions: value.pos and value_member.key_pos are byte offset + 1; a string's is that of its opening quote.
 * Limits: depth, bytes, nodes, and the arena's own limit; passing one is ERR_LIMIT or ERR_NOMEM, anything else that is wrong
 * is ERR_FORMAT. On failure *ret is untouched; what was allocated stays in the arena. The reader uses no C stack per level.
 * Threads: no shared state. Cost: one pass, 6.5 instructions a byte on advisory feeds (bench/json; simdjson 7.7). */
#ifndef FORMAT_JSON_JSON_H
#define FORMAT_JSON_JSON_H
#include "base/diag.h"
#include "base/value.h"

enum json_utf8 {
	JSON_UTF8_STRICT,  /* ill-formed UTF-8 in a string is an error */
	JSON_UTF8_REPLACE, /* each ill-formed byte becomes U+FFFD, as in Go's encoding/json */
};

#define JSON_DEPTH_DEFAULT 200
#define JSON_BYTES_MAX     (UINT32_MAX - 1) /* positions are 32 bits */
#define JSON_NODES_DEFAULT 50000000

/* All zero (or a NULL pointer) is the default. */
struct json_options {
	struct str name;       /* becomes document.name and the path of diagnostics; borrowed */
	uint32_t max_depth;    /* arrays and objects inside each other; 0 = JSON_DEPTH_DEFAULT */
	uint64_t max_bytes;    /* of the input; 0 = JSON_BYTES_MAX, which is also the largest possible */
	uint64_t max_nodes;    /* values in the tree; 0 = JSON_NODES_DEFAULT */
	enum json_utf8 utf8;
	bool report_duplicates; /* DIAG_WARNING for each key that an object has twice */
};

/* Reads exactly one value; white space may stand around it, anything else after it is an error. */
int json_parse(struct arena *a, struct str text, const struct json_options *opt, struct document *ret, struct diags *diags, struct error *err);

/* One value after another from the same text: JSON Lines, or values written one behind the other (`{}{}`).
 *
 *   struct json_lines it; json_lines_init(&it, text, NULL);
 *   while ((r = json_lines_next(&it, &arena, &doc, diags, &err)) > 0) { … arena_clear(&arena); }
 *
 * Each record is a document of its own: doc.source is the record's bytes and positions count from its start, so the text may be
 * longer than 4 GiB while a record may not. Error messages count lines from the start of the text. */
struct json_lines {
	struct str text;
	struct json_options opt;
	size_t at;      /* where the next record is looked for */
	size_t start;   /* of the record given last */
	uint64_t count; /* records given */
	uint64_t line;  /* of line_offset: where counting lines for messages has come to */
	size_t line_offset;
};
void json_lines_init(struct json_lines *it, struct str text, const struct json_options *opt);
/* 1: a record; 0: the end; negative: an error, after which the next call goes on behind the line that has the error. */
int json_lines_next(struct json_lines *it, struct arena *a, struct document *ret, struct diags *diags, struct error *err);
#endif
