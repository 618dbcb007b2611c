import { securityErrors } from './security.errors.js';

/**
 * One segment of a path that can be signed: what needs no percent-encoding (RFC 3986, section 3.3),
 * without the semicolon, which some routers take for the start of a query.
 * All paths of the service are made of such; so there is no encoding for a proxy, the router and the
 * signature to read differently.
 */
const segment = /^[A-Za-z0-9._~!$&'()*+,=:@-]+$/;

/**
 * The one spelling of a path and query under which it is signed: the path as it is, the query decoded,
 * sorted by name (values of one name keep their order) and encoded again.
 * @throws SIGNATURE_INVALID for dot segments, empty segments, backslashes, any percent-encoding in the
 * path, fragments, and a query that is not UTF-8
 */
export function canonicalResource(pathAndQuery: string): string {
  const mark = pathAndQuery.indexOf('?');
  const path = mark < 0 ? pathAndQuery : pathAndQuery.slice(0, mark);
  const query = mark < 0 ? '' : canonicalQuery(pathAndQuery.slice(mark + 1));
  return assertPlainPath(path) + (query === '' ? '' : `?${query}`);
}

function assertPlainPath(path: string): string {
  const [first, ...segments] = path.split('/');
  // A trailing slash leaves one empty segment behind it.
  if (segments.at(-1) === '' && segments.length > 1) segments.pop();
  const plain = segments.every((name) => segment.test(name) && name !== '.' && name !== '..');
  if (first !== '' || segments.length === 0 || !plain) {
    throw securityErrors.SIGNATURE_INVALID('The path can not be signed');
  }
  return path;
}

function canonicalQuery(query: string): string {
  if (query.includes('#') || !isUtf8(query)) {
    throw securityErrors.SIGNATURE_INVALID('The query can not be signed');
  }
  const parameters = new URLSearchParams(query);
  parameters.sort();
  return parameters.toString();
}

function isUtf8(query: string): boolean {
  try {
    return decodeURIComponent(query).isWellFormed();
  } catch {
    return false;
  }
}
