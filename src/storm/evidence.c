// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "host/machine.h"
#include "storm/detector.h"

/* A change up to this long before the onset may be its cause. */
#define BEFORE_NS	3000000000ULL
/*
 * cpufreq transitions: number of intervals for the average rate, the multiple of this rate that
 * counts as a change, and the least rate that counts.
 */
#define USUAL_INTERVALS 8
#define USUAL_TIMES	4
#define TRANSITIONS_MIN 10

/* Runs of the stopper threads. */
struct stops {
	bool counted;
	uint64_t runs;
	uint64_t ns; /* time in which the runs were counted, ns; 0 if they were not */
};

struct interval {
	struct machine_events events;
	uint64_t ns;
	uint64_t end; /* CLOCK_MONOTONIC ns */
	struct stops stops; /* the last count at the end of the interval */
};

struct evidence_reader {
	const char *root;
	struct change_log *changes;
	struct stopper_threads *stoppers;
	struct stops stops; /* the last count */
	uint64_t last_read; /* CLOCK_MONOTONIC ns */
	/* Windows too short for an interval add to the next one, as in the detector. */
	struct machine_events sum;
	uint64_t sum_ns; /* length of sum, ns; 0: sum is empty */
	struct interval last;
	/* The interval before `last`, for a storm that was over in `last`. */
	struct interval before;
	uint32_t nr_online;
	/* Frequency changes a second of each CPU: in the last two intervals, and before them. */
	double rates[2];
	double usual;
};

int evidence_reader__open(struct evidence_reader **reader, const char *root)
{
	*reader = calloc(1, sizeof(**reader));
	if (!*reader)
		return -ENOMEM;
	(*reader)->root = root;
	/* A source that the machine lacks stays NULL. */
	change_log__open(&(*reader)->changes, root);
	stopper_threads__open(&(*reader)->stoppers, root);
	(*reader)->last_read = mono_ns();
	return 0;
}

void evidence_reader__close(struct evidence_reader *reader)
{
	if (!reader)
		return;
	change_log__close(reader->changes);
	stopper_threads__close(reader->stoppers);
	free(reader);
}

void evidence_reader__cut(struct evidence_reader *reader)
{
	uint64_t now = mono_ns();

	if (now < reader->last_read + STORM_INTERVAL_NS)
		return;
	reader->stops.ns = now - reader->last_read;
	reader->last_read = now;
	reader->stops.counted = stopper_threads__since(reader->stoppers, &reader->stops.runs);
}

static void events_add(struct evidence_reader *reader, const struct snapshot *snap, uint64_t ns)
{
	if (reader->sum_ns)
		machine_events__add(&reader->sum, &snap->events);
	else
		reader->sum = snap->events;
	reader->sum_ns += ns;
	if (reader->sum_ns < STORM_INTERVAL_NS)
		return;
	reader->before = reader->last;
	reader->last = (struct interval){ .events = reader->sum,
					  .ns = reader->sum_ns,
					  .end = snap->window.mono_end,
					  .stops = reader->stops };
	reader->sum_ns = 0;
	reader->usual += (reader->rates[1] - reader->usual) / USUAL_INTERVALS;
	reader->rates[1] = reader->rates[0];
	reader->rates[0] = reader->last.events.hits[EVENT_FREQUENCY] * 1e9 / reader->last.ns;
}

void evidence_reader__window(struct evidence_reader *reader, const struct snapshot *snap,
			     struct task_moves *moved)
{
	uint64_t window = snap->window.mono_end - snap->window.mono_start;
	const struct machine_events *events = &snap->events;

	reader->nr_online = snap->host ? cpuset__count(&snap->host->online) : 0;
	if (reader->changes)
		change_log__update(reader->changes, snap->window.mono_end);
	events_add(reader, snap, window);
	moved->stops_known = reader->stops.counted && reader->stops.ns;
	/* Take the part of the last count that belongs to this window. */
	moved->stops = moved->stops_known ? (double)reader->stops.runs * window / reader->stops.ns :
					    0;
	moved->moves_known = events->known[EVENT_MIGRATION];
	moved->moves = events->hits[EVENT_MIGRATION];
	moved->polls_known = events->known[EVENT_POLLED];
	moved->polls = events->hits[EVENT_POLLED];
}

/* Single transitions are normal. A rate far above the usual rate is a change. */
static void add_transitions(const struct evidence_reader *reader, const struct storm *storm,
			    struct storm_evidence *evidence)
{
	struct change *change = &evidence->changes[evidence->nr_changes];
	double far_above = USUAL_TIMES * reader->usual;

