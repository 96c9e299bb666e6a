// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "changes.h"
#include "clock.h"
#include "cpufreq.h"
#include "evidence.h"
#include "guests.h"
#include "host.h"
#include "stoppers.h"
#include "tracecount.h"
#include "tsc.h"

/* A change this long before the onset may have to do with it. */
#define BEFORE_NS	3000000000ULL
/* Over how many windows the usual rate of transitions is taken, and what is far more. */
#define USUAL_WINDOWS	8
#define USUAL_TIMES	4
#define TRANSITIONS_FEW 10

struct evidence {
	struct changes *changes;
	/* In cpufreq_notify_transition() and at a fast switch, for each CPU of a policy. */
	struct tracecount *transitions;
	/* In set_task_cpu(). */
	struct tracecount *migrations;
	struct stoppers *stoppers;
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

int evidence__open(struct evidence **ev)
{
	*ev = calloc(1, sizeof(**ev));
	if (!*ev)
		return -ENOMEM;
	/* Each is NULL where it is not to be had. */
	changes__open(&(*ev)->changes, "");
	tracecount__open(&(*ev)->transitions, "power/cpu_frequency");
	tracecount__open(&(*ev)->migrations, "sched/sched_migrate_task");
	stoppers__open(&(*ev)->stoppers);
	(*ev)->looked = mono_ns();
	return 0;
}

void evidence__close(struct evidence *ev)
{
	if (!ev)
		return;
	changes__close(ev->changes);
	tracecount__close(ev->transitions);
	tracecount__close(ev->migrations);
	stoppers__close(ev->stoppers);
	free(ev);
}

void evidence__cut(struct evidence *ev)
{
	uint64_t now = mono_ns();

	/* As the detector does it: what is too short for a look goes to the next. */
	if (now < ev->looked + STORM_LOOK_NS)
		return;
	ev->since_ns = now - ev->looked;
	ev->looked = now;
	ev->counted = tracecount__since(ev->transitions, &ev->events);
	ev->moves_counted = tracecount__since(ev->migrations, &ev->moves);
	ev->usual += (ev->rates[1] - ev->usual) / USUAL_WINDOWS;
	ev->rates[1] = ev->rates[0];
	ev->rates[0] = ev->counted ? ev->events * 1e9 / ev->since_ns : 0;
	if (ev->stoppers)
		ev->stops = stoppers__since(ev->stoppers);
}

void evidence__look(struct evidence *ev, const struct snapshot *snap, struct storm_hints *hints)
{
	uint64_t window = snap->window.mono_end - snap->window.mono_start;

	ev->nr_online = 0;
	for (uint32_t cpu = 0; snap->host && cpu < snap->host->online.end; cpu++)
		ev->nr_online += snap->host->online.has[cpu];
	if (ev->changes)
		changes__look(ev->changes, snap->window.mono_end);
	hints->stops_known = ev->stoppers && ev->since_ns;
	hints->stops = hints->stops_known ? (double)ev->stops * window / ev->since_ns : 0;
	hints->moves_known = ev->moves_counted && ev->since_ns;
	hints->moves = hints->moves_known ? (double)ev->moves * window / ev->since_ns : 0;
}

/* Transitions come and go; that there are far more of them now is a change too. */
static void transitions_of(const struct evidence *ev, const struct storm *storm,
			   struct storm_facts *facts)
{
	struct change *change = &facts->changes[facts->nr_changes];
	double more = USUAL_TIMES * ev->usual;

	if (storm->news != STORM_BEGAN || facts->nr_changes == CHANGES_TOLD ||
	    ev->rates[0] < TRANSITIONS_FEW || ev->rates[0] < more)
		return;
	change->time = storm->seen;
	snprintf(change->text, sizeof(change->text),
		 "frequency changes, of each CPU: %.0f -> %.0f a second", ev->usual, ev->rates[0]);
	facts->nr_changes++;
}

static void changes_of(const struct evidence *ev, const struct storm *storm,
		       struct storm_facts *facts)
{
	uint64_t from = storm->onset > BEFORE_NS ? storm->onset - BEFORE_NS : 0;

	/* Of what was there before we began nothing was seen. */
	if (!ev->changes || storm->before)
		return;
	facts->nr_changes = changes__of(ev->changes, from, storm->onset + 2 * storm->last.ns,
					facts->changes, CHANGES_TOLD);
	transitions_of(ev, storm, facts);
}

void evidence__of(struct evidence *ev, const struct storm *storm, struct storm_facts *facts)
{
	unsigned int shows = storm->sig ? storm->sig->shows : 0;

	memset(facts, 0, sizeof(*facts));
	facts->nr_online = ev->nr_online;
	changes_of(ev, storm, facts);
	if (shows & SHOWS_TSC)
		tsc__read(&facts->tsc);
	if (shows & SHOWS_CPUFREQ) {
		cpufreq__policies(&facts->cpufreq);
		facts->cpufreq.counted = ev->counted;
		facts->cpufreq.events = ev->events;
		facts->cpufreq.ns = ev->since_ns;
	}
	if (shows & SHOWS_GUESTS)
		guests__read(&facts->guests);
	if (shows & SHOWS_STOPS) {
		facts->stops_known = ev->stoppers;
		facts->stops = ev->stops;
		facts->moves_known = ev->moves_counted;
		facts->moves = ev->moves;
		facts->stops_ns = ev->since_ns;
	}
}
