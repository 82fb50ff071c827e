/* SPDX 3.0 JSON-LD -> struct spdx_document. The @graph is a flat list of elements that name each other by spdxId; it is indexed once, then each element
 * is read by its type. A document may also be one object without @graph. */
#include "base/map.h"
#include "format/license/spdx_license.h"
#include "format/spdx/document.h"
#include "format/spdx/spdx.h"

#define CONTEXT "spdx.org/rdf/3."

struct reader {
	struct arena *arena;
	struct spdx_document d;
	struct map by_id;        /* spdxId or blank node -> const struct value * */
	struct map element_of;   /* the same -> index + 1 in d.elements */
	struct map license_ids;  /* LicenseRef-… taken */
	struct str prefix;       /* of identifiers: the namespace and '#' */
	const struct value *creation; /* CreationInfo of the document */
	bool failed;
};

static struct str either(const struct value *v, const char *name, const char *other)
{
	struct str s = value_get_str(v, str_c(name));
	return s.n ? s : value_get_str(v, str_c(other));
}

static struct str id_of(const struct value *v)
{
	return either(v, "spdxId", "@id");
}

/* Without the prefix "software_" and the like. */
static struct str type_of(const struct value *v)
{
	struct str type = either(v, "type", "@type");
	size_t at = str_rfind_char(type, '_');
	return at == STR_NOT_FOUND ? type : str_from(type, at + 1);
}

/* A reference: an identifier, or an object that has one. */
static struct str reference(const struct value *v)
{
	return v && v->kind == VALUE_OBJECT ? id_of(v) : value_text(v);
}

/* What a reference refers to: the object itself where it stands inline, else by its identifier. NULL: not in the document. */
static const struct value *target(const struct reader *r, const struct value *v)
{
	if (v && v->kind == VALUE_OBJECT && type_of(v).n)
		return v;
	return map_get(&r->by_id, reference(v));
}

/* A property with one or several values as if it were a list. */
static size_t count_of(const struct value *v)
{
	return !v || v->kind == VALUE_NULL ? 0 : v->kind == VALUE_ARRAY ? v->count : 1;
}
static const struct value *nth(const struct value *v, size_t i)
{
	return v->kind == VALUE_ARRAY ? &v->items[i] : v;
}

static struct str short_id(const struct reader *r, struct str id)
{
	if (r->prefix.n && id.n > r->prefix.n)
		str_strip_prefix(&id, r->prefix);
	return id;
}

/* "Organization: name" of an agent or tool. */
static struct str actor(struct reader *r, const struct value *ref)
{
	const struct value *v = target(r, ref);
	struct str type = type_of(v), name = value_str_c(v, "name");
	if (!name.n)
		return STR_NONE;
	struct str word = str_eq(type, STR("Person")) ? STR("Person") : str_eq(type, STR("Tool")) || str_eq(type, STR("SoftwareAgent")) ? STR("Tool") : STR("Organization");
	struct str s = arena_printf(r->arena, "%.*s: %.*s", STR_FMT(word), STR_FMT(name));
	r->failed |= !s.p;
	return s;
}

/* ---- packages and files ---------------------------------------------------------------------------------------------- */

static void read_hashes(struct reader *r, const struct value *list, struct spdx_element *e)
{
	for (size_t i = 0; i < count_of(list); i++) {
		const struct value *h = nth(list, i);
		struct str digest = spdx_digest(r->arena, value_str_c(h, "algorithm"), value_str_c(h, "hashValue"));
		r->failed |= !digest.p || (digest.n && !vec_push(r->arena, &e->digests, digest));
	}
}

static void add_reference(struct reader *r, struct spdx_element *e, struct str category, struct str type, struct str locator)
{
	struct spdx_reference x = { category, type, locator };
	r->failed |= locator.n && !vec_push(r->arena, &e->references, x);
}

