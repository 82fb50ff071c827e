/* src/format/stores: what engines keep on disk. The containerd files are containerd 1.6's own (written again with smaller pages), the JSON has the shape that Docker 20.10
 * and Podman 4.3 write. src/source/image/engines: how a name or an id is recognised. */
#include "test.h"

#include <fcntl.h>

#include "format/stores/containerd.h"
#include "format/stores/containers_storage.h"
#include "format/stores/docker_store.h"
#include "source/image/engines.h"
#include "source/layer/opaque.h"
#include "sys/file/file.h"

#include <sys/stat.h>
#include <sys/xattr.h>

#define ID_A "fb4716a3e5d529db332a87d352ac6ccc9b928c9e25e4e1377b36938afe4b58a8"
#define ID_B "85ce7266c977caf197f71e4f93cb28b33f7ba359e351fc394ddbe26f04e70860"

static struct str seed(struct arena *a, const char *name)
{
	const char *top = getenv("BULKHEAD_TOP");
	struct str path = arena_printf(a, "%s/fuzz/corpus/stores_fuzz/%s", top ? top : ".", name), bytes;
	struct error err = { 0 };
	if (file_read(a, path, 1 << 20, &bytes, &err) < 0)
		fail_msg("%s", err.text);
	return str_from(bytes, 1);
}

static void test_containerd(void **state)
{
	struct arena a;
	struct bbolt meta, snapshots;
	struct containerd_image_vec images = { 0 };
	struct str_vec names = { 0 };
	struct diags diags;
	struct error err = { 0 };
	arena_init(&a, 0);
	diags_init(&diags, &a);
	assert_int_equal(bbolt_open(seed(&a, "containerd-meta"), &meta, &err), 0);
	assert_int_equal(containerd_namespaces(&a, &meta, &names, &err), 0);
	assert_int_equal(names.n, 2);
	assert_int_equal(containerd_images(&a, &meta, STR_NONE, &images, &diags, &err), 0);
	assert_int_equal(images.n, 2);
	assert_int_equal(diags.list.n, 0);
	assert_str(images.v[0].namespace_, "first");
	assert_str(images.v[1].namespace_, "second");
	assert_str(images.v[0].name, "docker.io/library/stores-demo:1");
	assert_str(images.v[0].target.digest, "sha256:6389e96b50ba0af34b06d6846d62dc51f33cdff1fc0500737e5f58c130384d05");
	assert_int_equal(images.v[0].target.size, 734);
	images.n = 0;
	assert_int_equal(containerd_images(&a, &meta, STR("second"), &images, &diags, &err), 0);
	assert_int_equal(images.n, 1);
	images.n = 0;
	assert_int_equal(containerd_images(&a, &meta, STR("third"), &images, &diags, &err), 0);
	assert_int_equal(images.n, 0);

	struct containerd_snapshot_vec found = { 0 };
	struct str chain = STR("sha256:eb3c7b5ecfaaa0813463f80c41ad28b65ea7137ec8bcbc7b4d1b8fb2a2b4515f");
	uint64_t id = 0;
	assert_int_equal(containerd_snapshots(&a, &meta, STR("first"), chain, &found, &err), 0);
	assert_int_equal(found.n, 1);
	assert_str(found.v[0].snapshotter, "overlayfs");
	assert_int_equal(bbolt_open(seed(&a, "containerd-snapshots"), &snapshots, &err), 0);
	assert_int_equal(containerd_snapshot_id(&snapshots, found.v[0].name, &id, &err), 0);
	assert_int_equal(id, 1);
	assert_int_equal(containerd_snapshot_id(&snapshots, STR("first/9/nothing"), &id, &err), ERR_NOT_FOUND);
	arena_release(&a);
}

