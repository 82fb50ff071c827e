#include "format/stores/containerd.h"

#include "format/oci/digest.h"

#define NAMESPACES_MAX 1024u
#define IMAGES_MAX     100000u
#define KIND_COMMITTED 3u

/* --- Go's variable-length integers --- */

static bool read_uvarint(struct str bytes, uint64_t *ret)
{
	uint64_t v = 0;
	for (unsigned i = 0; i < bytes.n && i < 10; i++) {
		unsigned char b = (unsigned char)bytes.p[i];
		if (i == 9 && b > 1)
			return false;
		v |= (uint64_t)(b & 0x7f) << (7 * i);
		if (b < 0x80) {
			*ret = v;
			return true;
		}
	}
	return false;
}

/* A zigzag number that must not be negative. */
static bool read_size(struct str bytes, uint64_t *ret)
{
	uint64_t v;
	if (!read_uvarint(bytes, &v) || (v & 1))
		return false;
	*ret = v >> 1;
	return true;
}

/* --- images --- */

/* A bucket by a path of names: 0, ERR_NOT_FOUND, ERR_FORMAT. */
static int open_bucket(struct bbolt *db, const struct str *path, size_t n, struct bbolt_bucket *ret, struct error *err)
{
	struct bbolt_bucket b = bbolt_root(db);
	for (size_t i = 0; i < n; i++) {
		int r = bbolt_bucket(&b, path[i], &b, err);
		if (r < 0)
			return r;
	}
	*ret = b;
	return 0;
}

static int read_target(const struct bbolt_bucket *image, struct oci_descriptor *ret, struct error *err)
{
	struct oci_descriptor d = { 0 };
	struct bbolt_bucket target;
	struct str size;
	int r = bbolt_bucket(image, STR("target"), &target, err);
	if (r == 0)
		r = bbolt_get(&target, STR("digest"), &d.digest, err);
	if (r == 0)
		r = bbolt_get(&target, STR("mediatype"), &d.media_type, err);
	if (r == 0)
		r = bbolt_get(&target, STR("size"), &size, err);
	if (r < 0)
		return r == ERR_NOT_FOUND ? error_set(err, ERR_FORMAT, "it has no target") : r;
	if (!read_size(size, &d.size))
		return error_set(err, ERR_FORMAT, "its target has no size");
	if ((r = oci_digest_validate(d.digest, err)) < 0)
		return r;
	*ret = d;
	return 0;
}

static int add_images(struct arena *a, const struct bbolt_bucket *ns, struct str name, struct containerd_image_vec *ret, struct diags *diags, struct error *err)
{
	struct bbolt_bucket images;
	struct bbolt_cursor c;
	struct bbolt_entry e;
	int r = bbolt_bucket(ns, STR("images"), &images, err);
	if (r < 0)
		return r == ERR_NOT_FOUND ? 0 : r;
	r = bbolt_cursor_init(&c, &images, err);
	while (r >= 0 && (r = bbolt_cursor_next(&c, &e, err)) > 0) {
		struct containerd_image image = { .namespace_ = name, .name = e.key };
		struct error why = { 0 };
		if (!e.is_bucket)
			continue;
		if (ret->n == IMAGES_MAX)
			return error_set(err, ERR_LIMIT, "more than %u images", IMAGES_MAX);
		if (read_target(&e.bucket, &image.target, &why) < 0)
			diag_add(diags, DIAG_WARNING, e.key, 0, 0, "image of the namespace %.*s passed over: %s", STR_FMT(str_sub(name, 0, 100)), why.text);
		else if (!vec_push(a, ret, image))
			return error_nomem(err);
	}
	return r;
}

