/* SPDX 2.x tag-value -> struct spdx_document. Lines "Tag: value"; a value in <text>…</text> may have many lines. What a line speaks of is what began
 * last: the document, a package (PackageName), a file (FileName), a licence (LicenseID), an annotation (Annotator) or a snippet. */
#include "base/map.h"
#include "format/spdx/document.h"
#include "format/spdx/spdx.h"

enum part { PART_DOCUMENT, PART_PACKAGE, PART_FILE, PART_LICENSE, PART_ANNOTATION, PART_SNIPPET };

/* An annotation before its SPDXREF is looked up. */
struct note {
	struct spdx_annotation annotation;
	struct str of;
	uint32_t line;
};
VEC_DECLARE(note_vec, struct note);

struct reader {
	struct arena *arena;
	struct spdx_document d;
	struct note_vec notes;
	enum part part;
	const char *end;     /* of the text */
	struct str trivy;    /* creator: attribution texts are Trivy's properties */
	struct str package;  /* SPDXID of the package that following files belong to */
	uint32_t line, unknown_line;
	size_t unknown;
	struct str unknown_tag;
	bool in_package, failed;
};

/* Fields of an element by tag. */
static const struct {
	const char *tag;
	size_t offset;
} element_tags[] = {
#define FIELD(member) offsetof(struct spdx_element, member)
	{ "SPDXID", FIELD(id) }, { "PackageVersion", FIELD(version) }, { "PackageFileName", FIELD(file_name) }, { "PackageSupplier", FIELD(supplier) },
	{ "PackageOriginator", FIELD(originator) }, { "PackageDownloadLocation", FIELD(download) }, { "PackageHomePage", FIELD(homepage) },
	{ "PackageSourceInfo", FIELD(source_info) }, { "PackageLicenseConcluded", FIELD(license_concluded) }, { "PackageLicenseDeclared", FIELD(license_declared) },
	{ "PackageCopyrightText", FIELD(copyright) }, { "PackageSummary", FIELD(summary) }, { "PackageDescription", FIELD(description) },
	{ "PackageComment", FIELD(comment) }, { "PrimaryPackagePurpose", FIELD(purpose) }, { "BuiltDate", FIELD(built) }, { "ReleaseDate", FIELD(released) },
	{ "ValidUntilDate", FIELD(valid_until) }, { "LicenseConcluded", FIELD(license_concluded) }, { "FileCopyrightText", FIELD(copyright) },
	{ "FileComment", FIELD(comment) },
};

/* Tags that are read over: they say nothing that the bill has a place for. */
static const char *const silent_tags[] = {
	"SPDXVersion", "DataLicense", "SPDXID", "LicenseListVersion", "CreatorComment", "FilesAnalyzed", "PackageVerificationCode", "PackageLicenseInfoFromFiles",
	"PackageLicenseComments", "FileType", "LicenseInfoInFile", "LicenseComments", "FileNotice", "FileContributor", "FileDependency", "FileAttributionText",
	"LicenseComment", "LicenseCrossReference", "ExternalRefComment", "ArtifactOfProjectName", "ArtifactOfProjectHomePage",
	"ArtifactOfProjectURI", "Reviewer", "ReviewDate", "ReviewComment",
};

static bool begin_element(struct reader *r, struct str name, bool is_file)
{
	struct spdx_element *e = vec_add(r->arena, &r->d.elements);
	r->failed |= !e;
	if (!e)
		return false;
	e->name = name;
	e->is_file = is_file;
	e->at = r->line;
	r->part = is_file ? PART_FILE : PART_PACKAGE;
	r->in_package |= !is_file;
	return true;
}

static struct spdx_element *element(struct reader *r)
{
	return (r->part == PART_PACKAGE || r->part == PART_FILE) && r->d.elements.n ? &r->d.elements.v[r->d.elements.n - 1] : NULL;
}

static void add_relation(struct reader *r, struct str from, struct str type, struct str to)
{
	struct spdx_relation x = { .from = from, .type = type, .to = to, .at = r->line };
	r->failed |= !vec_push(r->arena, &r->d.relations, x);
}

/* Three words. */
static bool three(struct str value, struct str ret[3])
{
	bool fine = true;
	for (size_t i = 0; i < 3; i++)
		fine &= str_next_word(&value, &ret[i]);
	return fine && !str_trim(value).n;
}

static void malformed(struct reader *r, const char *tag, struct str value)
{
	diag_add(&r->d.diags, DIAG_UNREADABLE, STR_NONE, r->line, 0, "%s: \"%.*s\" is not what stands there", tag, STR_FMT(str_sub(value, 0, 200)));
}

