/* The search for secrets in any bytes, in memory and by parts. Both ways find the same. */
#include "engine/secret/secret.h"
#include "sys/module/module.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int read_part(void *ctx, void *dst, size_t n, uint64_t off, struct error *err)
{
	memcpy(dst, (const char *)ctx + off, n);
	return 0;
}

static struct secret_scanner *scanner_once(void)
{
	static struct arena arena;
	static struct secret_scanner *s;
	static bool tried;
	const struct patterns *patterns;
	struct secret_ruleset *set;
	if (!tried && module_patterns(&patterns, NULL) == 0 && secret_ruleset_open(&arena, patterns, NULL, &set, NULL) == 0)
		s = secret_scanner_new(set);
	tried = true;
	return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct secret_scanner *s = scanner_once();
	if (!s || !size)
		return 0;
	/* the first byte chooses the file's name, so that rules for certain files are tried */
	static const struct str names[] = { STR_INIT("app/x"), STR_INIT("a/.npmrc"), STR_INIT("a/.netrc"), STR_INIT(".env"), STR_INIT("etc/shadow"), STR_INIT("a/.docker/config.json"), STR_INIT("settings.xml"), STR_INIT("auth.json") };
	struct str name = names[data[0] % ARRAY_LEN(names)], text = { (const char *)data + 1, size - 1 };
	struct observation_vec found[2] = { 0 };
	struct str_vec secrets = { 0 };
	struct arena a;
	struct diags diags;
	arena_init(&a, 256 << 20);
	diags_init(&diags, &a);
	char *copy = malloc(text.n + 1); /* exactly as long, so that reads behind it show */
	if (copy) {
		memcpy(copy, text.p, text.n);
		text.p = copy;
		struct input in = { .name = name, .size = text.n, .pread = read_part, .ctx = copy }, whole = input_from_str(name, text);
		if (secret_scan(s, &a, &in, &found[0], &diags, NULL) < 0 || secret_scan(s, &a, &whole, &found[1], &diags, NULL) < 0 || found[0].n != found[1].n)
			abort();
		for (size_t i = 0; i < found[0].n; i++)
			if (!str_eq(found[0].v[i].context, found[1].v[i].context) || found[0].v[i].line < 1 || found[0].v[i].match.n > OBSERVATION_TEXT_MAX)
				abort();
		struct observation_vec again = { 0 };
		if (secret_scan_text(s, &a, name, text, &again, &secrets, &diags, NULL) < 0 || (again.n == 0) != (secrets.n == 0))
			abort();
	}
	free(copy);
	arena_release(&a);
	return 0;
}
