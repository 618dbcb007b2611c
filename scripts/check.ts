/**
 * Everything that has to hold before a change is merged. Every step runs, also after one has failed, so
 * that one run shows all there is to mend. Ends with the test counts alone on a line.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { failedSuites, readSuites, testCounts } from './test-report.ts';

interface Step {
  name: string;
  command: string;
}

interface Outcome {
  name: string;
  ok: boolean;
  seconds: number;
}

const root = join(import.meta.dirname, '..');
const scratch = mkdtempSync(join(tmpdir(), 'media-check-'));
const reportFile = join(scratch, 'tests.json');
const secondReportFile = join(scratch, 'tests-again.json');
/** So many suites may owe their failure to a busy machine; more is a fault. */
const MAX_REPEATED_SUITES = 5;

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

/**
 * The suites that failed run once more, one after the other: dozens of servers start during a run, and a machine
 * that is too busy for one of them is no fault of the code. They are named at the end, for they are to be mended.
 */
async function runAgain(failed: readonly string[]): Promise<void> {
  const files = failed.map((file) => relative(root, file)).join(' ');
  const command = `npm test --silent -- --runInBand --json --outputFile=${secondReportFile} --runTestsByPath ${files}`;
  const outcome = await run({ name: 'tests, again', command });
  outcomes.push(outcome);
  const first = outcomes.find(({ name }) => name === 'tests');
  if (first && outcome.ok) first.ok = true;
}

const outcomes: Outcome[] = [];
for (const step of steps) {
  outcomes.push(await run(step));
  if (process.exitCode === 130) break;
}
const failed = failedSuites(readSuites(reportFile));
const repeatable = failed.length > 0 && failed.length <= MAX_REPEATED_SUITES;
if (repeatable && process.exitCode !== 130) await runAgain(failed);

const width = Math.max(...outcomes.map(({ name }) => name.length));
console.log('');
for (const { name, ok, seconds } of outcomes) {
  console.log(`${name.padEnd(width)}  ${ok ? 'ok    ' : 'FAILED'}  ${seconds.toFixed(1).padStart(6)} s`);
}
if (repeatable) console.log(`\nfailed at first: ${failed.map((file) => relative(root, file)).join(', ')}`);
console.log(`\n${testCounts(new Map([...readSuites(reportFile), ...readSuites(secondReportFile)]))}`);
rmSync(scratch, { recursive: true, force: true });
if (outcomes.some(({ ok }) => !ok)) process.exitCode ??= 1;
