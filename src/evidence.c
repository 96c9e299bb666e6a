// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "changes.h"
#include "cpufreq.h"
#include "evidence.h"
#include "guests.h"
#include "host.h"
#include "stoppers.h"
#include "tsc.h"

/* A change this long before the onset may have to do with it. */
#define BEFORE_NS 3000000000ULL

struct evidence {
	struct changes *changes;
	struct cpufreq *cpufreq;
	struct stoppers *stoppers;
	bool counted;
	uint64_t events; /* of cpufreq, in the last window */
	uint64_t stops;
	/* A look comes a while after its window's end: what it read has its own time. */
	uint64_t looked;
	uint64_t since_ns;
	uint32_t nr_online;
};

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

int evidence__open(struct evidence **ev)
{
	*ev = calloc(1, sizeof(**ev));
	if (!*ev)
		return -ENOMEM;
	/* Each is NULL where it is not to be had. */
	changes__open(&(*ev)->changes, "");
	cpufreq__open(&(*ev)->cpufreq);
	stoppers__open(&(*ev)->stoppers);
	(*ev)->looked = now_ns();
	return 0;
}

void evidence__close(struct evidence *ev)
{
	if (!ev)
		return;
	changes__close(ev->changes);
	cpufreq__close(ev->cpufreq);
	stoppers__close(ev->stoppers);
	free(ev);
}

void evidence__look(struct evidence *ev, const struct snapshot *snap, struct storm_hints *hints)
{
	uint64_t window = snap->window.mono_end - snap->window.mono_start, now = now_ns();

	memset(hints, 0, sizeof(*hints));
	ev->since_ns = now > ev->looked ? now - ev->looked : 1;
	ev->looked = now;
	ev->nr_online = 0;
	for (uint32_t cpu = 0; snap->host && cpu < snap->host->online.end; cpu++)
		ev->nr_online += snap->host->online.has[cpu];
	ev->counted = cpufreq__since(ev->cpufreq, &ev->events);
	if (ev->changes)
		changes__look(ev->changes, snap->window.mono_end);
	if (ev->stoppers) {
		ev->stops = stoppers__since(ev->stoppers);
		hints->stops_known = true;
		hints->stops = (double)ev->stops * window / ev->since_ns;
	}
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
		facts->stops_ns = ev->since_ns;
	}
}
