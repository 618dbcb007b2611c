/** Where the service is, and which other pages may use it. */
export interface Site {
  /** The request's. */
  host: string | undefined;
  publicUrl: string | null;
  /** `*` is every origin. */
  corsOrigins: readonly string[];
}

/** Whether a page may connect; CORS does not guard WebSockets. Without Origin it is no page that asks. */
export function isAllowedOrigin(origin: string | undefined, { host, publicUrl, corsOrigins }: Site): boolean {
  if (origin === undefined) return true;
  if (corsOrigins.includes('*') || corsOrigins.includes(origin)) return true;
  if (!URL.canParse(origin)) return false;
  const own = publicUrl === null ? null : new URL(publicUrl).origin;
  return origin === own || new URL(origin).host === host?.toLowerCase();
}
