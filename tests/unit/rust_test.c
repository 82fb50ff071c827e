/* src/format/rust: .dep-v0 in every kind of executable and in one that objcopy made, hostile lists; Cargo.lock of all versions. */
#include <time.h>

#include "test.h"

#include <zlib.h>

#include "exe_maker.h"
#include "format/rust/rust.h"

static struct str zipped(struct arena *a, struct str s)
{
	uLongf n = compressBound(s.n);
	char *p = arena_alloc(a, n);
	assert_int_equal(compress2((Bytef *)p, &n, (const Bytef *)s.p, s.n, 6), Z_OK);
	return str_make(p, n);
}

static void dump(const struct package_vec *v, struct buf *b)
{
	struct package *p;
	vec_foreach(p, v) {
		buf_addf(b, "%.*s %.*s%s", STR_FMT(p->name), STR_FMT(p->version), p->is_root ? " root" : "");
		for (size_t i = 0; i < p->depends.n; i++)
			buf_addf(b, "%s%.*s", i ? "," : " -> ", STR_FMT(p->depends.v[i]));
		buf_add_char(b, '\n');
	}
}

static int parse(struct arena *a, struct str bytes, struct package_vec *v, struct diags *d, struct error *e)
{
	struct input in = input_from_str(STR("usr/bin/app"), bytes);
	*v = (struct package_vec){ 0 };
	diags_init(d, a);
	return rust_binary_parse(a, &in, v, d, e);
}

static const char list[] = "{\"packages\":[{\"name\":\"app\",\"version\":\"1.0.0\",\"source\":\"local\",\"dependencies\":[1,2],\"root\":true},"
			   "{\"name\":\"time\",\"version\":\"0.1.43\",\"source\":\"crates.io\",\"kind\":\"runtime\"},"
			   "{\"name\":\"cc\",\"version\":\"1.0\",\"source\":\"crates.io\",\"kind\":\"build\",\"dependencies\":[1]}]}";
static const char expected[] = "app 1.0.0 root -> time@0.1.43\ntime 0.1.43\n";

static void test_binaries(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(exe_shapes); i++) {
		static const char *const old_names[] = { [SHAPE_ELF] = ".rust-deps-v0", [SHAPE_PE] = "rdep-v0", [SHAPE_MACHO] = "rust-deps-v0" };
		for (int old = 0; old < 2; old++) {
			struct buf file, got;
			struct arena a;
			struct package_vec v;
			struct diags d;
			struct error e = { 0 };
			arena_init(&a, 0);
			buf_init(&file, 1 << 20);
			buf_init(&got, 1 << 20);
			exe_make(&exe_shapes[i], old ? old_names[exe_shapes[i].kind] : ".dep-v0", zipped(&a, str_c(list)), &file);
			int r = parse(&a, buf_str(&file), &v, &d, &e);
			dump(&v, &got);
			if (r < 0 || !str_eq_c(buf_str(&got), expected))
				fail_msg("%s: %s got\n%.*s", exe_shapes[i].name, e.text, STR_FMT(buf_str(&got)));
			buf_release(&file);
			buf_release(&got);
			arena_release(&a);
		}
	}
}

