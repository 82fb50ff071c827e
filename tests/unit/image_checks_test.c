#include "test.h"

#include "engine/imageconfig/image_checks.h"
#include "format/json/json.h"

static const struct {
	const char *name, *value;
	bool secret;
} secret_cases[] = {
	{ "DB_PASSWORD", "hunter2", true },
	{ "db_password", "hunter2", true },
	{ "POSTGRES_PASSWORD", "x9-long", true },
	{ "AWS_SECRET_ACCESS_KEY", "abcdef", true },
	{ "API_KEY", "12345", true },
	{ "GITHUB_TOKEN", "gh-x", true },
	{ "PASSWORD_FILE", "hunter2", false },
	{ "TOKEN_URL", "hunter2", false },
	{ "DB_PASSWORD", "/run/secrets/db", false },
	{ "DB_PASSWORD", "${DB}", false },
	{ "DB_PASSWORD", "$DB", false },
	{ "DB_PASSWORD", "changeme", false },
	{ "DB_PASSWORD", "", false },
	{ "TOKEN", "https://example.com/x", false },
	{ "PWD", "abcdefg", false },
	{ "PATH", "/bin", false },
	{ "GPG_KEY", "E3FF2839C048B25C084DEBE9B26995E310250568", false },
	{ "COMPASS", "north", false },
	{ "TOKENIZERS_PARALLELISM", "false", false },
	{ "SECRET_ENABLED", "true", false },
};

static void secrets_by_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(secret_cases); i++)
		if (image_checks_is_secret(str_c(secret_cases[i].name), str_c(secret_cases[i].value)) != secret_cases[i].secret)
			fail_msg("%s=%s", secret_cases[i].name, secret_cases[i].value);
}

#define GOOD "\"User\":\"app\",\"Healthcheck\":{\"Test\":[\"CMD\",\"x\"]},\"Labels\":{\"org.opencontainers.image.source\":\"x\"}"
#define STEP(text) "{\"config\":{" GOOD "},\"history\":[{\"created_by\":\"" text "\"}]}"
static const struct {
	const char *json, *want; /* identifiers, joined by ' ' */
} config_cases[] = {
	{ "{}", "BH-IMG-001 BH-IMG-004 BH-IMG-016" },
	{ "[]", "BH-IMG-001 BH-IMG-004 BH-IMG-016" },
	{ "{\"config\":{" GOOD "}}", "" },
	{ "{\"config\":{" GOOD ",\"User\":\"0\"}}", "BH-IMG-001" },
	{ "{\"config\":{" GOOD ",\"User\":\"root:root\"}}", "BH-IMG-001" },
	{ "{\"config\":{" GOOD ",\"User\":\"0:1000\"}}", "BH-IMG-001" },
	{ "{\"config\":{" GOOD ",\"User\":\"1000:0\"}}", "" },
	{ "{\"config\":{" GOOD ",\"Healthcheck\":{\"Test\":[\"NONE\"]}}}", "BH-IMG-004" },
	{ "{\"config\":{" GOOD ",\"ExposedPorts\":{\"22/tcp\":{}}}}", "BH-IMG-015" },
	{ "{\"config\":{" GOOD ",\"ExposedPorts\":{\"2222/tcp\":{},\"22/udp\":{}}}}", "" },
	{ "{\"config\":{" GOOD ",\"Env\":[\"A_TOKEN=abc\",\"B\",7]}}", "BH-IMG-002" },
	{ "{\"config\":{" GOOD ",\"Labels\":{\"vcs-ref\":\"1\",\"org.opencontainers.image.base.name\":\"debian\"}}}", "BH-IMG-011" },
	{ "{\"config\":{" GOOD ",\"Labels\":{\"vcs-ref\":\"1\",\"org.opencontainers.image.base.name\":\"localhost:5000/debian:12\"}}}", "" },
	{ "{\"config\":{" GOOD ",\"Labels\":{\"vcs-ref\":\"1\",\"org.opencontainers.image.base.name\":\"localhost:5000/debian\"}}}", "BH-IMG-011" },
	{ "{\"config\":{" GOOD ",\"Labels\":{\"vcs-ref\":\"1\",\"org.opencontainers.image.base.name\":\"debian@sha256:00\"}}}", "" },
	{ STEP("ADD https://example.com/x /y # buildkit"), "BH-IMG-009" },
	{ STEP("ADD --checksum=sha256:00 https://example.com/x /y # buildkit"), "" },
	{ STEP("ADD a.tar.gz /y # buildkit"), "" },
	{ STEP("ADD --chown=1:1 a b /y # buildkit"), "BH-IMG-010" },
	{ STEP("/bin/sh -c #(nop) ADD file:00aa in / "), "" },
	{ STEP("/bin/sh -c #(nop) ADD dir:00aa in /app "), "BH-IMG-010" },
	{ STEP("/bin/sh -c #(nop) ADD 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff in /app "), "BH-IMG-009" },
	{ STEP("/bin/sh -c #(nop) COPY file:00aa in /app "), "" },
	{ STEP("/bin/sh -c apt-get update && sudo apt-get install x"), "BH-IMG-013" },
	{ STEP("/bin/sh -c apt-get install sudo"), "" },
	{ STEP("RUN /bin/sh -c sudo x # buildkit"), "BH-IMG-013" },
	{ STEP("|1 NPM_TOKEN=abc /bin/sh -c npm ci"), "BH-IMG-003" },
	{ STEP("RUN |2 V=1 NPM_TOKEN=abc /bin/sh -c npm ci # buildkit"), "BH-IMG-003" },
	{ STEP("RUN |1 NPM_TOKEN= /bin/sh -c npm ci # buildkit"), "" },
	{ STEP("/bin/sh -c export MY_SECRET='abc'; make"), "BH-IMG-003" },
	{ STEP("/bin/sh -c #(nop)  ARG API_KEY=abc"), "BH-IMG-003" },
	{ STEP("|"), "" },
	{ STEP("ADD"), "" },
	{ STEP("ADD "), "" },
};

