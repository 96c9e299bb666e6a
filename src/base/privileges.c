// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <cap-ng.h>
#include <sys/prctl.h>
#include <unistd.h>
#include "base/privileges.h"
#include "base/spare_uid.h"

int privileges__drop_to(uid_t uid, gid_t gid)
{
	int err;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	capng_clear(CAPNG_SELECT_BOTH);
	if (geteuid())
		err = capng_apply(CAPNG_SELECT_CAPS);
	else
		err = capng_change_id(uid, gid, CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING);
	return err ? -EPERM : 0;
}

int privileges__drop(void)
{
	uid_t uid;
	int err = spare_uid__find(&uid);

	return err ? err : privileges__drop_to(uid, uid);
}
