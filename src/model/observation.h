/* What a look at one file (or at the image's configuration) showed besides packages: a secret, a setting that is wrong, a licence text. A fact
 * of one layer, made in the worker, cached with the layer's other facts, turned into a finding by the feature that asked for it.
 *
 * Never holds a secret: `match` and `context` are made by who found it, with the secret starred out, and are bounded (OBSERVATION_TEXT_MAX).
 * Lines and columns count from 1, columns in bytes; 0: not known. Strings on the arena of the facts. */
#ifndef MODEL_OBSERVATION_H
#define MODEL_OBSERVATION_H
#include "base/vec.h"
#include "model/severity.h"

enum finding_kind {
	FINDING_VULNERABILITY, FINDING_SECRET, FINDING_MISCONFIGURATION, FINDING_LICENSE, FINDING_NETWORK, FINDING_RUNTIME, FINDING_AUDIT,
	FINDING_UNREADABLE,   /* content that could not be read or judged: fails --strict */
	FINDING_END_OF_LIFE,  /* distribution out of support: fails --exit-on-eol */
	FINDING_NO_DATA,      /* an ecosystem or distribution without advisory data: fails --strict */
};
const char *finding_kind_name(enum finding_kind k);

#define OBSERVATION_TEXT_MAX 4096 /* bytes of match and of context */

struct observation {
	enum finding_kind kind; /* FINDING_SECRET, FINDING_MISCONFIGURATION or FINDING_LICENSE */
	enum severity severity;
	struct str id, category, title; /* of the rule */
	struct str path;      /* of the file; "" when it is about the image as such */
	uint32_t line, end_line, col;
	uint32_t context_line; /* of the first line of context */
	struct str match;     /* the line, shortened */
	struct str context;   /* the line and its neighbours, separated by '\n' */
	struct str detail;    /* a sentence for people */
	/* known once the layers are applied (engine/overlay); not part of a layer's facts */
	uint32_t layer;
	bool deleted;         /* a later layer removed or replaced the file: out of sight, but everybody who pulls the image has it */
};
VEC_DECLARE(observation_vec, struct observation);
#endif
