const tagTableOffset = 128;
const maxTags = 100;

/**
 * The description of an ICC profile ("Display P3", "sRGB IEC61966-2.1"), or undefined when there is none that can be
 * read. ICC.1:2022 sections 7.3 (tag table) and 10.15 (multiLocalizedUnicode), ICC.1:2001-04 section 6.5.17.
 */
export function iccProfileName(profile: Buffer | undefined): string | undefined {
  if (!profile || profile.length < tagTableOffset + 4) return undefined;
  const count = Math.min(profile.readUInt32BE(tagTableOffset), maxTags);
  for (let index = 0; index < count; index += 1) {
    const entry = tagTableOffset + 4 + index * 12;
    if (entry + 12 > profile.length) return undefined;
    if (profile.toString('latin1', entry, entry + 4) !== 'desc') continue;
    const offset = profile.readUInt32BE(entry + 4);
    return readDescription(profile.subarray(offset, offset + profile.readUInt32BE(entry + 8)));
  }
  return undefined;
}

function readDescription(tag: Buffer): string | undefined {
  const type = tag.toString('latin1', 0, 4);
  if (type === 'desc' && tag.length >= 12) {
    return clean(tag.toString('latin1', 12, 12 + tag.readUInt32BE(8)));
  }
  if (type === 'mluc' && tag.length >= 28) {
    const length = tag.readUInt32BE(20) & ~1;
    const offset = tag.readUInt32BE(24);
    const utf16be = Buffer.from(tag.subarray(offset, offset + length));
    return utf16be.length % 2 === 0 ? clean(utf16be.swap16().toString('utf16le')) : undefined;
  }
  return undefined;
}

function clean(name: string): string | undefined {
  return (
    name
      .replace(/[\p{Cc}\p{Cs}]/gu, '')
      .trim()
      .slice(0, 100) || undefined
  );
}
