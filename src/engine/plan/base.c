#include "engine/plan/plan.h"
#include "format/json/json.h"

static bool sets_command(const struct value *entry)
{
	struct str by = value_str_c(entry, "created_by");
	return value_get_bool(entry, STR("empty_layer"), false) && (str_contains(by, STR("CMD")) || str_contains(by, STR("ENTRYPOINT")));
}

/* History is from the bottom up. The image's own CMD and other settings stand at the end, behind its last layer; a CMD below that is the base image's last word. */
uint32_t plan_base_layers(struct arena *a, const struct image_info *image)
{
	struct document doc;
	struct error ignored = { 0 };
	if (!image->config_json.n || json_parse(a, image->config_json, NULL, &doc, NULL, &ignored) < 0)
		return 0;
	const struct value *history = value_get_c(doc.root, "history");
	size_t n = value_count(history, VALUE_ARRAY), i = n;
	while (i > 0 && value_get_bool(value_at(history, i - 1), STR("empty_layer"), false))
		i--;
	while (i > 0 && !sets_command(value_at(history, i - 1)))
		i--;
	uint32_t layers = 0;
	for (size_t k = 0; k < i; k++)
		layers += !value_get_bool(value_at(history, k), STR("empty_layer"), false);
	return layers < image->layers.n ? layers : 0;
}
