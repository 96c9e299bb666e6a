// SPDX-License-Identifier: GPL-2.0
/* The figures of a storm's line, and the storm that a capture's line gives back. */
#include "model/storm.h"
#include "unit.h"

#define SECOND 1000000000ULL

static uint64_t src[8], dst[8];
static struct storm_line line;
static struct storm_evidence evidence;

/* A storm of two functions that has lasted 10 s, and whose last interval had half a second. */
static struct storm storm_of(bool own_counts)
{
	struct storm storm = {
		.id = 3,
		.news = STORM_BEGAN,
		.nr_funcs = 2,
		.funcs = { { .name = "f", .count = 300 }, { .name = "g", .count = 100 } },
		.last = { .ns = SECOND / 2,
			  .count = 400,
			  .all = 500,
			  .unsampled = 100,
			  .own = 20,
			  .handler_ns = 7000,
			  .wait_ns = 2000,
			  .stolen = { true, 300, 500 },
			  .victim = 250,
			  .at_most = true },
		.life = { .ns = 10 * SECOND,
			  .count = 9000,
			  .all = 10000,
			  .own = 30,
			  .handler_ns = 8000,
			  .wait_ns = 1000,
			  .victim = 5000,
			  .sent_elsewhere = 900,
			  .received_elsewhere = 1800 },
		.nr_sources = 2,
		.sources = { { .csds = 30 }, { .csds = 10 } },
		.csds = 40,
		.own_counts = own_counts,
		.nr_cpus = 8,
		.src = src,
		.dst = dst,
	};

	memset(src, 0, sizeof(src));
	memset(dst, 0, sizeof(dst));
	src[0] = 100;
	src[7] = 10;
	src[3] = 9; /* too few to take part */
	dst[1] = 300;
	dst[2] = 100;
	return storm;
}

static void make(const struct storm *storm)
{
	memset(&line, 0, sizeof(line));
	storm_line__make(&line, storm, &evidence);
}

#define assert_real(got, want) assert_int_equal((got)*1000 + 0.5, (want)*1000)

TEST(the_figures_are_of_the_last_interval_or_of_the_life)
{
	struct storm storm = storm_of(true);

	evidence = (struct storm_evidence){ .nr_online = 8 };
	make(&storm);
	assert_members(line, ongoing, true, storm.id, 3, cost_known, true, handler_known, true,
		       wait_known, true, cost_ns, 18000, handler_ns, 14000, wait_ns, 4000);
	assert_members(line.stolen, known, true, delay, 600, handler, 1000);
	assert_members(line, at_most, true, rate, 800, victim_rate, 500, own_rate, 40);
	assert_real(line.share, 0.8);
	assert_real(line.unsampled, 0.25);
	assert_members(line.storm, funcs[0].rate, 600, funcs[1].rate, 200);
	assert_real(line.storm.sources[0].share, 0.75);
	assert_real(line.storm.sources[1].share, 0.25);
	storm.news = STORM_ENDED;
	make(&storm);
	assert_members(line, ongoing, false, cost_ns, 900, handler_ns, 800, wait_ns, 100, at_most,
		       false, rate, 900, victim_rate, 500, own_rate, 3, unsampled, 0);
	storm.news = STORM_LASTS;
	make(&storm);
	assert_members(line, ongoing, true, rate, 900);
}

TEST(times_that_are_not_known)
{
	struct storm storm = storm_of(true);

	storm.last.runs_unseen = true;
	make(&storm);
	assert_members(line, cost_known, false, handler_known, false, wait_known, true);
	storm.last.runs_unseen = false;
	storm.last.waits_unknown = true;
	make(&storm);
	assert_members(line, cost_known, true, handler_known, true, wait_known, false);
	/* An interrupt without a function. */
	storm.last.waits_unknown = false;
	*storm.funcs[0].name = '\0';
	make(&storm);
	assert_members(line, cost_known, false, handler_known, false, wait_known, false);
}

