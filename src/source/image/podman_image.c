/* Images of Podman, Buildah and CRI-O: containers-storage on disk. Layers of the overlay driver are read where they lie; the vfs driver keeps with every layer the
 * whole tree up to it, so there the topmost one is read as a single layer. Roots: an option's, else those of storage.conf (graphroot,
 * additional image stores) and the usual ones of root and of the user; without any, Podman's socket is asked. */
#include "base/path.h"
#include "format/oci/digest.h"
#include "format/stores/containers_storage.h"
#include "format/toml/toml.h"
#include "source/image/docker_socket.h"
#include "source/image/engines.h"
#include "source/image/image_internal.h"
#include "sys/file/file.h"

#define ROOT_DEFAULT  "/var/lib/containers/storage"
#define CONF_MAX      (1u << 20)
#define LAYERS_MAX    1000u

static const struct str drivers[] = { STR_INIT("overlay"), STR_INIT("vfs") };

struct storage {
	struct str root, driver;
	struct str image_dir; /* root/overlay-images */
	struct storage_image_vec images;
};

/* --- which image --- */

/* A name without a host, as Podman resolves it: any image whose name ends with it. */
static bool is_short_name(const struct engine_query *q, struct str name)
{
	if (!q->local.n || !str_strip_suffix(&name, q->familiar))
		return false;
	return name.n && name.p[name.n - 1] == '/';
}

/* Exactness counts: the full name, then this machine's own, then a short name, then an id. */
static unsigned rank_of(const struct engine_query *q, const struct storage_image *image)
{
	unsigned best = 0;
	for (size_t i = 0; i < image->names.n; i++) {
		struct str name = image->names.v[i];
		unsigned rank = engine_name_matches(q, name) ? 5 : q->local.n && str_eq(name, q->local) ? 4 : is_short_name(q, name) ? 3 : 0;
		best = MAX_OF(best, rank);
		if (q->is_name && q->ref.digest.n && str_eq(image->digest, q->ref.digest)) {
			struct str repository = str_sub(q->full, 0, q->ref.host.n + 1 + q->ref.repository.n);
			if (str_strip_prefix(&name, repository) && name.n && (name.p[0] == ':' || name.p[0] == '@'))
				best = MAX_OF(best, 5u);
		}
	}
	return best ? best : engine_id_matches(q, image->id) || engine_id_matches(q, image->digest) ? 1 : 0;
}

static int find_image(struct image_source *s, const struct storage *st, const struct engine_query *q, const struct storage_image **ret, struct error *err)
{
	struct engine_match_vec list = { 0 };
	unsigned best = 1;
	size_t at = 0;
	for (size_t i = 0; i < st->images.n; i++) {
		const struct storage_image *image = &st->images.v[i];
		struct engine_match m = { .id = image->id, .shown = image->names.n ? image->names.v[0] : image->id, .index = i };
		unsigned rank = rank_of(q, image);
		if (rank < best)
			continue;
		if (rank > best)
			list.n = 0;
		best = rank;
		if (!vec_push(&s->arena, &list, m))
			return error_nomem(err);
	}
	int r = engine_match_only(&s->arena, q, &list, "give the whole name or more of the id", &at, err);
	if (r == 0)
		*ret = &st->images.v[at];
	return r;
}

/* --- layers --- */

static const struct storage_layer *find_layer(const struct storage_layer_vec *list, struct str id)
{
	for (size_t i = 0; i < list->n; i++)
		if (str_eq(list->v[i].id, id))
			return &list->v[i];
	return NULL;
}

/* Where a layer's folder is. It may be in an additional store of the same driver. */
static struct str layer_dir(struct image_source *s, const struct storage *st, struct str id)
{
	bool vfs = str_eq(st->driver, STR("vfs"));
	return arena_printf(&s->arena, "%.*s/%.*s/%s%.*s%s", STR_FMT(st->root), STR_FMT(st->driver), vfs ? "dir/" : "", STR_FMT(id), vfs ? "" : "/diff");
}