static void read_references(struct reader *r, const struct value *v, struct spdx_element *e)
{
	static const struct {
		struct str three, category, two;
	} kinds[] = { { STR_INIT("packageUrl"), STR_INIT("PACKAGE-MANAGER"), STR_INIT("purl") }, { STR_INIT("cpe23"), STR_INIT("SECURITY"), STR_INIT("cpe23Type") },
		      { STR_INIT("cpe22"), STR_INIT("SECURITY"), STR_INIT("cpe22Type") }, { STR_INIT("swhid"), STR_INIT("PERSISTENT-ID"), STR_INIT("swh") },
		      { STR_INIT("gitoid"), STR_INIT("PERSISTENT-ID"), STR_INIT("gitoid") } };
	const struct value *ids = value_get_c(v, "externalIdentifier"), *refs = value_get_c(v, "externalRef");
	struct str purl = value_str_c(v, "software_packageUrl");
	add_reference(r, e, kinds[0].category, kinds[0].two, purl);
	for (size_t i = 0; i < count_of(ids); i++) {
		struct str type = value_str_c(nth(ids, i), "externalIdentifierType"), locator = value_str_c(nth(ids, i), "identifier");
		size_t k = 0;
		while (k < ARRAY_LEN(kinds) && !str_eq(type, kinds[k].three))
			k++;
		if (k == 0 && str_eq(locator, purl))
			continue;
		add_reference(r, e, k < ARRAY_LEN(kinds) ? kinds[k].category : STR("OTHER"), k < ARRAY_LEN(kinds) ? kinds[k].two : type, locator);
	}
	for (size_t i = 0; i < count_of(refs); i++) {
		const struct value *locators = value_get_c(nth(refs, i), "locator");
		for (size_t k = 0; k < count_of(locators); k++)
			add_reference(r, e, STR("OTHER"), value_str_c(nth(refs, i), "externalRefType"), value_text(nth(locators, k)));
	}
}

static void read_element(struct reader *r, const struct value *v, bool is_file)
{
	struct spdx_element *e = vec_add(r->arena, &r->d.elements);
	const struct value *originators = value_get_c(v, "originatedBy");
	struct str purpose = value_str_c(v, "software_primaryPurpose");
	if (!e || map_put(&r->element_of, id_of(v), (void *)(uintptr_t)r->d.elements.n) < 0) {
		r->failed = true;
		return;
	}
	e->is_file = is_file;
	e->at = v->pos;
	e->id = short_id(r, id_of(v));
	e->name = value_str_c(v, "name");
	e->version = value_str_c(v, "software_packageVersion");
	e->supplier = actor(r, value_get_c(v, "suppliedBy"));
	e->originator = count_of(originators) ? actor(r, nth(originators, 0)) : STR_NONE;
	e->download = value_str_c(v, "software_downloadLocation");
	e->homepage = value_str_c(v, "software_homePage");
	e->source_info = value_str_c(v, "software_sourceInfo");
	e->copyright = value_str_c(v, "software_copyrightText");
	e->summary = value_str_c(v, "summary");
	e->description = value_str_c(v, "description");
	e->comment = value_str_c(v, "comment");
	e->built = value_str_c(v, "builtTime");
	e->released = value_str_c(v, "releaseTime");
	e->valid_until = value_str_c(v, "validUntilTime");
	e->purpose = spdx_scream(r->arena, purpose, '-');
	r->failed |= !e->purpose.p;
	read_hashes(r, value_get_c(v, "verifiedUsing"), e);
	read_references(r, v, e);
}

static struct spdx_element *element(struct reader *r, struct str id)
{
	uintptr_t found = (uintptr_t)map_get(&r->element_of, id);
	return found ? &r->d.elements.v[found - 1] : NULL;
}

/* ---- licences -------------------------------------------------------------------------------------------------------- */

static void add_license(struct reader *r, struct str id, const struct value *text)
{
	bool is_new;
	void **slot = map_at(&r->license_ids, id, &is_new);
	struct spdx_license l = { .id = id, .text = either(text, "simplelicensing_licenseText", "expandedlicensing_licenseText"), .name = value_str_c(text, "name") };
	r->failed |= !slot || (is_new && !vec_push(r->arena, &r->d.licenses, l));
}

/* The expression that an element of the licensing profiles stands for. */
static struct str expression(struct reader *r, const struct value *ref)
{
	const struct value *v = target(r, ref);
	struct str id = reference(ref), type = type_of(v), text = value_str_c(v, "simplelicensing_licenseExpression");
	size_t slash = str_rfind_char(id, '/');
	if (text.n) {
		const struct value *custom = value_get_c(v, "simplelicensing_customIdToUri");
		for (size_t i = 0; i < count_of(custom); i++) {
			struct str key = value_str_c(nth(custom, i), "key");
			if (spdx_is_license_ref(key))
				add_license(r, key, target(r, value_get_c(nth(custom, i), "value")));
		}
		return text;
	}
	if (str_eq(type, STR("SimpleLicensingText")) || str_eq(type, STR("CustomLicense"))) {
		struct str ref_id = short_id(r, id);
		if (spdx_is_license_ref(ref_id)) {
			add_license(r, ref_id, v);
			return ref_id;
		}
		return value_str_c(v, "name");
	}
	/* licences of the list are known by their address alone */
	return slash != STR_NOT_FOUND && spdx_license_id(str_from(id, slash + 1)) ? str_from(id, slash + 1) : STR_NONE;
}

