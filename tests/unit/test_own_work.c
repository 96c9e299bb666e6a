// SPDX-License-Identifier: GPL-2.0
/* Which samples are ipitrace's own, and their part of all IPIs. */
#include "base/privileges.h"
#include "model/callers.h"
#include "unit.h"

#define SELF   4711
#define HELPER 4712

static const struct helpers helpers = { .nr = 1, .pids = { HELPER } };

static struct stack_sample sent_by(uint32_t tgid, const char *comm, bool uid_known, uint32_t uid)
{
	struct stack_sample sample = {
		.tgid = tgid,
		.uid_known = uid_known,
		.uid = uid,
		.own_exe = true,
		.nr = 1,
		.stack[0].name = "a",
	};

	snprintf(sample.comm, sizeof(sample.comm), "%s", comm);
	return sample;
}

static bool is_own(struct stack_sample sample, uint32_t self, const struct helpers *its)
{
	struct snapshot snap = { .samples = &sample, .nr_samples = 1 };
	struct stack_sample sent = sample;
	struct snapshot sends = { .send_samples = &sent, .nr_send_samples = 1 };

	own_work__mark(&snap, self, its);
	own_work__mark(&sends, self, its);
	assert_int_equal(sample.own, sent.own);
	return sample.own;
}

/* This process and its helpers are known by their numbers, whatever their names are. */
TEST(this_ipitrace_is_known_by_its_numbers)
{
	assert_true(is_own(sent_by(SELF, "renamed", true, 7), SELF, &helpers));
	assert_true(is_own(sent_by(HELPER, "renamed", true, 7), SELF, &helpers));
	assert_false(is_own(sent_by(HELPER, "renamed", true, 7), SELF, NULL));
	assert_false(is_own(sent_by(SELF + 2, "renamed", true, 7), SELF, &helpers));
}

/* Root runs two ipitraces: both are one's own work. Another program with the name is not. */
TEST(another_ipitrace_is_known_by_its_file_and_its_user)
{
	static const struct {
		const char *comm;
		bool uid_known;
		uint32_t uid;
		bool own;
	} senders[] = {
		{ "ipitrace", true, 0, true },
		{ "ipitrace-attach", true, 0, true },
		{ "ipitrace", true, SPARE_UID_MIN, true },
		{ "ipitrace-names", true, SPARE_UID_MAX, true },
		{ "ipitrace", true, 1000, false },
		{ "ipitrace", true, SPARE_UID_MIN - 1, false },
		{ "ipitrace", true, SPARE_UID_MAX + 1, false },
		{ "ipitrace", false, 0, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(senders); i++) {
		struct stack_sample sample =
			sent_by(77, senders[i].comm, senders[i].uid_known, senders[i].uid);

		assert_int_equal(is_own(sample, SELF, &helpers), senders[i].own);
		/* As in a container of the first PID namespace, whose root has the name and the number. */
		sample.own_exe = false;
		assert_false(is_own(sample, SELF, &helpers));
	}
}

/* Root of a container may have the name, and become any user. */
TEST(root_of_a_container_is_a_stranger)
{
	static const uint32_t uids[] = { 0, SPARE_UID_MIN };

	for (size_t i = 0; i < ARRAY_SIZE(uids); i++) {
		struct stack_sample sample = sent_by(77, "ipitrace", true, uids[i]);

		sample.contained = true;
		assert_false(is_own(sample, SELF, &helpers));
		/* An ipitrace in a container does not know its own number. */
		assert_true(is_own(sample, UINT32_MAX, NULL));
	}
}

/* What an interrupt sent is never ipitrace's own, whichever task it interrupted. */
TEST(an_interrupt_is_nobodys)
{
	struct stack_sample sample = sent_by(SELF, "ipitrace", true, 0);

	sample.stack[sample.nr++].name = "asm_sysvec_apic_timer_interrupt";
	assert_false(is_own(sample, SELF, &helpers));
}

/* A kworker runs a work that this ipitrace queued, for instance to free memory. */
TEST(a_work_belongs_to_its_queuer)
{
	struct stack_sample sample = sent_by(9, "kworker/1:2", true, 0);

	sample.kworker = true;
	sample.own_exe = false;
	assert_false(is_own(sample, SELF, &helpers));
	sample.queued_by.tgid = 77;
	assert_false(is_own(sample, SELF, &helpers));
	sample.queued_by.tgid = HELPER;
	assert_true(is_own(sample, SELF, &helpers));
}

/* Each row counts by its samples; a row without samples is not ipitrace's. */
TEST(the_share_is_by_rows)
{
	struct fn_stats fns[] = { { .count = 300 }, { .count = 500 } };
	struct send_stats sends[] = { { .count = 200 } };
	struct stack_sample samples[] = { { .fn = 0, .own = true }, { .fn = 0 }, { .fn = 0 } };
	struct stack_sample sent[] = { { .fn = 0, .own = true }, { .fn = 0 } };
	struct snapshot snap = {
		.fns = fns,
		.nr_fns = ARRAY_SIZE(fns),
		.sends = sends,
		.nr_sends = ARRAY_SIZE(sends),
		.samples = samples,
		.nr_samples = ARRAY_SIZE(samples),
		.send_samples = sent,
		.nr_send_samples = ARRAY_SIZE(sent),
	};

	assert_int_equal(1000 * own_work__share(&snap) + 0.5, 200);
	assert_true(own_work__share(&(struct snapshot){}) == 0);
}

TEST_MAIN(NULL, NULL)
