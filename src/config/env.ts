import { Transform } from 'class-transformer';

/** The raw environment: names to strings. An empty string counts as unset. */
export type RawEnvironment = Readonly<Record<string, string | undefined>>;

/** Parses a whole number; anything else stays as it is, for the validator to refuse. */
export const Integer = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && /^-?\d+$/.test(value.trim()) ? Number(value) : value,
  );

/** Parses `true` and `false`. */
export const Flag = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value));

/** Parses a comma-separated list. */
export const List = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string'
      ? value
          .split(',')
          .map((item) => item.trim())
          .filter((item) => item !== '')
      : value,
  );
