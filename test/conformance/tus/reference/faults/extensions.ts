import type { Handler } from '../http.ts';
import { collected, header, unannounced } from '../wrapping.ts';
import { answered, type Fault } from './fault.ts';

const withUploadFaults: Fault[] = [
  {
    name: 'creation with upload is not announced',
    finds: ['with-upload.announced'],
    wrap: unannounced('creation-with-upload'),
  },
  {
    name: 'half of a POST is taken',
    finds: ['core.override', 'with-upload.all', 'with-upload.whole'],
    wrap: collected('POST', (body) => body.subarray(0, body.length / 2)),
  },
  {
    name: 'expectations are refused',
    finds: ['with-upload.continue'],
    wrap: (next) => next,
    refusesExpectations: true,
  },
  {
    name: 'POST names no offset',
    finds: ['with-upload.offset', 'with-upload.offset-value', 'with-upload.resumed'],
    wrap: header('Upload-Offset', () => null, ['POST']),
  },
  {
    name: 'POST names another offset',
    finds: ['with-upload.offset-value', 'with-upload.resumed'],
    wrap: header('Upload-Offset', (value) => value && '1', ['POST']),
  },
];

const expirationFaults: Fault[] = [
  { name: 'expiration is not announced', finds: ['expiration.announced'], wrap: unannounced('expiration') },
  {
    name: 'no answer names an expiry',
    finds: ['expiration.patch', 'expiration.conflict', 'expiration.future'],
    wrap: header('Upload-Expires', () => null),
  },
  {
    name: 'POST names no expiry',
    finds: ['expiration.post'],
    wrap: header('Upload-Expires', () => null, ['POST']),
  },
  {
    name: 'PATCH names no expiry',
    finds: ['expiration.patch', 'expiration.conflict', 'expiration.future'],
    wrap: header('Upload-Expires', () => null, ['PATCH']),
  },
  {
    name: 'conflicts name no expiry',
    finds: ['expiration.conflict'],
    wrap: header('Upload-Expires', (value, { status }) => (status === 409 ? null : value)),
  },
  {
    name: 'the expiry is an ISO date',
    finds: ['expiration.format'],
    wrap: header('Upload-Expires', (value) => value && new Date(value).toISOString()),
  },
  {
    name: 'the expiry is long ago',
    finds: ['expiration.future'],
    wrap: header('Upload-Expires', (value) => value && new Date(0).toUTCString()),
  },
];

/** DELETE as such, and not one that is another method by X-HTTP-Method-Override. */
const onDelete =
  (instead: (next: Handler) => Handler) =>
  (next: Handler): Handler =>
  (asked) =>
    asked.method === 'DELETE' && !('x-http-method-override' in asked.headers)
      ? instead(next)(asked)
      : next(asked);

const terminationFaults: Fault[] = [
  {
    name: 'termination is not announced',
    finds: ['termination.announced'],
    wrap: unannounced('termination'),
  },
  {
    name: 'DELETE is answered 200',
    finds: ['termination.no-content', 'termination.finished', 'termination.gone'],
    wrap: answered('DELETE', 204, 200),
  },
  {
    name: 'DELETE of what is not there is 204',
    finds: ['termination.gone', 'termination.missing'],
    wrap: answered('DELETE', 404, 204),
  },
  {
    name: 'what is finished is not terminated',
    finds: ['termination.finished'],
    wrap: onDelete((next) => async (asked) => {
      const { headers } = await next({ ...asked, method: 'HEAD' });
      const isFinished = headers['Upload-Offset'] && headers['Upload-Offset'] === headers['Upload-Length'];
      return isFinished ? { status: 403, headers: { 'Tus-Resumable': '1.0.0' } } : next(asked);
    }),
  },
  {
    name: 'DELETE deletes nothing',
    finds: ['termination.gone'],
    wrap: onDelete((next) => async (asked) => {
      const head = await next({ ...asked, method: 'HEAD' });
      return head.status === 200 ? { status: 204, headers: { 'Tus-Resumable': '1.0.0' } } : head;
    }),
  },
];

export const extensionFaults: Fault[] = [...withUploadFaults, ...expirationFaults, ...terminationFaults];
