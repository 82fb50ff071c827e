/* src/engine/secret: every built-in rule finds what its expression describes and not what comes near it; redaction, lines, parts of large files, rules of one's own,
 * which files are looked at. Tokens are made at random when the test runs. */
#include "engine/secret/secret.h"

#include <time.h>

#include "engine/secret/secret_rules.h"
#include "format/yaml/yaml.h"
#include "regex_sample.h"
#include "sys/module/module.h"
#include "test.h"

static struct arena arena;
static const struct patterns *patterns;

static int setup(void **state)
{
	struct error err = { 0 };
	arena_init(&arena, 0);
	if (module_patterns(&patterns, &err) < 0)
		fail_msg("%s", err.text);
	return 0;
}

static int teardown(void **state)
{
	arena_release(&arena);
	return 0;
}

static struct secret_ruleset *open_rules(const char *yaml)
{
	struct error err = { 0 };
	struct document doc;
	struct yaml_options opt = { .name = STR("rules.yaml") };
	struct secretfile *file = yaml ? arena_new(&arena, struct secretfile) : NULL;
	struct secret_ruleset *set = NULL;
	if (yaml && (yaml_parse(&arena, str_c(yaml), &opt, &doc, NULL, &err) < 0 || secretfile_from_document(&arena, &doc, file, &err) < 0))
		fail_msg("%s", err.text);
	if (secret_ruleset_open(&arena, patterns, file, &set, &err) < 0)
		fail_msg("%s", err.text);
	return set;
}

static struct observation_vec scan_input(struct secret_scanner *s, const struct input *in)
{
	struct observation_vec found = { 0 };
	struct diags diags;
	struct error err = { 0 };
	diags_init(&diags, &arena);
	if (secret_scan(s, &arena, in, &found, &diags, &err) < 0)
		fail_msg("%s", err.text);
	return found;
}

static struct observation_vec scan(struct secret_scanner *s, struct str path, struct str text)
{
	struct input in = input_from_str(path, text);
	return scan_input(s, &in);
}

static const struct observation *find_rule(const struct observation_vec *found, const char *id)
{
	for (size_t i = 0; i < found->n; i++)
		if (str_eq_c(found->v[i].id, id))
			return &found->v[i];
	return NULL;
}

static uint32_t lines_in(struct str s)
{
	uint32_t n = 0;
	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == '\n';
	return n;
}

/* ---- every rule --------------------------------------------------------------------------------------------------- */

static struct str path_for(const struct secret_rule *rule, uint64_t seed)
{
	size_t from, to;
	struct str path = rule->path ? regex_sample(&arena, rule->path, seed, 0, &from, &to) : STR("app/file.txt");
	str_strip_prefix(&path, STR("/"));
	return path;
}

static struct str embed(const struct secret_rule *rule, struct str sample, struct str secret, size_t from, size_t to, uint32_t *ret_line)
{
	bool whole = str_has_prefix(str_c(rule->regex), STR("\\A"));
	*ret_line = (whole ? 1 : 4) + lines_in(str_sub(sample, 0, from));
	return arena_printf(&arena, "%s%.*s%.*s%.*s%s", whole ? "" : "first line\nsecond\nthird\n", STR_FMT(str_sub(sample, 0, from)), STR_FMT(secret),
			    STR_FMT(str_from(sample, to)), whole ? "" : "\nbehind\n");
}

static bool is_shown(const struct observation_vec *found, struct str secret)
{
	for (size_t i = 0; i < found->n; i++) {
		const struct observation *o = &found->v[i];
		const struct str all[] = { o->match, o->context, o->title, o->detail };
		for (size_t k = 0; k < ARRAY_LEN(all); k++)
			if (str_contains(all[k], secret))
				return true;
	}
	return false;
}

