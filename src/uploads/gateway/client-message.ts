import { UUID_PATTERN } from '../../common/index.js';
import { progressErrors } from '../progress/progress.errors.js';
import type { Subject } from '../progress/standings.js';

export interface ClientMessage {
  event: 'subscribe' | 'unsubscribe';
  subject: Subject;
}

/**
 * Reads `{"event":"subscribe","data":{"mediaId":…}}`, or with `unsubscribe`, or with `uploadId`.
 * @throws EVENT_MESSAGE_INVALID
 */
export function parseClientMessage(text: string): ClientMessage {
  const { event, data } = parseObject(text);
  if (event !== 'subscribe' && event !== 'unsubscribe')
    throw progressErrors.EVENT_MESSAGE_INVALID('event must be subscribe or unsubscribe');
  const { mediaId, uploadId } = isObject(data) ? data : {};
  const id = mediaId ?? uploadId;
  if (typeof id !== 'string' || !UUID_PATTERN.test(id) || (mediaId !== undefined && uploadId !== undefined))
    throw progressErrors.EVENT_MESSAGE_INVALID('data must have a mediaId or an uploadId, and that a UUID');
  return { event, subject: { kind: mediaId === undefined ? 'upload' : 'media', id: id.toLowerCase() } };
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const message: unknown = JSON.parse(text);
    if (isObject(message)) return message;
  } catch (cause) {
    throw progressErrors.EVENT_MESSAGE_INVALID('The message is not JSON', { cause });
  }
  throw progressErrors.EVENT_MESSAGE_INVALID('The message must be a JSON object');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
