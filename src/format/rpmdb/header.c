#include "format/rpmdb/store.h"

#include "base/path.h"

/* On disk, big-endian (rpm lib/header.c; "RPM V4 Package header format"):
 *
 *   u32 entry_count, u32 data_bytes, entry[entry_count] { u32 tag, type, offset, count }, data[data_bytes]
 *
 * The entry of a region (tags 61 to 63) only says where a signed part ends and is of no use here. Entries after the region ("dribbles", added by
 * rpm at installation) replace entries of the same tag inside it: so the last entry of a tag counts. */
#define ENTRY_BYTES 16
#define NAMES_MAX 200000 /* provides or requires of one package; a kernel has about 20000 */

enum {
	TYPE_INT32 = 4,
	TYPE_STRING = 6,
	TYPE_BIN = 7,
	TYPE_STRING_ARRAY = 8,
	TYPE_I18N = 9
};

/* The tags that are read (rpm lib/rpmtag.h). */
enum tag {
	SIGMD5,
	NAME,
	VERSION,
	RELEASE,
	EPOCH,
	VENDOR,
	LICENSE,
	ARCH,
	OLDFILENAMES,
	SOURCERPM,
	PROVIDENAME,
	REQUIRENAME,
	DIRINDEXES,
	BASENAMES,
	DIRNAMES,
	MODULARITYLABEL,
	TAG_COUNT
};
static const uint32_t tag_numbers[TAG_COUNT] = {
	[SIGMD5] = 261,	     [NAME] = 1000,	    [VERSION] = 1001,	   [RELEASE] = 1002,	 [EPOCH] = 1003,   [VENDOR] = 1011,
	[LICENSE] = 1014,    [ARCH] = 1022,	    [OLDFILENAMES] = 1027, [SOURCERPM] = 1044,	 [PROVIDENAME] = 1047,
	[REQUIRENAME] = 1049, [DIRINDEXES] = 1116, [BASENAMES] = 1117,	   [DIRNAMES] = 1118,	 [MODULARITYLABEL] = 5096,
};

struct value {
	uint32_t type, count; /* type 0: absent */
	struct str data;      /* from its offset to the end of the header's data */
};
struct header {
	struct value v[TAG_COUNT];
	size_t bytes;
};

static int index_header(struct str blob, struct header *h, struct error *err)
{
	if (blob.n < 8)
		return error_set(err, ERR_FORMAT, "header of %zu bytes", blob.n);
	uint64_t count = rpm_be32(blob.p), data_bytes = rpm_be32(blob.p + 4), start = 8 + count * ENTRY_BYTES;
	if (!count || start + data_bytes > blob.n)
		return error_set(err, ERR_FORMAT, "header says %llu bytes, record has %zu", (unsigned long long)(start + data_bytes), blob.n);
	struct str data = str_sub(blob, start, data_bytes);
	h->bytes = blob.n;
	for (uint64_t i = 0; i < count; i++) {
		const char *e = blob.p + 8 + i * ENTRY_BYTES;
		uint32_t number = rpm_be32(e), offset = rpm_be32(e + 8);
		/* The numbers are sorted and apart: most entries are passed over after a few comparisons. */
		size_t t = 0;
		while (t < TAG_COUNT && tag_numbers[t] < number)
			t++;
		if (t == TAG_COUNT || tag_numbers[t] != number)
			continue;
		if (offset > data.n)
			return error_set(err, ERR_FORMAT, "tag %u lies at %u of %zu bytes", number, offset, data.n);
		h->v[t] = (struct value){ .type = rpm_be32(e + 4), .count = rpm_be32(e + 12), .data = str_from(data, offset) };
	}
	return 0;
}

/* The string that data begins with; ERR_FORMAT when it has no end. */
static int take_string(struct str *data, struct str *ret)
{
	size_t n = str_find_char(*data, 0);
	if (n == STR_NOT_FOUND)
		return ERR_FORMAT;
	*ret = str_sub(*data, 0, n);
	*data = str_from(*data, n + 1);
	return 0;
}

/* A string tag; empty when absent. An array gives its first (License is translatable in some). */
static int get_string(const struct header *h, enum tag t, struct str *ret, struct error *err)
{
	struct str data = h->v[t].data;
	*ret = STR_NONE;
	if (!h->v[t].type)
		return 0;
	if ((h->v[t].type != TYPE_STRING && h->v[t].type != TYPE_STRING_ARRAY && h->v[t].type != TYPE_I18N) || !h->v[t].count || take_string(&data, ret) < 0)
		return error_set(err, ERR_FORMAT, "tag %u is no string", tag_numbers[t]);
	return 0;
}

