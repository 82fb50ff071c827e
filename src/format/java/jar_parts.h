/* The pieces of a Java archive that say what it is, parsed one by one: manifest, pom.properties, pom.xml, file name; and the judgement that makes one
 * Maven coordinate of them. Internal to src/format/java (and its tests). Views point into the text parsed or the arena. Malformed text gives empty
 * fields, not errors: what it means for the package list is decided in jar.c. All costs are linear in the text. */
#ifndef FORMAT_JAR_PARTS_H
#define FORMAT_JAR_PARTS_H
#include "base/arena.h"
#include "base/error.h"
#include "base/vec.h"

struct maven_id {
	struct str group, artifact, version;
};

/* Attributes of META-INF/MANIFEST.MF that matter; names are matched without regard to case (JAR specification, "Name-Value pairs"). */
enum jar_attribute {
	JAR_NAME, JAR_CREATED_BY, JAR_MAIN_CLASS, JAR_WEAVE_CLASSES, JAR_GROUP_ID, JAR_EXTENSION_NAME, JAR_SHORT_NAME, JAR_PACKAGE,
	JAR_AUTOMATIC_MODULE_NAME, JAR_IMPLEMENTATION_TITLE, JAR_IMPLEMENTATION_VERSION, JAR_IMPLEMENTATION_VENDOR, JAR_IMPLEMENTATION_VENDOR_ID,
	JAR_SPECIFICATION_VERSION, JAR_SPECIFICATION_VENDOR, JAR_BUNDLE_NAME, JAR_BUNDLE_VERSION,
	JAR_BUNDLE_SYMBOLIC_NAME, JAR_BUNDLE_ACTIVATOR, JAR_BUNDLE_LICENSE, JAR_PLUGIN_VERSION, JAR_ATTRIBUTE_COUNT
};
struct jar_manifest {
	struct str main[JAR_ATTRIBUTE_COUNT];  /* of the main section */
	struct str entry[JAR_ATTRIBUTE_COUNT]; /* first value in a later section */
	struct str group;       /* what reads like a group id in the attributes that usually hold one; the least of several */
	struct str weak_group;  /* the same from the module name and the main class's package */
};
/* 0 or ERR_NOMEM. */
int jar_manifest_parse(struct arena *a, struct str text, struct jar_manifest *ret);

/* groupId, artifactId, version of a pom.properties; unresolved "${…}" count as absent. */
void pom_properties_parse(struct arena *a, struct str text, struct maven_id *ret);
/* The project's coordinate in a pom.xml, group and version inherited from <parent> when absent. */
void pom_xml_parse(struct str text, struct maven_id *ret);
/* Licences of a Bundle-License ("Apache-2.0;link=\"https://…\",MIT", OSGi Core 8, 3.2.1.14) as written, without parameters; none of "<<EXTERNAL>>". Many write one
 * name with a comma ("Apache License, Version 2.0"): a comma separates only behind parameters and before an address. Views. At most JAR_LICENSES_MAX
 * licences of at most JAR_LICENSE_BYTES are taken: a longer text is no name. 0 or ERR_NOMEM. */
#define JAR_LICENSES_MAX  100u
#define JAR_LICENSE_BYTES 400u
int bundle_licenses(struct arena *a, struct str value, struct str_vec *out);
/* Names of the project's own <licenses>, copied, within the same limits; none when the text is no XML. 0 or ERR_NOMEM. */
int pom_xml_licenses(struct arena *scratch, struct arena *a, struct str text, struct str_vec *out);
/* "version=" or "tag=" of a version.properties when it has the shape of a version ("v" cut), else empty. */
struct str version_properties_parse(struct str text);

/* "spring-core-5.3.17.jar" -> spring-core, 5.3.17; version empty when the name holds none. Takes the last path element. */
void jar_name_split(struct str path, struct str *ret_name, struct str *ret_version);

/* The group of artifacts whose archives usually do not say it; empty when unknown. */
struct str jar_known_group(struct str artifact, struct str version);

/* What the archive itself is, beside the packages its pom.properties name. */
struct jar_evidence {
	struct str path;              /* file name, path elements before it are ignored */
	const struct jar_manifest *manifest; /* or NULL */
	const struct maven_id *poms;  /* with artifact and version, in directory order */
	size_t pom_count;
	const struct maven_id *pom_xml; /* when it is the only one and there is no pom.properties, else NULL */
	struct str version_properties; /* of the root, for archives with a Main-Class */
};
enum jar_identity {
	JAR_ID_NONE,  /* nothing tells */
	JAR_ID_POM,   /* it is one of the poms (or nothing to add to them) */
	JAR_ID_MAIN,  /* *ret is one more package; its version may be empty */
};
enum jar_identity jar_identify(const struct jar_evidence *e, struct maven_id *ret);
#endif
