/* TOML: any bytes, with limits that are reached. Views must be UTF-8, positions inside the text, no key twice, the depth as limited. */
#include "format/toml/toml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define DEPTH 40

static void walk(const struct value *v, size_t size, unsigned depth)
{
	if (depth > DEPTH || v->pos == 0 || v->pos > size + 1 || !str_is_utf8(value_text(v)))
		abort();
	value_foreach(it, v)
		walk(it, size, depth + 1);
	value_foreach_member(m, v) {
		if (m->key_pos == 0 || m->key_pos > size || !str_is_utf8(m->key) || (v->count < 100 && value_get(v, m->key) != &m->value))
			abort();
		walk(&m->value, size, depth + 1);
	}
	struct str text = value_text(v);
	if (v->kind == VALUE_NUMBER && (!text.n || text.p[0] == '+' || memchr(text.p, '_', text.n)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a;
	struct document doc;
	struct error err = { 0 };
	arena_init(&a, 64 << 20);
	if (toml_parse(&a, str_make((const char *)data, size), &(struct toml_options){ .max_depth = DEPTH, .max_nodes = 100000 }, &doc, &err) == 0)
		walk(doc.root, size, 0);
	arena_release(&a);
	return 0;
}