static void test_every_rule(void **state)
{
	struct secret_scanner *s = secret_scanner_new(open_rules(NULL));
	size_t failed = 0, others = 0;
	assert_true(secret_rule_count >= 100);
	for (size_t i = 0; i < secret_rule_count; i++) {
		const struct secret_rule *rule = &secret_rules[i];
		bool hit = false;
		for (uint64_t seed = 1; seed <= 4; seed++) {
			size_t from = 0, to = 0;
			uint32_t line;
			struct str path = path_for(rule, seed), sample = regex_sample(&arena, rule->regex, seed, 8, &from, &to);
			struct str secret = str_sub(sample, from, to - from);
			struct observation_vec found = scan(s, path, embed(rule, sample, secret, from, to, &line));
			const struct observation *o = find_rule(&found, rule->id);
			/* Another rule may know the same token better. */
			for (size_t k = 0; k < found.n && !o; k++)
				if (found.v[k].severity >= rule->severity)
					o = &found.v[k];
			if (!o || (o->line != line && rule->severity > SEVERITY_LOW)) {
				print_message("%s: not found in %.*s (line %u):\n%.*s\n", rule->id, STR_FMT(path), o ? o->line : 0, STR_FMT(sample));
				failed++;
				continue;
			}
			hit |= str_eq_c(o->id, rule->id);
			if (secret.n > 5 && is_shown(&found, secret)) {
				print_message("%s: the secret is shown: %.*s / %.*s\n", rule->id, STR_FMT(o->match), STR_FMT(o->context));
				failed++;
			}
			/* Near misses: a placeholder in its place, and for tokens of a fixed length half of one. */
			struct str placeholder = STR("changeme-EXAMPLE-changeme");
			found = scan(s, path, embed(rule, sample, placeholder, from, to, &line));
			if (find_rule(&found, rule->id)) {
				print_message("%s: a placeholder was taken for a secret\n", rule->id);
				failed++;
			}
			sample = regex_sample(&arena, rule->regex, seed, 0, &from, &to);
			if (to - from >= 16) {
				found = scan(s, path, embed(rule, sample, str_sub(sample, from, (to - from) / 2 - 1), from, to, &line));
				if (find_rule(&found, rule->id)) {
					print_message("%s: half of a token was taken for a secret: %.*s\n", rule->id, STR_FMT(sample));
					failed++;
				}
			}
		}
		if (!hit) {
			others++;
			print_message("%s: always told by another rule\n", rule->id);
		}
	}
	secret_scanner_free(s);
	assert_int_equal(failed, 0);
	assert_true(others <= 3);
}

/* The first look must find at least what the exact expression finds, wherever in the text it stands: vectorscan has several ways to search. */
static void test_first_look(void **state)
{
	static const size_t paddings[] = { 0, 1, 30, 200, 5000, 20000 };
	static const char *const kinds[] = { "x", "some words = of any kind\n", "key: \"value\", " };
	const char *why;
	char message[256];
	struct pattern_scan *first = patterns->secrets_begin(secret_rules_hash, secret_rule_count, &why);
	uint64_t *hits = arena_new_array(&arena, uint64_t, (secret_rule_count + 63) / 64);
	size_t missed = 0, tried = 0;
	assert_non_null(first);
	for (size_t i = 0; i < secret_rule_count; i++) {
		const char *regex = secret_rules[i].regex;
		if (secret_rules[i].path)
			continue;
		struct pattern *exact = patterns->compile(regex, strlen(regex), PATTERN_BYTES, message, sizeof(message));
		for (uint64_t seed = 0; seed < 8 * ARRAY_LEN(paddings); seed++) {
			size_t from, to, padding = paddings[seed % ARRAY_LEN(paddings)];
			struct arena a;
			struct buf text;
			struct pattern_span all;
			arena_init(&a, 0);
			buf_init(&text, 1 << 20);
			struct str sample = regex_sample(&a, regex, seed, (unsigned)(seed % 5), &from, &to), kind = str_c(kinds[seed % ARRAY_LEN(kinds)]);
			while (text.n < padding)
				buf_add(&text, kind);
			buf_add_c(&text, "\n");
			buf_add(&text, sample);
			for (size_t k = 0; k < padding; k += kind.n)
				buf_add(&text, kind);
			memset(hits, 0, (secret_rule_count + 63) / 64 * sizeof(*hits));
			assert_int_equal(patterns->secrets_scan(first, text.p, text.n, hits), 0);
			if (patterns->find(exact, text.p, text.n, 0, &all, 1)) {
				tried++;
				if (!(hits[i / 64] >> i % 64 & 1)) {
					missed++;
					print_message("%s: missed with %zu bytes before it: %.*s\n", secret_rules[i].id, padding, STR_FMT(sample));
				}
			}
			buf_release(&text);
			arena_release(&a);
		}
		patterns->free(exact);
	}
	patterns->secrets_end(first);
	assert_int_equal(missed, 0);
	assert_true(tried > secret_rule_count * 20);
}

