/* Build tool: the built-in rules for secrets -> databases of vectorscan, one for each kind of processor, serialized and put into one file, and an
 * assembler file that takes it in: mksecrets OUT.bin OUT.S
 *
 * The file: struct pattern_file, then the databases. Read by modules/patterns/patterns.c. */
#include <hs/hs.h>
#include <stdio.h>

#include "engine/secret/secret_rules.h"
#include "modules/patterns/pattern_file.h"

static int compile(const hs_platform_info_t *platform, char **ret, size_t *ret_n)
{
	const char *expressions[1024];
	unsigned flags[1024], ids[1024], n = 0;
	hs_compile_error_t *why = NULL;
	hs_database_t *db = NULL;
	if (secret_rule_count > ARRAY_LEN(ids))
		return 1;
	/* Rules for certain files only are tried on those, by their path: searching all text for them would cost a third of the speed. */
	for (size_t i = 0; i < secret_rule_count; i++) {
		if (secret_rules[i].path)
			continue;
		expressions[n] = secret_rules[i].first;
		flags[n] = HS_FLAG_SINGLEMATCH;
		ids[n++] = (unsigned)i;
	}
	if (hs_compile_multi(expressions, flags, ids, n, HS_MODE_BLOCK, platform, &db, &why) != HS_SUCCESS) {
		fprintf(stderr, "mksecrets: %s: %s\n", why->expression >= 0 ? secret_rules[ids[why->expression]].id : "all rules", why->message);
		hs_free_compile_error(why);
		return 1;
	}
	int r = hs_serialize_database(db, ret, ret_n) == HS_SUCCESS ? 0 : 1;
	hs_free_database(db);
	return r;
}

int main(int argc, char **argv)
{
	struct pattern_file h = { .magic = PATTERN_FILE_MAGIC, .rules_hash = secret_rules_hash, .rule_count = secret_rule_count };
	/* The best first: whoever loads takes the first that its processor can run. */
	const hs_platform_info_t platforms[PATTERN_FILE_DATABASES] = {
#ifdef __x86_64__
		{ .tune = HS_TUNE_FAMILY_GENERIC, .cpu_features = HS_CPU_FEATURES_AVX2 },
#endif
		{ .tune = HS_TUNE_FAMILY_GENERIC },
	};
	char *bytes[PATTERN_FILE_DATABASES] = { 0 };
	uint64_t at = sizeof(h);
	for (size_t i = 0; i < PATTERN_FILE_DATABASES; i++) {
		size_t n;
		if (compile(&platforms[i], &bytes[i], &n))
			return 1;
		h.databases[i].offset = at;
		h.databases[i].size = n;
		at += (n + 63) / 64 * 64;
	}
	FILE *f = argc == 3 ? fopen(argv[1], "wb") : NULL;
	if (!f || fwrite(&h, sizeof(h), 1, f) != 1)
		return 1;
	for (size_t i = 0; i < PATTERN_FILE_DATABASES; i++) {
		static const char zeros[64];
		size_t n = (size_t)h.databases[i].size;
		if (fwrite(bytes[i], n, 1, f) != 1 || fwrite(zeros, 1, (64 - n % 64) % 64, f) != (64 - n % 64) % 64)
			return 1;
	}
	if (fclose(f))
		return 1;
	f = fopen(argv[2], "w");
	if (!f)
		return 1;
	fprintf(f,
		"\t.section .rodata\n\t.balign 64\n\t.globl secrets_database\n\t.hidden secrets_database\n\t.type secrets_database, %%object\n"
		"secrets_database:\n\t.incbin \"%s\"\n\t.globl secrets_database_end\n\t.hidden secrets_database_end\nsecrets_database_end:\n"
		"\t.section .note.GNU-stack,\"\",%%progbits\n",
		argv[1]);
	return fclose(f) ? 1 : 0;
}
