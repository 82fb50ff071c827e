#include "format/dpkg/dpkg.h"

#include "base/path.h"

#define STATUS_MAX (512u << 20) /* bytes; what the caller's analyzer table allows is smaller */
#define LIST_MAX (64u << 20)
#define DEDUP_WINDOW 64 /* names a dependency list is searched back for repetitions: bounds the work on hostile lists */

enum field {
	FIELD_PACKAGE,
	FIELD_STATUS,
	FIELD_VERSION,
	FIELD_ARCHITECTURE,
	FIELD_SOURCE,
	FIELD_MAINTAINER,
	FIELD_DEPENDS,
	FIELD_PRE_DEPENDS,
	FIELD_PROVIDES,
	FIELD_COUNT,
	FIELD_OTHER = FIELD_COUNT
};
static const struct str field_names[FIELD_COUNT] = {
	[FIELD_PACKAGE] = STR_INIT("Package"),	       [FIELD_STATUS] = STR_INIT("Status"),
	[FIELD_VERSION] = STR_INIT("Version"),	       [FIELD_ARCHITECTURE] = STR_INIT("Architecture"),
	[FIELD_SOURCE] = STR_INIT("Source"),	       [FIELD_MAINTAINER] = STR_INIT("Maintainer"),
	[FIELD_DEPENDS] = STR_INIT("Depends"),	       [FIELD_PRE_DEPENDS] = STR_INIT("Pre-Depends"),
	[FIELD_PROVIDES] = STR_INIT("Provides"),
};

/* One paragraph while it is read. A folded value is the whole stretch of text up to its last continuation line. */
struct paragraph {
	struct str value[FIELD_COUNT]; /* p NULL: absent */
	uint32_t line;                 /* of its first field, 0: nothing read yet */
	enum field last;               /* field that a continuation line continues; FIELD_OTHER also for none */
	bool has_field;
};

struct reader {
	struct arena *arena;
	struct str path;
	struct package_vec *out;
	struct diags *diags;
};

static bool status_file_is_package(struct str name)
{
	/* What dpkg keeps beside a package's paragraph in status.d, as in info/. */
	static const struct str other[] = {
		STR_INIT(".md5sums"), STR_INIT(".list"),      STR_INIT(".conffiles"), STR_INIT(".preinst"),   STR_INIT(".postinst"), STR_INIT(".prerm"),
		STR_INIT(".postrm"),  STR_INIT(".triggers"),  STR_INIT(".shlibs"),    STR_INIT(".symbols"),   STR_INIT(".templates"), STR_INIT(".config"),
		STR_INIT(".copyright"),
	};
	for (size_t i = 0; i < ARRAY_LEN(other); i++)
		if (str_has_suffix(name, other[i]))
			return false;
	return name.n > 0 && !str_contains(name, STR("/"));
}

bool dpkg_wants_status(struct str path, uint32_t mode, uint64_t size)
{
	if (str_strip_prefix(&path, STR("var/lib/dpkg/")))
		return str_eq(path, STR("status")) || (str_strip_prefix(&path, STR("status.d/")) && status_file_is_package(path));
	return str_eq(path, STR("usr/lib/opkg/status")) || str_eq(path, STR("var/lib/opkg/status"));
}

bool dpkg_wants_list(struct str path, uint32_t mode, uint64_t size)
{
	if (!str_strip_prefix(&path, STR("var/lib/dpkg/")))
		return false;
	if (str_strip_prefix(&path, STR("info/")))
		return str_has_suffix(path, STR(".list")) && !str_contains(path, STR("/"));
	return str_strip_prefix(&path, STR("status.d/")) && str_has_suffix(path, STR(".md5sums")) && !str_contains(path, STR("/"));
}

static enum field field_by_name(struct str name)
{
	for (size_t i = 0; i < FIELD_COUNT; i++)
		if (name.n == field_names[i].n && str_eq_nocase(name, field_names[i]))
			return (enum field)i;
	return FIELD_OTHER;
}