static int read_layers(struct image_source *s, const struct storage *st, struct storage_layer_vec *ret, struct error *err)
{
	struct str json, folder = arena_printf(&s->arena, "%.*s/%.*s-layers", STR_FMT(st->root), STR_FMT(st->driver));
	int r = folder.p ? engine_read(&s->arena, folder, STR("layers.json"), CONTAINERS_STORAGE_BYTES_MAX, &json, err) : error_nomem(err);
	if (r == 0 && (r = storage_layers_parse(&s->arena, json, ret, err)) < 0)
		error_wrap(err, r, "%.*s/layers.json", STR_FMT(folder));
	return r;
}

/* The chain from the topmost layer down gives the folders; the configuration must agree about their number and content. */
static int find_layers(struct image_source *s, const struct storage *st, const struct storage_image *image, struct error *err)
{
	struct storage_layer_vec layers = { 0 };
	struct str id = image->layer;
	int r = read_layers(s, st, &layers, err);
	if (r < 0)
		return r;
	for (size_t i = s->layer_count; i-- > 0;) {
		const struct storage_layer *l = id.n ? find_layer(&layers, id) : NULL;
		struct image_layer *info = &s->info.layers.v[i];
		if (!l)
			return error_set(err, ERR_FORMAT, "layer %zu is not in the store", i);
		if (l->diff_digest.n && info->diff_id.n && !str_eq(l->diff_digest, info->diff_id))
			return error_set(err, ERR_FORMAT, "layer %zu is %.*s in the store, %.*s in the configuration", i, STR_FMT(l->diff_digest), STR_FMT(info->diff_id));
		if (!(s->layers[i].dir = layer_dir(s, st, id)).p)
			return error_nomem(err);
		info->size = l->diff_size;
		s->info.size += l->diff_size;
		id = l->parent;
	}
	if (id.n)
		return error_set(err, ERR_FORMAT, "the store has more layers for it than the configuration");
	return 0;
}

static int storage_layer_ready(struct image_source *s, struct source_layer *layer, struct error *err)
{
	if (layer->dir.n)
		return source_dir_layer(s, layer, err);
	/* vfs: all is in the topmost folder; the lower ones add nothing. */
	return error_set(err, ERR_INTERNAL, "a layer without a folder");
}

static const struct image_store storage_store = { .layer = storage_layer_ready };

/* vfs: one layer, described as the topmost. */
static void keep_top_only(struct image_source *s)
{
	if (s->layer_count < 2)
		return;
	size_t top = s->layer_count - 1;
	s->layers[0] = s->layers[top];
	s->info.layers.v[0] = s->info.layers.v[top];
	s->layer_count = s->info.layers.n = 1;
	diag_add(&s->diags, DIAG_WARNING, STR(""), 0, 0, "the vfs driver keeps the %zu layers of this image as one tree: what it has is shown as its topmost layer's", top + 1);
}

/* --- the image --- */

static int read_config(struct image_source *s, const struct storage *st, const struct storage_image *image, struct str *ret_json, struct str *ret_id, struct error *err)
{
	struct str id = arena_printf(&s->arena, "sha256:%.*s", STR_FMT(image->id));
	struct str file = id.p ? storage_data_file(&s->arena, id) : id;
	struct str folder = arena_printf(&s->arena, "%.*s/%.*s", STR_FMT(st->image_dir), STR_FMT(image->id));
	int r = file.p && folder.p ? engine_read(&s->arena, folder, file, OCI_CONFIG_BYTES_MAX, ret_json, err) : error_nomem(err);
	if (r == ERR_NOT_FOUND)
		return error_set(err, ERR_FORMAT, "no configuration in %.*s: it is a list of images or another kind of artifact", STR_FMT(folder));
	if (r == 0)
		r = oci_digest_check(*ret_json, id, err);
	if (r == 0)
		*ret_id = id;
	return r;
}

