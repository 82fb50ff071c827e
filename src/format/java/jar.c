#include "format/java/jar.h"

#include "base/map.h"
#include "format/java/jar_parts.h"
#include "format/zip/zip.h"

/* Limits of one top-level file. */
#define WORK_MAX         (4ull << 30) /* bytes unpacked */
#define ENTRIES_MAX      20000000u    /* directory entries looked at */
#define ARCHIVES_MAX     20000u       /* archives opened */
#define WANTED_MAX       50000u       /* members read in one archive */
#define PROPERTIES_MAX   (64u << 10)
#define POM_XML_MAX      (1u << 20)
#define MANIFEST_MAX     (8u << 20)
#define SCRATCH_MAX      (64u << 20)
/* Real archives hardly shrink when packed again: past both of these one is a bomb. */
#define BOMB_RATIO       100u
#define BOMB_BYTES       (16u << 20)

enum wanted_kind { WANT_MANIFEST, WANT_POM_PROPERTIES, WANT_POM_XML, WANT_VERSION_PROPERTIES, WANT_ARCHIVE };
struct wanted {
	struct zip_member m; /* name on the archive's scratch arena */
	enum wanted_kind kind;
};
VEC_DECLARE(wanted_vec, struct wanted);
VEC_DECLARE(maven_vec, struct maven_id);

/* The whole walk over one top-level file. */
struct walk {
	struct arena *a;
	struct package_vec *out;
	struct diags *diags;
	struct str path;
	struct zip_inflater inflater;
	uint64_t work, entries;
	unsigned archives;
	struct {
		char *p;
		size_t cap;
	} held[JAR_DEPTH_MAX + 1]; /* inflated archives, by depth; kept for the next one of that depth */
};

/* One archive. */
struct archive {
	struct str nested; /* way inside the top-level file; empty for itself */
	struct str kept;   /* the same on the result's arena once a package needed it */
	unsigned depth;
	struct arena scratch;
	struct zip zip;
	struct wanted_vec wanted;
	struct maven_vec poms;
	struct map seen; /* "group:artifact@version" of packages added */
	size_t added, last; /* how many, and where the last of them is in walk.out */
	struct jar_manifest manifest;
	bool has_manifest;
	struct maven_id pom_xml;
	struct str pom_xml_text;
	unsigned pom_xml_count;
	struct str version_properties;
};

static const struct {
	struct str ending;
	bool surely; /* the ending means a Java archive and nothing else */
} endings[] = {
	{ STR_INIT(".jar"), true }, { STR_INIT(".war"), true }, { STR_INIT(".ear"), true }, { STR_INIT(".par"), false }, { STR_INIT(".sar"), false },
	{ STR_INIT(".nar"), false }, { STR_INIT(".jpi"), true }, { STR_INIT(".hpi"), true }, { STR_INIT(".kar"), false }, { STR_INIT(".far"), false },
	{ STR_INIT(".lpkg"), false }, { STR_INIT(".rar"), false }, { STR_INIT(".zap"), false },
};

static int ending_of(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
		size_t n = endings[i].ending.n;
		if (name.n > n && name.p[name.n - n] == '.' && str_eq_nocase(str_from(name, name.n - n), endings[i].ending))
			return (int)i;
	}
	return -1;
}

bool jar_is_archive_name(struct str name)
{
	return ending_of(name) >= 0;
}

static const char *place(const struct archive *ar, char buf[256])
{
	if (!ar->nested.n)
		return "";
	snprintf(buf, 256, "%.*s: ", (int)MIN_OF(ar->nested.n, (size_t)250), ar->nested.p);
	return buf;
}

static void unreadable(struct walk *w, const struct archive *ar, struct str member, const struct error *e)
{
	char buf[256];
	diag_add(w->diags, DIAG_UNREADABLE, w->path, 0, 0, "%s%.*s%s%s", place(ar, buf), STR_FMT(str_sub(member, 0, 500)), member.n ? ": " : "", e->text);
}

/* Failures that end everything, as against those of one member or archive. */
static bool is_fatal(int r)
{
	return r == ERR_NOMEM || r == ERR_CANCELLED;
}

static int add_package(struct walk *w, struct archive *ar, const struct maven_id *id)
{
	struct str key = arena_printf(&ar->scratch, "%.*s:%.*s@%.*s", STR_FMT(id->group), STR_FMT(id->artifact), STR_FMT(id->version));
	bool is_new;
	if (!key.p || !map_at(&ar->seen, key, &is_new))
		return ERR_NOMEM;
	if (!is_new)
		return 0;
	if (ar->nested.n && !ar->kept.p && !(ar->kept = arena_str(w->a, ar->nested)).p)
		return ERR_NOMEM;
	struct package *p = vec_add(w->a, w->out);
	if (!p)
		return ERR_NOMEM;
	ar->added++;
	ar->last = w->out->n - 1;
	p->kind = PKG_JAR;
	p->nested_path = ar->kept;
	p->name = arena_str(w->a, str_sub(key, 0, id->group.n + 1 + id->artifact.n));
	p->version = arena_str(w->a, id->version);
	return p->name.p && p->version.p ? 0 : ERR_NOMEM;
}

