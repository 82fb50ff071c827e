/* struct spdx_document -> SPDX 3.0.1 JSON-LD. Agents, tools, licence expressions and licence texts are elements of their own, written once and named
 * from the packages; the document's elements are named by its namespace, '#' and what 2.3 calls them. */
#include "base/map.h"
#include "format/json/json_write.h"
#include "format/license/spdx_license.h"
#include "format/spdx/document.h"
#include "format/spdx/spdx.h"

struct writer {
	struct arena *arena;
	struct spdx_document *d;
	struct json_writer w;
	struct map agents;      /* "Organization: x" -> number */
	struct map expressions; /* text -> number */
	struct map texts;       /* LicenseRef-… of the document */
	size_t relations, annotations;
	bool failed;
};

static struct str checked(struct writer *w, struct str s)
{
	w->failed |= !s.p;
	return s;
}

static struct str uri(struct writer *w, struct str id)
{
	return checked(w, arena_printf(w->arena, "%.*s#%.*s", STR_FMT(w->d->namespace_uri), STR_FMT(id)));
}

static struct str numbered(struct writer *w, const char *kind, size_t n)
{
	return checked(w, arena_printf(w->arena, "%.*s#%s-%zu", STR_FMT(w->d->namespace_uri), kind, n));
}

#define OF_DOCUMENT    STR("_:creationinfo")
#define OF_ANNOTATIONS STR("_:annotations") /* they are ours, whoever made the rest */

static void begin_by(struct writer *w, const char *type, struct str id, struct str by)
{
	json_begin_object(&w->w);
	json_member_string(&w->w, STR("type"), str_c(type));
	json_member_string(&w->w, STR("spdxId"), id);
	json_member_string(&w->w, STR("creationInfo"), by);
}

static void begin(struct writer *w, const char *type, struct str id)
{
	begin_by(w, type, id, OF_DOCUMENT);
}

static size_t number_of(struct writer *w, struct map *m, struct str key)
{
	bool is_new;
	void **slot = map_at(m, key, &is_new);
	w->failed |= !slot;
	if (!slot)
		return 0;
	if (is_new)
		*slot = (void *)(uintptr_t)m->n;
	return (size_t)(uintptr_t)*slot;
}

/* ---- agents ---------------------------------------------------------------------------------------------------------- */

static struct str agent_id(struct writer *w, struct str actor)
{
	return numbered(w, str_has_prefix(actor, STR("Tool:")) ? "Tool" : "Agent", number_of(w, &w->agents, actor));
}

static struct str agent_name(struct str actor)
{
	struct str kind, name;
	str_cut(actor, ':', &kind, &name);
	name = str_trim(name);
	if (str_strip_suffix(&name, STR(" ()")))
		name = str_trim(name);
	return name;
}

static void agent(struct writer *w, struct str actor)
{
	bool tool = str_has_prefix(actor, STR("Tool:"));
	begin(w, tool ? "Tool" : str_has_prefix(actor, STR("Person:")) ? "Person" : "Organization", agent_id(w, actor));
	json_member_string(&w->w, STR("name"), agent_name(actor));
	json_end_object(&w->w);
}

/* Somebody must have made the document: without people it is the program. annotator: only that tool, else all of the document's. */
static void creation_info(struct writer *w, struct str id, struct str annotator)
{
	const struct str *s;
	size_t people = 0;
	json_begin_object(&w->w);
	json_member_string(&w->w, STR("type"), STR("CreationInfo"));
	json_member_string(&w->w, STR("@id"), id);
	json_member_string(&w->w, STR("specVersion"), STR("3.0.1"));
	json_member_string(&w->w, STR("created"), w->d->created);
	json_member_array(&w->w, STR("createdBy"));
	vec_foreach(s, &w->d->creators)
		if (!str_has_prefix(*s, STR("Tool:"))) {
			json_string(&w->w, agent_id(w, *s));
			people++;
		}
	if (!people)
		json_string(&w->w, uri(w, STR("SoftwareAgent")));
	json_end_array(&w->w);
	json_member_array(&w->w, STR("createdUsing"));
	vec_foreach(s, &w->d->creators)
		if (!annotator.n && str_has_prefix(*s, STR("Tool:")))
			json_string(&w->w, agent_id(w, *s));
	if (annotator.n)
		json_string(&w->w, agent_id(w, annotator));
	json_end_array(&w->w);
	json_end_object(&w->w);
	if (!people && !annotator.n) {
		begin(w, "SoftwareAgent", uri(w, STR("SoftwareAgent")));
		json_member_string(&w->w, STR("name"), agent_name(w->d->creators.v[0]));
		json_end_object(&w->w);
	}
}

