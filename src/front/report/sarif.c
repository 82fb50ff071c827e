#include "engine/score/score.h"
#include "format/json/json_write.h"
#include "front/report/escape.h"
#include "front/report/rows.h"
#include "front/report/text.h"

/* SARIF 2.1.0 (OASIS, errata 01) as code scanning services read it. One rule for each identifier, however many places it is found in; a result for each place. Physical
 * locations are files inside the image, relative to ROOTPATH: a lock file with the package's line, a secret with its columns; packages are logical locations by
 * purl. `rank` is our score. Suppressed findings are results with `suppressions`, with --show-suppressed only: some readers show those as open. */
#define SCHEMA        "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
#define TEXT_MAX      1000 /* columns of a description; readers cut at 1024 characters */

struct sarif_rule {
	const struct report_row *first;
	uint32_t index, score; /* score: the highest badness of its findings, in 1/50 points of CVSS */
};
struct sarif {
	struct json_writer w;
	struct arena arena;
	const struct report *r;
	const struct report_options *opt;
	struct report_row_vec rows;
	struct map rules; /* "kind\nid" -> struct sarif_rule, in order of first use */
	bool failed;
};

static struct str checked(struct sarif *s, struct str t)
{
	s->failed |= !t.p;
	return t.p ? t : STR("");
}

static struct str clean(struct sarif *s, struct str t)
{
	return checked(s, text_clean(&s->arena, t));
}

static bool is_shown(const struct sarif *s, const struct report_row *row)
{
	return !row->finding->suppressed.active || s->opt->show_suppressed;
}

static const char *level_of(const struct finding *f)
{
	if (!judge_has_severity(f->kind))
		return "warning";
	return f->severity >= SEVERITY_HIGH ? "error" : f->severity == SEVERITY_MEDIUM ? "warning" : "note";
}

static struct sarif_rule *rule_of(struct sarif *s, const struct report_row *row)
{
	struct str key = checked(s, arena_printf(&s->arena, "%.*s\n%.*s", STR_FMT(row->kind), STR_FMT(row->id)));
	bool is_new;
	void **slot = map_at(&s->rules, key, &is_new);
	if (slot && is_new)
		*slot = arena_new(&s->arena, struct sarif_rule);
	struct sarif_rule *rule = slot ? *slot : NULL;
	if (!rule) {
		s->failed = true;
		return NULL;
	}
	if (is_new)
		*rule = (struct sarif_rule){ .first = row, .index = (uint32_t)s->rules.n - 1 };
	return rule;
}

static void collect_rules(struct sarif *s)
{
	const struct report_row *row;
	vec_foreach(row, &s->rows) {
		struct score_parts parts;
		struct sarif_rule *rule = is_shown(s, row) ? rule_of(s, row) : NULL;
		if (!rule)
			continue;
		score_parts(row->finding, NULL, &parts);
		/* Only what somebody rated: an unrated finding must not look like a medium one. */
		const struct finding *f = row->finding;
		if (judge_has_severity(f->kind) && (f->severity > SEVERITY_UNKNOWN || report_cvss(f, NULL) > 0))
			rule->score = MAX_OF(rule->score, parts.badness);
	}
}

/* "Vulnerability", "EndOfLife": names are Pascal case by convention. */
static struct str rule_name(struct sarif *s, struct str kind)
{
	char dst[64];
	size_t n = 0;
	bool upper = true;
	for (size_t i = 0; i < kind.n && n < sizeof(dst); i++) {
		if (kind.p[i] != '-')
			dst[n++] = upper && kind.p[i] >= 'a' && kind.p[i] <= 'z' ? (char)(kind.p[i] - 32) : kind.p[i];
		upper = kind.p[i] == '-';
	}
	return checked(s, arena_str(&s->arena, str_make(dst, n)));
}

static void write_text(struct sarif *s, struct str key, struct str text)
{
	json_member_object(&s->w, key);
	json_member_string(&s->w, STR("text"), text);
	json_end_object(&s->w);
}

