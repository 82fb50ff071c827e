#include "format/java/jar_parts.h"

static bool is_word(char c)
{
	return char_is_alnum(c) || c == '_' || c == '.';
}

/* A part that starts a version: a digit, "build" and a digit; "r4", "rc4" only as the whole rest. */
static bool starts_version(struct str rest)
{
	if (!rest.n)
		return false;
	if (char_is_digit(rest.p[0]))
		return true;
	if (rest.n > 5 && str_eq_nocase(str_sub(rest, 0, 5), STR("build")) && char_is_digit(rest.p[5]))
		return true;
	if (char_lower(rest.p[0]) != 'r')
		return false;
	rest = str_from(rest, rest.n > 1 && char_lower(rest.p[1]) == 'c' ? 2 : 1);
	bool digits = rest.n > 0;
	for (size_t i = 0; i < rest.n; i++)
		digits &= char_is_digit(rest.p[i]);
	return digits;
}

/* File names are read as dash-separated parts: those that begin with a letter make the name, the first one that begins like a version starts the
 * version, which goes on to the end ("jackson-core-2.9.8", "guava-31.1-jre"). Without one, "_2.5" or ".2.5" at the end of the name will do. */
void jar_name_split(struct str path, struct str *ret_name, struct str *ret_version)
{
	size_t cut = str_rfind_char(path, '/');
	struct str s = cut == STR_NOT_FOUND ? path : str_from(path, cut + 1);
	cut = str_rfind_char(s, '.');
	if (cut != STR_NOT_FOUND)
		s.n = cut;
	*ret_name = *ret_version = STR_NONE;
	if (!s.n || !char_is_alpha(s.p[0]))
		return;
	size_t i = 0;
	while (i < s.n && (is_word(s.p[i]) || s.p[i] == '-')) {
		if (s.p[i] == '-' && starts_version(str_from(s, i + 1)))
			break;
		i++;
	}
	if (i < s.n && s.p[i] != '-')
		return; /* a character that no artifact name has */
	*ret_name = str_sub(s, 0, i);
	if (i < s.n) {
		*ret_version = str_from(s, i + 1);
		return;
	}
	for (i = 1; i + 1 < s.n; i++)
		if ((s.p[i] == '.' || s.p[i] == '_') && starts_version(str_from(s, i + 1))) {
			*ret_name = str_sub(s, 0, i);
			*ret_version = str_from(s, i + 1);
			return;
		}
}

static struct str last_part(struct str s)
{
	size_t dot = str_rfind_char(s, '.');
	return dot == STR_NOT_FOUND ? s : str_from(s, dot + 1);
}

/* Maven's bundle plugin writes "${groupId}.${artifactId}" as Bundle-SymbolicName, unless someone set it to the group alone. */
static struct str bundle_artifact(const struct jar_manifest *m)
{
	if (!m || !str_contains(m->main[JAR_CREATED_BY], STR("Apache Maven Bundle Plugin")))
		return STR_NONE;
	struct str symbolic = m->main[JAR_BUNDLE_SYMBOLIC_NAME];
	if (str_eq(symbolic, m->main[JAR_IMPLEMENTATION_VENDOR_ID]))
		return STR_NONE;
	str_cut(symbolic, ';', &symbolic, &(struct str){ 0 });
	return last_part(str_trim(symbolic));
}

/* "com.foo.bar" as a file name is likely group and artifact in one; Eclipse's artifacts are named that way in full. */
static struct str file_artifact(struct str name)
{
	struct str rest = name, part;
	if (str_find_char(name, '.') == STR_NOT_FOUND || str_has_prefix(name, STR("org.eclipse.")))
		return name;
	while (str_next(&rest, '.', &part))
		if (!part.n || (!char_is_alpha(part.p[0]) && part.p[0] != '_'))
			return name;
	part = last_part(name);
	return part.n ? part : name;
}

static struct str select_artifact(const struct jar_evidence *e, struct str file_name)
{
	static const enum jar_attribute titles[] = { JAR_NAME, JAR_BUNDLE_NAME, JAR_SHORT_NAME, JAR_EXTENSION_NAME, JAR_IMPLEMENTATION_TITLE };
	struct str s;
	/* A file name that is a well-known artifact says more than the bundle's name ("commons-lang3", not "lang3"). */
	if (jar_known_group(file_name, STR_NONE).n)
		return file_name;
	if ((s = bundle_artifact(e->manifest)).n || (s = file_artifact(file_name)).n)
		return s;
	for (size_t i = 0; e->manifest && i < ARRAY_LEN(titles); i++)
		if (e->manifest->main[titles[i]].n)
			return e->manifest->main[titles[i]];
	return STR_NONE;
}

