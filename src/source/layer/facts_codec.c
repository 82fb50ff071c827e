#include "source/layer/facts_codec.h"

#include "base/path.h"
#include "source/layer/layer.h"

static const char magic[8] = { 'B', 'H', 'F', 'A', 'C', 'T', 'S', FACTS_CODEC_VERSION };

/* The strings of a package and of a distro, by offset: one list for both directions, so that they cannot drift apart. */
static const uint16_t package_strs[] = {
	offsetof(struct package, path), /* first: BIT_PATH */
	offsetof(struct package, name), offsetof(struct package, version), offsetof(struct package, arch), offsetof(struct package, src_name),
	offsetof(struct package, src_version), offsetof(struct package, modularity), offsetof(struct package, vendor),
	offsetof(struct package, nested_path), offsetof(struct package, digest), offsetof(struct package, uuid),
};
static const uint16_t package_lists[] = {
	offsetof(struct package, licenses), offsetof(struct package, depends), offsetof(struct package, provides),
};
static const uint16_t package_flags[] = {
	offsetof(struct package, dev), offsetof(struct package, indirect), offsetof(struct package, is_root), offsetof(struct package, vendored),
};
static const uint16_t distro_strs[] = {
	offsetof(struct distro, id), offsetof(struct distro, version), offsetof(struct distro, version_id), offsetof(struct distro, codename),
	offsetof(struct distro, name), offsetof(struct distro, id_like),
};
static const uint16_t observation_strs[] = {
	offsetof(struct observation, id), offsetof(struct observation, category), offsetof(struct observation, title), offsetof(struct observation, match),
	offsetof(struct observation, context), offsetof(struct observation, detail),
};
static const uint16_t observation_numbers[] = {
	offsetof(struct observation, line), offsetof(struct observation, end_line), offsetof(struct observation, col), offsetof(struct observation, context_line),
};
/* Not among them: package.purl, which only a bill of materials fills. A field was added: give it a place above (or below, for numbers), raise FACTS_CODEC_VERSION, and write the new size here. */
_Static_assert(sizeof(struct package) == 320, "struct package changed: see the field lists");
_Static_assert(sizeof(struct distro) == 104, "struct distro changed: see the field lists");
_Static_assert(sizeof(struct observation) == 144, "struct observation changed: see the field lists");

/* Bits of a package's mask: which of its parts are not empty. */
#define BIT_LISTS  ARRAY_LEN(package_strs)
#define BIT_OWNED  (BIT_LISTS + ARRAY_LEN(package_lists))
#define BIT_LINES  (BIT_OWNED + 1)
#define BIT_FLAGS  (BIT_LINES + 1)
#define BIT_PATH   1u
#define BIT_END    (BIT_FLAGS + ARRAY_LEN(package_flags))
_Static_assert(BIT_END <= 32, "the mask has 32 bits");

#define FIELD(type, base, offset) (*(type *)((char *)(base) + (offset)))
#define FIELD_CONST(type, base, offset) (*(const type *)((const char *)(base) + (offset)))

/* --- writing --- */

void facts_writer_init(struct facts_writer *w)
{
	*w = (struct facts_writer){ 0 };
	struct buf *all[] = { &w->files, &w->whiteouts, &w->opaque, &w->links, &w->diags, &w->present };
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		buf_init(all[i], FACTS_MAX_BYTES);
	memcpy(w->h.magic, magic, sizeof(magic));
}

void facts_writer_release(struct facts_writer *w)
{
	struct buf *all[] = { &w->files, &w->whiteouts, &w->opaque, &w->links, &w->diags, &w->present };
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		buf_release(all[i]);
}

static void put_number(struct buf *b, uint64_t v)
{
	char tmp[10];
	size_t n = 0;
	do {
		tmp[n++] = (char)((v & 0x7f) | (v > 0x7f ? 0x80 : 0));
		v >>= 7;
	} while (v);
	buf_add_bytes(b, tmp, n);
}

static void put_str(struct buf *b, struct str s)
{
	put_number(b, s.n);
	buf_add(b, s);
}

static void pad8(struct buf *b)
{
	static const char zeros[8];
	buf_add_bytes(b, zeros, (8 - b->n % 8) % 8);
}