static void test_rule_table(void **state)
{
	char why[256];
	for (size_t i = 0; i < secret_rule_count; i++) {
		const struct secret_rule *r = &secret_rules[i];
		const char *all[] = { r->regex, r->path, r->allow };
		for (size_t k = 0; k < ARRAY_LEN(all); k++) {
			struct pattern *p = all[k] ? patterns->compile(all[k], strlen(all[k]), PATTERN_BYTES, why, sizeof(why)) : NULL;
			if (all[k] && !p)
				fail_msg("%s: %s: %s", r->id, all[k], why);
			if (k == 0)
				assert_int_equal(patterns->group_count(p), 1);
			patterns->free(p);
		}
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(r->id, secret_rules[k].id);
	}
}

/* ---- what is shown ------------------------------------------------------------------------------------------------ */

/* "ghp_" and 36 letters and digits. */
static struct str token(uint64_t seed)
{
	size_t from, to;
	for (size_t i = 0; i < secret_rule_count; i++)
		if (strcmp(secret_rules[i].id, "github-pat") == 0)
			return regex_sample(&arena, secret_rules[i].regex, seed, 0, &from, &to);
	fail();
	return STR_NONE;
}

static void test_redaction(void **state)
{
	struct secret_scanner *s = secret_scanner_new(open_rules(NULL));
	struct str a = token(1), b = token(2);
	struct observation_vec found = scan(s, STR("x"), arena_printf(&arena, "one\ntwo\nA=%.*s; B=%.*s\nC=%.*s\r\nlast", STR_FMT(a), STR_FMT(b), STR_FMT(a)));
	assert_int_equal(found.n, 3);
	assert_str(found.v[0].match, "A=********; B=********");
	assert_str(found.v[1].match, "A=********; B=********");
	assert_str(found.v[2].match, "C=********");
	assert_str(found.v[0].context, "one\ntwo\nA=********; B=********\nC=********\nlast");
	assert_int_equal(found.v[0].line, 3);
	assert_int_equal(found.v[0].col, 3);
	assert_int_equal(found.v[1].col, 3 + a.n + 4);
	assert_int_equal(found.v[0].context_line, 1);
	assert_int_equal(found.v[2].line, 4);
	assert_int_equal(found.v[2].context_line, 2);
	assert_false(is_shown(&found, a) || is_shown(&found, b));
	/* a line of a megabyte is cut around the secret, on characters */
	char *big = arena_alloc(&arena, 1 << 20);
	for (size_t i = 0; i + 2 <= 1 << 20; i += 2)
		memcpy(big + i, "\xc3\xa4", 2);
	memcpy(big + 500001, " ", 1);
	memcpy(big + 500002, a.p, a.n);
	memcpy(big + 500002 + a.n, " ", 1);
	found = scan(s, STR("x"), str_make(big, 1 << 20));
	assert_int_equal(found.n, 1);
	assert_true(found.v[0].match.n < 200 && str_contains(found.v[0].match, STR("********")));
	assert_false(is_shown(&found, a));
	/* a key of many lines */
	struct buf key;
	buf_init(&key, 1 << 20);
	buf_add_c(&key, "a: 1\nkey: |\n  -----BEGIN RSA " "PRIVATE KEY-----\n");
	for (int i = 0; i < 25; i++)
		buf_addf(&key, "  %.*s%.*s\n", 30, token((uint64_t)i + 10).p + 4, 30, token((uint64_t)i + 40).p + 4);
	buf_add_c(&key, "  -----END RSA " "PRIVATE KEY-----\nb: 2\nc: 3\nd: 4\n");
	found = scan(s, STR("x"), buf_str(&key));
	assert_int_equal(found.n, 1);
	assert_str(found.v[0].id, "private-key");
	assert_int_equal(found.v[0].line, 3);
	assert_int_equal(found.v[0].end_line, 29);
	assert_false(is_shown(&found, str_sub(token(10), 4, 30)) || is_shown(&found, str_sub(token(34), 4, 30)));
	assert_true(str_has_prefix(found.v[0].context, STR("a: 1\nkey: |\n  -----BEGIN RSA")));
	buf_release(&key);
	secret_scanner_free(s);
}

