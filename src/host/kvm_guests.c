// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "base/sysfile.h"
#include "host/storm_facts.h"

/* The task is in a guest just now (include/linux/sched.h; 0x10 before 5.12). */
#define PF_VCPU 0x00000001U

/*
 * Whether @stat, /proc/PID/task/TID/stat, is of a thread that runs a guest or has done so for a tick of
 * the clock: only KVM_RUN gives it time in a guest, and anybody may take a vCPU's name. The file is
 * readable without rights, as /proc/PID/fd is not. fs/proc/array.c, do_task_stat(): "TID (comm) state
 * ppid pgrp session tty tpgid flags ... guest_time cguest_time ...", of which these are numbers 9 and 43.
 */
static bool is_vcpu(const char *stat)
{
	/* A name may have parentheses itself. */
	const char *end = strrchr(stat, ')');
	unsigned int flags;
	uint64_t guest;

	if (!end || sscanf(end,
			   ") %*c %*d %*d %*d %*d %*d %u "
			   "%*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %*u %*u %*d %*u %*u "
			   "%*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*d %*d %*u %*u %*u "
			   "%" SCNu64,
			   &flags, &guest) != 2)
		return false;
	return guest || flags & PF_VCPU;
}

static void module_read(struct guest_evidence *guests, const char *root)
{
	static const struct {
		const char *name;
		const char *form;
	} modules[] = {
		{ "kvm_amd", "kvm_amd %*u %" SCNu64 },
		{ "kvm_intel", "kvm_intel %*u %" SCNu64 },
	};
	uint64_t users;

	guests->users = -1;
	for (size_t i = 0; i < sizeof(modules) / sizeof(*modules); i++) {
		if (!sysfile__number(&users, modules[i].form, "%s/proc/modules", root))
			continue;
		snprintf(guests->module, sizeof(guests->module), "%s", modules[i].name);
		guests->users = users;
	}
}

static void threads_read(struct guest_evidence *guests, const char *root, const char *pid)
{
	DIR *dir = sysdir__open("%s/proc/%s/task", root, pid);
	const struct dirent *entry;
	char stat[1024], comm[32];

	while ((entry = sysdir__next(dir))) {
		if (!sysfile__line(stat, sizeof(stat), "%s/proc/%s/task/%s/stat", root, pid,
				   entry->d_name) ||
		    !is_vcpu(stat))
			continue;
		guests->vcpus++;
		sysfile__line(comm, sizeof(comm), "%s/proc/%s/comm", root, pid);
		snprintf(guests->owner, sizeof(guests->owner), "%.16s[%.10s]", comm, pid);
	}
}

void kvm_guests__name(uint32_t tgid, char *name, size_t size, const char *root)
{
	sysfile__line(name, size, "%s/proc/%" PRIu32 "/comm", root, tgid);
}

bool kvm_guests__ipis_virtualized(const char *root)
{
	/* AVIC; and Intel's IPI virtualization: APICv alone has each write of the ICR make an exit. */
	static const char *const parameters[] = { "kvm_amd/parameters/avic",
						  "kvm_intel/parameters/enable_ipiv" };
	char line[16];

	for (int i = 0; i < 2; i++)
		if (sysfile__line(line, sizeof(line), "%s/sys/module/%s", root, parameters[i]) &&
		    (*line == 'Y' || *line == '1'))
			return true;
	return false;
}

/* Mounted with hidepid, /proc shows other users' processes, such as init, to root alone. */
static bool shows_all(const char *root)
{
	DIR *init = sysdir__open("%s/proc/%d/task", root, 1);

	if (init)
		closedir(init);
	return init;
}

void kvm_guests__read(struct guest_evidence *guests, const char *root)
{
	const struct dirent *entry;
	DIR *proc;

	memset(guests, 0, sizeof(*guests));
	module_read(guests, root);
	guests->known = shows_all(root);
	if (!guests->known)
		return;
	proc = sysdir__open("%s/proc", root);
	while ((entry = sysdir__next(proc)))
		if (isdigit((unsigned char)*entry->d_name))
			threads_read(guests, root, entry->d_name);
}
