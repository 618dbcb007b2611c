import { existsSync, readFileSync } from 'node:fs';

/** What Jest says of one spec file. */
interface Suite {
  /** Absolute path. */
  name: string;
  status: string;
  assertionResults: { status: string }[];
}

/** Jest's report by file; empty when there is none. */
export function readSuites(file: string): Map<string, Suite> {
  if (!existsSync(file)) return new Map();
  const { testResults } = JSON.parse(readFileSync(file, 'utf8')) as { testResults: Suite[] };
  return new Map(testResults.map((suite) => [suite.name, suite]));
}

/** Paths of the suites that failed. */
export function failedSuites(suites: ReadonlyMap<string, Suite>): string[] {
  return [...suites.values()].filter(({ status }) => status === 'failed').map(({ name }) => name);
}

/** The counts as one line; a suite that could not be loaded counts as a failed test. */
export function testCounts(suites: ReadonlyMap<string, Suite>): string {
  if (suites.size === 0) return '0 passed, 1 failed, 0 skipped';
  const all = [...suites.values()];
  const tests = all.flatMap(({ assertionResults }) => assertionResults.map(({ status }) => status));
  const passed = tests.filter((status) => status === 'passed').length;
  const failed = tests.filter((status) => status === 'failed').length;
  const unloaded = all.filter(({ status, assertionResults }) => {
    return status === 'failed' && assertionResults.every((test) => test.status !== 'failed');
  }).length;
  return `${passed} passed, ${failed + unloaded} failed, ${tests.length - passed - failed} skipped`;
}
