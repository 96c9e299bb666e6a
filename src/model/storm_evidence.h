/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the kernel's own files tell about the time of a storm: plain data,
 * which detect/ and view/ may read.
 */
#ifndef IPITRACE_MODEL_STORM_EVIDENCE_H
#define IPITRACE_MODEL_STORM_EVIDENCE_H

#include <stdbool.h>
#include <stdint.h>

#define EVIDENCE_LEN 64

struct tsc_evidence {
	bool known; /* an x86 */
	bool constant; /* its rate does not follow the CPU's frequency */
	bool nonstop; /* nor does it stop in deep idle */
	bool invariant; /* CPUID says both at once */
	char clocksource[EVIDENCE_LEN]; /* "": unknown */
};

/* One frequency for some CPUs. */
struct cpufreq_policy {
	char name[EVIDENCE_LEN]; /* "policy0" */
	char cpus[EVIDENCE_LEN]; /* a list */
	uint32_t nr_cpus;
	char driver[EVIDENCE_LEN];
	char governor[EVIDENCE_LEN];
};

#define POLICIES_MAX 4

struct cpufreq_evidence {
	uint32_t nr_policies; /* 0: the machine has none */
	struct cpufreq_policy policies[POLICIES_MAX];
	uint32_t cpus_a_policy; /* 0: they differ */
	bool counted;
	uint64_t events; /* one a transition and CPU of its policy, in ns of time */
	uint64_t ns;
};

struct guest_evidence {
	bool known;
	char module[EVIDENCE_LEN]; /* "kvm_amd"; "": KVM is not there as a module */
	long users; /* of the module: /dev/kvm opened, guests; -1: unknown */
	uint32_t vcpus; /* threads that by their names are vCPUs */
	char owner[EVIDENCE_LEN]; /* a process of one of them, "" for none */
};

/* Something else that changed. */
struct change {
	uint64_t time; /* CLOCK_MONOTONIC ns when it was seen, at the end of a window */
	char text[2 * EVIDENCE_LEN];
};

#define CHANGES_MAX 8

struct storm_evidence {
	struct tsc_evidence tsc;
	struct cpufreq_evidence cpufreq;
	struct guest_evidence guests;
	bool stops_known;
	uint64_t stops; /* runs of the stopper threads, in ns of time */
	bool moves_known;
	uint64_t moves; /* of tasks to other CPUs, in the same time */
	uint64_t stops_ns;
	struct change changes[CHANGES_MAX]; /* about the onset, oldest first */
	uint32_t nr_changes;
	uint32_t nr_online;
};

#endif /* IPITRACE_MODEL_STORM_EVIDENCE_H */