/* Whether the files of a paragraph with this Status are on the disk. */
static bool is_installed(struct str status, bool *ret_malformed)
{
	struct str want, flag, state;
	*ret_malformed = false;
	if (!status.p)
		return true;
	if (!str_next_word(&status, &want) || !str_next_word(&status, &flag) || !str_next_word(&status, &state)) {
		*ret_malformed = true;
		return true;
	}
	return !str_eq(state, STR("not-installed")) && !str_eq(state, STR("config-files"));
}

static bool add_name(struct arena *a, struct str_vec *v, struct str name)
{
	for (size_t i = v->n; i > 0 && v->n - i < DEDUP_WINDOW; i--)
		if (str_eq(v->v[i - 1], name))
			return true;
	struct str copy = arena_str(a, name);
	return copy.p && vec_push(a, v, copy);
}

/* Names of a relation field: "libc6 (>= 2.14), perl:any | awk [amd64]" -> libc6, perl, awk. */
static bool add_relations(struct arena *a, struct str_vec *v, struct str list)
{
	struct str group, alternative;
	while (str_next(&list, ',', &group)) {
		while (str_next(&group, '|', &alternative)) {
			size_t n = 0;
			alternative = str_trim(alternative);
			while (n < alternative.n && !char_is_space(alternative.p[n]) && !char_is_one_of(alternative.p[n], "(:[<"))
				n++;
			if (n && !add_name(a, v, str_sub(alternative, 0, n)))
				return false;
		}
	}
	return true;
}

/* "openssl (1.1.1n-0)" -> name and version (empty when it is the binary's). */
static void split_source(struct str source, struct str *ret_name, struct str *ret_version)
{
	struct str rest;
	*ret_version = STR_NONE;
	if (str_cut(source, '(', ret_name, &rest)) {
		str_cut(rest, ')', ret_version, &rest);
		*ret_version = str_trim(*ret_version);
	}
	*ret_name = str_trim(*ret_name);
}

static int emit(struct reader *r, const struct paragraph *g, struct error *err)
{
	struct package p = { .kind = PKG_DPKG };
	struct str field[FIELD_COUNT], src_name, src_version;
	bool malformed;
	for (size_t i = 0; i < FIELD_COUNT; i++)
		field[i] = g->value[i].p ? str_trim(g->value[i]) : STR_NONE;
	if (!g->has_field || !is_installed(field[FIELD_STATUS], &malformed))
		return 0;
	if (malformed)
		diag_add(r->diags, DIAG_WARNING, r->path, g->line, 0, "Status of three words expected: \"%.*s\"", STR_FMT(str_sub(field[FIELD_STATUS], 0, 80)));
	if (!field[FIELD_PACKAGE].n || !field[FIELD_VERSION].n) {
		/* A paragraph with neither is some other deb822 text, not a package that got lost. */
		if (field[FIELD_PACKAGE].n || field[FIELD_VERSION].n)
			diag_add(r->diags, DIAG_UNREADABLE, r->path, g->line, 0, "package %.*s without %s", STR_FMT(str_sub(field[FIELD_PACKAGE], 0, 80)),
				 field[FIELD_PACKAGE].n ? "version" : "name");
		return 0;
	}
	split_source(field[FIELD_SOURCE], &src_name, &src_version);
	struct {
		struct str *to, from;
	} copies[] = {
		{ &p.name, field[FIELD_PACKAGE] }, { &p.version, field[FIELD_VERSION] },   { &p.arch, field[FIELD_ARCHITECTURE] },
		{ &p.src_name, src_name },	   { &p.src_version, src_version },	   { &p.vendor, field[FIELD_MAINTAINER] },
	};
	for (size_t i = 0; i < ARRAY_LEN(copies); i++) {
		if (!copies[i].from.n)
			continue;
		*copies[i].to = arena_str(r->arena, copies[i].from);
		if (!copies[i].to->p)
			return error_nomem(err);
	}
	if (!add_relations(r->arena, &p.depends, field[FIELD_PRE_DEPENDS]) || !add_relations(r->arena, &p.depends, field[FIELD_DEPENDS]) ||
	    !add_relations(r->arena, &p.provides, field[FIELD_PROVIDES]) || !vec_push(r->arena, r->out, p))
		return error_nomem(err);
	return 0;
}

