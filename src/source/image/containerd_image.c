/* Images of containerd: names from its metadata file, documents and layers from its content store, which is an OCI layout's blobs folder. Layers
 * whose blobs were given up after unpacking (discard_unpacked_layers) are read from the snapshotter's folders. containerd need not run, and
 * when it runs it is not asked: its file is read between two of its transactions. */
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

#include "base/log.h"
#include "base/path.h"
#include "format/oci/digest.h"
#include "format/stores/containerd.h"
#include "format/stores/docker_store.h"
#include "source/image/engines.h"
#include "source/image/image_internal.h"
#include "sys/file/file.h"

#define ROOT_DEFAULT   "/var/lib/containerd"
#define META_NAME      "io.containerd.metadata.v1.bolt/meta.db"
#define CONTENT_NAME   "io.containerd.content.v1.content"
#define META_BYTES_MAX (UINT64_C(1) << 30)
#define HEADS_BYTES    (128u << 10) /* both meta pages, whatever the page size (at most 64 KiB) */
#define READ_TRIES     20
#define PAUSE_NS       5000000

struct containerd_source {
	struct arena meta_arena; /* the file, which may be large, and its lists */
	struct bbolt meta;
	struct str root, namespace_;
};

/* --- the metadata, as of one transaction --- */

/* bbolt never changes a page that the newest transaction or the one before it can reach, and ends every transaction by writing a meta page. So a copy that was
 * made while both meta pages stayed the same is that transaction's. A lock would not help: containerd holds it as long as it runs. */
static int copy_once(struct arena *a, int fd, struct str *ret, bool *ret_steady, struct error *err)
{
	char *before = arena_alloc(a, HEADS_BYTES), *after = arena_alloc(a, HEADS_BYTES);
	struct file_identity id;
	int r = before && after ? file_identify(fd, &id, err) : error_nomem(err);
	if (r < 0)
		return r;
	if (id.size > META_BYTES_MAX)
		return error_set(err, ERR_LIMIT, "%llu bytes, more than the limit of %llu", (unsigned long long)id.size, (unsigned long long)META_BYTES_MAX);
	size_t head = (size_t)MIN_OF(id.size, (uint64_t)HEADS_BYTES);
	char *bytes = arena_alloc(a, (size_t)id.size + 1);
	if (!bytes)
		return error_nomem(err);
	if ((r = file_pread(fd, before, head, 0, err)) < 0 || (r = file_pread(fd, bytes, (size_t)id.size, 0, err)) < 0 ||
	    (r = file_pread(fd, after, head, 0, err)) < 0)
		return r;
	*ret_steady = memcmp(before, after, head) == 0 && memcmp(before, bytes, head) == 0;
	*ret = str_make(bytes, (size_t)id.size);
	return 0;
}

static int read_bbolt(struct arena *a, struct str folder, struct str name, struct bbolt *ret, struct error *err)
{
	const struct timespec pause = { .tv_nsec = PAUSE_NS };
	struct str path = path_join(a, folder, name), bytes = STR_NONE;
	_cleanup_close_ int fd = -1;
	bool steady = false;
	int r = path.p ? file_open(path, &fd, NULL, err) : error_nomem(err);
	for (int i = 0; i < READ_TRIES && r == 0 && !steady; i++) {
		if (i)
			nanosleep(&pause, NULL);
		arena_clear(a);
		r = copy_once(a, fd, &bytes, &steady, err);
	}
	if (r == 0 && !steady)
		r = error_set(err, ERR_FORMAT, "changes all the time; try again");
	if (r == 0)
		r = bbolt_open(bytes, ret, err);
	return r < 0 && r != ERR_NOT_FOUND && fd >= 0 ? error_wrap(err, r, "%.*s", STR_FMT(name)) : r; /* opening names the file itself */
}

/* --- which image --- */

