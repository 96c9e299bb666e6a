// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/cpuset.h"
#include "host/change_log.h"
#include "host/cpufreq.h"
#include "host/kvm_guests.h"
#include "host/stopper_threads.h"
#include "host/tracepoint_counter.h"
#include "host/tsc.h"
#include "model/host.h"
#include "model/signature.h"
#include "model/snapshot.h"
#include "model/storm.h"
#include "model/storm_evidence.h"
#include "storm/detector.h"
#include "storm/evidence.h"

/* A change up to this long before the onset may be its cause. */
#define BEFORE_NS	3000000000ULL
/*
 * cpufreq transitions: intervals that their usual rate is averaged over, the
 * multiple of it that counts as a change, and the least rate that may.
 */
#define USUAL_INTERVALS 8
#define USUAL_TIMES	4
#define TRANSITIONS_MIN 10

struct evidence_reader {
	struct change_log *changes;
	/* Fires in cpufreq_notify_transition() and at a fast switch, once for each CPU of a policy. */
	struct tracepoint_counter *transitions;
	/* Fires in set_task_cpu(). */
	struct tracepoint_counter *migrations;
	/* Fires in call_function_single_prep_ipi(), for a CPU that polls in idle (mwait on x86). */
	struct tracepoint_counter *polling;
	struct stopper_threads *stoppers;
	bool counted;
	/* Counts of the last interval. */
	uint64_t events; /* of cpufreq */
	bool stops_counted;
	uint64_t stops;
	bool moves_counted;
	uint64_t moves; /* tasks that changed their CPU */
	bool polls_counted;
	uint64_t polls;
	uint64_t last_read; /* CLOCK_MONOTONIC ns */
	uint64_t interval_ns; /* length of the last interval; 0: there was none */
	uint32_t nr_online;
	/* Frequency changes a second, of each CPU: in the last two intervals, and before. */
	double rates[2];
	double usual;
};

int evidence_reader__open(struct evidence_reader **reader)
{
	*reader = calloc(1, sizeof(**reader));
	if (!*reader)
		return -ENOMEM;
	/* A source that the machine lacks stays NULL. */
	change_log__open(&(*reader)->changes, "");
	tracepoint_counter__open(&(*reader)->transitions, "power/cpu_frequency");
	tracepoint_counter__open(&(*reader)->migrations, "sched/sched_migrate_task");
	tracepoint_counter__open(&(*reader)->polling, "sched/sched_wake_idle_without_ipi");
	stopper_threads__open(&(*reader)->stoppers, "");
	(*reader)->last_read = mono_ns();
	return 0;
}

void evidence_reader__close(struct evidence_reader *reader)
{
	if (!reader)
		return;
	change_log__close(reader->changes);
	tracepoint_counter__close(reader->transitions);
	tracepoint_counter__close(reader->migrations);
	tracepoint_counter__close(reader->polling);
	stopper_threads__close(reader->stoppers);
	free(reader);
}

void evidence_reader__cut(struct evidence_reader *reader)
{
	uint64_t now = mono_ns();

	/* As in the detector, windows too short for an interval add to the next one. */
	if (now < reader->last_read + STORM_INTERVAL_NS)
		return;
	reader->interval_ns = now - reader->last_read;
	reader->last_read = now;
	reader->counted = tracepoint_counter__since(reader->transitions, &reader->events);
	reader->moves_counted = tracepoint_counter__since(reader->migrations, &reader->moves);
	reader->polls_counted = tracepoint_counter__since(reader->polling, &reader->polls);
	reader->usual += (reader->rates[1] - reader->usual) / USUAL_INTERVALS;
	reader->rates[1] = reader->rates[0];
	reader->rates[0] = reader->counted ? reader->events * 1e9 / reader->interval_ns : 0;
	reader->stops_counted = stopper_threads__since(reader->stoppers, &reader->stops);
}

/* The part of the last interval's @count that falls into a window of @ns. */
static uint64_t in_window(const struct evidence_reader *reader, bool known, uint64_t count,
			  uint64_t ns)
{
	return known ? (double)count * ns / reader->interval_ns : 0;
}

void evidence_reader__window(struct evidence_reader *reader, const struct snapshot *snap,
			     struct task_moves *moved)
{
	uint64_t window = snap->window.mono_end - snap->window.mono_start;

	reader->nr_online = snap->host ? cpuset__count(&snap->host->online) : 0;
	if (reader->changes)
		change_log__update(reader->changes, snap->window.mono_end);
	moved->stops_known = reader->stops_counted && reader->interval_ns;
	moved->stops = in_window(reader, moved->stops_known, reader->stops, window);
	moved->moves_known = reader->moves_counted && reader->interval_ns;
	moved->moves = in_window(reader, moved->moves_known, reader->moves, window);
	moved->polls_known = reader->polls_counted && reader->interval_ns;
	moved->polls = in_window(reader, moved->polls_known, reader->polls, window);
}

/* Single transitions are normal; a rate far above the usual one is a change. */
static void transitions_of(const struct evidence_reader *reader, const struct storm *storm,
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

static void changes_of(const struct evidence_reader *reader, const struct storm *storm,
		       struct storm_evidence *evidence)
{
	uint64_t from = storm->onset > BEFORE_NS ? storm->onset - BEFORE_NS : 0;

	/* A storm older than ipitrace's start has an onset, and changes, that were not seen. */
	if (!reader->changes || storm->before)
		return;
	evidence->nr_changes = change_log__of(reader->changes, from,
					      storm->onset + 2 * storm->last.ns, evidence->changes,
					      CHANGES_MAX);
	transitions_of(reader, storm, evidence);
}

void evidence_reader__of(struct evidence_reader *reader, const struct storm *storm,
			 struct storm_evidence *evidence)
{
	unsigned int shows = storm->sig ? storm->sig->shows : 0;

	memset(evidence, 0, sizeof(*evidence));
	evidence->nr_online = reader->nr_online;
	changes_of(reader, storm, evidence);
	if (shows & SHOWS_TSC)
		tsc__read(&evidence->tsc);
	if (shows & SHOWS_CPUFREQ) {
		cpufreq__policies(&evidence->cpufreq, "");
		evidence->cpufreq.counted = reader->counted;
		evidence->cpufreq.events = reader->events;
		evidence->cpufreq.ns = reader->interval_ns;
	}
	if (shows & SHOWS_GUESTS)
		kvm_guests__read(&evidence->guests, "");
	if (shows & SHOWS_STOPS) {
		evidence->stops_known = reader->stops_counted;
		evidence->stops = reader->stops;
		evidence->moves_known = reader->moves_counted;
		evidence->moves = reader->moves;
		evidence->stops_ns = reader->interval_ns;
	}
}
