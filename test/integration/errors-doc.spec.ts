import { beforeAll, describe, expect, it } from '@jest/globals';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { declaredErrors } from '../../src/common/index.js';

const root = join(import.meta.dirname, '../..');
const rows = [
  ...readFileSync(join(root, 'docs/errors.md'), 'utf8').matchAll(
    /^\| `([A-Z0-9_]+)` +\| (\d{3}) +\| (.+?) *\|$/gm,
  ),
].map(([, code = '', status, meaning = '']) => ({ code, status: Number(status), meaning }));

describe('docs/errors.md', () => {
  beforeAll(async () => {
    const catalogues = globSync('src/**/*.errors.ts', { cwd: root });
    expect(catalogues.length).toBeGreaterThan(5);
    for (const catalogue of catalogues) await import(join(root, catalogue));
  });

  it('lists exactly the codes that the service declares', () => {
    expect(rows.map(({ code }) => code).toSorted()).toEqual([...declaredErrors().keys()].toSorted());
  });

  it('gives every code the status that it is answered with', () => {
    const declared = [...declaredErrors()].map(([code, { status }]) => [code, status]);
    expect(Object.fromEntries(rows.map(({ code, status }) => [code, status]))).toEqual(
      Object.fromEntries(declared),
    );
  });

  it.each(rows)('says what $code means, in a sentence', ({ meaning }) => {
    expect(meaning).toMatch(/^\S.{15,}[.]$/);
  });
});
