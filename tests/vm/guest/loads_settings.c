// SPDX-License-Identifier: GPL-2.0
/* Settings of the machine that an agent or an administrator writes again and again. */
#include <linux/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "loads.h"

static bool alternate(void)
{
	static bool other;

	other = !other;
	return other;
}

#define CLOCKSOURCE "/sys/devices/system/clocksource/clocksource0/current_clocksource"

static void step_clocksource(void)
{
	file_write(CLOCKSOURCE, alternate() ? "hpet" : "acpi_pm");
}

/* The limit of the strict policy must not be felt. */
static void begin_overcommit(void)
{
	file_write("/proc/sys/vm/overcommit_ratio", "100000");
}

static void step_overcommit(void)
{
	file_write("/proc/sys/vm/overcommit_memory", "2");
}

static void step_mce(void)
{
	file_write("/sys/devices/system/machinecheck/machinecheck0/check_interval",
		   alternate() ? "100000" : "100001");
}

/* The actor's own lo, in a namespace of its own. */
static int of;

static void begin_link(void)
{
	if (unshare(CLONE_NEWNET))
		cannot("unshare");
	of = socket(AF_INET, SOCK_DGRAM, 0);
}

static void step_link(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = alternate() ? IFF_UP : 0 };

	check(ioctl(of, SIOCSIFFLAGS, &lo), "SIOCSIFFLAGS");
}

static void victim_calls(void)
{
	for (int i = 0; i < 50; i++)
		syscall(SYS_getppid);
	relax();
}

const struct load loads_of_settings[] = {
	{ "clocksource", .step = step_clocksource, .pause_us = 1000 },
	{ "overcommit", .step = step_overcommit, .begin = begin_overcommit, .pause_us = 1000 },
	{ "mce", .step = step_mce, .pause_us = 2000 },
	{ "link", .step = step_link, .begin = begin_link, .victim = victim_calls },
	{},
};
