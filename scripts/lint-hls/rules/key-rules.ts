import { vectorOf } from '../decrypt.ts';
import type { Fetched, Presentation } from '../presentation.ts';
import { each, type Rule } from './rule.ts';

const keysOf = ({ files }: Presentation): Fetched[] => files.filter(({ role }) => role === 'key');

/** Of encrypted presentations, which are decrypted before any other rule looks at their segments. */
export const keyRules: Rule[] = [
  {
    id: 'key-length',
    source: 'RFC 8216bis 5.1',
    title: 'A key has 16 bytes',
    level: 'must',
    check: (presentation) =>
      each(keysOf(presentation), ({ name, sizeBytes }) => [
        sizeBytes !== 16 && `${name}: ${sizeBytes} bytes`,
      ]),
  },
  {
    id: 'key-caching',
    source: 'RFC 9111 5.2.2.5',
    title: 'No cache on the way may store a key',
    level: 'must',
    check: (presentation) =>
      each(
        keysOf(presentation).flatMap(({ name, http }) => (http ? [{ name, http }] : [])),
        ({ name, http }) => [
          !/\bno-store\b/.test(http.cacheControl) && `${name}: ${http.cacheControl || 'not said'}`,
        ],
      ),
  },
  {
    id: 'key-vectors',
    source: 'RFC 8216bis 5.2',
    title: 'No key meets an initialization vector twice',
    level: 'should',
    check: (presentation) => {
      const met = new Set<string>();
      const sealed = [...presentation.renditions.values()].flatMap(({ name, segments }) =>
        segments.flatMap(({ uri, number, key }) => (key ? [{ name, uri, number, key }] : [])),
      );
      return each(sealed, ({ name, uri, number, key }) => {
        const base = new URL(name, 'http://presentation/');
        const pair = `${new URL(key.uri, base).href} ${vectorOf({ key, number }).toString('hex')}`;
        const isNew = !met.has(pair);
        met.add(pair);
        return [!isNew && `${name} → ${uri}`];
      });
    },
  },
];
