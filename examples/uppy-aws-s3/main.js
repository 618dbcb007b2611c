import Uppy from '@uppy/core';
import AwsS3 from '@uppy/aws-s3';
import { SessionSigner } from './session-signer.js';
import { PART_BYTES, UploadSessions } from './upload-sessions.js';

const sessions = new UploadSessions(document.getElementById('settings').elements);
const uppy = new Uppy({ autoProceed: true });
const signer = new SessionSigner(sessions, (key) => uppy.getFile(key));

uppy.use(AwsS3, {
  shouldUseMultipart: ({ size }) => size > PART_BYTES,
  getChunkSize: () => PART_BYTES,
  generateObjectKey: ({ id }) => id,
  signRequest: signer.signRequest,
});

uppy.on('s3-multipart:part-uploaded', (file, part) => {
  signer.notePart(file.id, part);
  // So that the upload goes on after a reload of the page.
  localStorage.setItem(file.id, JSON.stringify(signer.uploadOf(file.id)));
});

// A file that was put as a whole becomes a media only now; one in parts has been completed on the way.
uppy.addPostProcessor(async (ids) => {
  for (const id of ids.filter((id) => !uppy.getFile(id).error && uppy.getFile(id).size <= PART_BYTES)) {
    await sessions.complete(signer.uploadOf(id).id);
  }
});

uppy.on('progress', (percent) => {
  document.getElementById('progress').value = percent;
});
uppy.on('upload-error', (file, error) => {
  document.getElementById('problem').textContent = `${file?.name}: ${error.message}`;
});
uppy.on('complete', ({ successful }) => {
  for (const file of successful) {
    localStorage.removeItem(file.id);
    const item = document.createElement('li');
    item.dataset.media = signer.uploadOf(file.id).id;
    item.textContent = `${file.name} is media ${item.dataset.media}`;
    document.getElementById('uploaded').append(item);
  }
});

// What is known of an earlier attempt has to be there before the upload begins.
uppy.addPreProcessor(async (ids) => {
  for (const id of ids) {
    const upload = JSON.parse(localStorage.getItem(id));
    if (upload && (await signer.adopt(id, upload))) {
      uppy.setFileState(id, { s3Multipart: { uploadId: upload.id, key: id } });
    }
  }
});

document.getElementById('pause').addEventListener('click', () => uppy.pauseAll());
document.getElementById('resume').addEventListener('click', () => uppy.resumeAll());
document.getElementById('cancel').addEventListener('click', () => uppy.cancelAll());
document.getElementById('file').addEventListener('change', ({ target }) => {
  for (const data of target.files) uppy.addFile({ name: data.name, type: data.type, data });
});
