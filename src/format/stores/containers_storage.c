#include "format/stores/containers_storage.h"

#include "base/base64.h"
#include "format/json/json.h"
#include "format/oci/docker.h"
#include "format/oci/digest.h"

#define ENTRIES_MAX 100000u

static int read_texts(struct arena *a, const struct value *list, struct str_vec *ret, struct error *err)
{
	value_foreach (it, list)
		if (it->kind == VALUE_STRING && !vec_push(a, ret, value_text(it)))
			return error_nomem(err);
	return 0;
}

static int parse_list(struct arena *a, struct str json, struct document *ret, struct error *err)
{
	const struct json_options opt = { .max_depth = 32, .max_bytes = CONTAINERS_STORAGE_BYTES_MAX };
	int r = json_parse(a, json, &opt, ret, NULL, err);
	if (r < 0)
		return r;
	if (ret->root->kind != VALUE_ARRAY && ret->root->kind != VALUE_NULL)
		return error_set(err, ERR_FORMAT, "is no list");
	if (value_count(ret->root, VALUE_ARRAY) > ENTRIES_MAX)
		return error_set(err, ERR_LIMIT, "more than %u entries", ENTRIES_MAX);
	return 0;
}

int storage_images_parse(struct arena *a, struct str json, struct storage_image_vec *ret, struct error *err)
{
	struct storage_image_vec list = { 0 };
	struct document doc;
	int r = parse_list(a, json, &doc, err);
	if (r < 0)
		return r;
	value_foreach (it, doc.root) {
		struct storage_image x = { .id = value_str_c(it, "id"), .digest = value_str_c(it, "digest"), .layer = value_str_c(it, "layer") };
		if (!docker_id_is_valid(x.id) || (x.layer.n && !docker_id_is_valid(x.layer)) || (x.digest.n && !oci_digest_is_valid(x.digest)))
			return error_set(err, ERR_FORMAT, "an image with a bad id");
		if ((r = read_texts(a, value_get_c(it, "names"), &x.names, err)) < 0 || (r = read_texts(a, value_get_c(it, "big-data-names"), &x.data_names, err)) < 0)
			return r;
		if (!vec_push(a, &list, x))
			return error_nomem(err);
	}
	*ret = list;
	return 0;
}

int storage_layers_parse(struct arena *a, struct str json, struct storage_layer_vec *ret, struct error *err)
{
	struct storage_layer_vec list = { 0 };
	struct document doc;
	int64_t size;
	int r = parse_list(a, json, &doc, err);
	if (r < 0)
		return r;
	value_foreach (it, doc.root) {
		struct storage_layer x = { .id = value_str_c(it, "id"), .parent = value_str_c(it, "parent"), .diff_digest = value_str_c(it, "diff-digest") };
		/* Layers of running containers have ids of the same kind; nothing else belongs here. */
		if (!docker_id_is_valid(x.id) || (x.parent.n && !docker_id_is_valid(x.parent)) || (x.diff_digest.n && !oci_digest_is_valid(x.diff_digest)))
			return error_set(err, ERR_FORMAT, "a layer with a bad id");
		if (value_int(value_get_c(it, "diff-size"), &size) == 0 && size > 0)
			x.diff_size = (uint64_t)size;
		if (!vec_push(a, &list, x))
			return error_nomem(err);
	}
	*ret = list;
	return 0;
}

struct str storage_data_file(struct arena *a, struct str data_name)
{
	bool plain = data_name.n > 0;
	for (size_t i = 0; i < data_name.n; i++)
		plain = plain && ((data_name.p[i] >= 'a' && data_name.p[i] <= 'z') || char_is_digit(data_name.p[i]) || data_name.p[i] == '.');
	if (plain)
		return arena_str(a, data_name);
	struct str coded = base64_encode(a, data_name);
	return coded.p ? arena_printf(a, "=%.*s", STR_FMT(coded)) : coded;
}
