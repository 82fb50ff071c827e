#include "source/layer/walk.h"

#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include "base/map.h"
#include "base/path.h"
#include "format/oci/digest.h"
#include "source/layer/walk_internal.h"

#define PRESENT_MAX_BYTES (24u << 20)        /* three million paths */
#define LINKS_MAX_BYTES   (32u << 20)
#define LINKS_MAX         1000000u
#define WHITEOUTS_MAX     1000000u
/* What one file's parser may use. The largest real files (a dpkg status of 5000 packages, a package-lock.json of 5 MB) take 10 to 20 MB. */
#define FILE_ARENA_BYTES  ((size_t)64 << 20)
#define ARENA_KEEP_BYTES  (1u << 20)

int walk_init(struct walk *w, const struct walk_options *opt, struct facts_writer *out, struct error *err)
{
	*w = (struct walk){ .opt = opt, .out = out, .key = map_hash_key() };
	arena_init(&w->fixed, ARENA_NO_LIMIT);
	arena_init(&w->file, FILE_ARENA_BYTES);
	buf_init(&w->body, WALK_KEEP_BYTES);
	buf_init(&w->place, 2 * WALK_PATH_BYTES);
	for (size_t i = 0; opt->alias_count && i < opt->count; i++)
		w->placed |= opt->table[i].places ? UINT64_C(1) << i : 0;
	for (size_t i = 0; i < MIN_OF(opt->count, (size_t)64); i++)
		w->lookers |= opt->table[i].look ? UINT64_C(1) << i : 0;
	w->looked_slots = 1024;
	w->looked = calloc(w->looked_slots, sizeof(*w->looked));
	int r = w->looked ? analyzer_index_init(&w->index, &w->fixed, opt->table, opt->count, opt->rows_off, err) : error_nomem(err);
	if (r < 0)
		walk_release(w);
	return r;
}

void walk_release(struct walk *w)
{
	arena_release(&w->fixed);
	arena_release(&w->file);
	buf_release(&w->body);
	buf_release(&w->place);
	free(w->looked);
	w->looked = NULL;
	for (size_t i = 0; i < w->opt->count && i < ARRAY_LEN(w->states); i++)
		if (w->states[i])
			w->opt->table[i].end(w->states[i]);
	memset(w->states, 0, sizeof(w->states));
}

void walk_diag(struct walk *w, enum diag_level level, struct str path, const char *fmt, ...)
{
	char text[ERROR_TEXT_MAX + 128];
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	struct diag d = { .level = level, .path = path, .text = { text, (size_t)MAX_OF(0, MIN_OF(n, (int)sizeof(text) - 1)) } };
	facts_write_diag(w->out, &d);
}

void walk_doing(const struct walk *w, struct str path, uint64_t done)
{
	if (w->opt->doing)
		w->opt->doing(w->opt->ctx, path, done);
}

/* --- what was looked at --- */

static uint64_t looked_hash(const struct walk *w, struct str path)
{
	uint64_t h = str_hash_keyed(path, w->key); /* not path_hash: bin/x and usr/bin/x may be two files */
	return h ? h : 1;
}

static struct walk_looked *looked_slot(const struct walk *w, uint64_t hash)
{
	for (size_t i = hash & (w->looked_slots - 1);; i = (i + 1) & (w->looked_slots - 1))
		if (!w->looked[i].hash || w->looked[i].hash == hash)
			return &w->looked[i];
}

const struct walk_looked *walk_find_looked(const struct walk *w, struct str path)
{
	const struct walk_looked *l = looked_slot(w, looked_hash(w, path));
	return l->hash ? l : NULL;
}

void walk_replaced(struct walk *w, struct str path)
{
	struct walk_looked *l = looked_slot(w, looked_hash(w, path));
	if (!l->hash)
		return;
	for (size_t at = l->from; at < l->to;)
		at += facts_drop_file(w->out, at);
	l->from = l->to;
	l->rows = 0;
}

static int add_looked(struct walk *w, struct str path, uint64_t rows, size_t from, size_t to, struct error *err)
{
	if (w->looked_n * 2 >= w->looked_slots) {
		struct walk bigger = { .looked_slots = w->looked_slots * 2 };
		bigger.looked = calloc(bigger.looked_slots, sizeof(*bigger.looked));
		if (!bigger.looked)
			return error_nomem(err);
		for (size_t i = 0; i < w->looked_slots; i++)
			if (w->looked[i].hash)
				*looked_slot(&bigger, w->looked[i].hash) = w->looked[i];
		free(w->looked);
		w->looked = bigger.looked;
		w->looked_slots = bigger.looked_slots;
	}
	struct walk_looked *l = looked_slot(w, looked_hash(w, path));
	if (l->hash && l->to == from)
		from = l->from; /* what walk_look wrote of the same entry */
	w->looked_n += !l->hash;
	*l = (struct walk_looked){ looked_hash(w, path), rows, from, to };
	return 0;
}

