/* TOML reader: untrusted bytes -> document tree (base/value.h). TOML 1.0.0, strict.
 *
 *   struct document doc;
 *   if (toml_parse(&arena, text, NULL, &doc, &err) < 0) …;   "line 3, column 7: key 'name' is already defined on line 1"
 *
 * Ownership: nodes are on the arena; keys, strings without escapes and numbers that stand in the source as they are decoded are
 * views INTO THE INPUT, which must outlive the tree.
 * Tables are objects, arrays of tables arrays of objects, members in the order in which they first appear. Strings carry
 * VALUE_FLAG_QUOTED; dates and times are checked and become strings without that flag, their text as in the source.
 * A NUMBER's text is always JSON's grammar ("0x1F" becomes "31", "1_000" "1000", "+1.0" "1.0"); only "inf", "-inf" and "nan" are none
 * in JSON. Decimal integers of any length keep their digits; others must fit in 64 bits.
 * Positions: byte offset + 1; a table's is that of the header or key that made it.
 * Limits: depth (tables, arrays and inline tables inside each other), bytes, values; passing one is ERR_LIMIT, anything else that is
 * wrong ERR_FORMAT. Recursion is bounded by the depth, which is at most TOML_DEPTH_MAX.
 * Threads: no shared state. Cost: one pass; tables are hashed, so nothing is quadratic. */
#ifndef FORMAT_TOML_TOML_H
#define FORMAT_TOML_TOML_H
#include "base/value.h"

#define TOML_DEPTH_DEFAULT 100
#define TOML_DEPTH_MAX     1000
#define TOML_BYTES_MAX     (UINT32_MAX - 1)
#define TOML_NODES_DEFAULT 20000000

/* All zero (or a NULL pointer) is the default. */
struct toml_options {
	struct str name;    /* becomes document.name; borrowed */
	uint32_t max_depth; /* 0 = TOML_DEPTH_DEFAULT; at most TOML_DEPTH_MAX */
	uint64_t max_bytes; /* of the input; 0 = TOML_BYTES_MAX */
	uint64_t max_nodes; /* values in the tree; 0 = TOML_NODES_DEFAULT */
};

int toml_parse(struct arena *a, struct str text, const struct toml_options *opt, struct document *ret, struct error *err);
#endif
