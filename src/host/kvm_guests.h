/* SPDX-License-Identifier: GPL-2.0 */
/* Whether guests run on this machine. */
#ifndef IPITRACE_HOST_KVM_GUESTS_H
#define IPITRACE_HOST_KVM_GUESTS_H

#include "model/storm_evidence.h"

/* Looks at every thread of the machine: for when there is a reason. */
void kvm_guests__read(struct guest_evidence *guests);

/* Whether a thread of that name is a vCPU: QEMU, Firecracker, crosvm, Cloud Hypervisor. */
bool kvm_guests__is_vcpu(const char *comm);

/* The line of /proc/modules that is KVM's for this CPU, if it is. */
bool kvm_guests__module(struct guest_evidence *guests, const char *line);

#endif /* IPITRACE_HOST_KVM_GUESTS_H */
