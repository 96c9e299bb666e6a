/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kernel addresses in a text that others may read. With one of them whoever knows the kernel's image
 * knows where all of it lies (KASLR), also where kernel.kptr_restrict hides them from root.
 */
#ifndef IPITRACE_BASE_HIDDEN_H
#define IPITRACE_BASE_HIDDEN_H

#include <stddef.h>
#include <stdint.h>

/* Of a run: nobody outside can tell an address by its number, or compare two runs. */
struct hidden {
	uint64_t key[2];
};

/* A new key. 0 or a negative errno. */
int hidden__open(struct hidden *hidden);

/*
 * Put a number in the place of each kernel address, "0xffff..." with 16 digits, in @text (@len
 * bytes): "0x1" with 11 more digits, the same for the same address as long as the key lives. Returns
 * the length, which is no greater.
 */
size_t hidden__addresses(const struct hidden *hidden, char *text, size_t len);

#endif /* IPITRACE_BASE_HIDDEN_H */
