#include "engine/imageconfig/image_checks.h"

#include "base/path.h"

#define BUILD "https://docs.docker.com/build/building/"
#define REFERENCE "https://docs.docker.com/reference/dockerfile/"

const struct image_check image_checks[IMAGE_CHECK_COUNT] = {
	[CHECK_ROOT_USER] = { "BH-IMG-001", "DS-0002", SEVERITY_HIGH, "the container runs as root",
			      "who breaks into the program is root in the container, and one mistake of the kernel or of a mount away from the host",
			      "add a user and name it in the last USER instruction, best by number", BUILD "best-practices/#user" },
	[CHECK_SECRET_ENV] = { "BH-IMG-002", "DS-0031", SEVERITY_CRITICAL, "a secret in the environment",
			       "everybody who may pull the image reads it, and so does every process of the container",
			       "give secrets when the container starts, and change this one", BUILD "secrets/" },
	[CHECK_SECRET_HISTORY] = { "BH-IMG-003", "DS-0031", SEVERITY_CRITICAL, "a secret in the history",
				   "build arguments and commands stay in the image's history, which everybody who may pull it reads",
				   "use RUN --mount=type=secret, and change this one", BUILD "secrets/" },
	[CHECK_NO_HEALTHCHECK] = { "BH-IMG-004", "DS-0026", SEVERITY_LOW, "no HEALTHCHECK", "an engine cannot tell a program that hangs from one that works",
				   "add HEALTHCHECK, or probes where Kubernetes runs it (then ignore this check)", REFERENCE "#healthcheck" },
	[CHECK_SETUID] = { "BH-IMG-005", NULL, SEVERITY_HIGH, "a set-user-ID or set-group-ID program", "whoever runs it gets its owner's rights: a way up for an intruder",
			   "remove the bit (chmod a-s) in the layer that brings the file, or the program", BUILD "best-practices/" },
	[CHECK_WRITABLE_FILE] = { "BH-IMG-006", NULL, SEVERITY_MEDIUM, "a file that every user may write", "any process of the container can change what others run or read",
				  "chmod o-w, or COPY --chmod, in the layer that brings the file", REFERENCE "#copy---chown---chmod" },
	[CHECK_WRITABLE_DIR] = { "BH-IMG-007", NULL, SEVERITY_MEDIUM, "a folder that every user may write, without the sticky bit",
				 "any process of the container can replace what others put there", "chmod o-w, or chmod +t where all must write", REFERENCE "#copy---chown---chmod" },
	[CHECK_CACHE] = { "BH-IMG-008", NULL, SEVERITY_LOW, "a package manager's cache left behind", "it is pulled and kept with every copy of the image and is of no use there",
			  "remove it in the RUN that made it, or use RUN --mount=type=cache", BUILD "best-practices/#run" },
	[CHECK_ADD_REMOTE] = { "BH-IMG-009", NULL, SEVERITY_MEDIUM, "ADD of a remote file", "what the address gives is not checked and may be another file tomorrow",
			       "use ADD --checksum, or download and check it in a RUN", REFERENCE "#add---checksum" },
	[CHECK_ADD_COPY] = { "BH-IMG-010", "DS-0005", SEVERITY_LOW, "ADD where COPY would do", "ADD unpacks archives and fetches addresses: more than a copy needs",
			     "use COPY", BUILD "best-practices/#add-or-copy" },
	[CHECK_LATEST_BASE] = { "BH-IMG-011", "DS-0001", SEVERITY_MEDIUM, "the base image has no fixed version", "the next build may stand on another base, unseen",
				"name the base by version, or better by digest", BUILD "best-practices/#pin-base-image-versions" },
	[CHECK_SUDO_INSTALLED] = { "BH-IMG-012", NULL, SEVERITY_LOW, "sudo is installed", "a container has one purpose and one user; sudo is a way to more rights",
				   "leave it out, or use it in a build stage only", BUILD "best-practices/#user" },
	[CHECK_SUDO_RUN] = { "BH-IMG-013", "DS-0010", SEVERITY_MEDIUM, "sudo in a RUN", "the build's user is root or can be set with USER: sudo only hides who does what",
			     "use USER", BUILD "best-practices/#user" },
	[CHECK_SSH_SERVER] = { "BH-IMG-014", NULL, SEVERITY_MEDIUM, "an SSH server is installed", "a second way in, with its own keys and flaws", "use docker exec or kubectl exec",
			       BUILD "best-practices/" },
	[CHECK_SSH_PORT] = { "BH-IMG-015", "DS-0004", SEVERITY_MEDIUM, "port 22 is exposed", "the image is made to be logged into", "take EXPOSE 22 away", REFERENCE "#expose" },
	[CHECK_NO_LABELS] = { "BH-IMG-016", NULL, SEVERITY_LOW, "no label says where the image comes from", "who finds it running cannot tell which source made it",
			      "set org.opencontainers.image.source and .revision", "https://github.com/opencontainers/image-spec/blob/main/annotations.md" },
};

