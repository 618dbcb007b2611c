import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from '@jest/globals';
import { isFilm, VideoProcessor } from '../../src/processing/video/index.js';
import { AudioProcessor } from '../../src/processing/audio/index.js';
import { openTestTools } from '../support/media-tools.js';
import { videoFixture } from '../fixtures/video-fixtures.js';
const names = (process.env['FX'] ?? 'film.mp4').split(',');
const settings = { ladder: [{shortSide:240,bitrateKbps:400},{shortSide:480,bitrateKbps:1400},{shortSide:720,bitrateKbps:2800}], preset:'ultrafast', mp4:true, maxPixels: 3840*2160, maxDurationSeconds: 3600, timeoutSeconds: 300 };
it('tries', async () => {
  const tools = await openTestTools();
  process.stdout.write(tools.description + '\n');
  for (const n of names) {
    const dir = await mkdtemp(join(tmpdir(), 'try-'));
    const t = Date.now();
    try {
      const { path, contentType } = await videoFixture(n as never);
      const t1 = Date.now();
      if (contentType.startsWith('audio/')) { process.stdout.write(n + ' ' + JSON.stringify(await new AudioProcessor(tools, settings).process({path, contentType, outDir: dir})) + '\n'); continue; }
      const p = new VideoProcessor(tools, settings);
      const probe = await p.probe({ path, contentType, workDir: dir });
      process.stdout.write(`${n} make ${t1-t} probe ${Date.now()-t1} ` + JSON.stringify({...probe, video: probe.video && {...probe.video, stream: undefined}, audio: !!probe.audio}) + '\n');
      if (isFilm(probe)) { const r = await p.process({ probe, outDir: dir }); process.stdout.write(`   ${Date.now()-t1} ` + JSON.stringify(r.renditions.map((x) => [x.name,x.width,x.height,x.bitrateKbps,x.codecs,x.sizeBytes,x.mp4?.sizeBytes])) + r.damaged + JSON.stringify(r.metadata)+ '\n'); }
    } catch (e) { process.stdout.write(`${n} FAILED ${Date.now()-t} ${(e as Error & {code: string}).code} ${(e as Error).message} :: ${String((e as Error).cause).slice(0,600)}\n`); }
    finally { if (!process.env['KEEP']) await rm(dir, { recursive: true }); else process.stdout.write(dir + '\n'); }
  }
}, 600000);
