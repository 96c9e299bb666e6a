// SPDX-License-Identifier: GPL-2.0
#include "view/json/emit.h"
#include "view/json/parts.h"
#include "view/json/quoted.h"

char *json__quoted(const char *s)
{
	return json__text(parts__text(s), JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
}
