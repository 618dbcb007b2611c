/**
 * Everything that has to hold before a change is merged. Every step runs, also after one has failed, so
 * that one run shows all there is to mend. Ends with the test counts alone on a line.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Step {
  name: string;
  command: string;
}

interface Outcome {
  name: string;
  ok: boolean;
  seconds: number;
}

interface TestReport {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  numRuntimeErrorTestSuites: number;
}

const root = join(import.meta.dirname, '..');
const scratch = mkdtempSync(join(tmpdir(), 'media-check-'));
const reportFile = join(scratch, 'tests.json');

const steps: Step[] = [
  { name: 'format', command: 'npm run --silent format' },
  { name: 'lint', command: 'npm run --silent lint' },
  { name: 'types', command: 'npm run --silent types' },
  { name: 'build', command: 'npm run --silent build' },
  { name: 'dependency rules', command: 'npm run --silent deps' },
  { name: 'unused code', command: 'npm run --silent unused' },
  { name: 'OpenAPI drift', command: 'npm run --silent openapi -- --check' },
  { name: 'OpenAPI lint', command: 'npm run --silent openapi:lint' },
  { name: 'migration drift', command: 'npm run --silent migrate:check' },
  { name: 'tests', command: `npm test --silent -- --json --outputFile=${reportFile}` },
];

/** Runs a step in a process group of its own, so that an interrupted check leaves nothing running. */
function run({ name, command }: Step): Promise<Outcome> {
  console.log(`\n━━ ${name}`);
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const child = spawn(command, {
      cwd: root,
      shell: true,
      detached: true,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const interrupt = (signal: NodeJS.Signals): void => {
      process.exitCode = 130;
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, signal);
    };
    process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
    child.once('close', (code) => {
      process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
      resolve({ name, ok: code === 0, seconds: (performance.now() - startedAt) / 1000 });
    });
  });
}

/** Jest's report as one line; a suite that could not be loaded counts as a failed test. */
function testCounts(): string {
  try {
    const report = JSON.parse(readFileSync(reportFile, 'utf8')) as TestReport;
    const failed = report.numFailedTests + report.numRuntimeErrorTestSuites;
    const skipped = report.numPendingTests + report.numTodoTests;
    return `${report.numPassedTests} passed, ${failed} failed, ${skipped} skipped`;
  } catch {
    return '0 passed, 1 failed, 0 skipped';
  }
}

const outcomes: Outcome[] = [];
for (const step of steps) {
  outcomes.push(await run(step));
  if (process.exitCode === 130) break;
}

const width = Math.max(...outcomes.map(({ name }) => name.length));
console.log('');
for (const { name, ok, seconds } of outcomes) {
  console.log(`${name.padEnd(width)}  ${ok ? 'ok    ' : 'FAILED'}  ${seconds.toFixed(1).padStart(6)} s`);
}
console.log(`\n${testCounts()}`);
rmSync(scratch, { recursive: true, force: true });
if (outcomes.some(({ ok }) => !ok)) process.exitCode ??= 1;
