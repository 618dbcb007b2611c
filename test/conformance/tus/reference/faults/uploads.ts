import { asks, collected, header, status, withHeaders } from '../wrapping.ts';
import { answered, type Fault, rewritten, told } from './fault.ts';
import { forgetful } from './stateful.ts';

const MEDIA_TYPE = 'application/offset+octet-stream';

const headFaults: Fault[] = [
  {
    name: 'HEAD hides an offset of 0',
    finds: [
      'core.offset-integer',
      'head.offset',
      'patch.media-type',
      'patch.offset-negative',
      'patch.offset-fraction',
      'patch.offset-huge',
      'patch.offset-notation',
      'patch.no-offset',
      'concat.partial-offset',
    ],
    wrap: told('Upload-Offset', (value) => (value === '0' ? null : value)),
  },
  {
    name: 'HEAD hides the offset of what is finished',
    finds: [
      'core.upload',
      'head.offset-finished',
      'patch.sum',
      'patch.beyond-length',
      'with-upload.whole',
      'concat.unchanged',
      'concat.early-offset',
      'concat.joined',
      'concat.joined-equal',
    ],
    wrap: header(
      'Upload-Offset',
      (value, { headers }) => (value === headers['Upload-Length'] ? null : value),
      ['HEAD'],
    ),
  },
  {
    name: 'HEAD gives no length',
    finds: [
      'core.length-integer',
      'head.length',
      'defer.later',
      'defer.unchanged',
      'creation.location',
      'concat.length',
      'concat.unchanged',
      'concat.joined',
      'concat.joined-equal',
      'concat.known-length',
      'concat.relative',
    ],
    wrap: told('Upload-Length', () => null),
  },
  {
    name: 'an unknown upload is at 0',
    finds: ['head.missing'],
    wrap: header('Upload-Offset', (value, { status: current }) => (current === 404 ? '0' : value), ['HEAD']),
  },
  {
    name: 'an unknown upload is 400',
    finds: ['head.missing', 'patch.missing', 'termination.gone', 'termination.missing'],
    wrap: status((current) => (current === 404 ? 400 : undefined)),
  },
  {
    name: 'caches may keep answers',
    finds: ['head.no-store'],
    wrap: header('Cache-Control', () => 'max-age=60'),
  },
  {
    name: 'GET needs no token',
    finds: ['head.get-without-token'],
    wrap: asks((asked) =>
      asked.method === 'GET' ? withHeaders(asked, { authorization: 'Bearer reference' }) : undefined,
    ),
  },
];

const patchFaults: Fault[] = [
  {
    name: 'PATCH is answered 200',
    finds: ['patch.no-content'],
    andMore: true,
    wrap: answered('PATCH', 204, 200),
  },
  {
    name: 'PATCH is not carried out',
    finds: ['patch.applied', 'patch.sum'],
    andMore: true,
    wrap: collected('PATCH', () => Buffer.alloc(0)),
  },
  {
    name: 'any media type is taken',
    finds: ['patch.media-type', 'with-upload.media-type'],
    wrap: rewritten('content-type', () => MEDIA_TYPE),
  },
  {
    name: 'another media type is answered 400',
    finds: ['patch.media-type'],
    wrap: status((current) => (current === 415 ? 400 : undefined)),
  },
  { name: 'a conflict is answered 412', finds: ['patch.conflict'], wrap: answered('PATCH', 409, 412) },
  {
    name: 'PATCH names no offset',
    finds: [
      'core.offset-integer',
      'patch.offset',
      'patch.sum',
      'patch.sum-chunked',
      'patch.cut',
      'with-upload.resumed',
      'checksum.discarded',
    ],
    wrap: header('Upload-Offset', () => null, ['PATCH']),
  },
  {
    name: 'PATCH names the offset before',
    finds: ['patch.sum', 'patch.sum-chunked', 'patch.cut', 'with-upload.resumed', 'checksum.discarded'],
    wrap: header('Upload-Offset', (value, _, { headers }) => value && headers['upload-offset'], ['PATCH']),
  },
  {
    name: 'a body without a length is not read',
    finds: ['patch.sum-chunked', 'checksum.trailer'],
    wrap: (next) => (asked) =>
      asked.headers['transfer-encoding'] === undefined
        ? next(asked)
        : Promise.resolve({ status: 411, headers: { 'Tus-Resumable': '1.0.0' } }),
  },
  {
    name: 'who comes second is told 204',
    finds: ['patch.conflict', 'patch.concurrent'],
    wrap: status((current, { method }) =>
      method === 'PATCH' && [409, 423].includes(current) ? 204 : undefined,
    ),
  },
  {
    name: 'bytes are changed on the way',
    finds: [
      'patch.cut-kept',
      'patch.concurrent-bytes',
      'patch.bytes',
      'patch.cut-bytes',
      'checksum.bytes',
      'concat.order',
    ],
    wrap: collected('PATCH', (body, { headers, trailers }) =>
      'upload-checksum' in { ...headers, ...trailers() } ? body : Buffer.from(body.map((byte) => byte ^ 1)),
    ),
  },
  {
    name: 'offsets run beyond the length',
    finds: [
      'core.upload',
      'head.offset-finished',
      'patch.sum',
      'patch.beyond-length',
      'with-upload.whole',
      'concat.unchanged',
      'concat.joined-equal',
    ],
    wrap: header(
      'Upload-Offset',
      (value, { headers }) => (value && value === headers['Upload-Length'] ? `${Number(value) + 90}` : value),
      ['HEAD'],
    ),
  },
];

const cutFaults: Fault[] = [
  {
    name: 'bodies are kept only as a whole',
    finds: ['patch.cut-kept'],
    wrap: collected('PATCH', (body) => body),
  },
  {
    name: 'a cut upload starts again',
    finds: ['patch.cut', 'patch.cut-kept', 'patch.cut-bytes', 'patch.cut-monotonic', 'checksum.cut'],
    wrap: forgetful((head) => ({ ...head, headers: { ...head.headers, 'Upload-Offset': '0' } })),
  },
  {
    name: 'a cut upload is lost',
    finds: ['patch.cut', 'patch.cut-kept', 'patch.cut-bytes', 'patch.cut-monotonic', 'checksum.cut'],
    wrap: forgetful(() => ({ status: 404, headers: {} })),
  },
];

const offsetFaults: Fault[] = [
  {
    name: 'an offset below 0 counts as 0',
    finds: ['patch.offset-negative'],
    wrap: rewritten('upload-offset', (value) => (value.startsWith('-') ? '0' : value)),
  },
  {
    name: 'a fraction of an offset is cut off',
    finds: ['patch.offset-fraction'],
    wrap: rewritten('upload-offset', (value) => value.replace(/[.,].*/, '')),
  },
  {
    name: 'an offset too large counts as 0',
    finds: ['patch.offset-huge'],
    wrap: rewritten('upload-offset', (value) => (/^\d{16,}$|^Inf/.test(value) ? '0' : value)),
  },
  {
    name: 'offsets are read as JavaScript reads numbers',
    finds: ['patch.offset-notation'],
    wrap: rewritten('upload-offset', (value) => (/^-|\./.test(value) ? value : String(Number(value)))),
  },
  {
    name: 'no offset means the current one',
    finds: ['patch.no-offset'],
    wrap: asks((asked) =>
      asked.method === 'PATCH'
        ? withHeaders(asked, { 'upload-offset': asked.headers['upload-offset'] ?? '0' })
        : undefined,
    ),
  },
];

export const uploadFaults: Fault[] = [...headFaults, ...patchFaults, ...cutFaults, ...offsetFaults];
