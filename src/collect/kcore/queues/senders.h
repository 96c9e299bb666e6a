/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The senders that wait for a csd. A call to many CPUs has its csds in cfd_data; a call to one
 * CPU has its csd on the sender's stack, where it is known by its own contents. From
 * Linux 7.3 on a sender may be preempted while it waits: the stacks of tasks that
 * are to run are read, too.
 */
#ifndef IPITRACE_COLLECT_KCORE_QUEUES_SENDERS_H
#define IPITRACE_COLLECT_KCORE_QUEUES_SENDERS_H

#include "collect/kcore/queues/image.h"
#include "model/moment.h"

/*
 * Add to @m, whose pending[] is complete, those that wait, and the csds that have
 * left their queue and that they wait for. @earlier: the look before, NULL at the
 * first.
 */
void senders__find(const struct image *image, const struct moment *earlier, struct moment *m);

#endif /* IPITRACE_COLLECT_KCORE_QUEUES_SENDERS_H */
