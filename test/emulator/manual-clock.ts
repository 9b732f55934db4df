/** 2026-08-06 12:00:00 in Korea, in milliseconds. */
export const START_MS = Date.UTC(2026, 7, 6, 3, 0, 0);
/** The same in unix seconds. */
export const START = START_MS / 1000;

/** A clock that stands still: only `emulator.advance` moves the gateway's time. */
export const stoppedClock = () => START_MS;
