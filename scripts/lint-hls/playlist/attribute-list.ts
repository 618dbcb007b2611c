/** RFC 8216bis, 4.2: what a value may look like. */
export type AttributeType = 'integer' | 'decimal' | 'quoted' | 'enumerated' | 'resolution' | 'hex';

const forms: Record<AttributeType, RegExp> = {
  integer: /^\d{1,20}$/,
  decimal: /^\d+(?:\.\d+)?$/,
  quoted: /^"[^"\r\n]*"$/,
  enumerated: /^[^",\s]+$/,
  resolution: /^\d+x\d+$/,
  hex: /^0[xX][0-9A-F]+$/,
};

const attribute = /([A-Z0-9-]+)=("[^"\r\n]*"|[^",\s]+)(,|$)/y;

/**
 * Reads an attribute list strictly: no space, no attribute twice, each of a known name in its form.
 * Attributes that are not in the schema are kept (clients ignore them).
 * @returns values without quotes
 */
export function parseAttributes(
  text: string,
  schema: Readonly<Record<string, AttributeType>>,
  complain: (problem: string) => void,
): Map<string, string> {
  const found = new Map<string, string>();
  let at = 0;
  while (at < text.length) {
    attribute.lastIndex = at;
    const match = attribute.exec(text);
    if (!match) {
      complain(`RFC 8216bis 4.2: no attribute at "${text.slice(at, at + 20)}"`);
      break;
    }
    const [whole, name = '', value = '', comma] = match;
    at += whole.length;
    if (comma === ',' && at === text.length) complain('RFC 8216bis 4.2: a comma ends the attribute list');
    if (found.has(name)) complain(`RFC 8216bis 4.2: ${name} occurs twice`);
    const type = schema[name];
    if (type && !forms[type].test(value)) complain(`RFC 8216bis 4.2: ${name}=${value} is no ${type}`);
    found.set(name, value.startsWith('"') ? value.slice(1, -1) : value);
  }
  return found;
}
