import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { ImageQuery, type TransformParams } from '../processing/index.js';

/** Parameters of a preset, or what is wrong with them, a line for each. */
export type PresetReading =
  { params: TransformParams; problems: null } | { params: null; problems: string[] };

/** Checks parameters by the rules of `GET /v1/media/{id}/image`; strings may stand for numbers, as in a query. */
export function readPresetParams(raw: Readonly<Record<string, unknown>>): PresetReading {
  const query = plainToInstance(ImageQuery, { ...raw });
  const errors = validateSync(query, { whitelist: true, forbidNonWhitelisted: true });
  if (errors.length === 0) return { params: definedOnly(query), problems: null };
  const problems = errors.flatMap(({ property, constraints = {} }) =>
    Object.values(constraints).map((message) => `${property}: ${message}`),
  );
  return { params: null, problems };
}

/** The parameters that were given, as plain JSON. */
export function definedOnly(query: object): TransformParams {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));
}
