/* For tests of readers: a tree as compact JSON, to compare with what is expected. */
#ifndef TESTS_JSON_TREE_H
#define TESTS_JSON_TREE_H
#include "test.h"

#include "format/json/json_write.h"

static inline struct str tree_json(struct arena *a, const struct value *v)
{
	struct buf b;
	struct json_writer w;
	buf_init(&b, 64 << 20);
	json_writer_init(&w, &b, 0, 0);
	json_write_value(&w, v);
	struct str s = arena_str(a, buf_str(&b));
	buf_release(&b);
	return s;
}

/* A copy whose end is the end of an allocation, so that sanitizers see a read past it. Freed by the caller. */
static inline char *exact_copy(struct str s)
{
	char *p = malloc(s.n ? s.n : 1);
	assert_non_null(p);
	if (s.n)
		memcpy(p, s.p, s.n);
	return p;
}
#endif
