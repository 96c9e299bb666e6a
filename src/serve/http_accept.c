// SPDX-License-Identifier: GPL-2.0
#include <stdbool.h>
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

/* One item of the header. */
struct media {
	struct span type;
	int q;
	bool openmetrics_1; /* asks for no other version */
	bool metric_family; /* proto=io.prometheus.client.MetricFamily */
	bool delimited; /* encoding=delimited */
};

static struct media media_of(struct span item)
{
	struct media media = { .q = 1000, .openmetrics_1 = true };
	struct span parameter, name, value;

	span_next(&item, ';', &media.type);
	while (span_next(&item, ';', &parameter)) {
		if (!span_next(&parameter, '=', &name) || !span_next(&parameter, '=', &value))
			continue;
		if (span_is(&name, "q"))
			media.q = quality(&value);
		else if (span_is(&name, "version"))
			media.openmetrics_1 = span_is(&value, "1.0.0");
		else if (span_is(&name, "proto"))
			media.metric_family = span_is(&value, "io.prometheus.client.MetricFamily");
		else if (span_is(&name, "encoding"))
			media.delimited = span_is(&value, "delimited");
	}
	return media;
}

/* Whether @media is @format. */
static bool media_is(const struct media *media, enum http_format format)
{
	switch (format) {
	case HTTP_TEXT:
		return span_is(&media->type, "text/plain");
	case HTTP_OPENMETRICS:
		return span_is(&media->type, "application/openmetrics-text") &&
		       media->openmetrics_1;
	case HTTP_PROTOBUF:
		return span_is(&media->type, "application/vnd.google.protobuf") &&
		       media->metric_family && media->delimited;
	}
	return false;
}

enum http_format http_accept__format(const char *accept)
{
	struct span rest = { accept, accept ? strlen(accept) : 0 }, item;
	int wanted[HTTP_PROTOBUF + 1] = {};
	enum http_format best = HTTP_TEXT;

	while (span_next(&rest, ',', &item)) {
		struct media media = media_of(item);

		for (enum http_format f = HTTP_TEXT; f <= HTTP_PROTOBUF; f++)
			if (media_is(&media, f) && media.q > wanted[f])
				wanted[f] = media.q;
	}
	for (enum http_format f = HTTP_OPENMETRICS; f <= HTTP_PROTOBUF; f++)
		if (wanted[f] && wanted[f] >= wanted[best])
			best = f;
	return best;
}
