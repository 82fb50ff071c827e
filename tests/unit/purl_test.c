/* Package URLs: written as Syft and Trivy write them where they agree, read back from both; the specification's own examples. */
#include "test.h"

#include "model/distro.h"
#include "model/package.h"

static const struct distro debian = { .id = STR_INIT("debian"), .version = STR_INIT("11.6"), .version_id = STR_INIT("11"), .known = true };
static const struct distro fedora = { .id = STR_INIT("fedora"), .version = STR_INIT("25"), .version_id = STR_INIT("25"), .known = true };
static const struct distro alpine = { .id = STR_INIT("alpine"), .version = STR_INIT("3.10.4"), .version_id = STR_INIT("3.10.4"), .known = true };

#define S(x) STR_INIT(x)
static const struct {
	struct package p;
	const struct distro *d;
	const char *purl;
} built[] = {
	{ { .kind = PKG_DPKG, .name = S("openssl"), .version = S("1.1.1n-0+deb11u3"), .arch = S("amd64") }, &debian,
	  "pkg:deb/debian/openssl@1.1.1n-0%2Bdeb11u3?arch=amd64&distro=debian-11.6" },
	{ { .kind = PKG_DPKG, .name = S("git"), .version = S("1:2.30.2-1"), .arch = S("amd64") }, &debian,
	  "pkg:deb/debian/git@1%3A2.30.2-1?arch=amd64&distro=debian-11.6" },
	{ { .kind = PKG_DPKG, .name = S("libc-bin"), .version = S("2.31-13+deb11u5"), .arch = S("amd64"), .src_name = S("glibc"), .src_version = S("2.31-13+deb11u5") },
	  &debian, "pkg:deb/debian/libc-bin@2.31-13%2Bdeb11u5?arch=amd64&distro=debian-11.6&upstream=glibc" },
	{ { .kind = PKG_DPKG, .name = S("bash"), .version = S("5.2.15-2+b13"), .arch = S("amd64"), .src_name = S("bash"), .src_version = S("5.2.15-2") }, &debian,
	  "pkg:deb/debian/bash@5.2.15-2%2Bb13?arch=amd64&distro=debian-11.6&upstream=bash%405.2.15-2" },
	{ { .kind = PKG_DPKG, .name = S("curl"), .version = S("7.50.3-1~deb9u1"), .src_name = S("curl"), .src_version = S("7.50.3-1~deb9u1") }, NULL,
	  "pkg:deb/curl@7.50.3-1~deb9u1" },
	{ { .kind = PKG_RPM, .name = S("centerim"), .version = S("1:4.22.10-1.el6"), .arch = S("i686") }, &fedora,
	  "pkg:rpm/fedora/centerim@4.22.10-1.el6?arch=i686&distro=fedora-25&epoch=1" },
	{ { .kind = PKG_RPM, .name = S("NetworkManager"), .version = S("1.2-1"), .arch = S("x86_64"), .src_name = S("NetworkManager"), .src_version = S("1.2-1"), .modularity = S("a:1:2:3") },
	  &fedora, "pkg:rpm/fedora/NetworkManager@1.2-1?arch=x86_64&distro=fedora-25&modularitylabel=a%3A1%3A2%3A3&upstream=NetworkManager-1.2-1.src.rpm" },
	{ { .kind = PKG_APK, .name = S("ca-certificates-cacert"), .version = S("20190108-r0"), .arch = S("x86_64"), .src_name = S("ca-certificates"), .src_version = S("20190108-r0") },
	  &alpine, "pkg:apk/alpine/ca-certificates-cacert@20190108-r0?arch=x86_64&distro=3.10.4&upstream=ca-certificates" },
	{ { .kind = PKG_PYTHON, .name = S("Django_package"), .version = S("1.11.1.dev1") }, &debian, "pkg:pypi/django-package@1.11.1.dev1" },
	{ { .kind = PKG_PYTHON, .name = S("zope.interface"), .version = S("5.4.0+local") }, NULL, "pkg:pypi/zope.interface@5.4.0%2Blocal" },
	{ { .kind = PKG_NODE, .name = S("@angular/animation"), .version = S("12.3.1") }, NULL, "pkg:npm/%40angular/animation@12.3.1" },
	{ { .kind = PKG_NPM_LOCK, .name = S("JSONStream"), .version = S("1.3.5") }, NULL, "pkg:npm/jsonstream@1.3.5" },
	{ { .kind = PKG_JAR, .name = S("org.apache.commons:io"), .version = S("1.3.4") }, NULL, "pkg:maven/org.apache.commons/io@1.3.4" },
	{ { .kind = PKG_JAR, .name = S("HTTPClient"), .version = S("1.0.0 Final") }, NULL, "pkg:maven/HTTPClient@1.0.0%20Final" },
	{ { .kind = PKG_GO_BINARY, .name = S("github.com/BurntSushi/toml"), .version = S("v1.2.0+incompatible") }, NULL,
	  "pkg:golang/github.com/burntsushi/toml@v1.2.0%2Bincompatible" },
	{ { .kind = PKG_GO_BINARY, .name = S("stdlib"), .version = S("v1.21.5") }, NULL, "pkg:golang/stdlib@v1.21.5" },
	{ { .kind = PKG_GO_BINARY, .name = S("./local/module"), .version = S("v1.0.0") }, NULL, "" },
	{ { .kind = PKG_COMPOSER_INSTALLED, .name = S("Laravel/Laravel"), .version = S("5.5.0") }, NULL, "pkg:composer/laravel/laravel@5.5.0" },
	{ { .kind = PKG_DOTNET_DEPS, .name = S("EnterpriseLibrary.Common"), .version = S("6.0.1304") }, NULL, "pkg:nuget/EnterpriseLibrary.Common@6.0.1304" },
	{ { .kind = PKG_GEM, .name = S("ruby-advisory-db-check"), .version = S("0.12.4") }, NULL, "pkg:gem/ruby-advisory-db-check@0.12.4" },
	{ { .kind = PKG_POM, .name = S("junit:junit") }, NULL, "pkg:maven/junit/junit" },
	{ { .kind = PKG_COCOAPODS, .name = S("AppCenter/Core"), .version = S("4.2.0") }, NULL, "pkg:cocoapods/AppCenter@4.2.0#Core" },
	{ { .kind = PKG_SWIFT, .name = S("github.com/apple/swift-nio"), .version = S("2.41.0") }, NULL, "pkg:swift/github.com/apple/swift-nio@2.41.0" },
	{ { .kind = PKG_JULIA, .name = S("Dates"), .version = S("1.9.0"), .uuid = S("ade2ca70-3891-5945-98fb-dc099432e06a") }, NULL,
	  "pkg:julia/Dates@1.9.0?uuid=ade2ca70-3891-5945-98fb-dc099432e06a" },
	{ { .kind = PKG_HEX, .name = S("Phoenix"), .version = S("1.7.0") }, NULL, "pkg:hex/phoenix@1.7.0" },
	{ { .kind = PKG_RUST_BINARY, .name = S("owning_ref"), .version = S("0.4.1") }, NULL, "pkg:cargo/owning_ref@0.4.1" },
	{ { .kind = PKG_PYTHON, .name = S("a/b?c#d"), .version = S("1@2") }, NULL, "pkg:pypi/a/b%3Fc%23d@1%402" },
	{ { .kind = PKG_PYTHON, .name = S("x"), .version = S("") }, NULL, "pkg:pypi/x" },
	{ { .kind = PKG_PYTHON, .name = S(""), .version = S("1") }, NULL, "" },
};

