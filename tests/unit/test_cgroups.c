// SPDX-License-Identifier: GPL-2.0
/* cgroups: containers' names by path, and ids to paths in the real tree. */
#include <dirent.h>
#include <mntent.h>
#include <sys/stat.h>
#include "host/machine.h"
#include "model/names.h"
#include "model/snapshot.h"
#include "skip.h"
#include "unit.h"

#define ID12	 "0123456789ab"
#define ID	 ID12 "cdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define POD	 "8f1c2d3e-4a5b-6c7d-8e9f-0a1b2c3d4e5f"
#define POD_	 "8f1c2d3e_4a5b_6c7d_8e9f_0a1b2c3d4e5f"
#define STATIC	 "a19f0b2c3d4e5f60718293a4b5c6d7e8"
#define KUBEPODS "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" POD_ ".slice"

TEST(containers_and_pods_have_labels)
{
	static const struct {
		const char *path, *label;
	} rows[] = {
		{ "/system.slice/docker-registry.slice/docker-"
		  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.scope",
		  "docker 0123456789ab" },
		{ "/system.slice/docker-" ID ".scope", "docker " ID12 },
		{ "/docker/" ID, "docker " ID12 },
		{ "/docker/" ID "/init.scope", "docker " ID12 },
		{ KUBEPODS "/cri-containerd-" ID ".scope", "containerd " ID12 },
		{ "/system.slice/containerd.service/kubepods-pod" POD_ ".slice:cri-containerd-" ID,
		  "containerd " ID12 },
		{ KUBEPODS "/crio-" ID ".scope", "cri-o " ID12 },
		{ KUBEPODS "/crio-" ID ".scope/container", "cri-o " ID12 },
		{ KUBEPODS "/docker-" ID ".scope", "docker " ID12 },
		{ "/machine.slice/libpod-" ID ".scope", "podman " ID12 },
		{ "/machine.slice/libpod-" ID ".scope/container", "podman " ID12 },
		{ "/libpod_parent/libpod-" ID, "podman " ID12 },
		{ "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID ".scope",
		  "podman " ID12 },
		{ "/machine.slice/machine-libpod_pod_" ID ".slice/libpod-" ID ".scope",
		  "podman " ID12 },
		{ "/lxc.payload.web-1", "lxc web-1" },
		{ "/lxc.payload.web/system.slice/cron.service", "lxc web" },
		{ "/kubepods/burstable/pod" POD, "pod " POD },
		{ "/kubepods/besteffort/pod" POD "/" ID, "pod " POD },
		{ "/kubepods/pod" POD "/" ID, "pod " POD },
		{ KUBEPODS, "pod " POD_ },
		{ KUBEPODS "/crio-conmon-" ID ".scope", "pod " POD_ },
		{ "/kubepods.slice/kubepods-pod" POD_ ".slice", "pod " POD_ },
		/* A static pod: the id is its manifest's checksum. */
		{ "/kubepods/burstable/pod" STATIC, "pod " STATIC },
		{ "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" STATIC ".slice",
		  "pod " STATIC },
		/* A cluster in a container: the innermost container counts. */
		{ "/docker/" ID "/kubelet.slice/kubelet-kubepods.slice/cri-containerd-" STATIC
		  "ffff0000111122223333444455556666.scope",
		  "containerd a19f0b2c3d4e" },
	};
	char label[64];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		memset(label, '~', sizeof(label));
		if (!container__label(rows[i].path, label, sizeof(label)))
			fail_msg("nothing told of %s", rows[i].path);
		if (strcmp(label, rows[i].label))
			fail_msg("%s: '%s', not '%s'", rows[i].path, label, rows[i].label);
	}
}

