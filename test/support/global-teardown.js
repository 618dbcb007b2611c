import { rm } from 'node:fs/promises';

/** Stops the server that global-setup started. */
export default async function stopDatabaseServer() {
  const server = globalThis.testDatabaseServer;
  if (!server) return;
  await server.stop();
  await rm(server.directory, { recursive: true, force: true });
}
