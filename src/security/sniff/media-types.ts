/** What a media is good for: which pipeline takes it. `other` is kept and delivered, nothing more. */
export type ContentKind = 'image' | 'video' | 'audio' | 'document' | 'other';

/** Many names of one type, as libraries, browsers and systems write them, to the one the service uses. */
const aliases: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'image/jpg': 'image/jpeg',
    'image/pjpeg': 'image/jpeg',
    'image/x-png': 'image/png',
    'image/apng': 'image/png',
    'image/vnd.mozilla.apng': 'image/png',
    'image/x-ms-bmp': 'image/bmp',
    'image/x-bmp': 'image/bmp',
    'image/x-tiff': 'image/tiff',
    'image/tif': 'image/tiff',
    'image/vnd.microsoft.icon': 'image/x-icon',
    'image/ico': 'image/x-icon',
    'image/svg': 'image/svg+xml',
    'image/x-svg+xml': 'image/svg+xml',
    'image/photoshop': 'image/vnd.adobe.photoshop',
    'image/x-photoshop': 'image/vnd.adobe.photoshop',
    'image/psd': 'image/vnd.adobe.photoshop',
    'application/x-photoshop': 'image/vnd.adobe.photoshop',
    'image/jpeg2000': 'image/jp2',
    'image/dng': 'image/x-adobe-dng',
    'image/x-nikon-nrw': 'image/x-nikon-nef',
    'audio/x-wav': 'audio/wav',
    'audio/wave': 'audio/wav',
    'audio/vnd.wave': 'audio/wav',
    'audio/x-pn-wav': 'audio/wav',
    'audio/mp3': 'audio/mpeg',
    'audio/x-mp3': 'audio/mpeg',
    'audio/x-mpeg': 'audio/mpeg',
    'audio/mpeg3': 'audio/mpeg',
    'audio/x-mpeg-3': 'audio/mpeg',
    'audio/mpg': 'audio/mpeg',
    'audio/m4a': 'audio/mp4',
    'audio/x-m4a': 'audio/mp4',
    'audio/x-m4b': 'audio/mp4',
    'audio/x-aac': 'audio/aac',
    'audio/aacp': 'audio/aac',
    'audio/x-hx-aac-adts': 'audio/aac',
    'audio/vnd.dlna.adts': 'audio/aac',
    'audio/x-flac': 'audio/flac',
    'audio/opus': 'audio/ogg',
    'audio/x-opus+ogg': 'audio/ogg',
    'audio/vorbis': 'audio/ogg',
    'audio/x-vorbis+ogg': 'audio/ogg',
    'application/ogg': 'video/ogg',
    'application/mp4': 'video/mp4',
    'audio/x-aiff': 'audio/aiff',
    'audio/aif': 'audio/aiff',
    'audio/x-aif': 'audio/aiff',
    'audio/ape': 'audio/x-ape',
    'audio/x-amr': 'audio/amr',
    'audio/x-matroska': 'video/x-matroska',
    'audio/matroska': 'video/x-matroska',
    'video/matroska': 'video/x-matroska',
    'video/mkv': 'video/x-matroska',
    'video/vnd.avi': 'video/x-msvideo',
    'video/avi': 'video/x-msvideo',
    'video/msvideo': 'video/x-msvideo',
    'video/mov': 'video/quicktime',
    'video/x-quicktime': 'video/quicktime',
    'video/x-m4v': 'video/mp4',
    'video/m4v': 'video/mp4',
    'video/mp1s': 'video/mpeg',
    'video/mp2p': 'video/mpeg',
    'video/x-mpeg': 'video/mpeg',
    'video/mpg': 'video/mpeg',
    'video/x-mpeg2': 'video/mpeg',
    'video/dvd': 'video/mpeg',
    'video/vnd.dlna.mpeg-tts': 'video/mp2t',
    'video/flv': 'video/x-flv',
    'video/3gp': 'video/3gpp',
    'video/3gpp2': 'video/3gpp',
    'audio/3gpp2': 'audio/3gpp',
    'application/vnd.ms-asf': 'video/x-ms-asf',
    'video/x-ms-wmv': 'video/x-ms-asf',
    'audio/x-ms-wma': 'audio/x-ms-asf',
    'application/x-pdf': 'application/pdf',
    'text/xml': 'application/xml',
    'application/x-mpegurl': 'application/vnd.apple.mpegurl',
    'audio/x-mpegurl': 'application/vnd.apple.mpegurl',
    'audio/mpegurl': 'application/vnd.apple.mpegurl',
    'application/x-zip-compressed': 'application/zip',
  }),
);

/** Camera originals: libraries that open them show an embedded preview, so they are kept as they are. */
const rawPhoto =
  /^image\/x-(?:adobe-dng|canon-cr[23]|nikon-nef|sony-arw|olympus-orf|panasonic-rw2|fujifilm-raf)$/;

const documents = new RegExp(
  [
    '^text/',
    '^application/(?:pdf|rtf|xml|xhtml\\+xml|json|javascript|postscript|eps|msword|epub\\+zip|dash\\+xml)$',
    '^application/vnd\\.(?:apple\\.(?:mpegurl|keynote|numbers|pages)|oasis\\.opendocument|openxmlformats|ms-)',
  ].join('|'),
);

/** A media type in lower case, without parameters, in the service's own spelling. */
export function canonicalType(type: string): string {
  const bare = (type.split(';', 1)[0] ?? '').trim().toLowerCase();
  return aliases.get(bare) ?? bare;
}

/** The kind of a canonical type. */
export function kindOf(contentType: string): ContentKind {
  if (rawPhoto.test(contentType)) return 'other';
  const [top] = contentType.split('/', 1);
  if (top === 'image' || top === 'video' || top === 'audio') return top;
  return documents.test(contentType) ? 'document' : 'other';
}