const struct image_cache image_caches[] = {
	{ "var/lib/apt/lists/", "package lists of apt", "rm -rf /var/lib/apt/lists/* in the RUN of apt-get update" },
	{ "var/cache/apt/", "packages and indexes of apt", "apt-get clean in the RUN that installs" },
	{ "var/cache/apk/", "index of apk", "apk add --no-cache" },
	{ "etc/apk/cache/", "packages of apk", "apk add --no-cache" },
	{ "var/cache/yum/", "cache of yum", "yum clean all in the RUN that installs" },
	{ "var/cache/dnf/", "cache of dnf", "dnf clean all in the RUN that installs" },
	{ "var/cache/libdnf5/", "cache of dnf", "dnf clean all in the RUN that installs" },
	{ "var/cache/zypp/", "cache of zypper", "zypper clean --all in the RUN that installs" },
	{ "var/cache/pacman/", "packages of pacman", "pacman -Scc --noconfirm in the RUN that installs" },
	{ "/.cache/pip/", "cache of pip", "pip install --no-cache-dir" },
	{ "/.cache/uv/", "cache of uv", "uv --no-cache, or RUN --mount=type=cache" },
	{ "/.cache/pypoetry/", "cache of poetry", "RUN --mount=type=cache" },
	{ "/.npm/_cacache/", "cache of npm", "npm cache clean --force, or RUN --mount=type=cache" },
	{ "/.cache/yarn/", "cache of yarn", "yarn cache clean" },
	{ "usr/local/share/.cache/yarn/", "cache of yarn", "yarn cache clean" },
	{ "/.cache/go-build/", "cache of Go builds", "build in a stage of its own" },
	{ "/.cargo/registry/", "cache of cargo", "build in a stage of its own" },
	{ "/.gradle/caches/", "cache of Gradle", "build in a stage of its own" },
	{ "/.composer/cache/", "cache of Composer", "composer install --no-cache" },
	{ "/.cache/composer/", "cache of Composer", "composer install --no-cache" },
};
const size_t image_cache_count = ARRAY_LEN(image_caches);
_Static_assert(ARRAY_LEN(image_caches) <= IMAGE_CACHES_MAX, "sums are kept in an array");

size_t image_cache_of(struct str path, struct str *ret_dir)
{
	for (size_t i = 0; i < image_cache_count; i++) {
		struct str dir = str_c(image_caches[i].dir);
		bool anywhere = dir.p[0] == '/';
		size_t at = anywhere ? str_find(path, dir) : str_has_prefix(path, dir) ? 0 : STR_NOT_FOUND;
		if (at == STR_NOT_FOUND)
			continue;
		*ret_dir = str_sub(path, 0, at + dir.n - 1);
		return i;
	}
	return image_cache_count;
}

/* --- names --- */

