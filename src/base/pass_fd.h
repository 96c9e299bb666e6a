/* SPDX-License-Identifier: GPL-2.0 */
/* A descriptor, or why there is none, from one process to another through a socket. */
#ifndef IPITRACE_BASE_PASS_FD_H
#define IPITRACE_BASE_PASS_FD_H

/* Send @fd, which stays open here; or negative, an errno, that. */
void pass_fd__send(int socket, int fd);

/*
 * The next one, the caller's to close; or a negative errno, the sender's or -EPIPE: the sender
 * is gone. @flags: recvmsg()'s.
 */
int pass_fd__receive(int socket, int flags);

#endif /* IPITRACE_BASE_PASS_FD_H */
