/* SPDX-License-Identifier: GPL-2.0 */
/* Where on the screen's pages the user is, or where Enter leads. */
#ifndef IPITRACE_VIEW_TOP_PLACE_H
#define IPITRACE_VIEW_TOP_PLACE_H

#include <stdint.h>
#include "view/table/rows.h"

enum page_kind {
	/* The tables, in the order of their keys 1 to 9. */
	PAGE_FUNCTIONS,
	PAGE_CPUS,
	PAGE_SENDERS,
	PAGE_VICTIMS,
	PAGE_CGROUPS,
	PAGE_EDGES,
	PAGE_KINDS,
	PAGE_STORMS,
	PAGE_STALLS,
	NR_TABLES,
	/* The pages below a row; the comment names a and b. */
	PAGE_FUNCTION = NR_TABLES, /* the address; OTHER_FUNC */
	PAGE_STACK, /* the function's address, the index of a sample */
	PAGE_CPU, /* the number */
	PAGE_PROCESS, /* the tgid, the cgroup; BY_INTERRUPTS or BY_OTHERS in place of the tgid */
	PAGE_CGROUP, /* the cgroup; BY_INTERRUPTS or BY_OTHERS */
	PAGE_STORM, /* the storm's id */
	PAGE_STALL, /* the stall's id */
	PAGE_HELP,
};

#define OTHER_FUNC    UINT64_MAX
#define BY_INTERRUPTS (UINT64_MAX - 1)
#define BY_OTHERS     UINT64_MAX

#endif /* IPITRACE_VIEW_TOP_PLACE_H */
