import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import ipaddr from 'ipaddr.js';

/** One entry of a list of hosts. */
export type HostRule =
  | { kind: 'any' }
  /** Exactly this name, in ASCII and lower case. */
  | { kind: 'name'; name: string }
  /** Every name below this one, not the name itself. */
  | { kind: 'subdomains'; of: string }
  /** An address is a network of one. */
  | { kind: 'network'; address: string; prefixLength: number };

const label = '[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?';
/** The last label has a letter, or it would be a number and thus an address (WHATWG URL, "ends in a number"). */
const namePattern = new RegExp(`^(?:${label}\\.)*(?=[a-z0-9_-]*[a-z_])(?!0x[0-9a-f]*$)${label}$`);

/** Reads `*`, a host name in any script, `*.example.com`, an address or a CIDR; null for anything else. */
export function parseHostRule(text: string): HostRule | null {
  if (text === '*') return { kind: 'any' };
  const network = parseNetwork(text);
  if (network) return { kind: 'network', ...network };
  // domainToASCII reads as a URL would, up to the path.
  if (/[/\\:@?#[\]%\s]/.test(text)) return null;
  const subdomains = text.startsWith('*.');
  const name = domainToASCII(subdomains ? text.slice(2) : text).replace(/\.$/, '');
  if (!namePattern.test(name)) return null;
  return subdomains ? { kind: 'subdomains', of: name } : { kind: 'name', name };
}

function parseNetwork(text: string): { address: string; prefixLength: number } | null {
  const [address = '', length, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || address.includes('%') || rest.length > 0) return null;
  const bits = version === 4 ? 32 : 128;
  if (length === undefined) return { address: ipaddr.parse(address).toString(), prefixLength: bits };
  if (!/^\d{1,3}$/.test(length) || Number(length) > bits) return null;
  return { address: ipaddr.parse(address).toString(), prefixLength: Number(length) };
}