static bool content_has(struct image_source *s, const struct oci_descriptor *d)
{
	char path[OCI_DIGEST_TEXT_MAX + 16];
	struct stat st;
	size_t colon = str_find_char(d->digest, ':');
	snprintf(path, sizeof(path), "blobs/%.*s/%.*s", STR_FMT(str_sub(d->digest, 0, colon)), STR_FMT(oci_digest_hex(d->digest)));
	return fstatat(s->dir_fd, path, &st, 0) == 0 && S_ISREG(st.st_mode);
}

static bool has_repository(const struct engine_query *q, struct str name)
{
	struct str repository = str_sub(q->full, 0, q->ref.host.n + 1 + q->ref.repository.n);
	return str_strip_prefix(&name, repository) && name.n && (name.p[0] == ':' || name.p[0] == '@');
}

static bool is_named(const struct engine_query *q, const struct containerd_image *image)
{
	if (engine_name_matches(q, image->name) || (q->local.n && str_eq(image->name, q->local)))
		return true;
	return q->is_name && q->ref.digest.n && str_eq(image->target.digest, q->ref.digest) && has_repository(q, image->name);
}

/* What an id may mean: the target itself, its configuration, or a platform's manifest or configuration. *ret_root: the manifest that has it. */
static bool has_id(struct image_source *s, const struct engine_query *q, const struct oci_descriptor *d, int depth, struct oci_descriptor *ret_root,
		   struct str *ret_id)
{
	struct oci_manifest m;
	struct str json;
	if (engine_id_matches(q, d->digest)) {
		*ret_root = *d;
		*ret_id = d->digest;
		return true;
	}
	if (depth > 1 || !content_has(s, d) || layout_store.document(s, d, true, OCI_MANIFEST_BYTES_MAX, &json, NULL) < 0 ||
	    oci_manifest_parse(&s->arena, json, d->media_type, &m, NULL) < 0)
		return false;
	if (m.kind == OCI_MANIFEST) {
		*ret_root = *d;
		*ret_id = m.config.digest;
		return engine_id_matches(q, m.config.digest);
	}
	for (size_t i = 0; i < m.manifests.n; i++)
		if (has_id(s, q, &m.manifests.v[i], depth + 1, ret_root, ret_id))
			return true;
	return false;
}

static int add_match(struct image_source *s, struct engine_match_vec *list, const struct containerd_image *image, struct str id, size_t index, struct error *err)
{
	struct engine_match m = { .id = id, .index = index };
	m.shown = arena_printf(&s->arena, "%.*s in the namespace %.*s", STR_FMT(image->name), STR_FMT(image->namespace_));
	return m.shown.p && vec_push(&s->arena, list, m) ? 0 : error_nomem(err);
}

/* Names first; ids only when no name fits, because they take reading manifests. */
static int find_image(struct image_source *s, struct containerd_image_vec *images, const struct engine_query *q, size_t *ret, struct error *err)
{
	struct engine_match_vec list = { 0 };
	int r = 0;
	for (size_t i = 0; i < images->n && r == 0; i++)
		if (is_named(q, &images->v[i]))
			r = add_match(s, &list, &images->v[i], images->v[i].target.digest, i, err);
	for (size_t i = 0; i < images->n && r == 0 && !list.n && q->hex.n; i++) {
		size_t known = 0; /* the same image under another name or in another namespace needs no second look */
		while (known < i && !str_eq(images->v[known].target.digest, images->v[i].target.digest))
			known++;
		struct oci_descriptor root;
		struct str id;
		if (known < i || !has_id(s, q, &images->v[i].target, 0, &root, &id))
			continue;
		images->v[i].target = root;
		struct engine_match m = { .id = id, .shown = images->v[i].name, .index = i };
		if (!vec_push(&s->arena, &list, m))
			r = error_nomem(err);
		/* Names of one image count for one, the rest must stay ambiguous: so matching goes on. */
	}
	return r < 0 ? r : engine_match_only(&s->arena, q, &list, "choose one with --namespace or a longer id", ret, err);
}

