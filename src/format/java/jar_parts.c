#include "format/java/jar_parts.h"

#include "format/xml/xml.h"

/* What an attribute may tell: flags of the table below. */
enum { IS_GROUP = 1, IS_WEAK_GROUP = 2, IS_CLASS = 4 };

static const struct {
	struct str name;
	unsigned use;
} attributes[JAR_ATTRIBUTE_COUNT] = {
	[JAR_NAME] = { STR_INIT("Name"), 0 },
	[JAR_CREATED_BY] = { STR_INIT("Created-By"), 0 },
	[JAR_MAIN_CLASS] = { STR_INIT("Main-Class"), IS_WEAK_GROUP | IS_CLASS },
	[JAR_WEAVE_CLASSES] = { STR_INIT("Weave-Classes"), 0 },
	[JAR_GROUP_ID] = { STR_INIT("Group-Id"), IS_GROUP },
	[JAR_EXTENSION_NAME] = { STR_INIT("Extension-Name"), IS_GROUP },
	[JAR_SHORT_NAME] = { STR_INIT("Short-Name"), 0 },
	[JAR_PACKAGE] = { STR_INIT("Package"), IS_WEAK_GROUP },
	[JAR_AUTOMATIC_MODULE_NAME] = { STR_INIT("Automatic-Module-Name"), IS_WEAK_GROUP },
	[JAR_IMPLEMENTATION_TITLE] = { STR_INIT("Implementation-Title"), IS_GROUP },
	[JAR_IMPLEMENTATION_VERSION] = { STR_INIT("Implementation-Version"), 0 },
	[JAR_IMPLEMENTATION_VENDOR] = { STR_INIT("Implementation-Vendor"), IS_GROUP },
	[JAR_IMPLEMENTATION_VENDOR_ID] = { STR_INIT("Implementation-Vendor-Id"), IS_GROUP },
	[JAR_SPECIFICATION_VERSION] = { STR_INIT("Specification-Version"), 0 },
	[JAR_SPECIFICATION_VENDOR] = { STR_INIT("Specification-Vendor"), IS_GROUP },
	[JAR_BUNDLE_NAME] = { STR_INIT("Bundle-Name"), 0 },
	[JAR_BUNDLE_VERSION] = { STR_INIT("Bundle-Version"), 0 },
	[JAR_BUNDLE_SYMBOLIC_NAME] = { STR_INIT("Bundle-SymbolicName"), IS_GROUP },
	[JAR_BUNDLE_ACTIVATOR] = { STR_INIT("Bundle-Activator"), IS_GROUP | IS_CLASS },
	[JAR_BUNDLE_LICENSE] = { STR_INIT("Bundle-License"), 0 },
	[JAR_PLUGIN_VERSION] = { STR_INIT("Plugin-Version"), 0 },
};

/* First parts of package names that make a value read like a group id (also Maven 1's "commons-logging"). */
static const struct str group_starts[] = { STR_INIT("com"), STR_INIT("org"), STR_INIT("net"), STR_INIT("io"), STR_INIT("be") };

/* The group id in a value such as "org.foo;singleton:=true", or empty. A class name loses its last part. */
static struct str group_in(struct str v, bool is_class)
{
	bool hit = false;
	str_cut(v, ';', &v, &(struct str){ 0 });
	str_cut(v, '#', &v, &(struct str){ 0 });
	v = str_trim(v);
	for (size_t i = 0; i < ARRAY_LEN(group_starts); i++)
		hit |= str_has_prefix(v, group_starts[i]);
	for (size_t i = 0; hit && i < v.n; i++)
		hit = char_is_alnum(v.p[i]) || v.p[i] == '.' || v.p[i] == '-' || v.p[i] == '_';
	if (!hit)
		return STR_NONE;
	size_t dot = str_rfind_char(v, '.');
	if (is_class && dot != STR_NOT_FOUND && dot + 1 < v.n && v.p[dot + 1] >= 'A' && v.p[dot + 1] <= 'Z')
		v.n = dot;
	return v;
}

static void note_group(struct str *least, struct str v)
{
	if (v.n && (!least->n || str_cmp(v, *least) < 0))
		*least = v;
}

static int find_attribute(struct str key)
{
	for (int i = 0; i < JAR_ATTRIBUTE_COUNT; i++)
		if (attributes[i].name.n == key.n && str_eq_nocase(attributes[i].name, key))
			return i;
	return -1;
}