static struct str base_name(struct str path)
{
	size_t cut = str_rfind_char(path, '/');
	return cut == STR_NOT_FOUND ? path : str_from(path, cut + 1);
}

static int wanted_kind(struct str name)
{
	if (name.n < 4)
		return -1;
	switch (char_lower(name.p[name.n - 1])) {
	case 'f':
		return str_eq_nocase(name, STR("META-INF/MANIFEST.MF")) ? WANT_MANIFEST : -1;
	case 's':
		if (str_eq(base_name(name), STR("pom.properties")))
			return WANT_POM_PROPERTIES;
		return str_eq_nocase(name, STR("version.properties")) ? WANT_VERSION_PROPERTIES : -1;
	case 'l':
		return str_has_prefix(name, STR("META-INF/maven/")) && str_eq(base_name(name), STR("pom.xml")) ? WANT_POM_XML : -1;
	case 'r': case 'i': case 'g': case 'p':
		return jar_is_archive_name(name) ? WANT_ARCHIVE : -1;
	default:
		return -1;
	}
}

/* Collects the members worth reading. Returns negative only when nothing can go on. */
static int list_wanted(struct walk *w, struct archive *ar)
{
	struct zip_cursor c;
	struct zip_member m;
	struct error e = { 0 };
	int r, result = 0;
	zip_cursor_init(&c, &ar->zip);
	while ((r = zip_next(&c, &m, &e)) == 1) {
		if (w->entries-- == 0) {
			r = error_set(&e, ERR_LIMIT, "more than %u members", ENTRIES_MAX);
			w->entries = 0;
			break;
		}
		int kind = m.is_folder ? -1 : wanted_kind(m.name);
		if (kind < 0)
			continue;
		if (ar->wanted.n >= WANTED_MAX) {
			r = error_set(&e, ERR_LIMIT, "more than %u package members", WANTED_MAX);
			break;
		}
		struct wanted *x = vec_add(&ar->scratch, &ar->wanted);
		if (!x || !(m.name = arena_str(&ar->scratch, m.name)).p) {
			result = ERR_NOMEM;
			break;
		}
		x->m = m;
		x->kind = (enum wanted_kind)kind;
	}
	zip_cursor_release(&c);
	if (r < 0 && is_fatal(r))
		return r;
	if (r < 0)
		unreadable(w, ar, STR_NONE, &e);
	return result;
}

/* By place in the file, so that an input that is inflated on the way is passed over once. */
static int by_offset(const void *x, const void *y)
{
	const struct wanted *a = x, *b = y;
	if (a->m.header_offset != b->m.header_offset)
		return a->m.header_offset < b->m.header_offset ? -1 : 1;
	return str_cmp(a->m.name, b->m.name);
}

/* A small member as text on the archive's scratch arena. */
static int read_text(struct walk *w, struct archive *ar, const struct zip_member *m, uint64_t max, struct str *ret, struct error *err)
{
	if (m->size > max)
		return error_set(err, ERR_LIMIT, "%llu bytes, more than the limit of %llu", (unsigned long long)m->size, (unsigned long long)max);
	if (w->work < m->size)
		return error_set(err, ERR_LIMIT, "too much to unpack");
	w->work -= m->size;
	int r = zip_check_ratio(m, err);
	if (r < 0)
		return r;
	char *p = arena_alloc_aligned(&ar->scratch, m->size + 1, 1);
	if (!p)
		return error_set(err, ERR_LIMIT, "too much text in one archive");
	r = zip_read(&w->inflater, &ar->zip, m, p, err);
	if (r == 0)
		*ret = str_make(p, m->size);
	return r;
}

static int read_pom_properties(struct walk *w, struct archive *ar, struct str text)
{
	struct maven_id id;
	pom_properties_parse(&ar->scratch, text, &id);
	if (!id.artifact.n || !id.version.n)
		return 0;
	if (!id.group.n) /* some publishers write the group into the artifact */
		id.group = jar_known_group(id.artifact, id.version);
	if (!id.group.n)
		id.group = id.artifact;
	if (!vec_push(&ar->scratch, &ar->poms, id))
		return ERR_NOMEM;
	return add_package(w, ar, &id);
}

