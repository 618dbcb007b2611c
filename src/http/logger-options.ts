import type { IncomingMessage, ServerResponse } from 'node:http';
import { RequestMethod } from '@nestjs/common';
import type { Params } from 'nestjs-pino';
import type { DestinationStream } from 'pino';
import type { Options } from 'pino-http';
import { redactUrl } from '../common/index.js';
import type { AppConfig } from '../config/index.js';

/** A request as pino's standard serializer hands it on; `raw` is Node's with what middie has added, or whatever was logged as `req`. */
interface SerializedRequest {
  method: string;
  raw: Partial<IncomingMessage & { ip: string; originalUrl: string }>;
}

interface SerializedResponse {
  statusCode: number;
  raw: Partial<ServerResponse>;
}

/** Whatever code logs by accident under these names is not written. */
const secretKeys = ['authorization', 'cookie', 'password', 'secret', 'token', 'accessToken', 'signature'];
const redactedPaths = ['', '*.', '*.*.'].flatMap((prefix) => secretKeys.map((key) => `${prefix}${key}`));

/** JSON lines: one per request, and every line of a request with its id. No headers, bodies or tokens. */
export function loggerOptions(config: Pick<AppConfig, 'logLevel'>, destination?: DestinationStream): Params {
  const options: Options = {
    level: config.logLevel,
    redact: { paths: redactedPaths, censor: '[redacted]' },
    quietReqLogger: true,
    customAttributeKeys: { reqId: 'requestId' },
    customLogLevel: (request, response) => {
      if (/^\/(?:health|metrics)\b/.test(request.url ?? '')) return 'debug';
      return response.statusCode >= 500 ? 'error' : 'info';
    },
    // The problem filter has logged the failure itself.
    customErrorObject: (_request, _response, _error, line: { err?: unknown }) => ({
      ...line,
      err: undefined,
    }),
    serializers: {
      req: ({ method, raw }: SerializedRequest) => ({
        method,
        url: redactUrl(raw.originalUrl ?? raw.url ?? ''),
        remoteAddress: raw.ip ?? raw.socket?.remoteAddress,
        userAgent: raw.headers?.['user-agent'],
      }),
      res: ({ statusCode, raw }: SerializedResponse) => ({
        statusCode,
        contentLength: raw.getHeader?.('content-length'),
      }),
    },
  };
  return {
    pinoHttp: destination ? [options, destination] : options,
    // The library's default, `{/*splat}`, matches nothing but / in Nest 12.5 on Fastify.
    forRoutes: [{ path: '{*splat}', method: RequestMethod.ALL }],
  };
}