/* All names and digests the namespace has for the image. */
static int take_names(struct image_source *s, const struct containerd_image_vec *images, const struct containerd_image *chosen, struct str target, struct error *err)
{
	const struct oci_reference_defaults defaults = registry_reference_defaults();
	for (size_t i = 0; i < images->n; i++) {
		const struct containerd_image *image = &images->v[i];
		struct oci_reference ref;
		if (!str_eq(image->namespace_, chosen->namespace_) || !str_eq(image->target.digest, target) ||
		    oci_reference_parse(&s->arena, image->name, &defaults, &ref, NULL) < 0)
			continue;
		struct str name = oci_reference_short_name(&s->arena, &ref, &defaults);
		struct str tag = arena_printf(&s->arena, "%.*s:%.*s", STR_FMT(name), STR_FMT(ref.tag));
		struct str digest = arena_printf(&s->arena, "%.*s@%.*s", STR_FMT(name), STR_FMT(target));
		bool seen = false;
		for (size_t k = 0; k < s->info.repo_digests.n; k++)
			seen = seen || str_eq(s->info.repo_digests.v[k], digest);
		if (!name.p || !tag.p || !digest.p || (ref.tag.n && !vec_push(&s->arena, &s->info.repo_tags, tag)) ||
		    (!seen && !vec_push(&s->arena, &s->info.repo_digests, digest)))
			return error_nomem(err);
	}
	return 0;
}

/* --- layers --- */

static int snapshot_dir(struct image_source *s, struct arena *a, const struct containerd_snapshot *snap, struct str *ret, struct error *err)
{
	struct containerd_source *c = s->containerd;
	struct bbolt file;
	struct arena own; /* the snapshotter's file is not needed for long */
	uint64_t id;
	struct str folder = arena_printf(a, "%.*s/io.containerd.snapshotter.v1.%.*s", STR_FMT(c->root), STR_FMT(snap->snapshotter));
	if (!folder.p)
		return error_nomem(err);
	arena_init(&own, META_BYTES_MAX);
	int r = read_bbolt(&own, folder, STR("metadata.db"), &file, err);
	if (r == 0)
		r = containerd_snapshot_id(&file, snap->name, &id, err);
	arena_release(&own);
	if (r < 0)
		return r;
	*ret = arena_printf(a, "%.*s/snapshots/%llu/fs", STR_FMT(folder), (unsigned long long)id);
	return ret->p ? 0 : error_nomem(err);
}

static int chain_of(struct image_source *s, struct arena *a, size_t layer, struct str *ret, struct error *err)
{
	struct str chain = STR_NONE;
	for (size_t i = 0; i <= layer; i++)
		if (!(chain = chain_id_next(a, chain, s->info.layers.v[i].diff_id)).p)
			return error_nomem(err);
	*ret = chain;
	return 0;
}

/* The snapshot of the layer's chain id. Of the snapshotters only overlayfs keeps a layer by itself. */
static int find_snapshot(struct image_source *s, struct arena *a, size_t layer, struct str *ret_dir, struct error *err)
{
	struct containerd_source *c = s->containerd;
	struct containerd_snapshot_vec list = { 0 };
	struct bbolt meta = c->meta; /* cursors count in it, and layers are made ready side by side */
	struct str chain;
	int r = chain_of(s, a, layer, &chain, err);
	if (r == 0)
		r = containerd_snapshots(a, &meta, c->namespace_, chain, &list, err);
	if (r < 0 && r != ERR_NOT_FOUND)
		return r;
	if (list.n && str_eq(list.v[0].snapshotter, STR("overlayfs")))
		return snapshot_dir(s, a, &list.v[0], ret_dir, err);
	if (list.n)
		return error_set(err, ERR_UNSUPPORTED, "its blob is not in the content store, and it was unpacked by the snapshotter \"%.*s\", which keeps no layer by itself",
				 STR_FMT(list.v[0].snapshotter));
	return error_set(err, ERR_NOT_FOUND, "neither its blob nor a snapshot of it is in the store: pull the image again");
}

