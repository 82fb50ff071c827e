#include <sys/utsname.h>

#include "format/oci/digest.h"
#include "source/image/image_internal.h"

#define NESTED_DEPTH_MAX 4  /* indexes inside indexes */
#define NESTED_COUNT_MAX 32 /* indexes fetched in all */
#define LOOK_INTO_MAX    16 /* manifests without a platform that are opened to see whose they are */

/* A manifest that may be the image, and how well it fits. */
struct candidate {
	const struct oci_descriptor *desc;
	uint32_t rank;
};
VEC_DECLARE(candidate_vec, struct candidate);

struct search {
	struct image_source *s;
	struct oci_platform want;
	bool explicit_platform;
	struct candidate_vec known;   /* platform stated */
	struct candidate_vec unknown; /* not stated */
	unsigned indexes, missing;
};

static int host_platform(struct arena *a, struct oci_platform *ret, struct error *err)
{
	struct utsname u;
	struct oci_platform p = { .os = STR("linux") };
	struct str machine = uname(&u) == 0 ? arena_str(a, str_c(u.machine)) : STR("");
	if (!machine.p)
		return error_nomem(err);
	p.architecture = oci_architecture_normalize(machine, &p.variant);
	*ret = p;
	return 0;
}

static int wanted_platform(struct image_source *s, struct oci_platform *ret, struct error *err)
{
	if (!s->opt.platform.n)
		return host_platform(&s->arena, ret, err);
	int r = oci_platform_parse(s->opt.platform, ret, err);
	if (r == 0 && !ret->os.n)
		ret->os = STR("linux");
	return r;
}

static int collect(struct search *q, const struct oci_descriptor *list, size_t n, int depth, struct error *err);

static int collect_index(struct search *q, const struct oci_descriptor *d, int depth, struct error *err)
{
	struct oci_manifest m;
	struct str json;
	if (depth >= NESTED_DEPTH_MAX || ++q->indexes > NESTED_COUNT_MAX)
		return error_set(err, ERR_LIMIT, "too many indexes inside indexes");
	int r = q->s->store->document(q->s, d, true, OCI_MANIFEST_BYTES_MAX, &json, err);
	if (r == 0)
		r = oci_manifest_parse(&q->s->arena, json, d->media_type, &m, err);
	if (r < 0)
		return error_wrap(err, r, "index %.*s", STR_FMT(d->digest));
	return collect(q, m.manifests.v, m.manifests.n, depth + 1, err);
}

static int collect(struct search *q, const struct oci_descriptor *list, size_t n, int depth, struct error *err)
{
	int r = 0;
	for (size_t i = 0; i < n && r == 0; i++) {
		const struct oci_descriptor *d = &list[i];
		struct candidate c = { .desc = d, .rank = OCI_PLATFORM_NO };
		if (d->is_attestation)
			continue;
		if (d->has_platform)
			c.rank = oci_platform_rank(q->want, d->platform);
		if (oci_type_is_index(d->media_type)) {
			if (!d->has_platform || c.rank != OCI_PLATFORM_NO)
				r = collect_index(q, d, depth, err);
			continue;
		}
		if (d->media_type.n && !oci_type_is_manifest(d->media_type)) {
			diag_add(&q->s->diags, DIAG_NOTE, d->digest, 0, 0, "index entry of the media type %.*s passed over", STR_FMT(d->media_type));
			continue;
		}
		if (q->s->store->has && !q->s->store->has(q->s, d)) {
			struct str text = d->has_platform ? oci_platform_text(&q->s->arena, d->platform) : d->digest;
			diag_add(&q->s->diags, DIAG_NOTE, d->digest, 0, 0, "%.*s is not in the store", STR_FMT(text));
			q->missing++;
			continue;
		}
		if (!vec_push(&q->s->arena, d->has_platform ? &q->known : &q->unknown, c))
			r = error_nomem(err);
	}
	return r;
}

static int load_manifest(struct image_source *s, const struct oci_descriptor *d, struct oci_manifest *ret, struct error *err)
{
	struct str json;
	int r = s->store->document(s, d, true, OCI_MANIFEST_BYTES_MAX, &json, err);
	if (r == 0)
		r = oci_manifest_parse(&s->arena, json, d->media_type, ret, err);
	if (r == 0 && ret->kind != OCI_MANIFEST)
		r = error_set(err, ERR_FORMAT, "is an index where a manifest was announced");
	return r < 0 ? error_wrap(err, r, "manifest %.*s", STR_FMT(d->digest)) : 0;
}

