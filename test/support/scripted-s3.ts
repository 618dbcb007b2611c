import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { StorageConfig } from '../../src/config/index.js';

export interface ScriptedRequest {
  method: string;
  /** Path with query, without the bucket. */
  path: string;
  response: ServerResponse;
}

export interface ScriptedS3 {
  config: StorageConfig['s3'];
  /** `METHOD path?query` of each request so far. */
  readonly requests: string[];
  stop(): Promise<void>;
}

/** A server that answers S3 requests as a test says, to show the driver what real servers rarely do. */
export async function startScriptedS3(answer: (request: ScriptedRequest) => void): Promise<ScriptedS3> {
  const requests: string[] = [];
  const server = createServer((request: IncomingMessage, response) => {
    const method = request.method ?? '';
    const path = (request.url ?? '').replace('/bucket', '');
    requests.push(`${method} ${path}`);
    request.resume();
    answer({ method, path, response });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    config: {
      bucket: 'bucket',
      region: 'us-east-1',
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      publicEndpoint: null,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test-secret' },
      forcePathStyle: true,
    },
    requests,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

/** Ends a response as S3 says an error. */
export function sendS3Error(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'Content-Type': 'application/xml' });
  response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message></Error>`);
}

/** Ends a response with an XML document. */
export function sendXml(response: ServerResponse, xml: string): void {
  response.writeHead(200, { 'Content-Type': 'application/xml' });
  response.end(`<?xml version="1.0"?>${xml}`);
}
