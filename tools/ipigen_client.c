// SPDX-License-Identifier: GPL-2.0
/* Functions that all commands use: the device, its paths, options, fatal errors. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "ipigen_client.h"
#include "pin.h"

_Noreturn void die(int status, const char *format, ...)
{
	va_list args;

	fflush(stdout);
	fputs("ipigen: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(status);
}

int client_open(void)
{
	int fd = open(IPIGEN_DEVICE, O_RDWR | O_CLOEXEC);
	struct ipigen_info info;

	if (fd < 0 && (errno == EACCES || errno == EPERM))
		die(EXIT_CANNOT, "only root may open " IPIGEN_DEVICE);
	if (fd < 0 && (errno == ENOENT || errno == ENXIO || errno == ENODEV))
		die(EXIT_CANNOT, "no " IPIGEN_DEVICE ": the module ipigen.ko is not loaded");
	if (fd < 0)
		die(EXIT_CANNOT, "cannot open " IPIGEN_DEVICE ": %s", strerror(errno));
	info = client_info(fd);
	if (info.version != IPIGEN_VERSION)
		die(EXIT_CANNOT, "ipigen.ko speaks version %u, this program %u", info.version,
		    IPIGEN_VERSION);
	return fd;
}

struct ipigen_info client_info(int fd)
{
	struct ipigen_info info;

	if (ioctl(fd, IPIGEN_IOC_INFO, &info))
		die(EXIT_CANNOT, "%s is not ipigen.ko's: %s", IPIGEN_DEVICE, strerror(errno));
	return info;
}

struct ipigen_path_info client_path(int fd, unsigned int index)
{
	struct ipigen_path_info path = { .index = index };

	if (ioctl(fd, IPIGEN_IOC_PATH, &path))
		die(EXIT_FAILED, "path %u: %s", index, strerror(errno));
	return path;
}

struct ipigen_path_info client_find(int fd, const char *name)
{
	unsigned int i, count = client_info(fd).paths;

	for (i = 0; i < count; i++) {
		struct ipigen_path_info path = client_path(fd, i);

		if (strcmp(path.name, name))
			continue;
		if (!path.available)
			die(EXIT_CANNOT, "%s: not on this kernel: %s", name, path.why);
		return path;
	}
	die(EXIT_USAGE, "no path '%s' (see ipigen list)", name);
}

/* Bind the caller to @cpu, because the module requires a sender to run on the CPU that it names. */
void client_bind(int cpu)
{
	if (pin_to(0, cpu))
		die(EXIT_CANNOT, "cannot run on CPU %d: %s", cpu,
		    errno == EINVAL ? "offline, or not allowed for this process" : strerror(errno));
}

/* Take "NAME VALUE" or "NAME=VALUE" from the front of argv; if @value is NULL, only NAME. */
bool client_next_option(int *argc, char ***argv, const char *name, const char *letter,
			const char **value)
{
	const char *arg = (*argv)[0];
	size_t length = strlen(name);
	int taken = 1;

	if (value && !strncmp(arg, name, length) && arg[length] == '=') {
		*value = arg + length + 1;
	} else if (!strcmp(arg, name) || (letter && !strcmp(arg, letter))) {
		if (value) {
			if (*argc < 2)
				die(EXIT_USAGE, "%s needs a value", arg);
			*value = (*argv)[1];
			taken = 2;
		}
	} else {
		return false;
	}
	*argc -= taken;
	*argv += taken;
	return true;
}