static struct str help_markdown(struct sarif *s, const struct report_row *row)
{
	const struct finding *f = row->finding;
	struct str vector, url = escape_url(&s->arena, row->url);
	double cvss = report_cvss(f, &vector);
	struct buf b;
	buf_init(&b, 1u << 20);
	buf_add_c(&b, "**");
	escape_markdown(&s->arena, &b, row->title);
	buf_add_c(&b, "**\n\n| | |\n|---|---|\n");
	if (judge_has_severity(f->kind))
		buf_addf(&b, "| Severity | %s |\n", severity_name(f->severity));
	if (cvss > 0) {
		buf_addf(&b, "| CVSS | %.1f ", cvss);
		escape_markdown(&s->arena, &b, vector);
		buf_add_c(&b, " |\n");
	}
	if (f->vulnerability && f->vulnerability->kev)
		buf_add_c(&b, "| Exploited | yes (CISA KEV) |\n");
	if (f->vulnerability && f->vulnerability->epss >= 0)
		buf_addf(&b, "| EPSS | %.2f %% |\n", f->vulnerability->epss * 100);
	if (row->fix.n) {
		buf_add_c(&b, "| Fix | ");
		escape_markdown(&s->arena, &b, row->fix);
		buf_add_c(&b, " |\n");
	}
	if (url.n)
		buf_addf(&b, "| More | [%.*s](%.*s) |\n", STR_FMT(row->id), STR_FMT(url));
	if (f->description.n) {
		buf_add_c(&b, "\n");
		escape_markdown(&s->arena, &b, f->description);
		buf_add_c(&b, "\n");
	}
	struct str text = buf_failed(&b) ? STR_NONE : arena_str(&s->arena, buf_str(&b));
	buf_release(&b);
	return checked(s, text);
}

static void write_rule(struct sarif *s, const struct sarif_rule *rule)
{
	const struct report_row *row = rule->first;
	const struct finding *f = row->finding;
	struct str title = clean(s, row->title), url = escape_url(&s->arena, row->url);
	struct str description = f->description.n ? clean(s, f->description) : title;
	json_begin_object(&s->w);
	json_member_string(&s->w, STR("id"), clean(s, row->id));
	json_member_string(&s->w, STR("name"), rule_name(s, row->kind));
	write_text(s, STR("shortDescription"), title);
	write_text(s, STR("fullDescription"), checked(s, text_fit(&s->arena, description, TEXT_MAX, true)));
	json_member_object(&s->w, STR("defaultConfiguration"));
	json_member_string(&s->w, STR("level"), str_c(level_of(f)));
	json_end_object(&s->w);
	json_member_string_opt(&s->w, STR("helpUri"), url);
	json_member_object(&s->w, STR("help"));
	json_member_string(&s->w, STR("text"), checked(s, arena_printf(&s->arena, "%.*s\n%.*s%s%.*s", STR_FMT(title), STR_FMT(description), url.n ? "\n" : "", STR_FMT(url))));
	json_member_string(&s->w, STR("markdown"), help_markdown(s, row));
	json_end_object(&s->w);
	json_member_object(&s->w, STR("properties"));
	json_member_string(&s->w, STR("precision"), STR("very-high"));
	if (rule->score)
		json_member_string(&s->w, STR("security-severity"), checked(s, arena_printf(&s->arena, "%u.%u", rule->score / 50, rule->score % 50 / 5)));
	json_member_array(&s->w, STR("tags"));
	json_string(&s->w, STR("security"));
	json_string(&s->w, row->kind);
	if (judge_has_severity(f->kind))
		json_string(&s->w, str_c(severity_name(f->severity)));
	for (size_t i = 0; f->vulnerability && i < f->vulnerability->cwes.n && i < 10; i++)
		json_string(&s->w, checked(s, arena_printf(&s->arena, "external/cwe/%.*s", STR_FMT(checked(s, arena_lower(&s->arena, clean(s, f->vulnerability->cwes.v[i])))))));
	json_end_array(&s->w);
	json_end_object(&s->w);
	json_end_object(&s->w);
}

/* A relative reference (RFC 3986): everything but unreserved characters and '/' is percent-encoded. */
static struct str path_uri(struct sarif *s, struct str path)
{
	struct buf b;
	buf_init(&b, 1u << 20);
	/* An archive's own path stands in for what is in no file; it may be absolute. */
	while (str_strip_prefix(&path, STR("/")))
		;
	for (size_t i = 0; i < path.n; i++) {
		unsigned char c = (unsigned char)path.p[i];
		if (char_is_alnum((char)c) || char_is_one_of((char)c, "-._~/@+,"))
			buf_add_char(&b, (char)c);
		else
			buf_addf(&b, "%%%02X", c);
	}
	struct str uri = buf_failed(&b) ? STR_NONE : arena_str(&s->arena, buf_str(&b));
	buf_release(&b);
	return checked(s, uri);
}

