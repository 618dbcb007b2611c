import { parseAttributes } from './attribute-list.ts';

/** What an EXT-X-KEY says of all that follows it. */
export interface SegmentKey {
  method: string;
  uri: string;
  /** Null: the media sequence number (RFC 8216bis, 5.2). */
  iv: Buffer | null;
}

/** Reads an EXT-X-KEY by RFC 8216bis, 4.4.4.4. @returns null for METHOD=NONE */
export function readKey(value: string, complain: (problem: string) => void): SegmentKey | null {
  const attributes = parseAttributes(
    value,
    { METHOD: 'enumerated', URI: 'quoted', IV: 'hex', KEYFORMAT: 'quoted', KEYFORMATVERSIONS: 'quoted' },
    complain,
  );
  const method = attributes.get('METHOD');
  if (method === undefined) complain('RFC 8216bis 4.4.4.4: EXT-X-KEY without METHOD');
  if (method === undefined || method === 'NONE') {
    if (attributes.size > 1) complain('RFC 8216bis 4.4.4.4: METHOD=NONE with other attributes');
    return null;
  }
  const uri = attributes.get('URI');
  if (uri === undefined) complain(`RFC 8216bis 4.4.4.4: METHOD=${method} without URI`);
  const iv = attributes.get('IV')?.slice(2);
  if (iv !== undefined && iv.length > 32) complain('RFC 8216bis 4.4.4.4: an IV of more than 128 bits');
  return {
    method,
    uri: uri ?? '',
    iv: iv === undefined ? null : Buffer.from(iv.padStart(32, '0').slice(-32), 'hex'),
  };
}
