// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "model/incident.h"
#include "model/isolation.h"
#include "model/names.h"

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

const char *const source_names[NR_SOURCES] = {
	[SOURCE_CSD] = "csds",
	[SOURCE_CALLS] = "calls",
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
	[NAMES_UNREADABLE] = "no /proc/kallsyms",
};

const char *const flush_way_names[NR_FLUSH_WAYS] = {
	[FLUSH_BY_HOST] = "host",
	[FLUSH_BY_INVLPGB] = "invlpgb",
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

const char *symbol__text(const struct symbol *symbol, char address[ADDRESS_TEXT])
{
	snprintf(address, ADDRESS_TEXT, "0x%" PRIx64, symbol->addr);
	return symbol->name ? symbol->name : address;
}

bool container__label(const char *path, char *buf, size_t size)
{
	static const struct {
		const char *prefix;
		const char *name;
		size_t min; /* minimum number of digits of the id; 0: the name ends at a slash */
	} kinds[] = {
		{ "cri-containerd-", "containerd", 32 },
		{ "crio-", "cri-o", 32 },
		{ "docker-", "docker", 32 },
		{ "docker/", "docker", 32 },
		{ "libpod-", "podman", 32 },
		{ "lxc.payload.", "lxc", 0 },
		{ "-pod", "pod", 32 },
		{ "/pod", "pod", 32 },
	};
	static const char id_characters[] = "0123456789abcdefABCDEF-_";

	for (size_t i = 0; path && i < sizeof(kinds) / sizeof(*kinds); i++) {
		const char *id = path;

		while ((id = strstr(id, kinds[i].prefix))) {
			size_t len;

			id += strlen(kinds[i].prefix);
			len = kinds[i].min ? strspn(id, id_characters) : strcspn(id, "/");
			if (len < kinds[i].min || !len)
				continue;
			/*
			 * Users know a container by the first twelve digits of its long id. A pod's
			 * id, a UUID, has 36 characters.
			 */
			if (len > 36)
				len = 12;
			snprintf(buf, size, "%s %.*s", kinds[i].name, (int)len, id);
			return true;
		}
	}
	return false;
}

#define TRACE_KEY(name) #name
const char *const trace_keys[NR_TRACE_KEYS] = { TRACE_KEYS(TRACE_KEY) };
