#include "format/oci/digest.h"
#include "source/image/image_internal.h"
#include "sys/file/file.h"

static int registry_document(struct image_source *s, const struct oci_descriptor *d, bool is_manifest, uint64_t max, struct str *ret,
			     struct error *err)
{
	if (is_manifest) {
		struct registry_manifest m;
		int r = registry_manifest(s->registry, &s->arena, d->digest, &m, err);
		if (r < 0)
			return r;
		if (m.bytes.n != d->size)
			return error_set(err, ERR_DIGEST, "manifest %.*s has %zu bytes, %llu were announced", STR_FMT(d->digest), m.bytes.n,
					 (unsigned long long)d->size);
		*ret = m.bytes;
		return 0;
	}
	return registry_blob_bytes(s->registry, &s->arena, d, max, ret, err);
}

struct layer_progress {
	struct image_source *s;
	struct str name;
};

static int on_progress(void *ctx, uint64_t done, uint64_t total)
{
	const struct layer_progress *p = ctx;
	return p->s->opt.progress ? p->s->opt.progress(p->s->opt.progress_ctx, p->name, done, total) : 0;
}

static int registry_layer(struct image_source *s, struct source_layer *layer, struct error *err)
{
	struct layer_progress progress = { s, layer->name };
	struct layer_blob blob = { .size = layer->desc.size, .expect_digest = layer->desc.digest, .verified = true };
	_cleanup_close_ int fd = -1;
	int r = file_tmp(s->opt.tmp_dir, &fd, err);
	if (r < 0 || (r = registry_blob(s->registry, &layer->desc, fd, on_progress, &progress, err)) < 0 ||
	    (r = source_sniff(fd, 0, layer->desc.size, &blob.compression, err)) < 0)
		return r;
	blob.fd = layer->own_fd = take_fd(&fd);
	layer->blob = blob;
	return 0;
}

static const struct image_store registry_store = { .document = registry_document, .layer = registry_layer };

/* Asks whether to go on while nothing moves. */
static int on_tick(void *ctx)
{
	const struct image_source *s = ctx;
	return s->opt.progress ? s->opt.progress(s->opt.progress_ctx, STR_NONE, 0, 0) : 0;
}

static int take_names(struct image_source *s, const struct oci_reference *ref, struct str root_digest, struct error *err)
{
	const struct oci_reference_defaults defaults = registry_reference_defaults();
	struct str name = oci_reference_short_name(&s->arena, ref, &defaults);
	struct str digest = arena_printf(&s->arena, "%.*s@%.*s", STR_FMT(name), STR_FMT(root_digest));
	struct str tag = arena_printf(&s->arena, "%.*s:%.*s", STR_FMT(name), STR_FMT(ref->tag));
	if (!name.p || !digest.p || !tag.p || !vec_push(&s->arena, &s->info.repo_digests, digest))
		return error_nomem(err);
	return !ref->tag.n || vec_push(&s->arena, &s->info.repo_tags, tag) ? 0 : error_nomem(err);
}

/* "sha256-<64 hex>", alone or with ".sig", ".att", ".sbom": what tools attach to an image (cosign; OCI distribution-spec, "Referrers Tag Schema"). */
static bool is_attachment(struct str tag)
{
	return str_strip_prefix(&tag, STR("sha256-")) && tag.n >= 64 && (tag.n == 64 || tag.p[64] == '.');
}

static int list_tags(struct arena *a, const struct oci_reference *ref, struct registry *reg, struct str_vec *ret, size_t *ret_skipped, struct error *err)
{
	struct str_vec tags = { 0 }, list = { 0 };
	size_t skipped = 0;
	int r = registry_tags(reg, a, &tags, err);
	for (size_t i = 0; i < tags.n && r == 0; i++) {
		if (is_attachment(tags.v[i])) {
			skipped++;
			continue;
		}
		struct str one = arena_printf(a, "registry:%.*s/%.*s:%.*s", STR_FMT(ref->host), STR_FMT(ref->repository), STR_FMT(tags.v[i]));
		if (!one.p || !vec_push(a, &list, one))
			r = error_nomem(err);
	}
	if (r == 0 && !list.n)
		r = error_set(err, ERR_NOT_FOUND, "%.*s/%.*s has no tags", STR_FMT(ref->host), STR_FMT(ref->repository));
	if (r == 0) {
		*ret = list;
		*ret_skipped = skipped;
	}
	return r;
}

int image_source_tags(struct arena *a, struct str repository, const struct image_source_options *opt, struct str_vec *ret, size_t *ret_skipped, struct error *err)
{
	const struct oci_reference_defaults defaults = registry_reference_defaults();
	const struct image_source s = { .opt = *opt };
	struct http_client_options http = { .offline = opt->offline, .tick = on_tick, .tick_ctx = (void *)(uintptr_t)&s };
	struct http_client *client = NULL;
	struct registry *reg = NULL;
	struct oci_reference ref;
	if (!str_strip_prefix(&repository, STR("registry:")))
		str_strip_prefix(&repository, STR("docker://"));
	int r = oci_reference_parse(a, repository, &defaults, &ref, err);
	if (r == 0 && (!ref.tag_is_default || ref.digest.n))
		r = error_set(err, ERR_USAGE, "%.*s names one image; all tags are those of a repository", STR_FMT(str_sub(repository, 0, 300)));
	if (r == 0)
		r = http_client_new(&http, &client, err);
	if (r == 0)
		r = registry_open(&ref, opt->registry, client, &reg, err);
	if (r == 0)
		r = list_tags(a, &ref, reg, ret, ret_skipped, err);
	registry_close(reg);
	http_client_free(client);
	return r;
}

int source_open_registry(struct image_source *s, struct str reference, struct error *err)
{
	const struct oci_reference_defaults defaults = registry_reference_defaults();
	const struct registry_options *opt = s->opt.registry;
	struct http_client_options http = { .offline = s->opt.offline, .tick = on_tick, .tick_ctx = s };
	struct oci_reference ref;
	struct registry_manifest m;
	s->store = &registry_store;
	int r = oci_reference_parse(&s->arena, reference, &defaults, &ref, err);
	if (r < 0)
		return r;
	if (s->opt.offline)
		return error_set(err, ERR_NETWORK, "%.*s would have to be fetched from a registry, and the network was ruled out by --offline",
				 STR_FMT(reference));
	if (opt) {
		http.connect_timeout_s = opt->connect_timeout_s;
		http.stall_timeout_s = opt->stall_timeout_s;
	}
	if ((r = http_client_new(&http, &s->http, err)) < 0 || (r = registry_open(&ref, opt, s->http, &s->registry, err)) < 0 ||
	    (r = registry_manifest(s->registry, &s->arena, ref.digest.n ? ref.digest : ref.tag, &m, err)) < 0 ||
	    (r = take_names(s, &ref, m.digest, err)) < 0)
		return r;
	return oci_image_load_document(s, m.bytes, m.media_type, m.digest, err);
}
