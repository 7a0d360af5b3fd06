"""The ledger's state machine: every statement that changes a job, in one place.

A job goes ``ready`` → ``sending`` → ``running`` → ``succeeded`` → ``done``, or ends ``failed``,
from where :data:`RETRY` takes it back. ``sending`` is committed, with the token, before the request
goes out; ``succeeded`` means that it was paid for and its files are still to be fetched.

Whoever works on a job has it leased: :data:`CLAIM` gives the lease and a new ``fence``, and every
other statement names that fence, so that an owner who lost a lease changes nothing any more.
Amounts are millionths of a USD. ``{now}`` is the database's own clock where several machines share
it, ``{skip}`` what makes them pass over each other's rows, ``{lock}`` what locks rows in an order
that all keep: jobs by their keys, and the amounts last. The store fills them in; the same text runs
on SQLite and PostgreSQL.
"""

from __future__ import annotations

VERSION = 1

SCHEMA = (
    "CREATE TABLE IF NOT EXISTS batch_meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS batch_amounts (name TEXT PRIMARY KEY, micros BIGINT NOT NULL)",
    """CREATE TABLE IF NOT EXISTS batch_jobs (
        seq INTEGER NOT NULL, key TEXT PRIMARY KEY, model TEXT NOT NULL, capability TEXT,
        inputs TEXT NOT NULL, state TEXT NOT NULL,
        owner TEXT, lease DOUBLE PRECISION NOT NULL, fence BIGINT NOT NULL,
        attempts INTEGER NOT NULL, not_before DOUBLE PRECISION NOT NULL,
        token TEXT, task TEXT, reserved BIGINT NOT NULL, cost BIGINT, code TEXT, error TEXT,
        files TEXT, sent_at DOUBLE PRECISION, ended_at DOUBLE PRECISION)""",
    "CREATE INDEX IF NOT EXISTS batch_jobs_state ON batch_jobs (state, seq)",
    "INSERT INTO batch_amounts (name, micros) VALUES ('spent', 0) ON CONFLICT (name) DO NOTHING",
)
MIGRATIONS: dict[int, tuple[str, ...]] = {}
"""What leads from a version of the schema to the next."""

META = "SELECT value FROM batch_meta WHERE name = :name"
SET_META = """INSERT INTO batch_meta (name, value) VALUES (:name, :value)
    ON CONFLICT (name) DO UPDATE SET value = :value"""

ADD = """INSERT INTO batch_jobs (seq, key, model, capability, inputs, state, lease, fence,
        attempts, not_before, reserved)
    VALUES (:seq, :key, :model, :capability, :inputs, 'ready', 0, 0, 0, 0, 0)
    ON CONFLICT (key) DO NOTHING"""
KNOWN = "SELECT key, model, capability, inputs FROM batch_jobs"

CLAIM = """UPDATE batch_jobs
    SET owner = :owner, lease = {now} + :seconds, fence = fence + 1
    WHERE key IN (SELECT key FROM batch_jobs
        WHERE state = :state AND lease < {now} AND not_before <= {now}
        ORDER BY seq LIMIT :most {skip})
    RETURNING *"""
RENEW = """UPDATE batch_jobs SET lease = {now} + :seconds
    WHERE key IN (SELECT key FROM batch_jobs
        WHERE owner = :owner AND lease >= {now} AND state NOT IN ('done', 'failed')
        ORDER BY key {lock})
    RETURNING key"""
LET_GO = """UPDATE batch_jobs SET owner = NULL, lease = 0
    WHERE key IN (SELECT key FROM batch_jobs WHERE owner = :owner ORDER BY key {lock})"""
HELD = "SELECT 1 FROM batch_jobs WHERE key = :key AND fence = :fence AND lease >= {now}"

SPEND = """UPDATE batch_amounts SET micros = micros + :micros
    WHERE name = 'spent' AND (:most < 0 OR micros + :micros <= :most)"""
RESERVED = """UPDATE batch_jobs SET reserved = :micros
    WHERE key = :key AND fence = :fence AND state = 'ready'"""
RESERVED_NOW = "SELECT reserved FROM batch_jobs WHERE key = :key"
SENDING = """UPDATE batch_jobs
    SET state = 'sending', token = :token, attempts = attempts + 1, sent_at = {now}
    WHERE key = :key AND fence = :fence AND state = 'ready' AND lease >= {now}"""
RUNNING = """UPDATE batch_jobs SET state = 'running', task = :task, code = NULL, error = NULL
    WHERE key = :key AND fence = :fence AND state = 'sending'"""
BACK = """UPDATE batch_jobs
    SET state = 'ready', token = NULL, owner = NULL, lease = 0, code = :code, error = :error,
        not_before = {now} + :wait
    WHERE key = :key AND fence = :fence AND state IN ('ready', 'sending')"""
LATER = """UPDATE batch_jobs
    SET owner = NULL, lease = 0, attempts = attempts + 1, code = :code, error = :error,
        not_before = {now} + :wait
    WHERE key = :key AND fence = :fence"""
SUCCEEDED = """UPDATE batch_jobs
    SET state = 'succeeded', cost = :micros, reserved = :micros, attempts = 0, ended_at = {now}
    WHERE key = :key AND fence = :fence AND state = 'running'"""
FAILED = """UPDATE batch_jobs
    SET state = 'failed', cost = :micros, reserved = :micros, code = :code, error = :error,
        owner = NULL, lease = 0, ended_at = {now}
    WHERE key = :key AND fence = :fence AND state <> 'done'"""
DONE = """UPDATE batch_jobs
    SET state = 'done', files = :files, owner = NULL, lease = 0, code = NULL, error = NULL
    WHERE key = :key AND fence = :fence AND state = 'succeeded'"""
RETRY = """UPDATE batch_jobs
    SET state = 'ready', token = NULL, task = NULL, code = NULL, error = NULL, attempts = 0,
        not_before = 0, lease = 0, owner = NULL
    WHERE state = 'failed' AND (:code IS NULL OR code = :code)"""

COUNTS = """SELECT state, COUNT(*) AS jobs, COALESCE(SUM(reserved), 0) AS micros FROM batch_jobs
    GROUP BY state"""
SPENT = "SELECT micros FROM batch_amounts WHERE name = 'spent'"
CODES = "SELECT code, COUNT(*) AS jobs FROM batch_jobs WHERE state = 'failed' GROUP BY code"
WAITING = """SELECT MIN(CASE WHEN lease >= {now} THEN lease ELSE not_before END) - {now} AS seconds
    FROM batch_jobs WHERE state NOT IN ('done', 'failed')"""
OWNERS = "SELECT DISTINCT owner FROM batch_jobs WHERE owner IS NOT NULL AND lease >= {now}"
ALL = "SELECT * FROM batch_jobs ORDER BY seq"
