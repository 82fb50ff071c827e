#include <fcntl.h>
#include <sys/stat.h>

#include "format/json/json.h"
#include "format/oci/digest.h"
#include "format/oci/reference.h"
#include "source/image/image_internal.h"
#include "sys/file/file.h"

#define LAYOUT_BYTES_MAX 4096

/* --- bytes from a directory or an archive --- */

/* A regular file below the layout's directory. Links are followed (build tools make layouts of links); digests check the content. */
static int open_in_dir(struct image_source *s, const char *path, uint64_t *ret_size, struct error *err)
{
	struct stat st;
	_cleanup_close_ int fd = openat(s->dir_fd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, &st) < 0)
		return error_set_errno(err, errno, "%s", path);
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERR_FORMAT, "%s is no regular file", path);
	*ret_size = (uint64_t)st.st_size;
	return take_fd(&fd);
}

static int read_named(struct image_source *s, struct str path, uint64_t max, struct str *ret, struct error *err)
{
	uint64_t size;
	if (s->archive)
		return archive_read(s->archive, &s->arena, path, max, ret, err);
	_cleanup_close_ int fd = open_in_dir(s, path.p, &size, err);
	if (fd < 0)
		return fd;
	if (size > max)
		return error_set(err, ERR_LIMIT, "%.*s: %llu bytes, more than the limit of %llu", STR_FMT(path), (unsigned long long)size, (unsigned long long)max);
	char *p = arena_alloc_aligned(&s->arena, size + 1, 1);
	int r = p ? file_pread(fd, p, size, 0, err) : error_nomem(err);
	if (r < 0)
		return error_wrap(err, r, "%.*s", STR_FMT(path));
	p[size] = 0;
	*ret = str_make(p, size);
	return 0;
}

/* "sha256:abc" -> "blobs/sha256/abc". The digest is well formed, so the path stays inside. */
static void blob_path(struct str digest, char *dst, size_t n)
{
	size_t colon = str_find_char(digest, ':');
	snprintf(dst, n, "blobs/%.*s/%.*s", STR_FMT(str_sub(digest, 0, colon)), STR_FMT(oci_digest_hex(digest)));
}

static int layout_document(struct image_source *s, const struct oci_descriptor *d, bool is_manifest, uint64_t max, struct str *ret, struct error *err)
{
	char path[OCI_DIGEST_TEXT_MAX + 16];
	blob_path(d->digest, path, sizeof(path));
	int r = read_named(s, str_c(path), max, ret, err);
	if (r < 0)
		return r;
	if (ret->n != d->size)
		return error_set(err, ERR_DIGEST, "%s has %zu bytes, %llu were announced", path, ret->n, (unsigned long long)d->size);
	return oci_digest_check(*ret, d->digest, err);
}

int source_layout_layer(struct image_source *s, struct source_layer *layer, struct error *err)
{
	struct layer_blob blob = { .fd = -1, .size = layer->desc.size, .expect_digest = layer->desc.digest };
	char path[OCI_DIGEST_TEXT_MAX + 16];
	uint64_t size;
	blob_path(layer->desc.digest, path, sizeof(path));
	if (s->archive) {
		const struct archive_entry *e = archive_find(s->archive, str_c(path));
		if (!e)
			return error_set(err, ERR_NOT_FOUND, "%s is not in the archive", path);
		blob.fd = e->sparse ? archive_expand(s->archive, e, err) : s->archive->fd;
		blob.offset = e->sparse ? 0 : e->offset;
		size = e->size;
		layer->own_fd = e->sparse ? blob.fd : -1;
	} else {
		blob.fd = layer->own_fd = open_in_dir(s, path, &size, err);
	}
	if (blob.fd < 0)
		return blob.fd;
	if (size != layer->desc.size)
		return error_set(err, ERR_DIGEST, "%s has %llu bytes, %llu were announced", path, (unsigned long long)size,
				 (unsigned long long)layer->desc.size);
	int r = source_sniff(blob.fd, blob.offset, blob.size, &blob.compression, err);
	if (r < 0)
		return r;
	layer->blob = blob;
	return 0;
}

const struct image_store layout_store = { .document = layout_document, .layer = source_layout_layer };

/* --- which of the images in index.json --- */

static bool entry_matches(struct image_source *s, const struct oci_descriptor *d)
{
	struct str want = s->selector;
	if (str_strip_prefix(&want, STR("@")))
		return str_eq(d->digest, want);
	return (d->ref_name.n && (str_eq(d->ref_name, want) || source_names_equal(&s->arena, d->ref_name, want))) ||
	       (d->image_name.n && source_names_equal(&s->arena, d->image_name, want));
}

static struct str entry_name(const struct oci_descriptor *d)
{
	return d->image_name.n ? d->image_name : d->ref_name.n ? d->ref_name : d->digest;
}

static struct str list_entries(struct image_source *s, const struct oci_descriptor_vec *list)
{
	struct buf b;
	buf_init(&b, 4096);
	for (size_t i = 0; i < list->n && i < 20; i++)
		buf_addf(&b, "%s%.*s", i ? ", " : "", STR_FMT(str_sub(entry_name(&list->v[i]), 0, 150)));
	if (list->n > 20)
		buf_addf(&b, " and %zu more", list->n - 20);
	struct str text = arena_str(&s->arena, buf_str(&b));
	buf_release(&b);
	return text;
}

