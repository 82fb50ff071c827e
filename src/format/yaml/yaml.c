#include "format/yaml/yaml.h"

#include <yaml.h>

#include "base/map.h"
#include "format/yaml/yaml_scalar.h"

/* What &name stands for. Its size and depth are those of a full walk, with the aliases inside it followed. */
struct anchor {
	struct value value;
	uint64_t nodes;
	uint32_t height; /* 0: scalar */
	bool open;       /* the end of the node has not been seen: an alias here would make a cycle */
};

/* A sequence or mapping that is being read; its children are slots[first…]. */
struct frame {
	struct value value;
	size_t first;
	uint64_t nodes_before;
	uint32_t height;
	struct anchor *anchor;
	struct str key; /* mapping: of the value that comes next */
	uint32_t key_pos;
	bool has_key, key_is_merge, has_merge;
};
VEC_DECLARE(frame_vec, struct frame);
VEC_DECLARE(slot_vec, struct value_member); /* items of sequences use .value only; .spare marks a merge (<<) */

#define SLOT_MERGE 1

struct builder {
	struct arena *arena;
	struct arena scratch; /* frames and slots */
	const struct yaml_options *opt;
	struct document *doc; /* of the whole source: for lines */
	struct diags *diags;
	struct error *err;
	yaml_parser_t parser;
	size_t base;          /* where the parser's input starts in the source */
	bool ascii;           /* the parser's character index is a byte offset */
	size_t char_index, byte_index; /* else: the place up to which characters have been counted */
	size_t error_at;
	size_t done_at;       /* end of the last finished document */
	bool done_bare;       /* there, a document may start without "---": at the start, and behind "..." */
	struct frame_vec frames;
	struct slot_vec slots;
	struct map anchors;
	struct value root;
	uint32_t max_depth;
	uint64_t max_nodes, max_alias_nodes;
	uint64_t total_nodes;  /* made in all documents */
	uint64_t nodes;        /* of this document, aliases followed */
	uint64_t alias_nodes;  /* of these, added by aliases */
};

static const struct yaml_options default_options;

/* ---- places and errors ---- */

/* libyaml counts characters, the tree bytes. Marks come nearly in order, so counting goes on from the last place, either way. */
static size_t byte_offset(struct builder *b, const yaml_mark_t *mark)
{
	struct str s = b->doc->source;
	if (b->ascii)
		return MIN_OF(b->base + mark->index, s.n);
	while (b->char_index < mark->index && b->byte_index < s.n) {
		do
			b->byte_index++;
		while (b->byte_index < s.n && ((unsigned char)s.p[b->byte_index] & 0xc0) == 0x80);
		b->char_index++;
	}
	while (b->char_index > mark->index && b->byte_index > b->base) {
		do
			b->byte_index--;
		while (b->byte_index > b->base && ((unsigned char)s.p[b->byte_index] & 0xc0) == 0x80);
		b->char_index--;
	}
	return b->byte_index;
}

static int ATTR_COLD ATTR_PRINTF(4, 5) fail(struct builder *b, int code, size_t at, const char *fmt, ...)
{
	char text[300];
	uint32_t line, col;
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	b->error_at = at;
	document_position(b->doc, (uint32_t)at + 1, &line, &col);
	return error_set(b->err, code, "line %u, column %u: %s", line, col, text);
}

static int ATTR_COLD fail_parser(struct builder *b)
{
	const yaml_parser_t *p = &b->parser;
	if (p->error == YAML_MEMORY_ERROR)
		return error_nomem(b->err);
	const char *problem = p->problem ? p->problem : "not YAML";
	if (p->error == YAML_READER_ERROR) /* the only error that comes with a byte offset */
		return fail(b, ERR_FORMAT, MIN_OF(b->base + p->problem_offset, b->doc->source.n), "%s", problem);
	size_t at = byte_offset(b, &p->problem_mark);
	if (p->context && p->context_mark.line != p->problem_mark.line)
		return fail(b, ERR_FORMAT, at, "%s (%s that starts on line %zu)", problem, p->context, p->context_mark.line + 1);
	return p->context ? fail(b, ERR_FORMAT, at, "%s (%s)", problem, p->context) : fail(b, ERR_FORMAT, at, "%s", problem);
}

/* ---- putting nodes into the tree ---- */

