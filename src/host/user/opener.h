/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The opener: a process that keeps the right to look into other processes, and does nothing
 * but open four kinds of files for reading and hand over their descriptors. What is in the
 * files, which may be anybody's, it does not read.
 */
#ifndef IPITRACE_HOST_USER_OPENER_H
#define IPITRACE_HOST_USER_OPENER_H

#include <stdint.h>
#include "host/user/elf_image.h"

enum opener_file {
	OPEN_MAPS, /* /proc/PID/maps; readable until the process is gone */
	OPEN_MAPPED, /* the file that is mapped at start-end, also if it was deleted or replaced */
	OPEN_PERF_MAP, /* the process's own /tmp/perf-PID.map, in its mount and pid namespace */
	OPEN_DEBUG, /* the symbols of the build-id, of its mount namespace; pid 0: of ours */
};

/* Numbers alone: no path comes from a process. */
struct opener_request {
	uint32_t file;
	uint32_t pid;
	uint64_t start;
	uint64_t end;
	uint32_t build_id_len;
	uint8_t build_id[BUILD_ID_MAX];
};

/* Leave the process the system calls that opener__run() makes. 0 or a negative errno. */
int opener__confine(void);

/* The opener's own process: serves the requests that @socket has until the other end is closed. */
void opener__run(int socket);

/* The descriptor, the caller's, or a negative errno. Waits for the opener. */
int opener__ask(int socket, const struct opener_request *request);

#endif /* IPITRACE_HOST_USER_OPENER_H */