void walk_present(struct walk *w, struct str path, bool is_dir)
{
	if (w->out->present.n < PRESENT_MAX_BYTES) {
		facts_write_present(w->out, path_hash(path) ^ (is_dir ? PRESENT_DIR : 0));
	} else if (!w->present_full) {
		w->present_full = true;
		walk_diag(w, DIAG_UNREADABLE, STR(""), "more than %u paths: whether the later ones replace files of lower layers is not known",
			  PRESENT_MAX_BYTES / 8);
	}
}

void walk_link(struct walk *w, struct str path, struct str target, bool hard)
{
	if (w->out->links.n < LINKS_MAX_BYTES && w->out->h.link_count < LINKS_MAX) {
		facts_write_link(w->out, &(struct facts_link){ .path = path, .target = target, .hard = hard });
	} else if (!w->links_full) {
		w->links_full = true;
		walk_diag(w, DIAG_UNREADABLE, STR(""), "too many links: the later ones are not followed");
	}
}

void walk_whiteout(struct walk *w, struct str path, bool opaque)
{
	if (w->out->h.whiteout_count + w->out->h.opaque_count < WHITEOUTS_MAX && w->out->whiteouts.n + w->out->opaque.n < LINKS_MAX_BYTES) {
		facts_write_whiteout(w->out, path, opaque);
	} else if (!w->whiteouts_full) {
		w->whiteouts_full = true;
		walk_diag(w, DIAG_UNREADABLE, STR(""), "too many whiteouts: what the later ones remove is still listed");
	}
}

/* Whiteouts (OCI image-spec, layer.md): ".wh.NAME" hides NAME of the layers below, ".wh..wh..opq" all of its folder. Other names that
 * start with ".wh..wh." are aufs's own. */
bool walk_take_whiteout(struct walk *w, struct arena *paths, struct str path)
{
	struct str base = path_base(path), dir = path_dir(path);
	if (!str_strip_prefix(&base, STR(".wh.")))
		return false;
	if (str_eq(base, STR(".wh..opq"))) {
		walk_whiteout(w, dir, true);
	} else if (base.n && !str_has_prefix(base, STR(".wh.")) && !str_eq(base, STR(".")) && !str_eq(base, STR(".."))) {
		struct str hidden = path_join(paths, dir, base);
		if (hidden.p)
			walk_whiteout(w, hidden, false);
	}
	return true;
}

/* --- files --- */

static bool is_skipped(const struct walk_options *opt, struct str path)
{
	for (size_t i = 0; i < opt->skip_files_count; i++)
		if (str_glob(opt->skip_files[i], path))
			return true;
	if (!opt->skip_dirs_count)
		return false;
	for (struct str dir = path_dir(path); dir.n; dir = path_dir(dir))
		for (size_t i = 0; i < opt->skip_dirs_count; i++)
			if (str_glob(opt->skip_dirs[i], dir))
				return true;
	return false;
}

/* The place that a path is an alias of, STR_NONE when it is none. Valid until the next call. */
static struct str place_of(struct walk *w, struct str path)
{
	for (size_t i = 0; i < w->opt->alias_count; i++) {
		const struct walk_alias *a = &w->opt->aliases[i];
		struct str rest = path;
		if (str_eq(path, a->real))
			return a->place;
		if (!str_has_suffix(a->real, STR("/")) || !str_strip_prefix(&rest, a->real))
			continue;
		buf_clear(&w->place);
		buf_add(&w->place, a->place);
		buf_add(&w->place, rest);
		return buf_failed(&w->place) ? STR_NONE : buf_str(&w->place);
	}
	return STR_NONE;
}

uint64_t walk_select(struct walk *w, struct str path, uint32_t mode, uint64_t size)
{
	const struct walk_options *opt = w->opt;
	uint64_t rows = analyzer_select(&w->index, opt->table, path, mode, size);
	struct str place = w->placed ? place_of(w, path) : STR_NONE;
	if (place.n)
		rows |= analyzer_select(&w->index, opt->table, place, mode, size) & w->placed;
	if (rows && (opt->skip_files_count || opt->skip_dirs_count) && is_skipped(opt, path))
		return 0;
	return rows;
}