static struct str key_text(const struct value *v)
{
	static const struct {
		struct str number, key;
	} words[] = { { STR_INIT("inf"), STR_INIT(".inf") }, { STR_INIT("-inf"), STR_INIT("-.inf") }, { STR_INIT("nan"), STR_INIT(".nan") } };
	if (v->kind == VALUE_NULL)
		return STR("null");
	if (v->kind == VALUE_BOOL)
		return v->boolean ? STR("true") : STR("false");
	for (size_t i = 0; v->kind == VALUE_NUMBER && i < ARRAY_LEN(words); i++)
		if (str_eq(value_text(v), words[i].number))
			return words[i].key;
	return value_text(v);
}

/* A finished node goes into the innermost open container, or becomes the root. */
static int put(struct builder *b, const struct value *v, uint32_t height, bool is_merge_key)
{
	struct frame *f = b->frames.n ? &b->frames.v[b->frames.n - 1] : NULL;
	if (!f) {
		b->root = *v;
		return 0;
	}
	if (height + 1 > f->height)
		f->height = height + 1;
	struct value_member slot = { .value = *v };
	if (f->value.kind == VALUE_OBJECT && !f->has_key) {
		if (v->kind == VALUE_ARRAY || v->kind == VALUE_OBJECT)
			return fail(b, ERR_FORMAT, v->pos - 1, "a sequence or mapping cannot be a key");
		f->key = key_text(v);
		f->key_pos = v->pos;
		f->has_key = true;
		f->key_is_merge = is_merge_key;
		return 0;
	}
	if (f->value.kind == VALUE_OBJECT) {
		slot.key = f->key;
		slot.key_pos = f->key_pos;
		slot.spare = f->key_is_merge ? SLOT_MERGE : 0;
		f->has_merge |= f->key_is_merge;
		f->has_key = false;
	}
	return vec_push(&b->scratch, &b->slots, slot) ? 0 : error_nomem(b->err);
}

static int count_node(struct builder *b, size_t at)
{
	b->nodes++;
	if (++b->total_nodes > b->max_nodes)
		return fail(b, ERR_LIMIT, at, "more than %llu values", (unsigned long long)b->max_nodes);
	return 0;
}

/* *ret: the anchor of this name, new or to be replaced; NULL when the node has none. */
static int open_anchor(struct builder *b, const char *name, struct anchor **ret)
{
	*ret = NULL;
	if (!name)
		return 0;
	bool is_new = false;
	struct str key = arena_str(&b->scratch, str_c(name));
	void **at = key.p ? map_at(&b->anchors, key, &is_new) : NULL;
	struct anchor *x = at ? arena_new(&b->scratch, struct anchor) : NULL;
	if (!x)
		return error_nomem(b->err);
	x->open = true;
	*at = *ret = x;
	return 0;
}

static int on_alias(struct builder *b, const yaml_event_t *e)
{
	size_t at = byte_offset(b, &e->start_mark);
	const char *name = (const char *)e->data.alias.anchor;
	const struct anchor *x = map_get(&b->anchors, str_c(name));
	if (!x)
		return fail(b, ERR_FORMAT, at, "unknown anchor '%.100s'", name);
	if (x->open)
		return fail(b, ERR_FORMAT, at, "anchor '%.100s' contains itself", name);
	b->nodes += x->nodes;
	b->alias_nodes += x->nodes;
	if (b->alias_nodes > b->max_alias_nodes)
		return fail(b, ERR_LIMIT, at, "aliases stand for more than %llu values", (unsigned long long)b->max_alias_nodes);
	if (b->frames.n + x->height > b->max_depth)
		return fail(b, ERR_LIMIT, at, "nested deeper than %u when aliases are followed", b->max_depth);
	struct value v = x->value;
	v.pos = (uint32_t)at + 1;
	v.flags |= VALUE_FLAG_ALIAS;
	return put(b, &v, x->height, false);
}

/* The scalar's text as a view of the source when it stands there as it is, else copied. */
static struct str scalar_text(struct builder *b, const yaml_event_t *e, size_t at)
{
	struct str made = { (const char *)e->data.scalar.value, e->data.scalar.length };
	struct str source = str_from(b->doc->source, at + (e->data.scalar.style != YAML_PLAIN_SCALAR_STYLE));
	return str_has_prefix(source, made) ? str_make(source.p, made.n) : arena_str(b->arena, made);
}

