// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <dirent.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include "base/sysfile.h"
#include "host/kvm_guests.h"
#include "model/storm_evidence.h"

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

bool kvm_guests__module(struct guest_evidence *guests, const char *line)
{
	char name[EVIDENCE_LEN];
	long users;

	if (sscanf(line, "%63s %*u %ld", name, &users) != 2)
		return false;
	if (strcmp(name, "kvm_amd") && strcmp(name, "kvm_intel"))
		return false;
	snprintf(guests->module, sizeof(guests->module), "%s", name);
	guests->users = users;
	return true;
}

static void modules_read(struct guest_evidence *guests, const char *root)
{
	char path[PATH_MAX], line[512];
	FILE *file;

	guests->users = -1;
	snprintf(path, sizeof(path), "%s/proc/modules", root);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		if (kvm_guests__module(guests, line))
			break;
	if (file)
		fclose(file);
}

/* Open the threads of @pid; NULL: the process is gone, or /proc hides it. */
static DIR *threads_open(const char *root, const char *pid)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/proc/%s/task", root, pid);
	return opendir(path);
}

static void threads_read(struct guest_evidence *guests, const char *root, const char *pid)
{
	char comm[32];
	DIR *dir = threads_open(root, pid);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		if (!sysfile__line(comm, sizeof(comm), "%s/proc/%s/task/%s/comm", root, pid,
				   entry->d_name) ||
		    !kvm_guests__is_vcpu(comm))
			continue;
		guests->vcpus++;
		sysfile__line(comm, sizeof(comm), "%s/proc/%s/comm", root, pid);
		snprintf(guests->owner, sizeof(guests->owner), "%.16s[%.10s]", comm, pid);
	}
	if (dir)
		closedir(dir);
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
	DIR *init = threads_open(root, "1");

	if (init)
		closedir(init);
	return init;
}

void kvm_guests__read(struct guest_evidence *guests, const char *root)
{
	char path[PATH_MAX];
	struct dirent *entry;
	DIR *proc;

	memset(guests, 0, sizeof(*guests));
	modules_read(guests, root);
	guests->known = shows_all(root);
	if (!guests->known)
		return;
	snprintf(path, sizeof(path), "%s/proc", root);
	proc = opendir(path);
	while (proc && (entry = readdir(proc)))
		if (isdigit((unsigned char)*entry->d_name))
			threads_read(guests, root, entry->d_name);
	if (proc)
		closedir(proc);
}
