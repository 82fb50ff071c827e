/* src/engine/overlay: whiteouts, opaque directories, replaced files, links, ownership, first layers. Layers are built by hand. */
#include <time.h>

#include "test.h"

#include "base/path.h"
#include "engine/overlay/overlay.h"

static struct arena arena;

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

/* A layer with one package per path given ("name=version" each), "-path" for whiteouts, "!dir" for opaque directories,
 * "path:secret" for a file in which something was observed, "link>target" for symbolic links, "link>>target" for hard ones, "dir/" for directories; other words are plain files. */
static const struct layer_facts *layer(const char *const *words)
{
	struct layer_facts *l = arena_new(&arena, struct layer_facts);
	for (; *words; words++) {
		struct str w = str_c(*words), a, b;
		if (w.p[0] == '-') {
			vec_push(&arena, &l->whiteouts, str_from(w, 1));
		} else if (w.p[0] == '!') {
			vec_push(&arena, &l->opaque, str_from(w, 1));
		} else if (str_cut(w, '>', &a, &b)) {
			struct facts_link *k = vec_add(&arena, &l->links);
			k->path = a;
			k->hard = str_strip_prefix(&b, STR(">"));
			k->target = b;
			vec_push(&arena, &l->present, path_hash(a));
		} else if (str_cut(w, '=', &a, &b)) {
			struct facts_file *f = vec_add(&arena, &l->files);
			bool os = str_has_prefix(a, STR("var/lib/dpkg"));
			f->path = a;
			f->kind = FACTS_PACKAGES;
			f->package_kind = os ? PKG_DPKG : PKG_PYTHON;
			struct str one;
			while (str_next(&b, ',', &one)) {
				struct package *p = vec_add(&arena, &f->packages);
				p->kind = f->package_kind;
				p->name = one;
				p->version = STR("1.0");
				p->arch = STR("amd64");
				p->path = a;
			}
			vec_push(&arena, &l->present, path_hash(a));
		} else if (str_cut(w, ':', &a, &b)) {
			struct facts_file *f = vec_add(&arena, &l->files);
			f->path = a;
			f->kind = FACTS_OBSERVATIONS;
			struct str one;
			while (str_next(&b, ',', &one)) {
				struct observation *x = vec_add(&arena, &f->observations);
				x->kind = FINDING_SECRET;
				x->path = a;
				x->match = one;
			}
			vec_push(&arena, &l->present, path_hash(a));
		} else if (str_strip_suffix(&w, STR("/"))) {
			vec_push(&arena, &l->present, path_hash(w) ^ PRESENT_DIR);
		} else {
			vec_push(&arena, &l->present, path_hash(w));
		}
	}
	qsort(l->present.v, l->present.n, sizeof(uint64_t), by_number);
	return l;
}

static struct str names_of(const struct image_facts *f)
{
	struct str s = STR("");
	for (size_t i = 0; i < f->packages.n; i++)
		s = arena_printf(&arena, "%.*s%s%.*s@%u", STR_FMT(s), s.n ? " " : "", STR_FMT(f->packages.v[i].name), f->packages.v[i].layer);
	return s;
}

