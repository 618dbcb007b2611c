import { describe, expect, it } from '@jest/globals';
import { parseHostRule } from '../../config/index.js';
import { HostPolicy } from './host-policy.js';

function policyOf(allowed: string, denied = ''): HostPolicy {
  const rules = (list: string) =>
    list
      .split(' ')
      .map(parseHostRule)
      .filter((rule) => rule !== null);
  return new HostPolicy({ allowed: rules(allowed), denied: rules(denied) });
}

const addresses: [allowed: string, denied: string, host: string, address: string, expected: boolean][] = [
  ['', '', 'a.example', '8.8.8.8', true],
  ['', '', 'a.example', '10.0.0.1', false],
  ['', '', 'a.example', '127.0.0.1', false],
  ['', '', '[2606:4700::1111]', '2606:4700::1111', true],
  ['*', '', 'a.example', '8.8.8.8', true],
  ['*', '', 'a.example', '10.0.0.1', false],
  ['a.example', '', 'a.example', '8.8.8.8', true],
  ['a.example', '', 'A.EXAMPLE.', '8.8.8.8', true],
  ['a.example', '', 'b.example', '8.8.8.8', false],
  ['a.example', '', 'x.a.example', '8.8.8.8', false],
  ['a.example', '', 'a.example', '10.0.0.1', true],
  ['a.example', '', 'a.example', 'fd12::1', true],
  ['a.example', '', 'a.example', '127.0.0.1', false],
  ['a.example', '', 'a.example', '169.254.169.254', false],
  ['a.example', '', 'a.example', '100.64.0.1', false],
  ['a.example', '', 'a.example', '::ffff:10.0.0.1', false],
  ['*.example', '', 'a.example', '8.8.8.8', true],
  ['*.example', '', 'a.b.example', '8.8.8.8', true],
  ['*.example', '', 'example', '8.8.8.8', false],
  ['*.example', '', 'notexample', '8.8.8.8', false],
  ['*.example', '', 'a.example', '10.0.0.1', false],
  ['10.1.0.0/16', '', 'any.example', '10.1.2.3', true],
  ['10.1.0.0/16', '', '10.1.2.3', '10.1.2.3', true],
  ['10.1.0.0/16', '', 'any.example', '10.2.2.3', false],
  ['10.1.0.0/16', '', 'any.example', '8.8.8.8', false],
  ['* 10.1.0.0/16', '', 'any.example', '8.8.8.8', true],
  ['127.0.0.1', '', 'any.example', '127.0.0.1', true],
  ['127.0.0.1', '', 'any.example', '::ffff:127.0.0.1', false],
  ['fd00::/8', '', 'any.example', 'fd12::1', true],
  ['fd00::/8', '', 'any.example', 'fd12::1%eth0', false],
  ['', 'a.example', 'a.example', '8.8.8.8', false],
  ['', 'a.example', 'a.example.', '8.8.8.8', false],
  ['', 'a.example', 'b.example', '8.8.8.8', true],
  ['', '*.example', 'a.example', '8.8.8.8', false],
  ['', '8.8.0.0/16', 'a.example', '8.8.8.8', false],
  ['', '8.8.0.0/16', 'a.example', '8.9.8.8', true],
  ['a.example', 'a.example', 'a.example', '8.8.8.8', false],
  ['10.0.0.0/8', '10.1.0.0/16', 'a.example', '10.1.0.1', false],
  ['10.0.0.0/8', '10.1.0.0/16', 'a.example', '10.2.0.1', true],
  ['', '*', 'a.example', '8.8.8.8', false],
  ['10.0.0.0/8', '*', '10.1.0.1', '10.1.0.1', false],
];

describe('HostPolicy', () => {
  it.each(addresses)(
    'allowing %j, denying %j: %s at %s is %s',
    (allowed, denied, host, address, expected) => {
      expect(policyOf(allowed, denied).allowsAddress(host, address)).toBe(expected);
    },
  );

  it.each<[string, string, string, boolean]>([
    ['', '', 'a.example', true],
    ['', '', '8.8.8.8', true],
    ['', '', '127.0.0.1', false],
    ['', '', '[::1]', false],
    ['', '', '[2606:4700::1111]', true],
    ['', '*', 'a.example', false],
    ['', 'a.example', 'a.example', false],
    ['a.example', '', 'b.example', false],
    ['10.1.0.0/16', '', 'b.example', true],
    ['10.1.0.0/16', '', '10.1.0.1', true],
    ['10.1.0.0/16', '', '10.2.0.1', false],
  ])('allowing %j, denying %j: before DNS is asked, %s is %s', (allowed, denied, host, expected) => {
    expect(policyOf(allowed, denied).allowsHost(host)).toBe(expected);
  });
});
