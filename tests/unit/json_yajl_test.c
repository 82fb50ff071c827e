/* src/format/json against yajl: the same verdict and the same tree for generated documents and for mutations of them. yajl is more lenient
 * in three places, which are left out: it does not refuse overlong or surrogate UTF-8, decodes lone surrogates in its own way, and does not see
 * a token that is cut off behind the value. */
#include "json_tree.h"

#include <yajl/yajl_parse.h>

#include "format/json/json.h"

/* ---- yajl's events written as compact JSON ---- */


static int on_null(void *c)
{
	json_null(c);
	return 1;
}
static int on_bool(void *c, int b)
{
	json_bool(c, b != 0);
	return 1;
}
static int on_number(void *c, const char *p, size_t n)
{
	json_raw(c, str_make(p, n));
	return 1;
}
static int on_string(void *c, const unsigned char *p, size_t n)
{
	json_string(c, str_make((const char *)p, n));
	return 1;
}
static int on_start_map(void *c)
{
	json_begin_object(c);
	return 1;
}
static int on_key(void *c, const unsigned char *p, size_t n)
{
	json_key(c, str_make((const char *)p, n));
	return 1;
}
static int on_end_map(void *c)
{
	json_end_object(c);
	return 1;
}
static int on_start_array(void *c)
{
	json_begin_array(c);
	return 1;
}
static int on_end_array(void *c)
{
	json_end_array(c);
	return 1;
}

static bool yajl_reads(struct str text, struct buf *out)
{
	static const yajl_callbacks callbacks = { on_null, on_bool, NULL, NULL, on_number, on_string, on_start_map, on_key, on_end_map, on_start_array, on_end_array };
	struct json_writer w;
	buf_clear(out);
	json_writer_init(&w, out, 0, 0);
	yajl_handle h = yajl_alloc(&callbacks, NULL, &w);
	bool ok = yajl_parse(h, (const unsigned char *)text.p, text.n) == yajl_status_ok && yajl_complete_parse(h) == yajl_status_ok;
	yajl_free(h);
	return ok;
}

/* ---- generated documents ---- */

static uint64_t seed = 88172645463325252u;

static uint32_t rnd(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 32) % n;
}

static void add_space(struct buf *b)
{
	static const char *const spaces[] = { "", "", "", " ", "\n", "\t ", "\r\n", "\n                      " };
	buf_add_c(b, spaces[rnd(ARRAY_LEN(spaces))]);
}

static void add_string(struct buf *b)
{
	static const char *const parts[] = {
		"a", "name", " ", "0123456789abcdef", "\\n", "\\\"", "\\\\", "\\/", "\\u0041", "\\u00e9", "\\u20ac", "\\ud83d\\ude00", "\\u0000", "\xc3\xa9", "\xe2\x82\xac",
		"\xf0\x9f\x98\x80", "{", "]", ",", "\x7f",
	};
	buf_add_char(b, '"');
	for (uint32_t n = rnd(12); n; n--)
		buf_add_c(b, parts[rnd(ARRAY_LEN(parts))]);
	buf_add_char(b, '"');
}

static void add_value(struct buf *b, int depth)
{
	static const char *const scalars[] = { "0", "-1", "12345678901234567890123", "1.5", "-0.0", "1e9", "2E-3", "3.25e+1", "true", "false", "null" };
	uint32_t kind = rnd(depth > 5 ? 2 : 6);
	add_space(b);
	if (kind == 0) {
		buf_add_c(b, scalars[rnd(ARRAY_LEN(scalars))]);
	} else if (kind <= 2) {
		add_string(b);
	} else {
		buf_add_char(b, kind == 3 ? '[' : '{');
		for (uint32_t i = 0, n = rnd(5); i < n; i++) {
			if (i)
				buf_add_char(b, ',');
			if (kind > 3) {
				add_space(b);
				add_string(b);
				add_space(b);
				buf_add_char(b, ':');
			}
			add_value(b, depth + 1);
		}
		add_space(b);
		buf_add_char(b, kind == 3 ? ']' : '}');
	}
	add_space(b);
}

static void mutate(struct buf *b)
{
	static const char bytes[] = "{}[]\",:\\/ \n0123456789.eE+-truefalsn\x01\x80\xc3\xf0";
	size_t at = rnd((uint32_t)b->n);
	switch (rnd(4)) {
	case 0:
		b->p[at] = bytes[rnd(sizeof(bytes) - 1)];
		break;
	case 1:
		memmove(b->p + at, b->p + at + 1, b->n - at - 1);
		b->n--;
		break;
	case 2:
		buf_add_char(b, 'x');
		memmove(b->p + at + 1, b->p + at, b->n - at - 1);
		b->p[at] = bytes[rnd(sizeof(bytes) - 1)];
		break;
	default:
		b->n = at;
	}
}

/* yajl judges these differently; see the top. */
static bool is_comparable(struct str s)
{
	if (!str_is_utf8(s))
		return false;
	for (size_t at; (at = str_find_char(s, '\\')) != STR_NOT_FOUND;) {
		s = str_from(s, at);
		if (str_strip_prefix(&s, STR("\\ud83d\\ude00")))
			continue;
		if (s.n > 3 && s.p[1] == 'u' && char_lower(s.p[2]) == 'd' && !(s.p[3] >= '0' && s.p[3] <= '7'))
			return false;
		s = str_from(s, 2);
	}
	return true;
}

static void compare(struct arena *a, struct str text, struct buf *tree, size_t *accepted)
{
	struct document doc;
	struct error err = { 0 };
	char *copy = exact_copy(text);
	bool theirs = yajl_reads(text, tree);
	bool ours = json_parse(a, str_make(copy, text.n), NULL, &doc, NULL, &err) == 0;
	bool cut_token_behind = theirs && strstr(err.text, "expected the end of the input");
	if (ours != theirs && !cut_token_behind)
		fail_msg("yajl %s, we %s (%s): %.*s", theirs ? "accepts" : "refuses", ours ? "accept" : "refuse", err.text, STR_FMT(text));
	if (ours) {
		struct str mine = tree_json(a, doc.root);
		if (!str_eq(mine, buf_str(tree)))
			fail_msg("%.*s\nyajl: %.*s\nwe:   %.*s", STR_FMT(text), STR_FMT(buf_str(tree)), STR_FMT(mine));
		++*accepted;
	}
	free(copy);
	arena_clear(a);
}

static void test_against_yajl(void **state)
{
	struct arena a;
	struct buf text, tree;
	size_t accepted = 0, mutated = 0;
	arena_init(&a, 0);
	buf_init(&text, 1 << 20);
	buf_init(&tree, 1 << 20);
	for (int i = 0; i < 3000; i++) {
		buf_clear(&text);
		add_value(&text, 0);
		compare(&a, buf_str(&text), &tree, &accepted);
		assert_int_equal(accepted, i + 1);
	}
	for (int i = 0; i < 20000; i++) {
		buf_clear(&text);
		add_value(&text, 0);
		for (uint32_t n = rnd(3) + 1; n && text.n; n--)
			mutate(&text);
		if (is_comparable(buf_str(&text)))
			compare(&a, buf_str(&text), &tree, &mutated);
	}
	assert_true(mutated > 1000); /* both verdicts occur among the mutations */
	assert_true(mutated < 15000);
	buf_release(&text);
	buf_release(&tree);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_against_yajl),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
