// SPDX-License-Identifier: GPL-2.0
/*
 * evhttp does not limit the number of connections, and its timeout ends only silent connections: a
 * client that sends a byte from time to time may stay forever. Therefore a table has a reference to
 * each connection's bufferevent, and a timer shuts down connections that are too old. All of this
 * runs in the server's thread.
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>
#include "base/clock.h"
#include "serve/serve.h"

/*
 * All methods that evhttp knows. answer_request() refuses all but GET and HEAD with 405; evhttp
 * would refuse a method that is not in this list with 501 (Not Implemented).
 */
#define METHODS                                                                                    \
	(EVHTTP_REQ_GET | EVHTTP_REQ_HEAD | EVHTTP_REQ_POST | EVHTTP_REQ_PUT | EVHTTP_REQ_DELETE | \
	 EVHTTP_REQ_OPTIONS | EVHTTP_REQ_TRACE | EVHTTP_REQ_CONNECT | EVHTTP_REQ_PATCH)

#define CONNECTIONS  128
#define BACKLOG	     1024
#define HEADER_BYTES 8192
#define BODY_BYTES   1024
/* Maximum bytes of answers that clients have not read; a single answer may be longer. */
#define ANSWER_BYTES (64UL << 20)
/* Maximum age of a connection, ms; LIFE_CROWDED applies while the table is full. */
#define LIFE	     10000
#define LIFE_CROWDED 300
#define SWEEP	     100 /* period of the sweep through the table, ms */

struct connection {
	struct bufferevent *bev; /* NULL if the slot is free */
	uint64_t since; /* CLOCK_MONOTONIC, ms */
};

struct http {
	struct event_base *base;
	struct evhttp *server;
	struct evconnlistener *listener; /* evhttp frees it with server, from listener_bind() on */
	struct event *sweep_timer;
	struct event *stop;
	int stop_fd;
	bool running;
	pthread_t thread;
	http_answer_fn *answer;
	void *ctx;
	char where[INET6_ADDRSTRLEN + 16];
	struct http_answer made; /* the answer in preparation */
	size_t unread; /* bytes of answers that clients have not read */
	unsigned int nr; /* connections in the table */
	struct connection connections[CONNECTIONS];
};

static uint64_t now_ms(void)
{
	return mono_ns() / 1000000;
}

/* Returns the port, 0 to 65535; -ERANGE: the number is larger; -EINVAL: it is no number. */
static int port_parse(const char *text)
{
	size_t len = strlen(text);

	if (!len || strspn(text, "0123456789") != len)
		return -EINVAL;
	if (strtoul(text, NULL, 10) > UINT16_MAX)
		return -ERANGE;
	return len > 5 ? -EINVAL : atoi(text);
}

int http__address(const char *text, struct sockaddr_storage *addr, socklen_t *len)
{
	struct sockaddr_in6 *in6 = (void *)addr;
	struct sockaddr_in *in = (void *)addr;
	const char *colon = strrchr(text, ':');
	int port = colon ? port_parse(colon + 1) : -EINVAL;
	size_t host_len = colon ? colon - text : 0;
	char host[INET6_ADDRSTRLEN + 2];

	if (port < 0)
		return port;
	if (host_len >= sizeof(host))
		return -EINVAL;
	snprintf(host, sizeof(host), "%.*s", (int)host_len, text);
	if (!strcmp(host, "localhost"))
		snprintf(host, sizeof(host), "127.0.0.1");
	else if (!host_len)
		snprintf(host, sizeof(host), "0.0.0.0");
	memset(addr, 0, sizeof(*addr));
	if (host_len > 2 && host[0] == '[' && host[host_len - 1] == ']') {
		host[host_len - 1] = '\0';
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(port);
		*len = sizeof(*in6);
		return inet_pton(AF_INET6, host + 1, &in6->sin6_addr) == 1 ? 0 : -EINVAL;
	}
	in->sin_family = AF_INET;
	in->sin_port = htons(port);
	*len = sizeof(*in);
	return inet_pton(AF_INET, host, &in->sin_addr) == 1 ? 0 : -EINVAL;
}

static void sweep_later(struct http *h)
{
	struct timeval tv = { .tv_usec = SWEEP * 1000 };

	if (!event_pending(h->sweep_timer, EV_TIMEOUT, NULL))
		event_add(h->sweep_timer, &tv);
}

