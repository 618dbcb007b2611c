import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** The block from which global unicast addresses are given out (RFC 4291, section 2.4, and IANA). */
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3');

/** Public or on private networks by number, yet always the host's own platform: Azure's and AWS's metadata. */
const platform = new Set(['168.63.129.16', 'fd00:ec2::254']);

/**
 * Whether an address is one of the public Internet. Only textual forms as the resolver and sockets give
 * them count: four decimal parts, or IPv6 without a zone. Addresses that carry another one (IPv4-mapped,
 * 6to4, NAT64, Teredo, ISATAP, IPv4-compatible) never do, whatever they carry.
 */
export function isPublicAddress(address: string): boolean {
  const parsed = parseAddress(address);
  if (!parsed || parsed.range() !== 'unicast' || platform.has(parsed.toString())) return false;
  return parsed.kind() === 'ipv4' || (parsed.match(globalUnicast) && !isIsatap(parsed));
}

/** Whether an address is of a private network in the narrow sense: RFC 1918, or IPv6 unique local. */
export function isPrivateNetworkAddress(address: string): boolean {
  const parsed = parseAddress(address);
  if (!parsed || platform.has(parsed.toString())) return false;
  const range = parsed.range();
  return range === 'private' || range === 'uniqueLocal';
}

/** Null for everything that a resolver or a socket would not say. */
export function parseAddress(address: string): ipaddr.IPv4 | ipaddr.IPv6 | null {
  return isIP(address) === 0 || address.includes('%') ? null : ipaddr.parse(address);
}

/** The interface identifier 0:5efe or 200:5efe and an IPv4 address (RFC 5214, section 6.1). */
function isIsatap(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  if (address.kind() === 'ipv4') return false;
  const [, , , , high = 0, low = 0] = (address as ipaddr.IPv6).parts;
  return (high & ~0x0200) === 0 && low === 0x5efe;
}
