// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <cap-ng.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <unistd.h>
#include "base/privileges.h"
#include "base/spare_uid.h"

static bool have_itself(unsigned int cap)
{
	capng_get_caps_process();
	return capng_have_capability(CAPNG_EFFECTIVE, cap);
}

bool privileges__have(unsigned int cap)
{
	return have_itself(cap) || capng_have_capability(CAPNG_EFFECTIVE, CAP_SYS_ADMIN);
}

/* Give up all but the capabilities of @kept, a bit for each. */
static int drop_but(uint64_t kept, uid_t uid, gid_t gid)
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
	for (unsigned int cap = 0; kept >> cap; cap++)
		if (kept >> cap & 1)
			capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, cap);
	err = may_change ? capng_change_id(uid, gid, flags) : capng_apply(CAPNG_SELECT_CAPS);
	return err ? -EPERM : 0;
}

int privileges__drop_to(uid_t uid, gid_t gid)
{
	return drop_but(0, uid, gid);
}

int privileges__drop(void)
{
	return privileges__drop_but(NULL, 0);
}

int privileges__drop_but(const unsigned int *caps, size_t nr)
{
	uint64_t kept = 0;
	uid_t uid;
	int err = spare_uid__find(&uid);

	if (err)
		return err;
	for (size_t i = 0; i < nr; i++)
		if (have_itself(caps[i]))
			kept |= 1ULL << caps[i];
	return drop_but(kept, uid, uid);
}
