/* src/format/go: build information of both forms in every kind of executable, the module text's rules, go.mod; the go command as oracle where
 * it is installed. */
#include "test.h"

#include "base/buf.h"
#include "exe_maker.h"
#include "format/go/go.h"
#include "format/go/go_parts.h"

static const char modules[] = "path\texample.com/app/cmd/app\n"
			      "mod\texample.com/app\t(devel)\t\n"
			      "dep\tgithub.com/a/b\tv1.2.3\th1:x=\n"
			      "dep\tgithub.com/c/d/v2\tv2.0.0-20200622213623-75b288015ac9\n"
			      "=>\tgithub.com/fork/d/v2\tv2.0.1\th1:y=\n"
			      "dep\texample.com/local\tv0.0.0\n"
			      "=>\t./local\t(devel)\t\n"
			      "dep\t\t(devel)\t\n"
			      "build\t-compiler=gc\n"
			      "build\t-ldflags=\"-s -w -X main.version=1.4.2\"\n";
static const char expected[] = "stdlib v1.21.5\ngithub.com/a/b v1.2.3\ngithub.com/fork/d/v2 v2.0.1\nexample.com/local \nexample.com/app v1.4.2 root\n";

/* The header and both strings; in the pointer form with the string headers and bytes behind it, as if all lay at EXE_ADDR. */
static void build_info(const struct exe_shape *s, bool pointers, struct str version, struct str text, struct buf *b)
{
	size_t ptr = s->is_64 ? 8 : 4;
	struct buf framed;
	buf_init(&framed, 1 << 24);
	buf_add_c(&framed, "0w\xaf\f\222t\b\2A\341\301\a\346\326\30\346");
	buf_add(&framed, text);
	buf_add_c(&framed, "\3712C1\206\30 r\0\202B\020A\026\330\362");
	buf_add_repeat(&framed, 0, 0);
	struct str mod = str_make(framed.p, 16 + text.n);
	buf_add_repeat(b, 'x', 32); /* data before, and a misaligned magic that must not count */
	buf_add(b, str_make("........\xff Go buildinf:..........", 32));
	buf_add(b, str_make("\xff Go buildinf:", 14));
	buf_add_char(b, (char)ptr);
	buf_add_char(b, pointers ? s->big : 2);
	if (pointers) {
		uint64_t at = EXE_ADDR + 64 + 32;
		em_num(s, b, at, (int)ptr);
		em_num(s, b, at + 2 * ptr, (int)ptr);
		buf_add_repeat(b, 0, 16 - 2 * ptr);
		em_num(s, b, at + 4 * ptr, (int)ptr);
		em_num(s, b, version.n, (int)ptr);
		em_num(s, b, at + 4 * ptr + version.n, (int)ptr);
		em_num(s, b, mod.n + 16, (int)ptr);
	} else {
		buf_add_repeat(b, 0, 16);
		buf_add_char(b, (char)version.n);
	}
	buf_add(b, version);
	if (!pointers) {
		size_t n = mod.n + 16;
		buf_add_char(b, (char)((n & 0x7f) | 0x80));
		buf_add_char(b, (char)(n >> 7 & 0x7f));
	}
	buf_add(b, mod);
	buf_add_repeat(b, 'e', 16);
	buf_release(&framed);
}

static void dump(const struct package_vec *v, struct buf *b)
{
	struct package *p;
	vec_foreach(p, v)
		buf_addf(b, "%.*s %.*s%s%s\n", STR_FMT(p->name), STR_FMT(p->version), p->is_root ? " root" : "", p->indirect ? " indirect" : "");
}

static int parse(struct arena *a, struct str bytes, struct package_vec *v, struct diags *d, struct error *e)
{
	struct input in = input_from_str(STR("usr/bin/app"), bytes);
	*v = (struct package_vec){ 0 };
	diags_init(d, a);
	return go_binary_parse(a, &in, v, d, e);
}

