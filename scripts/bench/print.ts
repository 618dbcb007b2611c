/** The report: a table for each part. */
import type { Row } from './servers.ts';

export function print(rows: Row[], columns: [service: string, bare: string]): void {
  console.log(line(['', '', ...columns, 'ratio', 'target']));
  for (const { what, unit, service, bare, ratio = service / bare, target } of rows) {
    const figures = [service, bare, ratio].map((figure) => figure.toFixed(figure < 1 ? 3 : 2));
    console.log(line([what, unit, ...figures, target ? aim(target, ratio) : '']));
  }
  console.log('');
}

function line([what = '', unit = '', ...cells]: string[]): string {
  return `${what.padEnd(36)}${unit.padEnd(22)}${cells.map((cell) => cell.padStart(11)).join('')}`.trimEnd();
}

function aim(target: NonNullable<Row['target']>, ratio: number): string {
  const [text, met] =
    'most' in target
      ? [`≤ ${target.most.toFixed(2)}`, ratio <= target.most]
      : [`≥ ${target.least.toFixed(2)}`, ratio >= target.least];
  return met ? text : `${text} !`;
}
