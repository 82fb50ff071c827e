/* src/format/python, node, ruby, php, dotnet: the files of tests/data/lang (written by us after the tools' own formats) against what is expected beside
 * them; the paths that are wanted; hostile and broken files. BULKHEAD_UPDATE=1 writes the expectations anew. */
#include "test.h"

#include "base/buf.h"
#include "format/conan/conan.h"
#include "format/dart/pub.h"
#include "format/dotnet/dotnet.h"
#include "format/elixir/mix.h"
#include "format/java/maven.h"
#include "format/julia/julia.h"
#include "format/node/node.h"
#include "format/php/php.h"
#include "format/python/python.h"
#include "format/ruby/ruby.h"
#include "format/swift/swift.h"

typedef int parse_fn(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err);
static const struct {
	parse_fn *parse;
	const char *file, *path; /* path: as in an image, where the parser looks at it; NULL: the file */
} files[] = {
	{ python_parse_metadata, "python/METADATA", "usr/lib/python3/pip/_vendor/demo.dist-info/METADATA" },
	{ python_parse_metadata, "python/PKG-INFO", NULL },
	{ python_parse_metadata, "python/expression.METADATA", NULL },
	{ python_parse_conda, "python/numpy-1.21.2-py39h20f2e39_0.json", NULL },
	{ python_parse_requirements, "python/requirements.txt", NULL },
	{ python_parse_pipfile_lock, "python/Pipfile.lock", NULL },
	{ python_parse_poetry_lock, "python/poetry.lock", NULL },
	{ python_parse_poetry_lock, "python/poetry-project/poetry.lock", NULL },
	{ python_parse_uv_lock, "python/uv.lock", NULL },
	{ node_parse_package_json, "node/package.json", NULL },
	{ node_parse_package_json, "node/licenses.package.json", NULL },
	{ node_parse_package_json, "node/settings.package.json", NULL },
	{ node_parse_npm_lock, "node/v1/package-lock.json", NULL },
	{ node_parse_npm_lock, "node/v2/package-lock.json", NULL },
	{ node_parse_npm_lock, "node/v3/package-lock.json", NULL },
	{ node_parse_yarn_lock, "node/yarn1/yarn.lock", NULL },
	{ node_parse_yarn_lock, "node/berry/yarn.lock", NULL },
	{ node_parse_yarn_lock, "node/yarn-project/yarn.lock", NULL },
	{ node_parse_pnpm_lock, "node/pnpm5/pnpm-lock.yaml", NULL },
	{ node_parse_pnpm_lock, "node/pnpm6/pnpm-lock.yaml", NULL },
	{ node_parse_pnpm_lock, "node/pnpm9/pnpm-lock.yaml", NULL },
	{ ruby_parse_gemspec, "ruby/rake-13.0.6.gemspec", NULL },
	{ ruby_parse_gemspec, "ruby/computed.gemspec", NULL },
	{ ruby_parse_gemfile_lock, "ruby/Gemfile.lock", NULL },
	{ php_parse_installed, "php/installed.json", NULL },
	{ php_parse_installed, "php/v1.installed.json", NULL },
	{ php_parse_lock, "php/composer.lock", NULL },
	{ dotnet_parse_deps, "dotnet/app.deps.json", NULL },
	{ dotnet_parse_lock, "dotnet/packages.lock.json", NULL },
	{ dotnet_parse_config, "dotnet/packages.config", NULL },
	{ dotnet_parse_props, "dotnet/Directory.Packages.props", NULL },
	{ node_parse_bun_lock, "node/bun/bun.lock", NULL },
	{ python_parse_pylock, "python/pylock.toml", NULL },
	{ python_parse_conda_environment, "python/env/environment.yml", NULL },
	{ conan_parse_lock, "conan/v1/conan.lock", NULL },
	{ conan_parse_lock, "conan/v2/conan.lock", NULL },
	{ mix_parse_lock, "elixir/mix.lock", NULL },
	{ pub_parse_lock, "dart/pubspec.lock", NULL },
	{ swift_parse_resolved, "swift/v1/Package.resolved", NULL },
	{ swift_parse_resolved, "swift/v2/Package.resolved", NULL },
	{ cocoapods_parse_lock, "swift/Podfile.lock", NULL },
	{ julia_parse_manifest, "julia/v1/Manifest.toml", NULL },
	{ julia_parse_manifest, "julia/v2/Manifest.toml", NULL },
	{ maven_parse_pom, "java/multi/pom.xml", NULL },
	{ maven_parse_pom, "java/multi/app/pom.xml", NULL },
	{ maven_parse_pom, "java/multi/lib/pom.xml", NULL },
	{ maven_parse_pom, "java/alone/pom.xml", NULL },
	{ maven_parse_pom, "java/src/it/simple/pom.xml", NULL },
	{ gradle_parse_lock, "java/gradle/gradle.lockfile", NULL },
	{ gradle_parse_lock, "java/gradle/gradle/dependency-locks/testCompileClasspath.lockfile", NULL },
	{ sbt_parse_lock, "java/sbt/build.sbt.lock", NULL },
};