static void test_lists(void **state)
{
	static const struct {
		char kind; /* n: Docker's names, i: images, l: layers */
		const char *json;
		int result;
		size_t count;
	} cases[] = {
		{ 'n', "{\"Repositories\":{\"a\":{\"a:1\":\"sha256:" ID_A "\",\"a@sha256:" ID_B "\":\"sha256:" ID_A "\"},\"b\":{}}}", 0, 2 },
		{ 'n', "{}", 0, 0 },
		{ 'n', "{\"Repositories\":{\"a\":{\"a:1\":\"sha256:../../etc\"}}}", ERR_FORMAT, 0 },
		{ 'n', "{\"Repositories\":{\"a\":{\"a:1\":7}}}", ERR_FORMAT, 0 },
		{ 'n', "[]", ERR_FORMAT, 0 },
		{ 'n', "{", ERR_FORMAT, 0 },
		{ 'i', "[{\"id\":\"" ID_A "\",\"digest\":\"sha256:" ID_B "\",\"names\":[\"x:1\",null],\"layer\":\"" ID_B "\"}]", 0, 1 },
		{ 'i', "[{\"id\":\"" ID_A "\"}]", 0, 1 },
		{ 'i', "null", 0, 0 },
		{ 'i', "[{\"id\":\"../x\"}]", ERR_FORMAT, 0 },
		{ 'i', "[{\"id\":\"" ID_A "\",\"layer\":\"..\"}]", ERR_FORMAT, 0 },
		{ 'i', "[{\"id\":\"" ID_A "\",\"digest\":\"md5:0\"}]", ERR_FORMAT, 0 },
		{ 'i', "{}", ERR_FORMAT, 0 },
		{ 'l', "[{\"id\":\"" ID_A "\",\"diff-size\":12},{\"id\":\"" ID_B "\",\"parent\":\"" ID_A "\",\"diff-digest\":\"sha256:" ID_A "\"}]", 0, 2 },
		{ 'l', "[{\"id\":\"" ID_A "\",\"parent\":\"/etc\"}]", ERR_FORMAT, 0 },
		{ 'l', "[7]", ERR_FORMAT, 0 },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena a;
		struct error err = { 0 };
		struct docker_store_name_vec names = { 0 };
		struct storage_image_vec images = { 0 };
		struct storage_layer_vec layers = { 0 };
		arena_init(&a, 0);
		struct str json = str_c(cases[i].json);
		int r = cases[i].kind == 'n' ? docker_store_names_parse(&a, json, &names, &err) :
			cases[i].kind == 'i' ? storage_images_parse(&a, json, &images, &err) :
					       storage_layers_parse(&a, json, &layers, &err);
		if (r != cases[i].result || names.n + images.n + layers.n != cases[i].count)
			fail_msg("%s: %d (%s), %zu entries", cases[i].json, r, err.text, names.n + images.n + layers.n);
		arena_release(&a);
	}
}

/* The chain that Docker and containerd gave this pair of layers. */
static void test_chain_and_names(void **state)
{
	struct arena a;
	arena_init(&a, 0);
	struct str one = chain_id_next(&a, STR_NONE, STR("sha256:" ID_A)), two = chain_id_next(&a, one, STR("sha256:" ID_B));
	assert_str(one, "sha256:" ID_A);
	assert_str(two, "sha256:16214562ed8996d2f1bc0be6bfd117bfa8c19f3f81a32da92fd8e0d60e279d92");
	assert_true(docker_cache_id_is_valid(STR("0a_b-C")) && !docker_cache_id_is_valid(STR("..")) && !docker_cache_id_is_valid(STR("a/b")) && !docker_cache_id_is_valid(STR("")));
	assert_str(storage_data_file(&a, STR("manifest")), "manifest");
	assert_str(storage_data_file(&a, STR("sha256:87dbdd5254c4a8f446a39d356928cdc4ec1afdaa5645d84f3d4d5a68777679f4")),
		   "=c2hhMjU2Ojg3ZGJkZDUyNTRjNGE4ZjQ0NmEzOWQzNTY5MjhjZGM0ZWMxYWZkYWE1NjQ1ZDg0ZjNkNGQ1YTY4Nzc3Njc5ZjQ=");
	arena_release(&a);
}