/* Keeps what the selector means. Without one, entries that differ in platform only are one image; anything else is for the user to choose. */
static int choose_roots(struct image_source *s, struct oci_descriptor_vec *list, struct error *err)
{
	struct oci_descriptor_vec kept = { 0 };
	uint64_t index;
	bool by_index = source_selector_index(s->selector, &index);
	for (size_t i = 0; i < list->n; i++)
		if (s->selector.n ? (by_index ? i == index : entry_matches(s, &list->v[i])) : !list->v[i].is_attestation)
			if (!vec_push(&s->arena, &kept, list->v[i]))
				return error_nomem(err);
	if (!kept.n && s->selector.n)
		return error_set(err, ERR_NOT_FOUND, "index.json has no image \"%.*s\"; it has: %.*s", STR_FMT(str_sub(s->selector, 0, 200)),
				 STR_FMT(list_entries(s, list)));
	if (!kept.n)
		return error_set(err, ERR_FORMAT, "index.json lists no image");
	bool one_image = true;
	for (size_t i = 1; i < kept.n && !s->selector.n; i++) {
		const struct oci_descriptor *d = &kept.v[i], *first = &kept.v[0];
		one_image = one_image && (str_eq(d->digest, first->digest) || (d->has_platform && first->has_platform &&
									       str_eq(d->ref_name, first->ref_name) && str_eq(d->image_name, first->image_name)));
	}
	if (!one_image)
		return error_set(err, ERR_USAGE, "index.json lists %zu images; choose one with oci:%.*s:NAME (or @DIGEST): %.*s", kept.n, STR_FMT(s->path),
				 STR_FMT(list_entries(s, &kept)));
	*list = kept;
	return 0;
}

/* Names with a repository in them become tags; a bare "latest" says nothing about the name. */
static int take_names(struct image_source *s, const struct oci_descriptor *d, struct error *err)
{
	const struct str names[] = { d->image_name, d->ref_name };
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const struct oci_reference_defaults defaults = registry_reference_defaults();
		struct oci_reference ref;
		if (str_find_char(names[i], ':') == STR_NOT_FOUND || oci_reference_parse(&s->arena, names[i], &defaults, &ref, NULL) < 0 || !ref.tag.n)
			continue;
		struct str tag = arena_printf(&s->arena, "%.*s:%.*s", STR_FMT(oci_reference_short_name(&s->arena, &ref, &defaults)), STR_FMT(ref.tag));
		bool seen = s->info.repo_tags.n && str_eq(tag, s->info.repo_tags.v[0]);
		if (!tag.p || (!seen && !vec_push(&s->arena, &s->info.repo_tags, tag)))
			return error_nomem(err);
	}
	return 0;
}

static int check_layout_version(struct image_source *s, struct error *err)
{
	const struct json_options opt = { .max_depth = 16 };
	struct document doc;
	struct str json;
	int r = read_named(s, STR("oci-layout"), LAYOUT_BYTES_MAX, &json, err);
	if (r == ERR_NOT_FOUND) {
		diag_add(&s->diags, DIAG_NOTE, STR("oci-layout"), 0, 0, "missing; read as version 1.0.0");
		return 0;
	}
	if (r < 0 || (r = json_parse(&s->arena, json, &opt, &doc, NULL, err)) < 0)
		return error_wrap(err, r, "oci-layout");
	struct str version = value_str_c(doc.root, "imageLayoutVersion");
	if (!str_has_prefix(version, STR("1.")))
		return error_set(err, ERR_UNSUPPORTED, "oci-layout: version \"%.*s\" (1.0.0 is known)", STR_FMT(str_sub(version, 0, 32)));
	return 0;
}

static int open_layout(struct image_source *s, struct error *err)
{
	struct oci_manifest index;
	struct str json;
	s->store = &layout_store;
	int r = check_layout_version(s, err);
	if (r < 0 || (r = read_named(s, STR("index.json"), OCI_MANIFEST_BYTES_MAX, &json, err)) < 0)
		return r;
	r = oci_manifest_parse(&s->arena, json, STR(OCI_TYPE_INDEX), &index, err);
	if (r < 0)
		return error_wrap(err, r, "index.json");
	if ((r = choose_roots(s, &index.manifests, err)) < 0 || (r = oci_image_load(s, index.manifests.v, index.manifests.n, err)) < 0)
		return r;
	return take_names(s, &index.manifests.v[0], err);
}

int source_open_oci_archive(struct image_source *s, struct error *err)
{
	if (!archive_find(s->archive, STR("index.json")))
		return error_set(err, ERR_FORMAT, "no OCI archive: it has no index.json");
	return open_layout(s, err);
}

bool source_dir_is_oci_layout(int dir_fd)
{
	struct stat st;
	if (fstatat(dir_fd, "index.json", &st, 0) < 0 || !S_ISREG(st.st_mode))
		return false;
	return fstatat(dir_fd, "oci-layout", &st, 0) == 0 || (fstatat(dir_fd, "blobs", &st, 0) == 0 && S_ISDIR(st.st_mode));
}

int source_open_oci_dir(struct image_source *s, struct error *err)
{
	return open_layout(s, err);
}
