import { describe, expect, it } from '@jest/globals';
import { isPrivateNetworkAddress, isPublicAddress } from './public-address.js';

const publicAddresses = [
  '1.1.1.1',
  '8.8.8.8',
  '9.255.255.255',
  '11.0.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '126.255.255.255',
  '128.0.0.0',
  '169.253.255.255',
  '169.255.0.0',
  '172.15.255.255',
  '172.32.0.0',
  '192.167.255.255',
  '192.169.0.0',
  '198.17.255.255',
  '198.20.0.0',
  '223.255.255.255',
  '2001:200::1',
  '2606:4700:4700::1111',
  '2a00:1450:4001:81b::200e',
  '2000::1',
];

const others: [string, string][] = [
  ['unspecified', '0.0.0.0'],
  ['this network', '0.1.2.3'],
  ['private 10', '10.0.0.1'],
  ['CGNAT', '100.64.0.1'],
  ['CGNAT, last', '100.127.255.255'],
  ['metadata of Alibaba', '100.100.100.200'],
  ['loopback', '127.0.0.1'],
  ['loopback, last', '127.255.255.255'],
  ['link-local', '169.254.0.1'],
  ['metadata', '169.254.169.254'],
  ['platform of Azure', '168.63.129.16'],
  ['private 172.16', '172.16.0.1'],
  ['private 172.16, last', '172.31.255.255'],
  ['protocol assignments', '192.0.0.1'],
  ['metadata of Oracle', '192.0.0.192'],
  ['documentation 1', '192.0.2.1'],
  ['6to4 relay', '192.88.99.1'],
  ['private 192.168', '192.168.1.1'],
  ['benchmark', '198.18.0.1'],
  ['benchmark, last', '198.19.255.255'],
  ['documentation 2', '198.51.100.1'],
  ['documentation 3', '203.0.113.1'],
  ['multicast', '224.0.0.1'],
  ['multicast, last', '239.255.255.255'],
  ['reserved', '240.0.0.1'],
  ['broadcast', '255.255.255.255'],
  ['unspecified v6', '::'],
  ['loopback v6', '::1'],
  ['loopback v6 in full', '0:0:0:0:0:0:0:1'],
  ['IPv4-compatible loopback', '::127.0.0.1'],
  ['IPv4-compatible', '::808:808'],
  ['IPv4-mapped loopback', '::ffff:127.0.0.1'],
  ['IPv4-mapped loopback in hex', '::ffff:7f00:1'],
  ['IPv4-mapped public', '::ffff:8.8.8.8'],
  ['IPv4-translated', '::ffff:0:127.0.0.1'],
  ['NAT64', '64:ff9b::7f00:1'],
  ['NAT64 of a public one', '64:ff9b::808:808'],
  ['NAT64, local', '64:ff9b:1::1'],
  ['discard', '100::1'],
  ['not given out', '4000::1'],
  ['Teredo', '2001::7f00:1'],
  ['benchmark v6', '2001:2::1'],
  ['AMT', '2001:3::1'],
  ['ORCHID', '2001:20::1'],
  ['documentation v6', '2001:db8::1'],
  ['documentation v6, second', '3fff::1'],
  ['6to4', '2002:7f00:1::'],
  ['6to4 of a public one', '2002:808:808::1'],
  ['ISATAP', '2606:4700::5efe:7f00:1'],
  ['ISATAP, universal', '2606:4700::200:5efe:7f00:1'],
  ['segment routing', '5f00::1'],
  ['unique local', 'fc00::1'],
  ['unique local, used half', 'fd12:3456::1'],
  ['metadata of AWS', 'fd00:ec2::254'],
  ['link-local v6', 'fe80::1'],
  ['link-local with a zone', 'fe80::1%eth0'],
  ['public with a zone', '2606:4700::1111%eth0'],
  ['site-local', 'fec0::1'],
  ['multicast v6', 'ff02::1'],
  ['short form', '8.8'],
  ['decimal', '134744072'],
  ['hexadecimal', '0x8.8.8.8'],
  ['octal', '010.8.8.8'],
  ['with spaces', ' 8.8.8.8'],
  ['a name', 'example.com'],
  ['nothing', ''],
];

describe('isPublicAddress', () => {
  it.each(publicAddresses)('takes %s', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it.each(others)('does not take %s: %s', (_, address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

describe('isPrivateNetworkAddress', () => {
  it.each(['10.0.0.1', '172.16.0.1', '192.168.1.1', 'fd12::1'])('takes %s', (address) => {
    expect(isPrivateNetworkAddress(address)).toBe(true);
  });

  it.each([
    '8.8.8.8',
    '127.0.0.1',
    '169.254.169.254',
    '100.64.0.1',
    '::1',
    'fd00:ec2::254',
    '::ffff:10.0.0.1',
  ])('does not take %s', (address) => {
    expect(isPrivateNetworkAddress(address)).toBe(false);
  });
});
