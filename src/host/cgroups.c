// SPDX-License-Identifier: GPL-2.0
#include <limits.h>
#include <mntent.h>
#include "base/clock.h"
#include "host/machine.h"

/* A walk down the tree, without fts_open(), because glibc's crashes if memory ends. */
struct descent {
	cgroup_visit_fn *visit;
	void *ctx;
	size_t seen;
	char path[PATH_MAX];
};

/* Visit the cgroup w->path, @len bytes long, and the cgroups below. */
static void visit_below(struct descent *w, size_t len)
{
	const struct dirent *entry;
	struct stat st;
	DIR *dir;

	if (w->seen == CGROUP_WALK_MAX || stat(w->path, &st))
		return;
	w->seen++;
	w->visit(w->ctx, w->path, st.st_ino);
	/*
	 * A directory that has two links has no directory below it (kernfs_refresh_inode() of
	 * fs/kernfs/inode.c, since 3.14). Do not read the names of its hundred files, which would
	 * take most of the time. On btrfs a directory always has one link.
	 */
	if (st.st_nlink == 2)
		return;
	dir = sysdir__open("%s", w->path);
	while ((entry = sysdir__next(dir))) {
		size_t room = sizeof(w->path) - len, more;

		if (entry->d_type != DT_DIR)
			continue;
		more = snprintf(w->path + len, room, "/%s", entry->d_name);
		if (more < room)
			visit_below(w, len + more);
		w->path[len] = '\0';
	}
}

void cgroup_walk(const char *root, cgroup_visit_fn *visit, void *ctx)
{
	struct descent w = { .visit = visit, .ctx = ctx };
	size_t len = snprintf(w.path, sizeof(w.path), "%s", root);

	if (len < sizeof(w.path))
		visit_below(&w, len);
}

/* The inode of cgroup2's root: kernfs numbers from 1 (fs/kernfs/dir.c, since 5.5). */
#define ROOT_ID 1

/* After a walk over WALK_SHORT_NS of CPU time comes a pause of WALK_PAUSE times that time. */
#define WALK_SHORT_NS 10000000
#define WALK_PAUSE    20

struct cgroup_path {
	uint64_t id;
	char *path; /* NULL: not found */
	uint64_t met; /* last turn in which the id was asked for or found */
};

struct cgroups {
	char *root; /* where cgroup2 is mounted */
	struct cgroup_path *known;
	size_t nr;
	size_t room;
	uint32_t *places; /* a hash of @known by id, 1 + the index of each; 0: free */
	size_t nr_places; /* a power of two, at least twice @room; 0: none yet */
	uint64_t turn; /* number of calls that resolved or loaded */
	bool news; /* since the last walk an id was new, or was given to another cgroup */
	uint64_t pause; /* no walk searches for an id before this time, CLOCK_MONOTONIC ns */
};

/* Set *@root to the first mount point of cgroup2 (malloc). Returns 0, -ENOENT or -ENOMEM. */
static int find_mount(char **root)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent *m;
	int err = -ENOENT;

	while (mounts && err == -ENOENT && (m = getmntent(mounts))) {
		if (strcmp(m->mnt_type, "cgroup2"))
			continue;
		*root = strdup(m->mnt_dir);
		err = *root ? 0 : -ENOMEM;
	}
	if (mounts)
		endmntent(mounts);
	return err;
}

int cgroups__open(struct cgroups **out, const char *root)
{
	struct cgroups *c = calloc(1, sizeof(*c));
	int err;

	if (!c)
		return -ENOMEM;
	if (root) {
		c->root = strdup(root);
		err = c->root ? 0 : -ENOMEM;
	} else {
		err = find_mount(&c->root);
	}
	if (err)
		free(c);
	else
		*out = c;
	return err;
}

void cgroups__close(struct cgroups *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->nr; i++)
		free(c->known[i].path);
	free(c->known);
	free(c->places);
	free(c->root);
	free(c);
}

/* Returns the place of @id in c->places, or the free place for it; there is always a free one. */
static size_t place_of(const struct cgroups *c, uint64_t id)
{
	/* Ids are successive numbers, perhaps with a generation in the upper half (kernfs). */
	size_t at = hash64(id);

	for (;; at++) {
		uint32_t place = c->places[at &= c->nr_places - 1];

		if (!place || c->known[place - 1].id == id)
			return at;
	}
}

static void places_fill(struct cgroups *c)
{
	memset(c->places, 0, c->nr_places * sizeof(*c->places));
	for (size_t i = 0; i < c->nr; i++)
		c->places[place_of(c, c->known[i].id)] = i + 1;
}

static struct cgroup_path *find_cgroup(const struct cgroups *c, uint64_t id)
{
	uint32_t place = c->nr_places ? c->places[place_of(c, id)] : 0;

	return place ? &c->known[place - 1] : NULL;
}

/* Make room for twice as many ids. */
static bool grow_table(struct cgroups *c)
{
	size_t room = c->room ? 2 * c->room : 64;
	struct cgroup_path *known = reallocarray(c->known, room, sizeof(*known));
	uint32_t *places = known ? reallocarray(c->places, 2 * room, sizeof(*places)) : NULL;

	if (known)
		c->known = known;
	if (!places)
		return false;
	c->places = places;
	c->nr_places = 2 * room;
	c->room = room;
	places_fill(c);
	return true;
}

