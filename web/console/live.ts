import { useEffect, useRef, useState } from "preact/hooks";
import { ask } from "./api.ts";

/** The server beats every 10 s. */
const SILENCE_MS_MAX = 25_000;
const AGAIN_MS = 3000;
/** Facts come in bursts: one look is enough for all of them. */
const GATHER_MS = 250;

export interface Live {
  readonly isConnected: boolean;
  /** Rises when something happened, and when the connection is back. */
  readonly news: number;
}

/** Hears what happens at the server, and notices when it hears nothing any more. */
export function useLive(isSignedIn: boolean): Live {
  const [isConnected, setConnected] = useState(true);
  const [news, setNews] = useState(0);
  const gathering = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    if (!isSignedIn) return undefined;
    const tell = () => {
      clearTimeout(gathering.current);
      gathering.current = setTimeout(() => setNews((count) => count + 1), GATHER_MS);
    };
    const connection = openConnection({
      onNews: tell,
      onState(isUp) {
        setConnected((was) => {
          if (isUp && !was) tell();
          return isUp;
        });
      },
    });
    return () => {
      clearTimeout(gathering.current);
      connection.close();
    };
  }, [isSignedIn]);
  return { isConnected, news };
}

interface Listener {
  readonly onNews: () => void;
  readonly onState: (isUp: boolean) => void;
}

/** Opens the stream again whenever it ends, or is silent for too long. */
function openConnection({ onNews, onState }: Listener) {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const lose = () => {
    source?.close();
    onState(false);
    // It may be the session that ended, not the connection: the answer to this leads to the door then.
    ask("GET", "/session", { isByItself: true }).catch(() => undefined);
    clearTimeout(timer);
    timer = setTimeout(open, AGAIN_MS);
  };
  const beat = () => {
    clearTimeout(timer);
    timer = setTimeout(lose, SILENCE_MS_MAX);
    onState(true);
  };
  const open = () => {
    source = new EventSource("/console/api/live");
    source.addEventListener("beat", beat);
    for (const kind of ["events", "many"]) {
      source.addEventListener(kind, () => {
        beat();
        onNews();
      });
    }
    source.addEventListener("signed_out", lose);
    source.addEventListener("error", lose);
  };
  open();
  return {
    close() {
      source?.close();
      clearTimeout(timer);
    },
  };
}
