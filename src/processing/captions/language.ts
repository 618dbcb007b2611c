/** BCP 47: longer ones are private inventions. */
const MAX_LENGTH = 35;

/**
 * A language tag in its canonical form: `EN-us` is `en-US`, and the `ger` of containers is `de`.
 * @returns null for what is no tag by BCP 47
 */
export function canonicalLanguage(tag: string): string | null {
  if (tag.length > MAX_LENGTH) return null;
  try {
    return Intl.getCanonicalLocales(tag)[0] ?? null;
  } catch {
    return null;
  }
}

/** What speakers of a language call it: `Deutsch`. */
export function languageName(tag: string): string {
  const names = new Intl.DisplayNames([tag, 'en'], { type: 'language', languageDisplay: 'standard' });
  return names.of(tag) ?? tag;
}
