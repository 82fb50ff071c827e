/* rpm's databases: the first byte chooses a whole file (form by content), a single header, a manifest, or a SQLite database with its log. */
#include "format/rpmdb/store.h"

/* The log beside the database. */
static int open_log(void *tree, struct arena *a, struct str path, uint64_t max_bytes, struct str *ret, struct error *err)
{
	*ret = *(const struct str *)tree;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	struct arena a;
	struct diags diags;
	struct package_vec out = { 0 };
	struct package p;
	struct rpm_scratch scratch = { 0 };
	struct str bytes = str_make((const char *)data + 1, size - 1);
	struct input in = input_from_str(STR("var/lib/rpm/Packages"), bytes);
	arena_init(&a, 64 << 20);
	diags_init(&diags, &a);
	struct str wal;
	switch (data[0] % 4) {
	case 3: /* 512-byte pages of the database (their number first), then the log */
		if (bytes.n < 1)
			break;
		size_t n = 1 + (size_t)(unsigned char)bytes.p[0] * 512;
		wal = str_from(bytes, n);
		in = input_from_str(STR("var/lib/rpm/rpmdb.sqlite"), str_sub(bytes, 1, n - 1));
		in.open = open_log;
		in.tree = &wal;
		rpmdb_parse(&a, &in, &out, &diags, NULL);
		break;
	case 0:
		rpmdb_parse(&a, &in, &out, &diags, NULL);
		break;
	case 1:
		rpm_header_read(&a, bytes, &scratch, &p, NULL);
		break;
	default:
		rpmdb_parse_manifest(&a, &in, &out, &diags, NULL);
	}
	arena_release(&a);
	return 0;
}
