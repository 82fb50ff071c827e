#include "format/json/json_write.h"
#include "format/spdx/document.h"
#include "format/spdx/spdx.h"

static struct str or_no_assertion(struct str s)
{
	return s.n ? s : STR(SPDX_NO_ASSERTION);
}

static void annotations(struct json_writer *w, const struct spdx_annotation_vec *v)
{
	const struct spdx_annotation *a;
	if (!v->n)
		return;
	json_member_array(w, STR("annotations"));
	vec_foreach(a, v) {
		json_begin_object(w);
		json_member_string(w, STR("annotationDate"), a->date);
		json_member_string(w, STR("annotationType"), a->type);
		json_member_string(w, STR("annotator"), a->annotator);
		json_member_string(w, STR("comment"), a->comment);
		json_end_object(w);
	}
	json_end_array(w);
}

static void checksums(struct json_writer *w, const struct str_vec *v)
{
	const struct str *s;
	struct str hex = STR_NONE;
	if (!v->n)
		return;
	json_member_array(w, STR("checksums"));
	vec_foreach(s, v) {
		const char *word = spdx_hash_word(*s, &hex);
		json_begin_object(w);
		json_member_string(w, STR("algorithm"), str_c(word));
		json_member_string(w, STR("checksumValue"), hex);
		json_end_object(w);
	}
	json_end_array(w);
}

static void references(struct json_writer *w, const struct spdx_reference_vec *v)
{
	const struct spdx_reference *r;
	if (!v->n)
		return;
	json_member_array(w, STR("externalRefs"));
	vec_foreach(r, v) {
		json_begin_object(w);
		json_member_string(w, STR("referenceCategory"), r->category);
		json_member_string(w, STR("referenceLocator"), r->locator);
		json_member_string(w, STR("referenceType"), r->type);
		json_end_object(w);
	}
	json_end_array(w);
}

static void package(struct json_writer *w, const struct spdx_element *e)
{
	json_begin_object(w);
	json_member_string(w, STR("SPDXID"), e->id);
	json_member_string(w, STR("name"), e->name);
	json_member_string_opt(w, STR("versionInfo"), e->version);
	json_member_string_opt(w, STR("packageFileName"), e->file_name);
	json_member_string(w, STR("supplier"), or_no_assertion(e->supplier));
	json_member_string_opt(w, STR("originator"), e->originator);
	json_member_string(w, STR("downloadLocation"), or_no_assertion(e->download));
	json_member_bool(w, STR("filesAnalyzed"), false);
	checksums(w, &e->digests);
	json_member_string_opt(w, STR("homepage"), e->homepage);
	json_member_string_opt(w, STR("sourceInfo"), e->source_info);
	json_member_string(w, STR("licenseConcluded"), or_no_assertion(e->license_concluded));
	json_member_string(w, STR("licenseDeclared"), e->license_declared);
	json_member_string(w, STR("copyrightText"), or_no_assertion(e->copyright));
	json_member_string_opt(w, STR("summary"), e->summary);
	json_member_string_opt(w, STR("description"), e->description);
	json_member_string_opt(w, STR("comment"), e->comment);
	references(w, &e->references);
	/* the schema of JSON spells this one word with '_' */
	json_member_string(w, STR("primaryPackagePurpose"), str_eq(e->purpose, STR("OPERATING-SYSTEM")) ? STR("OPERATING_SYSTEM") : e->purpose);
	json_member_string_opt(w, STR("releaseDate"), e->released);
	json_member_string_opt(w, STR("builtDate"), e->built);
	json_member_string_opt(w, STR("validUntilDate"), e->valid_until);
	annotations(w, &e->annotations);
	json_end_object(w);
}

static void file(struct json_writer *w, const struct spdx_element *e)
{
	json_begin_object(w);
	json_member_string(w, STR("SPDXID"), e->id);
	json_member_string(w, STR("fileName"), e->name);
	checksums(w, &e->digests);
	json_member_string(w, STR("licenseConcluded"), STR(SPDX_NO_ASSERTION));
	json_member_string(w, STR("copyrightText"), STR(SPDX_NO_ASSERTION));
	json_end_object(w);
}

static void elements(struct json_writer *w, const struct spdx_document *d)
{
	const struct spdx_element *e;
	size_t files = 0;
	json_member_array(w, STR("packages"));
	vec_foreach(e, &d->elements) {
		if (!e->is_file)
			package(w, e);
		files += e->is_file;
	}
	json_end_array(w);
	if (!files)
		return;
	json_member_array(w, STR("files"));
	vec_foreach(e, &d->elements)
		if (e->is_file)
			file(w, e);
	json_end_array(w);
}

static void head(struct json_writer *w, const struct spdx_document *d)
{
	const struct str *s;
	json_member_string(w, STR("spdxVersion"), d->version);
	json_member_string(w, STR("dataLicense"), STR("CC0-1.0"));
	json_member_string(w, STR("SPDXID"), STR(SPDX_DOCUMENT_ID));
	json_member_string(w, STR("name"), d->name);
	json_member_string(w, STR("documentNamespace"), d->namespace_uri);
	json_member_object(w, STR("creationInfo"));
	json_member_string(w, STR("created"), d->created);
	json_member_array(w, STR("creators"));
	vec_foreach(s, &d->creators)
		json_string(w, *s);
	json_end_array(w);
	json_end_object(w);
	json_member_string_opt(w, STR("comment"), d->comment);
	annotations(w, &d->annotations);
}

static void licenses(struct json_writer *w, const struct spdx_document *d)
{
	const struct spdx_license *l;
	if (!d->licenses.n)
		return;
	json_member_array(w, STR("hasExtractedLicensingInfos"));
	vec_foreach(l, &d->licenses) {
		json_begin_object(w);
		json_member_string(w, STR("licenseId"), l->id);
		json_member_string(w, STR("extractedText"), l->text);
		json_member_string_opt(w, STR("name"), l->name);
		json_end_object(w);
	}
	json_end_array(w);
}

static void relations(struct json_writer *w, const struct spdx_document *d)
{
	const struct spdx_relation *r;
	json_member_array(w, STR("relationships"));
	vec_foreach(r, &d->relations) {
		json_begin_object(w);
		json_member_string(w, STR("spdxElementId"), r->from);
		json_member_string(w, STR("relationshipType"), r->type);
		json_member_string(w, STR("relatedSpdxElement"), r->to);
		json_end_object(w);
	}
	json_end_array(w);
}

int spdx_write_json(const struct sbom *s, struct buf *out, struct error *err)
{
	struct arena a;
	struct spdx_document d;
	struct json_writer w;
	arena_init(&a, ARENA_NO_LIMIT);
	int r = spdx_from_sbom(&a, s, &d, err);
	if (r == 0) {
		json_writer_init(&w, out, 2, 0);
		json_begin_object(&w);
		head(&w, &d);
		elements(&w, &d);
		licenses(&w, &d);
		relations(&w, &d);
		json_end_object(&w);
		buf_add_char(out, '\n');
		if (buf_failed(out))
			r = error_set(err, ERR_LIMIT, "the bill of materials is too large");
	}
	arena_release(&a);
	return r;
}
