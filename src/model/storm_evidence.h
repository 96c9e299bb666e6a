/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Facts from the kernel's files about the time of a storm: plain data that
 * storm/ fills in and view/ shows.
 */
#ifndef IPITRACE_MODEL_STORM_EVIDENCE_H
#define IPITRACE_MODEL_STORM_EVIDENCE_H

#include <stdbool.h>
#include <stdint.h>
#include "base/cpuset.h"
#include "model/snapshot.h"

#define EVIDENCE_LEN 64

struct tsc_evidence {
	bool known; /* the machine is an x86 */
	bool constant; /* the TSC's rate does not follow the CPU's frequency */
	bool nonstop; /* the TSC does not stop in deep idle */
	bool invariant; /* CPUID reports constant and nonstop */
	char clocksource[EVIDENCE_LEN]; /* "": unknown */
};

/* CPUs that share one frequency. */
struct cpufreq_policy {
	char name[EVIDENCE_LEN]; /* "policy0" */
	struct cpuset cpus;
	uint32_t nr_cpus;
	char driver[EVIDENCE_LEN];
	char governor[EVIDENCE_LEN];
};

#define POLICIES_MAX 4

struct cpufreq_evidence {
	uint32_t nr_policies; /* of the machine, 0 if it has none; policies[] has the first few */
	struct cpufreq_policy policies[POLICIES_MAX];
	uint32_t cpus_a_policy; /* 0: not the same for all policies */
	bool counted;
	double transitions; /* a second, however many CPUs their policies have */
};

struct guest_evidence {
	bool known; /* vcpus and owner are known: /proc shows all processes */
	char module[EVIDENCE_LEN]; /* "kvm_amd"; "": KVM is not loaded as a module */
	long users; /* of the module: guests and open /dev/kvm; -1: unknown */
	uint32_t vcpus; /* threads that have a vCPU's name */
	char owner[EVIDENCE_LEN]; /* the process of one of these threads; "": none */
};

/* A process that runs a guest. */
struct guest_vm {
	uint32_t tgid;
	char comm[EVIDENCE_LEN];
	uint64_t ipis; /* that its vCPUs asked for */
};

/* IPIs of guests that made an exit to the host, by write of the ICR or by hypercall. */
struct guest_ipi_evidence {
	bool known;
	bool virtualized; /* AVIC or IPI virtualization is on: most need no exit */
	uint64_t all; /* of all guests; during ns */
	uint64_t ns;
	uint32_t nr_vms;
	struct guest_vm vms[GUESTS_MAX]; /* that asked for most, most first */
};

/* Times that KVM wrote a guest's clock page anew (kvmclock), on vCPU threads. */
struct clock_evidence {
	bool counted;
	uint64_t updates; /* during ns */
	uint64_t ns;
};

/* A change of the machine: a module, a CPU, a setting. */
struct change {
	uint64_t time; /* CLOCK_MONOTONIC ns at the end of the window that saw it */
	char text[2 * EVIDENCE_LEN];
};

#define CHANGES_MAX 8

/* The record around all others of a storm's line. */
struct storm_told {
	const struct storm *storm;
	const struct storm_evidence *evidence;
};

struct storm_evidence {
	uint64_t ns; /* of the interval, at the storm's last window, that events were counted in */
	struct tsc_evidence tsc;
	struct cpufreq_evidence cpufreq;
	struct guest_evidence guests;
	struct guest_ipi_evidence guest_ipis;
	struct clock_evidence clock;
	bool stops_known;
	uint64_t stops; /* runs of the stopper threads during stops_ns */
	bool moves_known;
	uint64_t stops_ns;
	uint64_t moves; /* tasks moved to other CPUs during moves_ns */
	uint64_t moves_ns;
	struct change changes[CHANGES_MAX]; /* near the onset, oldest first */
	uint32_t nr_changes;
	uint32_t nr_online;
};

struct form;
extern const struct form evidence_form, changes_form;

/* Parts of it. */
extern const struct form cpufreq_form, guest_form, vm_form, guest_ipi_form, clock_form;

#endif /* IPITRACE_MODEL_STORM_EVIDENCE_H */