static void configurations(void **state)
{
	(void)state;
	struct arena a;
	arena_init(&a, 8 << 20);
	for (size_t i = 0; i < ARRAY_LEN(config_cases); i++) {
		struct document doc;
		struct image_problem_vec problems = { 0 };
		struct str_vec secrets = { 0 };
		struct str got = STR("");
		assert_int_equal(json_parse(&a, str_c(config_cases[i].json), NULL, &doc, NULL, NULL), 0);
		assert_int_equal(image_checks_config(&a, doc.root, &problems, &secrets, NULL), 0);
		for (size_t k = 0; k < problems.n; k++)
			got = arena_printf(&a, "%.*s%s%s", STR_FMT(got), k ? " " : "", image_checks[problems.v[k].check].id);
		if (!str_eq_c(got, config_cases[i].want))
			fail_msg("%s: \"%.*s\" instead of \"%s\"", config_cases[i].json, STR_FMT(got), config_cases[i].want);
	}
	arena_release(&a);
}

static void the_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < IMAGE_CHECK_COUNT; i++) {
		char id[32];
		snprintf(id, sizeof(id), "BH-IMG-%03zu", i + 1);
		assert_string_equal(image_checks[i].id, id);
		assert_true(image_checks[i].title && image_checks[i].why && image_checks[i].fix && image_checks[i].url);
	}
	struct str dir;
	assert_true(image_cache_of(STR("home/me/.cache/pip/http/a"), &dir) < image_cache_count);
	assert_true(str_eq_c(dir, "home/me/.cache/pip"));
	assert_true(image_cache_of(STR("var/lib/apt/lists/x"), &dir) == 0 && str_eq_c(dir, "var/lib/apt/lists"));
	assert_true(image_cache_of(STR("srv/var/lib/apt/lists/x"), &dir) == image_cache_count);
	assert_true(image_checks_is_ordinary_setuid(STR("usr/bin/su")));
	assert_false(image_checks_is_ordinary_setuid(STR("app/su")));
	assert_false(image_checks_is_ordinary_setuid(STR("usr/bin/suspicious")));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(secrets_by_name), cmocka_unit_test(configurations), cmocka_unit_test(the_table) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
