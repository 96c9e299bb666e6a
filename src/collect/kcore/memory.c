// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "collect/kcore/memory.h"

bool vmcoreinfo__value(const char *text, const char *key, char *buf, size_t size)
{
	size_t len = strlen(key);

	for (const char *line = text; line && *line; line += *line == '\n') {
		size_t end = strcspn(line, "\n");

		if (end > len && !strncmp(line, key, len) && line[len] == '=') {
			snprintf(buf, size, "%.*s", (int)(end - len - 1), line + len + 1);
			return true;
		}
		line += end;
	}
	return false;
}

uint64_t vmcoreinfo__symbol(const char *text, const char *name)
{
	char key[64], value[32];

	snprintf(key, sizeof(key), "SYMBOL(%s)", name);
	/* Hexadecimal, without 0x. */
	return vmcoreinfo__value(text, key, value, sizeof(value)) ? strtoull(value, NULL, 16) : 0;
}
