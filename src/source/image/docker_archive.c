#include "base/path.h"
#include "format/oci/digest.h"
#include "format/oci/docker.h"
#include "source/image/image_internal.h"

#define MANIFEST_BYTES_MAX (8u << 20)
#define V1_JSON_BYTES_MAX  (1u << 20)
#define V1_LAYERS_MAX      1000

static int layer_ready(struct image_source *s, struct source_layer *layer, struct error *err)
{
	const struct archive_entry *e = layer->entry;
	struct layer_blob blob = s->archive->identity;
	blob.fd = s->archive->fd;
	blob.offset = e->offset;
	blob.size = e->size;
	if (e->sparse) { /* its bytes lie scattered: a copy without identity */
		int fd = archive_expand(s->archive, e, err);
		if (fd < 0)
			return fd;
		layer->own_fd = fd;
		blob = (struct layer_blob){ .fd = fd, .size = e->size };
	}
	int r = source_sniff(blob.fd, blob.offset, blob.size, &blob.compression, err);
	if (r < 0)
		return r;
	layer->blob = blob;
	return 0;
}

static const struct image_store docker_store = { .layer = layer_ready };

/* "a:1, b:2 (…)" for messages; at most a few. */
static struct str list_names(struct arena *a, const struct str *names, size_t n)
{
	struct buf b;
	buf_init(&b, 4096);
	for (size_t i = 0; i < n && i < 20; i++)
		buf_addf(&b, "%s%.*s", i ? ", " : "", STR_FMT(str_sub(names[i], 0, 150)));
	if (n > 20)
		buf_addf(&b, " and %zu more", n - 20);
	struct str text = arena_str(a, buf_str(&b));
	buf_release(&b);
	return text;
}

/* Which image of several: by selector, or the only one. names[i] belong to image owner[i]. */
static int choose(struct image_source *s, size_t image_count, const struct str *names, const size_t *owner, size_t name_count, size_t *ret,
		  struct error *err)
{
	uint64_t index;
	if (source_selector_index(s->selector, &index)) {
		if (index >= image_count)
			return error_set(err, ERR_NOT_FOUND, "the archive has %zu images, no number %llu", image_count, (unsigned long long)index);
		*ret = (size_t)index;
		return 0;
	}
	for (size_t i = 0; s->selector.n && i < name_count; i++)
		if (source_names_equal(&s->arena, names[i], s->selector)) {
			*ret = owner[i];
			return 0;
		}
	if (!s->selector.n && image_count == 1) {
		*ret = 0;
		return 0;
	}
	struct str known = list_names(&s->arena, names, name_count);
	if (s->selector.n)
		return error_set(err, ERR_NOT_FOUND, "the archive has no image \"%.*s\"; it has: %.*s", STR_FMT(str_sub(s->selector, 0, 200)),
				 STR_FMT(known));
	return error_set(err, ERR_USAGE, "the archive has %zu images; choose one with docker-archive:%.*s:NAME (or :@NUMBER): %.*s", image_count,
			 STR_FMT(s->path), STR_FMT(known));
}

static int find_layers(struct image_source *s, const struct str_vec *paths, struct error *err)
{
	int r = source_layers_alloc(s, paths->n, err);
	for (size_t i = 0; i < paths->n && r == 0; i++) {
		struct source_layer *layer = &s->layers[i];
		layer->name = paths->v[i];
		layer->entry = archive_find(s->archive, paths->v[i]);
		if (!layer->entry)
			r = error_set(err, ERR_FORMAT, "layer %zu, %.*s, is not in the archive", i, STR_FMT(str_sub(layer->name, 0, 200)));
		else
			s->info.layers.v[i].size = layer->entry->size;
	}
	return r;
}

/* Config paths "<hex>.json", "sha256:<hex>", "blobs/sha256/<hex>" name their own digest: then it must be right. */
static int check_config_name(struct str path, struct str digest, struct error *err)
{
	struct str hex = path_base(path), actual = oci_digest_hex(digest);
	str_strip_suffix(&hex, STR(".json"));
	str_strip_prefix(&hex, STR("sha256:"));
	if (!docker_id_is_valid(hex) || str_eq(hex, actual))
		return 0;
	return error_set(err, ERR_DIGEST, "configuration %.*s has the digest %.*s", STR_FMT(str_sub(path, 0, 200)), STR_FMT(digest));
}

static int load_image(struct image_source *s, const struct docker_image *image, struct error *err)
{
	struct oci_config config;
	int r = archive_read(s->archive, &s->arena, image->config, OCI_CONFIG_BYTES_MAX, &s->info.config_json, err);
	if (r < 0)
		return r;
	s->info.id = oci_digest_of(&s->arena, s->info.config_json);
	if (!s->info.id.p)
		return error_nomem(err);
	r = check_config_name(image->config, s->info.id, err);
	if (r == 0 && (r = oci_config_parse(&s->arena, s->info.config_json, &config, err)) < 0)
		error_wrap(err, r, "configuration %.*s", STR_FMT(str_sub(image->config, 0, 200)));
	if (r < 0 || (r = find_layers(s, &image->layers, err)) < 0)
		return r;
	s->info.repo_tags = image->repo_tags;
	return source_apply_config(s, &config, image->layers.n, err);
}

