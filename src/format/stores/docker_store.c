#include "format/stores/docker_store.h"

#include "format/json/json.h"
#include "format/oci/digest.h"

#define NAMES_MAX 100000u

int docker_store_names_parse(struct arena *a, struct str json, struct docker_store_name_vec *ret, struct error *err)
{
	const struct json_options opt = { .max_depth = 16, .max_bytes = DOCKER_REPOSITORIES_BYTES_MAX };
	struct docker_store_name_vec list = { 0 };
	struct document doc;
	int r = json_parse(a, json, &opt, &doc, NULL, err);
	if (r < 0)
		return r;
	if (doc.root->kind != VALUE_OBJECT)
		return error_set(err, ERR_FORMAT, "is no list of repositories");
	value_foreach_member (repository, value_get_c(doc.root, "Repositories"))
		value_foreach_member (name, &repository->value) {
			struct docker_store_name x = { name->key, value_text(&name->value) };
			if (!oci_digest_is_valid(x.id))
				return error_set(err, ERR_FORMAT, "\"%.*s\" has no image id", STR_FMT(str_sub(name->key, 0, 200)));
			if (list.n == NAMES_MAX)
				return error_set(err, ERR_LIMIT, "more than %u names", NAMES_MAX);
			if (!vec_push(a, &list, x))
				return error_nomem(err);
		}
	*ret = list;
	return 0;
}

bool docker_cache_id_is_valid(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!char_is_alnum(s.p[i]) && s.p[i] != '-' && s.p[i] != '_')
			return false;
	return s.n > 0 && s.n <= 128;
}

struct str chain_id_next(struct arena *a, struct str below, struct str diff_id)
{
	if (!below.n)
		return arena_str(a, diff_id);
	struct str both = arena_printf(a, "%.*s %.*s", STR_FMT(below), STR_FMT(diff_id));
	return both.p ? oci_digest_of(a, both) : both;
}
