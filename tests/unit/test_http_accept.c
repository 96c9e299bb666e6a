// SPDX-License-Identifier: GPL-2.0
/* Parsing the Accept header and --listen addresses. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include "serve/serve.h"
#include "unit.h"

#define OM    "application/openmetrics-text"
#define PROTO "application/vnd.google.protobuf"

TEST(text_unless_asked)
{
	static const char *const headers[] = {
		NULL,
		"",
		" ",
		",",
		";",
		"=",
		"*/*",
		"text/plain",
		"text/html, application/xhtml+xml, */*;q=0.8",
		OM ";version=0.0.1",
		OM ";version=2.0.0, text/plain",
		/* vmagent. */
		"text/plain;version=0.0.4;q=1,*/*;q=0.1",
		/* Prometheus with scrape_protocols: [PrometheusText0.0.4, OpenMetricsText1.0.0]. */
		"text/plain;version=0.0.4;q=0.6," OM
		";version=1.0.0;escaping=allow-utf-8;q=0.5,*/*;q=0.4",
		/* Firefox, Chromium. */
		"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
		"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,"
		"image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7",
		OM "x",
		"x" OM,
		"text/plain;" OM,
	};

	for (size_t i = 0; i < ARRAY_SIZE(headers); i++)
		if (http_accept__format(headers[i]) != HTTP_TEXT)
			fail_msg("not text for '%s'", headers[i]);
}

TEST(openmetrics_when_asked)
{
	static const char *const headers[] = {
		/* Prometheus before 2.49. */
		OM ";version=1.0.0," OM
		   ";version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
		/* Prometheus from 2.49 on. */
		OM ";version=1.0.0;q=0.5," OM
		   ";version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
		/* Prometheus 3. */
		OM ";version=1.0.0;escaping=allow-utf-8;q=0.6," OM
		   ";version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
		   "text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
		OM,
		"Application/OpenMetrics-Text",
		" \t" OM " ; version=1.0.0\t; charset=utf-8 ",
		OM ", text/plain",
		OM ", " PROTO ";proto=io.prometheus.client.MetricFamily;encoding=delimited",
		OM ";version=0.0.1, " OM ";version=1.0.0;q=0.1",
		",,;;,=," OM ",",
		OM ";;;=;x",
	};

	for (size_t i = 0; i < ARRAY_SIZE(headers); i++)
		if (http_accept__format(headers[i]) != HTTP_OPENMETRICS)
			fail_msg("not OpenMetrics for '%s'", headers[i]);
}

TEST(protobuf_when_asked)
{
	static const char *const headers[] = {
		/* Prometheus with native histograms: before 2.49, and 3. */
		PROTO ";proto=io.prometheus.client.MetricFamily;encoding=delimited," OM
		      ";version=1.0.0;q=0.8," OM
		      ";version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
		PROTO ";proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6," OM
		      ";version=1.0.0;escaping=allow-utf-8;q=0.5," OM
		      ";version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,"
		      "text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
		/* Telegraf. */
		PROTO ";proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7,"
		      "text/plain;version=0.0.4;q=0.3",
		PROTO "; encoding=delimited; proto=io.prometheus.client.MetricFamily",
	};
	static const char *const others[] = {
		PROTO,
		PROTO ";proto=io.prometheus.client.MetricFamily",
		PROTO ";proto=io.prometheus.client.MetricFamily;encoding=text",
		PROTO ";proto=io.prometheus.client.MetricFamily;encoding=compact-text",
		PROTO ";proto=another.Message;encoding=delimited",
		"text/plain," PROTO ";proto=io.prometheus.client.MetricFamily;encoding=delimited",
	};

	for (size_t i = 0; i < ARRAY_SIZE(headers); i++)
		if (http_accept__format(headers[i]) != HTTP_PROTOBUF)
			fail_msg("not protobuf for '%s'", headers[i]);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (http_accept__format(others[i]) != HTTP_TEXT)
			fail_msg("not text for '%s'", others[i]);
}

