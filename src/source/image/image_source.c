#include "source/image/image_source.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/log.h"
#include "format/compress/compress.h"
#include "format/oci/reference.h"
#include "source/image/image_internal.h"
#include "sys/file/file.h"

#define ARENA_BYTES (64u << 20)

enum source_kind { KIND_ANY_FILE, KIND_OCI, KIND_OCI_ARCHIVE, KIND_DOCKER_ARCHIVE, KIND_REGISTRY, KIND_CONTAINERD, KIND_DOCKER, KIND_PODMAN };

static const struct {
	struct str prefix;
	enum source_kind kind;
} prefixes[] = {
	{ STR_INIT("oci:"), KIND_OCI },           { STR_INIT("oci-archive:"), KIND_OCI_ARCHIVE }, { STR_INIT("docker-archive:"), KIND_DOCKER_ARCHIVE },
	{ STR_INIT("registry:"), KIND_REGISTRY }, { STR_INIT("docker://"), KIND_REGISTRY },
	{ STR_INIT("containerd:"), KIND_CONTAINERD }, { STR_INIT("docker-daemon:"), KIND_DOCKER }, { STR_INIT("docker:"), KIND_DOCKER },
	{ STR_INIT("podman:"), KIND_PODMAN },     { STR_INIT("containers-storage:"), KIND_PODMAN },
};

/* --- small helpers that the kinds share --- */

int source_sniff(int fd, uint64_t offset, uint64_t size, enum compression *ret, struct error *err)
{
	unsigned char head[6];
	size_t n = (size_t)MIN_OF(size, (uint64_t)sizeof(head));
	int r = file_pread(fd, head, n, offset, err);
	if (r == 0)
		*ret = compress_detect(head, n);
	return r;
}

int source_layers_alloc(struct image_source *s, size_t n, struct error *err)
{
	s->layers = arena_new_array(&s->arena, struct source_layer, n + 1);
	if (!s->layers || vec_reserve(&s->arena, &s->info.layers, n + 1) < 0)
		return error_nomem(err);
	for (size_t i = 0; i < n; i++) {
		s->layers[i].own_fd = -1;
		s->info.layers.v[i] = (struct image_layer){ 0 };
	}
	s->layer_count = s->info.layers.n = n;
	return 0;
}

bool source_selector_index(struct str selector, uint64_t *ret)
{
	return str_strip_prefix(&selector, STR("@")) && str_to_u64(selector, ret) == 0;
}

bool source_names_equal(struct arena *a, struct str x, struct str y)
{
	const struct oci_reference_defaults defaults = registry_reference_defaults();
	struct oci_reference p, q;
	if (str_eq(x, y))
		return true;
	return oci_reference_parse(a, x, &defaults, &p, NULL) == 0 && oci_reference_parse(a, y, &defaults, &q, NULL) == 0 && str_eq(p.host, q.host) &&
	       str_eq(p.repository, q.repository) && str_eq(p.tag, q.tag) && str_eq(p.digest, q.digest);
}

/* --- what a REF means --- */

static bool path_exists(struct arena *a, struct str path, struct stat *ret)
{
	const char *c = path.n && path.n < PATH_MAX ? arena_cstr(a, path) : NULL;
	return c && strlen(c) == path.n && stat(c, ret) == 0;
}

/* "app.tar:name:1" -> an existing path and what follows; the longest path wins. */
static bool split_path(struct image_source *s, struct str text, struct stat *st)
{
	s->path = text;
	if (path_exists(&s->arena, text, st))
		return true;
	for (size_t i = text.n; i-- > 1;) {
		if (text.p[i] != ':' && text.p[i] != '@')
			continue;
		s->path = str_sub(text, 0, i);
		if (path_exists(&s->arena, s->path, st)) {
			s->selector = str_from(text, text.p[i] == ':' ? i + 1 : i);
			return true;
		}
	}
	s->path = text;
	return false;
}

static int open_dir(struct image_source *s, const char *path, enum source_kind kind, struct error *err)
{
	s->dir_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->dir_fd < 0)
		return error_set_errno(err, errno, "%s", path);
	if (kind == KIND_ANY_FILE && !source_dir_is_oci_layout(s->dir_fd))
		return error_set(err, ERR_USAGE,
				 "%s is a directory but no OCI layout (no index.json): to scan an unpacked file system use `bulkhead rootfs %s`, for an image of "
				 "that name in a registry `registry:%s`",
				 path, path, path);
	if (kind == KIND_OCI_ARCHIVE || kind == KIND_DOCKER_ARCHIVE)
		return error_set(err, ERR_USAGE, "%s is a directory, no archive (oci:%s reads an OCI layout)", path, path);
	int r = source_open_oci_dir(s, err);
	return r < 0 ? error_wrap(err, r, "%s", path) : 0;
}

