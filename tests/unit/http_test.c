/* src/sys/http (URLs, offline), src/sys/process, base/base64, and credential files of src/source/image. */
#include <time.h>

#include "test.h"

#include "base/base64.h"
#include "base/defaults.h"
#include "source/image/docker_config.h"
#include "sys/http/http.h"
#include "sys/http/url.h"
#include "sys/process/process.h"

static void test_url_parse(void **state)
{
	static const struct {
		const char *text, *parts; /* scheme|userinfo|host|port|path|query|fragment */
	} cases[] = {
		{ "https://a.test", "https||a.test||||" },
		{ "http://u:p@a.test:80/x/y?q=1&r#f", "http|u:p|a.test|80|/x/y|q=1&r|f" },
		{ "https://[::1]:5000/v2/", "https||[::1]|5000|/v2/||" },
		{ "https://a.test?x", "https||a.test|||x|" },
		{ "https://a@b@c.test/", "https|a@b|c.test||/||" },
		{ "https://a.test:/", "https||a.test||/||" },
		{ "a.test/x", NULL }, { "https:/a", NULL }, { "https://", NULL }, { "https://:80/", NULL }, { "https://a.test:x/", NULL },
		{ "https://a.test:70000/", NULL }, { "https://[::1/", NULL }, { "https://a b/", NULL }, { "https://a.test/\n", NULL }, { "1http://a/", NULL },
		{ "", NULL }, { "https://a.test/\xc3\xa4", NULL },
	};
	struct arena a;
	arena_init(&a, 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct url u;
		int r = url_parse(str_c(cases[i].text), &u, NULL);
		if ((r == 0) != (cases[i].parts != NULL))
			fail_msg("%s: %d", cases[i].text, r);
		if (r == 0)
			assert_str(arena_printf(&a, "%.*s|%.*s|%.*s|%.*s|%.*s|%.*s|%.*s", STR_FMT(u.scheme), STR_FMT(u.userinfo), STR_FMT(u.host), STR_FMT(u.port),
						STR_FMT(u.path), STR_FMT(u.query), STR_FMT(u.fragment)), cases[i].parts);
	}
	arena_release(&a);
}

static void test_url_join(void **state)
{
	/* The first ones are RFC 3986, 5.4. */
	static const struct {
		const char *base, *reference, *expected;
	} cases[] = {
		{ "http://a/b/c/d;p?q", "g", "http://a/b/c/g" }, { "http://a/b/c/d;p?q", "./g", "http://a/b/c/g" }, { "http://a/b/c/d;p?q", "g/", "http://a/b/c/g/" },
		{ "http://a/b/c/d;p?q", "/g", "http://a/g" }, { "http://a/b/c/d;p?q", "//g", "http://g" }, { "http://a/b/c/d;p?q", "?y", "http://a/b/c/d;p?y" },
		{ "http://a/b/c/d;p?q", "g?y", "http://a/b/c/g?y" }, { "http://a/b/c/d;p?q", "#s", "http://a/b/c/d;p?q" }, { "http://a/b/c/d;p?q", "", "http://a/b/c/d;p?q" },
		{ "http://a/b/c/d;p?q", ".", "http://a/b/c/" }, { "http://a/b/c/d;p?q", "..", "http://a/b/" }, { "http://a/b/c/d;p?q", "../g", "http://a/b/g" },
		{ "http://a/b/c/d;p?q", "../..", "http://a/" }, { "http://a/b/c/d;p?q", "../../../g", "http://a/g" }, { "http://a/b/c/d;p?q", "/./g", "http://a/g" },
		{ "http://a/b/c/d;p?q", "./../g", "http://a/b/g" }, { "http://a/b/c/d;p?q", "g/../h", "http://a/b/c/h" }, { "http://a/b/c/d;p?q", "http:g", "http:g" },
		{ "https://r.test:5000/v2/x", "https://cdn.test/y?z=1", "https://cdn.test/y?z=1" }, { "https://r.test:5000/v2/x", "/y", "https://r.test:5000/y" },
		{ "https://r.test", "y", "https://r.test/y" }, { "https://r.test", "", "https://r.test/" },
	};
	struct arena a;
	arena_init(&a, 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct str got;
		struct error err = { 0 };
		if (url_join(&a, str_c(cases[i].base), str_c(cases[i].reference), &got, &err) < 0)
			fail_msg("%s + %s: %s", cases[i].base, cases[i].reference, err.text);
		assert_str(got, cases[i].expected);
	}
	struct str got;
	assert_int_equal(url_join(&a, STR("https://a/"), STR("x\r\nHost: b"), &got, NULL), ERR_FORMAT);
	assert_str(url_encode(&a, STR("a b/c?d=\xc3\xa4~")), "a%20b%2Fc%3Fd%3D%C3%A4~");
	assert_str(url_for_message(&a, STR("https://u:secret@a.test/x?token=y")), "https://a.test/x");
	arena_release(&a);
}

