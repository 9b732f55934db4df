import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";

const BASE = "/console";
const MOVED = "dojang:moved";

/** The part of the address after /console, without a slash at its end. */
export function usePath(): string {
  const [path, setPath] = useState(pathOf);
  useEffect(() => {
    const moved = () => setPath(pathOf());
    addEventListener("popstate", moved);
    addEventListener(MOVED, moved);
    return () => {
      removeEventListener("popstate", moved);
      removeEventListener(MOVED, moved);
    };
  }, []);
  return path;
}

export function go(path: string): void {
  history.pushState(null, "", BASE + path);
  scrollTo(0, 0);
  dispatchEvent(new Event(MOVED));
}

interface LinkProps {
  readonly to: string;
  readonly class?: string;
  readonly isCurrent?: boolean;
  readonly children: ComponentChildren;
}

/** Goes to another page of the console without loading it anew. */
export function Link({ to, class: look, isCurrent = false, children }: LinkProps) {
  return (
    <a
      href={BASE + to}
      class={look}
      aria-current={isCurrent ? "page" : undefined}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
        event.preventDefault();
        go(to);
      }}
    >
      {children}
    </a>
  );
}

function pathOf(): string {
  return location.pathname.slice(BASE.length).replace(/\/+$/, "");
}
