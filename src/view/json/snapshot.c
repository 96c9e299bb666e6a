// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include "abi/hist_slots.h"
#include "abi/ipi.h"
#include "abi/limits.h"
#include "base/cpuset.h"
#include "view/options.h"
#include "model/callers.h"
#include "model/container.h"
#include "model/hist.h"
#include "model/host.h"
#include "model/names.h"
#include "model/snapshot.h"
#include "model/symbol.h"
#include "view/json/emit.h"
#include "view/json/parts.h"
#include "view/json/snapshot.h"

/* Callers that are told for a function. */
#define CALLERS_MAX 8

/* One write a line, so that PROGRAM's own output does not come in between. */
int json__emit(json_t *object)
{
	char *line = object ? json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(9)) : NULL;
	int err = 0;

	json_decref(object);
	if (!line)
		return -ENOMEM;
	errno = 0;
	if (fflush(stdout) || puts(line) == EOF || fflush(stdout))
		err = errno ? -errno : -EIO;
	free(line);
	return err;
}

static json_t *online_cpu(const void *of, size_t i)
{
	const struct cpuset *set = of;

	return cpuset__has(set, i) ? json_integer(i) : NULL;
}

static json_t *host(const struct host *host)
{
	if (!host)
		return json_null();
	return json_pack("{s:o, s:o, s:s, s:o}", "nodename", text(host->name.nodename), "kernel",
			 text(host->name.release), "arch", host->name.machine, "online",
			 array_of(cpuset__end(&host->online), online_cpu, &host->online));
}

static json_t *window(const struct window *window)
{
	char date[32], start[64];
	struct tm tm;

	gmtime_r(&window->start.tv_sec, &tm);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(start, sizeof(start), "%s.%06ldZ", date, window->start.tv_nsec / 1000);
	return json_pack("{s:s, s:I, s:I, s:f}", "start", start, "mono_start",
			 (json_int_t)window->mono_start, "mono_end", (json_int_t)window->mono_end,
			 "duration_s", window__seconds(window));
}

static json_t *ledger(const struct snapshot *snap)
{
	const struct ledger *l = &snap->ledger;
	json_t *lost_by = json_object();

	for (int i = 0; i < NR_LOST; i++)
		json_object_set_new(lost_by, lost_names[i],
				    integer_or_null(l->lost_by[i],
						    i != LOST_QUEUE_UNSEEN || !snap->how.filtered));
	return json_pack("{s:I, s:I, s:{s:I, s:I, s:I}, s:I, s:I, s:o, s:o, s:I, s:I, s:b}",
			 "queued", (json_int_t)l->queued, "carried_in", (json_int_t)l->carried_in,
			 "matched", "function", (json_int_t)l->function, "ttwu",
			 (json_int_t)l->ttwu, "irq_work", (json_int_t)l->irq_work, "in_flight",
			 (json_int_t)l->in_flight, "lost", (json_int_t)ledger__lost(l), "lost_by",
			 lost_by, "orphans", integer_or_null(l->orphans, !snap->how.filtered),
			 "local", (json_int_t)l->local, "exit_unseen", (json_int_t)l->exit_unseen,
			 "closed", ledger__closed(l));
}

static json_t *bucket(const void *of, size_t i)
{
	const struct hist *hist = of;

	if (!hist->slots[i])
		return NULL;
	return json_pack("{s:I, s:I}", "le", (json_int_t)hist_upper(i), "count",
			 (json_int_t)hist->slots[i]);
}

static json_t *hist_json(const struct hist *hist)
{
	static const struct {
		const char *name;
		double percentile;
	} percentiles[] = { { "p50", 50 }, { "p90", 90 }, { "p99", 99 }, { "p999", 99.9 } };
	json_t *h = json_pack("{s:I, s:I, s:o}", "count", (json_int_t)hist->count, "sum",
			      (json_int_t)hist->sum, "max",
			      integer_or_null(hist->max, hist->count));

	for (int i = 0; i < 4; i++)
		json_object_set_new(
			h, percentiles[i].name,
			integer_or_null(hist__percentile(hist, percentiles[i].percentile),
					hist->count));
	json_object_set_new(h, "buckets", array_of(HIST_SLOTS, bucket, hist));
	return h;
}

/* What --kinds adds is there only with it. */
static json_t *kind(const void *of, size_t i)
{
	const struct kind_stats *kind = (const struct kind_stats *)of + i;
	json_t *object = json_pack("{s:s, s:o, s:o}", "kind", kind->kind, "sent",
				   integer_or_null(kind->sent, kind->sent_known), "received",
				   integer_or_null(kind->received, kind->received_known));

	if (kind->why)
		json_object_set_new(object, "why", json_string(kind->why));
	if (!kind->timed)
		return object;
	json_object_set_new(object, "coalesced",
			    integer_or_null(kind->coalesced, kind->sent_known));
	json_object_set_new(object, "unseen", integer_or_null(kind->unseen, kind->sent_known));
	json_object_set_new(object, "delay",
			    kind->sent_known ? hist_json(&kind->delay) : json_null());
	json_object_set_new(object, "interrupt", hist_json(&kind->time));
	return object;
}

