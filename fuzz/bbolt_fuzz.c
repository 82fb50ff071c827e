/* bbolt files: every bucket is walked to a depth, and every key found by walking is found by searching as well. */
#include "format/bbolt/bbolt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t work;

static void walk(const struct bbolt_bucket *b, unsigned depth)
{
	struct bbolt_cursor c;
	struct bbolt_entry e;
	struct error err;
	struct str value;
	if (depth > 4 || bbolt_cursor_init(&c, b, &err) < 0)
		return;
	while (work && bbolt_cursor_next(&c, &e, &err) > 0) {
		work--;
		if (e.is_bucket) {
			walk(&e.bucket, depth + 1);
		} else {
			volatile char sum = 0;
			for (size_t i = 0; i < e.value.n; i += 64)
				sum = (char)(sum + e.value.p[i]);
		}
		(void)bbolt_get(b, e.key, &value, &err);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bbolt db;
	struct error err;
	if (bbolt_open(str_make((const char *)data, size), &db, &err) < 0)
		return 0;
	struct bbolt_bucket root = bbolt_root(&db), found;
	work = 20000;
	walk(&root, 0);
	(void)bbolt_bucket(&root, STR("vulnerability"), &found, &err);
	return 0;
}
