/* Every report writer on foreign text: the input becomes names, versions, titles and paths of a small report; no control byte may come out of a table, and JSON must
 * be read back. */
#include "format/json/json.h"
#include "front/report/formats.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct str take(struct str *rest)
{
	struct str field = STR("");
	if (!str_next(rest, '\0', &field))
		return STR("x");
	return field;
}

static void check_table(const struct report *r, unsigned width)
{
	struct report_options opt = { .style = { .width = width, .unicode = width % 2 }, .show_suppressed = true };
	struct buf out;
	struct error err = { 0 };
	memset(opt.severities, 1, sizeof(opt.severities));
	buf_init(&out, 16 << 20);
	if (report_table(r, &opt, &out, &err) < 0)
		abort();
	for (size_t i = 0; i < out.n; i++)
		if (((unsigned char)out.p[i] < 0x20 && out.p[i] != '\n') || out.p[i] == 0x7f)
			abort();
	if (!str_is_utf8(buf_str(&out)))
		abort();
	buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str rest = { (const char *)data, size };
	struct package packages[3] = { { .kind = PKG_DPKG }, { .kind = PKG_JAR }, { .kind = PKG_GO_BINARY } };
	struct finding findings[4] = { 0 };
	struct str fixed[4], needs[1];
	struct report r = { .db_age_days = -1 };
	unsigned width = size ? data[0] : 80;
	r.image.artifact_name = take(&rest);
	r.facts.distro = (struct distro){ .id = STR("debian"), .version = take(&rest), .known = true };
	for (size_t i = 0; i < 3; i++) {
		packages[i].name = take(&rest);
		packages[i].version = take(&rest);
		packages[i].path = take(&rest);
		packages[i].nested_path = take(&rest);
		packages[i].digest = take(&rest);
		needs[0] = packages[0].name;
		packages[i].depends = (struct str_vec){ needs, 1, 1 };
		packages[i].provides = (struct str_vec){ needs, 1, 1 };
	}
	for (size_t i = 0; i < 4; i++) {
		fixed[i] = take(&rest);
		findings[i] = (struct finding){ .id = take(&rest), .title = take(&rest), .severity = i % SEVERITY_COUNT };
		findings[i].fixed = (struct str_vec){ &fixed[i], i % 2, 1 };
		findings[i].kind = i == 2 ? FINDING_SECRET : FINDING_VULNERABILITY;
		findings[i].subject = i == 2 ? (struct subject){ .kind = SUBJECT_FILE, .path = packages[i].path, .line = (uint32_t)i } : (struct subject){ .kind = SUBJECT_PACKAGE, .package = &packages[i % 3] };
		findings[i].suppressed = (struct suppression){ .active = i == 3, .by = take(&rest), .reason = take(&rest) };
	}
	r.facts.packages = (struct package_vec){ packages, 3, 3 };
	r.findings = (struct finding_vec){ findings, 4, 4 };
	check_table(&r, width);
	check_table(&r, 0);
	for (int i = 0; i < FORMAT_COUNT; i++) {
		if (i == FORMAT_TEMPLATE)
			continue; /* template_fuzz */
		struct report_options opt = { .list_all_pkgs = true, .show_suppressed = true, .order = ORDER_SCORE };
		struct buf out;
		struct arena a;
		struct document doc;
		struct error err = { 0 };
		buf_init(&out, 64 << 20);
		arena_init(&a, 0);
		if (report_formats[i].write(&r, &opt, &out, &err) < 0 || !str_is_utf8(buf_str(&out)))
			abort();
		bool json = out.n && (out.p[0] == '{' || out.p[0] == '[') && i != FORMAT_TABLE;
		if (json && json_parse(&a, buf_str(&out), NULL, &doc, NULL, &err) < 0)
			abort();
		arena_release(&a);
		buf_release(&out);
	}
	return 0;
}