TEST(cpus_take_part)
{
	struct storm storm = storm_of(true);

	evidence = (struct storm_evidence){ .nr_online = 3 };
	make(&storm);
	assert_members(line, src_known, true, dst_known, true, has_cpus, true, shape,
		       storm__shape(&storm, 3), sent.nr, 3, received.nr, 2);
	assert_int_equal(cpuset__count(&line.src), 2);
	assert_true(cpuset__has(&line.src, 0) && cpuset__has(&line.src, 7));
	assert_int_equal(cpuset__count(&line.dst), 2);
	/* 900 of 9,000 were sent elsewhere: 80/s of the last interval's 800/s. */
	assert_real(line.sent.elsewhere, 80);
	assert_real(line.received.elsewhere, 160);
	assert_members(line.received, cpus[0].cpu, 1, cpus[0].rate, 480, cpus[1].cpu, 2,
		       cpus[1].rate, 160);
	/* Csds of all functions: the CPUs, without rates. */
	storm = storm_of(false);
	make(&storm);
	assert_members(line, has_cpus, true, sent.nr, 0, received.nr, 0, src_known, true);
	storm.life.all = 18000;
	make(&storm);
	assert_int_equal(line.has_cpus, false);
	/* Nothing is known of the senders of an interrupt that arrived. */
	memset(src, 0, sizeof(src));
	make(&storm);
	assert_int_equal(line.src_known, true);
	*storm.funcs[0].name = '\0';
	make(&storm);
	assert_members(line, src_known, false, dst_known, true);
}

TEST(figures_of_the_evidence)
{
	struct storm storm = storm_of(true);

	evidence = (struct storm_evidence){ .cpufreq.transitions = 4, .guests.users = 0 };
	evidence.guest_ipis = (struct guest_ipi_evidence){
		.ns = SECOND / 4, .nr_vms = 2, .vms = { { .ipis = 50 }, { .ipis = 30 } }, .all = 100
	};
	make(&storm);
	assert_members(line.evidence.guest_ipis, vms[0].rate, 200, vms[1].rate, 120, other_rate,
		       80);
	assert_members(line.evidence, cpufreq.ipis_each, 200, guests.users_known, true,
		       updates_each_known, false);
	evidence.clock = (struct clock_evidence){ true, 60, 2 * SECOND };
	make(&storm);
	assert_int_equal(line.evidence.updates_each_known, true);
	assert_real(line.evidence.updates_each, 7.5);
	/* The guests are named with more IPIs than there were in all: none is of others. */
	evidence.guest_ipis.all = 79;
	evidence.guests.users = -1;
	evidence.cpufreq.transitions = 0;
	make(&storm);
	assert_members(line.evidence, cpufreq.ipis_each, 0, guests.users_known, false,
		       updates_each_known, false, guest_ipis.other_rate, 0);
}

/* A line of a capture, with the figures of the first test. */
static void read_line(bool ongoing)
{
	struct storm storm = storm_of(true);

	evidence = (struct storm_evidence){ .nr_online = 8, .guests.users = -1 };
	make(&storm);
	line.ongoing = ongoing;
	line.name = "membarrier";
	line.storm.onset = 5 * SECOND;
	line.storm.seen = 15 * SECOND;
	line.storm.last = line.storm.life = (struct storm_sums){};
	line.storm.funcs[0].count = line.storm.funcs[1].count = 0;
	line.evidence.guests.users = 0;
	line.evidence.guest_ipis = (struct guest_ipi_evidence){ .ns = SECOND / 4,
								.nr_vms = 1,
								.vms = { { .rate = 200 } } };
}