static void test_build(void **state)
{
	struct arena a;
	arena_init(&a, 0);
	for (size_t i = 0; i < ARRAY_LEN(built); i++)
		assert_str(package_purl(&a, &built[i].p, built[i].d), built[i].purl);
	arena_release(&a);
}

static const struct {
	const char *purl;
	int code;
	enum package_kind kind;
	const char *name, *version, *arch, *src_name, *src_version, *distro_id, *distro_version;
} parsed[] = {
	{ "pkg:deb/debian/git@1%3A2.30.2-1?arch=amd64&distro=debian-11.6", 0, PKG_DPKG, "git", "1:2.30.2-1", "amd64", "", "", "debian", "11.6" },
	{ "pkg:deb/debian/git@1:2.30.2-1?arch=amd64&distro=debian-11.6", 0, PKG_DPKG, "git", "1:2.30.2-1", "amd64", "", "", "debian", "11.6" },
	{ "pkg:deb/debian/git@2.30.2-1?arch=amd64&distro=debian-11.6&epoch=1", 0, PKG_DPKG, "git", "1:2.30.2-1", "amd64", "", "", "debian", "11.6" },
	{ "pkg:deb/debian/bash@5.2.15-2%2Bb13?distro=debian-12&upstream=bash%405.2.15-2", 0, PKG_DPKG, "bash", "5.2.15-2+b13", "", "bash", "5.2.15-2", "debian", "12" },
	{ "pkg:deb/debian/libmd0@1.0.4-2?upstream=libmd", 0, PKG_DPKG, "libmd0", "1.0.4-2", "", "libmd", "", "debian", "" },
	{ "pkg:Rpm/fedora/centerim@4.22.10-1.el6?Arch=i686&epoch=1&Distro=fedora-25", 0, PKG_RPM, "centerim", "1:4.22.10-1.el6", "i686", "", "", "fedora", "25" },
	{ "pkg:rpm/cbl-mariner/audit-libs@3.0.6-1.cm2?arch=x86_64&distro=cbl-mariner-2.0", 0, PKG_RPM, "audit-libs", "3.0.6-1.cm2", "x86_64", "", "", "mariner", "2.0" },
	{ "pkg:rpm/mariner/audit-libs@3.0.6-1.cm2?upstream=audit-3.0.6-1.cm2.src.rpm&epoch=0", 0, PKG_RPM, "audit-libs", "3.0.6-1.cm2", "", "audit", "3.0.6-1.cm2", "mariner", "" },
	{ "pkg:rpm/suse/x@1-1?distro=opensuse-leap-15.5", 0, PKG_RPM, "x", "1-1", "", "", "", "opensuse-leap", "15.5" },
	{ "pkg:apk/alpine/busybox@1.30.1-r3?arch=x86_64&distro=3.10.4", 0, PKG_APK, "busybox", "1.30.1-r3", "x86_64", "", "", "alpine", "3.10.4" },
	{ "pkg:cocoapods/AppCenter@4.2.0#Core", 0, PKG_COCOAPODS, "AppCenter/Core", "4.2.0", "", "", "", "", "" },
	{ "pkg:swift/github.com/apple/swift-nio@2.41.0", 0, PKG_SWIFT, "github.com/apple/swift-nio", "2.41.0", "", "", "", "", "" },
	{ "pkg:npm/%40angular/animation@12.3.1", 0, PKG_NODE, "@angular/animation", "12.3.1", "", "", "", "", "" },
	{ "pkg:npm/@babel/core#/googleapis/api/annotations/", 0, PKG_NODE, "@babel/core", "", "", "", "", "", "" },
	{ "pkg://maven/org.apache.commons/io@1.3.4?type=jar", 0, PKG_JAR, "org.apache.commons:io", "1.3.4", "", "", "", "", "" },
	{ "pkg:maven/mygroup/myartifact@1.0.0%20Final?mykey=my%20value", 0, PKG_JAR, "mygroup:myartifact", "1.0.0 Final", "", "", "", "", "" },
	{ "pkg:GOLANG/google.golang.org/genproto@abcdedf#/googleapis/api/annotations/", 0, PKG_GO_BINARY, "google.golang.org/genproto", "abcdedf", "", "", "", "", "" },
	{ "pkg:composer/laravel/laravel@5.5.0", 0, PKG_COMPOSER_LOCK, "laravel/laravel", "5.5.0", "", "", "", "", "" },
	{ "pkg:pypi/django@1.11.1", 0, PKG_PYTHON, "django", "1.11.1", "", "", "", "", "" },
	{ "pkg:floppy/x@1", ERR_UNSUPPORTED, PKG_NONE, NULL, NULL, NULL, NULL, NULL, NULL, NULL },
	{ "pkg:pypi/", ERR_FORMAT, PKG_NONE, NULL, NULL, NULL, NULL, NULL, NULL, NULL },
	{ "pkg:pypi", ERR_FORMAT, PKG_NONE, NULL, NULL, NULL, NULL, NULL, NULL, NULL },
	{ "pypi/x@1", ERR_FORMAT, PKG_NONE, NULL, NULL, NULL, NULL, NULL, NULL, NULL },
	{ "pkg:pypi/x@1%2", ERR_FORMAT, PKG_NONE, NULL, NULL, NULL, NULL, NULL, NULL, NULL },
	{ "pkg:pypi/x@1%", ERR_FORMAT, PKG_NONE, NULL, NULL, NULL, NULL, NULL, NULL, NULL },
	{ "pkg:pypi/x@%zz", ERR_FORMAT, PKG_NONE, NULL, NULL, NULL, NULL, NULL, NULL, NULL },
	{ "pkg:pypi/x@%00", ERR_FORMAT, PKG_NONE, NULL, NULL, NULL, NULL, NULL, NULL, NULL },
	{ "", ERR_FORMAT, PKG_NONE, NULL, NULL, NULL, NULL, NULL, NULL, NULL },
};