static int on_scalar(struct builder *b, const yaml_event_t *e)
{
	size_t at = byte_offset(b, &e->start_mark);
	struct anchor *anchor;
	int r = count_node(b, at);
	if (r == 0)
		r = open_anchor(b, (const char *)e->data.scalar.anchor, &anchor);
	if (r < 0)
		return r;
	yaml_scalar_style_t style = e->data.scalar.style;
	bool block = style == YAML_LITERAL_SCALAR_STYLE || style == YAML_FOLDED_SCALAR_STYLE, plain = style == YAML_PLAIN_SCALAR_STYLE;
	struct value v = { .pos = (uint32_t)at + 1, .flags = block ? VALUE_FLAG_BLOCK : plain ? 0 : VALUE_FLAG_QUOTED };
	struct str text = scalar_text(b, e, at), tag = str_c((const char *)e->data.scalar.tag);
	if (!text.p)
		return error_nomem(b->err);
	r = yaml_scalar(b->arena, text, tag, plain, b->opt->resolve, &v);
	if (r == ERR_NOMEM)
		return error_nomem(b->err);
	if (r < 0)
		return fail(b, r, at, "'%.*s' cannot be read as %.*s", STR_FMT(str_sub(text, 0, 60)), STR_FMT(tag));
	if (anchor)
		*anchor = (struct anchor){ .value = v, .nodes = 1 };
	bool merge = plain && str_eq(text, STR("<<")) && (tag.n == 0 || str_eq(tag, STR("tag:yaml.org,2002:merge")));
	return put(b, &v, 0, merge);
}

static int on_start(struct builder *b, const yaml_event_t *e, enum value_kind kind, bool flow, const char *anchor)
{
	size_t at = byte_offset(b, &e->start_mark);
	int r = count_node(b, at);
	if (r < 0)
		return r;
	if (b->frames.n >= b->max_depth)
		return fail(b, ERR_LIMIT, at, "nested deeper than %u", b->max_depth);
	struct frame f = { .value = { .kind = (uint8_t)kind, .flags = flow ? VALUE_FLAG_FLOW : 0, .pos = (uint32_t)at + 1 },
			   .first = b->slots.n, .nodes_before = b->nodes - 1, .height = 1 };
	r = open_anchor(b, anchor, &f.anchor);
	if (r < 0)
		return r;
	return vec_push(&b->scratch, &b->frames, f) ? 0 : error_nomem(b->err);
}

/* ---- finished mappings: merge keys and duplicates ---- */

static bool mark_new(struct map *seen, struct str key, bool *failed)
{
	bool is_new = false;
	if (!map_at(seen, key, &is_new))
		*failed = true;
	return is_new;
}

static void merge_from(struct arena *a, struct slot_vec *out, struct map *seen, const struct value *from, bool *failed)
{
	/* From the back, because of equal keys the last one counts; then turned round again. */
	size_t start = out->n;
	for (size_t i = from->count; i-- > 0;)
		if (mark_new(seen, from->members[i].key, failed) && !vec_push(a, out, from->members[i]))
			*failed = true;
	for (size_t i = start, j = out->n; i + 1 < j; i++) {
		struct value_member t = out->v[i];
		out->v[i] = out->v[--j];
		out->v[j] = t;
	}
}

/* Replaces the slots marked as merges by the members they stand for. */
static int resolve_merges(struct builder *b, const struct frame *f)
{
	struct map seen;
	struct slot_vec out = { 0 };
	bool failed = false;
	map_init(&seen, &b->scratch);
	for (size_t i = f->first; i < b->slots.n; i++)
		if (!b->slots.v[i].spare)
			mark_new(&seen, b->slots.v[i].key, &failed);
	for (size_t i = f->first; i < b->slots.n && !failed; i++) {
		struct value_member *m = &b->slots.v[i];
		if (!m->spare) {
			failed = !vec_push(&b->scratch, &out, *m);
			continue;
		}
		bool ok = m->value.kind == VALUE_OBJECT || m->value.kind == VALUE_ARRAY;
		if (m->value.kind == VALUE_OBJECT)
			merge_from(&b->scratch, &out, &seen, &m->value, &failed);
		value_foreach(it, &m->value) {
			if (it->kind == VALUE_OBJECT)
				merge_from(&b->scratch, &out, &seen, it, &failed);
			else
				ok = false;
		}
		if (!ok)
			return fail(b, ERR_FORMAT, m->key_pos - 1, "a merge (<<) needs a mapping or a sequence of mappings");
	}
	b->slots.n = f->first;
	for (size_t i = 0; i < out.n && !failed; i++)
		failed = !vec_push(&b->scratch, &b->slots, out.v[i]);
	return failed ? error_nomem(b->err) : 0;
}