static void test_lists(void **state)
{
	static const struct {
		const char *name, *json;
		int code;
		size_t packages, diags;
	} cases[] = {
		{ "empty", "{\"packages\":[]}", 0, 0, 0 },
		{ "no list", "{\"x\":1}", ERR_FORMAT, 0, 0 },
		{ "no JSON", "hello", ERR_FORMAT, 0, 0 },
		{ "index outside", "{\"packages\":[{\"name\":\"a\",\"version\":\"1\",\"dependencies\":[7,-1,1e99,\"x\"]}]}", 0, 1, 4 },
		{ "no version", "{\"packages\":[{\"name\":\"a\"},{\"name\":\"b\",\"version\":\"1\"},3]}", 0, 1, 2 },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena a;
		struct buf file;
		struct package_vec v;
		struct diags d;
		struct error e = { 0 };
		arena_init(&a, 0);
		buf_init(&file, 1 << 20);
		exe_make(&exe_shapes[0], ".dep-v0", zipped(&a, str_c(cases[i].json)), &file);
		int r = parse(&a, buf_str(&file), &v, &d, &e);
		if (r != cases[i].code || v.n != cases[i].packages || d.list.n != cases[i].diags)
			fail_msg("%s: %d, %zu packages, %zu diagnostics", cases[i].name, r, v.n, d.list.n);
		buf_release(&file);
		arena_release(&a);
	}
	/* A section that is no zlib stream, and one that unpacks to 100 MB. */
	struct arena a;
	struct buf file;
	struct package_vec v;
	struct diags d;
	struct error e = { 0 };
	arena_init(&a, 0);
	buf_init(&file, 1 << 20);
	exe_make(&exe_shapes[0], ".dep-v0", STR("not zlib"), &file);
	assert_int_equal(parse(&a, buf_str(&file), &v, &d, &e), ERR_FORMAT);
	buf_clear(&file);
	exe_make(&exe_shapes[0], ".dep-v0", zipped(&a, str_make(memset(arena_alloc(&a, 100u << 20), ' ', 100u << 20), 100u << 20)), &file);
	assert_int_equal(parse(&a, buf_str(&file), &v, &d, &e), ERR_LIMIT);
	buf_release(&file);
	arena_release(&a);
}

/* This test's own executable, given the section by binutils. */
static void test_objcopy(void **state)
{
	char dir[] = "/tmp/bulkhead-rust-XXXXXX", command[1024], path[256];
	if (system("command -v objcopy >/dev/null") != 0) {
		print_message("skipped: objcopy is not installed\n");
		skip();
	}
	assert_non_null(mkdtemp(dir));
	struct arena a;
	arena_init(&a, 0);
	struct str z = zipped(&a, str_c(list));
	snprintf(path, sizeof(path), "%s/dep", dir);
	FILE *f = fopen(path, "wb");
	assert_non_null(f);
	fwrite(z.p, 1, z.n, f);
	fclose(f);
	snprintf(command, sizeof(command), "objcopy --add-section .dep-v0=%s/dep \"$(readlink /proc/%d/exe)\" %s/out", dir, (int)getpid(), dir);
	assert_int_equal(system(command), 0);
	snprintf(path, sizeof(path), "%s/out", dir);
	f = fopen(path, "rb");
	assert_non_null(f);
	fseek(f, 0, SEEK_END);
	size_t n = (size_t)ftell(f);
	rewind(f);
	char *bytes = malloc(n);
	assert_int_equal(fread(bytes, 1, n, f), n);
	fclose(f);
	struct package_vec v;
	struct diags d;
	struct error e = { 0 };
	struct buf got;
	buf_init(&got, 1 << 20);
	assert_int_equal(parse(&a, str_make(bytes, n), &v, &d, &e), 0);
	dump(&v, &got);
	assert_str(buf_str(&got), expected);
	buf_release(&got);
	free(bytes);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	assert_int_equal(system(command), 0);
	arena_release(&a);
}