static void test_query(void **state)
{
	static const struct {
		const char *asked, *stored; /* stored: a name, or an id */
		bool name, id;
	} cases[] = {
		{ "debian", "docker.io/library/debian:latest", true, false },
		{ "debian:12", "docker.io/library/debian:12", true, false },
		{ "debian:12", "debian:12", true, false },
		{ "docker.io/library/debian:12", "debian:12", true, false },
		{ "debian:12", "docker.io/library/debian:11", false, false },
		{ "debian:12", "quay.io/library/debian:12", false, false },
		{ "quay.io/a/b:1", "quay.io/a/b:1", true, false },
		{ "a@sha256:" ID_A, "docker.io/library/a@sha256:" ID_A, true, false },
		{ "sha256:" ID_A, "sha256:" ID_A, true, true },
		{ ID_A, "sha256:" ID_A, false, true },
		{ "fb47", "sha256:" ID_A, false, true },
		{ "fb4", "sha256:" ID_A, false, false },
		{ "fb48", "sha256:" ID_A, false, false },
		{ "sha256:fb4716a3", "sha256:" ID_A, false, true },
		{ "FB47", "sha256:" ID_A, false, false },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena a;
		struct engine_query q = { 0 };
		struct error err = { 0 };
		arena_init(&a, 0);
		int r = engine_query_init(&a, str_c(cases[i].asked), &q, &err);
		bool name = r == 0 && engine_name_matches(&q, str_c(cases[i].stored)), id = r == 0 && engine_id_matches(&q, str_c(cases[i].stored));
		if (name != cases[i].name || id != cases[i].id)
			fail_msg("%s against %s: %d (%s), name %d, id %d", cases[i].asked, cases[i].stored, r, err.text, name, id);
		arena_release(&a);
	}
}

static void test_matches(void **state)
{
	struct arena a;
	struct engine_query q = { .text = STR("x") };
	struct engine_match_vec list = { 0 };
	struct error err = { 0 };
	size_t at = 9;
	arena_init(&a, 0);
	assert_int_equal(engine_match_only(&a, &q, &list, "hint", &at, &err), ERR_NOT_FOUND);
	assert_non_null(vec_push(&a, &list, ((struct engine_match){ STR("sha256:1"), STR("one"), 4 })));
	assert_non_null(vec_push(&a, &list, ((struct engine_match){ STR("sha256:1"), STR("again"), 5 })));
	assert_int_equal(engine_match_only(&a, &q, &list, "hint", &at, &err), 0);
	assert_int_equal(at, 4);
	assert_non_null(vec_push(&a, &list, ((struct engine_match){ STR("sha256:2"), STR("other"), 6 })));
	assert_int_equal(engine_match_only(&a, &q, &list, "the hint", &at, &err), ERR_USAGE);
	assert_non_null(strstr(err.text, "the hint"));
	assert_non_null(strstr(err.text, "other"));
	arena_release(&a);
}

/* `user` attributes, which need no rights; a file system without them gives nothing to find. */
static void test_opaque(void **state)
{
	char dir[] = "/tmp/bulkhead-opaque.XXXXXX";
	struct arena a;
	struct opaque_dirs found = { 0 };
	struct error err = { 0 };
	assert_non_null(mkdtemp(dir));
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(mkdirat(fd, "a", 0700) | mkdirat(fd, "a/b", 0700) | mkdirat(fd, "c", 0700) | symlinkat("/", fd, "link"), 0);
	int marked = openat(fd, "a/b", O_RDONLY | O_DIRECTORY | O_CLOEXEC), plain = openat(fd, "c", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool supported = fsetxattr(marked, "user.overlay.opaque", "y", 1, 0) == 0 && fsetxattr(plain, "user.overlay.opaque", "x", 1, 0) == 0;
	arena_init(&a, 0);
	assert_int_equal(opaque_find(&a, fd, &found, &err), 0);
	if (supported) {
		assert_int_equal(found.dirs.n, 1);
		assert_str(found.dirs.v[0], "a/b");
	} else {
		print_message("[  SKIPPED ] no user attributes in /tmp: only that nothing is found was tested\n");
		assert_int_equal(found.dirs.n, 0);
	}
	arena_release(&a);
	close(marked);
	close(plain);
	assert_int_equal(unlinkat(fd, "link", 0) | unlinkat(fd, "a/b", AT_REMOVEDIR) | unlinkat(fd, "a", AT_REMOVEDIR) | unlinkat(fd, "c", AT_REMOVEDIR), 0);
	close(fd);
	assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_containerd), cmocka_unit_test(test_lists),   cmocka_unit_test(test_chain_and_names),
		cmocka_unit_test(test_query),      cmocka_unit_test(test_matches), cmocka_unit_test(test_opaque),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