/* Add @id to the known ids. Returns false if it was known, or if there is no room. */
static bool add_cgroup(struct cgroups *c, uint64_t id)
{
	if (!id || c->nr == CGROUP_WALK_MAX || find_cgroup(c, id))
		return false;
	if (c->nr == c->room && !grow_table(c))
		return false;
	c->known[c->nr] = (struct cgroup_path){ .id = id, .met = c->turn };
	c->places[place_of(c, id)] = ++c->nr;
	return true;
}

/*
 * Note that a csd shows @id. Returns whether that is a reason to walk the tree: @id is new, or its
 * path has another id by now.
 */
static bool meet_cgroup(struct cgroups *c, uint64_t id)
{
	struct cgroup_path *known = id ? find_cgroup(c, id) : NULL;
	char path[PATH_MAX];
	struct stat st;

	if (!known)
		return add_cgroup(c, id);
	if (known->met == c->turn)
		return false;
	known->met = c->turn;
	if (!known->path)
		return false;
	snprintf(path, sizeof(path), "%s%s", c->root, known->path);
	return stat(path, &st) || st.st_ino != known->id;
}

/* Begin a turn: forget the ids that were not met in the last CGROUPS_KEPT turns. */
static void turn_begin(struct cgroups *c)
{
	size_t kept = 0;

	c->turn++;
	for (size_t i = 0; i < c->nr; i++) {
		if (c->turn > c->known[i].met + CGROUPS_KEPT)
			free(c->known[i].path);
		else
			c->known[kept++] = c->known[i];
	}
	if (kept == c->nr)
		return;
	c->nr = kept;
	places_fill(c);
}

/* Set the path of @known, which may have changed: the kernel uses ids again. */
static void path_set(struct cgroup_path *known, const char *path)
{
	char *copy;

	if (known->path && !strcmp(known->path, path))
		return;
	copy = strdup(path);
	if (!copy)
		return;
	free(known->path);
	known->path = copy;
}

/* A walk through all cgroups. */
struct walk {
	struct cgroups *c;
	bool all; /* make every cgroup known */
};

static void see_cgroup(void *ctx, const char *dir, uint64_t id)
{
	const struct walk *w = ctx;
	const char *path = dir + strlen(w->c->root);
	struct cgroup_path *known;

	if (w->all)
		add_cgroup(w->c, id);
	known = find_cgroup(w->c, id);
	if (!known)
		return;
	path_set(known, *path ? path : "/");
	if (w->all)
		known->met = w->c->turn;
}

const char *cgroups__path(const struct cgroups *c, uint64_t id)
{
	const struct cgroup_path *known;

	if (id == ROOT_ID)
		return "/";
	known = c && id ? find_cgroup(c, id) : NULL;
	return known ? known->path : NULL;
}

void cgroups__load(struct cgroups *c)
{
	turn_begin(c);
	cgroup_walk(c->root, see_cgroup, &(struct walk){ .c = c, .all = true });
}

/*
 * Walk the tree if there is news. A user may have thousands of cgroups, and make new cgroups all
 * the time: the walks take at most a twentieth of a CPU, and an id that is new during a pause gets
 * its path later. open_by_handle_at(2) finds one cgroup by its id, but needs CAP_DAC_READ_SEARCH,
 * with which every file of the machine can be read.
 */
static void walk_for_news(struct cgroups *c)
{
	uint64_t took = clock_ns(CLOCK_THREAD_CPUTIME_ID);

	if (!c->news || mono_ns() < c->pause)
		return;
	c->news = false;
	cgroup_walk(c->root, see_cgroup, &(struct walk){ .c = c });
	took = clock_ns(CLOCK_THREAD_CPUTIME_ID) - took;
	if (took > WALK_SHORT_NS)
		c->pause = mono_ns() + WALK_PAUSE * took;
}

void cgroups__resolve(struct cgroups *c, struct snapshot *snap)
{
	if (c) {
		turn_begin(c);
		for (size_t i = 0; i < snap->nr_by; i++)
			c->news |= meet_cgroup(c, snap->by[i].cgroup);
		for (size_t i = 0; i < snap->nr_samples; i++)
			c->news |= meet_cgroup(c, snap->samples[i].cgroup);
		for (size_t i = 0; i < snap->nr_send_samples; i++)
			c->news |= meet_cgroup(c, snap->send_samples[i].cgroup);
		walk_for_news(c);
	}
	for (size_t i = 0; i < snap->nr_by; i++)
		snap->by[i].cgroup_path = cgroups__path(c, snap->by[i].cgroup);
	for (size_t i = 0; i < snap->nr_samples; i++)
		snap->samples[i].cgroup_path = cgroups__path(c, snap->samples[i].cgroup);
	for (size_t i = 0; i < snap->nr_send_samples; i++)
		snap->send_samples[i].cgroup_path = cgroups__path(c, snap->send_samples[i].cgroup);
}

size_t cgroups__known(const struct cgroups *c)
{
	return c->nr;
}
