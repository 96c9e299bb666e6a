// SPDX-License-Identifier: GPL-2.0
/* The first line of a page: whose figures these are, and from when. */
#include "model/host.h"
#include "model/snapshot.h"
#include "printed.h"
#include "view/text/views.h"

static const struct host known = { .name.nodename = "vm", .name.release = "6.12.48" };
static const struct host unknown;

static void show_head(const void *of)
{
	view__head(of, "report", 0, NULL);
}

static void show_capture_head(const void *of)
{
	const struct host *host = of;

	view__capture_head(host, "storm",
			   &(struct timespec){ .tv_sec = host == &known ? 1700000000 : 0 });
}

TEST(the_head_names_host_kernel_and_date)
{
	struct snapshot snap = { .host = &known };

	setenv("TZ", "UTC", 1);
	snap.window.start.tv_sec = 1700000000;
	snap.window.mono_end = 2000000000;
	assert_string_equal(printed(show_head, &snap), "ipitrace report: vm, 6.12.48; 2.00 s from "
						       "2023-11-14T22:13:20.000Z\n");
	assert_string_equal(printed(show_capture_head, &known),
			    "ipitrace report storm: vm, 6.12.48; recorded from "
			    "2023-11-14T22:13:20Z\n");
}

/* The text of another tracer has none of them. */
TEST(the_head_says_what_is_not_known)
{
	struct snapshot snap = { .host = &unknown };

	snap.window.mono_end = 2000000000;
	assert_string_equal(printed(show_head, &snap),
			    "ipitrace report: host not known; 2.00 s on an unknown date\n");
	snap.host = NULL;
	assert_string_equal(printed(show_head, &snap),
			    "ipitrace report: host not known; 2.00 s on an unknown date\n");
	assert_string_equal(printed(show_capture_head, &unknown),
			    "ipitrace report storm: host not known; recorded on an unknown date\n");
}

TEST_MAIN(NULL, NULL)
