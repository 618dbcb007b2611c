/** What a preset may be called: part of URLs, and of lists in the environment. */
const NAME = /^[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?$/;

/**
 * Reads `card=width=400&height=300; hero=width=1600`: a name, an equals sign and the parameters as they would be
 * in a query, percent-encoded. What the parameters mean is not looked at.
 */
export function parsePresets(
  text: string,
  report: (message: string) => void,
): Record<string, Record<string, string>> {
  const presets: Record<string, Record<string, string>> = {};
  for (const item of text.split(';').map((part) => part.trim())) {
    if (item === '') continue;
    const end = item.indexOf('=');
    const name = item.slice(0, Math.max(end, 0)).trim();
    const params = new URLSearchParams(item.slice(end + 1).trim());
    if (!NAME.test(name) || params.size === 0) {
      report('must be a list like card=width=400&height=300; hero=width=1600');
    } else if (Object.hasOwn(presets, name)) {
      report(`names a preset twice`);
    } else if (new Set(params.keys()).size !== params.size) {
      report('gives a preset a parameter twice');
    } else {
      presets[name] = Object.fromEntries(params);
    }
  }
  return presets;
}
