/** The tables of this area. */
import type { Migrations } from '../stores/open-database.ts';

/**
 * - `trust_bundles`: bundles that were active once; what they ask for later is an upgrade.
 * - `trust_grants`: tokens that a bundle has.
 * - `trust_upgrades`: what waits for an approval, and what became of the rest. At most one of a bundle waits. An approved one passes the
 *   gate again, as after a rollback. A position is never given twice, so that the order does not depend on the clock.
 * - `trust_passed`: versions that passed the gate without one, and pass it again.
 */
export const trustMigrations: Migrations = {
  area: 'trust',
  steps: [
    `CREATE TABLE trust_bundles (
       bundle TEXT PRIMARY KEY,
       first_granted_at_ms INTEGER NOT NULL
     ) STRICT;
     CREATE TABLE trust_grants (
       bundle TEXT NOT NULL,
       token TEXT NOT NULL,
       granted_by TEXT NOT NULL,
       granted_at_ms INTEGER NOT NULL,
       PRIMARY KEY (bundle, token)
     ) STRICT, WITHOUT ROWID;
     CREATE TABLE trust_upgrades (
       position INTEGER PRIMARY KEY AUTOINCREMENT,
       id TEXT NOT NULL UNIQUE,
       hash TEXT NOT NULL UNIQUE,
       bundle TEXT NOT NULL,
       version TEXT NOT NULL,
       sequence INTEGER NOT NULL,
       installed_at_ms INTEGER NOT NULL,
       previous_version TEXT,
       tokens TEXT NOT NULL,
       new_tokens TEXT NOT NULL,
       grown_limits TEXT NOT NULL,
       diff TEXT,
       requested_at_ms INTEGER NOT NULL,
       state TEXT NOT NULL CHECK (state IN ('waiting', 'approved', 'rejected', 'replaced')),
       settled_by TEXT,
       settled_at_ms INTEGER
     ) STRICT;
     CREATE UNIQUE INDEX trust_upgrades_waiting ON trust_upgrades (bundle) WHERE state = 'waiting'`,
    'CREATE TABLE trust_passed (position INTEGER PRIMARY KEY AUTOINCREMENT, hash TEXT NOT NULL UNIQUE) STRICT',
  ],
};