static int copy_string(struct arena *a, const struct header *h, enum tag t, struct str *ret, struct error *err)
{
	struct str s;
	int r = get_string(h, t, &s, err);
	if (r < 0 || !s.n)
		return r;
	*ret = arena_str(a, s);
	return ret->p ? 0 : ERR_NOMEM;
}

static int get_u32(const struct header *h, enum tag t, uint32_t *ret, struct error *err)
{
	*ret = 0;
	if (!h->v[t].type)
		return 0;
	if (h->v[t].type != TYPE_INT32 || !h->v[t].count || h->v[t].data.n < 4)
		return error_set(err, ERR_FORMAT, "tag %u is no number", tag_numbers[t]);
	*ret = rpm_be32(h->v[t].data.p);
	return 0;
}

/* Whether a requirement names something that a package could provide: not rpm's own features, not "(a if b)". */
static bool is_capability(struct str name)
{
	return name.n && name.p[0] != '(' && !str_has_prefix(name, STR("rpmlib("));
}

/* A list of capabilities. rpm keeps them sorted, so repetitions (one name under several conditions) stand together. */
static int copy_names(struct arena *a, const struct header *h, enum tag t, struct str_vec *ret, struct error *err)
{
	const struct value *v = &h->v[t];
	struct str data = v->data, name, last = STR_NONE;
	if (!v->type)
		return 0;
	if (v->type != TYPE_STRING_ARRAY && v->type != TYPE_STRING)
		return error_set(err, ERR_FORMAT, "tag %u is no list", tag_numbers[t]);
	if (v->count > NAMES_MAX)
		return error_set(err, ERR_LIMIT, "tag %u has %u entries", tag_numbers[t], v->count);
	for (uint32_t i = 0; i < v->count; i++, last = name) {
		if (take_string(&data, &name) < 0)
			return error_set(err, ERR_FORMAT, "tag %u ends early", tag_numbers[t]);
		if (!is_capability(name) || str_eq(name, last))
			continue;
		struct str copy = arena_str(a, name);
		if (!copy.p || !vec_push(a, ret, copy))
			return ERR_NOMEM;
	}
	return 0;
}

/* Hashes paths of folder + name. `budget` bounds the bytes hashed: many names in one long folder could make them many times the header. */
static int add_path(struct arena *a, struct package *p, struct str folder, struct str name, struct rpm_scratch *scratch, uint64_t *budget, struct error *err)
{
	size_t n = folder.n + name.n;
	if (n > sizeof(scratch->path) || n > *budget)
		return error_set(err, ERR_FORMAT, "file names longer than a path can be");
	*budget -= n;
	if (folder.n)
		memcpy(scratch->path, folder.p, folder.n);
	if (name.n)
		memcpy(scratch->path + folder.n, name.p, name.n);
	return vec_push(a, &p->owned, path_hash(str_make(scratch->path, n))) ? 0 : ERR_NOMEM;
}

static int read_folders(struct arena *a, const struct header *h, struct rpm_scratch *scratch, struct error *err)
{
	struct str data = h->v[DIRNAMES].data, name;
	scratch->names.n = 0;
	for (uint32_t i = 0; i < h->v[DIRNAMES].count; i++) {
		if (take_string(&data, &name) < 0)
			return error_set(err, ERR_FORMAT, "list of folders ends early");
		if (!vec_push(a, &scratch->names, name))
			return ERR_NOMEM;
	}
	return 0;
}

