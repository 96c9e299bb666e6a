// SPDX-License-Identifier: GPL-2.0
/* storm/evidence: which interval the evidence of a storm is from, and what is known of it. The host is the test's. */
#include <time.h>
#include "base/cpuset.h"
#include "host/machine.h"
#include "model/snapshot.h"
#include "model/storm.h"
#include "storm/detector.h"
#include "unit.h"

#define MS 1000000ULL

static uint64_t test_clock = 1000 * MS; /* ns */
static uint64_t runs; /* of the stoppers since the last question */
static bool has_log, counts_stops;
static uint64_t updated, from, until; /* what the log of changes was asked */
static struct evidence_reader *reader;
static struct task_moves moved;
static struct storm_evidence evidence;
static struct signature signature;
static struct storm storm;
static struct snapshot snap;
static struct host host;

int __wrap_clock_gettime(clockid_t clock, struct timespec *ts)
{
	*ts = (struct timespec){ test_clock / 1000000000, test_clock % 1000000000 };
	return 0;
}

int __wrap_stopper_threads__open(struct stopper_threads **st, const char *root)
{
	*st = (void *)&runs;
	return 0;
}

void __wrap_stopper_threads__close(struct stopper_threads *st)
{
}

bool __wrap_stopper_threads__since(struct stopper_threads *st, uint64_t *since)
{
	assert_ptr_equal(st, &runs);
	*since = runs;
	return counts_stops;
}

int __wrap_change_log__open(struct change_log **log, const char *root)
{
	*log = has_log ? (void *)&updated : NULL;
	return has_log ? 0 : -ENOENT;
}

void __wrap_change_log__close(struct change_log *log)
{
}

void __wrap_change_log__update(struct change_log *log, uint64_t time)
{
	updated = time;
}

uint32_t __wrap_change_log__of(const struct change_log *log, uint64_t begin, uint64_t end,
			       struct change *changes, uint32_t max)
{
	from = begin;
	until = end;
	snprintf(changes[0].text, sizeof(changes[0].text), "governor");
	return 1;
}

bool __wrap_kvm_guests__ipis_virtualized(const char *root)
{
	return true;
}

void __wrap_kvm_guests__name(uint32_t tgid, char *name, size_t size, const char *root)
{
	snprintf(name, size, "vm-%u", tgid);
}

void __wrap_kvm_guests__read(struct guest_evidence *guests, const char *root)
{
	guests->known = true;
}

void __wrap_tsc__read(struct tsc_evidence *tsc, const char *root)
{
	tsc->known = true;
}

void __wrap_cpufreq__policies(struct cpufreq_evidence *cpufreq, const char *root)
{
	cpufreq->cpus_a_policy = 4;
}

static int open_reader(void)
{
	return evidence_reader__open(&reader, "");
}

static int setup(void **state)
{
	test_clock = 1000 * MS;
	has_log = counts_stops = true;
	runs = updated = from = until = 0;
	signature = (struct signature){};
	storm = (struct storm){ .sig = &signature };
	snap = (struct snapshot){ .host = &host };
	return open_reader();
}

static int teardown(void **state)
{
	evidence_reader__close(reader);
	return 0;
}

/* A window of @ns that ends at @end, with so many changes of frequency. */
static void add_window(uint64_t end, uint64_t ns, uint64_t frequency)
{
	snap.window.mono_start = end - ns;
	snap.window.mono_end = end;
	snap.events.known[EVENT_FREQUENCY] = true;
	snap.events.hits[EVENT_FREQUENCY] = frequency;
	evidence_reader__window(reader, &snap, &moved);
}

TEST_F(stoppers_are_counted_once_an_interval)
{
	runs = 50;
	test_clock += 199 * MS;
	evidence_reader__cut(reader);
	add_window(test_clock, 100 * MS, 0);
	assert_false(moved.stops_known);
	assert_int_equal(moved.stops, 0);
	test_clock += 1 * MS;
	evidence_reader__cut(reader);
	/* Half of the 200 ms belong to this window. */
	add_window(test_clock, 100 * MS, 0);
	assert_true(moved.stops_known);
	assert_int_equal(moved.stops, 25);
	/* The next count covers the time since the last count, and not since the beginning. */
	runs = 30;
	test_clock += 300 * MS;
	evidence_reader__cut(reader);
	add_window(test_clock, 100 * MS, 0);
	assert_int_equal(moved.stops, 10);
	counts_stops = false;
	test_clock += 200 * MS;
	evidence_reader__cut(reader);
	add_window(test_clock, 100 * MS, 0);
	assert_false(moved.stops_known);
	assert_int_equal(moved.stops, 0);
}

