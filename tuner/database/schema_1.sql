-- The tuning database, schema version 1 (PRAGMA user_version). docs/database.md explains it by questions.
--
-- Each distinct text is stored once (machine, build, problem, schedule, session); table measurement refers to them and
-- only ever grows. View record is the same with all texts in place: what people query, what JSON lines hold, and what
-- is inserted into, so that every way into the database goes through the one trigger below.
-- Times are nanoseconds, sizes bytes, shares 0..1, moments UTC ('2026-01-31T12:00:00.000Z'). NULL: not known.

CREATE TABLE machine (
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE,                  -- 'x86_64 vendor=… family=… model=… stepping=… l1d=… l2=…'
    emulated INTEGER NOT NULL DEFAULT 0 CHECK (emulated IN (0, 1)) -- its times say nothing
) STRICT;

CREATE TABLE build (
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE                   -- 'septet 0.1.0, LLVM 19.1.7'
) STRICT;

CREATE TABLE problem (
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE,                  -- canonical, 'conv2d n=1 …'
    flops REAL CHECK (flops > 0)                -- of taps that are not in the padding
) STRICT;

CREATE TABLE schedule (
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL,                         -- one step a line
    recipe TEXT NOT NULL DEFAULT '',            -- that made it; '': none
    knobs TEXT NOT NULL DEFAULT '',             -- 'vectors=2 columns=14 …'
    UNIQUE (text, recipe, knobs)
) STRICT;

CREATE TABLE session (
    id INTEGER PRIMARY KEY,
    uuid TEXT NOT NULL UNIQUE,
    started_at TEXT NOT NULL DEFAULT '',
    command TEXT NOT NULL DEFAULT '',           -- the command line
    strategy TEXT NOT NULL DEFAULT '',
    seed INTEGER
) STRICT;

CREATE TABLE measurement (
    id INTEGER PRIMARY KEY,
    uuid TEXT NOT NULL UNIQUE CHECK (length(uuid) = 36),
    measured_at TEXT NOT NULL CHECK (length(measured_at) >= 10),
    session INTEGER REFERENCES session,
    machine INTEGER NOT NULL REFERENCES machine,
    build INTEGER NOT NULL REFERENCES build,
    problem INTEGER NOT NULL REFERENCES problem,
    schedule INTEGER NOT NULL REFERENCES schedule,
    target TEXT NOT NULL,
    workers INTEGER NOT NULL CHECK (workers >= 1),
    regime TEXT NOT NULL CHECK (regime IN ('warm', 'cold-weights')),
    kind TEXT NOT NULL CHECK (kind IN ('search', 'confirm', 'baseline', 'import')),
    status TEXT NOT NULL CHECK (status IN ('ok', 'refused', 'build_error', 'build_timeout', 'crashed', 'run_timeout',
                                           'wrong', 'too_fast', 'out_of_memory', 'noisy', 'interrupted')),
    phase TEXT, signal INTEGER, detail TEXT, reproduce TEXT, -- of a failure; reproduce: a line for a shell
    time_ns REAL CHECK (time_ns > 0),           -- median over visits; NULL unless ok: a failure has no time
    min_ns REAL CHECK (min_ns > 0),
    spread REAL CHECK (spread >= 0),            -- between visits
    visit_count INTEGER NOT NULL DEFAULT 0 CHECK (visit_count >= 0),
    visits TEXT CHECK (visits IS NULL OR json_type(visits) = 'array'), -- view sample has a row for each
    raced INTEGER NOT NULL DEFAULT 0 CHECK (raced IN (0, 1)), -- given up early: never best
    drift REAL,
    error_l2 REAL, error_max REAL,              -- relative, against float64; NULL: not checked
    packed_bytes INTEGER, workspace_bytes INTEGER, code_bytes INTEGER,
    object_sha256 TEXT,                         -- of the object that was timed
    build_s REAL, wait_s REAL, run_s REAL,
    -- 1: confirmed, by more visits than one, outside of the search that picked it; 0: seen in a search by more visits
    -- than one; NULL: never best (failed, raced, or one visit, which may be luck).
    confirmed INTEGER AS (CASE WHEN status = 'ok' AND NOT raced AND visit_count >= 2 THEN kind <> 'search' END),
    CHECK ((status = 'ok') = (time_ns IS NOT NULL))
) STRICT;

-- The best of a key is the first entry of a range that passes the filters, which the index answers too.
CREATE INDEX measurement_best ON measurement (problem, target, machine, workers, regime, confirmed DESC, time_ns,
                                              error_l2, workspace_bytes)
    WHERE confirmed IS NOT NULL;
CREATE INDEX measurement_schedule ON measurement (schedule, problem, target, machine, workers, regime, measured_at);