static void read_license_relation(struct reader *r, const struct value *v, bool declared)
{
	struct spdx_element *e = element(r, reference(value_get_c(v, "from")));
	const struct value *to = value_get_c(v, "to");
	for (size_t i = 0; e && i < count_of(to); i++) {
		struct str text = expression(r, nth(to, i)), *field = declared ? &e->license_declared : &e->license_concluded;
		if (!text.n)
			continue;
		*field = field->n ? arena_printf(r->arena, "(%.*s) AND (%.*s)", STR_FMT(*field), STR_FMT(text)) : text;
		r->failed |= !field->p;
	}
}

/* ---- relations and annotations --------------------------------------------------------------------------------------- */

static void add_relation(struct reader *r, struct str from, struct str type, struct str to, uint32_t at)
{
	struct spdx_relation x = { .from = short_id(r, from), .type = type, .to = short_id(r, to), .at = at };
	r->failed |= !vec_push(r->arena, &r->d.relations, x);
}

/* What is no package and no file (agents, documents, vulnerabilities) has no place in the graph. */
static bool is_other(struct reader *r, struct str id)
{
	return map_get(&r->by_id, id) && !element(r, id);
}

static void read_relation(struct reader *r, const struct value *v)
{
	struct str type = value_str_c(v, "relationshipType"), from = reference(value_get_c(v, "from"));
	const struct value *to = value_get_c(v, "to");
	if (str_eq(type, STR("hasDeclaredLicense")) || str_eq(type, STR("hasConcludedLicense"))) {
		read_license_relation(r, v, str_eq(type, STR("hasDeclaredLicense")));
		return;
	}
	struct str word = spdx_scream(r->arena, type, '_');
	bool describes = str_eq(type, STR("describes"));
	r->failed |= !word.p;
	for (size_t i = 0; i < count_of(to) && !r->failed; i++) {
		struct str id = reference(nth(to, i));
		if (!is_other(r, id) && (describes || !is_other(r, from)))
			add_relation(r, from, word, id, v->pos);
	}
}

static void read_annotation(struct reader *r, const struct value *v)
{
	struct spdx_annotation a = { .comment = value_str_c(v, "statement"), .annotator = STR("Tool: unknown"), .date = r->d.created,
				     .type = str_eq(value_str_c(v, "annotationType"), STR("review")) ? STR("REVIEW") : STR("OTHER") };
	struct str subject = reference(value_get_c(v, "subject"));
	const struct value *info = target(r, value_get_c(v, "creationInfo")), *tools = value_get_c(info ? info : r->creation, "createdUsing"),
			   *people = value_get_c(info ? info : r->creation, "createdBy");
	for (size_t i = 0; i < count_of(tools) + count_of(people) && i < 16; i++) {
		struct str by = actor(r, i < count_of(tools) ? nth(tools, i) : nth(people, i - count_of(tools)));
		if (by.n && (i == 0 || str_has_prefix(by, STR("Tool: bulkhead"))))
			a.annotator = by;
	}
	struct spdx_element *e = element(r, subject);
	if (!a.comment.n)
		return;
	if (!e && subject.n && !map_get(&r->by_id, subject))
		diag_add(&r->d.diags, DIAG_WARNING, STR_NONE, spdx_line(&r->d, v->pos), 0, "an annotation is of %.*s, which is no element", STR_FMT(str_sub(subject, 0, 200)));
	r->failed |= !vec_push(r->arena, e ? &e->annotations : &r->d.annotations, a);
}

/* ---- the document ---------------------------------------------------------------------------------------------------- */

static void read_creation(struct reader *r, const struct value *document)
{
	const struct value *info = target(r, value_get_c(document, "creationInfo"));
	const struct value *by = value_get_c(info, "createdBy"), *using = value_get_c(info, "createdUsing");
	r->creation = info;
	r->d.created = value_str_c(info, "created");
	for (size_t i = 0; i < count_of(by); i++) {
		struct str s = actor(r, nth(by, i));
		/* a tool that also stands among the tools only fills the place of an author */
		if (s.n && !(count_of(using) && str_has_prefix(s, STR("Tool:"))))
			r->failed |= !vec_push(r->arena, &r->d.creators, s);
	}
	for (size_t i = 0; i < count_of(using); i++) {
		struct str s = actor(r, nth(using, i));
		r->failed |= s.n && !vec_push(r->arena, &r->d.creators, s);
	}
}

