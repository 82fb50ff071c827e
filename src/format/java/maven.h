/* Java projects as their sources name them: Maven's pom.xml (Maven POM reference, maven.apache.org/pom.html; "Introduction to the Dependency
 * Mechanism") and the lock files of Gradle ("Locking dependency versions") and sbt (sbt-dependency-lock, file format 1). Each function is an
 * analyzer's `parse` (source/layer/analyzer.h): packages "group:artifact" are appended, strings are copies on the arena. Linear time.
 *
 * pom.xml names ranges, properties and versions that a parent manages, so what can be known offline is: the project itself (root) and what it
 * asks for directly, with properties, dependencyManagement and scopes of the file and of those parents that lie in the same tree
 * (struct input's `open`; POM_PARENTS_MAX levels, the parent's group and artifact must be the ones asked for). Scopes test, provided and system are
 * `dev`: they are not delivered. A version that cannot be known is reported as a package without version, and one diagnostic a file names
 * these packages (DIAG_UNREADABLE: they cannot be judged). What the dependencies need themselves lies in repositories and is not read. */
#ifndef FORMAT_MAVEN_H
#define FORMAT_MAVEN_H
#include "base/diag.h"
#include "base/input.h"
#include "model/package.h"

#define POM_PARENTS_MAX 16

int maven_parse_pom(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err);
/* gradle.lockfile, buildscript-gradle.lockfile; gradle/dependency-locks/CONFIGURATION.lockfile of Gradle before 6. */
bool gradle_wants_lock(struct str path, uint32_t mode, uint64_t size);
int gradle_parse_lock(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err);
/* build.sbt.lock */
int sbt_parse_lock(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err);
#endif