-- What was pruned, so that merging does not bring it back.
CREATE TABLE tombstone (
    uuid TEXT PRIMARY KEY CHECK (length(uuid) = 36),
    buried_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER tombstone_insert AFTER INSERT ON tombstone BEGIN
    DELETE FROM measurement WHERE uuid = NEW.uuid;
END;

-- What a later build makes of a recorded schedule: 'same' object, a 'different' one (the time is not known to hold),
-- or 'refused'.
CREATE TABLE validation (
    id INTEGER PRIMARY KEY,
    measurement INTEGER NOT NULL REFERENCES measurement ON DELETE CASCADE,
    build INTEGER NOT NULL REFERENCES build,
    validated_at TEXT NOT NULL,
    result TEXT NOT NULL CHECK (result IN ('same', 'different', 'refused')),
    UNIQUE (measurement, build)
) STRICT;

-- What a machine can do, from septet doctor. Rates in 10^9 a second.
CREATE TABLE calibration (
    id INTEGER PRIMARY KEY,
    uuid TEXT NOT NULL UNIQUE,
    machine INTEGER NOT NULL REFERENCES machine,
    calibrated_at TEXT NOT NULL,
    target TEXT NOT NULL,
    workers INTEGER NOT NULL,
    peak_gflops REAL, l1_gbytes REAL, l2_gbytes REAL, l3_gbytes REAL, dram_gbytes REAL,
    noise REAL,                                 -- spread between visits of one object
    environment TEXT                            -- kernel, governor, limits: words
) STRICT;

CREATE VIEW record AS
SELECT m.uuid, m.measured_at, p.text AS problem, m.target, h.text AS machine, m.workers, m.regime, m.kind, m.status,
       m.time_ns, m.min_ns, m.spread, m.visit_count, m.visits, m.raced, m.drift, m.error_l2, m.error_max,
       m.packed_bytes, m.workspace_bytes, m.code_bytes, m.object_sha256, m.phase, m.signal, m.detail, m.reproduce,
       m.build_s, m.wait_s, m.run_s, c.text AS schedule, c.recipe, c.knobs, b.text AS build, h.emulated, p.flops,
       s.uuid AS session, s.started_at AS session_started_at, s.command AS session_command,
       s.strategy AS session_strategy, s.seed AS session_seed
FROM measurement m JOIN problem p ON p.id = m.problem JOIN machine h ON h.id = m.machine
     JOIN schedule c ON c.id = m.schedule JOIN build b ON b.id = m.build LEFT JOIN session s ON s.id = m.session;

-- A row that is there already, or was pruned, changes nothing.
CREATE TRIGGER record_insert INSTEAD OF INSERT ON record BEGIN
    INSERT INTO machine (text, emulated) SELECT NEW.machine, coalesce(NEW.emulated, 0) WHERE true
        ON CONFLICT (text) DO NOTHING;
    INSERT INTO build (text) SELECT NEW.build WHERE true ON CONFLICT (text) DO NOTHING;
    INSERT INTO problem (text, flops) SELECT NEW.problem, NEW.flops WHERE true ON CONFLICT (text) DO NOTHING;
    INSERT INTO schedule (text, recipe, knobs)
        SELECT NEW.schedule, coalesce(NEW.recipe, ''), coalesce(NEW.knobs, '') WHERE true
        ON CONFLICT (text, recipe, knobs) DO NOTHING;
    INSERT INTO session (uuid, started_at, command, strategy, seed)
        SELECT NEW.session, coalesce(NEW.session_started_at, ''), coalesce(NEW.session_command, ''),
               coalesce(NEW.session_strategy, ''), NEW.session_seed WHERE NEW.session IS NOT NULL
        ON CONFLICT (uuid) DO NOTHING;
    INSERT INTO measurement (uuid, measured_at, session, machine, build, problem, schedule, target, workers, regime,
                             kind, status, phase, signal, detail, reproduce, time_ns, min_ns, spread, visit_count,
                             visits, raced, drift, error_l2, error_max, packed_bytes, workspace_bytes, code_bytes,
                             object_sha256, build_s, wait_s, run_s)
        SELECT NEW.uuid, NEW.measured_at, (SELECT id FROM session WHERE uuid = NEW.session),
               (SELECT id FROM machine WHERE text = NEW.machine), (SELECT id FROM build WHERE text = NEW.build),
               (SELECT id FROM problem WHERE text = NEW.problem),
               (SELECT id FROM schedule WHERE text = NEW.schedule AND recipe = coalesce(NEW.recipe, '')
                                              AND knobs = coalesce(NEW.knobs, '')),
               NEW.target, NEW.workers, NEW.regime, NEW.kind, NEW.status, NEW.phase, NEW.signal, NEW.detail,
               NEW.reproduce, NEW.time_ns, NEW.min_ns, NEW.spread, coalesce(NEW.visit_count, 0), NEW.visits,
               coalesce(NEW.raced, 0), NEW.drift, NEW.error_l2, NEW.error_max, NEW.packed_bytes, NEW.workspace_bytes,
               NEW.code_bytes, NEW.object_sha256, NEW.build_s, NEW.wait_s, NEW.run_s
        WHERE NOT EXISTS (SELECT 1 FROM tombstone WHERE uuid = NEW.uuid)
        ON CONFLICT (uuid) DO NOTHING;
END;

-- Measurements that may be best: those that no later one of the same schedule has replaced. A later one replaces when it
-- is confirmed, or found the schedule to fail.
CREATE VIEW candidate AS
SELECT m.* FROM measurement m
WHERE m.confirmed IS NOT NULL AND NOT EXISTS
    (SELECT 1 FROM measurement later
     WHERE later.schedule = m.schedule AND later.problem = m.problem AND later.target = m.target
       AND later.machine = m.machine AND later.workers = m.workers AND later.regime = m.regime
       AND later.measured_at > m.measured_at
       AND (later.confirmed = 1 OR later.status IN ('wrong', 'crashed', 'run_timeout', 'too_fast')));

-- The fastest confirmed schedule of each problem, target, machine, number of workers and regime.
CREATE VIEW best AS
SELECT problem, target, machine, workers, regime, time_ms, spread, visit_count, gflops, error_l2, workspace_bytes,
       recipe, knobs, schedule, build, measured_at, uuid
FROM (SELECT p.text AS problem, m.target, h.text AS machine, m.workers, m.regime, m.time_ns / 1e6 AS time_ms, m.spread,
             m.visit_count, p.flops / m.time_ns AS gflops, m.error_l2, m.workspace_bytes, c.recipe, c.knobs,
             c.text AS schedule, b.text AS build, m.measured_at, m.uuid,
             row_number() OVER (PARTITION BY m.problem, m.target, m.machine, m.workers, m.regime
                                ORDER BY m.time_ns, m.uuid) AS place
      FROM candidate m JOIN problem p ON p.id = m.problem JOIN machine h ON h.id = m.machine
           JOIN schedule c ON c.id = m.schedule JOIN build b ON b.id = m.build
      WHERE m.confirmed = 1 AND NOT h.emulated)
WHERE place = 1;

-- What failed, why, and the line that shows it again.
CREATE VIEW failures AS
SELECT status, phase, signal, problem, target, detail, reproduce, recipe, knobs, build, measured_at, uuid
FROM record WHERE status NOT IN ('ok', 'interrupted');

-- How far visits of one object lie apart, and how often the machine was disturbed.
CREATE VIEW noise AS
SELECT machine, problem, target, workers, regime, count(*) AS measurements, avg(spread) AS mean_spread,
       max(spread) AS max_spread, sum(status = 'noisy') AS noisy, max(abs(drift - 1)) AS max_drift
FROM record WHERE visit_count >= 2 OR status = 'noisy'
GROUP BY machine, problem, target, workers, regime;

-- What was tried for each problem, and whether it led to a confirmed record.
CREATE VIEW coverage AS
SELECT problem, target, machine, workers, regime, count(*) AS measurements, count(DISTINCT schedule) AS schedules,
       sum(status = 'ok') AS ok, sum(status <> 'ok') AS failed,
       min(CASE WHEN NOT raced THEN time_ns END) / 1e6 AS fastest_seen_ms,
       sum(status = 'ok' AND NOT raced AND visit_count >= 2 AND kind <> 'search') > 0 AS confirmed,
       max(measured_at) AS last_measured_at
FROM record GROUP BY problem, target, machine, workers, regime;

-- Best records whose time is not known to hold for what the newest build compiles.
CREATE VIEW stale AS
SELECT * FROM (
    SELECT coalesce((SELECT v.result FROM validation v WHERE v.measurement = m.id ORDER BY v.id DESC LIMIT 1),
                    CASE WHEN m.object_sha256 IS NULL OR m.build <>
                              (SELECT build FROM measurement ORDER BY measured_at DESC, uuid DESC LIMIT 1)
                         THEN 'not known' END) AS state,
           best.*
    FROM best JOIN measurement m ON m.uuid = best.uuid)
WHERE state <> 'same';

-- How far sessions came.
CREATE VIEW progress AS
SELECT s.started_at, max(m.measured_at) AS last_at, s.strategy, s.seed, count(DISTINCT m.problem) AS problems,
       count(m.id) AS measurements, coalesce(sum(m.status = 'ok'), 0) AS ok, s.command, s.uuid AS session
FROM session s LEFT JOIN measurement m ON m.session = s.id GROUP BY s.id;

-- A row for each visit.
CREATE VIEW sample AS
SELECT m.uuid, v.key AS visit, v.value ->> 'median_ns' AS median_ns, v.value ->> 'min_ns' AS min_ns,
       v.value ->> 'spread' AS spread, v.value ->> 'samples' AS samples, v.value ->> 'steal' AS steal,
       v.value ->> 'others' AS others, v.value ->> 'disturbed' AS disturbed
FROM measurement m, json_each(m.visits) v;

-- The best records against what the machine can do at most.
CREATE VIEW roofline AS
SELECT best.problem, best.target, best.machine, best.workers, best.regime, best.time_ms, best.gflops,
       best.gflops / k.peak_gflops AS peak_fraction, best.uuid
FROM best JOIN machine h ON h.text = best.machine
     JOIN calibration k ON k.id = (SELECT max(id) FROM calibration WHERE machine = h.id AND target = best.target
                                                                     AND workers = best.workers);
