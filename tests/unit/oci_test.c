/* src/format/oci: references, digests, platforms, WWW-Authenticate. */
#include "test.h"

#include "base/defaults.h"
#include "format/oci/challenge.h"
#include "format/oci/digest.h"
#include "format/oci/platform.h"
#include "format/oci/reference.h"

#define HEX64  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define LONG60 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefgh"

static const struct oci_reference_defaults hub = {
	.host = STR_INIT("hub.test"), .alias = STR_INIT("index.hub.test"), .namespace_ = STR_INIT("library")
};

static void test_reference(void **state)
{
	static const struct {
		const char *text, *host, *repository, *tag, *digest, *short_name;
	} cases[] = {
		{ "debian", "hub.test", "library/debian", "latest", "", "debian" },
		{ "debian:12", "hub.test", "library/debian", "12", "", "debian" },
		{ "my/app:1.0", "hub.test", "my/app", "1.0", "", "my/app" },
		{ "hub.test/debian", "hub.test", "library/debian", "latest", "", "debian" },
		{ "index.hub.test/a/b:c", "hub.test", "a/b", "c", "", "a/b" },
		{ "localhost/app", "localhost", "app", "latest", "", "localhost/app" },
		{ "localhost:5000", "hub.test", "library/localhost", "5000", "", "localhost" },
		{ "localhost:5000/a/b:t", "localhost:5000", "a/b", "t", "", "localhost:5000/a/b" },
		{ "r.example/a@sha256:" HEX64, "r.example", "a", "", "sha256:" HEX64, "r.example/a" },
		{ "r.example:443/a:t@sha256:" HEX64, "r.example:443", "a", "t", "sha256:" HEX64, "r.example:443/a" },
		{ "[::1]:5000/a:t", "[::1]:5000", "a", "t", "", "[::1]:5000/a" },
		{ "Upper/app", "Upper", "app", "latest", "", "Upper/app" },
		{ "a__b/c-----d/e.f_g", "hub.test", "a__b/c-----d/e.f_g", "latest", "", "a__b/c-----d/e.f_g" },
		{ "x.example/a:T_a-g.1", "x.example", "a", "T_a-g.1", "", "x.example/a" },
		/* refused */
		{ "", NULL }, { ":", NULL }, { "/", NULL }, { "a/", NULL }, { "/a", NULL }, { "a//b", NULL }, { "A", NULL }, { "host.x/A", NULL },
		{ "a:", NULL }, { "a:-x", NULL }, { "a:.x", NULL }, { "a@", NULL }, { "a@sha256:123", NULL }, { "a@md5:d41d8cd98f00b204e9800998ecf8427e", NULL },
		{ "a@sha256:E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855", NULL }, { "a___b", NULL }, { "a..b", NULL },
		{ "-a", NULL }, { "a-", NULL }, { "a/../b", NULL }, { "h.x:0/a", NULL }, { "h.x:99999/a", NULL }, { "h.x:80x/a", NULL }, { "h..x/a", NULL },
		{ "a b", NULL }, { "a\nb", NULL }, { "[::1/a", NULL }, { "[zz]:1/a", NULL }, { "user@h.x/a", NULL }, { "http://h.x/a", NULL },
		{ "h.x/" LONG60 "/" LONG60 "/" LONG60 "/" LONG60 "/" LONG60, NULL },
		{ "a:" LONG60 LONG60 LONG60, NULL },
	};
	struct arena a;
	arena_init(&a, 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct oci_reference ref;
		struct error err = { 0 };
		int r = oci_reference_parse(&a, str_c(cases[i].text), &hub, &ref, &err);
		if ((r == 0) != (cases[i].host != NULL))
			fail_msg("\"%s\": %d %s", cases[i].text, r, err.text);
		if (r < 0) {
			assert_int_equal(err.code, r);
			assert_true(err.text[0] != 0);
			continue;
		}
		assert_str(ref.host, cases[i].host);
		assert_str(ref.repository, cases[i].repository);
		assert_str(ref.tag, cases[i].tag);
		assert_str(ref.digest, cases[i].digest);
		assert_str(oci_reference_short_name(&a, &ref, &hub), cases[i].short_name);
	}
	struct oci_reference ref;
	struct error err = { 0 };
	assert_int_equal(oci_reference_parse(&a, STR("a:x\0y"), &hub, &ref, &err), ERR_USAGE);
	assert_int_equal(oci_reference_parse(&a, STR("[::\0]:1/a"), &hub, &ref, &err), ERR_USAGE);
	assert_int_equal(oci_reference_parse(&a, STR("debian"), NULL, &ref, &err), ERR_USAGE);
	arena_release(&a);
}