TEST(sums_are_restored_for_a_second_and_for_the_life)
{
	const struct storm *storm = &line.storm;

	read_line(true);
	storm_line__restore(&line, 4);
	assert_string_equal(storm->sig->name, "membarrier");
	assert_members(storm->last, ns, SECOND, cpu_ns, 4 * SECOND, count, 800, all, 1000,
		       handler_ns, 14000, wait_ns, 4000, victim, 500, own, 40, unsampled, 200,
		       at_most, true);
	assert_members(storm->last.stolen, known, true, delay, 600, handler, 1000);
	assert_members(storm->last, runs_unseen, false, waits_unknown, false);
	assert_members(storm->life, ns, 10 * SECOND, cpu_ns, 40 * SECOND, count, 8000, all, 10000,
		       handler_ns, 140000, sent_elsewhere, 800, received_elsewhere, 1600);
	assert_members(*storm, news, STORM_BEGAN, funcs[0].count, 600, funcs[1].count, 200, nr_cpus,
		       MAX_CPUS, dst[1], 4800, dst[2], 1600, dst[3], 0);
	assert_members(line.evidence, nr_online, 4, guests.users, -1, guest_ipis.vms[0].ipis, 50);
	read_line(false);
	line.handler_known = line.wait_known = false;
	line.share = 0;
	line.name = NULL;
	line.storm.seen = line.storm.onset;
	line.evidence.guests.users_known = true;
	storm_line__restore(&line, 4);
	assert_members(*storm, news, STORM_ENDED, last.runs_unseen, true, last.waits_unknown, true,
		       last.all, 0, life.ns, SECOND);
	assert_null(storm->sig);
	assert_int_equal(line.evidence.guests.users, 0);
	/* An interrupt without a function has no times, and lacks none. */
	read_line(true);
	line.handler_known = line.wait_known = false;
	*line.storm.funcs[0].name = '\0';
	storm_line__restore(&line, 4);
	assert_members(storm->last, runs_unseen, false, waits_unknown, false);
	/* A rate may be less than one. */
	read_line(true);
	line.rate = 0.7;
	line.own_rate = 0.5;
	line.victim_rate = 0.3;
	storm_line__restore(&line, 4);
	assert_members(storm->life, count, 7, own, 5, victim, 3);
}

/* The shape, and whether the CPUs are the storm's, are those of the line. */
TEST(what_a_line_says_of_cpus_is_restored)
{
	static const enum storm_shape shapes[] = { SHAPE_BROADCAST, SHAPE_MASK, SHAPE_IN_TURN };

	for (int has_cpus = 0; has_cpus < 2; has_cpus++)
		for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
			read_line(true);
			line.storm.own_counts = false;
			line.has_cpus = has_cpus;
			line.shape = shapes[i];
			storm_line__restore(&line, 4);
			assert_int_equal(storm__has_cpus(&line.storm), has_cpus);
			assert_int_equal(line.storm.life.many,
					 shapes[i] == SHAPE_IN_TURN ? 0 : line.storm.life.count);
			assert_members(line.storm, src[0], 1, src[7], 1, src[3], 0, dst[1], 1);
		}
	/* A share that says the same is left as it is. */
	read_line(true);
	line.storm.own_counts = false;
	line.share = 0.4;
	line.has_cpus = false;
	storm_line__restore(&line, 4);
	assert_int_equal(line.storm.life.all, 20000);
}

/* Captures of older versions have samples, and not what these represent. */
TEST(samples_of_older_captures_are_csds)
{
	struct storm *storm = &line.storm;

	for (int old = 0; old < 2; old++) {
		read_line(true);
		storm->samples = 9;
		storm->nr_whys = 2;
		storm->whys[0] = (struct storm_why){ .samples = 3, .csds = old ? 0 : 50 };
		storm->whys[1] = (struct storm_why){ .samples = 4, .csds = old ? 0 : 20 };
		storm->sources[1].samples = 2;
		storm_line__restore(&line, 4);
		assert_members(*storm, csds, old ? 9 : 70, whys[0].csds, old ? 3 : 50, whys[1].csds,
			       old ? 4 : 20, sources[1].csds, old ? 2 : 10);
	}
}

TEST_MAIN(NULL, NULL)
