/* YAML: any bytes, with limits that are reached. The tree must be walkable to its end (aliases followed) within the limits. */
#include "format/yaml/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define DEPTH 40
#define ALIAS_NODES 20000

static size_t walk(const struct value *v, size_t size, unsigned depth)
{
	size_t n = 1;
	if (depth > DEPTH + 1 || v->pos > size + 1)
		abort();
	value_foreach(it, v)
		n += walk(it, size, depth + 1);
	value_foreach_member(m, v) {
		if (m->key_pos > size + 1)
			abort();
		n += walk(&m->value, size, depth + 1);
	}
	struct str text = value_text(v);
	if (v->kind == VALUE_NUMBER && (!text.n || text.p[0] == '+' || memchr(text.p, '_', text.n)))
		abort();
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a;
	struct diags diags;
	struct yaml_document_vec docs;
	struct document doc;
	struct error err = { 0 };
	struct str text = { (const char *)data, size };
	struct yaml_options opt = { .max_depth = DEPTH, .max_nodes = 100000, .max_alias_nodes = ALIAS_NODES, .max_documents = 50, .report_duplicates = true,
				    .keep_going = size % 2 == 0, .resolve = size % 3 ? YAML_RESOLVE_CORE : YAML_RESOLVE_KUBERNETES };
	arena_init(&a, 64 << 20);
	diags_init(&diags, &a);
	if (yaml_parse_stream(&a, text, &opt, &docs, &diags, &err) == 0)
		for (size_t i = 0; i < docs.n; i++) {
			if (docs.v[i].start == 0 || docs.v[i].start > size + 1 || docs.v[i].line == 0)
				abort();
			if (walk(docs.v[i].doc.root, size, 0) > size + 2 * ALIAS_NODES + 1)
				abort();
		}
	yaml_parse(&a, text, &opt, &doc, &diags, &err);
	arena_release(&a);
	return 0;
}