uint64_t walk_sniff(struct walk *w, struct str path, uint64_t rows, uint64_t size, const unsigned char *head, size_t n)
{
	for (uint64_t left = rows; left; left &= left - 1) {
		int i = __builtin_ctzll(left);
		const struct analyzer *an = &w->opt->table[i];
		uint64_t max = an->max_bytes ? an->max_bytes : ANALYZER_MAX_BYTES;
		if (an->sniff && !an->sniff(head, n)) {
			rows &= ~(UINT64_C(1) << i);
		} else if (size > max) {
			rows &= ~(UINT64_C(1) << i);
			walk_diag(w, DIAG_UNREADABLE, path, "%s: %llu bytes, more than the limit of %llu", an->name, (unsigned long long)size,
				  (unsigned long long)max);
		}
	}
	return rows;
}

bool walk_needs_memory(const struct walk *w, uint64_t rows)
{
	for (; rows; rows &= rows - 1)
		if (!w->opt->table[__builtin_ctzll(rows)].random_access)
			return true;
	return false;
}

static int observe(struct walk *w, size_t row, const struct input *in, struct facts_file *f, struct diags *diags, struct error *err)
{
	const struct analyzer *an = &w->opt->table[row];
	if (!w->states[row] && !(w->states[row] = an->begin(an->rules)))
		return error_nomem(err);
	return an->observe(w->states[row], &w->file, in, &f->observations, diags, err);
}

/* "sha1:…", by which Maven's repositories know an archive, or "sha256:…"; empty when it cannot be read. */
static struct str digest_of(struct arena *a, const struct input *in, bool is_jar)
{
	enum { PIECE = 64 << 10 };
	static const char hex[] = "0123456789abcdef";
	unsigned char raw[SHA_DIGEST_LENGTH];
	char text[2 * SHA_DIGEST_LENGTH], whole[OCI_DIGEST_TEXT_MAX];
	struct oci_hasher sha256;
	char *piece = in->data ? NULL : arena_alloc(a, PIECE);
	SHA_CTX h;
	SHA1_Init(&h);
	if (oci_hasher_init(&sha256, STR("sha256:"), NULL) < 0)
		return STR_NONE;
	for (uint64_t at = 0; at < in->size; at += PIECE) {
		size_t n = (size_t)MIN_OF(in->size - at, (uint64_t)PIECE);
		if (!in->data && (!piece || input_read(in, piece, n, at, NULL) < 0))
			return STR_NONE;
		const char *p = in->data ? in->data + at : piece;
		if (is_jar)
			SHA1_Update(&h, p, n);
		else
			oci_hasher_update(&sha256, p, n);
	}
	if (!is_jar) {
		oci_hasher_text(&sha256, whole);
		return arena_str(a, str_c(whole));
	}
	SHA1_Final(raw, &h);
	for (size_t i = 0; i < sizeof(raw); i++) {
		text[2 * i] = hex[raw[i] >> 4];
		text[2 * i + 1] = hex[raw[i] & 15];
	}
	return arena_concat(a, STR("sha1:"), str_make(text, sizeof(text)));
}

/* The digest of the file belongs to the packages that it is: jars (not those of archives inside), programs without a package, the main module of a
 * program. */
static void add_file_digest(struct walk *w, const struct input *in, enum package_kind kind, struct package_vec *packages)
{
	bool program = kind == PKG_GO_BINARY || kind == PKG_RUST_BINARY;
	if (kind != PKG_JAR && kind != PKG_BINARY && !program)
		return;
	struct str digest = STR_NONE;
	for (size_t i = 0; i < packages->n; i++) {
		struct package *p = &packages->v[i];
		if (p->nested_path.n || p->digest.n || (program && !p->is_root))
			continue;
		if (!digest.n && !(digest = digest_of(&w->file, in, kind == PKG_JAR)).n) {
			walk_diag(w, DIAG_WARNING, in->name, "its digest could not be taken");
			return;
		}
		p->digest = digest;
	}
}

/* What was found in an archive is the archive's: its path, and the way inside. */
static int nest_packages(struct walk *w, struct str outer, struct str shown, struct package_vec *packages)
{
	struct str inside = str_from(shown, outer.n + 1);
	for (size_t i = 0; i < packages->n; i++) {
		struct package *p = &packages->v[i];
		p->nested_path = p->nested_path.n ? arena_printf(&w->file, "%.*s/%.*s", STR_FMT(inside), STR_FMT(p->nested_path)) : inside;
		p->path = outer;
		if (!p->nested_path.p)
			return ERR_NOMEM;
	}
	return 0;
}