/* ---- what is no secret -------------------------------------------------------------------------------------------- */

static void test_nothing(void **state)
{
	static const char *const cases[] = {
		"", "password", "password: \"\"\n", "password = \"${DB_PASSWORD}\"\n", "api_key: '<your api key here>'\n", "DATABASE_URL=postgres://user:password@localhost/db\n",
		"postgres://user:${PASSWORD}@db/x\n", "https://user@example.com/x:y@z\n", "AWS_ACCESS_KEY_ID=AKIA" "IOSFODNN7EXAMPLE\n", "token = \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"\n",
		"-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA\n-----END PUBLIC KEY-----\n", "-----BEGIN RSA " "PRIVATE KEY-----\n-----END RSA " "PRIVATE KEY-----\n",
		"secret_key = os.environ['SECRET_KEY']\n", "sha256:0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0\n", "\x7f" "ELF\x02\x01\x01", "password_field = \"password\"\n",
	};
	struct secret_scanner *s = secret_scanner_new(open_rules(NULL));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct observation_vec found = scan(s, STR("app/conf"), str_c(cases[i]));
		if (found.n)
			fail_msg("%s: found %.*s", cases[i], STR_FMT(found.v[0].id));
	}
	/* what does not begin like text is none, whatever it holds */
	struct str binary = arena_printf(&arena, "%c%c%.*s", 1, 2, STR_FMT(token(1)));
	struct observation_vec found = scan(s, STR("x"), binary);
	assert_int_equal(found.n, 0);
	secret_scanner_free(s);
}

/* ---- parts of large files ----------------------------------------------------------------------------------------- */

static int read_part(void *ctx, void *dst, size_t n, uint64_t off, struct error *err)
{
	memcpy(dst, (const char *)ctx + off, n);
	return 0;
}

static void test_parts(void **state)
{
	struct secret_scanner *s = secret_scanner_new(open_rules(NULL));
	size_t size = 3 * (size_t)SECRET_PART_BYTES + 12345;
	char *text = arena_alloc(&arena, size);
	/* one with short lines, one that is a single line */
	for (int lines = 0; lines < 2; lines++) {
		for (size_t i = 0; i < size; i++)
			text[i] = lines && i % 61 == 60 ? '\n' : ' ';
		size_t places[60], n = 0;
		for (size_t at = 0; at + 100 < size && n < ARRAY_LEN(places);) {
			/* dense where parts meet */
			size_t edge = (at / SECRET_PART_BYTES + 1) * SECRET_PART_BYTES - SECRET_OVERLAP_BYTES * (at / SECRET_PART_BYTES + 1);
			struct str t = token(n + 100);
			memcpy(text + at, t.p, t.n);
			places[n++] = at;
			at += at + 200 > edge && at < edge + 300 ? 43 : at + 500000 > edge && at < edge - 200 ? edge - 200 - at : 400000;
		}
		for (int by_parts = 0; by_parts < 2; by_parts++) {
			struct input in = { .name = STR("big"), .size = size, .data = by_parts ? NULL : text, .pread = read_part, .ctx = text };
			struct observation_vec found = scan_input(s, &in);
			assert_int_equal(found.n, n);
			for (size_t i = 0; i < n; i++) {
				uint32_t line = 1 + lines_in(str_make(text, places[i]));
				if (found.v[i].line != line)
					fail_msg("secret %zu at %zu: line %u instead of %u", i, places[i], found.v[i].line, line);
			}
		}
	}
	secret_scanner_free(s);
}