static int take_names(struct image_source *s, const struct storage_image *image, struct error *err)
{
	const struct oci_reference_defaults defaults = registry_reference_defaults();
	for (size_t i = 0; i < image->names.n; i++) {
		struct oci_reference ref;
		if (oci_reference_parse(&s->arena, image->names.v[i], &defaults, &ref, NULL) < 0)
			continue;
		struct str name = oci_reference_short_name(&s->arena, &ref, &defaults);
		struct str tag = arena_printf(&s->arena, "%.*s:%.*s", STR_FMT(name), STR_FMT(ref.tag));
		struct str digest = arena_printf(&s->arena, "%.*s@%.*s", STR_FMT(name), STR_FMT(image->digest));
		if (!name.p || !tag.p || !digest.p || (ref.tag.n && !vec_push(&s->arena, &s->info.repo_tags, tag)) ||
		    (image->digest.n && !vec_push(&s->arena, &s->info.repo_digests, digest)))
			return error_nomem(err);
	}
	return 0;
}

static int load(struct image_source *s, const struct storage *st, const struct storage_image *image, struct error *err)
{
	struct str json, id;
	s->store = &storage_store;
	int r = read_config(s, st, image, &json, &id, err);
	if (r == 0)
		r = source_load_unpacked(s, json, id, err);
	if (r == 0)
		r = find_layers(s, st, image, err);
	if (r < 0)
		return error_wrap(err, engine_unusable(r, err), "image %.*s", STR_FMT(image->names.n ? image->names.v[0] : image->id));
	if (str_eq(st->driver, STR("vfs")))
		keep_top_only(s);
	s->info.digest = image->digest;
	return take_names(s, image, err);
}

static int open_storage(struct image_source *s, struct str root, const struct engine_query *q, struct error *err)
{
	const struct storage_image *image = NULL;
	bool any = false;
	int r = ERR_NOT_FOUND;
	for (size_t i = 0; i < ARRAY_LEN(drivers) && r == ERR_NOT_FOUND; i++) {
		struct storage st = { .root = root, .driver = drivers[i] };
		struct error absent = { 0 };
		struct str json;
		st.image_dir = arena_printf(&s->arena, "%.*s/%.*s-images", STR_FMT(root), STR_FMT(drivers[i]));
		r = st.image_dir.p ? engine_read(&s->arena, st.image_dir, STR("images.json"), CONTAINERS_STORAGE_BYTES_MAX, &json, &absent) : error_nomem(&absent);
		any = any || r == 0;
		if (r < 0 && (r != ERR_NOT_FOUND || !any) && err)
			*err = absent;
		if (r == 0 && (r = storage_images_parse(&s->arena, json, &st.images, err)) < 0)
			error_wrap(err, r, "%.*s/images.json", STR_FMT(st.image_dir));
		if (r == 0)
			r = find_image(s, &st, q, &image, err);
		if (r == 0)
			r = load(s, &st, image, err);
	}
	if (r == ERR_NOT_FOUND && !any)
		return error_set(err, r, "no containers-storage in %.*s", STR_FMT(root));
	return r < 0 ? error_wrap(err, r, "containers-storage in %.*s", STR_FMT(root)) : 0;
}

/* --- roots --- */

static int add_root(struct image_source *s, struct str_vec *roots, struct str root, struct error *err)
{
	if (!str_has_prefix(root, STR("/")))
		return 0;
	for (size_t i = 0; i < roots->n; i++)
		if (str_eq(roots->v[i], root))
			return 0;
	return vec_push(&s->arena, roots, root) ? 0 : error_nomem(err);
}

