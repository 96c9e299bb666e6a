// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>
#include "view/json/json.h"

/*
 * The keys of what everybody may see, at any depth of a window's, a stall's and a storm's line, in the
 * order of strcmp(). Not here, and so null: tasks, cgroups, containers and their code, which users
 * name, and each key that is new.
 */
/* clang-format off */
static const char *const public[] = {
	"advice", "all", "apic", "arch", "at_most", "backtrace", "baseline_per_s", "before",
	"begin_unseen", "begun", "behind", "bpf_ns", "bpf_runs", "buckets", "call",
	"call_function", "call_ledger", "caller", "callers", "calls", "callsite",
	"callsites_hidden", "carried_in", "cause", "chain", "changes", "clocksource", "closed",
	"coalesced", "constant", "cost", "cost_ns_per_s", "cost_of", "cost_share", "count", "cpu",
	"cpu_list", "cpu_rate_per_s", "cpufreq", "cpus", "cpus_are_of_it", "csds", "cut_ns",
	"delay", "doing", "driver", "dst", "duration", "duration_s", "edges", "edges_other", "end",
	"end_unseen", "end_within", "entry", "entry_unseen", "evidence", "exit_unseen",
	"explanation", "figures", "flush_csds", "folded", "frames", "func", "function",
	"functions", "governor", "guest_clocks", "guest_ipis", "guests", "handler",
	"handler_ns_per_s", "handler_share", "host", "host_flushes", "id", "in", "in_flight",
	"interrupt", "interrupts_off", "interval", "invariant", "ipis_per_s",
	"ipis_per_transition", "irq", "irq_delay", "irq_work", "irq_works", "irqs", "judged",
	"kernel", "key", "kind", "kinds", "last", "late", "later", "le", "ledger", "limit_class",
	"limit_per_s", "limit_share", "limit_why", "local", "local_flushes", "lost", "lost_by",
	"mailbox_full", "matched", "max", "measured", "module", "module_users", "mono_end",
	"mono_start", "name", "names_hidden", "nearest", "no_room", "nodename", "nonstop", "note",
	"notes", "nr_policies", "nr_targets", "ns", "offset", "ongoing", "online", "onset",
	"orphans", "other", "other_per_s", "own_per_s", "p50", "p90", "p99", "p999", "pages",
	"phase", "policies", "policy", "polled", "programs", "queue_unseen", "queued",
	"queued_behind", "rate_per_s", "reason", "received", "refused", "reschedule",
	"reschedule_other", "reschedule_share", "reschedules", "reschedules_sent", "return_unseen",
	"returned", "rows", "rss_bytes", "run_unseen", "runs", "samples", "samples_dropped",
	"schema", "second", "self", "send", "sends", "sends_unseen", "sent", "shape", "share",
	"slept", "sources", "split", "src", "src_stolen", "stack", "stack_of", "stalls", "start", "start_within",
	"stolen", "stolen_ns_per_s", "stopper_runs_per_s", "storm", "storms", "straggler", "sum",
	"targets", "targets_max", "targets_mean", "task", "tasks_moved_per_s", "time",
	"timer_interrupts", "tlb", "tlb_flushes", "transitions_per_s", "tsc", "ttwu", "type",
	"under_way", "unix_ms", "unsampled_share", "unseen", "updates_per_s",
	"updates_per_transition", "user_end", "utc", "vcpu_threads", "vector", "verdict", "virtualized",
	"vms", "wait", "wait_in", "wait_ns_per_s", "wait_share", "wait_spun", "waiters",
	"waiters_more", "waits_unseen", "wakes", "what", "why", "window", "worst"
};
/* clang-format on */

static int key_cmp(const void *key, const void *of)
{
	return strcmp(key, *(const char *const *)of);
}

void json__anonymous(json_t *object)
{
	json_t *item;
	size_t i;

	/* Null takes no memory: this cannot fail. */
	for (void *at = json_object_iter(object); at; at = json_object_iter_next(object, at)) {
		if (bsearch(json_object_iter_key(at), public, sizeof(public) / sizeof(*public),
			    sizeof(*public), key_cmp))
			json__anonymous(json_object_iter_value(at));
		else
			json_object_iter_set_new(object, at, json_null());
	}
	json_array_foreach(object, i, item)
		json__anonymous(item);
}

char *json__anonymous_line(const char *line, size_t len)
{
	json_t *object = json_loadb(line, len, 0, NULL);

	json__anonymous(object);
	return json__owned_line(object);
}
