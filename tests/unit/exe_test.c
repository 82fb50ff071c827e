/* src/format/elf: sections and segments of the three formats, universal files, tables that lie. */
#include <time.h>

#include "test.h"

#include "exe_maker.h"
#include "format/elf/exe.h"
#include "format/go/go.h"

static int pread_str(void *ctx, void *dst, size_t n, uint64_t off, struct error *err)
{
	const struct str *s = ctx;
	assert_true(off <= s->n && n <= s->n - off);
	memcpy(dst, s->p + off, n);
	return 0;
}

static void test_shapes(void **state)
{
	struct str data = STR("the section's bytes, and more of them");
	for (size_t i = 0; i < ARRAY_LEN(exe_shapes); i++)
		for (int in_memory = 0; in_memory < 2; in_memory++) {
			struct buf b;
			struct arena a;
			struct exe x;
			struct error e = { 0 };
			struct str got;
			uint64_t offset, room;
			buf_init(&b, 1 << 20);
			arena_init(&a, 0);
			exe_make(&exe_shapes[i], ".dep-v0", data, &b);
			struct str bytes = buf_str(&b);
			struct input in = in_memory ? input_from_str(STR("x"), bytes) : (struct input){ .name = STR("x"), .size = bytes.n, .pread = pread_str, .ctx = &bytes };
			assert_true(exe_sniff((const unsigned char *)bytes.p, 64));
			if (exe_open(&a, &in, &x, &e) < 0)
				fail_msg("%s: %s", exe_shapes[i].name, e.text);
			assert_int_equal(x.is_64, exe_shapes[i].is_64);
			const struct exe_section *s = exe_find(&x, STR(".dep-v0"));
			if (!s || s->addr != EXE_ADDR || exe_section_bytes(&a, &x, s, 1000, &got, &e) < 0 || !str_eq(got, data))
				fail_msg("%s: section not found or wrong", exe_shapes[i].name);
			assert_int_equal(exe_section_bytes(&a, &x, s, 10, &got, &e), ERR_LIMIT);
			assert_null(exe_find(&x, STR(".dep-v")));
			if (!exe_locate(&x, EXE_ADDR + 4, &offset, &room) || memcmp(bytes.p + offset, "section", 7) != 0 || room != data.n - 4)
				fail_msg("%s: address not found", exe_shapes[i].name);
			assert_false(exe_locate(&x, EXE_ADDR + data.n, &offset, &room));
			arena_release(&a);
			buf_release(&b);
		}
}

static void test_not_executables(void **state)
{
	static const struct {
		const char *name;
		struct str head;
		bool sniff;
		int code;
	} cases[] = {
		{ "text", STR_INIT("#!/bin/sh\necho this is a script, a longer one than the header of anything\n"), false, ERR_UNSUPPORTED },
		{ "empty", STR_INIT(""), false, ERR_UNSUPPORTED },
		{ "short", STR_INIT("\x7f" "ELF"), false, ERR_UNSUPPORTED },
		{ "java class", STR_INIT("\xca\xfe\xba\xbe\0\0\0\x34\0\x1d\x0a\0\6\0\x0f\x09\0\x10\0\x11"), false, ERR_UNSUPPORTED },
		{ "elf object", STR_INIT("\x7f" "ELF\2\1\1\0\0\0\0\0\0\0\0\0\1\0\x3e\0"), false, ERR_FORMAT },
		{ "elf core", STR_INIT("\x7f" "ELF\2\1\1\0\0\0\0\0\0\0\0\0\4\0\x3e\0"), false, ERR_FORMAT },
		{ "elf of no class", STR_INIT("\x7f" "ELF\5\1\1\0\0\0\0\0\0\0\0\0\2\0\x3e\0"), true, ERR_FORMAT },
		{ "text like PE", STR_INIT("MZ is how this text begins, which makes it no program at all, as one sees"), true, ERR_UNSUPPORTED },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena a;
		struct exe x;
		struct error e = { 0 };
		struct input in = input_from_str(STR("x"), cases[i].head);
		arena_init(&a, 0);
		if (exe_sniff((const unsigned char *)cases[i].head.p, MIN_OF(cases[i].head.n, (size_t)64)) != cases[i].sniff)
			fail_msg("%s: sniff", cases[i].name);
		int r = exe_open(&a, &in, &x, &e);
		if (r != cases[i].code)
			fail_msg("%s: %d (%s)", cases[i].name, r, e.text);
		arena_release(&a);
	}
}

