// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include "base/pass_fd.h"

void pass_fd__send(int socket, int fd)
{
	int err = fd < 0 ? fd : 0;
	char room[CMSG_SPACE(sizeof(int))] = {};
	struct iovec iov = { &err, sizeof(err) };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (fd >= 0) {
		struct cmsghdr *head;

		message.msg_control = room;
		message.msg_controllen = sizeof(room);
		head = CMSG_FIRSTHDR(&message);
		head->cmsg_level = SOL_SOCKET;
		head->cmsg_type = SCM_RIGHTS;
		head->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(head), &fd, sizeof(fd));
	}
	sendmsg(socket, &message, MSG_NOSIGNAL);
}

/* The descriptor that came with @message; negative: none. */
static int fd_of(struct msghdr *message)
{
	const struct cmsghdr *head = CMSG_FIRSTHDR(message);
	int fd = -1;

	if (head && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(head), sizeof(fd));
	return fd;
}

int pass_fd__receive(int socket, int flags)
{
	char room[CMSG_SPACE(sizeof(int))];
	int err = 0;
	struct iovec iov = { &err, sizeof(err) };
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = room,
		.msg_controllen = sizeof(room),
	};
	ssize_t n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | flags);

	if (n < 0)
		return -errno;
	if (n != sizeof(err))
		return -EPIPE;
	return err ? err : fd_of(&message);
}