static struct str read_file(struct arena *a, const char *name, const char *suffix)
{
	char path[4096];
	snprintf(path, sizeof(path), "%s/tests/data/lang/%s%s", getenv("BULKHEAD_TOP"), name, suffix);
	FILE *f = fopen(path, "rb");
	if (!f)
		return STR_NONE;
	char *text = arena_alloc(a, 1 << 16);
	size_t n = fread(text, 1, 1 << 16, f);
	fclose(f);
	return str_make(text, n);
}

/* The folder of test files as the tree of an input. */
static int open_data(void *tree, struct arena *a, struct str path, uint64_t max_bytes, struct str *ret, struct error *err)
{
	char *name = arena_cstr(a, path);
	*ret = read_file(a, name, "");
	return ret->p ? 0 : error_set(err, ERR_NOT_FOUND, "%s", name);
}

static void add_list(struct buf *b, const char *title, const struct str_vec *v)
{
	const struct str *s;
	if (v->n)
		buf_addf(b, " %s", title);
	vec_foreach(s, v)
		buf_addf(b, "%s%.*s", s == v->v ? "=" : ",", STR_FMT(*s));
}

/* One line a package and a diagnostic. */
static void print_result(struct buf *b, const struct package_vec *packages, const struct diags *diags)
{
	const struct package *p;
	const struct diag *d;
	vec_foreach(p, packages) {
		buf_addf(b, "%s %.*s %.*s", package_kind_info(p->kind)->name, STR_FMT(p->name), STR_FMT(p->version));
		if (p->line)
			buf_addf(b, " lines=%u-%u", p->line, p->end_line);
		buf_addf(b, "%s%s%s%s", p->is_root ? " root" : "", p->indirect ? " indirect" : "", p->dev ? " dev" : "", p->vendored ? " vendored" : "");
		if (p->arch.n)
			buf_addf(b, " arch=%.*s", STR_FMT(p->arch));
		if (p->digest.n)
			buf_addf(b, " digest=%.*s", STR_FMT(p->digest));
		add_list(b, "licenses", &p->licenses);
		add_list(b, "depends", &p->depends);
		buf_add_char(b, '\n');
	}
	vec_foreach(d, &diags->list)
		buf_addf(b, "! %d line %u: %.*s\n", d->level, d->line, STR_FMT(d->text));
}

static void test_files(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		struct arena a;
		struct package_vec packages = { 0 };
		struct diags diags;
		struct error err = { 0 };
		struct buf result;
		arena_init(&a, 0);
		diags_init(&diags, &a);
		buf_init(&result, 1 << 20);
		struct str text = read_file(&a, files[i].file, "");
		if (!text.n)
			fail_msg("%s is missing", files[i].file);
		struct input in = input_from_str(str_c(files[i].path ? files[i].path : files[i].file), text);
		in.open = open_data;
		if (files[i].parse(&a, &in, &packages, &diags, &err) != 0)
			fail_msg("%s: %s", files[i].file, err.text);
		/* What packages say must not live in the input. */
		const struct package *p;
		vec_foreach(p, &packages)
			assert_false(p->name.p >= text.p && p->name.p < text.p + text.n);
		print_result(&result, &packages, &diags);
		if (getenv("BULKHEAD_UPDATE")) {
			char path[4096];
			snprintf(path, sizeof(path), "%s/tests/data/lang/%s.expected", getenv("BULKHEAD_TOP"), files[i].file);
			FILE *f = fopen(path, "wb");
			assert_non_null(f);
			fwrite(result.p, 1, result.n, f);
			fclose(f);
		}
		struct str expected = read_file(&a, files[i].file, ".expected");
		if (!expected.p || !str_eq(expected, buf_str(&result)))
			fail_msg("%s gives\n%.*s\nnot\n%.*s", files[i].file, STR_FMT(buf_str(&result)), STR_FMT(expected));
		buf_release(&result);
		arena_release(&a);
	}
}

