/* What engines keep: containerd's two bbolt files, Docker's list of names, containers-storage's two lists. The first byte chooses. What a reader gives must keep its
 * promises: ids that become parts of paths hold nothing but hex digits. */
#include "format/oci/digest.h"
#include "format/stores/containerd.h"
#include "format/stores/containers_storage.h"
#include "format/stores/docker_store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool good)
{
	if (!good)
		abort();
}

static void read_containerd(struct arena *a, struct str bytes)
{
	struct bbolt db;
	struct containerd_image_vec images = { 0 };
	struct diags diags;
	struct error err = { 0 };
	uint64_t id;
	diags_init(&diags, a);
	if (bbolt_open(bytes, &db, &err) < 0)
		return;
	if (containerd_images(a, &db, STR_NONE, &images, &diags, &err) < 0)
		return;
	for (size_t i = 0; i < images.n && i < 20; i++) {
		struct containerd_snapshot_vec snapshots = { 0 };
		check(oci_digest_is_valid(images.v[i].target.digest));
		if (containerd_snapshots(a, &db, images.v[i].namespace_, images.v[i].target.digest, &snapshots, &err) < 0)
			continue;
		for (size_t k = 0; k < snapshots.n; k++) {
			check(str_find_char(snapshots.v[k].snapshotter, '/') == STR_NOT_FOUND && str_find_char(snapshots.v[k].snapshotter, '.') == STR_NOT_FOUND);
			(void)containerd_snapshot_id(&db, snapshots.v[k].name, &id, &err);
		}
	}
	(void)containerd_snapshot_id(&db, STR("first/2/sha256:eb3c7b5ecfaaa0813463f80c41ad28b65ea7137ec8bcbc7b4d1b8fb2a2b4515f"), &id, &err);
}

static bool is_id(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!char_is_digit(s.p[i]) && (s.p[i] < 'a' || s.p[i] > 'f'))
			return false;
	return s.n == 64;
}

static void read_lists(struct arena *a, unsigned which, struct str json)
{
	struct docker_store_name_vec names = { 0 };
	struct storage_image_vec images = { 0 };
	struct storage_layer_vec layers = { 0 };
	struct error err = { 0 };
	if (which == 1 && docker_store_names_parse(a, json, &names, &err) == 0)
		for (size_t i = 0; i < names.n; i++)
			check(oci_digest_is_valid(names.v[i].id));
	if (which == 2 && storage_images_parse(a, json, &images, &err) == 0)
		for (size_t i = 0; i < images.n; i++)
			check(is_id(images.v[i].id) && (!images.v[i].layer.n || is_id(images.v[i].layer)));
	if (which == 3 && storage_layers_parse(a, json, &layers, &err) == 0)
		for (size_t i = 0; i < layers.n; i++)
			check(is_id(layers.v[i].id) && (!layers.v[i].parent.n || is_id(layers.v[i].parent)));
	struct str file = storage_data_file(a, json);
	check(!file.p || !json.n || file.n > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a;
	if (!size)
		return 0;
	arena_init(&a, 64 << 20);
	struct str rest = { (const char *)data + 1, size - 1 };
	if (data[0] % 4 == 0)
		read_containerd(&a, rest);
	else
		read_lists(&a, data[0] % 4, rest);
	arena_release(&a);
	return 0;
}
