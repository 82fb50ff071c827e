#include "format/rpmdb/rpmdb.h"

#include "base/path.h"
#include "format/rpmdb/store.h"

bool rpmdb_wants(struct str path, uint32_t mode, uint64_t size)
{
	static const struct str folders[] = { STR_INIT("var/lib/rpm"), STR_INIT("usr/lib/sysimage/rpm"), STR_INIT("usr/share/rpm") };
	static const struct str names[] = { STR_INIT("Packages"), STR_INIT("Packages.db"), STR_INIT("rpmdb.sqlite") };
	struct str folder = path_dir(path), name = path_base(path);
	for (size_t i = 0; i < ARRAY_LEN(folders); i++)
		for (size_t j = 0; j < ARRAY_LEN(names); j++)
			if (str_eq(name, names[j]) && str_eq(folder, folders[i]))
				return true;
	return false;
}

bool rpmdb_wants_wal(struct str path, uint32_t mode, uint64_t size)
{
	return str_strip_suffix(&path, STR("-wal")) && rpmdb_wants(path, mode, size);
}

bool rpmdb_wants_manifest(struct str path, uint32_t mode, uint64_t size)
{
	return str_eq(path, STR("var/lib/rpmmanifest/container-manifest-2"));
}

void rpm_sink_problem(struct rpm_sink *s, const char *fmt, ...)
{
	struct error text = { 0 };
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text.text, sizeof(text.text), fmt, ap);
	va_end(ap);
	diag_add(s->diags, DIAG_UNREADABLE, s->in->name, 0, 0, "%s", text.text);
}

/* Counts a record of n bytes against what the file can hold; false: refused, and told. */
static bool account(struct rpm_sink *s, uint64_t n, uint32_t number)
{
	if (n > RPMDB_HEADER_MAX) {
		rpm_sink_problem(s, "record %u: %llu bytes, more than the limit of %u", number, (unsigned long long)n, RPMDB_HEADER_MAX);
		return false;
	}
	if (n > s->bytes_left) {
		rpm_sink_problem(s, "record %u: the records hold more bytes than the file", number);
		return false;
	}
	s->bytes_left -= n;
	return true;
}

char *rpm_sink_room(struct rpm_sink *s, uint64_t n, uint32_t number, int *ret)
{
	*ret = 0;
	if (!account(s, n, number))
		return NULL;
	if (n > s->record_cap) {
		free(s->record);
		s->record_cap = MAX_OF((size_t)n, s->record_cap * 2);
		s->record = malloc(s->record_cap);
		if (!s->record) {
			s->record_cap = 0;
			*ret = ERR_NOMEM;
		}
	}
	return s->record;
}

int rpm_sink_take(struct rpm_sink *s, struct str record, uint32_t number, struct error *err)
{
	struct package p;
	/* Records that the reader gathered in the sink's room are counted already. */
	if (record.p != s->record && !account(s, record.n, number))
		return 0;
	int r = rpm_header_read(s->arena, record, &s->scratch, &p, &s->why);
	if (r == ERR_NOMEM || (r == 0 && !vec_push(s->arena, s->out, p)))
		return error_nomem(err);
	if (r < 0)
		rpm_sink_problem(s, "record %u: %s", number, s->why.text);
	return 0;
}

int rpmdb_parse(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err)
{
	struct rpm_sink s = { .arena = a, .in = in, .out = out, .diags = diags, .bytes_left = in->size };
	unsigned char head[16] = { 0 };
	int r = input_read(in, head, sizeof(head), 0, err);
	if (r < 0)
		return r;
	if (memcmp(head, "SQLite format 3", 16) == 0)
		r = rpm_read_sqlite(&s, err);
	else if (memcmp(head, "RpmP", 4) == 0)
		r = rpm_read_ndb(&s, err);
	else
		r = rpm_read_bdb(&s, err);
	free(s.record);
	return r;
}

int rpmdb_parse_wal(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err)
{
	if (in->open) /* the database's own reader takes it from there */
		return 0;
	enum { WAL_HEADER = 32 }; /* then frames of a page each (sqlite.org/fileformat2.html, section 4.1) */
	unsigned char magic[4];
	if (in->size <= WAL_HEADER || input_read(in, magic, sizeof(magic), 0, NULL) < 0)
		return 0;
	if ((rpm_be32(magic) & ~1u) == 0x377f0682)
		diag_add(diags, DIAG_UNREADABLE, in->name, 0, 0, "%llu bytes of changes were not merged into the rpm database: packages installed last may be missing",
			 (unsigned long long)in->size);
	return 0;
}

bool rpm_split_source(struct str file, struct str *ret_name, struct str *ret_version)
{
	str_strip_suffix(&file, STR(".rpm"));
	size_t arch = str_rfind_char(file, '.');
	if (arch == STR_NOT_FOUND)
		return false;
	file = str_sub(file, 0, arch);
	size_t release = str_rfind_char(file, '-');
	if (release == STR_NOT_FOUND)
		return false;
	size_t version = str_rfind_char(str_sub(file, 0, release), '-');
	if (version == STR_NOT_FOUND || version == 0)
		return false;
	*ret_name = str_sub(file, 0, version);
	*ret_version = str_from(file, version + 1);
	return true;
}

struct str rpm_full_version(struct arena *a, uint64_t epoch, struct str version)
{
	return epoch ? arena_printf(a, "%llu:%.*s", (unsigned long long)epoch, STR_FMT(version)) : arena_str(a, version);
}

int rpm_set_source(struct arena *a, struct package *p, uint64_t epoch, struct str file)
{
	struct str name, version;
	if (!file.n || str_eq(file, STR("(none)")) || !rpm_split_source(file, &name, &version))
		return 0;
	p->src_name = arena_str(a, name);
	p->src_version = rpm_full_version(a, epoch, version);
	return p->src_name.p && p->src_version.p ? 0 : ERR_NOMEM;
}
