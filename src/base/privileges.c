// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <cap-ng.h>
#include <sys/prctl.h>
#include <unistd.h>
#include "base/privileges.h"
#include "base/spare_uid.h"

bool privileges__have(unsigned int cap)
{
	capng_get_caps_process();
	return capng_have_capability(CAPNG_EFFECTIVE, cap) ||
	       capng_have_capability(CAPNG_EFFECTIVE, CAP_SYS_ADMIN);
}

int privileges__drop_to(uid_t uid, gid_t gid)
{
	capng_flags_t flags = CAPNG_DROP_SUPP_GRP;
	bool may_change = !geteuid() && privileges__have(CAP_SETUID) &&
			  privileges__have(CAP_SETGID);
	int err;

	if (privileges__have(CAP_SETPCAP))
		flags |= CAPNG_CLEAR_BOUNDING;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	capng_clear(CAPNG_SELECT_BOTH);
	err = may_change ? capng_change_id(uid, gid, flags) : capng_apply(CAPNG_SELECT_CAPS);
	return err ? -EPERM : 0;
}

int privileges__drop(void)
{
	uid_t uid;
	int err = spare_uid__find(&uid);

	return err ? err : privileges__drop_to(uid, uid);
}
