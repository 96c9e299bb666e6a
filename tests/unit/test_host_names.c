// SPDX-License-Identifier: GPL-2.0
/*
 * Which Host header names this host: its own names and its addresses, and no name that others
 * choose.
 */
#include <arpa/inet.h>
#include <sys/utsname.h>
#include "scratch_file.h"
#include "serve/serve.h"

static struct host_names names;
static struct utsname node;

static bool is_nameless; /* the host has no name */

int __real_uname(struct utsname *name);
int __wrap_uname(struct utsname *name)
{
	int err = __real_uname(name);

	strcpy(name->nodename, "node.of.example");
	errno = EFAULT;
	return is_nameless ? -1 : err;
}

static struct sockaddr_storage local_of(const char *text)
{
	struct sockaddr_storage addr = {};
	struct sockaddr_in6 *in6 = (void *)&addr;
	struct sockaddr_in *in = (void *)&addr;

	addr.ss_family = strchr(text, ':') ? AF_INET6 : AF_INET;
	assert_int_equal(addr.ss_family == AF_INET ? inet_pton(AF_INET, text, &in->sin_addr) :
						     inet_pton(AF_INET6, text, &in6->sin6_addr),
			 1);
	return addr;
}

static bool has(const char *host, const char *local)
{
	struct sockaddr_storage addr = local_of(local);

	return host_names__has(&names, host, &addr);
}

static int setup(void **state)
{
	char hosts[1024];
	int len;

	scratch_setup(state);
	assert_int_equal(uname(&node), 0);
	len = snprintf(hosts, sizeof(hosts),
		       "127.0.0.1\tlocalhost\n10.0.0.9 other.example # %s\n"
		       "127.0.1.1 whole.example.org %s\t short # not.example\n",
		       node.nodename, node.nodename);
	scratch_write(hosts, len);
	names.nr = 0;
	host_names__own(&names, scratch_path);
	return 0;
}

TEST(own_names, setup, scratch_teardown)
{
	char text[300];

	assert_true(has("localhost:9464", "10.0.0.7"));
	assert_true(has("LocalHost.", "10.0.0.7"));
	assert_true(has("whole.example.org", "10.0.0.7"));
	assert_true(has("short:80", "10.0.0.7"));
	snprintf(text, sizeof(text), "%s:9464", node.nodename);
	assert_true(has(text, "10.0.0.7"));
	/* An old client, or a load balancer's check, sends no Host header. */
	assert_true(has(NULL, "10.0.0.7"));
}

/* A host's name may have its domain. */
TEST(the_name_without_its_domain, setup, scratch_teardown)
{
	assert_true(has("node.of.example", "10.0.0.7"));
	assert_true(has("node:9464", "10.0.0.7"));
	assert_false(has("node.of", "10.0.0.7"));
	assert_false(has("of.example", "10.0.0.7"));
	is_nameless = true;
	names.nr = 0;
	host_names__own(&names, scratch_path);
	is_nameless = false;
	assert_true(has("localhost", "10.0.0.7"));
	assert_false(has("node.of.example", "10.0.0.7"));
	assert_false(has("whole.example.org", "10.0.0.7"));
}

TEST(addresses, setup, scratch_teardown)
{
	assert_true(has("10.0.0.7:9464", "10.0.0.7"));
	assert_true(has("10.0.0.7", "::ffff:10.0.0.7"));
	assert_true(has("[fd00::7]:9464", "fd00::7"));
	assert_true(has("[FD00:0::7]", "fd00::7"));
	assert_true(has("127.0.0.1:8080", "10.0.0.7"));
	assert_true(has("[::1]", "10.0.0.7"));
	assert_true(has("0.0.0.0:9464", "127.0.0.1"));
	assert_false(has("10.0.0.8", "10.0.0.7"));
	assert_false(has("[fd00::8]", "fd00::7"));
}

TEST(others, setup, scratch_teardown)
{
	char text[400];

	assert_false(has("evil.example", "127.0.0.1"));
	assert_false(has("other.example", "127.0.0.1"));
	assert_false(has("not.example", "127.0.0.1"));
	assert_false(has("localhost.evil.example", "127.0.0.1"));
	assert_false(has("127.0.0.1.evil.example", "127.0.0.1"));
	snprintf(text, sizeof(text), "%s.evil.example", node.nodename);
	assert_false(has(text, "127.0.0.1"));
	assert_false(has("", "127.0.0.1"));
	assert_false(has(":9464", "127.0.0.1"));
	assert_false(has("[", "127.0.0.1"));
	assert_false(has("localhost:evil", "127.0.0.1"));
	assert_false(has("[::1]evil", "127.0.0.1"));
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_false(has(text, "127.0.0.1"));
}

TEST(more_names, setup, scratch_teardown)
{
	char list[HOST_NAMES * 8] = "";

	assert_false(has("ipi.example", "127.0.0.1"));
	assert_true(host_names__add(&names, "ipi.example,192.0.2.1,fd00::1"));
	assert_true(has("IPI.example:443", "127.0.0.1"));
	assert_true(has("192.0.2.1", "127.0.0.1"));
	assert_true(has("[fd00::1]:1", "127.0.0.1"));
	assert_false(host_names__add(&names, ""));
	assert_false(host_names__add(&names, "a,,b"));
	assert_false(host_names__add(&names, "a:9464"));
	assert_false(host_names__add(&names, "a b"));
	for (int i = 0; i < HOST_NAMES; i++)
		sprintf(list + strlen(list), "%sn%d", i ? "," : "", i);
	assert_false(host_names__add(&names, list));
}

TEST_MAIN(NULL, NULL)