TEST(addresses)
{
	static const struct {
		const char *text;
		int family;
		const char *address;
		int port;
	} good[] = {
		{ "127.0.0.1:9464", AF_INET, "127.0.0.1", 9464 },
		{ "0.0.0.0:1", AF_INET, "0.0.0.0", 1 },
		{ "10.1.2.3:0", AF_INET, "10.1.2.3", 0 },
		{ "localhost:9464", AF_INET, "127.0.0.1", 9464 },
		{ ":9464", AF_INET, "0.0.0.0", 9464 },
		{ "[::1]:65535", AF_INET6, "::1", 65535 },
		{ "[::]:0", AF_INET6, "::", 0 },
		{ "[fe80::1234:5678]:80", AF_INET6, "fe80::1234:5678", 80 },
		{ "[ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255]:80", AF_INET6,
		  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 80 },
	};
	char text[INET6_ADDRSTRLEN];

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		struct sockaddr_storage addr;
		socklen_t len = 0;
		const struct sockaddr_in *in = (void *)&addr;
		const struct sockaddr_in6 *in6 = (void *)&addr;
		bool six = good[i].family == AF_INET6;

		assert_int_equal(http__address(good[i].text, &addr, &len), 0);
		assert_int_equal(addr.ss_family, good[i].family);
		assert_int_equal(len, six ? sizeof(*in6) : sizeof(*in));
		assert_int_equal(ntohs(six ? in6->sin6_port : in->sin_port), good[i].port);
		inet_ntop(addr.ss_family, six ? (void *)&in6->sin6_addr : (void *)&in->sin_addr,
			  text, sizeof(text));
		assert_string_equal(text, good[i].address);
	}
}

/* A scope or a flow that nobody named would lead to another interface, or nowhere. */
TEST(what_an_address_does_not_say_is_zero)
{
	union {
		struct sockaddr_storage any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} got, want;
	socklen_t len;

	memset(&got, 0xff, sizeof(got));
	memset(&want, 0, sizeof(want));
	want.in.sin_family = AF_INET;
	want.in.sin_port = htons(9464);
	want.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(http__address("127.0.0.1:9464", &got.any, &len), 0);
	assert_memory_equal(&got, &want, sizeof(want));

	memset(&got, 0xff, sizeof(got));
	memset(&want, 0, sizeof(want));
	want.in6.sin6_family = AF_INET6;
	want.in6.sin6_port = htons(9464);
	want.in6.sin6_addr.s6_addr[15] = 1;
	assert_int_equal(http__address("[::1]:9464", &got.any, &len), 0);
	assert_memory_equal(&got, &want, sizeof(want));
}

TEST(no_addresses)
{
	static const char *const bad[] = {
		"",
		":",
		"9464",
		"127.0.0.1",
		"127.0.0.1:",
		"127.0.0.1:x",
		"127.0.0.1:1x",
		"127.0.0.1:-1",
		"127.0.0.1:+1",
		"127.0.0.1: 1",
		"127.0.0.1:000009464",
		"127.0.0.1:009464",
		"127.0.0:1",
		"127.0.0.256:1",
		"localhost",
		"localhos:1",
		"localhost.:1",
		"[localhost]:1",
		"example.org:9464",
		"::1:9464",
		"::1",
		"[::1]",
		"[::1]9464",
		"[::1",
		"[::1:80",
		"x::1]:80",
		"[]:1",
		"[127.0.0.1]:1",
		"[::1]:1:2",
		"1.2.3.4:5:6",
		"[xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx]:0",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct sockaddr_storage addr;
		socklen_t len;

		if (http__address(bad[i], &addr, &len) != -EINVAL)
			fail_msg("'%s' is taken for an address", bad[i]);
	}
}

TEST(a_port_has_16_bits)
{
	static const char *const large[] = { "127.0.0.1:65536", "[::1]:99999999999999999999" };

	for (size_t i = 0; i < ARRAY_SIZE(large); i++) {
		struct sockaddr_storage addr;
		socklen_t len;

		assert_int_equal(http__address(large[i], &addr, &len), -ERANGE);
	}
}

TEST_MAIN(NULL, NULL)
