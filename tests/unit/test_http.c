// SPDX-License-Identifier: GPL-2.0
/* The server and its limits; the cost of a scrape of 256 CPUs. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <time.h>
#include <sys/prctl.h>
#include "cli/options.h"
#include "model/metrics.h"
#include "model/names.h"
#include "model/snapshot.h"
#include "serve/serve.h"
#include "skip.h"
#include "unit.h"
#include "view/view.h"

#define SCRAPES	  repeats(10000)
#define WARM_UP	  repeats(1000)
#define FUNCTIONS 30
#define CPUS	  256
#define CLIENTS	  4
#define ASKED	  100 /* answers that each of CLIENTS gets */
/* How much memory, in bytes, the allocator may add in each of PERIODS. */
#define PERIODS	  3
#define GROWTH	  (256 * 1024 / PERIODS)
/* A scrape may take this many times the CPU time of an answer 404, client and server together. */
#define TIMES_404 10
/* The answer of a very large machine, which does not fit into a socket at once. */
#define LARGE	  (20 << 20)
#define DEAF	  10

static int thread_error; /* what pthread_create() returns; 0: it makes a thread */

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *),
			  void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *),
			  void *arg)
{
	return thread_error ?: __real_pthread_create(thread, attr, run, arg);
}

static struct metrics metrics;
static struct http *http;
static uint16_t port;

static void answer(void *ctx, const struct http_request *request, struct http_answer *answer)
{
	const char *path = request->path;
	static const struct metrics_process process = { .cpu_seconds = 1,
							.resident_bytes = 1,
							.start_time = 1 };
	FILE *out;

	if (!strcmp(path, "/large")) {
		*answer = (struct http_answer){ .status = 200, .body = calloc(1, LARGE) };
		answer->len = LARGE;
		return;
	}
	if (!strcmp(path, "/full")) {
		/* No memory was found for the body. */
		*answer = (struct http_answer){ .status = 200, .nr_blobs = 1, .next = "6" };
		return;
	}
	if (!strcmp(path, "/parts")) {
		*answer = (struct http_answer){ .status = 200, .nr_blobs = 2, .next = "7" };
		answer->blobs[0] = blob__new(strdup("abc"), 3);
		answer->blobs[1] = blob__new(strdup("defgh"), 5);
		return;
	}
	if (!strcmp(path, "/none")) {
		*answer = (struct http_answer){ .status = 503 };
		return;
	}
	out = open_memstream(&answer->body, &answer->len);
	assert_non_null(out);
	answer->status = strcmp(path, "/metrics") ? 404 : 200;
	answer->type = TEXT_TYPE;
	view__metrics(out, &metrics, &process,
		      request->accept ? METRICS_OPENMETRICS : METRICS_TEXT);
	fclose(out);
}

/* Where packages are built, not even the loopback interface may be up. */
static bool loopback(void)
{
	const struct sockaddr_in self = { .sin_family = AF_INET,
					  .sin_port = htons(9),
					  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool up = fd >= 0 && !connect(fd, (const struct sockaddr *)&self, sizeof(self));

	if (fd >= 0)
		close(fd);
	return up;
}

static int setup(void **state)
{
	struct fn_stats fns[FUNCTIONS] = {};
	static struct cpu_stats cpus[CPUS];
	const struct metrics_config config = {
		.threshold = THRESHOLD_DEFAULT,
		.max_fns = FUNCTIONS,
		.series = SERIES_DEFAULT,
		.nr_cpus = CPUS,
	};
	struct snapshot snap = { .fns = fns, .cpus = cpus, .nr_fns = FUNCTIONS, .nr_cpus = CPUS };
	static char names[FUNCTIONS][32];
	struct sockaddr_storage addr;
	socklen_t len;

	/* khugepaged may turn partly used memory into a huge page, which would look like growth. */
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	assert_int_equal(metrics__init(&metrics, &config, NULL), 0);
	for (int i = 0; i < FUNCTIONS; i++) {
		snprintf(names[i], sizeof(names[i]), "smp_call_function_number_%d", i);
		fns[i].func = (struct symbol){ .addr = 1, .name = names[i], .module = "module" };
		fns[i].count = 1000000 + i;
	}
	for (int i = 0; i < CPUS; i++) {
		cpus[i].cpu = i;
		cpus[i].sent = 1;
	}
	snap.known.kinds = true;
	/* So often that CPUs are selected, too. */
	for (int i = 0; i < STANDOUTS_WINDOWS + 1; i++)
		assert_int_equal(metrics__add(&metrics, &snap), 0);
	assert_int_equal(http__address("127.0.0.1:0", &addr, &len), 0);
	assert_int_equal(http__open(&http, &addr, len, answer, NULL), 0);
	port = atoi(strrchr(http__where(http), ':') + 1);
	return http__start(http);
}

static int teardown(void **state)
{
	http__close(http);
	metrics__free(&metrics);
	return 0;
}

/* Send @request. */
static int asking(const char *request)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(write(fd, request, strlen(request)), strlen(request));
	return fd;
}

