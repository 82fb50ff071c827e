#include "format/toml/toml.h"

#include "base/map.h"
#include "format/toml/toml_scan.h"

/* How a table came to be decides who may add to it (TOML 1.0.0, "Table" and "Inline Table"). */
enum origin {
	IMPLICIT, /* on the way to a header, as a in [a.b]: a header may still define it, dotted keys may enter it */
	HEADER,   /* defined by [a]: closed for further headers and for dotted keys from elsewhere */
	DOTTED,   /* made by dotted keys: more of these may enter it, headers may only go through it */
};

/* Tables grow in any order while the text is read, so they are built as lists in scratch memory and become values at the end. */
struct entry {
	struct entry *next;
	struct str key;
	uint32_t key_pos;
	enum { LEAF, TABLE, TABLES } kind;
	struct value value;        /* LEAF */
	struct table *table;       /* TABLE; TABLES: the last element, where headers below it go */
	struct table *first_table; /* TABLES: elements, linked by table.next */
	size_t table_count;
};

struct table {
	struct entry *first, **last;
	size_t count;
	struct map *index; /* once there are more than LIST_MAX entries */
	enum origin origin;
	uint32_t pos;
	struct table *next;
};
#define LIST_MAX 8

VEC_DECLARE(value_vec, struct value);
struct toml_key {
	struct str text;
	uint32_t pos;
};
VEC_DECLARE(key_vec, struct toml_key);

struct reader {
	struct toml_scan scan;
	struct arena scratch;
	struct key_vec keys;   /* the dotted key or header that was read last */
	struct value_vec items; /* stack of the items of open arrays */
	uint32_t max_depth;
	uint64_t nodes, max_nodes;
};

static int nomem(struct reader *r)
{
	return error_nomem(r->scan.err);
}

static int count_node(struct reader *r)
{
	if (++r->nodes > r->max_nodes)
		return toml_fail(&r->scan, ERR_LIMIT, r->scan.p, "more than %llu values", (unsigned long long)r->max_nodes);
	return 0;
}

static int check_depth(struct reader *r, size_t depth)
{
	return depth > r->max_depth ? toml_fail(&r->scan, ERR_LIMIT, r->scan.p, "nested deeper than %u", r->max_depth) : 0;
}

/* ---- tables while they are built ---- */

static struct table *table_new(struct reader *r, enum origin origin, uint32_t pos)
{
	struct table *t = arena_new(&r->scratch, struct table);
	if (t) {
		t->last = &t->first;
		t->origin = origin;
		t->pos = pos;
	}
	return t;
}

static struct entry *table_find(const struct table *t, struct str key)
{
	if (t->index)
		return map_get(t->index, key);
	for (struct entry *e = t->first; e; e = e->next)
		if (str_eq(e->key, key))
			return e;
	return NULL;
}

/* A new entry, which is not there yet; NULL without memory. */
static struct entry *table_add(struct reader *r, struct table *t, const struct toml_key *key)
{
	struct entry *e = arena_new(&r->scratch, struct entry);
	if (!e)
		return NULL;
	e->key = key->text;
	e->key_pos = key->pos;
	*t->last = e;
	t->last = &e->next;
	if (++t->count == LIST_MAX + 1) {
		t->index = arena_new(&r->scratch, struct map);
		if (!t->index)
			return NULL;
		map_init(t->index, &r->scratch);
		for (struct entry *x = t->first; x; x = x->next)
			if (map_put(t->index, x->key, x) < 0)
				return NULL;
	} else if (t->index && map_put(t->index, e->key, e) < 0) {
		return NULL;
	}
	return e;
}

static int fail_defined(struct reader *r, const struct toml_key *key, const struct entry *e, const char *what)
{
	struct document doc = { .source = { r->scan.start, (size_t)(r->scan.end - r->scan.start) }, .arena = &r->scratch };
	uint32_t line, col;
	document_position(&doc, e->key_pos, &line, &col);
	return toml_fail(&r->scan, ERR_FORMAT, r->scan.start + key->pos - 1, "key '%.*s' %s on line %u", STR_FMT(str_sub(key->text, 0, 100)), what, line);
}

