/**
 * Lets @uppy/aws-s3 upload by the service's own sessions: bytes go straight to the bucket, all the rest to the service,
 * which alone names keys in the bucket and looks at every file before it is a media.
 *
 * The plugin wants a URL for each request that it would make of S3. Those that bring bytes get one that the service has
 * signed. The others (create, list, complete, abort) are done here, and the plugin reads the result, in the words of
 * S3, from a `data:` URL. A Content-Security-Policy needs `data:` and the bucket's origin in `connect-src`.
 */
export class SessionSigner {
  #sessions;
  #fileOf;
  /** By what the plugin calls a key: id of the session, and the entity tags of its parts, by number. */
  #uploads = new Map();

  /**
   * @param sessions UploadSessions
   * @param fileOf gives the file `{name, type, size}` of a key
   */
  constructor(sessions, fileOf) {
    this.#sessions = sessions;
    this.#fileOf = fileOf;
  }

  /** What is to be kept of an upload, so that it may be gone on with after a reload; undefined before it has begun. */
  uploadOf(key) {
    return this.#uploads.get(key);
  }

  /** Goes on with an upload of earlier. @returns false when its session takes no parts any more */
  async adopt(key, upload) {
    const session = await this.#sessions.look(upload.id).catch(() => null);
    if (session?.state !== 'open') return false;
    this.#uploads.set(key, upload);
    return true;
  }

  /** To be told of each part that the bucket has taken. */
  notePart(key, { PartNumber, ETag }) {
    this.#uploads.get(key).tags[PartNumber] = ETag;
  }

  /** The option `signRequest` of the plugin. */
  signRequest = async ({ method, key, uploadId, partNumber }) => {
    if (method === 'PUT' && partNumber) return this.#sessions.signPart(uploadId, partNumber);
    if (method === 'PUT') return this.#sessions.signWhole(this.uploadOf(key)?.id ?? (await this.#begin(key)));
    if (method === 'GET') return this.#list(key);
    if (method === 'DELETE') return answer((await this.#sessions.abort(uploadId)) ?? '');
    if (uploadId) return this.#complete(key);
    const id = await this.#begin(key);
    return answer(
      `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
    );
  };

  async #begin(key) {
    const { id } = await this.#sessions.create(this.#fileOf(key));
    this.#uploads.set(key, { id, tags: {} });
    return id;
  }

  /** Only parts whose PUT was answered: there are servers that keep, and list, what came of one that broke off. */
  async #list(key) {
    const { id, tags } = this.uploadOf(key);
    const { parts } = await this.#sessions.look(id);
    const items = parts
      .filter(({ partNumber, etag }) => tags[partNumber] === etag)
      .map(
        ({ partNumber, etag }) => `<Part><PartNumber>${partNumber}</PartNumber><ETag>${etag}</ETag></Part>`,
      );
    return answer(`<ListPartsResult>${items.join('')}</ListPartsResult>`);
  }

  /** The list tells the service, and the bucket, which parts are meant. */
  async #complete(key) {
    const { id, tags } = this.uploadOf(key);
    const parts = Object.entries(tags).map(([number, etag]) => ({ partNumber: Number(number), etag }));
    await this.#sessions.complete(id, parts);
    return answer(
      `<CompleteMultipartUploadResult><Location>/v1/media/${id}</Location><Key>${id}</Key></CompleteMultipartUploadResult>`,
    );
  }
}

function answer(xml) {
  return { url: `data:application/xml,${encodeURIComponent(xml)}` };
}
