#include "format/spdx/document.h"
#include "format/spdx/spdx.h"

static void tag(struct buf *b, const char *name, struct str value)
{
	if (!value.n)
		return;
	buf_add_c(b, name);
	buf_add(b, STR(": "));
	buf_add(b, value);
	buf_add_char(b, '\n');
}

static void text(struct buf *b, const char *name, struct str value)
{
	if (!value.n)
		return;
	buf_add_c(b, name);
	buf_add(b, STR(": <text>"));
	buf_add(b, value);
	buf_add(b, STR("</text>\n"));
}

static struct str or_no_assertion(struct str s)
{
	return s.n ? s : STR(SPDX_NO_ASSERTION);
}

/* NOASSERTION is a word and no text. */
static void text_or_no_assertion(struct buf *b, const char *name, struct str value)
{
	if (value.n)
		text(b, name, value);
	else
		tag(b, name, STR(SPDX_NO_ASSERTION));
}

static void checksums(struct buf *b, const char *name, const struct str_vec *v)
{
	const struct str *s;
	struct str hex = STR_NONE;
	vec_foreach(s, v) {
		const char *word = spdx_hash_word(*s, &hex);
		buf_add_c(b, name);
		buf_add(b, STR(": "));
		buf_add_c(b, word);
		buf_add(b, STR(": "));
		buf_add(b, hex);
		buf_add_char(b, '\n');
	}
}

static void file(struct buf *b, const struct spdx_element *e)
{
	buf_add_char(b, '\n');
	tag(b, "FileName", e->name);
	tag(b, "SPDXID", e->id);
	checksums(b, "FileChecksum", &e->digests);
	tag(b, "LicenseConcluded", STR(SPDX_NO_ASSERTION));
	tag(b, "FileCopyrightText", STR(SPDX_NO_ASSERTION));
}

static void package(struct buf *b, const struct spdx_element *e)
{
	const struct spdx_reference *r;
	buf_add_char(b, '\n');
	tag(b, "PackageName", e->name);
	tag(b, "SPDXID", e->id);
	tag(b, "PackageVersion", e->version);
	tag(b, "PackageFileName", e->file_name);
	tag(b, "PackageSupplier", or_no_assertion(e->supplier));
	tag(b, "PackageOriginator", e->originator);
	tag(b, "PackageDownloadLocation", or_no_assertion(e->download));
	tag(b, "PrimaryPackagePurpose", e->purpose);
	tag(b, "FilesAnalyzed", STR("false"));
	checksums(b, "PackageChecksum", &e->digests);
	tag(b, "PackageHomePage", e->homepage);
	text(b, "PackageSourceInfo", e->source_info);
	tag(b, "PackageLicenseConcluded", or_no_assertion(e->license_concluded));
	tag(b, "PackageLicenseDeclared", e->license_declared);
	text_or_no_assertion(b, "PackageCopyrightText", e->copyright);
	text(b, "PackageSummary", e->summary);
	text(b, "PackageDescription", e->description);
	text(b, "PackageComment", e->comment);
	vec_foreach(r, &e->references) {
		buf_add(b, STR("ExternalRef: "));
		buf_add(b, r->category);
		buf_add_char(b, ' ');
		buf_add(b, r->type);
		buf_add_char(b, ' ');
		buf_add(b, r->locator);
		buf_add_char(b, '\n');
	}
	tag(b, "ReleaseDate", e->released);
	tag(b, "BuiltDate", e->built);
	tag(b, "ValidUntilDate", e->valid_until);
}

static void annotations(struct buf *b, const struct spdx_annotation_vec *v, struct str of)
{
	const struct spdx_annotation *a;
	vec_foreach(a, v) {
		buf_add_char(b, '\n');
		tag(b, "Annotator", a->annotator);
		tag(b, "AnnotationDate", a->date);
		tag(b, "AnnotationType", a->type);
		tag(b, "SPDXREF", of);
		text(b, "AnnotationComment", a->comment);
	}
}

static void head(struct buf *b, const struct spdx_document *d)
{
	const struct str *s;
	tag(b, "SPDXVersion", d->version);
	tag(b, "DataLicense", STR("CC0-1.0"));
	tag(b, "SPDXID", STR(SPDX_DOCUMENT_ID));
	tag(b, "DocumentName", d->name);
	tag(b, "DocumentNamespace", d->namespace_uri);
	text(b, "DocumentComment", d->comment);
	vec_foreach(s, &d->creators)
		tag(b, "Creator", *s);
	tag(b, "Created", d->created);
	annotations(b, &d->annotations, STR(SPDX_DOCUMENT_ID));
}

static void licenses(struct buf *b, const struct spdx_document *d)
{
	const struct spdx_license *l;
	vec_foreach(l, &d->licenses) {
		buf_add_char(b, '\n');
		tag(b, "LicenseID", l->id);
		text(b, "ExtractedText", l->text);
		tag(b, "LicenseName", l->name);
	}
}

static void relations(struct buf *b, const struct spdx_document *d)
{
	const struct spdx_relation *r;
	buf_add_char(b, '\n');
	vec_foreach(r, &d->relations) {
		buf_add(b, STR("Relationship: "));
		buf_add(b, r->from);
		buf_add_char(b, ' ');
		buf_add(b, r->type);
		buf_add_char(b, ' ');
		buf_add(b, r->to);
		buf_add_char(b, '\n');
	}
}

/* Files stand before the packages: behind one they would be taken for its content. */
int spdx_write_tag_value(const struct sbom *s, struct buf *out, struct error *err)
{
	const struct spdx_element *e;
	struct arena a;
	struct spdx_document d;
	arena_init(&a, ARENA_NO_LIMIT);
	int r = spdx_from_sbom(&a, s, &d, err);
	if (r == 0) {
		head(out, &d);
		vec_foreach(e, &d.elements)
			if (e->is_file)
				file(out, e);
		vec_foreach(e, &d.elements) {
			if (e->is_file)
				continue;
			package(out, e);
			annotations(out, &e->annotations, e->id);
		}
		licenses(out, &d);
		relations(out, &d);
		if (buf_failed(out))
			r = error_set(err, ERR_LIMIT, "the bill of materials is too large");
	}
	arena_release(&a);
	return r;
}
