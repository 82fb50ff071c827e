#include "format/apk/apk.h"

#include "base/path.h"

#define INSTALLED_MAX (512u << 20) /* bytes; what the caller's analyzer table allows is smaller */
#define PATH_BYTES_MAX 4096

struct reader {
	struct arena *arena;
	struct str path;
	struct package_vec *out;
	struct diags *diags;
	struct package package;
	struct str folder;   /* of the last F: line */
	uint32_t start_line; /* of the block, 0: nothing read yet */
	char file[PATH_BYTES_MAX]; /* here and not in add_file: the build zeroes local buffers */
};

bool apk_wants(struct str path, uint32_t mode, uint64_t size)
{
	return str_eq(path, STR("lib/apk/db/installed")) || str_eq(path, STR("usr/lib/apk/db/installed"));
}

/* Names of "so:libz.so.1=1.2 !other name>=1.0 tagged@edge": without conditions, tags and conflicts. */
static bool add_names(struct arena *a, struct str_vec *v, struct str list)
{
	struct str word;
	while (str_next_word(&list, &word)) {
		size_t n = 0;
		if (word.p[0] == '!')
			continue;
		while (n < word.n && !char_is_one_of(word.p[n], "<>=~@"))
			n++;
		struct str copy = arena_str(a, str_sub(word, 0, n));
		if (!copy.p || (n && !vec_push(a, v, copy)))
			return false;
	}
	return true;
}

static int base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (char_is_digit(c))
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* "Q1" + base64 of a SHA-1, "Q2" + base64 of a SHA-256: as "sha1:…", "sha256:…"; empty for anything else; p NULL: no memory. */
static struct str read_checksum(struct arena *a, struct str text)
{
	static const char hex[] = "0123456789abcdef";
	bool sha256 = str_has_prefix(text, STR("Q2"));
	if (!sha256 && !str_has_prefix(text, STR("Q1")))
		return STR("");
	text = str_from(text, 2);
	while (str_strip_suffix(&text, STR("=")))
		;
	size_t bytes = sha256 ? 32 : 20;
	char out[64];
	size_t n = 0;
	uint32_t bits = 0, held = 0;
	for (size_t i = 0; i < text.n; i++) {
		int value = base64_value(text.p[i]);
		if (value < 0)
			return STR("");
		bits = bits << 6 | (uint32_t)value;
		held += 6;
		if (held < 8)
			continue;
		held -= 8;
		if (n == bytes * 2)
			return STR("");
		out[n++] = hex[bits >> held >> 4 & 15];
		out[n++] = hex[bits >> held & 15];
	}
	if (n != bytes * 2)
		return STR("");
	return arena_printf(a, "%s:%.*s", sha256 ? "sha256" : "sha1", (int)n, out);
}

static bool add_file(struct reader *r, struct str name, uint32_t line)
{
	size_t n = 0;
	if (r->folder.n + name.n + 1 > sizeof(r->file)) {
		diag_add(r->diags, DIAG_WARNING, r->path, line, 0, "path of more than %d bytes", PATH_BYTES_MAX);
		return true;
	}
	if (r->folder.n) {
		memcpy(r->file, r->folder.p, r->folder.n);
		n = r->folder.n;
		r->file[n++] = '/';
	}
	memcpy(r->file + n, name.p, name.n);
	return vec_push(r->arena, &r->package.owned, path_hash(str_make(r->file, n + name.n)));
}

/* One "X:value" line; false: out of memory. */
static bool read_line(struct reader *r, char key, struct str value, uint32_t line)
{
	struct package *p = &r->package;
	struct str copy;
	switch (key) {
	case 'P':
		return (p->name = arena_str(r->arena, value)).p;
	case 'V':
		return (p->version = arena_str(r->arena, value)).p;
	case 'A':
		return (p->arch = arena_str(r->arena, value)).p;
	case 'o':
		return (p->src_name = arena_str(r->arena, value)).p;
	case 'm':
		return (p->vendor = arena_str(r->arena, value)).p;
	case 'C':
		return (p->digest = read_checksum(r->arena, value)).p;
	case 'L':
		copy = arena_str(r->arena, value);
		return copy.p && (!copy.n || vec_push(r->arena, &p->licenses, copy));
	case 'D':
		return add_names(r->arena, &p->depends, value);
	case 'p':
		return add_names(r->arena, &p->provides, value);
	case 'F':
		r->folder = value;
		return true;
	case 'R':
		return add_file(r, value, line);
	default:
		return true; /* sizes, times, descriptions, modes, file checksums */
	}
}

static bool end_block(struct reader *r)
{
	bool ok = true;
	if (r->start_line && (!r->package.name.n || !r->package.version.n))
		diag_add(r->diags, DIAG_UNREADABLE, r->path, r->start_line, 0, "package %.*s without %s", STR_FMT(str_sub(r->package.name, 0, 80)),
			 r->package.name.n ? "version" : "name");
	else if (r->start_line)
		ok = vec_push(r->arena, r->out, r->package);
	r->package = (struct package){ .kind = PKG_APK };
	r->folder = STR_NONE;
	r->start_line = 0;
	return ok;
}

int apk_parse(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err)
{
	struct reader r = { .arena = a, .path = in->name, .out = out, .diags = diags, .package = { .kind = PKG_APK } };
	struct str text, line;
	int e = input_all(a, in, INSTALLED_MAX, &text, err);
	if (e < 0)
		return e;
	for (uint32_t number = 1; str_next_line(&text, &line); number++) {
		if (!line.n) {
			if (!end_block(&r))
				return error_nomem(err);
			continue;
		}
		if (line.n < 2 || line.p[1] != ':') {
			diag_add(diags, DIAG_UNREADABLE, in->name, number, 0, "no \"X:value\" line");
			continue;
		}
		if (!r.start_line)
			r.start_line = number;
		if (!read_line(&r, line.p[0], str_from(line, 2), number))
			return error_nomem(err);
	}
	return end_block(&r) ? 0 : error_nomem(err);
}
