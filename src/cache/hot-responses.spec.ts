import { beforeEach, describe, expect, it } from '@jest/globals';
import { type HotRequest, type HotResponse, HotResponses } from './hot-responses.js';

const request = (headers: HotRequest['headers'] = {}, originalUrl = '/v1/media/m/thumbnail'): HotRequest => ({
  method: 'GET',
  originalUrl,
  headers,
});

const response = (change: Partial<HotResponse> = {}): HotResponse => ({
  mediaId: 'm',
  headers: { 'content-type': 'image/webp' },
  body: Buffer.alloc(100),
  userId: null,
  madeAt: Date.now(),
  validUntil: Infinity,
  given: () => undefined,
  ...change,
});

describe('HotResponses', () => {
  let responses: HotResponses;
  beforeEach(() => {
    responses = new HotResponses(1024 ** 2);
    responses.reset(true);
  });

  /** Offers it twice, as by two requests that came one after the other. */
  function keep(of: HotRequest, what = response(), startedAt = performance.now() + 1): void {
    responses.keep(of, what, startedAt);
    responses.keep(of, what, startedAt);
  }

  it('keeps what is asked for a second time', () => {
    responses.keep(request(), response(), performance.now() + 1);
    expect(responses.get(request())).toBeNull();
    responses.keep(request(), response(), performance.now() + 1);
    expect(responses.get(request())).not.toBeNull();
  });

  it.each([
    ['another token', { authorization: 'Bearer b' }],
    ['no token', {}],
    ['another wish for a format', { authorization: 'Bearer a', accept: 'image/avif' }],
    ['another site', { authorization: 'Bearer a', origin: 'https://other.example' }],
    ['a range', { authorization: 'Bearer a', range: 'bytes=0-1' }],
    ['a condition', { authorization: 'Bearer a', 'if-none-match': '"x"' }],
  ])('gives nothing to a request with %s', (_, headers) => {
    keep(request({ authorization: 'Bearer a' }));
    expect(responses.get(request({ authorization: 'Bearer a' }))).not.toBeNull();
    expect(responses.get(request(headers))).toBeNull();
  });

  it('tells a signed URL from the one that it stands for', () => {
    keep(request({}, '/v1/signed/token/media/m/thumbnail'));
    expect(responses.get(request())).toBeNull();
  });

  it('answers GET alone', () => {
    keep(request());
    expect(responses.get({ ...request(), method: 'HEAD' })).toBeNull();
  });

  it('does not outlive the rights of whoever asked', () => {
    keep(request(), response({ validUntil: Date.now() - 1 }));
    expect(responses.get(request())).toBeNull();
  });

  it('forgets all answers of a media that has changed, and of no other', () => {
    keep(request());
    keep(request({}, '/v1/media/m/image?width=5'));
    keep(request({}, '/v1/media/n/thumbnail'), response({ mediaId: 'n' }));
    responses.forget('m');
    expect(responses.get(request())).toBeNull();
    expect(responses.get(request({}, '/v1/media/m/image?width=5'))).toBeNull();
    expect(responses.get(request({}, '/v1/media/n/thumbnail'))).not.toBeNull();
  });

  it('does not keep an answer whose making began before the change', () => {
    const startedAt = performance.now();
    responses.forget('m');
    keep(request(), response(), startedAt);
    expect(responses.get(request())).toBeNull();
  });

  it('remembers changes beyond those that it can tell apart', () => {
    const startedAt = performance.now();
    responses.forget('m');
    for (let index = 0; index <= 10_000; index += 1) responses.forget(`other-${index}`);
    keep(request(), response(), startedAt);
    expect(responses.get(request())).toBeNull();
  });

  it('keeps nothing while it is not told of changes', () => {
    keep(request());
    responses.reset(false);
    expect(responses.get(request())).toBeNull();
    keep(request());
    expect(responses.get(request())).toBeNull();
    responses.reset(true);
    keep(request());
    expect(responses.get(request())).not.toBeNull();
  });

  it('keeps nothing that depends on what the key does not hold', () => {
    keep(request(), response({ headers: { vary: 'Accept, Cookie' } }));
    expect(responses.get(request())).toBeNull();
    keep(request({}, '/v1/media/m/image'), response({ headers: { vary: ['Origin', 'Accept'] } }));
    expect(responses.get(request({}, '/v1/media/m/image'))).not.toBeNull();
  });

  it('stays within its memory', () => {
    for (let index = 0; index < 30; index += 1) {
      keep(request({}, `/v1/media/m/image?width=${index}`), response({ body: Buffer.alloc(100_000) }));
    }
    expect(responses.get(request({}, '/v1/media/m/image?width=0'))).toBeNull();
    expect(responses.get(request({}, '/v1/media/m/image?width=29'))).not.toBeNull();
  });

  it('keeps nothing when it may not', () => {
    responses = new HotResponses(0);
    responses.reset(true);
    keep(request());
    expect(responses.get(request())).toBeNull();
  });
});