/* Goes down one key that is not the last: makes the table that is missing. *depth grows by the levels passed. */
static int descend(struct reader *r, struct table **t, const struct toml_key *key, bool dotted, size_t *depth)
{
	++*depth;
	struct entry *e = table_find(*t, key->text);
	if (!e) {
		e = table_add(r, *t, key);
		if (!e)
			return nomem(r);
		e->kind = TABLE;
		e->table = table_new(r, dotted ? DOTTED : IMPLICIT, key->pos);
		if (!e->table)
			return nomem(r);
		*t = e->table;
		int x = check_depth(r, *depth);
		return x < 0 ? x : count_node(r);
	}
	if (e->kind == LEAF)
		return fail_defined(r, key, e, "is no table that can be added to: it is defined");
	if (dotted && (e->kind == TABLES || e->table->origin == HEADER))
		return fail_defined(r, key, e, "cannot be extended by a dotted key: its table is defined");
	if (dotted)
		e->table->origin = DOTTED;
	*depth += e->kind == TABLES; /* the array is a level of its own */
	*t = e->table;
	return check_depth(r, *depth);
}

/* ---- keys ---- */

static bool is_bare(char c)
{
	return char_is_alnum(c) || c == '-' || c == '_';
}

/* key ( "." key )*, with blanks around the dots, into r->keys. */
static int read_keys(struct reader *r)
{
	struct toml_scan *s = &r->scan;
	r->keys.n = 0;
	for (;;) {
		struct toml_key key = { .pos = toml_pos(s, s->p) };
		char c = toml_peek(s);
		if (c == '"' || c == '\'') {
			int x = toml_string(s, true, &key.text);
			if (x < 0)
				return x;
		} else {
			const char *first = s->p;
			while (s->p < s->end && is_bare(*s->p))
				s->p++;
			if (s->p == first)
				return toml_expected(s, "a key");
			key.text = str_make(first, (size_t)(s->p - first));
		}
		int x = check_depth(r, r->keys.n + 1);
		if (x < 0)
			return x;
		if (!vec_push(&r->scratch, &r->keys, key))
			return nomem(r);
		toml_skip_blanks(s);
		if (toml_peek(s) != '.')
			return 0;
		s->p++;
		toml_skip_blanks(s);
	}
}

/* ---- values ---- */

static int finish_table(struct reader *r, const struct table *t, struct value *v);
static int read_value(struct reader *r, size_t depth, struct value *v);

/* key = value into the table t, which lies `depth` levels below the root. */
static int read_pair(struct reader *r, struct table *t, size_t depth)
{
	struct toml_scan *s = &r->scan;
	int x = read_keys(r);
	if (x < 0)
		return x;
	if (toml_peek(s) != '=')
		return toml_expected(s, "'='");
	s->p++;
	toml_skip_blanks(s);
	for (size_t i = 0; x == 0 && i + 1 < r->keys.n; i++)
		x = descend(r, &t, &r->keys.v[i], true, &depth);
	if (x < 0)
		return x;
	const struct toml_key *last = &r->keys.v[r->keys.n - 1];
	struct entry *e = table_find(t, last->text);
	if (e)
		return fail_defined(r, last, e, "is already defined");
	e = table_add(r, t, last); /* reading the value may overwrite r->keys */
	if (!e)
		return nomem(r);
	return read_value(r, depth, &e->value);
}

