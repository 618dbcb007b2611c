interface Tagged {
  id: string;
  version: number;
}

/** The strong entity tag of a preset at a version. */
export function presetEntityTag({ id, version }: Tagged): string {
  return `"${id}-${version}"`;
}

/** Whether If-Match (RFC 9110 section 13.1.1) lets a change pass: `*` wants only that there is one. */
export function matches(preset: Tagged | null, ifMatch: string | undefined): boolean {
  if (ifMatch === undefined) return true;
  if (preset === null) return false;
  const current = presetEntityTag(preset);
  return ifMatch.split(',').some((tag) => ['*', current].includes(tag.trim()));
}