bool image_checks_is_ordinary_setuid(struct str path)
{
	static const char *const names[] = {
		"su", "mount", "umount", "passwd", "chsh", "chfn", "gpasswd", "newgrp", "chage", "expiry", "unix_chkpwd", "unix2_chkpwd", "sudo", "sudoedit", "ping", "ping6",
		"ssh-agent", "ssh-keysign", "wall", "write", "write.ul", "bsd-write", "dbus-daemon-launch-helper", "pkexec", "polkit-agent-helper-1", "fusermount", "fusermount3",
		"crontab", "at", "mount.nfs", "pam_timestamp_check", "pam_extrausers_chkpwd", "utempter", "newuidmap", "newgidmap", "bbsuid", "dotlockfile", "mail-lock", "mail-unlock",
		"mail-touchlock", "Xorg.wrap", "chrome-sandbox", "exim4", "postdrop", "postqueue", "locate", "plocate", "mlocate", "screen", "userhelper", "usernetctl", "traceroute6",
		"mtr-packet", "ntfs-3g", "lockdev", "vmware-user-suid-wrapper", "gst-ptp-helper", "sg", "start-suid",
	};
	struct str name = path_base(path);
	bool placed = str_has_prefix(path, STR("bin/")) || str_has_prefix(path, STR("sbin/")) || str_has_prefix(path, STR("usr/")) || str_has_prefix(path, STR("lib/"));
	for (size_t i = 0; i < ARRAY_LEN(names) && placed; i++)
		if (str_eq_c(name, names[i]))
			return true;
	return false;
}

static bool has_word(struct str name, const char *word)
{
	struct str part, rest = name;
	while (str_next(&rest, '_', &part))
		if (str_eq_nocase(part, str_c(word)))
			return true;
	return false;
}

bool image_checks_is_secret(struct str name, struct str value)
{
	static const char *const words[] = { "PASSWORD", "PASSWD", "PASS", "PWD", "PASSPHRASE", "SECRET", "SECRETS", "TOKEN", "APIKEY", "CREDENTIALS", "DBPASSWORD" };
	static const struct str phrases[] = { STR_INIT("API_KEY"), STR_INIT("ACCESS_KEY"), STR_INIT("SECRET_KEY"), STR_INIT("PRIVATE_KEY"), STR_INIT("ENCRYPTION_KEY") };
	static const char *const not_values[] = { "FILE", "PATH", "DIR", "URL", "URI", "TTL", "NAME", "LENGTH", "EXPIRY", "EXPIRES", "ENABLED", "TIMEOUT", "HEADER", "TYPE", "ID" };
	static const struct str placeholders[] = { STR_INIT("changeme"), STR_INIT("change-me"), STR_INIT("none"), STR_INIT("null"), STR_INIT("true"), STR_INIT("false"), STR_INIT("example"),
						   STR_INIT("dummy"), STR_INIT("placeholder"), STR_INIT("redacted"), STR_INIT("xxxx") };
	char upper[256];
	bool named = false;
	struct str last = name, part, rest = name;
	if (name.n >= sizeof(upper))
		return false;
	for (size_t i = 0; i < name.n; i++)
		upper[i] = (char)(name.p[i] >= 'a' && name.p[i] <= 'z' ? name.p[i] - 32 : name.p[i]);
	for (size_t i = 0; i < ARRAY_LEN(words) && !named; i++)
		named = has_word(name, words[i]) && !str_eq_nocase(name, STR("PWD")) && !str_eq_nocase(name, STR("OLDPWD"));
	for (size_t i = 0; i < ARRAY_LEN(phrases) && !named; i++)
		named = str_contains(str_make(upper, name.n), phrases[i]);
	while (str_next(&rest, '_', &part))
		last = part;
	for (size_t i = 0; i < ARRAY_LEN(not_values); i++)
		named &= !str_eq_nocase(last, str_c(not_values[i]));
	value = str_trim(value);
	if (!named || value.n < 3 || char_is_one_of(value.p[0], "/$<{") || str_contains(value, STR("${")) || str_contains(value, STR("://")))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(placeholders); i++)
		if (str_eq_nocase(value, placeholders[i]))
			return false;
	return true;
}