static void put_package(struct buf *b, const struct package *p, struct str file_path)
{
	uint32_t mask = 0;
	for (size_t i = 0; i < ARRAY_LEN(package_strs); i++)
		mask |= (uint32_t)(FIELD_CONST(struct str, p, package_strs[i]).n != 0) << i;
	for (size_t i = 0; i < ARRAY_LEN(package_lists); i++)
		mask |= (uint32_t)(FIELD_CONST(struct str_vec, p, package_lists[i]).n != 0) << (BIT_LISTS + i);
	if (str_eq(p->path, file_path))
		mask &= ~BIT_PATH;
	mask |= (uint32_t)(p->owned.n != 0) << BIT_OWNED;
	mask |= (uint32_t)(p->line || p->end_line) << BIT_LINES;
	for (size_t i = 0; i < ARRAY_LEN(package_flags); i++)
		mask |= (uint32_t)FIELD_CONST(bool, p, package_flags[i]) << (BIT_FLAGS + i);
	put_number(b, mask);
	put_number(b, p->kind);
	for (size_t i = 0; i < ARRAY_LEN(package_strs); i++)
		if (mask & (1u << i))
			put_str(b, FIELD_CONST(struct str, p, package_strs[i]));
	for (size_t i = 0; i < ARRAY_LEN(package_lists); i++) {
		const struct str_vec *v = &FIELD_CONST(struct str_vec, p, package_lists[i]);
		if (v->n)
			put_number(b, v->n);
		for (size_t j = 0; j < v->n; j++)
			put_str(b, v->v[j]);
	}
	if (p->owned.n) {
		put_number(b, p->owned.n);
		pad8(b);
		buf_add_bytes(b, p->owned.v, p->owned.n * sizeof(p->owned.v[0]));
	}
	if (mask & (1u << BIT_LINES)) {
		put_number(b, p->line);
		put_number(b, p->end_line);
	}
}

static void put_observation(struct buf *b, const struct observation *o)
{
	put_number(b, o->kind);
	put_number(b, o->severity);
	for (size_t i = 0; i < ARRAY_LEN(observation_strs); i++)
		put_str(b, FIELD_CONST(struct str, o, observation_strs[i]));
	for (size_t i = 0; i < ARRAY_LEN(observation_numbers); i++)
		put_number(b, FIELD_CONST(uint32_t, o, observation_numbers[i]));
}

/* Before each record: its length with padding, and whether it counts. */
struct record {
	uint32_t bytes, dropped;
};

/* As get_array counts. */
static uint64_t decoded_bytes(const struct facts_file *f)
{
	uint64_t n = sizeof(*f) + f->packages.n * (uint64_t)sizeof(struct package) + f->observations.n * (uint64_t)sizeof(struct observation);
	for (size_t i = 0; i < f->packages.n; i++) {
		for (size_t k = 0; k < ARRAY_LEN(package_lists); k++)
			n += FIELD_CONST(struct str_vec, &f->packages.v[i], package_lists[k]).n * (uint64_t)sizeof(struct str);
		n += f->packages.v[i].owned.n * (uint64_t)sizeof(uint64_t); /* when it has to be copied */
	}
	return n;
}

size_t facts_write_file(struct facts_writer *w, const struct facts_file *f)
{
	struct buf *b = &w->files;
	size_t start = b->n;
	struct record r = { 0 };
	uint64_t decoded = decoded_bytes(f);
	if (decoded > FACTS_MAX_DECODED - w->decoded)
		return SIZE_MAX;
	w->decoded += decoded;
	buf_add_bytes(b, &r, sizeof(r));
	put_number(b, f->kind);
	put_number(b, f->package_kind);
	put_number(b, f->unreadable);
	put_number(b, f->priority);
	put_str(b, f->path);
	if (f->kind == FACTS_OS_RELEASE) {
		put_number(b, f->distro.known);
		for (size_t i = 0; i < ARRAY_LEN(distro_strs); i++)
			put_str(b, FIELD_CONST(struct str, &f->distro, distro_strs[i]));
	}
	put_number(b, f->packages.n);
	for (size_t i = 0; i < f->packages.n; i++)
		put_package(b, &f->packages.v[i], f->path);
	if (f->kind == FACTS_OBSERVATIONS) {
		put_number(b, f->observations.n);
		for (size_t i = 0; i < f->observations.n; i++)
			put_observation(b, &f->observations.v[i]);
	}
	pad8(b);
	w->h.file_count++;
	if (!buf_failed(b)) {
		r.bytes = (uint32_t)(b->n - start); /* FACTS_MAX_BYTES keeps it in 32 bits */
		memcpy(b->p + start, &r, sizeof(r));
	}
	return start;
}