/* Send @request and read until the end. */
static size_t ask(const char *request, char *reply, size_t size)
{
	int fd = asking(request);
	size_t len = 0;
	ssize_t n;

	while ((n = read(fd, reply + len, size - 1 - len)) > 0)
		len += n;
	assert_int_equal(n, 0);
	close(fd);
	reply[len] = '\0';
	return len;
}

static uint64_t cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static uint64_t resident(void)
{
	FILE *statm = fopen("/proc/self/statm", "r");
	unsigned long pages = 0;

	assert_non_null(statm);
	assert_int_equal(fscanf(statm, "%*u %lu", &pages), 1);
	fclose(statm);
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

TEST(a_server_that_cannot_begin_is_an_error)
{
	struct http *other = NULL;
	struct sockaddr_storage addr;
	int fds = list_fds(NULL);
	char where[32];
	socklen_t len;

	if (skip_if(!loopback(), "this network has no loopback"))
		return;
	/* The port is the server's. */
	snprintf(where, sizeof(where), "127.0.0.1:%u", port);
	assert_string_equal(http__where(http), where);
	assert_int_equal(http__address(where, &addr, &len), 0);
	assert_int_equal(http__open(&other, &addr, len, answer, NULL), -EADDRINUSE);
	assert_null(other);
	assert_int_equal(list_fds(NULL), fds);
	assert_int_equal(http__address("127.0.0.1:0", &addr, &len), 0);
	assert_int_equal(http__open(&other, &addr, len, answer, NULL), 0);
	thread_error = EAGAIN;
	assert_int_equal(http__start(other), -EAGAIN);
	thread_error = 0;
	/* There is no thread to wait for. */
	http__close(other);
	http__close(NULL);
	assert_int_equal(list_fds(NULL), fds);
}

TEST(one_answer)
{
	static char reply[1 << 17];
	const char *body, *length;
	size_t len;

	if (skip_if(!loopback(), "this network has no loopback"))
		return;
	len = ask("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", reply, sizeof(reply));
	body = strstr(reply, "\r\n\r\n") + 4;
	assert_memory_equal(reply, "HTTP/1.1 200 ", 13);
	assert_has(reply, "\r\nConnection: close\r\n");
	length = strstr(reply, "\r\nContent-Length: ");
	assert_non_null(length);
	assert_int_equal(atoi(length + 18), len - (body - reply));
	assert_has(body, "{func=\"smp_call_function_number_29\",module=\"module\"} 5000145\n");
	ask("GET / HTTP/1.0\r\n\r\n", reply, sizeof(reply));
	assert_has(reply, " 404 ");
	/* Only the first of two requests is answered. */
	ask("GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", reply,
	    sizeof(reply));
	assert_has(reply, " 404 ");
	assert_lacks(reply, " 200 ");
}

/* Get the length and the headers of the answer to @method @path. Returns the bytes of the body. */
static size_t headers(const char *method, const char *path, char *text, size_t size)
{
	char request[64];
	size_t len;
	char *end, *date;

	snprintf(request, sizeof(request), "%s %s HTTP/1.1\r\nHost: x\r\n\r\n", method, path);
	len = ask(request, text, size);
	end = strstr(text, "\r\n\r\n");
	assert_non_null(end);
	end += 4;
	len -= end - text;
	*end = '\0';
	date = strstr(text, "\r\nDate: ");
	if (date)
		memset(date + 8, '-', strcspn(date + 8, "\r"));
	return len;
}

static int by_line(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sort the lines, because the order of headers means nothing. */
static size_t lines_of(char *text, char *lines[], size_t max)
{
	size_t nr = 0;

	for (char *line = strtok(text, "\r\n"); line && nr < max; line = strtok(NULL, "\r\n"))
		lines[nr++] = line;
	qsort(lines, nr, sizeof(*lines), by_line);
	return nr;
}

TEST(head_is_get_without_a_body)
{
	static const char *const paths[] = { "/metrics", "/nothing", "/none",
					     "/large",	 "/full",    "/parts" };
	static char get[LARGE + 4096], head[4096];
	char *of_get[16], *of_head[16];

	if (skip_if(!loopback(), "this network has no loopback"))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		size_t body = headers("GET", paths[i], get, sizeof(get)), nr;
		const char *length = strstr(get, "\r\nContent-Length: ");

		assert_non_null(length);
		assert_int_equal(atoi(length + 18), body);
		/* Without memory there is no answer, and none that follows it. */
		assert_int_equal(strstr(get, "\r\nIpitrace-Next: ") != NULL,
				 !strcmp(paths[i], "/parts"));
		assert_int_equal(strstr(get, "\r\nIpitrace-Next: 7\r\n") != NULL,
				 !strcmp(paths[i], "/parts"));
		assert_int_equal(headers("HEAD", paths[i], head, sizeof(head)), 0);
		nr = lines_of(get, of_get, ARRAY_SIZE(of_get));
		assert_int_equal(lines_of(head, of_head, ARRAY_SIZE(of_head)), nr);
		for (size_t n = 0; n < nr; n++)
			assert_string_equal(of_head[n], of_get[n]);
	}
}

/* Another method is refused before anything else is looked at: no answer is made for it. */
TEST(other_methods_are_refused)
{
	static const char *const methods[] = {
		"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"
	};
	static char reply[1 << 17];

	if (skip_if(!loopback(), "this network has no loopback"))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
		assert_int_equal(headers(methods[i], "/metrics", reply, sizeof(reply)), 0);
		assert_has(reply, "HTTP/1.1 405 ", "\r\nAllow: GET, HEAD\r\n");
		headers(methods[i], "/nothing", reply, sizeof(reply));
		assert_has(reply, "HTTP/1.1 405 ", "\r\nAllow: GET, HEAD\r\n");
	}
	/* The body is not read as another request. */
	ask("POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 30\r\n\r\n"
	    "GET /metrics HTTP/1.1\r\nHost:\r\n",
	    reply, sizeof(reply));
	assert_has(reply, "HTTP/1.1 405 ");
	assert_lacks(reply, " 200 ");
}

