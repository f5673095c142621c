-- Schema version 2: what was borrowed.

-- The best recipe and knobs of one problem, the lender, that were measured for another one later. ratio: the time there
-- over that of the other problem's best record; NULL where it failed, or nothing of it is confirmed.
CREATE VIEW borrowed AS
SELECT p.text AS problem, best.problem AS lender, m.target, h.text AS machine, m.workers, m.regime, m.status,
       m.time_ns / 1e6 AS time_ms, m.time_ns / 1e6 / own.time_ms AS ratio, c.recipe, c.knobs, m.measured_at, m.uuid
FROM best JOIN schedule c ON c.recipe = best.recipe AND c.knobs = best.knobs AND c.recipe <> ''
     JOIN measurement m ON m.schedule = c.id AND m.target = best.target AND m.workers = best.workers
                           AND m.regime = best.regime AND m.measured_at > best.measured_at
     JOIN problem p ON p.id = m.problem AND p.text <> best.problem
     JOIN machine h ON h.id = m.machine AND h.text = best.machine
     LEFT JOIN best own ON own.problem = p.text AND own.target = m.target AND own.machine = h.text
                           AND own.workers = m.workers AND own.regime = m.regime;