size_t facts_drop_file(struct facts_writer *w, size_t offset)
{
	struct record r;
	if (buf_failed(&w->files) || offset + sizeof(r) > w->files.n)
		return SIZE_MAX - offset; /* ends a caller's loop */
	memcpy(&r, w->files.p + offset, sizeof(r));
	r.dropped = 1;
	memcpy(w->files.p + offset, &r, sizeof(r));
	return r.bytes;
}

void facts_write_whiteout(struct facts_writer *w, struct str path, bool opaque)
{
	put_str(opaque ? &w->opaque : &w->whiteouts, path);
	*(opaque ? &w->h.opaque_count : &w->h.whiteout_count) += 1;
}

void facts_write_link(struct facts_writer *w, const struct facts_link *l)
{
	put_number(&w->links, l->hard);
	put_str(&w->links, l->path);
	put_str(&w->links, l->target);
	w->h.link_count++;
}

void facts_write_diag(struct facts_writer *w, const struct diag *d)
{
	if (w->h.diag_count >= DIAG_MAX) {
		w->h.diags_dropped++;
		return;
	}
	put_number(&w->diags, d->level);
	put_number(&w->diags, d->line);
	put_number(&w->diags, d->col);
	put_str(&w->diags, d->path);
	put_str(&w->diags, d->text);
	w->h.diag_count++;
}

void facts_write_present(struct facts_writer *w, uint64_t hash)
{
	if (LIKELY(w->present.cap - w->present.n >= sizeof(hash))) {
		memcpy(w->present.p + w->present.n, &hash, sizeof(hash));
		w->present.n += sizeof(hash);
		return;
	}
	buf_add_bytes(&w->present, &hash, sizeof(hash));
}

/* Sorts 64-bit hashes in place: most significant byte first (American flag sort), small runs by insertion. Hashes are spread evenly, so
 * two or three levels do it; a hostile set of equal hashes ends at depth 8. */
static void sort_hashes(uint64_t *v, size_t n, unsigned shift)
{
	if (n <= 48) {
		for (size_t i = 1; i < n; i++) {
			uint64_t x = v[i];
			size_t j = i;
			for (; j && v[j - 1] > x; j--)
				v[j] = v[j - 1];
			v[j] = x;
		}
		return;
	}
	size_t start[256], end[256], count[256] = { 0 };
	for (size_t i = 0; i < n; i++)
		count[(v[i] >> shift) & 0xff]++;
	for (size_t i = 0, sum = 0; i < 256; i++) {
		start[i] = sum;
		sum += count[i];
		end[i] = sum;
	}
	for (size_t i = 0; i < 256; i++)
		while (start[i] < end[i]) {
			uint64_t x = v[start[i]];
			for (size_t k = (x >> shift) & 0xff; k != i; k = (x >> shift) & 0xff) {
				uint64_t y = v[start[k]];
				v[start[k]++] = x;
				x = y;
			}
			v[start[i]++] = x;
		}
	if (shift)
		for (size_t i = 0; i < 256; i++)
			if (count[i] > 1)
				sort_hashes(v + end[i] - count[i], count[i], shift - 8);
}

int facts_writer_finish(struct facts_writer *w, struct str ret_pieces[FACTS_PIECES], struct error *err)
{
	static const char zeros[8];
	struct buf *names[] = { &w->whiteouts, &w->opaque, &w->links, &w->diags };
	struct facts_header *h = &w->h;
	bool failed = buf_failed(&w->files) || buf_failed(&w->present);
	h->names_bytes = 0;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		failed |= buf_failed(names[i]);
		h->names_bytes += names[i]->n;
	}
	h->files_bytes = w->files.n;
	size_t pad = (8 - h->names_bytes % 8) % 8;
	h->names_bytes += pad;
	h->present_count = w->present.n / sizeof(uint64_t);
	h->total_bytes = sizeof(*h) + h->files_bytes + h->names_bytes + w->present.n;
	if (failed || h->total_bytes > FACTS_MAX_BYTES)
		return error_set(err, ERR_LIMIT, "the layer's facts are too large (limit %llu bytes)", (unsigned long long)FACTS_MAX_BYTES);
	if (h->present_count)
		sort_hashes((uint64_t *)(void *)w->present.p, h->present_count, 56);
	size_t k = 0;
	ret_pieces[k++] = str_make((const char *)h, sizeof(*h));
	ret_pieces[k++] = buf_str(&w->files);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		ret_pieces[k++] = buf_str(names[i]);
	ret_pieces[k++] = str_make(zeros, pad);
	ret_pieces[k++] = buf_str(&w->present);
	return 0;
}

