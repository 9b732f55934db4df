import type { ComponentChildren } from "preact";
import { Seal } from "../design/seal.tsx";
import type { Words } from "./words.ts";
import "../design/base.css";
import "./checkout.css";

interface FrameProps {
  readonly words: Words;
  readonly isSandbox: boolean;
  readonly languages?: ComponentChildren;
  readonly children: ComponentChildren;
}

/** What stands around every screen. */
export function Frame({ words, isSandbox, languages, children }: FrameProps) {
  return (
    <div class="page">
      {isSandbox && <p class="sandbox">{words.sandbox}</p>}
      <header class="top">
        <span class="brand">
          <Seal />
          {words.page}
        </span>
        {languages}
      </header>
      <main>{children}</main>
      <footer class="foot">
        <p>{words.footer}</p>
      </footer>
    </div>
  );
}
