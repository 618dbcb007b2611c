/** What a decoder may use up. */
export interface DecoderLimits {
  /** Of the one picture that is decoded; judged by the header, before a pixel is made. */
  maxPixels: number;
}

/** A decoded picture, upright: 8 bits a channel, red, green, blue and (not premultiplied) alpha. */
export interface DecodedPicture {
  width: number;
  height: number;
  data: Uint8Array<ArrayBuffer>;
}

/**
 * Why a file could not be decoded. A decoder says it as the `cause` of the Error that it throws; an Error
 * with any other cause is a fault of ours.
 */
export type DecoderFault = 'corrupt' | 'too-large' | 'unsupported';

/**
 * The shape of the modules whose names end in `.decoder`: they run in a thread of their own, from source in tests and
 * from the build in the service, and so import packages alone, and of this project nothing but types.
 */
export interface DecoderModule {
  decode: (bytes: Uint8Array, limits: DecoderLimits) => Promise<DecodedPicture> | DecodedPicture;
}

export type DecoderName = 'heif' | 'bmp' | 'jxl';

/** What the thread is told at its start. */
export interface DecoderTask {
  /** URL of the decoder's module. */
  module: string;
  /** The file to be decoded. */
  path: string;
  limits: DecoderLimits;
  /** To which one WebAssembly memory may grow. */
  maxWasmBytes: number;
}

/** What comes out of the thread. */
export interface ThreadPicture extends DecodedPicture {
  /** Some pixel is not opaque. */
  hasAlpha: boolean;
}

/** What the thread answers, once. */
export type DecoderAnswer =
  { picture: ThreadPicture } | { fault: DecoderFault | 'memory' | 'unexpected'; detail: string };
