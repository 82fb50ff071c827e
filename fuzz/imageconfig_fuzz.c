/* An image's configuration: every problem has a message. */
#include "engine/imageconfig/image_checks.h"
#include "format/json/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a;
	struct document doc;
	struct image_problem_vec problems = { 0 };
	struct str_vec secrets = { 0 };
	struct str text = { (const char *)data, size }, dir;
	arena_init(&a, 32 << 20);
	if (json_parse(&a, text, NULL, &doc, NULL, NULL) == 0 && image_checks_config(&a, doc.root, &problems, &secrets, NULL) == 0)
		for (size_t i = 0; i < problems.n; i++)
			if (!problems.v[i].message.n || problems.v[i].check >= IMAGE_CHECK_COUNT)
				abort();
	image_cache_of(text, &dir);
	image_checks_is_ordinary_setuid(text);
	image_checks_is_secret(text, text);
	arena_release(&a);
	return 0;
}
