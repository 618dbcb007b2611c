import { SignJWT } from 'jose';

/** Of all processes of a service that a program here starts. */
export const SECRET = 'a secret that all processes of the service share';

export function signToken(): Promise<string> {
  return new SignJWT({ scope: 'media:read media:write admin' })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject('developer')
    .setIssuedAt()
    .setExpirationTime('1d')
    .sign(new TextEncoder().encode(SECRET));
}
