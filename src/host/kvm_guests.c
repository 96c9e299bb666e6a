// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "base/sysfile.h"
#include "host/storm_facts.h"

bool kvm_guests__is_vcpu(const char *comm)
{
	unsigned int n;
	int end = 0;

	if (sscanf(comm, "CPU %u/KVM%n", &n, &end) == 1 && end)
		return true;
	if (!strncmp(comm, "fc_vcpu ", 8) || !strncmp(comm, "crosvm_vcpu", 11))
		return true;
	return !strncmp(comm, "vcpu", 4) && isdigit((unsigned char)comm[4]);
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
	char comm[32];

	while ((entry = sysdir__next(dir))) {
		if (!sysfile__line(comm, sizeof(comm), "%s/proc/%s/task/%s/comm", root, pid,
				   entry->d_name) ||
		    !kvm_guests__is_vcpu(comm))
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