static int containerd_layer(struct image_source *s, struct source_layer *layer, struct error *err)
{
	struct arena a; /* layers are made ready side by side */
	if (content_has(s, &layer->desc))
		return source_layout_layer(s, layer, err);
	arena_init(&a, 1 << 20);
	int r = find_snapshot(s, &a, (size_t)(layer - s->layers), &layer->dir, err);
	if (r == 0)
		r = source_dir_layer(s, layer, err);
	if (r == 0)
		log_debug("layer %.*s: read from %.*s", STR_FMT(layer->name), STR_FMT(layer->dir));
	layer->dir = STR_NONE;
	arena_release(&a);
	return r;
}

/* --- opening --- */

static int containerd_document(struct image_source *s, const struct oci_descriptor *d, bool is_manifest, uint64_t max, struct str *ret, struct error *err)
{
	return layout_store.document(s, d, is_manifest, max, ret, err);
}

static const struct image_store containerd_store = { .has = content_has, .document = containerd_document, .layer = containerd_layer };

static int open_content(struct image_source *s, struct error *err)
{
	struct str path = path_join(&s->arena, s->containerd->root, STR(CONTENT_NAME));
	const char *c = path.p ? arena_cstr(&s->arena, path) : NULL;
	if (!c)
		return error_nomem(err);
	s->dir_fd = open(c, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return s->dir_fd < 0 ? error_set_errno(err, errno, "%s", c) : 0;
}

static int load(struct image_source *s, struct str namespace_, const struct engine_query *q, struct error *err)
{
	struct containerd_source *c = s->containerd;
	struct containerd_image_vec images = { 0 };
	size_t at = 0;
	int r = containerd_images(&c->meta_arena, &c->meta, namespace_, &images, &s->diags, err);
	if (r < 0 || (r = open_content(s, err)) < 0)
		return r;
	struct containerd_image_vec mine = { 0 }; /* find_image narrows targets; the list of names stays */
	for (size_t i = 0; i < images.n; i++)
		if (!vec_push(&c->meta_arena, &mine, images.v[i]))
			return error_nomem(err);
	if ((r = find_image(s, &mine, q, &at, err)) < 0)
		return r;
	const struct containerd_image *chosen = &mine.v[at];
	c->namespace_ = chosen->namespace_;
	if ((r = oci_image_load(s, &chosen->target, 1, err)) < 0)
		return error_wrap(err, engine_unusable(r, err), "%.*s in the namespace %.*s", STR_FMT(chosen->name), STR_FMT(chosen->namespace_));
	return take_names(s, &images, chosen, images.v[at].target.digest, err);
}

int source_open_containerd_at(struct image_source *s, struct str root, struct str namespace_, struct str reference, struct error *err)
{
	struct engine_query q;
	struct containerd_source *c = arena_new(&s->arena, struct containerd_source);
	int r = c ? engine_query_init(&s->arena, reference, &q, err) : error_nomem(err);
	if (r < 0)
		return r;
	arena_init(&c->meta_arena, 2 * META_BYTES_MAX);
	c->root = root;
	s->containerd = c;
	s->store = &containerd_store;
	s->info.artifact_name = reference;
	r = read_bbolt(&c->meta_arena, root, STR(META_NAME), &c->meta, err);
	if (r == ERR_NOT_FOUND)
		return error_set(err, r, "no containerd in %.*s", STR_FMT(root));
	if (r == 0)
		r = load(s, namespace_, &q, err);
	return r < 0 ? error_wrap(err, r, "containerd in %.*s", STR_FMT(root)) : 0;
}

int source_open_containerd(struct image_source *s, struct str reference, struct error *err)
{
	const struct engine_options *o = s->opt.engines;
	struct str root = o && o->containerd_root.n ? o->containerd_root : STR(ROOT_DEFAULT);
	str_strip_prefix(&reference, STR("//"));
	return source_open_containerd_at(s, root, o ? o->containerd_namespace : STR_NONE, reference, err);
}

void containerd_close(struct containerd_source *c)
{
	if (c)
		arena_release(&c->meta_arena);
}
