#include "format/sbom/formats.h"

#include "base/base64.h"
#include "format/cyclonedx/cyclonedx.h"
#include "format/json/json.h"
#include "format/spdx/spdx.h"

#define ENVELOPES_MAX 4 /* statements inside envelopes inside … */

static const char *const cyclonedx_json_names[] = { "cyclonedx-json", NULL };
static const char *const cyclonedx_xml_names[] = { NULL };
static const char *const spdx_json_names[] = { NULL };
static const char *const spdx_names[] = { "spdx-tag-value", NULL };
static const char *const spdx3_names[] = { "spdx-json-ld", "spdx-3-json", NULL };
static const struct sbom_format_info formats[SBOM_FORMAT_COUNT] = {
	[SBOM_CYCLONEDX_JSON] = { .name = "cyclonedx", .others = cyclonedx_json_names, .title = "CycloneDX 1.6 JSON", .json = true, .is_json = cyclonedx_is_json,
				  .read_json = cyclonedx_read_json, .write = cyclonedx_write_json },
	[SBOM_CYCLONEDX_XML] = { .name = "cyclonedx-xml", .others = cyclonedx_xml_names, .title = "CycloneDX 1.6 XML", .is_text = cyclonedx_is_xml,
				 .read_text = cyclonedx_read_xml, .write = cyclonedx_write_xml },
	[SBOM_SPDX_JSON] = { .name = "spdx-json", .others = spdx_json_names, .title = "SPDX 2.3 JSON", .json = true, .is_json = spdx_is_json, .read_json = spdx_read_json,
			     .write = spdx_write_json },
	[SBOM_SPDX_TAG_VALUE] = { .name = "spdx", .others = spdx_names, .title = "SPDX 2.3 tag-value", .is_text = spdx_is_tag_value, .read_text = spdx_read_tag_value,
				  .write = spdx_write_tag_value },
	[SBOM_SPDX3_JSON] = { .name = "spdx3-json", .others = spdx3_names, .title = "SPDX 3.0.1 JSON-LD", .json = true, .is_json = spdx_is_jsonld,
			      .read_json = spdx_read_jsonld, .write = spdx_write_jsonld },
};

const struct sbom_format_info *sbom_format_info(enum sbom_format f)
{
	return &formats[(unsigned)f < SBOM_FORMAT_COUNT ? f : SBOM_CYCLONEDX_JSON];
}

int sbom_format_parse(struct str name, enum sbom_format *ret)
{
	for (unsigned i = 0; i < SBOM_FORMAT_COUNT; i++) {
		bool found = str_eq_c(name, formats[i].name);
		for (const char *const *o = formats[i].others; *o; o++)
			found |= str_eq_c(name, *o);
		if (found) {
			*ret = (enum sbom_format)i;
			return 0;
		}
	}
	return ERR_NOT_FOUND;
}

static struct str without_mark(struct str text)
{
	str_strip_prefix(&text, STR("\xef\xbb\xbf"));
	while (text.n && char_is_space(text.p[0]))
		text = str_from(text, 1);
	return text;
}

bool sbom_may_be(struct str head)
{
	struct str s = without_mark(head);
	return s.n && (s.p[0] == '{' || s.p[0] == '<' || str_has_prefix(s, STR("SPDXVersion:")) || str_has_prefix(s, STR("#")));
}

static int unknown(struct str name, struct error *err)
{
	return error_set(err, ERR_FORMAT, "%.*s: no bill of materials of a known format", STR_FMT(name));
}

/* What an in-toto statement is about, or what a DSSE envelope holds: another text to look at. 1, 0 (neither), or a failure. */
static int open_envelope(struct arena *a, const struct value *root, struct document *doc, struct str *ret_payload, struct error *err)
{
	const struct value *predicate = value_get_c(root, "predicate");
	struct str payload = value_str_c(root, "payload");
	if (value_str_c(root, "predicateType").n && value_count(predicate, VALUE_OBJECT)) {
		const struct value *inner = value_get_c(predicate, "Data"); /* cosign's wrapping */
		doc->root = NULL;
		*ret_payload = inner && inner->kind == VALUE_STRING ? value_text(inner) : STR_NONE;
		if (!ret_payload->n && !(doc->root = arena_new(a, struct value)))
			return error_nomem(err);
		if (doc->root)
			*doc->root = inner && inner->kind == VALUE_OBJECT ? *inner : *predicate;
		return 1;
	}
	if (!payload.n || !str_contains(value_str_c(root, "payloadType"), STR("in-toto")))
		return 0;
	int r = base64_decode(a, payload, ret_payload);
	return r == -ENOMEM ? error_nomem(err) : r < 0 ? error_set(err, ERR_FORMAT, "the envelope's payload is not base64") : 1;
}

static int read_json(struct arena *a, struct str text, struct str name, unsigned depth, struct sbom *ret, struct error *err)
{
	struct json_options opt = { .name = name, .max_bytes = SBOM_BYTES_MAX, .utf8 = JSON_UTF8_REPLACE };
	struct document doc;
	int r = json_parse(a, text, &opt, &doc, NULL, err);
	if (r < 0)
		return error_wrap(err, r, "%.*s", STR_FMT(name));
	for (;;) {
		for (unsigned i = 0; i < SBOM_FORMAT_COUNT; i++)
			if (formats[i].json && formats[i].is_json(doc.root)) {
				r = formats[i].read_json(a, &doc, ret, err);
				return r < 0 ? error_wrap(err, r, "%.*s", STR_FMT(name)) : 0;
			}
		struct str payload = STR_NONE;
		if (depth++ >= ENVELOPES_MAX || (r = open_envelope(a, doc.root, &doc, &payload, err)) == 0)
			return unknown(name, err);
		if (r < 0)
			return error_wrap(err, r, "%.*s", STR_FMT(name));
		if (payload.n)
			return read_json(a, payload, name, depth, ret, err);
	}
}

int sbom_read(struct arena *a, struct str text, struct str name, struct sbom *ret, struct error *err)
{
	struct str content = without_mark(text);
	if (text.n > SBOM_BYTES_MAX)
		return error_set(err, ERR_LIMIT, "%.*s: larger than %u MiB", STR_FMT(name), SBOM_BYTES_MAX >> 20);
	if (content.n && content.p[0] == '{')
		return read_json(a, content, name, 0, ret, err);
	for (unsigned i = 0; i < SBOM_FORMAT_COUNT; i++)
		if (!formats[i].json && formats[i].is_text(content)) {
			int r = formats[i].read_text(a, content, ret, err);
			return r < 0 ? error_wrap(err, r, "%.*s", STR_FMT(name)) : 0;
		}
	return unknown(name, err);
}

int sbom_write(enum sbom_format f, const struct sbom *s, struct buf *out, struct error *err)
{
	return sbom_format_info(f)->write(s, out, err);
}
