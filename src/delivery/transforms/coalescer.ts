interface Flight {
  result: Promise<unknown>;
  /** What is waited for first, for longer than some may care to wait. */
  begun: boolean;
  passengers: number;
  controller: AbortController;
}

/** How long a caller wants the result. */
export interface Patience {
  /** Aborts when the caller goes away: it is told the reason of the abort. */
  signal: AbortSignal;
  /** Until when it waits for the work to begin, by the clock of `performance.now()`. */
  until: number;
  /** What it is told when it has not. */
  tooLate: () => Error;
}

/** Given to work. */
export interface Demand {
  /** Aborts when nobody wants the result any more. */
  signal: AbortSignal;
  /** To be called when it begins in earnest: from then on those who wait do so to the end. */
  begin: () => void;
}

/**
 * Does the same at most once at a time: who asks for what is under way gets its result. When all who wanted it have
 * gone away, or have waited for too long, the work is told.
 */
export class Coalescer {
  private readonly flights = new Map<string, Flight>();

  /**
   * Runs `work`, or joins the run of the same key. All who joined get the same value or failure; a failure is not
   * kept.
   * @param work is called before `run` returns, unless a run is joined
   * @param key equal keys must stand for equal results of the same type
   */
  async run<T>(key: string, patience: Patience, work: (demand: Demand) => Promise<T>): Promise<T> {
    const { signal, until, tooLate } = patience;
    signal.throwIfAborted();
    const left = until - performance.now();
    if (left <= 0) throw tooLate();
    const flight = this.flights.get(key) ?? this.depart(key, work);
    flight.passengers += 1;
    const gone = Promise.withResolvers<never>();
    const leave = (): void => gone.reject(signal.reason);
    signal.addEventListener('abort', leave, { once: true });
    const timer = setTimeout(() => {
      if (!flight.begun) gone.reject(tooLate());
    }, left);
    try {
      return (await Promise.race([flight.result, gone.promise])) as T;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', leave);
      flight.passengers -= 1;
      if (flight.passengers === 0) this.end(key, flight);
    }
  }

  private depart(key: string, work: (demand: Demand) => Promise<unknown>): Flight {
    const controller = new AbortController();
    const begun = Promise.withResolvers<unknown>();
    const flight: Flight = { controller, passengers: 0, begun: false, result: begun.promise };
    const begin = (): void => {
      flight.begun = true;
    };
    this.flights.set(key, flight);
    begun.resolve(work({ signal: controller.signal, begin }));
    flight.result.then(
      () => this.forget(key, flight),
      () => this.forget(key, flight),
    );
    return flight;
  }

  /** A newcomer begins again instead of joining what was told to end. */
  private end(key: string, flight: Flight): void {
    if (this.forget(key, flight)) flight.controller.abort();
  }

  /** @returns false for what is over */
  private forget(key: string, flight: Flight): boolean {
    return this.flights.get(key) === flight && this.flights.delete(key);
  }
}
