/* src/format/xml: the tree, what is refused, limits. */
#include "test.h"

#include "base/buf.h"
#include "format/xml/xml.h"

static void print(struct buf *b, const struct xml_node *n)
{
	buf_addf(b, "%.*s", STR_FMT(n->name));
	for (uint32_t i = 0; i < n->attr_count; i++)
		buf_addf(b, " %.*s=%.*s", STR_FMT(n->attrs[i].name), STR_FMT(n->attrs[i].value));
	buf_addf(b, "[%.*s](", STR_FMT(n->text));
	xml_foreach(it, n)
		print(b, it);
	buf_addf(b, ")%u-%u ", n->line, n->end_line);
}

static void test_trees(void **state)
{
	static const struct {
		const char *text, *tree; /* tree NULL: refused with code */
		int code;
	} cases[] = {
		{ "<a/>", "a[]()1-1 ", 0 },
		{ "<x:a xmlns:x='u' x:b='1'>\n t<!-- c -->u &amp;&#65;<![CDATA[<z>]]>\n</x:a>", "a x=u b=1[\n tu &A<z>\n]()1-3 ", 0 },
		{ "<a>1<b>2</b>3<c><d/></c>4</a>", "a[134](b[2]()1-1 c[](d[]()1-1 )1-1 )1-1 ", 0 },
		{ "\xef\xbb\xbf<a>\xc3\xa9</a>", "a[\xc3\xa9]()1-1 ", 0 },
		{ "<?xml version='1.0' encoding='iso-8859-1'?><a>\xe9</a>", "a[\xc3\xa9]()1-1 ", 0 },
		{ "<?xml version='1.0' encoding='windows-1251'?><a>\xe9</a>", "a[\xc3\xa9]()1-1 ", 0 },
		{ "<?xml version='1.0' encoding='utf-7'?><a/>", NULL, ERR_FORMAT },
		{ "", NULL, ERR_FORMAT },
		{ "text", NULL, ERR_FORMAT },
		{ "<a><b></a>", NULL, ERR_FORMAT },
		{ "<a/><b/>", NULL, ERR_FORMAT },
		{ "<a>&unknown;</a>", NULL, ERR_FORMAT },
		{ "<a>\xff</a>", NULL, ERR_FORMAT },
		{ "<!DOCTYPE a><a/>", NULL, ERR_UNSUPPORTED },
		{ "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>", NULL, ERR_UNSUPPORTED },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena a;
		struct error err = { 0 };
		struct xml_node *root = NULL;
		struct buf b;
		arena_init(&a, 1 << 20);
		buf_init(&b, 1 << 16);
		int r = xml_parse(&a, str_c(cases[i].text), &root, &err);
		if (r == 0)
			print(&b, root);
		if (r != cases[i].code || (cases[i].tree && !str_eq_c(buf_str(&b), cases[i].tree)))
			fail_msg("%s: %d %s %.*s", cases[i].text, r, err.text, STR_FMT(buf_str(&b)));
		buf_release(&b);
		arena_release(&a);
	}
}

static void test_limits(void **state)
{
	struct arena a;
	struct error err = { 0 };
	struct xml_node *root;
	struct buf b;
	arena_init(&a, 4 << 20);
	buf_init(&b, 64 << 20);
	for (unsigned depth = XML_DEPTH_MAX; depth <= XML_DEPTH_MAX + 1; depth++) {
		buf_clear(&b);
		for (unsigned i = 0; i < depth; i++)
			buf_add_c(&b, "<a>");
		for (unsigned i = 0; i < depth; i++)
			buf_add_c(&b, "</a>");
		assert_int_equal(xml_parse(&a, buf_str(&b), &root, &err), depth <= XML_DEPTH_MAX ? 0 : ERR_LIMIT);
	}
	buf_clear(&b);
	buf_add_c(&b, "<a>");
	for (unsigned i = 0; i < 200000; i++) /* more than the arena holds */
		buf_add_c(&b, "<b/>");
	buf_add_c(&b, "</a>");
	assert_int_equal(xml_parse(&a, buf_str(&b), &root, &err), ERR_NOMEM);
	assert_non_null(buf_reserve(&b, XML_FILE_MAX + 1));
	b.n = XML_FILE_MAX + 1;
	assert_int_equal(xml_parse(&a, buf_str(&b), &root, &err), ERR_LIMIT);
	buf_release(&b);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_trees), cmocka_unit_test(test_limits) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