/* Drop the references to connections that ended; shut down connections that are too old. */
static void sweep_table(struct http *h)
{
	uint64_t life = h->nr == CONNECTIONS ? LIFE_CROWDED : LIFE, now = now_ms();

	for (int i = 0; i < CONNECTIONS; i++) {
		struct connection *c = &h->connections[i];
		bufferevent_event_cb event;

		if (!c->bev)
			continue;
		/* evhttp removes its callbacks from a bufferevent when the connection is over. */
		bufferevent_getcb(c->bev, NULL, NULL, &event, NULL);
		if (!event) {
			bufferevent_decref(c->bev);
			c->bev = NULL;
			h->nr--;
		} else if (now - c->since >= life) {
			/* evhttp then sees the end of the stream and frees the connection. */
			shutdown(bufferevent_getfd(c->bev), SHUT_RDWR);
		}
	}
}

static void sweep_due(evutil_socket_t fd, short what, void *arg)
{
	struct http *h = arg;

	(void)fd;
	(void)what;
	sweep_table(h);
	if (h->nr < CONNECTIONS)
		evconnlistener_enable(h->listener);
	if (h->nr)
		sweep_later(h);
}

static void accept_again(evutil_socket_t fd, short what, void *listener)
{
	(void)fd;
	(void)what;
	evconnlistener_enable(listener);
}

/*
 * accept() failed, for lack of descriptors or memory, and would fail again at once: pause the
 * listener. @arg belongs to evhttp.
 */
static void accept_failed(struct evconnlistener *listener, void *arg)
{
	struct timeval tv = { .tv_usec = SWEEP * 1000 };

	(void)arg;
	evconnlistener_disable(listener);
	event_base_once(evconnlistener_get_base(listener), -1, EV_TIMEOUT, accept_again, listener,
			&tv);
}

/* evhttp calls this to get a new connection's bufferevent. */
static struct bufferevent *connection_new(struct event_base *base, void *arg)
{
	struct bufferevent *bev = bufferevent_socket_new(base, -1, 0);
	struct http *h = arg;
	struct connection *c = h->connections;

	if (!bev)
		return NULL;
	if (h->nr + 1 >= CONNECTIONS)
		sweep_table(h);
	/* The listener is disabled while the table is full, but accept_again() may enable it. */
	if (h->nr == CONNECTIONS)
		return bev;
	while (c->bev)
		c++;
	c->bev = bev;
	c->since = now_ms();
	bufferevent_incref(bev);
	if (++h->nr == CONNECTIONS)
		evconnlistener_disable(h->listener);
	sweep_later(h);
	return bev;
}

/* A blob that is being sent, and that is dropped once it is sent. */
struct pending {
	struct http *http;
	struct blob *blob;
};

/* Called by libevent. */
static void pending_free(const void *data, size_t len, void *arg)
{
	struct pending *p = arg;

	(void)data;
	p->http->unread -= len;
	blob__put(p->blob);
	free(p);
}

/* Add the bytes of @blob to @body without a copy. The function takes the caller's reference. */
static bool body_add(struct http *h, struct evbuffer *body, struct blob *blob)
{
	struct pending *p = blob ? malloc(sizeof(*p)) : NULL;

	if (!p) {
		blob__put(blob);
		return false;
	}
	*p = (struct pending){ h, blob };
	h->unread += blob->len;
	if (!evbuffer_add_reference(body, blob->bytes, blob->len, pending_free, p))
		return true;
	pending_free(NULL, blob->len, p);
	return false;
}

static size_t answer_length(const struct http_answer *answer)
{
	size_t len = 0;

	for (size_t i = 0; i < answer->nr_blobs; i++)
		len += answer->blobs[i] ? answer->blobs[i]->len : 0;
	return len;
}

static void answer_drop_body(struct http_answer *answer)
{
	for (size_t i = 0; i < answer->nr_blobs; i++)
		blob__put(answer->blobs[i]);
	answer->nr_blobs = 0;
}

/* Make @answer say that there is no memory for it. */
static void answer_fail(struct http_answer *answer)
{
	answer->status = 503;
	*answer->next = '\0';
	answer_drop_body(answer);
}

/*
 * Add the answer to @body. A client that never reads keeps its answer in memory as long as the
 * connection exists. Therefore the answer becomes 503 if all unread answers, with this one, would
 * exceed ANSWER_BYTES.
 */
