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
  /** Ids of sessions by what the plugin calls a key. */
  #ids = new Map();
  /** By id of the session: entity tags by part number, which the service holds against what the bucket has. */
  #tags = new Map();

  /**
   * @param sessions UploadSessions
   * @param fileOf gives the file `{name, type, size}` of a key
   */
  constructor(sessions, fileOf) {
    this.#sessions = sessions;
    this.#fileOf = fileOf;
  }

  /** The session of a key, once there is one. */
  sessionOf(key) {
    return this.#ids.get(key);
  }

  /** Goes on with a session of earlier. @returns false when it takes no parts any more */
  async adopt(key, id) {
    const session = await this.#sessions.look(id).catch(() => null);
    if (session?.state !== 'open') return false;
    this.#ids.set(key, id);
    return true;
  }

  /** To be told of each part that the bucket has taken. */
  notePart(key, { PartNumber, ETag }) {
    this.#tagsOf(this.#ids.get(key)).set(PartNumber, ETag);
  }

  /** The option `signRequest` of the plugin. */
  signRequest = async ({ method, key, uploadId, partNumber }) => {
    if (method === 'PUT' && partNumber) return this.#sessions.signPart(uploadId, partNumber);
    if (method === 'PUT') return this.#sessions.signWhole(this.#ids.get(key) ?? (await this.#begin(key)));
    if (method === 'GET') return this.#list(uploadId);
    if (method === 'DELETE') return answer((await this.#sessions.abort(uploadId)) ?? '');
    if (uploadId) return this.#complete(uploadId);
    const id = await this.#begin(key);
    return answer(
      `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
    );
  };

  #tagsOf(id) {
    if (!this.#tags.has(id)) this.#tags.set(id, new Map());
    return this.#tags.get(id);
  }

  async #begin(key) {
    const { id } = await this.#sessions.create(this.#fileOf(key));
    this.#ids.set(key, id);
    return id;
  }

  async #list(id) {
    const { parts } = await this.#sessions.look(id);
    for (const { partNumber, etag } of parts) this.#tagsOf(id).set(partNumber, etag);
    const items = parts.map(
      ({ partNumber, etag }) => `<Part><PartNumber>${partNumber}</PartNumber><ETag>${etag}</ETag></Part>`,
    );
    return answer(`<ListPartsResult>${items.join('')}</ListPartsResult>`);
  }

  async #complete(id) {
    const parts = [...this.#tagsOf(id)].map(([partNumber, etag]) => ({ partNumber, etag }));
    await this.#sessions.complete(id, parts);
    return answer(
      `<CompleteMultipartUploadResult><Location>/v1/media/${id}</Location><Key>${id}</Key></CompleteMultipartUploadResult>`,
    );
  }
}

function answer(xml) {
  return { url: `data:application/xml,${encodeURIComponent(xml)}` };
}