/* Clients ask for more than the limit of pending answers, and do not read. */
TEST(large_answers_are_bounded)
{
	static const char request[] = "GET /large HTTP/1.1\r\nHost: x\r\n\r\n";
	static char reply[1 << 17];
	int fds[DEAF], given = 0;
	char status[16] = "";

	if (skip_if(!loopback(), "this network has no loopback"))
		return;
	for (int i = 0; i < DEAF; i++) {
		fds[i] = asking(request);
		/* Wait for the status before the next request. */
		assert_int_equal(recv(fds[i], status, 12, MSG_WAITALL), 12);
		given += !strcmp(status, "HTTP/1.1 200");
	}
	assert_in_range(given, 1, 4);
	/* A small answer still fits. */
	ask("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", reply, sizeof(reply));
	assert_memory_equal(reply, "HTTP/1.1 200", 12);
	for (int i = 0; i < DEAF; i++)
		close(fds[i]);
	/* Afterwards large answers fit again. */
	for (int i = 0; i < 1000 && given; i++) {
		int fd = asking(request);

		assert_int_equal(recv(fd, status, 12, MSG_WAITALL), 12);
		close(fd);
		if (!strcmp(status, "HTTP/1.1 200"))
			given = 0;
		else
			usleep(10000);
	}
	assert_int_equal(given, 0);
}