/* ---- packages and files ---------------------------------------------------------------------------------------------- */

static void hashes(struct writer *w, const struct str_vec *v)
{
	const struct str *s;
	struct str hex = STR_NONE;
	if (!v->n)
		return;
	json_member_array(&w->w, STR("verifiedUsing"));
	vec_foreach(s, v) {
		const char *word = spdx_hash_word_3(*s, &hex);
		json_begin_object(&w->w);
		json_member_string(&w->w, STR("type"), STR("Hash"));
		json_member_string(&w->w, STR("algorithm"), str_c(word));
		json_member_string(&w->w, STR("hashValue"), hex);
		json_end_object(&w->w);
	}
	json_end_array(&w->w);
}

static void identifiers(struct writer *w, const struct spdx_reference_vec *v)
{
	const struct spdx_reference *r;
	bool purl = false;
	if (!v->n)
		return;
	json_member_array(&w->w, STR("externalIdentifier"));
	vec_foreach(r, v) {
		bool is_purl = str_eq(r->type, STR("purl"));
		struct str type = is_purl                               ? STR("packageUrl")
				  : str_eq(r->type, STR("cpe23Type"))   ? STR("cpe23")
				  : str_eq(r->type, STR("cpe22Type"))   ? STR("cpe22")
				  : str_eq(r->type, STR("swh"))         ? STR("swhid")
				  : str_eq(r->type, STR("gitoid"))      ? STR("gitoid")
									: STR("other");
		json_begin_object(&w->w);
		json_member_string(&w->w, STR("type"), STR("ExternalIdentifier"));
		json_member_string(&w->w, STR("externalIdentifierType"), type);
		json_member_string(&w->w, STR("identifier"), r->locator);
		json_end_object(&w->w);
	}
	json_end_array(&w->w);
	vec_foreach(r, v) {
		if (!purl && str_eq(r->type, STR("purl")))
			json_member_string(&w->w, STR("software_packageUrl"), r->locator);
		purl |= str_eq(r->type, STR("purl"));
	}
}

static void element(struct writer *w, const struct spdx_element *e)
{
	begin(w, e->is_file ? "software_File" : "software_Package", uri(w, e->id));
	json_member_string(&w->w, STR("name"), e->name);
	json_member_string_opt(&w->w, STR("summary"), e->summary);
	json_member_string_opt(&w->w, STR("description"), e->description);
	json_member_string_opt(&w->w, STR("comment"), e->comment);
	hashes(w, &e->digests);
	identifiers(w, &e->references);
	if (e->originator.n) {
		json_member_array(&w->w, STR("originatedBy"));
		json_string(&w->w, agent_id(w, e->originator));
		json_end_array(&w->w);
	}
	if (e->supplier.n)
		json_member_string(&w->w, STR("suppliedBy"), agent_id(w, e->supplier));
	json_member_string_opt(&w->w, STR("builtTime"), e->built);
	json_member_string_opt(&w->w, STR("releaseTime"), e->released);
	json_member_string_opt(&w->w, STR("validUntilTime"), e->valid_until);
	if (e->purpose.n)
		json_member_string(&w->w, STR("software_primaryPurpose"), checked(w, spdx_camel(w->arena, e->purpose)));
	json_member_string_opt(&w->w, STR("software_copyrightText"), e->copyright);
	json_member_string_opt(&w->w, STR("software_packageVersion"), e->version);
	json_member_string_opt(&w->w, STR("software_downloadLocation"), e->download);
	json_member_string_opt(&w->w, STR("software_homePage"), e->homepage);
	json_member_string_opt(&w->w, STR("software_sourceInfo"), e->source_info);
	json_end_object(&w->w);
}

