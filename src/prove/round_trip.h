/* SPDX-License-Identifier: GPL-2.0 */
/* What an IPI takes that its sender waits for, there and back: membarrier(2) to one other CPU. */
#ifndef IPITRACE_PROVE_ROUND_TRIP_H
#define IPITRACE_PROVE_ROUND_TRIP_H

#include <stdint.h>

/* The median of some hundred, ns; some ms in all. 0: not known, as no other CPU was free. */
uint64_t round_trip__measure(void);

#endif /* IPITRACE_PROVE_ROUND_TRIP_H */