TEST(other_paths_have_no_label)
{
	static const char *const paths[] = {
		NULL,
		"",
		"/",
		"/init.scope",
		"/system.slice/docker.service",
		"/system.slice/docker-registry.service",
		"/system.slice/docker.socket",
		"/docker",
		"/docker/",
		"/docker/buildkit",
		"/docker/0123456789ab", /* too short for an id */
		"/docker-0123456789abcdef.scope",
		"/system.slice/crio.service",
		"/system.slice/containerd.service",
		"/system.slice/cri-containerd-.scope",
		"/system.slice/crio-conmon-" ID ".scope",
		"/machine.slice/libpod-conmon-" ID ".scope",
		"/machine.slice/libpod_pod.slice",
		"/lxc.payload.",
		"/lxc.payload./init.scope",
		"/lxc.monitor.web",
		"/lxc",
		"/kubepods",
		"/kubepods.slice",
		"/kubepods/burstable",
		"/kubepods.slice/kubepods-burstable.slice",
		"/podman",
		"/user.slice/podcast-player.scope",
		"/system.slice/air-pods.service",
		"/0123456789abcdef0123456789abcdef",
	};
	char label[64];

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		if (container__label(paths[i], label, sizeof(label)))
			fail_msg("%s: '%s'", paths[i], label);
}

TEST(a_label_stays_in_its_buffer)
{
	char label[16] = "~~~~~~~~~~~~~~~", lxc[300] = "/lxc.payload.";

	assert_true(container__label("/docker/" ID, label, 8));
	assert_string_equal(label, "docker ");
	assert_int_equal(label[8], '~');
	memset(lxc + strlen(lxc), 'x', sizeof(lxc) - strlen(lxc) - 1);
	assert_true(container__label(lxc, label, sizeof(label)));
	assert_true(strlen(label) < sizeof(label));
}

/* Find where cgroup2 is mounted; false: nowhere. */
static bool root_find(char *root, size_t size)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent *m;

	assert_non_null(mounts);
	do
		m = getmntent(mounts);
	while (m && strcmp(m->mnt_type, "cgroup2"));
	if (m)
		snprintf(root, size, "%s", m->mnt_dir);
	endmntent(mounts);
	return m;
}

/* Make a cgroup at @path below the root. Returns its id; 0 if that is not allowed. */
static uint64_t group_make(const char *root, const char *path)
{
	char dir[512];
	struct stat st;

	snprintf(dir, sizeof(dir), "%s%s", root, path);
	if (mkdir(dir, 0755) || stat(dir, &st))
		return 0;
	return st.st_ino;
}

static void group_remove(const char *root, const char *path)
{
	char dir[512];

	snprintf(dir, sizeof(dir), "%s%s", root, path);
	rmdir(dir);
}

static const char *resolve(struct cgroups *c, uint64_t id)
{
	struct by_stats by[2] = { { .cgroup = id }, {} };
	struct stack_sample call = { .cgroup = id };
	struct snapshot snap = { .by = by, .nr_by = 2, .samples = &call, .nr_samples = 1 };

	cgroups__resolve(c, &snap);
	/* Id 0 has no path. */
	assert_null(by[1].cgroup_path);
	assert_ptr_equal(by[0].cgroup_path, call.cgroup_path);
	return call.cgroup_path;
}

/* Resolve @id until its path is @path: after a long walk of the tree comes a pause. */
static void check_path(struct cgroups *c, uint64_t id, const char *path)
{
	const char *got = resolve(c, id);

	for (int i = 0; i < 6000 && (!got || strcmp(got, path)); i++) {
		usleep(10000);
		got = resolve(c, id);
	}
	assert_non_null(got);
	assert_string_equal(got, path);
}

static char root[256], outer[64], inner[96];

static int groups_setup(void **state)
{
	snprintf(outer, sizeof(outer), "/ipitrace-test-%d", getpid());
	snprintf(inner, sizeof(inner), "%s/docker-%s.scope", outer, "0123");
	return 0;
}

static int groups_teardown(void **state)
{
	if (!*root)
		return 0;
	group_remove(root, inner);
	group_remove(root, outer);
	return 0;
}