/* ---- licences -------------------------------------------------------------------------------------------------------- */

static void license_text(struct writer *w, const struct spdx_license *l)
{
	begin(w, "simplelicensing_SimpleLicensingText", uri(w, l->id));
	json_member_string_opt(&w->w, STR("name"), l->name);
	json_member_string(&w->w, STR("simplelicensing_licenseText"), l->text);
	json_end_object(&w->w);
}

static void license_expression(struct writer *w, struct str text, size_t number)
{
	struct str rest = text, token;
	bool any = false;
	begin(w, "simplelicensing_LicenseExpression", numbered(w, "LicenseExpression", number));
	json_member_string(&w->w, STR("simplelicensing_licenseExpression"), text);
	while (spdx_expression_next(&rest, &token)) {
		if (!map_get(&w->texts, token))
			continue;
		if (!any)
			json_member_array(&w->w, STR("simplelicensing_customIdToUri"));
		any = true;
		json_begin_object(&w->w);
		json_member_string(&w->w, STR("type"), STR("DictionaryEntry"));
		json_member_string(&w->w, STR("key"), token);
		json_member_string(&w->w, STR("value"), uri(w, token));
		json_end_object(&w->w);
	}
	if (any)
		json_end_array(&w->w);
	json_end_object(&w->w);
}

static void relation(struct writer *w, struct str from, const char *type)
{
	begin(w, "Relationship", numbered(w, "Relationship", ++w->relations));
	json_member_string(&w->w, STR("from"), from);
	json_member_string(&w->w, STR("relationshipType"), str_c(type));
	json_member_array(&w->w, STR("to"));
}

static void end_relation(struct writer *w)
{
	json_end_array(&w->w);
	json_end_object(&w->w);
}

static void license_relation(struct writer *w, const struct spdx_element *e, struct str text, const char *type)
{
	if (spdx_is_unstated(text))
		return;
	relation(w, uri(w, e->id), type);
	json_string(&w->w, numbered(w, "LicenseExpression", number_of(w, &w->expressions, text)));
	end_relation(w);
}

static void licenses(struct writer *w)
{
	const struct spdx_license *l;
	const struct spdx_element *e;
	vec_foreach(l, &w->d->licenses) {
		w->failed |= map_put(&w->texts, l->id, w) < 0;
		license_text(w, l);
	}
	vec_foreach(e, &w->d->elements) {
		license_relation(w, e, e->license_declared, "hasDeclaredLicense");
		license_relation(w, e, e->license_concluded, "hasConcludedLicense");
	}
	for (size_t i = 0; i < w->expressions.n && !w->failed; i++)
		license_expression(w, w->expressions.entries[i].key, i + 1);
}

/* ---- relations, annotations, the document ---------------------------------------------------------------------------- */

/* Those of one element and kind that stand together are one. DESCRIBES is the document's rootElement. */
static void relations(struct writer *w)
{
	const struct spdx_relation *v = w->d->relations.v;
	for (size_t i = 0, end; i < w->d->relations.n && !w->failed; i = end) {
		for (end = i + 1; end < w->d->relations.n && str_eq(v[end].from, v[i].from) && str_eq(v[end].type, v[i].type);)
			end++;
		if (str_eq(v[i].type, STR("DESCRIBES")))
			continue;
		const char *word = str_eq(v[i].type, STR("CONTAINS")) ? "contains" : str_eq(v[i].type, STR("DEPENDS_ON")) ? "dependsOn" : "hasDistributionArtifact";
		relation(w, uri(w, v[i].from), word);
		for (size_t k = i; k < end; k++)
			json_string(&w->w, uri(w, v[k].to));
		end_relation(w);
	}
}

