#include "base/value.h"

const struct value *value_get(const struct value *v, struct str key)
{
	if (!v || v->kind != VALUE_OBJECT)
		return NULL;
	for (uint64_t i = v->count; i-- > 0;)
		if (str_eq(v->members[i].key, key))
			return &v->members[i].value;
	return NULL;
}

const struct value *value_path(const struct value *v, ...)
{
	va_list ap;
	va_start(ap, v);
	for (const char *k; v && (k = va_arg(ap, const char *));)
		v = value_get(v, str_c(k));
	va_end(ap);
	return v;
}

const struct value *value_at(const struct value *v, size_t i)
{
	return v && v->kind == VALUE_ARRAY && i < v->count ? &v->items[i] : NULL;
}

struct str value_get_str(const struct value *v, struct str key)
{
	const struct value *x = value_get(v, key);
	return x && x->kind == VALUE_STRING ? str_make(x->text, x->count) : STR_NONE;
}

bool value_get_bool(const struct value *v, struct str key, bool otherwise)
{
	const struct value *x = value_get(v, key);
	return x && x->kind == VALUE_BOOL ? x->boolean : otherwise;
}

int value_int(const struct value *v, int64_t *ret)
{
	return v && v->kind == VALUE_NUMBER ? str_to_i64(value_text(v), ret) : -EINVAL;
}

int value_double(const struct value *v, double *ret)
{
	return v && v->kind == VALUE_NUMBER ? str_to_double(value_text(v), ret) : -EINVAL;
}

int document_index_lines(struct document *doc)
{
	if (doc->line_starts)
		return 0;
	size_t n = 1;
	for (const char *p = doc->source.p, *end = p + doc->source.n; p < end && (p = memchr(p, '\n', (size_t)(end - p))); p++)
		n++;
	uint32_t *starts = arena_array(doc->arena, n, sizeof(*starts));
	if (!starts)
		return ERR_NOMEM;
	size_t i = 1;
	for (const char *p = doc->source.p, *end = p + doc->source.n; p < end && (p = memchr(p, '\n', (size_t)(end - p))); p++)
		starts[i++] = (uint32_t)(p + 1 - doc->source.p);
	doc->line_starts = starts;
	doc->line_count = n;
	return 0;
}

void document_position(struct document *doc, uint32_t pos, uint32_t *ret_line, uint32_t *ret_col)
{
	*ret_line = *ret_col = 0;
	if (!pos || !doc || document_index_lines(doc) < 0)
		return;
	uint32_t off = pos - 1;
	size_t lo = 0, hi = doc->line_count;
	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;
		if (doc->line_starts[mid] <= off)
			lo = mid;
		else
			hi = mid;
	}
	*ret_line = (uint32_t)lo + 1;
	*ret_col = off - doc->line_starts[lo] + 1;
}
