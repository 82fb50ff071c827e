/* What `--scanners secret` adds to a scan: the rules made ready before workers start, a row for the layers' files, and a look at the image's
 * configuration (environment, labels, commands, history), which is read here and not in a worker. Not thread-safe. */
#ifndef FEATURE_IMAGE_SECRETS_H
#define FEATURE_IMAGE_SECRETS_H
#include "engine/secret/secret.h"
#include "source/layer/analyzer.h"

struct image_secrets {
	struct secret_ruleset *rules;
	struct analyzer row;
};
/* config_file: rules of one's own, or empty. Errors: of the file, of the module (sys/module.h). */
int image_secrets_open(struct arena *a, struct str config_file, struct image_secrets *ret, struct error *err);
void image_secrets_close(struct image_secrets *s); /* safe on a zeroed struct */
/* Appends what stands in the configuration (OCI image-spec, config.md): path "", `detail` says where. What was found is starred out in image->config_json and in
 * the layers' created_by, which reports show. */
int image_secrets_in_config(const struct image_secrets *s, struct arena *a, struct image_info *image, struct observation_vec *out, struct error *err);
/* The texts become stars wherever they stand in image->config_json and in the layers' created_by. 0 or ERR_NOMEM. */
int image_secrets_star_out(struct arena *a, const struct str_vec *texts, struct image_info *image, struct error *err);
#endif
