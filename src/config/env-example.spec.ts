import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { knownVariables, loadConfig } from './load-config.js';

interface Entry {
  name: string;
  value: string;
  meaning: string;
}

const root = join(import.meta.dirname, '../..');
const [serviceText = '', composeText = ''] = read('.env.example').split('## docker-compose.yml only');
const example = entriesOfExample(serviceText);

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

function entriesOfExample(text: string): Entry[] {
  return [...text.matchAll(/^# (.+)\n([A-Z0-9_]+)=(.*)$/gm)].map(
    ([, meaning = '', name = '', value = '']) => ({
      name,
      value,
      meaning,
    }),
  );
}

function entriesOfTable(text: string): Entry[] {
  return [...text.matchAll(/^\| `([A-Z0-9_]+)` *\|(.*?)\|(.*)\|$/gm)].map(
    ([, name = '', value = '', meaning = '']) => ({
      name,
      value: value.trim().replace(/^`|`$/g, ''),
      meaning: meaning.trim(),
    }),
  );
}

describe('.env.example', () => {
  it('lists exactly the variables that the service reads', () => {
    expect(example.map(({ name }) => name).toSorted()).toEqual([...knownVariables()].toSorted());
  });

  it('explains every variable it sets', () => {
    const explained = [...example, ...entriesOfExample(composeText)].map(({ name }) => name);
    expect(explained.toSorted()).toEqual(Object.keys(parseEnv(read('.env.example'))).toSorted());
  });

  it('sets every variable to its default', () => {
    const given = Object.fromEntries(example.map(({ name, value }) => [name, value]));
    expect(loadConfig(given)).toEqual(loadConfig({}));
  });
});

describe('docs/configuration.md', () => {
  it('says the same as .env.example, in the same order', () => {
    expect(entriesOfTable(read('docs/configuration.md'))).toEqual([
      ...example,
      ...entriesOfExample(composeText),
    ]);
  });
});