static int load_config(struct image_source *s, const struct oci_manifest *m, struct str *ret_json, struct oci_config *ret, struct error *err)
{
	struct str type = m->config.media_type;
	/* Docker once pushed configurations as octet-stream. */
	if (type.n && !oci_type_is_image_config(type) && !str_eq(type, STR("application/octet-stream")))
		return error_set(err, ERR_UNSUPPORTED, "no container image but another kind of artifact (%.*s)",
				 STR_FMT(str_sub(m->artifact_type.n ? m->artifact_type : type, 0, 200)));
	int r = s->store->document(s, &m->config, false, OCI_CONFIG_BYTES_MAX, ret_json, err);
	if (r == 0)
		r = oci_config_parse(&s->arena, *ret_json, ret, err);
	return r < 0 ? error_wrap(err, r, "configuration %.*s", STR_FMT(m->config.digest)) : 0;
}

/* Opens manifests that do not say their platform, to see it in their configurations. */
static int look_into_unknown(struct search *q, struct error *err)
{
	for (size_t i = 0; i < q->unknown.n && i < LOOK_INTO_MAX; i++) {
		struct candidate *c = &q->unknown.v[i];
		struct oci_manifest m;
		struct oci_config config;
		struct str json;
		struct error local = { 0 };
		int r = load_manifest(q->s, c->desc, &m, &local);
		if (r == 0)
			r = load_config(q->s, &m, &json, &config, &local);
		if (r == ERR_NOMEM || r == ERR_CANCELLED)
			return error_wrap(err, r, "%s", local.text);
		if (r < 0) {
			diag_add(&q->s->diags, DIAG_WARNING, c->desc->digest, 0, 0, "passed over: %s", local.text);
			continue;
		}
		c->rank = oci_platform_rank(q->want, config.platform);
		struct oci_descriptor *d = arena_new(&q->s->arena, struct oci_descriptor);
		if (!d)
			return error_nomem(err);
		*d = *c->desc;
		d->platform = config.platform;
		d->has_platform = true;
		c->desc = d;
		if (!vec_push(&q->s->arena, &q->known, *c))
			return error_nomem(err);
	}
	return 0;
}

static const struct candidate *best_of(const struct candidate_vec *list)
{
	const struct candidate *best = NULL;
	for (size_t i = 0; i < list->n; i++)
		if (list->v[i].rank != OCI_PLATFORM_NO && (!best || list->v[i].rank < best->rank))
			best = &list->v[i];
	return best;
}

static struct str list_platforms(struct search *q)
{
	struct buf b;
	buf_init(&b, 4096);
	for (size_t i = 0; i < q->known.n && i < 30; i++)
		buf_addf(&b, "%s%.*s", i ? ", " : "", STR_FMT(oci_platform_text(&q->s->arena, q->known.v[i].desc->platform)));
	if (q->known.n > 30)
		buf_addf(&b, " and %zu more", q->known.n - 30);
	struct str text = arena_str(&q->s->arena, buf_str(&b));
	buf_release(&b);
	return text;
}

static int choose_manifest(struct search *q, const struct oci_descriptor **ret, struct error *err)
{
	if (!q->known.n && q->unknown.n == 1) { /* the only one; its configuration is checked later */
		*ret = q->unknown.v[0].desc;
		return 0;
	}
	const struct candidate *best = best_of(&q->known);
	if (!best) {
		int r = look_into_unknown(q, err);
		if (r < 0)
			return r;
		best = best_of(&q->known);
	}
	if (!best && !q->explicit_platform && q->known.n) {
		best = &q->known.v[0];
		diag_add(&q->s->diags, DIAG_WARNING, STR(""), 0, 0, "no image for %.*s: %.*s was taken; --platform chooses among %.*s",
			 STR_FMT(oci_platform_text(&q->s->arena, q->want)), STR_FMT(oci_platform_text(&q->s->arena, best->desc->platform)),
			 STR_FMT(list_platforms(q)));
	}
	if (best) {
		*ret = best->desc;
		return 0;
	}
	if (!q->known.n && q->missing)
		return error_set(err, ERR_NOT_FOUND, "the store has none of the %u manifests that the index lists", q->missing);
	if (!q->known.n)
		return error_set(err, ERR_NOT_FOUND, "the index lists no image");
	return error_set(err, ERR_NOT_FOUND, "no image for the platform %.*s; there are: %.*s", STR_FMT(oci_platform_text(&q->s->arena, q->want)),
			 STR_FMT(list_platforms(q)));
}

