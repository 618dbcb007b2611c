import { applyDecorators } from '@nestjs/common';
import { ApiOkResponse } from '@nestjs/swagger';
import { ApiProblems } from '../../common/index.js';

const id = '01990000-0000-7000-8000-000000000000';
const example = [
  `event: received\ndata: {"id":"${id}","receivedBytes":8388608,"sizeBytes":10485760}`,
  `event: scanning\ndata: {"id":"${id}"}`,
  `event: processing\ndata: {"id":"${id}","progress":40}`,
  `event: ready\ndata: {"id":"${id}"}`,
].join('\n\n');

/** Documents the answer of a route that streams progress. */
export const ApiEventStream = () =>
  applyDecorators(
    ApiOkResponse({
      description: 'Where it stands, then every change; docs/events.md has all events',
      content: { 'text/event-stream': { schema: { type: 'string' }, example: `${example}\n\n` } },
    }),
    ApiProblems(401, 403, 404, 429, 503),
  );