static void test_binaries(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(exe_shapes); i++)
		for (int k = 0; k < 3; k++) {
			struct exe_shape s = exe_shapes[i];
			bool pointers = k == 1;
			struct buf data, file, got;
			struct arena a;
			struct package_vec v;
			struct diags d;
			struct error e = { 0 };
			if (k == 2 && s.kind != SHAPE_ELF)
				continue;
			s.no_sections = k == 2;
			arena_init(&a, 0);
			buf_init(&data, 1 << 20);
			buf_init(&file, 1 << 20);
			buf_init(&got, 1 << 20);
			build_info(&s, pointers, STR("go1.21.5 X:boringcrypto"), str_c(modules), &data);
			exe_make(&s, s.kind == SHAPE_ELF ? ".go.buildinfo" : s.kind == SHAPE_PE ? ".data" : "__go_buildinfo", buf_str(&data), &file);
			int r = parse(&a, buf_str(&file), &v, &d, &e);
			dump(&v, &got);
			if (r < 0 || !str_eq_c(buf_str(&got), expected))
				fail_msg("%s%s%s: %s got\n%.*s", s.name, pointers ? ", pointers" : "", s.no_sections ? ", no sections" : "", e.text, STR_FMT(buf_str(&got)));
			assert_int_equal(v.v[v.n - 1].depends.n, v.n - 1);
			/* Cut anywhere it must not crash; cut inside the strings it must not look complete. */
			for (size_t n = 0; n < file.n; n += 7) {
				char *cut = malloc(n ? n : 1);
				memcpy(cut, file.p, n);
				parse(&a, str_make(cut, n), &v, &d, &e);
				assert_true(v.n == 0 || n > file.n - 400);
				free(cut);
			}
			buf_release(&data);
			buf_release(&file);
			buf_release(&got);
			arena_release(&a);
		}
}

static void test_damaged_binaries(void **state)
{
	struct buf data, file;
	struct arena a;
	struct package_vec v;
	struct diags d;
	struct error e = { 0 };
	const struct exe_shape *s = &exe_shapes[0];
	arena_init(&a, 0);
	buf_init(&data, 1 << 20);
	buf_init(&file, 1 << 20);
	/* A length that passes the end of the section and the file. */
	build_info(s, false, STR("go1.21.5"), str_c(modules), &data);
	data.p[64 + 32 + 9] = (char)0xff;
	data.p[64 + 32 + 10] = (char)0x7f;
	exe_make(s, ".go.buildinfo", buf_str(&data), &file);
	assert_int_equal(parse(&a, buf_str(&file), &v, &d, &e), ERR_FORMAT);
	/* No modules: built in the days of GOPATH. */
	buf_clear(&data);
	buf_clear(&file);
	build_info(s, false, STR("devel +abcdef0 Fri"), STR("x"), &data);
	exe_make(s, ".go.buildinfo", buf_str(&data), &file);
	assert_int_equal(parse(&a, buf_str(&file), &v, &d, &e), 0);
	assert_int_equal(v.n, 1);
	assert_str(v.v[0].version, "");
	assert_int_equal(d.list.n, 1);
	/* A C program. */
	buf_clear(&file);
	exe_make(s, ".data", buf_str(&data), &file);
	assert_int_equal(parse(&a, buf_str(&file), &v, &d, &e), 0);
	assert_int_equal(v.n + d.list.n, 0);
	/* Packed by UPX: seen, and said. */
	struct exe_shape packed = { "upx", SHAPE_ELF, true, false, true };
	buf_clear(&file);
	exe_make(&packed, "", STR("compressed"), &file);
	memcpy(file.p + 64 + 2 * 56 + 4, "UPX!", 4);
	assert_int_equal(parse(&a, buf_str(&file), &v, &d, &e), 0);
	assert_int_equal(d.list.n, 1);
	assert_int_equal(d.list.v[0].level, DIAG_UNREADABLE);
	buf_release(&data);
	buf_release(&file);
	arena_release(&a);
}