TEST_F(what_the_programs_count_of_tasks)
{
	snap.events.known[EVENT_MIGRATION] = true;
	snap.events.hits[EVENT_MIGRATION] = 7;
	snap.events.known[EVENT_POLLED] = true;
	snap.events.hits[EVENT_POLLED] = 9;
	add_window(2000 * MS, 1000 * MS, 0);
	assert_true(moved.moves_known && moved.polls_known);
	assert_int_equal(moved.moves, 7);
	assert_int_equal(moved.polls, 9);
	assert_int_equal(updated, 2000 * MS);
	snap.events.known[EVENT_MIGRATION] = snap.events.known[EVENT_POLLED] = false;
	add_window(3000 * MS, 1000 * MS, 0);
	assert_false(moved.moves_known || moved.polls_known);
}

/* Windows that are shorter than an interval add up; a storm that is over has the interval before. */
TEST_F(evidence_is_from_the_last_interval_that_had_the_storm)
{
	signature.shows = SHOWS_CPUFREQ;
	add_window(1100 * MS, 100 * MS, 400);
	storm.seen = 1100 * MS;
	evidence_reader__of(reader, &storm, &evidence);
	assert_int_equal(evidence.ns, 0);
	assert_false(evidence.cpufreq.counted);
	add_window(1200 * MS, 100 * MS, 400);
	storm.seen = 1200 * MS;
	evidence_reader__of(reader, &storm, &evidence);
	assert_int_equal(evidence.ns, 200 * MS);
	assert_true(evidence.cpufreq.counted);
	/* 800 events in 0.2 s, of policies with four CPUs. */
	assert_true(evidence.cpufreq.transitions == 1000);
	add_window(2200 * MS, 1000 * MS, 8);
	evidence_reader__of(reader, &storm, &evidence);
	assert_int_equal(evidence.ns, 200 * MS);
	assert_true(evidence.cpufreq.transitions == 1000);
	storm.seen = 2200 * MS;
	evidence_reader__of(reader, &storm, &evidence);
	assert_int_equal(evidence.ns, 1000 * MS);
	assert_true(evidence.cpufreq.transitions == 2);
}

TEST_F(a_signature_shows_its_evidence_and_no_other)
{
	snap.events.known[EVENT_GUEST_CLOCK] = snap.events.known[EVENT_GUEST_IPI] = true;
	snap.events.known[EVENT_MIGRATION] = true;
	snap.events.hits[EVENT_GUEST_CLOCK] = 5;
	snap.events.hits[EVENT_GUEST_IPI] = 6;
	snap.events.hits[EVENT_MIGRATION] = 7;
	snap.events.guests[0] = (struct guest_ipis){ .tgid = 12, .ipis = 4 };
	snap.events.guests[1] = (struct guest_ipis){ .tgid = 13, .ipis = 2 };
	snap.events.nr_guests = 2;
	runs = 40;
	test_clock += 500 * MS;
	evidence_reader__cut(reader);
	add_window(2000 * MS, 1000 * MS, 0);
	storm.seen = 2000 * MS;
	evidence_reader__of(reader, &storm, &evidence);
	assert_false(evidence.tsc.known || evidence.clock.counted || evidence.guests.known ||
		     evidence.guest_ipis.known || evidence.stops_known || evidence.moves_known);
	signature.shows = SHOWS_TSC;
	evidence_reader__of(reader, &storm, &evidence);
	assert_true(evidence.tsc.known && evidence.clock.counted);
	assert_members(evidence.clock, updates, 5, ns, 1000 * MS);
	assert_false(evidence.guests.known || evidence.guest_ipis.known || evidence.stops_known);
	signature.shows = SHOWS_GUEST_IPIS;
	evidence_reader__of(reader, &storm, &evidence);
	assert_false(evidence.guests.known || evidence.tsc.known);
	assert_true(evidence.guest_ipis.known && evidence.guest_ipis.virtualized);
	assert_members(evidence.guest_ipis, all, 6, ns, 1000 * MS, nr_vms, 2);
	assert_members(evidence.guest_ipis.vms[1], tgid, 13, ipis, 2, comm, "vm-13");
	signature.shows = SHOWS_GUESTS;
	evidence_reader__of(reader, &storm, &evidence);
	assert_true(evidence.guests.known && evidence.guest_ipis.known);
	signature.shows = SHOWS_STOPS;
	evidence_reader__of(reader, &storm, &evidence);
	assert_true(evidence.stops_known && evidence.moves_known);
	assert_members(evidence, stops, 40, stops_ns, 500 * MS, moves, 7, moves_ns, 1000 * MS);
	storm.sig = NULL;
	evidence_reader__of(reader, &storm, &evidence);
	assert_false(evidence.stops_known || evidence.tsc.known);
}

