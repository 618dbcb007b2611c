import { importErrors } from './fetch-guard.errors.js';

/** As long as the common servers take a request line. */
const MAX_URL_LENGTH = 8192;

/**
 * Ports of services that could take an HTTP request for a command of theirs: those that browsers block
 * ("bad port", Fetch Standard, section 2.9), Redis and memcached.
 */
const deniedPorts = new Set([
  0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104,
  109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515,
  526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049,
  3659, 4045, 4190, 5060, 5061, 6000, 6379, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080, 11211,
]);

/**
 * Reads a URL to import from as browsers do (WHATWG), so that `127.1`, `0x7f000001` and full-width digits
 * are the address that they mean. The fragment goes; it is never sent.
 * @throws IMPORT_URL_INVALID when it is no absolute http or https URL, has credentials or is too long
 * @throws IMPORT_URL_FORBIDDEN for a port of another protocol
 */
export function parseImportUrl(text: string): URL {
  const url = text.length <= MAX_URL_LENGTH ? URL.parse(text) : null;
  if (!url) throw importErrors.IMPORT_URL_INVALID();
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw importErrors.IMPORT_URL_INVALID('The URL has to be an http or https one');
  }
  if (url.username !== '' || url.password !== '') {
    throw importErrors.IMPORT_URL_INVALID('The URL must not carry credentials');
  }
  if (url.port !== '' && deniedPorts.has(Number(url.port))) {
    throw importErrors.IMPORT_URL_FORBIDDEN('The port of the URL is that of another protocol');
  }
  url.hash = '';
  return url;
}

/**
 * Where a redirect leads.
 * @throws IMPORT_URL_FORBIDDEN when it could not be given as a URL to import from, or leaves https for http
 */
export function redirectTarget(from: URL, location: string): URL {
  const target = URL.parse(location, from.href);
  if (target && from.protocol === 'https:' && target.protocol === 'http:') {
    throw importErrors.IMPORT_URL_FORBIDDEN('The source redirects from https to http');
  }
  try {
    return parseImportUrl(target?.href ?? '');
  } catch (cause) {
    throw importErrors.IMPORT_URL_FORBIDDEN('The source redirects to a URL that can not be imported from', {
      cause,
    });
  }
}
