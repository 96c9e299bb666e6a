// SPDX-License-Identifier: GPL-2.0
#include <stddef.h>
#include "abi/call.h"
#include "abi/stall_event.h"
#include "model/callers.h"
#include "model/incident.h"

const char *const lateness_names[NR_LATENESS] = {
	[LATE_SENDER] = "sender", [LATE_INTERRUPTS_OFF] = "interrupts_off",
	[LATE_BEHIND] = "behind", [LATE_IDLE] = "idle",
	[LATE_STOLEN] = "stolen",
};

const char *const phase_names[NR_PHASES] = {
	[PHASE_DELIVERY] = "delivery",
	[PHASE_HANDLER] = "handler",
	[PHASE_WAIT] = "wait",
	[PHASE_INTERRUPT] = "interrupt",
};

const char *const wait_in_names[NR_WAIT_IN] = {
	[WAIT_SINGLE] = "smp_call_function_single",
	[WAIT_MANY] = "smp_call_function_many_cond",
};

const char *wait_in__name(enum wait_in in)
{
	return in < NR_WAIT_IN ? wait_in_names[in] : NULL;
}

struct task_id incident__stuck_task(const struct incident *incident)
{
	struct task_id task = incident->backtrace->task;

	if (incident->victim.known && incident->victim.pid == task.pid)
		task.tgid = incident->victim.tgid;
	return task;
}

struct reason incident__reason(const struct incident *incident)
{
	if (incident->stack_of != STACK_CALL)
		return (struct reason){ .frame = incident->nr };
	return callers__reason(incident->stack, incident->nr);
}