static json_t *cpu(const void *of, size_t i)
{
	const struct cpu_stats *cpu = (const struct cpu_stats *)of + i;

	return json_pack("{s:I, s:I, s:I, s:I, s:o, s:o, s:o}", "cpu", (json_int_t)cpu->cpu, "sent",
			 (json_int_t)cpu->sent, "received", (json_int_t)cpu->received, "local",
			 (json_int_t)cpu->local, "delay", hist_json(&cpu->delay), "handler",
			 hist_json(&cpu->handler), "wait", hist_json(&cpu->wait));
}

static json_t *func_name(const struct fn_stats *fn)
{
	if (fn->other)
		return json_string("other");
	return name_or_address(&fn->func);
}

static json_t *caller(const void *of, size_t i)
{
	const struct caller *c = (const struct caller *)of + i;
	const struct stack_sample *call = c->call;

	/* A task that was interrupted is not the sender. */
	return json_pack("{s:o, s:I, s:b, s:o, s:o, s:o}", "caller",
			 text_or_null(c->frame ? c->frame->name : NULL), "samples",
			 (json_int_t)c->samples, "interrupt", c->interrupt, "tgid",
			 integer_or_null(call->tgid, !c->interrupt), "comm",
			 text_or_null(c->interrupt ? NULL : call->comm), "cgroup",
			 text_or_null(c->interrupt ? NULL : call->cgroup_path));
}

static json_t *wait_sum(const struct wait_sum *wait)
{
	return json_pack("{s:I, s:I, s:o}", "count", (json_int_t)wait->count, "sum",
			 (json_int_t)wait->sum, "max", integer_or_null(wait->max, wait->count));
}

static json_t *function(const void *of, size_t i)
{
	const struct snapshot *snap = of;
	const struct fn_stats *fn = &snap->fns[i];
	/* An irq_work has neither: nothing fires when it runs. */
	bool timed = fn->delay.count || fn->handler.count || !fn->count;
	struct caller callers[CALLERS_MAX];
	size_t samples, nr = callers__of(snap, i, false, callers, CALLERS_MAX, &samples);

	return json_pack("{s:o, s:s?, s:o, s:I, s:I, s:o, s:o, s:o, s:I, s:o}", "func",
			 func_name(fn), "module", fn->func.module, "callsite",
			 callsite(&fn->callsite), "count", (json_int_t)fn->count, "local",
			 (json_int_t)fn->local, "delay",
			 timed ? hist_json(&fn->delay) : json_null(), "handler",
			 timed ? hist_json(&fn->handler) : json_null(), "wait", wait_sum(&fn->wait),
			 "samples", (json_int_t)samples, "callers", array_of(nr, caller, callers));
}

static json_t *by_row(const void *of, size_t i)
{
	const struct snapshot *snap = of;
	const struct by_stats *by = &snap->by[i];
	bool task = !by->other && !by->interrupt;
	bool process = task && snap->how.by_key != BY_CGROUP;
	char label[64];
	bool labelled = container__label(by->cgroup_path, label, sizeof(label));

	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:b, s:b, s:I, s:I, s:o, s:o}", "tgid",
			 integer_or_null(by->tgid, process), "comm",
			 text_or_null(process ? by->comm : NULL), "cgroup",
			 text_or_null(by->cgroup_path), "cgroup_id",
			 integer_or_null(by->cgroup, task && by->cgroup), "container",
			 text_or_null(labelled ? label : NULL), "interrupt", by->interrupt, "other",
			 by->other, "count", (json_int_t)by->count, "local", (json_int_t)by->local,
			 "delay", hist_json(&by->delay), "handler", hist_json(&by->handler));
}

static json_t *by(const struct snapshot *snap)
{
	static const char *const keys[] = {
		[BY_SENDER] = "sender",
		[BY_CGROUP] = "cgroup",
		[BY_VICTIM] = "victim",
	};

	if (snap->how.by_key == BY_NONE)
		return json_null();
	return json_pack("{s:s, s:o}", "key", keys[snap->how.by_key], "rows",
			 array_of(snap->nr_by, by_row, snap));
}

static json_t *frame(const void *of, size_t i)
{
	return callsite((const struct symbol *)of + i);
}

static json_t *stack(const void *of, size_t i)
{
	const struct snapshot *snap = of;
	const struct stack_sample *call = &snap->samples[i];
	uint32_t first = callers__first(call);

	bool task = !callers__interrupt(call);

	return json_pack("{s:o, s:b, s:o, s:o, s:o, s:o}", "func", func_name(&snap->fns[call->fn]),
			 "interrupt", !task, "tgid", integer_or_null(call->tgid, task), "comm",
			 text_or_null(task ? call->comm : NULL), "cgroup",
			 text_or_null(task ? call->cgroup_path : NULL), "frames",
			 array_of(call->nr - first, frame, call->stack + first));
}