static void write_location(struct sarif *s, const struct report_row *row)
{
	struct str path = row->path.n ? row->path : row->target;
	json_begin_object(&s->w);
	json_member_object(&s->w, STR("physicalLocation"));
	json_member_object(&s->w, STR("artifactLocation"));
	json_member_string(&s->w, STR("uri"), path_uri(s, path));
	json_member_string(&s->w, STR("uriBaseId"), STR("ROOTPATH"));
	json_end_object(&s->w);
	json_member_object(&s->w, STR("region"));
	json_member_uint(&s->w, STR("startLine"), row->line ? row->line : 1);
	if (row->col)
		json_member_uint(&s->w, STR("startColumn"), row->col);
	if (row->line && row->end_line >= row->line)
		json_member_uint(&s->w, STR("endLine"), row->end_line);
	if (row->end_col && (row->end_line > row->line || row->end_col > row->col))
		json_member_uint(&s->w, STR("endColumn"), row->end_col);
	json_end_object(&s->w);
	json_end_object(&s->w);
	if (row->purl.n) {
		json_member_array(&s->w, STR("logicalLocations"));
		json_begin_object(&s->w);
		json_member_string(&s->w, STR("name"), clean(s, row->name));
		json_member_string(&s->w, STR("fullyQualifiedName"), clean(s, row->purl));
		json_member_string(&s->w, STR("kind"), STR("package"));
		json_end_object(&s->w);
		json_end_array(&s->w);
	}
	write_text(s, STR("message"), clean(s, row->subject));
	json_end_object(&s->w);
}

static void write_properties(struct sarif *s, const struct report_row *row)
{
	const struct finding *f = row->finding;
	const struct vulnerability *v = f->vulnerability;
	json_member_object(&s->w, STR("properties"));
	if (judge_has_severity(f->kind))
		json_member_string(&s->w, STR("severity"), str_c(severity_name(f->severity)));
	if (row->name.n) {
		json_member_string(&s->w, STR("package"), clean(s, row->name));
		json_member_string(&s->w, STR("installedVersion"), clean(s, row->version));
	}
	json_member_string_opt(&s->w, STR("fixedVersion"), clean(s, row->fixed));
	if (row->layer)
		json_member_uint(&s->w, STR("layer"), row->layer);
	json_member_string_opt(&s->w, STR("layerDigest"), clean(s, row->layer_digest));
	if (v && v->kev)
		json_member_bool(&s->w, STR("kev"), true);
	if (v && v->epss >= 0)
		json_member_double(&s->w, STR("epss"), v->epss);
	json_end_object(&s->w);
}

static void write_suppression(struct sarif *s, const struct suppression *why)
{
	if (!why->active)
		return;
	json_member_array(&s->w, STR("suppressions"));
	json_begin_object(&s->w);
	json_member_string(&s->w, STR("kind"), STR("external"));
	json_member_string(&s->w, STR("status"), STR("accepted"));
	json_member_string(&s->w, STR("justification"), checked(s, arena_printf(&s->arena, "%.*s%s%.*s%s%.*s", STR_FMT(clean(s, why->by)), why->reason.n ? ": " : "",
										 STR_FMT(clean(s, why->reason)), why->until.n ? ", until " : "", STR_FMT(clean(s, why->until)))));
	json_end_object(&s->w);
	json_end_array(&s->w);
}

/* "](" would make a link of a title's brackets (SARIF 3.11.6). */
static struct str without_links(struct sarif *s, struct str text)
{
	struct buf b;
	if (!str_contains(text, STR("](")))
		return text;
	buf_init(&b, 1u << 24);
	for (size_t i = 0; i < text.n; i++) {
		buf_add_char(&b, text.p[i]);
		if (text.p[i] == ']' && i + 1 < text.n && text.p[i + 1] == '(')
			buf_add_char(&b, ' ');
	}
	text = buf_failed(&b) ? STR_NONE : arena_str(&s->arena, buf_str(&b));
	buf_release(&b);
	return checked(s, text);
}

static void write_result(struct sarif *s, const struct report_row *row)
{
	const struct sarif_rule *rule = rule_of(s, row);
	if (!rule)
		return;
	json_begin_object(&s->w);
	json_member_string(&s->w, STR("ruleId"), clean(s, row->id));
	json_member_uint(&s->w, STR("ruleIndex"), rule->index);
	json_member_string(&s->w, STR("level"), str_c(level_of(row->finding)));
	json_member_double(&s->w, STR("rank"), row->finding->score / 10.0);
	write_text(s, STR("message"), without_links(s, clean(s, row->message)));
	json_member_array(&s->w, STR("locations"));
	write_location(s, row);
	json_end_array(&s->w);
	json_member_object(&s->w, STR("partialFingerprints"));
	json_member_string(&s->w, STR("bulkheadFinding/v1"), row->fingerprint);
	json_member_string(&s->w, STR("primaryLocationLineHash"), checked(s, arena_printf(&s->arena, "%.*s:1", STR_FMT(row->fingerprint))));
	json_end_object(&s->w);
	write_suppression(s, &row->finding->suppressed);
	write_properties(s, row);
	json_end_object(&s->w);
}

