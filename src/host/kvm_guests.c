// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <dirent.h>
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

static void modules_read(struct guest_evidence *guests)
{
	FILE *file = fopen("/proc/modules", "re");
	char line[512];

	guests->users = -1;
	while (file && fgets(line, sizeof(line), file))
		if (kvm_guests__module(guests, line))
			break;
	if (file)
		fclose(file);
}

static void threads_read(struct guest_evidence *guests, const char *pid)
{
	char path[64 + 2 * sizeof(((struct dirent *)0)->d_name)], comm[32];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%s/task", pid);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), "/proc/%s/task/%s/comm", pid, entry->d_name);
		if (!sysfile__line(comm, sizeof(comm), path) || !kvm_guests__is_vcpu(comm))
			continue;
		guests->vcpus++;
		snprintf(path, sizeof(path), "/proc/%s/comm", pid);
		sysfile__line(comm, sizeof(comm), path);
		snprintf(guests->owner, sizeof(guests->owner), "%.16s[%.10s]", comm, pid);
	}
	if (dir)
		closedir(dir);
}

void kvm_guests__read(struct guest_evidence *guests)
{
	struct dirent *entry;
	DIR *proc;

	memset(guests, 0, sizeof(*guests));
	modules_read(guests);
	proc = opendir("/proc");
	while (proc && (entry = readdir(proc)))
		if (isdigit((unsigned char)*entry->d_name))
			threads_read(guests, entry->d_name);
	guests->known = proc;
	if (proc)
		closedir(proc);
}
