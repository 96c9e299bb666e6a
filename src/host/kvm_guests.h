/* SPDX-License-Identifier: GPL-2.0 */
/* Whether guests run on this machine. */
#ifndef IPITRACE_HOST_KVM_GUESTS_H
#define IPITRACE_HOST_KVM_GUESTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "model/storm_evidence.h"

/* The name of process @tgid, "" where it is hidden or has ended. */
void kvm_guests__name(uint32_t tgid, char *name, size_t size, const char *root);

/* Whether the CPU itself delivers IPIs between running vCPUs, without an exit. */
bool kvm_guests__ipis_virtualized(const char *root);

/*
 * Reads every thread of the machine: expensive, so only when a storm gives
 * reason. @root: where the kernel's files are, "" outside tests.
 */
void kvm_guests__read(struct guest_evidence *guests, const char *root);

/* Whether a thread called @comm is a vCPU of QEMU, Firecracker, crosvm or Cloud Hypervisor. */
bool kvm_guests__is_vcpu(const char *comm);

/* Fill in the module if @line of /proc/modules is kvm_amd's or kvm_intel's; else false. */
bool kvm_guests__module(struct guest_evidence *guests, const char *line);

#endif /* IPITRACE_HOST_KVM_GUESTS_H */