static void answer_add(struct http *h, struct evbuffer *body, struct http_answer *answer)
{
	bool good = body && (!h->unread || h->unread + answer_length(answer) <= ANSWER_BYTES);

	for (size_t i = 0; i < answer->nr_blobs; i++) {
		if (good)
			good = body_add(h, body, answer->blobs[i]);
		else
			blob__put(answer->blobs[i]);
	}
	answer->nr_blobs = 0;
	if (good)
		return;
	answer_fail(answer);
	if (body)
		evbuffer_drain(body, evbuffer_get_length(body));
}

/*
 * Answer a HEAD request: its headers are those of GET, and there is no body. Set the length here,
 * because evhttp sets no length without a body.
 */
static void answer_head(struct evkeyvalq *headers, struct http_answer *answer)
{
	char length[24];

	for (size_t i = 0; i < answer->nr_blobs; i++)
		if (!answer->blobs[i])
			answer_fail(answer);
	snprintf(length, sizeof(length), "%zu", answer_length(answer));
	evhttp_add_header(headers, "Content-Length", length);
	answer_drop_body(answer);
}

/* Returns the path; "//", for which the answer is 404, if libevent takes "//metrics" for a host. */
static const char *uri_path(const struct evhttp_uri *uri)
{
	const char *path = uri ? evhttp_uri_get_path(uri) : NULL;

	if (uri && evhttp_uri_get_host(uri) && !evhttp_uri_get_scheme(uri))
		return "//";
	return path && *path ? path : "/";
}

/* Returns the server's address in the connection; its family is 0 if there is no connection. */
static struct sockaddr_storage read_local(struct evhttp_request *req)
{
	struct evhttp_connection *connection = evhttp_request_get_connection(req);
	struct sockaddr_storage addr = {};
	socklen_t len = sizeof(addr);

	if (connection)
		getsockname(bufferevent_getfd(evhttp_connection_get_bufferevent(connection)),
			    (struct sockaddr *)&addr, &len);
	return addr;
}

static void answer_request(struct evhttp_request *req, void *arg)
{
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(req);
	struct evkeyvalq *headers = evhttp_request_get_output_headers(req);
	const struct http_request asked = {
		.path = uri_path(uri),
		.query = uri ? evhttp_uri_get_query(uri) : NULL,
		.accept = evhttp_find_header(evhttp_request_get_input_headers(req), "Accept"),
		.host = evhttp_find_header(evhttp_request_get_input_headers(req), "Host"),
		.local = read_local(req),
	};
	struct evbuffer *body = evbuffer_new();
	struct http *h = arg;
	/* Not on the stack: it has 32 KB of references. Only one answer is prepared at a time. */
	struct http_answer *answer = &h->made;

	*answer = (struct http_answer){};
	if (evhttp_request_get_command(req) & (EVHTTP_REQ_GET | EVHTTP_REQ_HEAD)) {
		h->answer(h->ctx, &asked, answer);
	} else {
		/* Another method (RFC 9110, 15.5.6): h->answer() may be slow, so do not call it. */
		answer->status = 405;
		evhttp_add_header(headers, "Allow", "GET, HEAD");
	}
	/* From here on the body is in blobs. */
	if (answer->body) {
		answer->blobs[0] = blob__new(answer->body, answer->len);
		answer->nr_blobs = 1;
		answer->body = NULL;
	}
	if (evhttp_request_get_command(req) == EVHTTP_REQ_HEAD)
		answer_head(headers, answer);
	else
		answer_add(h, body, answer);
	evhttp_add_header(headers, "Connection", "close");
	evhttp_add_header(headers, "Content-Type", answer->type ? answer->type : "text/plain");
	evhttp_add_header(headers, "X-Content-Type-Options", "nosniff");
	evhttp_add_header(headers, "Cache-Control", "no-store");
	/* A browser keeps the answer out of the processes that show pages of others. */
	evhttp_add_header(headers, "Cross-Origin-Resource-Policy", "same-origin");
	if (answer->policy)
		evhttp_add_header(headers, "Content-Security-Policy", answer->policy);
	if (*answer->next)
		evhttp_add_header(headers, "Ipitrace-Next", answer->next);
	evhttp_send_reply(req, answer->status, NULL, body);
	if (body)
		evbuffer_free(body);
}

static void stop_loop(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	event_base_loopbreak(arg);
}