static void report_duplicates(struct builder *b, const struct frame *f)
{
	struct map seen;
	bool failed = false;
	map_init(&seen, &b->scratch);
	for (size_t i = f->first; i < b->slots.n; i++) {
		const struct value_member *m = &b->slots.v[i];
		uint32_t line, col;
		if (mark_new(&seen, m->key, &failed) || failed)
			continue;
		document_position(b->doc, m->key_pos, &line, &col);
		diag_add(b->diags, DIAG_WARNING, b->opt->name, line, col, "duplicate key \"%.*s\"; the last one counts", STR_FMT(str_sub(m->key, 0, 100)));
	}
}

static int on_end(struct builder *b)
{
	struct frame f = b->frames.v[b->frames.n - 1];
	bool object = f.value.kind == VALUE_OBJECT;
	int r = 0;
	if (object && b->opt->report_duplicates)
		report_duplicates(b, &f);
	if (f.has_merge)
		r = resolve_merges(b, &f);
	if (r < 0)
		return r;
	size_t n = b->slots.n - f.first;
	const struct value_member *from = n ? b->slots.v + f.first : NULL;
	if (n && object) {
		f.value.members = arena_alloc_aligned(b->arena, n * sizeof(*from), 8);
		if (!f.value.members)
			return error_nomem(b->err);
		memcpy(f.value.members, from, n * sizeof(*from));
	} else if (n) {
		f.value.items = arena_alloc_aligned(b->arena, n * sizeof(*f.value.items), 8);
		if (!f.value.items)
			return error_nomem(b->err);
		for (size_t i = 0; i < n; i++)
			f.value.items[i] = from[i].value;
	}
	f.value.count = n;
	b->slots.n = f.first;
	b->frames.n--;
	if (f.anchor)
		*f.anchor = (struct anchor){ .value = f.value, .nodes = b->nodes - f.nodes_before, .height = f.height };
	return put(b, &f.value, f.height, false);
}

/* ---- streams ---- */

static int on_event(struct builder *b, const yaml_event_t *e)
{
	switch (e->type) {
	case YAML_ALIAS_EVENT:
		return on_alias(b, e);
	case YAML_SCALAR_EVENT:
		return on_scalar(b, e);
	case YAML_SEQUENCE_START_EVENT:
		return on_start(b, e, VALUE_ARRAY, e->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE, (const char *)e->data.sequence_start.anchor);
	case YAML_MAPPING_START_EVENT:
		return on_start(b, e, VALUE_OBJECT, e->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE, (const char *)e->data.mapping_start.anchor);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return on_end(b);
	default:
		return 0;
	}
}

static void document_begin(struct builder *b, const yaml_event_t *e, struct yaml_document *ret)
{
	struct str rest;
	uint32_t col;
	arena_clear(&b->scratch);
	b->frames = (struct frame_vec){ 0 };
	b->slots = (struct slot_vec){ 0 };
	map_init(&b->anchors, &b->scratch);
	b->root = (struct value){ 0 };
	b->nodes = b->alias_nodes = 0;
	size_t start = byte_offset(b, &e->start_mark);
	*ret = (struct yaml_document){ .doc = *b->doc, .start = (uint32_t)start + 1 };
	document_position(b->doc, ret->start, &ret->line, &col);
	if (e->data.document_start.implicit)
		return;
	rest = str_from(b->doc->source, byte_offset(b, &e->end_mark));
	str_next_line(&rest, &ret->comment);
	ret->comment = str_trim(ret->comment);
	ret->comment = str_strip_prefix(&ret->comment, STR("#")) ? str_trim(ret->comment) : STR_NONE;
}

