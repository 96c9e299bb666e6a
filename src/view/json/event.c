// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include "view/json/event.h"
#include "view/lines.h"

size_t json__event(char *to, size_t size, const char *line, size_t len, uint64_t unix_ms)
{
	char *at = to;

	if (len + JSON_EVENT_BYTES > size || *line != '{')
		return 0;
	at = lines__u64(stpcpy(at, "{\"unix_ms\":"), unix_ms);
	*at++ = ',';
	memcpy(at, line + 1, len - 1);
	return at - to + len - 1;
}