static int read_files(struct arena *a, const struct header *h, struct rpm_scratch *scratch, struct package *p, struct error *err)
{
	const struct value *names = &h->v[BASENAMES], *folders = &h->v[DIRNAMES], *indexes = &h->v[DIRINDEXES];
	const struct value *whole = &h->v[OLDFILENAMES]; /* full paths: rpm before 4 */
	uint64_t budget = 65536 + (uint64_t)h->bytes * 8;
	int r = 0;
	if (names->type) {
		if (names->type != TYPE_STRING_ARRAY || folders->type != TYPE_STRING_ARRAY || indexes->type != TYPE_INT32 || indexes->count != names->count ||
		    indexes->data.n / 4 < indexes->count)
			return error_set(err, ERR_FORMAT, "file names without folders");
		r = read_folders(a, h, scratch, err);
	} else {
		names = whole;
		if (names->type && names->type != TYPE_STRING_ARRAY)
			return error_set(err, ERR_FORMAT, "tag %u is no list", tag_numbers[OLDFILENAMES]);
	}
	struct str data = names->data, name;
	/* Every name takes a byte at least, so a count beyond the data is a lie that must not reserve memory. */
	if (r == 0 && names->count > data.n)
		return error_set(err, ERR_FORMAT, "%u file names in %zu bytes", names->count, data.n);
	if (r == 0 && names->count && vec_reserve(a, &p->owned, names->count) < 0)
		return ERR_NOMEM;
	for (uint32_t i = 0; r == 0 && i < names->count; i++) {
		struct str folder = STR_NONE;
		if (take_string(&data, &name) < 0)
			return error_set(err, ERR_FORMAT, "list of files ends early");
		if (names != whole) {
			uint32_t at = rpm_be32(indexes->data.p + (size_t)i * 4);
			if (at >= scratch->names.n)
				return error_set(err, ERR_FORMAT, "file in folder %u of %zu", at, scratch->names.n);
			folder = scratch->names.v[at];
		}
		r = add_path(a, p, folder, name, scratch, &budget, err);
	}
	return r;
}

static int read_digest(struct arena *a, const struct header *h, struct package *p)
{
	static const char hex[] = "0123456789abcdef";
	const struct value *v = &h->v[SIGMD5];
	char text[32];
	if (v->type != TYPE_BIN || v->count != 16 || v->data.n < 16)
		return 0;
	for (size_t i = 0; i < 16; i++) {
		text[i * 2] = hex[(unsigned char)v->data.p[i] >> 4];
		text[i * 2 + 1] = hex[(unsigned char)v->data.p[i] & 15];
	}
	p->digest = arena_concat(a, STR("md5:"), str_make(text, sizeof(text)));
	return p->digest.p ? 0 : ERR_NOMEM;
}

static int read_version(struct arena *a, const struct header *h, struct package *p, uint32_t *ret_epoch, struct error *err)
{
	struct str version, release, both;
	int r = get_string(h, VERSION, &version, err);
	if (r == 0)
		r = get_string(h, RELEASE, &release, err);
	if (r == 0)
		r = get_u32(h, EPOCH, ret_epoch, err);
	if (r < 0)
		return r;
	if (!version.n)
		return error_set(err, ERR_FORMAT, "package %.*s without version", STR_FMT(p->name));
	both = release.n ? arena_printf(a, "%.*s-%.*s", STR_FMT(version), STR_FMT(release)) : version;
	p->version = rpm_full_version(a, *ret_epoch, both);
	return both.p && p->version.p ? 0 : ERR_NOMEM;
}

int rpm_header_read(struct arena *a, struct str blob, struct rpm_scratch *scratch, struct package *ret, struct error *err)
{
	struct header h = { 0 };
	struct package p = { .kind = PKG_RPM };
	struct str source, license;
	uint32_t epoch = 0;
	int r = index_header(blob, &h, err);
	if (r < 0)
		return r;
	if ((r = copy_string(a, &h, NAME, &p.name, err)) < 0)
		return r;
	if (!p.name.n)
		return error_set(err, ERR_FORMAT, "header without package name");
	if ((r = read_version(a, &h, &p, &epoch, err)) < 0 || (r = copy_string(a, &h, ARCH, &p.arch, err)) < 0 ||
	    (r = copy_string(a, &h, VENDOR, &p.vendor, err)) < 0 || (r = copy_string(a, &h, MODULARITYLABEL, &p.modularity, err)) < 0 ||
	    (r = get_string(&h, LICENSE, &license, err)) < 0 || (r = get_string(&h, SOURCERPM, &source, err)) < 0 ||
	    (r = rpm_set_source(a, &p, epoch, source)) < 0 || (r = read_digest(a, &h, &p)) < 0 ||
	    (r = copy_names(a, &h, PROVIDENAME, &p.provides, err)) < 0 || (r = copy_names(a, &h, REQUIRENAME, &p.depends, err)) < 0 ||
	    (r = read_files(a, &h, scratch, &p, err)) < 0)
		return r;
	if (license.n) {
		struct str copy = arena_str(a, license);
		if (!copy.p || !vec_push(a, &p.licenses, copy))
			return ERR_NOMEM;
	}
	*ret = p;
	return 0;
}