static void test_apply(void **state)
{
	static const struct {
		const char *what;
		const char *layers[4][6];
		const char *result;
	} cases[] = {
		{ "both stay", { { "a/x=one" }, { "b/y=two" } }, "one@0 two@1" },
		{ "whiteout of the file", { { "a/x=one" }, { "-a/x" } }, "" },
		{ "whiteout of a parent", { { "a/b/x=one" }, { "-a" } }, "" },
		{ "whiteout of a namesake", { { "ab/x=one" }, { "-a" } }, "one@0" },
		{ "whiteout acts downwards only", { { "-a/x" }, { "a/x=one" } }, "one@1" },
		{ "opaque hides below", { { "a/x=one" }, { "!a", "a/y=two" } }, "two@1" },
		{ "opaque keeps others", { { "b/x=one" }, { "!a" } }, "one@0" },
		{ "replaced file", { { "a/x=one" }, { "a/x=two" } }, "two@1" },
		{ "replaced by something unwanted", { { "a/x=one" }, { "a/x" } }, "" },
		{ "parent became a file", { { "a/b/x=one" }, { "a" } }, "" },
		{ "file became a folder", { { "a/x=one" }, { "a/x/" } }, "" },
		{ "folder named again", { { "a/b/x=one" }, { "a/", "a/b/" } }, "one@0" },
		{ "opaque root", { { "a/x=one", "x=two" }, { "!", "y=new" } }, "new@1" },
		{ "only the topmost layer's are left", { { "a/x=one" }, { "-a/x", "a/y=two" }, { "!a", "a/z=three" } }, "three@2" },
		{ "hard link is no second package", { { "a/x=one", "b/x>>a/x" }, { "c" } }, "one@0" },
		{ "hard link outlives the first name", { { "a/x=one", "b/x>>a/x" }, { "-a" } }, "one@0" },
		{ "hard link and first name deleted", { { "a/x=one", "b/x>>a/x" }, { "-a" }, { "-b/x" } }, "" },
		{ "hard link deleted", { { "a/x=one", "b/x>>a/x" }, { "-b" } }, "one@0" },
		{ "hard link outlives a rewritten name", { { "a/x=one", "b/x>>a/x" }, { "a/x=two" } }, "two@1 one@0" },
		{ "merged usr link hides nothing", { { "usr/lib/x=one" }, { "lib>usr/lib" } }, "one@0" },
		{ "merged usr spelling replaces", { { "usr/lib/x=one" }, { "lib/x=two", "lib>usr/lib" } }, "two@1" },
		{ "deleted and written again", { { "a/x=one" }, { "-a/x" }, { "a/x=one" } }, "one@2" },
		{ "written through a directory link", { { "opt/app>../srv/app", "srv/app/x=one" }, { "opt/app/y=two" }, { "-srv/app/y" } }, "one@0" },
		{ "folder in the place of a link", { { "opt/app>../srv/app" }, { "opt/app/", "opt/app/y=two" }, { "-srv/app" } }, "two@1" },
		{ "link removed below", { { "opt/app>../srv/app" }, { "-opt" }, { "opt/app/y=two" }, { "-srv/app" } }, "two@2" },
		{ "link through a link", { { "a>b", "b/c>../d", "a/c/x=one" }, { "-d" } }, "" },
		{ "link loop ends", { { "a>b", "b>a", "a/x=one" } }, "one@0" },
		{ "database rewritten by a later layer", { { "var/lib/dpkg/status=bash,libc" }, { "var/lib/dpkg/status=bash,curl,libc" } }, "bash@0 curl@1 libc@0" },
	};
	const struct overlay_options opt = { 0 };
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct layer_facts *layers[4];
		struct image_facts facts;
		struct error err = { 0 };
		size_t n = 0;
		arena_init(&arena, 0);
		for (; n < 4 && cases[i].layers[n][0]; n++)
			layers[n] = layer(cases[i].layers[n]);
		assert_int_equal(overlay_apply(&arena, layers, n, &opt, &facts, &err), 0);
		if (!str_eq_c(names_of(&facts), cases[i].result))
			fail_msg("%s: \"%.*s\" instead of \"%s\"", cases[i].what, STR_FMT(names_of(&facts)), cases[i].result);
		arena_release(&arena);
	}
}

static void test_observations(void **state)
{
	static const struct {
		const char *what;
		const char *layers[4][6];
		const char *result; /* topmost first */
	} cases[] = {
		{ "stays", { { "a/x:one,two" }, { "b" } }, "a/x=one@0 a/x=two@0" },
		{ "deleted is still told", { { "a/x:one" }, { "-a/x" } }, "a/x=one@0 deleted" },
		{ "replaced is still told", { { "a/x:one" }, { "a/x" } }, "a/x=one@0 deleted" },
		{ "opaque folder", { { "a/x:one" }, { "!a" } }, "a/x=one@0 deleted" },
		{ "the same text written again counts once, where it is seen", { { "a/x:one,two" }, { "a/x:one" } }, "a/x=one@1 a/x=two@0 deleted" },
		{ "twice in one file", { { "a/x:one,one" } }, "a/x=one@0 a/x=one@0" },
		{ "deleted, and written elsewhere", { { "a/x:one" }, { "-a/x", "b/x:one" } }, "b/x=one@1 a/x=one@0 deleted" },
		{ "hard link is no second secret", { { "a/x:one", "b/x>>a/x" }, { "c" } }, "a/x=one@0" },
		{ "hard link outlives the first name", { { "a/x:one", "b/x>>a/x" }, { "-a" } }, "b/x=one@0 a/x=one@0 deleted" },
		{ "both names deleted", { { "a/x:one", "b/x>>a/x" }, { "-a", "-b" } }, "a/x=one@0 deleted" },
	};
	const struct overlay_options opt = { 0 };
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct layer_facts *layers[4];
		struct image_facts facts;
		struct error err = { 0 };
		size_t n = 0;
		arena_init(&arena, 0);
		for (; n < 4 && cases[i].layers[n][0]; n++)
			layers[n] = layer(cases[i].layers[n]);
		assert_int_equal(overlay_apply(&arena, layers, n, &opt, &facts, &err), 0);
		struct str s = STR("");
		const struct observation *o;
		vec_foreach(o, &facts.observations)
			s = arena_printf(&arena, "%.*s%s%.*s=%.*s@%u%s", STR_FMT(s), s.n ? " " : "", STR_FMT(o->path), STR_FMT(o->match), o->layer, o->deleted ? " deleted" : "");
		if (!str_eq_c(s, cases[i].result))
			fail_msg("%s: \"%.*s\" instead of \"%s\"", cases[i].what, STR_FMT(s), cases[i].result);
		arena_release(&arena);
	}
}

