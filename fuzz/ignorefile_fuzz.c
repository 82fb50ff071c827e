/* Ignore files, both forms: the plain one, and YAML when the first byte is 'y'. Rules that come out are applied to one finding. */
#include "engine/judge/judge.h"
#include "format/yaml/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a;
	struct diags diags;
	struct document doc;
	struct error err = { 0 };
	struct ignore_rule_vec rules = { 0 };
	struct package package = { .kind = PKG_JAR, .name = STR("g:a"), .version = STR("1.0"), .path = STR("app/a.jar"), .nested_path = STR("lib/b.jar") };
	struct finding finding = { .id = STR("CVE-2023-0286"), .subject = { .kind = SUBJECT_PACKAGE, .package = &package } };
	struct finding_vec findings = { .v = &finding, .n = 1, .cap = 1 };
	struct str text = { (const char *)data, size };
	int r;
	arena_init(&a, 64 << 20);
	diags_init(&diags, &a);
	if (str_strip_prefix(&text, STR("y"))) {
		struct yaml_options opt = { .name = STR("f"), .max_nodes = 10000 };
		r = yaml_parse(&a, text, &opt, &doc, &diags, &err);
		if (r == 0)
			r = ignorefile_from_document(&a, &doc, &rules, &diags, &err);
	} else {
		r = ignorefile_parse(&a, STR("f"), text, &rules, &diags, &err);
	}
	if (r == 0)
		(void)judge_ignore(&a, &findings, NULL, &rules, 20000, &err);
	arena_release(&a);
	return 0;
}
