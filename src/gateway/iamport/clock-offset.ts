/** The gateway's clock minus ours, as its last answers showed it. */
export class ClockOffset {
  #lastDate: string | undefined;
  #offsetMs: number | undefined;

  get ms(): number | undefined {
    return this.#offsetMs;
  }

  /** The gateway cuts its time to whole seconds, so the middle of the second is the best guess. */
  note(gatewayNow: number, localNow: number): void {
    this.#offsetMs = gatewayNow + 500 - localNow;
  }

  /** A `Date` header repeats for a second: only its first sight is read. */
  noteDate(date: string | undefined, localNow: number): void {
    if (date === undefined || date === this.#lastDate) return;
    this.#lastDate = date;
    const gatewayNow = Date.parse(date);
    if (!Number.isNaN(gatewayNow)) this.note(gatewayNow, localNow);
  }
}
