// SPDX-License-Identifier: GPL-2.0
#include "view/json/parts.h"
#include "view/json/quoted.h"

char *json__quoted(const char *s)
{
	json_t *string = parts__text(s);
	char *quoted = string ? json_dumps(string, JSON_ENCODE_ANY | JSON_ENSURE_ASCII) : NULL;

	json_decref(string);
	return quoted;
}
