/* Registry credentials as container tools keep them: Docker's config.json (auths, credHelpers, credsStore) and Podman's auth.json.
 *
 *   { "auths": { "host": { "auth": base64("user:password"), "identitytoken": "…", "registrytoken": "…" } },
 *     "credHelpers": { "host": "X" }, "credsStore": "Y" }
 *
 * A helper is the program docker-credential-X, run with `get` and the server's name on standard input; it answers with JSON
 * { "Username", "Secret" }; user name "<token>" means that the secret is an identity token (docker-credential-helpers, credentials/README).
 * Files, the first with an entry wins: the one asked for, else $DOCKER_CONFIG/config.json or ~/.docker/config.json, $REGISTRY_AUTH_FILE,
 * $XDG_RUNTIME_DIR/containers/auth.json, ~/.config/containers/auth.json. Keys: "host", "https://host/v1/", "host/folder/repository"
 * (the longest wins). A file or helper that cannot be used is logged as a warning and passed over. Limits: 1 MiB a file, 64 KiB an answer, 60 s. */
#ifndef SOURCE_IMAGE_DOCKER_CONFIG_H
#define SOURCE_IMAGE_DOCKER_CONFIG_H
#include "base/arena.h"
#include "base/error.h"

struct registry_credentials {
	struct str username, password;
	struct str identity_token; /* exchanged for bearer tokens */
	struct str registry_token; /* is a bearer token */
	struct str origin;         /* file or helper it came from, for messages; empty: none found */
};

/* host: as in the reference ("registry.example:5000"). file: empty for the usual places. Only ERR_NOMEM is returned. */
int docker_config_find(struct arena *a, struct str host, struct str repository, struct str file, struct registry_credentials *ret, struct error *err);
/* One file's content, without helpers being run: for tests and fuzzing. ret_helper: name of the helper to ask, or empty. */
int docker_config_parse(struct arena *a, struct str json, struct str host, struct str repository, struct registry_credentials *ret,
			struct str *ret_helper, struct error *err);
#endif