static void test_owner_and_missing_layer(void **state)
{
	arena_init(&arena, 0);
	const struct layer_facts *first = layer((const char *const[]){ "var/lib/dpkg/status=python3-six", "usr/lib/python3/dist-packages/six.egg-info=six", NULL });
	struct layer_facts *lists = arena_new(&arena, struct layer_facts);
	struct facts_file *f = vec_add(&arena, &lists->files);
	f->path = STR("var/lib/dpkg/info/python3-six.list");
	f->kind = FACTS_OWNED_FILES;
	struct package *pseudo = vec_add(&arena, &f->packages);
	pseudo->name = STR("python3-six");
	vec_push(&arena, &pseudo->owned, path_hash(STR("/usr/lib/python3/dist-packages/six.egg-info")));
	const struct layer_facts *layers[] = { first, NULL, lists, layer((const char *const[]){ "opt/six.egg-info=six", NULL }) };
	struct image_facts facts;
	assert_int_equal(overlay_apply(&arena, layers, 4, &(struct overlay_options){ 0 }, &facts, NULL), 0);
	assert_int_equal(facts.packages.n, 3);
	assert_str(facts.packages.v[0].name, "python3-six");
	assert_str(facts.packages.v[1].path, "opt/six.egg-info");
	assert_int_equal(facts.packages.v[1].owner, 0);
	assert_str(facts.packages.v[2].path, "usr/lib/python3/dist-packages/six.egg-info");
	assert_int_equal(facts.packages.v[2].owner, 1);
	/* The same file from a maker with a repository of its own: the distribution's data knows nothing of it. */
	first->files.v[0].packages.v[0].vendor = STR("Docker <support@docker.com>");
	assert_int_equal(overlay_apply(&arena, layers, 4, &(struct overlay_options){ 0 }, &facts, NULL), 0);
	assert_int_equal(facts.packages.v[2].owner, 0);
	arena_release(&arena);
}

static void test_lock_files_and_diags(void **state)
{
	arena_init(&arena, 0);
	struct layer_facts *l = arena_new(&arena, struct layer_facts);
	static const enum package_kind kinds[] = { PKG_CARGO_LOCK, PKG_NPM_LOCK, PKG_GEM };
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		struct facts_file *f = vec_add(&arena, &l->files);
		f->path = arena_printf(&arena, "app/%zu", i);
		f->package_kind = kinds[i];
		struct package *p = vec_add(&arena, &f->packages);
		p->kind = kinds[i];
		p->name = STR("x");
		p->version = STR("1");
	}
	diags_init(&l->diags, &arena);
	diag_add(&l->diags, DIAG_UNREADABLE, STR("app/broken.jar"), 0, 0, "truncated");
	diag_add(&l->diags, DIAG_UNREADABLE, STR("gone/broken.jar"), 0, 0, "truncated");
	const struct layer_facts *layers[] = { l, layer((const char *const[]){ "-gone", NULL }) };
	struct image_facts facts;
	assert_int_equal(overlay_apply(&arena, layers, 2, &(struct overlay_options){ 0 }, &facts, NULL), 0);
	assert_int_equal(facts.packages.n, 2);
	assert_int_equal(facts.diags.list.n, 1);
	assert_str(facts.diags.list.v[0].path, "app/broken.jar");
	assert_int_equal(overlay_apply(&arena, layers, 2, &(struct overlay_options){ .lock_files = true }, &facts, NULL), 0);
	assert_int_equal(facts.packages.n, 3);
	arena_release(&arena);
}

/* Hundreds of layers that each remove thousands of paths: the cost is their sum, not their product. */
static void test_many_whiteouts(void **state)
{
	enum { LAYERS = 200, WHITEOUTS = 2000, FILES = 100 };
	const struct layer_facts *layers[LAYERS];
	struct str_vec whiteouts = { 0 };
	struct image_facts facts;
	arena_init(&arena, 0);
	for (int i = 0; i < WHITEOUTS; i++)
		vec_push(&arena, &whiteouts, arena_printf(&arena, "srv/data/gone/%d", i));
	for (int i = 0; i < LAYERS; i++) {
		struct layer_facts *l = arena_new(&arena, struct layer_facts);
		l->whiteouts = whiteouts;
		for (int k = 0; k < FILES; k++) {
			struct facts_file *f = vec_add(&arena, &l->files);
			f->path = arena_printf(&arena, "srv/data/%d/%d/x", i, k);
			f->kind = FACTS_PACKAGES;
			f->package_kind = PKG_PYTHON;
		}
		layers[i] = l;
	}
	clock_t start = clock();
	assert_int_equal(overlay_apply(&arena, layers, LAYERS, &(struct overlay_options){ 0 }, &facts, NULL), 0);
	assert_true((clock() - start) / CLOCKS_PER_SEC < 5);
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_apply), cmocka_unit_test(test_observations), cmocka_unit_test(test_many_whiteouts), cmocka_unit_test(test_owner_and_missing_layer),
					    cmocka_unit_test(test_lock_files_and_diags) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