static void read_field(struct reader *r, struct paragraph *g, struct str line, uint32_t number)
{
	struct str name, value;
	g->last = FIELD_OTHER;
	if (!str_cut(line, ':', &name, &value) || !name.n) {
		diag_add(r->diags, DIAG_UNREADABLE, r->path, number, 0, "neither a field nor a continuation");
		return;
	}
	if (!g->has_field) {
		g->has_field = true;
		g->line = number;
	}
	enum field f = field_by_name(str_trim_right(name));
	if (f == FIELD_OTHER)
		return;
	if (g->value[f].p) { /* dpkg refuses such a file; the first value stands */
		diag_add(r->diags, DIAG_WARNING, r->path, number, 0, "field %.*s twice", STR_FMT(field_names[f]));
		return;
	}
	g->value[f] = value;
	g->last = f;
}

int dpkg_parse_status(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err)
{
	struct reader r = { .arena = a, .path = in->name, .out = out, .diags = diags };
	struct paragraph g = { .last = FIELD_OTHER };
	struct str text, line;
	int e = input_all(a, in, STATUS_MAX, &text, err);
	if (e < 0)
		return e;
	for (uint32_t number = 1; str_next_line(&text, &line); number++) {
		bool folded = line.n && (line.p[0] == ' ' || line.p[0] == '\t');
		if (!line.n || (folded && !str_trim(line).n)) {
			e = emit(&r, &g, err);
			if (e < 0)
				return e;
			g = (struct paragraph){ .last = FIELD_OTHER };
		} else if (!folded) {
			read_field(&r, &g, line, number);
		} else if (g.last != FIELD_OTHER) {
			g.value[g.last].n = (size_t)(line.p + line.n - g.value[g.last].p);
		} else if (!g.has_field) {
			diag_add(diags, DIAG_UNREADABLE, in->name, number, 0, "continuation of nothing");
		}
	}
	return emit(&r, &g, err);
}

/* Whether `line` is the directory that `next`, the line after it, lies in: dpkg lists directories before what they hold. */
static bool is_parent_of(struct str line, struct str next)
{
	return next.n > line.n && next.p[line.n] == '/' && str_has_prefix(next, line);
}

int dpkg_parse_list(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err)
{
	struct package p = { .kind = PKG_DPKG };
	struct str text, line, next = STR_NONE, name = path_base(in->name);
	int e = input_all(a, in, LIST_MAX, &text, err);
	if (e < 0)
		return e;
	bool sums = str_strip_suffix(&name, STR(".md5sums"));
	str_strip_suffix(&name, STR(".list"));
	size_t count = 1;
	for (const char *q = text.p, *end = text.p + text.n; q < end && (q = memchr(q, '\n', (size_t)(end - q))); q++)
		count++;
	p.name = arena_str(a, name);
	if (!p.name.p || vec_reserve(a, &p.owned, count) < 0)
		return error_nomem(err);
	for (bool more = str_next_line(&text, &line); more; line = next) {
		more = str_next_line(&text, &next);
		if (sums) {
			size_t gap = str_find(line, STR("  "));
			if (gap == STR_NOT_FOUND) {
				if (line.n)
					diag_add(diags, DIAG_WARNING, in->name, 0, 0, "no checksum line: \"%.*s\"", STR_FMT(str_sub(line, 0, 80)));
				continue;
			}
			line = str_from(line, gap + 2);
		} else if (!line.n || line.p[0] != '/' || str_eq(line, STR("/.")) || (more && is_parent_of(line, next))) {
			continue;
		}
		if (!vec_push(a, &p.owned, path_hash(line)))
			return error_nomem(err);
	}
	return vec_push(a, out, p) ? 0 : error_nomem(err);
}