/* The value with its continuation lines (each begins with one space), which are taken from *rest. */
static int whole_value(struct arena *a, struct str first, struct str *rest, struct str *ret)
{
	struct str look = *rest, line;
	size_t n = first.n;
	while (look.n && look.p[0] == ' ' && str_next_line(&look, &line))
		n += line.n - 1;
	if (n == first.n && (!rest->n || rest->p[0] != ' ')) {
		*ret = str_trim(first);
		return 0;
	}
	char *p = arena_alloc_aligned(a, n + 1, 1);
	if (!p)
		return ERR_NOMEM;
	memcpy(p, first.p, first.n);
	for (n = first.n; rest->n && rest->p[0] == ' ' && str_next_line(rest, &line); n += line.n - 1)
		memcpy(p + n, line.p + 1, line.n - 1);
	*ret = str_trim(str_make(p, n));
	return 0;
}

int jar_manifest_parse(struct arena *a, struct str text, struct jar_manifest *ret)
{
	struct jar_manifest m = { 0 };
	struct str line, key, value;
	bool in_main = true, any = false;
	str_strip_prefix(&text, STR("\xef\xbb\xbf"));
	while (str_next_line(&text, &line)) {
		if (!line.n) {
			in_main &= !any; /* blank lines before the first attribute do not end the main section */
			continue;
		}
		if (line.p[0] == ' ' || !str_cut(line, ':', &key, &value))
			continue; /* the continuation of an attribute nobody asked for, or no attribute */
		any = true;
		int i = find_attribute(str_trim(key));
		if (i < 0)
			continue;
		if (whole_value(a, value, &text, &value) < 0)
			return ERR_NOMEM;
		if (!value.n || value.p[0] == '%') /* "%bundleName" names a line of a translation file */
			continue;
		struct str *slot = in_main ? &m.main[i] : &m.entry[i];
		if (!slot->n)
			*slot = value;
		if (attributes[i].use & IS_GROUP)
			note_group(&m.group, group_in(value, attributes[i].use & IS_CLASS));
		if (attributes[i].use & IS_WEAK_GROUP)
			note_group(&m.weak_group, group_in(value, attributes[i].use & IS_CLASS));
	}
	*ret = m;
	return 0;
}

/* One "key = value" line of a properties file (java.util.Properties), without escapes in the key. */
static bool property(struct str line, struct str *ret_key, struct str *ret_value)
{
	line = str_trim(line);
	if (!line.n || line.p[0] == '#' || line.p[0] == '!')
		return false;
	size_t i = 0;
	while (i < line.n && line.p[i] != '=' && line.p[i] != ':')
		i++;
	if (i == line.n)
		return false;
	*ret_key = str_trim(str_sub(line, 0, i));
	*ret_value = str_trim(str_from(line, i + 1));
	return true;
}

/* Backslashes before other characters are dropped ("1.0\:2"); out of memory gives the value as it is. */
static struct str unescape(struct arena *a, struct str v)
{
	char *p;
	if (str_find_char(v, '\\') == STR_NOT_FOUND || !(p = arena_alloc_aligned(a, v.n, 1)))
		return v;
	size_t n = 0;
	for (size_t i = 0; i < v.n; i++)
		if (v.p[i] != '\\' || (i && v.p[i - 1] == '\\'))
			p[n++] = v.p[i];
	return str_make(p, n);
}

static bool is_resolved(struct str v)
{
	return !str_contains(v, STR("${"));
}

void pom_properties_parse(struct arena *a, struct str text, struct maven_id *ret)
{
	struct maven_id id = { 0 };
	struct str line, key, value;
	while (str_next_line(&text, &line)) {
		if (!property(line, &key, &value) || !is_resolved(value))
			continue;
		if (str_eq(key, STR("groupId")))
			id.group = unescape(a, value);
		else if (str_eq(key, STR("artifactId")))
			id.artifact = unescape(a, value);
		else if (str_eq(key, STR("version")))
			id.version = unescape(a, value);
	}
	*ret = id;
}

static bool looks_like_version(struct str v)
{
	if (!v.n || !char_is_digit(v.p[0]))
		return false;
	for (size_t i = 0; i < v.n; i++)
		if (!char_is_alnum(v.p[i]) && !memchr("._-+", v.p[i], 4))
			return false;
	return true;
}

