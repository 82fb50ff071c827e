#include "format/oci/manifest.h"

#include "format/json/json.h"
#include "format/oci/digest.h"

#define LAYERS_MAX    1000
#define MANIFESTS_MAX 10000
#define HISTORY_MAX   10000
#define URLS_MAX      16
#define SIZE_MAX_SANE (1ull << 50)

static const struct {
	struct str type;
	enum { T_INDEX, T_MANIFEST, T_SCHEMA1, T_CONFIG, T_LAYER, T_FOREIGN } kind;
	enum compression compression;
} types[] = {
	{ STR_INIT(OCI_TYPE_INDEX), T_INDEX },
	{ STR_INIT(DOCKER_TYPE_INDEX), T_INDEX },
	{ STR_INIT(OCI_TYPE_MANIFEST), T_MANIFEST },
	{ STR_INIT(DOCKER_TYPE_MANIFEST), T_MANIFEST },
	{ STR_INIT("application/vnd.docker.distribution.manifest.v1+json"), T_SCHEMA1 },
	{ STR_INIT("application/vnd.docker.distribution.manifest.v1+prettyjws"), T_SCHEMA1 },
	{ STR_INIT("application/vnd.oci.image.config.v1+json"), T_CONFIG },
	{ STR_INIT("application/vnd.docker.container.image.v1+json"), T_CONFIG },
	{ STR_INIT("application/vnd.oci.image.layer.v1.tar"), T_LAYER, COMPRESS_NONE },
	{ STR_INIT("application/vnd.oci.image.layer.v1.tar+gzip"), T_LAYER, COMPRESS_GZIP },
	{ STR_INIT("application/vnd.oci.image.layer.v1.tar+zstd"), T_LAYER, COMPRESS_ZSTD },
	{ STR_INIT("application/vnd.docker.image.rootfs.diff.tar"), T_LAYER, COMPRESS_NONE },
	{ STR_INIT("application/vnd.docker.image.rootfs.diff.tar.gzip"), T_LAYER, COMPRESS_GZIP },
	{ STR_INIT("application/vnd.docker.image.rootfs.diff.tar.zstd"), T_LAYER, COMPRESS_ZSTD },
	{ STR_INIT("application/vnd.oci.image.layer.nondistributable.v1.tar"), T_FOREIGN, COMPRESS_NONE },
	{ STR_INIT("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"), T_FOREIGN, COMPRESS_GZIP },
	{ STR_INIT("application/vnd.oci.image.layer.nondistributable.v1.tar+zstd"), T_FOREIGN, COMPRESS_ZSTD },
	{ STR_INIT("application/vnd.docker.image.rootfs.foreign.diff.tar"), T_FOREIGN, COMPRESS_NONE },
	{ STR_INIT("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"), T_FOREIGN, COMPRESS_GZIP },
};

static int find_type(struct str media_type)
{
	struct str base, parameters;
	str_cut(media_type, ';', &base, &parameters);
	base = str_trim(base);
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (str_eq_nocase(base, types[i].type))
			return (int)i;
	return -1;
}

static bool type_is(struct str media_type, int kind)
{
	int i = find_type(media_type);
	return i >= 0 && (int)types[i].kind == kind;
}

bool oci_type_is_index(struct str media_type)
{
	return type_is(media_type, T_INDEX);
}

bool oci_type_is_manifest(struct str media_type)
{
	return type_is(media_type, T_MANIFEST);
}

bool oci_type_is_image_config(struct str media_type)
{
	return type_is(media_type, T_CONFIG);
}

bool oci_type_is_foreign_layer(struct str media_type)
{
	return type_is(media_type, T_FOREIGN);
}

bool oci_type_is_layer(struct str media_type)
{
	return type_is(media_type, T_LAYER) || type_is(media_type, T_FOREIGN);
}

enum compression oci_type_compression(struct str media_type)
{
	return oci_type_is_layer(media_type) ? types[find_type(media_type)].compression : COMPRESS_UNKNOWN;
}