static int read_array(struct reader *r, size_t depth, struct value *v)
{
	struct toml_scan *s = &r->scan;
	size_t first = r->items.n;
	for (s->p++;;) {
		int x = toml_skip_lines(s);
		if (x < 0)
			return x;
		if (toml_peek(s) == ']')
			break;
		struct value item = { 0 };
		x = read_value(r, depth, &item);
		if (x < 0)
			return x;
		if (!vec_push(&r->scratch, &r->items, item))
			return nomem(r);
		x = toml_skip_lines(s);
		if (x < 0)
			return x;
		if (toml_peek(s) == ']')
			break;
		if (toml_peek(s) != ',')
			return toml_expected(s, "',' or ']'");
		s->p++;
	}
	s->p++;
	v->kind = VALUE_ARRAY;
	v->count = r->items.n - first;
	if (v->count) {
		v->items = arena_alloc_aligned(s->arena, v->count * sizeof(struct value), 8);
		if (!v->items)
			return nomem(r);
		memcpy(v->items, r->items.v + first, v->count * sizeof(struct value));
	}
	r->items.n = first;
	return 0;
}

/* On one line, without a trailing comma (1.0.0). */
static int read_inline_table(struct reader *r, size_t depth, struct value *v)
{
	struct toml_scan *s = &r->scan;
	struct table *t = table_new(r, HEADER, v->pos);
	if (!t)
		return nomem(r);
	s->p++;
	toml_skip_blanks(s);
	if (toml_peek(s) != '}') {
		for (;;) {
			int x = read_pair(r, t, depth);
			if (x < 0)
				return x;
			toml_skip_blanks(s);
			if (toml_peek(s) == '}')
				break;
			if (toml_peek(s) != ',')
				return toml_expected(s, "',' or '}'");
			s->p++;
			toml_skip_blanks(s);
		}
	}
	s->p++;
	return finish_table(r, t, v);
}

static int read_value(struct reader *r, size_t depth, struct value *v)
{
	struct toml_scan *s = &r->scan;
	char c = toml_peek(s);
	int x = count_node(r);
	if (x < 0)
		return x;
	*v = (struct value){ .pos = toml_pos(s, s->p) };
	if (c == '"' || c == '\'') {
		struct str text;
		x = toml_string(s, false, &text);
		v->kind = VALUE_STRING;
		v->flags = VALUE_FLAG_QUOTED;
		v->text = x < 0 ? NULL : text.p;
		v->count = x < 0 ? 0 : text.n;
		return x;
	}
	if (c != '[' && c != '{')
		return toml_plain(s, v);
	v->flags = VALUE_FLAG_FLOW;
	x = check_depth(r, depth + 1);
	if (x < 0)
		return x;
	return c == '[' ? read_array(r, depth + 1, v) : read_inline_table(r, depth + 1, v);
}

/* ---- headers ---- */

/* [key] or [[key]] at its bracket. *ret: the table that the following pairs go into, *ret_depth its level (the root's is 1). */
static int read_header(struct reader *r, struct table *root, struct table **ret, size_t *ret_depth)
{
	struct toml_scan *s = &r->scan;
	uint32_t pos = toml_pos(s, s->p);
	s->p++;
	bool array = toml_peek(s) == '[';
	s->p += array;
	toml_skip_blanks(s);
	int x = read_keys(r);
	if (x < 0)
		return x;
	if (toml_peek(s) != ']')
		return toml_expected(s, "']'");
	s->p++;
	if (array && toml_peek(s) != ']')
		return toml_expected(s, "']]'");
	s->p += array;
	struct table *t = root;
	size_t depth = 1;
	for (size_t i = 0; x == 0 && i + 1 < r->keys.n; i++)
		x = descend(r, &t, &r->keys.v[i], false, &depth);
	*ret_depth = depth + 1 + array;
	if (x == 0)
		x = check_depth(r, *ret_depth);
	if (x < 0)
		return x;
	const struct toml_key *last = &r->keys.v[r->keys.n - 1];
	struct entry *e = table_find(t, last->text);
	if (e && !array && e->kind == TABLE && e->table->origin == IMPLICIT) {
		e->table->origin = HEADER;
		e->table->pos = pos;
		*ret = e->table;
		return 0;
	}
	if (e && !(array && e->kind == TABLES))
		return fail_defined(r, last, e, array ? "is no array of tables: it is defined" : "is already defined");
	struct table *made = table_new(r, HEADER, pos);
	if (!made)
		return nomem(r);
	if (!e) {
		e = table_add(r, t, last);
		if (!e)
			return nomem(r);
		e->kind = array ? TABLES : TABLE;
		e->first_table = made;
	} else {
		e->table->next = made;
	}
	e->table = made;
	e->table_count++;
	*ret = made;
	return count_node(r);
}

