// SPDX-License-Identifier: GPL-2.0
/* view/text/storm: the rows of what is known of the host, below a storm. */
#include "storm_text.h"

/* The text below a storm of tsc_khz_changed, each row on one line. */
static const char *rows_of(const struct storm_evidence *facts)
{
	struct feed feed = tsc_storm();
	char *text = printed(show, &(struct shown){ feed_first(&feed), facts }), *to = text;

	for (const char *from = text; *from; from++) {
		bool continues = *from == '\n' && !strncmp(from + 1, "          ", 10);

		*to++ = continues ? ' ' : *from;
		if (continues)
			from += 10;
	}
	*to = '\0';
	return text;
}

TEST(what_is_known_of_the_clock)
{
	struct storm_evidence facts = kvm_facts;

	assert_has(rows_of(&facts), "\ntsc       NOT constant (no constant_tsc), may stop in deep "
				    "idle; CPUID: not invariant; clocksource hpet\n");
	facts.tsc = (struct tsc_evidence){
		.known = true, .constant = true, .nonstop = true, .invariant = true
	};
	assert_has(rows_of(&facts), "\ntsc       constant (constant_tsc), never stops; CPUID: "
				    "invariant; clocksource unknown\n");
	facts.tsc.known = false;
	assert_lacks(rows_of(&facts), "\ntsc ");
}

/* 1950 IPIs a second for 650 transitions: KVM sends 3 to 8 for each transition of four CPUs. */
TEST(what_is_known_of_the_frequencies)
{
	struct storm_evidence facts = kvm_facts;

	assert_has(rows_of(&facts),
		   "\ncpufreq   policy0 of CPU 0-3: driver ipifreq, governor schedutil "
		   "650 transitions a second 1.95k IPIs a second to 650 transitions of 4 CPUs: 3.0 "
		   "each (KVM sends 3 to 8)");
	facts.cpufreq.transitions = 0;
	assert_has(rows_of(&facts), " 0 transitions a second");
	assert_lacks(rows_of(&facts), "each (KVM sends");
	facts.cpufreq.counted = false;
	assert_has(rows_of(&facts), "schedutil transitions cannot be counted here");
	/* A capture of an older ipitrace has no list of the policy's CPUs. */
	facts.cpufreq.policies[0].cpus = (struct cpuset){};
	facts.cpufreq.policies[0].nr_cpus = 1;
	assert_has(rows_of(&facts), "policy0 of 1 CPU: ");
	facts.cpufreq.nr_policies = POLICIES_MAX;
	assert_lacks(rows_of(&facts), "more policies");
	facts.cpufreq.nr_policies = POLICIES_MAX + 3;
	assert_has(rows_of(&facts), " more policies: 3 ");
	facts.cpufreq.nr_policies = 0;
	assert_has(rows_of(&facts), "\ncpufreq   this machine has no frequency policy\n");
	assert_lacks(rows_of(&facts), "transitions cannot be counted");
}

