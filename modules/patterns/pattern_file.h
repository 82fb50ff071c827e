/* The built-in rules for secrets as vectorscan compiled them (data/mksecrets.c), linked into the patterns module as bytes. */
#ifndef PATTERN_FILE_H
#define PATTERN_FILE_H
#include <stdint.h>

#define PATTERN_FILE_MAGIC UINT64_C(0x31736e7265747461)
#ifdef __x86_64__
#define PATTERN_FILE_DATABASES 2 /* AVX2, any */
#else
#define PATTERN_FILE_DATABASES 1
#endif
struct pattern_file {
	uint64_t magic, rules_hash, rule_count, spare;
	struct {
		uint64_t offset, size;
	} databases[PATTERN_FILE_DATABASES];
};
#endif