int containerd_namespaces(struct arena *a, struct bbolt *meta, struct str_vec *ret, struct error *err)
{
	static const struct str path[] = { STR_INIT("v1") };
	struct bbolt_bucket v1;
	struct bbolt_cursor c;
	struct bbolt_entry e;
	int r = open_bucket(meta, path, ARRAY_LEN(path), &v1, err);
	if (r < 0) /* a containerd that was started and never used has no bucket */
		return r == ERR_NOT_FOUND ? 0 : r;
	r = bbolt_cursor_init(&c, &v1, err);
	while (r >= 0 && (r = bbolt_cursor_next(&c, &e, err)) > 0) {
		if (!e.is_bucket)
			continue;
		if (ret->n == NAMESPACES_MAX)
			return error_set(err, ERR_LIMIT, "more than %u namespaces", NAMESPACES_MAX);
		if (!vec_push(a, ret, e.key))
			return error_nomem(err);
	}
	return r;
}

int containerd_images(struct arena *a, struct bbolt *meta, struct str namespace_, struct containerd_image_vec *ret, struct diags *diags, struct error *err)
{
	struct str_vec names = { 0 };
	int r = containerd_namespaces(a, meta, &names, err);
	for (size_t i = 0; i < names.n && r == 0; i++) {
		const struct str path[] = { STR("v1"), names.v[i] };
		struct bbolt_bucket ns;
		if (namespace_.n && !str_eq(names.v[i], namespace_))
			continue;
		r = open_bucket(meta, path, ARRAY_LEN(path), &ns, err);
		if (r == 0)
			r = add_images(a, &ns, names.v[i], ret, diags, err);
	}
	return r == ERR_NOT_FOUND ? error_set(err, ERR_FORMAT, "damaged bbolt file: a namespace that is listed is not found") : r;
}

/* --- snapshots --- */

/* The name becomes no path, the snapshotter's does. */
static bool snapshotter_is_valid(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!char_is_alnum(s.p[i]) && s.p[i] != '-' && s.p[i] != '_')
			return false;
	return s.n > 0 && s.n <= 64;
}

int containerd_snapshots(struct arena *a, struct bbolt *meta, struct str namespace_, struct str chain_id, struct containerd_snapshot_vec *ret,
			 struct error *err)
{
	const struct str path[] = { STR("v1"), namespace_, STR("snapshots") };
	struct bbolt_bucket all, one;
	struct bbolt_cursor c;
	struct bbolt_entry e;
	int r = open_bucket(meta, path, ARRAY_LEN(path), &all, err);
	if (r == 0)
		r = bbolt_cursor_init(&c, &all, err);
	while (r >= 0 && (r = bbolt_cursor_next(&c, &e, err)) > 0) {
		struct containerd_snapshot s = { .snapshotter = e.key };
		if (!e.is_bucket || !snapshotter_is_valid(e.key) || ret->n == 64)
			continue;
		int found = bbolt_bucket(&e.bucket, chain_id, &one, err);
		if (found == 0)
			found = bbolt_get(&one, STR("name"), &s.name, err);
		if (found == ERR_NOT_FOUND)
			continue;
		if (found < 0)
			return found;
		if (!vec_push(a, ret, s))
			return error_nomem(err);
		if (str_eq(s.snapshotter, STR("overlayfs"))) {
			struct containerd_snapshot first = ret->v[0];
			ret->v[0] = s;
			ret->v[ret->n - 1] = ret->n > 1 ? first : s;
		}
	}
	return r;
}

int containerd_snapshot_id(struct bbolt *snapshots, struct str name, uint64_t *ret, struct error *err)
{
	const struct str path[] = { STR("v1"), STR("snapshots"), name };
	struct bbolt_bucket b;
	struct str id, kind;
	uint64_t n;
	int r = open_bucket(snapshots, path, ARRAY_LEN(path), &b, err);
	if (r == 0)
		r = bbolt_get(&b, STR("id"), &id, err);
	if (r == 0)
		r = bbolt_get(&b, STR("kind"), &kind, err);
	if (r < 0)
		return r == ERR_NOT_FOUND ? error_set(err, ERR_NOT_FOUND, "the snapshotter has no snapshot %.*s", STR_FMT(str_sub(name, 0, 200))) : r;
	if (!read_uvarint(id, &n) || kind.n != 1 || (unsigned char)kind.p[0] != KIND_COMMITTED)
		return error_set(err, ERR_FORMAT, "the snapshot %.*s is not a finished one", STR_FMT(str_sub(name, 0, 200)));
	*ret = n;
	return 0;
}
