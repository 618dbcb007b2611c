import ipaddr from 'ipaddr.js';
import type { HostRule } from '../../config/index.js';
import { isPrivateNetworkAddress, isPublicAddress, parseAddress } from './public-address.js';

type Network = [ipaddr.IPv4 | ipaddr.IPv6, number];

/** The lists of an operator: what is denied wins; an empty list of allowed hosts allows all public ones. */
export interface HostLists {
  allowed: readonly HostRule[];
  denied: readonly HostRule[];
}

/**
 * Decides where an import may connect to. Hosts are as a WHATWG URL has them (brackets and a last dot are
 * no matter); an address is checked for the host that led to it, since a name can open what others don't:
 *
 * - nothing allowed explicitly, `*` or `*.example.com`: public addresses of the names that match;
 * - an exact name: also addresses of private networks, so its DNS has to be trusted;
 * - an address or a CIDR: these addresses, whatever they are and whatever name led there.
 */
export class HostPolicy {
  private readonly allowed: Rules;
  private readonly denied: Rules;

  constructor({ allowed, denied }: HostLists) {
    this.allowed = new Rules(allowed.length > 0 ? allowed : [{ kind: 'any' }]);
    this.denied = new Rules(denied);
  }

  /** Whether any address could be allowed for a host: what can be said without asking DNS. */
  allowsHost(hostname: string): boolean {
    const host = plainHost(hostname);
    if (parseAddress(host)) return this.allowsAddress(host, host);
    if (this.denied.hasName(host)) return false;
    return this.allowed.hasName(host) || this.allowed.hasNetworks;
  }

  allowsAddress(hostname: string, address: string): boolean {
    const host = plainHost(hostname);
    if (!parseAddress(address) || this.denied.hasName(host) || this.denied.hasAddress(address)) return false;
    if (this.allowed.hasAddress(address)) return true;
    if (!this.allowed.hasName(host)) return false;
    return isPublicAddress(address) || (this.allowed.hasExactly(host) && isPrivateNetworkAddress(address));
  }
}

class Rules {
  private readonly any: boolean;
  private readonly names: ReadonlySet<string>;
  private readonly suffixes: readonly string[];
  private readonly networks: readonly Network[];

  constructor(rules: readonly HostRule[]) {
    this.any = rules.some(({ kind }) => kind === 'any');
    this.names = new Set(rules.flatMap((rule) => (rule.kind === 'name' ? [rule.name] : [])));
    this.suffixes = rules.flatMap((rule) => (rule.kind === 'subdomains' ? [`.${rule.of}`] : []));
    this.networks = rules.flatMap((rule): Network[] =>
      rule.kind === 'network' ? [[ipaddr.parse(rule.address), rule.prefixLength]] : [],
    );
  }

  get hasNetworks(): boolean {
    return this.networks.length > 0;
  }

  hasExactly(host: string): boolean {
    return this.names.has(host);
  }

  hasName(host: string): boolean {
    return this.any || this.names.has(host) || this.suffixes.some((suffix) => host.endsWith(suffix));
  }

  hasAddress(address: string): boolean {
    const parsed = parseAddress(address);
    return (
      parsed !== null &&
      this.networks.some(([network, bits]) => network.kind() === parsed.kind() && parsed.match(network, bits))
    );
  }
}

function plainHost(hostname: string): string {
  return hostname
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
    .toLowerCase();
}