static void test_rules(void **state)
{
	static const struct {
		const char *go, *stdlib;
	} versions[] = {
		{ "go1.21.5", "v1.21.5" }, { "go1.22.1 X:nocoverageredesign", "v1.22.1" }, { "go1.22rc1", "v1.22rc1" }, { "go1.20.10 (Red Hat 1.20.10-1.el9)", "v1.20.10" },
		{ "devel go1.23-4d0bc8c Mon Jan 1", "v1.23-4d0bc8c" }, { "devel +abc", "" }, { "", "" }, { "gopher", "" },
	};
	static const struct {
		const char *version;
		bool pseudo;
	} pseudo[] = {
		{ "v0.0.0-20200622213623-75b288015ac9", true }, { "v1.2.4-0.20200622213623-75b288015ac9", true }, { "v1.2.3-pre.0.20200622213623-75b288015ac9", true },
		{ "v2.0.0-20200622213623-75b288015ac9+incompatible", true }, { "v0.0.0-20200622213623-75b288015ac9+dirty", true }, { "v1.2.3", false },
		{ "v1.2.3-rc.1", false }, { "v0.0.0-20200622-75b288015ac9", false }, { "", false },
	};
	static const struct {
		const char *flags, *version;
	} flags[] = {
		{ "-s -w -X main.version=1.0.0", "v1.0.0" }, { "-X=main.version=v1.0.0", "v1.0.0" }, { "-X 'main.version=1.0.0'", "v1.0.0" },
		{ "-X='main.version=1.0.0'", "v1.0.0" }, { "-X=\"main.version=1.0.0\"", "v1.0.0" }, { "-X \"main.Ver=1.0\"", "v1.0" },
		{ "-X example.com/app/pkg/version.Version=2.1.0 -X example.com/other.version=9.0.0", "v2.1.0" },
		{ "-X example.com/app/cmd/tool.version=3.0.0 -X main.version=1.0.0", "v3.0.0" },
		{ "-X main.version=1.0.0 -X common.version=2.0.0", "" }, { "-X main.version=1.0.0 -X common.version=v1.0.0", "v1.0.0" },
		{ "-X main.commit=1.0.0", "" }, { "-X main.version=dev", "" }, { "-X main.version=01.2.3", "" }, { "-X main.gitVersion=v1.25.0", "v1.25.0" },
		{ "-X example.com/app/v.buildTag=1.2.3", "v1.2.3" }, { "-X k8s.io/x/version.gitVersion=v1.25.0", "" }, { "-X", "" }, { "-X main.version", "" },
		{ "-extldflags '-static -lm' -X main.version=1.0.0-rc.1+b", "v1.0.0-rc.1+b" }, { "", "" }, { "'unclosed -X main.version=1.0.0", "" },
	};
	struct arena a;
	arena_init(&a, 0);
	for (size_t i = 0; i < ARRAY_LEN(versions); i++)
		assert_str(go_stdlib_version(&a, str_c(versions[i].go)), versions[i].stdlib);
	for (size_t i = 0; i < ARRAY_LEN(pseudo); i++)
		if (go_is_pseudo_version(str_c(pseudo[i].version)) != pseudo[i].pseudo)
			fail_msg("pseudo version %s", pseudo[i].version);
	for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
		struct str v = go_ldflags_version(&a, STR("example.com/app"), str_c(flags[i].flags));
		if (!str_eq_c(v, flags[i].version))
			fail_msg("ldflags %s: \"%.*s\"", flags[i].flags, STR_FMT(v));
	}
	struct go_modules m;
	struct error e = { 0 };
	assert_int_equal(go_modules_parse(&a, STR("=>\ta\tb\tc\n"), &m, &e), ERR_FORMAT);
	assert_int_equal(go_modules_parse(&a, STR("dep\tonly-a-path\n"), &m, &e), ERR_FORMAT);
	assert_int_equal(go_modules_parse(&a, STR("build\t\"-ldflags\"=\"-X \\\"a\\x41\\\"\"\n"), &m, &e), 0);
	assert_str(m.ldflags, "-X \"aA\"");
	arena_release(&a);
}

