/* Images of the Docker engine. On disk, when its folder can be read: the overlay2 store (layers are folders) and the containerd store of newer engines; nothing is
 * copied and the engine need not run. Else by its socket (docker_socket.c), which means a copy of the whole image. When DOCKER_HOST or an option names
 * another engine, only that one is asked: this machine's folder would be the wrong one. */
#include "base/path.h"
#include "format/json/json.h"
#include "format/oci/digest.h"
#include "format/stores/docker_store.h"
#include "source/image/docker_socket.h"
#include "source/image/engines.h"
#include "source/image/image_internal.h"
#include "sys/file/file.h"

#include <dirent.h>

#define ROOT_DEFAULT     "/var/lib/docker"
#define SOCKET_DEFAULT   "unix:///var/run/docker.sock"
#define DAEMON_JSON      "/etc/docker"
#define SMALL_FILE_MAX   4096u
#define DAEMON_JSON_MAX  (1u << 20)
#define CONTAINERD_SPACE "moby" /* the namespace Docker uses in containerd */

/* --- the overlay2 store --- */

struct docker_disk {
	struct str root;
	struct str image_dir; /* root/image/overlay2 */
};

static int names_of(struct image_source *s, const struct docker_disk *d, struct docker_store_name_vec *ret, struct error *err)
{
	struct str json;
	int r = engine_read(&s->arena, d->image_dir, STR("repositories.json"), DOCKER_REPOSITORIES_BYTES_MAX, &json, err);
	if (r == 0 && (r = docker_store_names_parse(&s->arena, json, ret, err)) < 0)
		error_wrap(err, r, "%.*s/repositories.json", STR_FMT(d->image_dir));
	return r;
}

/* Ids are file names. */
static int add_ids(struct image_source *s, const struct docker_disk *d, const struct engine_query *q, struct engine_match_vec *list, struct error *err)
{
	struct str path = path_join(&s->arena, d->image_dir, STR("imagedb/content/sha256"));
	const char *c = path.p ? arena_cstr(&s->arena, path) : NULL;
	if (!c)
		return error_nomem(err);
	DIR *dir = opendir(c);
	int r = 0;
	if (!dir)
		return errno == ENOENT ? 0 : error_set_errno(err, errno, "%s", c);
	for (struct dirent *e; r == 0 && (e = readdir(dir));) {
		struct engine_match m = { .id = arena_printf(&s->arena, "sha256:%s", e->d_name) };
		m.shown = m.id;
		if (!m.id.p || (oci_digest_is_valid(m.id) && engine_id_matches(q, m.id) && !vec_push(&s->arena, list, m)))
			r = error_nomem(err);
	}
	closedir(dir);
	return r;
}

static int find_id(struct image_source *s, const struct docker_disk *d, const struct docker_store_name_vec *names, const struct engine_query *q, struct str *ret,
		   struct error *err)
{
	struct engine_match_vec list = { 0 };
	size_t at = 0;
	int r = 0;
	for (size_t i = 0; i < names->n; i++) {
		struct engine_match m = { .id = names->v[i].id, .shown = names->v[i].name, .index = list.n };
		if (engine_name_matches(q, names->v[i].name) && !vec_push(&s->arena, &list, m))
			return error_nomem(err);
	}
	if (!list.n && q->hex.n)
		r = add_ids(s, d, q, &list, err);
	for (size_t i = 0; i < list.n; i++)
		list.v[i].index = i;
	if (r == 0)
		r = engine_match_only(&s->arena, q, &list, "give more of the id", &at, err);
	if (r == 0)
		*ret = list.v[at].id;
	return r;
}

static int take_names(struct image_source *s, const struct docker_store_name_vec *names, struct str id, struct error *err)
{
	for (size_t i = 0; i < names->n; i++) {
		bool digest = str_find_char(names->v[i].name, '@') != STR_NOT_FOUND;
		if (str_eq(names->v[i].id, id) && !vec_push(&s->arena, digest ? &s->info.repo_digests : &s->info.repo_tags, names->v[i].name))
			return error_nomem(err);
	}
	return 0;
}

static int small_file(struct image_source *s, struct str folder, const char *name, struct str *ret, struct error *err)
{
	int r = engine_read(&s->arena, folder, str_c(name), SMALL_FILE_MAX, ret, err);
	if (r == 0)
		*ret = str_trim(*ret);
	return r;
}

static int find_layers(struct image_source *s, const struct docker_disk *d, struct error *err)
{
	struct str chain = STR_NONE;
	for (size_t i = 0; i < s->layer_count; i++) {
		struct image_layer *info = &s->info.layers.v[i];
		struct str diff = STR_NONE, cache_id = STR_NONE, size;
		if (!(chain = chain_id_next(&s->arena, chain, info->diff_id)).p)
			return error_nomem(err);
		struct str folder = arena_printf(&s->arena, "%.*s/layerdb/sha256/%.*s", STR_FMT(d->image_dir), STR_FMT(oci_digest_hex(chain)));
		if (!folder.p)
			return error_nomem(err);
		int r = small_file(s, folder, "diff", &diff, err);
		if (r == 0)
			r = small_file(s, folder, "cache-id", &cache_id, err);
		if (r < 0)
			return error_wrap(err, r, "layer %zu", i);
		if (!str_eq(diff, info->diff_id) || !docker_cache_id_is_valid(cache_id))
			return error_set(err, ERR_FORMAT, "layer %zu: %.*s does not say what the configuration says", i, STR_FMT(folder));
		if (small_file(s, folder, "size", &size, NULL) == 0 && str_to_u64(size, &info->size) == 0)
			s->info.size += info->size;
		s->layers[i].dir = arena_printf(&s->arena, "%.*s/overlay2/%.*s/diff", STR_FMT(d->root), STR_FMT(cache_id));
		if (!s->layers[i].dir.p)
			return error_nomem(err);
	}
	return 0;
}