static int read_fact(struct walk *w, struct archive *ar, const struct wanted *x, struct error *err)
{
	static const uint64_t max[] = { MANIFEST_MAX, PROPERTIES_MAX, POM_XML_MAX, PROPERTIES_MAX };
	struct str text;
	if (x->kind == WANT_MANIFEST && ar->has_manifest)
		return 0; /* a second one of the same name: the first counts */
	if (x->kind == WANT_POM_XML && ar->pom_xml_count++)
		return 0; /* several tell nothing about the archive itself */
	int r = read_text(w, ar, &x->m, max[x->kind], &text, err);
	if (r < 0)
		return r;
	switch (x->kind) {
	case WANT_MANIFEST:
		ar->has_manifest = true;
		return jar_manifest_parse(&ar->scratch, text, &ar->manifest);
	case WANT_POM_PROPERTIES:
		return read_pom_properties(w, ar, text);
	case WANT_POM_XML:
		ar->pom_xml_text = text;
		pom_xml_parse(text, &ar->pom_xml);
		return 0;
	default:
		ar->version_properties = version_properties_parse(text);
		return 0;
	}
}

static int scan(struct walk *w, const struct input *in, struct str nested, unsigned depth, struct error *err);

/* A buffer of n bytes for an inflated archive at this depth, or NULL when that would hold too much. Idle ones give way. */
static char *hold(struct walk *w, unsigned depth, size_t n)
{
	size_t above = 0;
	for (unsigned i = 0; i < depth; i++)
		above += w->held[i].cap;
	if (n > JAR_HELD_MAX - MIN_OF(above, (size_t)JAR_HELD_MAX))
		return NULL;
	if (w->held[depth].cap >= n && w->held[depth].p)
		return w->held[depth].p;
	for (unsigned i = depth; i <= JAR_DEPTH_MAX; i++) {
		free(w->held[i].p);
		w->held[i].p = NULL;
		w->held[i].cap = 0;
	}
	/* Some room to grow, so that a run of archives of rising size does not allocate each time. */
	size_t cap = MIN_OF(n + n / 2, (size_t)JAR_HELD_MAX - above);
	if ((w->held[depth].p = malloc(cap ? cap : 1)))
		w->held[depth].cap = cap;
	return w->held[depth].p;
}

static int scan_inflated(struct walk *w, struct archive *ar, const struct zip_member *m, struct str name, struct str nested, struct error *err)
{
	int r = zip_check_ratio(m, err);
	if (r < 0)
		return r;
	if (m->size > BOMB_BYTES && m->size / BOMB_RATIO > m->stored_size)
		return error_set(err, ERR_LIMIT, "%llu bytes unpack to %llu: not believed", (unsigned long long)m->stored_size, (unsigned long long)m->size);
	char *p = m->size <= JAR_HELD_MAX ? hold(w, ar->depth + 1, m->size) : NULL;
	struct input in;
	if (p) {
		if (w->work < m->size)
			return error_set(err, ERR_LIMIT, "too much to unpack");
		w->work -= m->size;
		r = zip_read(&w->inflater, &ar->zip, m, p, err);
		if (r < 0)
			return r;
		in = input_from_str(name, str_make(p, m->size));
		return scan(w, &in, nested, ar->depth + 1, err);
	}
	struct zip_deep *deep;
	r = zip_deep_open(&ar->zip, m, name, &w->work, &deep, &in, err);
	if (r < 0)
		return r;
	r = scan(w, &in, nested, ar->depth + 1, err);
	zip_deep_close(deep);
	return r;
}

static int scan_nested(struct walk *w, struct archive *ar, const struct zip_member *m, struct error *err)
{
	if (ar->depth >= JAR_DEPTH_MAX)
		return error_set(err, ERR_LIMIT, "archives inside archives deeper than %d", JAR_DEPTH_MAX);
	if (w->archives++ >= ARCHIVES_MAX)
		return error_set(err, ERR_LIMIT, "more than %u archives in one file", ARCHIVES_MAX);
	struct str nested = ar->nested.n ? arena_printf(&ar->scratch, "%.*s/%.*s", STR_FMT(ar->nested), STR_FMT(m->name)) : m->name;
	if (!nested.p)
		return error_nomem(err);
	if (m->method != ZIP_STORED)
		return scan_inflated(w, ar, m, m->name, nested, err);
	struct input_window window;
	struct input in;
	int r = zip_member_input(&ar->zip, m, &window, &in, err);
	return r < 0 ? r : scan(w, &in, nested, ar->depth + 1, err);
}

