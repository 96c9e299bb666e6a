// SPDX-License-Identifier: GPL-2.0
#include <stddef.h>
#include <string.h>
#include <strings.h>
#include "serve/http_accept.h"

/* A part of the header, not terminated by a 0; at NULL: past the end. */
struct span {
	const char *at;
	size_t len;
};

/* Cut the next part off *@rest, up to @separator, without blanks around it; false at the end. */
static bool span_next(struct span *rest, char separator, struct span *part)
{
	const char *end;

	if (!rest->at)
		return false;
	end = memchr(rest->at, separator, rest->len);
	part->at = rest->at;
	part->len = end ? (size_t)(end - rest->at) : rest->len;
	rest->len -= part->len + (end != NULL);
	rest->at = end ? end + 1 : NULL;
	while (part->len && strchr(" \t", part->at[0])) {
		part->at++;
		part->len--;
	}
	while (part->len && strchr(" \t", part->at[part->len - 1]))
		part->len--;
	return true;
}

static bool span_is(const struct span *span, const char *text)
{
	return span->len == strlen(text) && !strncasecmp(span->at, text, span->len);
}

/* A weight such as "0.75", in thousandths; 0 (not wanted) if not as in RFC 9110, 12.4.2. */
static int quality(const struct span *value)
{
	int q = 0, scale = 1000;

	if (!value->len || value->at[0] < '0' || value->at[0] > '1' || value->len > 5 ||
	    (value->len > 1 && value->at[1] != '.'))
		return 0;
	q = (value->at[0] - '0') * scale;
	for (size_t i = 2; i < value->len; i++) {
		if (value->at[i] < '0' || value->at[i] > '9')
			return 0;
		q += (value->at[i] - '0') * (scale /= 10);
	}
	return q > 1000 ? 0 : q;
}

/* Parse @item; returns its weight. *@version_ours: @item asks for no other version. */
static int media_range(struct span item, struct span *type, bool *version_ours)
{
	struct span parameter, name, value;
	int q = 1000;

	*version_ours = true;
	span_next(&item, ';', type);
	while (span_next(&item, ';', &parameter)) {
		if (!span_next(&parameter, '=', &name) || !span_next(&parameter, '=', &value))
			continue;
		if (span_is(&name, "q"))
			q = quality(&value);
		else if (span_is(&name, "version"))
			*version_ours = span_is(&value, "1.0.0");
	}
	return q;
}

bool http_accept__openmetrics(const char *accept)
{
	struct span rest = { accept, accept ? strlen(accept) : 0 }, item, type;
	int openmetrics = 0, text = 0;
	bool version_ours;

	while (span_next(&rest, ',', &item)) {
		int q = media_range(item, &type, &version_ours);

		if (span_is(&type, "application/openmetrics-text") && version_ours) {
			if (q > openmetrics)
				openmetrics = q;
		} else if (span_is(&type, "text/plain") && q > text) {
			text = q;
		}
	}
	return openmetrics && openmetrics >= text;
}