int facts_encode(const struct layer_facts *f, struct buf *out, struct error *err)
{
	struct facts_writer w;
	struct str pieces[FACTS_PIECES];
	facts_writer_init(&w);
	w.h.entry_count = f->entry_count;
	w.h.tar_bytes = f->tar_bytes;
	for (size_t i = 0; i < f->files.n; i++)
		facts_write_file(&w, &f->files.v[i]);
	for (size_t i = 0; i < f->whiteouts.n; i++)
		facts_write_whiteout(&w, f->whiteouts.v[i], false);
	for (size_t i = 0; i < f->opaque.n; i++)
		facts_write_whiteout(&w, f->opaque.v[i], true);
	for (size_t i = 0; i < f->links.n; i++)
		facts_write_link(&w, &f->links.v[i]);
	for (size_t i = 0; i < f->diags.list.n; i++)
		facts_write_diag(&w, &f->diags.list.v[i]);
	w.h.diags_dropped += f->diags.dropped;
	for (size_t i = 0; i < f->present.n; i++)
		facts_write_present(&w, f->present.v[i]);
	int r = facts_writer_finish(&w, pieces, err);
	for (size_t i = 0; r == 0 && i < FACTS_PIECES; i++)
		buf_add(out, pieces[i]);
	facts_writer_release(&w);
	return r == 0 && buf_failed(out) ? error_nomem(err) : r;
}

/* --- reading --- */

/* A cursor that sticks at the first mistake, so that callers check once. */
struct reader {
	const char *start, *p, *end;
	struct arena *arena;
	uint64_t *room; /* bytes that may still be allocated; shared by the readers of one section */
	bool bad, nomem;
};

static uint64_t get_number(struct reader *r)
{
	uint64_t v = 0;
	for (unsigned shift = 0; shift < 64; shift += 7) {
		if (r->p == r->end)
			break;
		unsigned char c = (unsigned char)*r->p++;
		if (shift == 63 && c > 1)
			break;
		v |= (uint64_t)(c & 0x7f) << shift;
		if (c < 0x80)
			return v;
	}
	r->bad = true;
	return 0;
}

static uint64_t get_below(struct reader *r, uint64_t limit)
{
	uint64_t v = get_number(r);
	if (v < limit)
		return v;
	r->bad = true;
	return 0;
}

static struct str get_str(struct reader *r)
{
	uint64_t n = get_number(r);
	if (r->bad || n > (size_t)(r->end - r->p)) {
		r->bad = true;
		return STR_NONE;
	}
	struct str s = { r->p, n };
	r->p += n;
	return s;
}

/* A path as the walker gives it: relative, without "." and ".." and NUL. */
static struct str get_path(struct reader *r, bool may_be_root)
{
	struct str s = get_str(r), clean;
	if (r->bad || (!s.n && may_be_root))
		return s;
	clean = path_clean(r->arena, s);
	if (!s.n || clean.p != s.p || clean.n != s.n || memchr(s.p, 0, s.n))
		r->bad = true;
	return s;
}

/* Room for `count` elements of which each takes at least min_bytes in the encoded form. */
static void *get_array(struct reader *r, uint64_t count, size_t min_bytes, size_t elem_size)
{
	if (r->bad || count > (size_t)(r->end - r->p) / min_bytes || count > *r->room / elem_size) {
		r->bad = true;
		return NULL;
	}
	*r->room -= count * elem_size;
	void *p = arena_array(r->arena, count, elem_size);
	r->nomem |= !p;
	r->bad |= !p;
	return p;
}

static void get_hashes(struct reader *r, uint64_t count, struct u64_vec *ret)
{
	size_t pad = (8 - (size_t)(r->p - r->start) % 8) % 8;
	if (r->bad || pad > (size_t)(r->end - r->p) || count > ((size_t)(r->end - r->p) - pad) / sizeof(uint64_t)) {
		r->bad = true;
		return;
	}
	r->p += pad;
	if ((uintptr_t)r->p % sizeof(uint64_t) == 0) {
		ret->v = (uint64_t *)(uintptr_t)r->p; /* borrowed; nobody writes to decoded facts */
	} else {
		ret->v = get_array(r, count, sizeof(uint64_t), sizeof(uint64_t));
		if (ret->v)
			memcpy(ret->v, r->p, count * sizeof(uint64_t));
	}
	ret->n = ret->cap = count;
	r->p += count * sizeof(uint64_t);
}

