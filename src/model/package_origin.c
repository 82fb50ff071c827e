#include "model/package_origin.h"

/* Words in rpm VENDOR tags of distributions (each as found in its packages). */
static const char *const rpm_distributions[] = {
	"Red Hat", "CentOS", "Fedora Project", "AlmaLinux", "CloudLinux", "Rocky", "Oracle America", "Amazon Linux", "Amazon.com", "SUSE", "openSUSE",
	"VMware", "Microsoft Corporation", "openEuler", "Mageia", "Broadcom", "EuroLinux", "Scientific Linux", "Navy", "Anolis", "OpenCloudOS",
};

/* Words in deb Maintainer fields of makers with repositories of their own. */
static const char *const deb_third_parties[] = {
	"Docker <", "@docker.com", "NodeSource", "@google.com", "Google LLC", "@microsoft.com", "Microsoft", "HashiCorp", "@elastic.co", "Elasticsearch",
	"Grafana", "Datadog", "MongoDB", "NGINX Packaging", "@nginx.com", "MySQL Release Engineering", "@oracle.com", "GitLab", "GitHub", "Jenkins",
	"Kubernetes Authors", "Confluent", "InfluxData", "Cloudflare", "Tailscale", "New Relic", "Splunk", "Percona", "ClickHouse", "Redis Packaging",
	"Adoptium", "Eclipse Temurin", "Azul Systems", "Amazon Corretto", "@amazon.com", "NVIDIA", "Yarn Developers", "Helm", "Buildkite", "Teleport",
	"Sourcegraph", "Caddy", "Varnish Software", "@rabbitmq.com", "Falco Authors", "Sysdig", "Aqua Security", "Anchore", "Snyk",
};

static bool has_word(struct str text, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_contains(text, str_c(words[i])))
			return true;
	return false;
}

bool package_is_third_party(const struct package *p)
{
	if (!p->vendor.n)
		return false;
	if (p->kind == PKG_RPM)
		return !has_word(p->vendor, rpm_distributions, ARRAY_LEN(rpm_distributions));
	return p->kind == PKG_DPKG && has_word(p->vendor, deb_third_parties, ARRAY_LEN(deb_third_parties));
}