static void annotations(struct writer *w, const struct spdx_annotation_vec *v, struct str of)
{
	const struct spdx_annotation *a;
	vec_foreach(a, v) {
		begin_by(w, "Annotation", numbered(w, "Annotation", ++w->annotations), OF_ANNOTATIONS);
		json_member_string(&w->w, STR("annotationType"), STR("other"));
		json_member_string(&w->w, STR("statement"), a->comment);
		json_member_string(&w->w, STR("subject"), of);
		json_end_object(&w->w);
	}
}

static void roots(struct writer *w)
{
	const struct spdx_relation *r;
	json_member_array(&w->w, STR("rootElement"));
	vec_foreach(r, &w->d->relations)
		if (str_eq(r->type, STR("DESCRIBES")))
			json_string(&w->w, uri(w, r->to));
	json_end_array(&w->w);
}

static void document(struct writer *w)
{
	const struct spdx_element *e;
	begin(w, "SpdxDocument", uri(w, STR(SPDX_DOCUMENT_ID)));
	json_member_string(&w->w, STR("name"), w->d->name);
	json_member_string_opt(&w->w, STR("comment"), w->d->comment);
	json_member_array(&w->w, STR("profileConformance"));
	json_string(&w->w, STR("core"));
	json_string(&w->w, STR("software"));
	json_string(&w->w, STR("simpleLicensing"));
	json_end_array(&w->w);
	json_member_array(&w->w, STR("rootElement"));
	json_string(&w->w, uri(w, STR("SBOM")));
	json_end_array(&w->w);
	json_end_object(&w->w);
	begin(w, "software_Sbom", uri(w, STR("SBOM")));
	roots(w);
	json_member_array(&w->w, STR("element"));
	vec_foreach(e, &w->d->elements)
		json_string(&w->w, uri(w, e->id));
	json_end_array(&w->w);
	json_member_array(&w->w, STR("software_sbomType"));
	json_string(&w->w, STR("analyzed"));
	json_end_array(&w->w);
	json_end_object(&w->w);
}

static void graph(struct writer *w)
{
	const struct spdx_element *e;
	creation_info(w, OF_DOCUMENT, STR_NONE);
	creation_info(w, OF_ANNOTATIONS, STR(SPDX_ANNOTATOR));
	document(w);
	vec_foreach(e, &w->d->elements)
		element(w, e);
	licenses(w);
	relations(w);
	annotations(w, &w->d->annotations, uri(w, STR(SPDX_DOCUMENT_ID)));
	vec_foreach(e, &w->d->elements)
		annotations(w, &e->annotations, e->annotations.n ? uri(w, e->id) : STR_NONE);
	for (size_t i = 0; i < w->agents.n && !w->failed; i++)
		agent(w, w->agents.entries[i].key);
}

int spdx_write_jsonld(const struct sbom *s, struct buf *out, struct error *err)
{
	struct arena a;
	struct spdx_document d;
	struct writer w = { .arena = &a, .d = &d };
	arena_init(&a, ARENA_NO_LIMIT);
	map_init(&w.agents, &a);
	map_init(&w.expressions, &a);
	map_init(&w.texts, &a);
	int r = spdx_from_sbom(&a, s, &d, err);
	if (r == 0) {
		json_writer_init(&w.w, out, 2, 0);
		json_begin_object(&w.w);
		json_member_string(&w.w, STR("@context"), STR("https://spdx.org/rdf/3.0.1/spdx-context.jsonld"));
		json_member_array(&w.w, STR("@graph"));
		graph(&w);
		json_end_array(&w.w);
		json_end_object(&w.w);
		buf_add_char(out, '\n');
		if (w.failed)
			r = error_nomem(err);
		else if (buf_failed(out))
			r = error_set(err, ERR_LIMIT, "the bill of materials is too large");
	}
	arena_release(&a);
	return r;
}
