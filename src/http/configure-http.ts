import helmet from '@fastify/helmet';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { commonErrors, Lifecycle, ProblemFilter, sendProblem, validationPipe } from '../common/index.js';
import type { AppConfig } from '../config/index.js';
import { corsOptions } from './cors.js';
import { apiHeaders, docsHeaders, isDocsPath } from './security-headers.js';

/**
 * What holds for every response: problem documents, validation, security headers, CORS, request ids, and
 * the refusal of new requests while the service closes. Call before `app.init()` or `app.listen()`.
 */
export async function configureHttp(
  app: NestFastifyApplication,
  config: Pick<AppConfig, 'corsOrigins' | 'publicUrl'>,
): Promise<void> {
  app.useGlobalPipes(validationPipe());
  app.useGlobalFilters(new ProblemFilter());
  if (config.corsOrigins.length > 0) app.enableCors(corsOptions(config.corsOrigins));
  await app.register(helmet, { ...apiHeaders(config.publicUrl), global: false });

  const lifecycle = app.get(Lifecycle);
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onRequest', (request, reply, done) => {
    // On the raw response, so that hijacked ones (tus, event streams) carry it too.
    reply.raw.setHeader('X-Request-Id', request.id);
    reply.helmet(isDocsPath(request.url) ? docsHeaders : {});
    if (!lifecycle.closing) {
      done();
      return;
    }
    const headers = { Connection: 'close', 'Retry-After': '1' };
    sendProblem(commonErrors.SHUTTING_DOWN(undefined, { headers }), request, reply);
  });
}