/* Tags whose meaning does not depend on what began last, and those that begin something. */
static bool read_general(struct reader *r, struct str tag, struct str value)
{
	struct spdx_document *d = &r->d;
	struct str words[3];
	if (str_eq(tag, STR("PackageName"))) {
		begin_element(r, value, false);
	} else if (str_eq(tag, STR("FileName"))) {
		begin_element(r, value, true);
	} else if (str_eq(tag, STR("LicenseID"))) {
		struct spdx_license l = { .id = value };
		r->failed |= !vec_push(r->arena, &d->licenses, l);
		r->part = PART_LICENSE;
	} else if (str_eq(tag, STR("Annotator"))) {
		struct note n = { .annotation.annotator = value, .line = r->line };
		r->failed |= !vec_push(r->arena, &r->notes, n);
		r->part = PART_ANNOTATION;
	} else if (str_eq(tag, STR("SnippetSPDXID")) || str_eq(tag, STR("SnippetSPDXIdentifier"))) {
		r->part = PART_SNIPPET;
		d->skipped++;
	} else if (str_eq(tag, STR("Relationship"))) {
		if (three(value, words))
			add_relation(r, words[0], words[1], words[2]);
		else
			malformed(r, "Relationship", value);
	} else if (str_eq(tag, STR("RelationshipComment"))) {
		if (d->relations.n)
			d->relations.v[d->relations.n - 1].comment = value;
	} else if (str_eq(tag, STR("Creator"))) {
		r->failed |= !vec_push(r->arena, &d->creators, value);
		if (str_has_prefix(value, STR("Tool: trivy")))
			r->trivy = value;
	} else if (str_eq(tag, STR("ExternalDocumentRef"))) {
		d->skipped++;
	} else {
		static const struct {
			const char *tag;
			size_t offset;
		} fields[] = { { "SPDXVersion", offsetof(struct spdx_document, version) }, { "DocumentName", offsetof(struct spdx_document, name) },
			       { "DocumentNamespace", offsetof(struct spdx_document, namespace_uri) }, { "Created", offsetof(struct spdx_document, created) },
			       { "DocumentComment", offsetof(struct spdx_document, comment) } };
		for (size_t i = 0; i < ARRAY_LEN(fields); i++)
			if (str_eq_c(tag, fields[i].tag)) {
				*(struct str *)((char *)d + fields[i].offset) = value;
				return true;
			}
		return false;
	}
	return true;
}

static void read_checksum(struct reader *r, struct spdx_element *e, struct str value)
{
	struct str word, hex;
	if (!str_cut(value, ':', &word, &hex)) {
		malformed(r, "Checksum", value);
		return;
	}
	struct str digest = spdx_digest(r->arena, str_trim(word), hex);
	r->failed |= !digest.p || (digest.n && !vec_push(r->arena, &e->digests, digest));
}

static bool read_of_element(struct reader *r, struct str tag, struct str value)
{
	struct spdx_element *e = element(r);
	struct str words[3];
	if (!e)
		return false;
	if (str_eq(tag, STR("PackageChecksum")) || str_eq(tag, STR("FileChecksum"))) {
		read_checksum(r, e, value);
		return true;
	}
	if (str_eq(tag, STR("ExternalRef"))) {
		if (three(value, words)) {
			struct spdx_reference x = { words[0], words[1], words[2] };
			r->failed |= !vec_push(r->arena, &e->references, x);
		} else {
			malformed(r, "ExternalRef", value);
		}
		return true;
	}
	if (str_eq(tag, STR("PackageAttributionText"))) {
		struct spdx_annotation a = { .annotator = r->trivy.n ? r->trivy : STR("Tool: attribution"), .type = STR("OTHER"), .comment = value };
		r->failed |= !vec_push(r->arena, &e->annotations, a);
		return true;
	}
	for (size_t i = 0; i < ARRAY_LEN(element_tags); i++) {
		if (!str_eq_c(tag, element_tags[i].tag))
			continue;
		*(struct str *)((char *)e + element_tags[i].offset) = value;
		if (element_tags[i].offset == offsetof(struct spdx_element, id)) {
			if (!e->is_file)
				r->package = value;
			else if (r->in_package && r->package.n)
				add_relation(r, r->package, STR("CONTAINS"), value);
		}
		return true;
	}
	return false;
}

static bool read_of_others(struct reader *r, struct str tag, struct str value)
{
	if (r->part == PART_SNIPPET)
		return true;
	if (r->part == PART_ANNOTATION && r->notes.n) {
		struct note *n = &r->notes.v[r->notes.n - 1];
		struct str *field = str_eq(tag, STR("AnnotationDate"))      ? &n->annotation.date
				    : str_eq(tag, STR("AnnotationType"))    ? &n->annotation.type
				    : str_eq(tag, STR("AnnotationComment")) ? &n->annotation.comment
				    : str_eq(tag, STR("SPDXREF"))           ? &n->of
									    : NULL;
		if (field)
			*field = value;
		return field;
	}
	if (r->part == PART_LICENSE && r->d.licenses.n) {
		struct spdx_license *l = &r->d.licenses.v[r->d.licenses.n - 1];
		struct str *field = str_eq(tag, STR("ExtractedText")) ? &l->text : str_eq(tag, STR("LicenseName")) ? &l->name : NULL;
		if (field)
			*field = value;
		return field;
	}
	return false;
}

