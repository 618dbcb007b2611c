/**
 * The menu of captions over the text tracks that hls.js or the browser has made.
 * @param {HTMLVideoElement} video
 * @param {ReturnType<import('./menu.js').createMenu>} menu
 */
export function createCaptions(video, menu) {
  /** @type {string | null} the language that was shown last */
  let remembered = null;

  const tracks = () =>
    [...video.textTracks].filter(({ kind }) => kind === 'subtitles' || kind === 'captions');
  const shown = () => tracks().findIndex(({ mode }) => mode === 'showing');

  function refresh() {
    const entries = tracks().map(({ label, language }, at) => ({
      value: String(at),
      label: label || language,
    }));
    menu.show([{ value: '-1', label: 'Off' }, ...entries], String(shown()));
    menu.mark(shown() >= 0);
  }

  /** @param {number} index of the track, -1 for none */
  function choose(index) {
    for (const [at, track] of tracks().entries()) track.mode = at === index ? 'showing' : 'disabled';
    remembered = tracks()[index]?.language ?? remembered;
    refresh();
  }

  for (const name of ['addtrack', 'removetrack', 'change']) video.textTracks.addEventListener(name, refresh);

  return {
    choose,
    /**
     * Those that a stream does not have, since it was opened before they were there.
     * @param {{ language: string, label: string, url: string }[]} found
     */
    add(found) {
      const known = new Set(tracks().map(({ label }) => label));
      for (const { language, label, url } of found.filter((one) => !known.has(one.label))) {
        const track = document.createElement('track');
        Object.assign(track, { kind: 'subtitles', srclang: language, label, src: url });
        video.append(track);
      }
    },
    /** @returns {string} what there is now, for those who see it */
    toggle() {
      const all = tracks();
      if (all.length === 0) return 'No captions';
      if (shown() >= 0) {
        choose(-1);
        return 'Captions off';
      }
      const last = all.findIndex(({ language }) => language === remembered);
      const own = all.findIndex(({ language }) => navigator.language.startsWith(language));
      choose([last, own, 0].find((index) => index >= 0) ?? 0);
      return all[shown()]?.label ?? 'Captions on';
    },
  };
}
