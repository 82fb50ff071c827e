/* YAML scalars: text and tag -> null, bool, number or string. Private to the YAML reader. Numbers are normalised to JSON's grammar (yaml.h
 * says how); what is new text goes to the arena, everything else stays a view of `text`, which must outlive the value. */
#ifndef FORMAT_YAML_YAML_SCALAR_H
#define FORMAT_YAML_YAML_SCALAR_H
#include "base/value.h"
#include "format/yaml/yaml.h"

/* Sets kind and content of *v (not pos and flags). `tag` is empty or a tag in full ("tag:yaml.org,2002:int"); `plain`: not quoted.
 * 0, ERR_NOMEM, or ERR_FORMAT when the text is none of what the tag says. */
int yaml_scalar(struct arena *a, struct str text, struct str tag, bool plain, enum yaml_resolve resolve, struct value *v);
#endif