/* Every file cut at every length, in memory of exactly that size (sanitizers see reads past it): no crash, and never more packages than the whole. */
static void test_truncated(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		struct arena a;
		arena_init(&a, 0);
		struct str text = read_file(&a, files[i].file, "");
		for (size_t n = 0; n < text.n; n++) {
			struct arena work;
			struct package_vec packages = { 0 };
			struct diags diags;
			arena_init(&work, 0);
			diags_init(&diags, &work);
			char *cut = malloc(n ? n : 1);
			memcpy(cut, text.p, n);
			struct input in = input_from_str(STR("file"), str_make(cut, n));
			int r = files[i].parse(&work, &in, &packages, &diags, NULL);
			assert_true(r <= 0 && packages.n < 20);
			free(cut);
			const struct package *p; /* the strings must have survived the input */
			vec_foreach(p, &packages)
				assert_true(str_hash(p->name) + str_hash(p->version) != 1);
			arena_release(&work);
		}
		arena_release(&a);
	}
}

static void test_wanted(void **state)
{
	static const struct {
		bool (*wants)(struct str path, uint32_t mode, uint64_t size);
		const char *path;
		bool wanted;
	} cases[] = {
		{ python_wants_metadata, "usr/lib/python3/dist-packages/a-1.0.dist-info/METADATA", true },
		{ python_wants_metadata, "usr/lib/python3/dist-packages/a-1.0.egg-info", true },
		{ python_wants_metadata, "usr/lib/python3/dist-packages/a-1.0.egg-info/PKG-INFO", true },
		{ python_wants_metadata, "usr/lib/python3/dist-packages/a-1.0.egg/EGG-INFO/PKG-INFO", true },
		{ python_wants_metadata, "src/PKG-INFO", false },
		{ python_wants_metadata, "src/METADATA", false },
		{ python_wants_conda, "opt/conda/conda-meta/numpy-1.21.2-py39_0.json", true },
		{ python_wants_conda, "opt/conda/conda-meta/history.json", false },
		{ python_wants_conda, "opt/conda/pkgs/numpy-1.21.2-py39_0.json", false },
		{ python_wants_requirements, "app/requirements.txt", true },
		{ python_wants_requirements, "app/requirements-dev.txt", true },
		{ python_wants_requirements, "app/notes.txt", false },
		{ node_wants_lock, "app/package-lock.json", true },
		{ node_wants_lock, "app/node_modules/x/package-lock.json", false },
		{ node_wants_lock, "app/.yarn/x/yarn.lock", false },
		{ node_wants_lock, "yarn.lock", true },
		{ ruby_wants_gemspec, "usr/lib/ruby/gems/2.7.0/specifications/rake-13.0.6.gemspec", true },
		{ ruby_wants_gemspec, "usr/lib/ruby/gems/2.7.0/specifications/default/json-2.3.0.gemspec", true },
		{ ruby_wants_gemspec, "usr/lib/ruby/gems/2.7.0/gems/rake-13.0.6/rake.gemspec", false },
		{ php_wants_lock, "app/composer.lock", true },
		{ php_wants_lock, "app/vendor/a/b/composer.lock", false },
		{ dotnet_wants_props, "src/Directory.Packages.props", true },
		{ dotnet_wants_props, "src/packages.PROPS", true },
		{ dotnet_wants_props, "src/Directory.Build.props", false },
		{ python_wants_pylock, "app/pylock.toml", true },
		{ python_wants_pylock, "app/pylock.dev.toml", true },
		{ python_wants_pylock, "app/pylock.a.b.toml", false },
		{ python_wants_pylock, "app/pyproject.toml", false },
		{ gradle_wants_lock, "app/gradle.lockfile", true },
		{ gradle_wants_lock, "app/buildscript-gradle.lockfile", true },
		{ gradle_wants_lock, "app/gradle/dependency-locks/compileClasspath.lockfile", true },
		{ gradle_wants_lock, "app/other.lockfile", false },
		{ dotnet_wants_deps, "app/App.deps.json", true },
		{ dotnet_wants_deps, "app/deps.json", false },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (cases[i].wants(str_c(cases[i].path), 0644, 1) != cases[i].wanted)
			fail_msg("%s", cases[i].path);
}

static void test_broken(void **state)
{
	static const struct {
		parse_fn *parse;
		const char *text;
		int code;
		size_t packages, diagnostics;
	} cases[] = {
		{ maven_parse_pom, "", ERR_FORMAT, 0, 0 },
		{ maven_parse_pom, "<project>", ERR_FORMAT, 0, 0 },
		{ maven_parse_pom, "<settings/>", ERR_FORMAT, 0, 0 },
		{ maven_parse_pom, "<project/>", 0, 0, 1 },
		{ maven_parse_pom, "<!DOCTYPE p [<!ENTITY a \"b\">]><project><groupId>&a;</groupId></project>", ERR_UNSUPPORTED, 0, 0 },
		{ maven_parse_pom, "<project>&nbsp;</project>", ERR_FORMAT, 0, 0 },
		{ maven_parse_pom, "<?xml version='1.0' encoding='windows-1252'?><project><groupId>g</groupId><artifactId>a\xe9</artifactId></project>", 0, 1, 0 },
		{ maven_parse_pom, "<project><groupId>g</groupId><artifactId>${artifactId}</artifactId><version>1</version></project>", 0, 0, 1 },
		{ maven_parse_pom,
		  "<project><groupId>g</groupId><artifactId>a</artifactId><version>${v}</version><properties><v>${v}${v}</v></properties></project>", 0, 1, 0 },
		{ maven_parse_pom,
		  "<project><groupId>g</groupId><artifactId>a</artifactId><version>1</version><parent><groupId>g</groupId><artifactId>p</artifactId>"
		  "<version>1</version></parent></project>", 0, 1, 1 },
		{ dotnet_parse_props, "<Projekt/>", ERR_FORMAT, 0, 0 },
		{ dotnet_parse_props, "<Project><ItemGroup><PackageVersion/><PackageVersion Include='$(A)' Version='1'/></ItemGroup></Project>", 0, 0, 0 },
		{ node_parse_bun_lock, "{\"packages\":{\"a\":[\"a\"],\"b\":3,\"c\":[\"c@1\",],}}", 0, 1, 2 },
		{ node_parse_bun_lock, "{\"a\":1,,}", ERR_FORMAT, 0, 0 },
		{ node_parse_bun_lock, "{/* ", ERR_FORMAT, 0, 0 },
		{ node_parse_bun_lock, "{\"a\": \"//\\\", ,]\"} // end", 0, 0, 0 },
		{ python_parse_pylock, "packages = [1, {name = \"a\"}]", 0, 1, 2 },
		{ python_parse_conda_environment, "dependencies: [1, {pip: x}, '', '=', 'a=']", 0, 1, 3 },
		{ conan_parse_lock, "{\"graph_lock\":{\"nodes\":{\"0\":{\"requires\":[\"0\",\"9\"],\"ref\":\"a/1\"}}}}", 0, 1, 0 },
		{ mix_parse_lock, "\"a\": {:hex, :a, \"1\", \"b\": {:hex\n", 0, 1, 0 },
		{ mix_parse_lock, "\"a\": {:hex, :a, 1}\n\"b\n", 0, 0, 1 },
		{ pub_parse_lock, "packages: [a]", 0, 0, 0 },
		{ pub_parse_lock, "packages: {a: {version: 1.10}}", 0, 1, 0 },
		{ swift_parse_resolved, "{\"pins\":[{\"location\":\"a:b:c\",\"state\":{\"version\":\"1\"}},{}]}", 0, 1, 1 },
		{ cocoapods_parse_lock, "PODS: [{'a (1)': [a, b]}, 'c (', {}]", 0, 1, 1 },
		{ julia_parse_manifest, "[[a]]\ndeps = ['a', 'b']\n[[a]]\nuuid = 'x'\nversion = '1'\n", 0, 2, 1 },
		{ julia_parse_manifest, "manifest_format = 2\ndeps = 3\n", 0, 0, 0 },
		{ gradle_parse_lock, "a:b\n:b:1=x\na:b:1:jar=x\n", 0, 0, 3 },
		{ gradle_parse_lock, "a:b:=x\n", 0, 0, 1 },
		{ sbt_parse_lock, "[]", ERR_FORMAT, 0, 0 },
		{ sbt_parse_lock, "{\"dependencies\":[{\"org\":\"a\",\"version\":\"1\"},3]}", 0, 0, 2 },
		{ python_parse_metadata, "Name: x\n\nVersion: 1\n", ERR_FORMAT, 0, 0 },
		{ python_parse_metadata, "", ERR_FORMAT, 0, 0 },
		{ python_parse_conda, "{\"name\": \"x\"}", ERR_FORMAT, 0, 0 },
		{ python_parse_conda, "[]", ERR_FORMAT, 0, 0 },
		{ python_parse_egg, "no zip", ERR_FORMAT, 0, 0 },
		{ python_parse_requirements, "\\\n\\\n\\", 0, 0, 0 },
		{ python_parse_requirements, "a==1\\", 0, 1, 0 },
		{ python_parse_requirements, "# a comment \\\na==1\n", 0, 1, 0 },
		{ python_parse_requirements, "a==1 \\\n# a comment \\\nb==1\n", 0, 2, 0 },
		{ python_parse_requirements, "a==1\\\n# a comment\nb==1\n", 0, 2, 0 },
		{ python_parse_requirements, "\xff\xfe" "a\0=\0=\0001\0", 0, 0, 0 },
		{ python_parse_poetry_lock, "[[package]]\nname = \"x\"\n", 0, 0, 1 },
		{ python_parse_poetry_lock, "package = 3\n", 0, 0, 0 },
		{ python_parse_poetry_lock, "[[package", ERR_FORMAT, 0, 0 },
		{ node_parse_package_json, "{\"name\": \"a b\", \"version\": \"1\"}", 0, 0, 1 },
		{ node_parse_package_json, "{\"name\": \"@/b\", \"version\": \"1\"}", 0, 0, 1 },
		{ node_parse_package_json, "{\"name\": 3, \"version\": \"1\"}", 0, 0, 0 },
		{ node_parse_package_json, "", ERR_FORMAT, 0, 0 },
		{ node_parse_npm_lock, "{\"packages\": []}", 0, 0, 0 },
		{ node_parse_npm_lock, "{\"packages\": {\"node_modules/\": {\"version\": \"1\"}}}", 0, 0, 0 },
		{ node_parse_npm_lock, "{\"packages\": {\"node_modules/a\": {\"link\": true, \"resolved\": \"node_modules/a\"}}}", 0, 0, 0 },
		{ node_parse_npm_lock, "{\"packages\": {\"node_modules/a\": {}}}", 0, 0, 1 },
		{ node_parse_yarn_lock, "\"@@@\":\n  version \"\"\n", 0, 0, 1 },
		{ node_parse_yarn_lock, "a@\xff:\n  version \"1\"\n", ERR_FORMAT, 0, 0 },
		{ node_parse_pnpm_lock, "lockfileVersion: 4\n", ERR_UNSUPPORTED, 0, 0 },
		{ node_parse_pnpm_lock, "a: [", ERR_FORMAT, 0, 0 },
		{ node_parse_pnpm_lock, "", 0, 0, 0 },
		{ ruby_parse_gemspec, "Gem::Specification.new do |s|\n s.name = x\n", ERR_FORMAT, 0, 0 },
		{ ruby_parse_gemspec, "Gem::Specification.new do |s|\n s.name = %q<a>\n s.version = Gem::Version.new(\"1.0\")\n", 0, 1, 0 },
		{ ruby_parse_gemspec, "Gem::Specification.new do |s|\n s.name = \"a#{b}\"\n s.version = \"1\n", ERR_FORMAT, 0, 0 },
		{ ruby_parse_gemfile_lock, "GEM\n  specs:\n    x\n    y (1)\n", 0, 1, 1 },
		{ php_parse_installed, "3", ERR_FORMAT, 0, 0 },
		{ php_parse_installed, "[3, {}]", 0, 0, 2 },
		{ dotnet_parse_deps, "{\"libraries\": {\"x\": {\"type\": \"package\"}}}", 0, 0, 1 },
		{ dotnet_parse_deps, "{\"libraries\": {\"x/1\": {\"type\": \"Package\"}}}", 0, 1, 0 },
		{ dotnet_parse_config, "<packages><package id='a' version=1 /><package id=\"b\" version=\"2", 0, 0, 2 },
		{ dotnet_parse_config, "<html>", ERR_FORMAT, 0, 0 },
		{ dotnet_parse_config, "<packages><!-- <package id='a' version='1'/>", 0, 0, 1 },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena a;
		struct package_vec packages = { 0 };
		struct diags diags;
		struct error err = { 0 };
		arena_init(&a, 0);
		diags_init(&diags, &a);
		struct input in = input_from_str(STR("file"), str_c(cases[i].text));
		int r = cases[i].parse(&a, &in, &packages, &diags, &err);
		if (r != cases[i].code || packages.n != cases[i].packages || diags.list.n != cases[i].diagnostics || (r < 0 && !err.text[0]))
			fail_msg("case %zu (%s): code %d (%s), %zu packages, %zu diagnostics", i, cases[i].text, r, err.text, packages.n, diags.list.n);
		arena_release(&a);
	}
}

static void test_utf16_requirements(void **state)
{
	static const char text[] = "\xff\xfe" "a\0=\0=\0" "1\0\r\0\n\0b\0=\0=\0" "2\0\xe9\0";
	struct arena a;
	struct package_vec packages = { 0 };
	arena_init(&a, 0);
	struct input in = input_from_str(STR("requirements.txt"), str_make(text, sizeof(text) - 1));
	assert_int_equal(python_parse_requirements(&a, &in, &packages, NULL, NULL), 0);
	assert_int_equal(packages.n, 1);
	assert_str(packages.v[0].name, "a");
	assert_str(packages.v[0].version, "1");
	arena_release(&a);
}

/* A .egg archive, made by the zip program. */
static void test_egg(void **state)
{
	char command[4600], path[] = "/tmp/bulkhead-egg-XXXXXX";
	assert_non_null(mkdtemp(path));
	snprintf(command, sizeof(command), "cd %s && mkdir EGG-INFO && cp '%s/tests/data/lang/python/METADATA' EGG-INFO/PKG-INFO && zip -q demo.egg EGG-INFO/PKG-INFO >/dev/null 2>&1", path,
		 getenv("BULKHEAD_TOP"));
	if (system(command) == 0) {
		struct arena a;
		struct package_vec packages = { 0 };
		struct error err = { 0 };
		arena_init(&a, 0);
		char *text = arena_alloc(&a, 1 << 16);
		snprintf(command, sizeof(command), "%s/demo.egg", path);
		FILE *f = fopen(command, "rb");
		assert_non_null(f);
		size_t n = fread(text, 1, 1 << 16, f);
		fclose(f);
		struct input in = input_from_str(STR("site-packages/demo.egg"), str_make(text, n));
		if (python_parse_egg(&a, &in, &packages, NULL, &err) != 0 || packages.n != 1)
			fail_msg("egg: %zu packages, %s", packages.n, err.text);
		assert_str(packages.v[0].name, "Demo_Package");
		arena_release(&a);
	} else {
		printf("SKIPPED egg: no zip program\n");
	}
	snprintf(command, sizeof(command), "rm -r %s", path);
	assert_int_equal(system(command), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_files),  cmocka_unit_test(test_truncated),	     cmocka_unit_test(test_wanted),
					    cmocka_unit_test(test_broken), cmocka_unit_test(test_utf16_requirements), cmocka_unit_test(test_egg) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
