import { answers } from '../wrapping.ts';
import { type Fault, rewritten, told } from './fault.ts';
import { isControlled } from './stateful.ts';

const header = 'Upload-Metadata';

const answerFaults: Fault[] = [
  {
    name: 'the last pair is not given back',
    finds: ['metadata.pairs', 'creation.metadata'],
    wrap: told(header, (value) => value.replace(/,[^,]*$/, '')),
  },
  {
    name: 'pairs have two spaces',
    finds: ['metadata.separator', 'metadata.base64', 'creation.metadata', 'concat.metadata'],
    wrap: told(header, (value) => value.replaceAll(' ', '  ')),
  },
  {
    name: 'keys are given back with a prefix',
    finds: ['metadata.key-characters', 'creation.metadata', 'concat.metadata'],
    wrap: told(header, (value) => value.replaceAll(/(^|,)/g, '$1x-')),
  },
  {
    name: 'a key is lost',
    finds: ['metadata.key-empty'],
    wrap: told(header, (value) => value.replace(',empty', ',')),
  },
  {
    name: 'keys are not ASCII',
    finds: ['metadata.key-characters', 'metadata.key-ascii'],
    wrap: told(header, (value) => value.replace(',empty', ',émpty')),
  },
  {
    name: 'values are given back decoded',
    finds: ['metadata.base64', 'creation.metadata', 'concat.metadata'],
    wrap: told(header, (value) => value.replace(/(?<=^filename )[^,]+/, (sum) => atob(sum))),
  },
  {
    name: 'pairs come twice',
    finds: ['metadata.pairs', 'metadata.unique', 'creation.metadata', 'concat.metadata'],
    wrap: told(header, (value) => `${value},${value}`),
  },
  {
    name: 'a file name becomes a header',
    finds: ['metadata.smuggling', 'metadata.bad-base64'],
    wrap: answers(({ headers }, asked) => {
      const [, name = ''] = /^filename ([^,]+)/.exec(asked.headers['upload-metadata'] ?? '') ?? [];
      const [, smuggled] = /X-Smuggled: (.*)/.exec(atob(name)) ?? [];
      return smuggled === undefined ? undefined : { headers: { ...headers, 'X-Smuggled': smuggled } };
    }),
  },
  {
    name: 'a hostile file name breaks the server',
    finds: ['metadata.smuggling', 'metadata.controls'],
    wrap: answers((_, asked) => {
      const [, name = ''] = /^filename ([^,]+)/.exec(asked.headers['upload-metadata'] ?? '') ?? [];
      return isControlled(name) ? { status: 500 } : undefined;
    }),
  },
];

const requestFaults: Fault[] = [
  {
    name: 'control characters are let through',
    finds: ['metadata.controls'],
    wrap: rewritten('upload-metadata', (value) =>
      value.replaceAll(/(?<= )[^,]+/g, (sum) => (isControlled(sum) ? 'YQ==' : sum)),
    ),
  },
  {
    name: 'pairs without a key are left out',
    finds: ['metadata.no-key'],
    wrap: rewritten('upload-metadata', (value) => value.replaceAll(/,+/g, ',').replace(/,$/, '')),
  },
  {
    name: 'the last of two equal keys counts',
    finds: ['metadata.key-twice'],
    wrap: rewritten('upload-metadata', (value) => value.replace(/^(\w+) [^,]*,(?=\1 )/, '')),
  },
  {
    name: 'bad Base64 is repaired',
    finds: ['metadata.bad-base64'],
    wrap: rewritten('upload-metadata', (value) =>
      value.replaceAll(/(?<=^\w+ )[^ ,]+(?=$)/g, (sum) => Buffer.from(sum, 'base64').toString('base64')),
    ),
  },
  {
    name: 'a third part is left out',
    finds: ['metadata.two-spaces', 'creation.metadata'],
    wrap: rewritten('upload-metadata', (value) => value.replaceAll(/(\w+ \S+) [^,]+/g, '$1')),
  },
];

export const metadataFaults: Fault[] = [...answerFaults, ...requestFaults];