static const struct image_store docker_disk_store = { .layer = source_dir_layer };

static int load_unpacked(struct image_source *s, const struct docker_disk *d, struct str id, struct error *err)
{
	struct str json, name = arena_printf(&s->arena, "imagedb/content/sha256/%.*s", STR_FMT(oci_digest_hex(id)));
	int r = name.p ? engine_read(&s->arena, d->image_dir, name, OCI_CONFIG_BYTES_MAX, &json, err) : error_nomem(err);
	if (r == 0)
		r = oci_digest_check(json, id, err);
	if (r == 0)
		r = source_load_unpacked(s, json, id, err);
	if (r == 0)
		r = find_layers(s, d, err);
	return r < 0 ? error_wrap(err, engine_unusable(r, err), "image %.*s", STR_FMT(id)) : 0;
}

static int open_overlay2(struct image_source *s, struct str root, const struct engine_query *q, struct error *err)
{
	struct docker_disk d = { .root = root, .image_dir = path_join(&s->arena, root, STR("image/overlay2")) };
	struct docker_store_name_vec names = { 0 };
	struct str id = STR_NONE;
	int r = d.image_dir.p ? names_of(s, &d, &names, err) : error_nomem(err);
	if (r == ERR_NOT_FOUND)
		return error_set(err, r, "no overlay2 store in %.*s", STR_FMT(root));
	s->store = &docker_disk_store;
	if (r == 0)
		r = find_id(s, &d, &names, q, &id, err);
	if (r == 0)
		r = load_unpacked(s, &d, id, err);
	if (r == 0)
		r = take_names(s, &names, id, err);
	return r < 0 ? error_wrap(err, r, "Docker in %.*s", STR_FMT(root)) : 0;
}

/* --- where Docker is --- */

/* "data-root" of the engine's settings. A file that cannot be read says nothing. */
static struct str configured_root(struct image_source *s)
{
	const struct json_options opt = { .max_depth = 32, .max_bytes = DAEMON_JSON_MAX };
	struct document doc;
	struct str json;
	if (engine_read(&s->arena, STR(DAEMON_JSON), STR("daemon.json"), DAEMON_JSON_MAX, &json, NULL) < 0 || json_parse(&s->arena, json, &opt, &doc, NULL, NULL) < 0)
		return STR_NONE;
	struct str root = value_str_c(doc.root, "data-root");
	return str_has_prefix(root, STR("/")) ? root : STR_NONE;
}

static bool goes_on(int r)
{
	return r == ERR_NOT_FOUND || r == ERR_SYSTEM || r == ERR_FORMAT || r == ERR_UNSUPPORTED;
}

/* The first place that has the image; what kept another from being read is told when none has. */
static int open_disk(struct image_source *s, struct str root, bool only_there, const struct engine_query *q, struct error *err)
{
	struct error first = { 0 };
	struct str inner = path_join(&s->arena, root, STR("containerd/daemon"));
	if (!inner.p)
		return error_nomem(err);
	int r = open_overlay2(s, root, q, &first);
	const struct str roots[] = { inner, STR("/var/lib/containerd") };
	for (size_t i = 0; i < ARRAY_LEN(roots) - only_there && goes_on(r); i++) {
		struct error why = { 0 };
		source_reset(s);
		int r2 = source_open_containerd_at(s, roots[i], STR(CONTAINERD_SPACE), q->text, &why);
		if (r2 != 0 && (r2 == ERR_NOT_FOUND || r != ERR_NOT_FOUND))
			continue;
		r = r2;
		first = why;
	}
	if (r < 0 && err)
		*err = first;
	return r;
}

int source_open_docker(struct image_source *s, struct str reference, struct error *err)
{
	const struct engine_options *o = s->opt.engines;
	struct engine_query q;
	struct error why = { 0 };
	struct str host = o && o->docker_host.n ? o->docker_host : str_c(getenv("DOCKER_HOST")), root = o ? o->docker_root : STR_NONE;
	bool other = host.n && !root.n && !str_eq(host, STR(SOCKET_DEFAULT)) && !str_eq(host, STR("unix:///run/docker.sock"));
	int r = engine_query_init(&s->arena, reference, &q, err);
	if (r < 0)
		return r;
	if (!root.n && !other)
		root = configured_root(s);
	if (!root.n)
		root = STR(ROOT_DEFAULT);
	s->info.artifact_name = reference;
	r = other ? ERR_NOT_FOUND : open_disk(s, root, o && o->docker_root.n, &q, &why);
	if (!goes_on(r) || (o && o->docker_root.n && !o->docker_host.n)) { /* a folder by name: that and nothing else */
		if (r < 0 && err)
			*err = why;
		return r;
	}
	struct error by_socket = { 0 };
	source_reset(s);
	int r2 = source_open_docker_socket(s, host.n ? host : STR(SOCKET_DEFAULT), &q, &by_socket);
	if (r2 == 0)
		return 0;
	/* Of two reasons the one that is not "nothing there" helps. */
	bool tell_disk = r2 == ERR_NOT_FOUND && r != ERR_NOT_FOUND && r != 0;
	if (err)
		*err = tell_disk ? why : by_socket;
	return tell_disk ? r : r2;
}
