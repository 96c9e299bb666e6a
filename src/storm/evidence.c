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

/* A change this long before the onset may have to do with it. */
#define BEFORE_NS	3000000000ULL
/* Over how many windows the usual rate of transitions is taken, and what is far more. */
#define USUAL_WINDOWS	8
#define USUAL_TIMES	4
#define TRANSITIONS_FEW 10

struct evidence_reader {
	struct change_log *changes;
	/* In cpufreq_notify_transition() and at a fast switch, for each CPU of a policy. */
	struct tracepoint_counter *transitions;
	/* In set_task_cpu(). */
	struct tracepoint_counter *migrations;
	struct stopper_threads *stoppers;
	bool counted;
	uint64_t events; /* of cpufreq, in the last window */
	uint64_t stops;
	bool moves_counted;
	uint64_t moves; /* of tasks to other CPUs */
	uint64_t looked;
	uint64_t since_ns;
	uint32_t nr_online;
	/* Frequency changes a second, of each CPU: in the last two windows, and before. */
	double rates[2];
	double usual;
};

int evidence__open(struct evidence_reader **ev)
{
	*ev = calloc(1, sizeof(**ev));
	if (!*ev)
		return -ENOMEM;
	/* Each is NULL where it is not to be had. */
	change_log__open(&(*ev)->changes, "");
	tracepoint_counter__open(&(*ev)->transitions, "power/cpu_frequency");
	tracepoint_counter__open(&(*ev)->migrations, "sched/sched_migrate_task");
	stopper_threads__open(&(*ev)->stoppers);
	(*ev)->looked = mono_ns();
	return 0;
}

void evidence__close(struct evidence_reader *ev)
{
	if (!ev)
		return;
	change_log__close(ev->changes);
	tracepoint_counter__close(ev->transitions);
	tracepoint_counter__close(ev->migrations);
	stopper_threads__close(ev->stoppers);
	free(ev);
}

void evidence__cut(struct evidence_reader *ev)
{
	uint64_t now = mono_ns();

	/* As the detector does it: what is too short for a look goes to the next. */
	if (now < ev->looked + STORM_INTERVAL_NS)
		return;
	ev->since_ns = now - ev->looked;
	ev->looked = now;
	ev->counted = tracepoint_counter__since(ev->transitions, &ev->events);
	ev->moves_counted = tracepoint_counter__since(ev->migrations, &ev->moves);
	ev->usual += (ev->rates[1] - ev->usual) / USUAL_WINDOWS;
	ev->rates[1] = ev->rates[0];
	ev->rates[0] = ev->counted ? ev->events * 1e9 / ev->since_ns : 0;
	if (ev->stoppers)
		ev->stops = stopper_threads__since(ev->stoppers);
}

void evidence__look(struct evidence_reader *ev, const struct snapshot *snap,
		    struct task_moves *moved)
{
	uint64_t window = snap->window.mono_end - snap->window.mono_start;

	ev->nr_online = snap->host ? cpuset__count(&snap->host->online) : 0;
	if (ev->changes)
		change_log__update(ev->changes, snap->window.mono_end);
	moved->stops_known = ev->stoppers && ev->since_ns;
	moved->stops = moved->stops_known ? (double)ev->stops * window / ev->since_ns : 0;
	moved->moves_known = ev->moves_counted && ev->since_ns;
	moved->moves = moved->moves_known ? (double)ev->moves * window / ev->since_ns : 0;
}

/* Transitions come and go; that there are far more of them now is a change too. */
static void transitions_of(const struct evidence_reader *ev, const struct storm *storm,
			   struct storm_evidence *out)
{
	struct change *change = &out->changes[out->nr_changes];
	double more = USUAL_TIMES * ev->usual;

	if (storm->news != STORM_BEGAN || out->nr_changes == CHANGES_MAX ||
	    ev->rates[0] < TRANSITIONS_FEW || ev->rates[0] < more)
		return;
	change->time = storm->seen;
	snprintf(change->text, sizeof(change->text),
		 "frequency changes, of each CPU: %.0f -> %.0f a second", ev->usual, ev->rates[0]);
	out->nr_changes++;
}

static void changes_of(const struct evidence_reader *ev, const struct storm *storm,
		       struct storm_evidence *out)
{
	uint64_t from = storm->onset > BEFORE_NS ? storm->onset - BEFORE_NS : 0;

	/* Of what was there before we began nothing was seen. */
	if (!ev->changes || storm->before)
		return;
	out->nr_changes = change_log__of(ev->changes, from, storm->onset + 2 * storm->last.ns,
					 out->changes, CHANGES_MAX);
	transitions_of(ev, storm, out);
}

void evidence__of(struct evidence_reader *ev, const struct storm *storm, struct storm_evidence *out)
{
	unsigned int shows = storm->sig ? storm->sig->shows : 0;

	memset(out, 0, sizeof(*out));
	out->nr_online = ev->nr_online;
	changes_of(ev, storm, out);
	if (shows & SHOWS_TSC)
		tsc__read(&out->tsc);
	if (shows & SHOWS_CPUFREQ) {
		cpufreq__policies(&out->cpufreq);
		out->cpufreq.counted = ev->counted;
		out->cpufreq.events = ev->events;
		out->cpufreq.ns = ev->since_ns;
	}
	if (shows & SHOWS_GUESTS)
		kvm_guests__read(&out->guests);
	if (shows & SHOWS_STOPS) {
		out->stops_known = ev->stoppers;
		out->stops = ev->stops;
		out->moves_known = ev->moves_counted;
		out->moves = ev->moves;
		out->stops_ns = ev->since_ns;
	}
}
