/* PHP packages of Composer: vendor/composer/installed.json (a list in Composer 1, {"packages": […], "dev-package-names": […]} in Composer 2) and
 * composer.lock (getcomposer.org, "composer.lock"). Each function is an analyzer's `parse` (source/layer/analyzer.h): packages are appended, strings
 * are copies on the arena. Platform requirements (php, ext-…, lib-…) are no packages. Linear time. */
#ifndef FORMAT_PHP_H
#define FORMAT_PHP_H
#include "base/diag.h"
#include "base/input.h"
#include "model/package.h"

int php_parse_installed(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err);
/* Not those below a folder "vendor": they belong to the development of an installed package. */
bool php_wants_lock(struct str path, uint32_t mode, uint64_t size);
int php_parse_lock(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err);
#endif
