import type { DomainError, FieldError } from './domain-error.js';

export const PROBLEM_TYPE = 'application/problem+json';

/** A problem document, RFC 9457. */
export interface ProblemDocument {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string;
  /** Path of the request, without query and tokens. */
  instance?: string;
  requestId: string;
  errors?: FieldError[];
}

/** What a client may know of a failure; the cause never is. */
export function problemDocument(error: DomainError, request: { id: string; path?: string }): ProblemDocument {
  const { errors } = error.options;
  return {
    type: `urn:media-service:problem:${error.code}`,
    title: error.spec.title,
    status: error.status,
    code: error.code,
    detail: error.message,
    ...(request.path !== undefined && { instance: request.path }),
    requestId: request.id,
    ...(errors && { errors }),
  };
}
