/** One problem with one field of a request, as listed in a problem document. */
export interface FieldError {
  field: string;
  message: string;
}

export interface DomainErrorOptions {
  /** What went wrong underneath: logged, never shown to a client. */
  cause?: unknown;
  errors?: FieldError[];
  /** Response headers that belong to the failure, for example Retry-After. */
  headers?: Record<string, string>;
}

/** What is fixed about a failure: its HTTP status and its human title. */
export interface ErrorSpec {
  status: number;
  title: string;
}

/**
 * A failure that a client may see. `code` is stable (UPPER_SNAKE) and listed in docs/errors.md;
 * `message` is the public detail, so it must never carry internal text.
 */
export class DomainError extends Error {
  constructor(
    readonly code: string,
    readonly spec: ErrorSpec,
    detail?: string,
    readonly options: DomainErrorOptions = {},
  ) {
    super(detail ?? spec.title, { cause: options.cause });
    this.name = 'DomainError';
  }

  get status(): number {
    return this.spec.status;
  }
}

export type ErrorFactory = (detail?: string, options?: DomainErrorOptions) => DomainError;

const registry = new Map<string, ErrorSpec>();

/**
 * Declares a module's failures. Each code becomes a factory: `throw mediaErrors.MEDIA_NOT_FOUND()`.
 * @throws Error at import when two modules declare the same code.
 */
export function defineErrors<const C extends Record<string, ErrorSpec>>(
  catalogue: C,
): { readonly [K in keyof C]: ErrorFactory } {
  const factories = Object.entries(catalogue).map(([code, spec]) => {
    if (registry.has(code)) throw new Error(`error code ${code} is declared twice`);
    registry.set(code, spec);
    const factory: ErrorFactory = (detail, options) => new DomainError(code, spec, detail, options);
    return [code, factory] as const;
  });
  return Object.freeze(Object.fromEntries(factories)) as { readonly [K in keyof C]: ErrorFactory };
}

/** Every code declared so far, for the documentation test. */
export function declaredErrors(): ReadonlyMap<string, ErrorSpec> {
  return registry;
}
