/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Loads that each send IPIs for one cause. A load is a function that the actor calls again and
 * again on CPU 0, and what a thread of the same process does on CPU 1 meanwhile.
 */
#ifndef IPITRACE_TESTS_LOADS_H
#define IPITRACE_TESTS_LOADS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include "guest.h"

#define ACTOR_CPU  0
#define VICTIM_CPU 1
#define OTHER_CPU  2
#define PAGE	   4096UL

struct load {
	const char *name;
	void (*step)(void); /* by the actor, until the time is over */
	void (*begin)(void); /* by the actor, before the victim begins; may be NULL */
	void (*victim)(void); /* again and again on CPU 1; NULL: spins and reads the shared memory */
	unsigned int pause_us; /* after each step */
};

/* Each array ends with an empty row. */
extern const struct load loads_of_memory[], loads_of_files[], loads_of_pages[], loads_of_kernel[],
	loads_of_text[], loads_of_signals[], loads_of_tasks[], loads_of_settings[];

/* Memory that the victim reads all the time: NULL, or @shared_pages pages. */
extern char *volatile shared;
extern volatile size_t shared_pages;
extern volatile pid_t victim_tid; /* 0 before the victim runs */
extern volatile bool victim_over; /* the victim must return */

/* End with status 1 if @failed, with @what and errno. */
void check(bool failed, const char *what);

void relax(void);
void rest(void); /* for 10 ms: the actor's step where others make the load */
void file_write(const char *path, const char *text);
long file_read(const char *path); /* the number in the file */

/* Map @pages pages of @fd (-1: anonymous memory); touch them by writing. */
char *map_pages(size_t pages, int flags, int fd);
void touch_pages(char *at, size_t pages);

/* Let the victim read @pages new pages of anonymous memory (MAP_PRIVATE) without huge pages. */
void share_pages(size_t pages);

/* Begin a thread of the actor's process that runs @body on @cpu. Returns its tid. */
pid_t thread_begin(int cpu, void (*body)(void));

/* Begin a process that runs @body on @cpu, and dies with this one. Returns its pid. */
pid_t process_begin(int cpu, void (*body)(void));

void spin_forever(void);

#endif /* IPITRACE_TESTS_LOADS_H */
