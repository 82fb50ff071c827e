/* src/format/java: what archives say they are, archives in archives, bombs; the pieces one by one. */
#include "test.h"

#include "base/buf.h"
#include "format/java/jar.h"
#include "format/java/jar_parts.h"
#include "zip_maker.h"

static void test_file_names(void **state)
{
	static const struct {
		const char *path, *name, *version;
	} cases[] = {
		{ "app/lib/spring-core-5.3.17.jar", "spring-core", "5.3.17" }, { "guava-31.1-jre.jar", "guava", "31.1-jre" },
		{ "javassist-3.11.0.GA.jar", "javassist", "3.11.0.GA" }, { "my-http2-server-5.jar", "my-http2-server", "5" },
		{ "jetpack-build235-rc5.jar", "jetpack", "build235-rc5" }, { "x-r4.jar", "x", "r4" }, { "x-rc4.jar", "x", "rc4" },
		{ "x-release.jar", "x-release", "" }, { "kafka_2.12-2.8.0.jar", "kafka_2.12", "2.8.0" }, { "javax.servlet_2.5.jar", "javax.servlet", "2.5" },
		{ "app.war", "app", "" }, { "1.0.jar", "", "" }, { "a+b-1.jar", "", "" }, { "", "", "" }, { "noext-1.0", "noext", "1" },
		{ "BOOT-INF/lib/a-1.0-SNAPSHOT.jar", "a", "1.0-SNAPSHOT" }, { "servlet-api.2.4.jar", "servlet-api", "2.4" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct str name, version;
		jar_name_split(str_c(cases[i].path), &name, &version);
		if (!str_eq_c(name, cases[i].name) || !str_eq_c(version, cases[i].version))
			fail_msg("%s: \"%.*s\" \"%.*s\"", cases[i].path, STR_FMT(name), STR_FMT(version));
	}
}

static void test_manifest(void **state)
{
	struct arena a;
	struct jar_manifest m;
	arena_init(&a, 0);
	assert_int_equal(jar_manifest_parse(&a,
					    STR("Manifest-Version: 1.0\r\nimplementation-title: A long tit\r\n le in two\r\n  lines\r\nBundle-Name: %name\r\n"
						"Bundle-SymbolicName: org.foo.bar;singleton:=true\r\nMain-Class: com.x.Main\r\nX-Unknown: a\r\n  b\r\n"
						"Implementation-Vendor: The Com\r\nImplementation-Vendor-Id: org.foo\r\n\r\nName: a/b/\r\nSpecification-Version: 3\r\n"
						"Implementation-Title: other\r\n"),
					    &m),
			 0);
	assert_str(m.main[JAR_IMPLEMENTATION_TITLE], "A long title in two lines");
	assert_str(m.main[JAR_BUNDLE_NAME], "");
	assert_str(m.main[JAR_SPECIFICATION_VERSION], "");
	assert_str(m.entry[JAR_SPECIFICATION_VERSION], "3");
	assert_str(m.group, "org.foo");
	assert_str(m.weak_group, "com.x");
	arena_release(&a);
}

static void test_poms(void **state)
{
	struct arena a;
	struct maven_id id;
	arena_init(&a, 0);
	pom_properties_parse(&a, STR("#Generated\n# x\nversion=1.0\\:2\r\ngroupId = g\r\nartifactId:a\nversion2=7\nm2e.projectName=y"), &id);
	assert_str(id.group, "g");
	assert_str(id.artifact, "a");
	assert_str(id.version, "1.0:2");
	pom_properties_parse(&a, STR("version=${project.version}\nartifactId=a"), &id);
	assert_str(id.version, "");
	pom_xml_parse(STR("<?xml version=\"1.0\"?><!-- <groupId>no</groupId> --><project xmlns=\"x\"><parent><groupId>pg</groupId><artifactId>pa</artifactId>"
			  "<version>9</version></parent>\n<artifactId> art </artifactId><dependencies><dependency><groupId>no</groupId><artifactId>no</artifactId>"
			  "</dependency></dependencies><packaging/></project>"),
		      &id);
	assert_str(id.group, "pg");
	assert_str(id.artifact, "art");
	assert_str(id.version, "9");
	pom_xml_parse(STR("<project><artifactId>a"), &id);
	assert_str(id.artifact, "");
	assert_str(version_properties_parse(STR("date=x\ntag=v0.63.5\n")), "0.63.5");
	assert_str(version_properties_parse(STR("version=no\n")), "");
	arena_release(&a);
}

static void test_known_groups(void **state)
{
	static const struct {
		const char *artifact, *version, *group;
	} cases[] = {
		{ "spring-core", "5.3.17", "org.springframework" }, { "spring-boot-starter-web", "2.7.0", "org.springframework.boot" },
		{ "spring-security-oauth2-client", "5", "org.springframework.security" }, { "spring-security-oauth2", "2", "org.springframework.security.oauth" },
		{ "asm", "3.3.1", "asm" }, { "asm", "5.0.2", "org.ow2.asm" }, { "asm", "", "org.ow2.asm" }, { "javassist", "3.11.0.GA", "javassist" },
		{ "javassist", "3.27.0-GA", "org.javassist" }, { "groovy-json", "2.4.1", "org.codehaus.groovy" }, { "groovy", "4.0.1", "org.apache.groovy" },
		{ "hibernate-core", "5.6.1.Final", "org.hibernate" }, { "hibernate-core", "6.1.0.Final", "org.hibernate.orm" }, { "no-such", "1", "" },
		{ "spring-corelike-thing", "1", "org.springframework" }, { "bcprov-jdk15on", "1.70", "org.bouncycastle" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct str g = jar_known_group(str_c(cases[i].artifact), str_c(cases[i].version));
		if (!str_eq_c(g, cases[i].group))
			fail_msg("%s %s: %.*s", cases[i].artifact, cases[i].version, STR_FMT(g));
	}
}

struct outcome {
	struct arena a;
	struct package_vec v;
	struct diags d;
	struct error e;
	int r;
	struct buf text; /* "name@version nested" lines */
};

static int pread_str(void *ctx, void *dst, size_t n, uint64_t off, struct error *err)
{
	const struct str *s = ctx;
	assert_true(off <= s->n && n <= s->n - off);
	memcpy(dst, s->p + off, n);
	return 0;
}

static void run(struct outcome *o, const char *path, struct str bytes, bool in_memory)
{
	struct input in = in_memory ? input_from_str(str_c(path), bytes) : (struct input){ .name = str_c(path), .size = bytes.n, .pread = pread_str, .ctx = &bytes };
	*o = (struct outcome){ 0 };
	arena_init(&o->a, 0);
	diags_init(&o->d, &o->a);
	buf_init(&o->text, 1 << 20);
	o->r = jar_parse(&o->a, &in, &o->v, &o->d, &o->e);
	struct package *p;
	vec_foreach(p, &o->v) {
		assert_int_equal(p->kind, PKG_JAR);
		buf_addf(&o->text, "%.*s@%.*s%s%.*s\n", STR_FMT(p->name), STR_FMT(p->version), p->nested_path.n ? " " : "", STR_FMT(p->nested_path));
	}
}

static void done(struct outcome *o)
{
	buf_release(&o->text);
	arena_release(&o->a);
}

static bool has_diag(const struct outcome *o, enum diag_level level, const char *text)
{
	for (size_t i = 0; i < o->d.list.n; i++)
		if (o->d.list.v[i].level == level && str_contains(o->d.list.v[i].text, str_c(text)))
			return true;
	return false;
}

#define POM(g, a, v)  "META-INF/maven/" g "/" a "/pom.properties", "version=" v "\ngroupId=" g "\nartifactId=" a "\n"
#define MANIFEST(...) "META-INF/MANIFEST.MF", "Manifest-Version: 1.0\n" __VA_ARGS__

static void test_identity(void **state)
{
	static const struct {
		const char *name, *path;
		const char *members[8]; /* name, text, … */
		const char *packages;
		const char *diag;
	} cases[] = {
		{ "pom of the same name", "lib/a-1.0.jar", { POM("g", "a", "1.0"), MANIFEST("Implementation-Title: T\nImplementation-Version: 7\n") }, "g:a@1.0\n", NULL },
		{ "shaded", "lib/fat-1.0.jar", { POM("g", "a", "1.0"), POM("h", "b", "2"), MANIFEST("Implementation-Vendor-Id: com.fat\n") },
		  "g:a@1.0\nh:b@2\ncom.fat:fat@1.0\n", NULL },
		{ "shaded, own pom", "lib/fat-1.0.jar", { POM("g", "a", "1.0"), POM("h", "fat", "2"), MANIFEST("Implementation-Title: x\n") }, "g:a@1.0\nh:fat@2\n", NULL },
		{ "the same pom twice", "x.jar", { POM("g", "x", "1"), "BOOT-INF/classes/META-INF/maven/g/x/pom.properties", "version=1\ngroupId=g\nartifactId=x" }, "g:x@1\n", NULL },
		{ "renamed, one pom", "app.jar", { POM("com.acme", "shop", "3.1"), MANIFEST("Implementation-Version: 3.1\n") }, "com.acme:shop@3.1\n", NULL },
		{ "renamed, title names a pom", "app.jar", { POM("com.acme", "shop", "3.1"), POM("g", "b", "1"), MANIFEST("Implementation-Title: shop\nImplementation-Version: 3.1\n") },
		  "com.acme:shop@3.1\ng:b@1\n", NULL },
		{ "known file name beside a shaded pom", "guice.jar", { POM("cglib", "cglib", "3.2"), MANIFEST("Implementation-Version: 4.2.3\n") },
		  "cglib:cglib@3.2\ncom.google.inject:guice@4.2.3\n", NULL },
		{ "known group", "spring-core-5.3.17.jar", { MANIFEST("Implementation-Title: spring-core\nImplementation-Version: 5.3.17\n") }, "org.springframework:spring-core@5.3.17\n", NULL },
		{ "file name before manifest", "foo-1.2.jar", { MANIFEST("Implementation-Version: 1.2.0.build7\nBundle-SymbolicName: org.foo\n") }, "org.foo:foo@1.2\n", NULL },
		{ "bundle plugin", "x.jar", { MANIFEST("Created-By: Apache Maven Bundle Plugin\nBundle-SymbolicName: com.acme.tools.shop-core\nBundle-Version: 2.0.1\n") },
		  "com.acme.tools:shop-core@2.0.1\n", NULL },
		{ "no group at all", "fat-1.0.jar", { MANIFEST("Implementation-Title: fat\n") }, "fat:fat@1.0\n", NULL },
		{ "war without version", "app.war", { MANIFEST("") }, "app:app@\n", "no version" },
		{ "pom.xml only", "x.jar", { "META-INF/maven/g/a/pom.xml", "<project><groupId>g</groupId><artifactId>a</artifactId><version>4</version></project>", MANIFEST("") }, "g:a@4\n", NULL },
		{ "two pom.xml", "x-2.jar", { "META-INF/maven/g/a/pom.xml", "<project><groupId>g</groupId><artifactId>a</artifactId><version>4</version></project>",
		  "META-INF/maven/g/b/pom.xml", "<project/>", MANIFEST("") }, "x:x@2\n", NULL },
		{ "file name alone", "kotlin-stdlib-1.9.0.jar", { "kotlin/A.class", "x" }, "org.jetbrains.kotlin:kotlin-stdlib@1.9.0\n", NULL },
		{ "nothing", "thing.jar", { "a/A.class", "x" }, "", "nothing in this archive" },
		{ "instrumentation", "newrelic-spring-1.0.jar", { MANIFEST("Weave-Classes: a\n") }, "", "Weave-Classes" },
		{ "version.properties", "metabase.jar", { MANIFEST("Main-Class: metabase.core\n"), "version.properties", "tag=v0.50.1\n" }, "metabase:metabase@0.50.1\n", NULL },
		{ "pom without group", "x-1.jar", { "META-INF/maven/a/pom.properties", "artifactId=asm\nversion=9.1\n", MANIFEST("") }, "org.ow2.asm:asm@9.1\nx:x@1\n", NULL },
		{ "unresolved pom", "x-1.jar", { "META-INF/maven/a/pom.properties", "groupId=g\nartifactId=x\nversion=${v}\n", MANIFEST("") }, "x:x@1\n", NULL },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct zip_maker z;
		struct outcome o;
		zm_init(&z);
		for (size_t k = 0; k + 1 < ARRAY_LEN(cases[i].members) && cases[i].members[k]; k += 2)
			zm_text(&z, cases[i].members[k], cases[i].members[k + 1]);
		run(&o, cases[i].path, zm_end(&z), i & 1);
		if (o.r < 0 || !str_eq_c(buf_str(&o.text), cases[i].packages))
			fail_msg("%s: %s got\n%.*s", cases[i].name, o.e.text, STR_FMT(buf_str(&o.text)));
		if (cases[i].diag && !has_diag(&o, DIAG_WARNING, cases[i].diag) && !has_diag(&o, DIAG_NOTE, cases[i].diag))
			fail_msg("%s: no diagnostic \"%s\"", cases[i].name, cases[i].diag);
		if (!cases[i].diag && o.d.list.n)
			fail_msg("%s: %.*s", cases[i].name, STR_FMT(o.d.list.v[0].text));
		done(&o);
		zm_release(&z);
	}
}

#define POM_XML(a, licenses) "META-INF/maven/g/" a "/pom.xml", "<project><groupId>g</groupId><artifactId>" a "</artifactId><version>1</version>" licenses "</project>"

static void test_licenses(void **state)
{
	static const struct {
		const char *name, *path;
		const char *members[8];
		const char *licenses; /* of the packages, "|" between those of one, a line each */
	} cases[] = {
		{ "one", "a-1.jar", { MANIFEST("Bundle-License: Apache-2.0\n") }, "Apache-2.0\n" },
		{ "parameters", "a-1.jar", { MANIFEST("Bundle-License: Apache-2.0;link=\"https://x/a,b;c\";description=\"d\", MIT ;link=\"y\"\n") }, "Apache-2.0|MIT\n" },
		{ "a comma in the name", "a-1.jar", { MANIFEST("Bundle-License: \"Apache License, Version 2.0\";link=x\n") }, "Apache License, Version 2.0\n" },
		{ "the same without quotes", "a-1.jar", { MANIFEST("Bundle-License: Apache License, Version 2.0\n") }, "Apache License, Version 2.0\n" },
		{ "addresses", "a-1.jar", { MANIFEST("Bundle-License: http://x/a,\n  https://x/b\n") }, "http://x/a|https://x/b\n" },
		{ "a text, no name", "a-1.jar", { MANIFEST("Bundle-License: MIT;x=y,"
							   "Permission_is_hereby_granted_free_of_charge_to_any_person_obtaining_a_copy_of_this_software_and_associated_documentation_files_to_deal_in_the_Software_without_restriction"
							   "_including_without_limitation_the_rights_to_use_copy_modify_merge_publish_distribute_sublicense_and_or_sell_copies_of_the_Software_and"
							   "_to_permit_persons_to_whom_the_Software_is_furnished_to_do_so_subject_to_the_following_conditions_The_above_copyright\n") }, "MIT\n" },
		{ "external", "a-1.jar", { MANIFEST("Bundle-License: <<EXTERNAL>>\n") }, "\n" },
		{ "empty clauses", "a-1.jar", { MANIFEST("Bundle-License: ;,;, \";\n") }, "\";\n" },
		{ "one pom", "a-1.jar", { POM("g", "a", "1"), MANIFEST("Bundle-License: MIT\n") }, "MIT\n" },
		{ "shaded", "a-1.jar", { POM("g", "a", "1"), POM("h", "b", "2"), MANIFEST("Bundle-License: MIT\n") }, "\n\n" },
		{ "shaded, own package last", "fat-1.0.jar", { POM("g", "a", "1"), POM("h", "b", "2"), MANIFEST("Implementation-Vendor-Id: com.fat\nBundle-License: MIT\n") },
		  "\n\nMIT\n" },
		{ "pom.xml", "a-1.jar", { POM("g", "a", "1"), POM_XML("a", "<licenses><license><name> X &amp; Y </name></license><license><name>MIT</name></license></licenses>"),
		  MANIFEST("") }, "X & Y|MIT\n" },
		{ "the manifest before pom.xml", "a-1.jar", { POM_XML("a", "<licenses><license><name>X</name></license></licenses>"), MANIFEST("Bundle-License: MIT\n") }, "MIT\n" },
		{ "pom.xml of what was packed in", "fat-1.0.jar", { POM("g", "a", "1"), POM_XML("a", "<licenses><license><name>X</name></license></licenses>"),
		  POM("h", "b", "2"), MANIFEST("Implementation-Vendor-Id: com.fat\n") }, "\n\n\n" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct zip_maker z;
		struct outcome o;
		struct buf got;
		zm_init(&z);
		buf_init(&got, 1 << 16);
		for (size_t k = 0; k + 1 < ARRAY_LEN(cases[i].members) && cases[i].members[k]; k += 2)
			zm_text(&z, cases[i].members[k], cases[i].members[k + 1]);
		run(&o, cases[i].path, zm_end(&z), i & 1);
		for (size_t k = 0; k < o.v.n; k++) {
			const struct str_vec *l = &o.v.v[k].licenses;
			for (size_t n = 0; n < l->n; n++)
				buf_addf(&got, "%s%.*s", n ? "|" : "", STR_FMT(l->v[n]));
			buf_add_char(&got, '\n');
		}
		if (!str_eq_c(buf_str(&got), cases[i].licenses))
			fail_msg("%s: got %.*s of\n%.*s", cases[i].name, STR_FMT(buf_str(&got)), STR_FMT(buf_str(&o.text)));
		buf_release(&got);
		done(&o);
		zm_release(&z);
	}
}

/* level 0 is a jar with a pom; each further level puts the archive before into one more. */
static struct str nest(struct zip_maker *levels, int depth, bool deflated, struct str filler)
{
	struct str inner = STR_NONE;
	for (int i = 0; i <= depth; i++) {
		zm_init(&levels[i]);
		if (filler.n)
			zm_add(&levels[i], "filler.bin", filler, false);
		if (i == 0)
			zm_text(&levels[i], POM("g", "deep", "1"));
		else
			zm_add(&levels[i], i == 1 ? "lib/deep-1.jar" : "in.war", inner, deflated);
		inner = zm_end(&levels[i]);
	}
	return inner;
}

static void test_nested(void **state)
{
	static const struct {
		const char *name;
		int depth;
		bool deflated;
		size_t filler; /* incompressible bytes in every level: past JAR_HELD_MAX the archives are read through zip_deep */
		const char *packages;
		const char *unreadable;
	} cases[] = {
		{ "stored", 2, false, 0, "g:deep@1 in.war/lib/deep-1.jar\n", NULL },
		{ "deflated", 3, true, 0, "g:deep@1 in.war/in.war/lib/deep-1.jar\n", NULL },
		{ "at the limit", 10, true, 0, "g:deep@1 in.war/in.war/in.war/in.war/in.war/in.war/in.war/in.war/in.war/lib/deep-1.jar\n", NULL },
		{ "too deep", 11, true, 0, "", "deeper than 10" },
		{ "larger than memory", 2, true, JAR_HELD_MAX + 1000, "g:deep@1 in.war/lib/deep-1.jar\n", NULL },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct zip_maker levels[12];
		struct outcome o;
		char *noise = malloc(cases[i].filler + 1);
		unsigned seed = 1;
		for (size_t k = 0; k < cases[i].filler; k++)
			noise[k] = (char)((seed = seed * 1664525 + 1013904223) >> 24);
		struct str bytes = nest(levels, cases[i].depth, cases[i].deflated, str_make(noise, cases[i].filler));
		run(&o, "top.ear", bytes, i & 1);
		/* The outer levels are archives without any identity: each says so. */
		if (o.r < 0 || !str_eq_c(buf_str(&o.text), cases[i].packages))
			fail_msg("%s: %s%.*s got\n%.*s", cases[i].name, o.e.text, STR_FMT(o.d.list.n ? o.d.list.v[0].text : STR_NONE), STR_FMT(buf_str(&o.text)));
		if (cases[i].unreadable && !has_diag(&o, DIAG_UNREADABLE, cases[i].unreadable))
			fail_msg("%s: no diagnostic", cases[i].name);
		done(&o);
		for (int k = 0; k <= cases[i].depth; k++)
			zm_release(&levels[k]);
		free(noise);
	}
}

/* Archives made to cost: each ends in a diagnostic, with what could be read. */
static void test_hostile(void **state)
{
	struct outcome o;
	struct zip_maker z, inner;

	/* A jar of 60 MB of zeros packed into 60 KB. */
	char *zeros = calloc(1, 60u << 20);
	zm_init(&inner);
	zm_add(&inner, "zeros", str_make(zeros, 60u << 20), false);
	zm_init(&z);
	zm_add(&z, "bomb.jar", zm_end(&inner), true);
	zm_text(&z, POM("g", "a", "1"));
	run(&o, "a.jar", zm_end(&z), true);
	assert_int_equal(o.r, 0);
	assert_str(buf_str(&o.text), "g:a@1\n");
	assert_true(has_diag(&o, DIAG_UNREADABLE, "bomb.jar: "));
	done(&o);
	zm_release(&inner);
	zm_release(&z);

	/* A thousand directory entries for one nested archive, itself with a thousand for one more, and so on. */
	struct zip_maker levels[9];
	struct str last = STR_NONE;
	for (int i = 0; i < 9; i++) {
		zm_init(&levels[i]);
		if (i == 0)
			zm_text(&levels[i], POM("g", "x", "1"));
		else
			zm_add(&levels[i], "x.jar", last, false);
		uint32_t crc = (uint32_t)crc32(0, (const Bytef *)last.p, (uInt)last.n);
		for (int k = 0; i && k < 1000; k++)
			zm_entry(&levels[i], STR("y.jar"), 0, crc, last.n, last.n, 0, 0);
		last = zm_end(&levels[i]);
	}
	run(&o, "fan.jar", last, true);
	assert_int_equal(o.r, 0);
	assert_int_equal(o.v.n, 1);
	assert_true(has_diag(&o, DIAG_UNREADABLE, "overlaps"));
	done(&o);
	for (int i = 0; i < 9; i++)
		zm_release(&levels[i]);

	/* A manifest over its limit, a damaged member, a damaged nested archive: the rest is read. */
	zm_init(&z);
	memset(zeros, 'x', 9u << 20);
	zm_add(&z, "META-INF/MANIFEST.MF", str_make(zeros, 9u << 20), true);
	zm_add(&z, "lib/broken-1.0.jar", STR("no archive"), false);
	zm_text(&z, POM("g", "a", "1"));
	zm_text(&z, "z/pom.properties", "groupId=g\nartifactId=b\nversion=2\n");
	z.dir.p[z.dir.n - 16 - 46 + 16] ^= 1;
	run(&o, "a.jar", zm_end(&z), true);
	assert_int_equal(o.r, 0);
	assert_str(buf_str(&o.text), "g:a@1\n");
	assert_true(has_diag(&o, DIAG_UNREADABLE, "META-INF/MANIFEST.MF: "));
	assert_true(has_diag(&o, DIAG_UNREADABLE, "lib/broken-1.0.jar: no ZIP end record"));
	assert_true(has_diag(&o, DIAG_UNREADABLE, "z/pom.properties: CRC-32"));
	done(&o);
	zm_release(&z);
	free(zeros);

	/* No archive: an error for .jar, nothing for an ending that other formats share. */
	run(&o, "x.jar", STR("hello, this is no archive"), true);
	assert_int_equal(o.r, ERR_FORMAT);
	done(&o);
	run(&o, "x.rar", STR("Rar!\x1a\7 and more"), true);
	assert_int_equal(o.r, 0);
	assert_int_equal(o.v.n + o.d.list.n, 0);
	done(&o);
}

static void test_names(void **state)
{
	assert_true(jar_is_archive_name(STR("a/b.JAR")));
	assert_true(jar_is_archive_name(STR("x.hpi")));
	assert_false(jar_is_archive_name(STR("jar")));
	assert_false(jar_is_archive_name(STR("x.jar.txt")));
	assert_false(jar_is_archive_name(STR("")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_file_names), cmocka_unit_test(test_manifest), cmocka_unit_test(test_poms), cmocka_unit_test(test_known_groups),
		cmocka_unit_test(test_identity), cmocka_unit_test(test_licenses), cmocka_unit_test(test_nested), cmocka_unit_test(test_hostile), cmocka_unit_test(test_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