static void test_digest(void **state)
{
	struct arena a;
	struct error err = { 0 };
	arena_init(&a, 0);
	/* FIPS 180-4 examples */
	assert_str(oci_digest_of(&a, STR("")), "sha256:" HEX64);
	assert_str(oci_digest_of(&a, STR("abc")), "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_int_equal(oci_digest_check(STR("abc"),
					  STR("sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
					      "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"), &err), 0);
	assert_int_equal(oci_digest_check(STR("abd"), STR("sha256:" HEX64), &err), ERR_DIGEST);
	assert_int_equal(oci_digest_check(STR(""), STR("sha256:"), &err), ERR_FORMAT);
	assert_int_equal(oci_digest_check(STR(""), STR("sha1:da39a3ee5e6b4b0d3255bfef95601890afd80709"), &err), ERR_UNSUPPORTED);
	assert_int_equal(oci_digest_check(STR(""), STR("sha256:" HEX64 "0"), &err), ERR_FORMAT);
	assert_int_equal(oci_digest_check(STR(""), STR("sha256:../../../../etc/passwd/////////////////////////////////////////aa"), &err), ERR_FORMAT);
	assert_str(oci_digest_hex(STR("sha256:" HEX64)), HEX64);
	arena_release(&a);
}

static void test_platform_match(void **state)
{
	static const struct {
		const char *want, *have;
		uint32_t rank;
	} cases[] = {
		{ "linux/amd64", "linux/amd64", 0 }, { "linux/x86_64", "linux/amd64", 0 }, { "linux/amd64", "linux/amd64/v1", 0 },
		{ "linux/amd64", "linux/amd64/v2", 101 }, { "linux/amd64/v3", "linux/amd64/v2", 1 }, { "linux/amd64/v3", "linux/amd64", 2 },
		{ "linux/amd64/v2", "linux/amd64/v3", OCI_PLATFORM_NO }, { "linux/amd64", "linux/386", OCI_PLATFORM_NO },
		{ "linux/arm64", "linux/arm64/v8", 0 }, { "linux/arm64/v8", "linux/arm64", 0 }, { "linux/aarch64", "linux/arm64", 0 },
		{ "linux/arm64/v9", "linux/arm64/v8", 1 }, { "linux/arm64", "linux/arm/v7", OCI_PLATFORM_NO },
		{ "linux/arm", "linux/arm/v7", 0 }, { "linux/arm", "linux/arm/v6", 1 }, { "linux/arm", "linux/arm/v5", 2 }, { "linux/arm", "linux/arm/v8", 101 },
		{ "linux/arm/v6", "linux/arm/v5", 1 }, { "linux/arm/v6", "linux/arm/v7", OCI_PLATFORM_NO }, { "linux/arm/v7", "linux/arm", 0 },
		{ "linux/armhf", "linux/arm/v7", 0 }, { "linux", "linux/s390x", 0 }, { "amd64", "windows/amd64", 0 }, { "windows", "linux/amd64", OCI_PLATFORM_NO },
		{ "Linux/AMD64", "linux/amd64", 0 }, { "linux/amd64", "unknown/unknown", OCI_PLATFORM_NO }, { "linux/mips64le", "linux/mips64le/hardfloat", 100 },
		{ "linux/mips64le/softfloat", "linux/mips64le/hardfloat", OCI_PLATFORM_NO },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct oci_platform want, have;
		assert_int_equal(oci_platform_parse(str_c(cases[i].want), &want, NULL), 0);
		assert_int_equal(oci_platform_parse(str_c(cases[i].have), &have, NULL), 0);
		if (oci_platform_rank(want, have) != cases[i].rank)
			fail_msg("%s on %s: %u", cases[i].want, cases[i].have, oci_platform_rank(want, have));
	}
	static const char *const bad[] = { "", "/", "linux/", "/amd64", "a/b/c/d", "linux//v7", "li nux", "linux/am\x01d" };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct oci_platform p;
		if (oci_platform_parse(str_c(bad[i]), &p, NULL) != ERR_USAGE)
			fail_msg("platform \"%s\" was taken", bad[i]);
	}
}