static void read_tag(struct reader *r, struct str tag, struct str value)
{
	if (read_general(r, tag, value) || read_of_element(r, tag, value) || read_of_others(r, tag, value))
		return;
	for (size_t i = 0; i < ARRAY_LEN(silent_tags); i++)
		if (str_eq_c(tag, silent_tags[i]))
			return;
	if (!r->unknown++) {
		r->unknown_tag = tag;
		r->unknown_line = r->line;
	}
}

/* The value of a tag that begins at *rest; *rest goes behind it. 0 or ERR_FORMAT. */
static int read_value(struct reader *r, struct str first, struct str *rest, struct str *ret, struct error *err)
{
	struct str value = str_trim(first);
	size_t end;
	if (!str_strip_prefix(&value, STR("<text>"))) {
		*ret = value;
		return 0;
	}
	/* the text goes on in what follows the line: both are views of the same bytes */
	value.n = (size_t)(r->end - value.p);
	end = str_find(value, STR("</text>"));
	if (end == STR_NOT_FOUND)
		return error_set(err, ERR_FORMAT, "line %u: <text> does not end", r->line);
	*ret = str_sub(value, 0, end);
	value = str_from(value, end + 7);
	size_t line_end = str_find_char(value, '\n');
	for (size_t i = 0; i < ret->n; i++)
		r->line += ret->p[i] == '\n';
	*rest = line_end == STR_NOT_FOUND ? str_from(value, value.n) : str_from(value, line_end + 1);
	return 0;
}

static void place_notes(struct reader *r)
{
	struct map ids;
	const struct note *n;
	map_init(&ids, r->arena);
	for (size_t i = 0; i < r->d.elements.n && r->notes.n; i++) {
		bool is_new = false;
		void **slot = r->d.elements.v[i].id.n ? map_at(&ids, r->d.elements.v[i].id, &is_new) : NULL;
		if (is_new)
			*slot = (void *)((uintptr_t)i + 1);
	}
	vec_foreach(n, &r->notes) {
		uintptr_t found = (uintptr_t)map_get(&ids, n->of);
		struct spdx_annotation_vec *of = found ? &r->d.elements.v[found - 1].annotations : &r->d.annotations;
		if (!found && n->of.n && !str_eq(n->of, STR(SPDX_DOCUMENT_ID)))
			diag_add(&r->d.diags, DIAG_WARNING, STR_NONE, n->line, 0, "an annotation is of %.*s, which is no element", STR_FMT(str_sub(n->of, 0, 200)));
		r->failed |= !vec_push(r->arena, of, n->annotation);
	}
}

/* The first line that is neither empty nor a comment says the version. */
static struct str version_of(struct str text)
{
	struct str line;
	while (str_next_line(&text, &line)) {
		line = str_trim(line);
		if (line.n && line.p[0] != '#')
			return str_strip_prefix(&line, STR("SPDXVersion:")) ? str_trim(line) : STR_NONE;
	}
	return STR_NONE;
}

bool spdx_is_tag_value(struct str text)
{
	return str_has_prefix(version_of(str_sub(text, 0, 65536)), STR("SPDX-"));
}

int spdx_read_tag_value(struct arena *a, struct str text, struct sbom *ret, struct error *err)
{
	struct reader r = { .arena = a, .end = text.p + text.n };
	struct str rest = text, line, tag, value, version = version_of(text);
	diags_init(&r.d.diags, a);
	if (!str_has_prefix(version, STR("SPDX-2.")))
		return error_set(err, ERR_UNSUPPORTED, "SPDX version \"%.*s\" is not known (tag-value is read as SPDX-2.0 to SPDX-2.3)", STR_FMT(str_sub(version, 0, 40)));
	while (str_next_line(&rest, &line) && !r.failed) {
		r.line++;
		struct str trimmed = str_trim(line);
		if (!trimmed.n || trimmed.p[0] == '#')
			continue;
		if (!str_cut(trimmed, ':', &tag, &value))
			return error_set(err, ERR_FORMAT, "line %u: neither a tag with its value nor a comment", r.line);
		if (r.d.elements.n > SBOM_COMPONENTS_MAX || r.d.relations.n > SBOM_EDGES_MAX || r.notes.n > SBOM_EDGES_MAX)
			return error_set(err, ERR_LIMIT, "more than %u elements or %u relations", SBOM_COMPONENTS_MAX, SBOM_EDGES_MAX);
		uint32_t first_line = r.line;
		int result = read_value(&r, value, &rest, &value, err);
		if (result < 0)
			return result;
		uint32_t last_line = r.line;
		r.line = first_line;
		read_tag(&r, str_trim(tag), value);
		r.line = last_line;
	}
	if (!r.failed)
		place_notes(&r);
	if (r.unknown)
		diag_add(&r.d.diags, DIAG_WARNING, STR_NONE, r.unknown_line, 0, "%zu tags are not known here, the first is %.*s", r.unknown, STR_FMT(str_sub(r.unknown_tag, 0, 80)));
	return r.failed ? error_nomem(err) : spdx_to_sbom(a, &r.d, ret, err);
}