int source_apply_config(struct image_source *s, const struct oci_config *c, size_t layer_count, struct error *err)
{
	struct oci_platform want;
	int r = wanted_platform(s, &want, err);
	if (r < 0)
		return r;
	if (s->opt.platform.n && c->platform.architecture.n && oci_platform_rank(want, c->platform) == OCI_PLATFORM_NO)
		return error_set(err, ERR_NOT_FOUND, "the image is for %.*s, not for %.*s", STR_FMT(oci_platform_text(&s->arena, c->platform)),
				 STR_FMT(oci_platform_text(&s->arena, want)));
	if (s->info.config_json.n && c->diff_ids.n != layer_count)
		return error_set(err, ERR_FORMAT, "the manifest has %zu layers, the configuration %zu", layer_count, c->diff_ids.n);
	s->info.os = c->platform.os;
	s->info.architecture = c->platform.architecture;
	s->info.variant = c->platform.variant;
	s->info.created = c->created;
	for (size_t i = 0; i < layer_count; i++) {
		struct image_layer *layer = &s->info.layers.v[i];
		layer->diff_id = i < c->diff_ids.n ? c->diff_ids.v[i] : STR_NONE;
		layer->created_by = oci_config_created_by(c, i, layer_count);
		s->info.size += layer->size;
	}
	return 0;
}

static int fill_layers(struct image_source *s, const struct oci_manifest *m, struct error *err)
{
	int r = source_layers_alloc(s, m->layers.n, err);
	for (size_t i = 0; i < m->layers.n && r == 0; i++) {
		const struct oci_descriptor *d = &m->layers.v[i];
		s->layers[i].desc = *d;
		s->layers[i].name = d->digest;
		s->info.layers.v[i].digest = d->digest;
		s->info.layers.v[i].media_type = d->media_type;
		s->info.layers.v[i].size = d->size;
		if (!oci_type_is_layer(d->media_type))
			diag_add(&s->diags, DIAG_WARNING, d->digest, 0, 0, "layer %zu has an unknown media type: %.*s", i, STR_FMT(str_sub(d->media_type, 0, 200)));
	}
	return r;
}

static int load_image(struct image_source *s, const struct oci_manifest *m, struct str digest, struct error *err)
{
	struct oci_config config;
	s->info.digest = digest;
	s->info.id = m->config.digest;
	int r = load_config(s, m, &s->info.config_json, &config, err);
	if (r == 0)
		r = fill_layers(s, m, err);
	return r < 0 ? r : source_apply_config(s, &config, m->layers.n, err);
}

int oci_image_load(struct image_source *s, const struct oci_descriptor *roots, size_t root_count, struct error *err)
{
	struct search q = { .s = s, .explicit_platform = s->opt.platform.n > 0 };
	const struct oci_descriptor *chosen;
	struct oci_manifest m;
	int r = wanted_platform(s, &q.want, err);
	if (r < 0 || (r = collect(&q, roots, root_count, 0, err)) < 0 || (r = choose_manifest(&q, &chosen, err)) < 0 ||
	    (r = load_manifest(s, chosen, &m, err)) < 0)
		return r;
	return load_image(s, &m, chosen->digest, err);
}

int oci_image_load_document(struct image_source *s, struct str bytes, struct str media_type, struct str digest, struct error *err)
{
	struct oci_manifest m;
	int r = oci_manifest_parse(&s->arena, bytes, media_type, &m, err);
	if (r < 0)
		return error_wrap(err, r, "manifest %.*s", STR_FMT(digest));
	return m.kind == OCI_INDEX ? oci_image_load(s, m.manifests.v, m.manifests.n, err) : load_image(s, &m, digest, err);
}
