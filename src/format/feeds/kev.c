/* CISA's Known Exploited Vulnerabilities: the native catalogue {"catalogVersion": …, "vulnerabilities": […]} or one entry a line. */
#include "format/feeds/feed_util.h"
#include "format/json/json.h"

/* "https://…; https://… ; remark" */
static int add_notes(struct arena *a, struct str notes, struct str_vec *out)
{
	struct str part;
	while (str_next(&notes, ';', &part)) {
		part = str_trim(part);
		if (str_has_prefix(part, STR("http")) && str_find_char(part, ' ') == STR_NOT_FOUND && out->n < 50 && !vec_push(a, out, part))
			return -1;
	}
	return 0;
}

static int read_entry(struct arena *a, const struct value *v, struct str name, uint32_t line, struct feed_sink *sink, struct error *err)
{
	struct feed_record rec = { .id = value_str_c(v, "cveID"),
				   .unit = STR("kev"),
				   .source = STR("kev"),
				   .title = value_str_c(v, "vulnerabilityName"),
				   .description = value_str_c(v, "shortDescription"),
				   .kev = true,
				   .kev_ransomware = str_eq_nocase(value_str_c(v, "knownRansomwareCampaignUse"), STR("Known")),
				   .kev_added = value_str_c(v, "dateAdded"),
				   .kev_due = value_str_c(v, "dueDate"),
				   .line = line };
	if (!feed_is_cve(rec.id))
		return feed_unreadable(sink, name, line, "entry without a CVE id");
	if (!vec_push(a, &rec.ids, rec.id) || feed_add_strings(a, &rec.cwes, value_get_c(v, "cwes"), 100) < 0 ||
	    add_notes(a, value_str_c(v, "notes"), &rec.references) < 0)
		return error_nomem(err);
	int r = feed_note_date(sink, rec.kev_added, err);
	return r < 0 ? r : feed_emit(sink, &rec, err);
}

int feed_read_kev(struct feed_context *ctx, struct arena *scratch, struct str name, struct str content, struct feed_sink *sink, struct error *err)
{
	struct json_options opt = { .name = name, .max_bytes = FEED_RECORD_BYTES_MAX, .utf8 = JSON_UTF8_REPLACE };
	struct json_records it;
	struct document doc;
	uint32_t line;
	int r;
	json_records_init(&it, scratch, content, &opt);
	while ((r = json_records_next(&it, scratch, sink, &doc, &line, err)) > 0) {
		const struct value *list = value_get_c(doc.root, "vulnerabilities");
		if (!list) {
			if ((r = read_entry(scratch, doc.root, name, line, sink, err)) < 0)
				return r;
			continue;
		}
		if (list->kind != VALUE_ARRAY) {
			feed_unreadable(sink, name, line, "\"vulnerabilities\" is no list");
			continue;
		}
		if ((r = feed_note_date(sink, value_str_c(doc.root, "dateReleased"), err)) < 0)
			return r;
		value_foreach(v, list) {
			uint32_t at = 0, col = 0;
			document_position(&doc, v->pos, &at, &col);
			if ((r = read_entry(scratch, v, name, at, sink, err)) < 0)
				return r;
		}
	}
	return r;
}
