/** Of every part but the last: what Uppy cuts and what the session expects must be the same. */
export const PART_BYTES = 8 * 1024 * 1024;

/** The multipart sessions of the service, `/v1/uploads`. */
export class UploadSessions {
  #settings;

  /** @param settings form fields `service` and `token` */
  constructor(settings) {
    this.#settings = settings;
  }

  /** @returns the session, whose id is also that of the media that it becomes */
  create({ name, type, size }) {
    const partSize = PART_BYTES;
    return this.#call('POST', '', { filename: name, size, partSize, ...(type && { contentType: type }) });
  }

  /** A URL that takes one part, for an hour. */
  async signPart(id, partNumber) {
    const { parts } = await this.#call('POST', `/${id}/parts/sign`, { partNumbers: [partNumber] });
    return { url: parts[0].url };
  }

  /** A URL that takes the whole file, for an hour, and the headers that must go with it. */
  async signWhole(id) {
    const { url, headers } = await this.#call('POST', `/${id}/sign`);
    return { url, headers };
  }

  /** State of a session, and the parts that the bucket has. */
  look(id) {
    return this.#call('GET', `/${id}`);
  }

  /**
   * Makes the media. May be asked again.
   * @param parts `{partNumber, etag}` of each part; absent for a file that was put as a whole
   */
  complete(id, parts) {
    return this.#call('POST', `/${id}/complete`, parts && { parts });
  }

  /** Gives the upload up: its bytes and its quota are free again. */
  abort(id) {
    return this.#call('DELETE', `/${id}`);
  }

  async #call(method, path, body) {
    const { service, token } = this.#settings;
    const response = await fetch(`${service.value}/v1/uploads${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${token.value}`,
        ...(body && { 'Content-Type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const answer = response.status === 204 ? null : await response.json();
    if (!response.ok) throw new Error(`${answer.code}: ${answer.detail ?? answer.title}`);
    return answer;
  }
}