static struct str select_version(const struct jar_evidence *e, struct str file_version)
{
	static const enum jar_attribute versions[] = { JAR_IMPLEMENTATION_VERSION, JAR_SPECIFICATION_VERSION, JAR_PLUGIN_VERSION, JAR_BUNDLE_VERSION };
	const struct jar_manifest *m = e->manifest;
	if (file_version.n || !m)
		return file_version;
	for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
		struct str v = m->main[versions[i]].n ? m->main[versions[i]] : m->entry[versions[i]];
		if (v.n && !str_contains(v, STR("${")))
			return v;
	}
	return m->main[JAR_MAIN_CLASS].n ? e->version_properties : STR_NONE;
}

/* Whether one of the poms is the archive's own: its artifact is the file's name, or (when no pom's is) begins or ends like it. */
static bool file_is_a_pom(const struct jar_evidence *e, struct str file_name)
{
	if (!file_name.n)
		return false;
	for (size_t i = 0; i < e->pom_count; i++) {
		struct str artifact = e->poms[i].artifact;
		if (str_has_prefix(artifact, file_name) || str_has_suffix(file_name, artifact))
			return true;
	}
	return false;
}

static bool names_a_pom(const struct jar_evidence *e, struct str artifact)
{
	for (size_t i = 0; artifact.n && i < e->pom_count; i++)
		if (str_eq(e->poms[i].artifact, artifact))
			return true;
	return false;
}

/* A renamed archive ("app.jar"): its title or its only pom says what it is better than a name that means nothing elsewhere. */
static bool is_renamed_pom(const struct jar_evidence *e, struct str file_name, struct str file_version)
{
	if (file_version.n || !e->pom_count)
		return false;
	if (e->manifest && names_a_pom(e, e->manifest->main[JAR_IMPLEMENTATION_TITLE]))
		return true;
	return e->pom_count == 1 && !bundle_artifact(e->manifest).n && !jar_known_group(file_name, STR_NONE).n;
}

static struct str select_group(const struct jar_evidence *e, const struct maven_id *id)
{
	struct str known = jar_known_group(id->artifact, id->version);
	if (known.n || !e->manifest)
		return known;
	struct str group = e->manifest->group.n ? e->manifest->group : e->manifest->weak_group, rest = group;
	/* Bundle tools write "group.artifact"; a dash shows that the last part is no package but the artifact. */
	if (str_find_char(id->artifact, '-') != STR_NOT_FOUND && str_strip_suffix(&rest, id->artifact) && str_strip_suffix(&rest, STR(".")) && rest.n)
		return rest;
	return group;
}

enum jar_identity jar_identify(const struct jar_evidence *e, struct maven_id *ret)
{
	struct str file_name, file_version;
	struct maven_id id = { 0 };
	jar_name_split(e->path, &file_name, &file_version);
	if (file_is_a_pom(e, file_name))
		return JAR_ID_POM;
	if (e->pom_xml) {
		id = *e->pom_xml;
	} else if (!e->manifest) {
		/* With neither manifest nor pom.xml the file name must be complete to be believed. */
		if (!file_version.n)
			return e->pom_count ? JAR_ID_POM : JAR_ID_NONE;
	}
	if (!id.artifact.n)
		id.artifact = select_artifact(e, file_name);
	if (!id.version.n)
		id.version = select_version(e, file_version);
	if (!id.artifact.n)
		return e->pom_count ? JAR_ID_POM : JAR_ID_NONE;
	if (names_a_pom(e, id.artifact))
		return JAR_ID_POM;
	if (is_renamed_pom(e, file_name, file_version))
		return JAR_ID_POM;
	if (!id.group.n)
		id.group = select_group(e, &id);
	if (!id.group.n)
		id.group = id.artifact; /* as artifacts of Maven's first years are named: junit:junit, log4j:log4j */
	*ret = id;
	return JAR_ID_MAIN;
}
