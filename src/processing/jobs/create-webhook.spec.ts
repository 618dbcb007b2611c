import { describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { createWebhook } from './create-webhook.js';

const timestamp = new Date();
const body = '{"type":"media.ready"}';

function headersOf(secret: string): Record<string, string> {
  return {
    'webhook-id': 'msg-1',
    'webhook-timestamp': String(Math.floor(timestamp.getTime() / 1000)),
    'webhook-signature': createWebhook(secret).sign('msg-1', timestamp, body),
  };
}

describe('createWebhook', () => {
  it('takes a whsec_ secret as receivers do', () => {
    const secret = `whsec_${Buffer.from('twenty-four random bytes').toString('base64')}`;
    expect(new Webhook(secret).verify(body, headersOf(secret))).toEqual({ type: 'media.ready' });
  });

  it.each(['a plain secret', 'ключ', 'bm90IGJhc2U2NA=='])(
    'takes %j as it is, in UTF-8: a receiver gives its library the same bytes in base64',
    (secret) => {
      const receiver = new Webhook(Buffer.from(secret).toString('base64'));
      expect(receiver.verify(body, headersOf(secret))).toEqual({ type: 'media.ready' });
    },
  );

  it('does not verify under another secret', () => {
    const receiver = new Webhook(Buffer.from('another').toString('base64'));
    expect(() => receiver.verify(body, headersOf('a plain secret'))).toThrow('No matching signature');
  });

  it.each(['whsec_not base64!', 'whsec_', ''])('refuses %j', (secret) => {
    expect(() => createWebhook(secret)).toThrow();
  });
});
