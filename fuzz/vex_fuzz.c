/* VEX documents of the three formats: read, applied to a small report, written as OpenVEX; what was written must read back with as many statements. */
#include "engine/judge/judge.h"
#include "format/json/json.h"
#include "format/vex/vex.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a;
	struct diags diags;
	struct document doc, again;
	struct vex_document vex, back;
	struct vex_document_vec docs = { 0 };
	struct buf out;
	size_t hits;
	struct json_options opt = { .name = STR("f"), .max_nodes = 20000 };
	struct package packages[2] = { { .kind = PKG_DPKG, .name = STR("openssl"), .version = STR("1.1.1n-0+deb11u3"), .arch = STR("amd64") },
				       { .kind = PKG_DPKG, .name = STR("app"), .version = STR("1") } };
	struct str need = STR("openssl");
	packages[1].depends = (struct str_vec){ &need, 1, 1 };
	struct finding finding = { .id = STR("CVE-2023-0286"), .kind = FINDING_VULNERABILITY, .subject = { .kind = SUBJECT_PACKAGE, .package = &packages[0] } };
	struct report report = { .image = { .reference = STR("my-app:1.0") }, .facts.distro = { .id = STR("debian"), .version = STR("11"), .known = true },
				 .facts.packages = { packages, 2, 2 }, .findings = { &finding, 1, 1 } };
	arena_init(&a, 64 << 20);
	buf_init(&out, 4 << 20);
	diags_init(&diags, &a);
	if (json_parse(&a, str_make((const char *)data, size), &opt, &doc, NULL, NULL) == 0 && vex_read(&a, &doc, &vex, &diags, NULL) == 0 &&
	    vec_push(&a, &docs, vex)) {
		(void)judge_vex(&a, &report, &docs, &hits, NULL);
		if (vex_write_openvex(&vex, NULL, &out, NULL) == 0) {
			opt.max_nodes = 0;
			int r = json_parse(&a, buf_str(&out), &opt, &again, NULL, NULL);
			if (r == 0)
				r = vex_read(&a, &again, &back, &diags, NULL);
			if (r != ERR_NOMEM && r != ERR_LIMIT && (r < 0 || back.statements.n != vex.statements.n))
				__builtin_trap();
		}
	}
	buf_release(&out);
	arena_release(&a);
	return 0;
}
