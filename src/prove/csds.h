/* SPDX-License-Identifier: GPL-2.0 */
/* The csds of both sides, gathered for the comparison. */
#ifndef IPITRACE_PROVE_CSDS_H
#define IPITRACE_PROVE_CSDS_H

#include "import/names.h"
#include "import/pairing.h"
#include "import/text.h"
#include "prove/compare.h"
#include "prove/kinds.h"

/* More are not kept: some 500 MB for each side. */
#define PROOF_CSDS 10000000

struct proof_list {
	struct proof_csd *csds;
	size_t nr, room;
	bool cut; /* some found no room */
};

void proof_list__add(struct proof_list *list, const struct proof_csd *csd);

#define PROOF_HIDDEN 1024

/* ftrace's csds, from its text. */
struct proof_reader {
	struct names *names; /* func of both sides' csds */
	struct pairing *pairing;
	struct import_facts facts;
	struct text_reader text;
	struct proof_list list;
	bool masks_unread; /* of some sends the CPUs are not known */
	struct proof_kinds kinds; /* start and end are the caller's to set */
	/* Threads in whose time some kernels run no BPF program, and count no miss: those of pid 1. */
	uint32_t hidden[PROOF_HIDDEN];
	size_t nr_hidden;
};

/* 0 or -ENOMEM. */
int proof_reader__open(struct proof_reader *reader);
void proof_reader__close(struct proof_reader *reader);

/* Read @fd up to its end. 0 or a negative errno. */
int proof_reader__read(struct proof_reader *reader, int fd);

/* The number of the function with this name, as ftrace's text has it; @module may be NULL. */
uint64_t proof_reader__func(struct proof_reader *reader, const char *name, const char *module);

#endif /* IPITRACE_PROVE_CSDS_H */
