import { answers, asks, header, status, unannounced, withHeaders, type Wrapper } from '../wrapping.ts';
import { answered, type Fault, rewritten, told } from './fault.ts';
import { countsRefused } from './stateful.ts';

/** A header in HEAD of final uploads alone. */
const final = (name: string, change: (value: string | undefined) => string | null | undefined): Wrapper =>
  header(name, (value, { headers }) => (isFinal(headers) ? change(value) : value), ['HEAD']);

function isFinal(headers: Record<string, string>): boolean {
  return headers['Upload-Concat']?.startsWith('final') ?? false;
}

const listed = (change: (urls: string[]) => string[]): Wrapper =>
  rewritten('upload-concat', (value) =>
    value.startsWith('final;') ? `final;${change(value.slice(6).split(' ')).join(' ')}` : value,
  );

/** Looks at the listed parts before a final upload is created, and refuses it with 400 or leaves parts out. */
const onParts =
  (
    wanted: (part: { status: number; headers: Record<string, string> }) => boolean,
    refuses: boolean,
  ): Wrapper =>
  (next) =>
  async (asked) => {
    const { 'upload-concat': concat = '' } = asked.headers;
    if (asked.method !== 'POST' || !/^final;./.test(concat)) return next(asked);
    const urls: string[] = [];
    for (const url of concat.slice(6).split(' ')) {
      const { pathname } = new URL(url, 'http://localhost');
      if (wanted(await next({ ...asked, method: 'HEAD', path: pathname }))) urls.push(url);
      else if (refuses) return { status: 400, headers: { 'Tus-Resumable': '1.0.0' } };
    }
    return next({ ...asked, ...withHeaders(asked, { 'upload-concat': `final;${urls.join(' ')}` }) });
  };

export const concatenationFaults: Fault[] = [
  { name: 'concatenation is not announced', finds: ['concat.announced'], wrap: unannounced('concatenation') },
  {
    name: 'unfinished concatenation is not announced',
    finds: ['concat.unfinished-announced'],
    wrap: unannounced('concatenation-unfinished'),
  },
  {
    name: 'unfinished concatenation is announced and refused',
    finds: ['concat.unfinished-announced', 'concat.early-offset', 'concat.known-length'],
    wrap: onParts(({ headers }) => headers['Upload-Offset'] === headers['Upload-Length'], true),
  },
  {
    name: 'a final upload is a byte longer',
    finds: [
      'concat.length',
      'concat.unchanged',
      'concat.joined-equal',
      'concat.known-length',
      'concat.relative',
    ],
    wrap: final('Upload-Length', (value) => String(Number(value) + 1)),
  },
  {
    name: 'the parts are joined in another order',
    finds: ['concat.order'],
    wrap: listed(([first = '', ...rest]) => [first, ...rest.toReversed()]),
  },
  {
    name: 'a final upload takes metadata over',
    finds: ['concat.metadata'],
    wrap: final('Upload-Metadata', (value) => `${value},part-note YQ==`),
  },
  {
    name: 'PATCH of a final upload is a conflict',
    finds: ['concat.patch'],
    wrap: answered('PATCH', 403, 409),
  },
  { name: 'PATCH of a final upload counts', finds: ['concat.unchanged'], wrap: countsRefused() },
  {
    name: 'a final upload is at 0 before it is joined',
    finds: ['concat.early-offset'],
    wrap: final('Upload-Offset', (value) => value ?? '0'),
  },
  {
    name: 'a final upload has no offset',
    finds: ['concat.unchanged', 'concat.early-offset', 'concat.joined', 'concat.joined-equal'],
    wrap: final('Upload-Offset', () => null),
  },
  {
    name: 'a final upload is at 0',
    finds: ['concat.unchanged', 'concat.joined-equal'],
    wrap: final('Upload-Offset', (value) => value && '0'),
  },
  {
    name: 'a final upload has no length',
    finds: [
      'concat.length',
      'concat.unchanged',
      'concat.joined',
      'concat.joined-equal',
      'concat.known-length',
      'concat.relative',
    ],
    wrap: final('Upload-Length', () => null),
  },
  {
    name: 'a partial upload has no offset',
    finds: ['concat.unchanged', 'concat.partial-offset'],
    wrap: header(
      'Upload-Offset',
      (value, { headers }) => (headers['Upload-Concat'] === 'partial' ? null : value),
      ['HEAD'],
    ),
  },
  {
    name: 'Upload-Concat is not given back',
    finds: ['concat.head', 'concat.value-partial', 'concat.value-final'],
    wrap: header('Upload-Concat', () => null),
  },
  {
    name: 'partial is written with a capital',
    finds: ['concat.head', 'concat.value-partial'],
    wrap: told('Upload-Concat', (value) => value.replace('p', 'P')),
  },
  {
    name: 'parts are separated by commas and spaces',
    finds: ['concat.head', 'concat.value-final'],
    wrap: told('Upload-Concat', (value) => value.replace(' ', ', ').replace(';', '; ')),
  },
  {
    name: 'URLs of uploads have a space',
    finds: ['concat.head', 'concat.url-spaces'],
    wrap: (next) =>
      header('Location', (value) => value?.replace('/files/', '/files/ '))(
        asks((asked) => ({
          path: asked.path.replace('%20', ''),
          ...withHeaders(asked, { 'upload-concat': asked.headers['upload-concat']?.replaceAll('%20', '') }),
        }))(next),
      ),
  },
  {
    name: 'parts have to be absolute URLs',
    finds: ['concat.relative'],
    wrap: status((_, { headers }) => (headers['upload-concat']?.startsWith('final;/') ? 400 : undefined)),
  },
  {
    name: 'parts that do not exist are left out',
    finds: ['concat.missing-part'],
    wrap: onParts((part) => part.status === 200, false),
  },
  {
    name: 'a final upload of nothing is created',
    finds: ['concat.no-parts'],
    wrap: answers(({ status: current, headers }, asked) => {
      const nothing = /^(final;? *|last;.*)$/.test(asked.headers['upload-concat'] ?? '');
      return nothing && current >= 400
        ? { status: 201, headers: { ...headers, Location: '/files/none' } }
        : undefined;
    }),
  },
];
