import { asks, header, status, unannounced, withHeaders } from '../wrapping.ts';
import { answered, type Fault, rewritten } from './fault.ts';
import { lastLength } from './stateful.ts';

const postFaults: Fault[] = [
  {
    name: 'creation is not announced',
    finds: ['creation.offered', 'creation.announced', 'with-upload.creation'],
    wrap: unannounced('creation'),
  },
  {
    name: 'creation is answered 200',
    finds: ['creation.created'],
    andMore: true,
    wrap: answered('POST', 201, 200),
  },
  {
    name: 'creation gives no Location',
    finds: ['creation.location'],
    andMore: true,
    wrap: header('Location', () => null),
  },
  {
    name: 'Location leads elsewhere',
    finds: ['creation.location'],
    andMore: true,
    wrap: header('Location', (value) => value && `${value}x`),
  },
  {
    name: 'metadata are not given back',
    finds: [
      'metadata.pairs',
      'metadata.separator',
      'metadata.key-characters',
      'metadata.key-empty',
      'metadata.key-ascii',
      'metadata.base64',
      'metadata.unique',
      'creation.metadata',
      'concat.metadata',
    ],
    wrap: header('Upload-Metadata', () => null),
  },
  {
    name: 'a length beyond the maximum is answered 400',
    finds: ['defer.too-large', 'creation.too-large'],
    wrap: status((current) => (current === 413 ? 400 : undefined)),
  },
  {
    name: 'a length beyond the maximum is taken',
    finds: ['defer.too-large', 'creation.too-large'],
    wrap: rewritten('upload-length', (value) => (/^\d{10,16}$/.test(value) ? '4000' : value)),
  },
  {
    name: 'no length means 0',
    finds: ['core.override', 'creation.no-length'],
    wrap: asks((asked) => {
      const { headers, method } = asked;
      const given = ['upload-length', 'upload-defer-length', 'upload-concat'].some((name) => name in headers);
      return method === 'POST' && !given ? withHeaders(asked, { 'upload-length': '0' }) : undefined;
    }),
  },
  {
    name: 'a length counts where it is deferred as well',
    finds: ['creation.both-lengths'],
    wrap: asks((asked) =>
      'upload-length' in asked.headers ? withHeaders(asked, { 'upload-defer-length': undefined }) : undefined,
    ),
  },
  {
    name: 'lengths are read loosely',
    finds: ['creation.bad-length'],
    wrap: rewritten('upload-length', (value) =>
      /^\d+$/.test(value) ? value.slice(0, 16) : String(Math.abs(parseInt(value, 10) || 0)),
    ),
  },
];

const deferFaults: Fault[] = [
  {
    name: 'a deferred length is not announced',
    finds: ['defer.announced'],
    wrap: unannounced('creation-defer-length'),
  },
  {
    name: 'a deferred length is said to be true',
    finds: ['defer.value', 'defer.head'],
    wrap: header('Upload-Defer-Length', (value) => value && 'true'),
  },
  {
    name: 'a deferred length is not told',
    finds: ['defer.head'],
    wrap: header('Upload-Defer-Length', () => null),
  },
  {
    name: 'every length is said to be deferred',
    finds: ['defer.omitted', 'defer.omitted-later'],
    wrap: header('Upload-Defer-Length', () => '1', ['HEAD']),
  },
  {
    name: 'a deferred length is given as 0',
    finds: ['defer.no-length'],
    wrap: header('Upload-Length', (value) => value ?? '0', ['HEAD']),
  },
  {
    name: 'a length that comes later is not read',
    finds: ['defer.omitted-later', 'defer.later', 'defer.unchanged', 'defer.too-small', 'defer.too-large'],
    wrap: asks((asked) =>
      asked.method === 'PATCH' ? withHeaders(asked, { 'upload-length': undefined }) : undefined,
    ),
  },
  { name: 'the length that came last is told', finds: ['defer.unchanged'], wrap: lastLength() },
  {
    name: 'any value defers the length',
    finds: ['defer.other-value'],
    wrap: rewritten('upload-defer-length', () => '1'),
  },
  {
    name: 'a length below the offset is left out',
    finds: [
      'defer.too-small',
      'concat.unfinished-announced',
      'concat.metadata',
      'concat.patch',
      'concat.unchanged',
      'concat.early-offset',
      'concat.joined',
      'concat.joined-equal',
      'concat.known-length',
      'concat.head',
      'concat.relative',
      'concat.value-final',
    ],
    wrap: rewritten('upload-length', (value) => (value === '50' ? undefined : value)),
  },
];

export const creationFaults: Fault[] = [...postFaults, ...deferFaults];