static void test_parse(void **state)
{
	struct arena a;
	arena_init(&a, 0);
	for (size_t i = 0; i < ARRAY_LEN(parsed); i++) {
		struct package p;
		struct distro d;
		struct error err = { 0 };
		int r = package_from_purl(&a, str_c(parsed[i].purl), &p, &d, &err);
		if (r != parsed[i].code)
			fail_msg("%s: code %d (%s)", parsed[i].purl, r, err.text);
		if (r < 0)
			continue;
		if (p.kind != parsed[i].kind)
			fail_msg("%s: kind %d", parsed[i].purl, p.kind);
		assert_str(p.name, parsed[i].name);
		assert_str(p.version, parsed[i].version);
		assert_str(p.arch, parsed[i].arch);
		assert_str(p.src_name, parsed[i].src_name);
		assert_str(p.src_version, parsed[i].src_version);
		assert_str(d.id, parsed[i].distro_id);
		assert_str(d.version, parsed[i].distro_version);
	}
	arena_release(&a);
}

/* What is written reads back as the same package, but for the case that a type folds and the kinds that share a type. */
static void test_round_trip(void **state)
{
	struct arena a;
	arena_init(&a, 0);
	for (size_t i = 0; i < ARRAY_LEN(built); i++) {
		const struct package *p = &built[i].p;
		struct package q;
		if (!built[i].purl[0])
			continue;
		if (package_from_purl(&a, str_c(built[i].purl), &q, NULL, NULL) != 0)
			fail_msg("%s does not read back", built[i].purl);
		struct str again = package_purl(&a, &q, built[i].d);
		assert_str(q.version, arena_cstr(&a, p->version));
		assert_str(again, built[i].purl);
	}
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_build), cmocka_unit_test(test_parse), cmocka_unit_test(test_round_trip) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