TEST_F(changes_are_those_near_the_onset)
{
	storm = (struct storm){ .onset = 5000 * MS, .recognised = 6000 * MS };
	evidence_reader__of(reader, &storm, &evidence);
	assert_int_equal(evidence.nr_changes, 1);
	assert_string_equal(evidence.changes[0].text, "governor");
	assert_int_equal(from, 2000 * MS);
	assert_int_equal(until, 6000 * MS);
	storm.onset = 3000 * MS;
	evidence_reader__of(reader, &storm, &evidence);
	assert_int_equal(from, 0);
	/* The onset of a storm that began before ipitrace was not seen. */
	storm.before = true;
	evidence_reader__of(reader, &storm, &evidence);
	assert_int_equal(evidence.nr_changes, 0);
	storm.before = false;
	evidence_reader__close(reader);
	has_log = false;
	assert_int_equal(open_reader(), 0);
	add_window(2000 * MS, 1000 * MS, 0);
	assert_int_equal(updated, 0);
	evidence_reader__of(reader, &storm, &evidence);
	assert_int_equal(evidence.nr_changes, 0);
}

/* A storm that begins as the frequencies change four times as often as they did has that as a change. */
TEST_F(a_rate_of_frequency_changes_far_above_the_usual_is_a_change)
{
	static const struct {
		uint64_t usual, now;
		enum storm_news news;
		const char *text;
	} rows[] = {
		{ 100, 1000, STORM_BEGAN, "frequency changes, of each CPU: 88 -> 1000 a second" },
		{ 100, 300, STORM_BEGAN, NULL },
		{ 100, 1000, STORM_LASTS, NULL },
		{ 0, 9, STORM_BEGAN, NULL },
		{ 0, 10, STORM_BEGAN, "frequency changes, of each CPU: 0 -> 10 a second" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t at = 2000 * MS;

		evidence_reader__close(reader);
		assert_int_equal(open_reader(), 0);
		for (int n = 0; n < 17; n++, at += 1000 * MS)
			add_window(at, 1000 * MS, rows[i].usual);
		add_window(at, 1000 * MS, rows[i].now);
		storm = (struct storm){ .news = rows[i].news, .seen = at };
		evidence_reader__of(reader, &storm, &evidence);
		assert_int_equal(evidence.nr_changes, rows[i].text ? 2 : 1);
		if (rows[i].text) {
			assert_string_equal(evidence.changes[1].text, rows[i].text);
			assert_int_equal(evidence.changes[1].time, at);
		}
	}
}

TEST_F(how_many_cpus_are_online)
{
	cpuset__add(&host.online, 3);
	cpuset__add(&host.online, 5);
	add_window(2000 * MS, 1000 * MS, 0);
	evidence_reader__of(reader, &storm, &evidence);
	assert_int_equal(evidence.nr_online, 2);
	snap.host = NULL;
	add_window(3000 * MS, 1000 * MS, 0);
	evidence_reader__of(reader, &storm, &evidence);
	assert_int_equal(evidence.nr_online, 0);
	evidence_reader__close(NULL);
}

TEST_MAIN(NULL, NULL)
