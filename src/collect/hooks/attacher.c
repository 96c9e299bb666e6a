// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include "base/clock.h"
#include "base/helper_process.h"
#include "base/privileges.h"
#include "base/sysfile.h"
#include "collect/hooks/hooks.h"

/* The descriptors that the process keeps. */
enum { SOCKET, ENTRY, RETURN, NR_FDS };

/* How long to wait until the process has detached its programs, ms. */
#define END_MS 2000

/*
 * At level 3 of this file, which only Debian's kernels have (6.1.0-56), opening a perf event needs
 * CAP_SYS_ADMIN.
 */
#define PARANOID "/proc/sys/kernel/perf_event_paranoid"

/* Keep only the capabilities that attaching needs. Returns 0 or a negative errno. */
static int capabilities_keep(void)
{
	static const unsigned int caps[] = { CAP_BPF, CAP_PERFMON, CAP_SYS_ADMIN };
	size_t nr = sizeof(caps) / sizeof(*caps);
	char line[16];

	if (!sysfile__line(line, sizeof(line), PARANOID) || atoi(line) < 3)
		nr--;
	return privileges__drop_but(caps, nr);
}

/* The PMU of probes in the kernel's functions (kernel/events/core.c, 4.17). */
struct probe_pmu {
	uint32_t type;
	uint64_t at_return; /* the bit in attr.config of a probe at the function's return */
};

#define PMU "/sys/bus/event_source/devices/kprobe/"

/* Whether this kernel has the PMU (CONFIG_KPROBE_EVENTS). */
static bool pmu_read(struct probe_pmu *pmu)
{
	unsigned int bit;
	char line[32];

	if (!sysfile__line(line, sizeof(line), PMU "type") ||
	    sscanf(line, "%" SCNu32, &pmu->type) != 1 ||
	    !sysfile__line(line, sizeof(line), PMU "format/retprobe") ||
	    sscanf(line, "config:%u", &bit) != 1 || bit > 63)
		return false;
	pmu->at_return = 1ULL << bit;
	return true;
}

/* Attach @program. Returns a link, or a negative errno. A link has a cookie since 5.15 (82e6b1eee6a8). */
static int link_attach(const struct probe_pmu *pmu, int program,
		       const struct attach_request *request)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = pmu->type,
		.config = program == RETURN ? pmu->at_return : 0,
		.kprobe_addr = request->func,
	};
	LIBBPF_OPTS(bpf_link_create_opts, opts, .perf_event.bpf_cookie = request->place);
	int event = syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC), link;

	if (event < 0)
		return -errno;
	link = bpf_link_create(program, event, BPF_PERF_EVENT, &opts);
	close(event);
	return link;
}

/* Attach both programs. They stay attached until the process ends, because it keeps the links open. */
static bool both_attach(const struct probe_pmu *pmu, const struct attach_request *request)
{
	int end = link_attach(pmu, RETURN, request);
	int begin = end < 0 ? end : link_attach(pmu, ENTRY, request);

	if (begin < 0 && end >= 0)
		close(end);
	return begin >= 0;
}

static void __attribute__((noreturn)) attacher_main(const int fds[NR_FDS])
{
	struct attach_request request;
	struct probe_pmu pmu;
	bool can;

	helper_process__begin("ipitrace-attach", fds, NR_FDS);
	if (capabilities_keep())
		_exit(1);
	helper_process__end_with_starter();
	can = pmu_read(&pmu);
	while (recv(SOCKET, &request, sizeof(request), 0) == sizeof(request)) {
		struct attach_answer answer = { .place = request.place };

		if (can && both_attach(&pmu, &request))
			answer.time = mono_ns();
		if (send(SOCKET, &answer, sizeof(answer), MSG_NOSIGNAL) < 0)
			break;
	}
	_exit(0);
}

int attacher__open(struct attacher *attacher, int entry_fd, int return_fd)
{
	int socket;
	pid_t pid = helper_process__start(&socket);

	if (!pid)
		attacher_main((const int[NR_FDS]){ socket, entry_fd, return_fd });
	if (pid < 0)
		return pid;
	*attacher = (struct attacher){ .pid = pid, .fd = socket };
	return 0;
}

bool attacher__ask(struct attacher *attacher, uint64_t func, uint32_t place)
{
	const struct attach_request request = { .func = func, .place = place };

	return send(attacher->fd, &request, sizeof(request), MSG_NOSIGNAL | MSG_DONTWAIT) > 0;
}

bool attacher__answer(struct attacher *attacher, struct attach_answer *answer)
{
	return recv(attacher->fd, answer, sizeof(*answer), MSG_DONTWAIT) == sizeof(*answer);
}

void attacher__close(struct attacher *attacher)
{
	if (!attacher->pid)
		return;
	close(attacher->fd);
	for (int i = 0; i < END_MS && !waitpid(attacher->pid, NULL, WNOHANG); i++)
		usleep(1000);
	attacher->pid = 0;
}