static void test_challenge(void **state)
{
	/* expected: "scheme|token68|name=value|…" per challenge, joined by spaces */
	static const struct {
		const char *header, *expected;
	} cases[] = {
		{ "Bearer realm=\"https://a.test/t\",service=\"s\",scope=\"repository:a/b:pull,push\"", "Bearer||realm=https://a.test/t|service=s|scope=repository:a/b:pull,push" },
		{ "Basic realm=\"x\"", "Basic||realm=x" },
		{ "Basic", "Basic|" },
		{ "Basic realm=\"a\\\"b\\\\c\"", "Basic||realm=a\"b\\c" },
		{ "bearer realm = \"u\" , service = s", "bearer||realm=u|service=s" },
		{ "Bearer realm=https://a.test/t,service=s", "Bearer||realm=https://a.test/t|service=s" },
		{ "Negotiate, Basic realm=\"x\", Bearer realm=\"y\"", "Negotiate| Basic||realm=x Bearer||realm=y" },
		{ "Negotiate dG9rZW4=, Basic realm=x", "Negotiate|dG9rZW4= Basic||realm=x" },
		{ ",, Basic realm=x,,", "Basic||realm=x" },
		{ "", "" },
		{ "Basic realm=\"x", NULL },
		{ "Basic realm=\"x\\", NULL },
		{ "=x", NULL },
		{ "Basic \"x\"", NULL },
		{ "Basic realm=\"a\rb\"", NULL },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena a;
		struct error err = { 0 };
		struct auth_challenge_vec list = { 0 };
		arena_init(&a, 1 << 20);
		int r = auth_challenges_parse(&a, str_c(cases[i].header), &list, &err);
		if ((r == 0) != (cases[i].expected != NULL))
			fail_msg("%s: %d %s", cases[i].header, r, err.text);
		struct str got = STR("");
		for (size_t k = 0; r == 0 && k < list.n; k++) {
			got = arena_printf(&a, "%.*s%s%.*s|%.*s", STR_FMT(got), k ? " " : "", STR_FMT(list.v[k].scheme), STR_FMT(list.v[k].token68));
			for (size_t p = 0; p < list.v[k].params.n; p++)
				got = arena_printf(&a, "%.*s|%.*s=%.*s", STR_FMT(got), STR_FMT(list.v[k].params.v[p].name), STR_FMT(list.v[k].params.v[p].value));
		}
		if (r == 0)
			assert_str(got, cases[i].expected);
		arena_release(&a);
	}
	/* Limits hold, and nothing is quadratic: 1 MiB of challenges, parameters, quotes. */
	static const char *const units[] = { "Basic,", "x=\"", "x=\"\\\"\",", "a b,", ",", "=" };
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		struct arena a;
		struct auth_challenge_vec list = { 0 };
		arena_init(&a, 16 << 20);
		char *big = arena_alloc(&a, 1 << 20);
		size_t n = strlen(units[i]);
		for (size_t k = 0; k < (1 << 20); k++)
			big[k] = units[i][k % n];
		auth_challenges_parse(&a, str_make(big, 1 << 20), &list, NULL);
		assert_true(list.n <= 16);
		arena_release(&a);
	}
}

static void test_defaults(void **state)
{
	assert_true(default_get(STR("registry.default")).n > 0);
	assert_true(default_get(STR("registry.default-host")).n > 0);
	assert_str(default_get(STR("registry.default-namespace")), "library");
	assert_int_equal(default_get(STR("no.such.key")).n, 0);
	assert_int_equal(default_value_at(STR("registry.default"), 1).n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reference), cmocka_unit_test(test_digest), cmocka_unit_test(test_platform_match),
		cmocka_unit_test(test_challenge), cmocka_unit_test(test_defaults),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