static void test_url_hosts(void **state)
{
	static const struct {
		const char *host;
		bool loopback;
	} hosts[] = {
		{ "localhost", true }, { "localhost:5000", true }, { "LOCALHOST", true }, { "x.localhost", true }, { "127.0.0.1", true }, { "127.255.0.9:1", true },
		{ "[::1]:80", true }, { "::1", true }, { "localhost.evil.test", false }, { "127.evil.test", false }, { "127.0.0.1.evil.test", false },
		{ "128.0.0.1", false }, { "127.0.0.256", false }, { "127.0.0.1.", false }, { "127.1", false }, { "", false }, { "notlocalhost", false },
	};
	for (size_t i = 0; i < ARRAY_LEN(hosts); i++)
		if (url_host_is_loopback(str_c(hosts[i].host)) != hosts[i].loopback)
			fail_msg("host \"%s\"", hosts[i].host);
	static const struct {
		const char *a, *b;
		bool same;
	} origins[] = {
		{ "https://a.test/x", "https://A.test:443/y", true }, { "http://a.test", "http://a.test:80", true }, { "https://a.test", "http://a.test", false },
		{ "https://a.test", "https://a.test:8443", false }, { "https://a.test", "https://b.test", false }, { "https://a.test", "https://a.test.b.test", false },
	};
	for (size_t i = 0; i < ARRAY_LEN(origins); i++) {
		struct url x, y;
		assert_int_equal(url_parse(str_c(origins[i].a), &x, NULL), 0);
		assert_int_equal(url_parse(str_c(origins[i].b), &y, NULL), 0);
		if (url_same_origin(&x, &y) != origins[i].same)
			fail_msg("%s and %s", origins[i].a, origins[i].b);
	}
}

static void test_base64(void **state)
{
	/* RFC 4648, section 10 */
	static const char *const pairs[][2] = { { "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" }, { "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" },
						{ "foobar", "Zm9vYmFy" }, { "\xff\xfe\xfd", "//79" } };
	static const char *const bad[] = { "Z", "Zg=", "Zg===", "Z===", "Zm9v=", "Zm 9v", "Zm9v\n", "=", "====" };
	struct arena a;
	struct str got;
	arena_init(&a, 0);
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		assert_str(base64_encode(&a, str_c(pairs[i][0])), pairs[i][1]);
		assert_int_equal(base64_decode(&a, str_c(pairs[i][1]), &got), 0);
		assert_str(got, pairs[i][0]);
	}
	assert_int_equal(base64_decode(&a, STR("Zm9vYg"), &got), 0);
	assert_str(got, "foob");
	assert_int_equal(base64_decode(&a, STR("__79"), &got), 0);
	assert_str(got, "\xff\xfe\xfd");
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (base64_decode(&a, str_c(bad[i]), &got) != -EINVAL)
			fail_msg("base64 \"%s\" was taken", bad[i]);
	arena_release(&a);
}

