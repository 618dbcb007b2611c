/** Options as the tools take them: `{ f: 'mov' }` becomes `-f mov`. */
export function optionList(options: Readonly<Record<string, string | number>>): string[] {
  return Object.entries(options).flatMap(([name, value]) => [`-${name}`, String(value)]);
}
