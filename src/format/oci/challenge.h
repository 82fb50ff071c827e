/* WWW-Authenticate challenges (RFC 9110, section 11.6.1):  Bearer realm="https://…",service="…",scope="…", Basic realm="x"
 *
 * One header may hold several challenges; headers are parsed one by one into the same list. Values are unquoted into the arena. Hostile
 * input ends in ERR_FORMAT; at most 16 challenges of 32 parameters. Cost: linear. */
#ifndef FORMAT_OCI_CHALLENGE_H
#define FORMAT_OCI_CHALLENGE_H
#include "base/error.h"
#include "base/vec.h"

struct auth_param {
	struct str name, value;
};
VEC_DECLARE(auth_param_vec, struct auth_param);
struct auth_challenge {
	struct str scheme;
	struct str token68; /* "Scheme dG9rZW4=" instead of parameters */
	struct auth_param_vec params;
};
VEC_DECLARE(auth_challenge_vec, struct auth_challenge);

int auth_challenges_parse(struct arena *a, struct str header, struct auth_challenge_vec *list, struct error *err);
/* First challenge of a scheme (any case), or NULL. */
const struct auth_challenge *auth_challenge_find(const struct auth_challenge_vec *list, struct str scheme);
/* Parameter by name (any case); empty when absent. */
struct str auth_challenge_param(const struct auth_challenge *c, struct str name);
#endif
