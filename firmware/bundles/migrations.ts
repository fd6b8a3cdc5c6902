/** Tables of the bundle store. */
import type { Migrations } from '../stores/open-database.ts';

/**
 * - `bundle_objects` has what lies in `objects/`; one that no version names goes with the next collection.
 * - `bundle_damage` has those whose content is not theirs: a version is quarantined as long as it names one.
 * - `bundle_sequences` has a row for each name of which a signed version was seen, and outlives the versions.
 * - `below` of a row of the history is the row that a rollback falls back to.
 * - `bundle_collections` counts, so that no file goes without a commit before it.
 */
export const bundleMigrations: Migrations = {
  area: 'bundles',
  steps: [
    `
    CREATE TABLE bundle_versions (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      hash TEXT NOT NULL UNIQUE,
      name TEXT NOT NULL,
      version TEXT NOT NULL,
      manifest_hash TEXT NOT NULL,
      manifest_bytes INTEGER NOT NULL,
      archive_bytes INTEGER NOT NULL,
      sequence INTEGER NOT NULL,
      signature TEXT,
      key_id TEXT,
      installed_at_ms INTEGER NOT NULL,
      UNIQUE (name, version)
    ) STRICT;
    CREATE TABLE bundle_objects (hash TEXT PRIMARY KEY, bytes INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE bundle_version_objects (
      version INTEGER NOT NULL REFERENCES bundle_versions (id) ON DELETE CASCADE,
      path TEXT NOT NULL,
      object TEXT NOT NULL REFERENCES bundle_objects (hash),
      PRIMARY KEY (version, path)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX bundle_version_objects_by_object ON bundle_version_objects (object);
    CREATE TABLE bundle_damage (
      object TEXT PRIMARY KEY REFERENCES bundle_objects (hash) ON DELETE CASCADE,
      reason TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE bundle_sequences (
      name TEXT PRIMARY KEY,
      sequence INTEGER NOT NULL,
      hash TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE bundle_activation_history (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      name TEXT NOT NULL,
      hash TEXT NOT NULL,
      version TEXT NOT NULL,
      activated_at_ms INTEGER NOT NULL,
      below INTEGER
    ) STRICT;
    CREATE INDEX bundle_activation_history_by_name ON bundle_activation_history (name, id);
    CREATE TABLE bundle_activations (
      name TEXT PRIMARY KEY,
      entry INTEGER NOT NULL REFERENCES bundle_activation_history (id)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE bundle_collections (id INTEGER PRIMARY KEY CHECK (id = 1), count INTEGER NOT NULL) STRICT;
    INSERT INTO bundle_collections (id, count) VALUES (1, 0);
    `,
  ],
};
