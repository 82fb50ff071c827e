/* Checks of an image: its configuration (OCI image-spec, config.md), its history, and what files' modes and places show.
 *
 *   configuration (value tree) ──image_checks_config──> problems (check, what was seen, layer)
 *   observations of the layers ──(feature/image)──> problems of the same table
 *
 * One table (image_checks.c) has every check: our identifier, stable; Trivy's where it has the same one; severity, what, why, how to close it. docs/image-config.md
 * lists it. Values that may be secrets are never part of a problem's text. Pure; texts on the arena or static. Cost: one pass over the configuration. */
#ifndef ENGINE_IMAGE_CHECKS_H
#define ENGINE_IMAGE_CHECKS_H
#include "base/error.h"
#include "base/value.h"
#include "model/severity.h"

enum image_check_id {
	CHECK_ROOT_USER, CHECK_SECRET_ENV, CHECK_SECRET_HISTORY, CHECK_NO_HEALTHCHECK, CHECK_SETUID, CHECK_WRITABLE_FILE, CHECK_WRITABLE_DIR, CHECK_CACHE, CHECK_ADD_REMOTE,
	CHECK_ADD_COPY, CHECK_LATEST_BASE, CHECK_SUDO_INSTALLED, CHECK_SUDO_RUN, CHECK_SSH_SERVER, CHECK_SSH_PORT, CHECK_NO_LABELS, IMAGE_CHECK_COUNT
};
struct image_check {
	const char *id;     /* "BH-IMG-001" */
	const char *trivy;  /* "DS-0002"; NULL: it has none like it */
	enum severity severity;
	const char *title, *why, *fix, *url;
};
extern const struct image_check image_checks[IMAGE_CHECK_COUNT];

#define IMAGE_NO_LAYER UINT32_MAX
struct image_problem {
	enum image_check_id check;
	struct str message; /* one sentence: what was seen */
	uint32_t layer;     /* index; IMAGE_NO_LAYER: of the image as such */
	uint32_t step;      /* of the history, from 1; 0: none */
};
VEC_DECLARE(image_problem_vec, struct image_problem);
/* root: the image's configuration document. `secrets` gets the values that problems do not show, borrowed from the document. 0 or ERR_NOMEM. */
int image_checks_config(struct arena *a, const struct value *root, struct image_problem_vec *out, struct str_vec *secrets, struct error *err);

/* NAME=VALUE looks like a secret by its name, and the value like one that is meant. */
bool image_checks_is_secret(struct str name, struct str value);
/* A set-id program that distributions ship with that bit ("usr/bin/su"). */
bool image_checks_is_ordinary_setuid(struct str path);

/* Folders of package managers' caches. */
struct image_cache {
	const char *dir;  /* "var/lib/apt/lists/"; one that begins with '/' may lie in any folder */
	const char *what; /* "package lists of apt" */
	const char *fix;
};
extern const struct image_cache image_caches[];
extern const size_t image_cache_count;
#define IMAGE_CACHES_MAX 24
/* Number of the cache the file lies in; image_cache_count: none. *ret_dir: the folder, without '/' at its end. */
size_t image_cache_of(struct str path, struct str *ret_dir);
#endif
