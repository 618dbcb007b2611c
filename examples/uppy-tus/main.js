import Uppy from '@uppy/core';
import Tus from '@uppy/tus';

const settings = document.getElementById('settings').elements;
const show = (id, text) => {
  document.getElementById(id).textContent = text;
};

const uppy = new Uppy({ autoProceed: true });
uppy.use(Tus, {
  // Asked before every request, so that a token that has expired meanwhile is replaced by a new one.
  onBeforeRequest: (request) => request.setHeader('Authorization', `Bearer ${settings.token.value}`),
  // Only for proxies on the way that limit the size of bodies, or keep them before they pass them on.
  chunkSize: 8 * 1024 * 1024,
  retryDelays: [0, 500, 1000, 3000, 5000, 10_000],
  // Add `visibility`, `tags`, `customMetadata` or `sha256` where files have them (uppy.setFileMeta).
  allowedMetaFields: ['name', 'type'],
});

uppy.on('progress', (percent) => {
  document.getElementById('progress').value = percent;
});
uppy.on('upload-error', (file, error) => show('problem', `${file?.name}: ${error.message}`));
uppy.on('upload-success', (file, { body }) => {
  // With the last byte, or when one asks about an upload that is complete, the answer names the media.
  const item = document.createElement('li');
  item.dataset.media = body.xhr.getResponseHeader('Media-Id');
  item.textContent = `${file.name} is media ${item.dataset.media}`;
  document.getElementById('uploaded').append(item);
});

document.getElementById('pause').addEventListener('click', () => uppy.pauseAll());
document.getElementById('resume').addEventListener('click', () => uppy.resumeAll());
document.getElementById('file').addEventListener('change', ({ target }) => {
  uppy.getPlugin('Tus').setOptions({ endpoint: `${settings.service.value}/v1/tus` });
  // A file that was begun before, in another tab or before a crash, goes on where it stood: it is known by its
  // name, size and date.
  for (const data of target.files) uppy.addFile({ name: data.name, type: data.type, data });
});
