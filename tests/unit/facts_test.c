/* The facts codec: what is written is read again, in place; what is damaged in any byte or length is refused or gives other facts, but never
 * reads outside (sanitizers); what a hostile worker would write is refused. */
#include "source/layer/layer.h"

#include "base/path.h"
#include "source/layer/facts_codec.h"
#include "test.h"

static struct arena arena;

static void make(struct layer_facts *f)
{
	*f = (struct layer_facts){ .entry_count = 12345, .tar_bytes = UINT64_C(1) << 40 };
	diags_init(&f->diags, &arena);
	for (unsigned i = 0; i < 40; i++) {
		struct facts_file *x = vec_add(&arena, &f->files);
		x->path = arena_printf(&arena, "usr/lib/%u/file", i);
		x->kind = i % 7 == 6 ? FACTS_OBSERVATIONS : i % 3 == 1 ? FACTS_OS_RELEASE : i % 3 == 2 ? FACTS_OWNED_FILES : FACTS_PACKAGES;
		x->package_kind = (enum package_kind)(i % PKG_KIND_COUNT);
		x->unreadable = i == 5;
		x->priority = (uint8_t)i;
		if (x->kind == FACTS_OS_RELEASE)
			x->distro = (struct distro){ STR_INIT("debian"), STR_INIT("11.6"), STR_INIT("11"), STR_INIT("bullseye"), STR_INIT("Debian GNU/Linux"),
						     STR_INIT("none"), true };
		for (unsigned k = 0; k < i && x->kind == FACTS_OBSERVATIONS; k++) {
			struct observation *o = vec_add(&arena, &x->observations);
			*o = (struct observation){ k % 2 ? FINDING_SECRET : FINDING_MISCONFIGURATION, (enum severity)(k % SEVERITY_COUNT), STR_INIT("rule"), STR_INIT("Category"),
						   STR_INIT("Title"), x->path, k, k * 2, k + 1, k + 2, arena_printf(&arena, "match %u", k), STR_INIT("a\nb"), STR_INIT("why"), 0, false };
		}
		for (unsigned k = 0; k < i; k++) {
			struct package *p = vec_add(&arena, &x->packages);
			p->kind = PKG_DPKG;
			p->name = arena_printf(&arena, "name-%u-%u", i, k);
			p->version = k % 2 ? STR("1.2-3") : STR_NONE;
			p->arch = STR("amd64");
			p->src_name = STR("source");
			p->src_version = STR("4");
			p->modularity = STR("m:1");
			p->vendor = STR("vendor \xc3\xa4\n");
			p->path = k % 3 ? x->path : arena_printf(&arena, "other/%u", k);
			p->nested_path = STR("a.jar");
			p->digest = STR("sha1:00");
			for (unsigned j = 0; j < k % 4; j++) {
				struct str s = arena_printf(&arena, "list-%u", j);
				assert_non_null(vec_push(&arena, &p->licenses, s));
				assert_non_null(vec_push(&arena, &p->depends, s));
				assert_non_null(vec_push(&arena, &p->provides, s));
			}
			for (unsigned j = 0; j < k * 3; j++) {
				uint64_t h = str_hash(p->name) * j;
				assert_non_null(vec_push(&arena, &p->owned, h));
			}
			p->line = k;
			p->end_line = k * 1000000;
			p->dev = k & 1;
			p->indirect = k & 2;
			p->is_root = k & 4;
			p->vendored = k & 8;
		}
	}
	struct str white[] = { STR_INIT("etc/x"), STR_INIT("usr") };
	for (size_t i = 0; i < ARRAY_LEN(white); i++) {
		assert_non_null(vec_push(&arena, &f->whiteouts, white[i]));
		assert_non_null(vec_push(&arena, &f->opaque, white[i]));
	}
	struct facts_link link = { STR_INIT("bin"), STR_INIT("/usr/bin"), false };
	assert_non_null(vec_push(&arena, &f->links, link));
	link = (struct facts_link){ STR_INIT("a/b"), STR_INIT("../../x"), true };
	assert_non_null(vec_push(&arena, &f->links, link));
	for (unsigned i = 0; i < 5000; i++) {
		uint64_t h = str_hash(str_make((const char *)&i, sizeof(i)));
		assert_non_null(vec_push(&arena, &f->present, h));
		if (i % 50 == 0)
			assert_non_null(vec_push(&arena, &f->present, h));
	}
	diag_add(&f->diags, DIAG_UNREADABLE, STR("etc/x"), 3, 4, "no %s", "good");
	f->diags.dropped = 9;
}

