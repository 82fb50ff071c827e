/* What every unit test includes: cmocka in the order it needs, and small helpers. */
#ifndef TESTS_TEST_H
#define TESTS_TEST_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

/* Compares a view with a C string and prints both on failure. */
#define assert_str(s, expected)                                                                         \
	do {                                                                                            \
		struct str assert_str_v = (s);                                                          \
		const char *assert_str_e = (expected);                                                  \
		if (!str_eq_c(assert_str_v, assert_str_e))                                              \
			fail_msg("\"%.*s\" is not \"%s\"", STR_FMT(assert_str_v), assert_str_e);        \
	} while (0)
#endif