static void test_cargo_lock(void **state)
{
	static const struct {
		const char *name, *text, *packages;
		int code;
		size_t diags;
		uint32_t line, end_line; /* of the second package */
	} cases[] = {
		{ "version 3",
		  "version = 3\n\n[[package]]\nname = \"app\"\nversion = \"1.0.0\"\ndependencies = [\n \"bytes\",\n \"time 0.1.43\",\n]\n\n[[package]]\nname = \"bytes\"\nversion = \"1.0.1\"\n"
		  "source = \"registry+https://example.org/index\"\nchecksum = \"00\"\n\n[[package]]\nname = \"time\"\nversion = \"0.1.43\"\nsource = \"registry+x\"\n",
		  "app 1.0.0 root -> bytes@1.0.1,time@0.1.43\nbytes 1.0.1\ntime 0.1.43\n", 0, 0, 11, 15 },
		{ "version 1",
		  "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"registry+x\"\ndependencies = [\"b 2.0.0 (registry+x)\"]\n[[package]]\nname = \"b\"\nversion = \"2.0.0\"\n"
		  "source = \"registry+x\"\n\n[root]\nname = \"app\"\nversion = \"0.1.0\"\ndependencies = [\"a 1.0.0 (registry+x)\"]\n\n[metadata]\n\"checksum a 1.0.0 (registry+x)\" = \"00\"\n",
		  "a 1.0.0 -> b@2.0.0\nb 2.0.0\napp 0.1.0 root -> a@1.0.0\n", 0, 0, 6, 9 },
		{ "a local package that is needed is no root", "[[package]]\nname = \"app\"\nversion = \"1\"\ndependencies = [\"lib\"]\n[[package]]\nname = \"lib\"\nversion = \"2\"\n",
		  "app 1 root -> lib@2\nlib 2\n", 0, 0, 5, 7 },
		{ "missing parts", "[[package]]\nname = \"a\"\n[[package]]\nname = \"b\"\nversion = \"1\"\ndependencies = [\"no\", 3]\n", "b 1 root\n", 0, 3, 0, 0 },
		{ "no packages", "version = 4\n", "", 0, 0, 0, 0 },
		{ "package is no list", "package = 3\n", "", 0, 0, 0, 0 },
		{ "no TOML", "[[package\n", "", ERR_FORMAT, 0, 0, 0 },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena a;
		struct package_vec v = { 0 };
		struct diags d;
		struct error e = { 0 };
		struct buf got;
		struct input in = input_from_str(STR("Cargo.lock"), str_c(cases[i].text));
		arena_init(&a, 0);
		diags_init(&d, &a);
		buf_init(&got, 1 << 20);
		int r = cargo_lock_parse(&a, &in, &v, &d, &e);
		dump(&v, &got);
		if (r != cases[i].code || !str_eq_c(buf_str(&got), cases[i].packages) || d.list.n != cases[i].diags)
			fail_msg("%s: %s, %zu diagnostics, got\n%.*s", cases[i].name, e.text, d.list.n, STR_FMT(buf_str(&got)));
		if (cases[i].line && (v.v[1].line != cases[i].line || v.v[1].end_line != cases[i].end_line))
			fail_msg("%s: lines %u to %u", cases[i].name, v.v[1].line, v.v[1].end_line);
		buf_release(&got);
		arena_release(&a);
	}
}

/* All packages on one line: where each ends is not looked for through all that follow it. */
static void test_one_line(void **state)
{
	enum { PACKAGES = 90000 };
	struct arena a;
	struct buf b;
	struct package_vec out = { 0 };
	struct diags d;
	struct error e = { 0 };
	arena_init(&a, 0);
	diags_init(&d, &a);
	buf_init(&b, 16 << 20);
	buf_add_c(&b, "package = [");
	for (unsigned i = 0; i < PACKAGES; i++)
		buf_addf(&b, "%s{name=\"a%u\",version=\"1.0.0\",checksum=\"%064u\"}", i ? "," : "", i, i);
	buf_add_c(&b, "]\n");
	struct input in = input_from_str(STR("Cargo.lock"), buf_str(&b));
	clock_t start = clock();
	assert_int_equal(cargo_lock_parse(&a, &in, &out, &d, &e), 0);
	assert_int_equal(out.n, PACKAGES);
	assert_true((clock() - start) / CLOCKS_PER_SEC < 3);
	buf_release(&b);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_binaries), cmocka_unit_test(test_lists), cmocka_unit_test(test_objcopy), cmocka_unit_test(test_cargo_lock), cmocka_unit_test(test_one_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