/* Reads the wanted members in file order. A member that begins inside the one before it is a trick (the same bytes counted again and again). */
static int read_wanted(struct walk *w, struct archive *ar)
{
	uint64_t end = 0;
	if (ar->wanted.n)
		qsort(ar->wanted.v, ar->wanted.n, sizeof(ar->wanted.v[0]), by_offset);
	for (size_t i = 0; i < ar->wanted.n; i++) {
		const struct wanted *x = &ar->wanted.v[i];
		struct error e = { 0 };
		int r;
		if (x->m.header_offset < end)
			r = error_set(&e, ERR_FORMAT, "overlaps another member");
		else
			r = x->kind == WANT_ARCHIVE ? scan_nested(w, ar, &x->m, &e) : read_fact(w, ar, x, &e);
		if (is_fatal(r))
			return r;
		if (r < 0)
			unreadable(w, ar, x->m.name, &e);
		if (x->m.header_offset >= end && ADD_OVERFLOWS(x->m.header_offset, x->m.stored_size, &end))
			end = UINT64_MAX;
	}
	return 0;
}

/* The licences of the archive's own package: its last, or its only one. The manifest is of the archive; a pom.xml may be of what was packed into it. */
static int add_licenses(struct walk *w, struct archive *ar)
{
	struct package *p = &w->out->v[ar->last];
	struct str artifact, group;
	struct str_vec found = { 0 };
	int r = 0;
	if (ar->has_manifest)
		r = bundle_licenses(&ar->scratch, ar->manifest.main[JAR_BUNDLE_LICENSE], &found);
	for (size_t i = 0; i < found.n && r == 0; i++) {
		struct str s = arena_str(w->a, found.v[i]);
		r = s.p && vec_push(w->a, &p->licenses, s) ? 0 : ERR_NOMEM;
	}
	bool same = str_cut(p->name, ':', &group, &artifact) && str_eq(artifact, ar->pom_xml.artifact);
	if (r == 0 && !found.n && ar->pom_xml_count == 1 && same)
		r = pom_xml_licenses(&ar->scratch, w->a, ar->pom_xml_text, &p->licenses);
	return r;
}

static int add_own_package(struct walk *w, struct archive *ar)
{
	char buf[256];
	struct maven_id id;
	/* New Relic's instrumentation archives are named after what they watch, not what they are. */
	if (ar->has_manifest && ar->manifest.main[JAR_WEAVE_CLASSES].n) {
		diag_add(w->diags, DIAG_NOTE, w->path, 0, 0, "%sinstrumentation of another library (Weave-Classes), not listed", place(ar, buf));
		return 0;
	}
	struct jar_evidence e = {
		.path = ar->nested.n ? ar->nested : w->path,
		.manifest = ar->has_manifest ? &ar->manifest : NULL,
		.poms = ar->poms.v,
		.pom_count = ar->poms.n,
		.pom_xml = !ar->poms.n && ar->pom_xml_count == 1 && ar->pom_xml.artifact.n ? &ar->pom_xml : NULL,
		.version_properties = ar->version_properties,
	};
	switch (jar_identify(&e, &id)) {
	case JAR_ID_POM:
		return ar->added == 1 ? add_licenses(w, ar) : 0;
	case JAR_ID_NONE:
		diag_add(w->diags, DIAG_WARNING, w->path, 0, 0, "%snothing in this archive says which package it is", place(ar, buf));
		return 0;
	case JAR_ID_MAIN:
		break;
	}
	if (!id.version.n)
		diag_add(w->diags, DIAG_WARNING, w->path, 0, 0, "%sno version of %.*s found, it cannot be judged", place(ar, buf), STR_FMT(str_sub(id.artifact, 0, 200)));
	size_t before = ar->added;
	int r = add_package(w, ar, &id);
	return r == 0 && ar->added > before ? add_licenses(w, ar) : r;
}

static int scan(struct walk *w, const struct input *in, struct str nested, unsigned depth, struct error *err)
{
	struct archive ar = { .nested = nested, .depth = depth };
	int r = zip_open(in, &ar.zip, err);
	if (r < 0)
		return r;
	arena_init(&ar.scratch, SCRATCH_MAX);
	map_init(&ar.seen, &ar.scratch);
	r = list_wanted(w, &ar);
	if (r == 0)
		r = read_wanted(w, &ar);
	if (r == 0)
		r = add_own_package(w, &ar);
	arena_release(&ar.scratch);
	return r == ERR_NOMEM ? error_nomem(err) : r;
}

int jar_parse(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err)
{
	struct walk w = { .a = a, .out = out, .diags = diags, .path = in->name, .work = WORK_MAX, .entries = ENTRIES_MAX };
	int ending = ending_of(in->name);
	char head[4] = { 0 };
	/* Endings that other formats use too (WinRAR's .rar) must look like a ZIP file. */
	if (ending >= 0 && !endings[ending].surely && (in->size < sizeof(head) || input_read(in, head, sizeof(head), 0, NULL) < 0 || memcmp(head, "PK", 2) != 0))
		return 0;
	zip_inflater_init(&w.inflater);
	int r = scan(&w, in, STR_NONE, 0, err);
	zip_inflater_release(&w.inflater);
	for (unsigned i = 0; i <= JAR_DEPTH_MAX; i++)
		free(w.held[i].p);
	return r;
}