static void test_universal(void **state)
{
	struct buf b, file;
	struct exe_shape big = { "fat", SHAPE_MACHO, true, true, false };
	struct exe_slice slice;
	struct input part;
	struct arena a;
	struct exe x;
	struct error e = { 0 };
	arena_init(&a, 0);
	buf_init(&b, 1 << 20);
	buf_init(&file, 1 << 20);
	exe_make(&exe_shapes[6], "__one", STR("1"), &b);
	em_num(&big, &file, 0xcafebabeu, 4);
	em_num(&big, &file, 2, 4);
	for (int i = 0; i < 2; i++) {
		em_num(&big, &file, 7, 8);
		em_num(&big, &file, i ? 1u << 30 : 64, 4); /* the second lies outside */
		em_num(&big, &file, b.n, 4);
		em_num(&big, &file, 0, 4);
	}
	buf_add_repeat(&file, 0, 64 - file.n);
	buf_add(&file, buf_str(&b));
	struct input in = input_from_str(STR("fat"), buf_str(&file));
	assert_true(exe_sniff((const unsigned char *)file.p, 64));
	assert_int_equal(exe_slice(&in, 0, &slice, &part, &e), 1);
	assert_int_equal(exe_open(&a, &part, &x, &e), 0);
	assert_non_null(exe_find(&x, STR("__one")));
	assert_int_equal(exe_slice(&in, 1, &slice, &part, &e), ERR_FORMAT);
	assert_int_equal(exe_slice(&in, 2, &slice, &part, &e), 0);
	struct input thin = input_from_str(STR("thin"), buf_str(&b));
	assert_int_equal(exe_slice(&thin, 0, &slice, &part, &e), 0);
	buf_release(&b);
	buf_release(&file);
	arena_release(&a);
}

/* Any truncation and any byte set to all ones: no crash, no read past the end (sanitizers), and no absurd memory. */
static void test_damage(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(exe_shapes); i++) {
		struct buf b;
		buf_init(&b, 1 << 20);
		exe_make(&exe_shapes[i], ".dep-v0", STR("0123456789abcdef"), &b);
		for (size_t n = 0; n < b.n; n++) {
			for (int flip = 0; flip < 2; flip++) {
				size_t len = flip ? b.n : n;
				char *copy = malloc(len ? len : 1);
				struct arena a;
				struct exe x;
				struct str s;
				memcpy(copy, b.p, len);
				if (flip)
					copy[n] = (char)0xff;
				struct input in = input_from_str(STR("x"), str_make(copy, len));
				arena_init(&a, 16 << 20);
				const struct exe_section *sec;
				if (exe_open(&a, &in, &x, NULL) == 0 && (sec = exe_find(&x, STR(".dep-v0"))))
					exe_section_bytes(&a, &x, sec, 1 << 20, &s, NULL);
				arena_release(&a);
				free(copy);
			}
		}
		buf_release(&b);
	}
}

static void put(char *at, uint64_t v, int n)
{
	for (int i = 0; i < n; i++)
		at[i] = (char)(v >> 8 * i);
}

/* Tables whose entries all point at the same many bytes: the work is that of the file's size, not of its square. */
static void test_shared_bytes(void **state)
{
	enum { SECTIONS = 65536, SEGMENTS = 4096 };
	size_t names = 64 + (size_t)SECTIONS * 64, names_n = 4u << 20, data = 64 + (size_t)SEGMENTS * 56, data_n = 16u << 20;
	size_t sizes[] = { names + names_n, data + data_n };
	for (int i = 0; i < 2; i++) {
		char *b = calloc(1, sizes[i]);
		struct arena a;
		struct package_vec out = { 0 };
		struct diags diags;
		struct error e = { 0 };
		assert_non_null(b);
		memcpy(b, "\x7f" "ELF\2\1\1", 7);
		put(b + 16, 2, 2);
		if (i == 0) {
			put(b + 40, 64, 8);
			put(b + 58, 64, 2);
			put(b + 62, 0xffff, 2);
			put(b + 64 + 32, SECTIONS, 8);
			put(b + 64 + 40, 1, 4);
			put(b + 128 + 24, names, 8);
			put(b + 128 + 32, names_n, 8);
			memset(b + names, 'a', names_n);
		} else {
			put(b + 32, 64, 8);
			put(b + 54, 56, 2);
			put(b + 56, SEGMENTS, 2);
			for (size_t k = 0; k < SEGMENTS; k++) {
				char *s = b + 64 + k * 56;
				put(s, 1, 4);
				put(s + 8, data, 8);
				put(s + 32, data_n, 8);
			}
		}
		arena_init(&a, 0);
		diags_init(&diags, &a);
		struct input in = input_from_str(STR("x"), str_make(b, sizes[i]));
		clock_t start = clock();
		assert_int_equal(go_binary_parse(&a, &in, &out, &diags, &e), 0);
		if ((clock() - start) / CLOCKS_PER_SEC >= 3)
			fail_msg("case %d took %ld s", i, (long)((clock() - start) / CLOCKS_PER_SEC));
		assert_int_equal(out.n, 0);
		arena_release(&a);
		free(b);
	}
}

static void test_wants(void **state)
{
	static const struct {
		const char *path;
		uint32_t mode;
		bool wanted;
	} cases[] = {
		{ "usr/bin/x", 0755, true }, { "opt/tool.exe", 0644, true }, { "usr/lib/x86_64-linux-gnu/libz.so", 0644, false }, { "usr/lib/x86_64-linux-gnu/libz.so", 0755, true },
		{ "usr/lib/python3/site-packages/a/_rust.abi3.so", 0644, true }, { "app/lib/plugin.so", 0644, true }, { "lib64/libc.so", 0644, false },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (exe_wants(str_c(cases[i].path), cases[i].mode, 1000) != cases[i].wanted)
			fail_msg("%s %o", cases[i].path, cases[i].mode);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shapes), cmocka_unit_test(test_not_executables), cmocka_unit_test(test_universal), cmocka_unit_test(test_damage), cmocka_unit_test(test_shared_bytes), cmocka_unit_test(test_wants),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