TEST(ids_are_resolved_to_paths, groups_setup, groups_teardown)
{
	uint64_t outer_id, inner_id;
	struct cgroups *c;
	struct stat st;
	const char *path;

	if (skip_if(!root_find(root, sizeof(root)), "no cgroup2"))
		return;
	assert_int_equal(cgroups__open(&c, NULL), 0);
	assert_int_equal(stat(root, &st), 0);
	assert_string_equal(resolve(c, st.st_ino), "/");
	outer_id = group_make(root, outer);
	if (skip_if(!outer_id, "no cgroup can be made")) {
		cgroups__close(c);
		return;
	}
	check_path(c, outer_id, outer);
	/* A cgroup made later, below a known one. */
	inner_id = group_make(root, inner);
	assert_int_not_equal(inner_id, 0);
	check_path(c, inner_id, inner);
	path = resolve(c, inner_id);
	/* A removed cgroup keeps its path: its csds may still be shown. */
	group_remove(root, inner);
	assert_ptr_equal(resolve(c, inner_id), path);
	assert_null(resolve(c, 0));
	assert_null(resolve(c, UINT64_MAX));
	assert_null(resolve(c, UINT64_MAX));
	assert_string_equal(resolve(c, outer_id), outer);
	cgroups__close(c);
}

TEST(a_cgroup_removed_before_the_walk_has_no_path, groups_setup, groups_teardown)
{
	struct cgroups *c;
	uint64_t id;

	if (skip_if(!root_find(root, sizeof(root)), "no cgroup2"))
		return;
	id = group_make(root, outer);
	if (skip_if(!id, "no cgroup can be made"))
		return;
	group_remove(root, outer);
	assert_int_equal(cgroups__open(&c, NULL), 0);
	assert_null(resolve(c, id));
	cgroups__close(c);
}

/* Plain directories in place of cgroups: an id is an inode there, too. */
static char tree[32];

static int tree_setup(void **state)
{
	strcpy(tree, "/tmp/test_cgroups.XXXXXX");
	return mkdtemp(tree) ? 0 : -1;
}

static int tree_teardown(void **state)
{
	group_remove(tree, "/a");
	group_remove(tree, "/b");
	group_remove(tree, "/stays");
	return rmdir(tree);
}

/*
 * The test's own clock, ns, in the place of each clock of the kernel; 0: the kernel's. Each directory that is
 * opened takes DIRECTORY_NS.
 */
#define DIRECTORY_NS 100000
static uint64_t test_clock;
static uint64_t root_ns; /* how much longer the tree's own directory takes */
static int nr_walks; /* how often the root of the tree was opened */

int __real_clock_gettime(clockid_t clock, struct timespec *ts);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ts)
{
	if (!test_clock)
		return __real_clock_gettime(clock, ts);
	*ts = (struct timespec){ test_clock / 1000000000, test_clock % 1000000000 };
	return 0;
}

DIR *__real_opendir(const char *path);
DIR *__wrap_opendir(const char *path)
{
	nr_walks += !strcmp(path, tree);
	if (test_clock)
		test_clock += DIRECTORY_NS + (strcmp(path, tree) ? 0 : root_ns);
	return __real_opendir(path);
}

/* Once a cgroup is removed, another cgroup may get its id. */
TEST(a_reused_id_has_its_new_path, tree_setup, tree_teardown)
{
	char from[64], to[64];
	struct cgroups *c;
	uint64_t id;

	/* No walk takes time, so no pause follows one. */
	test_clock = 1000000000;
	id = group_make(tree, "/a");
	assert_int_equal(cgroups__open(&c, tree), 0);
	assert_string_equal(resolve(c, id), "/a");
	snprintf(from, sizeof(from), "%s/a", tree);
	snprintf(to, sizeof(to), "%s/b", tree);
	assert_int_equal(rename(from, to), 0);
	assert_string_equal(resolve(c, id), "/b");
	/* cgroups__load() notices it, too. */
	assert_int_equal(rename(to, from), 0);
	cgroups__load(c);
	assert_string_equal(cgroups__path(c, id), "/a");
	/* A cgroup that is gone keeps its path, for the csds that it has left. */
	group_remove(tree, "/a");
	assert_string_equal(resolve(c, id), "/a");
	cgroups__close(c);
	test_clock = 0;
}

