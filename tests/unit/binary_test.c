/* Programs known by the version text that they carry: what is found, and what must not be. The "programs" are an ELF header and text. */
#include "test.h"

#include "format/binary/binary.h"
#include "format/binary/rules.h"
#include "model/package.h"

#define TEXT(s) s, sizeof(s) - 1

static const struct {
	const char *path, *text;
	size_t n;
	const char *want; /* "name version", "": nothing */
} cases[] = {
	{ "usr/local/bin/node", TEXT("\0node.js/v22.9.0\0"), "node 22.9.0" },
	{ "usr/local/bin/node", TEXT("\0v4.9.1\0"), "" },
	{ "usr/local/bin/nodes", TEXT("\0node.js/v22.9.0\0"), "" },
	{ "bin/python3.11", TEXT("\0" "3.12.1\0" "3.11\0" "13.11.4\0" "3.11.2+\0" "3.11.2\0"), "python 3.11.2" },
	{ "lib/libpython3.11.so.1.0", TEXT("\0" "3.11.0rc2\0"), "python 3.11.0rc2" },
	{ "bin/python3.11", TEXT("\0" "3.12.1\0"), "" },
	{ "bin/python", TEXT("\0" "3.11.2\0"), "" },
	{ "bin/busybox", TEXT("BusyBox v1.36.1 (2023-05-18)"), "busybox 1.36.1" },
	{ "bin/bash", TEXT("@(#)Bash version 5.2.15(1) release GNU"), "bash 5.2.15" },
	{ "bin/openssl", TEXT("OpenSSL 1.1.1w  11 Sep 2023"), "openssl 1.1.1w" },
	{ "lib/libcrypto.so.3", TEXT("OpenSSL 3.0.11 19 Sep 2023"), "openssl 3.0.11" },
	{ "lib/libssl.so.10", TEXT("OpenSSL 1.0.2k-fips  26 Jan 2017"), "openssl 1.0.2k" },
	{ "bin/openssl", TEXT("\0OpenSSL 1.1.1 (compatible; AWS-LC 1.69.0)\0"), "aws-lc 1.69.0" },
	{ "bin/openssl", TEXT("needs OpenSSL 1.1.1 or newer"), "" },
	{ "bin/ruby", TEXT("ruby 2.7.7p221 (2022-11-24 revision 168ec2b1e5) [x86_64-linux]"), "ruby 2.7.7p221" },
	{ "bin/ruby", TEXT("ruby 3.4.0preview1 (2024-05-16 master 9d69619623)"), "ruby 3.4.0preview1" },
	{ "bin/haproxy", TEXT("version 2.9.6-9eafce5, released 2024/02/26"), "haproxy 2.9.6" },
	{ "bin/mysqld", TEXT("/export/home/pb2/build/sb_0-1/mysql-8.0.37/sql/x.cc"), "mysql 8.0.37" },
	{ "bin/mysqld", TEXT("/mysql-8.0.37/x \0" "10.6.15-MariaDB-log\0"), "mariadb 10.6.15" },
	{ "bin/mongod", TEXT("\0" "7.0.28\0\0heap_size"), "mongodb 7.0.28" },
	{ "bin/redis-server", TEXT("Server started, Redis version 2.8.23\n"), "redis 2.8.23" },
	{ "bin/redis-server", TEXT("x7.0.14buildkitsandbox-1702957741000000000"), "redis 7.0.14" },
	{ "bin/redis-server", TEXT("Redis version 7.2.4 valkey"), "" },
	{ "bin/valkey-server", TEXT("valkey9.0.0buildkitsandbox-1764887574000000000"), "valkey 9.0.0" },
	{ "bin/postgres", TEXT("PostgreSQL 15beta4 on x86_64-pc-linux-gnu"), "postgresql 15beta4" },
	{ "bin/postgres", TEXT("PostgreSQL 9.6.24 on x86_64"), "postgresql 9.6.24" },
	{ "sbin/nginx", TEXT("\0nginx version: openresty/1.21.4.1\0"), "nginx 1.21.4.1" },
	{ "sbin/httpd", TEXT("\0Apache/2.4.58 (Unix)\0"), "httpd 2.4.58" },
	{ "bin/fluent-bit", TEXT("\0" "1.7.0\0\033[1m\0%sFluent Bit\0"), "fluent-bit 1.7.0" },
	{ "bin/xz", TEXT("\0xz (XZ Utils) 5.4.1\0"), "xz 5.4.1" },
	{ "bin/gzip", TEXT("\0%s: %s: not in gzip format\0" "1.12\0"), "gzip 1.12" },
	{ "bin/gzip", TEXT("\0BusyBox applet\0" "1.12\0"), "" },
	{ "lib/libz.so.1.3", TEXT(" deflate 1.3.1 Copyright 1995-2024 Jean-loup Gailly"), "zlib 1.3.1" },
	{ "lib/libsqlite3.so.0", TEXT("\0SQLite format 3\0" "3.40.1\0"), "sqlite 3.40.1" },
	{ "bin/consul", TEXT("-X github.com/hashicorp/consul/version.GitDescribe=1.12.9\""), "consul 1.12.9" },
	{ "lib/server/libjvm.so", TEXT("VM (25.392-b08) for linux-amd64 JRE (1.8.0_392-b08)"), "openjdk 1.8.0_392" },
	{ "lib/libkrb5.so.3.3", TEXT("\0KRB5_BRAND: krb5-1.20.1-final 1.20.1 20221111"), "krb5 1.20.1" },
	/* five numbers, ends of files, half texts */
	{ "bin/curl", TEXT("curl/1.2.3.4.5"), "" },
	{ "bin/curl", TEXT("curl/"), "" },
	{ "bin/curl", TEXT("curl/8"), "" },
	{ "bin/curl", TEXT("curl/8."), "" },
	{ "bin/curl", TEXT("curl/8.5.0"), "curl 8.5.0" },
	{ "bin/curl", TEXT("curl/8.4294967296000.1"), "curl 8.4294967296000.1" },
	{ "bin/curl", TEXT("curl/1234567890123.1"), "" },
};

