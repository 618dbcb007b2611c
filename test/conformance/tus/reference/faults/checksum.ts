import { asks, header, status, unannounced, withHeaders } from '../wrapping.ts';
import { type Fault, rewritten } from './fault.ts';
import { stuck } from './stateful.ts';

const announced = 'Tus-Checksum-Algorithm';
const UNSUPPORTED = /^nobody/;
const WELL_FORMED = /^[a-z0-9-]+ [\w+/]{8,}=*$/;

export const checksumFaults: Fault[] = [
  { name: 'checksums are not announced', finds: ['checksum.announced'], wrap: unannounced('checksum') },
  {
    name: 'checksums are not read',
    finds: [
      'checksum.verified',
      'checksum.discarded',
      'checksum.offset',
      'checksum.never-wrong',
      'checksum.status-mismatch',
      'checksum.status-unsupported',
      'checksum.bytes',
      'checksum.cut',
      'checksum.malformed',
    ],
    wrap: rewritten('upload-checksum', () => undefined),
  },
  {
    name: 'a mismatch is answered 400',
    finds: ['checksum.status-mismatch', 'checksum.trailer'],
    wrap: status((current) => (current === 460 ? 400 : undefined)),
  },
  {
    name: 'a mismatch is answered 204',
    finds: [
      'checksum.verified',
      'checksum.discarded',
      'checksum.offset',
      'checksum.never-wrong',
      'checksum.status-mismatch',
      'checksum.bytes',
      'checksum.trailer',
    ],
    wrap: status((current) => (current === 460 ? 204 : undefined)),
  },
  {
    name: 'an unsupported algorithm is not verified',
    finds: ['checksum.discarded', 'checksum.offset', 'checksum.status-unsupported', 'checksum.bytes'],
    wrap: rewritten('upload-checksum', (value) => (UNSUPPORTED.test(value) ? undefined : value)),
  },
  {
    name: 'an unsupported algorithm is answered 460',
    finds: ['checksum.status-unsupported'],
    wrap: status((current, { headers }) =>
      current === 400 && UNSUPPORTED.test(headers['upload-checksum'] ?? '') ? 460 : undefined,
    ),
  },
  {
    name: 'a malformed checksum is not verified',
    finds: ['checksum.malformed'],
    wrap: rewritten('upload-checksum', (value) =>
      WELL_FORMED.test(value) || UNSUPPORTED.test(value) ? value : undefined,
    ),
  },
  {
    name: 'a refused piece blocks the upload',
    finds: ['checksum.verified', 'checksum.discarded', 'checksum.bytes'],
    wrap: stuck(),
  },
  {
    name: 'sha1 is not supported',
    finds: ['checksum.sha1'],
    wrap: header(announced, (value) => value && 'sha256'),
  },
  {
    name: 'algorithms are named in capitals',
    finds: ['checksum.sha1', 'checksum.names'],
    wrap: header(announced, (value) => value?.toUpperCase()),
  },
  {
    name: 'algorithms are separated by spaces',
    finds: ['checksum.sha1', 'checksum.names', 'checksum.list'],
    wrap: header(announced, (value) => value?.replaceAll(',', ' ')),
  },
  {
    name: 'algorithms are not named',
    finds: ['checksum.sha1', 'checksum.algorithms', 'checksum.list'],
    wrap: header(announced, () => null),
  },
  {
    name: 'trailers are not announced',
    finds: ['checksum.trailer-announced'],
    wrap: unannounced('checksum-trailer'),
  },
  {
    name: 'trailers are not read',
    finds: ['checksum.trailer'],
    wrap: asks((asked) => withHeaders(asked, { trailer: undefined })),
  },
];
