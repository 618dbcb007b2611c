import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { text } from 'node:stream/consumers';
import { buildConnector } from 'undici';
import { parseHostRule } from '../../src/config/index.js';
import { guardedConnector } from '../../src/security/fetch-guard/guarded-connector.js';
import { HostPolicy } from '../../src/security/fetch-guard/host-policy.js';
import {
  FakeDns,
  type GuardSettings,
  guardOf,
  PUBLIC_ADDRESS,
  type SourceSite,
  startSourceSite,
} from '../support/source-site.js';

let site: SourceSite;
let dns: FakeDns;

const names = {
  'site.example': [[PUBLIC_ADDRESS]],
  'mixed.example': [['127.0.0.1', '::1', '10.0.0.1', PUBLIC_ADDRESS, '::ffff:127.0.0.1']],
  'changing.example': [[PUBLIC_ADDRESS], ['127.0.0.1']],
  'loopback.example': [['127.0.0.1']],
  'loopback6.example': [['::1']],
  'mapped.example': [['::ffff:127.0.0.1', '::ffff:7f00:1']],
  'nat64.example': [['64:ff9b::7f00:1']],
  'sixtofour.example': [['2002:7f00:1::']],
  'any.example': [['0.0.0.0', '::']],
  'metadata.example': [['169.254.169.254']],
  'private.example': [['10.0.0.1', '172.16.0.1', '192.168.0.1', '100.64.0.1', 'fd00::1', 'fe80::1']],
  'empty.example': [[]],
  localhost: [['127.0.0.1', '::1']],
  'localhost.': [['127.0.0.1']],
  'a.localhost': [['127.0.0.1']],
};

beforeAll(async () => (site = await startSourceSite()));
afterAll(() => site.stop());
beforeEach(() => {
  site.requests.length = 0;
  site.answer = (_request, response) => response.end('content');
  dns = new FakeDns(names);
});
// Whatever a test tried: nobody was led to where only this machine gets.
afterEach(() => expect(site.canaryConnections()).toBe(0));

async function fetchText(url: string, settings: Partial<GuardSettings> = {}): Promise<string> {
  const options = { signal: AbortSignal.timeout(10_000), maxBytes: 1000 };
  const { source } = await guardOf({ dns, ...settings }).open(url, options);
  return text(source);
}

function failure(code: string, message?: string) {
  return expect.objectContaining({ code, ...(message === undefined ? {} : { message }) });
}

function redirectTo(...locations: string[]): void {
  site.answer = (_request, response) => {
    const location = locations[site.requests.length - 1];
    if (location === undefined) response.end('content');
    // Header fields are bytes to Node; those of UTF-8 are what careless servers send.
    else response.writeHead(302, { location: Buffer.from(location).toString('latin1') }).end('moved');
  };
}

