/** Metadata key of routes that need no token: `SetMetadata(PUBLIC_ROUTE, true)`, or auth's `@Public()`. */
export const PUBLIC_ROUTE = 'access:public';
