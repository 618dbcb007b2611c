import type { Api } from './api.js';

export interface ToldEvent {
  event: string;
  data: {
    id?: string;
    progress?: number;
    receivedBytes?: number;
    sizeBytes?: number | null;
    failure?: { code: string } | null;
  };
}

/** An event in a few words, for comparisons. */
export function inShort({ event, data }: ToldEvent): string {
  const facts = [data.receivedBytes, data.progress, data.failure?.code];
  return [event, ...facts.filter((fact) => fact !== undefined)].join(' ');
}

/** A stream of Server-Sent Events that is open. */
export class EventStream {
  readonly events: ToldEvent[] = [];
  /** All that came, as it came. */
  text = '';
  readonly ended: Promise<void>;

  private constructor(readonly response: Response) {
    this.ended = this.read(response);
  }

  /** @param path for example `/v1/media/{id}/events` */
  static async open(api: Api, path: string, init: RequestInit = {}): Promise<EventStream> {
    return new EventStream(await api.request(path, init));
  }

  get told(): string[] {
    return this.events.filter(({ event }) => event !== 'heartbeat').map(inShort);
  }

  private async read({ body }: Response): Promise<void> {
    let rest = '';
    for await (const chunk of body ?? []) {
      const text = Buffer.from(chunk).toString();
      this.text += text;
      const messages = (rest + text).split('\n\n');
      rest = messages.pop() ?? '';
      for (const message of messages) {
        const event = /^event: (.*)$/m.exec(message)?.[1];
        const data = /^data: (.*)$/m.exec(message)?.[1];
        if (event !== undefined && data !== undefined) this.events.push({ event, data: JSON.parse(data) });
      }
    }
  }
}
