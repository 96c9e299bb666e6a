// SPDX-License-Identifier: GPL-2.0
/* Stolen time in the views: shown if it is known, else absent. */
#include "abi/stall_event.h"
#include "base/write_all.h"
#include "model/metrics.h"
#include "model/snapshot.h"
#include "stall/incident.h"
#include "unit.h"
#include "view/json/json.h"
#include "view/view.h"
#include "view/table/table.h"
#include "view/text/views.h"

static const struct steal_sum some = { .known = true, .delay = 2500000000, .handler = 1000000 };

static char *text;
static size_t size;

static int teardown(void **state)
{
	free(text);
	text = NULL;
	return 0;
}

/* The metrics of a window of one CPU. */
static void scrape(struct steal_sum stolen)
{
	struct cpu_stats cpu = { .sent = 1, .received = 1, .stolen = stolen };
	struct snapshot snap = { .cpus = &cpu, .nr_cpus = 1, .how.source = SOURCE_CSD };
	struct metrics_config config = { .nr_cpus = 1, .max_fns = 1 };
	struct metrics_process process = {};
	struct metrics m;
	FILE *out = memory_text__open(&text, &size);

	assert_non_null(out);
	assert_int_equal(metrics__init(&m, &config, NULL), 0);
	assert_int_equal(metrics__add(&m, &snap), 0);
	assert_int_equal(metrics__add(&m, &snap), 0);
	assert_int_equal(view__metrics(out, &m, &process, METRICS_OPENMETRICS), 0);
	metrics__free(&m);
	fclose(out);
}

TEST(counters_add_windows_up, NULL, teardown)
{
	scrape(some);
	assert_has(text, "\nipitrace_stolen_seconds_total{phase=\"delivery\"} 5.0",
		   "\nipitrace_stolen_seconds_total{phase=\"handler\"} 0.002",
		   "\nipitrace_delay_stolen_seconds_total 5.0",
		   "\nipitrace_handler_stolen_seconds_total 0.002");
}

TEST(nothing_stolen_is_0, NULL, teardown)
{
	scrape((struct steal_sum){ .known = true });
	assert_has(text, "\nipitrace_delay_stolen_seconds_total 0");
}

TEST(without_a_clock_there_is_no_series, NULL, teardown)
{
	scrape((struct steal_sum){});
	assert_has(text, "\nipitrace_cpu_delay_seconds_total");
	assert_lacks(text, "stolen");
}

/* The line below a row of 10 s of delays and 20 ms of handlers. */
static void row(struct steal_sum stolen)
{
	FILE *out = memory_text__open(&text, &size);

	assert_non_null(out);
	view__stolen(out, &stolen, 10000000000, 20000000);
	fclose(out);
}

TEST(a_row_says_what_was_stolen_of_it, NULL, teardown)
{
	row(some);
	assert_string_equal(text, "  stolen: 2.50s of 10.0s delay, 1.00ms of 20.0ms handler\n");
}

TEST(a_row_leaves_out_what_is_less_than_a_hundredth, NULL, teardown)
{
	row((struct steal_sum){ .known = true, .delay = 99000000, .handler = 200000 });
	assert_string_equal(text, "  stolen: 200us of 20.0ms handler\n");
}

TEST(a_row_says_nothing_of_nothing, NULL, teardown)
{
	row((struct steal_sum){ .known = true });
	assert_string_equal(text, "");
}

TEST(a_row_says_nothing_without_a_clock, NULL, teardown)
{
	row((struct steal_sum){});
	assert_string_equal(text, "");
}

/* CPU 1 took 24 ms to begin. The event has the host's steal clock or has none. */
static struct stall_event late_event(bool known, uint64_t stolen)
{
	return (struct stall_event){ .phase = PHASE_DELIVERY,
				     .start = 1000,
				     .time = 24001000,
				     .dst = 1,
				     .stolen_known = known,
				     .stolen = stolen };
}

static void late(struct incident *incident, bool known, uint64_t stolen)
{
	const struct stall_event event = late_event(known, stolen);

	incident__from_event(incident, &event);
	incident__set_lateness(incident, false);
}

TEST(the_host_is_the_cause_of_what_it_stole_most_of)
{
	struct incident incident;

	late(&incident, true, 20000000);
	assert_members(incident, stolen, 20000000, late, LATE_STOLEN);
	late(&incident, true, 2000000);
	assert_int_equal(incident.stolen, 2000000);
	assert_int_not_equal(incident.late, LATE_STOLEN);
	late(&incident, false, 20000000);
	assert_int_equal(incident.stolen, 0);
	assert_int_not_equal(incident.late, LATE_STOLEN);
}

/* Whether the stall's line has @what. */
static bool line_has(const struct incident *incident, const char *what)
{
	static char line[1 << 16];
	size_t len = json__stall(line, sizeof(line) - 1, incident, 1, 0);

	line[len] = '\0';
	return len && strstr(line, what);
}

TEST(a_stall_without_a_clock_has_null)
{
	struct incident incident;

	late(&incident, true, 20000000);
	assert_true(line_has(&incident, "\"stolen\":20000000"));
	late(&incident, true, 0);
	assert_true(line_has(&incident, "\"stolen\":0"));
	late(&incident, false, 0);
	assert_true(line_has(&incident, "\"stolen\":null"));
}

/* CPU 1 took 24 ms to begin; CPU 0 sent the IPI @sent ns after the queue event. */
static const char *sentence_of(uint64_t sent, uint64_t src_stolen)
{
	static char sentence[768];
	struct stall_event event = late_event(true, 0);
	struct incident incident;

	event.sent = event.start + sent;
	event.src_stolen = src_stolen;
	incident__from_event(&incident, &event);
	incident__set_lateness(&incident, false);
	view__stall_sentence(sentence, sizeof(sentence), &incident);
	return sentence;
}

TEST(the_host_may_hold_the_sender_before_it_sends)
{
	assert_has(sentence_of(20000000, 19000000),
		   ": the hypervisor did not run CPU 0 before it sent the interrupt");
	/*
	 * 4 ms of this may have been stolen after the IPI was sent; the other 9 ms are less than
	 * half of 20.
	 */
	assert_has(sentence_of(20000000, 13000000),
		   ": CPU 0 was held up before it sent the interrupt");
	assert_has(sentence_of(20000000, 0), ": CPU 0 was held up before it sent the interrupt");
	/* The IPI was sent at once, so time stolen from the sender explains nothing. */
	assert_has(sentence_of(1000, 23000000), ": the cause is unknown");
}

TEST(a_delivery_alone_has_what_was_stolen_from_the_sender)
{
	struct stall_event handler = late_event(true, 0);
	struct incident incident;

	late(&incident, true, 0);
	assert_true(line_has(&incident, "\"src_stolen\":0"));
	late(&incident, false, 0);
	assert_true(line_has(&incident, "\"src_stolen\":null"));
	handler.phase = PHASE_HANDLER;
	incident__from_event(&incident, &handler);
	assert_true(line_has(&incident, "\"src_stolen\":null"));
}

TEST_MAIN(NULL, NULL)
