/* SPDX-License-Identifier: GPL-2.0 */
/* Whether guests run on this machine. */
#ifndef IPITRACE_GUESTS_H
#define IPITRACE_GUESTS_H

#include "facts.h"

/* Looks at every thread of the machine: for when there is a reason. */
void guests__read(struct guest_facts *guests);

/* Whether a thread of that name is a vCPU: QEMU, Firecracker, crosvm, Cloud Hypervisor. */
bool guests__is_vcpu(const char *comm);

/* The line of /proc/modules that is KVM's for this CPU, if it is. */
bool guests__module(struct guest_facts *guests, const char *line);

#endif /* IPITRACE_GUESTS_H */
