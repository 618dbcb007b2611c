import type { FastifyReply } from 'fastify';

/** Aborts when the client goes away before it is answered, so that nothing waits for nobody. */
export function goneSignal({ raw }: FastifyReply): AbortSignal {
  const controller = new AbortController();
  raw.once('close', () => {
    if (!raw.writableFinished) controller.abort();
  });
  return controller.signal;
}