/* What people must know beside the findings, such as that the result may be incomplete. */
static void write_invocation(struct sarif *s, const struct str_vec *remarks)
{
	json_member_array(&s->w, STR("invocations"));
	json_begin_object(&s->w);
	json_member_bool(&s->w, STR("executionSuccessful"), true);
	json_member_array(&s->w, STR("toolExecutionNotifications"));
	for (size_t i = 0; i < remarks->n; i++) {
		json_begin_object(&s->w);
		write_text(s, STR("message"), clean(s, str_trim(remarks->v[i])));
		json_member_string(&s->w, STR("level"), STR("note"));
		json_end_object(&s->w);
	}
	json_end_array(&s->w);
	json_end_object(&s->w);
	json_end_array(&s->w);
}

static void write_run(struct sarif *s, const struct str_vec *remarks)
{
	const struct report_row *row;
	const struct image_info *image = &s->r->image;
	json_begin_object(&s->w);
	json_member_object(&s->w, STR("tool"));
	json_member_object(&s->w, STR("driver"));
	json_member_string(&s->w, STR("name"), STR("Bulkhead"));
	json_member_string(&s->w, STR("version"), STR(BULKHEAD_VERSION));
	json_member_string(&s->w, STR("semanticVersion"), STR(BULKHEAD_VERSION));
	json_member_array(&s->w, STR("rules"));
	for (size_t i = 0; i < s->rules.n; i++)
		write_rule(s, s->rules.entries[i].value);
	json_end_array(&s->w);
	json_end_object(&s->w);
	json_end_object(&s->w);
	json_member_object(&s->w, STR("automationDetails"));
	json_member_string(&s->w, STR("id"), checked(s, arena_printf(&s->arena, "bulkhead/%.*s/", STR_FMT(clean(s, image->artifact_name)))));
	json_end_object(&s->w);
	json_member_object(&s->w, STR("originalUriBaseIds"));
	json_member_object(&s->w, STR("ROOTPATH"));
	json_member_string(&s->w, STR("uri"), STR("file:///"));
	write_text(s, STR("description"), s->r->is_rootfs ? STR("the scanned directory") : STR("the root of the image's file system"));
	json_end_object(&s->w);
	json_end_object(&s->w);
	write_invocation(s, remarks);
	json_member_array(&s->w, STR("results"));
	vec_foreach(row, &s->rows)
		if (is_shown(s, row))
			write_result(s, row);
	json_end_array(&s->w);
	json_member_object(&s->w, STR("properties"));
	json_member_string(&s->w, STR("imageName"), clean(s, image->artifact_name));
	json_member_string_opt(&s->w, STR("imageID"), clean(s, image->id));
	json_member_array(&s->w, STR("repoDigests"));
	for (size_t i = 0; i < image->repo_digests.n; i++)
		json_string(&s->w, clean(s, image->repo_digests.v[i]));
	json_end_array(&s->w);
	json_end_object(&s->w);
	json_end_object(&s->w);
}

int report_sarif(const struct report *r, const struct report_options *opt, struct buf *out, struct error *err)
{
	struct sarif s = { .r = r, .opt = opt };
	struct str_vec remarks = { 0 };
	arena_init(&s.arena, ARENA_NO_LIMIT);
	map_init(&s.rules, &s.arena);
	json_writer_init(&s.w, out, 2, 0);
	int e = report_rows(&s.arena, r, opt, &s.rows, err);
	if (e == 0)
		e = report_remarks(&s.arena, r, opt, &remarks, err);
	if (e == 0) {
		collect_rules(&s);
		json_begin_object(&s.w);
		json_member_string(&s.w, STR("$schema"), STR(SCHEMA));
		json_member_string(&s.w, STR("version"), STR("2.1.0"));
		json_member_array(&s.w, STR("runs"));
		write_run(&s, &remarks);
		json_end_array(&s.w);
		json_end_object(&s.w);
		buf_add_char(out, '\n');
	}
	if (e == 0 && s.failed)
		e = error_nomem(err);
	if (e == 0 && buf_failed(out))
		e = error_set(err, ERR_LIMIT, "the report is too large");
	arena_release(&s.arena);
	return e;
}
