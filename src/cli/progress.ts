import type { WriteStream } from "node:tty";

interface Progress {
  /** 0 to 1. */
  show(share: number): void;
  /** Makes room for a line of another stream on the same terminal. */
  clear(): void;
}

const BAR_WIDTH = 30;
/** A file or a pipe gets one line for each so many percent. */
const STEP_PERCENT = 10;

/** A bar that is drawn over on a terminal; a line now and then anywhere else. */
export function openProgress(stream: NodeJS.WriteStream | WriteStream): Progress {
  let shown = -1;
  return {
    show(share) {
      const percent = Math.floor(share * 100);
      if (stream.isTTY) {
        const full = Math.round(share * BAR_WIDTH);
        stream.write(`\r[${"#".repeat(full)}${"-".repeat(BAR_WIDTH - full)}] ${percent} %`);
        return;
      }
      const step = Math.floor(percent / STEP_PERCENT) * STEP_PERCENT;
      if (step > shown) stream.write(`${step} %\n`);
      shown = Math.max(shown, step);
    },
    clear() {
      if (stream.isTTY) stream.write("\r\x1b[K");
    },
  };
}