static void get_list(struct reader *r, struct str_vec *ret)
{
	uint64_t n = get_number(r);
	ret->v = get_array(r, n, 1, sizeof(struct str));
	for (uint64_t i = 0; i < n && !r->bad; i++)
		ret->v[i] = get_str(r);
	ret->n = ret->cap = r->bad ? 0 : n;
}

static void get_package(struct reader *r, struct package *p, struct str file_path)
{
	uint64_t mask = get_below(r, UINT64_C(1) << BIT_END);
	p->kind = (enum package_kind)get_below(r, PKG_KIND_COUNT);
	for (size_t i = 0; i < ARRAY_LEN(package_strs); i++)
		if (mask & (1u << i))
			FIELD(struct str, p, package_strs[i]) = get_str(r);
	if (!p->path.n)
		p->path = file_path;
	for (size_t i = 0; i < ARRAY_LEN(package_lists); i++)
		if (mask & (1u << (BIT_LISTS + i)))
			get_list(r, &FIELD(struct str_vec, p, package_lists[i]));
	if (mask & (1u << BIT_OWNED))
		get_hashes(r, get_number(r), &p->owned);
	if (mask & (1u << BIT_LINES)) {
		p->line = (uint32_t)get_below(r, UINT64_C(1) << 32);
		p->end_line = (uint32_t)get_below(r, UINT64_C(1) << 32);
	}
	for (size_t i = 0; i < ARRAY_LEN(package_flags); i++)
		FIELD(bool, p, package_flags[i]) = mask & (1u << (BIT_FLAGS + i));
}

static void get_observation(struct reader *r, struct observation *o, struct str path)
{
	o->path = path;
	o->kind = (enum finding_kind)get_below(r, FINDING_LICENSE + 1);
	r->bad |= o->kind == FINDING_VULNERABILITY;
	o->severity = (enum severity)get_below(r, SEVERITY_COUNT);
	for (size_t i = 0; i < ARRAY_LEN(observation_strs); i++)
		FIELD(struct str, o, observation_strs[i]) = get_str(r);
	for (size_t i = 0; i < ARRAY_LEN(observation_numbers); i++)
		FIELD(uint32_t, o, observation_numbers[i]) = (uint32_t)get_below(r, UINT64_C(1) << 32);
	r->bad |= o->match.n > OBSERVATION_TEXT_MAX || o->context.n > OBSERVATION_TEXT_MAX || o->end_line < o->line;
}

static void get_file(struct reader *r, struct facts_file *f)
{
	f->kind = (enum facts_file_kind)get_below(r, FACTS_OBSERVATIONS + 1);
	f->package_kind = (enum package_kind)get_below(r, PKG_KIND_COUNT);
	f->unreadable = get_below(r, 2);
	f->priority = (uint8_t)get_below(r, 256);
	f->path = get_path(r, false);
	if (f->kind == FACTS_OS_RELEASE) {
		f->distro.known = get_below(r, 2);
		for (size_t i = 0; i < ARRAY_LEN(distro_strs); i++)
			FIELD(struct str, &f->distro, distro_strs[i]) = get_str(r);
	}
	uint64_t n = get_number(r);
	f->packages.v = get_array(r, n, 2, sizeof(struct package));
	for (uint64_t i = 0; i < n && !r->bad; i++)
		get_package(r, &f->packages.v[i], f->path);
	f->packages.n = f->packages.cap = r->bad ? 0 : n;
	if (f->kind != FACTS_OBSERVATIONS)
		return;
	n = get_number(r);
	f->observations.v = get_array(r, n, 2 + ARRAY_LEN(observation_strs) + ARRAY_LEN(observation_numbers), sizeof(struct observation));
	for (uint64_t i = 0; i < n && !r->bad; i++)
		get_observation(r, &f->observations.v[i], f->path);
	f->observations.n = f->observations.cap = r->bad ? 0 : n;
}

static void get_files(struct reader *r, uint64_t count, struct facts_file_vec *ret)
{
	ret->v = get_array(r, count, sizeof(struct record), sizeof(struct facts_file));
	ret->cap = count;
	for (uint64_t i = 0; i < count && !r->bad; i++) {
		struct record rec;
		if ((size_t)(r->end - r->p) < sizeof(rec))
			break;
		memcpy(&rec, r->p, sizeof(rec));
		if (rec.bytes < sizeof(rec) || rec.bytes % 8 || rec.bytes > (size_t)(r->end - r->p) || rec.dropped > 1)
			break;
		struct reader one = { r->start, r->p + sizeof(rec), r->p + rec.bytes, r->arena, r->room, false, false };
		r->p += rec.bytes;
		if (rec.dropped)
			continue;
		get_file(&one, &ret->v[ret->n++]);
		r->bad |= one.bad || one.end - one.p > 7;
		r->nomem |= one.nomem;
	}
	r->bad |= r->p != r->end;
}

