/* The one document tree: what JSON, YAML and TOML readers give and what policies, manifests and feeds are read from.
 *
 *   value  = null | bool | number (exact text) | string | array of value | object (members in source order)
 *
 * 24 bytes a node, on an arena, read-only once made. `pos` is the byte offset in the source + 1 (0: unknown); document_position
 * turns it into line and column on demand, so positions cost nothing until asked for. Numbers keep their exact source text
 * (big integers survive); value_int / value_double convert. Duplicate keys: all members are kept in order, lookups give the LAST one, as
 * Go's encoding/json and most readers do; the JSON reader can report them as diagnostics. Strings are decoded UTF-8 views. */
#ifndef BASE_VALUE_H
#define BASE_VALUE_H
#include "base/arena.h"
#include "base/error.h"
#include "base/vec.h"

enum value_kind { VALUE_NULL, VALUE_BOOL, VALUE_NUMBER, VALUE_STRING, VALUE_ARRAY, VALUE_OBJECT };

struct value_member;
struct value {
	uint8_t kind;   /* enum value_kind */
	uint8_t flags;  /* VALUE_FLAG_… */
	uint16_t spare;
	uint32_t pos;   /* byte offset in the source + 1; 0 = unknown */
	union {
		bool boolean;
		struct {
			uint64_t count;
			union {
				const char *text;             /* STRING, NUMBER: count bytes */
				struct value *items;          /* ARRAY: count items */
				struct value_member *members; /* OBJECT: count members */
			};
		};
	};
};
_Static_assert(sizeof(struct value) == 24, "a document node is 24 bytes");

#define VALUE_FLAG_QUOTED 1 /* YAML/TOML: scalar was quoted in the source */
#define VALUE_FLAG_BLOCK  2 /* YAML: literal or folded block scalar */
#define VALUE_FLAG_FLOW   4 /* YAML: flow collection */
#define VALUE_FLAG_ALIAS  8 /* YAML: came through an alias (*x): pos is the alias's */

struct value_member {
	struct str key;
	uint32_t key_pos; /* as value.pos */
	uint32_t spare;
	struct value value;
};

/* A parsed source: the tree and what is needed to name a place in it. */
struct document {
	struct str name;     /* file name for messages */
	struct str source;   /* borrowed; must outlive positions */
	struct value *root;
	const uint32_t *line_starts; /* built on first use by document_position; arena */
	size_t line_count;
	struct arena *arena;
};
/* Line and column (both 1-based, column in bytes) of a pos; 0,0 when unknown. Builds the line index on first call: not thread-safe then. */
void document_position(struct document *doc, uint32_t pos, uint32_t *ret_line, uint32_t *ret_col);
/* Builds that index now: 0 or ERR_NOMEM. Documents of one source (a YAML stream) can then share line_starts and line_count. */
int document_index_lines(struct document *doc);

static inline struct str value_text(const struct value *v)
{
	return v && (v->kind == VALUE_STRING || v->kind == VALUE_NUMBER) ? (struct str){ v->text, v->count } : STR_NONE;
}
/* The last member with this key, or NULL (also when v is NULL or no object). O(members). */
const struct value *value_get(const struct value *v, struct str key);
#define value_get_c(v, lit) value_get((v), STR(lit))
/* As value_get, by a path of keys: value_path(v, "a", "b", NULL). */
const struct value *value_path(const struct value *v, ...) __attribute__((sentinel));
/* Item i of an array, or NULL. */
const struct value *value_at(const struct value *v, size_t i);
static inline size_t value_count(const struct value *v, enum value_kind kind)
{
	return v && v->kind == kind ? v->count : 0;
}
/* Text of a STRING member, else empty. */
struct str value_get_str(const struct value *v, struct str key);
#define value_str_c(v, lit) value_get_str((v), STR(lit))
bool value_get_bool(const struct value *v, struct str key, bool otherwise);
/* Number conversions: 0, -EINVAL (no number / not integral), -ERANGE. */
int value_int(const struct value *v, int64_t *ret);
int value_double(const struct value *v, double *ret);

/* Loops: value_foreach(it, array) / value_foreach_member(m, object); no iterations when v is NULL or of another kind. */
#define value_foreach(it, v)                                                                            \
	for (const struct value *it = value_count((v), VALUE_ARRAY) ? (v)->items : NULL,                \
				*it##_end = it ? it + (v)->count : NULL;                                \
	     it < it##_end; it++)
#define value_foreach_member(m, v)                                                                      \
	for (const struct value_member *m = value_count((v), VALUE_OBJECT) ? (v)->members : NULL,       \
				       *m##_end = m ? m + (v)->count : NULL;                            \
	     m < m##_end; m++)
#endif
