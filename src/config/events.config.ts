import { IsInt, Max, Min } from 'class-validator';
import { Integer } from './env.js';
import { defineSlice } from './slice.js';

class EventsEnv {
  @Integer() @IsInt() @Min(1) MAX_EVENT_STREAMS = 1000;
  @Integer() @IsInt() @Min(1) MAX_EVENT_STREAMS_PER_CALLER = 100;
  @Integer() @IsInt() @Min(1) @Max(300) EVENT_HEARTBEAT_SECONDS = 15;
}

export const eventsConfig = defineSlice('events', EventsEnv, (env) => ({
  /** Event streams and WebSocket connections together that one process keeps open. */
  maxStreams: env.MAX_EVENT_STREAMS,
  /** The same, of one user, or of one address without a token. */
  maxStreamsPerCaller: env.MAX_EVENT_STREAMS_PER_CALLER,
  /** How long a connection is silent before something is sent. */
  heartbeatMs: env.EVENT_HEARTBEAT_SECONDS * 1000,
}));
export type EventsConfig = ReturnType<typeof eventsConfig.read>;
