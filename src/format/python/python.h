/* Python packages: what is installed (METADATA and PKG-INFO, also inside a .egg archive; conda-meta) and what a project asks for
 * (requirements.txt, Pipfile.lock, poetry.lock, uv.lock, pylock.toml, environment.yml). Core metadata specification (packaging.python.org, "Core metadata specifications"), PEP 508
 * for requirement lines, the lock formats as their tools write them. Every function is an analyzer's `parse` (source/layer/analyzer.h): packages
 * are appended, strings are copies on the arena. Which paths are wanted is what Trivy reads. Linear time. */
#ifndef FORMAT_PYTHON_H
#define FORMAT_PYTHON_H
#include "base/diag.h"
#include "base/input.h"
#include "model/package.h"

/* x.dist-info/METADATA, x.egg-info/PKG-INFO or METADATA, a file x.egg-info, x.egg/EGG-INFO/PKG-INFO. */
bool python_wants_metadata(struct str path, uint32_t mode, uint64_t size);
int python_parse_metadata(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err);
/* A ZIP archive x.egg with EGG-INFO/PKG-INFO inside. */
int python_parse_egg(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err);
/* conda-meta/name-version-build.json */
bool python_wants_conda(struct str path, uint32_t mode, uint64_t size);
int python_parse_conda(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err);
/* requirements.txt, requirements-dev.txt …: pinned ("==", "===") lines only; others are named by DIAG_NOTE. */
bool python_wants_requirements(struct str path, uint32_t mode, uint64_t size);
int python_parse_requirements(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err);
int python_parse_pipfile_lock(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err);
int python_parse_poetry_lock(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err);
int python_parse_uv_lock(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err);
/* pylock.toml, pylock.NAME.toml (PEP 751). */
bool python_wants_pylock(struct str path, uint32_t mode, uint64_t size);
int python_parse_pylock(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err);
/* environment.yml of conda: "numpy=1.8.1=py27_0", "numpy ==1.8.1"; what is not pinned is listed without version. The list under "pip" holds
 * PyPI's packages (PKG_PIP), pinned ones only, as in requirements.txt. */
int python_parse_conda_environment(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err);
#endif