	if (storm->news != STORM_BEGAN || evidence->nr_changes == CHANGES_MAX ||
	    reader->rates[0] < TRANSITIONS_MIN || reader->rates[0] < far_above)
		return;
	change->time = storm->seen;
	snprintf(change->text, sizeof(change->text),
		 "frequency changes, of each CPU: %.0f -> %.0f a second", reader->usual,
		 reader->rates[0]);
	evidence->nr_changes++;
}

static void add_changes(const struct evidence_reader *reader, const struct storm *storm,
			struct storm_evidence *evidence)
{
	uint64_t from = storm->onset > BEFORE_NS ? storm->onset - BEFORE_NS : 0;

	/* A storm that began before ipitrace has an onset, and changes, that were not seen. */
	if (!reader->changes || storm->before)
		return;
	evidence->nr_changes = change_log__of(reader->changes, from, storm->recognised,
					      evidence->changes, CHANGES_MAX);
	add_transitions(reader, storm, evidence);
}

static void set_guest_ipis(const struct evidence_reader *reader, const struct interval *interval,
			   struct guest_ipi_evidence *ipis)
{
	const struct machine_events *events = &interval->events;

	ipis->known = events->known[EVENT_GUEST_IPI];
	ipis->virtualized = kvm_guests__ipis_virtualized(reader->root);
	ipis->all = events->hits[EVENT_GUEST_IPI];
	ipis->ns = interval->ns;
	for (uint32_t i = 0; i < events->nr_guests; i++) {
		struct guest_vm *vm = &ipis->vms[ipis->nr_vms++];

		*vm = (struct guest_vm){ .tgid = events->guests[i].tgid,
					 .ipis = events->guests[i].ipis };
		kvm_guests__name(vm->tgid, vm->comm, sizeof(vm->comm), reader->root);
	}
}

static void set_counts(const struct interval *interval, unsigned int shows,
		       struct storm_evidence *evidence)
{
	const struct machine_events *events = &interval->events;
	struct cpufreq_evidence *cpufreq = &evidence->cpufreq;

	if (shows & SHOWS_TSC)
		evidence->clock = (struct clock_evidence){ events->known[EVENT_GUEST_CLOCK],
							   events->hits[EVENT_GUEST_CLOCK],
							   interval->ns };
	if (shows & SHOWS_CPUFREQ) {
		/*
		 * The kernel counts a transition once for each CPU of its policy, and the event
		 * names no policy, so divide by the CPUs of a policy, if all policies have the same
		 * number.
		 */
		cpufreq->counted = events->known[EVENT_FREQUENCY] && cpufreq->cpus_a_policy &&
				   interval->ns;
		if (cpufreq->counted)
			cpufreq->transitions = events->hits[EVENT_FREQUENCY] * 1e9 / interval->ns /
					       cpufreq->cpus_a_policy;
	}
	if (shows & SHOWS_STOPS) {
		evidence->stops_known = interval->stops.counted;
		evidence->stops = interval->stops.runs;
		evidence->stops_ns = interval->stops.ns;
		evidence->moves_known = events->known[EVENT_MIGRATION];
		evidence->moves = events->hits[EVENT_MIGRATION];
		evidence->moves_ns = interval->ns;
	}
}

void evidence_reader__of(struct evidence_reader *reader, const struct storm *storm,
			 struct storm_evidence *evidence)
{
	/*
	 * An interval without the storm has ended it: then the evidence is from the interval
	 * before.
	 */
	const struct interval *interval = storm->seen < reader->last.end ? &reader->before :
									   &reader->last;
	unsigned int shows = storm->sig ? storm->sig->shows : 0;

	memset(evidence, 0, sizeof(*evidence));
	evidence->nr_online = reader->nr_online;
	evidence->ns = interval->ns;
	add_changes(reader, storm, evidence);
	if (shows & SHOWS_TSC)
		tsc__read(&evidence->tsc, reader->root);
	if (shows & SHOWS_CPUFREQ)
		cpufreq__policies(&evidence->cpufreq, reader->root);
	if (shows & SHOWS_GUESTS)
		kvm_guests__read(&evidence->guests, reader->root);
	if (shows & (SHOWS_GUESTS | SHOWS_GUEST_IPIS))
		set_guest_ipis(reader, interval, &evidence->guest_ipis);
	set_counts(interval, shows, evidence);
}