static void assert_same_str(struct str a, struct str b)
{
	assert_true(str_eq(a, b));
}

static void assert_same_list(const struct str_vec *a, const struct str_vec *b)
{
	assert_int_equal(a->n, b->n);
	for (size_t i = 0; i < a->n; i++)
		assert_same_str(a->v[i], b->v[i]);
}

static void assert_same_package(const struct package *a, const struct package *b)
{
	assert_int_equal(a->kind, b->kind);
	assert_same_str(a->name, b->name);
	assert_same_str(a->version, b->version);
	assert_same_str(a->arch, b->arch);
	assert_same_str(a->src_name, b->src_name);
	assert_same_str(a->src_version, b->src_version);
	assert_same_str(a->modularity, b->modularity);
	assert_same_str(a->vendor, b->vendor);
	assert_same_str(a->path, b->path);
	assert_same_str(a->nested_path, b->nested_path);
	assert_same_str(a->digest, b->digest);
	assert_same_list(&a->licenses, &b->licenses);
	assert_same_list(&a->depends, &b->depends);
	assert_same_list(&a->provides, &b->provides);
	assert_int_equal(a->owned.n, b->owned.n);
	for (size_t i = 0; i < a->owned.n; i++)
		assert_true(a->owned.v[i] == b->owned.v[i]);
	assert_int_equal(a->line, b->line);
	assert_int_equal(a->end_line, b->end_line);
	assert_int_equal(a->dev, b->dev);
	assert_int_equal(a->indirect, b->indirect);
	assert_int_equal(a->is_root, b->is_root);
	assert_int_equal(a->vendored, b->vendored);
}

static void assert_same_observation(const struct observation *a, const struct observation *b)
{
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->severity, b->severity);
	assert_same_str(a->id, b->id);
	assert_same_str(a->category, b->category);
	assert_same_str(a->title, b->title);
	assert_same_str(a->path, b->path);
	assert_same_str(a->match, b->match);
	assert_same_str(a->context, b->context);
	assert_same_str(a->detail, b->detail);
	assert_int_equal(a->line, b->line);
	assert_int_equal(a->end_line, b->end_line);
	assert_int_equal(a->col, b->col);
	assert_int_equal(a->context_line, b->context_line);
}

static void encode(const struct layer_facts *f, struct buf *out)
{
	struct error err = { 0 };
	buf_init(out, 64 << 20);
	if (facts_encode(f, out, &err) < 0)
		fail_msg("%s", err.text);
}

static void test_round_trip(void **state)
{
	struct layer_facts f, g;
	struct buf b;
	struct error err = { 0 };
	make(&f);
	encode(&f, &b);
	for (size_t shift = 0; shift < 9; shift++) { /* aligned or not */
		char *bytes = malloc(b.n + 16);
		memcpy(bytes + shift, b.p, b.n);
		if (facts_decode(&arena, str_make(bytes + shift, b.n), &g, &err) < 0)
			fail_msg("shift %zu: %s", shift, err.text);
		assert_int_equal(f.files.n, g.files.n);
		for (size_t i = 0; i < f.files.n; i++) {
			const struct facts_file *x = &f.files.v[i], *y = &g.files.v[i];
			assert_same_str(x->path, y->path);
			assert_int_equal(x->kind, y->kind);
			assert_int_equal(x->package_kind, y->package_kind);
			assert_int_equal(x->unreadable, y->unreadable);
			assert_int_equal(x->priority, y->priority);
			assert_same_str(x->distro.id, y->distro.id);
			assert_same_str(x->distro.version, y->distro.version);
			assert_same_str(x->distro.version_id, y->distro.version_id);
			assert_same_str(x->distro.codename, y->distro.codename);
			assert_same_str(x->distro.name, y->distro.name);
			assert_same_str(x->distro.id_like, y->distro.id_like);
			assert_int_equal(x->distro.known, y->distro.known);
			assert_int_equal(x->packages.n, y->packages.n);
			for (size_t k = 0; k < x->packages.n; k++)
				assert_same_package(&x->packages.v[k], &y->packages.v[k]);
			assert_int_equal(x->observations.n, y->observations.n);
			for (size_t k = 0; k < x->observations.n; k++)
				assert_same_observation(&x->observations.v[k], &y->observations.v[k]);
		}
		assert_same_list(&f.whiteouts, &g.whiteouts);
		assert_same_list(&f.opaque, &g.opaque);
		assert_int_equal(g.links.n, 2);
		assert_str(g.links.v[0].target, "/usr/bin");
		assert_true(g.links.v[1].hard);
		assert_int_equal(f.present.n, g.present.n);
		for (size_t i = 1; i < g.present.n; i++)
			assert_true(g.present.v[i - 1] <= g.present.v[i]);
		for (size_t i = 0; i < f.present.n; i++) {
			bool found = false;
			for (size_t k = 0; k < g.present.n && !found; k++)
				found = g.present.v[k] == f.present.v[i];
			assert_true(found);
		}
		assert_int_equal(g.diags.list.n, 1);
		assert_str(g.diags.list.v[0].text, "no good");
		assert_int_equal(g.diags.list.v[0].line, 3);
		assert_int_equal(g.diags.dropped, 9);
		assert_int_equal(g.entry_count, 12345);
		assert_true(g.tar_bytes == UINT64_C(1) << 40);
		free(bytes);
	}
	buf_release(&b);
	arena_release(&arena);
}

