/* Debian's DSA, DLA and DTSA lists (security-tracker data/{DSA,DLA,DTSA}/list) and the release names of its config.json.
 *
 *   [29 Mar 2023] DSA-5380-1 xorg-server - security update
 *   <TAB>{CVE-2023-1393}
 *   <TAB>[bullseye] - xorg-server 2:1.20.11-1+deb11u6 (remark)
 *   <TAB>NOTE: …
 *
 * A version may also be <not-affected>, <unfixed>, <undetermined>, <end-of-life>, <no-dsa>, <ignored>, <postponed> or <removed>. Files are
 * newest first, which the order of the records keeps. Entries without a CVE id are passed over: nothing says what they are about. */
#include "format/feeds/feed_util.h"
#include "format/json/json.h"

static const struct {
	const char *name, *version;
} releases[] = {
	{ "woody", "3.0" }, { "sarge", "3.1" }, { "etch", "4" },    { "lenny", "5" },     { "squeeze", "6" },   { "wheezy", "7" },
	{ "jessie", "8" },  { "stretch", "9" }, { "buster", "10" }, { "bullseye", "11" }, { "bookworm", "12" }, { "trixie", "13" },
	{ "forky", "14" },  { "duke", "15" },   { "sid", "" },
};

/* Version number of a code name: 0; ERR_NOT_FOUND. Empty for sid. */
static int release_version(const struct feed_context *ctx, struct str name, struct str *ret)
{
	struct str rest = ctx->debian_releases, line, key, version;
	while (str_next_line(&rest, &line))
		if (str_cut(line, ' ', &key, &version) && str_eq(key, name)) {
			*ret = version;
			return 0;
		}
	for (size_t i = 0; i < ARRAY_LEN(releases); i++)
		if (str_eq_c(name, releases[i].name)) {
			*ret = str_c(releases[i].version);
			return 0;
		}
	return ERR_NOT_FOUND;
}

struct str feed_debian_ecosystem(const struct feed_context *ctx, struct arena *a, struct str codename)
{
	struct str version;
	if (release_version(ctx, codename, &version) < 0 || version.n == 0)
		return STR("");
	return arena_concat(a, STR("Debian:"), version);
}

/* "29 Mar 2023", "August 26th, 2005" -> "2023-03-29"; empty when it is neither. */
static struct str list_date(struct arena *a, struct str text)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	uint64_t day = 0, year = 0;
	unsigned month = 0;
	struct str word;
	while (str_next_word(&text, &word)) {
		uint64_t n;
		str_strip_suffix(&word, STR(","));
		for (unsigned m = 0; m < 12 && word.n >= 3; m++)
			if (str_eq_nocase(str_sub(word, 0, 3), str_make(months + 3 * (size_t)m, 3)))
				month = m + 1;
		if (char_is_digit(word.p[0])) {
			while (word.n && !char_is_digit(word.p[word.n - 1]))
				word.n--;
			if (str_to_u64(word, &n) < 0)
				return STR_NONE;
			if (n > 31)
				year = n;
			else
				day = n;
		}
	}
	if (!day || !month || year < 1990 || year > 2200)
		return STR_NONE;
	return arena_printf(a, "%04u-%02u-%02u", (unsigned)year, month, (unsigned)day);
}

static const struct {
	const char *word;
	bool listed;
	enum advisory_status status;
} markers[] = {
	{ "<unfixed>", true, ADVISORY_AFFECTED },      { "<no-dsa>", true, ADVISORY_AFFECTED },         { "<end-of-life>", true, ADVISORY_END_OF_LIFE },
	{ "<ignored>", true, ADVISORY_WILL_NOT_FIX },  { "<postponed>", true, ADVISORY_FIX_DEFERRED },  { "<not-affected>", false, ADVISORY_NOT_AFFECTED },
	{ "<undetermined>", false, ADVISORY_UNDER_INVESTIGATION }, { "<removed>", false, ADVISORY_NOT_AFFECTED }, { "<itp>", false, ADVISORY_NOT_AFFECTED },
	{ "<not-for-us>", false, ADVISORY_NOT_AFFECTED },
};

/* "[bullseye] - xorg-server 2:1.20.11-1 (remark)" after its indentation. */
static int read_fix(const struct feed_context *ctx, struct arena *a, struct str line, struct str name, uint32_t line_number, struct feed_record *rec,
		    struct feed_sink *sink)
{
	size_t close = str_find_char(line, ']');
	struct str rest = close == STR_NOT_FOUND ? STR_NONE : str_from(line, close + 1), dash, package, version, remark, release;
	if (close == STR_NOT_FOUND || !str_next_word(&rest, &dash) || !str_eq_c(dash, "-") || !str_next_word(&rest, &package))
		return feed_unreadable(sink, name, line_number, "no fix line: %.*s", STR_FMT(str_sub(line, 0, 80)));
	if (!str_next_word(&rest, &version))
		version = STR_NONE;
	struct str codename = str_sub(line, 1, close - 1);
	if (release_version(ctx, codename, &release) < 0)
		return feed_unreadable(sink, name, line_number, "unknown release \"%.*s\"", STR_FMT(str_sub(codename, 0, 40)));
	if (release.n == 0)
		return 0;
	struct feed_affected f = { .ecosystem = arena_concat(a, STR("Debian:"), release), .name = package, .status = ADVISORY_FIXED, .line = line_number };
	if (!f.ecosystem.p)
		return -1;
	if (version.n && char_is_digit(version.p[0])) {
		struct advisory_range range = { .high = version };
		/* DTSA and old DSA lines carry a rating: "1.2-3 (medium)", "(bug #1234 low)" */
		if (str_next_word(&rest, &remark)) {
			struct str last = remark;
			while (str_next_word(&rest, &remark))
				last = remark;
			str_strip_prefix(&last, STR("("));
			enum severity s;
			if (str_strip_suffix(&last, STR(")")) && severity_parse(last, &s) == 0)
				f.severity = s;
		}
		return vec_push(a, &f.ranges, range) && vec_push(a, &f.fixed, version) && vec_push(a, &rec->affected, f) ? 0 : -1;
	}
	for (size_t i = 0; i < ARRAY_LEN(markers); i++)
		if (str_eq_c(version, markers[i].word)) {
			f.status = markers[i].status;
			f.all_versions = true;
			return !markers[i].listed || vec_push(a, &rec->affected, f) ? 0 : -1;
		}
	return feed_unreadable(sink, name, line_number, "\"%.*s\" is neither a version nor a known mark", STR_FMT(str_sub(version, 0, 40)));
}

