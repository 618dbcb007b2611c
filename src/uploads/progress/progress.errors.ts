import { defineErrors } from '../../common/index.js';

export const progressErrors = defineErrors({
  EVENT_MESSAGE_INVALID: { status: 400, title: 'The message is not one that the service knows' },
  ORIGIN_NOT_ALLOWED: { status: 403, title: 'Pages of this origin may not connect' },
  UPGRADE_REQUIRED: { status: 426, title: 'Events come over WebSocket here' },
  EVENT_STREAMS_EXCEEDED: { status: 429, title: 'The caller has too many event streams open' },
  EVENT_SUBSCRIPTIONS_EXCEEDED: { status: 429, title: 'The connection has too many subscriptions' },
  EVENT_STREAMS_BUSY: { status: 503, title: 'This instance has too many event streams open' },
});