static int parse_json(struct arena *a, struct str json, uint64_t max, const struct value **ret, struct error *err)
{
	/* Real documents nest four levels deep; the parser needs no stack, but nobody needs more. */
	const struct json_options opt = { .max_depth = 64, .max_bytes = max, .max_nodes = 1000000, .utf8 = JSON_UTF8_REPLACE };
	struct document doc;
	int r = json_parse(a, json, &opt, &doc, NULL, err);
	if (r < 0)
		return r;
	if (doc.root->kind != VALUE_OBJECT)
		return error_set(err, ERR_FORMAT, "not a JSON object");
	*ret = doc.root;
	return 0;
}

static void parse_platform(const struct value *v, struct oci_platform *ret)
{
	ret->os = value_str_c(v, "os");
	ret->architecture = value_str_c(v, "architecture");
	ret->variant = value_str_c(v, "variant");
	ret->os_version = value_str_c(v, "os.version");
}

static int parse_descriptor(struct arena *a, const struct value *v, struct oci_descriptor *ret, struct error *err)
{
	int64_t size;
	if (!v || v->kind != VALUE_OBJECT)
		return error_set(err, ERR_FORMAT, "descriptor is missing or no object");
	ret->media_type = value_str_c(v, "mediaType");
	ret->artifact_type = value_str_c(v, "artifactType");
	ret->digest = value_str_c(v, "digest");
	int r = oci_digest_validate(ret->digest, err);
	if (r < 0)
		return r;
	if (value_int(value_get_c(v, "size"), &size) < 0 || size < 0 || (uint64_t)size > SIZE_MAX_SANE)
		return error_set(err, ERR_FORMAT, "%.*s: size is missing or no sane number", STR_FMT(ret->digest));
	ret->size = (uint64_t)size;
	const struct value *platform = value_get_c(v, "platform");
	ret->has_platform = platform && platform->kind == VALUE_OBJECT;
	parse_platform(platform, &ret->platform);
	if (!ret->platform.os.n && !ret->platform.architecture.n)
		ret->has_platform = false;
	const struct value *annotations = value_get_c(v, "annotations");
	ret->ref_name = value_str_c(annotations, "org.opencontainers.image.ref.name");
	ret->image_name = value_str_c(annotations, "io.containerd.image.name");
	ret->title = value_str_c(annotations, "org.opencontainers.image.title");
	ret->is_attestation = value_str_c(annotations, "vnd.docker.reference.type").n > 0 ||
			      (str_eq(ret->platform.os, STR("unknown")) && str_eq(ret->platform.architecture, STR("unknown")));
	value_foreach (url, value_get_c(v, "urls")) {
		if (ret->urls.n == URLS_MAX)
			return error_set(err, ERR_LIMIT, "%.*s: more than %d urls", STR_FMT(ret->digest), URLS_MAX);
		if (url->kind == VALUE_STRING && !vec_push(a, &ret->urls, value_text(url)))
			return error_nomem(err);
	}
	return 0;
}

static int parse_descriptors(struct arena *a, const struct value *list, const char *what, size_t max, struct oci_descriptor_vec *ret, struct error *err)
{
	if (!list || list->kind == VALUE_NULL)
		return 0;
	if (list->kind != VALUE_ARRAY)
		return error_set(err, ERR_FORMAT, "\"%s\" is no array", what);
	if (list->count > max)
		return error_set(err, ERR_LIMIT, "more than %zu entries in \"%s\"", max, what);
	if (vec_reserve(a, ret, list->count) < 0)
		return error_nomem(err);
	value_foreach (v, list) {
		struct oci_descriptor *d = vec_add(a, ret);
		int r = d ? parse_descriptor(a, v, d, err) : error_nomem(err);
		if (r < 0)
			return error_wrap(err, r, "%s[%zu]", what, ret->n - (d ? 1 : 0));
	}
	return 0;
}

static bool is_present(const struct value *v)
{
	return v && v->kind != VALUE_NULL;
}

