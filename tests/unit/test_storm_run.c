// SPDX-License-Identifier: GPL-2.0
/* A run's reports of storms: which are told when, with their evidence, and what came nearest to one. */
#include "storm_feed.h"

#define BEGIN (77 * SECOND)

static struct storm_run run;
static char told[1024];
static int refuse; /* what the receiver returns */
static int nr_opened, nr_closed, nr_cut; /* of the evidence */
static struct evidence_reader *const reader = (void *)"reader";

int __wrap_evidence_reader__open(struct evidence_reader **out, const char *root)
{
	assert_string_equal(root, "/root");
	nr_opened++;
	*out = reader;
	return 0;
}

void __wrap_evidence_reader__close(struct evidence_reader *closed)
{
	assert_ptr_equal(closed, nr_opened ? reader : NULL);
	nr_closed++;
}

void __wrap_evidence_reader__cut(struct evidence_reader *of)
{
	assert_ptr_equal(of, nr_opened ? reader : NULL);
	nr_cut++;
}

void __wrap_evidence_reader__window(struct evidence_reader *of, const struct snapshot *snap,
				    struct task_moves *moved)
{
	assert_ptr_equal(of, reader);
	moved->stops_known = true;
	moved->stops = 1000000;
}

void __wrap_evidence_reader__of(struct evidence_reader *of, const struct storm *storm,
				struct storm_evidence *evidence)
{
	assert_ptr_equal(of, reader);
	evidence->nr_online = 4;
}

static int take(void *ctx, const struct storm *storm, const struct storm_evidence *evidence,
		uint64_t time)
{
	static const char *const news[] = {
		[STORM_BEGAN] = "began", [STORM_LASTS] = "lasts", [STORM_ENDED] = "ended"
	};

	assert_ptr_equal(ctx, told);
	text_append(told, sizeof(told), "%s %s at %u s, %u CPUs\n",
		    storm->sig ? storm->sig->name : storm->funcs[0].name, news[storm->news],
		    (unsigned int)((time - BEGIN) / SECOND), evidence->nr_online);
	return refuse;
}

static struct host host;

static void begin(double note, const char *root)
{
	const struct storm_limits limits = { .rate = 2000, .share = 0.05, .rise = 8, .note = note };

	run = (struct storm_run){};
	*told = '\0';
	refuse = nr_opened = nr_closed = nr_cut = 0;
	host = (struct host){};
	for (uint32_t cpu = 0; cpu < 4; cpu++)
		cpuset__add(&host.online, cpu);
	assert_int_equal(storm_run__open(&run, &limits, root, take, told), 0);
}

/* A second in which CPU 1 gets @one and @other csds of two functions, and as many reschedules. */
static void judge(uint64_t one, uint64_t other, uint64_t reschedules)
{
	struct cpu_stats cpus[4] = { {}, { .cpu = 1 }, { .cpu = 2 }, { .cpu = 3 } };
	struct fn_stats fns[2] = {
		{ .func = { .addr = 1, .name = "one" }, .count = one },
		{ .func = { .addr = 2, .name = "other" }, .count = other },
	};
	struct fn_cpu parts[2] = { { .fn = 0, .cpu = 1, .sent = one, .received = one },
				   { .fn = 1, .cpu = 1, .sent = other, .received = other } };
	const uint64_t end = run.end ?: BEGIN;
	struct snapshot snap = {
		.host = &host,
		.window = { .mono_start = end, .mono_end = end + SECOND },
		.known.kinds = true,
		.kinds[KIND_RESCHEDULE] = reschedules,
		.ledger.queued = one + other,
		.cpus = cpus,
		.nr_cpus = 4,
		.fns = fns,
		.nr_fns = 2,
		.fn_cpus = parts,
		.nr_fn_cpus = 2,
	};

	assert_int_equal(storm_run__judge(&run, &snap), 0);
	assert_int_equal(run.end, snap.window.mono_end);
}