static void get_paths(struct reader *r, uint64_t count, struct str_vec *ret)
{
	ret->v = get_array(r, count, 1, sizeof(struct str));
	for (uint64_t i = 0; i < count && !r->bad; i++)
		ret->v[i] = get_path(r, true);
	ret->n = ret->cap = r->bad ? 0 : count;
}

static void get_links(struct reader *r, uint64_t count, struct facts_link_vec *ret)
{
	ret->v = get_array(r, count, 3, sizeof(struct facts_link));
	for (uint64_t i = 0; i < count && !r->bad; i++) {
		struct facts_link *l = &ret->v[i];
		l->hard = get_below(r, 2);
		l->path = get_path(r, false);
		l->target = get_str(r);
	}
	ret->n = ret->cap = r->bad ? 0 : count;
}

static void get_diags(struct reader *r, uint64_t count, struct diags *ret)
{
	diags_init(ret, r->arena);
	if (count > DIAG_MAX)
		r->bad = true;
	ret->list.v = get_array(r, count, 5, sizeof(struct diag));
	for (uint64_t i = 0; i < count && !r->bad; i++) {
		struct diag *d = &ret->list.v[i];
		d->level = (enum diag_level)get_below(r, DIAG_UNREADABLE + 1);
		d->line = (uint32_t)get_below(r, UINT64_C(1) << 32);
		d->col = (uint32_t)get_below(r, UINT64_C(1) << 32);
		d->path = get_str(r);
		d->text = get_str(r);
	}
	ret->list.n = ret->list.cap = r->bad ? 0 : count;
}

int facts_decode(struct arena *a, struct str bytes, struct layer_facts *ret, struct error *err)
{
	struct facts_header h;
	struct layer_facts f = { 0 };
	if (bytes.n < sizeof(h))
		return error_set(err, ERR_CORRUPT, "facts of %zu bytes: too short", bytes.n);
	memcpy(&h, bytes.p, sizeof(h));
	if (memcmp(h.magic, magic, sizeof(magic)) != 0)
		return error_set(err, ERR_CORRUPT, "facts of another version");
	uint64_t rest = bytes.n - sizeof(h);
	if (h.total_bytes != bytes.n || bytes.n > FACTS_MAX_BYTES || h.files_bytes > rest || h.names_bytes > rest - h.files_bytes ||
	    h.files_bytes % 8 || h.names_bytes % 8 || h.partial > 1 || rest - h.files_bytes - h.names_bytes != h.present_count * 8 || h.present_count > rest / 8)
		return error_set(err, ERR_CORRUPT, "facts whose lengths do not add up");
	const char *files = bytes.p + sizeof(h), *names = files + h.files_bytes, *present = names + h.names_bytes;
	uint64_t room = FACTS_MAX_DECODED, room_names = FACTS_MAX_DECODED / 2, room_present = FACTS_MAX_BYTES;
	struct reader r = { files, files, names, a, &room, false, false };
	get_files(&r, h.file_count, &f.files);
	bool bad = r.bad, nomem = r.nomem;
	r = (struct reader){ names, names, present, a, &room_names, false, false };
	get_paths(&r, h.whiteout_count, &f.whiteouts);
	get_paths(&r, h.opaque_count, &f.opaque);
	get_links(&r, h.link_count, &f.links);
	get_diags(&r, h.diag_count, &f.diags);
	bad |= r.bad || r.end - r.p > 7;
	nomem |= r.nomem;
	r = (struct reader){ present, present, bytes.p + bytes.n, a, &room_present, false, false };
	get_hashes(&r, h.present_count, &f.present);
	bad |= r.bad;
	nomem |= r.nomem;
	for (size_t i = 1; i < f.present.n && !bad; i++)
		bad = f.present.v[i - 1] > f.present.v[i];
	if (nomem)
		return error_nomem(err);
	if (bad)
		return error_set(err, ERR_CORRUPT, "facts that are damaged");
	f.diags.dropped = h.diags_dropped;
	f.entry_count = h.entry_count;
	f.tar_bytes = h.tar_bytes;
	*ret = f;
	return 0;
}
