/** npm's ffmpeg says this of every HLS output, also of local files. */
const harmless = /^.*Cannot use rename on non file protocol.*$/gm;

/**
 * A decoder that begins at an open GOP misses the pictures before it; what it says of that concerns frames which
 * are dropped.
 */
const afterSeek =
  /^.*(?:mmco: unref short|number of reference frames|reference picture|reference frame|co located POCs|find ref with POC|illegal short term buffer|no frame!|Last message repeated).*$/gm;

/**
 * What ffmpeg complained of that is damage; empty when the input was fine.
 * @param sought it began in the middle of the file
 */
export function damageIn(stderr: string, sought: boolean): string {
  const said = stderr.replaceAll(harmless, '');
  return (sought ? said.replaceAll(afterSeek, '') : said).trim();
}