/* Set the address that the kernel bound, with the port that it chose if the user's was 0. */
static void where_set(struct http *h, int fd)
{
	struct sockaddr_storage addr = {};
	const struct sockaddr_in6 *in6 = (const void *)&addr;
	const struct sockaddr_in *in = (const void *)&addr;
	socklen_t len = sizeof(addr);
	char text[INET6_ADDRSTRLEN] = "?";
	bool v6;

	getsockname(fd, (struct sockaddr *)&addr, &len);
	v6 = addr.ss_family == AF_INET6;
	inet_ntop(addr.ss_family, v6 ? (const void *)&in6->sin6_addr : &in->sin_addr, text,
		  sizeof(text));
	snprintf(h->where, sizeof(h->where), v6 ? "[%s]:%u" : "%s:%u", text,
		 ntohs(v6 ? in6->sin6_port : in->sin_port));
}

static void (*give_up)(const char *message);

void http__on_failure(void (*call)(const char *message))
{
	give_up = call;
}

/*
 * Keep libevent's messages about bad clients from stderr. After an error libevent ends the process:
 * report that.
 */
static void log_errors(int severity, const char *message)
{
	if (severity == EVENT_LOG_ERR && give_up)
		give_up(message);
}

/*
 * Let the server accept connections at the listener. evhttp_bind_listener() does not fail if
 * libevent has no memory to wait for connections (2.1.12 evconnlistener_set_cb()): count the events
 * that the base waits for.
 */
static int listener_bind(struct http *h)
{
	int before = event_base_get_num_events(h->base, EVENT_BASE_COUNT_ADDED);

	if (!evhttp_bind_listener(h->server, h->listener)) {
		evconnlistener_free(h->listener);
		h->listener = NULL;
		return -ENOMEM;
	}
	evconnlistener_set_error_cb(h->listener, accept_failed);
	return event_base_get_num_events(h->base, EVENT_BASE_COUNT_ADDED) > before ? 0 : -ENOMEM;
}

static int server_open(struct http *h, const struct sockaddr_storage *addr, socklen_t len)
{
	event_set_log_callback(log_errors);
	h->base = event_base_new();
	h->server = h->base ? evhttp_new(h->base) : NULL;
	if (!h->server)
		return -ENOMEM;
	h->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (h->stop_fd < 0)
		return -errno;
	h->sweep_timer = evtimer_new(h->base, sweep_due, h);
	h->stop = event_new(h->base, h->stop_fd, EV_READ, stop_loop, h->base);
	if (!h->sweep_timer || !h->stop || event_add(h->stop, NULL))
		return -ENOMEM;
	h->listener = evconnlistener_new_bind(h->base, NULL, NULL,
					      LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC |
						      LEV_OPT_REUSEABLE,
					      BACKLOG, (const struct sockaddr *)addr, len);
	if (!h->listener)
		return errno ? -errno : -ENOMEM;
	where_set(h, evconnlistener_get_fd(h->listener));
	evhttp_set_bevcb(h->server, connection_new, h);
	evhttp_set_gencb(h->server, answer_request, h);
	evhttp_set_allowed_methods(h->server, METHODS);
	evhttp_set_max_headers_size(h->server, HEADER_BYTES);
	evhttp_set_max_body_size(h->server, BODY_BYTES);
	evhttp_set_timeout(h->server, LIFE / 1000);
	return listener_bind(h);
}

int http__open(struct http **to, const struct sockaddr_storage *addr, socklen_t len,
	       http_answer_fn *answer, void *ctx)
{
	struct http *h = calloc(1, sizeof(*h));
	int err;

	if (!h)
		return -ENOMEM;
	h->answer = answer;
	h->ctx = ctx;
	h->stop_fd = -1;
	err = server_open(h, addr, len);
	if (err)
		http__close(h);
	else
		*to = h;
	return err;
}

const char *http__where(const struct http *h)
{
	return h->where;
}

static void *run_loop(void *arg)
{
	struct http *h = arg;

	event_base_dispatch(h->base);
	return NULL;
}

int http__start(struct http *h)
{
	int err = pthread_create(&h->thread, NULL, run_loop, h);

	h->running = !err;
	return -err;
}

void http__close(struct http *h)
{
	if (!h)
		return;
	if (h->running) {
		eventfd_write(h->stop_fd, 1);
		pthread_join(h->thread, NULL);
	}
	/* This closes all connections; the table then holds the last references. */
	if (h->server)
		evhttp_free(h->server);
	for (int i = 0; i < CONNECTIONS; i++)
		if (h->connections[i].bev)
			bufferevent_decref(h->connections[i].bev);
	if (h->sweep_timer)
		event_free(h->sweep_timer);
	if (h->stop)
		event_free(h->stop);
	if (h->base)
		event_base_free(h->base);
	if (h->stop_fd >= 0)
		close(h->stop_fd);
	free(h);
}