/* ---- the finished tree ---- */

static int finish_entry(struct reader *r, const struct entry *e, struct value *v)
{
	if (e->kind == LEAF) {
		*v = e->value;
		return 0;
	}
	if (e->kind == TABLE)
		return finish_table(r, e->table, v);
	*v = (struct value){ .kind = VALUE_ARRAY, .pos = e->first_table->pos, .count = e->table_count };
	v->items = arena_alloc_aligned(r->scan.arena, e->table_count * sizeof(struct value), 8);
	if (!v->items)
		return nomem(r);
	struct value *item = v->items;
	for (const struct table *t = e->first_table; t; t = t->next) {
		int x = finish_table(r, t, item++);
		if (x < 0)
			return x;
	}
	return 0;
}

/* Keeps v's flags. Recursion goes as deep as the tables, which check_depth has bounded. */
static int finish_table(struct reader *r, const struct table *t, struct value *v)
{
	*v = (struct value){ .kind = VALUE_OBJECT, .flags = v->flags, .pos = t->pos, .count = t->count };
	if (!t->count)
		return 0;
	struct value_member *m = arena_alloc_aligned(r->scan.arena, t->count * sizeof(*m), 8);
	if (!m)
		return nomem(r);
	v->members = m;
	for (const struct entry *e = t->first; e; e = e->next, m++) {
		*m = (struct value_member){ .key = e->key, .key_pos = e->key_pos };
		int x = finish_entry(r, e, &m->value);
		if (x < 0)
			return x;
	}
	return 0;
}

static int read_document(struct reader *r, struct value *root_value)
{
	struct toml_scan *s = &r->scan;
	struct table *root = table_new(r, HEADER, 1), *current = root;
	size_t depth = 1;
	if (!root)
		return nomem(r);
	for (;;) {
		int x = toml_skip_lines(s);
		if (x == 0 && s->p >= s->end)
			return finish_table(r, root, root_value);
		if (x == 0 && *s->p == '[') {
			x = read_header(r, root, &current, &depth);
		} else if (x == 0) {
			x = read_pair(r, current, depth);
		}
		if (x == 0)
			x = toml_end_of_line(s);
		if (x < 0)
			return x;
	}
}

int toml_parse(struct arena *a, struct str text, const struct toml_options *opt, struct document *ret, struct error *err)
{
	static const struct toml_options defaults;
	opt = opt ? opt : &defaults;
	uint64_t max_bytes = opt->max_bytes && opt->max_bytes < TOML_BYTES_MAX ? opt->max_bytes : TOML_BYTES_MAX;
	if (text.n > max_bytes)
		return error_set(err, ERR_LIMIT, "%zu bytes of TOML are more than the limit of %llu", text.n, (unsigned long long)max_bytes);
	if (!text.p)
		text = STR("");
	bool bom = str_has_prefix(text, STR("\xef\xbb\xbf"));
	struct reader r = { .scan = { .start = text.p, .p = text.p + (bom ? 3 : 0), .end = text.p + text.n, .arena = a, .err = err },
			    .max_depth = opt->max_depth ? MIN_OF(opt->max_depth, (uint32_t)TOML_DEPTH_MAX) : TOML_DEPTH_DEFAULT,
			    .max_nodes = opt->max_nodes ? opt->max_nodes : TOML_NODES_DEFAULT };
	arena_init(&r.scratch, a->limit_bytes);
	struct value *root = arena_new(a, struct value);
	int x = root ? read_document(&r, root) : nomem(&r);
	arena_release(&r.scratch);
	if (x == 0)
		*ret = (struct document){ .name = opt->name, .source = text, .root = root, .arena = a };
	return x;
}