/* ---- rules of one's own ------------------------------------------------------------------------------------------- */

static void test_user_rules(void **state)
{
	static const struct {
		const char *what, *yaml, *path, *text;
		const char *found; /* "id@line" in order */
	} cases[] = {
		{ "a rule", "rules: [{id: mine, category: c, title: t, severity: HIGH, regex: 'tok-[0-9]{4}'}]", "a", "x\ntok-1234\n", "mine@2" },
		{ "no match", "rules: [{id: mine, regex: 'tok-[0-9]{4}'}]", "a", "tok-123\n", "" },
		{ "keyword there, in other case", "rules: [{id: mine, regex: 'T-[0-9]{4}', keywords: [MyApp]}]", "a", "myapp T-1234\n", "mine@1" },
		{ "keyword missing", "rules: [{id: mine, regex: 'T-[0-9]{4}', keywords: [MyApp]}]", "a", "T-123456789\n", "" },
		{ "path", "rules: [{id: mine, regex: 'T-[0-9]{4}', path: '\\.conf$'}]", "etc/a.conf", "T-123456789\n", "mine@1" },
		{ "path with a slash before", "rules: [{id: mine, regex: 'T-[0-9]{4}', path: '^/etc/'}]", "etc/a.conf", "T-123456789\n", "mine@1" },
		{ "another path", "rules: [{id: mine, regex: 'T-[0-9]{4}', path: '\\.conf$'}]", "etc/a.ini", "T-123456789\n", "" },
		{ "allow rule of the rule", "rules: [{id: mine, regex: 'T-[0-9]{4}', allow-rules: [{id: a, regex: T-1111}]}]", "a", "T-1111 T-2222\n", "mine@1" },
		{ "allow path of the rule", "rules: [{id: mine, regex: 'T-[0-9]{4}', allow-rules: [{path: ^docs/}]}]", "docs/a", "T-123456789\n", "" },
		{ "allow rule for all", "allow-rules: [{id: a, regex: T-}]\nrules: [{id: mine, regex: 'T-[0-9]{4}'}]", "a", "T-123456789\n", "" },
		{ "that is disabled", "disable-allow-rules: [a]\nallow-rules: [{id: a, regex: T-}]\nrules: [{id: mine, regex: 'T-[0-9]{4}'}]", "a", "T-123456789\n", "mine@1" },
		{ "disabled", "disable-rules: [mine]\nrules: [{id: mine, regex: 'T-[0-9]{4}'}]", "a", "T-123456789\n", "" },
		{ "exclude block", "rules: [{id: mine, regex: 'T-[0-9]{4}', exclude-block: {regexes: ['(?s)--begin.*?--end']}}]", "a", "T-1111\n--begin T-2222 --end\nT-3333\n", "mine@1 mine@3" },
		{ "exclude block for all", "exclude-block: {regexes: ['(?s)--begin.*?--end']}\nrules: [{id: mine, regex: 'T-[0-9]{4}'}]", "a", "--begin\nT-2222 --end\nT-3333\n", "mine@3" },
		{ "group", "rules: [{id: mine, regex: 'key=(?P<secret>[0-9]{4})', secret-group-name: secret}]", "a", "\nkey=1234\n\n\n\n\n", "mine@2" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct secret_ruleset *set = open_rules(cases[i].yaml);
		struct secret_scanner *s = secret_scanner_new(set);
		struct observation_vec found = scan(s, str_c(cases[i].path), str_c(cases[i].text));
		struct str text = STR("");
		for (size_t k = 0; k < found.n; k++)
			text = arena_printf(&arena, "%.*s%s%.*s@%u", STR_FMT(text), k ? " " : "", STR_FMT(found.v[k].id), found.v[k].line);
		if (!str_eq_c(text, cases[i].found))
			fail_msg("%s: \"%.*s\" instead of \"%s\"", cases[i].what, STR_FMT(text), cases[i].found);
		secret_scanner_free(s);
		secret_ruleset_close(set);
	}
	/* the secret is the group, the rest of the match is shown */
	struct secret_ruleset *set = open_rules(cases[ARRAY_LEN(cases) - 1].yaml);
	struct secret_scanner *s = secret_scanner_new(set);
	struct observation_vec found = scan(s, STR("a"), str_c(cases[ARRAY_LEN(cases) - 1].text));
	assert_str(found.v[0].match, "key=********");
	assert_str(found.v[0].title, "mine");
	secret_scanner_free(s);
	secret_ruleset_close(set);
}

static void test_builtin_choice(void **state)
{
	struct str text = arena_printf(&arena, "%.*s\n", STR_FMT(token(3)));
	static const struct {
		const char *yaml;
		size_t found;
	} cases[] = { { "rules: []", 1 }, { "disable-rules: [github-pat]", 0 }, { "enable-builtin-rules: [github-pat]", 1 }, { "enable-builtin-rules: [aws-access-key-id]", 0 } };
	uint64_t prints[ARRAY_LEN(cases)];
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct secret_ruleset *set = open_rules(cases[i].yaml);
		struct secret_scanner *s = secret_scanner_new(set);
		if (scan(s, STR("a"), text).n != cases[i].found)
			fail_msg("%s", cases[i].yaml);
		prints[i] = secret_ruleset_fingerprint(set);
		for (size_t k = 0; k < i; k++)
			assert_true(prints[i] != prints[k]);
		secret_scanner_free(s);
		secret_ruleset_close(set);
	}
}