static int document_end(struct builder *b, const yaml_event_t *e, struct yaml_document *doc, struct yaml_document_vec *ret)
{
	doc->doc.root = arena_alloc_aligned(b->arena, sizeof(struct value), 8);
	if (!doc->doc.root)
		return error_nomem(b->err);
	*doc->doc.root = b->root;
	b->done_at = byte_offset(b, &e->end_mark);
	b->done_bare = !e->data.document_end.implicit;
	return vec_push(b->arena, ret, *doc) ? 0 : error_nomem(b->err);
}

/* Reads documents from source offset b->base up to `end`, an error, or `max` documents. *ret_more: there was one document more. */
static int read_stream(struct builder *b, size_t end, uint32_t max, struct yaml_document_vec *ret, bool *ret_more)
{
	struct str input = str_sub(b->doc->source, b->base, end - b->base);
	struct yaml_document doc = { 0 };
	b->char_index = 0;
	b->byte_index = b->base;
	if (!yaml_parser_initialize(&b->parser))
		return error_nomem(b->err);
	yaml_parser_set_encoding(&b->parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&b->parser, (const unsigned char *)(input.p ? input.p : ""), input.n);
	int r = 0;
	for (bool done = false; r == 0 && !done;) {
		yaml_event_t e;
		if (!yaml_parser_parse(&b->parser, &e)) {
			if (ret->n >= max)
				*ret_more = true; /* what follows is not wanted, so it may be wrong */
			else
				r = fail_parser(b);
			break;
		}
		if (e.type == YAML_DOCUMENT_START_EVENT) {
			if (ret->n >= max)
				done = *ret_more = true;
			else
				document_begin(b, &e, &doc);
		} else if (e.type == YAML_DOCUMENT_END_EVENT) {
			r = document_end(b, &e, &doc, ret);
		} else if (e.type == YAML_STREAM_END_EVENT) {
			done = true;
		} else {
			r = on_event(b, &e);
		}
		yaml_event_delete(&e);
	}
	yaml_parser_delete(&b->parser);
	return r;
}

/* Whether the line at this offset is a marker, "---" or "...": such a line cannot be part of a document (YAML 1.2.2, 9.1.2). */
static bool is_marker(struct str source, size_t at, struct str marker)
{
	struct str s = str_from(source, at);
	return (at == 0 || source.p[at - 1] == '\n') && str_has_prefix(s, marker) && (s.n == marker.n || char_is_space(s.p[marker.n]));
}

/* Offset behind `from` where a document may start: a line "---", or the line behind a line "..."; or the end. */
static size_t next_document(struct str source, size_t from)
{
	for (;;) {
		size_t nl = from < source.n ? str_find_char(str_from(source, from), '\n') : STR_NOT_FOUND;
		if (nl == STR_NOT_FOUND)
			return source.n;
		bool ended = is_marker(source, from, STR("..."));
		from += nl + 1;
		if (ended || is_marker(source, from, STR("---")))
			return from;
	}
}

static void report_unreadable(struct builder *b)
{
	uint32_t line, col;
	const char *text = strstr(b->err->text, ": "); /* behind "line X, column Y" */
	document_position(b->doc, (uint32_t)b->error_at + 1, &line, &col);
	diag_add(b->diags, DIAG_UNREADABLE, b->opt->name, line, col, "%s", text ? text + 2 : b->err->text);
}

/* After an error in a stream: from the end of the last good document on, each document is read by itself, so that one that is wrong
 * (or has bytes that libyaml's look-ahead trips over) costs only itself. */
static int read_one_by_one(struct builder *b, uint32_t max, struct yaml_document_vec *ret, bool *ret_more)
{
	struct str source = b->doc->source;
	size_t at = b->done_at;
	if (!b->done_bare && !is_marker(source, at, STR("---"))) {
		struct str between = str_trim(str_sub(source, at, next_document(source, at) - at));
		at = next_document(source, at);
		if (b->error_at >= at && at < source.n && between.n && between.p[0] != '#' && between.p[0] != '%') {
			b->error_at = (size_t)(between.p - source.p);
			error_set(b->err, ERR_FORMAT, "line 0, column 0: text that belongs to no document");
		}
		if (b->error_at < at || at == source.n)
			report_unreadable(b);
	}
	for (size_t end; at < source.n && !*ret_more; at = end) {
		end = next_document(source, at);
		b->base = at;
		int r = read_stream(b, end, max, ret, ret_more);
		if (r != 0 && r != ERR_FORMAT && r != ERR_LIMIT)
			return r;
		if (r < 0)
			report_unreadable(b);
	}
	return 0;
}