static void test_credentials(void **state)
{
	/* dTpw is u:p, dTI6cDI= is u2:p2 */
	static const struct {
		const char *json, *host, *repository, *expected; /* user|password|identity|registry|helper; NULL: refused */
	} cases[] = {
		{ "{}", "r.test", "a", "||||" },
		{ "{\"auths\":{\"r.test\":{\"auth\":\"dTpw\"}}}", "r.test", "a", "u|p|||" },
		{ "{\"auths\":{\"https://r.test/v1/\":{\"auth\":\"dTpw\"}}}", "r.test", "a", "u|p|||" },
		{ "{\"auths\":{\"https://r.test/v2\":{\"auth\":\"dTpw\"}}}", "r.test", "a", "u|p|||" },
		{ "{\"auths\":{\"r.test:5000\":{\"auth\":\"dTpw\"}}}", "r.test", "a", "||||" },
		{ "{\"auths\":{\"r.test\":{\"username\":\"x\",\"password\":\"y\"}}}", "r.test", "a", "x|y|||" },
		{ "{\"auths\":{\"r.test\":{\"auth\":\"dTpw\",\"identitytoken\":\"it\"}}}", "r.test", "a", "u|p|it||" },
		{ "{\"auths\":{\"r.test\":{\"registrytoken\":\"rt\"}}}", "r.test", "a", "|||rt|" },
		{ "{\"auths\":{\"r.test\":{\"auth\":\"dTpw\"},\"r.test/team\":{\"auth\":\"dTI6cDI=\"}}}", "r.test", "team/a", "u2|p2|||" },
		{ "{\"auths\":{\"r.test/team\":{\"auth\":\"dTI6cDI=\"},\"r.test\":{\"auth\":\"dTpw\"}}}", "r.test", "teams/a", "u|p|||" },
		{ "{\"auths\":{\"r.test/team/a\":{\"auth\":\"dTI6cDI=\"}}}", "r.test", "team", "||||" },
		{ "{\"auths\":{\"r.test\":{}},\"credsStore\":\"store\"}", "r.test", "a", "||||store" },
		{ "{\"credHelpers\":{\"r.test\":\"one\"},\"credsStore\":\"store\"}", "r.test", "a", "||||one" },
		{ "{\"credHelpers\":{\"x.test\":\"one\"}}", "r.test", "a", "||||" },
		{ "{\"auths\":{\"r.test\":{\"auth\":\"!!\"}}}", "r.test", "a", NULL },
		{ "{\"auths\":{\"r.test\":{\"auth\":\"dXA=\"}}}", "r.test", "a", NULL },
		{ "{\"credsStore\":\"../../bin/sh\"}", "r.test", "a", NULL },
		{ "{\"auths\":[],\"credHelpers\":7}", "r.test", "a", "||||" },
		{ "{", "r.test", "a", NULL },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena a;
		struct registry_credentials c;
		struct str helper;
		struct error err = { 0 };
		arena_init(&a, 0);
		int r = docker_config_parse(&a, str_c(cases[i].json), str_c(cases[i].host), str_c(cases[i].repository), &c, &helper, &err);
		if ((r == 0) != (cases[i].expected != NULL))
			fail_msg("%s: %d %s", cases[i].json, r, err.text);
		if (r == 0)
			assert_str(arena_printf(&a, "%.*s|%.*s|%.*s|%.*s|%.*s", STR_FMT(c.username), STR_FMT(c.password), STR_FMT(c.identity_token),
						STR_FMT(c.registry_token), STR_FMT(helper)), cases[i].expected);
		arena_release(&a);
	}
	/* The default registry goes by several names. */
	struct arena a;
	struct registry_credentials c;
	struct str helper;
	arena_init(&a, 0);
	struct str json = arena_printf(&a, "{\"auths\":{\"%.*s\":{\"auth\":\"dTpw\"}}}", STR_FMT(default_get(STR("registry.default-credentials"))));
	assert_int_equal(docker_config_parse(&a, json, default_get(STR("registry.default")), STR("library/x"), &c, &helper, NULL), 0);
	assert_str(c.username, "u");
	arena_release(&a);
}