struct str version_properties_parse(struct str text)
{
	static const struct str keys[] = { STR_INIT("version"), STR_INIT("tag") };
	struct str line, key, value, found[2] = { { 0 } };
	while (str_next_line(&text, &line)) {
		if (!property(line, &key, &value))
			continue;
		for (int i = 0; i < 2; i++)
			if (str_eq_nocase(key, keys[i]))
				found[i] = value;
	}
	for (int i = 0; i < 2; i++) {
		str_strip_prefix(&found[i], STR("v"));
		if (looks_like_version(found[i]))
			return found[i];
	}
	return STR_NONE;
}

/* pom.xml: only <project>'s own children and <parent>'s are looked at, so a walk over tags that counts depth is enough. */
static bool next_tag(struct str *rest, struct str *ret_text, struct str *ret_tag)
{
	size_t lt = str_find_char(*rest, '<');
	if (lt == STR_NOT_FOUND)
		return false;
	*ret_text = str_sub(*rest, 0, lt);
	*rest = str_from(*rest, lt + 1);
	struct str end = STR(">");
	if (str_has_prefix(*rest, STR("!--")))
		end = STR("-->");
	else if (str_has_prefix(*rest, STR("![CDATA[")))
		end = STR("]]>");
	size_t gt = str_find(*rest, end);
	if (gt == STR_NOT_FOUND)
		return false;
	*ret_tag = str_sub(*rest, 0, gt);
	*rest = str_from(*rest, gt + end.n);
	return true;
}

void pom_xml_parse(struct str text, struct maven_id *ret)
{
	struct maven_id ids[2] = { { { 0 } } }; /* the project's, its parent's */
	struct str before, tag;
	size_t depth = 0;
	bool in_parent = false;
	while (next_tag(&text, &before, &tag)) {
		if (!tag.n || tag.p[0] == '!' || tag.p[0] == '?')
			continue;
		if (tag.p[0] != '/') {
			if (tag.p[tag.n - 1] == '/')
				continue;
			depth++;
			if (depth == 2)
				in_parent = str_eq(str_trim(tag), STR("parent"));
			continue;
		}
		if (depth == 0)
			break;
		struct maven_id *id = depth == 2 ? &ids[0] : depth == 3 && in_parent ? &ids[1] : NULL;
		depth--;
		before = str_trim(before);
		if (!id || !is_resolved(before))
			continue;
		tag = str_trim(str_from(tag, 1));
		if (str_eq(tag, STR("groupId")))
			id->group = before;
		else if (str_eq(tag, STR("artifactId")))
			id->artifact = before;
		else if (str_eq(tag, STR("version")))
			id->version = before;
	}
	if (!ids[0].group.n)
		ids[0].group = ids[1].group;
	if (!ids[0].version.n)
		ids[0].version = ids[1].version;
	*ret = ids[0];
}

/* The clause at the front of *rest: the name, without what follows its first ';'. */
static struct str next_license(struct str *rest)
{
	size_t name = STR_NOT_FOUND, i;
	bool quoted = false;
	for (i = 0; i < rest->n; i++) {
		char c = rest->p[i];
		if (c == '"')
			quoted = !quoted;
		else if (c == ';' && !quoted && name == STR_NOT_FOUND)
			name = i;
		else if (c == ',' && !quoted && (name != STR_NOT_FOUND || str_has_prefix(str_trim(str_sub(*rest, i + 1, 16)), STR("http"))))
			break;
	}
	struct str s = str_trim(str_sub(*rest, 0, MIN_OF(name, i)));
	*rest = str_from(*rest, i < rest->n ? i + 1 : i);
	if (s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"')
		s = str_trim(str_sub(s, 1, s.n - 2));
	return s;
}

int bundle_licenses(struct arena *a, struct str value, struct str_vec *out)
{
	while (value.n && out->n < JAR_LICENSES_MAX) {
		struct str s = next_license(&value);
		if (s.n && s.n <= JAR_LICENSE_BYTES && !str_eq(s, STR("<<EXTERNAL>>")) && !vec_push(a, out, s))
			return ERR_NOMEM;
	}
	return 0;
}

int pom_xml_licenses(struct arena *scratch, struct arena *a, struct str text, struct str_vec *out)
{
	struct xml_node *root;
	if (xml_parse(scratch, text, &root, NULL) < 0)
		return 0;
	xml_foreach(it, xml_child_c(root, "licenses")) {
		struct str s = xml_text_c(it, "name");
		if (!s.n || s.n > JAR_LICENSE_BYTES || out->n >= JAR_LICENSES_MAX || !is_resolved(s))
			continue;
		s = arena_str(a, s);
		if (!s.p || !vec_push(a, out, s))
			return ERR_NOMEM;
	}
	return 0;
}
