import { listenToKeys } from './keyboard.js';

const speeds = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2];
const idleMs = 2800;
const flashMs = 600;

/** Buttons, keys and pointer; and what of the state of the film the page shows. */
export function createControls({ player, video, timeline, captions, speedMenu }) {
  const find = (selector) => player.querySelector(selector);
  let idleTimer = 0;
  let flashTimer = 0;

  function flash(text) {
    const note = find('.flash');
    note.textContent = text;
    note.dataset.on = 'true';
    clearTimeout(flashTimer);
    flashTimer = setTimeout(() => {
      note.dataset.on = 'false';
    }, flashMs);
  }

  function wake() {
    player.dataset.idle = 'false';
    clearTimeout(idleTimer);
    idleTimer = setTimeout(() => {
      const isBusy =
        player.querySelector('.menu-list:not([hidden])') || player.querySelector(':focus-visible');
      player.dataset.idle = String(!video.paused && !isBusy);
    }, idleMs);
  }

  const toggle = () => {
    if (video.paused) video.play().catch(() => flash('Press play'));
    else video.pause();
  };
  const skip = (seconds) => {
    timeline.seekTo(video.currentTime + seconds);
    flash(`${seconds > 0 ? '+' : '−'}${Math.abs(seconds)} s`);
  };
  const louder = (by) => {
    video.muted = false;
    video.volume = Math.min(1, Math.max(0, Math.round((video.volume + by) * 100) / 100));
    flash(`${Math.round(video.volume * 100)} %`);
  };
  const mute = () => {
    video.muted = !video.muted;
    flash(video.muted ? 'Muted' : 'Sound on');
  };
  const fullscreen = () => {
    if (document.fullscreenElement) void document.exitFullscreen();
    else if (player.requestFullscreen) player.requestFullscreen().catch(() => undefined);
    // Phones of Apple have it for the video alone.
    else video.webkitEnterFullscreen?.();
  };

  const menu = speedMenu((value) => setSpeed(Number(value)));
  menu.show(
    speeds.map((speed) => ({ value: String(speed), label: speed === 1 ? 'Normal' : `${speed}×` })),
    '1',
  );
  function setSpeed(speed) {
    video.playbackRate = speed;
    menu.choose(String(speed));
    menu.label(`${speed}×`);
  }
  const faster = (by) => {
    const next = speeds[speeds.indexOf(video.playbackRate) + by];
    if (next === undefined) return;
    setSpeed(next);
    flash(`${next}×`);
  };

  listenToKeys({
    ' ': toggle,
    k: toggle,
    j: () => skip(-10),
    l: () => skip(10),
    ArrowLeft: () => skip(-5),
    ArrowRight: () => skip(5),
    ArrowUp: () => louder(0.05),
    ArrowDown: () => louder(-0.05),
    Home: () => timeline.seekTo(0),
    End: () => timeline.seekTo(timeline.total()),
    f: fullscreen,
    m: mute,
    c: () => flash(captions.toggle()),
    '<': () => faster(-1),
    '>': () => faster(1),
    ...Object.fromEntries(
      Array.from({ length: 10 }, (_, digit) => [
        String(digit),
        () => timeline.seekTo((timeline.total() * digit) / 10),
      ]),
    ),
  });

  find('.play').addEventListener('click', toggle);
  find('.big-play').addEventListener('click', toggle);
  find('.mute').addEventListener('click', mute);
  find('.fullscreen').addEventListener('click', fullscreen);
  find('.volume').addEventListener('input', ({ target }) => {
    video.volume = Number(target.value);
    video.muted = video.volume === 0;
  });
  video.addEventListener('click', toggle);
  video.addEventListener('dblclick', fullscreen);
  if (document.pictureInPictureEnabled) {
    find('.pip').hidden = false;
    find('.pip').addEventListener('click', () => {
      if (document.pictureInPictureElement) void document.exitPictureInPicture();
      else video.requestPictureInPicture().catch(() => undefined);
    });
  }
  for (const name of ['pointermove', 'pointerdown', 'keydown', 'focusin'])
    player.addEventListener(name, wake);
  document.addEventListener('keydown', wake);

  const show = () => {
    player.dataset.playing = String(!video.paused);
    player.dataset.muted = String(video.muted || video.volume === 0);
    find('.volume').value = String(video.muted ? 0 : video.volume);
    find('.play').setAttribute('aria-label', video.paused ? 'Play' : 'Pause');
    find('.mute').setAttribute('aria-label', video.muted ? 'Sound on' : 'Mute');
    wake();
  };
  for (const name of ['play', 'pause', 'ended', 'volumechange']) video.addEventListener(name, show);
  video.addEventListener('play', () => {
    player.dataset.started = 'true';
  });
  video.addEventListener('waiting', () => {
    player.dataset.waiting = 'true';
  });
  for (const name of ['playing', 'pause', 'seeked', 'ended']) {
    video.addEventListener(name, () => {
      player.dataset.waiting = 'false';
    });
  }
  document.addEventListener('fullscreenchange', () => {
    const label = document.fullscreenElement ? 'Leave full screen' : 'Full screen';
    find('.fullscreen').setAttribute('aria-label', label);
  });
  show();
}
