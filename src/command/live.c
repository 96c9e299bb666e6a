// SPDX-License-Identifier: GPL-2.0
/*
 * A window becomes text once, in the main thread, and all clients get the same bytes. The line of
 * `-j` is larger, and few clients ask for it: it is made when the first of them asks in a window.
 */
#include <pthread.h>
#include "base/sanitize.h"
#include "command/parts.h"
#include "view/html/page.h"

#define JSON_TYPE  "application/json"
#define LINES_TYPE "application/x-ndjson"

/*
 * An answer gets no further window once it has this many bytes of windows. The same holds for
 * stalls and for storms. The client asks again for the rest: a slow client gets a part before its
 * time limit.
 */
#define ANSWER_BYTES (256UL << 10)

struct live {
	bool details;
	struct hidden hidden; /* whoever reads the page learns no address of the kernel */
	/* Identifies this process, because in another process the same numbers mean other texts. */
	uint64_t run;
	struct blob *page;
	struct recent *windows, *stalls, *storms;
	pthread_mutex_t lock; /* protects the next three members */
	struct kept *latest;
	struct storm_nearest nearest; /* nearest to a storm in @latest; its storm is NULL */
	struct blob *line; /* line of @latest; NULL: nobody has asked for it yet */
};

/* Make a blob of @text (@len bytes, taken over), without kernel addresses. NULL: no memory. */
static struct blob *public_blob(const struct live *live, char *text, size_t len)
{
	return blob__new(text, text ? hidden__addresses(&live->hidden, text, len) : 0);
}

struct live *live__new(double interval, bool details)
{
	const struct recent_limits windows = { LIVE_WINDOWS, LIVE_BYTES, LIVE_NS };
	const struct recent_limits reports = { LIVE_REPORTS, LIVE_BYTES, 0 };
	const struct live_page page = { interval, LIVE_NS / 1e9, details };
	struct live *live = calloc(1, sizeof(*live));
	size_t len = 0;
	char *text;

	if (!live)
		return NULL;
	if (hidden__open(&live->hidden)) {
		free(live);
		return NULL;
	}
	live->details = details;
	live->run = clock_ns(CLOCK_REALTIME);
	pthread_mutex_init(&live->lock, NULL);
	text = live_view__page(&page, &len);
	live->page = blob__new(text, len);
	live->windows = recent__new(&windows);
	live->stalls = recent__new(&reports);
	live->storms = recent__new(&reports);
	if (live->page && live->windows && live->stalls && live->storms)
		return live;
	live__free(live);
	return NULL;
}

void live__free(struct live *live)
{
	if (!live)
		return;
	blob__put(live->page);
	recent__free(live->windows);
	recent__free(live->stalls);
	recent__free(live->storms);
	kept__free(live->latest);
	blob__put(live->line);
	pthread_mutex_destroy(&live->lock);
	free(live);
}

static int window_add(void *ctx, const struct snapshot *snap, const struct storm_nearest *nearest)
{
	struct live *live = ctx;
	size_t len = 0;
	char *text = live_view__window(snap, live->details, &len);
	int err = recent__add(live->windows, public_blob(live, text, len), snap->window.mono_end);
	struct kept *kept = kept__new(snap), *before;

	pthread_mutex_lock(&live->lock);
	before = live->latest;
	live->latest = kept;
	live->nearest = *nearest;
	live->nearest.storm = NULL;
	blob__put(live->line);
	live->line = NULL;
	pthread_mutex_unlock(&live->lock);
	kept__free(before);
	return err || !kept ? -ENOMEM : 0;
}

static int reports_add(void *ctx, enum line_type type, const char *lines, size_t len)
{
	struct live *live = ctx;
	struct recent *recent = type == LINE_STALL ? live->stalls : live->storms;
	const char *end = lines + len, *newline;
	int err = 0;

	while (!err && (newline = memchr(lines, '\n', end - lines))) {
		size_t line = newline + 1 - lines;
		char *text = live->details ? strndup(lines, line) :
					     json__anonymous_line(lines, line);

		err = recent__add(recent, public_blob(live, text, text ? strlen(text) : 0),
				  mono_ns());
		lines = newline + 1;
	}
	return err;
}

