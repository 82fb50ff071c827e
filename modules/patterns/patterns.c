/* The patterns module: vectorscan's runtime with the databases that data/mksecrets.c made, and RE2 through re2_shim.cc. See base/patterns.h. */
#include "modules/patterns/pattern_file.h"

#include <hs/hs_runtime.h>
#include <pthread.h>
#include <stdlib.h>

#include "modules/patterns/re2_shim.h"

extern const struct pattern_file secrets_database;
extern const char secrets_database_end[];

/* The database is made ready once a process: it is read-only then, and forked workers share its pages. */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static hs_database_t *database;
static hs_scratch_t *scratch; /* to be cloned */
static const char *failure;

static void prepare(void)
{
	const struct pattern_file *f = &secrets_database;
	size_t end = (size_t)(secrets_database_end - (const char *)f);
	failure = "the module's database of rules is damaged";
	if (f->magic != PATTERN_FILE_MAGIC)
		return;
	if (hs_valid_platform() != HS_SUCCESS) {
		failure = "this processor is too old (SSE4.2 is needed)";
		return;
	}
	for (size_t i = 0; i < PATTERN_FILE_DATABASES && !database; i++)
		if (f->databases[i].offset < end && f->databases[i].size <= end - f->databases[i].offset &&
		    hs_deserialize_database((const char *)f + f->databases[i].offset, (size_t)f->databases[i].size, &database) != HS_SUCCESS)
			database = NULL;
	if (database && hs_alloc_scratch(database, &scratch) != HS_SUCCESS) {
		failure = "out of memory";
		scratch = NULL;
	}
}

static struct pattern_scan *secrets_begin(uint64_t rules_hash, size_t rule_count, const char **why)
{
	hs_scratch_t *own = NULL;
	pthread_once(&once, prepare);
	*why = failure;
	if (!database || !scratch)
		return NULL;
	if (secrets_database.rules_hash != rules_hash || secrets_database.rule_count != rule_count) {
		*why = "the module was built with other rules than the program";
		return NULL;
	}
	*why = "out of memory";
	return hs_clone_scratch(scratch, &own) == HS_SUCCESS ? (struct pattern_scan *)own : NULL;
}

static void secrets_end(struct pattern_scan *s)
{
	hs_free_scratch((hs_scratch_t *)s);
}

static int on_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *ctx)
{
	uint64_t *hits = ctx;
	hits[id / 64] |= UINT64_C(1) << id % 64;
	return 0;
}

static int secrets_scan(struct pattern_scan *s, const char *text, size_t n, uint64_t *hits)
{
	if (n > UINT32_MAX)
		return -1;
	return hs_scan(database, text, (unsigned)n, 0, (hs_scratch_t *)s, on_match, hits) == HS_SUCCESS ? 0 : -1;
}

extern const struct patterns bulkhead_patterns_1;
__attribute__((visibility("default"))) const struct patterns bulkhead_patterns_1 = {
	.version = PATTERNS_VERSION,
	.compile = shim_compile,
	.free = shim_free,
	.find = shim_find,
	.group_count = shim_group_count,
	.group_named = shim_group_named,
	.secrets_begin = secrets_begin,
	.secrets_end = secrets_end,
	.secrets_scan = secrets_scan,
};
