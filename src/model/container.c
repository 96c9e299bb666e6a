// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include "model/container.h"

/* The length of the hexadecimal digits, dashes and underscores that begin @text. */
static size_t id_len(const char *text)
{
	size_t n = 0;

	while (isxdigit((unsigned char)text[n]) || text[n] == '-' || text[n] == '_')
		n++;
	return n;
}

bool container__label(const char *path, char *buf, size_t size)
{
	static const struct {
		const char *prefix;
		const char *name;
		size_t min; /* digits; 0: the name ends at a slash */
	} kinds[] = {
		{ "cri-containerd-", "containerd", 32 },
		{ "crio-", "cri-o", 32 },
		{ "docker-", "docker", 32 },
		{ "docker/", "docker", 32 },
		{ "libpod-", "podman", 32 },
		{ "lxc.payload.", "lxc", 0 },
		{ "-pod", "pod", 32 },
		{ "/pod", "pod", 32 },
	};

	for (size_t i = 0; path && i < sizeof(kinds) / sizeof(*kinds); i++) {
		const char *at = path;

		while ((at = strstr(at, kinds[i].prefix))) {
			size_t len;

			at += strlen(kinds[i].prefix);
			len = kinds[i].min ? id_len(at) : strcspn(at, "/");
			if (len < kinds[i].min || !len)
				continue;
			/* People know the first twelve digits of a container's long id. */
			if (len > 36)
				len = 12;
			snprintf(buf, size, "%s %.*s", kinds[i].name, (int)len, at);
			return true;
		}
	}
	return false;
}