static int open_by_manifest(struct image_source *s, struct error *err)
{
	struct docker_image_vec images;
	struct str_vec names = { 0 };
	struct str json;
	size_t chosen;
	int r = archive_read(s->archive, &s->arena, STR("manifest.json"), MANIFEST_BYTES_MAX, &json, err);
	if (r < 0)
		return r;
	if ((r = docker_manifest_parse(&s->arena, json, &images, err)) < 0)
		return error_wrap(err, r, "manifest.json");
	size_t total = 0;
	for (size_t i = 0; i < images.n; i++)
		total += MAX_OF(images.v[i].repo_tags.n, 1u);
	size_t *owner = arena_new_array(&s->arena, size_t, total + 1);
	if (!owner || vec_reserve(&s->arena, &names, total + 1) < 0)
		return error_nomem(err);
	for (size_t i = 0; i < images.n; i++) {
		struct docker_image *image = &images.v[i];
		for (size_t k = 0; k < image->repo_tags.n; k++) {
			owner[names.n] = i;
			names.v[names.n++] = image->repo_tags.v[k];
		}
		if (!image->repo_tags.n) { /* an image without a name is listed by its configuration */
			owner[names.n] = i;
			names.v[names.n++] = image->config;
		}
	}
	if (!images.n)
		return error_set(err, ERR_FORMAT, "manifest.json lists no image");
	r = choose(s, images.n, names.v, owner, names.n, &chosen, err);
	return r < 0 ? r : load_image(s, &images.v[chosen], err);
}

/* The chain of layers from the topmost id down, turned round: paths of the layers from the lowest up. */
static int follow_chain(struct image_source *s, struct str top_id, struct str_vec *ret_paths, struct docker_v1_layer *ret_top, struct error *err)
{
	struct str_vec chain = { 0 };
	for (struct str id = top_id; id.n;) {
		struct docker_v1_layer layer;
		struct str json, path = arena_printf(&s->arena, "%.*s/json", STR_FMT(id));
		if (chain.n == V1_LAYERS_MAX)
			return error_set(err, ERR_LIMIT, "more than %d layers, or a circle of parents", V1_LAYERS_MAX);
		if (!path.p || !vec_push(&s->arena, &chain, id))
			return error_nomem(err);
		int r = archive_read(s->archive, &s->arena, path, V1_JSON_BYTES_MAX, &json, err);
		if (r == 0 && (r = docker_v1_layer_parse(&s->arena, json, &layer, err)) < 0)
			error_wrap(err, r, "%.*s", STR_FMT(path));
		if (r < 0)
			return r;
		if (chain.n == 1)
			*ret_top = layer;
		id = layer.parent;
	}
	for (size_t i = chain.n; i-- > 0;) {
		struct str path = arena_printf(&s->arena, "%.*s/layer.tar", STR_FMT(chain.v[i]));
		if (!path.p || !vec_push(&s->arena, ret_paths, path))
			return error_nomem(err);
	}
	return 0;
}

/* Archives from before Docker 1.10: no configuration, no digests. */
static int open_by_repositories(struct image_source *s, struct error *err)
{
	struct docker_repository_vec repos;
	struct docker_v1_layer top;
	struct str_vec names = { 0 }, paths = { 0 };
	struct str json;
	size_t chosen;
	int r = archive_read(s->archive, &s->arena, STR("repositories"), MANIFEST_BYTES_MAX, &json, err);
	if (r < 0)
		return r;
	if ((r = docker_repositories_parse(&s->arena, json, &repos, err)) < 0)
		return error_wrap(err, r, "repositories");
	if (!repos.n)
		return error_set(err, ERR_FORMAT, "repositories lists no image");
	size_t *owner = arena_new_array(&s->arena, size_t, repos.n);
	bool one = true;
	for (size_t i = 0; i < repos.n && owner; i++) {
		struct str name = arena_printf(&s->arena, "%.*s:%.*s", STR_FMT(repos.v[i].name), STR_FMT(repos.v[i].tag));
		owner[i] = i;
		one = one && str_eq(repos.v[i].layer_id, repos.v[0].layer_id);
		if (!name.p || !vec_push(&s->arena, &names, name))
			return error_nomem(err);
	}
	if (!owner)
		return error_nomem(err);
	/* Several names of one image are one image. */
	if ((r = choose(s, one ? 1 : repos.n, names.v, owner, names.n, &chosen, err)) < 0 ||
	    (r = follow_chain(s, repos.v[chosen].layer_id, &paths, &top, err)) < 0 || (r = find_layers(s, &paths, err)) < 0)
		return r;
	for (size_t i = 0; i < names.n; i++)
		if (str_eq(repos.v[i].layer_id, repos.v[chosen].layer_id) && !vec_push(&s->arena, &s->info.repo_tags, names.v[i]))
			return error_nomem(err);
	struct oci_config config = { .platform = top.platform, .created = top.created };
	diag_add(&s->diags, DIAG_NOTE, STR("repositories"), 0, 0, "archive of before Docker 1.10: it has no configuration and no digests");
	return source_apply_config(s, &config, paths.n, err);
}

int source_open_docker_archive(struct image_source *s, struct error *err)
{
	s->store = &docker_store;
	if (archive_find(s->archive, STR("manifest.json")))
		return open_by_manifest(s, err);
	if (archive_find(s->archive, STR("repositories")))
		return open_by_repositories(s, err);
	return error_set(err, ERR_FORMAT, "no docker-archive: it has neither manifest.json nor repositories");
}
