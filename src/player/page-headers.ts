/**
 * Nothing but the page's own files may run or be loaded, from nowhere else; and who may frame it are the origins
 * whose scripts may call the API as well (CORS_ORIGINS).
 * @param mediaOrigin where segments come from, when that is not this service
 */
export function pageHeaders(
  corsOrigins: readonly string[],
  mediaOrigin: string | null = null,
): Record<string, string> {
  const media = mediaOrigin === null ? '' : ` ${mediaOrigin}`;
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    `media-src 'self' blob:${media}`,
    `connect-src 'self'${media}`,
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${["'self'", ...corsOrigins].join(' ')}`,
  ];
  return {
    'Content-Security-Policy': policy.join('; '),
    'Permissions-Policy': 'camera=(), microphone=(), geolocation=()',
    'Referrer-Policy': 'no-referrer',
  };
}