static void test_process(void **state)
{
	static const char *const cat[] = { "cat", NULL }, *const fail[] = { "sh", "-c", "echo no; exit 3", NULL }, *const none[] = { "no-such-program-here", NULL },
			  *const slow[] = { "sleep", "20", NULL }, *const yes[] = { "yes", NULL }, *const deaf[] = { "true", NULL },
			  *const mute[] = { "sh", "-c", "echo said; exec >&- <&-; exec sleep 20", NULL };
	struct arena a;
	struct error err = { 0 };
	struct str out;
	int status = -1;
	arena_init(&a, 0);
	char *big = arena_zalloc(&a, 300000);
	memset(big, 'x', 300000);
	assert_int_equal(process_run(&a, cat, STR("hello"), 100, 10, &out, &status, &err), 0);
	assert_str(out, "hello");
	assert_int_equal(status, 0);
	assert_int_equal(process_run(&a, cat, str_make(big, 300000), 300000, 10, &out, &status, &err), 0);
	assert_true(str_eq(out, str_make(big, 300000)));
	assert_int_equal(process_run(&a, fail, STR(""), 100, 10, &out, &status, &err), 0);
	assert_str(out, "no\n");
	assert_int_equal(status, 3);
	assert_int_equal(process_run(&a, deaf, str_make(big, 300000), 100, 10, &out, &status, &err), 0);
	assert_int_equal(process_run(&a, none, STR(""), 100, 10, &out, &status, &err), ERR_NOT_FOUND);
	assert_int_equal(process_run(&a, slow, STR(""), 100, 1, &out, &status, &err), ERR_TIMEOUT);
	time_t before = time(NULL);
	assert_int_equal(process_run(&a, mute, STR(""), 100, 1, &out, &status, &err), ERR_TIMEOUT); /* output closed, still running */
	assert_true(time(NULL) - before < 10);
	assert_int_equal(process_run(&a, yes, STR(""), 100, 10, &out, &status, &err), ERR_LIMIT);
	arena_release(&a);
}

static int no_tick(void *ctx)
{
	return 0;
}

static void test_http_offline_and_retry(void **state)
{
	struct arena a;
	struct error err = { 0 };
	struct http_client *c;
	struct http_response resp;
	arena_init(&a, 0);
	assert_int_equal(http_client_new(&(struct http_client_options){ .offline = true, .tick = no_tick }, &c, &err), 0);
	assert_int_equal(http_send(c, &a, &(struct http_request){ .url = STR("https://a.test/") }, &resp, &err), ERR_NETWORK);
	assert_true(strstr(err.text, "--offline") != NULL);
	assert_false(http_may_retry(ERR_NETWORK, &resp));
	/* A server that asks for an hour is not waited for; attempts end. */
	struct http_header header = { STR("Retry-After"), STR("3600") };
	resp = (struct http_response){ .status = 429, .headers = { .v = &header, .n = 1 } };
	assert_true(http_may_retry(0, &resp));
	assert_int_equal(http_retry_wait(c, &(struct http_retry){ .max_ms = 1000 }, 1, &resp, &err), ERR_LIMIT);
	resp.headers.n = 0;
	assert_int_equal(http_retry_wait(c, &(struct http_retry){ .attempts = 3, .base_ms = 1, .max_ms = 4 }, 2, &resp, &err), 0);
	assert_int_equal(http_retry_wait(c, &(struct http_retry){ .attempts = 3, .base_ms = 1, .max_ms = 4 }, 3, &resp, &err), ERR_LIMIT);
	http_client_free(c);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_url_parse), cmocka_unit_test(test_url_join), cmocka_unit_test(test_url_hosts), cmocka_unit_test(test_base64),
		cmocka_unit_test(test_credentials), cmocka_unit_test(test_process), cmocka_unit_test(test_http_offline_and_retry),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
