/* JSON: any bytes, with limits that are reached. What is read must be written and read again to the same text; every view and position must
 * lie where it says. The records reader must come to an end. */
#include "format/json/json.h"
#include "format/json/json_write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct value *v, size_t size)
{
	if (v->pos == 0 || v->pos > size)
		abort();
	value_foreach(it, v)
		check(it, size);
	value_foreach_member(m, v) {
		if (m->key_pos == 0 || m->key_pos > size || !str_is_utf8(m->key))
			abort();
		check(&m->value, size);
	}
	if (!str_is_utf8(value_text(v)))
		abort();
}

static void write_tree(const struct value *v, struct buf *out)
{
	struct json_writer w;
	json_writer_init(&w, out, out->n % 3, JSON_WRITE_HTML_SAFE);
	json_write_value(&w, v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a;
	struct diags diags;
	struct document doc, again;
	struct error err = { 0 };
	struct str text = { (const char *)data, size };
	struct json_options opt = { .max_depth = 64, .max_nodes = 100000, .report_duplicates = true, .utf8 = size % 2 ? JSON_UTF8_REPLACE : JSON_UTF8_STRICT };
	arena_init(&a, 16 << 20);
	diags_init(&diags, &a);
	if (json_parse(&a, text, &opt, &doc, &diags, &err) == 0) {
		struct buf one, two;
		check(doc.root, size);
		buf_init(&one, 64 << 20);
		buf_init(&two, 64 << 20);
		write_tree(doc.root, &one);
		if (json_parse(&a, buf_str(&one), &opt, &again, NULL, &err) == 0) {
			write_tree(again.root, &two);
			if (!buf_failed(&one) && !buf_failed(&two) && !str_eq(buf_str(&one), buf_str(&two)))
				abort();
		} else if (err.code == ERR_FORMAT) {
			abort();
		}
		buf_release(&one);
		buf_release(&two);
	}
	struct json_lines it;
	int r;
	size_t last = 0;
	json_lines_init(&it, text, &opt);
	while ((r = json_lines_next(&it, &a, &doc, NULL, &err)) != 0) {
		if (r < 0 ? it.at <= last && it.at < size : doc.root->pos != 1)
			abort();
		last = it.at;
		arena_clear(&a);
	}
	arena_release(&a);
	return 0;
}
