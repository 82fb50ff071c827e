/* NVD CVE data, schema 2.0 (API answers and yearly files): {"format": "NVD_CVE", "vulnerabilities": [{"cve": {"id", "published", "lastModified",
 * "vulnStatus", "descriptions": [{"lang", "value"}], "metrics": {"cvssMetricV31": [{"source", "type", "cvssData": {"vectorString", "baseScore",
 * "baseSeverity"}}]}, "weaknesses": [{"description": [{"value": "CWE-79"}]}], "references": [{"url"}]}}]}. No packages: what is kept are
 * severities, scores, descriptions, weaknesses and references. */
#include "format/feeds/feed_util.h"
#include "format/json/json.h"

/* Who rated: NVD itself, or an authority that is a source of its own here, else the address given. */
static const struct {
	struct str address, source;
} authorities[] = {
	{ STR_INIT("nvd@nist.gov"), STR_INIT("nvd") },
	{ STR_INIT("security-advisories@github.com"), STR_INIT("ghsa") },
	{ STR_INIT("secalert@redhat.com"), STR_INIT("redhat") },
};

static struct str authority(struct str address)
{
	for (size_t i = 0; i < ARRAY_LEN(authorities); i++)
		if (str_eq(address, authorities[i].address))
			return authorities[i].source;
	return address.n ? address : STR("nvd");
}

static const struct {
	const char *key;
	uint8_t version;
} metrics[] = { { "cvssMetricV40", 40 }, { "cvssMetricV31", 31 }, { "cvssMetricV30", 30 }, { "cvssMetricV2", 20 } };

static int read_metrics(struct arena *a, const struct value *v, struct feed_record *rec)
{
	bool rated = false;
	for (size_t i = 0; i < ARRAY_LEN(metrics); i++) {
		value_foreach(m, value_get(v, str_c(metrics[i].key))) {
			const struct value *data = value_get_c(m, "cvssData");
			struct cvss_entry e = { .source = authority(value_str_c(m, "source")), .vector = value_str_c(data, "vectorString"), .score = -1, .version = metrics[i].version };
			double stated;
			if (e.vector.n == 0 || e.vector.n > 400 || rec->cvss.n >= 32)
				continue;
			if (value_double(value_get_c(data, "baseScore"), &stated) == 0 && stated >= 0 && stated <= 10)
				e.score = stated;
			if (!vec_push(a, &rec->cvss, e))
				return -1;
			/* NVD's own word, by the newest version it rated in */
			struct str word = value_str_c(data, "baseSeverity");
			if (word.n == 0)
				word = value_str_c(m, "baseSeverity");
			if (!rated && metrics[i].version != 40 && str_eq_c(e.source, "nvd"))
				rated = severity_parse(word, &rec->severity) == 0;
		}
	}
	return 0;
}

static int read_cve(struct arena *a, const struct value *cve, struct str name, uint32_t line, struct feed_sink *sink, struct error *err)
{
	struct feed_record rec = { .id = value_str_c(cve, "id"),
				   .unit = STR("nvd"),
				   .source = STR("nvd"),
				   .published = value_str_c(cve, "published"),
				   .modified = value_str_c(cve, "lastModified"),
				   .withdrawn = str_eq_nocase(value_str_c(cve, "vulnStatus"), STR("Rejected")),
				   .line = line };
	if (!feed_is_cve(rec.id))
		return feed_unreadable(sink, name, line, "entry without a CVE id");
	value_foreach(d, value_get_c(cve, "descriptions")) {
		if (str_eq_c(value_str_c(d, "lang"), "en"))
			rec.description = value_str_c(d, "value");
	}
	value_foreach(w, value_get_c(cve, "weaknesses")) {
		value_foreach(d, value_get_c(w, "description")) {
			struct str cwe = value_str_c(d, "value");
			if (str_has_prefix(cwe, STR("CWE-")) && feed_add_id(a, &rec.cwes, cwe) < 0)
				return error_nomem(err);
		}
	}
	value_foreach(ref, value_get_c(cve, "references")) {
		struct str url = value_str_c(ref, "url");
		if (url.n && rec.references.n < 500 && !vec_push(a, &rec.references, url))
			return error_nomem(err);
	}
	if (!vec_push(a, &rec.ids, rec.id) || read_metrics(a, value_get_c(cve, "metrics"), &rec) < 0)
		return error_nomem(err);
	int r = feed_note_date(sink, rec.modified, err);
	return r < 0 ? r : feed_emit(sink, &rec, err);
}

static int read_list(struct arena *scratch, struct str list, uint32_t first_line, struct str name, struct feed_sink *sink, struct error *err)
{
	struct json_options opt = { .name = name, .max_bytes = FEED_RECORD_BYTES_MAX, .utf8 = JSON_UTF8_REPLACE };
	struct json_pieces p;
	struct str key, text;
	uint32_t line;
	int r = json_pieces_init(&p, list, err);
	while (r >= 0 && (r = json_pieces_next(&p, &key, &text, &line, err)) > 0) {
		struct document doc;
		struct error bad;
		arena_clear(scratch);
		line += first_line - 1;
		r = json_parse(scratch, text, &opt, &doc, NULL, &bad);
		if (r == ERR_NOMEM)
			return error_nomem(err);
		if (r < 0) {
			r = feed_unreadable(sink, name, line, "%s", bad.text);
			continue;
		}
		const struct value *cve = value_get_c(doc.root, "cve");
		r = read_cve(scratch, cve ? cve : doc.root, name, line, sink, err);
	}
	return r;
}

int feed_read_nvd(struct feed_context *ctx, struct arena *scratch, struct str name, struct str content, struct feed_sink *sink, struct error *err)
{
	struct json_pieces p;
	struct str key, text;
	uint32_t line;
	int r = json_pieces_init(&p, content, err);
	if (r < 0)
		return r;
	if (p.close == ']')
		return read_list(scratch, content, 1, name, sink, err);
	while ((r = json_pieces_next(&p, &key, &text, &line, err)) > 0)
		if (str_eq_c(key, "vulnerabilities") && (r = read_list(scratch, text, line, name, sink, err)) < 0)
			return r;
	return r;
}
