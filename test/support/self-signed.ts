import { createHash, generateKeyPairSync, sign } from 'node:crypto';

/** A certificate for one name, signed by its own key: made anew, so that no key lies in the repository. */
export function selfSigned(name: string): { key: string; cert: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const subject = sequence(set(sequence(oid(2, 5, 4, 3), tagged(0x0c, Buffer.from(name)))));
  const algorithm = sequence(oid(1, 2, 840, 10_045, 4, 3, 2));
  const time = (year: number) => tagged(0x18, Buffer.from(`${year}0101000000Z`));
  const alternativeName = sequence(tagged(0x82, Buffer.from(name)));
  const extensions = sequence(sequence(oid(2, 5, 29, 17), tagged(0x04, alternativeName)));
  const serial = createHash('sha256').update(name).digest().subarray(0, 8);
  const body = sequence(
    tagged(0xa0, tagged(0x02, Buffer.of(2))),
    tagged(0x02, Buffer.concat([Buffer.of(1), serial])),
    algorithm,
    subject,
    sequence(time(2020), time(2120)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, extensions),
  );
  const signature = sign('sha256', body, privateKey);
  const certificate = sequence(body, algorithm, tagged(0x03, Buffer.concat([Buffer.of(0), signature])));
  const lines = certificate.toString('base64').replaceAll(/.{64}(?=.)/g, '$&\n');
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
  };
}

/** DER (X.690): a tag, a length, the content. */
function tagged(tag: number, content: Buffer): Buffer {
  const length =
    content.length < 128
      ? Buffer.of(content.length)
      : Buffer.of(0x82, content.length >> 8, content.length & 255);
  return Buffer.concat([Buffer.of(tag), length, content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

function set(content: Buffer): Buffer {
  return tagged(0x31, content);
}

function oid(first: number, second: number, ...rest: readonly number[]): Buffer {
  const encode = (value: number): number[] => {
    const digits = [value & 127];
    for (let left = value >> 7; left > 0; left >>= 7) digits.unshift((left & 127) | 128);
    return digits;
  };
  return tagged(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(encode)]));
}