/* Sorting: sizes around the change of method, equal hashes, hashes that differ late. */
static void test_present_order(void **state)
{
	static const size_t counts[] = { 0, 1, 2, 47, 48, 49, 300, 20000 };
	for (size_t c = 0; c < ARRAY_LEN(counts); c++)
		for (int kind = 0; kind < 4; kind++) {
			struct layer_facts f = { 0 }, g;
			struct buf b;
			uint64_t x = 88172645463325252u, sum = 0, sum2 = 0;
			for (size_t i = 0; i < counts[c]; i++) {
				x ^= x << 13;
				x ^= x >> 7;
				x ^= x << 17;
				uint64_t v = kind == 0 ? x : kind == 1 ? 7 : kind == 2 ? x & 0xff : counts[c] - i;
				assert_non_null(vec_push(&arena, &f.present, v));
				sum += v * v;
			}
			encode(&f, &b);
			assert_int_equal(facts_decode(&arena, buf_str(&b), &g, NULL), 0);
			assert_int_equal(g.present.n, counts[c]);
			for (size_t i = 0; i < g.present.n; i++) {
				sum2 += g.present.v[i] * g.present.v[i];
				assert_true(!i || g.present.v[i - 1] <= g.present.v[i]);
			}
			assert_true(sum == sum2);
			buf_release(&b);
			arena_release(&arena);
		}
}

static void test_damage(void **state)
{
	struct layer_facts f, g;
	struct buf b;
	size_t refused = 0;
	make(&f);
	f.present.n = 50;
	f.files.n = 12;
	encode(&f, &b);
	for (size_t n = 0; n < b.n; n++) {
		char *cut = malloc(n ? n : 1);
		memcpy(cut, b.p, n);
		assert_int_equal(facts_decode(&arena, str_make(cut, n), &g, NULL), ERR_CORRUPT);
		free(cut);
	}
	for (size_t i = 0; i < b.n; i++)
		for (int bit = 0; bit < 8; bit += 3) {
			struct arena a;
			arena_init(&a, 64 << 20);
			b.p[i] ^= (char)(1 << bit);
			refused += facts_decode(&a, buf_str(&b), &g, NULL) < 0;
			b.p[i] ^= (char)(1 << bit);
			arena_release(&a);
		}
	assert_true(refused > 300);
	buf_release(&b);
	arena_release(&arena);
}

/* Paths that a worker must not be able to tell. */
static void test_paths(void **state)
{
	static const struct str bad[] = { STR_INIT("/etc/x"), STR_INIT("../x"), STR_INIT("a/../b"), STR_INIT("a//b"), STR_INIT("./a"), STR_INIT("a/"), STR_INIT("a\0b"), STR_INIT(".") };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		for (int where = 0; where < 4; where++) {
			struct layer_facts f = { 0 }, g;
			struct buf b;
			struct facts_file file = { .path = bad[i] };
			struct facts_link link = { .path = bad[i], .target = STR_INIT("../any thing") };
			if (where == 0)
				assert_non_null(vec_push(&arena, &f.files, file));
			if (where == 1)
				assert_non_null(vec_push(&arena, &f.links, link));
			if (where > 1)
				assert_non_null(vec_push(&arena, where == 2 ? &f.whiteouts : &f.opaque, bad[i]));
			encode(&f, &b);
			if (facts_decode(&arena, buf_str(&b), &g, NULL) != ERR_CORRUPT)
				fail_msg("path %zu in place %d was accepted", i, where);
			buf_release(&b);
		}
	arena_release(&arena);
}

