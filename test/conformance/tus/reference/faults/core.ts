import { asks, header, status, withHeaders } from '../wrapping.ts';
import { answered, type Fault, rewritten } from './fault.ts';

export const coreFaults: Fault[] = [
  {
    name: 'offsets have a fraction',
    finds: ['core.offset-integer'],
    andMore: true,
    wrap: header('Upload-Offset', (value) => value && `${value}.0`),
  },
  {
    name: 'lengths are hexadecimal',
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
    wrap: header('Upload-Length', (value) => value && `0x${value}`),
  },
  {
    name: 'versions are separated by spaces',
    finds: ['core.version-list', 'core.resumable-version', 'core.unsupported-version-list'],
    wrap: header('Tus-Version', (value) => value && '1.0.0 0.2.2'),
  },
  {
    name: 'OPTIONS names no version',
    finds: ['core.version-list', 'core.resumable-version', 'options.version', 'options.any-version'],
    wrap: header('Tus-Version', () => null, ['OPTIONS']),
  },
  {
    name: 'errors name no version',
    finds: ['core.resumable-everywhere'],
    wrap: header('Tus-Resumable', (_, { status: current }) => (current >= 400 ? null : undefined)),
  },
  {
    name: 'answers are of another version',
    finds: ['core.resumable-version'],
    wrap: header('Tus-Resumable', () => '0.2.2'),
  },
  {
    name: 'any version is taken for 1.0.0',
    finds: ['core.unsupported-version', 'core.unsupported-version-list', 'core.unsupported-version-idle'],
    wrap: rewritten('tus-resumable', () => '1.0.0'),
  },
  {
    name: 'a request without a version is taken for one of 1.0.0',
    finds: ['core.no-version'],
    wrap: asks((asked) => withHeaders(asked, { 'tus-resumable': asked.headers['tus-resumable'] ?? '1.0.0' })),
  },
  {
    name: 'an unsupported version is answered 400',
    finds: ['core.unsupported-version'],
    wrap: status((current) => (current === 412 ? 400 : undefined)),
  },
  {
    name: 'the 412 does not name the versions',
    finds: ['core.unsupported-version-list'],
    wrap: header('Tus-Version', () => null, ['HEAD', 'PATCH', 'POST', 'DELETE']),
  },
  {
    name: 'extensions are separated by semicolons',
    finds: [
      'core.extension-list',
      'creation.offered',
      'creation.announced',
      'defer.announced',
      'concat.announced',
    ],
    wrap: header('Tus-Extension', (value) => value?.replaceAll(',', ';')),
  },
  {
    name: 'the list of extensions is empty',
    finds: [
      'core.extension-omitted',
      'creation.offered',
      'creation.announced',
      'defer.announced',
      'concat.announced',
    ],
    wrap: header('Tus-Extension', (value) => value && ''),
  },
  {
    name: 'extensions are not named',
    finds: [
      'options.extensions',
      'creation.offered',
      'creation.announced',
      'defer.announced',
      'concat.announced',
    ],
    wrap: header('Tus-Extension', () => null),
  },
  {
    name: 'the largest size has a unit',
    finds: ['core.max-size-integer'],
    wrap: header('Tus-Max-Size', (value) => value && '5G'),
  },
  {
    name: 'the largest size is not named',
    finds: ['core.max-size-announced'],
    wrap: header('Tus-Max-Size', () => null),
  },
  {
    name: 'the method override is not read',
    finds: ['core.override', 'core.override-hides-method'],
    wrap: rewritten('x-http-method-override', () => undefined),
  },
  {
    name: 'OPTIONS with another version is refused',
    finds: ['options.any-version'],
    wrap: status((_, { method, headers }) =>
      method === 'OPTIONS' && headers['tus-resumable'] !== undefined ? 412 : undefined,
    ),
  },
  {
    name: 'OPTIONS is answered 404',
    finds: ['options.version', 'options.any-version'],
    wrap: answered('OPTIONS', 204, 404),
  },
];