/* storage.conf (containers-storage.conf(5)): graphroot for root, rootless_storage_path for others (without $HOME in it), more image stores. */
static int add_conf(struct image_source *s, const char *folder, const char *name, bool is_users, struct str_vec *roots, struct error *err)
{
	struct document doc;
	struct str text;
	int r = 0;
	if (!folder || engine_read(&s->arena, str_c(folder), str_c(name), CONF_MAX, &text, NULL) < 0 || toml_parse(&s->arena, text, NULL, &doc, NULL) < 0)
		return 0;
	const struct value *storage = value_get_c(doc.root, "storage"), *options = value_get_c(storage, "options");
	if (geteuid() == 0 || is_users)
		r = add_root(s, roots, value_str_c(storage, "graphroot"), err);
	if (r == 0 && geteuid() != 0 && str_find_char(value_str_c(storage, "rootless_storage_path"), '$') == STR_NOT_FOUND)
		r = add_root(s, roots, value_str_c(storage, "rootless_storage_path"), err);
	const struct value *stores = value_get_c(options, "additionalimagestores");
	value_foreach (it, stores)
		if (r == 0)
			r = add_root(s, roots, value_text(it), err);
	return r;
}

static int list_roots(struct image_source *s, struct str_vec *roots, struct error *err)
{
	const struct engine_options *o = s->opt.engines;
	const char *named = getenv("CONTAINERS_STORAGE_CONF"), *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME"), *data = getenv("XDG_DATA_HOME");
	if (o && o->podman_root.n)
		return vec_push(&s->arena, roots, o->podman_root) ? 0 : error_nomem(err);
	int r = 0;
	if (named && *named) {
		r = add_conf(s, named, "", true, roots, err);
	} else {
		r = config && *config ? add_conf(s, config, "containers/storage.conf", true, roots, err) : add_conf(s, home, ".config/containers/storage.conf", true, roots, err);
		if (r == 0)
			r = add_conf(s, "/etc/containers", "storage.conf", false, roots, err);
	}
	struct str own = data && *data ? arena_printf(&s->arena, "%s/containers/storage", data)
		       : home && *home ? arena_printf(&s->arena, "%s/.local/share/containers/storage", home) : STR("");
	if (r == 0)
		r = own.p ? add_root(s, roots, own, err) : error_nomem(err);
	return r < 0 ? r : add_root(s, roots, STR(ROOT_DEFAULT), err);
}

/* Podman's sockets; CONTAINER_HOST is its own client's way to name one. */
static int open_socket(struct image_source *s, const struct engine_query *q, struct error *err)
{
	const char *given = getenv("CONTAINER_HOST"), *runtime = getenv("XDG_RUNTIME_DIR");
	struct str users = runtime && *runtime ? arena_printf(&s->arena, "unix://%s/podman/podman.sock", runtime) : STR("");
	struct str hosts[] = { str_c(given), users, STR("unix:///run/podman/podman.sock") };
	int r = ERR_NOT_FOUND;
	for (size_t i = 0; i < ARRAY_LEN(hosts) && r == ERR_NOT_FOUND; i++) {
		if (!hosts[i].n)
			continue;
		source_reset(s);
		r = source_open_docker_socket(s, hosts[i], q, err);
		if (given && *given)
			break;
	}
	return r;
}

int source_open_podman(struct image_source *s, struct str reference, struct error *err)
{
	const struct engine_options *o = s->opt.engines;
	struct engine_query q;
	struct str_vec roots = { 0 };
	struct error first = { 0 };
	int r = engine_query_init(&s->arena, reference, &q, err);
	if (r == 0)
		r = list_roots(s, &roots, err);
	if (r < 0)
		return r;
	int result = ERR_NOT_FOUND;
	for (size_t i = 0; i < roots.n && (result == ERR_NOT_FOUND || result == ERR_SYSTEM); i++) {
		struct error why = { 0 };
		source_reset(s);
		s->info.artifact_name = reference;
		r = open_storage(s, roots.v[i], &q, &why);
		if (i == 0 || r != ERR_NOT_FOUND) {
			result = r;
			first = why;
		}
	}
	if (result == ERR_NOT_FOUND && !(o && o->podman_root.n)) {
		struct error why = { 0 };
		r = open_socket(s, &q, &why);
		if (r != ERR_NOT_FOUND) {
			result = r;
			first = why;
		}
	}
	if (result < 0 && err)
		*err = first;
	return result;
}
