const SECRET_PARAMETER = /^(?:access_)?token$|^(?:id_|refresh_)token$|^sig(?:nature)?$|^key$|^x-amz-/i;
const SIGNED_PATH = /^(\/v1\/signed\/)[^/?#]+/;

/** The path alone: no query, and no token of a signed URL. */
export function redactPath(url: string): string {
  return (url.split(/[?#]/, 1)[0] ?? '').replace(SIGNED_PATH, '$1redacted');
}

/** The path and the query, with every value removed that would let its reader act for the client. */
export function redactUrl(url: string): string {
  const start = url.indexOf('?');
  if (start === -1) return redactPath(url);
  const pairs = url
    .slice(start + 1)
    .split('&')
    .map((pair) => {
      const [name = ''] = pair.split('=', 1);
      return SECRET_PARAMETER.test(decodedName(name)) ? `${name}=redacted` : pair;
    });
  return `${redactPath(url)}?${pairs.join('&')}`;
}

function decodedName(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
