/* SPDX-License-Identifier: GPL-2.0 */
/* The state of the screen: keys and windows change it, and a canvas shows it. */
#ifndef IPITRACE_VIEW_TOP_SCREEN_H
#define IPITRACE_VIEW_TOP_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include "model/snapshot.h"
#include "view/top/canvas.h"
#include "view/top/history.h"
#include "view/top/pane.h"
#include "view/top/source.h"

enum screen_key {
	SCREEN_CHAR, /* input.ch */
	SCREEN_UP,
	SCREEN_DOWN,
	SCREEN_PAGE_UP,
	SCREEN_PAGE_DOWN,
	SCREEN_HOME,
	SCREEN_END,
	SCREEN_ENTER,
	SCREEN_BACK,
	SCREEN_ESCAPE,
	SCREEN_NEXT, /* Tab */
	SCREEN_PREVIOUS,
	SCREEN_CLICK, /* at input.x, input.y */
};

struct input {
	enum screen_key key;
	int ch;
	int x, y;
};

enum screen_wish {
	WISH_NONE,
	WISH_QUIT,
	WISH_WRITE, /* the kept windows */
};

/* A page on the way down. */
struct view {
	struct place place;
	struct pane pane;
	bool sorted; /* by the user: column @sort */
	int sort;
	bool reverse;
	bool keyed; /* @key and @table are the selected row's */
	uint64_t key;
	int table; /* of the page's */
};

#define DEPTH_MOST  12
#define FILTER_ROOM 48

struct screen {
	struct history history;
	struct findings findings;
	struct grouping groupings[GROUPINGS];
	struct view views[DEPTH_MOST]; /* the table first */
	int depth; /* of the view that is shown */
	struct page page;
	bool paused;
	size_t back; /* windows before the latest */
	bool typing; /* the filter */
	char filter[FILTER_ROOM];
	char message[128]; /* "": none; until the next key */
	int width, height; /* of the latest drawing */
};

void screen__open(struct screen *screen);
void screen__close(struct screen *screen);

/* Keep a window, and show it unless the screen is paused. 0 or -ENOMEM. */
int screen__window(struct screen *screen, const struct snapshot *snap, uint64_t own_ns);

/* Returns the user's wish; all else happens in @screen. */
enum screen_wish screen__input(struct screen *screen, const struct input *input);

void screen__draw(struct screen *screen, struct canvas *canvas);

/* The window that is shown; NULL: none yet. */
const struct kept *screen__shown(const struct screen *screen);

#endif /* IPITRACE_VIEW_TOP_SCREEN_H */
