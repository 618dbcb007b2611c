/** What shows no more of a video than its stream: pictures and texts of it, and other ways to say where it is. */
const companions =
  /^(\/v1\/media\/[^/?]+\/)(?:playback|dash\/manifest\.mpd|storyboard\/[^/?]+|thumbnail|captions(?:\/[^/?]+)?)(?:\?|$)/;

/**
 * Who may play a video may have what belongs to it, by one token: a companion of the stream is looked at as if it
 * were below the directory of its playlists, which a signed prefix opens.
 * @param url of a request
 * @returns the resource that it is as good as, or null for what is no companion
 */
export function streamResource(url: string): string | null {
  const media = companions.exec(url)?.[1];
  return media === undefined ? null : `${media}hls/${url.slice(media.length)}`;
}