/* A walk that takes no longer than WALK_SHORT_NS is followed by no pause, a longer walk by one of 20 times its time. */
TEST(only_a_long_walk_is_followed_by_a_pause, tree_setup, tree_teardown)
{
	const uint64_t longest = 10000000;
	struct cgroups *c;

	assert_int_not_equal(group_make(tree, "/a"), 0);
	assert_int_equal(cgroups__open(&c, tree), 0);
	test_clock = 1000000000;
	/* Some file systems have the root opened alone, others each directory. */
	nr_walks = 0;
	resolve(c, 1000000000);
	assert_int_equal(nr_walks, 1);
	root_ns = longest - (test_clock - 1000000000);
	resolve(c, 1000000001);
	assert_int_equal(nr_walks, 2);
	root_ns++;
	resolve(c, 1000000002);
	assert_int_equal(nr_walks, 3);
	test_clock += 20 * (longest + 1) - 1;
	resolve(c, 1000000003);
	assert_int_equal(nr_walks, 3);
	test_clock++;
	resolve(c, 1000000004);
	assert_int_equal(nr_walks, 4);
	root_ns = test_clock = 0;
	cgroups__close(c);
}

/* Each entry of each table that shows an id is a reason to search for the id, and gets its path. */
TEST(each_table_finds_its_cgroups, tree_setup, tree_teardown)
{
	enum { OF_BY, OF_CALL, OF_SEND, NR_TABLES };
	static const char *const names[NR_TABLES] = { "/a", "/b", "/stays" };
	struct by_stats by[2] = {};
	struct stack_sample samples[2] = {}, sends[2] = {};
	struct snapshot snap = { .by = by,
				 .nr_by = 2,
				 .samples = samples,
				 .nr_samples = 2,
				 .send_samples = sends,
				 .nr_send_samples = 2 };
	uint64_t ids[NR_TABLES];
	struct cgroups *c;

	for (int i = 0; i < NR_TABLES; i++) {
		ids[i] = group_make(tree, names[i]);
		assert_int_not_equal(ids[i], 0);
	}
	/* The first of two entries in one round, the second in the other. */
	for (int at = 0; at < 2; at++) {
		assert_int_equal(cgroups__open(&c, tree), 0);
		by[at].cgroup = ids[OF_BY];
		samples[at].cgroup = ids[OF_CALL];
		sends[at].cgroup = ids[OF_SEND];
		by[!at].cgroup = samples[!at].cgroup = sends[!at].cgroup = 0;
		cgroups__resolve(c, &snap);
		assert_members(by[at], cgroup_path, names[OF_BY]);
		assert_members(samples[at], cgroup_path, names[OF_CALL]);
		assert_members(sends[at], cgroup_path, names[OF_SEND]);
		assert_null(by[!at].cgroup_path);
		assert_null(samples[!at].cgroup_path);
		assert_null(sends[!at].cgroup_path);
		assert_int_equal(cgroups__known(c), NR_TABLES);
		/* Without cgroups no entry keeps its path, but the root has the same id everywhere. */
		sends[!at].cgroup = 1;
		cgroups__resolve(NULL, &snap);
		assert_null(by[at].cgroup_path);
		assert_null(samples[at].cgroup_path);
		assert_null(sends[at].cgroup_path);
		assert_members(sends[!at], cgroup_path, "/");
		cgroups__close(c);
	}
}

/* A machine that runs for long makes a cgroup for each job. */
TEST(ids_of_the_past_are_forgotten, tree_setup, tree_teardown)
{
	uint64_t stays, ids[3 * CGROUPS_KEPT];
	struct cgroups *c, *loaded;

	stays = group_make(tree, "/stays");
	assert_int_equal(cgroups__open(&c, tree), 0);
	assert_int_equal(cgroups__open(&loaded, tree), 0);
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		/* Some file systems use an inode again at once: take the id of no directory. */
		ids[i] = i % 2 ? group_make(tree, "/a") : 1000000000 + i;
		resolve(c, ids[i]);
		assert_string_equal(resolve(c, stays), "/stays");
		cgroups__load(loaded);
		if (i % 2)
			assert_string_equal(cgroups__path(loaded, ids[i]), "/a");
		group_remove(tree, "/a");
	}
	assert_true(cgroups__known(c) <= CGROUPS_KEPT + 2);
	/* The tree itself, the cgroup that stays, and those of the last CGROUPS_KEPT turns. */
	assert_true(cgroups__known(loaded) <= CGROUPS_KEPT + 2);
	assert_string_equal(cgroups__path(loaded, stays), "/stays");
	cgroups__close(c);
	cgroups__close(loaded);
}

