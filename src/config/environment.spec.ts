import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readEnvironment } from './environment.js';

describe('readEnvironment', () => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'media-env-'));
  });

  afterEach(() => {
    rmSync(directory, { recursive: true });
    delete process.env['MEDIA_TEST_BOTH'];
  });

  it('completes the environment from the file, and what is set already wins', () => {
    process.env['MEDIA_TEST_BOTH'] = 'from the process';
    const file = join(directory, '.env');
    writeFileSync(file, 'MEDIA_TEST_FILE=from the file\nMEDIA_TEST_BOTH=from the file\n');
    expect(readEnvironment(file)).toMatchObject({
      MEDIA_TEST_FILE: 'from the file',
      MEDIA_TEST_BOTH: 'from the process',
    });
  });

  it('is content without a file', () => {
    expect(readEnvironment(join(directory, 'absent'))['PATH']).toBe(process.env['PATH']);
  });
});
