/* Report templates: whatever is read must be a well-formed tree, and rendering a report by it must end, be UTF-8 in its values and keep foreign text from acting. */
#include "front/report/formats.h"
#include "front/report/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_tree(const struct template *t)
{
	for (size_t i = 0; i < t->nodes.n; i++) {
		const struct template_node *n = &t->nodes.v[i];
		bool block = n->kind == TEMPLATE_EACH || n->kind == TEMPLATE_IF;
		if (block && (n->other <= i || n->next < n->other || n->next > t->nodes.n))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a;
	struct template t;
	struct error err = { 0 };
	struct package p = { .kind = PKG_NPM_LOCK, .name = STR("<script>\001"), .version = STR("1.0"), .path = STR("a\"b") };
	struct str fixed = STR("=2.0");
	struct finding findings[2] = { { .id = STR("CVE-1"), .title = STR("</script>\n"), .subject = { .kind = SUBJECT_PACKAGE, .package = &p }, .fixed = { &fixed, 1, 1 } } };
	findings[1] = findings[0];
	findings[1].suppressed.active = true;
	struct report r = { .image.artifact_name = STR("x\033[0m"), .facts.packages = { &p, 1, 1 }, .findings = { findings, 2, 2 }, .db_age_days = -1 };
	arena_init(&a, 64u << 20);
	if (template_parse(&a, STR("t"), (struct str){ (const char *)data, size }, &t, &err) == 0) {
		check_tree(&t);
		if (report_template_check(&t, &err) == 0) {
			struct report_options opt = { .template = &t };
			struct buf out;
			buf_init(&out, 4u << 20);
			int e = report_template(&r, &opt, &out, &err);
			if (e != 0 && e != ERR_LIMIT)
				abort();
			/* Control bytes only where the template has them. */
			if (e == 0 && !memchr(data, 033, size) && out.n && memchr(out.p, 033, out.n))
				abort();
			buf_release(&out);
		}
	}
	arena_release(&a);
	return 0;
}
