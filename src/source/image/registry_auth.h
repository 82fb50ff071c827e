/* One endpoint of a registry and how to get past its door: chooses https or http, answers 401 with Basic or Bearer, keeps the token. */
#ifndef SOURCE_IMAGE_REGISTRY_AUTH_H
#define SOURCE_IMAGE_REGISTRY_AUTH_H
#include <pthread.h>

#include "format/oci/challenge.h"
#include "source/image/docker_config.h"
#include "source/image/registry.h"

struct registry_endpoint {
	struct str host;       /* address to connect to, with port */
	struct str name;       /* as credentials and messages call it */
	struct str path;       /* before /v2 names: "" or "cache" */
	struct str repository; /* there */
	bool scheme_fixed;     /* a mirror's URL says which */
	bool is_origin;        /* the registry itself: options' credentials are for it */
	struct http_client *http;
	const struct registry_options *opt;
	struct http_tls tls;   /* of the options, or found for this host */

	pthread_mutex_t lock;  /* protects all below */
	struct arena arena;    /* credentials, tokens: small, bounded by the number of renewals */
	bool scheme_known, plain;
	bool passed_over;      /* a mirror that failed */
	bool credentials_known;
	struct registry_credentials credentials;
	struct str authorization; /* header to send; empty: none */
	uint64_t generation;      /* counts changes of authorization */
	int64_t expires_ms;       /* of a token, on the monotonic clock; 0: does not expire */
	struct auth_challenge bearer; /* how the token was got: to renew it before it expires */
};

/* host, name, path, repository and flags are set by the caller before. Release it also after a failure. */
int registry_endpoint_init(struct registry_endpoint *ep, struct http_client *http, const struct registry_options *opt, struct error *err);
void registry_endpoint_release(struct registry_endpoint *ep);
/* Sends a request for `path` (below /v2/<repository>/) with scheme and authorization filled in; q->url is ignored. ERR_AUTH when a 401
 * cannot be answered; other statuses are the caller's to judge. */
int registry_endpoint_send(struct registry_endpoint *ep, struct arena *a, struct str path, const struct http_request *q, struct http_response *ret,
			   struct error *err);
#endif
