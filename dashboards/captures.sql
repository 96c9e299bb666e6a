-- SPDX-License-Identifier: GPL-2.0
-- Captures of ipitrace record and import, of many hosts, in DuckDB (1.1 or later). docs/fleet.md has
-- questions for these views. First the captures, a glob or a list of files:
--   SET VARIABLE captures = 'captures/*/*.zst';
--   .read dashboards/captures.sql
-- A file that is cut off ends a query: docs/fleet.md says how such files are found and left out.
-- Durations are ns, times of a host (mono) ns of its own clock. What a capture does not know is NULL.

-- A line a row, as JSON: any minor version of the captures has its place.
CREATE OR REPLACE VIEW capture_lines AS
SELECT filename, json ->> '$.type' AS type, json AS line
FROM read_ndjson_objects(getvariable('captures'), compression = 'zstd', filename = true,
                         maximum_object_size = 67108864);

-- A histogram's buckets as [{le, n}].
CREATE OR REPLACE MACRO buckets_of(hist) AS
	[{'le': (b ->> '$.le')::UBIGINT, 'n': (b ->> '$.count')::UBIGINT}
	 FOR b IN coalesce((hist -> '$.buckets')::JSON[], []::JSON[])];

-- Buckets of several rows as one: `merged(list(delay_buckets))`. Sparse buckets do not add up by place.
CREATE OR REPLACE MACRO merged(lists) AS
	list_transform(map_entries(list_reduce(
		list_prepend(MAP {}::MAP(UBIGINT, UBIGINT),
			[map_from_entries([(b.le, b.n) FOR b IN one]) FOR one IN lists]),
		(a, b) -> map_from_entries([(k, coalesce(a[k], 0)::UBIGINT + coalesce(b[k], 0)::UBIGINT)
			FOR k IN list_distinct(list_concat(map_keys(a), map_keys(b)))]))),
		e -> {'le': e.key, 'n': e.value});

-- The value at a percentile (50, 99.9) of such buckets whose largest value is @most, by nearest rank: the
-- bucket's upper bound, at most 25 % too high; NULL of none. As `report` has it: no percentile is above the
-- largest value.
CREATE OR REPLACE MACRO nearest_rank(buckets, most, percentile) AS (
	SELECT least(min(le), most::UBIGINT) FROM (
		SELECT le, sum(n) OVER (ORDER BY le) AS seen, sum(n) OVER () AS total
		FROM (SELECT unnest(buckets).le AS le, unnest(buckets).n AS n))
	WHERE seen >= greatest(1, ceil(total * percentile / 100.0))
	HAVING min(le) IS NOT NULL);

-- A window a row. A capture that was imported may not know its host: the file's name is in the place of it.
CREATE OR REPLACE VIEW windows AS
SELECT filename,
       coalesce(line ->> '$.host.nodename', filename) AS nodename,
       line ->> '$.host.kernel' AS kernel,
       line ->> '$.host.arch' AS arch,
       json_array_length(line, '$.host.online') AS nr_cpus,
       try_cast(line ->> '$.window.start' AS TIMESTAMP) AS window_start,
       (line ->> '$.window.mono_start')::UBIGINT AS mono_start,
       (line ->> '$.window.mono_end')::UBIGINT AS mono_end,
       (line ->> '$.window.duration_s')::DOUBLE AS seconds,
       (line ->> '$.ledger.queued')::UBIGINT AS queued,
       (line ->> '$.ledger.in_flight')::UBIGINT AS in_flight,
       (line ->> '$.ledger.lost')::UBIGINT AS lost,
       (line ->> '$.ledger.orphans')::UBIGINT AS orphans,
       (line ->> '$.ledger.local')::UBIGINT AS local,
       (line ->> '$.cost.share')::DOUBLE AS cost_share,
       line
FROM capture_lines WHERE type = 'snapshot';

CREATE OR REPLACE VIEW hosts AS
SELECT nodename, any_value(kernel ORDER BY mono_end DESC) AS kernel, any_value(arch) AS arch,
       max(nr_cpus) AS nr_cpus, count(DISTINCT filename) AS files, count(*) AS windows,
       sum(seconds) AS seconds, min(window_start) AS first_window, max(window_start) AS last_window,
       sum(queued) AS queued, sum(lost) AS lost
FROM windows GROUP BY nodename;

-- The seconds in which csds were counted, of all hosts, from @since on and before @until: a sum of counts
-- divided by them is a rate. Time between windows is not in it; a window without a call of a function is.
CREATE OR REPLACE MACRO seconds_watched(since, until) AS (
	SELECT sum(seconds) FROM windows WHERE window_start >= since AND window_start < until);

CREATE OR REPLACE VIEW functions AS
SELECT filename, nodename, kernel, window_start, mono_start, seconds,
       f ->> '$.func' AS func, f ->> '$.module' AS module, f ->> '$.callsite' AS callsite,
       (f ->> '$.count')::UBIGINT AS count, (f ->> '$.local')::UBIGINT AS local,
       (f ->> '$.delay.sum')::UBIGINT AS delay_sum, (f ->> '$.delay.max')::UBIGINT AS delay_max,
       (f ->> '$.handler.sum')::UBIGINT AS handler_sum, (f ->> '$.handler.max')::UBIGINT AS handler_max,
       (f ->> '$.wait.sum')::UBIGINT AS wait_sum, (f ->> '$.wait.max')::UBIGINT AS wait_max,
       buckets_of(f -> '$.delay') AS delay_buckets, buckets_of(f -> '$.handler') AS handler_buckets