/* Text files. */
static const struct {
	const char *path, *text, *want;
} text_cases[] = {
	{ "opt/java/release", "IMPLEMENTOR=\"Eclipse Adoptium\"\nJAVA_VERSION=\"17.0.9\"\n", "openjdk 17.0.9" },
	{ "etc/release", "NAME=x\n", "" },
	{ "usr/local/go/VERSION", "go1.22.3\ntime 2024-05-01T19:49:47Z\n", "go 1.22.3" },
	{ "srv/VERSION", "1.2.3\n", "" },
	{ "usr/bin/composer", "#!/usr/bin/env php\nclass Composer { const VERSION = '2.6.5'; }", "composer 2.6.5" },
	{ "usr/share/completions/node", "node.js/v22.9.0", "" },
};

static void check(const char *path, struct str content, const char *want)
{
	struct arena a;
	struct package_vec v = { 0 };
	struct diags d;
	struct error err = { 0 };
	char got[128] = "";
	arena_init(&a, 16 << 20);
	diags_init(&d, &a);
	struct input in = input_from_str(str_c(path), content);
	if (binary_wants(str_c(path), 0755, content.n) && binary_sniff((const unsigned char *)content.p, MIN_OF(content.n, (size_t)64)))
		assert_int_equal(binary_parse(&a, &in, &v, &d, &err), 0);
	assert_true(v.n <= 1);
	if (v.n)
		snprintf(got, sizeof(got), "%.*s %.*s", STR_FMT(v.v[0].name), STR_FMT(v.v[0].version));
	if (strcmp(got, want) != 0)
		fail_msg("%s: \"%s\" is not \"%s\"", path, got, want);
	if (v.n)
		assert_int_equal(v.v[0].kind, PKG_BINARY);
	arena_release(&a);
}

/* A 64-bit ELF program's first bytes. */
static size_t put_header(char *to)
{
	memset(to, 0, 64);
	memcpy(to, "\177ELF\2\1\1", 7);
	to[16] = 2;
	return 64;
}

static void test_texts(void **state)
{
	char file[512];
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		size_t n = put_header(file);
		memcpy(file + n, cases[i].text, cases[i].n);
		check(cases[i].path, str_make(file, n + cases[i].n), cases[i].want);
	}
	for (size_t i = 0; i < ARRAY_LEN(text_cases); i++)
		check(text_cases[i].path, str_c(text_cases[i].text), text_cases[i].want);
}

/* A text that lies across the border of two pieces is found, wherever it is. */
static void test_borders(void **state)
{
	static const char text[] = "curl/8.5.0";
	size_t n = (3u << 20) + 100;
	char *file = malloc(n);
	assert_non_null(file);
	for (int shift = -20; shift <= 20; shift += 4) {
		memset(file, 'x', n);
		put_header(file);
		memcpy(file + (2u << 20) + shift, text, sizeof(text));
		check("bin/curl", str_make(file, n), "curl 8.5.0");
	}
	free(file);
}

/* The table itself: every text can be found and has one version, names are unlike enough, and there are as many as docs/image.md says. */
static void test_table(void **state)
{
	assert_true(binary_product_count() >= 90);
	assert_string_equal(binary_cpe(STR("nginx")), "f5:nginx");
	assert_null(binary_cpe(STR("no-such-program")));
	for (size_t i = 0; i < binary_rule_count; i++) {
		const struct binary_rule *r = &binary_rules[i];
		assert_non_null(r->texts[0]);
		for (size_t k = 0; k < BINARY_TEXTS_MAX && r->texts[k]; k++) {
			size_t versions = 0;
			for (const char *p = r->texts[k]; (p = strchr(p, '%')); p += 2)
				versions += p[1] && strchr("vwnf", p[1]) != NULL;
			if (versions != 1)
				fail_msg("%s: \"%s\" has %zu versions", r->name, r->texts[k], versions);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_texts), cmocka_unit_test(test_borders), cmocka_unit_test(test_table) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