static int flush(struct feed_sink *sink, struct feed_record *rec, struct str name, struct error *err)
{
	if (rec->id.n == 0)
		return 0;
	if (rec->ids.n == 0) {
		feed_passed_over(sink, name, rec->line, "%.*s names no CVE", STR_FMT(rec->id));
		return 0;
	}
	return feed_emit(sink, rec, err);
}

static struct str list_unit(struct str id)
{
	return str_has_prefix(id, STR("DSA-")) ? STR("debian:dsa") : str_has_prefix(id, STR("DLA-")) ? STR("debian:dla") : STR("debian:dtsa");
}

int feed_read_debian_list(struct feed_context *ctx, struct arena *scratch, struct str name, struct str content, struct feed_sink *sink, struct error *err)
{
	struct feed_record rec = { 0 };
	struct str line, word;
	int r;
	for (uint32_t number = 1; str_next_line(&content, &line); number++) {
		struct str text = str_trim(line);
		if (text.n == 0)
			continue;
		if (!char_is_space(line.p[0])) {
			if ((r = flush(sink, &rec, name, err)) < 0)
				return r;
			arena_clear(scratch);
			rec = (struct feed_record){ .source = STR("debian"), .line = number };
			size_t close = text.p[0] == '[' ? str_find_char(text, ']') : STR_NOT_FOUND;
			struct str rest = close == STR_NOT_FOUND ? STR_NONE : str_from(text, close + 1);
			if (!str_next_word(&rest, &word)) {
				feed_unreadable(sink, name, number, "no advisory heading: %.*s", STR_FMT(str_sub(text, 0, 80)));
				continue;
			}
			rec.id = word;
			rec.unit = list_unit(word);
			rec.modified = list_date(scratch, str_sub(text, 1, close - 1));
			if ((r = feed_note_date(sink, rec.modified, err)) < 0)
				return r;
			continue;
		}
		if (rec.id.n == 0)
			continue;
		if (text.p[0] == '{') {
			struct str ids = str_sub(text, 1, text.n - 1);
			while (str_next_word(&ids, &word)) {
				str_strip_suffix(&word, STR("}"));
				if (word.n && feed_add_id(scratch, &rec.ids, word) < 0)
					return error_nomem(err);
			}
		} else if (text.p[0] == '[') {
			if (rec.affected.n >= FEED_AFFECTED_MAX)
				feed_unreadable(sink, name, number, "%.*s: more than %d fixes", STR_FMT(str_sub(rec.id, 0, 100)), FEED_AFFECTED_MAX);
			else if (read_fix(ctx, scratch, text, name, number, &rec, sink) < 0)
				return error_nomem(err);
		} else if (!str_has_prefix(text, STR("NOTE:"))) {
			feed_passed_over(sink, name, number, "unknown line: %.*s", STR_FMT(str_sub(text, 0, 80)));
		}
	}
	return flush(sink, &rec, name, err);
}

/* {"distributions": {"bullseye": {"major-version": "11", …}, …}} in order of age. A name without a number is one above its predecessor's. */
int feed_read_debian_config(struct feed_context *ctx, struct arena *scratch, struct str name, struct str content, struct feed_sink *sink, struct error *err)
{
	struct document doc;
	struct json_options opt = { .name = name, .max_bytes = FEED_RECORD_BYTES_MAX };
	int r = json_parse(scratch, content, &opt, &doc, NULL, err);
	if (r < 0)
		return r;
	struct str out = STR_NONE;
	uint64_t previous = 0;
	value_foreach_member(m, value_get_c(doc.root, "distributions")) {
		struct str version = value_text(value_get_c(&m->value, "major-version")), known;
		uint64_t number = 0;
		bool listed = release_version(ctx, m->key, &known) == 0;
		if (listed && known.n == 0)
			continue;
		if (version.n == 0 && listed)
			version = known;
		if (str_to_u64(version, &number) < 0)
			number = previous && !listed ? previous + 1 : 0;
		if (number == 0 || str_find_char(m->key, ' ') != STR_NOT_FOUND || str_find_char(m->key, '\n') != STR_NOT_FOUND)
			continue;
		previous = number;
		out = arena_printf(ctx->arena, "%.*s%.*s %llu\n", STR_FMT(out), STR_FMT(str_sub(m->key, 0, 40)), (unsigned long long)number);
		if (!out.p)
			return error_nomem(err);
		if (out.n > 4096)
			return error_set(err, ERR_LIMIT, "%.*s: too many releases", STR_FMT(name));
	}
	ctx->debian_releases = out;
	sink->passed_over++;
	return 0;
}