TEST(an_id_is_forgotten_after_its_last_turn, tree_setup, tree_teardown)
{
	struct cgroups *c;

	assert_int_equal(cgroups__open(&c, tree), 0);
	resolve(c, 1000000000);
	for (int i = 0; i < CGROUPS_KEPT; i++)
		resolve(c, 1000000001);
	assert_int_equal(cgroups__known(c), 2);
	resolve(c, 1000000001);
	assert_int_equal(cgroups__known(c), 1);
	cgroups__close(c);
}

TEST(ids_are_limited, tree_setup, tree_teardown)
{
	struct by_stats *by = calloc(CGROUP_WALK_MAX + 1, sizeof(*by));
	struct snapshot snap = { .by = by, .nr_by = CGROUP_WALK_MAX + 1 };
	struct cgroups *c;

	assert_non_null(by);
	for (size_t i = 0; i < snap.nr_by; i++)
		by[i].cgroup = 1000000000 + i;
	assert_int_equal(cgroups__open(&c, tree), 0);
	cgroups__resolve(c, &snap);
	assert_int_equal(cgroups__known(c), CGROUP_WALK_MAX);
	cgroups__close(c);
	free(by);
}

/* A tree of PARENTS cgroups with a child each, as a user makes them. */
#define PARENTS 4000

static int crowd_setup(void **state)
{
	char dir[64];

	if (tree_setup(state))
		return -1;
	for (int i = 0; i < PARENTS; i++) {
		snprintf(dir, sizeof(dir), "%s/%d", tree, i);
		if (mkdir(dir, 0755))
			return -1;
		strcat(dir, "/child");
		if (mkdir(dir, 0755))
			return -1;
	}
	return 0;
}

static int crowd_teardown(void **state)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf '%s'", tree);
	return system(command);
}

static void count(void *ctx, const char *path, uint64_t id)
{
	(void)path;
	++*(size_t *)ctx;
}

/*
 * A new id in each window, of a process that has ended, must not make each window walk the tree: after a walk
 * comes a pause that is twenty times as long. Here a window is as long as a walk.
 */
TEST(walks_of_a_large_tree_are_few, crowd_setup, crowd_teardown)
{
	uint64_t walk, id;
	char path[128], last[64];
	struct cgroups *c;
	struct stat st;
	size_t nr = 0;

	test_clock = 1000000000;
	cgroup_walk(tree, count, &nr);
	walk = test_clock - 1000000000;
	assert_int_equal(nr, 2 * PARENTS + 1);
	assert_true(walk >= PARENTS * DIRECTORY_NS);
	snprintf(last, sizeof(last), "/%d/child", PARENTS - 1);
	snprintf(path, sizeof(path), "%s%s", tree, last);
	assert_int_equal(stat(path, &st), 0);
	id = st.st_ino;
	assert_int_equal(cgroups__open(&c, tree), 0);
	nr_walks = 0;
	for (int i = 0; i < 41; i++) {
		/* In the windows 0, 20 and 40. */
		assert_int_equal(nr_walks, (i + 19) / 20);
		resolve(c, 1000000000 + i);
		test_clock += walk;
	}
	assert_int_equal(nr_walks, 3);
	/* An id that is new during a pause has no path, and gets one by a later walk, though it is not new then. */
	assert_null(resolve(c, id));
	test_clock += 20 * walk;
	assert_string_equal(resolve(c, id), last);
	assert_int_equal(nr_walks, 4);
	/* Without a new id there is no walk. */
	test_clock += 20 * walk;
	assert_string_equal(resolve(c, id), last);
	assert_int_equal(nr_walks, 4);
	test_clock = 0;
	cgroups__load(c);
	/* cgroups__load() also knows the cgroups that nobody asked for. */
	assert_true(cgroups__known(c) >= 2 * PARENTS + 1);
	assert_string_equal(cgroups__path(c, id), last);
	cgroups__close(c);
}

TEST(closing_nothing_is_allowed)
{
	cgroups__close(NULL);
}

TEST_MAIN(NULL, NULL)
