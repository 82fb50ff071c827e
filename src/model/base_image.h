/* What an image is built on, and what is advised about it. Plain data: engine/baseimage makes it, reports tell it.
 *
 *   base image = name + how it is known + how many of the lowest layers are its
 *   advice     = what to use in its place + why + what that removes (exact, estimated, or not computed)
 *
 * Strings are borrowed from the image's configuration, static, or on the arena of the scan. */
#ifndef MODEL_BASE_IMAGE_H
#define MODEL_BASE_IMAGE_H
#include "base/vec.h"
#include "model/severity.h"

/* From weak to strong. */
enum base_evidence {
	BASE_UNKNOWN,
	BASE_GUESSED, /* from os-release and the environment: the image was built on something like it */
	BASE_LIKELY,  /* from the build history */
	BASE_STATED,  /* the image's labels or its builder's record say so */
	BASE_CERTAIN, /* its layers were compared with those of an image at hand */
};
struct base_image {
	enum base_evidence evidence;
	struct str name;    /* "python:3.11.4-slim"; empty: an image whose name nothing tells */
	struct str digest;  /* of its manifest, where stated */
	struct str why;     /* one line for people */
	struct str family;  /* of data/baseimages.tsv, empty: none */
	struct str version; /* of the family */
	uint32_t layers;    /* the lowest layers of the image that are the base's; 0: can't be told */
};

enum base_removal {
	BASE_NOT_COMPUTED, /* nothing at hand tells what the other image contains */
	BASE_ESTIMATED,    /* from the package list: what the other image does not carry */
	BASE_EXACT,        /* the other image was scanned with the same data */
};
struct base_advice {
	struct str use;    /* reference of the other image */
	struct str why;    /* "python 3.9 is out of support since 2025-10-31" */
	enum base_removal removal;
	size_t gone[SEVERITY_COUNT], gone_total; /* findings of the base that it does not have */
	size_t added[SEVERITY_COUNT], added_total; /* BASE_EXACT: findings that only it has */
	size_t packages;   /* how many of the base's packages it does not have */
};
VEC_DECLARE(base_advice_vec, struct base_advice);
#endif