describe('an import', () => {
  it('fetches a file from a public address, and says what the source says of it', async () => {
    site.answer = (_request, response) => {
      response.writeHead(200, { 'content-type': 'image/png', 'content-length': 3 }).end('abc');
    };
    const options = { signal: AbortSignal.timeout(10_000), maxBytes: 3 };
    const url = `http://site.example:${site.port}/a/cat.png?x=1#part`;
    const { source, ...head } = await guardOf({ dns }).open(url, options);
    expect(head).toEqual({
      contentType: 'image/png',
      contentLength: 3,
      filename: 'cat.png',
      finalUrl: `http://site.example:${site.port}/a/cat.png?x=1`,
    });
    expect(await text(source)).toBe('abc');
    expect(site.requests).toEqual([`GET site.example:${site.port} /a/cat.png?x=1`]);
  });

  it('sends nothing that is not needed, after a redirect neither', async () => {
    const seen: object[] = [];
    site.answer = ({ headers }, response) => {
      seen.push(headers);
      if (seen.length > 1) response.end();
      else response.writeHead(302, { location: '/next', 'set-cookie': 'session=1; Path=/' }).end();
    };
    await fetchText(`http://site.example:${site.port}/`);
    const headers = {
      host: `site.example:${site.port}`,
      connection: 'close',
      'user-agent': expect.stringMatching(/^media-service/),
      accept: '*/*',
      'accept-encoding': 'identity',
    };
    expect(seen).toEqual([headers, headers]);
  });

  it.each([
    '127.0.0.1',
    '2130706433',
    '017700000001',
    '0177.0.0.1',
    '0x7f000001',
    '0x7f.0x0.0x0.0x1',
    '127.1',
    '127.0.1',
    '127.0.0.1.',
    '0x7f.1.',
    '１２７.０.０.１',
    '①②⑦.⓪.⓪.①',
    '127。0。0。1',
    '%31%32%37.0.0.1',
    '0',
    '0.0.0.0',
    '10.0.0.1',
    '100.64.0.1',
    '169.254.169.254',
    '172.16.0.1',
    '192.168.0.1',
    '198.18.0.1',
    '203.0.113.1',
    '224.0.0.1',
    '255.255.255.255',
    '168.63.129.16',
    '[::1]',
    '[::]',
    '[0:0:0:0:0:0:0:1]',
    '[::127.0.0.1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::ffff:0:127.0.0.1]',
    '[64:ff9b::127.0.0.1]',
    '[64:ff9b:1::7f00:1]',
    '[2002:7f00:1::]',
    '[2001:0:7f00:1::]',
    '[fd00::1]',
    '[fe80::1]',
    '[ff02::1]',
  ])('never connects to the literal %s', async (host) => {
    await expect(fetchText(`http://${host}:${site.port}/`)).rejects.toEqual(failure('IMPORT_URL_FORBIDDEN'));
    expect(dns.lookups).toEqual([]);
    redirectTo(`http://${host}:${site.port}/`);
    await expect(fetchText(`http://site.example:${site.port}/`)).rejects.toEqual(
      failure('IMPORT_URL_FORBIDDEN'),
    );
    expect(site.requests).toHaveLength(1);
  });

  it.each([
    'localhost',
    'LOCALHOST',
    'localhost.',
    'a.localhost',
    'loopback.example',
    'loopback6.example',
    'mapped.example',
    'nat64.example',
    'sixtofour.example',
    'any.example',
    'metadata.example',
    'private.example',
    'empty.example',
    'absent.example',
  ])('refuses %s without a word on what the name resolves to', async (host) => {
    const error = failure(
      'IMPORT_URL_FORBIDDEN',
      'The URL does not lead to a host that may be imported from',
    );
    await expect(fetchText(`http://${host}:${site.port}/`)).rejects.toEqual(error);
    redirectTo(`http://${host}:${site.port}/`);
    await expect(fetchText(`http://site.example:${site.port}/`)).rejects.toEqual(error);
    expect(site.requests).toHaveLength(1);
  });

  it.each([
    'http://user:pass@site.example/',
    'http://[fe80::1%25lo]/',
    'ftp://site.example/',
    'site.example',
  ])('refuses %s before anything is asked', async (url) => {
    await expect(fetchText(url)).rejects.toEqual(failure('IMPORT_URL_INVALID'));
    expect(dns.lookups).toEqual([]);
  });

  it('connects only to the allowed ones among the addresses of a name', async () => {
    expect(await fetchText(`http://mixed.example:${site.port}/`)).toBe('content');
    expect(site.requests).toHaveLength(1);
  });

  it('connects to the address that it checked, whatever DNS says a moment later', async () => {
    expect(await fetchText(`http://changing.example:${site.port}/`)).toBe('content');
    expect(dns.lookups).toEqual(['changing.example']);
    expect(site.requests).toHaveLength(1);
  });

  it('checks a name anew when a redirect leads to it again', async () => {
    redirectTo('/next');
    await expect(fetchText(`http://changing.example:${site.port}/`)).rejects.toEqual(
      failure('IMPORT_URL_FORBIDDEN'),
    );
    expect(dns.lookups).toEqual(['changing.example', 'changing.example']);
    expect(site.requests).toHaveLength(1);
  });

  it('follows five redirects and not a sixth, always with GET', async () => {
    redirectTo('/1', '/2', '/3', '/4', '/5');
    expect(await fetchText(`http://site.example:${site.port}/`)).toBe('content');
    expect(site.requests.map((line) => line.split(' ')[2])).toEqual(['/', '/1', '/2', '/3', '/4', '/5']);
    expect(site.requests.every((line) => line.startsWith('GET '))).toBe(true);
    site.requests.length = 0;
    redirectTo('/1', '/2', '/3', '/4', '/5', '/6');
    await expect(fetchText(`http://site.example:${site.port}/`)).rejects.toEqual(
      failure('IMPORT_TOO_MANY_REDIRECTS'),
    );
    expect(site.requests).toHaveLength(6);
  });

  it('follows a redirect in plain UTF-8', async () => {
    redirectTo('/写真.jpg');
    await fetchText(`http://site.example:${site.port}/`);
    expect(site.requests[1]).toBe(`GET site.example:${site.port} /%E5%86%99%E7%9C%9F.jpg`);
  });

  it.each([301, 302, 303, 307, 308])('ends a circle of %d at once', async (status) => {
    site.answer = ({ url }, response) => {
      response.writeHead(status, { location: url === '/a' ? '/b#x' : '/a#y' }).end();
    };
    await expect(fetchText(`http://site.example:${site.port}/a`)).rejects.toEqual(
      failure('IMPORT_TOO_MANY_REDIRECTS'),
    );
    expect(site.requests).toHaveLength(2);
  });

  it.each([300, 302, 304])('does not take a %d without a target for the file', async (status) => {
    site.answer = (_request, response) => response.writeHead(status).end();
    await expect(fetchText(`http://site.example:${site.port}/`)).rejects.toEqual(
      failure('IMPORT_REFUSED_BY_SOURCE', `The source answered ${status}`),
    );
  });

  it('goes by the lists of the operator, for redirects too', async () => {
    const denied = { denied: ['site.example'] };
    await expect(fetchText(`http://site.example:${site.port}/`, denied)).rejects.toEqual(
      failure('IMPORT_URL_FORBIDDEN'),
    );
    expect(dns.lookups).toEqual([]);
    redirectTo(`http://site.example:${site.port}/`);
    await expect(fetchText(`http://mixed.example:${site.port}/`, denied)).rejects.toEqual(
      failure('IMPORT_URL_FORBIDDEN'),
    );
    expect(await fetchText(`http://${PUBLIC_ADDRESS}:${site.port}/`, { allowed: [] })).toBe('content');
    await expect(
      fetchText(`http://${PUBLIC_ADDRESS}:${site.port}/`, { denied: ['127.0.0.0/8'] }),
    ).rejects.toEqual(failure('IMPORT_URL_FORBIDDEN'));
  });

  it('can be refused before DNS is asked', () => {
    const guard = guardOf({ dns });
    expect(() => guard.check('nonsense')).toThrow(failure('IMPORT_URL_INVALID'));
    expect(() => guard.check('http://0x7f.1/')).toThrow(failure('IMPORT_URL_FORBIDDEN'));
    expect(guard.check('http://loopback.example/').hostname).toBe('loopback.example');
    expect(dns.lookups).toEqual([]);
  });
});

describe('guardedConnector', () => {
  it('sends nothing when the other end is not the address that was dialled', async () => {
    const sent: string[] = [];
    const rule = parseHostRule('192.0.2.1');
    if (!rule) throw new Error('not a rule');
    const connector = guardedConnector({
      policy: new HostPolicy({ allowed: [rule], denied: [] }),
      resolve: dns.resolve,
      signal: AbortSignal.timeout(5000),
      // A network that leads elsewhere.
      dial: () => {
        const connect = buildConnector({});
        return (target, callback) =>
          connect({ ...target, hostname: PUBLIC_ADDRESS }, (...[error, socket]) => {
            if (error) return callback(error, null);
            sent.push('connected');
            callback(null, socket);
          });
      },
    });
    const target = { hostname: '192.0.2.1', protocol: 'http:', port: String(site.port) };
    const [error, socket] = await new Promise<unknown[]>((resolve) => {
      connector(target, (...outcome) => resolve(outcome));
    });
    expect(sent).toEqual(['connected']);
    expect(error).toEqual(failure('IMPORT_URL_FORBIDDEN'));
    expect(socket).toBeNull();
  });
});
