/* VEX: what somebody who knows a product states about a vulnerability in it. Whichever format it comes from (OpenVEX, CSAF, CycloneDX), a document is a list of
 * statements, a statement names vulnerabilities and products. Plain data on the reader's arena or borrowed from the text. */
#ifndef MODEL_VEX_H
#define MODEL_VEX_H
#include "model/package_pattern.h"

enum vex_status { VEX_NOT_AFFECTED, VEX_AFFECTED, VEX_FIXED, VEX_UNDER_INVESTIGATION };
/* OpenVEX's words: "not_affected", "affected", "fixed", "under_investigation". */
const char *vex_status_name(enum vex_status s);
/* 0 or ERR_NOT_FOUND. */
int vex_status_parse(struct str word, enum vex_status *ret);
/* The five reasons why a product is not affected (CISA, "VEX Status Justifications"); NULL past the last one. */
const char *vex_justification(size_t i);

enum vex_ref_kind {
	VEX_REF_OTHER,   /* any other name: fits an image of that name, identifier or digest */
	VEX_REF_PACKAGE, /* a package purl */
	VEX_REF_IMAGE,   /* pkg:oci/NAME@DIGEST, pkg:docker/NAME@TAG */
};
struct vex_ref {
	struct str text; /* as written */
	enum vex_ref_kind kind;
	struct package_pattern package; /* VEX_REF_PACKAGE */
	struct str name, version;       /* VEX_REF_IMAGE: last segment of the repository; digest or tag, empty any */
	struct str repository;          /* VEX_REF_IMAGE: all of the repository (qualifier repository_url; of pkg:docker also its namespace), or empty: any */
	struct str arch;                /* VEX_REF_IMAGE: empty any */
};
VEC_DECLARE(vex_ref_vec, struct vex_ref);
struct vex_product {
	struct vex_ref_vec names; /* any of them means the product */
	struct vex_ref_vec parts; /* components in it that the statement is about; none: all of it */
};
VEC_DECLARE(vex_product_vec, struct vex_product);

struct vex_statement {
	struct str_vec ids; /* the vulnerability's name and aliases */
	struct vex_product_vec products;
	enum vex_status status;
	struct str justification; /* one of vex_justification's, or empty */
	struct str detail;        /* impact statement */
	struct str action;        /* what users should do */
	struct str time;          /* RFC 3339, of the statement or its document; may be empty */
	uint32_t line;
};
VEC_DECLARE(vex_statement_vec, struct vex_statement);

struct vex_document {
	struct str file;   /* as it was named */
	struct str format; /* "OpenVEX", "CSAF VEX", "CycloneDX VEX" */
	struct str id, author, time, version;
	struct vex_statement_vec statements;
};
VEC_DECLARE(vex_document_vec, struct vex_document);
#endif
