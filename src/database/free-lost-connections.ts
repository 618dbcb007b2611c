import type { Pool, PoolClient } from 'pg';

/**
 * Gives the place of a connection that is lost back to the pool at once. Kysely gives back that of a
 * transaction only after its ROLLBACK went through, which on a lost connection it never does: each
 * transaction in flight when the database fails over would take a place with it for good. The server has
 * rolled back by itself.
 */
export function freeLostConnections(pool: Pool): void {
  const held = new WeakSet<PoolClient>();
  pool.on('acquire', (client: PoolClient) => held.add(client));
  pool.on('release', (_error: Error, client: PoolClient) => held.delete(client));
  pool.on('connect', (client: PoolClient) => {
    client.once('end', () => {
      if (!held.has(client)) return;
      const release = client.release.bind(client);
      // Whoever holds it may give it back once more.
      client.release = () => undefined;
      release(true);
    });
  });
}
