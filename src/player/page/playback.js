/** Why there is nothing to play, in words for a viewer. */
export class PlaybackProblem extends Error {
  /** @param {boolean} passes whether it is worth while to ask again by itself */
  constructor(title, message, passes = false) {
    super(message);
    this.title = title;
    this.passes = passes;
  }
}

const problems = {
  SIGNATURE_EXPIRED: ['The link has expired', 'Ask whoever gave it to you for a new one.'],
  SIGNATURE_INVALID: ['The link is not valid', 'It may have been cut off when it was copied.'],
  MEDIA_NOT_FOUND: ['There is no such video', 'It may have been removed, or it is not for everyone.'],
  MEDIA_QUARANTINED: ['The video is locked', 'A virus scanner found something in it.'],
  RATE_LIMITED: ['Too many requests', 'Wait a minute and try again.'],
  // A video is scanned before anybody gets to see it.
  MEDIA_NOT_CLEAN: ['Being checked', 'The video can be played in a moment.', true],
};

/**
 * @param {{ resolve: (path: string) => string }} address
 * @returns {Promise<{ title: string, status: string, playable: boolean, progress: number, duration: number | null,
 *   poster: string | null, storyboard: string | null }>}
 * @throws PlaybackProblem
 */
export async function loadPlayback(address) {
  const response = await fetch(address.resolve('playback')).catch(() => null);
  if (!response) throw new PlaybackProblem('There is no connection', 'The server can not be reached.');
  const body = await response.json().catch(() => ({}));
  if (!response.ok) {
    const [title, message, passes] = problems[body.code] ?? [
      'The video can not be played',
      body.title ?? 'The server refused.',
    ];
    throw new PlaybackProblem(title, message, passes);
  }
  if (body.status === 'failed')
    throw new PlaybackProblem('The video could not be prepared', 'Its file may be damaged.');
  return body;
}
