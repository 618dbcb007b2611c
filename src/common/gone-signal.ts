import type { FastifyReply } from 'fastify';

/**
 * Aborts when the client goes away before it is answered, so that nothing waits for nobody.
 * @param reason what the signal aborts with
 */
export function goneSignal({ raw }: FastifyReply, reason?: unknown): AbortSignal {
  const controller = new AbortController();
  raw.once('close', () => {
    if (!raw.writableFinished) controller.abort(reason);
  });
  return controller.signal;
}
