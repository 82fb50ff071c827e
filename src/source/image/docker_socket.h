/* An image by the API of the Docker engine (and of Podman, which speaks it): GET /images/NAME/json says what it is, GET /images/NAME/get gives it as the archive
 * that `docker save` writes, which goes to a temporary file without a name and is read as any archive (at most 64 GiB).
 *
 * host: "unix:///path", "tcp://host:2375", "http://…", "https://…"; with DOCKER_TLS_VERIFY set, tcp is TLS with ca.pem, cert.pem and key.pem of
 * DOCKER_CERT_PATH (or ~/.docker), as Docker's own client does it. A socket of this machine is no network: --offline allows it.
 * Errors: ERR_NOT_FOUND (no engine there, or it has no such image), ERR_AUTH (the socket may not be used), ERR_NETWORK, ERR_LIMIT, ERR_CANCELLED. */
#ifndef SOURCE_IMAGE_DOCKER_SOCKET_H
#define SOURCE_IMAGE_DOCKER_SOCKET_H
#include "source/image/engines.h"
#include "source/image/image_source.h"

int source_open_docker_socket(struct image_source *s, struct str host, const struct engine_query *q, struct error *err);
#endif
