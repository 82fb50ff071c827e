/* Report templates: a small language for text around fields, read into a flat list of nodes. docs/templates.md is its specification.
 *
 *   {{name}}  {{name|mode}}              a field, escaped by mode or by the template's default
 *   {{#each list}} … {{/each}}           for each item
 *   {{#if name}} … {{else}} … {{/if}}    when the field is not empty, "0" or "no"; {{#if name = "text"}}, {{#if name != "text"}} compare
 *   {{! anything }}                      a comment; {{!escape mode}} sets the default mode from here on
 *
 * There are no expressions, functions, includes or loops but over the report's own lists, so a template can't reach anything else. A line that holds nothing but a block tag or
 * a comment is left out whole. A node points past its block, so that whoever renders needs no second parse:
 *
 *   EACH next=5 │ TEXT │ FIELD │ TEXT │ END │ …       IF next=8, other=4 │ TEXT │ END(else) …
 *
 * Names are not known here; the renderer checks them. Strings are views into the text. Errors: ERR_FORMAT with the line, ERR_LIMIT. Linear time. */
#ifndef FORMAT_TEMPLATE_H
#define FORMAT_TEMPLATE_H
#include "base/error.h"
#include "base/vec.h"

#define TEMPLATE_BYTES_MAX (1u << 20)
#define TEMPLATE_DEPTH_MAX 16
#define TEMPLATE_NODES_MAX 100000

enum template_mode { TEMPLATE_TEXT, TEMPLATE_HTML, TEMPLATE_JSON, TEMPLATE_CSV, TEMPLATE_MARKDOWN, TEMPLATE_URL, TEMPLATE_MODE_COUNT };
/* "text", "html", "json", "csv", "markdown", "url" */
extern const char *const template_mode_names[TEMPLATE_MODE_COUNT];

enum template_kind { TEMPLATE_LITERAL, TEMPLATE_FIELD, TEMPLATE_EACH, TEMPLATE_IF };
enum template_test { TEMPLATE_SET, TEMPLATE_EQUAL, TEMPLATE_DIFFERENT };
struct template_node {
	enum template_kind kind;
	enum template_mode mode;  /* FIELD */
	enum template_test test;  /* IF */
	struct str text;          /* LITERAL: bytes; else the name */
	struct str compare;       /* IF with EQUAL or DIFFERENT */
	uint32_t line;
	uint32_t other, next;     /* EACH, IF: first node of the else part, first behind the block; other == next when there is no else */
};
VEC_DECLARE(template_node_vec, struct template_node);
struct template {
	struct str name; /* for messages */
	struct template_node_vec nodes;
};
int template_parse(struct arena *a, struct str name, struct str text, struct template *ret, struct error *err);
#endif
