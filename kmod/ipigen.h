/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/* ipigen: produces inter-processor interrupts on purpose, and counts the handlers that ran. */
#ifndef _UAPI_IPIGEN_H
#define _UAPI_IPIGEN_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define IPIGEN_DEVICE  "/dev/ipigen"
#define IPIGEN_VERSION 3

/* Limits that no module parameter can raise. */
#define IPIGEN_MAX_COUNT 1000000
#define IPIGEN_MAX_CPUS	 4096

#define IPIGEN_ANY_CPU (-1)

/* Properties of a path. */
#define IPIGEN_WAITS   0x01 /* the caller waits until the last handler is done */
/* the handler is the module's: the truth rows below count its executions */
#define IPIGEN_OURS    0x02
#define IPIGEN_CSD     0x04 /* its handlers are call-function callbacks (a csd, or local) */
#define IPIGEN_ONE_DST 0x08 /* a call has one target: the CPUs of the list take turns */
#define IPIGEN_FIXED   0x10 /* the path chooses its CPUs and ignores the list */

/* How many interrupts one call should make. */
enum ipigen_ipis {
	IPIGEN_IPIS_NONE, /* none: the function runs on the caller, or in a thread */
	IPIGEN_IPIS_EACH, /* one for each remote CPU whose queue was empty */
	IPIGEN_IPIS_VOID, /* exactly one, without anything queued */
	IPIGEN_IPIS_SELF, /* one, to the caller's own CPU */
	IPIGEN_IPIS_KERNEL, /* the kernel decides (idle CPUs, batches, patching) */
};

struct ipigen_info {
	__u32 version;
	__u32 paths;
	__u32 cpus; /* nr_cpu_ids */
	__u32 blocking; /* 1: "ipi blocking" is allowed */
	__u64 max_ns; /* the longest hold, and the longest time with interrupts off */
};

/* The caller sets index, the module the rest. */
struct ipigen_path_info {
	__u32 index;
	__u32 flags;
	__u32 ipis; /* enum ipigen_ipis */
	__u32 available;
	char name[32];
	char func[40]; /* the function that runs on the target */
	char calls[48]; /* the kernel's function that the path goes through */
	/* why the path is not available, or which other tool counts its interrupts */
	char why[112];
};

struct ipigen_run_args {
	__u32 path;
	__s32 src; /* the CPU that the caller is bound to, or IPIGEN_ANY_CPU */
	__u64 count;
	__u64 hold_ns;
	__u64 irqs_off_ns;
	__u64 dst; /* pointer to a CPU mask, one bit for each CPU; NULL: all CPUs but src */
	__u32 dst_bytes;
	__u32 hold_on; /* 1 + the only CPU that hold_ns and irqs_off_ns are for; 0: all CPUs */
	/* The module sets these, also after a signal. */
	__u64 calls;
	__u64 issued; /* to other CPUs */
	__u64 local; /* on the caller itself */
	/* over all calls: CPUs of dst that were offline; bookings that were undone */
	__u64 skipped;
};

struct ipigen_sum {
	__u64 sum;
	__u64 max;
};

/*
 * A row for each path, sender and target. The row whose dst is IPIGEN_ANY_CPU is the sender's own:
 * its calls and its waits. Other rows have a wait only for calls with one target.
 */
struct ipigen_truth_row {
	__u32 path;
	__s32 src;
	__s32 dst;
	__u32 reserved;
	__u64 calls;
	__u64 issued; /* executions requested on another CPU */
	__u64 executed; /* executions completed on another CPU */
	__u64 local; /* executions on the sender itself, without an IPI */
	__u64 skipped; /* calls made without dst, because it was offline; bookings undone */
	struct ipigen_sum handler_ns;
	struct ipigen_sum delay_ns; /* from just before the call to the handler's start */
	struct ipigen_sum wait_ns;
};

#define IPIGEN_TRUTH_RESET 0x1

/* All rows that are not zero, read while no call is in flight. */
struct ipigen_truth_args {
	__u64 rows; /* pointer to struct ipigen_truth_row[capacity] */
	__u32 capacity;
	__u32 flags;
	__u32 count; /* set by the module: the number of rows; ENOSPC if more than capacity */
	__u32 reserved;
};

/* The character device scenario. */
enum ipigen_device_op {
	IPIGEN_MUTEX_LOCK = 1,
	IPIGEN_MUTEX_UNLOCK,
	IPIGEN_SPIN_LOCK,
	IPIGEN_SPIN_UNLOCK,
	IPIGEN_IPI_GOOD,
	IPIGEN_IPI_BLOCKING,
	IPIGEN_IPI_SPINNING,
};

struct ipigen_device_args {
	__u32 op;
	__s32 src; /* as in struct ipigen_run_args */
	__s32 dst; /* the target of ipi_*; the holder of a lock runs on neither src nor dst */
	__u32 reserved;
	__u64 handler_ns; /* set by the module */
	__u64 wait_ns; /* set by the module */
};

#define IPIGEN_IOC_INFO	  _IOR('i', 0xe0, struct ipigen_info)
#define IPIGEN_IOC_PATH	  _IOWR('i', 0xe1, struct ipigen_path_info)
#define IPIGEN_IOC_RUN	  _IOWR('i', 0xe2, struct ipigen_run_args)
#define IPIGEN_IOC_TRUTH  _IOWR('i', 0xe3, struct ipigen_truth_args)
#define IPIGEN_IOC_DEVICE _IOWR('i', 0xe4, struct ipigen_device_args)

#endif /* _UAPI_IPIGEN_H */
