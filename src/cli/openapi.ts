import 'reflect-metadata';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeApi } from './describe-api.js';

/**
 * `npm run openapi` writes openapi.json. With `-- --check` it writes nothing and fails when the file is
 * not what the code says.
 */
const file = join(import.meta.dirname, '../../openapi.json');
const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const document = `${JSON.stringify(await describeApi(), null, 2)}\n`;

if (!values.check) {
  await writeFile(file, document);
  process.stdout.write('openapi.json written\n');
} else if ((await readFile(file, 'utf8').catch(() => '')) === document) {
  process.stdout.write('openapi.json and the code agree\n');
} else {
  process.stderr.write('openapi.json is not what the code says: run npm run openapi and commit it\n');
  process.exitCode = 1;
}