static int open_archive(struct image_source *s, const char *path, enum source_kind kind, struct error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return error_set_errno(err, errno, "%s", path);
	int r = archive_open(&s->arena, fd, s->path, &s->opt, &s->archive, err);
	if (r == ERR_FORMAT)
		return error_wrap(err, r, "no image archive");
	if (r < 0)
		return r;
	bool docker = archive_find(s->archive, STR("manifest.json")) || archive_find(s->archive, STR("repositories"));
	bool oci = archive_find(s->archive, STR("index.json"));
	/* `docker save` writes both since Docker 25. Its own manifest.json leads straight to the layers; only it leaves other platforms out. */
	if (kind == KIND_ANY_FILE || kind == KIND_OCI)
		kind = oci && (!docker || s->opt.platform.n || kind == KIND_OCI) ? KIND_OCI_ARCHIVE : KIND_DOCKER_ARCHIVE;
	if (!docker && !oci)
		return error_set(err, ERR_FORMAT,
				 "%s is no image archive: it has neither manifest.json nor index.json (an unpacked file system is scanned by `bulkhead rootfs`)",
				 path);
	r = kind == KIND_OCI_ARCHIVE ? source_open_oci_archive(s, err) : source_open_docker_archive(s, err);
	return r < 0 ? error_wrap(err, r, "%s", path) : 0;
}

static int open_path(struct image_source *s, const struct stat *st, enum source_kind kind, struct error *err)
{
	const char *path = arena_cstr(&s->arena, s->path);
	if (!path)
		return error_nomem(err);
	s->info.artifact_name = s->path;
	if (S_ISDIR(st->st_mode))
		return open_dir(s, path, kind, err);
	if (!S_ISREG(st->st_mode))
		return error_set(err, ERR_USAGE, "%s is neither a file nor a directory", path);
	return open_archive(s, path, kind, err);
}

static bool looks_like_path(struct str ref)
{
	static const struct str ends[] = { STR_INIT(".tar"), STR_INIT(".tgz"), STR_INIT(".tar.gz"), STR_INIT(".tar.zst"), STR_INIT(".tar.zstd"), STR_INIT("/") };
	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		if (str_has_suffix(ref, ends[i]))
			return true;
	return str_has_prefix(ref, STR("/")) || str_has_prefix(ref, STR(".")) || str_has_prefix(ref, STR("~"));
}

/* --- engines --- */

typedef int open_fn(struct image_source *, struct str, struct error *);
static open_fn *const engine_opens[] = { [KIND_CONTAINERD] = source_open_containerd, [KIND_DOCKER] = source_open_docker, [KIND_PODMAN] = source_open_podman,
					 [KIND_REGISTRY] = source_open_registry };

static enum source_kind engine_kind(struct str name)
{
	static const struct {
		struct str name;
		enum source_kind kind;
	} all[] = { { STR_INIT("docker"), KIND_DOCKER }, { STR_INIT("containerd"), KIND_CONTAINERD }, { STR_INIT("podman"), KIND_PODMAN }, { STR_INIT("remote"), KIND_REGISTRY } };
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (str_eq(name, all[i].name))
			return all[i].kind;
	return KIND_ANY_FILE;
}

void source_reset(struct image_source *s)
{
	struct str reference = s->info.reference, artifact = s->info.artifact_name;
	for (size_t i = 0; i < s->layer_count; i++)
		if (s->layers[i].own_fd >= 0)
			close(s->layers[i].own_fd);
	s->registry = registry_close(s->registry);
	s->http = http_client_free(s->http);
	s->archive = archive_close(s->archive);
	containerd_close(s->containerd);
	s->containerd = NULL;
	if (s->dir_fd >= 0)
		close(s->dir_fd);
	s->dir_fd = -1;
	s->layers = NULL;
	s->layer_count = 0;
	s->store = NULL;
	s->info = (struct image_info){ .reference = reference, .artifact_name = artifact };
	diags_init(&s->diags, &s->arena);
}

