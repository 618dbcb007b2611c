import { type ClassConstructor, plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import type { RawEnvironment } from './env.js';

/** A wrong setting: its name and what is expected of it, never its value. */
export interface ConfigProblem {
  name: string;
  message: string;
}

/** One module's part of the configuration: how it is read, and the token it is injected by. */
export interface Slice<Name extends string, T extends object> {
  readonly name: Name;
  /** Injection token: `@Inject(storageConfig.KEY) config: StorageConfig`. */
  readonly KEY: string;
  /** The variables that the slice reads, with their defaults. */
  variables(): Readonly<Record<string, unknown>>;
  /** Reads the slice; problems are added to the list and the value is then meaningless. */
  read(env: RawEnvironment, problems: ConfigProblem[]): Readonly<T>;
}

/**
 * Declares a slice by a class whose property names are the variables, whose initial values are the
 * defaults and whose class-validator decorators are the rules.
 */
export function defineSlice<Name extends string, E extends object, T extends object>(
  name: Name,
  envClass: ClassConstructor<E>,
  toConfig: (env: E, report: (name: string, message: string) => void) => T,
): Slice<Name, T> {
  return {
    name,
    KEY: `CONFIGURATION(${name})`,
    variables: () => Object.freeze({ ...new envClass() }),
    read(env, problems) {
      const known = Object.keys(new envClass());
      const given = known.filter((key) => (env[key] ?? '').trim() !== '').map((key) => [key, env[key]]);
      const instance = plainToInstance(envClass, Object.fromEntries(given), { exposeDefaultValues: true });
      const errors = validateSync(instance, { skipMissingProperties: false });
      for (const error of errors) {
        problems.push({ name: error.property, message: Object.values(error.constraints ?? {}).join(', ') });
      }
      if (errors.length > 0) return Object.freeze({}) as Readonly<T>;
      return deepFreeze(
        toConfig(instance, (variable, message) => problems.push({ name: variable, message })),
      );
    },
  };
}

function deepFreeze<T extends object>(value: T): Readonly<T> {
  for (const child of Object.values(value)) {
    if (typeof child === 'object' && child !== null && !Object.isFrozen(child)) deepFreeze(child as object);
  }
  return Object.freeze(value);
}