struct sink live__page(struct live *live)
{
	return (struct sink){ live, window_add, reports_add };
}

/*
 * Add the texts of @from after number @after to @answer. *@last gets the number of the last one;
 * sets *@more if texts are left.
 */
static void texts_add(struct http_answer *answer, struct recent *from, uint64_t after, size_t bytes,
		      uint64_t *last, bool *more)
{
	size_t left;

	answer->nr_blobs += recent__after(from, after, bytes, answer->blobs + answer->nr_blobs,
					  HTTP_BLOBS - answer->nr_blobs, last, &left);
	*more |= left;
}

/*
 * Answer with what is new after ?after=NEXT. NEXT is what the last answer said:
 * RUN.WINDOW.STALL.STORM, the numbers of a run and of its last texts. Without NEXT, or with another
 * run's, the answer begins at the first text that is kept.
 */
static void answer_live(struct live *live, const char *query, struct http_answer *answer)
{
	uint64_t run = 0, window = 0, stall = 0, storm = 0;
	bool more = false;

	if (!query ||
	    sscanf(query, "after=%" SCNx64 ".%" SCNu64 ".%" SCNu64 ".%" SCNu64, &run, &window,
		   &stall, &storm) != 4 ||
	    run != live->run)
		window = stall = storm = 0;
	answer->status = 200;
	answer->type = LINES_TYPE;
	texts_add(answer, live->storms, storm, ANSWER_BYTES, &storm, &more);
	texts_add(answer, live->stalls, stall, ANSWER_BYTES, &stall, &more);
	texts_add(answer, live->windows, window, ANSWER_BYTES, &window, &more);
	snprintf(answer->next, sizeof(answer->next),
		 "%" PRIx64 ".%" PRIu64 ".%" PRIu64 ".%" PRIu64 "%s", live->run, window, stall,
		 storm, more ? " more" : "");
}

static void answer_all(struct recent *from, struct http_answer *answer)
{
	uint64_t last;
	bool more = false;

	answer->status = 200;
	answer->type = LINES_TYPE;
	texts_add(answer, from, 0, SIZE_MAX, &last, &more);
}

static void answer_snapshot(struct live *live, struct http_answer *answer)
{
	const struct view_options view = { .anonymous = !live->details, .nearest = &live->nearest };
	char *line;

	pthread_mutex_lock(&live->lock);
	if (!live->line && live->latest) {
		line = json__snapshot_line(&live->latest->snap, &view);
		live->line = public_blob(live, line, line ? strlen(line) : 0);
	}
	if (live->line) {
		answer->blobs[answer->nr_blobs++] = blob__get(live->line);
		answer->status = 200;
	} else {
		/* Before the first window, or without memory. */
		answer->status = 503;
	}
	pthread_mutex_unlock(&live->lock);
	answer->type = JSON_TYPE;
}

bool live__answer(struct live *live, const struct http_request *request, struct http_answer *answer)
{
	const char *path = request->path;

	if (!strcmp(path, "/")) {
		answer->status = 200;
		answer->type = "text/html; charset=utf-8";
		answer->policy = live_policy;
		answer->blobs[answer->nr_blobs++] = blob__get(live->page);
	} else if (!strcmp(path, "/api/v1/live")) {
		answer_live(live, request->query, answer);
	} else if (!strcmp(path, "/api/v1/snapshot")) {
		answer_snapshot(live, answer);
	} else if (!strcmp(path, "/api/v1/stalls")) {
		answer_all(live->stalls, answer);
	} else if (!strcmp(path, "/api/v1/storms")) {
		answer_all(live->storms, answer);
	} else {
		return false;
	}
	return true;
}