static void test_bad_config(void **state)
{
	static const struct {
		const char *yaml, *why;
	} cases[] = {
		{ "[a]", "is a mapping" }, { "rules: x", "list of rules" }, { "rules: [x]", "rules.yaml:1: a rule is a mapping" }, { "rules: [{id: a}]", "needs id and regex" },
		{ "rules: [{regex: a}]", "needs id and regex" }, { "rules:\n- id: a\n  regexp: a", "rules.yaml:3: unknown key \"regexp\"" }, { "rule: []", "unknown key \"rule\"" },
		{ "rules: [{id: a, regex: '('}]", "rule a: missing )" }, { "rules: [{id: a, regex: a, severity: BAD}]", "severity \"BAD\"" },
		{ "rules: [{id: a, regex: a, secret-group-name: b}]", "has no group \"b\"" }, { "allow-rules: [{id: a}]", "needs regex or path" }, { "disable-rules: [nothing-of-the-kind]", "there is no rule" },
		{ "enable-builtin-rules: [mine]\nrules: [{id: mine, regex: a}]", "there is no built-in rule" }, { "rules: [{id: a, regex: '(?=a)'}]", "rule a: invalid perl operator" },
		{ "exclude-block: [a]", "mapping with regexes" }, { "rules: [{id: [a], regex: a}]", "must be a string" }, { "disable-rules: a", "list of strings" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct error err = { 0 };
		struct document doc;
		struct yaml_options opt = { .name = STR("rules.yaml") };
		struct secretfile file;
		struct secret_ruleset *set = NULL;
		int r = yaml_parse(&arena, str_c(cases[i].yaml), &opt, &doc, NULL, &err);
		if (r == 0)
			r = secretfile_from_document(&arena, &doc, &file, &err);
		if (r == 0)
			r = secret_ruleset_open(&arena, patterns, &file, &set, &err);
		if (r != ERR_FORMAT || !strstr(err.text, cases[i].why))
			fail_msg("%s: %d %s", cases[i].yaml, r, err.text);
	}
}

/* ---- which files -------------------------------------------------------------------------------------------------- */

static void test_wants(void **state)
{
	static const struct {
		const char *path;
		bool wanted;
	} cases[] = {
		{ "app/settings.py", true }, { "etc/app.conf", true }, { "root/.ssh/id_rsa", true }, { "home/u/.npmrc", true }, { "app/.env", true }, { "usr/local/bin/start", true }, { "opt/x.json", true },
		{ "usr/share/doc/x/copyright", false }, { "usr/lib/python3/x.py", false }, { "lib/x", false }, { "var/lib/dpkg/status", false }, { "app/node_modules/a/index.js", false },
		{ "app/vendor/a.go", false }, { "app/tests/key.pem", false }, { "app/test_it.py", false }, { "app/it_test.go", false }, { "app/x.PNG", false }, { "app/package-lock.json", false },
		{ "app/contest/x", true }, { "app/test", true }, { "app/vendors/x", true }, { "usr/local/lib/python3.11/os.py", false }, { "app/.git/objects/aa/bb", false }, { "app/.git/config", true },
		{ "app/readme.md", false }, { "app/config.example.yml", false }, { "app/a.tar.gz", false }, { "app/.gz", true }, { "data.pemx", true }, { "app/site-packages/own/config.py", true },
		{ "usr/local/lib/app/secrets.yml", true },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (secret_wants(str_c(cases[i].path), 0644, 100) != cases[i].wanted)
			fail_msg("%s", cases[i].path);
	assert_false(secret_wants(STR("app/x"), 0644, 5));
	assert_true(secret_wants(STR("app/x"), 0644, 0));
	assert_false(secret_sniff((const unsigned char *)"\x7f" "ELF", 4));
	assert_false(secret_sniff((const unsigned char *)"ab\0c", 4));
	assert_true(secret_sniff((const unsigned char *)"a\tb\r\n\xc3\xa4\x1b[0m", 11));
}

/* A file made to hit every rule, again and again, must not take long. */
static void test_hostile(void **state)
{
	struct secret_scanner *s = secret_scanner_new(open_rules(NULL));
	struct buf b;
	buf_init(&b, 64 << 20);
	for (unsigned round = 0; b.n < (1u << 20); round++)
		for (size_t i = 0; i < secret_rule_count; i++) {
			size_t from, to;
			struct arena a;
			arena_init(&a, 0);
			buf_add(&b, regex_sample(&a, secret_rules[i].regex, round * 1000 + i, 2, &from, &to));
			buf_add_char(&b, round % 2 ? '\n' : ' ');
			arena_release(&a);
		}
	clock_t start = clock();
	struct observation_vec found = scan(s, STR("x"), buf_str(&b));
	double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
	assert_int_equal(found.n, SECRETS_PER_FILE);
	if (seconds > 20)
		fail_msg("%.1f s", seconds);
	print_message("hostile megabyte: %.2f s\n", seconds);
	buf_release(&b);
	secret_scanner_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rule_table), cmocka_unit_test(test_first_look), cmocka_unit_test(test_every_rule), cmocka_unit_test(test_redaction), cmocka_unit_test(test_nothing), cmocka_unit_test(test_parts),
		cmocka_unit_test(test_user_rules), cmocka_unit_test(test_builtin_choice), cmocka_unit_test(test_bad_config), cmocka_unit_test(test_wants), cmocka_unit_test(test_hostile),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
