/* XML documents (XML 1.0, fifth edition) -> a small tree of elements, for package files (pom.xml, *.props).
 *
 *   <a x="1">text<b/></a>   ->   node a { text "text", attrs { x = 1 }, first -> node b }
 *
 * Read with libexpat. Names are without their namespace prefix; `text` is the character data directly inside the element, joined, untrimmed;
 * comments and processing instructions are passed over. A document type declaration is refused (ERR_UNSUPPORTED): no entity but the five of
 * XML and character references is ever expanded, and nothing outside the file is read. Encodings: UTF-8, UTF-16, ISO-8859-1, US-ASCII; other
 * one-byte encodings are read as ISO-8859-1, which is right for the ASCII that names and versions are made of.
 * Limits: XML_DEPTH_MAX, XML_NODES_MAX, XML_FILE_MAX and the arena's. Strings are copies on the arena. Linear time. Thread-safe. */
#ifndef FORMAT_XML_H
#define FORMAT_XML_H
#include "base/arena.h"
#include "base/error.h"

#define XML_FILE_MAX  (16u << 20) /* bytes */
#define XML_DEPTH_MAX 200u
#define XML_NODES_MAX 1000000u    /* elements */
#define XML_ATTRS_MAX 4000000u    /* attributes of the whole document */

struct xml_attr {
	struct str name, value;
};
struct xml_node {
	struct str name, text;
	struct xml_attr *attrs;
	uint32_t attr_count;
	uint32_t line, end_line; /* of its tags, from 1 */
	struct xml_node *first, *next;
};

/* 0: the limit above. Depth is XML_DEPTH_MAX for all. */
struct xml_limits {
	uint64_t bytes;
	uint32_t nodes, attrs;
};
int xml_parse_limited(struct arena *a, struct str text, const struct xml_limits *limits, struct xml_node **ret, struct error *err);
/* The root element. Errors: ERR_FORMAT (not well-formed, with line and column), ERR_UNSUPPORTED, ERR_LIMIT, ERR_NOMEM. */
int xml_parse(struct arena *a, struct str text, struct xml_node **ret, struct error *err);

/* The first child of that name; NULL when there is none or node is NULL. */
const struct xml_node *xml_child(const struct xml_node *node, struct str name);
#define xml_child_c(node, lit) xml_child((node), STR(lit))
/* Trimmed text of that child; empty. */
struct str xml_child_text(const struct xml_node *node, struct str name);
#define xml_text_c(node, lit) xml_child_text((node), STR(lit))
/* An attribute's value, trimmed; empty. Names are compared without case, as MSBuild does. */
struct str xml_attr_value(const struct xml_node *node, struct str name);
#define xml_foreach(it, node) for (const struct xml_node *it = (node) ? (node)->first : NULL; it; it = it->next)
#endif
