/* A rule file of --secret-config: YAML and what it says.. */
#include "format/secretfile/secretfile.h"
#include "format/yaml/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a;
	struct document doc;
	struct secretfile file;
	struct error err = { 0 };
	struct yaml_options opt = { .name = STR("rules.yaml") };
	arena_init(&a, 64 << 20);
	if (yaml_parse(&a, str_make((const char *)data, size), &opt, &doc, NULL, &err) == 0 && secretfile_from_document(&a, &doc, &file, &err) == 0)
		for (size_t i = 0; i < file.rules.n; i++)
			if (!file.rules.v[i].id.n || !file.rules.v[i].regex.n)
				abort();
	arena_release(&a);
	return 0;
}
