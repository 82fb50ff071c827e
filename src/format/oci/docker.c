#include "format/oci/docker.h"

#include "format/json/json.h"

#define IMAGES_MAX 10000
#define LAYERS_MAX 1000
#define TAGS_MAX   10000

static int parse_json(struct arena *a, struct str json, enum value_kind kind, const struct value **ret, struct error *err)
{
	const struct json_options opt = { .max_depth = 64, .max_bytes = OCI_CONFIG_BYTES_MAX, .max_nodes = 1000000, .utf8 = JSON_UTF8_REPLACE };
	struct document doc;
	int r = json_parse(a, json, &opt, &doc, NULL, err);
	if (r < 0)
		return r;
	if (doc.root->kind != kind)
		return error_set(err, ERR_FORMAT, "not a JSON %s", kind == VALUE_ARRAY ? "array" : "object");
	*ret = doc.root;
	return 0;
}

static int parse_strings(struct arena *a, const struct value *list, const char *what, size_t max, struct str_vec *ret, struct error *err)
{
	if (!list || list->kind == VALUE_NULL)
		return 0;
	if (list->kind != VALUE_ARRAY)
		return error_set(err, ERR_FORMAT, "%s is no array", what);
	if (list->count > max)
		return error_set(err, ERR_LIMIT, "more than %zu entries in %s", max, what);
	value_foreach (v, list) {
		if (v->kind != VALUE_STRING || !v->count)
			return error_set(err, ERR_FORMAT, "%s[%zu] is no text", what, ret->n);
		if (!vec_push(a, ret, value_text(v)))
			return error_nomem(err);
	}
	return 0;
}

int docker_manifest_parse(struct arena *a, struct str json, struct docker_image_vec *ret, struct error *err)
{
	struct docker_image_vec list = { 0 };
	const struct value *doc;
	int r = parse_json(a, json, VALUE_ARRAY, &doc, err);
	if (r < 0)
		return r;
	if (doc->count > IMAGES_MAX)
		return error_set(err, ERR_LIMIT, "more than %d images", IMAGES_MAX);
	value_foreach (v, doc) {
		struct docker_image *image = vec_add(a, &list);
		if (!image)
			return error_nomem(err);
		image->config = value_str_c(v, "Config");
		if (!image->config.n)
			return error_set(err, ERR_FORMAT, "image %zu has no Config", list.n - 1);
		if ((r = parse_strings(a, value_get_c(v, "RepoTags"), "RepoTags", TAGS_MAX, &image->repo_tags, err)) < 0 ||
		    (r = parse_strings(a, value_get_c(v, "Layers"), "Layers", LAYERS_MAX, &image->layers, err)) < 0)
			return error_wrap(err, r, "image %zu", list.n - 1);
	}
	*ret = list;
	return 0;
}

int docker_repositories_parse(struct arena *a, struct str json, struct docker_repository_vec *ret, struct error *err)
{
	struct docker_repository_vec list = { 0 };
	const struct value *doc;
	int r = parse_json(a, json, VALUE_OBJECT, &doc, err);
	if (r < 0)
		return r;
	value_foreach_member (name, doc) {
		value_foreach_member (tag, &name->value) {
			struct docker_repository repo = { name->key, tag->key, value_text(&tag->value) };
			if (tag->value.kind != VALUE_STRING || !docker_id_is_valid(repo.layer_id))
				return error_set(err, ERR_FORMAT, "%.*s:%.*s names no layer", STR_FMT(str_sub(repo.name, 0, 200)), STR_FMT(str_sub(repo.tag, 0, 200)));
			if (list.n == TAGS_MAX)
				return error_set(err, ERR_LIMIT, "more than %d tags", TAGS_MAX);
			if (!vec_push(a, &list, repo))
				return error_nomem(err);
		}
	}
	*ret = list;
	return 0;
}

int docker_v1_layer_parse(struct arena *a, struct str json, struct docker_v1_layer *ret, struct error *err)
{
	struct docker_v1_layer layer = { 0 };
	const struct value *doc;
	int r = parse_json(a, json, VALUE_OBJECT, &doc, err);
	if (r < 0)
		return r;
	layer.parent = value_str_c(doc, "parent");
	if (layer.parent.n && !docker_id_is_valid(layer.parent))
		return error_set(err, ERR_FORMAT, "bad parent id");
	layer.platform.os = value_str_c(doc, "os");
	layer.platform.architecture = value_str_c(doc, "architecture");
	layer.created = value_str_c(doc, "created");
	const struct value *cmd = value_path(doc, "container_config", "Cmd", NULL);
	const struct value *last = value_at(cmd, value_count(cmd, VALUE_ARRAY) ? cmd->count - 1 : 0);
	layer.created_by = value_text(last);
	*ret = layer;
	return 0;
}

bool docker_id_is_valid(struct str id)
{
	for (size_t i = 0; i < id.n; i++)
		if (!char_is_digit(id.p[i]) && !(id.p[i] >= 'a' && id.p[i] <= 'f'))
			return false;
	return id.n == 64;
}
