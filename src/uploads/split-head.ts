/**
 * Reads the first bytes of a stream without losing them.
 * @param size how many bytes the head has at most
 * @returns the head, and all bytes from the first on
 */
export async function splitHead(
  source: AsyncGenerator<Buffer>,
  size: number,
): Promise<{ head: Buffer; whole: AsyncGenerator<Buffer> }> {
  const chunks: Buffer[] = [];
  let length = 0;
  while (length < size) {
    const { value, done } = await source.next();
    if (done) break;
    chunks.push(value);
    length += value.length;
  }
  return { head: Buffer.concat(chunks).subarray(0, size), whole: rejoin(chunks, source) };
}

async function* rejoin(chunks: readonly Buffer[], rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* chunks;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}