static bool is_collection(struct str type)
{
	return str_eq(type, STR("Sbom")) || str_eq(type, STR("Bom")) || str_eq(type, STR("Bundle")) || str_eq(type, STR("SpdxDocument"));
}

/* rootElement of the document: elements, or a bill whose own roots they are. */
static void read_roots(struct reader *r, const struct value *collection, unsigned depth)
{
	const struct value *roots = value_get_c(collection, "rootElement");
	for (size_t i = 0; i < count_of(roots) && depth < 4 && !r->failed; i++) {
		const struct value *v = target(r, nth(roots, i));
		if (v && is_collection(type_of(v)) && v != collection)
			read_roots(r, v, depth + 1);
		else if (!v || element(r, id_of(v)))
			add_relation(r, STR(SPDX_DOCUMENT_ID), STR("DESCRIBES"), reference(nth(roots, i)), nth(roots, i)->pos);
	}
}

static void index_graph(struct reader *r, const struct value *graph)
{
	for (size_t i = 0; i < count_of(graph) && !r->failed; i++) {
		const struct value *v = nth(graph, i);
		struct str id = id_of(v);
		r->failed |= id.n && map_put(&r->by_id, id, (void *)(uintptr_t)v) < 0;
	}
}

static const struct value *find_document(const struct value *graph)
{
	for (size_t i = 0; i < count_of(graph); i++)
		if (str_eq(type_of(nth(graph, i)), STR("SpdxDocument")))
			return nth(graph, i);
	return NULL;
}

static void read_graph(struct reader *r, const struct value *graph)
{
	for (size_t i = 0; i < count_of(graph) && !r->failed; i++) {
		const struct value *v = nth(graph, i);
		struct str type = type_of(v);
		if (str_eq(type, STR("Package")) || str_eq(type, STR("AIPackage")) || str_eq(type, STR("DatasetPackage")))
			read_element(r, v, false);
		else if (str_eq(type, STR("File")))
			read_element(r, v, true);
		else if (str_eq(type, STR("Snippet")))
			r->d.skipped++;
	}
	for (size_t i = 0; i < count_of(graph) && !r->failed; i++) {
		const struct value *v = nth(graph, i);
		struct str type = type_of(v), id = short_id(r, id_of(v));
		if (str_eq(type, STR("Relationship")) || str_eq(type, STR("LifecycleScopedRelationship")))
			read_relation(r, v);
		else if (str_eq(type, STR("Annotation")))
			read_annotation(r, v);
		else if (str_eq(type, STR("SimpleLicensingText")) && spdx_is_license_ref(id))
			add_license(r, id, v);
	}
}

/* "@context": one address, or several. */
static bool is_context(const struct value *v)
{
	for (size_t i = 0; i < count_of(v); i++)
		if (str_contains(value_text(nth(v, i)), STR(CONTEXT)))
			return true;
	return false;
}

bool spdx_is_jsonld(const struct value *root)
{
	return is_context(value_get_c(root, "@context"));
}

int spdx_read_jsonld(struct arena *a, struct document *doc, struct sbom *ret, struct error *err)
{
	struct reader r = { .arena = a };
	const struct value *graph = value_get_c(doc->root, "@graph"), *document;
	if (!graph)
		graph = doc->root;
	r.d.json = doc;
	diags_init(&r.d.diags, a);
	map_init(&r.by_id, a);
	map_init(&r.element_of, a);
	map_init(&r.license_ids, a);
	document = find_document(graph);
	r.d.namespace_uri = id_of(document);
	if (str_strip_suffix(&r.d.namespace_uri, STR("#" SPDX_DOCUMENT_ID)))
		r.prefix = str_make(r.d.namespace_uri.p, r.d.namespace_uri.n + 1);
	index_graph(&r, graph);
	r.d.name = value_str_c(document, "name");
	r.d.comment = value_str_c(document, "comment");
	read_creation(&r, document ? document : count_of(graph) ? nth(graph, 0) : NULL);
	struct str version = value_str_c(r.creation, "specVersion");
	if (version.n && !str_has_prefix(version, STR("3.")))
		return error_set(err, ERR_UNSUPPORTED, "SPDX version \"%.*s\" is not known (3.0 is read)", STR_FMT(str_sub(version, 0, 40)));
	r.d.version = arena_printf(a, "SPDX-%.*s", STR_FMT(version.n ? version : STR("3.0.1")));
	r.failed |= !r.d.version.p;
	read_graph(&r, graph);
	read_roots(&r, document, 0);
	return r.failed ? error_nomem(err) : spdx_to_sbom(a, &r.d, ret, err);
}
