import { describe, expect, it } from '@jest/globals';
import { isAllowedOrigin } from './allowed-origin.js';
import { parseClientMessage } from './client-message.js';
import { handshakeToken } from './handshake-token.js';
import { isEventsUpgrade } from './upgrade.js';

const id = '01990000-0000-7000-8000-0000000000ab';

describe('an opening handshake', () => {
  const headers = {
    host: 'media.example',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  };
  const sound = { method: 'GET', url: '/v1/events', headers };

  it.each([
    ['as it should be', sound],
    ['with a query', { ...sound, url: '/v1/events?x=1' }],
    ['in capitals', { ...sound, headers: { ...headers, upgrade: 'WebSocket' } }],
  ])('is taken %s', (_name, request) => {
    expect(isEventsUpgrade(request)).toBe(true);
  });

  it.each([
    ['another path', { ...sound, url: '/v1/events/' }],
    ['a path that begins the same', { ...sound, url: '/v1/eventsource' }],
    ['another method', { ...sound, method: 'POST' }],
    ['another protocol', { ...sound, headers: { ...headers, upgrade: 'h2c' } }],
    ['another version', { ...sound, headers: { ...headers, 'sec-websocket-version': '8' } }],
    ['a key that is too short', { ...sound, headers: { ...headers, 'sec-websocket-key': 'abc=' } }],
    ['no key', { ...sound, headers: { ...headers, 'sec-websocket-key': undefined } }],
    ['a host that is none', { ...sound, headers: { ...headers, host: 'a b' } }],
  ])('is answered like any request with %s', (_name, request) => {
    expect(isEventsUpgrade(request)).toBe(false);
  });
});

describe('the token of a handshake', () => {
  it.each([
    ['the header', { authorization: 'Bearer a.b.c' }],
    ['the header in lower case', { authorization: 'bearer  a.b.c' }],
    ['the subprotocols', { 'sec-websocket-protocol': 'bearer, a.b.c' }],
    ['the subprotocols without a space', { 'sec-websocket-protocol': 'bearer,a.b.c,other' }],
    [
      'the header before the subprotocols',
      { authorization: 'Bearer a.b.c', 'sec-websocket-protocol': 'bearer, x' },
    ],
  ])('is read from %s', (_name, headers) => {
    expect(handshakeToken(headers)).toBe('a.b.c');
  });

  it.each([
    ['UNAUTHENTICATED', 'there is none', {}],
    ['UNAUTHENTICATED', 'the scheme is another', { authorization: 'Basic YTpi' }],
    ['UNAUTHENTICATED', 'the subprotocol is another', { 'sec-websocket-protocol': 'a.b.c' }],
    ['TOKEN_INVALID', 'the header has no token', { authorization: 'Bearer' }],
    ['TOKEN_INVALID', 'the header has two', { authorization: 'Bearer a b' }],
    ['TOKEN_INVALID', 'nothing follows bearer', { 'sec-websocket-protocol': 'bearer' }],
  ])('is refused with %s when %s', (code, _name, headers) => {
    expect(() => handshakeToken(headers)).toThrow(expect.objectContaining({ code }));
  });
});

describe('a page', () => {
  const site = {
    host: 'media.example:8080',
    publicUrl: 'https://media.example',
    corsOrigins: ['https://app.example'],
  };

  it.each([
    ['no page at all', undefined],
    ['the host that was asked', 'http://media.example:8080'],
    ['the public URL', 'https://media.example'],
    ['a listed origin', 'https://app.example'],
  ])('may connect from %s', (_name, origin) => {
    expect(isAllowedOrigin(origin, site)).toBe(true);
  });

  it.each([
    'https://evil.example',
    'http://app.example',
    'https://media.example:9',
    'null',
    '',
    'https://app.example.evil',
  ])('may not connect from %s', (origin) => {
    expect(isAllowedOrigin(origin, site)).toBe(false);
  });

  it('may connect from anywhere when all origins are listed', () => {
    expect(isAllowedOrigin('null', { ...site, corsOrigins: ['*'] })).toBe(true);
  });
});

describe('a message', () => {
  it.each([
    [{ event: 'subscribe', data: { mediaId: id } }, 'media'],
    [{ event: 'unsubscribe', data: { uploadId: id.toUpperCase() } }, 'upload'],
  ])('is read: %j', (message, kind) => {
    expect(parseClientMessage(JSON.stringify(message))).toEqual({
      event: message.event,
      subject: { kind, id },
    });
  });

  it.each([
    '',
    'subscribe',
    'null',
    '[]',
    '{}',
    '{"event":"subscribe"}',
    '{"event":"subscribe","data":null}',
    '{"event":"subscribe","data":{}}',
    '{"event":"subscribe","data":{"mediaId":1}}',
    '{"event":"subscribe","data":{"mediaId":null}}',
    '{"event":"subscribe","data":{"mediaId":"x"}}',
    `{"event":"subscribe","data":{"mediaId":"${id}","uploadId":"${id}"}}`,
    `{"event":"publish","data":{"mediaId":"${id}"}}`,
  ])('is refused: %s', (text) => {
    expect(() => parseClientMessage(text)).toThrow(
      expect.objectContaining({ code: 'EVENT_MESSAGE_INVALID' }),
    );
  });
});