FROM (SELECT *, unnest((line -> '$.functions')::JSON[]) AS f FROM windows);

CREATE OR REPLACE VIEW cpus AS
SELECT filename, nodename, kernel, window_start, mono_start, seconds,
       (c ->> '$.cpu')::UINTEGER AS cpu, (c ->> '$.sent')::UBIGINT AS sent,
       (c ->> '$.received')::UBIGINT AS received, (c ->> '$.local')::UBIGINT AS local,
       (c ->> '$.delay.max')::UBIGINT AS delay_max,
       (c ->> '$.handler.sum')::UBIGINT AS handler_sum, (c ->> '$.handler.max')::UBIGINT AS handler_max,
       (c ->> '$.wait.sum')::UBIGINT AS wait_sum, (c ->> '$.wait.max')::UBIGINT AS wait_max,
       buckets_of(c -> '$.delay') AS delay_buckets, buckets_of(c -> '$.handler') AS handler_buckets,
       buckets_of(c -> '$.wait') AS wait_buckets
FROM (SELECT *, unnest((line -> '$.cpus')::JSON[]) AS c FROM windows);

CREATE OR REPLACE VIEW edges AS
SELECT filename, nodename, kernel, window_start, mono_start, seconds,
       (e ->> '$.src')::UINTEGER AS src, (e ->> '$.dst')::UINTEGER AS dst,
       (e ->> '$.count')::UBIGINT AS count
FROM (SELECT *, unnest((line -> '$.edges')::JSON[]) AS e FROM windows);

-- Synchronous calls by call site; none where a capture does not know its senders' waits.
CREATE OR REPLACE VIEW calls AS
SELECT filename, nodename, kernel, window_start, mono_start, seconds,
       f ->> '$.func' AS func, f ->> '$.module' AS module, f ->> '$.callsite' AS callsite,
       (f ->> '$.calls.count')::UBIGINT AS count, (f ->> '$.calls.csds')::UBIGINT AS csds,
       (f ->> '$.calls.targets_mean')::DOUBLE AS targets_mean,
       (f ->> '$.wait.sum')::UBIGINT AS wait_sum, (f ->> '$.wait.max')::UBIGINT AS wait_max
FROM (SELECT *, unnest((line -> '$.functions')::JSON[]) AS f FROM windows)
WHERE (f ->> '$.calls.count')::UBIGINT > 0;

-- One row a stall: a stall that was reported while it lasted is reported again when it is over.
CREATE OR REPLACE VIEW stalls AS
SELECT * EXCLUDE (nth) FROM (
	SELECT s.filename, coalesce(h.nodename, s.filename) AS nodename, h.kernel, try_cast(line ->> '$.utc' AS TIMESTAMP) AS time,
	       (line ->> '$.id')::UBIGINT AS id, line ->> '$.phase' AS phase,
	       (line ->> '$.src')::UINTEGER AS src, (line ->> '$.dst')::UINTEGER AS dst,
	       line ->> '$.func' AS func, line ->> '$.module' AS module,
	       (line ->> '$.start')::UBIGINT AS start, (line ->> '$.duration')::UBIGINT AS duration,
	       (line ->> '$.ongoing')::BOOLEAN AS ongoing,
	       coalesce((line ->> '$.folded')::BOOLEAN, false) AS folded,
	       line ->> '$.late' AS late, line ->> '$.sender.comm' AS sender,
	       line ->> '$.doing.func' AS culprit,
	       row_number() OVER (PARTITION BY s.filename, line ->> '$.id'
				  ORDER BY (line ->> '$.ongoing')::BOOLEAN,
					   (line ->> '$.duration')::UBIGINT DESC) AS nth
	FROM (SELECT * FROM capture_lines WHERE type = 'stall') s
	LEFT JOIN (SELECT filename, line ->> '$.host.nodename' AS nodename,
			  line ->> '$.host.kernel' AS kernel
		   FROM capture_lines WHERE type = 'capture') h ON s.filename = h.filename)
WHERE nth = 1;

-- One row a storm, in its last state.
CREATE OR REPLACE VIEW storms AS
SELECT * EXCLUDE (nth) FROM (
	SELECT s.filename, coalesce(h.nodename, s.filename) AS nodename, h.kernel, try_cast(line ->> '$.utc' AS TIMESTAMP) AS time,
	       (line ->> '$.id')::UBIGINT AS id, line ->> '$.name' AS name, line ->> '$.func' AS func,
	       line ->> '$.module' AS module, coalesce((line ->> '$.note')::BOOLEAN, false) AS note,
	       (line ->> '$.onset')::UBIGINT AS onset, (line ->> '$.rate_per_s')::DOUBLE AS rate_per_s,
	       (line ->> '$.cost_ns_per_s')::DOUBLE AS cost_ns_per_s,
	       line ->> '$.explanation' AS explanation, line ->> '$.advice' AS advice,
	       row_number() OVER (PARTITION BY s.filename, line ->> '$.id'
				  ORDER BY (line ->> '$.time')::UBIGINT DESC) AS nth
	FROM (SELECT * FROM capture_lines WHERE type = 'storm') s
	LEFT JOIN (SELECT filename, line ->> '$.host.nodename' AS nodename,
			  line ->> '$.host.kernel' AS kernel
		   FROM capture_lines WHERE type = 'capture') h ON s.filename = h.filename)
WHERE nth = 1;
