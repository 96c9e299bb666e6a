// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <strings.h>
#include <sys/utsname.h>
#include "serve/serve.h"

/* A part of a header, without a NUL at its end; @at is NULL after the end of the header. */
struct span {
	const char *at;
	size_t len;
};

/* Take the next part of *@rest, up to @separator, without blanks around it. False: none is left. */
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

/* One item of an Accept header. */
struct media {
	struct span type;
	bool openmetrics_1; /* the item asks for version 1.0, or for no version */
	bool metric_family; /* proto=io.prometheus.client.MetricFamily */
	bool delimited; /* encoding=delimited */
};

static struct media parse_media(struct span item)
{
	struct media media = { .openmetrics_1 = true };
	struct span parameter, name, value;

	span_next(&item, ';', &media.type);
	while (span_next(&item, ';', &parameter)) {
		if (!span_next(&parameter, '=', &name) || !span_next(&parameter, '=', &value))
			continue;
		if (span_is(&name, "version"))
			media.openmetrics_1 = span_is(&value, "1.0.0");
		else if (span_is(&name, "proto"))
			media.metric_family = span_is(&value, "io.prometheus.client.MetricFamily");
		else if (span_is(&name, "encoding"))
			media.delimited = span_is(&value, "delimited");
	}
	return media;
}

/* Whether @media asks for @format. */
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

	while (span_next(&rest, ',', &item)) {
		struct media media = parse_media(item);

		for (enum http_format f = HTTP_TEXT; f <= HTTP_PROTOBUF; f++)
			if (media_is(&media, f))
				return f;
	}
	return HTTP_TEXT;
}

/* The characters of a host's name. */
#define NAME_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_"

static struct in6_addr map_ipv4(struct in_addr in)
{
	struct in6_addr addr = { .s6_addr = { [10] = 0xff, [11] = 0xff } };

	memcpy(addr.s6_addr + 12, &in, sizeof(in));
	return addr;
}

/* Returns an address of either family as an IPv6 address. */
static struct in6_addr convert_in6(const struct sockaddr_storage *addr)
{
	if (addr->ss_family == AF_INET)
		return map_ipv4(((const struct sockaddr_in *)addr)->sin_addr);
	return addr->ss_family == AF_INET6 ? ((const struct sockaddr_in6 *)addr)->sin6_addr :
					     (struct in6_addr){};
}

/* Parse an address of either family, as an IPv6 address. False: @text is no address. */
static bool address_parse(const char *text, struct in6_addr *addr)
{
	struct in_addr in;

	if (inet_pton(AF_INET6, text, addr) == 1)
		return true;
	if (inet_pton(AF_INET, text, &in) != 1)
		return false;
	*addr = map_ipv4(in);
	return true;
}

static bool has_name(const struct host_names *names, const char *name)
{
	for (int i = 0; i < names->nr; i++)
		if (!strcasecmp(names->names[i], name))
			return true;
	return false;
}

static bool name_add(struct host_names *names, const char *name, size_t len)
{
	char text[HOST_NAME_BYTES];
	struct in6_addr addr;

	if (!len || len >= sizeof(text))
		return false;
	snprintf(text, sizeof(text), "%.*s", (int)len, name);
	if (strspn(text, NAME_CHARS) != len && !address_parse(text, &addr))
		return false;
	if (has_name(names, text))
		return true;
	if (names->nr == HOST_NAMES)
		return false;
	strcpy(names->names[names->nr++], text);
	return true;
}

bool host_names__add(struct host_names *names, const char *list)
{
	for (;;) {
		size_t len = strcspn(list, ",");

		if (!name_add(names, list, len))
			return false;
		if (!list[len])
			return true;
		list += len + 1;
	}
}

/* Take a line of hosts(5), an address and its names: if the node's name is there, add all names. */
static void take_hosts_line(struct host_names *names, char *line, const char *node)
{
	char *save, *word, copy[1024];
	bool own = false;

	line[strcspn(line, "#\n")] = '\0';
	snprintf(copy, sizeof(copy), "%s", line);
	for (word = strtok_r(copy, " \t", &save); word; word = strtok_r(NULL, " \t", &save))
		own |= !strcasecmp(word, node);
	word = own ? strtok_r(line, " \t", &save) : NULL;
	while (word && (word = strtok_r(NULL, " \t", &save)))
		name_add(names, word, strlen(word));
}

void host_names__own(struct host_names *names, const char *hosts)
{
	struct utsname node;
	char line[1024];
	FILE *file;

	name_add(names, "localhost", strlen("localhost"));
	if (uname(&node))
		return;
	name_add(names, node.nodename, strlen(node.nodename));
	name_add(names, node.nodename, strcspn(node.nodename, "."));
	file = fopen(hosts ? hosts : "/etc/hosts", "re");
	while (file && fgets(line, sizeof(line), file))
		take_hosts_line(names, line, node.nodename);
	if (file)
		fclose(file);
}

/* Copy a Host header's name, without brackets, port and final dot. False: the header is bad. */
static bool parse_host(const char *host, char *name, size_t size)
{
	size_t len = *host == '[' ? strcspn(host, "]") : strcspn(host, ":");
	const char *port = host + len + (host[len] == ']');

	if (*host == '[')
		host++, len--;
	if (*port && (*port != ':' || strspn(port + 1, "0123456789") != strlen(port + 1)))
		return false;
	if (len && host[len - 1] == '.')
		len--;
	return len && snprintf(name, size, "%.*s", (int)len, host) < (int)size;
}

static bool is_loopback(const struct in6_addr *addr)
{
	return IN6_IS_ADDR_LOOPBACK(addr) ||
	       (IN6_IS_ADDR_V4MAPPED(addr) && addr->s6_addr[12] == 127);
}

bool http__is_loopback(const struct sockaddr_storage *addr)
{
	const struct in6_addr in6 = convert_in6(addr);

	return is_loopback(&in6);
}

bool host_names__has(const struct host_names *names, const char *host,
		     const struct sockaddr_storage *local)
{
	/* `serve` itself prints "0.0.0.0" as its address, so accept this address. */
	const struct in6_addr own = convert_in6(local),
			      any = map_ipv4((struct in_addr){ INADDR_ANY });
	char name[HOST_NAME_BYTES];
	struct in6_addr addr;

	if (!host)
		return true;
	if (!parse_host(host, name, sizeof(name)))
		return false;
	if (has_name(names, name))
		return true;
	if (!address_parse(name, &addr))
		return false;
	return is_loopback(&addr) || IN6_IS_ADDR_UNSPECIFIED(&addr) ||
	       !memcmp(&addr, &any, sizeof(addr)) || !memcmp(&addr, &own, sizeof(addr));
}
