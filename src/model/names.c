// SPDX-License-Identifier: GPL-2.0
#include "abi/hook.h"
#include "abi/ipi.h"
#include "abi/limits.h"
#include "model/isolation.h"
#include "model/names.h"
#include "model/symbol.h"
#include "model/trigger.h"

const char *const lost_names[NR_LOST] = {
	[LOST_QUEUE_UNSEEN] = "queue_unseen",
	[LOST_MAILBOX_FULL] = "mailbox_full",
	[LOST_RUN_UNSEEN] = "run_unseen",
};

const char *const hook_lost_names[NR_HOOK_LOST] = {
	[HOOK_ENTRY_UNSEEN] = "entry_unseen",
	[HOOK_NO_ROOM] = "no_room",
	[HOOK_RETURN_UNSEEN] = "return_unseen",
};

const char *const wait_source_names[NR_WAIT_SOURCES] = {
	[WAITS_FEXIT] = "fexit",
	[WAITS_CSD] = "csd",
	[WAITS_KPROBE] = "kprobe",
};

const char *const user_end_names[NR_USER_ENDS] = {
	[USER_END_DEEP] = "deeper",	     [USER_END_LOST] = "no_frame_pointer",
	[USER_END_PAGED] = "not_in_memory",  [USER_END_GONE] = "process_gone",
	[USER_END_DENIED] = "not_permitted", [USER_END_LATE] = "too_late",
};

const char *const names_hidden[NR_NAMES_SHOWN] = {
	[NAMES_NEED_SYSLOG] = "needs CAP_SYSLOG",
	[NAMES_RESTRICTED] = "sysctl kernel.kptr_restrict",
};

const char *const kind_names[NR_KINDS] = {
	[KIND_CALL_FUNCTION] = "call_function",
	[KIND_RESCHEDULE] = "reschedule",
	[KIND_IRQ_WORK] = "irq_work",
};

const char *const csd_type_names[CSD_TYPES] = { "async", "sync", "irq_work", "ttwu" };

const char *const tlb_names[TLB_REASONS] = {
	"on_task_switch",     "remote_shootdown", "local_shootdown",
	"local_mm_shootdown", "remote_send_ipi",  "remote_wrong_cpu",
};

const char *const trigger_names[NR_TRIGGERS] = {
	[TRIGGER_STALL] = "stall",
	[TRIGGER_STORM] = "storm",
	[TRIGGER_DELAY] = "delay",
	[TRIGGER_SIGNAL] = "signal",
};

const char *const group_names[NR_GROUPS] = {
	[GROUP_IPIS] = "ipis",
	[GROUP_INTERRUPTS] = "interrupts",
	[GROUP_TASKS] = "tasks",
};