TEST(what_is_known_of_the_guests)
{
	struct storm_evidence facts = kvm_facts;

	assert_has(rows_of(&facts),
		   "\nguests    none: no vCPU thread, kvm_amd is loaded and has no users\n");
	assert_lacks(rows_of(&facts), "kvmclock's", "between vCPUs");
	*facts.guests.module = '\0';
	assert_has(rows_of(&facts), "\nguests    none: no vCPU thread\n");
	strcpy(facts.guests.module, "kvm_amd");
	facts.guests.users = 2;
	assert_has(rows_of(&facts), "\nguests    no vCPU thread by name, but kvm_amd has 2 users "
				    "their kvmclock's updates cannot be counted here "
				    "IPIs between vCPUs cannot be counted here\n");
	facts.guests.users = 0;
	facts.guests.vcpus = 1;
	strcpy(facts.guests.owner, "qemu[7]");
	assert_has(rows_of(&facts), "\nguests    1 vCPU threads, of qemu[7] their");
	facts.guests.vcpus = 2;
	facts.clock = (struct clock_evidence){ true, 2600, 2 * SECOND };
	facts.guest_ipis =
		(struct guest_ipi_evidence){ .known = true,
					     .all = 3000,
					     .ns = SECOND,
					     .nr_vms = 2,
					     .vms = { { .comm = "qemu", .tgid = 7, .ipis = 2000 },
						      { .comm = "vm", .tgid = 8, .ipis = 600 } } };
	assert_has(
		rows_of(&facts),
		"\nguests    2 vCPU threads, of qemu[7] and others "
		"1.30k kvmclock updates a second on vCPU threads, 2.0 for each transition; their "
		"time is not known "
		"vCPUs ask for 3.00k IPIs a second by exits: 2.00k of qemu[7], 600 of vm[8], 400 of "
		"others\n");
	facts.cpufreq.transitions = 0;
	facts.guest_ipis.virtualized = true;
	facts.guest_ipis.nr_vms = 0;
	assert_has(rows_of(&facts),
		   " on vCPU threads; their time is not known "
		   "vCPUs ask for 3.00k IPIs a second by exits "
		   "this CPU delivers most IPIs between vCPUs without an exit (AVIC, IPI "
		   "virtualization): those are not counted\n");
	facts.guests.known = false;
	facts.guests.users = -1;
	assert_has(rows_of(&facts), "\nguests    unknown: /proc hides processes 1.30k");
	facts.guests.users = 3;
	assert_has(rows_of(&facts),
		   "\nguests    unknown: /proc hides processes; kvm_amd has 3 users 1.30k");
}

TEST(what_is_known_of_moves)
{
	struct storm storm = migration_storm();
	struct storm_evidence facts = { .nr_online = 4 };
	const struct shown shown = { &storm, &facts };

	assert_has(printed(show, &shown), "\nmoved     cannot be counted here\n");
	assert_lacks(printed(show, &shown), "the stopper threads");
	facts.moves_known = facts.stops_known = true;
	facts.moves = 300;
	facts.moves_ns = 2 * SECOND;
	facts.stops = 90;
	facts.stops_ns = 3 * SECOND;
	assert_has(printed(show, &shown), "\nmoved     150 tasks a second to other CPUs\n",
		   "          the stopper threads (migration/N) ran 30.0 times a second\n");
}

/* CLOCK_REALTIME minus CLOCK_MONOTONIC: 2023-11-14T22:13:20 in UTC. */
#define REALTIME (1700000000 * (int64_t)SECOND)

static void show_at_its_time(const void *of)
{
	const struct shown *shown = of;

	view__storm(shown->storm, shown->facts, REALTIME);
	view__storm_over(shown->storm, REALTIME);
}

/* The times of a storm and of what changed are times of day; the second change has no label. */
TEST(what_changed_has_a_time_of_day)
{
	struct storm_evidence facts = { .nr_online = 4, .nr_changes = 2 };
	struct feed feed = tsc_storm();
	struct storm storm = *feed_first(&feed);
	const char *text;

	setenv("TZ", "UTC", 1);
	facts.changes[0].time = 5 * SECOND;
	facts.changes[1].time = 6 * SECOND;
	strcpy(facts.changes[0].text, "the first\n");
	strcpy(facts.changes[1].text, "the second");
	storm.before = false;
	storm.onset = 7 * SECOND;
	storm.seen = 9 * SECOND + SECOND / 2;
	storm.news = STORM_ENDED;
	text = printed(show_at_its_time, &(struct shown){ &storm, &facts });
	assert_has(text, "\nonset     about 2023-11-14T22:13:27",
		   "\nchanged   22:13:25 the first?\n          22:13:26 the second\n",
		   "\nended: tsc_khz_changed: last seen at 22:13:29, 2.5 s, mean ");
	storm.news = STORM_LASTS;
	storm.before = true;
	text = printed(show_at_its_time, &(struct shown){ &storm, &facts });
	assert_has(text, "\nonset     in the first window, or before ipitrace began\n",
		   " went on to the end: 2.5 s, mean ");
	assert_lacks(text, "last seen");
}

TEST_MAIN(NULL, NULL)