/* Observations that a worker must not be able to tell: of another kind, without end of text, with lines that run backwards. */
static void test_observations(void **state)
{
	static char long_text[OBSERVATION_TEXT_MAX + 1];
	memset(long_text, 'x', sizeof(long_text));
	const struct observation cases[] = {
		{ .kind = FINDING_VULNERABILITY }, { .kind = FINDING_UNREADABLE }, { .kind = FINDING_SECRET, .severity = SEVERITY_COUNT },
		{ .kind = FINDING_SECRET, .line = 2, .end_line = 1 }, { .kind = FINDING_SECRET, .match = { long_text, sizeof(long_text) } },
		{ .kind = FINDING_SECRET, .context = { long_text, sizeof(long_text) } }, { .kind = FINDING_SECRET, .line = 1, .end_line = 1 }, /* good */
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct layer_facts f = { 0 }, g;
		struct buf b;
		struct facts_file *file = vec_add(&arena, &f.files);
		file->path = STR("x");
		file->kind = FACTS_OBSERVATIONS;
		assert_non_null(vec_push(&arena, &file->observations, cases[i]));
		encode(&f, &b);
		bool good = i == ARRAY_LEN(cases) - 1;
		if (facts_decode(&arena, buf_str(&b), &g, NULL) != (good ? 0 : ERR_CORRUPT))
			fail_msg("case %zu", i);
		buf_release(&b);
	}
	arena_release(&arena);
}

/* Facts whose structs would fill the memory: the writer does not write them, and the reader refuses them when somebody else does. */
static void test_too_large(void **state)
{
	struct facts_writer w;
	struct str pieces[FACTS_PIECES];
	struct layer_facts g;
	struct buf b;
	size_t n = FACTS_MAX_DECODED / sizeof(struct package) + 1;
	struct facts_file f = { .path = STR("x"), .packages = { calloc(n, sizeof(struct package)), n, n } };
	assert_non_null(f.packages.v);
	facts_writer_init(&w);
	buf_init(&b, 64 << 20);
	assert_true(facts_write_file(&w, &f) == SIZE_MAX);
	f.packages.n /= 2;
	assert_true(facts_write_file(&w, &f) == 0);
	w.decoded = 0; /* as a worker that cheats */
	f.path = STR("y");
	f.packages.n += 5;
	assert_true(facts_write_file(&w, &f) != SIZE_MAX);
	assert_int_equal(facts_writer_finish(&w, pieces, NULL), 0);
	for (size_t i = 0; i < FACTS_PIECES; i++)
		buf_add(&b, pieces[i]);
	assert_int_equal(facts_decode(&arena, buf_str(&b), &g, NULL), ERR_CORRUPT);
	facts_writer_release(&w);
	buf_release(&b);
	free(f.packages.v);
	arena_release(&arena);
}

static void test_dropped_files(void **state)
{
	struct facts_writer w;
	struct str pieces[FACTS_PIECES];
	struct buf b;
	struct layer_facts g;
	buf_init(&b, 1 << 20);
	facts_writer_init(&w);
	facts_write_file(&w, &(struct facts_file){ .path = STR("first") });
	size_t second = facts_write_file(&w, &(struct facts_file){ .path = STR("second") });
	size_t third = facts_write_file(&w, &(struct facts_file){ .path = STR("third") });
	assert_int_equal(facts_drop_file(&w, second), third - second);
	assert_int_equal(facts_writer_finish(&w, pieces, NULL), 0);
	for (size_t i = 0; i < FACTS_PIECES; i++)
		buf_add(&b, pieces[i]);
	assert_int_equal(facts_decode(&arena, buf_str(&b), &g, NULL), 0);
	assert_int_equal(g.files.n, 2);
	assert_str(g.files.v[0].path, "first");
	assert_str(g.files.v[1].path, "third");
	facts_writer_release(&w);
	buf_release(&b);
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip), cmocka_unit_test(test_present_order), cmocka_unit_test(test_damage),
		cmocka_unit_test(test_observations), cmocka_unit_test(test_paths),	   cmocka_unit_test(test_dropped_files), cmocka_unit_test(test_too_large),
	};
	arena_init(&arena, ARENA_NO_LIMIT);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