/* The image where it is found first. An engine that cannot be asked (no rights, damaged store) is told of only when no other place has the image. */
static int look_up(struct image_source *s, struct str ref, struct error *err)
{
	static const struct str remote = STR_INIT("remote");
	const struct engine_options *o = s->opt.engines;
	const struct str *order = o && o->order_count ? o->order : &remote;
	size_t n = o && o->order_count ? o->order_count : 1, told = 0;
	struct buf troubles;
	int r = ERR_NOT_FOUND;
	buf_init(&troubles, 8192);
	for (size_t i = 0; i < n; i++) {
		enum source_kind kind = engine_kind(order[i]);
		struct error why = { 0 };
		if (kind == KIND_ANY_FILE) {
			r = error_set(err, ERR_USAGE, "image source \"%.*s\": docker, containerd, podman and remote are known", STR_FMT(str_sub(order[i], 0, 100)));
			break;
		}
		source_reset(s);
		s->info.artifact_name = ref;
		r = engine_opens[kind](s, ref, &why);
		if (r < 0 && err)
			*err = why;
		if (r == 0 || r == ERR_USAGE || r == ERR_NOMEM || r == ERR_CANCELLED)
			break;
		if (kind != KIND_REGISTRY)
			log_debug("%.*s: %s", STR_FMT(order[i]), why.text);
		if (i + 1 < n && r != ERR_NOT_FOUND && ++told)
			buf_addf(&troubles, "; %.*s", STR_FMT(str_sub(str_c(why.text), 0, 300)));
	}
	/* Who meant a file, or an image of this machine, is told more than that a registry did not answer. */
	if (n > 1 && str_eq(order[n - 1], remote) && (r == ERR_NETWORK || r == ERR_AUTH || r == ERR_NOT_FOUND))
		error_wrap(err, r, "%.*s is no file here and no image of an engine on this machine; in the registry", STR_FMT(str_sub(ref, 0, 200)));
	if (r < 0 && told && err && !buf_failed(&troubles)) {
		struct error all = *err;
		snprintf(all.text, sizeof(all.text), "%.600s%.*s", err->text, STR_FMT(buf_str(&troubles)));
		*err = all;
	}
	buf_release(&troubles);
	return r;
}

static int open_ref(struct image_source *s, struct str ref, struct error *err)
{
	enum source_kind kind = KIND_ANY_FILE;
	struct stat st;
	struct str rest = ref;
	if (!ref.n)
		return error_set(err, ERR_USAGE, "no image given");
	s->path = ref;
	if (path_exists(&s->arena, ref, &st))
		return open_path(s, &st, KIND_ANY_FILE, err);
	for (size_t i = 0; i < ARRAY_LEN(prefixes) && kind == KIND_ANY_FILE; i++)
		if (str_strip_prefix(&rest, prefixes[i].prefix))
			kind = prefixes[i].kind;
	bool is_name = kind >= KIND_REGISTRY; /* by its prefix */
	bool is_file = s->opt.force_file || (kind != KIND_ANY_FILE && !is_name) || (kind == KIND_ANY_FILE && looks_like_path(ref));
	if (!is_file && is_name) {
		s->info.artifact_name = rest;
		int r = engine_opens[kind](s, rest, err);
		/* "docker:24" is also an image of the default registry: one without a tag of its own may mean that. */
		bool may_be_tag = kind == KIND_DOCKER && str_has_prefix(ref, STR("docker:")) && oci_tag_is_valid(rest);
		return r == ERR_NOT_FOUND && may_be_tag ? look_up(s, ref, err) : r;
	}
	if (!is_file)
		return look_up(s, ref, err);
	if (is_name) /* --input registry:x */
		rest = ref;
	if (!split_path(s, rest, &st))
		return error_set(err, ERR_NOT_FOUND, "%.*s: no such file or directory", STR_FMT(str_sub(rest, 0, 500)));
	return open_path(s, &st, is_name ? KIND_ANY_FILE : kind, err);
}

int image_source_open(struct str ref, const struct image_source_options *opt, struct image_source **ret, struct error *err)
{
	struct image_source *s = calloc(1, sizeof(*s));
	if (!s)
		return error_nomem(err);
	arena_init(&s->arena, ARENA_BYTES);
	diags_init(&s->diags, &s->arena);
	s->dir_fd = -1;
	if (opt)
		s->opt = *opt;
	s->info.reference = arena_str(&s->arena, ref);
	int r = s->info.reference.p ? open_ref(s, s->info.reference, err) : error_nomem(err);
	if (r < 0) {
		image_source_free(s);
		return r;
	}
	*ret = s;
	return 0;
}

const struct image_info *image_source_info(const struct image_source *s)
{
	return &s->info;
}

size_t image_source_layer_count(const struct image_source *s)
{
	return s->layer_count;
}

const struct diags *image_source_diags(const struct image_source *s)
{
	return &s->diags;
}

int image_source_layer(struct image_source *s, size_t i, struct layer_blob *ret, struct error *err)
{
	if (i >= s->layer_count)
		return error_set(err, ERR_INTERNAL, "no layer %zu", i);
	struct source_layer *layer = &s->layers[i];
	if (!layer->ready) {
		if (str_has_suffix(layer->desc.media_type, STR("+encrypted")))
			return error_set(err, ERR_UNSUPPORTED, "layer %zu is encrypted", i);
		int r = s->store->layer(s, layer, err);
		if (r < 0) {
			if (layer->own_fd >= 0)
				close(layer->own_fd);
			layer->own_fd = -1;
			return error_wrap(err, r, "layer %zu", i);
		}
		layer->ready = true;
	}
	*ret = layer->blob;
	return 0;
}

struct image_source *image_source_free(struct image_source *s)
{
	if (!s)
		return NULL;
	source_reset(s);
	arena_release(&s->arena);
	free(s);
	return NULL;
}
