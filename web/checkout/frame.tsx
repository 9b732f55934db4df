import type { ComponentChildren } from "preact";
import type { ShopSign } from "../../src/http/checkout-schemas.ts";
import { Seal } from "../design/seal.tsx";
import type { Words } from "./words.ts";
import "../design/base.css";
import "./checkout.css";

interface FrameProps {
  readonly words: Words;
  readonly isSandbox: boolean;
  readonly shopSign: ShopSign;
  readonly languages?: ComponentChildren;
  readonly children: ComponentChildren;
}

/** What stands around every screen. */
export function Frame({ words, isSandbox, shopSign, languages, children }: FrameProps) {
  return (
    <div class="page">
      <header>
        {isSandbox && <p class="sandbox">{words.sandbox}</p>}
        <div class="top">
          <span class="brand">
            <Seal />
            {shopSign.name ?? words.page}
          </span>
          {languages}
        </div>
      </header>
      <main>{children}</main>
      <footer class="foot">
        <p>{words.footer}</p>
        {(shopSign.name ?? shopSign.contact) !== undefined && (
          <p>{[shopSign.name, shopSign.contact].filter(Boolean).join(" · ")}</p>
        )}
      </footer>
    </div>
  );
}
