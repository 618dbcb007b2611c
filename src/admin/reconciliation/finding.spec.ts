import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { findingKinds } from './finding.js';

const operations = readFileSync(join(import.meta.dirname, '../../../docs/operations.md'), 'utf8');

describe('docs/operations.md', () => {
  it('says what every finding means', () => {
    const section = operations.split('\n## ').find((text) => text.startsWith('Checking the whole')) ?? '';
    const documented = [...section.matchAll(/^\| `([a-z]+\.[a-z-]+)` +\| \S/gm)].map(([, kind = '']) => kind);
    expect(documented.toSorted()).toEqual(findingKinds.toSorted());
  });
});