static void report(const char *want)
{
	*told = '\0';
	assert_int_equal(storm_run__report(&run), 0);
	assert_string_equal(told, want);
}

static void end(const char *want)
{
	*told = '\0';
	assert_int_equal(storm_run__end(&run), 0);
	assert_string_equal(told, want);
	storm_run__close(&run);
}

/* A storm that goes on is told of only at the end of the run. */
TEST(a_storm_is_told_of_as_it_begins_and_ends)
{
	begin(0, NULL);
	judge(3000, 0, 0);
	report("");
	assert_false(run.found);
	judge(3000, 0, 0);
	report("one began at 2 s, 0 CPUs\n");
	assert_true(run.found);
	judge(3000, 2500, 0);
	report("");
	judge(100, 2500, 0);
	report("one ended at 4 s, 0 CPUs\nother began at 4 s, 0 CPUs\n");
	judge(0, 2500, 0);
	report("");
	end("other lasts at 5 s, 0 CPUs\n");
	/* Of another machine's windows there is no evidence. */
	assert_members(run, calm.csds, 16600, hides, false);
	assert_int_equal(nr_opened, 0);
	assert_int_equal(nr_closed, 1);
}

/* Only with its evidence is it known that moves of tasks cause the reschedules. */
TEST(a_storm_is_told_of_with_its_evidence)
{
	begin(0, "/root");
	storm_run__cut(&run);
	judge(3000, 0, 90000);
	storm_run__cut(&run);
	judge(3000, 0, 90000);
	report("migration began at 2 s, 4 CPUs\none began at 2 s, 4 CPUs\n");
	end("migration lasts at 2 s, 4 CPUs\none lasts at 2 s, 4 CPUs\n");
	assert_int_equal(nr_opened, 1);
	assert_int_equal(nr_closed, 1);
	assert_int_equal(nr_cut, 2);
}

TEST(what_the_receiver_refuses_ends_the_report)
{
	begin(0, NULL);
	judge(3000, 3000, 0);
	judge(3000, 3000, 0);
	refuse = -EPIPE;
	assert_int_equal(storm_run__report(&run), -EPIPE);
	assert_string_equal(told, "other began at 2 s, 0 CPUs\n");
	*told = '\0';
	assert_int_equal(storm_run__end(&run), -EPIPE);
	assert_string_equal(told, "other lasts at 2 s, 0 CPUs\n");
	storm_run__close(&run);
}

/* The interval that came nearest stays; its storm, which a later window frees, does not. */
TEST(the_nearest_interval_of_the_run_is_kept)
{
	begin(0, NULL);
	judge(1000, 0, 0);
	assert_members(run.calm.nearest, known, true, rate, 1000);
	judge(1200, 0, 0);
	judge(1100, 0, 0);
	assert_members(run.calm.nearest, rate, 1200);
	judge(0, 0, 0);
	assert_members(run.calm.nearest, known, true, rate, 1200);
	judge(9000, 0, 0);
	judge(9100, 0, 0);
	assert_members(run.calm.nearest, rate, 9100, nr_storms, 1);
	assert_null(run.calm.nearest.storm);
	end("one lasts at 6 s, 0 CPUs\n");
}

/* A note is told of, but is no storm that was found; what came nearest besides is kept. */
TEST(a_note_is_not_the_nearest_to_a_storm)
{
	begin(0.01, NULL);
	judge(1000, 0, 0);
	judge(1000, 0, 0);
	judge(2200, 0, 0);
	judge(2600, 0, 0);
	report("one began at 4 s, 0 CPUs\n");
	assert_false(run.found);
	/* That of the interval before, in which it was not yet a note. */
	assert_members(run.calm.nearest, rate, 2200, nr_notes, 0);
	end("one lasts at 4 s, 0 CPUs\n");
	assert_false(run.found);
}

TEST_MAIN(NULL, NULL)
