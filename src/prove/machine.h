/* SPDX-License-Identifier: GPL-2.0 */
/* What a machine is, without its name: for the file of `prove -o`, that others read. */
#ifndef IPITRACE_PROVE_MACHINE_H
#define IPITRACE_PROVE_MACHINE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/utsname.h>

struct machine_facts {
	struct utsname name;
	char model[96]; /* of the CPUs; "": the kernel does not say */
	bool hypervisor; /* x86: the CPU says that it is a virtual one */
	uint32_t cpus; /* online */
	uint32_t packages, cores; /* 0: the kernel does not say */
	uint32_t nodes; /* of NUMA, online; 0: likewise */
};

void machine_facts__read(struct machine_facts *facts);

#endif /* IPITRACE_PROVE_MACHINE_H */
