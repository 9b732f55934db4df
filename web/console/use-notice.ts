import { useCallback, useEffect, useState } from "preact/hooks";

export interface Notice {
  readonly text: string;
  readonly isBad: boolean;
}

const SAID_FOR_MS = 6000;

/** Something said for a while. */
export function useNotice(): readonly [Notice | undefined, (text: string, isBad?: boolean) => void] {
  const [notice, setNotice] = useState<Notice>();
  useEffect(() => {
    if (notice === undefined) return undefined;
    const timer = setTimeout(() => setNotice(undefined), SAID_FOR_MS);
    return () => clearTimeout(timer);
  }, [notice]);
  const say = useCallback((text: string, isBad = false) => setNotice({ text, isBad }), []);
  return [notice, say];
}