/*
 * A client that asks for each path in turn. Returns NULL, or a request whose answer was not whole.
 */
static void *client(void *arg)
{
	static const struct {
		const char *request, *status, *end;
	} asked[] = {
		{ "GET /metrics HTTP/1.1\r\nHost: x\r\nAccept: x\r\n\r\n", " 200 ", "# EOF\n" },
		{ "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", " 200 ", "\n" },
		{ "HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n", " 200 ", "\r\n\r\n" },
		{ "GET /none HTTP/1.1\r\nHost: x\r\n\r\n", " 503 ", "\r\n\r\n" },
	};
	const size_t size = 1 << 17;
	char *reply = malloc(size);
	const void *wrong = NULL;

	for (int i = 0; i < ASKED && !wrong; i++) {
		size_t which = i % ARRAY_SIZE(asked), end = strlen(asked[which].end);
		size_t len = ask(asked[which].request, reply, size);

		if (len < end || strncmp(reply + 8, asked[which].status, 5) ||
		    strcmp(reply + len - end, asked[which].end))
			wrong = asked[which].request;
	}
	free(reply);
	return (void *)wrong;
}

TEST(several_clients_at_once)
{
	pthread_t threads[CLIENTS];

	if (skip_if(!loopback(), "this network has no loopback"))
		return;
	for (int i = 0; i < CLIENTS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, client, NULL), 0);
	for (int i = 0; i < CLIENTS; i++) {
		void *wrong;

		pthread_join(threads[i], &wrong);
		assert_null(wrong);
	}
}

/* Returns the CPU time of an answer 404, client and server together, ns. */
static uint64_t time_404(void)
{
	enum { ASKED_FOR = 1000 };
	uint64_t begun = cpu_ns();
	char reply[4096];

	for (int i = 0; i < ASKED_FOR; i++)
		ask("GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n", reply, sizeof(reply));
	assert_has(reply, " 404 ");
	return (cpu_ns() - begun) / ASKED_FOR;
}

TEST(many_scrapes_cost_little_and_leave_nothing)
{
	static char reply[1 << 17];
	uint64_t before = 0, ns = 0, least = UINT64_MAX, not_found;
	size_t len = 0;

	if (skip_if(!loopback(), "this network has no loopback"))
		return;
	for (int i = 0; i <= SCRAPES; i++) {
		if (i == WARM_UP)
			ns = cpu_ns();
		/*
		 * On a busy machine several connections may be open at once, in one period. A leak
		 * is in each period.
		 */
		if (i >= WARM_UP && (i - WARM_UP) % ((SCRAPES - WARM_UP) / PERIODS) == 0) {
			uint64_t now = resident(), growth = now > before ? now - before : 0;

			if (before && growth < least)
				least = growth;
			before = now;
		}
		len = ask("GET /metrics HTTP/1.1\r\nHost: x\r\nAccept: x\r\n\r\n", reply,
			  sizeof(reply));
		assert_string_equal(reply + len - 6, "# EOF\n");
	}
	ns = (cpu_ns() - ns) / (SCRAPES - WARM_UP);
	not_found = time_404();
	print_message(
		"# %d scrapes of %zu bytes: %llu us of CPU each, client included, and an answer 404 "
		"%llu us; resident %llu KiB more in the best of %d parts\n",
		SCRAPES, len, (unsigned long long)ns / 1000, (unsigned long long)not_found / 1000,
		(unsigned long long)least / 1024, PERIODS);
	assert_true(ns < TIMES_404 * not_found);
#if !SANITIZED /* it keeps freed memory for a while */
	assert_true(least < GROWTH);
#endif
}

TEST_MAIN(setup, teardown)
