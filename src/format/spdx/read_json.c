/* SPDX 2.x JSON -> struct spdx_document. */
#include "format/spdx/document.h"
#include "format/spdx/spdx.h"

struct reader {
	struct arena *arena;
	struct spdx_document d;
	struct str trivy; /* creator: attribution texts are Trivy's properties */
	bool failed;
};

static void read_hashes(struct reader *r, const struct value *list, struct str_vec *ret)
{
	value_foreach(item, list)
	{
		struct str digest = spdx_digest(r->arena, value_str_c(item, "algorithm"), value_str_c(item, "checksumValue"));
		r->failed |= !digest.p || (digest.n && !vec_push(r->arena, ret, digest));
	}
}

static void read_annotations(struct reader *r, const struct value *list, struct spdx_annotation_vec *ret)
{
	value_foreach(item, list)
	{
		struct spdx_annotation a = { value_str_c(item, "annotator"), value_str_c(item, "annotationDate"), value_str_c(item, "annotationType"), value_str_c(item, "comment") };
		r->failed |= !vec_push(r->arena, ret, a);
	}
}

/* Older Trivy's place for its properties. */
static void read_attributions(struct reader *r, const struct value *list, struct spdx_annotation_vec *ret)
{
	value_foreach(item, list)
	{
		struct spdx_annotation a = { .annotator = r->trivy.n ? r->trivy : STR("Tool: attribution"), .type = STR("OTHER"), .comment = value_text(item) };
		r->failed |= !vec_push(r->arena, ret, a);
	}
}

static void read_element(struct reader *r, const struct value *v, bool is_file)
{
	struct spdx_element *e = vec_add(r->arena, &r->d.elements);
	if (!e) {
		r->failed = true;
		return;
	}
	e->is_file = is_file;
	e->at = v->pos;
	e->id = value_str_c(v, "SPDXID");
	e->name = is_file ? value_str_c(v, "fileName") : value_str_c(v, "name");
	e->file_name = value_str_c(v, "packageFileName");
	e->version = value_str_c(v, "versionInfo");
	e->supplier = value_str_c(v, "supplier");
	e->originator = value_str_c(v, "originator");
	e->download = value_str_c(v, "downloadLocation");
	e->homepage = value_str_c(v, "homepage");
	e->source_info = value_str_c(v, "sourceInfo");
	e->license_concluded = value_str_c(v, "licenseConcluded");
	e->license_declared = value_str_c(v, "licenseDeclared");
	e->copyright = value_str_c(v, "copyrightText");
	e->summary = value_str_c(v, "summary");
	e->description = value_str_c(v, "description");
	e->comment = value_str_c(v, "comment");
	e->purpose = value_str_c(v, "primaryPackagePurpose");
	e->built = value_str_c(v, "builtDate");
	e->released = value_str_c(v, "releaseDate");
	e->valid_until = value_str_c(v, "validUntilDate");
	read_hashes(r, value_get_c(v, "checksums"), &e->digests);
	value_foreach(x, value_get_c(v, "externalRefs"))
	{
		struct spdx_reference ref = { value_str_c(x, "referenceCategory"), value_str_c(x, "referenceType"), value_str_c(x, "referenceLocator") };
		r->failed |= !vec_push(r->arena, &e->references, ref);
	}
	read_annotations(r, value_get_c(v, "annotations"), &e->annotations);
	read_attributions(r, value_get_c(v, "attributionTexts"), &e->annotations);
}

static void add_relation(struct reader *r, struct str from, struct str type, struct str to, struct str comment, uint32_t at)
{
	struct spdx_relation x = { .from = from, .type = type, .to = to, .comment = comment, .at = at };
	r->failed |= !vec_push(r->arena, &r->d.relations, x);
}

static void read_relations(struct reader *r, const struct value *root)
{
	value_foreach(id, value_get_c(root, "documentDescribes"))
		add_relation(r, STR(SPDX_DOCUMENT_ID), STR("DESCRIBES"), value_text(id), STR_NONE, id->pos);
	value_foreach(p, value_get_c(root, "packages"))
		value_foreach(file, value_get_c(p, "hasFiles"))
			add_relation(r, value_str_c(p, "SPDXID"), STR("CONTAINS"), value_text(file), STR_NONE, file->pos);
	value_foreach(x, value_get_c(root, "relationships"))
		add_relation(r, value_str_c(x, "spdxElementId"), value_str_c(x, "relationshipType"), value_str_c(x, "relatedSpdxElement"), value_str_c(x, "comment"), x->pos);
}

static void read_head(struct reader *r, const struct value *root)
{
	const struct value *creation = value_get_c(root, "creationInfo");
	r->d.version = value_str_c(root, "spdxVersion");
	r->d.name = value_str_c(root, "name");
	r->d.namespace_uri = value_str_c(root, "documentNamespace");
	r->d.created = value_str_c(creation, "created");
	r->d.comment = value_str_c(root, "comment");
	value_foreach(c, value_get_c(creation, "creators"))
	{
		struct str s = value_text(c);
		r->failed |= !vec_push(r->arena, &r->d.creators, s);
		if (str_has_prefix(s, STR("Tool: trivy")))
			r->trivy = s;
	}
	value_foreach(l, value_get_c(root, "hasExtractedLicensingInfos"))
	{
		struct spdx_license x = { value_str_c(l, "licenseId"), value_str_c(l, "extractedText"), value_str_c(l, "name") };
		r->failed |= !vec_push(r->arena, &r->d.licenses, x);
	}
	read_annotations(r, value_get_c(root, "annotations"), &r->d.annotations);
	r->d.skipped = value_count(value_get_c(root, "snippets"), VALUE_ARRAY) + value_count(value_get_c(root, "externalDocumentRefs"), VALUE_ARRAY);
}

bool spdx_is_json(const struct value *root)
{
	return str_has_prefix(value_str_c(root, "spdxVersion"), STR("SPDX-"));
}

int spdx_read_json(struct arena *a, struct document *doc, struct sbom *ret, struct error *err)
{
	struct reader r = { .arena = a };
	struct str version = value_str_c(doc->root, "spdxVersion");
	if (!str_has_prefix(version, STR("SPDX-2.")))
		return error_set(err, ERR_UNSUPPORTED, "SPDX version \"%.*s\" is not known (SPDX-2.0 to SPDX-2.3 and 3.0 are read)", STR_FMT(str_sub(version, 0, 40)));
	r.d.json = doc;
	diags_init(&r.d.diags, a);
	read_head(&r, doc->root);
	value_foreach(p, value_get_c(doc->root, "packages"))
		read_element(&r, p, false);
	value_foreach(f, value_get_c(doc->root, "files"))
		read_element(&r, f, true);
	read_relations(&r, doc->root);
	return r.failed ? error_nomem(err) : spdx_to_sbom(a, &r.d, ret, err);
}
