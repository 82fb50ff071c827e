/* What commands that read images share: where the image is and how it is reached, what is looked at, which data judges it. The tables store into
 * struct image_command (offset 0); commands with more options put that struct first in their own. */
#ifndef FRONT_IMAGE_COMMAND_H
#define FRONT_IMAGE_COMMAND_H
#include "feature/image/image_scan.h"
#include "front/cli/verdict.h"

struct image_command {
	struct global_options global;
	struct verdict_options verdict;
	/* image */
	struct str input, list, platform;
	bool all_tags;
	struct str_vec sources;
	struct str containerd_root, namespace_, docker_root, docker_host, podman_root;
	struct str username, password, registry_token, ca_file, client_cert, client_key, credentials;
	struct str_vec mirrors;
	int64_t retries;
	bool password_stdin, insecure;
	/* scan */
	struct str_vec skip_dirs, skip_files, scanners, license_allow, license_deny;
	struct str secret_config;
	struct str_vec bases, against;
	bool quick, deep, lock_files, judge_owned, include_dev;
	int64_t workers;
	uint64_t timeout_ms;
	bool progress;
	/* data */
	struct str db, cache_dir;
	bool cache, offline, skip_db_update;
};

#define IMAGE_INPUT_OPTION_COUNT 21
#define IMAGE_SCAN_OPTION_COUNT  14
#define IMAGE_DATA_OPTION_COUNT  10
extern const struct option image_input_options[IMAGE_INPUT_OPTION_COUNT], image_scan_options_table[IMAGE_SCAN_OPTION_COUNT], image_data_options[IMAGE_DATA_OPTION_COUNT];

/* Options -> what a scan is told, beside what it is pointed at. */
int image_command_fill(struct cli *c, const struct option_set *set, struct image_command *o, struct image_scan_options *scan, struct error *err);
/* image_scan with progress; *ret is released by image_scan_release. */
int image_command_scan(struct cli *c, const struct image_command *o, struct image_scan_options *scan, struct report *ret, struct error *err);
/* All of it: fill, scan, judge, report. An exit code. */
int image_command_judge(struct cli *c, const struct option_set *set, struct image_command *o, struct image_scan_options *scan);
#endif
