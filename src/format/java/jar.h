/* Java archives (JAR File Specification, Java 17) -> the Maven packages in them: jar, war, ear, par and their kin, archives inside archives to
 * JAR_DEPTH_MAX levels, offline.
 *
 *   META-INF/maven/<group>/<artifact>/pom.properties   exact; a shaded jar holds several and each is a package
 *   META-INF/maven/…/pom.xml                           when there is one and no pom.properties
 *   META-INF/MANIFEST.MF + file name                   "artifact-version.jar", Bundle-*, Implementation-*, Specification-*
 *
 * Licences are the manifest's Bundle-License, else those of the archive's own pom.xml; an archive with several packages says nothing of their licences.
 * Names are "group:artifact"; where nothing tells the group, known artifacts (jar_groups.c), then the manifest, then the artifact's own name stand for it.
 * nested_path is the way inside ("BOOT-INF/lib/x.jar", "a.war/WEB-INF/lib/x.jar"). An archive without any identity gives a DIAG_WARNING that
 * names it; one that cannot be read a DIAG_UNREADABLE. Memory: inner archives are read in place when stored, inflated one at a time into a reused
 * buffer when small, else through an inflating input (format/zip: zip_deep), together at most JAR_HELD_MAX bytes. Unpacked bytes, directory entries and
 * archives are counted per file, so a bomb ends in a diagnostic after seconds at most. */
#ifndef FORMAT_JAR_H
#define FORMAT_JAR_H
#include "base/diag.h"
#include "base/input.h"
#include "model/package.h"

#define JAR_DEPTH_MAX 10
#define JAR_HELD_MAX  (12u << 20)

/* True for file names of the kinds read here (by ending, any case). */
bool jar_is_archive_name(struct str name);
/* The uniform parser shape of source/layer/analyzer.h. */
int jar_parse(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err);
#endif
