// SPDX-License-Identifier: GPL-2.0
/* Empty programs on the four events of an IPI: the least that any tracer costs. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("raw_tp/csd_queue_cpu")
int csd_queue(void *ctx)
{
	return 0;
}

SEC("raw_tp/csd_function_entry")
int csd_entry(void *ctx)
{
	return 0;
}

SEC("raw_tp/csd_function_exit")
int csd_exit(void *ctx)
{
	return 0;
}

SEC("raw_tp/ipi_send_cpu")
int ipi_send(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
