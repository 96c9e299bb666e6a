/* SPDX-License-Identifier: GPL-2.0 */
#ifndef IPIGEN_CLIENT_H
#define IPIGEN_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../kmod/ipigen.h"
#include "base/cpuset.h"
#include "cli/exit_status.h"

/* ipigen_client.c: each function ends the program with one line on stderr if it fails. */
_Noreturn void die(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));
int client_open(void);
struct ipigen_info client_info(int fd);
struct ipigen_path_info client_path(int fd, unsigned int index);
struct ipigen_path_info client_find(int fd, const char *name);
void client_bind(int cpu);
bool client_next_option(int *argc, char ***argv, const char *name, const char *letter,
			const char **value);

/* ipigen_parse.c: each returns false if the text has another form. CPUs must be below IPIGEN_MAX_CPUS. */
bool parse_time(const char *text, __u64 *ns);
bool parse_count(const char *text, __u64 *count);
bool parse_cpu(const char *text, int *cpu);

/* Each returns the exit status. */
int command_list(int argc, char **argv);
int command_run(int argc, char **argv);
int command_truth(int argc, char **argv);
int command_menu(int argc, char **argv);

#endif /* IPIGEN_CLIENT_H */
