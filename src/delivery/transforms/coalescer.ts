interface Flight {
  result: Promise<unknown>;
  passengers: number;
  controller: AbortController;
}

/**
 * Does the same at most once at a time: who asks for what is under way gets its result. When all who wanted it have
 * gone away, the work is told.
 */
export class Coalescer {
  private readonly flights = new Map<string, Flight>();

  /**
   * Runs `work`, or joins the run of the same key. All who joined get the same value or failure; a failure is not
   * kept.
   * @param work is called before `run` returns, unless a run is joined
   * @param key equal keys must stand for equal results of the same type
   * @param signal aborts when this caller goes away: it is told the reason of the abort
   */
  async run<T>(key: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    const flight = this.flights.get(key) ?? this.depart(key, work);
    flight.passengers += 1;
    const gone = Promise.withResolvers<never>();
    const leave = (): void => gone.reject(signal.reason);
    signal.addEventListener('abort', leave, { once: true });
    try {
      return (await Promise.race([flight.result, gone.promise])) as T;
    } finally {
      signal.removeEventListener('abort', leave);
      flight.passengers -= 1;
      if (flight.passengers === 0) this.end(key, flight);
    }
  }

  private depart(key: string, work: (signal: AbortSignal) => Promise<unknown>): Flight {
    const controller = new AbortController();
    const flight: Flight = { controller, passengers: 0, result: work(controller.signal) };
    this.flights.set(key, flight);
    flight.result.then(
      () => this.forget(key, flight),
      () => this.forget(key, flight),
    );
    return flight;
  }

  /** Work that is over does not notice. A newcomer begins again instead of joining what was told to end. */
  private end(key: string, flight: Flight): void {
    this.forget(key, flight);
    flight.controller.abort();
  }

  private forget(key: string, flight: Flight): void {
    if (this.flights.get(key) === flight) this.flights.delete(key);
  }
}