static bool is_ascii(struct str s)
{
	size_t i = 0;
	for (uint64_t x; i + 8 <= s.n; i += 8) {
		memcpy(&x, s.p + i, 8);
		if (x & 0x8080808080808080u)
			return false;
	}
	for (; i < s.n; i++)
		if ((unsigned char)s.p[i] >= 0x80)
			return false;
	return true;
}

static int parse_documents(struct arena *a, struct str text, const struct yaml_options *opt, uint32_t max, bool keep_going, struct yaml_document_vec *ret, bool *ret_more,
			   struct diags *diags, struct error *err)
{
	opt = opt ? opt : &default_options;
	uint64_t max_bytes = opt->max_bytes && opt->max_bytes < YAML_BYTES_MAX ? opt->max_bytes : YAML_BYTES_MAX;
	if (text.n > max_bytes)
		return error_set(err, ERR_LIMIT, "%zu bytes of YAML are more than the limit of %llu", text.n, (unsigned long long)max_bytes);
	if (str_has_prefix(text, STR("\xff\xfe")) || str_has_prefix(text, STR("\xfe\xff")))
		return error_set(err, ERR_FORMAT, "line 1, column 1: the text is UTF-16, not UTF-8");
	struct error local = { 0 };
	struct document doc = { .name = opt->name, .source = text, .arena = a };
	if (document_index_lines(&doc) < 0)
		return error_nomem(err);
	struct builder b = { .arena = a, .opt = opt, .doc = &doc, .diags = diags, .err = keep_going ? &local : err, .ascii = is_ascii(text), .done_bare = true,
			     .max_depth = opt->max_depth ? opt->max_depth : YAML_DEPTH_DEFAULT, .max_nodes = opt->max_nodes ? opt->max_nodes : YAML_NODES_DEFAULT,
			     .max_alias_nodes = opt->max_alias_nodes ? opt->max_alias_nodes : YAML_ALIAS_NODES_DEFAULT };
	arena_init(&b.scratch, a->limit_bytes);
	if (str_has_prefix(text, STR("\xef\xbb\xbf"))) {
		b.base = b.done_at = 3;
		b.ascii = is_ascii(str_from(text, 3));
	}
	int r = read_stream(&b, text.n, max, ret, ret_more);
	if (keep_going && (r == ERR_FORMAT || r == ERR_LIMIT))
		r = read_one_by_one(&b, max, ret, ret_more);
	if (r < 0 && keep_going)
		error_set(err, r, "%s", local.text);
	arena_release(&b.scratch);
	return r;
}

int yaml_parse_stream(struct arena *a, struct str text, const struct yaml_options *opt, struct yaml_document_vec *ret, struct diags *diags, struct error *err)
{
	uint32_t max = opt && opt->max_documents ? opt->max_documents : YAML_DOCUMENTS_DEFAULT;
	struct yaml_document_vec docs = { 0 };
	bool more = false;
	int r = parse_documents(a, text, opt, max, opt && opt->keep_going, &docs, &more, diags, err);
	if (r < 0)
		return r;
	if (more)
		return error_set(err, ERR_LIMIT, "more than %u YAML documents", max);
	*ret = docs;
	return 0;
}

int yaml_parse(struct arena *a, struct str text, const struct yaml_options *opt, struct document *ret, struct diags *diags, struct error *err)
{
	struct yaml_document_vec docs = { 0 };
	bool more = false;
	int r = parse_documents(a, text, opt, 1, false, &docs, &more, diags, err);
	if (r < 0)
		return r;
	if (more)
		diag_add(diags, DIAG_WARNING, opt ? opt->name : STR_NONE, 0, 0, "only the first of several YAML documents is read");
	if (docs.n) {
		*ret = docs.v[0].doc;
		return 0;
	}
	struct value *root = arena_new(a, struct value);
	if (!root)
		return error_nomem(err);
	*ret = (struct document){ .name = opt ? opt->name : STR_NONE, .source = text, .root = root, .arena = a };
	return 0;
}
