// SPDX-License-Identifier: GPL-2.0
/*
 * libFuzzer: the Accept header, the address to listen on, and, as one client
 * after the other, what comes before a whole server.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "serve/serve.h"

static struct http *http;
static struct sockaddr_in server;

static void answer(void *ctx, const struct http_request *request, struct http_answer *answer)
{
	(void)ctx;
	answer->status = http_accept__format(request->accept) ? 200 : 404;
	answer->type = "text/plain";
	answer->body = strdup(request->path);
	answer->len = strlen(request->path);
}

static void parse(const char *text)
{
	struct sockaddr_storage addr;
	socklen_t len = 0;

	http_accept__format(text);
	if (!http__address(text, &addr, &len) &&
	    len != (addr.ss_family == AF_INET ? sizeof(struct sockaddr_in) :
						sizeof(struct sockaddr_in6)))
		abort();
}

static void server_start(void)
{
	struct sockaddr_storage addr;
	socklen_t len;

	signal(SIGPIPE, SIG_IGN);
	if (http__address("127.0.0.1:0", &addr, &len) ||
	    http__open(&http, &addr, len, answer, NULL) || http__start(http))
		abort();
	server.sin_family = AF_INET;
	server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	server.sin_port = htons(atoi(strrchr(http__where(http), ':') + 1));
}

/* Ends when the server has had enough, as it must. */
static void ask(const uint8_t *data, size_t size)
{
	/* No connection stays behind in TIME_WAIT, of which there would be too many. */
	struct linger linger = { .l_onoff = 1 };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char reply[4096];

	if (fd < 0 || connect(fd, (struct sockaddr *)&server, sizeof(server)))
		abort();
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	if (send(fd, data, size, MSG_NOSIGNAL) == (ssize_t)size)
		shutdown(fd, SHUT_WR);
	while (read(fd, reply, sizeof(reply)) > 0)
		;
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	if (!http)
		server_start();
	memcpy(text, data, size);
	text[size] = '\0';
	parse(text);
	free(text);
	ask(data, size);
	return 0;
}
