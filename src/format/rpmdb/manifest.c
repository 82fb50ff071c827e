#include "format/rpmdb/store.h"

/* What Azure Linux (CBL-Mariner) leaves in distroless images instead of a database, one package a line (CBL-Mariner toolkit/docs/how_it_works/5_misc.md):
 *   NAME \t VERSION-RELEASE \t INSTALLTIME \t BUILDTIME \t VENDOR \t EPOCH \t SIZE \t ARCH \t EPOCHNUM \t SOURCERPM */
#define MANIFEST_MAX (64u << 20)
enum { FIELD_NAME, FIELD_VERSION, FIELD_VENDOR = 4, FIELD_ARCH = 7, FIELD_EPOCH, FIELD_SOURCE, FIELD_COUNT };

static struct str known(struct str field)
{
	field = str_trim(field);
	return str_eq(field, STR("(none)")) ? STR_NONE : field;
}

static int read_line(struct arena *a, struct str *field, struct package *p)
{
	uint64_t epoch = 0;
	str_to_u64(known(field[FIELD_EPOCH]), &epoch); /* "(none)" and what is no number count as none */
	p->kind = PKG_RPM;
	p->name = arena_str(a, str_trim(field[FIELD_NAME]));
	p->version = rpm_full_version(a, epoch, str_trim(field[FIELD_VERSION]));
	p->vendor = arena_str(a, known(field[FIELD_VENDOR]));
	p->arch = arena_str(a, known(field[FIELD_ARCH]));
	if (!p->name.p || !p->version.p || !p->vendor.p || !p->arch.p)
		return ERR_NOMEM;
	return rpm_set_source(a, p, epoch, str_trim(field[FIELD_SOURCE]));
}

int rpmdb_parse_manifest(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err)
{
	struct str text, line;
	int r = input_all(a, in, MANIFEST_MAX, &text, err);
	if (r < 0)
		return r;
	for (uint32_t number = 1; str_next_line(&text, &line); number++) {
		struct str field[FIELD_COUNT];
		struct package p = { 0 };
		size_t n = 0;
		if (!str_trim(line).n)
			continue;
		while (n < FIELD_COUNT && str_next(&line, '\t', &field[n]))
			n++;
		if (n < FIELD_COUNT || !field[FIELD_NAME].n || !field[FIELD_VERSION].n) {
			diag_add(diags, DIAG_UNREADABLE, in->name, number, 0, "no package: %d fields expected", FIELD_COUNT);
			continue;
		}
		if (read_line(a, field, &p) < 0 || !vec_push(a, out, p))
			return error_nomem(err);
	}
	return 0;
}
