#include "format/xml/xml.h"

#include <expat.h>

#include "base/buf.h"

struct level {
	struct xml_node *node, *last_child;
	size_t text_from; /* of its own text in reader.text */
};
struct reader {
	struct arena *arena;
	XML_Parser parser;
	struct xml_node *root;
	struct level levels[XML_DEPTH_MAX];
	unsigned depth;
	uint32_t nodes, attrs, max_nodes, max_attrs;
	struct buf text; /* of all open elements, the innermost last */
	int code;        /* why parsing was stopped; 0: it was not */
	const char *why;
};

static void stop(struct reader *r, int code, const char *why)
{
	if (r->code)
		return;
	r->code = code;
	r->why = why;
	XML_StopParser(r->parser, XML_FALSE);
}

static struct str local_name(const char *name)
{
	struct str s = str_c(name);
	size_t colon = str_rfind_char(s, ':');
	return colon == STR_NOT_FOUND ? s : str_from(s, colon + 1);
}

static bool copy_attrs(struct reader *r, struct xml_node *n, const char **attrs)
{
	size_t count = 0;
	while (attrs[count * 2])
		count++;
	if (!count)
		return true;
	n->attrs = arena_new_array(r->arena, struct xml_attr, count);
	if (!n->attrs)
		return false;
	for (; n->attr_count < count; n->attr_count++) {
		struct xml_attr *to = &n->attrs[n->attr_count];
		to->name = arena_str(r->arena, local_name(attrs[n->attr_count * 2]));
		to->value = arena_str(r->arena, str_c(attrs[n->attr_count * 2 + 1]));
		if (!to->name.p || !to->value.p)
			return false;
	}
	r->attrs += n->attr_count;
	return true;
}

static void on_start(void *ctx, const char *name, const char **attrs)
{
	struct reader *r = ctx;
	if (r->code) /* events that expat had under way */
		return;
	if (r->depth == XML_DEPTH_MAX) {
		stop(r, ERR_LIMIT, "elements nested too deep");
		return;
	}
	if (r->nodes == r->max_nodes || r->attrs > r->max_attrs) {
		stop(r, ERR_LIMIT, "too many elements");
		return;
	}
	struct xml_node *n = arena_new(r->arena, struct xml_node);
	if (!n || !(n->name = arena_str(r->arena, local_name(name))).p || !copy_attrs(r, n, attrs)) {
		stop(r, ERR_NOMEM, "no memory");
		return;
	}
	n->line = (uint32_t)MIN_OF(XML_GetCurrentLineNumber(r->parser), UINT32_MAX);
	r->nodes++;
	if (r->depth) {
		struct level *up = &r->levels[r->depth - 1];
		if (up->last_child)
			up->last_child->next = n;
		else
			up->node->first = n;
		up->last_child = n;
	} else {
		r->root = n;
	}
	r->levels[r->depth++] = (struct level){ .node = n, .text_from = r->text.n };
}

static void on_end(void *ctx, const char *name)
{
	struct reader *r = ctx;
	if (r->code || !r->depth)
		return;
	struct level *l = &r->levels[--r->depth];
	l->node->end_line = (uint32_t)MIN_OF(XML_GetCurrentLineNumber(r->parser), UINT32_MAX);
	l->node->text = arena_str(r->arena, str_from(buf_str(&r->text), l->text_from));
	r->text.n = l->text_from;
	if (!l->node->text.p || buf_failed(&r->text))
		stop(r, ERR_NOMEM, "no memory");
}

static void on_text(void *ctx, const char *text, int n)
{
	struct reader *r = ctx;
	if (!r->code && r->depth && n > 0)
		buf_add_bytes(&r->text, text, (size_t)n);
}

static void on_doctype(void *ctx, const char *name, const char *system, const char *public_id, int has_internal)
{
	stop(ctx, ERR_UNSUPPORTED, "a document type declaration is not read");
}

/* One-byte encodings that expat does not know: see the header. */
static int on_encoding(void *ctx, const char *name, XML_Encoding *info)
{
	static const struct str families[] = { STR_INIT("iso-8859-"), STR_INIT("windows-"), STR_INIT("cp"), STR_INIT("ibm"), STR_INIT("latin") };
	struct str s = str_c(name);
	for (size_t i = 0; i < ARRAY_LEN(families); i++)
		if (str_eq_nocase(str_sub(s, 0, families[i].n), families[i])) {
			for (int c = 0; c < 256; c++)
				info->map[c] = c;
			return XML_STATUS_OK;
		}
	return XML_STATUS_ERROR;
}

int xml_parse(struct arena *a, struct str text, struct xml_node **ret, struct error *err)
{
	return xml_parse_limited(a, text, &(struct xml_limits){ 0 }, ret, err);
}

int xml_parse_limited(struct arena *a, struct str text, const struct xml_limits *limits, struct xml_node **ret, struct error *err)
{
	uint64_t max_bytes = limits->bytes ? limits->bytes : XML_FILE_MAX;
	if (text.n > max_bytes || text.n > INT_MAX)
		return error_set(err, ERR_LIMIT, "XML of %zu bytes, more than the limit of %llu", text.n, (unsigned long long)max_bytes);
	struct reader *r = arena_new(a, struct reader);
	if (!r || !(r->parser = XML_ParserCreate(NULL)))
		return error_nomem(err);
	r->arena = a;
	r->max_nodes = limits->nodes ? limits->nodes : XML_NODES_MAX;
	r->max_attrs = limits->attrs ? limits->attrs : XML_ATTRS_MAX;
	buf_init(&r->text, max_bytes * 2);
	/* A salt of our own: expat would ask the system for one, which a worker may not. */
	XML_SetHashSalt(r->parser, (unsigned long)(uintptr_t)r->parser | 1);
	XML_SetUserData(r->parser, r);
	XML_SetElementHandler(r->parser, on_start, on_end);
	XML_SetCharacterDataHandler(r->parser, on_text);
	XML_SetStartDoctypeDeclHandler(r->parser, on_doctype);
	XML_SetUnknownEncodingHandler(r->parser, on_encoding, NULL);
	int code = 0;
	if (XML_Parse(r->parser, text.p ? text.p : "", (int)text.n, 1) != XML_STATUS_OK || r->code) {
		unsigned long line = XML_GetCurrentLineNumber(r->parser), column = XML_GetCurrentColumnNumber(r->parser) + 1;
		if (r->code == ERR_NOMEM || XML_GetErrorCode(r->parser) == XML_ERROR_NO_MEMORY)
			code = error_nomem(err);
		else
			code = error_set(err, r->code ? r->code : ERR_FORMAT, "line %lu, column %lu: %s", line, column,
					 r->code ? r->why : XML_ErrorString(XML_GetErrorCode(r->parser)));
	} else if (buf_failed(&r->text)) {
		code = error_nomem(err);
	} else {
		*ret = r->root;
	}
	buf_release(&r->text);
	XML_ParserFree(r->parser);
	return code;
}

const struct xml_node *xml_child(const struct xml_node *node, struct str name)
{
	xml_foreach(it, node)
		if (str_eq(it->name, name))
			return it;
	return NULL;
}

struct str xml_child_text(const struct xml_node *node, struct str name)
{
	const struct xml_node *child = xml_child(node, name);
	return child ? str_trim(child->text) : STR("");
}

struct str xml_attr_value(const struct xml_node *node, struct str name)
{
	for (uint32_t i = 0; node && i < node->attr_count; i++)
		if (str_eq_nocase(node->attrs[i].name, name))
			return str_trim(node->attrs[i].value);
	return STR("");
}