static void parse_row(struct walk *w, size_t row, const struct input *in, struct str outer)
{
	const struct analyzer *an = &w->opt->table[row];
	struct facts_file f = { .path = in->name, .kind = an->kind, .package_kind = an->package_kind, .priority = an->priority };
	struct input at_place = *in; /* what the parser sees: a row that wants the file for the sake of its place knows it by that name */
	struct diags diags;
	struct error why = { 0 };
	if (!outer.n && (w->placed & (UINT64_C(1) << row)) && !an->wants(in->name, 0, in->size))
		at_place.name = arena_str(&w->file, place_of(w, in->name));
	diags_init(&diags, &w->file);
	int r = an->kind == FACTS_OS_RELEASE ? an->parse_distro(&w->file, &at_place, &f.distro, &diags, &why) :
		an->kind == FACTS_OBSERVATIONS ? observe(w, row, in, &f, &diags, &why) : an->parse(&w->file, &at_place, &f.packages, &diags, &why);
	if (r < 0) {
		f.unreadable = true;
		if (r == ERR_NOMEM)
			walk_diag(w, DIAG_UNREADABLE, in->name, "%s: reading it takes more than %zu MiB of memory", an->name, FILE_ARENA_BYTES >> 20);
		else
			walk_diag(w, DIAG_UNREADABLE, in->name, "%s: %s", an->name, why.text[0] ? why.text : error_code_name(r));
	}
	for (size_t i = 0; i < diags.list.n; i++) {
		if (!diags.list.v[i].path.n || str_eq(diags.list.v[i].path, at_place.name))
			diags.list.v[i].path = in->name;
		facts_write_diag(w->out, &diags.list.v[i]);
	}
	w->out->h.diags_dropped += diags.dropped;
	for (size_t i = 0; i < f.packages.n; i++)
		if (!f.packages.v[i].path.n)
			f.packages.v[i].path = in->name;
	if (w->opt->file_digests)
		add_file_digest(w, in, an->package_kind, &f.packages);
	if (outer.n && an->kind == FACTS_PACKAGES) {
		f.path = outer;
		if (nest_packages(w, outer, in->name, &f.packages) < 0) {
			walk_diag(w, DIAG_UNREADABLE, in->name, "%s: out of memory", an->name);
			return;
		}
	}
	if (!f.packages.n && !f.observations.n && !f.unreadable && an->kind != FACTS_OS_RELEASE)
		return;
	if (facts_write_file(w->out, &f) == SIZE_MAX) {
		walk_diag(w, DIAG_UNREADABLE, in->name, "%s: too much to keep (%zu packages)", an->name, f.packages.n);
		f.packages.n = f.observations.n = 0;
		f.unreadable = true;
		facts_write_file(w->out, &f);
	}
}

void walk_row(struct walk *w, size_t row, const struct input *in, struct str outer)
{
	parse_row(w, row, in, outer);
	if (w->file.used_bytes > ARENA_KEEP_BYTES)
		arena_release(&w->file);
	else
		arena_clear(&w->file);
}

static void write_observation(struct walk *w, struct str path, struct observation *o)
{
	struct facts_file f = { .path = path, .kind = FACTS_OBSERVATIONS, .observations = { .v = o, .n = 1, .cap = 1 } };
	if (facts_write_file(w->out, &f) == SIZE_MAX)
		walk_diag(w, DIAG_UNREADABLE, path, "too much to keep of what files' modes show");
}

int walk_look(struct walk *w, struct str path, const struct analyzer_entry *e, struct error *err)
{
	size_t from = w->out->files.n;
	for (uint64_t left = w->lookers; left; left &= left - 1) {
		size_t row = (size_t)__builtin_ctzll(left);
		const struct analyzer *an = &w->opt->table[row];
		struct observation o = { 0 };
		if (!w->states[row] && !(w->states[row] = an->begin(an->rules)))
			return error_nomem(err);
		if (an->look(w->states[row], path, e, &o))
			write_observation(w, path, &o);
	}
	return from == w->out->files.n ? 0 : add_looked(w, path, 0, from, w->out->files.n, err);
}

void walk_last(struct walk *w)
{
	for (uint64_t left = w->lookers; left; left &= left - 1) {
		size_t row = (size_t)__builtin_ctzll(left);
		const struct analyzer *an = &w->opt->table[row];
		struct observation o = { 0 };
		struct str path;
		for (size_t i = 0; w->states[row] && an->last && an->last(w->states[row], i, &path, &o); i++) {
			write_observation(w, path, &o);
			o = (struct observation){ 0 };
		}
	}
}

int walk_file(struct walk *w, struct str path, uint64_t selected, uint64_t rows, const struct input *in, struct error *err)
{
	size_t from = w->out->files.n;
	for (uint64_t left = rows; left; left &= left - 1) {
		size_t row = (size_t)__builtin_ctzll(left);
		int r = 0;
		if (w->opt->table[row].archive)
			r = walk_nested(w, in, path, 1, ~w->opt->rows_off, err);
		else
			walk_row(w, row, in, STR_NONE);
		if (r < 0)
			return r;
	}
	return add_looked(w, path, selected, from, w->out->files.n, err);
}