static json_t *program(const void *of, size_t i)
{
	const struct prog_cost *cost = (const struct prog_cost *)of + i;

	if (!cost->name)
		return NULL;
	return json_pack("{s:s, s:I, s:I}", "name", cost->name, "runs", (json_int_t)cost->runs,
			 "ns", (json_int_t)cost->ns);
}

static json_t *self(const struct snapshot *snap)
{
	uint64_t runs = 0, ns = 0, rss;

	if (!snap->known.self)
		return json_null();
	rss = snap->rss_bytes;
	for (int i = 0; i < NR_PROGS; i++) {
		runs += snap->cost[i].runs;
		ns += snap->cost[i].ns;
	}
	return json_pack("{s:I, s:I, s:o, s:o}", "bpf_runs", (json_int_t)runs, "bpf_ns",
			 (json_int_t)ns, "rss_bytes", integer_or_null(rss, rss), "programs",
			 array_of(NR_PROGS, program, snap->cost));
}

static json_t *edge(const void *of, size_t i)
{
	const struct edge *edge = (const struct edge *)of + i;

	return json_pack("{s:I, s:I, s:I}", "src", (json_int_t)edge->src, "dst",
			 (json_int_t)edge->dst, "count", (json_int_t)edge->count);
}

static json_t *tlb_reason(const void *of, size_t i)
{
	const struct tlb_stats *tlb = (const struct tlb_stats *)of + i;

	if (!tlb->count)
		return NULL;
	return json_pack("{s:s, s:I, s:I, s:I}", "reason", tlb_names[i] ? tlb_names[i] : "other",
			 "count", (json_int_t)tlb->count, "pages", (json_int_t)tlb->pages, "all",
			 (json_int_t)tlb->all);
}

static json_t *wake(const void *of, size_t i)
{
	const struct wake_stats *wake = (const struct wake_stats *)of + i;
	bool task = !wake->interrupt && !wake->other;

	return json_pack("{s:o, s:o, s:o, s:o, s:b, s:b, s:I}", "waker",
			 task ? text(wake->waker_comm) : json_null(), "waker_tgid",
			 integer_or_null(wake->waker, task), "woken",
			 wake->other ? json_null() : text(wake->woken_comm), "woken_tgid",
			 integer_or_null(wake->woken, !wake->other), "interrupt", wake->interrupt,
			 "other", wake->other, "count", (json_int_t)wake->count);
}

/* With --kinds alone. */
static int kinds_add(json_t *object, const struct snapshot *snap)
{
	json_t *tlb;

	if (!snap->how.timed)
		return 0;
	tlb = snap->known.tlb ? array_of(TLB_REASONS, tlb_reason, snap->tlb) : json_null();
	return json_object_set_new(object, "polled",
				   integer_or_null(snap->polled, snap->known.polled)) |
	       json_object_set_new(object, "tlb", tlb) |
	       json_object_set_new(object, "wakes", array_of(snap->nr_wakes, wake, snap->wakes)) |
	       json_object_set_new(object, "reschedule_other",
				   json_integer(snap->reschedule_other));
}

/* How -p and --by know the sender: not needed, for sure, or as good as can be. */
static json_t *task_source(const struct snapshot *snap)
{
	if (!snap->how.by_task)
		return json_null();
	return json_string(snap->how.sees_interrupts ? "preempt_count" : "current");
}

int json__snapshot(const struct snapshot *snap, const struct view_options *opts)
{
	json_t *object = json_pack(
		"{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:n, s:{s:s, s:o}, s:o, s:I, s:o}",
		"schema", "ipitrace/1", "type", "snapshot", "host", host(snap->host), "window",
		window(&snap->window), "ledger", ledger(snap), "kinds",
		snap->known.kinds ? array_of(snap->nr_all_kinds, kind, snap->all_kinds) :
				    json_null(),
		"cpus", array_of(snap->nr_cpus, cpu, snap->cpus), "functions",
		array_of(snap->nr_fns, function, snap), "edges",
		array_of(snap->nr_edges, edge, snap->edges), "edges_other",
		(json_int_t)snap->edges_other, "stalls", "sources", "wait",
		snap->how.wait_source == WAITS_FEXIT ? "fexit" : "csd", "task", task_source(snap),
		"by", by(snap), "samples_dropped", (json_int_t)snap->samples_dropped, "self",
		self(snap));

	if (object &&
	    (kinds_add(object, snap) ||
	     (opts->stacks &&
	      json_object_set_new(object, "stacks", array_of(snap->nr_samples, stack, snap))))) {
		json_decref(object);
		object = NULL;
	}
	return json__emit(object);
}
