/** For XMP, and for Pango, whose markup is XML: nothing of a client's may be any. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