static void test_go_mod(void **state)
{
	static const struct {
		const char *name, *text, *packages;
		unsigned diags;
	} cases[] = {
		{ "blocks",
		  "module example.com/m\n\ngo 1.20\ntoolchain go1.21.1\n\nrequire (\n\tgithub.com/a/b v1.2.3\n\tgithub.com/c/d v0.0.0-20200622213623-75b288015ac9 // indirect\n"
		  "\t\"github.com/q/r\" `v1.0.0` // indirect; with a word\n)\nrequire golang.org/x/text v0.3.5 // used\n",
		  "example.com/m  root\ngithub.com/a/b v1.2.3\ngithub.com/c/d v0.0.0-20200622213623-75b288015ac9 indirect\ngithub.com/q/r v1.0.0 indirect\ngolang.org/x/text v0.3.5\n", 0 },
		{ "replace",
		  "module m\nrequire (\na v1.0.0\nb v1.0.0\nc v1.0.0\nd v1.0.0\n)\nreplace a => fork/a v1.1.0\nreplace b v1.0.0 => ../b\nreplace (\n c v2.0.0 => fork/c v2.0.1\n"
		  " unused => x v1.0.0\n)\nexclude d v1.0.0\nretract [v1.0.0, v1.1.0]\n",
		  "m  root\nfork/a v1.1.0\nc v1.0.0\n", 0 },
		{ "one-line blocks and blanks", "module m\r\nrequire ( a v1.0.0 )\r\nrequire (\r\n)\r\nexclude ()\r\n// a comment\r\ntool a/cmd\r\ngodebug default=go1.21\r\n", "m  root\na v1.0.0\n", 0 },
		{ "the last requirement counts", "module m\nrequire a v1.0.0\nrequire a v1.1.0\n", "m  root\na v1.1.0\n", 0 },
		{ "broken lines", "module m\nrequire a\nrequire b v1.0.0\nreplace x\nreplace b = c\n", "m  root\nb v1.0.0\n", 3 },
		{ "open block", "module m\nrequire (\na v1.0.0\n", "m  root\na v1.0.0\n", 1 },
		{ "empty", "", "", 0 },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena a;
		struct package_vec v = { 0 };
		struct diags d;
		struct error e = { 0 };
		struct buf got;
		struct input in = input_from_str(STR("go.mod"), str_c(cases[i].text));
		arena_init(&a, 0);
		diags_init(&d, &a);
		buf_init(&got, 1 << 20);
		int r = go_mod_parse(&a, &in, &v, &d, &e);
		dump(&v, &got);
		if (r < 0 || !str_eq_c(buf_str(&got), cases[i].packages) || d.list.n != cases[i].diags)
			fail_msg("%s: %zu diagnostics, got\n%.*s", cases[i].name, d.list.n, STR_FMT(buf_str(&got)));
		if (i == 0)
			assert_int_equal(v.v[2].line, 8);
		buf_release(&got);
		arena_release(&a);
	}
}

/* One line of a command's output, or NULL. */
static char *first_line(const char *command)
{
	static char line[4096];
	FILE *f = popen(command, "r");
	char *r = f ? fgets(line, sizeof(line), f) : NULL;
	if (f)
		pclose(f);
	if (r)
		line[strcspn(line, "\n")] = 0;
	return r;
}

/* The go command's own file, read by us and by itself. */
static void test_oracle(void **state)
{
	char path[4200];
	char *root = first_line("go env GOROOT 2>/dev/null");
	if (!root || !*root) {
		print_message("skipped: the go command is not installed\n");
		skip();
	}
	snprintf(path, sizeof(path), "%s/bin/go", root);
	char *version = first_line("go env GOVERSION");
	assert_non_null(version);
	FILE *f = fopen(path, "rb");
	if (!f)
		skip();
	fseek(f, 0, SEEK_END);
	size_t n = (size_t)ftell(f);
	rewind(f);
	char *bytes = malloc(n);
	assert_int_equal(fread(bytes, 1, n, f), n);
	fclose(f);
	struct arena a;
	struct package_vec v;
	struct diags d;
	struct error e = { 0 };
	arena_init(&a, 0);
	assert_int_equal(parse(&a, str_make(bytes, n), &v, &d, &e), 0);
	assert_true(v.n > 0);
	assert_str(v.v[0].name, "stdlib");
	struct str want = go_stdlib_version(&a, str_c(version));
	assert_true(str_eq(v.v[0].version, want));
	arena_release(&a);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_binaries), cmocka_unit_test(test_damaged_binaries), cmocka_unit_test(test_rules), cmocka_unit_test(test_go_mod),
		cmocka_unit_test(test_oracle),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