/* What the content is, checked against what it and the transport call it. */
static int decide_kind(const struct value *doc, struct str declared, struct oci_manifest *m, struct error *err)
{
	bool as_index = is_present(value_get_c(doc, "manifests"));
	bool as_manifest = is_present(value_get_c(doc, "config")) || is_present(value_get_c(doc, "layers"));
	bool as_schema1 = is_present(value_get_c(doc, "fsLayers"));
	int64_t version = 0;
	m->media_type = value_str_c(doc, "mediaType");
	if (as_schema1 || type_is(declared, T_SCHEMA1) || (value_int(value_get_c(doc, "schemaVersion"), &version) == 0 && version == 1))
		return error_set(err, ERR_UNSUPPORTED, "Docker schema 1 manifest: push the image again with a current tool");
	if (as_index && as_manifest)
		return error_set(err, ERR_FORMAT, "ambiguous: both a manifest and an index");
	if (!as_index && !as_manifest)
		return error_set(err, ERR_FORMAT, "neither an image manifest nor an index");
	const struct str said[] = { m->media_type, declared };
	for (size_t i = 0; i < ARRAY_LEN(said); i++)
		if ((as_index && oci_type_is_manifest(said[i])) || (as_manifest && oci_type_is_index(said[i])))
			return error_set(err, ERR_FORMAT, "is %s but calls itself %.*s", as_index ? "an index" : "a manifest", STR_FMT(said[i]));
	m->kind = as_index ? OCI_INDEX : OCI_MANIFEST;
	if (!m->media_type.n && find_type(declared) >= 0)
		m->media_type = declared;
	return 0;
}

int oci_manifest_parse(struct arena *a, struct str json, struct str media_type, struct oci_manifest *ret, struct error *err)
{
	struct oci_manifest m = { 0 };
	const struct value *doc;
	int r = parse_json(a, json, OCI_MANIFEST_BYTES_MAX, &doc, err);
	if (r < 0 || (r = decide_kind(doc, media_type, &m, err)) < 0)
		return r;
	m.artifact_type = value_str_c(doc, "artifactType");
	if (m.kind == OCI_INDEX) {
		r = parse_descriptors(a, value_get_c(doc, "manifests"), "manifests", MANIFESTS_MAX, &m.manifests, err);
	} else {
		r = parse_descriptor(a, value_get_c(doc, "config"), &m.config, err);
		if (r < 0)
			error_wrap(err, r, "config");
		else
			r = parse_descriptors(a, value_get_c(doc, "layers"), "layers", LAYERS_MAX, &m.layers, err);
	}
	if (r < 0)
		return r;
	*ret = m;
	return 0;
}

static int parse_diff_ids(struct arena *a, const struct value *rootfs, struct str_vec *ret, struct error *err)
{
	const struct value *list = value_get_c(rootfs, "diff_ids");
	if (value_count(list, VALUE_ARRAY) > LAYERS_MAX)
		return error_set(err, ERR_LIMIT, "more than %d diff_ids", LAYERS_MAX);
	value_foreach (v, list) {
		int r = oci_digest_validate(v->kind == VALUE_STRING ? value_text(v) : STR_NONE, err);
		if (r < 0)
			return error_wrap(err, r, "rootfs.diff_ids[%zu]", ret->n);
		if (!vec_push(a, ret, value_text(v)))
			return error_nomem(err);
	}
	return 0;
}

int oci_config_parse(struct arena *a, struct str json, struct oci_config *ret, struct error *err)
{
	struct oci_config c = { 0 };
	const struct value *doc;
	int r = parse_json(a, json, OCI_CONFIG_BYTES_MAX, &doc, err);
	if (r < 0)
		return r;
	parse_platform(doc, &c.platform);
	c.created = value_str_c(doc, "created");
	r = parse_diff_ids(a, value_get_c(doc, "rootfs"), &c.diff_ids, err);
	if (r < 0)
		return r;
	const struct value *history = value_get_c(doc, "history");
	if (value_count(history, VALUE_ARRAY) > HISTORY_MAX)
		return error_set(err, ERR_LIMIT, "more than %d history entries", HISTORY_MAX);
	value_foreach (v, history) {
		struct oci_history *h = vec_add(a, &c.history);
		if (!h)
			return error_nomem(err);
		h->created = value_str_c(v, "created");
		h->created_by = value_str_c(v, "created_by");
		h->empty_layer = value_get_bool(v, STR("empty_layer"), false);
	}
	*ret = c;
	return 0;
}

struct str oci_config_created_by(const struct oci_config *c, size_t layer, size_t count)
{
	size_t with_layer = 0;
	struct str found = STR_NONE;
	for (size_t i = 0; i < c->history.n; i++) {
		if (c->history.v[i].empty_layer)
			continue;
		if (with_layer++ == layer)
			found = c->history.v[i].created_by;
	}
	return with_layer == count ? found : STR_NONE;
}
